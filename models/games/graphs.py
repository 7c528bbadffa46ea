"""Who is whose neighbour: graphs by their parameters."""

from abc import ABC, abstractmethod
from typing import Annotated, Any

import networkx as nx
from pydantic import Field

from ...components import Component, Registry, Seed

MOST = 100_000
Players = Annotated[int, Field(ge=2, le=MOST)]
Node = Annotated[int, Field(ge=0, lt=MOST)]


class Graph(Component, ABC):
    """A graph whose nodes are the players.

    Examples
    --------
    >>> GRAPHS.build("RingGraph(players=5)").graph().number_of_edges()
    5
    """

    @abstractmethod
    def graph(self) -> "nx.Graph[Any]":
        """Return the graph, with nodes 0, 1, ..."""


GRAPHS: Registry[Graph] = Registry("graph", Graph, "potluck.graphs")
GraphSpec = Annotated[Graph, GRAPHS.spec]


@GRAPHS.register
class CompleteGraph(Graph):
    """Everybody is everybody's neighbour.

    Parameters
    ----------
    players
        How many, up to 2000.

    Examples
    --------
    >>> CompleteGraph(players=4).graph().number_of_edges()
    6
    """

    source = "textbook"

    players: Annotated[int, Field(ge=2, le=2000)] = 10

    def graph(self) -> "nx.Graph[Any]":
        """Return the graph."""
        made: nx.Graph[Any] = nx.complete_graph(self.players)
        return made


@GRAPHS.register
class RingGraph(Graph):
    """Players in a circle, each beside its nearest ones.

    Parameters
    ----------
    players
        How many.
    reach
        How many to either side are neighbours, ≥ 1; as many as there are make the graph complete.

    Examples
    --------
    >>> sorted(RingGraph(players=6, reach=2).graph()[0])
    [1, 2, 4, 5]
    """

    source = "textbook: a circulant graph"

    players: Players = 20
    reach: Annotated[int, Field(ge=1, le=100)] = 1

    def graph(self) -> "nx.Graph[Any]":
        """Return the graph."""
        return nx.circulant_graph(self.players, list(range(1, min(self.reach, self.players // 2) + 1)))


@GRAPHS.register
class GridGraph(Graph):
    """Players in rows and columns, each beside those above, below, left and right.

    Parameters
    ----------
    rows, columns
        How many of each, with at most 10,000 players and at least 2.
    wraps
        Whether the edges are joined, so that everybody is alike: a torus.

    Examples
    --------
    >>> {degree for _, degree in GridGraph(rows=4, columns=5).graph().degree}
    {4}
    """

    source = "textbook; Nowak & May (1992), Evolutionary games and spatial chaos"

    rows: Annotated[int, Field(ge=1, le=MOST)] = 7
    columns: Annotated[int, Field(ge=1, le=MOST)] = 7
    wraps: bool = True

    def model_post_init(self, context: object, /) -> None:
        """Check the number of players."""
        super().model_post_init(context)
        if not 2 <= self.rows * self.columns <= MOST:
            raise ValueError(f"rows × columns = {self.rows * self.columns}: there must be from 2 to {MOST} players")

    def graph(self) -> "nx.Graph[Any]":
        """Return the graph; a row or column of one or two has no second edge round its ends."""
        grid = nx.grid_2d_graph(self.rows, self.columns, periodic=self.wraps)
        grid.remove_edges_from(list(nx.selfloop_edges(grid)))
        return nx.convert_node_labels_to_integers(nx.Graph(grid), ordering="sorted")


@GRAPHS.register
class SmallWorld(Graph):
    """A ring some of whose edges lead anywhere.

    Parameters
    ----------
    players
        How many, at least 3.
    reach
        How many to either side are neighbours at first, below half of the players.
    rewired
        Chance that an edge's other end is drawn anew, in [0, 1].
    seed
        Of the drawing.

    Examples
    --------
    >>> SmallWorld(players=20, reach=2).graph().number_of_edges()
    40
    """

    source = "Watts & Strogatz (1998), Collective dynamics of small-world networks"

    players: Annotated[int, Field(ge=3, le=MOST)] = 20
    reach: Annotated[int, Field(ge=1, le=100)] = 2
    rewired: Annotated[float, Field(ge=0, le=1)] = 0.1
    seed: Seed = 0

    def model_post_init(self, context: object, /) -> None:
        """Check that everybody has so many others beside it."""
        super().model_post_init(context)
        if 2 * self.reach >= self.players:
            raise ValueError(f"reach = {self.reach} must be below half of players = {self.players}")

    def graph(self) -> "nx.Graph[Any]":
        """Return the graph."""
        made: nx.Graph[Any] = nx.watts_strogatz_graph(self.players, 2 * self.reach, self.rewired, seed=self.seed % 2**32)
        return made


@GRAPHS.register
class ScaleFree(Graph):
    """A graph that grew: each newcomer links to some of those who are there, to the well linked more likely.

    Parameters
    ----------
    players
        How many.
    links
        How many each newcomer makes, ≥ 1 and below the number of players.
    seed
        Of the drawing.

    Examples
    --------
    >>> ScaleFree(players=20, links=2).graph().number_of_edges()
    36
    """

    source = "Barabási & Albert (1999), Emergence of scaling in random networks"

    players: Players = 20
    links: Annotated[int, Field(ge=1, le=100)] = 2
    seed: Seed = 0

    def model_post_init(self, context: object, /) -> None:
        """Check that there are enough to link to."""
        super().model_post_init(context)
        if self.links >= self.players:
            raise ValueError(f"links = {self.links} must be below players = {self.players}")

    def graph(self) -> "nx.Graph[Any]":
        """Return the graph."""
        made: nx.Graph[Any] = nx.barabasi_albert_graph(self.players, self.links, seed=self.seed % 2**32)
        return made


@GRAPHS.register
class EdgeList(Graph):
    """A graph by its edges.

    Parameters
    ----------
    edges
        Pairs of players, numbered 0, 1, ...; all up to the largest number are players, also those without an edge.

    Examples
    --------
    >>> sorted(EdgeList(edges=((0, 1), (1, 3))).graph().nodes)
    [0, 1, 2, 3]
    """

    source = "given by the user"

    edges: Annotated[tuple[tuple[Node, Node], ...], Field(min_length=1, max_length=1_000_000)] = ((0, 1), (1, 2), (2, 0))

    def model_post_init(self, context: object, /) -> None:
        """Check that nobody is its own neighbour."""
        super().model_post_init(context)
        for one, other in self.edges:
            if one == other:
                raise ValueError(f"edges: {one} - {other} joins a player with itself")

    def graph(self) -> "nx.Graph[Any]":
        """Return the graph."""
        made: nx.Graph[Any] = nx.empty_graph(max(max(pair) for pair in self.edges) + 1)
        made.add_edges_from(self.edges)
        return made
