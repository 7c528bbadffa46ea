"""Best response to what the others did last."""

from typing import Any

from ...arrays import FloatArray
from .strategy import STRATEGIES, Feedback, Strategy, Ties, best_replies


@STRATEGIES.register
class BestResponse(Strategy):
    """Play a best response to the others' last actions (Cournot's myopic dynamics).

    Before anything was observed, all available actions are equally likely.

    Parameters
    ----------
    ties
        Among equally good actions: ``stay`` with the current one (otherwise the lowest), the ``first``, or ``uniform``.

    Examples
    --------
    >>> import numpy as np
    >>> rule = BestResponse().begun(np.ones((1, 2), dtype=bool))
    >>> rule.learn(Feedback(np.array([0]), np.array([1.0]), deviations=np.array([[1.0, 2.0]])))
    >>> rule.policy().tolist()
    [[0.0, 1.0]]
    """

    source = "Cournot (1838)"

    ties: Ties = "stay"

    _next: Any = None

    def begin(self) -> None:
        """Start from even odds."""
        self._next = self.uniform

    def learn(self, feedback: Feedback) -> None:
        """Find the best replies to the last round."""
        if feedback.deviations is None:
            raise ValueError("BestResponse needs to see everyone's actions")
        self._next = best_replies(feedback.deviations, self.ties, feedback.actions)

    def policy(self) -> FloatArray:
        """Return the best replies found."""
        policy: FloatArray = self._next
        return policy
