"""What can be found out about one market rule: promises, money, fairness and attacks, each with slack or counterexample."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import get_args

import numpy as np

from ..arrays import ROUND_OFF, FloatArray
from ..attacks import NotExpressible, Replicate, Scheme
from ..mechanisms import (
    MECHANISMS,
    Audit,
    ClassGame,
    CoalitionalGame,
    Market,
    Mechanism,
    audit_money,
    check_settlement,
)
from ..mechanisms.audits.refuting import DEMANDS, Search, refute
from ..mechanisms.audits.reward_fairness import strict_desirability, symmetry, uselessness
from ..mechanisms.audits.semivalue_conditions import Claim, SemivalueGames, SemivalueRule, probed
from ..mechanisms.audits.setting_classes import PROMISES, refute_promises
from ..mechanisms.coalitions.game_classes import GameClass
from ..models.tasks import Task
from ..progress import track
from ..verdicts import Verdict, derived
from .markets.attack_cells import Cell, Word
from .multi_party.mep_audit import AUDITS, SETTINGS, setting_of

PORTIONS, MOST_PLAYERS, SETTINGS_A_GAME = 3, 3, 3
MONEY_DEMAND, COPIES_DEMAND = "money adds up", "copies do not pay"
HANDED_OUT = "hands out no more than the joint model is worth"
GAINS = (COPIES_DEMAND, "false names do not pay")

INCENTIVES, MONEY, FAIRNESS, ATTACK = "incentives and revenue", "money", "fairness", "attacks"
SEARCHED, CERTIFIED, THEOREMS = "counterexamples", "bounds", "semivalues"

GAMES: dict[str, tuple[float, ...]] = {
    "two like parties": (0, 0.7, 0.7, 1),
    "a perfect data owner": (0, 1, 0.9, 1),
    "two alike, one larger": (0, 0.4, 0.4, 0.6, 0.6, 0.8, 0.8, 0.9),
    "one adds nothing": (0, 0.6, 0, 0.6, 0.5, 0.9, 0.5, 0.9),
    "substitutes": (0, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8),
    "complements": (0, 0.1, 0.1, 0.3, 0.1, 0.3, 0.3, 1),
}
"""Coalitions' values, bit i = party i."""


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Parameters
    ----------
    section
        What it belongs to.
    promise
        What was asked.
    where
        The setting, game or task.
    holds
        Whether it is kept; None where it could not be asked.
    slack
        How much room is left; negative by as much as it is broken; None where it could not be asked.
    evidence
        The counterexample, where it is kept least, or why it could not be asked.
    relative_slack
        Of an attack: the slack in units of what the honest joint model is worth to a party, so that tasks can be compared.
    proved
        Whether everything it speaks of was looked at, or bounded: every profile of a grid, every game of a class.
    game
        The counterexample as worths of coalitions; empty where there is none, or it is no game.
    """

    section: str
    promise: str
    where: str
    holds: bool | None
    slack: float | None
    evidence: str
    relative_slack: float | None = None
    proved: bool = False
    game: tuple[float, ...] = ()

    @property
    def word(self) -> Word:
        """What is said of it."""
        if self.holds is None:
            return "not asked"
        return "refuted" if not self.holds else "proved" if self.proved else "no counterexample"

    @property
    def verdict(self) -> Verdict:
        """The finding as a verdict: what was merely not refuted is undecided."""
        holds = {"proved": True, "refuted": False}.get(self.word)
        return Verdict.statement(
            self.promise, derived("asked by the audit"), f"kept: {self.where}", self.evidence, holds, self.word
        )


def incentives_of(rule: Mechanism) -> Iterator[Finding]:
    """Yield what the rule keeps of truth, participation, efficiency and revenue ≥ 0, setting by setting."""
    for name in track(list(SETTINGS), "settings"):
        setting = setting_of(rule, name, PORTIONS)
        for audit in AUDITS.values():
            found = audit(setting)
            note = f"{found.note}; every profile looked at" if found.exhaustive and found.holds else found.note
            yield Finding(INCENTIVES, found.promise, name, found.holds, found.slack, note, proved=found.exhaustive)


def money_of(rule: Mechanism) -> Iterator[Finding]:
    """Yield whether payments add up to what the rule promises, game by game, with copies and without."""
    for name, values in GAMES.items():
        audits = [audit_money(rule, market) for market in _markets_with_copies(values)]
        worst = min(audits, key=lambda audit: (audit.holds, audit.slack))
        if math.isinf(worst.slack):
            yield Finding(MONEY, worst.promise, name, None, None, worst.note)
        else:
            yield _finding(MONEY, name, worst)


def _markets_with_copies(values: Sequence[float], most: int = 2) -> Iterator[Market]:
    game = np.reshape(values, (2,) * (len(values).bit_length() - 1)).T
    yield Market.of(game)
    for party in range(game.ndim):
        for copies in range(1, most + 1):
            more = np.concatenate([game, *[game.take([1], axis=party)] * copies], axis=party)
            yield Market.of(more)


def fairness_of(rule: Mechanism) -> Iterator[Finding]:
    """Yield which axioms the rule keeps on what each party has, game by game, and whether nobody is worse off than alone."""
    for name, values in GAMES.items():
        game = CoalitionalGame(values)
        market = Market.of(ClassGame(np.reshape(values, (2,) * game.n).T).values)
        settlement = rule.settle(market)
        check_settlement(rule, market, settlement)
        has = np.maximum(settlement.rewards, 0.0) - settlement.payments
        for axiom in (uselessness, symmetry, strict_desirability):
            found = axiom(game, has)
            if math.isfinite(found.slack):
                yield _finding(FAIRNESS, name, found)
        yield _finding(FAIRNESS, name, _participation(market, np.maximum(settlement.rewards, market.alone) - settlement.payments))


def _participation(market: Market, has: FloatArray) -> Audit:
    slack = has - market.alone
    party = int(slack.argmin())
    holds = bool(slack[party] >= -ROUND_OFF)
    return Audit(
        "nobody worse off than alone", holds, float(slack[party]) + 0.0, f"{'least' if holds else 'broken'} at party {party + 1}"
    )


def _finding(section: str, where: str, audit: Audit) -> Finding:
    return Finding(section, audit.promise, where, audit.holds, audit.slack, audit.note)


def counterexamples_of(rule: Mechanism, search: Search) -> Iterator[Finding]:
    """Yield, demand by demand, the smallest game of a class found on which the rule breaks it, or among how many none was.

    Money is looked at in all games, harmful ones among them, and with four parties at least, whatever is asked for. Promises
    about incentives are looked for in settings of players with types and reports.
    """
    if search.only is None:
        yield from _in_settings(rule, search)
    if search.setting is not None:
        return
    for demand in track(list(DEMANDS), "counterexamples"):
        yield _searched(rule, demand, search)
    wide = replace(search, games=GameClass("all"), parties=max(search.parties, 4))
    if search.only is None and wide != search:
        yield _searched(rule, MONEY_DEMAND, wide)


def spelled(rule: Mechanism) -> str:
    """Return the text that the command line makes the rule of: with its module where it is not registered.

    Examples
    --------
    >>> from potluck.mechanisms import FreeSharing
    >>> class Mine(FreeSharing):
    ...     pass
    >>> spelled(FreeSharing()), spelled(Mine()) == f"{Mine.__module__}:Mine()"
    ('FreeSharing()', True)
    """
    return str(rule) if type(rule) in set(MECHANISMS) else f"{type(rule).__module__}:{rule}"


def _in_settings(rule: Mechanism, search: Search) -> Iterator[Finding]:
    if search.setting is not None:
        for promise, audit in PROMISES.items():
            found = audit(search.setting.of(rule))
            yield Finding(SEARCHED, promise, str(search.setting), found.holds, found.slack, found.note, proved=found.exhaustive)
        return
    players = min(search.parties, MOST_PLAYERS)
    where = f"linear settings, 2 to {players} players, 2 types"
    for each in refute_promises(rule, None, players, 2, SETTINGS_A_GAME * search.budget, search.seed):
        if each.setting is None:
            evidence = f"no counterexample in {each.tried} settings, least slack {each.slack + 0.0:.4g}"
        else:
            evidence = (
                f'{each.note}; worst seen {each.slack:.4g}; replay: potluck audit "{spelled(rule)}" --setting "{each.setting}"'
            )
        yield Finding(SEARCHED, each.promise, where, each.setting is None, each.slack, evidence)


def _searched(rule: Mechanism, demand: str, search: Search) -> Finding:
    where = f"{search.games.name} games, 2 to {search.parties} parties, {search.copies} copies"
    found = refute(rule, demand, search)
    if math.isinf(found.slack):
        return Finding(SEARCHED, demand, where, None, None, f"the rule promises nothing of it ({found.tried} games)")
    if found.game is None:
        gain = f"largest gain {0.0 - found.slack:.4g}" if demand in GAINS else f"least slack {found.slack + 0.0:.4g}"
        evidence = f"no counterexample in {found.tried} games of class {search.games.name}, {gain}"
        return Finding(SEARCHED, demand, where, True, found.slack, evidence)
    worths = ",".join(f"{value:.12g}" for value in found.game.values)
    replay = f'potluck audit "{spelled(rule)}" --game {worths} --copies {search.copies}'
    exactly = f", {0 - found.exact} in fractions" if found.exact is not None else ""
    evidence = f"v = ({worths}) with slack {found.shown:.4g}{exactly}; worst seen {found.slack:.4g}; replay: {replay}"
    return Finding(SEARCHED, demand, where, False, found.slack, evidence, game=tuple(found.game.values.tolist()))


def theorems_of(rule: Mechanism, search: Search, tasks: Sequence[Task]) -> Iterator[Finding]:
    """Yield, of rules that pay identities by a semivalue, on which classes of games copies cannot pay, and what is handed out.

    Beside it stands whether the tasks' games are of these classes, so that what is proved says something about them.
    """
    known = None if search.replays else probed(rule, search.parties, search.copies, search.seed)
    if known is None:
        return
    for games in get_args(SemivalueGames):
        yield _claimed(COPIES_DEMAND, games, known, known.largest_gain(games), "copies gain", Fraction(0))
        if known.largest_gain("monotone").proved:
            break
    for games in get_args(SemivalueGames):
        yield _claimed(HANDED_OUT, games, known, known.most_handed_out(games), "values sum to", Fraction(1))
    for task in tasks:
        yield from _premises(task)


def _claimed(demand: str, games: str, known: SemivalueRule, claim: Claim, what: str, limit: Fraction) -> Finding:
    copies = f", up to {known.copies} copies" if demand == COPIES_DEMAND else ""
    where = f"{games} games, 2 to {known.parties} parties{copies}, joint model worth 1"
    holds = claim.most <= limit
    worths = ",".join(f"{worth:.6g}" for worth in claim.worths)
    most = "at most" if claim.proved else "as much as"
    copied = f" with {claim.copies} copies" if claim.copies else ""
    evidence = f"{what} {most} {claim.most}: " + (
        "by the weights of coalitions' sizes, in fractions" if holds and not claim.most else f"attained{copied} on v = ({worths})"
    )
    game = () if holds else claim.worths
    return Finding(THEOREMS, demand, where, holds, float(limit - claim.most), evidence, proved=holds, game=game)


def _premises(task: Task) -> Iterator[Finding]:
    """Yield which of the theorem's premises the honest market of a task meets."""
    market = Scheme.honest(task).market
    games = [CoalitionalGame(each.values.T.ravel() / max(each.grand, ROUND_OFF)) for each in _ones(market.games)]
    for name, premise in (("monotone", "more data never hurts"), ("submodular", "diminishing returns")):
        met = sum(GameClass(name).contains(game) for game in games)  # type: ignore[arg-type]
        met_by_all = bool(games) and met == len(games)
        note = f"{met} of {len(games)} judges' games are {name}" if games else "the task has no table of coalitions' worths"
        yield Finding(THEOREMS, f"premise: {premise}", task.short(), *_premise(met_by_all), note, proved=met_by_all)
    try:
        copied = [Replicate(1).on(task, party).market for party in range(task.n_parties)]
    except NotExpressible as error:
        yield Finding(THEOREMS, "premise: copies add nothing", task.short(), None, None, str(error))
        return
    adds = max(
        float(np.abs(np.diff(np.take(each.values, [1, 2], axis=int(market.group[party])), axis=int(market.group[party]))).max())
        for party, market in enumerate(copied)
        for each in market.games
    )
    nothing = adds <= ROUND_OFF
    yield Finding(
        THEOREMS,
        "premise: copies add nothing",
        task.short(),
        *_premise(nothing),
        f"a copy changes worths by {adds:.4g} at most",
        proved=nothing,
    )


