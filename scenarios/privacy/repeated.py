"""How patient players must be to share everything, when one deviation ends it."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...models.games.privacy import (
    CollaborativeLearning,
    ContinuousGame,
    GrimTrigger,
    SmoothBenefit,
    existence_threshold,
    grim_trigger,
    symmetric_levels,
)
from ...models.games.privacy.continuous import Profile
from ...models.games.privacy.table import exactly
from ...papers import PRIVACY
from ...pictures import figures
from ...verdicts import Verdict, derived
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .printed_tables import chosen
from .promises import with_epsilons
from .table_4 import table_name

KNOWN = {
    ("closed form", 1, "Nash reversion"): (0.15318946, 1e-8),
    ("closed form", 1, "no collaboration"): (0.0625, 1e-9),
    ("Table 7, corrected", 1, "Nash reversion"): (0.2222, 5e-5),
    ("Table 7, corrected", 1, "no collaboration"): (0.0870, 5e-5),
    ("Table 7, corrected", 2, "Nash reversion"): (0.0, 0.0),
    ("Table 7, corrected", 2, "no collaboration"): (0.0, 0.0),
}
"""Least discount factors at G = 1/2, r = 1/5, and of Table 7, worked out independently."""


@dataclass(frozen=True)
class _Threat:
    """One player of one game under one punishment."""

    game: str
    player: int
    punishment: str
    profile: Profile
    trigger: GrimTrigger
    rules: ContinuousGame


@SCENARIOS.register
class PrivacyRepeated(Scenario):
    """Discount factors from which on grim trigger sustains that nobody protects anything, round after round.

    A player that deviates from level 0 plays its best response for a round and is punished for ever: by the equilibrium with
    collaboration (Nash reversion), or by none.

    Parameters
    ----------
    gain
        G > 0 of both players of the closed-form game.
    weight
        Their r = C / B, in (0, G / 2], so that an equilibrium with collaboration exists.
    table
        The measured game beside it: ``table-7`` (corrected), ``canonical``, or the path of a CSV file as in ``privacy-table4``,
        of any number of players.
    method
        Which table of a file that holds several; needed only there.
    table_weight
        r = C / B of everybody in the measured game, ≥ 0.
    """

    source = PRIVACY.at("Section 9 (future work); discount factors original")
    paper = PRIVACY
    where = "Section 9 (a repetitive game)"
    declared_tables = table_columns.PRIVACY_REPEATED

    gain: Annotated[float, Field(gt=0, le=1000)] = 0.5
    weight: Annotated[float, Field(gt=0, le=1000)] = 0.2
    table: str = "table-7"
    method: str | None = None
    table_weight: Annotated[float, Field(ge=0, le=1000)] = 0.1

    def model_post_init(self, context: object, /) -> None:
        """Check that there is collaboration to sustain."""
        most = existence_threshold(self.gain)
        if self.weight > most:
            raise ValueError(f"weight = {self.weight}: with gain {self.gain} collaboration is an equilibrium up to {most:g} only")

    def play(self, rng: np.random.Generator) -> Findings:
        """Work out every threat; nothing is random."""
        smooth = _smooth(self.gain, self.weight)
        method, benefit = chosen(self.table, self.method)
        measured = CollaborativeLearning(benefit, exactly(self.table_weight)).continuous
        name = "Table 7, corrected" if self.table == "table-7" else f"{table_name(self.table)}, {method}"
        threats = [*_threats("closed form", smooth), *_threats(name, measured)]
        rows = pd.DataFrame([self._row(threat) for threat in threats])
        table = with_epsilons(rows, {"p1": "epsilon_1", "p2": "epsilon_2", "p_most": "epsilon_most"})
        return Findings({self.name(): table}, self._checks(threats), {self.name(): lambda: self._draw()})

    def _row(self, threat: _Threat) -> dict[str, object]:
        trigger = threat.trigger
        return {
            "game": threat.game,
            "player": threat.player,
            "punishment": threat.punishment,
            "p1": float(threat.profile[0]),
            "p2": float(threat.profile[1]),
            "p_most": float(max(threat.profile)),
            "sharing": float(trigger.sharing),
            "deviating": float(trigger.deviating),
            "punished": float(trigger.punished),
            "gain": float(trigger.gain),
            "discount": float(trigger.discount),
            "closed_form": self._closed_form(threat.punishment) if threat.game == "closed form" else math.nan,
        }

    def _closed_form(self, punishment: str) -> float:
        """Return the discount factor from gain r² / (4 G) and the known equilibrium."""
        extra = self.weight**2 / (4 * self.gain)
        punished = 0.0
        if punishment == "Nash reversion":
            level = symmetric_levels(self.gain, self.weight)[0]
            punished = self.gain * (1 - level**2) * (1 - level) - self.weight * (1 - level)
        return extra / (self.gain - self.weight + extra - punished)

    def _checks(self, threats: list[_Threat]) -> list[Verdict]:
        checks = [
            Verdict.number(
                f"{threat.game}, player {threat.player}, {threat.punishment}: least discount factor against the closed form",
                derived("closed form, by hand"),
                self._closed_form(threat.punishment),
                float(threat.trigger.discount),
                1e-9,
                "gain r²/(4G)",
            )
            for threat in threats
            if threat.game == "closed form"
        ]
        default = (self.gain, self.weight) == (0.5, 0.2)
        printed_table = (self.table, self.table_weight) == ("table-7", 0.1)
        for threat in threats:
            known = KNOWN.get((threat.game, threat.player, threat.punishment))
            if known and (default if threat.game == "closed form" else printed_table):
                name = f"{threat.game}, player {threat.player}, {threat.punishment}: least discount factor"
                checks.append(
                    Verdict.number(
                        name,
                        derived("worked out apart from the program"),
                        known[0],
                        float(threat.trigger.discount),
                        known[1],
                        "independent value",
                    )
                )
        return [*checks, _streams(threats)]

    def _draw(self) -> Figure:
        figure, (axis,) = figures.new_figure(
            width=5.6, title=f"Patience that sustains full sharing (closed form, G = {self.gain:g})"
        )
        weights = np.linspace(0, existence_threshold(self.gain), 61)[1:-1]
        for index, punishment in enumerate(("Nash reversion", "no collaboration")):
            least = [PrivacyRepeated(self.gain, float(weight))._closed_form(punishment) for weight in weights]
            axis.plot(weights, least, ("-", "--")[index], color=figures.colour(index), label=punishment)
        own = _smooth(self.gain, self.weight)
        for index, threat in enumerate(threat for threat in _threats("closed form", own) if threat.player == 1):
            found = float(threat.trigger.discount)
            axis.plot(self.weight, found, figures.MARKERS[index], color=figures.colour(index), label=f"found: δ = {found:.4f}")
        axis.set(xlabel="weight ratio r = C / B", ylabel="least discount factor δ", xlim=(0, None), ylim=(0, None))
        axis.legend(fontsize=8, frameon=False)
        return figure


def _smooth(gain: float, weight: float) -> ContinuousGame:
    return CollaborativeLearning(SmoothBenefit((gain, gain)), weight).continuous


def _threats(name: str, game: ContinuousGame) -> list[_Threat]:
    one = game.level(1.0)
    settled = game.settle()
    profiles: dict[str, Profile] = {} if settled.ending == "cycle" else {"Nash reversion": settled.end}
    profiles["no collaboration"] = (one,) * game.n
    return [
        _Threat(name, player + 1, punishment, profile, trigger, game)
        for punishment, profile in profiles.items()
        for player, trigger in enumerate(grim_trigger(game, profile))
    ]


def _streams(threats: list[_Threat]) -> Verdict:
    """Play both courses for many rounds, a little above and below the least discount factors, with every level of a grid."""
    worst, played = -math.inf, 0
    for threat in threats:
        least = float(threat.trigger.discount)
        stays, leaves, after = _by_the_rules(threat)
        for discount, sign in ((least + 0.01, 1), (least - 0.01, -1)):
            if 0 <= discount < 1:
                factors = discount ** np.arange(2000)
                played += 1
                worst = max(worst, sign * (leaves + after * factors[1:].sum() - stays * factors.sum()))
    return Verdict.statement(
        "discounted sums over 2000 rounds agree",
        derived("utilities of the game's rules, level by level and round by round"),
        "deviating pays just below the least discount factor and not just above it",
        f"largest violation {max(worst, 0.0):.1e} in {played} courses",
        worst <= 1e-12 if played else None,
    )


def _by_the_rules(threat: _Threat) -> tuple[float, float, float]:
    """Return a player's utility when all share everything, at its best level of a grid, and while it is punished."""
    rules, own = threat.rules, threat.player - 1
    nothing = [rules.level(0.0)] * rules.n

    def alone(level: Fraction) -> float:
        profile = list(nothing)
        profile[own] = rules.level(level)
        return float(rules.utilities(profile)[own])

    levels = [Fraction(step, 200) for step in range(201)]
    punished = float(rules.utilities([rules.level(level) for level in threat.profile])[own])
    return float(rules.utilities(nothing)[own]), max(map(alone, levels)), punished
