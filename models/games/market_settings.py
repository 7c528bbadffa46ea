"""A market game as audits see it: true types that vary, and reports up to them."""

import numpy as np

from ...arguments import validated
from ...arrays import FloatArray, IntArray
from ...mechanisms import Setting
from ..tasks import DataPortions
from .market import MarketGame


@validated
def market_setting(game: MarketGame, name: str = "") -> Setting:
    """Return the setting of a market game: each party's types are what its available actions enter, staying out is action 0.

    Costs of actions are left out, and worth is that of the models held; what training alone is worth is not taken off, since it
    does not depend on reports.

    Parameters
    ----------
    game
        A market of a task whose actions enter more and more data: levels without copies, or portions.
    name
        What to call it; default: the mechanism.

    Raises
    ------
    ValueError
        Actions enter copies, a party cannot stay out, or its own model does not get better from action to action.

    Examples
    --------
    >>> from potluck.mechanisms import FreeSharing, is_incentive_compatible
    >>> from potluck.models import MarketGame, Preferences, QualityCurve
    >>> from potluck.models.games.valuations import LinearExternalities
    >>> rivals = Preferences(LinearExternalities(-2))
    >>> game = MarketGame(QualityCurve([1, 1], levels=(0.5, 1), curve="linear"), FreeSharing(), rivals)
    >>> is_incentive_compatible(market_setting(game)).slack
    -0.5
    """
    task = game.task
    if task.copies and not isinstance(task, DataPortions):
        raise ValueError(f"copies = {task.copies}: types are amounts of data, so the task must not offer copies")
    if not game.available[:, 0].all():
        raise ValueError(
            f"{game.player_names[int((~game.available[:, 0]).argmax())]} cannot stay out (action 0 is not available)"
        )
    own = _own_qualities(game)
    numbers = [np.flatnonzero(row) for row in game.available]
    types = np.full((game.n, max(map(len, numbers))), np.nan)
    actions = np.zeros(types.shape, dtype=np.int64)
    for party, mine in enumerate(numbers):
        types[party, : len(mine)] = own[party, mine]
        actions[party, : len(mine)] = mine
        if (np.diff(own[party, mine[1:]]) <= 0).any():
            raise ValueError(
                f"{game.player_names[party]}'s own model does not get better from action to action: no types in order"
            )
    parties = np.arange(game.n)

    def profile(reports: IntArray) -> IntArray:
        return np.asarray(actions[parties, reports])

    def pool(reports: IntArray) -> FloatArray:
        return np.broadcast_to(task.worths(profile(reports)[None]).squeeze(axis=0), game.n)

    return Setting(
        own=types,
        settle=lambda reports: game.outcome(profile(reports)).settlement,
        pool=pool,
        worth=game.preferences.valuation.worth,
        name=name or game.mechanism.short(),
    )


def _own_qualities(game: MarketGame) -> FloatArray:
    """Return the quality of each party's own model by action, shape (n, m)."""
    n, m = game.n, game.m
    lonely = np.zeros((n, m, n), dtype=np.int64)
    lonely[np.arange(n), :, np.arange(n)] = np.arange(m)
    worths = game.task.worths(lonely.reshape(-1, n))
    if worths.ndim == 1:
        return worths.reshape(n, m)
    return worths.reshape(n, m, n)[np.arange(n), :, np.arange(n)]
