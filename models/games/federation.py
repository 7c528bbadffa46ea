"""Federations among neighbours: who shares trains with those of its neighbours who share as well."""

from collections.abc import Sequence

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, IntArray, checked
from ..tasks import Task
from .network import names_on
from .strategic import StrategicGame

ALONE, SHARE = 0, 1


class FederationGame(StrategicGame):
    """A game on a graph in which each party trains alone, or shares its data with its neighbours and trains with those who do.

    Who shares receives the model of its own data and that of all its sharing neighbours, and bears the cost of sharing; who does
    not has the model of its own data. Friends of friends do not count, so a party may be in many federations.

    Parameters
    ----------
    task
        What pooled data is worth; its parties are the players. Who shares enters everything once.
    graph
        An undirected networkx graph with as many nodes as the task has parties, in their order.
    costs
        What sharing costs each party, (n,), ≥ 0, in units of the task's worth.
    player_names
        Default: the nodes.

    Raises
    ------
    ValueError
        The graph has other nodes, is directed or has a self-loop, or a cost is negative.

    Examples
    --------
    >>> from potluck.models import QualityCurve
    >>> game = FederationGame(QualityCurve(sizes=(1, 1, 1), curve="linear"), nx.path_graph(3), costs=[1.5, 1.5, 1.5])
    >>> game.deviations(np.array([1, 1, 1])).tolist()
    [[1.0, 0.5], [1.0, 1.5], [1.0, 0.5]]
    >>> game.pure_equilibria()
    [(0, 0, 0)]
    """

    task: Task
    graph: "nx.Graph[object]"

    @validated
    def __init__(
        self, task: Task, graph: "nx.Graph[object]", costs: ArrayLike, player_names: Sequence[str] | None = None
    ) -> None:
        n = task.n_parties
        if graph.is_directed() or graph.number_of_nodes() != n or nx.number_of_selfloops(graph):
            raise ValueError(
                f"the graph must be undirected, without self-loops, and have a node for each of the task's {n} parties"
            )
        self.task, self.graph = task, graph
        self.costs = checked(costs, "costs", shape=(n,), low=0)
        self._joined = nx.to_scipy_sparse_array(graph, weight=None, format="csr").toarray() != 0
        self._alone = self._seen(np.zeros(n, dtype=np.int64))
        super().__init__(np.ones((n, 2), dtype=bool), player_names or names_on(graph), ["alone", "share"])

    def deviations(self, profile: IntArray) -> FloatArray:
        """Return what each has alone, and with its neighbours who share."""
        return np.column_stack([self._alone, self._seen(profile) - self.costs])

    def takes_part(self, profile: IntArray) -> BoolArray:
        """Return who shares."""
        return np.asarray(profile == SHARE)

    def _seen(self, profile: IntArray) -> FloatArray:
        """Return what the data of each party and its sharing neighbours is worth to it, (n,)."""
        n = len(profile)
        pooled = np.where((self._joined & (profile == SHARE)) | np.eye(n, dtype=bool), self.task.honest, 0)
        worth = self.task.worths(pooled)
        return np.asarray(worth if worth.ndim == 1 else np.diagonal(worth))
