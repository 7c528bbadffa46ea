"""From which weight on privacy a player protects its data, and from which it leaves."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...models.games.privacy import BenefitCurve, PowerLoss, Thresholds, numeric_thresholds, thresholds
from ...models.games.privacy.table import exactly
from ...papers import PRIVACY
from ...pictures import figures
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .printed_tables import against_unprotected, tables
from .promises import method_named, rating_epsilon

PRINTED = {
    "Sup": {"participation": 0.990, "alpha": 1.400, "beta": 1.827},
    "bDP": {"participation": 1.150, "alpha": 0.349, "beta": 2.251},
}
HELD = {"Sup": {"alpha": 0.990, "beta": 0.990}, "bDP": {"alpha": 0.349, "beta": 1.150}}
"""What Definitions 3 and 4 make of the same table, worked out independently."""

PRECISION = 5e-4
READINGS = ("raw", "clamped")


def slice_curves(table: str) -> dict[str, dict[str, BenefitCurve]]:
    """Return player 2's benefit beside an unprotected player 1, by method and reading.

    ``raw`` keeps improvements below 0 and takes the last piece on to level 1; ``clamped`` follows Definitions 3 and 4.
    """
    curves = {}
    for method, (grid, values) in against_unprotected(table).items():
        levels, entries = ([exactly(number) for number in numbers.tolist()] for numbers in (grid, values))
        curves[method] = {
            reading: BenefitCurve(levels, entries, clamped=reading == "clamped", cut=False, ends=reading == "clamped")
            for reading in READINGS
        }
    return curves


@SCENARIOS.register
class PrivacyTable4(Scenario):
    """The weights on privacy at which a player's best response changes while its partner protects nothing.

    ``participation`` is the largest r = C / B at which some level below 1 has a utility that is not negative, ``alpha`` the
    largest at which level 0 is a best response (Lemma 1), ``beta`` the least at which level 1 is one (Lemma 2). The paper's
    numbers need improvements that are negative where training together harms (``raw``); its Definitions 3 and 4 ask for
    ``clamped``.

    Parameters
    ----------
    table
        ``canonical``: a table with all printed thresholds; or the path of a CSV file with columns player, p_own, p_other,
        improvement and, if it holds several tables, method; or player, p_1, p_2, ..., improvement, of any number of players, of
        whom the first two play while all others keep nothing private.
    """

    source = PRIVACY.at("Lemmas 1 and 2, Section 7.1")
    paper = PRIVACY
    where = "Table 4 (Section 7.1)"
    declared_tables = table_columns.PRIVACY_TABLE4

    table: str = "canonical"

    def play(self, rng: np.random.Generator) -> Findings:
        """Find the thresholds of every method in both readings; nothing is random."""
        slices = slice_curves(self.table)
        found = {(method, reading): thresholds(curve) for method, curves in slices.items() for reading, curve in curves.items()}
        rows = []
        for (method, reading), value in found.items():
            levels = {"participation": _last_level(slices[method][reading]), "alpha": 0.0, "beta": 1.0}
            for name, p in levels.items():
                epsilon = rating_epsilon(p, method_named(method))
                rows.append((method, reading, name, float(getattr(value, name)), p, epsilon))
        table = self.declared_tables[self.name()].frame(rows)
        checks = [_ordered(found), *(_printed(found) if self.table == "canonical" else [])]
        return Findings(
            {self.name(): table}, [*checks, *lemma_counterexamples(self.table)], {self.name(): lambda: self._draw(table)}
        )

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, (axis,) = figures.new_figure(width=6.8, title="Beside an unprotected partner: where the best response changes")
        finite = table[np.isfinite(table["value"])]
        rows = list(dict.fromkeys(zip(finite["method"], finite["threshold"], strict=True)))
        for index, reading in enumerate(READINGS):
            mine = finite[finite["reading"] == reading]
            height = [rows.index(pair) + 0.12 * (2 * index - 1) for pair in zip(mine["method"], mine["threshold"], strict=True)]
            axis.plot(mine["value"], height, figures.MARKERS[index], color=figures.colour(index), label=reading, linestyle="none")
        if self.table == "canonical":
            as_printed = [PRINTED[method][name] for method, name in rows]
            axis.plot(as_printed, range(len(rows)), "|", color="0.2", markersize=16, label="printed", linestyle="none")
        axis.set_yticks(range(len(rows)), [f"{method}: {name}" for method, name in rows])
        axis.invert_yaxis()
        axis.set(xlabel="weight ratio r = C / B (units of benefit)", xlim=(0, None))
        axis.grid(axis="x", linewidth=0.4)
        axis.legend(fontsize=8, frameon=False, labelspacing=1.1, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def _last_level(curve: BenefitCurve) -> float:
    """Return the level below 1 that is worth taking at the highest weight; utility is linear between knots."""
    return float(max((knot for knot in curve.knots if knot < 1), key=lambda knot: curve.at(knot) / (1 - knot)))


def _ordered(found: dict[tuple[str, str], Thresholds]) -> Verdict:
    return Verdict.statement(
        "full sharing ends before no collaboration begins",
        printed("Section 4.1"),
        "αn ≤ βn",
        ", ".join(f"{method} {reading}: {float(t.alpha):.4g} ≤ {float(t.beta):.4g}" for (method, reading), t in found.items()),
        all(t.alpha <= t.beta for t in found.values()),
    )


def _printed(found: dict[tuple[str, str], Thresholds]) -> list[Verdict]:
    checks = [
        Verdict.number(f"{method}, raw: {name}", printed("Table 4"), value, float(getattr(found[method, "raw"], name)), PRECISION)
        for method, values in PRINTED.items()
        for name, value in values.items()
    ]
    checks += [
        Verdict.number(
            f"{method}, clamped: {name}",
            derived("worked out apart from the program"),
            value,
            float(getattr(found[method, "clamped"], name)),
            PRECISION,
            "independent value",
        )
        for method, values in HELD.items()
        for name, value in values.items()
    ]
    kept = found["Sup", "clamped"]
    checks.append(
        Verdict.statement(
            "Definitions 3 and 4 leave suppression no middle range",
            printed("Table 4"),
            "Table 4: the best response is strictly between 0 and 1 for r from 1.400 to 1.827",
            f"α = β = {float(kept.alpha):.4f} once benefits are at least 0; at r = 1.6 the raw best utility is negative",
            not (kept.alpha == kept.beta and found["Sup", "raw"].participation < Fraction(8, 5)),
            "printed α and β of suppression, and β of bDP, need benefits below 0",
            expected=REFUTED,
        )
    )
    return checks


def lemma_counterexamples(table: str = "canonical") -> list[Verdict]:
    """Show what Lemmas 1 and 2 leave out: no α above 0 holds for all partners, and no β need be finite."""
    method, benefit = next(reversed(tables(table).items()))
    by_partner = {
        float(other): float(thresholds(benefit.curve(1, other)).alpha)
        for other in (Fraction(0), Fraction(1, 5), Fraction(2, 5), Fraction(3, 5), Fraction(4, 5), Fraction(1))
    }
    flat = numeric_thresholds(lambda p: 0.5 * (1 - p), PowerLoss(2))
    return [
        Verdict.statement(
            "Lemma 1: an α that holds whatever the partner does",
            derived("Lemma 1, which says nothing where α = 0"),
            "there is α > 0 below which level 0 is best, whatever the partner does",
            f"{method}, α by the partner's level: " + ", ".join(f"{other:g}: {alpha:.4f}" for other, alpha in by_partner.items()),
            not (by_partner[1.0] == 0 < by_partner[0.0]),
            "vacuous: only α = 0 does, as benefit is 0 where training together does not help; the exact α depends on the partner",
            expected=REFUTED,
        ),
        Verdict.statement(
            "Lemma 2: a β from which a player leaves",
            printed("Lemma 2"),
            "there is β such that level 1 is best for C / B ≥ β",
            f"c = (1 - p)², b = (1 - p) / 2: β = {flat.beta:g}; the best response is 1 - 1/(4 r) < 1 for every r",
            not (math.isinf(flat.beta)),
            "false where c is level at 1; the proof takes C to infinity point by point",
            expected=REFUTED,
        ),
    ]


def table_name(table: str) -> str:
    """Return what to call a table in titles."""
    return "canonical table" if table == "canonical" else Path(table).name
