"""How little copies can gain, against what must be given to data that adds nothing: the curve, and where known rules stand."""

from fractions import Fraction
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...mechanisms import (
    BalancedDivision,
    BanzhafDivision,
    CoalitionalGame,
    FreeSharing,
    LeaveOneOutPayments,
    Market,
    Mechanism,
    ReplicationRobustDivision,
    RobustBanzhaf,
    RobustShapley,
    SimilarityWeighted,
)
from ...mechanisms.audits.designing import Design, DesignProblem, design_division
from ...mechanisms.audits.refuting import Search, refute
from ...mechanisms.coalitions.game_classes import GameClass
from ...pictures import figures
from ...progress import track
from ...verdicts import Verdict, derived
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns

LEVELS = tuple(Fraction(level, 20) for level in range(21))
KNOWN: dict[str, Mechanism] = {
    "market paper, normalised": ReplicationRobustDivision(),
    "market paper, excess form": ReplicationRobustDivision(division="excess"),
    "Shapley division of the pot": SimilarityWeighted(decay=0),
    "Banzhaf, normalised": BanzhafDivision(),
    "Banzhaf, unnormalised (no balance)": RobustBanzhaf(),
    "Han et al., Robust Shapley (no balance)": RobustShapley(),
    "leave-one-out payments (no balance)": LeaveOneOutPayments(),
    "Agarwal et al., by similarity (no balance)": SimilarityWeighted(),
    "free sharing": FreeSharing(),
}
CLOSE = 1e-6
LEAST = {(2, 2): Fraction(0), (3, 2): Fraction(1, 2), (4, 2): Fraction(4, 5)}
"""Least largest gain from up to two copies, by parties, of divisions that give nothing to data that adds nothing."""


@SCENARIOS.register
class DesignCurve(Scenario):
    """How little copies can gain under any balanced, symmetric, linear division, by what it gives to data that adds nothing.

    For every level of the latter the best division is found by its counterexamples, over all games in which more data never hurts
    and the joint model is worth 1, and proved from both sides in fractions. Known rules stand beside the curve: the largest gain
    found by a search that ends with linear programmes, and the most that is given to a party whose data adds nothing.

    Parameters
    ----------
    parties
        Most parties, one curve each from 2 on.
    copies
        Most copies of one party's data.
    games
        Random games for what known rules give.
    """

    source = "original; rules of Collaborative Machine Learning Markets, Section 4, and of the literature beside it"
    declared_tables = table_columns.DESIGN_CURVE
    example_parameters = {"parties": 2, "copies": 1, "games": 5}

    parties: Annotated[int, Field(ge=2, le=4)] = 4
    copies: Annotated[int, Field(ge=1, le=4)] = 2
    games: Annotated[int, Field(ge=1, le=10_000)] = 100

    def play(self, rng: np.random.Generator) -> Findings:
        """Design a division for every level, and try known rules."""
        cases = [(n, level) for n in range(2, self.parties + 1) for level in LEVELS]
        designs = {
            (n, level): design_division(DesignProblem(n, self.copies, unearned=level)) for n, level in track(cases, "designs")
        }
        curve = pd.DataFrame([_row(n, level, design) for (n, level), design in designs.items()])
        sizes = range(2, self.parties + 1)
        known = pd.DataFrame(
            [self._known(name, n, rng) for name, n in track([(name, n) for name in KNOWN for n in sizes], "known rules")]
        )
        return Findings(
            {"design-curve": curve, "known-rules": known},
            self._checks(curve, known),
            {"design-curve": lambda: _draw(curve, known)},
        )

    def _known(self, name: str, parties: int, rng: np.random.Generator) -> dict[str, object]:
        rule, search = KNOWN[name], Search(GameClass("monotone"), parties, self.copies, 40)
        market = [Market.of(game.values.reshape((2,) * parties).T) for game in _with_useless(parties, self.games, rng)]
        balance = max(abs(each.total(rule.settle(each).payments)) for each in market)
        return {
            "rule": name,
            "parties": parties,
            "unearned": max(float(each.improvement[-1] - rule.settle(each).payments[-1]) for each in market),
            "gain": max(0.0, -refute(rule, "copies do not pay", search).slack),
            "imbalance": balance,
        }

    def _checks(self, curve: pd.DataFrame, known: pd.DataFrame) -> list[Verdict]:
        gap = float((curve["gain"] - curve["bound"]).max())
        checks = [
            Verdict.statement(
                "the curve is exact",
                derived("bounds from both sides, in fractions"),
                "no division of the family does better",
                f"largest distance of the two bounds {gap:.2g}",
                gap < CLOSE,
                "a bound is loose",
            )
        ]
        for (n, copies), least in LEAST.items():
            if n <= self.parties and copies == self.copies:
                found = float(curve[(curve["parties"] == n) & (curve["unearned"] == 0)]["gain"].iloc[0])
                checks.append(
                    Verdict.number(
                        f"least largest gain of {n} parties where useless data earns nothing",
                        derived("the one such division, m ψ - G, on its worst game"),
                        float(least),
                        found,
                        CLOSE,
                    )
                )
        paper = known[known["rule"] == "market paper, normalised"].set_index("parties")[["unearned", "gain"]].astype(float)
        for n in range(3, self.parties + 1):
            gives, gains = (float(paper[column][n]) for column in ("unearned", "gain"))
            own = float(curve[(curve["parties"] == n) & (curve["unearned"] <= gives)]["gain"].min())
            checks.append(
                Verdict.statement(
                    f"{n} parties: a division beats the paper's at both",
                    derived("the curve beside the normalised market"),
                    "gives useless data no more, and copies gain less at worst",
                    f"copies gain {own:.4g} at most, {gains:.4g} in the paper's market",
                    own < gains,
                    f"{own:.4g}",
                )
            )
        return checks


