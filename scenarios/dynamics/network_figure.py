"""The figure of contagion on graphs: how far an attack came by round, how far in the end, and one run on its graph."""

from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ...arrays import IntArray
from ...pictures import figures
from ...pictures.palette import OUT

LINES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (1, 1)), (0, (5, 1)))


def draw(tables: Mapping[str, pd.DataFrame], graph: "nx.Graph[object]", reached: IntArray, attack: str) -> Figure:
    """Draw three panels.

    Parameters
    ----------
    tables
        Of the scenario.
    graph, reached
        The graph of one run, and in which round each player first attacked (-1: never).
    attack
        What is spread.
    """
    figure, (path, where, ends) = figures.new_figure(3, width=5.0, height=4.2, title=f"One attacker among neighbours: {attack}")
    spread = tables["spread"]
    graphs, rules = (list(dict.fromkeys(spread[name])) for name in ("graph", "mechanism"))
    for (name, rule), rows in spread.groupby(["graph", "mechanism"], sort=False):
        tint, line = figures.colour(graphs.index(name)), LINES[rules.index(rule) % len(LINES)]
        label = name if rule == rules[0] else None
        path.plot(rows["round"], rows["share"], color=tint, linestyle=line, linewidth=1.6, label=label)
        path.fill_between(rows["round"], rows["share_low"], rows["share_high"], color=tint, alpha=0.15, linewidth=0)
    for rule, line in zip(rules, LINES, strict=False):
        path.plot([], [], color="black", linestyle=line, label=rule)
    path.set(xlabel="round", ylabel="share of players who attack", ylim=(-0.02, 1.02), title="mean over runs, 95 % interval")
    path.legend(fontsize=7.5, framealpha=0.85)
    _draw_run(where, figure, graph, reached, f"the farthest run: {graphs[0]}\nunder {rules[0]}")
    _draw_ends(ends, tables["ends"], graphs, rules)
    return figure


def _draw_run(axis: Axes, figure: Figure, graph: "nx.Graph[object]", reached: IntArray, title: str) -> None:
    places = nx.spring_layout(graph, seed=0) if graph.number_of_nodes() <= 500 else nx.random_layout(graph, seed=0)
    at = np.array([places[node] for node in graph.nodes])
    number = {node: row for row, node in enumerate(graph.nodes)}
    for one, other in graph.edges:
        axis.plot(*at[[number[one], number[other]]].T, color="0.8", linewidth=0.6, zorder=1)
    never = reached < 0
    last = max(1, int(reached.max()))
    tints = colormaps["plasma"]
    across, up = at.T
    rim: dict[str, Any] = {"edgecolors": "white", "linewidths": 0.5}
    ring: dict[str, Any] = {"facecolors": "none", "edgecolors": "black", "linewidths": 1.4}
    axis.scatter(across[never], up[never], color=OUT, s=36, zorder=2, label="never attacks", **rim)
    when = reached[~never]
    axis.scatter(across[~never], up[~never], c=when, cmap=tints, vmin=0, vmax=last, s=44, zorder=3, **rim)
    first = reached == 0
    axis.scatter(across[first], up[first], s=130, zorder=4, label="attacks first", **ring)
    axis.set(title=title, xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    axis.legend(fontsize=7.5, frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=2)
    bar = figure.colorbar(ScalarMappable(Normalize(0, last), tints), ax=axis, shrink=0.8)
    bar.set_label("round of the first attack")


def _draw_ends(axis: Axes, table: pd.DataFrame, graphs: list[str], rules: list[str]) -> None:
    height = 0.8 / len(rules)
    for place, rule in enumerate(rules):
        rows = table[table["mechanism"] == rule].set_index("graph").loc[graphs]
        at = np.arange(len(graphs)) + (place - (len(rules) - 1) / 2) * height
        errors = np.array([rows["share"] - rows["share_low"], rows["share_high"] - rows["share"]])
        axis.barh(at, rows["share"], height, color=figures.rule_colour(rule), label=rule)
        for level, share in zip(at, rows["share"], strict=True):
            axis.text(share + 0.02, level - 0.12, f"{share:.0%}", va="center", fontsize=8)
        axis.errorbar(rows["share"], at, xerr=errors, fmt="none", ecolor="0.35", capsize=2, linewidth=1)
    axis.set_yticks(range(len(graphs)), [name.replace("(", "\n(") for name in graphs], fontsize=8)
    axis.invert_yaxis()
    axis.set(xlim=(0, 1.15), xlabel="share of players who attack", title="in the last round")
    axis.legend(fontsize=7.5, framealpha=0.85)
