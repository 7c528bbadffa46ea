"""A platform that does not know what sharing costs its users, and learns what to offer them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.platform_strategies import (
    FixedTerms,
    GradientSearch,
    Outlook,
    PlatformStrategy,
    PlatformStrategySpec,
    Report,
    UpperConfidence,
    ZoomingSearch,
)
from ...arrays import ROUND_OFF, FloatArray, IntArray
from ...models import SharingGame, SharingUtility
from ...papers import FAIR_VALUE
from ...pictures import figures
from ...pictures.palette import FIELDS
from ...progress import track
from ...verdicts import Verdict, derived, mean_interval
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .learning_runs import of_runs

SAMPLES = 4000
POINTS = 1001
LOOKS = 40
SHOWN = 10


@dataclass(frozen=True, eq=False)
class _Market:
    """What so many users share by the terms, when their costs are drawn anew."""

    worth: FloatArray

    @property
    def users(self) -> int:
        return len(self.worth) - 1

    def least_terms(self, costs: FloatArray) -> FloatArray:
        """Return from which terms on at least 1, 2, ... users share, (..., n) -> (..., n): the equilibrium with most sharers.

        The k-th cheapest shares where its part α U(k) / k covers its cost; who would share among more does so among fewer terms.
        """
        numbers = np.arange(1, self.users + 1)
        needed = np.sort(costs, axis=-1) * numbers / self.worth[1:]
        return np.asarray(np.minimum.accumulate(needed[..., ::-1], axis=-1)[..., ::-1])

    def profit(self, alpha: float, least: FloatArray) -> tuple[float, int]:
        """Return profit and number of sharers under terms, from the least terms of a draw, shape (n,)."""
        sharers = int(least.searchsorted(alpha, "right"))
        return (1 - alpha) * float(self.worth[sharers]), sharers


@dataclass(frozen=True, eq=False)
class _Known:
    """What somebody who knows how costs are drawn expects of terms on a fine grid: profits and sharers."""

    terms: FloatArray
    profits: FloatArray
    sharers: FloatArray

    @cached_property
    def best(self) -> int:
        return int(self.profits.argmax())

    def profit(self, alpha: float | FloatArray) -> FloatArray:
        return np.asarray(np.interp(alpha, self.terms, self.profits))


@SCENARIOS.register
class UnknownCosts(Scenario):
    """What a platform loses by not knowing what sharing costs its users, and how fast it learns.

    In every round users come whose costs are drawn anew. The platform offers them a share α of what their data is worth, those
    share to whom it pays, in the equilibrium with most sharers, and the platform keeps the rest. Regret is what the best fixed α
    would have earned more, in expectation; the strategies see only the platform's profit.

    Parameters
    ----------
    platforms
        How the platform sets its terms, one strategy each.
    users
        How many users come in a round.
    noise
        k of N users who share are worth k (1 + noise) / (k + noise N), > 0.
    costs
        How costs are drawn: evenly from [0, 2 burden / N], or ``exponential`` with mean burden / N.
    burden
        The users' costs together, in units of the largest worth, which is 1; > 0.
    rounds
        How many rounds are played.
    seeds
        How many independent runs there are of every platform.
    """

    source = f"{FAIR_VALUE.at('Section 5; unknown costs original')}; pricing as a bandit: Kleinberg & Leighton (2003)"
    declared_tables = table_columns.UNKNOWN_COSTS
    example_parameters = {"rounds": 60, "seeds": 3, "users": 5}

    platforms: Annotated[tuple[PlatformStrategySpec, ...], Field(min_length=1)] = (
        UpperConfidence(points=8),
        ZoomingSearch(points=9, zooms=3),
        GradientSearch(),
        FixedTerms(0.5),
    )
    users: Annotated[int, Field(ge=2, le=1000)] = 20
    noise: Annotated[float, Field(gt=0, le=100)] = 0.2
    costs: Literal["even", "exponential"] = "even"
    burden: Annotated[float, Field(gt=0, le=100)] = 0.3
    rounds: Annotated[int, Field(ge=10, le=100_000)] = 10_000
    seeds: Annotated[int, Field(ge=2, le=1000)] = 10

    def play(self, rng: np.random.Generator) -> Findings:
        """Let every platform learn."""
        market = self._market()
        known = self._known(market, rng)
        looks = np.unique(np.rint(np.geomspace(1, self.rounds, LOOKS)).astype(np.int64))
        terms = {
            str(platform): np.array([self._learned(market, platform, own) for own in rng.spawn(self.seeds)])
            for platform in track(self.platforms, "platforms")
        }
        regrets = {
            name: np.cumsum(known.profits[known.best] - known.profit(each), axis=1)[:, looks - 1] for name, each in terms.items()
        }
        promised = {str(each): self._promised(each, known, looks) for each in self.platforms}
        rows = [
            (platform.short(), int(look), float(each.mean()), *mean_interval(each), promised[str(platform)][place])
            for platform in self.platforms
            for place, (look, each) in enumerate(zip(looks, regrets[str(platform)].T, strict=True))
        ]
        tables = {
            "regret": table_columns.UNKNOWN_COSTS["regret"].frame(rows),
            "platforms": self._platforms(terms, known),
            "terms": pd.DataFrame(
                {"alpha": known.terms, "profit": known.profits, "participation": known.sharers / self.users}
            ).iloc[::SHOWN],
        }
        checks = [self._settles(market, rng), *self._promises(regrets, promised)]
        return Findings(tables, checks, {"unknown-costs": lambda: self._draw(tables, known)})

    def _market(self) -> _Market:
        k = np.arange(self.users + 1)
        return _Market(k * (1 + self.noise) / (k + self.noise * self.users))

    def _drawn(self, rounds: int, rng: np.random.Generator) -> FloatArray:
        mean = self.burden / self.users
        if self.costs == "even":
            return rng.uniform(0, 2 * mean, (rounds, self.users))
        return rng.exponential(mean, (rounds, self.users))

    def _known(self, market: _Market, rng: np.random.Generator) -> _Known:
        (own,) = rng.spawn(1)
        terms = np.linspace(0, 1, POINTS)
        least = market.least_terms(self._drawn(SAMPLES, own))
        sharers = np.array([row.searchsorted(terms, "right") for row in least])
        return _Known(terms, (1 - terms) * market.worth[sharers].mean(axis=0), sharers.mean(axis=0))

    def _learned(self, market: _Market, platform: PlatformStrategy, rng: np.random.Generator) -> FloatArray:
        """Return the terms of every round of a run."""
        least = market.least_terms(self._drawn(self.rounds, rng))
        state = platform.begin(Outlook(), rng)
        terms = np.zeros(self.rounds)
        for number in range(self.rounds):
            alpha = platform.terms(state)
            profit, sharers = market.profit(alpha, least[number])
            report = Report(alpha, np.array([profit]), np.array([sharers / self.users]))
            state, terms[number] = platform.learn(state, report, rng), alpha
        return terms

    def _promised(self, platform: PlatformStrategy, known: _Known, looks: IntArray) -> list[float]:
        profit: Callable[[float], float] = lambda alpha: float(known.profit(alpha))  # noqa: E731
        bounds = [platform.regret_bound(int(look), float(known.profits[known.best]), profit) for look in looks]
        return [math.nan if bound is None else bound for bound in bounds]

    def _platforms(self, terms: dict[str, FloatArray], known: _Known) -> pd.DataFrame:
        best = known.best
        rows = [
            (
                platform.short(),
                float(each[:, -1].mean()),
                float(known.terms[best]),
                float(known.profit(each).mean()),
                float(known.profits[best]),
                float(np.interp(each, known.terms, known.sharers).mean()) / self.users,
            )
            for platform, each in zip(self.platforms, terms.values(), strict=True)
        ]
        return table_columns.UNKNOWN_COSTS["platforms"].frame(rows)

    def _settles(self, market: _Market, rng: np.random.Generator) -> Verdict:
        """Check the sharers of some rounds against the game that the users play."""
        (own,) = rng.spawn(1)
        utility, worst, played = SharingUtility.by_count(market.worth), 0.0, 20
        for costs in self._drawn(played, own):
            alpha = float(own.uniform(0.05, 1))
            _, sharers = market.profit(alpha, market.least_terms(costs))
            profile = np.zeros(self.users, dtype=np.int64)
            profile[np.argsort(costs)[:sharers]] = 1
            game = SharingGame(utility, alpha, costs)
            worst = max(worst, game.exploitability(profile), float(sharers != game.open_counts().max()))
        return Verdict.statement(
            "users settle",
            derived("definition of equilibrium"),
            "the users' play is an equilibrium of the sharing game, the one with most sharers",
            f"largest gain left {worst:.2g} in {played} rounds",
            worst <= ROUND_OFF,
        )

    def _promises(self, regrets: dict[str, FloatArray], promised: dict[str, list[float]]) -> list[Verdict]:
        checks = []
        for platform in self.platforms:
            most = promised[str(platform)][-1]
            if math.isnan(most):
                continue
            verdict = Verdict.over_seeds(
                f"regret of {platform.short()}",
                derived(platform.source),
                f"regret over {self.rounds} rounds is at most {most:.4g} on average",
                regrets[str(platform)][:, -1],
                lambda mean, most=most: mean <= most,  # type: ignore[misc]
            )
            checks.append(of_runs(verdict, self.seeds))
        return checks

    def _draw(self, tables: dict[str, pd.DataFrame], known: _Known) -> Figure:
        figure, (regret, terms) = figures.new_figure(2, width=5.4, height=4.0, title="What not knowing the users' costs costs")
        for index, (platform, rows) in enumerate(tables["regret"].groupby("platform", sort=False)):
            tint = figures.colour(index)
            regret.fill_between(rows["round"], rows["regret_low"], rows["regret_high"], color=tint, alpha=0.25, linewidth=0)
            regret.plot(rows["round"], rows["regret"], color=tint, label=platform)
            if rows["bound"].notna().any():
                regret.plot(rows["round"], rows["bound"], "--", color=tint, label=f"{platform}: promised")
        least = max(1e-3, float(tables["regret"]["regret"].clip(lower=0).replace(0, np.nan).min()))
        regret.set(xscale="log", yscale="log", xlabel="rounds so far", ylabel="regret so far (worth of all data = 1)")
        regret.set(title=f"{self.seeds} seeds: mean and 95 % interval")
        regret.set_ylim(bottom=least / 2)
        regret.legend(fontsize=8, framealpha=0.85)
        terms.plot(known.terms, known.profits, color=FIELDS["profit"], label="profit")
        terms.plot(known.terms, known.sharers / self.users, ":", color=FIELDS["alpha"], label="share of users that share")
        for index, alpha in enumerate(tables["platforms"]["alpha"].to_numpy(dtype=np.float64)):
            mark = figures.MARKERS[index % len(figures.MARKERS)]
            terms.plot(alpha, float(known.profit(alpha)), mark, color=figures.colour(index))
        terms.set(xlabel="share α that is handed out", ylabel="expected in a round", xlim=(0, 1), ylim=(0, 1.05))
        terms.set(title=f"best fixed terms: α = {known.terms[known.best]:.3f}\n(marks: where the platforms end)")
        terms.legend(fontsize=8, framealpha=0.85)
        return figure
