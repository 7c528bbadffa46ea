"""How to train the recommender: tuned on ratings that are held out, so that there is a model for privacy to spoil."""

import itertools
from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...training.recommender import Cell, Collaboration, Suppression, Training, alone_by_split, measure
from ...training.recommender.collaboration import Block, trained_on
from ...training.recommender.sgd import Positive
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings
from . import table_columns
from .recommender import MIDDLING, SMALL, UNTRAINED, Distinct, RecommenderScenario, half_width, ratio_half_width

PRINTED = {"rate": 0.0075, "regularisation": 0.01, "bound": 0.5, "passes": 20}
"""Section 6."""

COLUMNS = ("rate", "regularisation", "bound", "passes")


@SCENARIOS.register
class PrivacyTuning(RecommenderScenario):
    """Rates, regularisations, bounds and numbers of passes tried on held-out ratings, and the best of them on the tests.

    Every party holds a fifth of the ratings that it trains on back from training; the way to train whose model alone is best on
    those, on average over splits and parties, is chosen. The tests are read only to compare the chosen one with the defaults of
    the other scenarios and with the paper's 20 passes at 0.0075, λ = 0.01 and bound 0.5. Nothing is protected: ε = ∞.

    Parameters
    ----------
    rates, regularisations, bounds, all_passes
        What is tried, each with each.
    dataset, initialisation, splits, passes, rate, regularisation, factors, bound, averages, cached
        As in every scenario of the recommender; passes, rate, regularisation and bound are the defaults it is compared with.
    """

    source = PRIVACY.at("Section 6; tuning original")
    where = "Section 6 (parameters of the training)"
    declared_tables = table_columns.PRIVACY_TUNING
    quick_parameters = {"splits": 2, "all_passes": (20, 40), "regularisations": (0.01, 0.1)}
    example_parameters = {**SMALL, "rates": (0.01,), "regularisations": (0.01, 0.1), "bounds": (1.0,), "all_passes": (20,)}

    rates: Annotated[tuple[Positive, ...], Field(min_length=1), Distinct] = (0.0075, 0.01, 0.02)
    regularisations: Annotated[tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...], Field(min_length=1), Distinct] = (
        0.01,
        0.05,
        0.1,
        0.2,
    )
    bounds: Annotated[tuple[Positive, ...], Field(min_length=1), Distinct] = (0.5, 1.0)
    all_passes: Annotated[tuple[Annotated[int, Field(ge=1, le=10_000)], ...], Field(min_length=1), Distinct] = (20, 40)
    dataset: str = MIDDLING

    def play(self, rng: np.random.Generator) -> Findings:
        """Try every way to train on what is held out, then the chosen one on the tests."""
        for_data, for_splits, for_tuning = rng.spawn(3)
        parties = self.parties(self.ratings(for_data), self.seeds(for_splits))
        inner = [held_out(each, np.random.default_rng(seed)) for each, seed in zip(parties, self.seeds(for_tuning), strict=True)]
        ways = list(itertools.product(self.rates, self.regularisations, self.bounds, self.all_passes))
        rows = []
        for way in track(ways, "ways to train"):
            alone, together = self._learned(inner, self._trained(way))
            rows.append(dict(zip(COLUMNS, way, strict=True)) | _summed(alone, together))
        table = pd.DataFrame(rows)
        table["chosen"] = table.index == table["alone"].idxmax()
        best = tuple(table.loc[table["chosen"], list(COLUMNS)].iloc[0])
        compared = {
            "tuned": (*map(float, best[:3]), int(best[3])),
            "default": (self.rate, self.regularisation, self.bound, self.passes),
            "printed": tuple(PRINTED.values()),
        }
        found = {which: self._learned(parties, self._trained(way)) for which, way in compared.items()}
        tested = pd.DataFrame([self._tested(which, compared[which], *found[which]) for which in compared])
        return Findings(
            {self.name(): table, "tested": tested},
            self.held(self._checks(found, compared)),
            {self.name(): lambda: self._draw(table)},
        )

    def _trained(self, way: tuple[Any, ...]) -> Training:
        return self.training().model_copy(update=dict(zip(COLUMNS, way, strict=True)))

    def _learned(self, parties: list[Collaboration], training: Training) -> tuple[FloatArray, FloatArray]:
        """Return o - θ and o - Φ without privacy, each of shape (splits, n)."""
        trained, store = [each.with_training(training) for each in parties], self.store()
        origin = np.array([each.origin for each in trained])
        cells = [Cell(split, Suppression(), (0.0, 0.0)) for split in range(len(trained))]
        return origin - alone_by_split(trained, store), origin - measure(trained, cells, store)

    @staticmethod
    def _tested(which: str, way: tuple[Any, ...], alone: FloatArray, together: FloatArray) -> dict[str, Any]:
        gain, whole = (together - alone).mean(axis=1), alone.mean(axis=1)
        return (
            {"which": which}
            | dict(zip(COLUMNS, way, strict=True))
            | _summed(alone, together)
            | {
                "improvement": float(gain.mean() / whole.mean()),
                "improvement_half_width": float(ratio_half_width(gain, whole)),
            }
        )

    def _checks(self, found: dict[str, Any], compared: dict[str, tuple[Any, ...]]) -> list[Verdict]:
        alone = {which: learned[0].mean(axis=1) for which, learned in found.items()}
        names = {which: "γ = {}, λ = {}, bound {}, {} passes".format(*way) for which, way in compared.items()}
        return [
            Verdict.over_seeds(
                "the defaults train a model",
                derived("tests that tuning did not read"),
                f"alone it beats averages by more than {UNTRAINED:g} stars, at {names['default']}",
                alone["default"],
                lambda mean: mean > UNTRAINED,
            ),
            Verdict.over_seeds(
                "the printed parameters train as good a model as the defaults",
                printed("Section 6"),
                f"alone, {names['printed']} is at least as good",
                alone["printed"] - alone["default"],
                lambda difference: difference >= 0,
                expected=REFUTED,
                note="o - θ as printed less that at the defaults, in stars, split by split",
            ),
            Verdict.over_seeds(
                "the defaults are near the best that was tried",
                derived("tests that tuning did not read"),
                f"{names['tuned']} is better alone by less than half of what the defaults learn",
                alone["tuned"] - 1.5 * alone["default"],
                lambda difference: difference < 0,
            ),
        ]

    def _draw(self, table: pd.DataFrame) -> Figure:
        title = f"Ways to train, alone and unprotected (ε = ∞), {self.dataset} ratings, 95 %"
        figure, axes = figures.new_figure(len(self.bounds), title=title)
        for axis, (bound, part) in zip(axes, table.groupby("bound"), strict=True):
            for index, ((rate, passes), rows) in enumerate(part.groupby(["rate", "passes"])):
                style: dict[str, Any] = {"marker": figures.MARKERS[index % 7], "color": figures.colour(index), "capsize": 3}
                label = f"γ = {rate:g}, {passes} passes"
                axis.errorbar(rows["regularisation"], rows["alone"], rows["alone_half_width"], label=label, **style)
            axis.axhline(0, color="0.6", linewidth=0.8)
            axis.set(title=f"bound {bound:g}", xlabel="regularisation λ", ylabel="o - θ on held-out ratings (stars)")
        axes[-1].legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def held_out(parties: Collaboration, rng: np.random.Generator) -> Collaboration:
    """Return the same parties with a fifth of what each trains on held out in the place of the tests, which are not read."""
    train, tests = [], []
    for party, block in enumerate(parties.rated, start=1):
        rows = rng.permutation(len(block))
        kept = trained_on(len(block), f"party {party}")
        train.append(block.part(np.sort(rows[:kept])))
        tests.append(block.part(np.sort(rows[kept:])))
    whole = [Block.joined([mine]) for mine in train]
    return Collaboration(parties.training, whole, tests, parties.n_users, parties.n_items, parties.seed, parties.averages)


def _summed(alone: FloatArray, together: FloatArray) -> dict[str, float]:
    """Return means over splits and parties, with half of their intervals over splits."""
    found: dict[str, float] = {}
    for name, learned in (("alone", alone), ("together", together)):
        found |= {name: float(learned.mean()), f"{name}_half_width": float(half_width(learned.mean(axis=1)))}
    return found
