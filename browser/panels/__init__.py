"""The panels of the page, in the order of their tabs; one of your own is a file, and a line here or in your pyproject.toml."""

import numpy as np

from ...pictures import reported
from ...pictures.phase_portrait import has_portrait
from .compare import Branches
from .data import Data
from .inside import Inside
from .money import draw_money, terms
from .over_time import draw_over_time
from .panel import PANELS, Look, Panel, for_mesa, installed, of_mesa, register
from .portrait import draw_portrait
from .reports import draw_reports
from .take_away import TakeAway

OVER_TIME = register(Panel("Over time", lambda look: draw_over_time(look.view)))
INSIDE = register(Panel("Inside the round", Inside))
BRANCHES = register(Panel("Branches", Branches))
MONEY = register(Panel("Money", lambda look: draw_money(look.view), lambda look: look.view.has_money))
TERMS = register(Panel("Terms", lambda look: terms(look.view), lambda look: bool(np.isfinite(look.view.last.alpha))))
PORTRAIT = register(
    Panel(
        "Phase portrait",
        lambda look: draw_portrait(look.view, look.state.field if look.state else None),
        lambda look: has_portrait(look.view.game),
    )
)
for label, choices in (("Copies", {"copies"}), ("Attacks", {"attacks"}), ("Reports", {"portions", "level"})):
    register(Panel(label, lambda look: draw_reports(look.view), lambda look, choices=choices: reported(look.view) in choices))  # type: ignore[misc]
DATA = register(Panel("Data", Data, lambda look: bool(look.state and look.state.data)))
TAKE_AWAY = register(Panel("Take away", TakeAway))

__all__ = [
    "BRANCHES",
    "DATA",
    "INSIDE",
    "MONEY",
    "OVER_TIME",
    "PANELS",
    "PORTRAIT",
    "TAKE_AWAY",
    "TERMS",
    "Look",
    "Panel",
    "for_mesa",
    "installed",
    "of_mesa",
    "register",
]
