"""The compiled round: rules in the form of numbers, in games in the form of arrays, in as many replicas as there are."""

from typing import Any

import numba
import numpy as np
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from ..agents.strategies.form import (
    BEST,
    EVEN,
    EVEN_BEST,
    EXCESS,
    EXPONENTIAL,
    FIXED,
    MIXED,
    PROJECTED,
    REPLICATED,
)
from ..arrays import BoolArray, FloatArray, IntArray
from .games.payoff_arrays import COUNTS, TABLES, PayoffArrays
from .revision import BY_CHANCE, EVERYBODY, IN_TURN, ONE

TIES, ROUND_OFF = 1e-10, 1024 * float(np.finfo(np.float64).eps)


def _uncounted(context: Any, array: Any) -> Any:
    """Return an array without its count of references, which would be kept for every player; the caller holds the memory."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made: Any = make_array(array)(context, builder, arguments[0])  # type: ignore[no-untyped-call]
        made.meminfo = cgutils.get_null_value(made.meminfo.type)  # type: ignore[no-untyped-call]
        return made._getvalue()

    return array(array), code


_bare: Any = intrinsic(_uncounted)


@numba.njit(cache=True, forceinline=True)
def _bare_game(game: PayoffArrays) -> PayoffArrays:
    """Return a game whose arrays' references are not counted."""
    return PayoffArrays(
        game.kind,
        _bare(game.values),
        _bare(game.places),
        _bare(game.starts),
        _bare(game.weights),
        _bare(game.available),
        _bare(game.base),
        game.scale,
    )


@numba.njit(cache=True, forceinline=True, fastmath={"reassoc", "nnan", "nsz"})
def _most(values: FloatArray) -> float:
    """Return the largest number; the order in which they are compared does not matter."""
    top: float = values[0]
    for a in range(values.shape[0]):
        if values[a] > top:
            top = values[a]
    return top


@numba.njit(cache=True, forceinline=True, fastmath={"reassoc", "nnan", "nsz"})
def _ends(values: FloatArray) -> tuple[float, float]:
    """Return the largest and the smallest number."""
    top = low = values[0]
    for a in range(values.shape[0]):
        if values[a] > top:
            top = values[a]
        if values[a] < low:
            low = values[a]
    return top, low


@numba.njit(cache=True, forceinline=True)
def _payoff_row(
    game: PayoffArrays,
    actions: IntArray,
    r: int,
    others: int,
    i: int,
    row: FloatArray,
) -> None:
    """Write what each action earns player i of replica r against the others' actions; ``others`` is how many of them play 1."""
    m, values, places, weights = row.shape[0], game.values, game.places, game.weights
    if game.kind == COUNTS:
        row[0] = game.scale * game.base[others if game.base.shape[0] > 1 else 0]
        row[1] = game.scale * values[0, 0, others] - weights[i]
    elif game.kind == TABLES:
        place = 0
        for j in range(actions.shape[1]):
            place += places[i, j] * actions[r, j]
        for a in range(m):
            row[a] = values[i, place, a]
    else:
        for a in range(m):
            row[a] = 0.0
        for edge in range(game.starts[i], game.starts[i + 1]):
            weight, theirs = weights[edge], actions[r, places[0, edge]]
            for a in range(m):
                row[a] += weight * values[0, theirs, a]


