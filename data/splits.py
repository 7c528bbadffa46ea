"""How rows of a data set come to belong to parties."""

from abc import ABC, abstractmethod
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..arrays import IntArray
from ..components import Component, Registry


class Split(Component, ABC):
    """A way to give rows to parties; every row goes to one party, every party gets at least one row."""

    @abstractmethod
    def assign(self, labels: IntArray, sites: dict[str, NDArray[Any]], parties: int, rng: np.random.Generator) -> IntArray:
        """Return the party of every row.

        Parameters
        ----------
        labels
            The rows' classes, shape (rows,).
        sites
            Columns that could name a site, by name, shape (rows,) each.
        parties
            How many parties there are.
        rng
            Source of randomness.
        """

    def parties(self, sites: dict[str, NDArray[Any]]) -> int | None:
        """Return how many parties the data itself dictates, or None if any number will do."""
        return None


SPLITS: Registry[Split] = Registry("split", Split, "potluck.splits")

SplitSpec = Annotated[Split, SPLITS.spec]


@SPLITS.register
class Even(Split):
    """Rows at random, the same number to every party (up to one).

    Examples
    --------
    >>> np.bincount(Even().assign(np.zeros(10, dtype=int), {}, 4, np.random.default_rng(0))).tolist()
    [3, 3, 2, 2]
    """

    source = "textbook"

    def assign(self, labels: IntArray, sites: dict[str, NDArray[Any]], parties: int, rng: np.random.Generator) -> IntArray:
        """Deal shuffled rows round the table."""
        return np.asarray(rng.permutation(len(labels)).argsort() % parties)


@SPLITS.register
class BySize(Split):
    """Rows at random, each party having ``ratio`` times as many as the one before it.

    Parameters
    ----------
    ratio
        Growth of the parties' sizes, > 0.

    Examples
    --------
    >>> np.bincount(BySize(ratio=2).assign(np.zeros(70, dtype=int), {}, 3, np.random.default_rng(0))).tolist()
    [10, 20, 40]
    """

    source = "textbook"

    ratio: Annotated[float, Field(gt=0, le=1000)] = 2.0

    def assign(self, labels: IntArray, sites: dict[str, NDArray[Any]], parties: int, rng: np.random.Generator) -> IntArray:
        """Cut shuffled rows at the parties' cumulated shares."""
        powers = np.arange(parties) - (parties - 1 if self.ratio > 1 else 0)  # the largest share is 1: none overflows
        shares = self.ratio**powers
        cuts = np.floor(np.cumsum(shares) / shares.sum() * len(labels) + 0.5).astype(int)
        sizes = np.diff(cuts, prepend=0)
        while (empty := np.flatnonzero(sizes == 0)).size:
            sizes[empty[0]] += 1
            sizes[sizes.argmax()] -= 1
        return np.repeat(np.arange(parties), sizes)[rng.permutation(len(labels)).argsort()]


@SPLITS.register
class LabelSkew(Split):
    """Each class is spread over the parties by shares drawn from a Dirichlet distribution.

    Parameters
    ----------
    concentration
        Of the symmetric Dirichlet, > 0: small means that a class sits with few parties, large means even.

    Notes
    -----
    A party that drew nothing receives one row from the party that has most.

    Examples
    --------
    >>> party = LabelSkew(concentration=0.1).assign(np.repeat([0, 1], 50), {}, 4, np.random.default_rng(0))
    >>> bool((np.bincount(party, minlength=4) > 0).all())
    True
    """

    source = "Hsu, Qi & Brown (2019), Measuring the Effects of Non-Identical Data Distribution"

    concentration: Annotated[float, Field(gt=0, le=1e6)] = 0.5

    def assign(self, labels: IntArray, sites: dict[str, NDArray[Any]], parties: int, rng: np.random.Generator) -> IntArray:
        """Draw each class's shares, then its rows."""
        party = np.empty(len(labels), dtype=np.int64)
        for label in np.unique(labels):
            rows = rng.permutation(np.flatnonzero(labels == label))
            shares = rng.dirichlet(np.full(parties, self.concentration))
            cuts = np.floor(np.cumsum(shares)[:-1] * len(rows) + 0.5).astype(int)
            for owner, block in enumerate(np.split(rows, cuts)):
                party[block] = owner
        for empty in np.flatnonzero(np.bincount(party, minlength=parties) == 0):
            richest = np.bincount(party, minlength=parties).argmax()
            party[np.flatnonzero(party == richest)[0]] = empty
        return party


@SPLITS.register
class BySite(Split):
    """A column of the data names the party: the clinic, the cohort, the branch.

    Parameters
    ----------
    column
        The column's name; empty takes the only one there is.

    Examples
    --------
    >>> sites = {"clinic": np.array(["b", "a", "b"])}
    >>> BySite().assign(np.zeros(3, dtype=int), sites, 2, np.random.default_rng(0)).tolist()
    [1, 0, 1]
    """

    source = "textbook"

    column: str = ""

    def parties(self, sites: dict[str, NDArray[Any]]) -> int | None:
        """Return the number of sites."""
        return len(np.unique(self._column(sites)))

    def assign(self, labels: IntArray, sites: dict[str, NDArray[Any]], parties: int, rng: np.random.Generator) -> IntArray:
        """Return each row's site, numbered in alphabetical order."""
        return np.asarray(np.unique(self._column(sites), return_inverse=True)[1])

    def _column(self, sites: dict[str, NDArray[Any]]) -> NDArray[Any]:
        if self.column in sites:
            return sites[self.column]
        if not self.column and len(sites) == 1:
            return next(iter(sites.values()))
        known = f"columns that name a site: {', '.join(sites)}" if sites else "the data has no column that names a site"
        raise ValueError(f"BySite: column = {self.column!r}; {known}")
