"""What every task, market rule and attack must do."""

from dataclasses import replace
from typing import Any, get_args

import numpy as np

from ..arrays import FloatArray
from ..attacks import ATTACKS, Attack, Scheme, candidates, settle
from ..mechanisms import MECHANISMS, ClassGame, Market, Mechanism, Settlement, audit_money
from ..models import TASKS, CoalitionValues, QualityCurve, Task
from .claims import ensure, instance
from .components import check_component

VISIBLE = 1e-3
OTHERS = (((0, 1),), ((0.3,), (0.2, 0.1)), 0.0, 0.25, 0.4, 0.9, 2.0, 3.0, ((0.0, 0.0), (1.0, 0.5)))
APART = (
    [0.0, 0.6, 0.2, 0.8, 0.1, 0.7, 0.5, 1.0],
    [0.0, 0.3, 0.5, 0.6, 0.4, 0.6, 0.9, 0.9],
    [0.0, 0.4, 0.3, 0.6, 0.8, 0.9, 0.8, 0.9],
)
RIVALS = np.array([[1, -0.5, -3], [0.5, 1, 0.5], [0.5, -0.5, 1]])


def markets() -> dict[str, Market]:
    """Return small markets that differ in what rules look at, by what they are."""
    alike = ClassGame(np.sqrt(np.indices((2, 2, 2)).sum(axis=0)))
    one_each = np.ones(3, dtype=np.int64)
    return {
        "two parties, a copy": Market.of([[0, 0.7], [0.7, 1], [0.7, 1]]),
        "one stays out": Market.of(np.array([[0.0], [0.7]])),
        "unequal parties, a copy": Market.of([[0, 0.5], [0.7, 0.9], [0.7, 1]]),
        "data that harms": Market.of([[0, 0.5], [0.7, 0.6]]),
        "information in nats": Market.of([[0, 5], [7, 8]]),
        "rivals": Market((alike,), np.arange(3), one_each, worth=lambda qualities: RIVALS @ qualities),
        "parties judge apart": Market(tuple(ClassGame(np.reshape(row, (2, 2, 2)).T) for row in APART), np.arange(3), one_each),
    }


def check_mechanism(mechanism: Mechanism | type[Mechanism]) -> None:
    """Check a market rule: settlements are finite and repeat, money is as promised, no parameter is without effect.

    Raises
    ------
    AssertionError
        Something does not hold; the message names it.

    Examples
    --------
    >>> from potluck.mechanisms import ShapleyDivision
    >>> check_mechanism(ShapleyDivision)
    """
    rule = instance(mechanism)
    check_component(rule, MECHANISMS if type(rule) in set(MECHANISMS) else None)
    for name, market in markets().items():
        one = rule.settle(market)
        for what, array in (("rewards", one.rewards), ("payments", one.payments)):
            ensure(np.shape(array) == (market.n,), rule, f"{what} of {name!r} have shape {np.shape(array)}, not {(market.n,)}")
            ensure(np.isfinite(array).all(), rule, f"{what} of {name!r} are not finite: {array}")
            ensure((np.asarray(array)[~market.present] == 0).all(), rule, f"{name!r}: who stays out has {what}")
        again = rule.settle(replace(market))
        ensure(_apart(one, again) == 0, rule, f"{name!r} settled twice is settled differently")
        money = audit_money(rule, market)
        ensure(money.holds, rule, f"{name!r}: {money.note}")
    for name in type(rule).model_fields:
        ensure(_has_effect(rule, name), rule, f"no other value of {name} that was tried changes any settlement")


def _apart(one: Settlement, other: Settlement) -> float:
    return float(max(np.abs(one.payments - other.payments).max(), np.abs(one.rewards - other.rewards).max()))


def _has_effect(rule: Mechanism, name: str) -> bool:
    cls, own = type(rule), {field: getattr(rule, field) for field in type(rule).model_fields}
    literal = [value for value in get_args(cls.model_fields[name].annotation) if isinstance(value, str)]
    for value in (*literal, True, False, *OTHERS):
        try:
            other = cls(**own | {name: value})
        except ValueError:
            continue
        if any(_apart(rule.settle(market), other.settle(market)) > VISIBLE for market in markets().values()):
            return True
    return False


