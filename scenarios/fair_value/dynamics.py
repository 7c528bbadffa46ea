"""Users who learn what to share under fair payments, and a platform that learns what to pay them."""

import math
from typing import Annotated, Any, Literal, get_args

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.platform_strategies import (
    FixedTerms,
    GradientSearch,
    PlatformStrategy,
    StackelbergLeader,
    Timetable,
    ZoomingSearch,
)
from ...agents.platform_strategies.platform_strategy import Outlook
from ...mechanisms import FairPayments
from ...models import MarketGame, MeanEstimation, PaidOnly, Preferences
from ...models.games.sharing import SharingGame, SharingUtility
from ...models.games.sharing_terms import FairTerms, fair_terms
from ...models.terms import sharing_outlook
from ...papers import FAIR_VALUE
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, REPRODUCED, Verdict, derived, printed
from ..opening import Opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns
from .user_dynamics import DYNAMICS, NEAR, DynamicName, Played, Settles, arguments, play

LearnerName = Literal["zooming", "gradient", "leader"]
LEARNERS: dict[str, PlatformStrategy] = {"zooming": ZoomingSearch(), "gradient": GradientSearch(), "leader": StackelbergLeader()}
IGNORANT = ("zooming", "gradient")
"""Platforms that see nothing but their own profit."""

LAST_BLOCKS, FEWEST, ENOUGH = 3, 3, 0.8
SETTLED = {
    "symmetric": "symmetric equilibrium",
    "pure": "pure equilibria",
    "together": "all sharing at once as often as in the symmetric equilibrium",
    "": "symmetric equilibrium",
}
REMEMBERS = "beliefs average all rounds under all terms, so that a late block hardly moves them and earns what earlier terms set"
LEVEL_OFF = 2 * math.sqrt(3)
LOOP = {"epsilon": 2.0, "cost": 0.2}
SWEEP_STEPS, SWEEP_PERIOD = 80, 4


class _Setting:
    """A market of like users with one cost, and its optimal terms."""

    def __init__(self, users: int, epsilon: float, cost: float) -> None:
        task = MeanEstimation(users=users, levels=(epsilon,))
        self.users, self.cost = users, cost
        self.utility = SharingUtility.of_task(task)
        preferences = Preferences(PaidOnly(), over_alone=False, costs=(0.0, cost))
        self.game = MarketGame(task, FairPayments(0.5), preferences)

    def best(self, selection: Any = "symmetric") -> FairTerms:
        """Return the best terms under an equilibrium selection."""
        return fair_terms(self.utility, self.cost, selection)

    def most(self, settles: str) -> float:
        """Return what the best terms earn from users who settle in a way."""
        return self._most_together() if settles == "together" else self.best(settles).platform

    def _most_together(self) -> float:
        """Return it where all share at once, as often as a user does in the symmetric equilibrium, or nobody does."""
        shares = np.linspace(0.0, 1.0, 1001)
        often = [1 - SharingGame(self.utility, float(alpha), self.cost).symmetric_equilibria().min() for alpha in shares]
        return float(((1 - shares) * np.array(often)).max()) * float(self.utility.worth[-1])


