"""What privacy costs by what an attack on the shared factors shows, in the place of an assumed price."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...components import seeds_of
from ...data.ratings_columns import RatingsReading
from ...data.ratings_files import load_ratings
from ...models.games.privacy import Benefit, CollaborativeLearning, LinearLoss, PrivacyLoss, TabulatedLoss
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...training.recommender import (
    BoundedDP,
    Collaboration,
    PrivacyMethod,
    PrivacyMethodSpec,
    Suppression,
    Training,
    attack_factors,
    frequent,
)
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .equilibria import followed
from .printed_tables import chosen
from .promises import level_name, rating_epsilon, with_epsilons
from .recommender import ENOUGH, Distinct, Levels, half_width

LOSSES = ("assumed", "membership", "reconstruction")


@SCENARIOS.register
class PrivacyAttack(RatingsReading, Scenario):
    """Membership inference and reconstruction from the shared item factors, by privacy level, and the game at that price.

    A partner who knows everything but one rating of party 1 sees the items' factors after training together, and tells whether
    the rating is there, and how many stars it has. By how much it does better than guessing is what privacy loss c(p) is measured
    to be, beside the assumed 1 - p; then the collaborative learning game is played with each of these.

    Parameters
    ----------
    methods
        Privacy methods.
    levels
        Privacy levels that are attacked, from 0 on, below 1; at 1 nothing is told.
    dataset
        Ratings; small ones by default, since thousands of models are trained.
    user, item, rating, scale
        Which columns of a file hold users, items and ratings, and the scale's ends, as in `RatingsReading`.
    fewest
        Users and items with fewer ratings are left out, ≥ 1.
    splits
        Over how many random divisions of the users attacks are averaged, ≥ 2; intervals are over these.
    targets
        How many ratings are attacked under each, ≥ 1, drawn at random.
    trials
        How many models are trained for each case of a target, ≥ 4.
    table, method
        Benefits of the game: ``canonical``, ``table-7``, or the path of a CSV file as in ``privacy-table4``, and which of its
        methods, needed only where there are several.
    weights
        r = C / B of both players.
    """

    source = f"original; the losses that {PRIVACY.at('Section 9')} leaves open"
    paper = PRIVACY
    where = "Definition 2 and Section 9 (how weights and losses are to be determined)"
    declared_tables = table_columns.PRIVACY_ATTACK
    quick_parameters = {"splits": 5, "trials": 20}
    example_parameters = {"levels": (0.0, 0.5), "splits": 2, "trials": 8, "weights": (0.4,)}

    methods: Annotated[tuple[PrivacyMethodSpec, ...], Field(min_length=1), Distinct] = (Suppression(), BoundedDP())
    levels: Levels = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8)
    dataset: str = "synthetic(users=48, items=24, density=0.4, taste=1)"
    fewest: Annotated[int, Field(ge=1, le=1_000_000)] = 5
    splits: Annotated[int, Field(ge=2, le=100)] = 10
    targets: Annotated[int, Field(ge=1, le=10_000)] = 1
    trials: Annotated[int, Field(ge=4, le=100_000)] = 40
    table: str = "canonical"
    method: str | None = None
    weights: Annotated[tuple[Annotated[float, Field(ge=0, le=1000)], ...], Field(min_length=1), Distinct] = (
        0.1,
        0.2,
        0.3,
        0.5,
        0.8,
        1.2,
        1.6,
        2.0,
    )

    def model_post_init(self, context: object, /) -> None:
        """Check that there is something to attack."""
        super().model_post_init(context)
        if self.levels[-1] >= 1:
            raise ValueError(f"levels = {self.levels} must be below 1: there nothing is told")

    def play(self, rng: np.random.Generator) -> Findings:
        """Attack every target at every level, and play the game at what that shows."""
        benefit = chosen(self.table, self.method)[1]  # first of all: training takes minutes
        for_data, for_splits, for_attacks = rng.spawn(3)
        ratings = frequent(load_ratings(self.dataset, for_data, self.ratings_reading()), self.fewest)
        training = Training(passes=40, rate=0.02, regularisation=0.1, bound=1.0)
        divided = [
            Collaboration.divided(ratings, (1, 1), training, np.random.default_rng(seed))
            for seed in seeds_of(for_splits, self.splits)
        ]
        targets = [(parties, place) for parties in divided for place in self._places(parties, for_attacks)]
        leaks = {
            (method, p): self._leaks(targets, method, p, for_attacks)
            for method, p in track([(method, p) for method in self.methods for p in self.levels], "attacks")
        }
        table = pd.DataFrame([self._row(divided[0], method, p, found) for (method, p), found in leaks.items()])
        game = with_epsilons(self._games(table, benefit), {"p_1": "epsilon_1", "p_2": "epsilon_2"})
        checks = self._checks(table, leaks)
        return Findings({self.name(): table, "game": game}, checks, {self.name(): lambda: self._draw(table, game)})

    def _places(self, parties: Collaboration, rng: np.random.Generator) -> list[int]:
        """Draw which of party 1's ratings are attacked."""
        size = len(parties.rated[0])
        if size < self.targets:
            raise ValueError(f"party 1 has {size} ratings, fewer than {self.targets} targets")
        return [int(place) for place in rng.choice(size, self.targets, replace=False)]

    def _leaks(
        self, targets: list[tuple[Collaboration, int]], method: PrivacyMethod, p: float, rng: np.random.Generator
    ) -> FloatArray:
        """Return what the attack shows under each split, membership and reconstruction, shape (splits, 2)."""
        found = [attack_factors(parties, 0, place, (method, p), rng, self.trials) for parties, place in targets]
        shown = np.array([[leak.membership, leak.reconstruction] for leak in found])
        return np.asarray(shown.reshape(self.splits, self.targets, 2).mean(axis=1))

    @staticmethod
    def _row(parties: Collaboration, method: PrivacyMethod, p: float, found: FloatArray) -> dict[str, Any]:
        promise = parties.guarantee(0, (method, p))
        mean, half = found.mean(axis=0), half_width(found)
        return {
            "method": method.short(),
            "p": p,
            "epsilon": promise.epsilon,
            "advantage": promise.advantage,
            "assumed": 1 - p,
            "membership": mean[0],
            "membership_half_width": half[0],
            "reconstruction": mean[1],
            "reconstruction_half_width": half[1],
        }

    def _games(self, table: pd.DataFrame, benefit: Benefit) -> pd.DataFrame:
        """Return where best responses from no protection end, by method, loss and weight."""
        rows = []
        for method, part in table.groupby("method", sort=False):
            for loss in LOSSES:
                priced = _loss(part, loss)
                for weight in self.weights:
                    game = CollaborativeLearning(benefit, weight, privacy_loss=priced)
                    end, settled = followed(game.normal_form())
                    levels = game.levels[list(end)]
                    price = game.price_of_privacy(np.array(end))
                    rows.append((method, loss, weight, levels[0], levels[1], price, settled))
        return pd.DataFrame(rows, columns=["method", "loss", "weight", "p_1", "p_2", "price_of_privacy", "settled"])

    def _checks(self, table: pd.DataFrame, leaks: dict[tuple[PrivacyMethod, float], FloatArray]) -> list[Verdict]:
        above = table[table["membership"] - table["membership_half_width"].fillna(0) > table["advantage"]]
        checks = [
            Verdict.statement(
                "the attack shows no more than is promised",
                derived("advantage at most, of any test"),
                "membership is told by no more than the promised advantage",
                f"{len(table) - len(above)} of {len(table)} methods and levels",
                above.empty,
                "lower ends of the 95 % intervals over splits",
            )
        ]
        for method in self.methods:
            between = [p for p in self.levels if p > 0]
            if not between:
                continue
            p = between[len(between) // 2]
            for index, what in enumerate(LOSSES[1:]):
                verdict = Verdict.over_seeds(
                    f"{method.short()}: c = 1 - p, as {what} shows it",
                    printed("eq. 4"),
                    f"as much is lost at p = {p:g} as is assumed, {1 - p:g}",
                    leaks[method, p][:, index] - (1 - p),
                    lambda difference: difference >= 0,
                    expected=REFUTED,
                    note="what the attack shows less what is assumed, split by split",
                )
                checks.append(verdict.excused(self.splits < ENOUGH, f"{self.splits} splits are few, {ENOUGH} decide it"))
        return checks

    def _draw(self, table: pd.DataFrame, game: pd.DataFrame) -> Figure:
        title = f"What the shared factors tell of one rating, {self.dataset}, 95 % over {self.splits} splits"
        figure, axes = figures.new_figure(len(self.methods) + 1, title=title)
        for axis, (method, rows) in zip(axes, table.groupby("method", sort=False), strict=False):
            axis.plot(rows["p"], rows["assumed"], "--", color="0.5", label="assumed: 1 - p")
            axis.plot(rows["p"], rows["advantage"], ":", color="0.2", label="promised at most")
            for index, what in enumerate(LOSSES[1:]):
                style: dict[str, Any] = {"color": figures.colour(index), "marker": figures.MARKERS[index], "capsize": 3}
                axis.errorbar(rows["p"], rows[what], rows[f"{what}_half_width"], label=f"{what}, shown", **style)
            names = [level_name(p, epsilon) for p, epsilon in zip(rows["p"], rows["epsilon"], strict=True)]
            axis.set_xticks(rows["p"], names, fontsize=8)
            axis.set(xlabel="privacy level p, ε of one rating", ylabel="better than guessing, as a share", ylim=(-0.25, 1.05))
            axis.set_title(str(method), fontsize=10)
        axes[0].legend(fontsize=8, frameon=False)
        last = self.methods[-1].short()
        for index, (loss, rows) in enumerate(game[game["method"] == last].groupby("loss", sort=False)):
            name = str(loss)
            axes[-1].plot(
                rows["weight"],
                rows[["p_1", "p_2"]].mean(axis=1),
                marker=figures.MARKERS[index],
                color="0.5" if name == "assumed" else figures.colour(index - 1),
                label=f"c: {name}",
            )
        ticks = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        axes[-1].set_yticks(ticks, [level_name(p, rating_epsilon(p, self.methods[-1])) for p in ticks])
        axes[-1].set_xlabel("weight ratio r = C / B")
        axes[-1].set_ylabel("mean level in the end, ε of one rating", labelpad=12)
        axes[-1].set_title(f"the game, {last}", fontsize=10)
        axes[-1].legend(fontsize=8, frameon=False)
        return figure


def _loss(part: pd.DataFrame, loss: str) -> PrivacyLoss:
    """Return the privacy loss that was measured, made to fall from 1 at 0 to 0 at 1."""
    if loss == "assumed":
        return LinearLoss()
    shown = np.clip(part[loss].to_numpy(dtype=np.float64), 0, 1)
    falling = np.minimum.accumulate(shown / (shown[0] if shown[0] > 0 else 1.0))
    return TabulatedLoss(levels=(*part["p"].tolist(), 1.0), losses=(1.0, *falling[1:].tolist(), 0.0))
