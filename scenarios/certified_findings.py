"""What can be proved about one market rule over whole classes of games or grids of types, with certificates."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias, get_args

import numpy as np

from ..arrays import ROUND_OFF
from ..mechanisms import DesirableMechanism, MaximalExploitation, Mechanism
from ..mechanisms.audits.copying_certificates import certify_copying
from ..mechanisms.audits.copying_problem import CopyingProblem, Division
from ..mechanisms.audits.exploitation_certificates import exploitation_certificates
from ..mechanisms.audits.hiding_certificates import hiding_certificate
from ..mechanisms.audits.linear_certificates import certify_linear, linear_rule
from ..mechanisms.audits.refuting import Search
from ..mechanisms.coalitions.game_classes import GameClass
from ..mechanisms.limits.hiding import largest_disparity
from ..progress import track
from .markets.copying import gains_from_copies, market_with_copies
from .multi_party.mep_audit import SETTINGS, setting_of
from .robustness_findings import CERTIFIED, COPIES_DEMAND, Finding

MOST_CERTIFIED, MOST_LINEAR, BOXES, PROBES, AGREES = 5, 4, 300, 4, 1e-9
GROWTHS = (Fraction(-9, 10), Fraction(-4, 5), Fraction(-7, 10))

Certified: TypeAlias = tuple[Finding, str, dict[str, Any]]
"""A finding, and the certificate that shows it with its name."""


def bounds_of(rule: Mechanism, search: Search) -> Iterator[Certified]:
    """Yield what is proved of a rule over whole classes, with the certificates; nothing of rules about which nothing is known.

    By probing: of rules linear in coalitions' worths, of divisions whose gain from copies has a known programme, of exploitation
    payments, and of Algorithm 1.
    """
    if not search.replays:
        yield from _linear(rule, search)
        yield from _copying(rule, search)
        yield from _exploitation(rule)


def _linear(rule: Mechanism, search: Search) -> Iterator[Certified]:
    """Yield what a linear rule promises on all monotone games of 2, 3, ... parties with worths from 0 to 1."""
    for n in range(2, min(search.parties, MOST_LINEAR) + 1):
        if (known := linear_rule(rule, n, search.copies, seed=search.seed)) is None:
            return
        for demand in known.demands:
            certificate = certify_linear(known, demand)
            most, reached = float(certificate.proved), float(certificate.found)
            worths = tuple(map(float, certificate.worths))
            words = ",".join(f"{worth:.6g}" for worth in worths)
            where = f"monotone games, {n} parties" + (f", {search.copies} copies" if demand == COPIES_DEMAND else "")
            shown = f"; attained on v = ({words})" if certificate.found > 0 else ", in fractions"
            evidence = f"proved: exceeded by at most {most:.6g}{shown}"
            holds = False if certificate.found > 0 else certificate.proved == 0 or None
            finding = Finding(
                CERTIFIED, demand, where, holds, 0.0 - reached, evidence, proved=bool(holds), game=() if holds else worths
            )
            yield finding, f"linear-{demand.replace(' ', '-')}-{n}-parties", certificate.document()


def _exploitation(rule: Mechanism) -> Iterator[Certified]:
    """Yield what exploitation payments promise on grids of types for every quality curve, and where Algorithm 1 has to fail."""
    if pays_as(rule, MaximalExploitation()):
        for name, document in exploitation_certificates():
            worst = float(Fraction(str(document.get("worst", document.get("least")))))
            promise = str(document.get("promise", "in budget"))
            if "others" in document:
                promise = f"conditions of Theorem 3, others with at least {document['others']}"
            case = str(document.get("case") or f"effects {document.get('effects')}, data {document.get('amounts')}")
            evidence = "every case of the grid, in whole numbers" if worst >= 0 else case
            where = f"{document['players']} players, linear effects, every quality curve"
            yield (
                Finding(CERTIFIED, promise, where, worst >= 0, worst, evidence, proved=worst >= 0),
                f"exploitation-{name}",
                document,
            )
    elif pays_as(rule, DesirableMechanism()):
        for growth in GROWTHS:
            yield _hides(growth)


def _hides(growth: Fraction) -> Certified:
    found = largest_disparity(float(growth))
    document = hiding_certificate(growth, found.chain, min(found.profile))
    loss, chain = float(document["at_most"]), " → ".join(str(amount) for amount in document["chain"])
    evidence = f"deviations {chain}: their inequalities add up to {loss:.4g}, and none can be left out"
    where = f"growth {growth}, data {max(found.profile)} and {min(found.profile)}"
    finding = Finding(CERTIFIED, "truthful, rational and in budget", where, False, loss, evidence)
    return finding, f"hides-{abs(growth.numerator)}-{growth.denominator}", document


def pays_as(rule: Mechanism, known: Mechanism) -> bool:
    """Return whether a rule takes the same payments as a known one for every report in the settings of audits.

    Examples
    --------
    >>> from potluck.mechanisms import FreeSharing
    >>> [pays_as(rule, MaximalExploitation()) for rule in (MaximalExploitation(), FreeSharing())]
    [True, False]
    """
    for name in SETTINGS:
        one, other = setting_of(rule, name, 2), setting_of(known, name, 2)
        for reports in np.ndindex(*(top + 1 for top in one.largest)):
            if np.abs(one.payments(np.array(reports)) - other.payments(np.array(reports))).max() > AGREES:
                return False
    return True


def _copying(rule: Mechanism, search: Search) -> Iterator[Certified]:
    """Yield what copies gain at most over all monotone games of 2, 3, ... parties under a division with a known programme."""
    cases = [(n, k) for n in range(2, min(search.parties, MOST_CERTIFIED) + 1) for k in range(1, search.copies + 1)]
    division = division_of(rule, np.random.default_rng(search.seed))
    if division is None:
        return
    for n, k in track(cases, "bounds"):
        certificate = certify_copying(CopyingProblem(division, n, k), budget=BOXES)
        gain, bound = float(certificate.found), float(certificate.proved)
        worths = ",".join(f"{worth:.6g}" for worth in certificate.game or ())
        evidence = f"proved: gain at most {bound:.6g}; found: {gain:.6g} on v = ({worths}); {certificate.leaves} boxes"
        holds = False if gain > ROUND_OFF else bound <= ROUND_OFF or None
        where = f"monotone games, {n} parties, {k} copies, joint model worth 1"
        game = (certificate.game or ()) if gain > ROUND_OFF else ()
        finding = Finding(CERTIFIED, COPIES_DEMAND, where, holds, 0.0 - gain, evidence, proved=bool(holds), game=game)
        yield finding, f"certificate-{division}-{n}-parties-{k}-copies", certificate.document()


def division_of(rule: Mechanism, rng: np.random.Generator) -> Division | None:
    """Return the division whose gain from copies a rule has, on every one of many random monotone games; None if there is none.

    Examples
    --------
    >>> from potluck.mechanisms import BanzhafDivision, ReplicationRobustDivision
    >>> rng = np.random.default_rng(0)
    >>> division_of(ReplicationRobustDivision(), rng), division_of(BanzhafDivision(), rng)
    ('normalised', None)
    """
    left: list[Division] = list(get_args(Division))
    for n, k in ((2, 1), (3, 2), (4, 1)) * PROBES:
        game = GameClass("monotone").draw(n, rng)
        gains = (game.values / game.grand if game.grand > 0 else game.values)[None]
        markets = [market_with_copies(gains[0], 0, copies) for copies in (0, k)]
        settled = [rule.settle(market) for market in markets]
        money, models = (np.array([getattr(each, field)[0] for each in settled]) for field in ("payments", "rewards"))
        gain = float(money[0] - money[1] + models[1] - models[0])
        left = [each for each in left if abs(float(gains_from_copies(each, gains, 0, k)[0, -1]) - gain) < AGREES]
    return left[0] if left else None
