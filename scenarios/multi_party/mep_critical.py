"""From which growth rate on a desirable mechanism exists at any size, and how fast boundaries grow below it."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...mechanisms import critical_growth, growth_law, largest_disparity
from ...mechanisms.limits.growth import largest_budget_gap
from ...mechanisms.limits.hiding import Convention
from ...papers import MULTI_PARTY
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns

Players = Annotated[int, Field(ge=2, le=1000)]
Distance = Annotated[float, Field(ge=0.0005, le=0.3)]

KNOWN = {2: (-0.6609110323, 5e-11), 3: (-0.718345, 5e-7), 4: (-0.748115, 5e-7), 5: (-0.767215, 5e-7), 10: (-0.811997, 5e-7)}
"""Critical rates worked out independently, and half a unit of their last digit."""

CONSTANTS = {"A": 0.0976, "B": 0.337}
CONVENTIONS: tuple[Convention, ...] = ("A", "B")


@SCENARIOS.register
class MepCritical(Scenario):
    """The growth rate from which on a desirable mechanism exists for any data sizes, by number of players.

    The paper reads off its figure that the boundary of disparity grows very fast near -0.67 = -2/3, where small hides start to
    pay. Large ones pay up to a higher rate: the boundary's asymptote is where they just stop to, found by tangency. Just below it
    the boundary follows D/ε ≈ (κ / (α* - α))^(1 / (1 + α)).

    Parameters
    ----------
    players
        Numbers of players, each ≥ 2.
    distances
        Distances α* - α at which two-player boundaries are found for the growth law's fit.
    grid
        The largest type up to which revenue may not be negative just above α*.
    limit
        The largest type to look at for the fit; boundaries beyond it are left out.
    """

    source = f"derived for this project from {MULTI_PARTY.at('Algorithm 1')}"
    paper = MULTI_PARTY
    where = "Section 6.2 (the asymptote of Figure 3)"
    declared_tables = table_columns.MEP_CRITICAL
    example_parameters = {"distances": (0.02, 0.01), "grid": 1000}

    players: Annotated[tuple[Players, ...], Field(min_length=1)] = (2, 3, 4, 5, 10)
    distances: Annotated[tuple[Distance, ...], Field(min_length=1)] = (0.02, 0.01, 0.006, 0.004, 0.002, 0.001)
    grid: Annotated[int, Field(ge=10, le=10_000_000)] = 100_000
    limit: Annotated[int, Field(ge=1000, le=100_000_000)] = 1_000_000

    def play(self, rng: np.random.Generator) -> Findings:
        """Solve the tangencies, then fit the law; nothing is random."""
        critical = {n: critical_growth(n) for n in self.players}
        table = pd.DataFrame(
            [
                {"players": n, "critical_alpha": found.growth, "tangency_ratio": found.ratio, "small_hides_alpha": -n / (n + 1)}
                for n, found in critical.items()
            ]
        )
        law, constants = self._law()
        return Findings(
            {"mep-critical": table, "growth-law": law, "law-constants": constants},
            [*self._values(table), *self._above(), *self._constants(constants)],
            {"mep-critical": lambda: self._draw(table, law)},
        )

    def _law(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        parts, constants = [], []
        for convention in track(CONVENTIONS, "boundaries below the critical rate"):
            rates, found = self._boundaries(convention)
            if not len(rates):
                continue
            kappa, fitted = growth_law(rates, found)
            distances = critical_growth().growth - rates
            local = distances * found ** (1 + rates)
            columns = {"alpha": rates, "max_disparity": found.astype(np.int64), "kappa": local, "fitted": fitted}
            parts.append(pd.DataFrame({"convention": convention, **columns}))
            constants.append({"convention": convention, "kappa": kappa, "nearest": local[-1], "distance": distances[-1]})
        if not parts:
            raise ValueError(f"limit = {self.limit}: every boundary lies beyond it; use a larger limit or larger distances")
        return pd.concat(parts, ignore_index=True), pd.DataFrame(constants)

    def _boundaries(self, convention: Convention) -> tuple[FloatArray, FloatArray]:
        """Return rates and boundaries, from far to near, up to the first beyond the limit."""
        found = []
        for distance in sorted(self.distances, reverse=True):
            rate = critical_growth().growth - distance
            largest = largest_disparity(rate, convention, limit=self.limit).largest
            if largest is None:
                break
            found.append((rate, float(largest)))
        rates, boundaries = np.array(found).reshape(-1, 2).T
        return rates, boundaries

    def _values(self, table: pd.DataFrame) -> list[Verdict]:
        checks = [
            Verdict.number(
                f"critical α, {row['players']} players",
                derived("worked out apart from the program"),
                KNOWN[row["players"]][0],
                row["critical_alpha"],
                KNOWN[row["players"]][1],
            )
            for row in table.to_dict("records")
            if row["players"] in KNOWN
        ]
        checks += [
            Verdict.statement(
                f"revenue beside the critical α, {row['players']} players",
                derived("every report on a grid"),
                "some hide breaks it just below, none just above",
                f"{below:.2e} below, {above:.2e} above",
                above < 0 < below,
                "largest excess of what the platform pays out, at α* - 1e-5 and α* + 1e-5",
            )
            for row in table.to_dict("records")
            for below, above in [[largest_budget_gap(row["critical_alpha"] + step, row["players"]) for step in (-1e-5, 1e-5)]]
        ]
        limit = critical_growth().growth
        checks.append(
            Verdict.statement(
                "the boundary's asymptote for two players",
                printed("Section 6.3"),
                "the boundary grows very fast when α is near -0.67",
                limit,
                not (limit > -2 / 3),
                "not -2/3, where small hides stop to pay: hiding 47% of one's data pays up to here",
                expected=REFUTED,
            )
        )
        return checks

    def _above(self) -> list[Verdict]:
        limit = critical_growth().growth
        found = [largest_disparity(limit + 1e-6, convention, limit=self.grid).largest for convention in CONVENTIONS]
        return [
            Verdict.statement(
                f"revenue is never negative above α* up to D/ε = {self.grid}",
                printed("Section 6.3"),
                "a desirable mechanism is more likely to exist in a market that grows faster",
                "none" if found == [None, None] else str(found),
                found == [None, None],
                f"at α* + 1e-6 = {limit + 1e-6:.7f}, in both conventions",
            )
        ]

    def _constants(self, constants: pd.DataFrame) -> list[Verdict]:
        return [
            Verdict.number(
                f"κ of the growth law ({row['convention']})",
                derived("limit worked out apart from the program"),
                CONSTANTS[row["convention"]],
                row["nearest"],
                0.03 * CONSTANTS[row["convention"]],
                f"limit worked out independently; measured at α* - {row['distance']:g}",
            )
            for row in constants.to_dict("records")
            if row["distance"] <= 0.006
        ]

    def _draw(self, table: pd.DataFrame, law: pd.DataFrame) -> Figure:
        figure, (rates, growth) = figures.new_figure(2)
        rates.plot(
            table["players"], table["critical_alpha"], "o", color=figures.colour(0), label="α*, where large hides stop to pay"
        )
        rates.plot(table["players"], table["small_hides_alpha"], "s", color=figures.colour(1), label="-n/(n+1), small hides")
        rates.set(xlabel="players", ylabel="market growth rate α", title="from where on a mechanism always exists")
        figures.whole_numbers(rates, "x")
        rates.legend(fontsize=8, frameon=False)
        limit = critical_growth().growth
        for index, (convention, rows) in enumerate(law.groupby("convention", sort=False)):
            tint = figures.colour(index)
            growth.loglog(
                limit - rows["alpha"], rows["max_disparity"], figures.MARKERS[index], color=tint, label=f"{convention}: found"
            )
            growth.loglog(limit - rows["alpha"], rows["fitted"], "--", color=tint, linewidth=1, label=f"{convention}: law")
        growth.set(xlabel="α* - α", ylabel="largest disparity D/ε", title="two players below α*")
        growth.legend(fontsize=8, frameon=False)
        return figure
