"""The best attack: over parameters, attackers and partners, against others who are honest or who respond."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..arguments import validated
from ..mechanisms import Mechanism
from ..models.games.preferences import Preferences
from ..models.tasks import Task
from .attack import Attack, Interval, Range
from .expressible import NotExpressible
from .payoffs import Settled, settle
from .response import respond
from .scheme import Scheme
from .withholding import StayOut

REFINEMENTS = 12
FEW = 32
"""Up to how many whole numbers that a parameter may be are all tried."""

MOST_COALITIONS = 512
"""Up to how many coalitions the market may have in which a whole number is tried that is not listed."""


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
        return self.gain > self.round_off

    @property
    def round_off(self) -> float:
        """How large a gain may be for no other reason than round-off."""
        return max(self.honest.round_off, self.settled.round_off)


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
        if best is None or gain > best.gain + best.round_off:
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

    Every combination of the values to try is played. Then each free number is refined between the neighbours of the best one
    that were tried, or the ends of what is allowed: by bounded optimisation, or a dozen whole numbers. Of a whole number that
    may have few values, such as a number of copies, all are tried, unless the market then has more than 512 coalitions.

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
    best = best_of(among, mechanism, honest, responding, options)
    return refined(best, attack, task, mechanism, responding, options, thorough=True)


def refined(
    best: FoundAttack,
    attack: Attack,
    task: Task,
    mechanism: Mechanism,
    responding: bool = False,
    options: Sequence[Attack] = (StayOut(),),
    *,
    thorough: bool = False,
) -> FoundAttack:
    """Return the best variant of an attack with each free parameter that has an interval moved between its neighbours.

    Where it is to be ``thorough``, so are the other numbers, of which the search lists some.
    """
    for name, span in attack.free_ranges().items():
        if not (thorough or isinstance(span, Interval)):
            continue
        values, ends = _beside(best.attack, name, span)
        for value in values:
            best = _moved(best, name, value, task, mechanism, responding, options)
        if ends is not None:
            best = _refined(best, name, ends, task, mechanism, responding, options)
    return best


def _beside(attack: Attack, name: str, span: Range) -> tuple[list[int], tuple[float, float] | None]:
    """Return where a parameter's best value is to be refined: which whole numbers to try, or between which ends to look."""
    value = getattr(attack, name)
    if isinstance(span, Interval):
        step = (span.high - span.low) / max(span.steps - 1, 1)
        least, most = span.beyond or (span.low, span.high)
        return [], (max(least, value - step), min(most, value + step))
    if not all(isinstance(each, int | float) for each in span):
        return [], None
    tried, marks = sorted(span), type(attack).model_fields[name].metadata
    allowed = {end: getattr(mark, end) for mark in marks for end in ("ge", "gt", "le", "lt") if hasattr(mark, end)}
    least, most = allowed.get("ge", allowed.get("gt", tried[0])), allowed.get("le", allowed.get("lt", tried[-1]))
    low = max((each for each in tried if each < value), default=least)
    high = min((each for each in tried if each > value), default=most if math.isfinite(most) else tried[-1])
    if not isinstance(value, int):
        return [], (float(low), float(high))
    few = most - least < FEW
    between = [number for number in (range(least, most + 1) if few else range(low, high + 1)) if number not in tried]
    places = np.linspace(0, len(between) - 1, min(len(between), FEW if few else REFINEMENTS)).round().astype(int)
    return [between[place] for place in places], None


def _moved(
    best: FoundAttack,
    name: str,
    value: float,
    task: Task,
    mechanism: Mechanism,
    responding: bool,
    options: Sequence[Attack],
) -> FoundAttack:
    """Return the best attack with one parameter moved, if that gains more and can be expressed."""
    try:
        attack = best.attack.with_parameters(**{name: value})
    except ValueError:  # the others' values do not allow this one
        return best
    try:
        scheme = attack.on(task, best.attacker, best.partner)
        if math.prod(size + 1 for size in scheme.market.games[0].sizes) > MOST_COALITIONS:
            return best
        tried = best_of([Candidate(attack, best.attacker, best.partner, scheme)], mechanism, best.honest, responding, options)
    except NotExpressible:
        return best
    return replace(tried if tried.gain > best.gain + best.round_off else best, money=best.money and tried.money)


def _refined(
    best: FoundAttack,
    name: str,
    ends: tuple[float, float],
    task: Task,
    mechanism: Mechanism,
    responding: bool,
    options: Sequence[Attack],
) -> FoundAttack:
    """Return the best attack with one parameter moved to where it gains most between two ends, which are not tried."""
    from scipy.optimize import minimize_scalar

    found = best

    def loss(value: float) -> float:
        nonlocal found
        attack = best.attack.with_parameters(**{name: round(value, 9)})
        try:
            scheme = attack.on(task, best.attacker, best.partner)
            tried = best_of([Candidate(attack, best.attacker, best.partner, scheme)], mechanism, best.honest, responding, options)
        except NotExpressible:
            return math.inf
        if tried.gain > found.gain + found.round_off:
            found = tried
        return -tried.gain

    minimize_scalar(loss, bounds=ends, method="bounded", options={"maxiter": REFINEMENTS})
    return replace(found, money=best.money and found.money)