def _with_useless(parties: int, games: int, rng: np.random.Generator) -> list[CoalitionalGame]:
    """Return monotone games, vertices and random ones, of which the last party's data adds nothing, the joint model worth 1."""
    others = [*GameClass("monotone").vertices(parties - 1), *(GameClass("monotone").draw(parties - 1, rng) for _ in range(games))]
    worths = [np.tile(game.values, 2) for game in others if game.grand > 0]
    return [CoalitionalGame(values / values[-1]) for values in worths]


def _row(parties: int, level: Fraction, design: Design) -> dict[str, object]:
    weights = design.weights or ()
    return {
        "parties": parties,
        "unearned": float(level),
        "gain": float(design.gain),
        "bound": float(design.bound),
        "rounds": design.rounds,
        "rule": str(rule_of(design)) if weights else "",
    }


def rule_of(design: Design) -> BalancedDivision:
    """Return a design as a rule.

    Raises
    ------
    ValueError
        The design has no weights: its demands contradict each other.
    """
    if design.weights is None:
        raise ValueError("the demands contradict each other: there is no rule")
    rows = tuple(tuple(float(weight) for weight in row) for row in design.weights)
    return BalancedDivision(float(design.problem.unearned), rows)


def _draw(curve: pd.DataFrame, known: pd.DataFrame) -> Figure:
    sizes = sorted(curve["parties"].unique())
    figure, axes = figures.new_figure(
        len(sizes), width=3.9, height=4.4, title="Copies against fairness: what no balanced linear division can avoid"
    )
    for axis, n in zip(axes, sizes, strict=True):
        mine = curve[curve["parties"] == n]
        axis.plot(mine["unearned"], mine["gain"], color=figures.colour(0), linewidth=2, label="best division, proved")
        axis.fill_between(mine["unearned"], 0, mine["gain"], color=figures.colour(0), alpha=0.12, linewidth=0)
        for index, (name, row) in enumerate(known[known["parties"] == n].set_index("rule").iterrows()):
            axis.plot(
                row["unearned"],
                row["gain"],
                figures.MARKERS[index % len(figures.MARKERS)],
                color="0.45" if name == "free sharing" else figures.colour(index + 1),
                fillstyle="none" if "no balance" in str(name) else "full",
                markersize=8,
                linestyle="none",
                label=str(name),
                clip_on=False,
            )
        axis.set_title(f"{n} parties", fontsize=10)
        axis.set_xlabel("most that useless data is given")
        axis.set_ylim(-0.02, max(0.5, float(curve["gain"].max()), float(known["gain"].max())) * 1.05)
        axis.set_xlim(-0.02, 1.02)
    axes[0].set_ylabel("largest gain from copies (joint model: 1)")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return figure