@numba.njit(cache=True)
def _expected_row(
    game: PayoffArrays,
    policy: FloatArray,
    i: int,
    row: FloatArray,
    digits: IntArray,
) -> None:
    """Write what each action earns player i on average against the others' mixes."""
    n, m, values, places, starts = policy.shape[0], row.shape[0], game.values, game.places, game.starts
    for a in range(m):
        row[a] = 0.0
    if game.kind != TABLES:
        for edge in range(starts[i], starts[i + 1]):
            j = places[0, edge]
            for b in range(m):
                chance = game.weights[edge] * policy[j, b]
                for a in range(m):
                    row[a] += chance * values[0, b, a]
        return
    if n == 2:
        j, b, sides = 1 - i, 0, starts[1 - i]
        while b + 4 <= sides:  # four at once: the row is read and written a fourth as often
            p, q, r, s = policy[j, b], policy[j, b + 1], policy[j, b + 2], policy[j, b + 3]
            for a in range(m):
                pair = p * values[i, b, a] + q * values[i, b + 1, a]
                row[a] += pair + (r * values[i, b + 2, a] + s * values[i, b + 3, a])
            b += 4
        while b < sides:
            p = policy[j, b]
            for a in range(m):
                row[a] += p * values[i, b, a]
            b += 1
    else:
        for j in range(n):
            digits[j] = 0
        done = False
        while not done:
            chance, place = 1.0, 0
            for j in range(n):
                if j != i:
                    chance *= policy[j, digits[j]]
                    place += places[i, j] * digits[j]
            if chance > 0:
                for a in range(m):
                    row[a] += chance * values[i, place, a]
            done = True
            for back in range(n):
                j = n - 1 - back
                if j != i:
                    digits[j] += 1
                    if digits[j] < starts[j]:
                        done = False
                        break
                    digits[j] = 0
    for a in range(m):
        if not game.available[i, a]:
            row[a] = -np.inf


@numba.njit(cache=True, forceinline=True)
def _best(
    values: FloatArray,
    over: float,
    available: BoolArray,
    seat: int,
    current: int,
    stay: bool,
    mixes: FloatArray,
    r: int,
    i: int,
    even: bool,
) -> int:
    """Return an action of player i whose value over ``over`` is best, or write even odds over all of them into its mix."""
    m = values.shape[0]
    top, low = _ends(values)
    if low == -np.inf:
        low = top
        for a in range(m):
            if available[seat, a]:
                low = min(low, values[a])
    least = top - max(TIES * (top - low), ROUND_OFF * max(over, abs(top)))
    if even:
        number = 0
        for a in range(m):
            number += available[seat, a] and values[a] >= least
        for a in range(m):
            mixes[r, i, a] = 1.0 / number if available[seat, a] and values[a] >= least else 0.0
        return MIXED
    if stay and available[seat, current] and values[current] >= least:
        return current
    for a in range(m):
        if available[seat, a] and values[a] >= least:
            return a
    return 0


@numba.njit(cache=True)
def _exp(values: FloatArray, scales: IntArray) -> None:
    """Replace numbers of at most 0 by their exponentials, to two units in the last place; below -700, by 0.

    x = k ln 2 + r with |r| <= ln(2) / 2, and exp r by its Taylor series: written out so that it runs over several at once, which
    a call to the library's function does not.
    """
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
def _exponential(values: FloatArray, rate: float, available: BoolArray, i: int, scales: IntArray) -> None:
    """Turn values into weights exp(rate × value), normalised; 0 where an action is not available."""
    m = values.shape[0]
    top, total = _most(values), 0.0
    for a in range(m):
        values[a] = rate * (values[a] - top) if available[i, a] else -np.inf
    _exp(values, scales)
    for a in range(m):
        total += values[a]
    for a in range(m):
        values[a] /= total


@numba.njit(cache=True)
def _positive(values: FloatArray, available: BoolArray, i: int) -> None:
    """Turn values into weights in proportion to their positive parts, or even ones where there are none."""
    m = values.shape[0]
    total, number = 0.0, 0
    for a in range(m):
        values[a] = max(values[a], 0.0) if available[i, a] else 0.0
        total += values[a]
        number += available[i, a]
    for a in range(m):
        values[a] = values[a] / total if total > 0 else (1.0 / number if available[i, a] else 0.0)


