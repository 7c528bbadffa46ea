"""Pictures of a repeated game, drawn onto given axes: the same for scenarios' figures and for the browser."""

from .actions import action_colours, action_legend
from .axes import MOST_POINTS, thinned
from .choice import draw_choice
from .money import draw_money, draw_platform
from .network import NETWORK_WINDOW, draw_network, has_arrows, node_sizes
from .over_time import draw_exploitability, draw_payoffs, draw_shares
from .reports import draw_amounts, draw_entered, draw_reports, draw_temptation, reported

__all__ = [
    "MOST_POINTS",
    "NETWORK_WINDOW",
    "action_colours",
    "action_legend",
    "draw_amounts",
    "draw_choice",
    "draw_entered",
    "draw_exploitability",
    "draw_money",
    "draw_network",
    "draw_payoffs",
    "draw_platform",
    "draw_reports",
    "draw_shares",
    "draw_temptation",
    "has_arrows",
    "node_sizes",
    "reported",
    "thinned",
]
