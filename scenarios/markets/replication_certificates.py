"""Upper bounds on what copies gain, proved, and the smallest games on which they pay."""

from fractions import Fraction
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...mechanisms import CoalitionalGame, ReplicationRobustDivision
from ...mechanisms.audits.certificate_check import check_certificate
from ...mechanisms.audits.copying_certificates import CopyingCertificate, certify_copying
from ...mechanisms.audits.copying_problem import CopyingProblem, Division
from ...mechanisms.audits.refuting import copies_do_not_pay
from ...papers import MARKETS
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, REPRODUCED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .small_gap import small_gap_law

DIVISIONS: tuple[Division, ...] = ("normalised", "excess", "printed")
PRINTED_BOXES = 200
REFUTING_PARTIES = 7
REFUTING_GAIN = Fraction(1, 72)
CLOSED_FORM_COPIES = 5
GAPS = (Fraction(1, 10), Fraction(1, 100), Fraction(1, 1000))
SMALL_GAP_BOXES, SMALL_GAP_SLACK = 60, 10


@SCENARIOS.register
class ReplicationCertificates(Scenario):
    """What copies gain at most, over all games of so many parties in which more data never hurts: proved by branch and bound.

    At fixed improvements the gain is linear in what coalitions are worth, and a worst game treats the others alike, so that small
    linear programmes over boxes of two numbers bound it for good; multipliers are rounded and bounds worked out in fractions.
    Every certificate is read by an independent checker. The joint model is worth 1.

    Parameters
    ----------
    parties, copies
        Most parties, and most copies.
    least
        What everybody improves at least, where an attacker who improves no less than the others do on average is looked at:
        where all improve nothing, copies gain nothing.
    boxes
        How many boxes a proof may take; where it does not close, the table gives the interval reached.
    """

    source = MARKETS.at("Sections 3.1 and 4; certificates derived for this project")
    paper = MARKETS
    where = "Section 3.1 (robustness to replication)"
    declared_tables = table_columns.REPLICATION_CERTIFICATES
    quick_parameters = {"parties": 3, "copies": 2}
    example_parameters = {"parties": 2, "copies": 1, "boxes": 300, "least": 0.05}

    parties: Annotated[int, Field(ge=2, le=8)] = 5
    copies: Annotated[int, Field(ge=1, le=16)] = 5
    least: Annotated[float, Field(gt=0, lt=1)] = 0.05
    boxes: Annotated[int, Field(ge=10, le=1_000_000)] = 2000

    def play(self, rng: np.random.Generator) -> Findings:
        """Prove what can be proved; nothing is random."""
        cases = [(n, k) for n in range(2, self.parties + 1) for k in range(1, self.copies + 1)]
        least = Fraction(self.least).limit_denominator(10_000)
        rows, checks, above = [], [self._closed_form()], []
        for n, k in track(cases, "parties and copies"):
            for division in DIVISIONS:
                boxes = min(self.boxes, PRINTED_BOXES) if division == "printed" else self.boxes
                rows += [_row(certify_copying(CopyingProblem(division, n, k), budget=boxes))]
            problem = CopyingProblem("normalised", n, k, least=least, above_others=True)
            above.append(certify_copying(problem, Fraction(0), Fraction(0), self.boxes))
        table = pd.DataFrame(rows + [_row(certificate) for certificate in above])
        checks += [self._robust(table, division) for division in DIVISIONS]
        gaps = pd.DataFrame([_small_gap(n, gap) for n in range(2, self.parties + 1) for gap in GAPS])
        checks += [self._above(above), _refuted(), _small_gaps(gaps)]
        tables = {"replication-certificates": table, "small-gaps": gaps}
        return Findings(tables, checks, {"replication-certificates": lambda: _draw(table)})

    @staticmethod
    def _closed_form() -> Verdict:
        """Compare the market's Shapley values with the closed form of two parties, coefficient by coefficient."""
        alike = []
        for k in range(1, CLOSED_FORM_COPIES + 1):
            identities = Fraction(k + 1)
            first = CopyingProblem("normalised", 2, k).attacked  # in u_0, u_1 = g_2, w_0 = g_1, w_1 = g
            spread = identities * (identities + 3) / 2
            other = (0, (1 - identities), -spread, identities + spread)
            whole = (0, -1, -identities, identities + 2)  # g + pot = g + K (g - g_1) + g - g_2
            alike.append(
                all(
                    one + part / (identities + 1) == total
                    for one, part, total in zip(first[1:], other[1:], whole[1:], strict=True)
                )
            )
        return Verdict.statement(
            "closed form of two parties",
            derived("Section 4 of the market paper, by hand"),
            f"net of up to {CLOSED_FORM_COPIES} copies as the closed form says, on every game",
            f"equal in every coefficient for {sum(alike)} of {len(alike)} numbers of copies, in fractions",
            all(alike),
        )

    @staticmethod
    def _robust(table: pd.DataFrame, division: str) -> Verdict:
        mine = table[(table["division"] == division) & ~table["above_others"]]
        robust = mine[mine["proved"] <= 0]
        broken = mine[mine["found"] > 0]
        holds_up_to = 3 if division == "excess" else 1
        expected = REPRODUCED if mine["parties"].max() <= holds_up_to else REFUTED
        if broken.empty:
            return Verdict.statement(
                f"{division} division: copies never pay",
                printed("Section 4") if division != "excess" else derived("marginal contributions of copies"),
                "robust to replication",
                f"proved for {len(robust)} of {len(mine)} numbers of parties and copies",
                True if len(robust) == len(mine) else None,
                "the other bounds stay above 0",
                expected=expected,
            )
        first = broken.iloc[0]
        return Verdict.statement(
            f"{division} division: copies never pay",
            printed("Section 4") if division != "excess" else derived("marginal contributions of copies"),
            "robust to replication",
            f"{first['copies']} of one of {first['parties']} gain {first['found']:.6g}; at most {mine['proved'].max():.6g} here",
            False,
            f"v = ({first['game']}); proved robust for {len(robust)} of {len(mine)} numbers of parties and copies",
            expected=expected,
        )

    def _above(self, certificates: list[CopyingCertificate]) -> Verdict:
        proved = [each for each in certificates if each.proved <= 0]
        refuted = [each for each in certificates if each.found > 0]
        return Verdict.statement(
            f"normalised division: copies never pay who improves no less than the others' mean, up to {self.parties} parties",
            derived("conjecture of the notes on the market paper"),
            "copies never pay there",
            f"proved for {len(proved)} of {len(certificates)} numbers of parties and copies, where all improve ≥ {self.least:g}",
            False if refuted else True if len(proved) == len(certificates) else None,
            str(refuted[0].game) if refuted else "" if len(proved) == len(certificates) else "the other proofs ran out of boxes",
            expected=REFUTED if self.parties >= REFUTING_PARTIES else REPRODUCED,
        )


