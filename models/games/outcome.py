"""What one round comes to where there is money."""

from dataclasses import dataclass

from ...arrays import FloatArray
from ...mechanisms import Settlement


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one round of a market comes to.

    Parameters
    ----------
    payoffs
        Payoff of every party, shape (n,), in units of money.
    settlement
        The models handed out and the payments, an entry a party.
    revenue
        What the platform takes in less what it pays out.
    profit
        What the platform has from the round: its revenue and what the joint model is worth to it.
    """

    payoffs: FloatArray
    settlement: Settlement
    revenue: float
    profit: float

    @property
    def nbytes(self) -> int:
        """Bytes that it takes, roughly, with the profile that it belongs to."""
        return 200 + 5 * self.payoffs.nbytes  # payoffs, rewards, payments, the profile, and one to spare

    @property
    def welfare(self) -> float:
        """What everybody together has from the round; payments cancel."""
        return float(self.payoffs.sum()) + self.profit
