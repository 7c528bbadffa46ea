"""Maximal exploitation payments between two players, one of them of growing size (Figure 2 of the multi-party paper)."""

import math
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...mechanisms.rules.maximal_exploitation import linear_exploitation
from ...papers import MULTI_PARTY
from ...pictures import figures
from ...verdicts import REFUTED, REPRODUCED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .mep_fig1 import draw_effects, sigmoid

Size = Annotated[float, Field(ge=0, le=1000)]

MEASURES = ("welfare", "revenue", "utility_1", "utility_2")

HARDLY = 0.1
"""What share of its first value a quantity may move by and still hardly change."""


@SCENARIOS.register
class MepFig2(Scenario):
    """Welfare, revenue and payoffs of two players under maximal exploitation payments, by the second player's data size.

    Linear externalities drawn evenly from [-1, 1], the same markets for all sizes; Q(t) = (1 - e^-t) / (1 + e^-t). With two
    players all rules for the absent agree.

    Parameters
    ----------
    t1
        The first player's valid data size.
    t2
        The second player's.
    samples
        How many markets to draw.
    diagonal
        As in ``mep-fig1``. With own effects ``as-given`` the second player's payoff does not grow, against the paper's text: it
        is ``absolute`` that the figure needs.
    """

    source = MULTI_PARTY.at("Section 6.1")
    paper = MULTI_PARTY
    where = "Figure 2"
    declared_tables = table_columns.MEP_FIG2
    full_parameters = {"samples": 100_000}
    example_parameters = {"t2": (0, 1), "samples": 400}

    t1: Size = 1.0
    t2: Annotated[tuple[Size, ...], Field(min_length=1)] = tuple(round(0.125 * step, 3) for step in range(17))
    samples: Annotated[int, Field(ge=2, le=1_000_000)] = 20_000
    diagonal: Literal["absolute", "as-given"] = "absolute"

    def play(self, rng: np.random.Generator) -> Findings:
        """Draw the markets once and settle them at every size."""
        effects = draw_effects(self.samples, 2, self.diagonal, rng)
        table = pd.DataFrame([self._settle(effects, size) for size in self.t2])
        columns = ["t2", *MEASURES, *(f"{name}_se" for name in MEASURES)]
        return Findings({"mep-fig2": table[columns]}, self._checks(table), {"mep-fig2": lambda: self._draw(table)})

    def _settle(self, effects: FloatArray, size: float) -> dict[str, float]:
        own = np.broadcast_to(sigmoid(np.array([self.t1, size])), (self.samples, 2))
        pool = np.full(self.samples, sigmoid(np.array(self.t1 + size)))
        worths, payments = linear_exploitation(effects, own, pool, own[:, ::-1])
        utilities = worths - payments
        measured = dict(zip(MEASURES, (worths.sum(axis=1), payments.sum(axis=1), *utilities.T), strict=True))
        means = {name: float(values.mean()) for name, values in measured.items()}
        errors = {f"{name}_se": float(values.std(ddof=1) / np.sqrt(self.samples)) for name, values in measured.items()}
        return {"t2": size} | means | errors

    def _checks(self, table: pd.DataFrame) -> list[Verdict]:
        checks = []
        for row in (table.iloc[0], table.iloc[-1]):
            for name, exact in expected(self.t1, float(row["t2"]), self.diagonal).items():
                note = "not printed; exact mean"
                checks.append(
                    Verdict.number(
                        f"{name}, t2 = {row['t2']:g}",
                        derived("exact mean"),
                        round(exact, 6),
                        row[name],
                        4 * row[f"{name}_se"] + 1e-6,
                        note,
                    )
                )
        if len(table) > 1 and self.diagonal == "absolute":
            truth = pd.DataFrame([expected(self.t1, float(size)) for size in table["t2"]])
            gains, moved = _changes(table)
            true_gains, truly_moved = _changes(truth)
            checks.append(
                Verdict.statement(
                    "what grows with the second player's size",
                    printed("Section 6.2"),
                    "welfare and uti_2 increase",
                    ", ".join(f"{gain:+.3f}" for gain in gains),
                    min(gains) > 0,
                    expected=REPRODUCED if min(true_gains) > 0 else REFUTED,  # not beside a first player with far more data
                )
            )
            checks.append(
                Verdict.statement(
                    "what hardly changes",
                    printed("Section 6.2"),
                    "revenue and uti_1 are almost not affected",
                    f"revenue moves by {moved[0]:.0%} of its first value, uti_1 by {moved[1]:.0%}",
                    max(moved) < HARDLY,
                    expected=REPRODUCED if max(truly_moved) < HARDLY else REFUTED,
                )
            )
        return checks

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, (axis,) = figures.new_figure(title=f"Two players, t1 = {self.t1:g}: mean of {self.samples} markets")
        for index, name in enumerate(MEASURES):
            label = name.replace("_", " of player ")
            axis.plot(
                table["t2"], table[name], color=figures.colour(index), marker=figures.MARKERS[index], markersize=4, label=label
            )
        axis.set(xlabel="valid data size of player 2", ylabel="mean over markets")
        axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
        axis.legend(fontsize=8, frameon=False)
        return figure


def _changes(table: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Return by how much welfare and the second utility grow, and revenue and the first one move as shares of their start."""
    gains = [float(table[name].iloc[-1] - table[name].iloc[0]) for name in ("welfare", "utility_2")]
    spans = [(float(np.ptp(table[name])), abs(float(table[name].iloc[0]))) for name in ("revenue", "utility_1")]
    return gains, [span / start if start else math.inf if span else 0.0 for span, start in spans]


def expected(t1: float, t2: float, diagonal: str = "absolute") -> dict[str, float]:
    """Return the exact means of the figure's measures over effects drawn evenly from [-1, 1].

    A column sum |α_jj| + α_ij is positive by 7/12 on average and negative by 1/12; with α_jj as given, by 1/3 either way.
    u_i = α_ii Q(t_i) + α_ij Q(t_j). Derived for this project.

    Examples
    --------
    >>> {name: round(mean, 3) for name, mean in expected(1, 2).items()}
    {'welfare': 0.954, 'revenue': 0.342, 'utility_1': 0.231, 'utility_2': 0.381}
    """
    rise, fall, own = (7 / 12, 1 / 12, 1 / 2) if diagonal == "absolute" else (1 / 3, 1 / 3, 0.0)
    one, other, pool = sigmoid(np.array([t1, t2, t1 + t2])).tolist()
    welfare = 2 * rise * pool - fall * (one + other)
    utilities = own * one, own * other
    return dict(zip(MEASURES, (welfare, welfare - sum(utilities), *utilities), strict=True))
