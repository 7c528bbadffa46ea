"""What every market rule keeps of what one would like it to promise, on several settings."""

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...mechanisms import (
    MECHANISMS,
    Market,
    MaximalExploitation,
    Mechanism,
    PromiseAudit,
    Setting,
    Settlement,
    is_efficient,
    is_incentive_compatible,
    is_individually_rational,
    is_weakly_budget_balanced,
    meets_necessary_condition,
    meets_sufficient_condition,
)
from ...mechanisms.rules.allocation import AbsentRule
from ...models import DataPortions, LinearExternalities, MarketGame, MarketGrowth, Preferences, Spillovers, market_setting
from ...models.games.preferences import Valuation
from ...models.games.valuations import QuasiMonotone
from ...papers import MULTI_PARTY
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, Verdict, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .markets_and_fakes import NoTrade, TakesEverything, market_checks, market_rows, observation_1
from .mep_fig1 import sigmoid
from .valuation_traits import ValuationTraits, valuation_traits

AUDITS: dict[str, Callable[[Setting], PromiseAudit]] = {
    "incentive_compatible": is_incentive_compatible,
    "individually_rational": is_individually_rational,
    "efficient": is_efficient,
    "weakly_budget_balanced": is_weakly_budget_balanced,
}
FURTHER: dict[str, Callable[[Setting], PromiseAudit]] = {
    "dominant_strategy": lambda setting: is_incentive_compatible(setting, "dominant"),
    "theorem_2": meets_necessary_condition,
    "theorem_3": meets_sufficient_condition,
}

CONDITIONS = {name: (AUDITS | FURTHER)[name] for name in (*tuple(AUDITS)[:2], "theorem_2", "theorem_3")}

Curve: TypeAlias = Literal["sigmoid", "linear"]
Effects: TypeAlias = tuple[tuple[float, ...], ...]

SIZES = (1.0, 1.0, 2.0)
RIVALS = ((1.0, -0.6, -0.9), (0.4, 1.0, -0.7), (-0.3, 0.2, 1.0))
SETTINGS: dict[str, tuple[tuple[float, ...], Curve, Valuation]] = {
    "linear externalities": (SIZES, "sigmoid", LinearExternalities(RIVALS)),
    "own model only": (SIZES, "sigmoid", Spillovers(0.0)),
    "non-competitive": (SIZES, "sigmoid", Spillovers(0.5)),
    "slow market growth": ((8.0, 1.0), "linear", MarketGrowth(-0.8)),
    "fixed market": ((8.0, 1.0), "linear", MarketGrowth(-1.0)),
}
"""Sizes of all data, quality curve and valuation of each setting."""

GROWING = ("own model only", "non-competitive", "slow market growth", "fixed market")
NON_COMPETITIVE = ("own model only", "non-competitive")