def _refuted() -> Verdict:
    """Refute the conjecture for seven parties, by the rule itself on the game that its programme finds."""
    certificate = certify_copying(CopyingProblem("normalised", REFUTING_PARTIES, 1, above_others=True), budget=200)
    gain = -copies_do_not_pay(ReplicationRobustDivision(), CoalitionalGame(certificate.game or [0, 0]), 1)
    return Verdict.statement(
        "normalised division: copies never pay who improves no less than the others' mean, seven parties",
        derived("conjecture of the notes on the market paper"),
        "copies never pay there",
        f"a copy gains {gain:.6g}",
        not (certificate.found >= REFUTING_GAIN and abs(gain - float(certificate.found)) < 1e-9),
        "alone everybody is worth 0; party 1 with any other is worth 1, the others are from four on: a copy gains 1/72",
        expected=REFUTED,
    )


def _small_gap(parties: int, gap: Fraction) -> dict[str, object]:
    """Look for a game on which a copy pays among those in which nobody improves more than a gap, from nothing but that."""
    certificate = certify_copying(CopyingProblem("normalised", parties, 1, most=gap), budget=SMALL_GAP_BOXES)
    game = certificate.game or (0.0,) * (1 << parties)
    own, others = 1 - game[1], float(np.mean([1 - game[1 << party] for party in range(1, parties)]))
    law = small_gap_law(parties, own, others, 1) - small_gap_law(parties, own, others, 0)
    gain = -copies_do_not_pay(ReplicationRobustDivision(), CoalitionalGame(game), 1)
    return {
        "parties": parties,
        "gap": float(gap),
        "improvement": own,
        "others_mean": others,
        "gain": gain,
        "law": law,
        "game": ",".join(f"{worth:.6g}" for worth in game),
    }


def _small_gaps(table: pd.DataFrame) -> Verdict:
    """Hold the games that were found against the small-gap law, which the search does not know."""
    pays = (table["gain"] > 0) & (table["improvement"] < table["others_mean"])
    near = (table["gain"] - table["law"]).abs() <= table["gap"] * table["law"].abs() * SMALL_GAP_SLACK
    worst = table.sort_values("gap", kind="stable").iloc[0]
    return Verdict.statement(
        "normalised division: copies never pay where all models are nearly as good as the joint one",
        printed("Section 3.1 and 4"),
        "robust to replication",
        f"a copy gains on all {len(table)} games found, the attacker improving less than the others; by the small-gap law on "
        f"{int(near.sum())}",
        not bool((pays & near).all()),
        f"gap {worst['gap']:g}, {worst['parties']} parties: v = ({worst['game']}), a copy gains {worst['gain']:.6g}",
        expected=REFUTED,
    )


def _row(certificate: CopyingCertificate) -> dict[str, object]:
    problem = certificate.problem
    check_certificate(certificate.document())
    return {
        "division": problem.division,
        "parties": problem.parties,
        "copies": problem.copies,
        "games": problem.games,
        "least_improvement": float(problem.least),
        "above_others": problem.above_others,
        "found": float(certificate.found),
        "proved": float(certificate.proved),
        "boxes": certificate.leaves,
        "game": ",".join(f"{worth:.6g}" for worth in certificate.game or ()),
    }


def _draw(table: pd.DataFrame) -> Figure:
    figure, axes = figures.new_figure(2, width=4.4, title="What copies gain at most: found (marks) to proved (bars)")
    for axis, division in zip(axes, ("normalised", "excess"), strict=True):
        mine = table[(table["division"] == division) & ~table["above_others"]]
        for index, (parties, group) in enumerate(mine.groupby("parties")):
            found, proved = group["found"].to_numpy(), group["proved"].to_numpy()
            shift = group["copies"].to_numpy() + 0.08 * (index - 1.5)
            axis.errorbar(
                shift,
                found,
                [np.zeros(len(found)), proved - found],
                fmt=figures.MARKERS[index % len(figures.MARKERS)],
                color=figures.colour(index),
                capsize=3,
                label=f"{parties} parties",
            )
        axis.set_title(f"{division} division", fontsize=10)
        axis.set_xlabel("copies")
        axis.set_ylabel("largest gain (joint model: 1)")
        figures.whole_numbers(axis, "x")
        figures.plain(axis)
    axes[0].legend(fontsize=8, frameon=False)
    return figure
