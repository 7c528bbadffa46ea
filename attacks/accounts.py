"""A learning task as its accounts see it, when several names may belong to one party."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from ..arrays import FloatArray, IntArray
from ..mechanisms.coalitions.structures import Structure
from ..models.tasks import Holding, Task
from .expressible import NotExpressible

Span: TypeAlias = tuple[int, float, float]
"""A party, and the part [low, high) of its data, in shares of it."""

DIGITS = 12
MOST_PIECES = 12
MOST_ENTRIES = 17


@dataclass(frozen=True, eq=False)
class Account:
    """A name that the platform takes for a party, and what is entered under it.

    Parameters
    ----------
    owner
        The party behind it.
    spans
        Which parts of whose data it enters, for tasks whose worth is a formula.
    rows
        The rows it enters, for tasks that have rows.
    entries
        How many times it enters them: 1 and as many copies as it likes; 0 is staying out.
    validation
        The rows that it reports to judge by; None for the party's true ones.
    """

    owner: int
    spans: tuple[Span, ...]
    rows: Holding | None = None
    entries: int = 1
    validation: Holding | None = None


class AccountsTask(Task):
    """A task whose parties are accounts: what coalitions of names are worth, from what the data behind them is worth.

    Playing action k, an account enters what it has k times. Rows are handed to the task behind, those of every entry as a party
    of its own. Where worth is a formula, a coalition is worth what the task gives its parties' data joined: parts of one party's
    data that overlap count once, and where all of it is entered more than once, the surplus counts as copies.

    Parameters
    ----------
    base
        The honest task.
    accounts
        The accounts, one a party.

    Examples
    --------
    One of two parties splits its data between two names.

    >>> from potluck.models import QualityCurve
    >>> halves = [Account(0, ((0, 0.0, 0.5),)), Account(0, ((0, 0.5, 1.0),)), Account(1, ((1, 0.0, 1.0),))]
    >>> task = AccountsTask(QualityCurve([2, 4], curve="linear"), halves)
    >>> task.worths([[1, 0, 0], [1, 1, 0], [0, 1, 1]]).tolist()
    [1.0, 2.0, 5.0]
    """

    source = "original"

    base: Task
    accounts: tuple[Account, ...]

    @classmethod
    def of(cls, base: Task, accounts: Sequence[Account]) -> "AccountsTask":
        """Return the task that offers as many copies as some account enters."""
        most = max([1, *(account.entries for account in accounts)])
        if most > MOST_ENTRIES:
            raise NotExpressible(f"{most} entries under one name: at most {MOST_ENTRIES} can be played out")
        return cls(base, tuple(accounts), copies=most - 1)

    @cached_property
    def behind(self) -> "_Rows | _Portions | _Spans":
        """The task behind, prepared for what the accounts enter.

        Raises
        ------
        NotExpressible
            The task does not offer what is needed: shares of a party's data, or copies.
        """
        if all(account.rows is not None for account in self.accounts):
            return _Rows(self.base, self.accounts)
        if self.base.entries[self.base.honest] > 1:
            return _Portions(self.base, self.accounts)
        return _Spans(self.base, self.accounts)

    @property
    def n_parties(self) -> int:
        """Number of accounts."""
        return len(self.accounts)

    def value(self, profiles: IntArray) -> FloatArray:
        """Return what coalitions of accounts are worth, shape (batch,) or (batch, accounts) where each judges for itself."""
        distinct, where = np.unique(self.behind.profiles(self.entries[profiles]), axis=0, return_inverse=True)
        worths = self.behind.task.worths(distinct)[where.ravel()]
        return np.asarray(worths if worths.ndim == 1 else worths[:, self.behind.judges])

    def structures(self, actions: IntArray) -> tuple[Structure, ...] | None:
        """Return what the task behind knows of accounts that enter rows; None where worth is a formula, or each judges apart."""
        return self.behind.structures(actions) if isinstance(self.behind, _Rows) else None

    def similarity(self) -> FloatArray | None:
        """Return the likeness of the accounts' data, shape (accounts, accounts); None where each is alike only to itself."""
        return self.behind.similarity()


