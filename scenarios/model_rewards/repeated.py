"""The same rewards round after round: what noise is worth that is drawn anew each time, and noise that is kept."""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import ROUND_OFF
from ...attacks import Scheme, Settled, settle
from ...components import seed_of
from ...mechanisms import ShapleyRewards
from ...models.tasks.gaussian_regression import GaussianRegression
from ...papers import MODEL_REWARDS
from ...pictures import figures
from ...progress import track
from ...training.information_gain.label_privacy import DELTA, label_epsilon
from ...training.information_gain.releases import NestedNoise, averaged_noise, fresh_releases
from ...training.threads import one_thread
from ...verdicts import REFUTED, UNDECIDED, Verdict, derived, elsewhere, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .friedman_rows import NOTE, PAPER_ROWS, friedman_task
from .repeated_privacy import epsilon_checks, label_range, privacy_checks, privacy_of_rewards

Power = Annotated[float, Field(ge=0, le=1)]
NEAR = 0.01
FOLLOWER = 1
KNOWN_WORTHS = {1: (79.6, 9.0), 2: (83.8, 8.5), 5: (88.5, 6.5), 100: (93.8, 3.0)}


@SCENARIOS.register
class RewardsRepeated(Scenario):
    """A collaboration that hands out its noisy targets every round: fresh noise averages away, nested noise stays.

    Three parties hold rows of the Friedman function and are rewarded by `ShapleyRewards` in every round; data and values stay the
    same. With noise drawn anew, m releases at variance η are one at η / m. With nested noise, where a release at a larger
    variance is one at a smaller variance and more noise, a party never knows more than its best release tells. The noise is on
    targets alone; the ε of its differential privacy is reported beside it.

    Parameters
    ----------
    rho
        The power of the rewards where it stays the same.
    releases
        Numbers of rounds after which to look, increasing.
    changing
        The power in each round of a second collaboration whose terms change.
    rows
        Rows that the parties hold together.
    delta
        δ of the reported (ε, δ)-differential privacy, in (0, 1).
    """

    source = MODEL_REWARDS.at("Section 4.3; repeated rounds: original")
    paper = MODEL_REWARDS
    where = "Section 4.3, Section 5 (Friedman data set)"
    declared_tables = table_columns.REWARDS_REPEATED
    example_parameters = {"rows": 45, "releases": (1, 5), "changing": (1.0, 0.5, 1.0)}

    rho: Annotated[float, Field(gt=0, le=1)] = 1.0
    releases: Annotated[tuple[Annotated[int, Field(ge=1, le=10_000)], ...], Field(min_length=1)] = (1, 2, 5, 10, 20, 50, 100)
    changing: Annotated[tuple[Power, ...], Field(min_length=1)] = (1.0, 0.5, 1.0, 0.2, 0.5, 1.0)
    rows: Annotated[int, Field(ge=6, le=3000)] = PAPER_ROWS
    delta: Annotated[float, Field(gt=0, lt=1)] = DELTA

    def model_post_init(self, context: object, /) -> None:
        """Check that the numbers of rounds increase."""
        if any(one >= other for one, other in zip(self.releases, self.releases[1:], strict=False)):
            raise ValueError(f"releases = {self.releases} must increase")

    @property
    def _as_in_the_paper(self) -> bool:
        return self.rows == PAPER_ROWS and self.rho == 1

    def play(self, rng: np.random.Generator) -> Findings:
        """Release noisy targets round after round, and see what parties make of them."""
        with one_thread():
            return self._play(rng)

    def _play(self, rng: np.random.Generator) -> Findings:
        (for_noise,) = rng.spawn(1)
        task = friedman_task(self.rows, seed_of(rng), NEAR)
        rewarded = settle(Scheme.honest(task), ShapleyRewards(rho=self.rho))
        noisy = np.flatnonzero((rewarded.etas > 0) & np.isfinite(rewarded.etas)).tolist()
        if not noisy:
            raise ValueError(f"rho = {self.rho:g}: no party's reward is made by noise on this data, so that nothing is repeated")
        table = pd.DataFrame(
            row
            for party in track(noisy, "parties")
            for row in self._repeated(task, party, float(rewarded.etas[party]), for_noise)
        )
        terms = pd.DataFrame(self._changing(task, noisy))
        tables = {"rewards-repeated": table, "terms": terms, "privacy": privacy_of_rewards(task, noisy, self.delta)}
        full = float(rewarded.market.game.grand)
        checks = [*self._of_averages(table, full), *self._of_terms(terms), *self._of_draws(task, rewarded, noisy[0], for_noise)]
        checks += privacy_checks(tables["privacy"], self.delta)
        checks += epsilon_checks(tables["privacy"], label_range(task), self.delta)
        return Findings(tables, checks, {"rewards-repeated": lambda: self._draw(table, full)})

    def _repeated(self, task: GaussianRegression, party: int, eta: float, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
        """Yield what a party knows after so many releases; predictions are of targets that were really drawn."""
        model, truth = task.reward_model(party), task.test_rows.targets
        zeros = np.zeros(len(model.basis))
        fresh = fresh_releases(zeros, [eta] * self.releases[-1], rng)
        kept = NestedNoise(rng).release(zeros, eta)
        for releases in self.releases:
            for noise, mean in (("fresh", fresh[:releases].mean(axis=0)), ("nested", kept)):
                left = averaged_noise([eta] * releases, nested=noise == "nested")
                yield {
                    "party": party + 1,
                    "noise": noise,
                    "releases": releases,
                    "eta": eta,
                    "eta_left": left,
                    "worth": float(model.realisation.gain(left)),
                    "mnlp": float(model.predict(left, mean).mnlp(truth)),
                    "epsilon": label_epsilon(left, label_range(task), self.delta),
                }

    def _changing(self, task: GaussianRegression, parties: list[int]) -> Iterator[dict[str, Any]]:
        """Yield what parties know when the power changes from round to round."""
        rounds = [settle(Scheme.honest(task), ShapleyRewards(rho=rho)) for rho in self.changing]
        for party in parties:
            realisation = task.realisation(party)
            for number, rho in enumerate(self.changing, start=1):
                etas = [float(each.etas[party]) for each in rounds[:number]]
                worths = {name: float(realisation.gain(averaged_noise(etas, name == "nested"))) for name in ("fresh", "nested")}
                yield {"party": party + 1, "round": number, "rho": rho, "reward": float(realisation.gain(etas[-1]))} | worths

    def _of_averages(self, table: pd.DataFrame, full: float) -> list[Verdict]:
        fresh, nested = (table[table["noise"] == noise] for noise in ("fresh", "nested"))
        last = fresh[fresh["releases"] == self.releases[-1]]
        moved = float((nested.groupby("party")["worth"].max() - nested.groupby("party")["worth"].min()).max())
        rises = bool((fresh.groupby("party")["worth"].diff().dropna() > 0).all())
        checks = [
            Verdict.statement(
                "fresh noise: what parties know grows with every release",
                printed("Section 4.3"),
                "a party's reward is fixed by its noise variance η (Section 4.3)",
                [round(worth, 2) for worth in last["worth"]],
                not (rises),
                f"nats after {self.releases[-1]} rounds, of {full:.2f} for the joint model",
                expected=REFUTED,
            ),
            Verdict.number(
                "nested noise: by how much what parties know changes",
                derived("nested releases tell nothing new"),
                0,
                moved,
                ROUND_OFF,
                "the cure",
            ),
        ]
        if self._as_in_the_paper and FOLLOWER + 1 in set(fresh["party"]):
            mine = fresh[fresh["party"] == FOLLOWER + 1].set_index("releases")["worth"]
            checks += [
                Verdict.number(
                    f"what party 2 knows after {m} fresh releases",
                    elsewhere("notes on repeated releases"),
                    known,
                    float(mine[m]),
                    tolerance,
                    NOTE,
                )
                for m, (known, tolerance) in KNOWN_WORTHS.items()
                if m in mine.index
            ]
        return checks

    @staticmethod
    def _of_terms(terms: pd.DataFrame) -> list[Verdict]:
        best = terms.groupby("party")["reward"].cummax()
        beyond, changes = float((terms["fresh"] - best).max()), len(terms["round"].unique()) > 1
        return [
            Verdict.number(
                "terms that change, nested noise: knowledge beyond the best reward so far",
                derived("nested releases tell nothing new"),
                0,
                float((terms["nested"] - best).abs().max()),
                1e-6,
            ),
            Verdict.statement(
                "terms that change, fresh noise: knowledge beyond the best reward so far",
                printed("Section 4.3"),
                "a party's reward is fixed by its noise variance η (Section 4.3)",
                beyond,
                not beyond > 0 if changes else None,
                "nats; raising the noise again takes nothing back",
                expected=REFUTED if changes else UNDECIDED,
            ),
        ]

    def _of_draws(self, task: GaussianRegression, rewarded: Settled, party: int, rng: np.random.Generator) -> list[Verdict]:
        """Show by noise that was drawn what averaging and reusing a seed reveal."""
        eta, releases = float(rewarded.etas[party]), self.releases[-1]
        targets = np.concatenate([rows.targets for index, rows in enumerate(task.holdings()) if index != party])
        off = fresh_releases(targets, [eta] * releases, rng).mean(axis=0) - targets
        ratio = float((off**2).mean() / (eta / releases))
        same = rng.normal(size=len(targets))
        low, high = (targets + np.sqrt(variance) * same for variance in (eta, 4 * eta))
        error = float(np.abs(2 * low - high - targets).max())
        allowed = 6 * float(np.sqrt(2 / len(targets)))
        return [
            Verdict.number(
                f"mean square error of {releases} averaged releases, in units of η / {releases}",
                derived("mean of independent draws"),
                1,
                ratio,
                allowed,
                "drawn",
            ),
            Verdict.number(
                "error of targets worked out from two releases with one seed",
                derived("two equations in two unknowns"),
                0,
                error,
                1e-9,
                "z = y + √η e at η and 4η: two equations",
            ),
        ]

    def _draw(self, table: pd.DataFrame, full: float) -> Figure:
        figure, (worth, accuracy) = figures.new_figure(2, width=4.8, title="The same rewards, released again and again")
        for party in dict.fromkeys(table["party"].tolist()):
            rows = table[table["party"] == party]
            _draw_lines(worth, rows, "worth", party - 1, f"party {party}")
            _draw_lines(accuracy, rows, "mnlp", party - 1, f"party {party}")
        worth.axhline(full, color="0.5", linewidth=0.8)
        worth.annotate("joint model", (self.releases[0], full), (0, 3), textcoords="offset points", fontsize=8, color="0.3")
        worth.set(ylabel="what a party knows (nats)")
        accuracy.set(ylabel="MNLP on test rows (nats)", title="one draw of the noise")
        for axis in (worth, accuracy):
            axis.set(xlabel="releases so far", xscale="log")
        worth.legend(fontsize=8, frameon=False)
        return figure


def _draw_lines(axis: Axes, rows: pd.DataFrame, column: str, index: int, label: str) -> None:
    for noise, style in (("fresh", "-"), ("nested", "--")):
        some = rows[rows["noise"] == noise]
        axis.plot(
            some["releases"],
            some[column],
            style,
            color=figures.colour(index),
            marker=figures.MARKERS[index],
            markersize=4,
            label=f"{label}, {noise} noise",
        )
