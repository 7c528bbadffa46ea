"""What pairs of players add by being together: Shapley and Banzhaf interaction indices, exact and sampled."""

from typing import Literal, TypeAlias

import numpy as np

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, whole
from ...messages import brief
from ..coalitions.games import MAX_TABULATED_PLAYERS, CoalitionalGame, OnDemandGame
from .sampling import Estimate, least_evaluations
from .semivalues import banzhaf, shapley

Interaction: TypeAlias = Literal["shapley", "banzhaf"]
Estimator: TypeAlias = Literal["rows", "shapiq"]
RUNS = 4
ROWS_AT_ONCE = 1 << 16


@validated
def pair_interactions(
    game: CoalitionalGame | OnDemandGame,
    interaction: Interaction = "shapley",
    *,
    evaluations: int | None = None,
    rng: np.random.Generator | None = None,
    estimator: Estimator = "rows",
) -> Estimate:
    """Return by how much two players add more together than apart, averaged over the coalitions of the others that they join.

    Grabisch and Roubens (1999), "An axiomatic approach to the concept of interaction among players in cooperative games": the
    mean of v(S + ij) - v(S + i) - v(S + j) + v(S), S of random size, evenly, for ``shapley``, each other player in by the toss of
    a coin for ``banzhaf``. Positive where two complement each other, negative where one makes the other dispensable.

    Parameters
    ----------
    game
        A table, or a game on demand of n ≥ 2 players.
    evaluations
        For a game on demand: how many coalitions may be asked for. Default: all, n ≤ 20.
    rng
        For a game on demand with ``evaluations``.
    estimator
        ``rows``: what a player adds is a game of the others, whose value is the player's interactions with them; each is
        estimated as `shapley` estimates, twice a pair, without bias and exact where only pairs interact. ``shapiq`` (extra
        ``values``), for fewer evaluations than rows need and ``shapley``: its InconsistentKernelSHAPIQ (Fumagalli,
        Muschalik, Kolpaczki, Hüllermeier and Hammer 2024). Four independent runs give the standard errors, which say nothing of
        the bias that it has where more than two interact.

    Returns
    -------
    Estimate
        Values and standard errors are symmetric, shape (n, n), 0 on the diagonal; of a table the errors are 0.

    Raises
    ------
    ValueError
        The game has one player, or ``evaluations`` are too few, or none where there are more than 20 players.
    ImportError
        shapiq is not installed.

    Examples
    --------
    Two left gloves and a right one.

    >>> pair_interactions(CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])).values.tolist()
    [[0.0, -0.5, 0.5], [-0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]
    """
    if not isinstance(game, CoalitionalGame | OnDemandGame):
        raise TypeError(f"a table or a game on demand is needed, not {brief(game)}")
    whole(game.n, "the number of players", 2)
    if isinstance(game, CoalitionalGame):
        if evaluations is not None or rng is not None:
            raise ValueError(f"evaluations and rng are for games on demand; the interactions of {game!r} are computed exactly")
        return Estimate(_exact(game, interaction), np.zeros((game.n, game.n)), game.values.size - 1)
    if evaluations is None:
        whole(game.n, "without evaluations the number of players", 2, MAX_TABULATED_PLAYERS)
        return pair_interactions(game.table(), interaction)
    if rng is None:
        raise ValueError(f"evaluations = {evaluations} needs rng, a numpy.random.Generator")
    whole(evaluations, "evaluations", 1)
    if evaluations >= (1 << game.n) - 1 and game.n <= MAX_TABULATED_PLAYERS:
        return pair_interactions(game.table(), interaction)
    return (
        _by_rows(game, interaction, evaluations, rng) if estimator == "rows" else _by_shapiq(game, interaction, evaluations, rng)
    )