class _Rows:
    """Accounts that enter rows: a party of the task behind, a seat, for every entry of rows that are the same to the last."""

    def __init__(self, base: Task, accounts: Sequence[Account]) -> None:
        self.base = base
        self.rows = [account.rows for account in accounts if account.rows is not None]
        self.own_judges = own_judges = base.worths(np.zeros((1, base.n_parties), dtype=np.int64)).ndim == 2
        same: dict[tuple[int, int, int], list[int]] = {}
        for index, account in enumerate(accounts):
            same.setdefault((account.owner, id(account.rows), id(account.validation)), []).append(index)
        self.members = list(same.values())
        self.seats: list[list[int]] = []
        self.judges = [0] * len(accounts)
        held: list[Holding] = []
        behind: list[Account] = []
        for members in self.members:
            account, rows = accounts[members[0]], accounts[members[0]].rows
            times = max(sum(accounts[index].entries for index in members), 1)
            # who has nothing needs a seat only to judge
            if rows is None or not (len(rows) or own_judges):
                times = 0
            for index in members:
                self.judges[index] = len(held) if times else 0
            self.seats.append(list(range(len(held), len(held) + times)))
            held += [rows] * times  # type: ignore[list-item]
            behind += [account] * times
        self.task = self._seated(base, held, behind, own_judges)

    @staticmethod
    def _seated(base: Task, held: list[Holding], behind: list[Account], own_judges: bool) -> Task:
        if not held:
            return base
        try:
            task = base.with_holdings(held)
            true = base.validation() if own_judges else None
            for seat, account in enumerate(behind if own_judges else []):
                judged_by = account.validation or (true[account.owner] if true else None)
                if judged_by is not None:
                    task = task.with_validation(seat, judged_by)
        except ValueError as error:
            raise NotExpressible(str(error)) from error
        return task

    def profiles(self, entries: IntArray) -> IntArray:
        profiles = np.zeros((len(entries), self.task.n_parties), dtype=np.int64)
        for members, seats in zip(self.members, self.seats, strict=True):
            entered = entries[:, members].sum(axis=1)
            profiles[:, seats] = self.task.honest * (np.arange(len(seats)) < entered[:, None])
        return profiles

    def structures(self, actions: IntArray) -> tuple[Structure, ...] | None:
        """Return the structure of the task whose parties are the accounts: an entry is a member of its account's class."""
        if self.own_judges or not any(len(rows) for rows in self.rows):
            return None
        task = self.base.with_holdings(self.rows)
        return task.structures(np.full(len(self.rows), task.honest))

    def similarity(self) -> FloatArray | None:
        likeness = self.task.similarity()
        if likeness is None:
            return None
        result = np.eye(len(self.judges))
        seated = [index for members, seats in zip(self.members, self.seats, strict=True) if seats for index in members]
        places = [self.judges[index] for index in seated]
        result[np.ix_(seated, seated)] = likeness[np.ix_(places, places)]
        return result


class _Portions:
    """Accounts of a task whose parties enter portions: an entry is a portion."""

    def __init__(self, base: Task, accounts: Sequence[Account]) -> None:
        self.task = base
        self.owners = [account.owner for account in accounts]
        self.judges = self.owners
        if len(set(self.owners)) < len(self.owners):
            raise NotExpressible("parties enter their data portion by portion, which are identities already")
        parts = [[(party, high - low) for party, low, high in account.spans] for account in accounts]
        if any(part not in ([], [(owner, 1.0)]) for part, owner in zip(parts, self.owners, strict=True)):
            raise NotExpressible("parties enter their data portion by portion, and each only its own")
        self.empty = np.array([not part for part in parts])

    def profiles(self, entries: IntArray) -> IntArray:
        profiles = np.zeros((len(entries), self.task.n_parties), dtype=np.int64)
        profiles[:, self.owners] = np.where(self.empty, 0, entries)
        return profiles

    def similarity(self) -> FloatArray | None:
        likeness = self.task.similarity()
        return None if likeness is None else likeness[np.ix_(self.owners, self.owners)]


