"""How play stands after the last round: what a repeated game and an ensemble of them answer alike."""

from ..arrays import FloatArray, IntArray
from .course import Course


class Standing:
    """Reads the arrays of a course; in an ensemble every array has the replicas as a first axis more."""

    _course: Course

    @property
    def _counted(self) -> int:
        """How many rounds were played, the opening one included."""
        raise NotImplementedError

    @property
    def actions(self) -> IntArray:
        """Action indices of the last round, shape (n,)."""
        return self._course.actions

    @property
    def payoffs(self) -> FloatArray:
        """Payoffs of the last round, shape (n,)."""
        return self._course.payoffs

    @property
    def policy(self) -> FloatArray:
        """The probabilities that the strategies intended in the last round, whoever revised, shape (n, m)."""
        return self._course.policy

    @property
    def regrets(self) -> FloatArray:
        """What each player's best fixed action would have earned more, on average a round, so far, shape (n,)."""
        return self._course.regrets(self._counted)

    @property
    def average_policy(self) -> FloatArray:
        """How often each player has played each action so far, shape (n, m)."""
        return self._course.average_policy(self._counted)
