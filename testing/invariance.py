"""What must not change when nothing that matters does: names, units, number types, machines. Counterexamples are made small."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from ..agents.strategies import Strategy
from ..arrays import ROUND_OFF, FloatArray
from ..mechanisms import ClassGame, Market, Mechanism
from ..mechanisms.audits import shrinking
from ..models import NormalFormGame, RepeatedGame, Rounds, StrategicGame
from ..models.tasks import Holding, Task
from ..scenarios import Scenario
from .claims import ensure, instance

CLOSE = ROUND_OFF
UNITS = (2.0**-20, 2.0**20)
"""Powers of two, so that another unit alone rounds nothing."""

SHIFT = 2.0**12
ROUNDS = 10

ENVIRONMENTS: tuple[Mapping[str, str], ...] = (
    {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "LC_ALL": "C", "TZ": "UTC"},
    {"PYTHONHASHSEED": "4242", "OMP_NUM_THREADS": "2", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Kolkata"},
)
"""Hash seeds, threads, languages and time zones under which a scenario must say the same."""

_PLAY = """
import json, sys
from potluck.scenarios import SCENARIOS
result = SCENARIOS.build(sys.argv[1]).run(int(sys.argv[2]))
said = {f"{place} {check.name}": check.outcome.value for place, check in enumerate(result.checks)}
print(json.dumps({"verdicts": said, "tables": {name: table.to_csv(index=False) for name, table in result.tables.items()}}))
"""


def worth_tables(rng: np.random.Generator, count: int = 12) -> list[FloatArray]:
    """Return tables of worths by counts of identities, of two to four parties, small ones first; all are multiples of 1/64."""
    tables = []
    for number in range(count):
        sizes = rng.integers(1, 3, size=2 + number * 3 // count)
        added = rng.integers(0, 12, size=tuple(sizes + 1))
        for axis in range(added.ndim):
            added = np.maximum.accumulate(added, axis=axis) if number % 2 else added
        added.flat[0] = 0
        tables.append(added / 64)
    return tables


def shrunk(table: FloatArray, fails: Callable[[FloatArray], bool]) -> FloatArray:
    """Return a small table of worths for which something still fails: fewer parties, fewer identities, fewer digits.

    Examples
    --------
    >>> found = shrunk(np.array([[0, 0.3], [0.6, 0.9]]), lambda worths: worths.max() > 0.5)
    >>> found.tolist()
    [0.0, 1.0]
    """
    return shrinking.shrunk(table, _smaller, fails)


def _smaller(table: FloatArray) -> list[FloatArray]:
    without = [0] if table.ndim > 1 else []
    fewer = [np.asarray(table.take(place, axis=axis)) for axis in range(table.ndim) for place in without]
    for axis, size in enumerate(table.shape):
        fewer += [np.delete(table, number, axis=axis) for number in range(1, size) if size > 2]
    plainer = [table.round(digits) for digits in (0, 1)]
    return [each for each in (*fewer, *plainer) if each.size > 1 and not np.array_equal(each, table)]


def check_rule_invariance(
    mechanism: Mechanism | type[Mechanism], *, units: bool = True, rng: np.random.Generator | None = None
) -> None:
    """Check that a market rule does not care in what order parties stand, in what unit worth is, or of what type numbers are.

    Parameters
    ----------
    mechanism
        A class, whose example is tried, or an instance.
    units
        Whether the rule knows no unit of worth: then all it gives and takes grows with the worths. Rules with amounts of money
        among their parameters do know one.
    rng
        Draws the markets; default: always the same ones.

    Raises
    ------
    AssertionError
        Something changes; the message shows the smallest worths found for which it does.

    Examples
    --------
    >>> from potluck.mechanisms import ShapleyDivision
    >>> check_rule_invariance(ShapleyDivision)
    """
    rule = instance(mechanism)
    tables = worth_tables(np.random.default_rng(0) if rng is None else rng)
    _none_fails(rule, tables, lambda table: _order_matters(rule, table), "settles parties otherwise in another order")
    _none_fails(rule, tables, lambda table: _type_matters(rule, table), "settles worths otherwise as numbers of another type")
    if units:
        _none_fails(rule, tables, lambda table: _unit_matters(rule, table), "settles otherwise in another unit of worth")


def _none_fails(what: object, tables: Sequence[FloatArray], fails: Callable[[FloatArray], bool], claim: str) -> None:
    for table in tables:
        if fails(table):
            raise AssertionError(f"{what}: it {claim}, as for worths {shrunk(table, fails).tolist()}")


def _settled(rule: Mechanism, table: FloatArray) -> FloatArray:
    """Return rewards and payments, shape (2, n)."""
    found = rule.settle(Market.of(table))
    return np.array([found.rewards, found.payments])


def _apart(one: FloatArray, other: FloatArray) -> bool:
    return bool(np.abs(one - other).max(initial=0.0) > CLOSE * max(float(np.abs(one).max(initial=0.0)), 2.0**-20))


def _order_matters(rule: Mechanism, table: FloatArray) -> bool:
    found = _settled(rule, table)
    orders = itertools.permutations(range(table.ndim))
    return any(_apart(found[:, list(order)], _settled(rule, table.transpose(order))) for order in orders)


def _type_matters(rule: Mechanism, table: FloatArray) -> bool:
    found = _settled(rule, table)
    others = [np.asfortranarray(table)]
    others += [table.astype(np.float32)] if np.array_equal(table.astype(np.float32), table) else []
    others += [table.astype(np.int64)] if np.array_equal(table.astype(np.int64), table) else []
    return any(_apart(found, _settled(rule, other)) for other in others)


def _unit_matters(rule: Mechanism, table: FloatArray) -> bool:
    found = _settled(rule, table)
    return any(_apart(found, _settled(rule, unit * table) / unit) for unit in UNITS)


def check_value_invariance(value: Callable[[ClassGame], FloatArray], *, rng: np.random.Generator | None = None) -> None:
    """Check that a value of coalitional games gives null players nothing, however many, and knows no order and no unit.

    Parameters
    ----------
    value
        From a game by class to a value a class, (c,).
    rng
        Draws the games.

    Raises
    ------
    AssertionError
        Something changes; the message shows the smallest worths found for which it does.

    Examples
    --------
    >>> from potluck.mechanisms import banzhaf, shapley
    >>> check_value_invariance(shapley)
    >>> check_value_invariance(banzhaf)
    """

    def of(table: FloatArray) -> FloatArray:
        return np.asarray(value(ClassGame(table)))

    def null_players_matter(table: FloatArray) -> bool:
        for copies in (1, 2):
            found = of(np.repeat(table[..., None], copies + 1, axis=-1))
            if _apart(np.append(of(table), 0.0), found):
                return True
        return False

    def order_matters(table: FloatArray) -> bool:
        found, orders = of(table), itertools.permutations(range(table.ndim))
        return any(_apart(found[list(order)], of(table.transpose(order))) for order in orders)

    def unit_matters(table: FloatArray) -> bool:
        return any(_apart(of(table), of(unit * table) / unit) for unit in UNITS)

    tables = worth_tables(np.random.default_rng(0) if rng is None else rng)
    name = getattr(value, "__name__", "the value")
    _none_fails(name, tables, null_players_matter, "changes when a null player comes in, or two")
    _none_fails(name, tables, order_matters, "knows in what order players stand")
    _none_fails(name, tables, unit_matters, "changes with the unit of worth")


def check_game_invariance(game: StrategicGame) -> None:
    """Check that equilibria of a small game do not change with the players' order, nor with unit and origin of payoffs.

    Nor may they change with the type of numbers, nor when players come in who have nothing to choose and matter to nobody.

    Raises
    ------
    AssertionError
        A profile is an equilibrium in one form of the game and not in another; the message names it.

    Examples
    --------
    >>> check_game_invariance(NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]]))
    """
    tables, available = game.normal_form().tables, game.available
    known = set(game.pure_equilibria())
    forms = {f"payoffs times {unit:g}": NormalFormGame(unit * tables, available) for unit in UNITS}
    forms[f"payoffs plus {SHIFT:g}"] = NormalFormGame(tables + SHIFT, available)
    forms |= {f"payoffs as {kind}": NormalFormGame(exact, available) for kind, exact in _as_other_types(tables)}
    for name, form in forms.items():
        _same_equilibria(game, name, known, set(form.pure_equilibria()))
    idle = NormalFormGame(_with_idle(tables, 2), np.vstack([available, np.eye(available.shape[1], dtype=bool)[[0, 0]]]))
    _same_equilibria(game, "two players without a choice", {(*each, 0, 0) for each in known}, set(idle.pure_equilibria()))
    for order in itertools.permutations(range(game.n)):
        other = NormalFormGame(tables[list(order)].transpose(0, *(1 + player for player in order)), available[list(order)])
        there = {tuple(profile[player] for player in order) for profile in known}
        _same_equilibria(game, f"players in order {order}", there, set(other.pure_equilibria()))


def _as_other_types(tables: FloatArray) -> list[tuple[str, np.ndarray]]:
    """Return tables as numbers of other types that hold them exactly, and in another order in memory."""
    exact = np.isfinite(tables).all()
    others = [
        (kind, tables.astype(kind)) for kind in ("float32", "int64") if exact and np.array_equal(tables.astype(kind), tables)
    ]
    return [("columns", np.asfortranarray(tables)), *others]


def _with_idle(tables: FloatArray, more: int) -> FloatArray:
    """Return the tables of a game in which so many more players have one action, earn 0, and matter to nobody."""
    n, *sides = tables.shape
    wider = np.zeros((n + more, *sides, *[1] * more))
    wider[:n] = tables.reshape(n, *sides, *[1] * more)
    return wider


def _same_equilibria(game: StrategicGame, name: str, known: set[tuple[int, ...]], found: set[tuple[int, ...]]) -> None:
    odd = sorted(known ^ found)
    ensure(not odd, type(game).__name__, f"{name}: {odd[:1]} is an equilibrium in one of the two only")


def check_task_invariance(task: Task | type[Task], seed: int = 0) -> None:
    """Check that what data is worth does not hang on the order of each party's rows, if the task shows rows.

    A party that enters a share of its data enters the first rows, so that all coalitions are tried whose members enter all of it.

    Raises
    ------
    AssertionError
        Some coalition's worth is another; the message names the first, and how far the two are apart.

    Examples
    --------
    >>> from potluck.models import Regression
    >>> check_task_invariance(Regression)
    """
    each = instance(task)
    held = each.holdings()
    if held is None:
        return
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(rows)) for rows in held]
    other = each.with_holdings([Holding(rows.inputs[o], rows.targets[o]) for rows, o in zip(held, orders, strict=True)])
    profiles = np.array(list(itertools.product((0, each.honest), repeat=each.n_parties)))
    one, two = each.value(profiles), other.value(profiles)
    apart = np.abs(one - two).reshape(len(profiles), -1).max(axis=1)
    odd = np.flatnonzero(apart > CLOSE * np.abs(one).max())
    first = odd[0] if len(odd) else 0
    ensure(not len(odd), each, f"rows in another order: the worth of {profiles[first].tolist()} moves by {apart[first]:.3g}")


def check_learner_invariance(strategy: Strategy | type[Strategy], seed: int = 1, *, units: bool = True) -> None:
    """Check that a learning rule plays the same in another unit or origin of payoffs, and when players change places.

    Nor may it matter of what type the numbers are.

    Parameters
    ----------
    strategy
        The rule, or its class, whose example is played.
    seed
        Of every game.
    units
        Whether the rule is to know no unit. One with a rate or a temperature in units of payoffs does.

    Players who mix are left at their places, since each has a stream of chance of its own.

    Raises
    ------
    AssertionError
        It plays otherwise; the message names the first round in which it does, in the smallest game that shows it.

    Examples
    --------
    >>> from potluck.agents.strategies import FictitiousPlay
    >>> check_learner_invariance(FictitiousPlay)
    """
    rule = instance(strategy)
    for actions in (2, 3):
        tables = np.random.default_rng(actions).integers(-64, 64, size=(2, actions, actions)) / 16
        first = np.array([0, actions - 1])
        played, sure = _play(rule, tables, first, seed)
        shifted, _ = _play(rule, tables + SHIFT, first, seed)
        _same_play(rule, f"payoffs {tables.tolist()} plus {SHIFT:g}", played, shifted)
        for unit in UNITS if units else ():
            _same_play(rule, f"payoffs {tables.tolist()} times {unit:g}", played, _play(rule, unit * tables, first, seed)[0])
        for kind, exact in _as_other_types(tables):
            _same_play(rule, f"payoffs {tables.tolist()} as {kind}", played, _play(rule, exact, first, seed)[0])
        if sure:
            swapped, _ = _play(rule, tables[::-1].transpose(0, 2, 1), first[::-1].copy(), seed)
            _same_play(rule, f"players of {tables.tolist()} swapped", played, swapped[:, ::-1])


def _play(rule: Strategy, tables: FloatArray, first: np.ndarray, seed: int) -> tuple[np.ndarray, bool]:
    """Return the actions of two players by round, (rounds, 2), and whether every one was sure."""
    game = NormalFormGame(tables)
    model = RepeatedGame(game=game, strategies=rule, stop=Rounds(ROUNDS), initial=first, rng=seed)
    sure = True
    while model.running:
        model.step()
        sure = sure and bool(np.isin(model.policy, (0, 1)).all())
    table = model.history().pivot(index="round", columns="player", values="action")
    return table[list(game.player_names)].to_numpy(), sure


def _same_play(rule: Strategy, what: str, one: np.ndarray, other: np.ndarray) -> None:
    odd = np.flatnonzero((one != other).any(axis=1))
    ensure(not len(odd), rule, f"{what}: round {odd[0] if len(odd) else 0} is played otherwise")


def check_scenario_invariance(
    scenario: Scenario | type[Scenario],
    seed: int = 3,
    environments: Sequence[Mapping[str, str]] = ENVIRONMENTS,
    interpreters: Sequence[str] = (sys.executable,),
) -> None:
    """Check that a scenario says the same in other processes: hash seeds, threads, languages, time zones, Pythons.

    Parameters
    ----------
    scenario
        A registered class, whose example is played, or an instance.
    seed
        Of every run.
    environments
        Variables that are set for a process.
    interpreters
        Paths of Pythons that know this program. Under the same Python tables are the same byte for byte; under another one, whose
        libraries may round otherwise, verdicts are the same.

    Raises
    ------
    AssertionError
        A verdict or a table changes; the message names the first.
    """
    each = instance(scenario)
    first: dict[str, dict[str, str]] | None = None
    for python, environment in itertools.product(interpreters, environments):
        found = _in_a_process(each, seed, python, environment)
        first = found if first is None else first
        for kind in ("verdicts", "tables") if python == interpreters[0] else ("verdicts",):
            ensure(set(found[kind]) == set(first[kind]), each, f"with {dict(environment)} it has other {kind}")
            for name, said in first[kind].items():
                ensure(found[kind][name] == said, each, f"{name} is another with {dict(environment)} under {Path(python).name}")


def _in_a_process(scenario: Scenario, seed: int, python: str, environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    done = subprocess.run(
        [python, "-c", _PLAY, str(scenario), str(seed)], env=os.environ | environment, capture_output=True, text=True
    )
    ensure(done.returncode == 0, scenario, f"with {dict(environment)} it fails: {done.stderr.strip().splitlines()[-1:]}")
    answer: dict[str, dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return answer