@numba.njit(cache=True)
def _projected(values: FloatArray, available: BoolArray, i: int) -> None:
    """Turn values into the nearest distribution: values less a level, where that is positive."""
    m = values.shape[0]
    left = np.sort(values[available[i]])[::-1]
    total, level = 0.0, 0.0
    for place in range(left.shape[0]):
        total += left[place]
        if left[place] - (total - 1) / (place + 1) > 0:
            level = (total - 1) / (place + 1)
    for a in range(m):
        values[a] = max(values[a] - level, 0.0) if available[i, a] else 0.0


@numba.njit(cache=True)
def _replicated(
    rate: float, floor: float, gains: FloatArray, mixes: FloatArray, r: int, i: int, values: FloatArray, scales: IntArray
) -> None:
    """Let shares grow by their gains."""
    m, total, again = values.shape[0], 0.0, 0.0
    for a in range(m):
        values[a] = np.log(mixes[r, i, a]) + rate * gains[a] if mixes[r, i, a] > 0 else -np.inf
    top = _most(values)
    for a in range(m):
        values[a] -= top
    _exp(values, scales)
    for a in range(m):
        total += values[a]
    for a in range(m):
        values[a] = max(values[a] / total, floor) if mixes[r, i, a] > 0 else 0.0
        again += values[a]
    for a in range(m):
        mixes[r, i, a] = values[a] / again


@numba.njit(cache=True)
def _flowed(
    choice: int,
    rate: float,
    gains: FloatArray,
    available: BoolArray,
    seat: int,
    mixes: FloatArray,
    r: int,
    i: int,
    values: FloatArray,
) -> None:
    """Move a mix up the gradient, by excess payoffs or by pairwise comparison; no step takes a share below 0."""
    m, mean, total, spread = values.shape[0], 0.0, 0.0, 0.0
    if choice == PROJECTED:
        for a in range(m):
            values[a] = mixes[r, i, a] + rate * gains[a] if available[seat, a] else -np.inf
        _projected(values, available, seat)
        for a in range(m):
            mixes[r, i, a] = values[a]
        return
    for a in range(m):
        values[a] = 0.0
        if mixes[r, i, a] > 0:
            mean += mixes[r, i, a] * gains[a]
    for a in range(m):
        if available[seat, a] and choice == EXCESS:
            values[a] = max(gains[a] - mean, 0.0)
            total += values[a]
        elif available[seat, a]:
            for b in range(m):
                if available[seat, b]:
                    values[a] += mixes[r, i, b] * max(gains[a] - gains[b], 0.0) - mixes[r, i, a] * max(gains[b] - gains[a], 0.0)
                    spread = max(spread, gains[a] - gains[b])
    length = rate if choice == EXCESS else rate / max(1.0, rate * spread * m)
    for a in range(m):
        mixes[r, i, a] = (mixes[r, i, a] + length * values[a]) / (1.0 + length * total)


@numba.njit(cache=True, forceinline=True)
def _learn(
    forms: FloatArray,
    f: int,
    gains: FloatArray,
    earned: float,
    rounds: int,
    current: int,
    available: BoolArray,
    seat: int,
    scores: FloatArray,
    mixes: FloatArray,
    r: int,
    i: int,
    values: FloatArray,
    scales: IntArray,
) -> int:
    """Let one player learn: move its scores and its mix; return the action it will play for sure, or MIXED."""
    choice, keep, rate = int(forms[f, 0]), forms[f, 1], forms[f, 5]
    m = gains.shape[0]
    if choice == REPLICATED:
        _replicated(rate, forms[f, 8], gains, mixes, r, i, values, scales)
        return MIXED
    if choice >= PROJECTED:
        _flowed(choice, rate, gains, available, seat, mixes, r, i, values)
        return MIXED
    base = earned if forms[f, 2] == 1 else 0.0
    over = float(rounds) if forms[f, 6] == 1 else 1.0
    if keep == 0:
        for a in range(m):
            values[a] = gains[a] - base
    else:
        clip = forms[f, 3] == 1
        for a in range(m):
            score = keep * scores[r, i, a] + (gains[a] - base)
            if clip:
                score = max(score, 0.0)
            scores[r, i, a] = score
            values[a] = score
        ahead = forms[f, 4]
        if ahead != 0:
            for a in range(m):
                values[a] += over * ahead * (gains[a] - base)
    if choice <= EVEN_BEST:
        return _best(values, over, available, seat, current, forms[f, 9] == 1, mixes, r, i, choice == EVEN_BEST)
    if choice == EXPONENTIAL:
        _exponential(values, rate / over, available, seat, scales)
    else:
        _positive(values, available, seat)
    step = forms[f, 7]
    for a in range(m):
        mixes[r, i, a] = (1 - step) * mixes[r, i, a] + step * values[a] if step < 1 else values[a]
    return MIXED


