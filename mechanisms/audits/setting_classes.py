"""Classes of settings, players with types and reports whose models matter to each other, and a search through them.

What all models are worth to player i is Σ_j α_ij q_j, as in Mechanism Design for Multi-Party Machine Learning, Section 6.1: q_j
is the quality of the model that j holds, α_ii > 0. Types are amounts of data that rise; any type up to one's own may be reported.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from ...arguments import validated
from ...arrays import ROUND_OFF, FloatArray
from ..rules.mechanism import Mechanism
from ..rules.setting import Setting
from .promises import PromiseAudit, is_efficient, is_incentive_compatible, is_individually_rational, is_weakly_budget_balanced
from .shrinking import shrunk

SettingName: TypeAlias = Literal["linear", "own", "allies", "rivals"]
SettingCurve: TypeAlias = Literal["linear", "root", "threshold"]
Rows: TypeAlias = tuple[tuple[float, ...], ...]

SETTING_CLASSES: tuple[str, ...] = get_args(SettingName)
MOST_DRAWN, LEAST_OWN = 12, 0.05
ROUNDED = (1, 2, 4, 10)
CURVES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "linear": lambda amount: np.asarray(amount, dtype=np.float64),
    "root": lambda amount: np.sqrt(amount),
    "threshold": lambda amount: np.asarray(np.asarray(amount) >= 1, dtype=np.float64),
}
PROMISES: dict[str, Callable[[Setting], PromiseAudit]] = {
    "incentive compatible": is_incentive_compatible,
    "individually rational": is_individually_rational,
    "weakly budget-balanced": is_weakly_budget_balanced,
    "efficient": is_efficient,
}
"""What is asked of rules in settings."""


@validated
@dataclass(frozen=True)
class LinearSetting:
    """Players who hold data of some amount, and what models are worth to them.

    Parameters
    ----------
    effects
        α, n rows of n numbers in [-1, 1]; those on the diagonal are above 0.
    types
        Amounts of data each may have, n rows that increase, from 0 on.
    curve
        Quality of data by its amount: ``linear``, ``root``, or ``threshold``: 1 from one unit on.

    Raises
    ------
    ValueError
        Rows have other lengths, or a number is out of range.

    Examples
    --------
    >>> duel = LinearSetting(((1, -0.5), (-0.5, 1)), ((1, 2), (1, 2)))
    >>> str(duel), LinearSetting.parse(str(duel)) == duel
    ('1,-0.5/-0.5,1;1,2/1,2;linear', True)
    >>> from potluck.mechanisms import FreeSharing
    >>> is_incentive_compatible(duel.of(FreeSharing())).holds
    True
    """

    effects: Rows
    types: Rows
    curve: SettingCurve = "linear"

    def __post_init__(self) -> None:
        """Check shapes and ranges."""
        n = len(self.effects)
        square = n >= 1 and all(len(row) == n for row in self.effects) and len(self.types) == n
        if not square or len({len(row) for row in self.types}) != 1:
            raise ValueError(f"setting {self}: give n rows of n effects, and n rows of as many types each")
        if any(not -1 <= entry <= 1 for row in self.effects for entry in row) or any(self.effects[i][i] <= 0 for i in range(n)):
            raise ValueError(f"setting {self}: effects lie in [-1, 1], and a player's own model is worth something to it")

    def __str__(self) -> str:
        """Write it so that `parse` reads it."""
        rows = ("/".join(",".join(f"{entry:.12g}" for entry in row) for row in each) for each in (self.effects, self.types))
        return f"{';'.join(rows)};{self.curve}"

    @classmethod
    def parse(cls, text: str) -> "LinearSetting":
        """Return the setting that a text writes: effects, types and curve by semicolons, rows by slashes, numbers by commas.

        Raises
        ------
        ValueError
            It is no such text.
        """
        try:
            effects, types, curve = text.split(";")
            rows = [tuple(tuple(float(word) for word in row.split(",")) for row in each.split("/")) for each in (effects, types)]
        except ValueError:
            raise ValueError(f"setting = {text[:100]!r}: write effects;types;curve, as in 1,-0.5/0,1;1,2/1,2;linear") from None
        return cls(rows[0], rows[1], curve)  # type: ignore[arg-type]

    @property
    def n(self) -> int:
        """Number of players."""
        return len(self.effects)

    def of(self, rule: Mechanism) -> Setting:
        """Return the rule in this setting."""
        effects = np.array(self.effects)
        return Setting.pooled(rule, self.types, CURVES[self.curve], lambda qualities: effects @ qualities)


@validated
@dataclass(frozen=True)
class SettingClass:
    """A class of settings.

    Parameters
    ----------
    name
        ``linear``: others' models matter in any way; ``own``: not at all; ``allies``: they never hurt; ``rivals``: never help.

    Examples
    --------
    >>> [name for name, _ in SettingClass("rivals").extreme(2)]
    ['own model only', 'rivals', 'near-duplicate', 'null', 'spoiler']
    """

    name: SettingName = "linear"

    def bounds(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Return what the class asks of effects: the least and the most of each, shape (n, n)."""
        low = np.full((n, n), {"linear": -1.0, "rivals": -1.0}.get(self.name, 0.0))
        high = np.full((n, n), {"linear": 1.0, "allies": 1.0}.get(self.name, 0.0))
        np.fill_diagonal(low, LEAST_OWN)
        np.fill_diagonal(high, 1.0)
        return low, high

    def contains(self, setting: LinearSetting) -> bool:
        """Return whether a setting is of the class."""
        low, high = self.bounds(setting.n)
        effects = np.array(setting.effects)
        return bool(((effects >= low) & (effects <= high)).all())

    @validated
    def draw(self, n: int, types: int, rng: np.random.Generator) -> LinearSetting:
        """Return a random setting of n players, 1..12, with so many types each; half of the effects are at their ends.

        Raises
        ------
        ValueError
            A number is out of range.
        """
        if not 1 <= n <= MOST_DRAWN or not 1 <= types <= MOST_DRAWN:
            raise ValueError(f"players = {n}, types = {types}: they must lie in 1..{MOST_DRAWN}")
        low, high = self.bounds(n)
        effects = low + (high - low) * rng.random((n, n))
        if rng.random() < 0.5:
            effects = np.where(rng.random((n, n)) < 0.5, low, high)
        uneven = rng.exponential(size=(n, types)) * 2.0 ** rng.integers(-2, 3, size=(n, 1)) + 0.01
        amounts = (
            np.tile(np.arange(1.0, types + 1), (n, 1)),
            np.tile(np.arange(0.0, types), (n, 1)),
            np.cumsum(uneven, axis=1),
        )[int(rng.integers(3))]
        return LinearSetting(_rows(effects), _rows(amounts), str(rng.choice(list(CURVES))))  # type: ignore[arg-type]

    def extreme(self, n: int, types: int = 2) -> Iterator[tuple[str, LinearSetting]]:
        """Iterate over the class's settings with names among: own model only, allies, rivals, near-duplicate, null, spoiler."""
        one, whole = np.eye(n), np.tile(np.arange(1.0, types + 1), (n, 1))
        spoiler = one.copy()
        spoiler[:-1, -1] = -1.0
        nothing = whole.copy()
        nothing[-1] = np.arange(types) * 1e-3
        near = whole + 0.01 * np.arange(n)[:, None]
        named = {
            "own model only": (one, whole),
            "allies": (np.full((n, n), 1.0), whole),
            "rivals": (2 * one - 1.0, whole),
            "near-duplicate": (2 * one - 1.0 if self.name == "rivals" else one, near),
            "null": (one, nothing),
            "spoiler": (spoiler, whole),
        }
        for name, (effects, amounts) in named.items():
            setting = LinearSetting(_rows(effects), _rows(amounts))
            if self.contains(setting):
                yield name, setting


