"""What maximal exploitation payments promise, proved or refuted for every quality curve at once; and why Algorithm 1 fails."""

from fractions import Fraction
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from ...mechanisms.audits.exploitation_certificates import (
    GridProof,
    exploitation_certificates,
    meets_theorem_3,
    smallest_deficit,
    truth_pays,
    two_are_in_budget,
)
from ...mechanisms.audits.exploitation_check import check_certificate
from ...mechanisms.audits.hiding_certificates import hiding_certificate
from ...mechanisms.limits.hiding import largest_disparity
from ...papers import MULTI_PARTY
from ...progress import track
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns

DEFICIT = Fraction(-4, 5)
Growth = Annotated[float, Field(ge=-1, lt=0)]


@SCENARIOS.register
class MepCertificates(Scenario):
    """Truth, participation and revenue of maximal exploitation payments, proved on grids of types for any quality curve.

    Effects between players and steps of the quality curve enter what is promised linearly, with whole coefficients, whose signs
    prove it for all of them, whoever receives the joint model; or refute it. A growing market, in which no truthful and rational
    payments break even, has a certificate as well: a chain of hides whose inequalities add up to a loss, to sixty digits.

    Parameters
    ----------
    largest
        Most data of each of 2, 3 and 4 players, in units.
    growths
        Growth rates at which Algorithm 1 fails.
    """

    source = "Mechanism Design for Multi-Party Machine Learning, Theorems 1 and 5, Algorithm 1"
    paper = MULTI_PARTY
    where = "Sections 3 and 5"
    declared_tables = table_columns.MEP_CERTIFICATES
    example_parameters = {"largest": (2, 1, 1), "growths": (-0.9,)}

    largest: tuple[Annotated[int, Field(ge=1, le=6)], Annotated[int, Field(ge=1, le=4)], Annotated[int, Field(ge=1, le=3)]] = (
        4,
        3,
        2,
    )
    growths: Annotated[tuple[Growth, ...], Field(min_length=1)] = (-0.9, -0.8, -0.7, -0.668)

    def play(self, rng: np.random.Generator) -> Findings:
        """Prove everything; nothing is random."""
        grids = list(zip((2, 3, 4), self.largest, strict=True))
        plain = [(n, most, truth_pays(n, most)) for n, most in track(grids, "players")]
        combined = [(n, most, truth_pays(n, most, combine=True)) for n, most in grids[:2]]
        concave = [(n, most, truth_pays(n, most, combine=True, concave=True)) for n, most in grids[:2]]
        budget = [(2, self.largest[0], two_are_in_budget(self.largest[0]))]
        conditions = [(n, most, meets_theorem_3(n, most, most - 1)) for n, most in grids]
        few = [(n, most, meets_theorem_3(n, most, 0)) for n, most in grids if most > 1]
        proofs = pd.DataFrame([_row(*proof) for proof in (*plain, *combined, *concave, *conditions, *few, *budget)])
        hides = pd.DataFrame([_hide(growth) for growth in self.growths])
        checks = [
            _verdict("maximal exploitation: truthful and individually rational", "Theorem 1", plain),
            _verdict("the same, hidden data combined with the joint model", "Section 2 and Theorem 1", combined, refuted=True),
            _verdict("the same, for concave quality", "Section 2 and Theorem 1", concave),
            _verdict("conditions of Theorem 3 where others have one unit less than the largest type", "Theorem 3", conditions),
            _verdict("conditions of Theorem 3 whatever the others have", "Theorem 3", few, refuted=True),
            _verdict("two players: revenue is never negative", "Theorem 1, weak budget balance", budget),
            _deficit(),
            self._read(),
            Verdict.statement(
                "Algorithm 1 fails where no payments exist",
                printed("Theorem 5, Figure 3"),
                "a chain of hides shows it at every growth rate here",
                f"{hides['said'].str.startswith('growth').sum()} of {len(hides)} chains add up to a loss",
                bool(hides["said"].str.startswith("growth").all()),
                "at some growth rate payments exist as far as was looked",
            ),
        ]
        return Findings({"proofs": proofs, "hides": hides}, checks)

    def _read(self) -> Verdict:
        """Have every certificate read by the checker, and altered."""
        documents = dict(exploitation_certificates(self.largest))
        read = [check_certificate(document) for document in documents.values()]
        return Verdict.statement(
            "an independent checker reads the certificates, and refuses each with its bound altered",
            derived("the checker enumerates for itself"),
            "all read, none altered",
            f"{len(read)} read, {sum(map(_refused, documents.values()))} refused when altered",
            all(map(_refused, documents.values())),
            "an altered bound is read as if it were proved",
        )


def _refused(document: dict[str, object]) -> bool:
    """Return whether the checker refuses a certificate that claims a little more than it proves."""
    bound = "worst" if "worst" in document else "least"
    claimed = Fraction(str(document[bound])) + 1
    try:
        check_certificate(document | {bound: int(claimed) if bound == "worst" else str(claimed)})
    except ValueError:
        return True
    return False


def _row(players: int, largest: int, proof: GridProof) -> dict[str, object]:
    return {
        "promise": proof.promise,
        "players": players,
        "largest": largest,
        "cases": proof.cases,
        "worst": proof.worst,
        "counterexample": proof.counterexample,
    }


def _verdict(name: str, where: str, proofs: list[tuple[int, int, GridProof]], refuted: bool = False) -> Verdict:
    cases = sum(proof.cases for _, _, proof in proofs)
    broken = [proof.counterexample for _, _, proof in proofs if not proof.proved]
    found = f"broken: {broken[0]}" if broken else f"proved in {cases} cases, for every increasing curve and every effect"
    return Verdict.statement(
        name,
        printed(where) if "concave" not in name else derived("concave curves, by hand"),
        "on grids of types, whoever receives the joint model",
        found,
        not broken,
        broken[0] if broken else "",
        **({"expected": REFUTED} if refuted else {}),
    )


def _deficit() -> Verdict:
    deficit, effects, amounts = smallest_deficit()
    shown = [[str(effect) for effect in row] for row in effects]
    return Verdict.statement(
        "three players: revenue is never negative",
        printed("Theorem 1, weak budget balance"),
        "not claimed by the paper, easily believed: weakly budget-balanced",
        f"revenue {deficit} times the quality of one unit",
        deficit != DEFICIT,
        f"fewest effects and least data: data {amounts}, effects {shown}",
        expected=REFUTED,
    )


def _hide(growth: float) -> dict[str, object]:
    found = largest_disparity(growth)
    if found.largest is None or not found.chain:
        return {"growth": growth, "data": 0, "chain": "", "said": "payments exist as far as was looked"}
    rate = Fraction(str(growth))
    document = hiding_certificate(rate, list(found.chain), min(found.profile))
    chain = ",".join(map(str, document["chain"]))
    return {"growth": growth, "data": max(found.profile), "chain": chain, "said": check_certificate(document)}
