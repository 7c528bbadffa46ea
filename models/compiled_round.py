"""The compiled round: rules in the form of numbers, in games in the form of arrays, in as many replicas as there are."""

import numba
import numpy as np

from ..agents.strategies.form import (
    EVEN,
    EVEN_BEST,
    EXCESS,
    EXPONENTIAL,
    FIXED,
    MIXED,
    PAIRWISE,
    POSITIVE,
    PROJECTED,
    REPLICATED,
)
from ..arrays import BoolArray, FloatArray, IntArray
from .games.payoff_arrays import COUNTS, TABLES, PayoffArrays
from .revision import BY_CHANCE, EVERYBODY, IN_TURN, ONE

TIES, ROUND_OFF = 1e-10, 1024 * float(np.finfo(np.float64).eps)


@numba.njit(cache=True, fastmath={"reassoc", "nnan", "nsz"})
def _most(values: FloatArray) -> float:
    """Return the largest number; the order in which they are compared does not matter."""
    top: float = values[0]
    for a in range(values.shape[0]):
        if values[a] > top:
            top = values[a]
    return top


@numba.njit(cache=True, fastmath={"reassoc", "nnan", "nsz"})
def _ends(values: FloatArray) -> tuple[float, float]:
    """Return the largest and the smallest number."""
    top = low = values[0]
    for a in range(values.shape[0]):
        if values[a] > top:
            top = values[a]
        if values[a] < low:
            low = values[a]
    return top, low


@numba.njit(cache=True)
def _add(row: FloatArray, weight: float, other: FloatArray) -> None:
    for a in range(row.shape[0]):
        row[a] += weight * other[a]


@numba.njit(cache=True, inline="always")
def _payoff_row(game: PayoffArrays, actions: IntArray, others: int, i: int, row: FloatArray) -> FloatArray:
    """Return what each action earns player i against the others' actions, in ``row`` where it is worked out.

    ``others`` is how many of them play 1, which COUNTS reads.
    """
    if game.kind == COUNTS:
        row[0] = game.values[0, others]
        row[1] = game.values[1, others] - game.weights[i]
    elif game.kind == TABLES:
        place = 0
        for j in range(actions.shape[0]):
            place += game.places[i, j] * actions[j]
        return game.values[i, place : place + row.shape[0]]
    else:
        row[:] = 0.0
        for edge in range(game.starts[i], game.starts[i + 1]):
            _add(row, game.weights[edge], game.values[actions[game.places[0, edge]]])
    return row


@numba.njit(cache=True)
def _shut(row: FloatArray, ok: BoolArray) -> None:
    for a in range(row.shape[0]):
        if not ok[a]:
            row[a] = -np.inf


@numba.njit(cache=True)
def _expected_row(game: PayoffArrays, policy: FloatArray, i: int, row: FloatArray, digits: IntArray) -> None:
    """Write what each action earns player i on average against the others' mixes."""
    n, m = policy.shape[0], row.shape[0]
    row[:] = 0.0
    if game.kind != TABLES:
        for edge in range(game.starts[i], game.starts[i + 1]):
            j = game.places[0, edge]
            for b in range(m):
                _add(row, game.weights[edge] * policy[j, b], game.values[b])
        return
    if n == 2:
        mix = policy[1 - i]
        b, sides = 0, game.starts[1 - i]
        while b + 4 <= sides:  # four at once: each then reads and writes the row a fourth as often
            place = m * b
            one, two = game.values[i, place : place + m], game.values[i, place + m : place + 2 * m]
            three, four = game.values[i, place + 2 * m : place + 3 * m], game.values[i, place + 3 * m : place + 4 * m]
            p, q, r, s = mix[b], mix[b + 1], mix[b + 2], mix[b + 3]
            for a in range(m):
                row[a] += (p * one[a] + q * two[a]) + (r * three[a] + s * four[a])
            b += 4
        while b < sides:
            _add(row, mix[b], game.values[i, m * b : m * b + m])
            b += 1
        _shut(row, game.available[i])
        return
    digits[:] = 0
    while True:
        chance, place = 1.0, 0
        for j in range(n):
            if j != i:
                chance *= policy[j, digits[j]]
                place += game.places[i, j] * digits[j]
        if chance > 0:
            _add(row, chance, game.values[i, place : place + m])
        j = n - 1
        while j >= 0:
            if j != i:
                digits[j] += 1
                if digits[j] < game.starts[j]:
                    break
                digits[j] = 0
            j -= 1
        if j < 0:
            return