@numba.njit(cache=True, forceinline=True)
def _drawn(mixes: FloatArray, r: int, i: int, number: float, ladder: FloatArray) -> int:
    """Return the action that a uniform number draws from a mix."""
    m, total, action = ladder.shape[0], 0.0, 0
    for a in range(m):
        total += mixes[r, i, a]
        ladder[a] = total
    height = number * total
    for a in range(m - 1):
        action += height >= ladder[a]
    return action


@numba.njit(cache=True)
def _drawn_evenly(available: BoolArray, i: int, number: float, ladder: FloatArray) -> int:
    """Return the action that a uniform number draws from even odds over those there are."""
    m, total, action, open_actions = ladder.shape[0], 0.0, 0, 0
    for a in range(m):
        open_actions += available[i, a]
    for a in range(m):
        total += 1.0 / open_actions if available[i, a] else 0.0
        ladder[a] = total
    height = number * total
    for a in range(m - 1):
        action += height >= ladder[a]
    return action


@numba.njit(cache=True, forceinline=True)
def _pair(game: PayoffArrays, ones: int) -> tuple[float, float, float, float]:
    """Return what 0 and 1 pay, before its cost, to one who plays 0, and to one who plays 1, when ``ones`` play 1."""
    values, base, scale = game.values, game.base, game.scale
    outside, inside = min(ones, values.shape[2] - 1), max(ones - 1, 0)
    several = base.shape[0] > 1
    low = scale * base[outside if several else 0], scale * base[inside if several else 0]
    return low[0], scale * values[0, 0, outside], low[1], scale * values[0, 0, inside]


@numba.njit(cache=True, forceinline=True)
def _better(game: PayoffArrays, ones: int, stay: bool, actions: IntArray, r: int, sure: IntArray) -> None:
    """Write everybody's better one of two actions, as `_best` finds it; without a branch, as a crowd is a million players."""
    low_out, high_out, low_in, high_in = _pair(game, ones)
    for i in range(actions.shape[1]):
        plays = actions[r, i] == 1
        low, high = low_in if plays else low_out, (high_in if plays else high_out) - game.weights[i]
        top, bottom = max(low, high), min(low, high)
        least = top - max(TIES * (top - bottom), ROUND_OFF * max(1.0, abs(top)))
        kept = (high if plays else low) if stay else -np.inf
        sure[r, i] = plays if kept >= least else low < least


