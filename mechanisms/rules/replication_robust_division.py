"""The collaborative market whose parties pay for their improvement and share what is paid."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from ...papers import MARKETS
from ..coalitions.games import ClassGame
from ..values import shapley
from .market_account import MarketAccount
from .market_games import aggregate_game, excess_game, market_game, others_game
from .mechanism import MECHANISMS, Market, Mechanism, Settlement


@MECHANISMS.register
class ReplicationRobustDivision(Mechanism):
    """Every identity pays for what its model improves on its own; the pot is divided by a Shapley value.

    Who enters data must also ask for a model, and pays for the improvement: a_i = c (G_M - G_i), for every identity. The pot
    a = Σ a_i is divided in proportion to the Shapley values ψ of v(S) = G_S + Σ_{j in S} (G_S - G_j) (collaborative machine
    learning markets, Section 4).

    Parameters
    ----------
    division
        ``normalised``: b_i = a ψ_i / Σ ψ_j, which balances. ``printed``: the paper's b_i = a ψ_i; since Σ ψ_i = G_M + a / c, it
        pays out more than was paid in exactly when G_M + a / c > 1, and copying pays ever more. ``excess`` (extension): ψ is the
        Shapley value of v0(S) = Σ_{j in S} (G_S - G_j), which sums to a / c without being normalised.
    tasks
        How pots are divided where parties judge by data of their own (extension; the paper's rule is in its full version). With
        G_i the gains as i judges: ``task_market``: i's payment by the game v of G_i. ``aggregate``: all payments by
        v(S) = mean_{j in S} G_j(S) + Σ_{j in S} (G_j(S) - G_j({j})). ``task_shapley``: i's payment by G_i itself. ``nonself``:
        i's payment among all identities but the one that pays, by S -> G_i(S + i) - G_i({i}). The first two are the
        single-task market where all judge alike.
    trained_on
        What the model that a party receives is trained on: ``all`` data entered, or the ``best`` subset that holds the party's
        own, as it judges.
    unit_value
        The price c > 0 of a unit of improvement.

    Raises
    ------
    ValueError
        ``printed`` or ``excess`` goes with ``task_shapley`` or ``nonself``, which divide by other games.

    Notes
    -----
    The paper claims robustness to replication. The normalised form is robust in most games, not in all: an identity whose own
    improvement is small pays little for a copy. The printed form is never robust where the copier improves. The excess form is
    robust for at most three identities where more data never hurts, and in most games beyond.

    Where more data can hurt, values that divide a pot may be negative and sum to next to nothing, and the paper's quotient has a
    pole. There (extension; the printed form is left as it is) a pot above 0 is divided in proportion to the values above 0, and
    where there are none, or the pot is 0 or less, everybody gets its payment back. So nobody pays more than its improvement,
    which is at most the fee where models are worth at most 1, money still balances, and monotone games are settled as in print.

    Examples
    --------
    Two like parties: without copies nobody gains; a copy costs its owner 0.142.

    >>> from potluck.mechanisms import Market
    >>> ReplicationRobustDivision().settle(Market.of([[0, 0.7], [0.7, 1]])).payments.round(3).tolist()
    [0.0, 0.0]
    >>> ReplicationRobustDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [0.142, -0.142]
    """

    source = f"Ohrimenko, Tople & Tschiatschek (2019), {MARKETS.at('Section 4')}"

    division: Literal["normalised", "printed", "excess"] = "normalised"
    tasks: Literal["task_market", "aggregate", "task_shapley", "nonself"] = "task_market"
    trained_on: Literal["all", "best"] = "all"
    unit_value: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0

    def model_post_init(self, context: object, /) -> None:
        """Check that the division and the way to divide several tasks go together."""
        if self.division != "normalised" and self.tasks in {"task_shapley", "nonself"}:
            raise ValueError(f"division = {self.division!r} goes with tasks 'task_market' or 'aggregate', not {self.tasks!r}")

    def settle(self, market: Market) -> Settlement:
        """Return each party's model, and per party what its identities pay less what they receive."""
        account = self.account(market)
        return Settlement(rewards=account.models, payments=account.improvements - account.shares)

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return 0 for the forms that balance; the printed form promises nothing."""
        return super().revenue_range(market) if self.division == "printed" else (0.0, 0.0)

    def account(self, market: Market) -> MarketAccount:
        """Return the paper's quantities: every party's fee, improvement, share of the pots and payoff.

        Examples
        --------
        >>> from potluck.mechanisms import Market
        >>> account = ReplicationRobustDivision().account(Market.of([[0, 0.7], [0.9, 1]]))
        >>> for quantity in (account.fees, account.improvements, account.shares, account.payoffs):
        ...     print(quantity.round(3).tolist())
        [0.1, 0.3]
        [0.1, 0.3]
        [0.229, 0.171]
        [0.229, 0.171]
        """
        models = self._models(market)
        improved = np.where(market.present, models - market.alone, 0.0)
        paid: FloatArray = np.multiply(market.entries * self.unit_value, improved)
        fees = market.entries * (1.0 - market.alone) * self.unit_value
        shares = self._among_others(market, paid) if self.tasks == "nonself" else self._shares(market, paid)
        return MarketAccount(models, fees, paid, shares)

    def _models(self, market: Market) -> FloatArray:
        """Return the quality of the model that each party receives, as it judges, shape (n,)."""
        models = market.joint_model()
        if self.trained_on == "best":
            for owner in np.flatnonzero(market.present).tolist():
                values, group = market.game_of(owner).values, int(market.group[owner])
                models[owner] = np.take(values, np.arange(1, values.shape[group]), axis=group).max()
        return models

    def _shares(self, market: Market, paid: FloatArray) -> FloatArray:
        """Return what each party receives from pots that are divided among all, shape (n,)."""
        shares = np.zeros(market.n)
        for value, payers in self._pots(market):
            own, psi = np.where(payers, paid, 0.0), shapley(value)
            if self.division == "printed":
                shares += market.total(own) * market.by_owner(psi)
                continue
            losing = np.minimum(own, 0.0)  # whoever is given a worse model than its own is paid back, and fills no pot
            own = own - losing
            shares += losing
            pot = market.total(own)
            sums_to_pot = self._sums_to_pot(market) and not losing.any()
            if pot > 0 and psi.min() >= 0 and (sums_to_pot or value.grand > 0):
                scale = self.unit_value if sums_to_pot else pot / value.grand
                shares += scale * market.by_owner(psi)
            else:
                shares += _bounded(market, pot, market.by_owner(np.maximum(psi, 0.0)), own)
        return shares

    def _pots(self, market: Market) -> Iterator[tuple[ClassGame, BoolArray]]:
        """Yield each pot as the game that divides it and who fills it, (n,)."""
        if self.tasks == "aggregate":
            yield aggregate_game(market, with_model=self.division != "excess"), market.present
        elif len(market.games) == 1:
            yield self._divides(market.game), market.present
        else:
            for owner in np.flatnonzero(market.present).tolist():
                yield self._divides(market.game_of(owner)), np.arange(market.n) == owner

    def _divides(self, game: ClassGame) -> ClassGame:
        if self.tasks == "task_shapley":
            return game
        return excess_game(game) if self.division == "excess" else market_game(game)

    def _sums_to_pot(self, market: Market) -> bool:
        """Say whether the values that divide a pot sum to it by themselves, in units of quality, if nobody loses."""
        together = len(market.games) == 1 or self.tasks == "aggregate"
        return self.division == "excess" and self.trained_on == "all" and together

    def _among_others(self, market: Market, paid: FloatArray) -> FloatArray:
        """Return what each party receives where a payment goes to all identities but the one that pays, shape (n,)."""
        shares = np.zeros(market.n)
        for owner in np.flatnonzero(market.present).tolist():
            group, entries = int(market.group[owner]), int(market.entries[owner])
            value = others_game(market.game_of(owner), group)
            each, psi = paid[owner] / entries, shapley(value)
            others = np.array(value.sizes) > 0
            if each <= 0 or psi[others].max(initial=0.0) <= 0:
                shares[owner] += paid[owner]
                continue
            if psi[others].min() < 0:
                psi = np.where(others, np.maximum(psi, 0.0), 0.0)
                psi *= each / float(np.dot(value.sizes, psi))
            else:
                psi = psi * (self.unit_value if self.trained_on == "all" else each / value.grand)
            shares += market.by_owner(psi) * (entries * market.multiplicity[owner])
            shares[owner] -= entries * psi[group]  # no identity receives from itself
        return shares


def _bounded(market: Market, pot: float, parts: FloatArray, paid: FloatArray) -> FloatArray:
    """Return a pot's division by parts ≥ 0 of parties, (n,) -> (n,); what was paid where there is nothing to divide, or by."""
    whole = market.total(parts)
    return pot * (parts / whole) if pot > 0 and whole > 0 else paid
