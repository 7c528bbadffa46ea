"""How good the joint model is, by privacy levels: Φ measured cell by cell."""

import hashlib
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...code_digest import code_digest
from ...progress import track
from ...store import Store
from .collaboration import Collaboration
from .privacy_methods import PrivacyMethod, Suppression, check_privacy

UPDATES_WORTH_A_POOL = 50_000_000


@dataclass(frozen=True)
class Cell:
    """One joint model to be trained.

    Parameters
    ----------
    split
        Which collaboration, by its index.
    method
        The privacy method that all parties use.
    privacy
        The privacy level of every party; None for a party that stays out of the training.
    """

    split: int
    method: PrivacyMethod
    privacy: tuple[float | None, ...]

    @classmethod
    def alone(cls, split: int, party: int, n: int) -> "Cell":
        """Return the model that one of n parties trains on its own, unprotected."""
        return cls(split, Suppression(), tuple(0.0 if other == party else None for other in range(n)))

    @property
    def levels(self) -> list[float]:
        """Privacy levels of those who take part."""
        return [p for p in self.privacy if p is not None]


def measure(collaborations: Sequence[Collaboration], cells: Sequence[Cell], store: Store | None = None) -> FloatArray:
    """Return every party's error in each cell, shape (cells, n).

    Cells already in the store are read, the others are trained, on several threads where it pays, and kept as soon as they are
    there: a run that is stopped goes on from where it was.

    Parameters
    ----------
    collaborations
        The parties under each split of the data.
    cells
        What to train; two that are the same are trained once.
    store
        Where errors are kept; None keeps nothing.

    Raises
    ------
    ValueError
        A privacy level is outside [0, 1], training grew beyond all bounds, or the store cannot be written.

    Examples
    --------
    >>> from .privacy_methods import Suppression
    >>> from potluck.data.ratings_files import load_ratings
    >>> from .sgd import Training
    >>> ratings = load_ratings("synthetic(users=100, items=50, density=0.2)", np.random.default_rng(0))
    >>> parties = Collaboration.divided(ratings, (1, 1), Training(), np.random.default_rng(1))
    >>> measure([parties], [Cell(0, Suppression(), (0.0, 0.0)), Cell(0, Suppression(), (0.0, 1.0))]).shape
    (2, 2)
    """
    for cell in cells:
        for p in cell.levels:
            check_privacy(p)
    keys = [_key(collaborations[cell.split], cell) for cell in cells]
    errors: dict[str, FloatArray] = {}
    missing: dict[str, Cell] = {}
    for key, cell in zip(keys, cells, strict=True):
        if key in errors or key in missing:
            continue
        known = store.find(key) if store is not None else None
        if known is None or len(known) != len(cell.privacy):
            missing[key] = cell
        else:
            errors[key] = known

    def trained(key: str) -> FloatArray:
        cell = missing[key]
        found = collaborations[cell.split].errors([None if p is None else (cell.method, p) for p in cell.privacy])
        if store is not None:
            store.keep(key, found)
        return found

    work = sum(collaborations[cell.split].work for cell in missing.values())
    if len(missing) > 1 and work > UPDATES_WORTH_A_POOL:
        import joblib

        # the loop releases the interpreter's lock, so threads share the data instead of copying it
        pool = joblib.Parallel(n_jobs=os.cpu_count(), prefer="threads", return_as="generator")
        answers = pool(joblib.delayed(trained)(key) for key in missing)
    else:
        answers = map(trained, missing)
    try:
        errors.update(zip(missing, track(answers, "models trained", len(missing)), strict=True))
    except BaseException as error:
        if store is not None:
            kept = sum(key in errors for key in missing)
            error.add_note(f"{kept} of {len(missing)} models are trained and kept; the same command goes on from there")
        raise
    return np.array([errors[key] for key in keys])


def alone(collaborations: Sequence[Collaboration], store: Store | None = None) -> FloatArray:
    """Return θ: each party's error when it trains on its own data only, averaged over the splits, shape (n,).

    Raises
    ------
    ValueError
        Training grew beyond all bounds, or the store cannot be written.
    """
    return np.asarray(alone_by_split(collaborations, store).mean(axis=0))


def alone_by_split(collaborations: Sequence[Collaboration], store: Store | None = None) -> FloatArray:
    """Return θ under every split, shape (splits, n), as `alone` averages it."""
    n = collaborations[0].n
    cells = [Cell.alone(split, party, n) for split in range(len(collaborations)) for party in range(n)]
    errors = measure(collaborations, cells, store).reshape(len(collaborations), n, n)
    return np.asarray(np.diagonal(errors, axis1=1, axis2=2))


def _key(parties: Collaboration, cell: Cell) -> str:
    """Return a text that says everything the errors in a cell depend on; without privacy no method does."""
    protection = ["out" if p is None else f"{p:.17g}" for p in cell.privacy]
    if any(cell.levels):
        draws = hashlib.blake2b(digest_size=16)
        for numbers in parties.draws(cell.method):
            draws.update(numbers.tobytes())
        protection = [f"{cell.method!r} {draws.hexdigest()}", *protection]
    return f"errors {code_digest(__name__)}: {parties.digest} {' '.join(protection)}"


