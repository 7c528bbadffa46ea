"""The loops behind games of several nearest neighbours: votes by coalition, and values by counting coalitions."""

import numba
import numpy as np

from ...arrays import FloatArray, IntArray


@numba.njit(cache=True)
def votes(counts: IntArray, owners: IntArray, labels: IntArray, neighbours: int, add: IntArray, worth: FloatArray) -> FloatArray:
    """Return what the votes of the first rows are worth at each point, (batch, classes) -> (points, batch).

    A class of players that is k times in a coalition enters its rows k times.
    """
    points, rows = owners.shape
    found = np.zeros((points, len(counts)))
    for point in range(points):
        for b in range(len(counts)):
            state, left = 0, neighbours
            for row in range(rows):
                times = counts[b, owners[point, row]]
                while times > 0 and left > 0:
                    state = add[state, labels[point, row]]
                    times -= 1
                    left -= 1
                if left == 0:
                    break
            found[point, b] = worth[point, state]
    return found


@numba.njit(cache=True)
def _without(ways: FloatArray, own: int, less: IntArray, result: FloatArray) -> None:
    """Put into ``result`` the ways of others than one player, who brings the votes of a state."""
    for members in range(ways.shape[0]):
        for state in range(ways.shape[1]):
            before = less[state, own]
            taken = result[members - 1, before] if members > 0 and before >= 0 else 0.0
            result[members, state] = ways[members, state] - taken


@numba.njit(cache=True)
def _with(others: FloatArray, own: int, less: IntArray, result: FloatArray) -> None:
    """Put into ``result`` the ways of others and a player who brings the votes of a state."""
    for members in range(others.shape[0]):
        for state in range(others.shape[1]):
            before = less[state, own]
            joined = others[members - 1, before] if members > 0 and before >= 0 else 0.0
            result[members, state] = others[members, state] + joined


@numba.njit(cache=True)
def _last_vote(
    others: FloatArray,
    fewer: FloatArray,
    now: int,
    more: IntArray,
    less: IntArray,
    number: IntArray,
    worth: FloatArray,
    inside: FloatArray,
    outside: FloatArray,
    beyond: FloatArray,
    ahead: int,
    holders: IntArray,
    sums: FloatArray,
) -> float:
    """Return what a row's player says where its vote is a coalition's last, and add to ``sums`` what everybody else says.

    The others of the first players bring as many votes as the state that the row's player has now lacks. What nobody holds is not
    counted: the ways without somebody who is not there are large, and would swallow the sums.
    """
    neighbours, small = others.shape
    lacking, own = neighbours - number[now], 0.0
    for members in range(neighbours):
        for state in range(small):
            if number[state] == lacking and others[members, state] != 0.0:
                v = worth[more[state, now]] * others[members, state]
                own += v * inside[members + 1, ahead]
                sums[0] += v * beyond[members + 1, ahead]
                sums[small] -= v * outside[members + 1, ahead]
    for theirs in range(1, small):
        if holders[theirs] == 0:
            continue
        _without(others, theirs, less, fewer)
        said = 0.0
        for members in range(neighbours):
            for state in range(small):
                ways_here = fewer[members, state]
                if ways_here == 0.0:
                    continue
                if number[state] == lacking:
                    said -= worth[more[state, now]] * ways_here * outside[members + 1, ahead]
                if number[state] + number[theirs] == lacking:
                    said += worth[more[more[state, theirs], now]] * ways_here * inside[members + 2, ahead]
        sums[theirs] += said
    return own


@numba.njit(cache=True)
def _ended(
    own: IntArray,
    small: int,
    neighbours: int,
    ways: FloatArray,
    others: FloatArray,
    more: IntArray,
    less: IntArray,
    number: IntArray,
    worth: FloatArray,
    inside: FloatArray,
    outside: FloatArray,
    beyond: FloatArray,
    ahead: int,
    found: FloatArray,
) -> None:
    """Add what players say in coalitions that have fewer rows than neighbours are asked for."""
    said = np.zeros(small + 1)
    for held in range(small + 1):
        if 0 < held < small:
            _without(ways, held, less, others)
        else:
            others[:] = ways
        for members in range(neighbours):
            for state in range(small):
                here = others[members, state]
                if here == 0.0:
                    continue
                if held == 0:
                    said[held] += worth[state] * here * beyond[members, ahead]
                else:
                    said[held] -= worth[state] * here * outside[members, ahead]
                    if held < small and number[state] + number[held] < neighbours:
                        said[held] += worth[more[state, held]] * here * inside[members + 1, ahead]
    for player in range(len(own)):
        found[player] += said[own[player]]


@numba.njit(cache=True)
def values(
    owners: IntArray,
    labels: IntArray,
    players: int,
    neighbours: int,
    add: IntArray,
    more: IntArray,
    less: IntArray,
    number: IntArray,
    worth: FloatArray,
    inside: FloatArray,
    outside: FloatArray,
    beyond: FloatArray,
) -> FloatArray:
    """Return the sum over points of every player's semivalue; see `NearestVotes`.

    ``inside[a, p]`` weighs coalitions that hold a of the first p players, one given among them, ``outside`` those that hold a
    without the given one, ``beyond`` a player behind them.
    """
    points, rows = owners.shape
    states = len(number)
    small = 0
    for state in range(states):
        if number[state] < neighbours:
            small += 1
    found = np.zeros(players)
    ways, others, fewer = np.zeros((neighbours, small)), np.zeros((neighbours, small)), np.zeros((neighbours, small))
    own = np.zeros(players, np.int64)
    # sums over the rows so far of what a player says who holds this many votes ahead of them: none, a state, or too many
    sums, holders = np.zeros(small + 1), np.zeros(small + 1, np.int64)
    for point in range(points):
        ways[:] = 0.0
        ways[0, 0] = 1.0
        own[:] = 0
        sums[:] = 0.0
        holders[:] = 0
        entered = np.zeros(players)
        ahead = 0
        for row in range(rows):
            player, label = owners[point, row], labels[point, row]
            held = own[player]
            if held == small:  # it has voted as often as can be
                continue
            found[player] += sums[held] - entered[player]
            if held > 0:
                _without(ways, held, less, others)
            else:
                others[:] = ways
                ahead += 1
            holders[held] -= 1
            now = add[held, label]
            found[player] += _last_vote(
                others, fewer, now, more, less, number, worth[point], inside, outside, beyond, ahead, holders, sums
            )
            # this row's player votes for itself here: what its new state said so far does not concern it
            if number[now] >= neighbours:
                own[player] = small
            else:
                own[player] = now
            holders[own[player]] += 1
            entered[player] = sums[own[player]]
            if own[player] == small:
                ways[:] = others
            else:
                _with(others, now, less, ways)
        for player in range(players):
            found[player] += sums[own[player]] - entered[player]
        _ended(own, small, neighbours, ways, others, more, less, number, worth[point], inside, outside, beyond, ahead, found)
    return found