def check_task(task: Task | type[Task]) -> None:
    """Check a task: nobody is worth 0, who may be swapped may, values do not depend on the batch they are asked in.

    Raises
    ------
    AssertionError
        Something does not hold; the message names it.

    Examples
    --------
    >>> check_task(QualityCurve)
    """
    each = instance(task)
    check_component(each, TASKS if type(each) in set(TASKS) else None)
    n, m = each.n_parties, len(each.contributions)
    profiles = np.random.default_rng(0).integers(m, size=(30, n))
    values = each.worths(profiles)
    ensure((each.worths(np.zeros((1, n), dtype=np.int64)) == 0).all(), each, "nobody is worth something")
    ensure(np.array_equal(each.worths(profiles[::-1]), values[::-1]), each, "a value depends on the batch it is asked in")
    again = each.with_parameters()
    ensure(np.array_equal(again.worths(profiles), values), each, "built from its own parameters it has other values")
    held = each.holdings()
    if held is not None:
        check_component(each.with_holdings([*held[1:], held[0]]), TASKS if type(each) in set(TASKS) else None)
        ensure(each.with_holdings(held) == each, each, "given the rows that parties hold it is another task")
    labels = each.interchangeable()
    ensure(labels.shape == (n,), each, f"`interchangeable` has shape {labels.shape}, not {(n,)}")
    for one, other in zip(*np.triu_indices(n, 1), strict=True):
        if labels[one] == labels[other]:
            swapped = profiles.copy()
            swapped[:, [one, other]] = profiles[:, [other, one]]
            ensure(np.array_equal(each.worths(swapped), values), each, f"parties {one} and {other} may not be swapped")
    ensure(each.alone.shape == (n,), each, f"`alone` has shape {each.alone.shape}, not {(n,)}")
    similarity = each.similarity()
    if similarity is not None:
        _check_similarity(each, similarity, n)


def _check_similarity(task: Task, similarity: FloatArray, n: int) -> None:
    ensure(similarity.shape == (n, n), task, f"`similarity` has shape {similarity.shape}, not {(n, n)}")
    ensure((np.diagonal(similarity) == 1).all(), task, "a party's data is not like itself")
    ensure((similarity == similarity.T).all(), task, "likeness has a direction")
    ensure(((similarity >= 0) & (similarity <= 1)).all(), task, "likeness lies outside [0, 1]")


def check_attack(attack: Attack | type[Attack], task: Task | None = None, rules: tuple[Mechanism, ...] = ()) -> None:
    """Check an attack on a task: it has a gain or a reason, money adds up, and what it does can be repeated.

    Parameters
    ----------
    attack
        A class, whose example is mounted, or an instance.
    task
        What it is mounted on; default: a task of given values and a curve.
    rules
        The market rules to mount it against; default: all that are registered.

    Raises
    ------
    AssertionError
        Something does not hold; the message names it.

    Examples
    --------
    >>> from potluck.attacks import Replicate
    >>> from potluck.mechanisms import EqualSplit
    >>> check_attack(Replicate, rules=(EqualSplit(),))
    """
    each = instance(attack)
    check_component(each, ATTACKS if type(each) in set(ATTACKS) else None)
    for one in (task,) if task is not None else (CoalitionValues.example(), QualityCurve.example()):
        _check_on(each, one, rules or tuple(rule.example() for rule in MECHANISMS))


def _check_on(attack: Attack, task: Task, rules: tuple[Mechanism, ...]) -> None:
    found, reason = candidates(task, attack, attackers=[0])
    if not found:
        ensure(str(reason).strip(), attack, f"{task} cannot express it, and no reason is given")
        return
    scheme, honest = found[0].scheme, Scheme.honest(task)
    ensure(np.isfinite(scheme.market.pool).all(), attack, f"on {task} the joint model is not finite")
    for rule in rules:
        before, after = settle(honest, rule), settle(scheme, rule)
        ensure(after.money.holds, attack, f"on {task} under {rule}: {after.money.note}")
        gain, loss = after.gain_over(before), after.honest_loss(before)
        ensure(np.isfinite([*after.payoffs, gain, loss]).all(), attack, f"on {task} under {rule} a payoff is not finite")
        total: Any = after.payoffs.sum() - before.payoffs.sum()
        ensure(abs(total - (gain - loss)) <= 1e-9 * (1 + abs(total)), attack, f"on {task} under {rule} the sums differ")
        ensure(np.array_equal(settle(scheme, rule).payoffs, after.payoffs), attack, f"on {task} under {rule} it does not repeat")