@numba.njit(cache=True, forceinline=True)
def _earn_by_count(
    game: PayoffArrays,
    ones: int,
    actions: IntArray,
    payoffs: FloatArray,
    totals: FloatArray,
    counts: IntArray,
    regrets: FloatArray,
    r: int,
    t: int,
    rounds: int,
    sums: FloatArray,
) -> float:
    """Do what `_earn` does where payoffs depend on a number; so many sums are taken side by side as there is room for."""
    n, side, noted = actions.shape[1], sums.shape[0], regrets.shape[2] > 0
    low_out, high_out, low_in, high_in = _pair(game, ones)
    for j in range(side):
        sums[j] = 0.0
    for first in range(0, n, side):
        last = min(first + side, n)
        playing, costs, paid = actions[r, first:last], game.weights[first:last], payoffs[r, t, first:last]
        played, more, sum_of = counts[r, first:last], totals[r, first:last], sums[: last - first]
        for j in range(last - first):
            plays = playing[j] == 1
            low = low_in if plays else low_out
            high = (high_in if plays else high_out) - costs[j]
            earned = high if plays else low
            paid[j] = earned
            played[j, 0] += np.uint32(plays)
            more[j, 0] += low - earned
            more[j, 1] += high - earned
            sum_of[j] += max(low, high) - earned
        if noted:
            regret = regrets[r, t, first:last]
            for j in range(last - first):
                regret[j] = max(more[j, 0], more[j, 1]) / rounds
    gap = 0.0
    for j in range(side):
        gap += sums[j]
    return gap


@numba.njit(cache=True, forceinline=True)
def _earn(
    game: PayoffArrays,
    ones: int,
    actions: IntArray,
    payoffs: FloatArray,
    totals: FloatArray,
    counts: IntArray,
    regrets: FloatArray,
    r: int,
    t: int,
    rounds: int,
    row: FloatArray,
    sums: FloatArray,
) -> float:
    """Add a round to the totals of replica r and return its NashConv; regrets are noted where there is room for them."""
    if game.kind == COUNTS:
        return _earn_by_count(game, ones, actions, payoffs, totals, counts, regrets, r, t, rounds, sums)
    n, m = totals.shape[1], totals.shape[2]
    gap, noted = 0.0, regrets.shape[2] > 0
    for i in range(n):
        action = actions[r, i]
        _payoff_row(game, actions, r, 0, i, row)
        earned = row[action]
        payoffs[r, t, i] = earned
        if action:
            counts[r, i, action - 1] += 1
        for a in range(m):
            totals[r, i, a] += row[a] - earned
        gap += _most(row) - earned
        if noted:
            most = totals[r, i, 0]
            for a in range(m):
                most = max(most, totals[r, i, a])
            regrets[r, t, i] = most / rounds
    return gap


@numba.njit(cache=True)
def _intended(available: BoolArray, mixes: FloatArray, sure: IntArray, r: int, policy: FloatArray) -> None:
    """Write the probabilities that everybody intended."""
    n, m = policy.shape
    for i in range(n):
        if sure[r, i] == MIXED:
            for a in range(m):
                policy[i, a] = mixes[r, i, a]
            continue
        open_actions = 0
        for a in range(m):
            open_actions += available[i, a]
        for a in range(m):
            policy[i, a] = 1.0 / open_actions if sure[r, i] == EVEN and available[i, a] else 0.0
        if sure[r, i] >= 0:
            policy[i, sure[r, i]] = 1.0


@numba.njit(cache=True, forceinline=True)
def _learn_all(
    game: PayoffArrays,
    ones: int,
    forms: FloatArray,
    whose: IntArray,
    rounds: int,
    scores: FloatArray,
    mixes: FloatArray,
    sure: IntArray,
    actions: IntArray,
    r: int,
    policy: FloatArray,
    row: FloatArray,
    room: FloatArray,
    scales: IntArray,
    digits: IntArray,
) -> None:
    """Let everybody in replica r learn from the last round: write what each will play for sure, or its mix."""
    if game.kind == COUNTS and forms.shape[0] == 1 and forms[0, 0] == BEST and forms[0, 1] == 0:
        _better(game, ones, forms[0, 9] == 1, actions, r, sure)
        return
    if policy.shape[0]:
        _intended(game.available, mixes, sure, r, policy)
    available, several, seats = game.available, whose.shape[0] > 1, game.available.shape[0] > 1
    for i in range(actions.shape[1]):
        f, current, seat = whose[i] if several else 0, actions[r, i], i if seats else 0
        if forms[f, 0] == FIXED:
            sure[r, i] = int(forms[f, 5])
            continue
        if forms[f, 10] == 1:
            _expected_row(game, policy, i, row, digits)
            earned = 0.0
            for a in range(row.shape[0]):
                if policy[i, a] > 0:
                    earned += policy[i, a] * row[a]
        else:
            _payoff_row(game, actions, r, ones - current, i, row)
            earned = row[current]
        sure[r, i] = _learn(forms, f, row, earned, rounds, current, available, seat, scores, mixes, r, i, room, scales)


