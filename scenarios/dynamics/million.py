"""Up to a million users who share or not, beside the limit of infinitely many."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import Logit
from ...arrays import FloatArray
from ...components import seeds_of
from ...models import Inertia, RepeatedGame, Rounds, SharingGame, SharingUtility
from ...papers import FAIR_VALUE
from ...pictures import figures
from ...pictures.palette import FIELDS
from ...progress import track
from ...verdicts import Verdict, derived, mean_interval
from ..opening import Opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns

APART, FEW = 100, 4
SLOPE = -0.4
"""The exponent is -1/2 where users are many; of few, the chance of a large distance is no normal one."""


@SCENARIOS.register
class Million(GameScenario):
    """A million users who learn, and how near their share is to the limit of infinitely many.

    k of N users who share are worth N Q(k / N), Q(s) = s / (s + noise); a share α of it is handed out evenly among them, and
    sharing costs each the same. Of the users those who revise choose by logit from what either would earn. In the limit the share
    s moves to keep s + (1 - keep) / (1 + exp(-β (α Q(s) / s - cost))), and a single run is off by about 1 / √N.

    Parameters
    ----------
    users
        Numbers of users N, a game each.
    alpha
        Share of the worth that is handed out.
    noise
        As above, > 0: the share of users who must share for half of what there is to learn.
    cost
        What sharing costs a user.
    rationality
        β > 0 of the logit choice, in 1 / units of payoff.
    keep
        Probability that a user does not revise in a round.
    rounds
        How many rounds are played after the opening one, in which nobody shares.
    runs
        How many runs there are of every game.
    """

    source = f"{FAIR_VALUE.at('Section 5; scale original')}; limit: Benaïm & Weibull (2003), Deterministic approximation"
    declared_tables = table_columns.MILLION
    example_parameters = {"users": (100, 10_000), "rounds": 10, "runs": 6}

    users: Annotated[tuple[Annotated[int, Field(ge=10, le=10_000_000)], ...], Field(min_length=1)] = (
        *(100, 1_000, 10_000, 100_000),
        1_000_000,
    )
    alpha: Annotated[float, Field(ge=0, le=1)] = 0.8
    noise: Annotated[float, Field(gt=0, le=100)] = 0.5
    cost: Annotated[float, Field(ge=0, le=100)] = 0.9
    rationality: Annotated[float, Field(gt=0, le=1e6)] = 4.0
    keep: Annotated[float, Field(ge=0, lt=1)] = 0.7
    rounds: Annotated[int, Field(ge=2, le=10_000)] = 25
    runs: Annotated[int, Field(ge=2, le=1000)] = 4

    def play(self, rng: np.random.Generator) -> Findings:
        """Play every game, and follow the limit."""
        limit = self.limit()
        cells = [(users, seed) for users in self.users for seed in seeds_of(rng, self.runs)]
        shares: dict[int, list[FloatArray]] = {users: [] for users in self.users}
        for users, seed in track(cells, "games"):
            shares[users].append(self._shares(users, seed))
        gaps = {users: np.abs(np.array(each) - limit).max(axis=1) for users, each in shares.items()}
        paths = [
            (users, number, float(share), float(limit[number]))
            for users, each in shares.items()
            for number, share in enumerate(each[0])
        ]
        rows = [
            (users, self.runs, float(each.mean()), *mean_interval(each), float(each.mean()) * users**0.5)
            for users, each in gaps.items()
        ]
        tables = {"paths": table_columns.MILLION["paths"].frame(paths), "gaps": table_columns.MILLION["gaps"].frame(rows)}
        return Findings(tables, self._checks(gaps), {"million": lambda: self._draw(tables, limit)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the first game begins."""
        reads = tuple(name for name in type(self).model_fields if name != "runs")
        return Opening(reads=reads, first=("users",), **self._arguments(self.users[0], seeds_of(rng, 1)[0]))

    def limit(self) -> FloatArray:
        """Return the share of users in every round when they are infinitely many, shape (rounds + 1,)."""
        share, path = 0.0, [0.0]
        for _ in range(self.rounds):
            gain = self.alpha / (share + self.noise) - self.cost
            share = self.keep * share + (1 - self.keep) / (1 + np.exp(-self.rationality * gain))
            path.append(float(share))
        return np.array(path)

    def _arguments(self, users: int, seed: int) -> dict[str, Any]:
        k = np.arange(users + 1) / users
        game = SharingGame(SharingUtility.by_count(users * k / (k + self.noise)), self.alpha, self.cost)
        return {
            "game": game,
            "strategies": Logit(rationality=self.rationality),
            "revision": Inertia(self.keep),
            "stop": Rounds(self.rounds),
            "initial": np.zeros(users, dtype=np.int64),
            "rng": seed,
            "agents": False,
        }

    def _shares(self, users: int, seed: int) -> FloatArray:
        model = RepeatedGame(**self._arguments(users, seed))
        shares = [0.0]
        while model.running:
            model.step()
            shares.append(float(model.actions.mean()))
        return np.array(shares)

    def _checks(self, gaps: dict[int, FloatArray]) -> list[Verdict]:
        """Fit an exponent to the gaps of each run; it is -1/2 where users are many."""
        several = {users: each for users, each in gaps.items() if (each > 0).all()}
        if len(several) < 2:
            return []
        logs = np.log(np.array(list(several)))
        slopes = [float(np.polyfit(logs, np.log(run), 1)[0]) for run in np.array(list(several.values())).T]
        verdict = Verdict.over_seeds(
            "distance to the limit",
            derived("central limit theorem"),
            f"the distance falls about as the number of users to the power -1/2: at least to the power {SLOPE:g}",
            slopes,
            lambda mean: mean <= SLOPE,
            note="the exponent, fitted to each run of all numbers of users",
        )
        wide = max(several) >= APART * min(several) and self.runs >= FEW
        return [verdict.excused(not wide, f"numbers of users {APART} times apart and {FEW} runs decide it")]

    def _draw(self, tables: dict[str, pd.DataFrame], limit: FloatArray) -> Figure:
        figure, (path, gap) = figures.new_figure(2, width=5.2, height=4.0, title="Many users beside infinitely many")
        for index, (users, rows) in enumerate(tables["paths"].groupby("users", sort=False)):
            path.plot(
                rows["round"],
                rows["share"],
                color=figures.colour(index),
                linewidth=1.2,
                label=f"{users:,} users".replace(",", " "),
            )
        path.plot(np.arange(len(limit)), limit, "--", color="black", linewidth=1.0, label="infinitely many")
        path.set(xlabel="round", ylabel="share of users that share", ylim=(0, 1), title="the first run")
        path.legend(fontsize=8, framealpha=0.85)
        table = tables["gaps"]
        errors = np.array([(table["gap"] - table["gap_low"]).clip(upper=0.99 * table["gap"]), table["gap_high"] - table["gap"]])
        gap.errorbar(
            table["users"], table["gap"], yerr=errors, fmt="o", color=FIELDS["play"], capsize=3, label="largest distance"
        )
        middle = float(np.exp(np.log(table["scaled"]).mean()))
        gap.plot(table["users"], middle / np.sqrt(table["users"]), "--", color="0.5", label=f"{middle:.2f} / √N")
        gap.set(
            xscale="log", yscale="log", xlabel="users N", ylabel="distance to the limit", title="mean over runs, 95 % interval"
        )
        gap.legend(fontsize=8, framealpha=0.85)
        return figure
