"""The coalitional games that divide a market's pots, made from the gains of coalitions.

G is the gain of the model trained on a coalition's data, a table by counts of identities.
"""

import numpy as np

from ...arguments import validated
from ...arrays import FloatArray
from ..coalitions.games import ClassGame
from ..coalitions.structures import Additive, Combined, Scaled, Structure
from .mechanism import Market


@validated
def market_game(game: ClassGame) -> ClassGame:
    """Return v(S) = G_S + Σ_{j in S} (G_S - G_j), the market's characteristic function, from the gains G.

    Source: collaborative machine learning markets, Section 4; v(M) = G_M + Σ_j (G_M - G_j).

    Examples
    --------
    >>> market_game(ClassGame([[0, 0.7], [0.7, 1]])).values.round(3).tolist()
    [[0.0, 0.7], [0.7, 1.6]]
    """
    if game.structure is not None:
        return _held_by_members(game, game.structure, np.arange(1.0, game.n + 2))
    return ClassGame(game.values + excess_game(game).values)


@validated
def excess_game(game: ClassGame) -> ClassGame:
    """Return v0(S) = Σ_{j in S} (G_S - G_j): only what members improve, so that v0(M) is what they pay for.

    Source: original; the market's characteristic function without the value of the model itself.

    Examples
    --------
    >>> excess_game(ClassGame([[0, 0.7], [0.7, 1]])).values.round(3).tolist()
    [[0.0, 0.0], [0.0, 0.6]]
    """
    if game.structure is not None:
        return _held_by_members(game, game.structure, np.arange(game.n + 1.0))
    counts = np.indices(game.values.shape)
    single = Market.single_values(game)
    return ClassGame(game.values * counts.sum(axis=0) - np.tensordot(single, counts, axes=1))


def _held_by_members(game: ClassGame, structure: Structure, times: FloatArray) -> ClassGame:
    """Return times[|S|] G_S - Σ_{j in S} G_j, whose structure is known where that of G is."""
    alone = Scaled(Additive(-Market.single_values(game)), np.ones(game.n + 1))
    return ClassGame.structured(game.sizes, Combined((Scaled(structure, times), alone)))


@validated
def aggregate_game(market: Market, with_model: bool = True) -> ClassGame:
    """Return v(S) = mean_{j in S} G_j(S) + Σ_{j in S} (G_j(S) - G_j({j})), where each identity judges as its owner does.

    Source: original; equal to `market_game` where all judge alike.

    Parameters
    ----------
    market
        The round.
    with_model
        Whether the mean, the value of the model itself, is part of it; without it v(M) is what the identities improve.

    Examples
    --------
    >>> market = Market(games=(ClassGame([[0, 0.2], [0.6, 1]]), ClassGame([[0, 0.8], [0, 0.8]])),
    ...                 group=np.arange(2), entries=np.ones(2, dtype=int))
    >>> aggregate_game(market).values.round(3).tolist()
    [[0.0, 0.8], [0.6, 1.3]]
    """
    if len(market.games) == 1:
        return market_game(market.game) if with_model else excess_game(market.game)
    counts = np.indices(market.games[0].values.shape)
    total, improved = np.zeros(counts.shape[1:]), np.zeros(counts.shape[1:])
    for owner in np.flatnonzero(market.present).tolist():
        game, group = market.game_of(owner), int(market.group[owner])
        size = market.games[0].sizes[group]
        members = counts[group] * (market.entries[owner] * market.multiplicity[owner] / size)
        total += members * game.values
        improved += members * (game.values - Market.single_values(game)[group])
    mean = total / np.maximum(counts.sum(axis=0), 1)
    return ClassGame(improved + mean if with_model else improved)


@validated
def others_game(game: ClassGame, group: int) -> ClassGame:
    """Return w(S) = G(S + i) - G({i}): what all others but one identity i of a class add to it.

    Examples
    --------
    >>> others_game(ClassGame([[0, 0.7], [0.7, 1], [0.7, 1]]), 0).values.round(3).tolist()
    [[0.0, 0.3], [0.0, 0.3]]
    """
    joins = game.structure.joined(group) if game.structure is not None else None
    if joins is not None:
        return ClassGame.structured(np.array(game.sizes) - (np.arange(len(game.sizes)) == group), joins)
    joined = np.take(game.values, np.arange(1, game.values.shape[group]), axis=group)
    return ClassGame(joined - joined.flat[0])