@numba.njit(cache=True)
def _best(values: FloatArray, over: float, ok: BoolArray, current: int, stay: bool, mix: FloatArray, even: bool) -> int:
    """Return an action whose value, divided by ``over``, is best, or write even odds over all of them into the mix."""
    m = values.shape[0]
    top, low = _ends(values)
    if low == -np.inf:
        low = top
        for a in range(m):
            if ok[a]:
                low = min(low, values[a])
    least = top - max(TIES * (top - low), ROUND_OFF * max(over, abs(top)))
    if even:
        number = 0
        for a in range(m):
            if ok[a] and values[a] >= least:
                number += 1
        for a in range(m):
            mix[a] = 1.0 / number if ok[a] and values[a] >= least else 0.0
        return MIXED
    if stay and ok[current] and values[current] >= least:
        return current
    for a in range(m):
        if ok[a] and values[a] >= least:
            return a
    return 0


@numba.njit(cache=True)
def _exp(values: FloatArray) -> None:
    """Replace numbers of at most 0 by their exponentials, to two units in the last place; below -700, by 0.

    x = k ln 2 + r with |r| <= ln(2) / 2, and exp r by its Taylor series: written out so that it runs over several at once, which
    a call to the library's function does not.
    """
    scales = np.empty(values.shape[0], dtype=np.int64)
    for a in range(values.shape[0]):
        x = max(values[a], -700.0)
        k = np.floor(x * 1.4426950408889634 + 0.5)
        r = (x - k * 0.693145751953125) - k * 1.4286068203094173e-06
        p = 1.6059043836821613e-10
        p = p * r + 2.08767569878681e-09
        p = p * r + 2.505210838544172e-08
        p = p * r + 2.755731922398589e-07
        p = p * r + 2.7557319223985893e-06
        p = p * r + 2.48015873015873e-05
        p = p * r + 0.0001984126984126984
        p = p * r + 0.001388888888888889
        p = p * r + 0.008333333333333333
        p = p * r + 0.041666666666666664
        p = p * r + 0.16666666666666666
        p = p * r + 0.5
        p = p * r + 1.0
        values[a] = p * r + 1.0 if values[a] >= -700.0 else 0.0
        scales[a] = (np.int64(k) + 1023) << 52
    powers = scales.view(np.float64)
    for a in range(values.shape[0]):
        values[a] *= powers[a]


@numba.njit(cache=True)
def _exponential(values: FloatArray, rate: float, ok: BoolArray) -> None:
    """Turn values into weights exp(rate × value), normalised; 0 where an action is not available."""
    m = values.shape[0]
    top, total = _most(values), 0.0
    for a in range(m):
        values[a] = rate * (values[a] - top) if ok[a] else -np.inf
    _exp(values)
    for a in range(m):
        total += values[a]
    for a in range(m):
        values[a] /= total


@numba.njit(cache=True)
def _positive(values: FloatArray, ok: BoolArray) -> None:
    """Turn values into weights in proportion to their positive parts, or even ones where there are none."""
    m = values.shape[0]
    total, number = 0.0, 0
    for a in range(m):
        values[a] = max(values[a], 0.0) if ok[a] else 0.0
        total += values[a]
        number += ok[a]
    for a in range(m):
        values[a] = values[a] / total if total > 0 else (1.0 / number if ok[a] else 0.0)


