"""Valuations with externalities: what a party's model is worth depends on what the others hold."""

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

import networkx as nx
import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer

from ...arrays import FloatArray
from ...papers import MULTI_PARTY
from .preferences import VALUATIONS, Valuation

Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Quality: TypeAlias = Callable[[FloatArray], FloatArray]


@VALUATIONS.register
class LinearExternalities(Valuation):
    """Every party's model affects every other's profit in proportion to its quality: v_i = Σ_j α_ij q_j.

    Parameters
    ----------
    matrix
        α, n rows of n: α_ij is the effect of j's model on i. One number is the effect of every other's model, where the own one
        counts 1.
    diagonal
        ``absolute``: own effects count |α_ii|, since more data of one's own must not harm. ``as-given``: as they are, also
        negative (then nothing that is proved for this valuation holds).

    Raises
    ------
    ValueError
        The matrix is not square, or (in play) does not fit the number of parties.

    Examples
    --------
    >>> LinearExternalities([[1, -0.5], [0, 1]]).worth(np.array([0.8, 0.6])).tolist()
    [0.5, 0.6]
    """

    source = MULTI_PARTY.at("Example 1")

    matrix: Finite | tuple[tuple[Finite, ...], ...] = -0.25
    diagonal: Literal["absolute", "as-given"] = "absolute"

    _effects: Any = None

    def model_post_init(self, context: object, /) -> None:
        """Check that the matrix is square."""
        if isinstance(self.matrix, tuple) and (not self.matrix or any(len(row) != len(self.matrix) for row in self.matrix)):
            raise ValueError(
                f"matrix has {len(self.matrix)} rows of lengths {[len(row) for row in self.matrix]}: it must be square"
            )

    @classmethod
    def from_graph(cls, graph: "nx.Graph[Any]", own: float = 1.0) -> "LinearExternalities":
        """Return the valuation whose effects are a graph's signed edge weights; parties are its nodes, in order.

        Parameters
        ----------
        graph
            An edge u → v with attribute ``weight`` (default 1) is the effect of u's model on v; an undirected edge acts both
            ways. A loop is the own effect.
        own
            The own effect of nodes without a loop.

        Examples
        --------
        Two rivals, and a supplier that profits from the first.

        >>> import networkx as nx
        >>> graph = nx.DiGraph()
        >>> graph.add_weighted_edges_from([("a", "b", -0.5), ("b", "a", -0.5), ("a", "supplier", 0.25)])
        >>> LinearExternalities.from_graph(graph).matrix
        ((1.0, -0.5, 0.0), (-0.5, 1.0, 0.0), (0.25, 0.0, 1.0))
        """
        effects = nx.to_numpy_array(graph, weight="weight").T.copy()
        for row, node in enumerate(graph.nodes):
            if not graph.has_edge(node, node):
                effects[row, row] = own
        return cls(tuple(map(tuple, effects.tolist())))

    @classmethod
    def random(cls, parties: int, rng: np.random.Generator, low: float = -1.0, high: float = 1.0) -> "LinearExternalities":
        """Return effects drawn evenly from [low, high], as in the paper's Section 6.1; own effects count by their size."""
        return cls(tuple(map(tuple, rng.uniform(low, high, (parties, parties)).tolist())))

    def effects(self, n: int) -> FloatArray:
        """Return α for n parties, own effects as they count, shape (n, n).

        Raises
        ------
        ValueError
            The matrix is for another number of parties.
        """
        if isinstance(self.matrix, tuple):
            if len(self.matrix) != n:
                raise ValueError(f"LinearExternalities: a matrix of {len(self.matrix)} rows does not fit {n} parties")
            effects = np.array(self.matrix)
        else:
            effects = np.full((n, n), self.matrix)
            np.fill_diagonal(effects, 1.0)
        if self.diagonal == "absolute":
            np.fill_diagonal(effects, np.abs(np.diagonal(effects)))
        return effects

    def worth(self, qualities: FloatArray) -> FloatArray:
        """Return α q."""
        if self._effects is None or len(self._effects) != len(qualities):
            self._effects = self.effects(len(qualities))
        return np.asarray(self._effects @ qualities)


@VALUATIONS.register
class MarketGrowth(Valuation):
    """A market that grows with the quality of all models and is shared in proportion to it: v_i = (Σ_j q_j)^α q_i.

    Parameters
    ----------
    growth
        α. At -1 the market's size is fixed; from 0 on nobody is harmed by another's model; in between parties compete for a
        growing market.

    Notes
    -----
    The paper writes Q(q_j) of a quality; read q_j. Where nobody has a model, all are worth 0.

    Examples
    --------
    >>> MarketGrowth(-0.5).worth(np.array([3.0, 1.0])).tolist()
    [1.5, 0.5]
    """

    source = MULTI_PARTY.at("Section 6.2")

    growth: Annotated[float, Field(ge=-1, le=1e6)] = -0.5

    def worth(self, qualities: FloatArray) -> FloatArray:
        """Return (Σ q)^α q, 0 where Σ q ≤ 0."""
        total = float(qualities.sum())
        return total**self.growth * qualities if total > 0 else np.zeros_like(qualities)


