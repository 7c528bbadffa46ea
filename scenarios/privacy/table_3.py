"""How large ratings are once rare users and items are gone."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...data.ratings_columns import RatingsReading
from ...data.ratings_files import load_ratings
from ...papers import PRIVACY
from ...pictures import figures
from ...training.recommender import frequent
from ...training.recommender.preprocessing import FEWEST
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .recommender import Distinct

PRINTED = {"1M": (998_539, 6040, 3260, 0.051), "NF10": (10_033_823, 46_462, 16_395, 0.013)}


@SCENARIOS.register
class PrivacyTable3(RatingsReading, Scenario):
    """Ratings, users, items and density of data sets after preprocessing, beside those of the paper's two.

    Parameters
    ----------
    datasets
        Ratings, as in every scenario of the recommender; a MovieLens 1M or Netflix file of one's own may be among them.
    fewest
        Users and items with fewer ratings are left out, ≥ 1.
    user, item, rating, scale
        Which columns of files hold users, items and ratings, and the scale's ends, as in `RatingsReading`.
    """

    source = PRIVACY.at("Appendix D, Section 6")
    paper = PRIVACY
    where = "Table 3"
    declared_tables = table_columns.PRIVACY_TABLE3
    example_parameters = {"datasets": ("synthetic(users=300)",)}

    datasets: Annotated[tuple[str, ...], Field(min_length=1), Distinct] = ("synthetic",)
    fewest: Annotated[int, Field(ge=1, le=1_000_000)] = FEWEST

    def play(self, rng: np.random.Generator) -> Findings:
        """Read every data set and count what is left of it."""
        rows = [(f"{name}, printed", *values[:3], values[0] / (values[1] * values[2])) for name, values in PRINTED.items()]
        for name, generator in zip(self.datasets, rng.spawn(len(self.datasets)), strict=True):
            kept = frequent(load_ratings(name, generator, self.ratings_reading()), self.fewest)
            users, items = len(np.unique(kept.users)), len(np.unique(kept.items))
            rows.append((name, len(kept), users, items, len(kept) / (users * items)))
        table = self.declared_tables[self.name()].frame(rows)
        return Findings({self.name(): table}, self._checks(table), {self.name(): lambda: self._draw(table)})

    def _checks(self, table: pd.DataFrame) -> list[Verdict]:
        checks = [
            Verdict.number(f"density of {name}", printed("Table 3"), values[3], float(table["density"].iloc[index]), 5e-4)
            for index, (name, values) in enumerate(PRINTED.items())
        ]
        if "synthetic" in self.datasets:
            found = float(table.loc[table["dataset"] == "synthetic", "ratings"].iloc[0])
            checks.append(
                Verdict.number(
                    "made-up ratings are as many as those of 1M",
                    derived("chosen for the moments of MovieLens 1M"),
                    PRINTED["1M"][0],
                    found,
                    0.02 * PRINTED["1M"][0],
                    "within 2 %; MovieLens 1M and Netflix data are read from files of one's own",
                )
            )
        whole = PRINTED["NF10"][0]
        checks.append(
            Verdict.statement(
                "10 million ratings for each player from NF10",
                printed("Section 7.2"),
                "20 % of the users of NF10 give two players 10 million ratings each",
                f"NF10 has {whole:,} ratings in all, a fifth of them {whole // 5:,}",
                whole >= 20_000_000,
                "they must be of the whole Netflix data, of which NF10 is a tenth",
                expected=REFUTED,
            )
        )
        return checks

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, axes = figures.new_figure(2, title="Ratings after preprocessing, unprotected (ε = ∞)")
        for axis, column, label in zip(
            axes, ("ratings", "density"), ("ratings", "share of all pairs that is rated"), strict=True
        ):
            axis.barh(table["dataset"], table[column], color=figures.colour(0))
            axis.set(xlabel=label, xscale="log" if column == "ratings" else "linear")
            axis.invert_yaxis()
        axes[1].tick_params(labelleft=False)
        return figure