@numba.njit(cache=True)
def _projected(values: FloatArray, ok: BoolArray) -> None:
    """Turn values into the nearest distribution: values less a level, where that is positive."""
    m = values.shape[0]
    left = np.sort(values[ok])[::-1]
    total, level = 0.0, 0.0
    for place in range(left.shape[0]):
        total += left[place]
        if left[place] - (total - 1) / (place + 1) > 0:
            level = (total - 1) / (place + 1)
    for a in range(m):
        values[a] = max(values[a] - level, 0.0) if ok[a] else 0.0


@numba.njit(cache=True)
def _moved(choice: int, rate: float, floor: float, gains: FloatArray, ok: BoolArray, mix: FloatArray, values: FloatArray) -> None:
    """Move a mix by the gains of its actions."""
    m = values.shape[0]
    if choice == PROJECTED:
        for a in range(m):
            values[a] = mix[a] + rate * gains[a] if ok[a] else 0.0
        _projected(values, ok)
    elif choice == REPLICATED:
        top, total = -np.inf, 0.0
        for a in range(m):
            if mix[a] > 0:
                values[a] = np.log(mix[a]) + rate * gains[a]
                top = max(top, values[a])
        for a in range(m):
            values[a] = np.exp(values[a] - top) if mix[a] > 0 else 0.0
            total += values[a]
        again = 0.0
        for a in range(m):
            values[a] = max(values[a] / total, floor) if mix[a] > 0 else 0.0
            again += values[a]
        for a in range(m):
            values[a] /= again
    else:
        mean, total = 0.0, 0.0
        for a in range(m):
            if mix[a] > 0:
                mean += mix[a] * gains[a]
        for a in range(m):
            values[a] = 0.0
            if not ok[a]:
                continue
            if choice == EXCESS:
                values[a] = max(gains[a] - mean, 0.0)
            else:
                for b in range(m):
                    if ok[b]:
                        values[a] += mix[b] * max(gains[a] - gains[b], 0.0) - mix[a] * max(gains[b] - gains[a], 0.0)
            total += values[a]
        for a in range(m):
            if choice == EXCESS:
                values[a] = (mix[a] + rate * values[a]) / (1 + rate * total)
            else:
                values[a] = mix[a] + rate * values[a]
    for a in range(m):
        mix[a] = values[a]


@numba.njit(cache=True, inline="always")
def _learn(
    form: FloatArray,
    gains: FloatArray,
    earned: float,
    rounds: int,
    current: int,
    ok: BoolArray,
    score: FloatArray,
    mix: FloatArray,
    values: FloatArray,
) -> int:
    """Let one player learn: move its scores and its mix; return the action it will play for sure, or MIXED."""
    choice = int(form[0])
    if choice >= PROJECTED:
        if choice == PAIRWISE:  # no step may take a share below 0
            spread = 0.0
            for a in range(gains.shape[0]):
                for b in range(gains.shape[0]):
                    if ok[a] and ok[b]:
                        spread = max(spread, gains[a] - gains[b])
            _moved(choice, form[5] / max(1.0, form[5] * spread), form[8], gains, ok, mix, values)
        else:
            _moved(choice, form[5], form[8], gains, ok, mix, values)
        return MIXED
    m = gains.shape[0]
    base, keep = (earned if form[2] == 1 else 0.0), form[1]
    over = float(rounds) if form[6] == 1 else 1.0
    if keep == 0 and base == 0 and choice <= EVEN_BEST:
        return _best(gains, 1.0, ok, current, form[9] == 1, mix, choice == EVEN_BEST)
    if keep == 0:
        for a in range(m):
            values[a] = gains[a] - base
    else:
        for a in range(m):
            score[a] = keep * score[a] + (gains[a] - base)
        if form[3] == 1:
            for a in range(m):
                score[a] = max(score[a], 0.0)
        if choice <= EVEN_BEST and form[4] == 0:
            return _best(score, over, ok, current, form[9] == 1, mix, choice == EVEN_BEST)
        for a in range(m):
            values[a] = score[a] / over
        if form[4] != 0:
            for a in range(m):
                values[a] += form[4] * (gains[a] - base)
    if choice <= EVEN_BEST:
        return _best(values, 1.0, ok, current, form[9] == 1, mix, choice == EVEN_BEST)
    if choice == EXPONENTIAL:
        _exponential(values, form[5], ok)
    elif choice == POSITIVE:
        _positive(values, ok)
    step = form[7]
    for a in range(m):
        mix[a] = (1 - step) * mix[a] + step * values[a] if step < 1 else values[a]
    return MIXED