@numba.njit(cache=True, forceinline=True)
def _act_all(
    available: BoolArray,
    mixes: FloatArray,
    sure: IntArray,
    revise: BoolArray,
    uniforms: FloatArray,
    offset: int,
    r: int,
    t: int,
    actions: IntArray,
    ladder: FloatArray,
) -> None:
    """Let those of replica r who revise do what they intend, by a uniform number each; without numbers all play is sure."""
    n, seats = actions.shape[1], available.shape[0] > 1
    if uniforms.shape[2] <= offset:
        now, next_ = actions[r], sure[r]
        for i in range(n):
            old, new = now[i], next_[i]
            now[i] = new if revise[i] else old
        return
    for i in range(n):
        if revise[i]:
            if sure[r, i] >= 0:
                actions[r, i] = sure[r, i]
            elif sure[r, i] == EVEN:
                actions[r, i] = _drawn_evenly(available, i if seats else 0, uniforms[r, t, offset + i], ladder)
            else:
                actions[r, i] = _drawn(mixes, r, i, uniforms[r, t, offset + i], ladder)


@numba.njit(cache=True, forceinline=True)
def _ones(kind: int, actions: IntArray, r: int) -> int:
    """Return how many play 1, where payoffs depend on it."""
    ones = 0
    if kind == COUNTS:
        for i in range(actions.shape[1]):
            ones += actions[r, i]
    return ones


@numba.njit(cache=True, nogil=True)
def act(
    game: PayoffArrays,
    mixes: FloatArray,
    sure: IntArray,
    revise: BoolArray,
    uniforms: FloatArray,
    actions: IntArray,
    rooms: FloatArray,
) -> None:
    """Let those who revise (n,), in every replica, do what they intend; ``uniforms`` (replicas, 1, n), or none if all is sure."""
    available, mixes, sure, revise = _bare(game.available), _bare(mixes), _bare(sure), _bare(revise)
    uniforms, actions, ladder = _bare(uniforms), _bare(actions), _bare(rooms[2])
    for r in range(actions.shape[0]):
        _act_all(available, mixes, sure, revise, uniforms, 0, r, 0, actions, ladder)


@numba.njit(cache=True, nogil=True)
def earn(
    game: PayoffArrays,
    ones: int,
    actions: IntArray,
    payoffs: FloatArray,
    totals: FloatArray,
    counts: IntArray,
    gaps: FloatArray,
    regrets: FloatArray,
    rounds: int,
    rooms: FloatArray,
    sums: FloatArray,
) -> None:
    """Count a round of every replica, the one of that number; ``ones`` is how many play 1, -1 where everybody is asked about."""
    game, actions, row, sums = _bare_game(game), _bare(actions), _bare(rooms[0]), _bare(sums)
    payoffs, totals, counts, regrets = _bare(payoffs), _bare(totals), _bare(counts), _bare(regrets)
    for r in range(actions.shape[0]):
        playing = ones if ones >= 0 else _ones(game.kind, actions, r)
        gaps[r, 0] = _earn(game, playing, actions, payoffs, totals, counts, regrets, r, 0, rounds, row, sums)


