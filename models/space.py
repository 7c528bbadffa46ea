"""Where players stand for Mesa's drawings: a network with a player on each node."""

from collections.abc import Sequence
from inspect import signature
from random import Random
from typing import Any

import networkx as nx
from mesa.discrete_space import Network

from .games.strategic import StrategicGame

ALL_WITH_ALL = 50
"""So many players at most are all joined with each other, where no graph or platform joins them."""


def network_of(game: StrategicGame, players: Sequence[Any], platform: Any, random: Random) -> Network:
    """Return the network of a game, and put its agents there: player i on node i, the platform on node n."""
    graph = nx.empty_graph(game.n)
    if game.graph is not None:
        row = {node: index for index, node in enumerate(game.graph.nodes)}
        graph.add_edges_from((row[one], row[other]) for one, other in game.graph.edges)
    elif platform is not None:
        graph.add_node(game.n)
        graph.add_edges_from((row, game.n) for row in range(game.n))
    elif game.n <= ALL_WITH_ALL:
        graph = nx.complete_graph(game.n)
    # Mesa 3.5 would lay the nodes out at once, which takes seconds for a thousand
    layout: dict[str, Any] = {"layout": None} if "layout" in signature(Network).parameters else {}
    network = Network(graph, random=random, **layout)
    for place, player in enumerate(players):
        player.cell = network[place]
    if platform is not None and graph.has_node(game.n) and game.graph is None:
        platform.cell = network[game.n]
    return network