def _exact(game: CoalitionalGame, interaction: Interaction) -> FloatArray:
    """Return interactions by what a coalition weighs that holds both of a pair, one, and neither, by its size."""
    from scipy.special import gammaln

    n, s = game.n, np.arange(game.n - 1.0)
    ways = gammaln(n - 1) - gammaln(s + 1) - gammaln(n - 1 - s)
    chance = np.exp(-ways) / (n - 1) if interaction == "shapley" else np.full(n - 1, 0.5 ** (n - 2))
    neither, one, both = np.zeros((3, n + 1))
    neither[: n - 1], one[1:n], both[2:] = chance, -chance, chance
    found, single, rest = np.zeros((n, n)), np.zeros(n), 0.0
    for start in range(0, len(game.values), ROWS_AT_ONCE):
        worths = game.values[start : start + ROWS_AT_ONCE]
        present = ((np.arange(start, start + len(worths))[:, None] >> np.arange(n)) & 1).astype(np.float64)
        size = present.sum(axis=1).astype(np.int64)
        found += present.T @ (present * (worths * (both - 2 * one + neither)[size])[:, None])
        single += (worths * (one - neither)[size]) @ present
        rest += float(worths @ neither[size])
    found += single[:, None] + single + rest
    np.fill_diagonal(found, 0.0)
    return np.asarray((found + found.T) / 2)


def _by_rows(game: OnDemandGame, interaction: Interaction, evaluations: int, rng: np.random.Generator) -> Estimate:
    """Estimate each player's interactions as a value of the game of what it adds to the others."""
    n, value = game.n, shapley if interaction == "shapley" else banzhaf
    least = n + 2 * n * least_evaluations(n - 1)
    if evaluations < least:
        raise ValueError(f"evaluations must be at least {least} for the interactions of {n} players, not {evaluations}")
    alone = game.worths(np.eye(n, dtype=bool))
    found, errors, asked = np.zeros((n, n)), np.zeros((n, n)), n
    for player in range(n):
        others = np.arange(n) != player

        def adds(present: BoolArray, player: int = player, others: BoolArray = others) -> FloatArray:
            both = np.zeros((2 * len(present), n), dtype=bool)
            both[:, others] = np.concatenate([present, present])
            both[: len(present), player] = True
            with_it, without = game.worths(both).reshape(2, -1)
            return np.asarray(with_it - without - alone[player])

        row = value(OnDemandGame(n - 1, adds), evaluations=(evaluations - n) // (2 * n), rng=rng)
        found[player, others], errors[player, others] = row.values, row.standard_errors
        asked += 2 * row.evaluations
    return Estimate((found + found.T) / 2, np.sqrt(errors**2 + errors.T**2) / 2, asked)


def _by_shapiq(game: OnDemandGame, interaction: Interaction, evaluations: int, rng: np.random.Generator) -> Estimate:
    """Return the mean of independent runs of shapiq's estimator."""
    try:
        from shapiq import InconsistentKernelSHAPIQ
    except ImportError as error:
        raise ImportError("estimator = 'shapiq' needs shapiq: pip install 'potluck[values]'") from error
    if interaction != "shapley":
        raise ValueError(f"estimator = 'shapiq' is for interaction = 'shapley', not {interaction!r}: use 'rows'")
    n, asked = game.n, 0

    def worth(present: BoolArray) -> FloatArray:
        nonlocal asked
        asked += len(np.atleast_2d(present))
        return game.worths(np.atleast_2d(present))

    runs = np.zeros((RUNS, n, n))
    for run, seed in zip(runs, rng.integers(1 << 31, size=RUNS).tolist(), strict=True):
        theirs = InconsistentKernelSHAPIQ(n, 2, index="SII", pairing_trick=True, random_state=seed)
        estimate = theirs.approximate(max(evaluations // RUNS, 1), worth)
        for one, other in zip(*np.triu_indices(n, 1), strict=True):
            run[one, other] = run[other, one] = estimate[(int(one), int(other))]
    return Estimate(runs.mean(axis=0), runs.std(axis=0, ddof=1) / np.sqrt(RUNS), asked)