class _Spans:
    """Accounts of a task whose worth is a formula: each enters parts of parties' data."""

    def __init__(self, base: Task, accounts: Sequence[Account]) -> None:
        self.accounts = accounts
        self.judges = [account.owner for account in accounts]
        self.pieces = [_pieces(party, accounts) for party in range(base.n_parties)]
        shares = sorted({share for cover, lengths in self.pieces for share in _unions(lengths)} | {1.0})
        entered = np.array([account.entries for account in accounts])
        most = max(int((entered @ cover).max(initial=0)) for cover, _ in self.pieces)
        self.shares = np.array(shares)
        self.task = _offering(base, shares, max(most - 1, 0))
        self.first = self.task.honest if len(shares) == 1 else 1

    def profiles(self, entries: IntArray) -> IntArray:
        profiles = np.zeros((len(entries), len(self.pieces)), dtype=np.int64)
        for party, (cover, lengths) in enumerate(self.pieces):
            counts = entries @ cover
            joined = np.round((counts > 0) @ lengths, DIGITS)
            times = np.floor(np.divide(counts @ lengths, joined, out=np.zeros(len(counts)), where=joined > 0) + 1e-9)
            level = np.searchsorted(self.shares, joined)
            action = self.first + level * (self.task.copies + 1) + np.maximum(times, 1).astype(np.int64) - 1
            profiles[:, party] = np.where(joined > 0, action, 0)
        return profiles

    def similarity(self) -> FloatArray | None:
        between = self.task.similarity()
        n = len(self.accounts)
        likeness = np.eye(n)
        for one, other in itertools.combinations(range(n), 2):
            likeness[one, other] = likeness[other, one] = self._alike(one, other, between)
        return None if between is None and (likeness == np.eye(n)).all() else likeness

    def _alike(self, one: int, other: int, between: FloatArray | None) -> float:
        """Return common data over all data (Jaccard) of two accounts, or how alike the task says their parties are."""
        common = float(np.sum([(cover[one] * cover[other]) @ lengths for cover, lengths in self.pieces]))
        joined = float(np.sum([np.maximum(cover[one], cover[other]) @ lengths for cover, lengths in self.pieces]))
        likeness = common / joined if joined > 0 else 0.0
        if between is not None:
            pairs = itertools.product(self.accounts[one].spans, self.accounts[other].spans)
            likeness = max([likeness, *(float(between[p, q]) for (p, _, _), (q, _, _) in pairs if p != q)])
        return likeness


def _pieces(party: int, accounts: Sequence[Account]) -> tuple[IntArray, FloatArray]:
    """Cut a party's data where any account's part begins or ends: which account covers which piece, and their lengths."""
    spans = [[span for span in account.spans if span[0] == party] for account in accounts]
    cuts = sorted({0.0, 1.0} | {round(end, DIGITS) for own in spans for _, *ends in own for end in ends})
    middles = (np.array(cuts[1:]) + np.array(cuts[:-1])) / 2
    cover = np.array(
        [np.any([(low < middles) & (middles < high) for _, low, high in own] or [middles < 0], axis=0) for own in spans]
    )
    used = cover.any(axis=0)
    return cover[:, used].astype(np.int64), np.diff(cuts)[used]


def _unions(lengths: FloatArray) -> set[float]:
    """Return every share of a party's data that some of its pieces make up."""
    if len(lengths) > MOST_PIECES:
        raise NotExpressible(f"{len(lengths)} parts of one party's data are too many to tabulate")
    masks = np.arange(1, 1 << len(lengths))[:, None] >> np.arange(len(lengths)) & 1
    return set(np.round(masks @ lengths, DIGITS).tolist())


def _offering(base: Task, shares: Sequence[float], copies: int) -> Task:
    """Return the task with these shares as levels, and so many copies."""
    if len(shares) == 1 and copies <= base.copies:
        return base
    changes: dict[str, Any] = {"copies": copies}
    if len(shares) > 1:
        if not base.levels_are_shares:
            raise NotExpressible(f"{base.name()} knows a party's data only as a whole")
        changes["levels"] = tuple(share * base.levels[-1] for share in shares)
    try:
        return base.with_parameters(**changes)
    except ValueError as error:
        raise NotExpressible(str(error)) from error
