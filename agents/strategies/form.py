"""Rules as numbers: scores that add up what actions would have earned, or mixes that move, and how an action is chosen."""

from typing import NamedTuple

FIXED, BEST, EVEN_BEST, EXPONENTIAL, POSITIVE, PROJECTED, REPLICATED, EXCESS, PAIRWISE = range(9)

MIXED, EVEN = -1, -2
"""What stands for a sure action where a mix, or even odds over available actions, are drawn from."""


class Form(NamedTuple):
    """A learning rule in numbers, which a compiled round can play.

    Every round each available action's score becomes ``keep`` times what it was, plus its gain: what it would have earned, less
    what was earned where ``regret`` is 1. The choice looks at the scores, plus ``ahead`` times the last gains, times ``rate``.

    Parameters
    ----------
    choice
        ``FIXED`` never changes: ``rate`` is the action, or -1 for the mix. By scores: ``BEST`` (one of them), ``EVEN_BEST`` (all
        of them evenly), ``EXPONENTIAL`` and ``POSITIVE`` weights. By moving the mix: ``PROJECTED`` gradient, ``REPLICATED``,
        ``EXCESS`` payoffs, ``PAIRWISE`` comparison.
    keep, regret, clip, ahead, rate
        As above; with ``clip`` 1 scores below 0 become 0. ``rate`` is also how far mixes move.
    mean
        1 where scores are divided by the number of rounds before they are looked at.
    step
        How far the mix moves towards the chosen weights, in (0, 1].
    floor
        The least share of an action that is played at all.
    stay
        1 where the current action is kept if it is among the best.
    mixes
        1 where gains are expected ones against the others' mixes, not against their actions.
    """

    choice: int
    keep: float = 1.0
    regret: float = 0.0
    clip: float = 0.0
    ahead: float = 0.0
    rate: float = 1.0
    mean: float = 0.0
    step: float = 1.0
    floor: float = 0.0
    stay: float = 0.0
    mixes: float = 0.0