@SCENARIOS.register
class MepAudit(Scenario):
    """Which rules are truthful, individually rational and efficient with revenue ≥ 0: every registered rule on several settings.

    Players enter their data in portions, and every profile of types, reports and absences is looked at. Beside the table stand
    the counterexamples to what is claimed, or easily believed, of maximal exploitation payments.

    Parameters
    ----------
    portions
        How many types each player has, 2..6.
    """

    source = MULTI_PARTY.at("Definitions 3-7, 10, Theorems 1-4, Corollary 1, Observation 1, Assumption 4")
    paper = MULTI_PARTY
    where = "Sections 2-5"
    declared_tables = table_columns.MEP_AUDIT
    example_parameters = {"portions": 2}

    portions: Annotated[int, Field(ge=2, le=6)] = 3

    def play(self, rng: np.random.Generator) -> Findings:
        """Audit everything; nothing is random."""
        pairs = [(cls(), name) for cls in MECHANISMS for name in SETTINGS]
        audits = {(rule.short(), name): self._audit(rule, name) for rule, name in track(pairs, "rules and settings")}
        traits = {name: traits_of(name) for name in SETTINGS}
        tables = {"mep-audit": _summary(audits), "slacks": _slacks(audits), "markets": market_rows(traits)}
        checks = [
            *self._promises(audits),
            *observation_1(settings_of_fakes()),
            *market_checks(traits, GROWING, NON_COMPETITIVE),
            *counterexamples(),
        ]
        return Findings(tables, checks, {"mep-audit": lambda: _draw(audits)})

    def _audit(self, rule: Mechanism, name: str) -> dict[str, PromiseAudit]:
        setting = setting_of(rule, name, self.portions)
        return {promise: audit(setting) for promise, audit in (AUDITS | FURTHER).items()}

    def _promises(self, audits: dict[tuple[str, str], dict[str, PromiseAudit]]) -> list[Verdict]:
        def worst(rule: str, settings: tuple[str, ...], promises: tuple[str, ...]) -> tuple[float, bool]:
            chosen = [audits[rule, setting][promise] for setting in settings for promise in promises]
            return min(audit.slack for audit in chosen), all(audit.holds for audit in chosen)

        sums = ("linear externalities", "own model only", "non-competitive")
        truth, everything = ("incentive_compatible", "individually_rational"), tuple(AUDITS)
        return [
            Verdict.statement(
                "maximal exploitation: truthful and individually rational",
                printed("Theorem 1"),
                "for quasi-monotone valuations (Theorem 1)",
                *worst("MaximalExploitation", sums, truth),
            ),
            Verdict.statement(
                "maximal exploitation: all four promises without harm",
                printed("Corollary 1"),
                "with coefficients of at least 0 (Corollary 1)",
                *worst("MaximalExploitation", ("own model only", "non-competitive"), everything),
            ),
            Verdict.statement(
                "free sharing: all four promises without competition",
                printed("Theorem 4"),
                "a desirable mechanism exists that charges nothing (Theorem 4)",
                *worst("FreeSharing", ("own model only", "non-competitive"), everything),
            ),
            Verdict.statement(
                "revenue-optimal payments: truthful, individually rational and efficient",
                printed("Theorem 5"),
                "Algorithm 1 guarantees them for any valuation (Theorem 5)",
                *worst("DesirableMechanism", tuple(SETTINGS), everything[:3]),
            ),
            self._conditions(audits),
        ]

    @staticmethod
    def _conditions(audits: dict[tuple[str, str], dict[str, PromiseAudit]]) -> Verdict:
        """Hold the two theorems' conditions against what they are conditions of, also where the sufficient one is met."""
        audited = [*audits.values(), *({name: audit(each) for name, audit in CONDITIONS.items()} for each in near_settings())]
        keeps = [all(found[name].holds for name in tuple(AUDITS)[:2]) for found in audited]
        necessary = [found["theorem_2"].holds for found in audited]
        sufficient = [found["theorem_3"].holds for found in audited]
        follow = all(b >= a for a, b in zip(keeps, necessary, strict=True)) and all(
            a >= b for a, b in zip(keeps, sufficient, strict=True)
        )
        # a condition that is never met, or always, would bracket anything
        tells = sum(sufficient) > 0 and sum(necessary) < len(necessary)
        return Verdict.statement(
            "conditions on payments",
            printed("Theorems 2 and 3"),
            "eq. (1), (2) are necessary (Theorem 2) and (1), (5), (6) sufficient (Theorem 3)",
            f"{sum(sufficient)} ≤ {sum(keeps)} ≤ {sum(necessary)} of {len(keeps)}",
            (tells or None) if follow else False,
            "sufficient, truthful and individually rational, necessary; with left derivatives and the sums they stand for",
        )


def setting_of(rule: Mechanism, name: str, portions: int) -> Setting:
    """Return a rule in one of ``SETTINGS``, where each player's data is cut in so many portions."""
    sizes, curve, valuation = SETTINGS[name]
    task = DataPortions(sizes=sizes, copies=portions - 1, curve=curve)
    return market_setting(MarketGame(task, rule, Preferences(valuation)))


def traits_of(name: str) -> ValuationTraits:
    """Return what the valuation of one of ``SETTINGS`` is like, at qualities from that of no data to that of all."""
    sizes, curve, valuation = SETTINGS[name]
    most = float(DataPortions(sizes=sizes, copies=1, curve=curve).worths([[1] * len(sizes)])[0])
    players = len(sizes)
    return valuation_traits(valuation.worth, np.zeros(players), np.full(players, most), np.random.default_rng(0))


class _Discounted(Mechanism):
    """Maximal exploitation payments for everybody, less a share of the own model's quality."""

    share: float = 0.0

    def settle(self, market: Market) -> Settlement:
        settled = MaximalExploitation(allocation="everybody").settle(market)
        return Settlement(settled.rewards, settled.payments - self.share * market.alone)


def near_settings() -> list[Setting]:
    """Return settings whose types are alike and payments near maximal exploitation ones: some meet the sufficient condition."""
    return [
        Setting.pooled(_Discounted(share=share), [[1, 1.2, 1.4]] * 2, sigmoid, QuasiMonotone("linear", "mean", effect).worth)
        for share in (-0.1, 0.0, 0.1, 0.3)
        for effect in (-0.8, 0.0, 0.5)
    ]


