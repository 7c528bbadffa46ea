"""The loop behind `hiding`: one column of payments, in O(N log N)."""

import math

import numba
import numpy as np

from ...arrays import FloatArray, IntArray

ATTEMPTS = 40


@numba.njit(cache=True)
def _hidden(growth: float, own: float, others: float) -> float:
    """Return what a player is worth who uses its own model, when the others' qualities sum to ``others``."""
    return own * (own + others) ** growth if own > 0 else 0.0


@numba.njit(cache=True)
def _arrive(growth: float, paid: float, others: float, own: float) -> float:
    """Return the bound on the payment of type ``own`` that a hide leaves, less the worth of its truthful report."""
    return paid - _hidden(growth, own, others)


@numba.njit(cache=True)
def _overtaken(growth: float, paid: FloatArray, s: int, r: int, spread: float, c: float, start: int, last: int) -> int:
    """Return the first type in start..last for which hiding as ``r`` binds at least as much as hiding as ``s``; last + 1 if none.

    ``paid[s]`` are payments; the advantage of the later report grows with the type (Monge), so bisection finds the place.
    """
    us, ur = spread * (s + c), spread * (r + c)
    low, step = start, 1
    while True:  # the place is mostly near: stride ahead before halving
        high = min(low + step - 1, last)
        if low > last:
            return last + 1
        if _arrive(growth, paid[r], ur, high) <= _arrive(growth, paid[s], us, high):
            break
        low, step = high + 1, 2 * step
    while low < high:
        middle = (low + high) // 2
        if _arrive(growth, paid[r], ur, middle) <= _arrive(growth, paid[s], us, middle):
            high = middle
        else:
            low = middle + 1
    return low


@numba.njit(cache=True)
def _dominated(
    growth: float, paid: FloatArray, r: int, spread: float, c: float, low: int, high: int, at_low: float, at_high: float
) -> bool:
    """Return whether reporting ``r`` (-1: staying out) binds types ``low`` and ``high`` by at least the amounts given."""
    bound, others = (0.0, spread * c) if r < 0 else (paid[r], spread * (r + c))
    return _arrive(growth, bound, others, low) <= at_low and _arrive(growth, bound, others, high) <= at_high


@numba.njit(cache=True)
def _push(
    growth: float,
    paid: FloatArray,
    rest: FloatArray,
    rest_from: IntArray,
    b: int,
    ratio: float,
    first: int,
    spread: float,
    c: float,
    start: int,
    end: int,
) -> int:
    """Offer ``b`` as a hide to all types in start..end for which no smaller report is seen to bind more; return how many.

    For r < b the difference of the two hides rises, then falls with the type while (n - 1)(b + c) > |α| type. So two ends decide
    a whole interval, and an interval is halved until a report r settles it or it is short enough to be offered one by one.
    """
    offered = 0
    ub = spread * (b + c)
    stack = np.empty((64, 2), dtype=np.int64)
    stack[0, 0], stack[0, 1] = start, end
    depth, tried = 1, 0
    while depth > 0:
        depth -= 1
        low, high = stack[depth, 0], stack[depth, 1]
        if low > high:
            continue
        tried += 1
        at_low, at_high = _arrive(growth, paid[b], ub, low), _arrive(growth, paid[b], ub, high)
        settled = False
        for place in (0.5, 0.0, 1.0):
            r = -1
            if ratio > 0 and b > first:
                r = min(max(int(ratio * (low + place * (high - low) + c) - c + 0.5), first), b - 1)
            settled = _dominated(growth, paid, r, spread, c, low, high, at_low, at_high)
            if settled or r < 0:
                break
        if settled:
            continue
        if high - low < 4 or tried > ATTEMPTS or depth > 60:
            for d in range(low, high + 1):
                value = _arrive(growth, paid[b], ub, d)
                offered += 1
                if value < rest[d]:
                    rest[d], rest_from[d] = value, b
            continue
        middle = (low + high) // 2
        stack[depth, 0], stack[depth, 1] = middle + 1, high
        stack[depth + 1, 0], stack[depth + 1, 1] = low, middle
        depth += 2
    return offered


@numba.njit(cache=True)
def column(growth: float, spread: float, c: float, first: int, last: int) -> tuple[FloatArray, IntArray, int]:
    """Return the largest payments of types first..last beside others with ``c`` data in all, from which report each follows.

    ``spread`` is n - 1. Entries below ``first`` are unused. A report of -1 stands for staying out: individual rationality binds.
    The last number counts the hides that were offered one by one.
    """
    beta = 1.0 + growth
    scale = (spread + 1.0) ** growth
    paid = np.zeros(last + 1)
    source = np.full(last + 1, -1, dtype=np.int64)
    rest = np.full(last + 1, np.inf)
    rest_from = np.full(last + 1, -1, dtype=np.int64)
    queue = np.empty(last + 1, dtype=np.int64)
    begins = np.empty(last + 1, dtype=np.int64)
    head, tail, entering, offered = 0, 0, first, 0
    for t in range(first, last + 1):
        # reports whose hides have become Monge for this type join the queue
        while entering < t and spread * (entering + c) <= -growth * t and entering + c < t:
            begin = t
            while tail > head:
                since = max(begins[tail - 1], t)
                begin = _overtaken(growth, paid, queue[tail - 1], entering, spread, c, since, last)
                if begin <= since:
                    tail -= 1
                else:
                    break
            if tail == head:
                begin = t
            if begin <= last:
                queue[tail], begins[tail] = entering, begin
                tail += 1
            entering += 1
        while tail - head > 1 and begins[head + 1] <= t:
            head += 1
        best, report = _arrive(growth, 0.0, spread * c, t), -1
        if tail > head:
            value = _arrive(growth, paid[queue[head]], spread * (queue[head] + c), t)
            if value < best:
                best, report = value, queue[head]
        if rest[t] < best:
            best, report = rest[t], rest_from[t]
        total = t + c
        paid[t] = best + (scale * total**beta if total > 0 else 0.0)
        source[t] = report
        ratio = (report + c) / total if report >= 0 and total > 0 else 0.0
        monge_from = math.ceil(spread * total / -growth)
        start = max(t + 1, math.floor(total) + 1)
        offered += _push(growth, paid, rest, rest_from, t, ratio, first, spread, c, start, min(monge_from, last))
    return paid, source, offered