def _rows(array: FloatArray) -> Rows:
    return tuple(tuple(row) for row in array.round(9).tolist())


@dataclass(frozen=True, eq=False)
class SettingRefutation:
    """What a search for a setting in which a rule breaks a promise came to.

    Parameters
    ----------
    promise, tried
        What was asked, in how many settings.
    slack
        How far it is kept where it is kept least.
    setting
        The counterexample, made small; None where none was found.
    note
        Where in that setting.
    """

    promise: str
    tried: int
    slack: float
    setting: LinearSetting | None
    note: str


@validated
def refute_promises(
    rule: Mechanism, games: SettingClass | None = None, players: int = 3, types: int = 2, budget: int = 60, seed: int = 0
) -> list[SettingRefutation]:
    """Look for settings of a class in which a rule breaks each of `PROMISES`; of those found, the smallest is made smaller.

    Every profile of types and reports of every setting is looked at.

    Parameters
    ----------
    rule
        The market rule.
    games
        The class of settings; default: linear effects of any sign.
    players, types
        Most players, 2..4, and types of each, 1..4.
    budget
        How many settings, at least 1: the extreme ones first, then random ones.
    seed
        Of the random ones.

    Raises
    ------
    ValueError
        A number is out of range.

    Examples
    --------
    Free sharing invites a rival to hide.

    >>> from potluck.mechanisms import FreeSharing, MaximalExploitation
    >>> str(refute_promises(FreeSharing(), budget=20)[1].setting)
    '1,0/-1,1;1,2/1,2;linear'
    >>> [found.setting for found in refute_promises(MaximalExploitation(), budget=20)][:2]
    [None, None]
    """
    if not 2 <= players <= 4 or not 1 <= types <= 4 or budget < 1:
        raise ValueError(f"players = {players}, types = {types}, budget = {budget}: 2..4, 1..4 and at least 1")
    chosen, rng = games or SettingClass(), np.random.default_rng(seed)
    sizes = range(2, players + 1)
    named = [setting for n in sizes for _, setting in chosen.extreme(n, types)][: max(1, budget // 2)]
    drawn = (chosen.draw(sizes[index % len(sizes)], types, rng) for index in range(budget - len(named)))
    worst = dict.fromkeys(PROMISES, math.inf)
    smallest: dict[str, LinearSetting] = {}
    for setting in itertools.chain(named, drawn):
        played = setting.of(rule)
        for promise, audit in PROMISES.items():
            found = audit(played)
            worst[promise] = min(worst[promise], found.slack)
            if not found.holds and (promise not in smallest or setting.n < smallest[promise].n):
                smallest[promise] = setting
    return [_settled(rule, promise, smallest.get(promise), worst[promise], chosen, budget) for promise in PROMISES]


def _settled(
    rule: Mechanism, promise: str, setting: LinearSetting | None, slack: float, games: SettingClass, tried: int
) -> SettingRefutation:
    if setting is None:
        return SettingRefutation(promise, tried, slack, None, "")

    def breaks(smaller: LinearSetting) -> bool:
        return games.contains(smaller) and PROMISES[promise](smaller.of(rule)).slack < -ROUND_OFF

    small = shrunk(setting, _smaller, breaks)
    return SettingRefutation(promise, tried, slack, small, PROMISES[promise](small.of(rule)).note)


def _smaller(setting: LinearSetting) -> Iterator[LinearSetting]:
    """Yield settings with a player less, a type less, effects gone, or smaller fractions."""
    n, effects, types = setting.n, np.array(setting.effects), np.array(setting.types)
    if n > 1:
        for player in range(n):
            rest = np.delete(np.arange(n), player)
            yield replace(setting, effects=_rows(effects[np.ix_(rest, rest)]), types=_rows(types[rest]))
    if types.shape[1] > 1:
        for column in range(types.shape[1]):
            yield replace(setting, types=_rows(np.delete(types, column, axis=1)))
    for i, j in itertools.permutations(range(n), 2):
        if effects[i, j]:
            gone = effects.copy()
            gone[i, j] = 0.0
            yield replace(setting, effects=_rows(gone))
    for denominator in ROUNDED:
        near = np.round(effects * denominator) / denominator
        if not np.array_equal(near, effects) and (np.diag(near) > 0).all() and _digits(near) < _digits(effects):
            yield replace(setting, effects=_rows(near))
        near = np.round(types * denominator) / denominator
        if not np.array_equal(near, types) and (np.diff(near, axis=1) > 0).all() and _digits(near) < _digits(types):
            yield replace(setting, types=_rows(near))


def _digits(array: FloatArray) -> int:
    """Return how much there is to write."""
    return sum(len(f"{entry:g}") for entry in array.ravel())
