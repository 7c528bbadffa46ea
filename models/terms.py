"""A platform's terms in a repeated game: its strategy, on a slower clock than its users, and what it may foresee."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..agents.platform_strategies import Outlook, PlatformStrategy, Report
from ..arguments import validated
from .games.sharing import SharingGame, SharingUtility
from .games.strategic import StrategicGame


@dataclass(frozen=True, eq=False)
class TermsState:
    """What a platform knows and has seen of the present block: its strategy's state, the terms, profits and participation."""

    learned: object
    alpha: float
    profits: tuple[float, ...] = ()
    participation: tuple[float, ...] = ()


class Terms:
    """Collects what a platform observes of a block of rounds, and carries its terms into the game.

    Parameters
    ----------
    strategy
        How the platform sets its terms.
    period
        Rounds in a block, ≥ 1.
    game
        What is played; it must have terms.
    outlook
        What the platform knows before play.
    rng
        Randomness of the platform's exploration.

    Raises
    ------
    ValueError
        The game has no terms, the period is no block, or the strategy's terms are not allowed.
    """

    def __init__(
        self, strategy: PlatformStrategy, period: int, game: StrategicGame, outlook: Outlook, rng: np.random.Generator
    ) -> None:
        if period < 1:
            raise ValueError(f"period = {period}: a platform needs at least 1 round between changes of terms")
        if game.mechanism is None or "alpha" not in type(game.mechanism).model_fields:
            rule = game.mechanism or type(game).__name__
            raise ValueError(f"{strategy} sets the parameter alpha of a market rule, which {rule} does not have")
        self.strategy, self.period, self._rng = strategy, period, rng
        learned = strategy.begin(outlook, rng)
        self.state = TermsState(learned, strategy.terms(learned))

    @property
    def alpha(self) -> float:
        """The present terms, in [0, 1]."""
        return self.state.alpha

    def applied(self, game: StrategicGame) -> StrategicGame:
        """Return a game under the present terms."""
        rule = game.mechanism
        if rule is None or getattr(rule, "alpha", None) == self.alpha:
            return game
        return game.with_mechanism(rule.with_parameters(alpha=self.alpha))

    def observe(self, profit: float, participation: float) -> None:
        """Note one round: the platform's profit and the share of parties that entered anything."""
        past = self.state
        self.state = replace(past, profits=(*past.profits, profit), participation=(*past.participation, participation))

    def renew(self) -> None:
        """Let the strategy learn from the block, and take its next terms."""
        past = self.state
        report = Report(past.alpha, np.array(past.profits), np.array(past.participation))
        learned = self.strategy.learn(past.learned, report, self._rng)
        self.state = TermsState(learned, self.strategy.terms(learned))


@validated
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
    return Outlook(profit=partial(_settled_profit, utility, cost))


def _settled_profit(utility: SharingUtility, cost: float, alpha: float) -> float:
    private = SharingGame(utility, alpha, cost).symmetric_equilibria()
    return (1 - alpha) * float(utility.expected_worth(private).max())
