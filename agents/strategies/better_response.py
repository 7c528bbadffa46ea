"""Any action that would have been better."""

import numpy as np

from .strategy import STRATEGIES, Feedback, Intention, Strategy, pure_policy


@STRATEGIES.register
class BetterResponse(Strategy[Intention]):
    """Move to any action that would have earned more against the others' last actions, each as likely; else stay.

    In games with a potential, players who do so one at a time end in a pure equilibrium.

    Examples
    --------
    >>> from .strategy import Seats
    >>> rule = BetterResponse()
    >>> seen = Feedback(np.array([0]), np.array([1.0]), deviations=np.array([[1.0, 2.0, 3.0]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 3), dtype=bool))), seen)).tolist()
    [[0.0, 0.5, 0.5]]
    """

    source = "Monderer & Shapley (1996), Potential games: improvement paths"

    def learn(self, state: Intention, feedback: Feedback) -> Intention:
        """Find the actions that would have been better."""
        if feedback.deviations is None:
            raise ValueError("BetterResponse needs to see everyone's actions")
        gains = feedback.deviations
        size = np.maximum(1.0, np.abs(feedback.payoffs))[..., None]
        better = gains > feedback.payoffs[..., None] + 1e-12 * size
        number = better.sum(axis=-1, keepdims=True)
        stay = pure_policy(feedback.actions, gains.shape[-1])
        return Intention(np.where(number > 0, better / np.maximum(number, 1), stay))
