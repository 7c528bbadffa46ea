"""How much of the gain from training together comes from training longer."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...training.recommender import (
    Cell,
    Collaboration,
    Initialisation,
    InitialisationSpec,
    Normal,
    Suppression,
    Uniform,
    alone_by_split,
    measure,
)
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings
from . import table_columns
from .recommender import SMALL, Distinct, RecommenderScenario, half_width, listed, ratio_half_width


@SCENARIOS.register
class PrivacyControl(RecommenderScenario):
    """Training together beside training alone with as many updates: what the paper's comparison lacks.

    Together, the items' factors are updated by both parties' ratings, at equal sizes twice as often as alone. A party that goes
    through its own ratings twice as often makes as many updates without any data of the other's.

    Parameters
    ----------
    initialisations
        Initialisations that are measured.
    dataset, splits, passes, rate, regularisation, factors, bound, averages, cached
        As in every scenario of the recommender; ``initialisation`` is not given. Of one split nothing is
        decided.

    Raises
    ------
    ValueError
        An ``initialisation`` is given beside the list of them.

    Notes
    -----
    MovieLens 1M and ``synthetic`` ratings, which are as many, take ten times as long as the default and MovieLens 100K.
    """

    source = f"original (a control for {PRIVACY.at('Section 6.1)')}"
    where = "Section 6.1 (a control that it lacks)"
    declared_tables = table_columns.PRIVACY_CONTROL
    quick_parameters = {"splits": 2, "initialisations": ("Normal(0.1)", "Normal(0.001)")}
    example_parameters = {**SMALL, "initialisations": ("Normal(0.1)", "Normal(0.01)")}

    initialisations: Annotated[tuple[InitialisationSpec, ...], Field(min_length=1), Distinct] = (
        Normal(0.1),
        Normal(0.01),
        Normal(0.001),
        Uniform(0, 0.003),
        Uniform(-0.5, 0.5),
        Uniform(0, 0.5),
    )

    def model_post_init(self, context: object, /) -> None:
        """Check that no single initialisation is asked for, which would have no effect."""
        super().model_post_init(context)
        if self.initialisation != Normal():
            raise ValueError(f"initialisation = {self.initialisation}: give the list of initialisations instead")

    def play(self, rng: np.random.Generator) -> Findings:
        """Train alone, alone for twice as long, and together, from every initialisation."""
        for_data, for_splits = rng.spawn(2)
        parties = self.parties(self.ratings(for_data), self.seeds(for_splits))
        rows = [self._rows(parties, initialisation) for initialisation in track(self.initialisations, "initialisations")]
        table = pd.concat(rows, ignore_index=True)
        return Findings({self.name(): table}, self.held(self._checks(table)), {self.name(): lambda: self._draw(table)})

    def _rows(self, parties: list[Collaboration], initialisation: Initialisation) -> pd.DataFrame:
        training, store = self.training(initialisation), self.store()
        plain = [each.with_training(training) for each in parties]
        longer = [each.with_training(training.model_copy(update={"passes": 2 * self.passes})) for each in parties]
        theta, twice = alone_by_split(plain, store), alone_by_split(longer, store)
        phi = measure(plain, [Cell(split, Suppression(), (0.0, 0.0)) for split in range(len(plain))], store)
        gain, passes = theta - phi, theta - twice
        return pd.DataFrame(
            {
                "initialisation": str(initialisation),
                "player": [1, 2],
                "epsilon": np.inf,
                "origin": np.mean([each.origin for each in plain], axis=0),
                "theta": theta.mean(axis=0),
                "theta_twice": twice.mean(axis=0),
                "phi": phi.mean(axis=0),
                "gain": gain.mean(axis=0),
                "gain_of_passes": passes.mean(axis=0),
                "recovered": passes.mean(axis=0) / gain.mean(axis=0),
                "gain_half_width": half_width(gain),
                "gain_of_passes_half_width": half_width(passes),
                "recovered_half_width": ratio_half_width(passes, gain),
            }
        )

    def _checks(self, table: pd.DataFrame) -> list[Verdict]:
        columns = ["gain", "gain_half_width", "recovered", "recovered_half_width"]
        # of a mean over players splits leave open at most the mean of what they leave open of each
        means = table.groupby("initialisation", sort=False)[columns].mean()
        low, high = (means["recovered"] + sign * means["recovered_half_width"] for sign in (-1, 1))
        passes = False if (low > 0.5).any() else True if (high < 0.5).all() else None
        gained = means["gain"] > means["gain_half_width"]
        better = False if (-means["gain"] > means["gain_half_width"]).any() else True if gained.all() else None
        shares = zip(means.index, means["recovered"], means["recovered_half_width"], strict=True)
        return [
            Verdict.statement(
                "the gain is the other's data",
                derived("Section 6.1 with the passes held fixed"),
                "accuracy improves via training together, for every initialisation mostly not by longer training",
                listed([f"{name}: {share:.0%} ± {half:.0%}" for name, share, half in shares]),
                passes,
                "the share of the gain that twice the passes alone recover: above one half, most of the gain is longer training",
                expected=REFUTED,
            ),
            Verdict.statement(
                "together is better than alone, every initialisation",
                printed("Section 6.1"),
                "training together is superior to training alone",
                f"{int(gained.sum())} of {len(means)} initialisations",
                better,
                "beyond what splits leave open; gains at the same number of passes, mean of both players",
            ),
        ]

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, (axis,) = figures.new_figure(
            width=6.4, title=f"Together, or alone for longer, unprotected (ε = ∞)\n{self.dataset}\n95 % over {self.splits} splits"
        )
        means = table.groupby("initialisation", sort=False)[["gain", "gain_of_passes"]].mean()
        places = np.arange(len(means))
        halves = table.groupby("initialisation", sort=False)[["gain_half_width", "gain_of_passes_half_width"]].mean()
        for index, (column, label) in enumerate((("gain", "together"), ("gain_of_passes", "alone, twice the passes"))):
            spread, at = halves[f"{column}_half_width"] * 1000, places + 0.4 * index - 0.2
            axis.barh(at, means[column] * 1000, 0.38, xerr=spread, color=figures.colour(index), label=label)
        axis.set_yticks(places, [str(name) for name in means.index], fontsize=8)
        axis.invert_yaxis()
        axis.axvline(0, color="0.3", linewidth=0.8)
        axis.set(xlabel="error below that alone (stars / 1000, mean of both players)")
        axis.legend(fontsize=9, frameon=False)
        return figure
