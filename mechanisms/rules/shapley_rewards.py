"""Models instead of money: rewards that are a power of Shapley values, and how flat that power must be to keep everybody."""

import math
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from ...arguments import validated
from ...arrays import ROUND_OFF, BoolArray, FloatArray, checked
from ...papers import MODEL_REWARDS
from ..coalitions.games import ClassGame, CoalitionalGame
from ..values import shapley
from .mechanism import MECHANISMS, Market, Mechanism, Settlement

NULL = 1e-12
"""Of the top value: who has less adds nothing. Larger values are real, and a power near 0 makes much of them."""
Flatness = Annotated[float, Field(ge=0, le=1)]


@MECHANISMS.register
class ShapleyRewards(Mechanism):
    """Everybody gets a model whose worth is a power ρ of its Shapley value; the most valuable parties get the joint model.

    r_i = (φ_i / φ*)^ρ v_N with φ* the largest Shapley value (incentive-aware model rewards, Theorem 1). No money moves. At ρ = 1
    rewards are proportional to Shapley values; a smaller ρ gives the others more and takes nothing from the top. ρ up to
    `rho_individual_rationality` leaves nobody worse off than alone, up to `rho_stability` no coalition better off on its own; at
    ρ = 0 everybody gets the joint model, which is not fair. How a model is made worse to have just that worth is the task's
    affair.

    Parameters
    ----------
    rho
        The power ρ, in [0, 1].

    Notes
    -----
    The theorem starts with 0 < ρ ≤ 1 yet speaks of ρ = 0; here that is the limit for parties who add something, and those who
    add nothing get the joint model too. They get nothing for ρ > 0. So do parties whose Shapley value is negative, which the
    paper's monotone values rule out: a party that harms is treated no better than one that is useless. Where the joint model is
    worth less than nothing, nobody is given it.

    A rule sees identities. Each is rewarded like a party, and a party holds models of equal worth, one an identity, of which
    the best is as good as any: its reward is that of one of its identities, not their total. Copies that share what one of them
    would have are thus worth less to their owner. That leaves out what a party could learn by putting several noisy models
    together. Rows repeated inside one identity are another matter: where the task takes them for new data, they raise its
    Shapley value. Parties who judge by data of their own agree on the Shapley values of the mean of their judgments; the joint
    model is worth to each what it says.

    Examples
    --------
    Example 1 of the paper: the second party would get 4.8, less than the 5 that its own data gives; a flatter power mends that.

    >>> from potluck.mechanisms import Market
    >>> market = Market.of([[0, 5], [7, 8]])
    >>> ShapleyRewards().settle(market).rewards.round(3).tolist()
    [8.0, 4.8]
    >>> ShapleyRewards(rho=0.5).settle(market).rewards.round(3).tolist()
    [8.0, 6.197]
    """

    source = MODEL_REWARDS.at("Theorem 1")

    rho: Flatness = 1.0

    def settle(self, market: Market) -> Settlement:
        """Return a model of worth (φ_i / φ*)^ρ v_N for everybody present, and no payments."""
        shares = reward_shares(shapley(market.game), self.rho)
        rewards = np.zeros(market.n)
        here = market.present
        rewards[here] = np.maximum(market.pool[here], 0.0) * shares[market.group[here]]
        return Settlement(rewards=rewards, payments=np.zeros(market.n))

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return 0: no money moves."""
        return (0.0, 0.0)


@validated
def reward_shares(values: ArrayLike, rho: float) -> FloatArray:
    """Return (φ_i / φ*)^ρ: which share of the joint model's worth everybody gets.

    Parameters
    ----------
    values
        Shapley values φ, shape (n,), or those of another fair value.
    rho
        The power ρ ≥ 0.

    Returns
    -------
    array of shape (n,), in [0, 1]: exactly 1 for the top, up to a relative difference of 1e-9; for ρ > 0 exactly 0 for who adds
    nothing, up to 1e-12 of the top, since a power near 0 would make much of round-off ((1e-16)^0.05 = 0.16).

    Raises
    ------
    ValueError
        The power is negative or not finite, or a value is not finite.

    Examples
    --------
    >>> reward_shares([4, 1, 0, -1], 0.5).tolist()
    [1.0, 0.5, 0.0, 0.0]
    >>> reward_shares([4, 1, 0, -1], 0).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    if not (math.isfinite(rho) and rho >= 0):
        raise ValueError(f"rho = {rho}: the power must be finite and at least 0")
    phi = checked(values, "Shapley values", shape=(None,))
    if rho == 0:
        return np.ones_like(phi)
    top = phi.max(initial=0.0)
    shares = np.zeros_like(phi)
    adding = phi > NULL * top
    shares[adding] = (phi[adding] / top) ** rho
    shares[_is_top(phi)] = 1.0
    return shares


