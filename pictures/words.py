"""Actions in words: what stands on the page and in legends."""

import re

from ..models import StrategicGame

EVERYTHING = "share everything"


def action_words(game: StrategicGame) -> list[str]:
    """Return what every action is, in words; names that are words already stay.

    Examples
    --------
    >>> from potluck.models import MarketGame
    >>> from potluck.models.tasks import CoalitionValues
    >>> from potluck.mechanisms import Clarke
    >>> action_words(MarketGame(CoalitionValues([0, 0.7, 0.7, 1], copies=2), Clarke()))
    ['stay out', 'share everything', 'everything + 1 copy', 'everything + 2 copies']
    """
    single = game.task is not None and len(game.task.levels) <= 1
    return [_worded(name, single) for name in game.action_names]


def _worded(name: str, single: bool) -> str:
    if found := re.fullmatch(r"enter (\d+) of (\d+) portions", name):
        return EVERYTHING if found[1] == found[2] else f"share {found[1]} of {found[2]} portions"
    if found := re.fullmatch(r"enter (inf|[\d.e+-]+)(?: \+ (\d+ cop(?:y|ies)))?", name):
        all_of_it = found[1] in {"inf", "1"}
        if found[2]:
            return f"everything + {found[2]}" if all_of_it or single else f"level {float(found[1]):.3g} + {found[2]}"
        return EVERYTHING if all_of_it else "share" if single else f"share at level {float(found[1]):.3g}"
    if found := re.fullmatch(r"enter (\d+) times", name):
        return f"enter everything {found[1]} times"
    if found := re.fullmatch(r"(enter at )?p = (.+)", name):
        return f"share with privacy {found[2]}" if found[1] else f"privacy {found[2]}"
    if found := re.fullmatch(r"enter at (.+)", name):
        return f"share at {found[1]}"
    if found := re.fullmatch(r"(\w+)\((\w+)=(\S+)\)", name):
        return f"{found[1].lower()}, {found[3]} {found[2]}"
    if name.isdecimal():
        return f"action {name}"
    return {"Sybil": "false names", "Withhold": "withhold"}.get(name, name)
