"""The best attack: over parameters, attackers and partners, against others who are honest or who respond."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..arguments import validated
from ..arrays import ROUND_OFF
from ..mechanisms import Mechanism
from ..models.games.preferences import Preferences
from ..models.tasks import Task
from .attack import Attack, Interval
from .expressible import NotExpressible
from .payoffs import Settled, settle
from .response import respond
from .scheme import Scheme
from .withholding import StayOut

REFINEMENTS = 12


@dataclass(frozen=True, eq=False)
class Candidate:
    """An attack with its parameters chosen, who mounts it, and the scheme it makes; rules may settle that one by one."""

    attack: Attack
    attacker: int
    partner: int | None
    scheme: Scheme


@dataclass(frozen=True, eq=False)
class FoundAttack:
    """The attack that brings its owner most.

    Parameters
    ----------
    attack, attacker, partner
        Which, with its parameters, and who mounts it, by number from 0.
    gain
        What the attackers have beyond their honest payoffs.
    honest_loss
        What all others lose together.
    settled, honest
        The market with and without the attack.
    absent
        The honest parties who have stayed out in response.
    money
        Whether payments added up to what the rule promises under every variant that was tried.
    """

    attack: Attack
    attacker: int
    partner: int | None
    gain: float
    honest_loss: float
    settled: Settled
    honest: Settled
    absent: tuple[int, ...] = ()
    money: bool = True

    @property
    def profitable(self) -> bool:
        """Whether the attackers gain, beyond round-off."""
        return self.gain > ROUND_OFF


@validated
def crews(attack: Attack, parties: int, attackers: Sequence[int] | None = None) -> Iterator[tuple[int, int | None]]:
    """Iterate over who may mount an attack: every party, or every pair; ``attackers`` limits who leads."""
    leads = range(parties) if attackers is None else attackers
    if not attack.needs_partner:
        yield from ((lead, None) for lead in leads)
        return
    pairs = itertools.combinations(range(parties), 2) if attackers is None else itertools.product(leads, range(parties))
    yield from ((lead, other) for lead, other in pairs if lead != other)


@validated
def candidates(
    task: Task, attack: Attack, attackers: Sequence[int] | None = None
) -> tuple[list[Candidate], NotExpressible | None]:
    """Return every variant of an attack that a task can express, by whoever may mount it, and a reason if some it cannot.

    What the accounts of every candidate are worth together is found out here, once for all rules.

    Examples
    --------
    >>> from potluck.models import CoalitionValues
    >>> from potluck.attacks import GarbleLabels, Replicate
    >>> task = CoalitionValues([0, 0.7, 0.7, 1])
    >>> len(candidates(task, Replicate())[0]), str(candidates(task, GarbleLabels())[1])
    (64, 'the task shows no rows: there are no labels to garble')
    """
    found: list[Candidate] = []
    reason = None
    for variant in attack.variants():
        for lead, other in crews(variant, task.n_parties, attackers):
            try:
                scheme = variant.on(task, lead, other)
                _ = scheme.market.game.values
                found.append(Candidate(variant, lead, other, scheme))
            except NotExpressible as error:
                reason = error
    if not found and reason is None:
        reason = NotExpressible(f"{task.n_parties} party is too few for {attack.name()}")
    return found, reason


@validated
def best_of(
    among: Sequence[Candidate],
    mechanism: Mechanism,
    honest: Settled,
    responding: bool = False,
    options: Sequence[Attack] = (StayOut(),),
) -> FoundAttack:
    """Return the candidate that gains most under a rule; of those that gain the same, the first.

    Parameters
    ----------
    among
        At least one candidate.
    mechanism
        The market rule.
    honest
        The honest market under that rule.
    responding
        Whether the others respond, as in `respond`.
    options
        What they may do beside entering everything.

    Raises
    ------
    ValueError
        There is no candidate.
    """
    best: FoundAttack | None = None
    money = True
    for candidate in among:
        absent: tuple[int, ...] = ()
        if responding:
            settled, absent = respond(candidate.scheme, mechanism, honest.preferences, options)
        else:
            settled = settle(candidate.scheme, mechanism, honest.preferences)
        gain = settled.gain_over(honest)
        money = money and settled.money.holds
        if best is None or gain > best.gain + ROUND_OFF:
            loss = settled.honest_loss(honest)
            best = FoundAttack(candidate.attack, candidate.attacker, candidate.partner, gain, loss, settled, honest, absent)
    if best is None:
        raise ValueError("there is no attack to choose from")
    return replace(best, money=money)


@validated
def best_attack(
    task: Task,
    mechanism: Mechanism,
    attack: Attack,
    preferences: Preferences | None = None,
    attackers: Sequence[int] | None = None,
    responding: bool = False,
    options: Sequence[Attack] = (StayOut(),),
) -> FoundAttack:
    """Return the variant of an attack that gains most, over its free parameters and over who mounts it.

    Every combination of the values to try is played; then each free parameter with an interval is refined between the
    neighbours of the best one by bounded optimisation.

    Parameters
    ----------
    task, mechanism, preferences
        The market.
    attack
        The attack; its parameters that are not at their defaults stay.
    attackers
        Who may lead it; default: everybody.
    responding
        Whether the others respond, as in `respond`, before gains are counted.
    options
        What they may do beside entering everything.

    Raises
    ------
    NotExpressible
        The task can express no variant.

    Examples
    --------
    >>> from potluck.mechanisms import ShapleyDivision
    >>> from potluck.models import CoalitionValues
    >>> from potluck.attacks import Replicate
    >>> found = best_attack(CoalitionValues([0, 0.7, 0.7, 1]), ShapleyDivision(), Replicate())
    >>> str(found.attack), round(found.gain, 3)
    ("Replicate(copies=16, how='identities')", 0.178)
    """
    among, reason = candidates(task, attack, attackers)
    if not among:
        raise reason or NotExpressible(attack.name())
    honest = settle(Scheme.honest(task), mechanism, preferences)
    return refined(best_of(among, mechanism, honest, responding, options), attack, task, mechanism, responding, options)


def refined(
    best: FoundAttack,
    attack: Attack,
    task: Task,
    mechanism: Mechanism,
    responding: bool = False,
    options: Sequence[Attack] = (StayOut(),),
) -> FoundAttack:
    """Return the best variant of an attack with each free parameter that has an interval moved between its neighbours."""
    for name, span in attack.free_ranges().items():
        if isinstance(span, Interval):
            best = _refined(best, name, span, task, mechanism, responding, options)
    return best


def _refined(
    best: FoundAttack,
    name: str,
    span: Interval,
    task: Task,
    mechanism: Mechanism,
    responding: bool,
    options: Sequence[Attack],
) -> FoundAttack:
    """Return the best attack with one parameter moved to where it gains most between the neighbours of its value."""
    from scipy.optimize import minimize_scalar

    step = (span.high - span.low) / max(span.steps - 1, 1)
    start = float(getattr(best.attack, name))
    found = best

    def loss(value: float) -> float:
        nonlocal found
        attack = best.attack.with_parameters(**{name: round(value, 9)})
        try:
            scheme = attack.on(task, best.attacker, best.partner)
            tried = best_of([Candidate(attack, best.attacker, best.partner, scheme)], mechanism, best.honest, responding, options)
        except NotExpressible:
            return math.inf
        if tried.gain > found.gain + ROUND_OFF:
            found = tried
        return -tried.gain

    least, most = span.beyond or (span.low, span.high)
    bounds = (max(least, start - step), min(most, start + step))
    minimize_scalar(loss, bounds=bounds, method="bounded", options={"maxiter": REFINEMENTS})
    return replace(found, money=best.money and found.money)
