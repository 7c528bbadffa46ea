"""How fast rewards are realised and coalitions valued: beside dense root finding and n! orders.

Run ``python benchmarks/information_gain.py``. Nothing passes or fails; the figures depend on the machine, the ratios less so.
"""

import math

import numpy as np
from _timing import median_seconds, seconds
from rich.console import Console
from rich.table import Table
from scipy.optimize import brentq

from potluck.mechanisms import CoalitionalGame, shapley, shapley_rewards
from potluck.models import GaussianProcessRegression, SparseGaussianProcess
from potluck.models.tasks.gains_of_coalitions import coalition_gains
from potluck.training.information_gain.gain import information_gain
from potluck.training.threads import one_thread

FROZEN = {
    "noise": 1.00104697,
    "signals": (5042.43862,),
    "lengthscales": (1.2376465, 1.0733318, 2.5846424, 14.8468600, 26.7457184, 403.428793),
}
RHOS = np.linspace(1, 0, 101)


def dense_noise(task: GaussianProcessRegression, party: int, reward: float) -> tuple[float, int]:
    """Find the noise variance by Brent's method in log η, a Cholesky factorisation of everybody's rows a step."""
    held = task.holdings()
    inputs = np.concatenate([held[party].inputs, *(rows.inputs for index, rows in enumerate(held) if index != party)])
    covariance = task.model.kernel(inputs, inputs)
    own, calls = len(held[party].inputs), 0

    def missing(log_eta: float) -> float:
        nonlocal calls
        calls += 1
        noise = np.full(len(inputs), task.model.noise + math.exp(log_eta))
        noise[:own] = task.model.noise
        return information_gain(covariance, noise) - reward

    return math.exp(brentq(missing, -18, 18, xtol=1e-10)), calls


def realisation(table: Table) -> None:
    task = GaussianProcessRegression(rows=750, seed=9, **FROZEN)
    game = CoalitionalGame(task.coalition_values())
    rewards = np.array([shapley_rewards(game, rho) for rho in RHOS])
    set_up = seconds(lambda: [task.realisation(party) for party in range(3)])
    ready = [task.realisation(party) for party in range(3)]

    def sweep() -> object:
        return [each.realise(rewards[:, party]) for party, each in enumerate(ready)]

    fast = median_seconds(sweep, 5)
    found = []
    slow = seconds(lambda: found.append(dense_noise(task, 1, float(rewards[0, 1]))))
    eta, calls = found[0]
    off = abs(float(ready[1].realise(rewards[0, 1]).eta) - eta)
    solves = int(((rewards > [each.own for each in ready]) & (rewards < game.grand * (1 - 1e-10))).sum())
    table.add_row("set-up: 3 parties, 750 points", f"{set_up * 1e3:.0f} ms", "", "once")
    table.add_row(
        f"101 ρ x 3 parties, {solves} of them roots",
        f"{fast * 1e3:.1f} ms",
        f"dense, one root: {slow:.2f} s in {calls} steps",
        f"{slow * solves / fast:.0f} times faster; η the same to {off:.0e}",
    )


def coalitions(table: Table) -> None:
    task = SparseGaussianProcess(parties=10, rows=4000, inducing=128, split="sorted", smallest=0.05, seed=0, **FROZEN)
    model, inputs = task.model, np.concatenate([rows.inputs for rows in task.holdings()])
    exact = median_seconds(lambda: shapley(CoalitionalGame(task.coalition_values())), 3)
    one = median_seconds(lambda: model.gain(inputs), 3)
    table.add_row(
        "exact Shapley, 10 parties, sparse GP, 4000 points, p = 128",
        f"{exact:.2f} s",
        f"one coalition from its rows {one * 1e3:.0f} ms",
        f"all 10! orders would be {math.factorial(10) * 10 * one / exact:.0e} times slower",
    )


def block_by_block(table: Table, parties: int = 8, rows: int = 960) -> None:
    task = GaussianProcessRegression(parties=parties, rows=rows, seed=0, **FROZEN)
    holdings, coalitions = task.holdings(), (np.arange(1 << parties)[:, None] >> np.arange(parties)) & 1
    covariance = task.model.kernel(*(np.concatenate([each.inputs for each in holdings]),) * 2)
    owners = np.repeat(np.arange(parties), [len(each) for each in holdings])
    members = [np.flatnonzero(coalition[owners]) for coalition in coalitions]

    def anew() -> np.ndarray:
        return np.array([information_gain(covariance[np.ix_(own, own)], task.model.noise) for own in members])

    gains = coalition_gains(task.model, holdings, [1.0])
    fast, slow = seconds(lambda: gains(coalitions.astype(float), coalitions)), seconds(anew)
    off = np.abs(gains(coalitions.astype(float), coalitions) - anew()).max()
    table.add_row(
        f"all coalitions of {parties} parties, dense GP, {rows} points",
        f"{fast:.2f} s",
        f"each factored anew {slow:.2f} s",
        f"{slow / fast:.1f} times faster; the same to {off:.0e} nats",
    )


def certified(table: Table, tolerance: float = 1e-3, rows: int = 2000) -> None:
    exact = GaussianProcessRegression(rows=rows, seed=0, **FROZEN)
    low = GaussianProcessRegression(rows=rows, seed=0, tolerance=tolerance, **FROZEN)
    dense, whole = seconds(lambda: exact.worths([[1, 1, 1]])), exact.worths([[1, 1, 1]])[0]
    fast = seconds(low.coalition_values)
    short = whole - low.worths([[1, 1, 1]])[0]
    table.add_row(
        f"{rows} points, pivots within {tolerance:g} nats (rank {len(low.model.features.inducing)}), all coalitions",
        f"{fast:.2f} s",
        f"one dense determinant {dense:.2f} s",
        f"{short:.1e} nats too low",
    )


def main() -> None:
    table = Table("what", "ours", "beside", "")
    with one_thread():
        realisation(table)
        coalitions(table)
        block_by_block(table)
        certified(table)
    Console().print(table)


if __name__ == "__main__":
    main()