OWN: dict[str, Quality] = {
    "linear": lambda q: q,
    "square-root": lambda q: np.sqrt(np.maximum(q, 0)),
    "square": lambda q: np.where(q > 0, q**2, 0.0),
    "log": lambda q: np.log1p(np.maximum(q, 0)),
    "threshold": lambda q: np.where(q >= 0.5, 1.0, 0.0),
}
"""Increasing functions F of a party's own quality."""

OTHERS: dict[str, Callable[[float, FloatArray], float]] = {
    "none": lambda strength, others: 0.0,
    "mean": lambda strength, others: strength * float(others.mean()) if len(others) else 0.0,
    "best": lambda strength, others: strength * float(others.max()) if len(others) else 0.0,
    "product": lambda strength, others: strength * float(np.prod(others)) if len(others) else 0.0,
}
"""What a party makes of the others' qualities, from a strength and those qualities (n - 1,)."""


def _named(known: dict[str, Any], kind: str) -> BeforeValidator:
    def check(value: object) -> object:
        if callable(value) or value in known:
            return value
        raise ValueError(f"{kind} = {value!r}: it must be one of {', '.join(known)}, or a function")

    return BeforeValidator(check)


_written = PlainSerializer(lambda value: value if isinstance(value, str) else getattr(value, "__qualname__", repr(value)))


@VALUATIONS.register
class QuasiMonotone(Valuation):
    """A party's own model and those of the others are worth something apart: v_i = F(q_i) + θ(q_-i), F increasing.

    Parameters
    ----------
    own
        F: ``linear`` q, ``square-root``, ``square``, ``log`` log(1 + q), ``threshold`` (1 from q = 1/2 on), or a function of
        qualities that works entry by entry.
    others
        θ: ``none``, or strength times the ``mean``, the ``best`` or the ``product`` of the others' qualities; or a function of
        the strength and the others' qualities, shape (n - 1,).
    strength
        How much the others matter; negative where they compete.

    Raises
    ------
    ValueError
        A name is unknown, or F decreases somewhere in [0, 1].

    Examples
    --------
    >>> QuasiMonotone("square", "best", strength=-1).worth(np.array([0.8, 0.6])).round(2).tolist()
    [0.04, -0.44]
    """

    source = MULTI_PARTY.at("Definition 8")

    own: Annotated[Any, _named(OWN, "own"), _written] = "linear"
    others: Annotated[Any, _named(OTHERS, "others"), _written] = "best"
    strength: Finite = -0.5

    def model_post_init(self, context: object, /) -> None:
        """Check that F increases."""
        grid = np.linspace(0, 1, 101)
        falls = np.flatnonzero(np.diff(self._own(grid)) < 0)
        if len(falls):
            raise ValueError(f"own = {self.own!r} decreases near {grid[falls[0]]:.2f}: it must increase with the quality")

    def _own(self, qualities: FloatArray) -> FloatArray:
        function: Quality = OWN[self.own] if isinstance(self.own, str) else self.own
        return np.asarray(function(qualities), dtype=np.float64)

    def worth(self, qualities: FloatArray) -> FloatArray:
        """Return F(q_i) + θ(q_-i)."""
        of_others = OTHERS[self.others] if isinstance(self.others, str) else self.others
        felt = [of_others(self.strength, np.delete(qualities, party)) for party in range(len(qualities))]
        return np.asarray(self._own(qualities) + np.array(felt))


@VALUATIONS.register
class Spillovers(Valuation):
    """A non-competitive market: everybody gains by its own model and a little by everybody else's.

    v_i = q_i + strength Σ_{j≠i} q_j^power, qualities below 0 counting as 0 among the others'.

    Parameters
    ----------
    strength
        What another's model of quality 1 is worth, ≥ 0.
    power
        How that depends on its quality, > 0; below 1 early gains matter most.

    Examples
    --------
    >>> Spillovers(0.5).worth(np.array([1.0, 0.25])).tolist()
    [1.125, 0.75]
    """

    source = "original (a non-competitive market in the sense of the multi-party paper, Definition 10)"

    strength: Annotated[float, Field(ge=0, lt=math.inf)] = 0.25
    power: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0

    def worth(self, qualities: FloatArray) -> FloatArray:
        """Return the own quality and what spills over."""
        felt = np.maximum(qualities, 0.0) ** self.power
        return np.asarray(qualities + self.strength * (felt.sum() - felt))
