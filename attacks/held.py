"""The models that the parties behind the accounts end up with, by their true worth: the one accounting of all attacks."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..arguments import validated
from ..arrays import FloatArray, checked
from ..models.tasks import Holding
from ..models.tasks.gaussian_regression import GaussianRegression
from ..training.information_gain.realisation import EXACT, FULL, INFEASIBLE, status_of
from ..training.information_gain.releases import averaged_noise
from .accounts import Account, AccountsTask
from .scheme import Scheme


@validated
def models_held(scheme: Scheme, rewards: FloatArray, etas: FloatArray | None = None) -> FloatArray:
    """Return the quality of the best model that each party has after the market, shape (n,).

    A party has the better of the best model its accounts receive, judged truly, and of what its own data gives; attackers who
    share have each other's too, each as it judges itself. Where rewards are made by noise on the others' targets, a party trains
    on its own true rows and on the noisy ones that it received, of which it knows the noise: those of all its accounts together,
    whose noise averages out. Only rows that somebody measured tell anything.

    Parameters
    ----------
    scheme
        Who entered what.
    rewards
        Qualities that the rule hands out, as the platform sees them, shape (accounts,).
    etas
        The noise that makes them, from `noise_given`, where that was worked out already.
    """
    rewards = checked(rewards, "rewards", shape=(len(scheme.owners),))
    if isinstance(scheme.task, GaussianRegression):
        return _after_noise(scheme, scheme.task, noise_given(scheme, rewards) if etas is None else etas)
    best = np.zeros(scheme.task.n_parties)
    np.maximum.at(best, scheme.owners, _by_true_rows(scheme, rewards))
    if scheme.shared:
        members = list(scheme.coalition)
        joint = _joint_by_true_rows(scheme, members)
        shares = np.divide(best[members], joint, out=np.zeros(len(members)), where=joint > 0)
        best[members] = np.maximum(best[members], joint * shares.max())
    return np.maximum(best, _own(scheme))


def _by_true_rows(scheme: Scheme, rewards: FloatArray) -> FloatArray:
    """Return what models are worth by true rows where their accounts judge by others, (accounts,) -> (accounts,).

    A model counts for the share of the joint model's true quality that it has of the reported one; the joint model itself is
    known exactly.
    """
    if all(account.validation is None for account in scheme.accounts):
        return rewards
    honest = tuple(replace(account, validation=None) for account in scheme.accounts)
    truth = replace(scheme, accounts=honest).market
    reported = np.where(scheme.market.pool > 0, scheme.market.pool, 1.0)
    return np.where(scheme.market.present, rewards * truth.pool / reported, rewards)


def _joint_by_true_rows(scheme: Scheme, members: Sequence[int]) -> FloatArray:
    """Return what the model of all that is entered is worth to each member, as it truly judges, shape (members,)."""
    accounts = [replace(account, validation=None) for account in scheme.accounts]
    profile = [account.entries for account in accounts]
    for member in members:
        if all(account.owner != member for account in accounts):
            # who entered under a partner's name has no seat to judge from
            rows = accounts[0].rows
            nothing = None if rows is None else Holding(rows.inputs[:0], rows.targets[:0])
            accounts.append(Account(member, (), nothing))
            profile.append(0)
    worths = np.broadcast_to(AccountsTask.of(scheme.task, accounts).worths([profile])[0], len(accounts))
    owners = [account.owner for account in accounts]
    return np.array([worths[owners.index(member)] for member in members])


def _own(scheme: Scheme) -> FloatArray:
    """Return the quality of the best model that each party can train without the platform, as it judges, shape (n,)."""
    own = scheme.task.alone.copy()
    if scheme.shared:
        members = list(scheme.coalition)
        entered = np.vstack([np.isin(np.arange(len(own)), team) for team in (*([one] for one in members), members)])
        worths = scheme.task.worths(scheme.task.honest * entered.astype(np.int64))
        by_party = np.broadcast_to(worths if worths.ndim == 2 else worths[:, None], entered.shape)
        own[members] = by_party[:, members].max(axis=0)
    return own


def _after_noise(scheme: Scheme, task: GaussianRegression, etas: FloatArray) -> FloatArray:
    """Return what each party knows, in nats, from its own true rows and the noisy targets that its accounts received."""
    sharing = list(scheme.coalition) if scheme.shared else []
    held = np.empty(task.n_parties)
    for party in range(task.n_parties):
        team = sharing if party in sharing else [party]
        received = etas[np.isin(scheme.owners, team)].tolist() or [math.inf]
        copies = [eta for eta in received for _ in range(scheme.queries if party in scheme.coalition else 1)]
        held[party] = _known(scheme, task, team, averaged_noise(copies, nested=scheme.nested))
    return held


def noise_given(scheme: Scheme, rewards: FloatArray) -> FloatArray:
    """Return the variance of the noise on the others' targets that gives each account its reward, shape (accounts,).

    0 with the joint model; infinite for who gets nothing, or no more than one of its entries is worth. Only rewards in models by
    information gain are made so.

    Raises
    ------
    ValueError
        The task's rewards are not made by noise.
    """
    market, behind = scheme.market, scheme.platform_task.behind
    etas = np.full(len(rewards), math.inf)
    status = status_of(rewards, market.alone, market.pool)
    etas[market.present & np.isin(status, (FULL, INFEASIBLE))] = 0.0
    exact = np.flatnonzero(market.present & (status == EXACT))
    if not isinstance(behind.task, GaussianRegression):
        raise ValueError(f"{scheme.task.short()}: rewards are not made by noise")
    if len(exact):
        task, seats = _of_those_present(scheme, behind.task)
        for account in exact.tolist():
            etas[account] = float(task.realisation(seats[behind.judges[account]]).realise(rewards[account]).eta)
    return etas


def _of_those_present(scheme: Scheme, task: GaussianRegression) -> tuple[GaussianRegression, list[int]]:
    """Return the task of the seats that enter something, and where each seat is in it."""
    entered = scheme.platform_task.behind.profiles(scheme.profile[None])[0] > 0
    if not entered.all():
        task = task.with_holdings([rows for rows, here in zip(task.holdings(), entered, strict=True) if here])
    return task, (np.cumsum(entered) - 1).tolist()


def _known(scheme: Scheme, task: GaussianRegression, team: Sequence[int], eta: float) -> float:
    """Return the information gain of a team's true rows and, at this noise, of the different rows that others entered."""
    model, true = task.model, task.holdings()
    own = np.concatenate([true[member].inputs for member in team])
    others = [account for account in scheme.accounts if account.owner not in team and account.entries > 0]
    if math.isinf(eta) or not others:
        return model.gain(own)
    inputs, times = _true_rows([true[party] for party in range(task.n_parties)], others)
    noise = np.concatenate([np.full(len(own), model.noise), model.noise + eta / times])
    return model.gain(np.concatenate([own, inputs]), noise)


def _true_rows(true: Sequence[Holding], accounts: Sequence[Account]) -> tuple[FloatArray, FloatArray]:
    """Return the inputs of the rows entered that somebody measured, each once, and how often each is entered: (k, d), (k,).

    Rows that are made up or garbled tell nothing. A copy of a measurement is not another one, but comes with noise of its own.
    """
    measured = {row.tobytes() for each in true for row in _joined(each)}
    counts: dict[bytes, int] = {}
    rows: dict[bytes, FloatArray] = {}
    for account in accounts:
        for row in _joined(account.rows) if account.rows is not None else ():
            key = row.tobytes()
            if key in measured:
                counts[key] = counts.get(key, 0) + account.entries
                rows.setdefault(key, row[:-1])
    width = true[0].inputs.shape[1]
    return np.array(list(rows.values())).reshape(-1, width), np.array(list(counts.values()), dtype=np.float64)


def _joined(rows: Holding) -> FloatArray:
    return np.column_stack([rows.inputs, rows.targets])
