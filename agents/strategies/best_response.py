"""Best response to what the others did last."""

from .form import BEST, EVEN_BEST, Form
from .strategy import STRATEGIES, Feedback, Intention, Strategy, Ties, best_replies


@STRATEGIES.register
class BestResponse(Strategy[Intention]):
    """Play a best response to the others' last actions (Cournot's myopic dynamics).

    Before anything was observed, all available actions are equally likely.

    Parameters
    ----------
    ties
        Among equally good actions: ``stay`` with the current one (otherwise the lowest), the ``first``, or ``uniform``.

    Examples
    --------
    >>> import numpy as np
    >>> from .strategy import Seats
    >>> rule = BestResponse()
    >>> seen = Feedback(np.array([0]), np.array([1.0]), deviations=np.array([[1.0, 2.0]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), seen)).tolist()
    [1]
    """

    source = "Cournot (1838)"

    ties: Ties = "stay"

    def learn(self, state: Intention, feedback: Feedback) -> Intention:
        """Find the best replies to the last round."""
        if feedback.deviations is None:
            raise ValueError("BestResponse needs to see everyone's actions")
        return Intention(best_replies(feedback.deviations, self.ties, feedback.actions))

    def form(self, players: int) -> Form:
        """Return the rule in numbers: the best of the last gains."""
        return Form(EVEN_BEST if self.ties == "uniform" else BEST, keep=0, stay=self.ties == "stay")
