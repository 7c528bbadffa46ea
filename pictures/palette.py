"""One colour, one meaning: which colours stand for actions, players, rules and quantities, in all figures and on the page.

The four palettes share no colour. Those of players are Okabe & Ito's (2008), those of actions Tol's *muted*, those of rules and
branches begin with Tol's *high contrast* with black; all can be told apart by the colour-blind.
"""

PLAYERS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Players, in the order of their rows; the same as series that are nothing else."""

ACTIONS = ("#332288", "#44AA99", "#CC6677", "#DDCC77", "#88CCEE", "#882255", "#999933", "#117733", "#AA4499")
"""Actions that are few, in their order, but for staying out."""

OUT = "#B3BAC2"
"""Staying out."""

RULES = ("#1B1F24", "#BB5566", "#004488", "#C79A1F", "#228833", "#7F3C8D", "#3DA5B4")
"""Rules that are set side by side, or the game and its branches."""

FIELDS = {
    "exploitability": "#6B4C9A",
    "equilibrium": "#2E7D32",
    "welfare": "#4F7F1D",
    "revenue": "#8C564B",
    "profit": "#B8860B",
    "alpha": "#6C757D",
    "play": "#1F3A5F",
    "average": "#A0522D",
}
"""Quantities of a round, the path of play and that of frequencies so far."""

RECEIVED, PAID = "#2A7F9E", "#A23B3B"
"""Money that somebody received, or paid."""
