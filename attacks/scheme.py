"""What stands behind the names that a platform sees: accounts, who owns them, and what each of them enters."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from ..arrays import IntArray
from ..mechanisms import ClassGame, FreeSharing, Market
from ..models.games.market import MarketGame
from ..models.games.preferences import Preferences
from ..models.tasks import Holding, Task
from ..models.tasks.gaussian_regression import GaussianRegression
from .accounts import Account, AccountsTask
from .expressible import NotExpressible

Change: TypeAlias = Callable[[Account], Iterable[Account]]


@dataclass(frozen=True, eq=False)
class Scheme:
    """Who enters what under which names: the honest task, and the accounts that the platform takes for parties.

    Parameters
    ----------
    task
        The honest task, for what the parties' true data is worth.
    accounts
        What is entered, a name an entry.
    coalition
        The attackers, whose payoffs count together; nobody in the honest scheme.
    shared
        Whether the attackers use each other's models, and their own data together.
    queries
        How many times the attackers are given their rewards, where these are made worse by noise.
    nested
        Whether the platform nests that noise, so that several rewards tell no more than the best of them; otherwise it draws the
        noise of each anew.

    Examples
    --------
    >>> from potluck.models import QualityCurve
    >>> scheme = Scheme.honest(QualityCurve(sizes=[1, 3], curve="hyperbolic"))
    >>> scheme.owners.tolist(), scheme.market.pool.tolist(), scheme.market.alone.tolist()
    ([0, 1], [0.8, 0.8], [0.5, 0.75])
    """

    task: Task
    accounts: tuple[Account, ...]
    coalition: tuple[int, ...] = ()
    shared: bool = False
    queries: int = 1
    nested: bool = False

    @classmethod
    def honest(cls, task: Task) -> "Scheme":
        """Return the scheme in which every party enters everything once, under its own name."""
        rows = task.holdings() or [None] * task.n_parties
        entries = int(task.entries[task.honest])
        return cls(task, tuple(Account(party, ((party, 0.0, 1.0),), rows[party], entries) for party in range(task.n_parties)))

    def attacked_by(self, *parties: int) -> "Scheme":
        """Return the same scheme with these parties among the attackers."""
        return replace(self, coalition=tuple(dict.fromkeys((*self.coalition, *parties))))

    def changed(self, party: int, change: Change) -> "Scheme":
        """Return the scheme in which each account of a party gives way to those that ``change`` makes of it."""
        accounts: list[Account] = []
        for account in self.accounts:
            accounts.extend(change(account) if account.owner == party else (account,))
        return replace(self, accounts=tuple(accounts))

    def without_names(self, party: int) -> "Scheme":
        """Return the scheme in which all accounts of a party stay out."""
        return self.changed(party, lambda account: (replace(account, entries=0),))

    def rows_of(self, account: Account, why: str) -> Holding:
        """Return an account's rows.

        Raises
        ------
        NotExpressible
            The task has no rows; the message goes on with ``why``.
        """
        if account.rows is None:
            raise NotExpressible(f"the task shows no rows: {why}")
        return account.rows

    @property
    def portioned(self) -> bool:
        """Whether parties enter their data portion by portion, each an identity."""
        return bool(self.task.entries[self.task.honest] > 1)

    @property
    def owners(self) -> IntArray:
        """The party behind each account, shape (accounts,)."""
        return np.array([account.owner for account in self.accounts])

    @cached_property
    def platform_task(self) -> AccountsTask:
        """The task as the platform sees it: a party an account.

        Raises
        ------
        NotExpressible
            The task cannot be asked what the accounts are worth.
        """
        return AccountsTask.of(self.task, self.accounts)

    @property
    def profile(self) -> IntArray:
        """What every account plays in `platform_task`, shape (accounts,)."""
        return np.array([account.entries for account in self.accounts])

    @property
    def nbytes(self) -> int:
        """Bytes that it takes, roughly, once it was asked everything: rows, their covariance, and coalitions' worths."""
        rows = [account.rows for account in self.accounts if account.rows is not None]
        held = sum(each.inputs.nbytes + np.asarray(each.targets).nbytes for each in rows)
        entered = sum(len(account.rows) * account.entries for account in self.accounts if account.rows is not None)
        covariance = 8 * entered**2 if isinstance(self.task, GaussianRegression) else 0
        coalitions = 8 * math.prod(account.entries + 1 for account in self.accounts)
        return 1000 + 2 * held + covariance + coalitions

    @cached_property
    def market(self) -> Market:
        """The round as a market rule sees it; nothing in it says who owns which account.

        Accounts that enter the same are one class of identities, so that sixteen names cost no more than sixteen copies, unless
        the task knows a structure, for which they cost nothing.
        """
        groups = self._alike()
        if len(groups) == len(self.accounts) or self.platform_task.structures(self.profile) is not None:
            return MarketGame(self.platform_task, FreeSharing()).market(self.profile)
        entries, task = self.profile, self.platform_task
        counts = np.indices([int(entries[members].sum()) + 1 for members in groups])
        shape, coalitions = counts.shape[1:], np.zeros((counts[0].size, len(entries)), dtype=np.int64)
        for count, members in zip(counts, groups, strict=True):
            left = count.ravel()
            for member in members:
                coalitions[:, member] = np.minimum(left, entries[member])
                left = left - coalitions[:, member]
        worths = task.worths(coalitions)
        judged = [worths] if worths.ndim == 1 else list(worths.T)
        group = np.empty(len(entries), dtype=np.int64)
        for index, members in enumerate(groups):
            group[members] = index
        games = tuple(ClassGame(each.reshape(shape)) for each in judged)
        return Market(games, np.where(entries > 0, group, -1), entries, similarity=task.similarity())

    def _alike(self) -> list[list[int]]:
        """Return the accounts by what they enter, each group in order."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for index, account in enumerate(self.accounts):
            key = (account.owner, account.spans, id(account.rows), id(account.validation))
            groups.setdefault(key, []).append(index)
        return list(groups.values())

    def market_for(self, preferences: Preferences) -> Market:
        """Return the round in which models are worth to every account, and to the platform, what these preferences say."""
        return replace(
            self.market, worth=preferences.valuation.worth, price=preferences.price, own_only=preferences.valuation.separable
        )
