"""Which properties of a data market each division rule has, with counterexamples."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import ROUND_OFF, FloatArray
from ...mechanisms import (
    BanzhafDivision,
    DeduplicatedDivision,
    LeaveOneOutDivision,
    Market,
    Mechanism,
    MechanismSpec,
    ProportionalDivision,
    ReplicationRobustDivision,
    SimilarityWeighted,
)
from ...papers import MARKETS
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, REPRODUCED, Basis, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .axioms import AXIOMS, Axiom
from .copying import market_with_copies
from .random_games import FAMILIES
from .replication_table import CASES

NORMALISED = ReplicationRobustDivision()
PRINTED = ReplicationRobustDivision(division="printed")
EXCESS = ReplicationRobustDivision(division="excess")
GAMES: dict[str, tuple[float, ...]] = CASES | {
    "a party without use": (0, 0.6, 0, 0.6),
    "a second perfect seller joins": (0, 1, 0.5, 1, 1, 1, 1, 1),
}
"""Games that are looked at beside random ones."""

EXPECTED = {
    "balance": {NORMALISED: True, PRINTED: False, EXCESS: True},
    "symmetry": {NORMALISED: True, PRINTED: True, EXCESS: True},
    "zero-element buyer": {NORMALISED: True, PRINTED: True, EXCESS: True},
    "zero-element buyer as printed": {NORMALISED: False, PRINTED: False},
    "replication": {NORMALISED: False, PRINTED: False, EXCESS: False},
    "null data": {NORMALISED: False, PRINTED: False},
    "joining": {NORMALISED: False},
}
"""Which properties the paper's market has, in its three forms, by derivation or counterexample."""


def _basis(axiom: Axiom, rule: Mechanism) -> Basis:
    """Return where it is claimed that a form of the paper's market has a property."""
    if not axiom.of_paper:
        return derived("asked beside the paper's properties")
    return (
        derived("the paper's property, asked of a form that is not the paper's")
        if rule == EXCESS
        else printed("Sections 3.1 and 4")
    )


def _in_words(slack: float, fails: int, games: int) -> str:
    """Return how far a property is kept in the worst game, or broken, and in how many."""
    if not fails:
        return f"kept in all {games} games, with {slack:.4g} to spare in the worst"
    return f"broken in {fails} of {games} games, by {-slack:.4g} in the worst"