def settings_of_fakes() -> list[Setting]:
    """Return every rule in three markets of two, whose types are so much alike that the joint model is always the better one."""
    worths = (QuasiMonotone("linear", "mean", -0.8).worth, Spillovers(0.0).worth, Spillovers(0.5).worth)
    rules = (*(cls() for cls in MECHANISMS), TakesEverything(), NoTrade())
    return [Setting.pooled(rule, [[1, 1.2, 1.4]] * 2, sigmoid, worth) for rule in rules for worth in worths]


def counterexamples() -> list[Verdict]:
    """Return the checks of claims that fail, each by a case that shows it."""
    return [
        _deficit(),
        _deficit_of_participants(),
        _not_dominant(),
        _revenue_by_rule(),
        _combined_data(),
        _negative_own(),
        _growth(),
    ]


def _linear(
    effects: Effects,
    types: list[list[float]],
    rule: Mechanism | None = None,
    diagonal: Literal["absolute", "as-given"] = "absolute",
) -> Setting:
    worth = LinearExternalities(effects, diagonal).worth
    return Setting.pooled(rule or MaximalExploitation(), types, sigmoid, worth)


def _revenue(setting: Setting) -> float:
    return float(setting.payments(np.array(setting.largest)).sum())


def _deficit() -> Verdict:
    effects = ((0.1, 0, 0), (1, 0.1, 0), (-1, 0, 0.1))
    revenue = _revenue(_linear(effects, [[0], [0], [4]]))
    note = "not claimed by the paper, easily believed: three players with data 0, 0, 4, the third hurt by the first's model"
    return Verdict.statement(
        "revenue of maximal exploitation (all)",
        printed("Theorem 1, weak budget balance"),
        "weakly budget-balanced",
        revenue,
        not (abs(revenue + 0.771) < 5e-4),
        note,
        expected=REFUTED,
    )


def _deficit_of_participants() -> Verdict:
    effects = ((0.1, 0, 0, 0), (-1, 0.1, 0, 0), (1, 0, 0.1, 0), (1, 0, 0, 0.1))
    revenue = _revenue(_linear(effects, [[0], [4], [0], [0]], MaximalExploitation("participants")))
    note = "four players, data 0, 4, 0, 0; without the third or the fourth, the first is not given a model that hurts the second"
    return Verdict.statement(
        "revenue of maximal exploitation (participants)",
        printed("Theorem 1, weak budget balance"),
        "weakly budget-balanced",
        revenue,
        not (abs(revenue + 0.675) < 5e-4),
        note,
        expected=REFUTED,
    )


def _not_dominant() -> Verdict:
    setting = _linear(((0.3, 1), (0, -0.5)), [[0, 2]] * 2)
    audit = is_individually_rational(setting, "dominant")
    expected = -float(sigmoid(np.array(2.0)))
    return Verdict.statement(
        "truth under maximal exploitation against others who hide",
        printed("proofs of Theorems 2 and 3"),
        "the proofs of Theorems 2 and 3 speak of dominant strategies",
        audit.slack,
        not (abs(audit.slack - expected) < 1e-9 and not audit.holds and is_individually_rational(setting).holds),
        f"ex post only: {audit.note}",
        expected=REFUTED,
    )


def _revenue_by_rule() -> Verdict:
    effects = ((0.3, -0.5, 0.6), (0.2, 0.4, -0.3), (-0.4, 0.5, 0.5))
    rules: tuple[AbsentRule, ...] = ("all", "participants", "threat")
    revenues = [_revenue(_linear(effects, [[0.5], [1], [0.8]], MaximalExploitation(rule))) for rule in rules]
    return Verdict.statement(
        "revenue by what is done with the absent",
        printed("Theorem 1"),
        "maximal revenue among all individually rational mechanisms (Theorem 1)",
        ", ".join(f"{revenue:.3f}" for revenue in revenues),
        not (revenues[0] < revenues[1] < revenues[2]),
        "all, participants, threat: the same models on the path, and all individually rational; maximal only for a fixed x(∅, ·)",
        expected=REFUTED,
    )


