"""A platform's terms in a repeated game: its strategy, on a slower clock than its users, and what it may foresee."""

import numpy as np

from ..agents.platform_strategies import Outlook, PlatformStrategy, Report
from ..mechanisms import Mechanism
from .games.outcome import Outcome
from .games.sharing import SharingGame, SharingUtility
from .games.strategic import StrategicGame


class Terms:
    """Collects what a platform observes of a block of rounds, and carries its terms into the game.

    Parameters
    ----------
    strategy
        How the platform sets its terms.
    period
        Rounds in a block, ≥ 1.
    game
        The market; its rule must have the parameter ``alpha``.
    outlook
        What the platform knows before play.
    rng
        Randomness of the platform's exploration.

    Raises
    ------
    ValueError
        The game is no market whose rule has terms, the period is no block, or the strategy's terms are not allowed.
    """

    def __init__(
        self, strategy: PlatformStrategy, period: int, game: StrategicGame, outlook: Outlook, rng: np.random.Generator
    ) -> None:
        if period < 1:
            raise ValueError(f"period = {period}: a platform needs at least 1 round between changes of terms")
        if game.mechanism is None or "alpha" not in type(game.mechanism).model_fields:
            rule = game.mechanism or type(game).__name__
            raise ValueError(f"{strategy} sets the parameter alpha of a market rule, which {rule} does not have")
        self.strategy = strategy.begun(outlook, rng)
        self.period = period
        self.alpha = self.strategy.terms()
        self._profits: list[float] = []
        self._participation: list[float] = []

    def observe(self, outcome: Outcome, participation: float) -> None:
        """Note one round: the platform's profit and the share of parties that entered anything."""
        self._profits.append(outcome.profit)
        self._participation.append(participation)

    def renew(self) -> None:
        """Let the strategy learn from the block, and take its next terms."""
        self.strategy.learn(Report(self.alpha, np.array(self._profits), np.array(self._participation)))
        self._profits, self._participation = [], []
        self.alpha = self.strategy.terms()

    def applied(self, game: StrategicGame) -> StrategicGame:
        """Return the game under the present terms."""
        if game.mechanism is None or getattr(game.mechanism, "alpha", None) == self.alpha:
            return game
        return game.with_mechanism(_with_alpha(game.mechanism, self.alpha))


def _with_alpha(mechanism: Mechanism, alpha: float) -> Mechanism:
    parameters = {name: getattr(mechanism, name) for name in type(mechanism).model_fields}
    return type(mechanism)(**parameters | {"alpha": alpha})


def sharing_outlook(utility: SharingUtility, cost: float) -> Outlook:
    """Return the outlook of a platform that knows what users are worth and their common cost, and foresees how they settle.

    It expects the symmetric equilibrium that is best for it, which for every share α earns (1 - α) E[U] (fair value of data, eq.
    19; eq. 88 prints a minimum over α).

    Parameters
    ----------
    utility
        What the users are worth.
    cost
        Cost of being open, ≥ 0.

    Examples
    --------
    Figure 6 of the paper at c = 1/2: the optimum is a share of 6/7, which earns 1/12.

    >>> outlook = sharing_outlook(SharingUtility.by_count([0, 2 / 3, 1]), 0.5)
    >>> [round(outlook.profit(alpha), 6) for alpha in (0.7, 6 / 7, 0.9)]
    [0.0, 0.083333, 0.074074]
    """

    def profit(alpha: float) -> float:
        private = SharingGame(utility, alpha, cost).symmetric_equilibria()
        return (1 - alpha) * float(utility.expected_worth(private).max())

    return Outlook(profit=profit)
