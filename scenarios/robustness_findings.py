"""What can be found out about one market rule: promises, money, fairness and attacks, each with slack or counterexample."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray
from ..attacks import ATTACKS
from ..mechanisms import Audit, ClassGame, CoalitionalGame, Market, Mechanism, audit_money, check_settlement
from ..mechanisms.audits.refuting import DEMANDS, Search, refute
from ..mechanisms.audits.reward_fairness import strict_desirability, symmetry, uselessness
from ..models.tasks import Task
from ..progress import track
from ..store import Store
from .markets.attack_cells import Cell, attack_cells
from .multi_party.mep_audit import AUDITS, SETTINGS, setting_of

GAIN = 1e-9
PORTIONS = 3

INCENTIVES, MONEY, FAIRNESS, ATTACK = "incentives and budget", "money", "fairness", "attacks"
SEARCHED = "counterexamples"

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
    """

    section: str
    promise: str
    where: str
    holds: bool | None
    slack: float | None
    evidence: str
    relative_slack: float | None = None


def incentives_of(rule: Mechanism) -> Iterator[Finding]:
    """Yield what the rule keeps of truth, participation, efficiency and budget, setting by setting."""
    for name in track(list(SETTINGS), "settings"):
        setting = setting_of(rule, name, PORTIONS)
        for audit in AUDITS.values():
            yield _finding(INCENTIVES, name, audit(setting))


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
    holds = bool(slack[party] >= -GAIN)
    return Audit(
        "nobody worse off than alone", holds, float(slack[party]) + 0.0, f"{'least' if holds else 'broken'} at party {party + 1}"
    )


def _finding(section: str, where: str, audit: Audit) -> Finding:
    return Finding(section, audit.promise, where, audit.holds, audit.slack, audit.note)


def counterexamples_of(rule: Mechanism, search: Search) -> Iterator[Finding]:
    """Yield, demand by demand, the smallest game of a class found on which the rule breaks it, or among how many none was."""
    where = f"{search.games.name} games, 2 to {search.parties} parties, {search.copies} copies"
    for demand in track(list(DEMANDS), "counterexamples"):
        found = refute(rule, demand, search)
        if math.isinf(found.slack):
            yield Finding(SEARCHED, demand, where, None, None, f"the rule promises nothing of it ({found.tried} games)")
        elif found.game is None:
            evidence = (
                f"no counterexample in {found.tried} games of class {search.games.name}, least slack {found.slack + 0.0:.4g}"
            )
            yield Finding(SEARCHED, demand, where, True, found.slack, evidence)
        else:
            worths = ",".join(f"{value:.12g}" for value in found.game.values)
            replay = f'potluck audit "{rule}" --game {worths} --copies {search.copies}'
            evidence = f"v = ({worths}) with slack {found.shown:.4g}; worst seen {found.slack:.4g}; replay: {replay}"
            yield Finding(SEARCHED, demand, where, False, found.slack, evidence)


def attacks_of(rule: Mechanism, tasks: Sequence[Task], store: Store | None) -> Iterator[Finding]:
    """Yield what the best variant of every registered attack gains, task by task."""
    for cell in attack_cells(tasks, [rule], [cls() for cls in ATTACKS], store=store):
        yield _attack(cell)


def _attack(cell: Cell) -> Finding:
    attack, where = cell.attack.name(), cell.task.short()
    if cell.best is None:
        return Finding(ATTACK, attack, where, None, None, cell.note)
    loss = f"{'gain' if cell.honest_loss < 0 else 'lose'} {abs(cell.honest_loss):.6g}"
    evidence = f"{cell.best} by {cell.who}; the others {loss} together; {cell.note}"
    relative = 0.0 - cell.relative_gain
    return Finding(
        ATTACK, attack, where, cell.gain <= GAIN, 0.0 - cell.gain, evidence, relative if math.isfinite(relative) else None
    )