@dataclass(frozen=True, eq=False)
class PrivacyGrid:
    """Errors of n parties alone, before training, and together by two privacy levels; averaged over splits.

    Parameters
    ----------
    method
        The privacy method.
    levels
        The privacy levels, increasing, k of them, the first 0.
    theta, origin
        Error alone, and before training, shape (n,); n is 2, or 1 for what one party guesses.
    phi
        Error in the joint model by [player][own level][other's level], shape (n, k, k).
    splits
        The same under each split; empty for that of one.
    """

    method: PrivacyMethod
    levels: tuple[float, ...]
    theta: FloatArray
    origin: FloatArray
    phi: FloatArray
    splits: tuple["PrivacyGrid", ...] = ()

    @classmethod
    def averaged(cls, splits: Sequence["PrivacyGrid"]) -> "PrivacyGrid":
        """Return errors averaged over splits, with those of each."""
        theta, origin, phi = (np.mean([getattr(grid, name) for grid in splits], axis=0) for name in ("theta", "origin", "phi"))
        return cls(splits[0].method, splits[0].levels, theta, origin, phi, tuple(splits))

    @property
    def gain(self) -> FloatArray:
        """θ - Φ: by how much the joint model's error is below that alone, shape (n, k, k)."""
        return np.asarray(self.theta[:, None, None] - self.phi)

    @property
    def improvement(self) -> FloatArray:
        """(θ - Φ) / (o - θ): the gain as a share of what training alone gains, shape (n, k, k).

        The paper prints θ - o below the line, which is negative, and b divided by θ; its numbers are those of this form. The
        share explodes where training alone gains little, and has the wrong sign where it harms (θ > o).

        Raises
        ------
        ValueError
            Training alone changed nothing.
        """
        return improvement(self.theta, self.phi, self.origin)

    @property
    def relative(self) -> FloatArray:
        """(θ - Φ) / (o - Φ(0, 0)): the gain as a share of what the unprotected joint model gains over none, shape (n, k, k).

        Raises
        ------
        ValueError
            The unprotected joint model gains nothing.
        """
        return relative(self.theta, self.phi, self.origin)

    def table(self) -> pd.DataFrame:
        """Return columns player (from 1 on), p_own, p_other, improvement, relative; a row a cell."""
        k = len(self.levels)
        player, own, other = (index.ravel() for index in np.indices((len(self.theta), k, k)))
        levels = np.array(self.levels)
        return pd.DataFrame(
            {
                "player": player + 1,
                "p_own": levels[own],
                "p_other": levels[other],
                "improvement": self.improvement.ravel(),
                "relative": self.relative.ravel(),
            }
        )


def improvement(theta: FloatArray, phi: FloatArray, origin: FloatArray) -> FloatArray:
    """Return (θ - Φ) / (o - θ); ``theta`` and ``origin`` have shape (n,), ``phi`` (n, ...).

    Raises
    ------
    ValueError
        Training alone changed nothing, θ = o.

    Examples
    --------
    >>> improvement(np.array([0.9]), np.array([[0.88, 0.9, 0.92]]), np.array([1.0])).round(3).tolist()
    [[0.2, 0.0, -0.2]]
    """
    return _share(theta, phi, origin - theta, "alone")


def relative(theta: FloatArray, phi: FloatArray, origin: FloatArray) -> FloatArray:
    """Return (θ - Φ) / (o - Φ_0), with Φ_0 the first Φ of each party; ``theta`` and ``origin`` have shape (n,), ``phi`` (n, ...).

    Raises
    ------
    ValueError
        Training together changed nothing, Φ_0 = o.

    Examples
    --------
    >>> relative(np.array([0.9]), np.array([[0.8, 0.9, 0.92]]), np.array([1.0])).round(3).tolist()
    [[0.5, 0.0, -0.1]]
    """
    return _share(theta, phi, origin - phi.reshape(len(phi), -1)[:, 0], "together")


def _share(theta: FloatArray, phi: FloatArray, below: FloatArray, trained: str) -> FloatArray:
    if (below == 0).any():
        raise ValueError(f"training {trained} leaves a party's error as it was before: a gain cannot be a share of that")
    axes = (..., *[None] * (np.ndim(phi) - 1))
    return np.asarray((theta[axes] - phi) / below[axes])


def measure_grids(
    collaborations: Sequence[Collaboration],
    methods: Sequence[PrivacyMethod],
    levels: Sequence[float],
    store: Store | None = None,
) -> list[PrivacyGrid]:
    """Return Φ over levels × levels of two parties under each privacy method, averaged over the splits.

    Parameters
    ----------
    collaborations
        The two parties under each split of the data.
    methods
        Privacy methods; both parties use the same.
    levels
        Privacy levels in [0, 1], increasing, the first 0.
    store
        Where errors are kept; None keeps nothing.

    Raises
    ------
    ValueError
        There are no splits or not two parties, or levels are not as they must be.
    """
    if not collaborations or any(parties.n != 2 for parties in collaborations):
        raise ValueError("Φ is measured over a grid for two parties, under at least one split")
    if not len(levels) or levels[0] != 0 or not all(low < high for low, high in itertools.pairwise(levels)):
        raise ValueError(f"levels = {tuple(levels)}: privacy levels must start with 0 and increase")
    k, splits = len(levels), len(collaborations)
    pairs = [(p_1, p_2) for p_1 in levels for p_2 in levels]
    cells = [Cell(split, method, pair) for method in methods for split in range(splits) for pair in pairs]
    errors = measure(collaborations, cells, store).reshape(len(methods), splits, k, k, 2)
    theta, origin = alone_by_split(collaborations, store), np.array([parties.origin for parties in collaborations])
    grids = []
    for method, found in zip(methods, errors, strict=True):
        phi = np.stack([found[..., 0], found[..., 1].swapaxes(1, 2)], axis=1)
        each = [PrivacyGrid(method, tuple(levels), *part) for part in zip(theta, origin, phi, strict=True)]
        grids.append(PrivacyGrid.averaged(each))
    return grids