def _combined_data() -> Verdict:
    """Let a liar train on the pooled data and what it hid: truthful for concave F(Q), not for convex ones."""

    def gain(own: Callable[[FloatArray], FloatArray]) -> float:
        # Q = t / 4, and both have 2; who hides them combines them with the model received, which is then that of all data
        setting = Setting.pooled(MaximalExploitation(), [[0, 2]] * 2, lambda amount: amount / 4, own)
        truth, hiding = np.array([2, 2]), np.array([1, 2])
        all_data = float(own(setting.pool(truth))[0])
        honest = all_data - float(setting.payments(truth)[0])
        return all_data - float(setting.payments(hiding)[0]) - honest

    convex, concave = gain(np.square), gain(np.sqrt)
    return Verdict.statement(
        "hiding when hidden data can be pooled with the model received",
        printed("Section 2 and Theorem 1"),
        "players may combine their own data and the model they receive (Section 2), and payments are truthful (Theorem 1)",
        convex,
        not (abs(convex - 0.5) < 1e-9 and concave < 1e-9),
        "gain at F = q², Q = t/4, both with 2, one reporting 0; it needs a concave F(Q) to be truthful: √q gives none",
        expected=REFUTED,
    )


def _negative_own() -> Verdict:
    audit = is_incentive_compatible(_linear(((-0.8, 0.9), (0.9, 0.5)), [[0, 1, 2]] * 2, diagonal="as-given"))
    return Verdict.statement(
        "own effects below 0 under maximal exploitation",
        printed("Section 6.1, Definition 8"),
        "coefficients are drawn from [-1, 1] (Section 6.1), and F_i is monotone (Definition 8)",
        audit.slack,
        bool(audit.holds),
        f"monotone must mean increasing: {audit.note}",
        expected=REFUTED,
    )


def _growth() -> Verdict:
    setting = Setting.pooled(MaximalExploitation(), [list(range(9))] * 2, lambda amount: amount, MarketGrowth(-0.8).worth)
    truth, money = is_incentive_compatible(setting), is_weakly_budget_balanced(setting)
    return Verdict.statement(
        "maximal exploitation in a growing market, α = -0.8",
        printed("Theorem 1, for any valuation"),
        "payments are truthful (Theorem 1)",
        truth.slack,
        not (abs(truth.slack + 0.289) < 5e-4 and money.holds),
        f"revenue ≥ 0, not truthful: the valuation is not quasi-monotone; {truth.note}",
        expected=REFUTED,
    )


def _summary(audits: dict[tuple[str, str], dict[str, PromiseAudit]]) -> pd.DataFrame:
    rows = []
    for (rule, setting), found in audits.items():
        four = [found[promise] for promise in AUDITS]
        worst = min(four, key=lambda audit: (audit.holds, audit.slack))
        rows.append(
            {"mechanism": rule, "setting": setting}
            | {promise: found[promise].holds for promise in AUDITS}
            | {"slack": worst.slack, "counterexample": "" if worst.holds else f"{worst.promise}: {worst.note}"}
        )
    return pd.DataFrame(rows)


def _slacks(audits: dict[tuple[str, str], dict[str, PromiseAudit]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "mechanism": rule,
                "setting": setting,
                "promise": promise,
                "holds": audit.holds,
                "slack": audit.slack,
                "note": audit.note,
            }
            for (rule, setting), found in audits.items()
            for promise, audit in found.items()
        ]
    )


def _draw(audits: dict[tuple[str, str], dict[str, PromiseAudit]]) -> Figure:
    rules = list(dict.fromkeys(rule for rule, _ in audits))
    settings = list(dict.fromkeys(setting for _, setting in audits))
    kept: FloatArray = np.array(
        [[audits[rule, setting][promise].holds for setting in settings for promise in AUDITS] for rule in rules], dtype=float
    )
    figure, (axis,) = figures.new_figure(width=9, height=0.34 * len(rules) + 2, title="What each rule keeps")
    rows, columns = np.nonzero(kept == 1)
    axis.plot(columns, rows, figures.MARKERS[0], color=figures.colour(2), label="kept")
    rows, columns = np.nonzero(kept == 0)
    axis.plot(columns, rows, "x", color=figures.colour(1), label="broken")
    axis.set_yticks(range(len(rules)), rules, fontsize=8)
    axis.set_ylim(len(rules) - 0.5, -0.5)
    short = ["truthful", "rational", "efficient", "revenue ≥ 0"]
    axis.set_xticks(range(kept.shape[1]), short * len(settings), rotation=90, fontsize=8)
    for index, setting in enumerate(settings):
        axis.axvline(4 * index - 0.5, color="0.8", linewidth=0.8)
        axis.text(4 * index + 1.5, -0.65, setting, ha="center", va="bottom", fontsize=8)
    axis.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