@numba.njit(cache=True, inline="always")
def _drawn(sure: int, mix: FloatArray, ok: BoolArray, number: float, even: FloatArray) -> int:
    """Return the action played: the sure one, or one drawn by a uniform number."""
    if sure >= 0:
        return sure
    m, total = ok.shape[0], 0.0
    if sure == EVEN:
        open_actions = 0
        for a in range(m):
            open_actions += ok[a]
        for a in range(m):
            even[a] = 1.0 / open_actions if ok[a] else 0.0
        mix = even
    for a in range(m):
        total += mix[a]
        even[a] = total
    height, action = number * total, 0
    for a in range(m - 1):
        action += height >= even[a]
    return action


@numba.njit(cache=True, inline="always")
def _earn(
    game: PayoffArrays,
    actions: IntArray,
    payoffs: FloatArray,
    totals: FloatArray,
    counts: IntArray,
    regrets: FloatArray,
    rounds: int,
    row: FloatArray,
) -> float:
    """Add a round to one replica's totals and return its NashConv; regrets are noted where there is room for them."""
    n, m = totals.shape
    ones, gap = 0, 0.0
    if game.kind == COUNTS:
        for i in range(n):
            ones += actions[i]
    for i in range(n):
        action = actions[i]
        seen, mine = _payoff_row(game, actions, ones - action, i, row), totals[i]
        earned = seen[action]
        payoffs[i] = earned
        counts[i, action] += 1
        for a in range(m):
            mine[a] += seen[a] - earned
        gap += _most(seen) - earned
        if regrets.shape[0]:
            regrets[i] = _most(mine) / rounds
    return gap


@numba.njit(cache=True, nogil=True)
def draw_all(game: PayoffArrays, mixes: FloatArray, sure: IntArray, uniforms: FloatArray, actions: IntArray) -> None:
    """Draw the opening profile of every replica, from a uniform number a player (none if all play is sure)."""
    even, no_row = np.zeros(mixes.shape[2]), np.zeros(0)
    for r in range(actions.shape[0]):
        for i in range(actions.shape[1]):
            mix = mixes[r, i] if mixes.shape[1] else no_row
            number = uniforms[r, i] if uniforms.shape[1] else 0.0
            actions[r, i] = _drawn(sure[r, i], mix, game.available[i], number, even)


@numba.njit(cache=True, nogil=True)
def open_rounds(
    game: PayoffArrays,
    actions: IntArray,
    payoffs: FloatArray,
    totals: FloatArray,
    counts: IntArray,
    gaps: FloatArray,
    regrets: FloatArray,
) -> None:
    """Count the opening round of every replica."""
    row = np.zeros(totals.shape[2])
    for r in range(actions.shape[0]):
        gaps[r, 0] = _earn(game, actions[r], payoffs[r, 0], totals[r], counts[r], regrets[r, 0], 1, row)