@validated
def shapley_rewards(game: CoalitionalGame | ClassGame, rho: float) -> FloatArray:
    """Return the rewards r_i = (φ_i / φ*)^ρ v_N, shape (n,), or (c,) for a game by class; see `ShapleyRewards`.

    Examples
    --------
    >>> shapley_rewards(CoalitionalGame([0, 7, 5, 8]), 0.5).round(4).tolist()
    [8.0, 6.1968]
    """
    return np.asarray(max(game.grand, 0.0) * reward_shares(shapley(game), rho))


@validated
def rho_individual_rationality(game: CoalitionalGame | ClassGame) -> float:
    """Return the largest ρ at which nobody is worse off than alone, ρ_r (Theorem 1).

    Parameters
    ----------
    game
        What coalitions are worth, as a table or by class.

    Returns
    -------
    float
        The least log(v_i / v_N) / log(φ_i / φ*); infinite where nothing binds. Always above 0 where more data never hurts: if v_i
        = v_N then i adds at least as much to every coalition as anybody else. It may exceed 1, the largest ρ of the theorem.
        Where a party alone is worth more than all together no ρ will do, and the bound is -inf.

    Notes
    -----
    The print takes the minimum over everybody, which is 0/0 or -inf for the top party; only parties below the top count, and of
    them only those with v_i > 0.

    Examples
    --------
    Example 1 of the paper: log(5/8) / log(3/5).

    >>> round(rho_individual_rationality(CoalitionalGame([0, 7, 5, 8])), 6)
    0.920086
    """
    by_class, phi = _valued(game)
    return _largest_rho(phi, Market.single_values(by_class), by_class.grand)


@validated
def rho_stability(game: CoalitionalGame | ClassGame) -> float:
    """Return the largest ρ at which no coalition would rather leave, ρ_s (Theorem 1, R6).

    As `rho_individual_rationality`, with what the party and all others of no larger Shapley value are worth together, v_{C_i}, in
    place of v_i. Where more data never hurts, this is exactly the largest ρ that satisfies Definition 3 too, for which the paper
    says only that it suffices: among the members of a coalition the one with the largest Shapley value has the largest reward.

    Parameters
    ----------
    game
        What coalitions are worth, as a table or by class.

    Returns
    -------
    float
        At most ρ_r where more data never hurts; infinite where nothing binds, -inf where no ρ will do. It may be 0: then no ρ > 0
        is stable, and the theorem's choice ρ ≤ ρ_s is void.

    Notes
    -----
    Shapley values that differ by less than 1e-9 of the largest are taken for equal: a difference in the last bits between two top
    parties could otherwise put the bound to 0.

    Examples
    --------
    >>> round(rho_stability(CoalitionalGame([0, 7, 5, 8])), 6)
    0.920086
    >>> rho_stability(CoalitionalGame([0, 8, 5, 9, 5, 9, 10, 10]))  # the lower two are worth as much as all
    0.0
    """
    by_class, phi = _valued(game)
    members = (phi <= phi[:, None] + ROUND_OFF * phi.max()) * np.array(by_class.sizes)
    return _largest_rho(phi, by_class.worths(members), by_class.grand)


def _valued(game: CoalitionalGame | ClassGame) -> tuple[ClassGame, FloatArray]:
    """Return the game by its classes that are not empty, and their Shapley values."""
    phi = shapley(game)
    if isinstance(game, CoalitionalGame):
        return ClassGame(game.values.reshape((2,) * game.n).transpose()), phi
    filled = np.array(game.sizes) > 0
    if filled.all():
        return game, phi
    if not filled.any():
        raise ValueError("a bound on rho needs at least one player")
    return ClassGame(game.values.reshape([size + 1 for size in game.sizes if size])), phi[filled]


def _is_top(phi: FloatArray) -> BoolArray:
    top = phi.max(initial=0.0)
    return np.asarray((phi >= top * (1 - ROUND_OFF)) & (top > 0))


def _largest_rho(phi: FloatArray, owed: FloatArray, grand: float) -> float:
    """Return the largest ρ with (φ_i / φ*)^ρ v_N ≥ what is owed to i, for everybody."""
    room = NULL * abs(grand)
    if (owed > max(grand, 0.0) + room).any():
        return -math.inf
    binding = (owed > room) & ~_is_top(phi)
    if not binding.any():
        return math.inf
    if (phi[binding] <= NULL * phi.max()).any():
        return 0.0
    needed = np.log(np.minimum(owed[binding] / grand, 1.0)) / np.log(phi[binding] / phi.max())
    return float(needed.min()) + 0.0
