"""A two-player game that everyone plays with each neighbour in a graph."""

from collections.abc import Sequence

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import FloatArray, IntArray, checked, number
from . import payoff_arrays
from .strategic import Numbered, StrategicGame


class NetworkGame(StrategicGame):
    """A two-player game that everyone plays with each neighbour in a graph, with one action for all of them.

    Parameters
    ----------
    base
        A symmetric two-player game as an m × m matrix, the row player's payoff: entry (a, b) is what a earns against b. Or any
        game of two players with the same actions; where its seats differ, the node that comes first in the graph has the first.
    graph
        An undirected networkx graph; the players are its nodes in order. Edge attribute ``weight`` (default 1) scales an edge's
        game.

    Raises
    ------
    ValueError
        The matrix is not square, the game is not of two players with the same actions, or the graph is empty or directed, has a
        self-loop or a weight that is not finite.

    Examples
    --------
    >>> line = NetworkGame([[1, 0], [0, 2]], nx.path_graph(3))
    >>> line.deviations(np.array([0, 1, 1])).tolist()
    [[0.0, 2.0], [1.0, 2.0], [0.0, 2.0]]
    """

    graph: "nx.Graph[object]"

    @validated
    def __init__(
        self, base: ArrayLike | StrategicGame, graph: "nx.Graph[object]", action_names: Sequence[str] | None = None
    ) -> None:
        tables, names = _seats(base)
        self.base: FloatArray = tables[0]
        if graph.is_directed() or graph.number_of_nodes() == 0:
            raise ValueError("the graph must be undirected and have at least one node")
        if nx.number_of_selfloops(graph):
            raise ValueError("a player cannot be its own neighbour: the graph has a self-loop")
        for one, other, weight in graph.edges(data="weight", default=1.0):
            number(weight, f"the weight of edge {one} - {other}")
        self.graph = graph
        self.adjacency = nx.to_scipy_sparse_array(graph, dtype=np.dtype(np.float64), format="csr")
        self._second = None if np.array_equal(tables[1], tables[0]) else tables[1]
        if self._second is not None:
            rows, columns = self.adjacency.nonzero()
            self._first_seat, self._second_seat = self.adjacency.copy(), self.adjacency.copy()
            self._first_seat.data = np.where(rows < columns, self.adjacency.data, 0.0)
            self._second_seat.data = np.where(rows > columns, self.adjacency.data, 0.0)
        nodes = names_on(graph)
        super().__init__(np.ones((len(nodes), len(self.base)), dtype=bool), nodes, action_names or names)

    def deviations(self, profile: IntArray) -> FloatArray:
        """Return the sums over neighbours of what each action earns against theirs."""
        return np.asarray(self.mixed_deviations(np.eye(self.m)[profile]))

    def mixed_deviations(self, policy: FloatArray) -> FloatArray:
        """Return the expected sums over neighbours; exact, since payoffs add up over edges."""
        if self._second is None:
            return np.asarray(self.adjacency @ policy @ self.base.T)
        return np.asarray(self._first_seat @ policy @ self.base.T + self._second_seat @ policy @ self._second.T)

    def arrays(self) -> payoff_arrays.PayoffArrays | None:
        """Return the base game, and the edges in compressed rows; None where seats differ."""
        edges = self.adjacency
        return payoff_arrays.over_edges(self.base, edges.indptr, edges.indices, edges.data) if self._second is None else None


def names_on(graph: "nx.Graph[object]") -> Sequence[str]:
    """Return what players on a graph are called: as its nodes, or ``player 0``, ``player 1``, ... where these are counted."""
    counted = all(node == place for place, node in enumerate(graph.nodes))
    return Numbered("player {}", len(graph)) if counted else [str(node) for node in graph.nodes]


def _seats(base: ArrayLike | StrategicGame) -> tuple[tuple[FloatArray, FloatArray], Sequence[str] | None]:
    """Return what each seat's own action (rows) earns against the other's (columns), and the actions' names."""
    if not isinstance(base, StrategicGame):
        table = np.array(checked(base, "the base game's payoffs", shape=(None, None)))
        if table.shape[0] != table.shape[1]:
            raise ValueError(f"the base game is a square matrix, not of shape {table.shape}")
        return (table, table), None
    if base.n != 2 or not base.available.all():
        raise ValueError(f"the base game is of two players with the same actions, not of {base.n}, or with fewer for one")
    tables = base.normal_form().tables
    return (np.array(tables[0]), np.array(tables[1].T)), list(base.action_names)