@numba.njit(cache=True, nogil=True)
def play_rounds(
    game: PayoffArrays,
    forms: FloatArray,
    whose: IntArray,
    revision: int,
    chance: float,
    number: int,
    uniforms: FloatArray,
    scores: FloatArray,
    mixes: FloatArray,
    sure: IntArray,
    actions: IntArray,
    payoffs: FloatArray,
    totals: FloatArray,
    counts: IntArray,
    gaps: FloatArray,
    played: IntArray,
    regrets: FloatArray,
    seen: bool,
    tied: IntArray,
) -> None:
    """Play rounds of every replica: learn from the last round, revise, draw, earn.

    Parameters
    ----------
    game
        Payoffs.
    forms, whose
        Rules in numbers (rules, 11), and which is whose (n,).
    revision, chance
        Who revises: everybody, one in turn (``chance`` is the first), one drawn, or each that does not keep by chance.
    number
        How many rounds were played after the opening one.
    uniforms
        Random numbers (replicas, rounds, width): for the revision, then one a player; without the latter if all play is sure.
    scores, mixes, sure
        What the rules know (replicas, n, m), no rows where none needs them, and sure actions (replicas, n).
    actions, totals, counts
        Last actions (replicas, n); sums of what each action would have earned more; how often it was played (replicas, n, m).
    payoffs, gaps, played, regrets
        Written: payoffs (replicas, rounds, n), NashConv (replicas, rounds); actions and regrets where there is room for them.
        Payoffs of the last round hold those before on entry.
    seen
        Whether some rule looks at mixes.
    tied
        Actions that players are held to (n,), -1 for none; no entries where nobody is.
    """
    replicas, n = actions.shape
    m = totals.shape[2]
    rounds, width = gaps.shape[1], uniforms.shape[2]
    offset = n if revision == BY_CHANCE else (1 if revision == ONE else 0)
    fresh = np.zeros(n, dtype=actions.dtype)
    row, values, even = np.zeros(m), np.zeros(m), np.zeros(m)
    digits = np.zeros(n if seen else 0, dtype=np.int64)
    policy = np.zeros((n if seen else 0, m))
    no_row = np.zeros(0)
    for r in range(replicas):
        own = actions[r]
        for t in range(rounds):
            numbers = uniforms[r, t]
            ones = 0
            if game.kind == COUNTS:
                for i in range(n):
                    ones += own[i]
            if seen:
                for i in range(n):
                    if sure[r, i] == MIXED:
                        policy[i] = mixes[r, i]
                    else:
                        for a in range(m):
                            policy[i, a] = 1.0 / game.available[i].sum() if sure[r, i] == EVEN and game.available[i, a] else 0.0
                        if sure[r, i] >= 0:
                            policy[i, sure[r, i]] = 1.0
            turn = -1
            if revision == IN_TURN:
                turn = (number + t + int(chance)) % n
            elif revision == ONE:
                turn = int(numbers[0] * n)
            for i in range(n):
                form, ok, current = forms[whose[i]], game.available[i], own[i]
                score = scores[r, i] if scores.shape[1] else no_row
                mix = mixes[r, i] if mixes.shape[1] else no_row
                if form[0] != FIXED:
                    if form[10] == 1:
                        _expected_row(game, policy, i, row, digits)
                        gains, earned = row, 0.0
                        for a in range(m):
                            if policy[i, a] > 0:
                                earned += policy[i, a] * row[a]
                    else:
                        gains = _payoff_row(game, own, ones - current, i, row)
                        earned = gains[current]
                    sure[r, i] = _learn(form, gains, earned, number + t + 1, current, ok, score, mix, values)
                else:
                    sure[r, i] = int(form[5])
                revises = revision == EVERYBODY or turn == i or (revision == BY_CHANCE and numbers[i] >= chance)
                fresh[i] = current
                if revises:
                    fresh[i] = _drawn(sure[r, i], mix, ok, numbers[offset + i] if width > offset else 0.0, even)
                if tied.shape[0] and tied[i] >= 0:
                    fresh[i] = tied[i]
            for i in range(n):
                own[i] = fresh[i]
            note = regrets[r, t] if regrets.shape[1] else no_row
            gaps[r, t] = _earn(game, own, payoffs[r, t], totals[r], counts[r], note, number + t + 2, row)
            if played.shape[1]:
                played[r, t] = own
