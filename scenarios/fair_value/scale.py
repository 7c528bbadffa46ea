"""Up to a million users who differ, and a platform that learns what to pay them."""

import math
import time
from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.platform_strategies import PlatformStrategySpec, ZoomingSearch
from ...agents.strategies import BestResponse, StrategySpec
from ...arrays import FloatArray
from ...mechanisms import FairPayments
from ...models import Inertia, MarketGame, MeanEstimation, PaidOnly, Preferences, RepeatedGame, Rounds
from ...models.revision import RevisionSpec
from ...models.tasks import utility_by_sharers
from ...papers import FAIR_VALUE
from ...pictures import figures
from ...progress import track
from ...verdicts import Verdict, derived
from ..opening import Opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns

SLOW = 1.0
WARM_UP = 3


@SCENARIOS.register
class FairValueScale(GameScenario):
    """Users with different costs, a thousand or a million, learn whether to share while the platform learns what to pay.

    Users of mean estimation share at ε or stay out. User i's cost is drawn evenly from [0, 2 burden / N]: if all shared, their
    costs would come to ``burden`` times the largest possible worth, which is 1. The platform knows neither costs nor worths.
    Privacy is stronger the more users there are, ε = √24 / (noise N): else a few thousand of a million users say all there is to
    say. In the limit of many users a share α of the worth makes the fraction s = √(α / (2 burden) - noise²) of them share, and
    the platform earns (1 - α) (1 - 2 burden noise² / α), most at α = noise √(2 burden).

    Parameters
    ----------
    users
        Numbers of users N, each 100..10 000 000; a game each, of which the first can be stepped through.
    burden
        All users' costs together, in units of the largest worth, > 0.
    noise
        Strength of the privacy noise: the fraction of users who must share for half of the information to get through, > 0.
    strategy, revision
        How users learn, and who may revise when.
    platform
        How the platform sets its terms.
    rounds, period
        Rounds played after the opening one, in which everybody shares, and rounds between changes of terms.

    Notes
    -----
    Seconds a round, of processor time, depend on the machine, so they stand in a check, not in a table: the same seed gives the
    same tables.
    """

    source = FAIR_VALUE.at("Section 5; scale original")
    paper = FAIR_VALUE
    where = "Section 5, beyond it: many users with different costs"
    declared_tables = table_columns.FAIR_VALUE_SCALE
    example_parameters = {"users": (1000, 3000)}
    quick_parameters = {"users": (1_000, 30_000, 200_000)}

    users: Annotated[tuple[Annotated[int, Field(ge=100, le=10_000_000)], ...], Field(min_length=1)] = (1_000, 30_000, 1_000_000)
    burden: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0
    noise: Annotated[float, Field(gt=0, lt=math.inf)] = 0.1
    strategy: StrategySpec = BestResponse()
    revision: RevisionSpec = Inertia(0.5)
    platform: PlatformStrategySpec = ZoomingSearch(points=5, zooms=4)
    rounds: Annotated[int, Field(ge=10, le=100_000)] = 114
    period: Annotated[int, Field(ge=1, le=10_000)] = 5

    def play(self, rng: np.random.Generator) -> Findings:
        """Play a game for each number of users."""
        tables, checks = [], []
        for users, own in zip(track(self.users, "numbers of users"), rng.spawn(len(self.users)), strict=True):
            costs = self._costs(users, own)
            table, seconds = self._played(users, costs, own)
            tables.append(table)
            checks += self._checks(users, costs, table, seconds)
        rounds = pd.concat(tables, ignore_index=True)
        return Findings({"rounds": rounds}, checks, {"fair-value-scale": lambda: self._draw(rounds)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the game with the first number of users begins."""
        (own,) = rng.spawn(1)
        begun = self._arguments(self.users[0], self._costs(self.users[0], own), own)
        return Opening(reads=tuple(type(self).model_fields), first=("users",), **begun)

    def _costs(self, users: int, rng: np.random.Generator) -> FloatArray:
        return np.sort(rng.uniform(0, 2 * self.burden / users, users))

    def _arguments(self, users: int, costs: FloatArray, rng: np.random.Generator) -> dict[str, Any]:
        task = MeanEstimation(users=users, levels=(self.epsilon(users),))
        preferences = Preferences(PaidOnly(), over_alone=False, costs=np.column_stack([np.zeros(users), costs]))
        return {
            "game": MarketGame(task, FairPayments(), preferences),
            "strategies": self.strategy,
            "revision": self.revision,
            "stop": Rounds(self.rounds),
            "initial": np.ones(users, dtype=np.int64),
            "rng": rng,
            "platform": self.platform,
            "period": self.period,
            "agents": False,
        }

    def epsilon(self, users: int) -> float:
        """Return the privacy level at which a number of users share."""
        return math.sqrt(24) / (self.noise * users)

    def _played(self, users: int, costs: FloatArray, rng: np.random.Generator) -> tuple[pd.DataFrame, float]:
        model = RepeatedGame(**self._arguments(users, costs, rng))
        shares = [float(model.actions.mean())]
        seconds = []
        for _ in track(range(self.rounds), f"rounds of {users} users"):
            started = time.process_time()
            model.step()
            seconds.append(time.process_time() - started)
            shares.append(float(model.actions.mean()))
        table = model.rounds().assign(users=users, share=shares)
        columns = ["users", "round", "alpha", "share", "profit", "welfare", "exploitability"]
        return table[columns], float(np.median(seconds[WARM_UP:]))

    def _checks(self, users: int, costs: FloatArray, table: pd.DataFrame, seconds: float) -> list[Verdict]:
        worth = utility_by_sharers(users, self.epsilon(users))
        sharers = np.arange(1, users + 1)
        needed = sharers * costs  # what pays the dearest of so many sharers for its cost, times their number
        best = int((worth[1:] - needed).argmax())
        optimum, alpha_best = float((worth[1:] - needed)[best]), float(needed[best] / worth[best + 1])
        last = table.tail(max(1, min(self.period, len(table)) // 2))
        limit = self.noise * math.sqrt(2 * self.burden)
        return [
            Verdict.statement(
                f"seconds a round, {users} users",
                derived("what a run should take"),
                f"under {SLOW:g} s",
                round(seconds, 4),
                seconds < SLOW * max(1.0, users / 1e6),
                "median, of processor time; depends on the machine",
            ),
            Verdict.number(
                f"the platform learns to earn the optimum, {users} users",
                derived("optimum of eq. 19"),
                optimum,
                float(last["profit"].mean()),
                0.05 * optimum,
                f"α = {last['alpha'].iloc[-1]:.4f}; best {alpha_best:.4f}, in the limit of many users {limit:.4f}",
            ),
            Verdict.statement(
                f"users are near an equilibrium, {users} users",
                derived("what an equilibrium leaves to gain"),
                "all together could gain less than 1 % of the worth",
                float(last["exploitability"].iloc[-1]),
                bool(last["exploitability"].iloc[-1] < 0.01),
                f"{last['share'].iloc[-1]:.1%} share",
            ),
        ]

    def _draw(self, rounds: pd.DataFrame) -> Figure:
        figure, axes = figures.new_figure(3, title="Many users with different costs, and a platform that learns its terms")
        for axis, column, words in zip(
            axes,
            ("alpha", "share", "profit"),
            ("share α of the worth paid out", "users who share", "platform's profit"),
            strict=True,
        ):
            for index, (users, rows) in enumerate(rounds.groupby("users")):
                axis.step(rows["round"], rows[column], where="mid", color=figures.colour(index), label=f"{users:,} users")
            axis.set(title=words, xlabel="round", ylim=(0, 1.02))
            figures.whole_numbers(axis, "x")
        axes[0].axhline(self.noise * math.sqrt(2 * self.burden), color="0.4", linewidth=0.8, linestyle="--")
        axes[-1].legend(fontsize=8, frameon=False)
        return figure
