"""What the market of the collaborative machine learning markets paper charges and pays, party by party."""

from dataclasses import dataclass

from ...arrays import FloatArray


@dataclass(frozen=True, eq=False)
class MarketAccount:
    """The quantities of one round of the market (collaborative machine learning markets, Section 3).

    All are sums over a party's identities, shape (n,), in units of money; 0 for a party that stays out.

    Parameters
    ----------
    models
        Quality of the model each party receives: G(V_i, M^i).
    fees
        Participation fees A_i = c (1 - G(V_i, M(X_i))), paid on entering. Gains are at most 1 in the paper; beyond it the fee is
        negative.
    improvements
        What the models improve: a_i = c (G(V_i, M^i) - G(V_i, M(X_i))), the part of the fee that is kept. In the paper's step 5
        the minus signs are missing.
    shares
        What data is paid for: b_i.
    """

    models: FloatArray
    fees: FloatArray
    improvements: FloatArray
    shares: FloatArray

    @property
    def payoffs(self) -> FloatArray:
        """What is paid out in the end: t_i = A_i - a_i + b_i."""
        return self.fees - self.improvements + self.shares

    @property
    def net(self) -> FloatArray:
        """What a party gains in money: t_i - A_i = b_i - a_i."""
        return self.shares - self.improvements