def _premise(met: bool) -> tuple[bool | None, float | None]:
    """Return verdict and slack of a premise: one that is not met is no fault of the rule."""
    return (True, 0.0) if met else (None, None)


def _ones(games: Sequence[ClassGame]) -> list[ClassGame]:
    """Return the games in which every class is one identity."""
    return [game for game in games if set(game.sizes) == {1}]


def attacks_of(cells: Sequence[Cell]) -> Iterator[Finding]:
    """Yield what the best variant of every registered attack gains, task by task, from a rule's cells."""
    for cell in cells:
        yield _attack(cell)
    for cell in cells:
        if not cell.money:
            note = f"payments do not add up under {cell.best} by {cell.who}"
            yield Finding(MONEY, "money adds up", f"{cell.attack.name()} on {cell.task.short()}", False, None, note)


def _attack(cell: Cell) -> Finding:
    attack, where = cell.attack.name(), cell.task.short()
    if cell.best is None:
        return Finding(ATTACK, attack, where, None, None, cell.note)
    loss = f"{'gain' if cell.honest_loss < 0 else 'lose'} {abs(cell.honest_loss):.6g}"
    evidence = f"{cell.best} by {cell.who}; the others {loss} together; {cell.note}{cell.over_draws()}"
    relative = 0.0 - cell.relative_gain
    known = relative if math.isfinite(relative) else None
    proved = cell.word == "proved"
    return Finding(ATTACK, attack, where, cell.gain <= ROUND_OFF, 0.0 - cell.gain, evidence, known, proved)