@numba.njit(cache=True, nogil=True)
def learn(
    game: PayoffArrays,
    ones: int,
    forms: FloatArray,
    whose: IntArray,
    rounds: int,
    scores: FloatArray,
    mixes: FloatArray,
    sure: IntArray,
    actions: IntArray,
    policy: FloatArray,
    rooms: FloatArray,
    scales: IntArray,
    digits: IntArray,
) -> None:
    """Let some players of one replica learn from the last of so many rounds, in which ``ones`` of all played 1."""
    game, forms, whose, scores, mixes = _bare_game(game), _bare(forms), _bare(whose), _bare(scores), _bare(mixes)
    sure, actions, policy, scales, digits = _bare(sure), _bare(actions), _bare(policy), _bare(scales), _bare(digits)
    row, room = _bare(rooms[0]), _bare(rooms[1])
    _learn_all(game, ones, forms, whose, rounds, scores, mixes, sure, actions, 0, policy, row, room, scales, digits)


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
    tied: IntArray,
    rooms: FloatArray,
    sums: FloatArray,
    scales: IntArray,
    digits: IntArray,
    revise: BoolArray,
    policy: FloatArray,
) -> None:
    """Play rounds of every replica: learn from the last round, revise, draw, earn.

    Parameters
    ----------
    game
        Payoffs.
    forms, whose
        Rules in numbers (rules, 11), and which is whose (n,), or (1,) where there is one.
    revision, chance
        Who revises: everybody, one in turn (``chance`` is the first), one drawn, or each that does not keep by chance.
    number
        How many rounds were played after the opening one.
    uniforms
        Random numbers (replicas, rounds, width): for the revision, then one a player; without the latter if all play is sure.
    scores, mixes, sure
        What the rules know (replicas, n, m), no rows where none needs them, and sure actions (replicas, n).
    actions, totals, counts
        Last actions (replicas, n); sums of what each action would have earned more (replicas, n, m); how often each action but
        the first was played (replicas, n, m - 1).
    payoffs, gaps, played, regrets
        Written: payoffs (replicas, rounds, n), NashConv (replicas, rounds); actions and regrets where there is room for them.
    tied
        Actions that players are held to (n,), -1 for none; no entries where nobody is.
    rooms, sums, scales, digits, revise, policy
        Written over: (3, m), any number, (m,), (n,), (n,), and (n, m) if some rule looks at mixes.
    """
    replicas, n = actions.shape
    rounds = gaps.shape[1]
    game, sums = _bare_game(game), _bare(sums)
    forms, whose, uniforms, scores, mixes = _bare(forms), _bare(whose), _bare(uniforms), _bare(scores), _bare(mixes)
    sure, actions, payoffs, totals, counts = _bare(sure), _bare(actions), _bare(payoffs), _bare(totals), _bare(counts)
    played, regrets, tied, policy = _bare(played), _bare(regrets), _bare(tied), _bare(policy)
    row, room, ladder = _bare(rooms[0]), _bare(rooms[1]), _bare(rooms[2])
    scales, digits, revise = _bare(scales), _bare(digits), _bare(revise)
    offset = n if revision == BY_CHANCE else (1 if revision == ONE else 0)
    for r in range(replicas):
        ones = _ones(game.kind, actions, r)
        for t in range(rounds):
            counted = number + t + 1
            _learn_all(game, ones, forms, whose, counted, scores, mixes, sure, actions, r, policy, row, room, scales, digits)
            turn = (number + t + int(chance)) % n if revision == IN_TURN else -1
            if revision == ONE:
                turn = int(uniforms[r, t, 0] * n)
            for i in range(n):
                revise[i] = revision == EVERYBODY or turn == i or (revision == BY_CHANCE and uniforms[r, t, i] >= chance)
            _act_all(game.available, mixes, sure, revise, uniforms, offset, r, t, actions, ladder)
            for i in range(tied.shape[0]):
                if tied[i] >= 0:
                    actions[r, i] = tied[i]
            if played.shape[2]:
                for i in range(n):
                    played[r, t, i] = actions[r, i]
            ones = _ones(game.kind, actions, r)
            gaps[r, t] = _earn(game, ones, actions, payoffs, totals, counts, regrets, r, t, counted + 1, row, sums)