@SCENARIOS.register
class FairValueDynamics(GameScenario):
    """Users learn whether to share under fair payments while the platform keeps its terms, or learns them.

    Like users of mean estimation choose each round between sharing at ε and staying out. Under fixed terms (the optimal α of
    the symmetric equilibrium) every dynamic is played; under learned terms a platform that knows neither costs nor worths adapts
    α every ``period`` rounds. Then two users with ε = 2 < 2√3, where γ falls in p and several equilibria coexist, are led
    through a slow sweep of α up and down.

    Parameters
    ----------
    users, costs
        The markets: numbers of users, 2..200, and the cost of sharing in each, > 0; lists of equal length.
    epsilon
        Privacy level of sharing, > 0; ``inf`` for no privacy.
    dynamics
        Which dynamics are played under fixed terms.
    learned
        Which of them are played under terms that are learned.
    platforms
        Who sets the terms then: ``zooming`` search, ``gradient`` search, Stackelberg ``leader``.
    platform
        Who sets the terms of the game that is stepped through: the best ones stay ``fixed``, with the first of ``dynamics``, or
        one of the above learns them, with the first of ``learned``; it is played beside ``platforms``.
    rounds
        Rounds under fixed terms.
    repeats
        How often play under learned terms is repeated where it hangs on chance; of fewer than three nothing random is decided.
    period, blocks
        Rounds between changes of terms, and how many such blocks are played, where terms are learned. The zooming search tries
        terms in the first 30 blocks; paths then hold the last round of each block.
    """

    source = FAIR_VALUE.at("Section 5; dynamics original")
    paper = FAIR_VALUE
    where = "Section 5, Theorem 3, beyond it: how equilibria are reached"
    declared_tables = table_columns.FAIR_VALUE_DYNAMICS
    example_parameters = {
        "users": (2,),
        "costs": (0.5,),
        "learned": ("replicator-one",),
        "platforms": ("zooming", "leader"),
        "repeats": 1,
    }

    users: Annotated[tuple[Annotated[int, Field(ge=2, le=200)], ...], Field(min_length=1)] = (2, 50)
    costs: Annotated[tuple[Annotated[float, Field(gt=0, lt=math.inf)], ...], Field(min_length=1)] = (0.5, 0.1)
    epsilon: Annotated[float, Field(gt=0)] = math.inf
    dynamics: tuple[DynamicName, ...] = get_args(DynamicName)
    learned: tuple[DynamicName, ...] = ("replicator-one", "best-response", "logit", "fictitious-play")
    platforms: tuple[LearnerName, ...] = ("zooming", "gradient", "leader")
    platform: Literal["fixed", "zooming", "gradient", "leader"] = "fixed"
    repeats: Annotated[int, Field(ge=1, le=100)] = 5
    rounds: Annotated[int, Field(ge=10, le=100_000)] = 200
    period: Annotated[int, Field(ge=1, le=10_000)] = 60
    blocks: Annotated[int, Field(ge=2, le=10_000)] = 33

    def model_post_init(self, context: object, /) -> None:
        """Check that the lists fit together."""
        if len(self.users) != len(self.costs):
            raise ValueError(f"users and costs must have equal length, not {len(self.users)} and {len(self.costs)}")

    def play(self, rng: np.random.Generator) -> Findings:
        """Play every dynamic under fixed and under learned terms, then sweep."""
        settings = [_Setting(n, self.epsilon, cost) for n, cost in zip(self.users, self.costs, strict=True)]
        jobs = [(settings[market], name, platform) for market, name, platform in self._jobs()]
        generators = rng.spawn(len(jobs))
        played: dict[tuple[int, str, str], Played] = {
            (setting.users, name, platform): self._played(setting, name, platform, own)
            for (setting, name, platform), own in zip(track(jobs, "dynamics"), generators, strict=True)
        }
        learned = self._earnings(jobs, generators, played)
        loop = _sweep(rng)
        tables = {"ends": self._ends(settings, played), "learned": learned, "paths": self._paths(played), "hysteresis": loop}
        checks = [*self._fixed_checks(settings, played), *self._learned_checks(settings, played)]
        checks += [*_earning_checks(learned), *_loop_checks(loop)]
        drawings = {
            "fair-value-dynamics": lambda: self._draw_users(settings, played),
            "fair-value-dynamics-terms": lambda: self._draw_terms(settings, played, loop),
        }
        return Findings(tables, checks, drawings)

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how a game that is played begins: the first market, and the first dynamic under the terms of ``platform``.

        Raises
        ------
        ValueError
            No dynamic is played under such terms.
        """
        setting = _Setting(self.users[0], self.epsilon, self.costs[0])
        kind = "dynamics" if self.platform == "fixed" else "learned"
        names: tuple[str, ...] = getattr(self, kind)
        if not names:
            raise ValueError(f"{kind} is empty: name one to step through")
        (own,) = rng.spawn(1)
        rounds, platform, period, outlook = self._terms(setting, self.platform)
        begun = arguments(setting.game, DYNAMICS[names[0]], rounds, own, platform, period)
        several = ("users", "costs", kind)
        others = ("rounds",) if self.platform == "fixed" else ("period", "blocks")
        return Opening(reads=(*several, "epsilon", "platform", *others), first=several, **begun, outlook=outlook)

    def _jobs(self) -> list[tuple[int, str, str]]:
        """Return every market with how users learn and who sets the terms; the one that is stepped through is the first."""
        markets = range(len(self.users))
        learners = [each for each in dict.fromkeys((*self.platforms, self.platform)) if each != "fixed"]
        fixed = [(market, name, "fixed") for market in markets for name in self.dynamics]
        learned = [
            (market, name, platform)
            for market in markets
            for platform in learners
            for name in (self.learned if platform == "zooming" else self.learned[:1])
        ]
        stepped = [job for job in learned if job[0] == 0 and job[2] == self.platform][:1]
        return [*stepped, *fixed, *(job for job in learned if job not in stepped)]

    def _terms(self, setting: _Setting, platform: str) -> tuple[int, PlatformStrategy, int, Outlook | None]:
        """Return how many rounds are played, who sets the terms, how many rounds they hold, and what users make of them."""
        if platform == "fixed":
            return self.rounds, FixedTerms(setting.best().alpha), self.rounds + 1, None
        return self.period * self.blocks - 1, LEARNERS[platform], self.period, sharing_outlook(setting.utility, setting.cost)

    def _played(self, setting: _Setting, name: str, platform: str, rng: np.random.Generator) -> Played:
        rounds, learner, period, outlook = self._terms(setting, platform)
        return play(setting.game, DYNAMICS[name], rounds, rng, learner, period, outlook, 1 if platform == "fixed" else period)

    def _earnings(
        self,
        jobs: list[tuple[_Setting, str, str]],
        generators: list[np.random.Generator],
        played: dict[tuple[int, str, str], Played],
    ) -> pd.DataFrame:
        """Return what platforms that know nothing earn of users in the end, beside the most there is to earn of such users."""
        rows, most = [], {(job[0].users, settles): job[0].most(settles) for job in jobs for settles in get_args(Settles)}
        some = [(job, own) for job, own in zip(jobs, generators, strict=True) if job[2] in IGNORANT]
        for (setting, name, platform), own in track(some, "repeats"):
            settles = DYNAMICS[name].settles
            runs = [played[setting.users, name, platform]]
            if DYNAMICS[name].random:
                runs += [self._played(setting, name, platform, each) for each in own.spawn(self.repeats - 1)]
            for number, run in enumerate(runs, start=1):
                rows.append(
                    {
                        "users": setting.users,
                        "terms": platform,
                        "dynamic": name,
                        "repeat": number,
                        "alpha": run.alpha,
                        "profit": float(run.path["profit"].tail(LAST_BLOCKS).mean()),
                        "settles": settles or "",
                        "profit_optimal": most[setting.users, settles or "symmetric"],
                    }
                )
        columns = ["users", "terms", "dynamic", "repeat", "alpha", "profit", "settles", "profit_optimal"]
        return pd.DataFrame(rows, columns=columns)

    def _ends(self, settings: list[_Setting], played: dict[tuple[int, str, str], Played]) -> pd.DataFrame:
        best = {setting.users: setting.best() for setting in settings}
        rows = []
        for (users, name, platform), run in played.items():
            tail = run.path.tail(max(1, len(run.path) // 10))
            rows.append(
                {
                    "users": users,
                    "terms": platform,
                    "dynamic": name,
                    "end": run.end,
                    "private": run.private.mean(),
                    "private_low": run.private.min(),
                    "private_high": run.private.max(),
                    "private_symmetric": best[users].p,
                    "rounds_to_end": run.rounds_to_end(),
                    "exploitability": run.exploitability,
                    "alpha": run.alpha,
                    "alpha_optimal": best[users].alpha,
                    "rounds_to_optimal": run.rounds_to("alpha", best[users].alpha, 0.03),
                    "profit": tail["profit"].mean(),
                    "profit_optimal": best[users].platform,
                }
            )
        return pd.DataFrame(rows)

    def _paths(self, played: dict[tuple[int, str, str], Played]) -> pd.DataFrame:
        parts = []
        for (users, name, platform), run in played.items():
            parts.append(run.path.assign(users=users, terms=platform, dynamic=name))
        columns = ["users", "terms", "dynamic", *parts[0].columns[:-3]]
        return pd.concat(parts, ignore_index=True)[columns]

    def _fixed_checks(self, settings: list[_Setting], played: dict[tuple[int, str, str], Played]) -> list[Verdict]:
        checks = []
        for setting in settings:
            p, n = setting.best().p, setting.users
            if (n, "replicator-one", "fixed") in played:
                run = played[n, "replicator-one", "fixed"]
                note = f"within {NEAR} from round {run.rounds_to('private', p):g}"
                name = f"one population ends in the symmetric equilibrium, {n} users"
                checks.append(
                    Verdict.number(name, derived("symmetric equilibrium of the game"), p, run.private.mean(), 1e-3, note)
                )
            if (n, "fictitious-play", "fixed") in played:
                run = played[n, "fictitious-play", "fixed"]
                name = f"average fictitious play ends in the symmetric equilibrium, {n} users"
                checks.append(
                    Verdict.number(
                        name,
                        derived("symmetric equilibrium of the game"),
                        p,
                        run.private.mean(),
                        NEAR,
                        f"exploitability {run.exploitability:.2g}",
                    )
                )
            if (n, "best-response", "fixed") in played:
                run = played[n, "best-response", "fixed"]
                pure = run.exploitability <= 1e-9 and set(np.unique(run.private)) <= {0.0, 1.0}
                checks.append(
                    Verdict.statement(
                        f"best response, one at a time, ends in a pure equilibrium, {n} users",
                        derived("equilibria of the game"),
                        "asymmetric and pure",
                        run.end,
                        pure,
                        f"{int((run.private == 0).sum())} of {n} share from round {run.rounds_to_end():g}",
                    )
                )
            if (n, "replicator-two", "fixed") in played and n == 2 and 0 < p < 1:
                run = played[n, "replicator-two", "fixed"]
                checks.append(
                    Verdict.statement(
                        "two populations part, 2 users",
                        derived("equilibria of the game"),
                        "asymmetric and pure: one shares, one does not",
                        f"private with {run.private.round(3).tolist()}",
                        run.end == "asymmetric pure",
                        f"from 0.45 and 0.55, within {NEAR} from round {run.rounds_to_end():g}",
                    )
                )
        return checks

    def _learned_checks(self, settings: list[_Setting], played: dict[tuple[int, str, str], Played]) -> list[Verdict]:
        checks = []
        for setting in settings:
            n, best, pure = setting.users, setting.best(), setting.best("pure")
            if (n, "replicator-one", "leader") in played:
                run = played[n, "replicator-one", "leader"]
                name = f"a leader who foresees the users sets the optimal terms, {n} users"
                checks.append(Verdict.number(name, printed("eq. 19"), best.alpha, run.alpha, 1e-6))
            if (n, "best-response", "zooming") in played and n == 2:
                run = played[n, "best-response", "zooming"]
                note = f"paying one user only; the symmetric optimum is {best.alpha:.4f}"
                checks.append(
                    Verdict.number(
                        "zooming finds other terms for users in a pure equilibrium, 2 users",
                        derived("optimum of eq. 19 among pure equilibria"),
                        pure.alpha,
                        run.alpha,
                        0.02,
                        note,
                    )
                )
        return checks

    def _draw_users(self, settings: list[_Setting], played: dict[tuple[int, str, str], Played]) -> Figure:
        n = settings[0].users
        figure = Figure(figsize=(1.5 * len(self.dynamics) + 0.8, 5.0), layout="constrained", dpi=150)
        figure.suptitle(f"{n} users under fixed terms; band: lowest to highest of users, line: mean", fontsize=12)
        rows = figure.subplots(2, len(self.dynamics), squeeze=False)
        for axis, least, label in (
            (rows[0], None, "probability of being private"),
            (rows[1], 1e-10, "exploitability"),
        ):
            for place, (panel, name) in enumerate(zip(axis, self.dynamics, strict=True)):
                run, tint = played[n, name, "fixed"], figures.colour(0)
                if least is None:
                    panel.fill_between(
                        run.path["round"], run.path["private_low"], run.path["private_high"], color=tint, alpha=0.35
                    )
                    panel.plot(run.path["round"], run.path["private"], color=tint, linewidth=1.2)
                    panel.set_title(f"{name}\n{run.end}", fontsize=8)
                    panel.set(ylim=(-0.02, 1.02), xlim=(0, min(60, self.rounds)), xlabel="round")
                else:
                    panel.plot(run.path["round"] + 1, run.path["exploitability"].clip(lower=least), color=tint, linewidth=0.9)
                    panel.set(yscale="log", xscale="log", ylim=(least / 2, 2), xlabel="round + 1")
                panel.tick_params(labelsize=7)
                panel.set_ylabel(label if place == 0 else "", fontsize=9)
                if place:
                    panel.set_yticklabels([])
        return figure

    def _draw_terms(self, settings: list[_Setting], played: dict[tuple[int, str, str], Played], loop: pd.DataFrame) -> Figure:
        n = settings[0].users
        figure, (terms, path) = figures.new_figure(2, width=6.0, title="Terms that are learned, and users who remember")
        learned = [(name, platform, run) for (size, name, platform), run in played.items() if size == n and platform != "fixed"]
        for index, (name, platform, run) in enumerate(learned):
            label = f"{platform}: {name}"
            terms.step(run.path["round"], run.path["alpha"], color=figures.colour(index), label=label, linewidth=1.3, where="pre")
        best = settings[0].best().alpha
        terms.axhline(best, color="0.4", linewidth=0.8, linestyle="--")
        terms.set(title=f"{n} users; dashed: optimum {best:.3f}", xlabel="round", ylabel="α", ylim=(0, 1.02))
        if learned:
            terms.legend(fontsize=7, frameon=False, loc="lower right")
        for index, (direction, rows) in enumerate(loop.groupby("direction", sort=False)):
            path.step(rows["alpha"], rows["private"], where="mid", color=figures.colour(index), label=f"α going {direction}")
        path.set(title="two users with ε = 2, c = 0.2: hysteresis", xlabel="α", ylabel="users who are private")
        path.legend(fontsize=8, frameon=False)
        return figure


def _earning_checks(learned: pd.DataFrame) -> list[Verdict]:
    """Return of every kind of users whether a platform that knows nothing earns most of what there is to earn of them."""
    checks = []
    for (users, terms, dynamic), rows in learned.groupby(["users", "terms", "dynamic"], sort=False):
        settles, most = str(rows["settles"].iloc[0]), float(rows["profit_optimal"].iloc[0])
        basis = derived(f"optimum of eq. 19, {SETTLED[settles]}")
        name = f"{terms}: what a platform that knows nothing learns to earn of {dynamic}, {users} users"
        claim, shares = f"at least {ENOUGH:.0%} of {most:.4g}", (rows["profit"] / most).to_numpy(dtype=np.float64)
        note = f"shares of it; α ends at {', '.join(f'{alpha:.3f}' for alpha in rows['alpha'])}"
        if DYNAMICS[str(dynamic)].random:
            verdict = Verdict.over_seeds(name, basis, claim, shares, lambda mean: mean >= ENOUGH, note=note)
            if len(shares) < FEWEST:
                verdict = verdict.left_undecided(f"{len(shares)} repeats tell no interval")
        else:
            remembers = "fictitious-play" in str(dynamic)
            note = f"{note}; {REMEMBERS}" if remembers else note
            expected = REFUTED if remembers else REPRODUCED
            holds = bool(shares[0] >= ENOUGH)
            verdict = Verdict.statement(name, basis, claim, f"{shares[0]:.3f} of it", holds, note, expected=expected)
        checks.append(verdict if settles else verdict.left_undecided("what such users settle in is not known"))
    return checks


def _sweep(rng: np.random.Generator) -> pd.DataFrame:
    """Lead two users with ε = 2 through α from 0 to 1 and back: columns direction, alpha, private, profit."""
    setting = _Setting(2, LOOP["epsilon"], LOOP["cost"])
    # between grid points users are never exactly indifferent
    up = [(step + 0.5) / SWEEP_STEPS for step in range(SWEEP_STEPS)]
    shares = [*up, *reversed(up)]
    timetable = Timetable(tuple(shares))
    rounds = SWEEP_PERIOD * len(shares) - 1
    dynamic = DYNAMICS["best-response-together"]
    last = play(setting.game, dynamic, rounds, rng, timetable, SWEEP_PERIOD, every=SWEEP_PERIOD).path
    direction = np.where(np.arange(len(last)) < SWEEP_STEPS, "up", "down")
    return last[["alpha", "private", "profit"]].assign(direction=direction)[["direction", "alpha", "private", "profit"]]


def _loop_checks(loop: pd.DataFrame) -> list[Verdict]:
    setting = _Setting(2, LOOP["epsilon"], LOOP["cost"])
    grid = 0.5 / SWEEP_STEPS + 1e-9
    both = loop["private"] < 0.5
    up, down = (loop.loc[both & (loop["direction"] == direction), "alpha"].min() for direction in ("up", "down"))
    gamma = setting.utility.gamma
    several = SharingGame(setting.utility, 0.8, setting.cost).symmetric_equilibria()
    return [
        Verdict.statement(
            "several equilibria below 2√3",
            printed("eq. 87"),
            "one symmetric equilibrium a share, as γ increases (eq. 87)",
            f"p = {several.round(4).tolist()} at ε = 2, c = 0.2, α = 0.8",
            len(several) != 3,
            f"eq. 87 does not apply for ε < 2√3 = {LEVEL_OFF:.3f}: γ falls from {gamma(0.0):.4f} to {gamma(1.0):.4f}",
            expected=REFUTED,
        ),
        Verdict.number(
            "hysteresis: users begin to share",
            derived("c / γ(1)"),
            setting.cost / float(gamma(1.0)),
            float(up),
            grid,
            "c / γ(1), α going up",
        ),
        Verdict.number(
            "hysteresis: users cease to share",
            derived("c / γ(0)"),
            setting.cost / float(gamma(0.0)),
            float(down),
            grid,
            "c / γ(0), α going down",
        ),
    ]