@SCENARIOS.register
class MarketAxioms(Scenario):
    """Which of the properties asked of a data market each division rule has; where one fails, the game that shows it.

    Balance, symmetry, the zero-element buyer and robustness to replication are the paper's. Participation, unpaid null data
    and that incumbents do not lose are asked beside them. Each rule is tried on games that are known to be hard and
    on random ones in which more data never hurts, with and without two parties who are alike.

    Parameters
    ----------
    rules
        The rules that are tried.
    games
        Random games of each family.
    parties
        Parties in the random games.
    """

    source = MARKETS.at("Section 3.1")
    paper = MARKETS
    where = "Section 3.1 (desired properties)"
    declared_tables = table_columns.MARKET_AXIOMS
    example_parameters = {"games": 2}

    rules: Annotated[tuple[MechanismSpec, ...], Field(min_length=1)] = (
        NORMALISED,
        PRINTED,
        EXCESS,
        SimilarityWeighted(),
        SimilarityWeighted(decay=0),
        BanzhafDivision(),
        LeaveOneOutDivision(),
        ProportionalDivision(),
        DeduplicatedDivision(),
    )
    games: Annotated[int, Field(ge=0, le=10_000)] = 15
    parties: Annotated[int, Field(ge=2, le=5)] = 3

    def play(self, rng: np.random.Generator) -> Findings:
        """Try every rule on every game."""
        games = self._games(rng)
        table = pd.DataFrame([self._row(rule, axiom, games) for rule in track(self.rules, "rules") for axiom in AXIOMS])
        return Findings({"market-axioms": table}, self._checks(table), {"market-axioms": lambda: self._draw(table)})

    def _games(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        games = {name: np.array(gains, dtype=np.float64) for name, gains in GAMES.items()}
        for family, draw in FAMILIES.items():
            for number, gains in enumerate(draw(self.games, self.parties, rng)):
                games[f"{family} {number}"] = gains
                games[f"{family} {number}, two alike"] = _with_twins(gains)
        return games

    @staticmethod
    def _row(rule: Mechanism, axiom: Axiom, games: dict[str, FloatArray]) -> dict[str, object]:
        slacks = {name: axiom.slack(rule, gains) for name, gains in games.items()}
        asked = {name: slack for name, slack in slacks.items() if not np.isnan(slack)}
        worst = min(asked, key=lambda name: asked[name])
        holds = asked[worst] >= -ROUND_OFF
        return {
            "mechanism": rule.short(),
            "axiom": axiom.name,
            "of_paper": axiom.of_paper,
            "says": axiom.says,
            "games": len(asked),
            "fails_in": sum(slack < -ROUND_OFF for slack in asked.values()),
            "slack": 0.0 if holds and abs(asked[worst]) <= ROUND_OFF else asked[worst],
            "holds": holds,
            "counterexample": "" if holds else f"{worst}: G = {np.round(games[worst], 4).tolist()}",
        }

    def _checks(self, table: pd.DataFrame) -> list[Verdict]:
        rows = {(row["mechanism"], row["axiom"]): row for row in table.to_dict("records")}
        checks = []
        for axiom in AXIOMS:
            for rule, holds in EXPECTED.get(axiom.name, {}).items():
                if rule not in self.rules:
                    continue
                found = rows[rule.short(), axiom.name]
                note = str(found["counterexample"])
                basis = _basis(axiom, rule)
                checks.append(
                    Verdict.statement(
                        f"{axiom.name}: {rule.short()}",
                        basis,
                        axiom.says,
                        _in_words(float(found["slack"]), int(found["fails_in"]), int(found["games"])),
                        bool(found["holds"]),
                        note,
                        expected=REPRODUCED if holds else REFUTED,
                    )
                )
        if NORMALISED in self.rules:
            null = NORMALISED.account(_market(GAMES["a party without use"])).shares[1]
            checks.append(
                Verdict.number(
                    "null data: what the normalised market pays it, G = (0.6, 0, 0.6)",
                    derived("worked out apart from the program"),
                    0.15,
                    null,
                    1e-9,
                )
            )
        if PRINTED in self.rules:
            account = PRINTED.account(_market(CASES["two like parties"]))
            checks.append(
                Verdict.number(
                    "printed market, G = (0.7, 0.7, 1): collected",
                    derived("worked out apart from the program"),
                    0.60,
                    account.improvements.sum(),
                    1e-9,
                )
            )
            checks.append(
                Verdict.number(
                    "printed market, G = (0.7, 0.7, 1): paid out",
                    derived("worked out apart from the program"),
                    0.96,
                    account.shares.sum(),
                    1e-9,
                )
            )
        return checks

    def _draw(self, table: pd.DataFrame) -> Figure:
        wide = table.pivot(index="mechanism", columns="axiom", values="holds")
        names = [rule.short() for rule in self.rules]
        wide = wide.loc[names, [axiom.name for axiom in AXIOMS]]
        slack = table.pivot(index="mechanism", columns="axiom", values="slack")
        worst = slack.loc[wide.index, wide.columns].to_numpy(dtype=np.float64)
        figure, (axis,) = figures.new_figure(width=9.5, height=0.42 * len(wide) + 2, title="Which rule has which property?")
        shades = np.where(wide.to_numpy(dtype=bool), 0.0, 1.0)
        axis.imshow(shades, cmap="Oranges", vmin=0, vmax=2.2, aspect="auto")
        for (row, column), holds in np.ndenumerate(wide.to_numpy(dtype=bool)):
            text = "holds" if holds else f"fails, {worst[row, column]:.2g}"
            axis.text(column, row, text, ha="center", va="center", fontsize=8)
        axis.set_xticks(np.arange(len(wide.columns)), [name.replace(" ", "\n") for name in wide.columns], fontsize=8)
        axis.set_yticks(np.arange(len(wide)), names, fontsize=8)
        axis.set(xlabel="property (a failure with its worst slack, in units of improvement)", ylabel="rule")
        return figure


def _with_twins(gains: FloatArray) -> FloatArray:
    """Return the game in which the first two parties are alike: the better of each coalition and the same with them swapped."""
    masks = np.arange(len(gains))
    differ = (masks ^ masks >> 1) & 1
    return np.asarray(np.maximum(gains, gains[masks ^ 3 * differ]))


def _market(gains: tuple[float, ...]) -> Market:
    return market_with_copies(np.array(gains, dtype=np.float64), 0, 0)
