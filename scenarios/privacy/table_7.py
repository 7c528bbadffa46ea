"""Which equilibrium the printed table of true benefits has, and which one the text reports."""

from fractions import Fraction
from typing import Literal, TypeAlias, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...arrays import FloatArray
from ...models.games.privacy import (
    CollaborativeLearning,
    ContinuousGame,
    TableBenefit,
    cell_interactions,
    cell_slopes,
    cycle_residuals,
    prices,
)
from ...models.games.privacy.continuous import Profile
from ...papers import PRIVACY
from ...pictures import figures
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .printed_tables import Reading, approximated_table_7, table_7
from .promises import mark_levels, with_epsilons

Tie: TypeAlias = Literal["low", "high"]

WEIGHT = Fraction(1, 10)
READINGS: tuple[Reading, ...] = ("printed", "swapped", "corrected")
TIES: tuple[Tie, ...] = ("low", "high")

KNOWN: dict[tuple[Reading, Tie], tuple[Fraction, ...]] = {
    ("printed", "low"): (Fraction(0), Fraction(1, 5), Fraction(1, 16)),
    ("printed", "high"): (Fraction(1, 5), Fraction(1, 5), Fraction(7, 24)),
    ("swapped", "low"): (Fraction(1, 5), Fraction(0), Fraction(1, 16)),
    ("swapped", "high"): (Fraction(1, 5), Fraction(1, 5), Fraction(7, 24)),
    ("corrected", "low"): (Fraction(1, 5), Fraction(1, 5), Fraction(1, 4)),
    ("corrected", "high"): (Fraction(1, 5), Fraction(1, 5), Fraction(1, 4)),
}
"""Levels and Price of Privacy, worked out independently."""


@SCENARIOS.register
class PrivacyTable7(Scenario):
    """The game of the printed true benefits, in three readings, in exact fractions.

    Both players weigh privacy with C = 0.1 and accuracy with B = 1. Best responses alternate from no protection, player 1 first;
    ``tie`` says which level is taken where several are best. The text's utilities (0.21, 0.07) and (0.14, 0.06) and its Price of
    Privacy 0.25 need the labels ``swapped`` and player 2's 0.12 read as 0.14 (``corrected``).
    """

    source = PRIVACY.at("Section 7.2")
    paper = PRIVACY
    where = "Table 7 (Section 7.2, Appendix F)"
    declared_tables = table_columns.PRIVACY_TABLE7

    def play(self, rng: np.random.Generator) -> Findings:
        """Solve every reading; nothing is random."""
        games = {reading: _game(table_7(reading)) for reading in READINGS}
        guess = _game(approximated_table_7())
        ends = {(reading, tie): game.settle(ties=tie).end for reading, game in games.items() for tie in TIES}
        columns = ["reading", "tie", "p1", "p2", "utility_1", "utility_2", "price_of_privacy"]
        rows = [(reading, tie, *_numbers(games[reading], end)) for (reading, tie), end in ends.items()]
        named: list[tuple[str, ContinuousGame]] = [*games.items(), ("approximated", guess)]
        equilibria = pd.concat([_equilibria(name, game) for name, game in named])
        checks = [*_printed_numbers(games, ends, guess), *_knife_edge(games), *_claims()]
        beside = {"p1": "epsilon_1", "p2": "epsilon_2"}
        found = {
            self.name(): with_epsilons(pd.DataFrame(rows, columns=columns), beside),
            "equilibria": with_epsilons(
                equilibria.reset_index(drop=True), beside | {"joined_p1": "epsilon_joined_1", "joined_p2": "epsilon_joined_2"}
            ),
        }
        return Findings(found, checks, {self.name(): lambda: self._draw(games, ends)})

    def _draw(self, games: dict[Reading, ContinuousGame], ends: dict[tuple[Reading, Tie], Profile]) -> Figure:
        figure, axes = figures.new_figure(3, title="Best responses of both players, C = 0.1 (Table 7)")
        for axis, reading in zip(axes, READINGS, strict=True):
            _draw_answers(axis, games[reading])
            for tie, marker in zip(TIES, ("o", "s"), strict=True):
                end = ends[reading, tie]
                axis.plot(
                    float(end[0]), float(end[1]), marker, color="0.1", fillstyle="none", markersize=9, label=f"end, tie {tie}"
                )
            axis.set_title(reading, fontsize=10)
        axes[2].legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def _game(table: TableBenefit) -> ContinuousGame:
    return CollaborativeLearning(table, WEIGHT).continuous


def _numbers(game: ContinuousGame, end: Profile) -> list[float]:
    return [float(number) for number in (*end, *game.utilities(end), game.price_of_privacy(end))]


def _equilibria(reading: str, game: ContinuousGame) -> pd.DataFrame:
    """Return a row an equilibrium, and which segment, if any, it ends: columns as in the second table."""
    found = game.equilibria()
    rows = []
    for point in found.points:
        partners = [pair for pair in found.segments if point in pair]
        other = next((end for pair in partners for end in pair if end != point), point)
        whole = game.price_of_privacy(point)
        rows.append((reading, *_numbers(game, point), str(whole), *(float(level) for level in other)))
    names = ["reading", "p1", "p2", "utility_1", "utility_2", "price_of_privacy", "price_exact", "joined_p1", "joined_p2"]
    return pd.DataFrame(rows, columns=names)


def _printed_numbers(
    games: dict[Reading, ContinuousGame], ends: dict[tuple[Reading, Tie], Profile], guess: ContinuousGame
) -> list[Verdict]:
    nothing, fifth = (Fraction(0), Fraction(0)), (Fraction(1, 5), Fraction(1, 5))
    corrected = games["corrected"]
    pairs = [
        ("approximated utility without protection, player 1", 0.18, guess.utilities(nothing)[0]),
        ("approximated utility without protection, player 2", 0.07, guess.utilities(nothing)[1]),
        ("true utility without protection, player 1", 0.21, corrected.utilities(nothing)[0]),
        ("true utility without protection, player 2", 0.07, corrected.utilities(nothing)[1]),
        ("true utility in equilibrium, player 1", 0.14, corrected.utilities(fifth)[0]),
        ("true utility in equilibrium, player 2", 0.06, corrected.utilities(fifth)[1]),
        ("Price of Privacy in equilibrium", 0.25, corrected.price_of_privacy(fifth)),
    ]
    checks = [
        Verdict.number(
            name, printed("Section 7.2"), value, float(found), 1e-12, "corrected reading" * name.startswith(("true", "Price"))
        )
        for name, value, found in pairs
    ]
    tilde = [point for point in guess.equilibria().points if point != (1, 1)]
    checks.append(
        Verdict.statement(
            "approximated game: the equilibrium", printed("Section 7.2"), "(0, 0), PoP = 0", _text(tilde), tilde == [nothing]
        )
    )
    for (reading, tie), known in KNOWN.items():
        end = ends[reading, tie]
        price = games[reading].price_of_privacy(end)
        checks.append(
            Verdict.statement(
                f"{reading}, tie {tie}: where best responses end",
                derived("worked out apart from the program, in exact fractions"),
                f"worked out: ({float(known[0]):g}, {float(known[1]):g}), PoP = {known[2]}",
                f"({float(end[0]):g}, {float(end[1]):g}), PoP = {price}",
                (*end, price) == known,
                "exact fractions",
            )
        )
    return checks


def _knife_edge(games: dict[Reading, ContinuousGame]) -> list[Verdict]:
    nothing = (Fraction(0), Fraction(0))
    as_printed, swapped = games["printed"], games["swapped"]
    answers = [swapped.best_responses(1, (p, 0)) for p in (Fraction(0), Fraction(1, 5))]
    reached = [point for point in as_printed.equilibria().points if point != (1, 1)]
    mean = float(games["swapped"].price_of_privacy((Fraction(1, 5), Fraction(1, 5))))
    return [
        Verdict.statement(
            "labels Φ1 and Φ2 as printed",
            printed("Table 7 and Section 7.2"),
            "utilities (0.21, 0.07) without protection",
            f"{_text([as_printed.utilities(nothing)])}; equilibria {_text(reached)} and (1, 1)",
            as_printed.utilities(nothing) != (Fraction(7, 100), Fraction(21, 100)),
            "the labels are exchanged; " + _joined(as_printed),
            expected=REFUTED,
        ),
        Verdict.statement(
            "labels exchanged: player 2 is exactly tied",
            printed("Section 7.2"),
            "(0.2, 0.2) is the equilibrium",
            "all levels from 0 to 0.2 give player 2 the same, 0.07 at p1 = 0 and 0.04 at p1 = 0.2",
            not (
                all(answer.intervals == ((Fraction(0), Fraction(1, 5)),) for answer in answers)
                and [answer.value for answer in answers] == [Fraction(7, 100), Fraction(1, 25)]
            ),
            "so the end depends on the tie rule; " + _joined(swapped),
            expected=REFUTED,
        ),
        Verdict.statement(
            "0.12 for player 2 at (0.2, 0.2)",
            printed("Table 7 and Section 7.2"),
            "utilities (0.14, 0.06) and PoP = 0.25",
            f"PoP = {mean:.4f} with 0.12; 0.14 gives all three numbers for every tie rule",
            not (abs(mean - 7 / 24) < 1e-12),
            "rounding of the entries allows 0.255 to 0.327 only; whether 0.12 or the text is the misprint cannot be told",
            expected=REFUTED,
        ),
    ]


def _joined(game: ContinuousGame) -> str:
    segments = game.equilibria().segments
    return "all between " + " and ".join(_text([end]) for end in segments[0]) + " are equilibria" if segments else "no segment"


def _text(points: list[tuple[object, ...]] | list[Profile]) -> str:
    return ", ".join("(" + ", ".join(f"{float(cast(float, number)):g}" for number in point) + ")" for point in points)


def _claims() -> list[Verdict]:
    table = table_7("swapped")
    steps = [(own, other) for own in range(4) for other in range(own)]
    worse = {pair: [table.entries[player][pair] < table.entries[player][pair[::-1]] for player in (0, 1)] for pair in steps}
    first, second = cell_slopes(table)
    unclamped = CollaborativeLearning(table_7("swapped", clamp="none"), WEIGHT, levels=table.levels)
    residual = cycle_residuals(unclamped)
    downward = (cell_interactions(table) < 0).sum(axis=(1, 2))
    found = prices(CollaborativeLearning(table_7("corrected"), WEIGHT, levels=[*table.levels, 1.0]))
    return [
        Verdict.statement(
            "accuracy is more sensitive to the own level",
            printed("Section 6.3"),
            "independently of the method and the levels",
            f"b(0.2, 0) ≥ b(0, 0.2) for both players: {table.entries[0, 1, 0]} > {table.entries[0, 0, 1]}, "
            f"{table.entries[1, 1, 0]} > {table.entries[1, 0, 1]}",
            not (worse[1, 0] == [False, False] and all(all(holds) for pair, holds in worse.items() if pair != (1, 0))),
            "false at the first step, true for all other pairs of levels",
            expected=REFUTED,
        ),
        Verdict.statement(
            "the data imply ∂1Φ1 = ∂2Φ2",
            printed("Section 6.2"),
            "the assumption of Corollary 1 is confirmed",
            f"slopes at cell centres differ by up to {np.abs(first - second).max():.2f}: for example {first[0, 1]:.3f} and "
            f"{second[0, 1]:.3f}, {first[0, 2]:.3f} and {second[0, 2]:.3f}",
            not np.abs(first - second).max() > 4.8,
            f"false; like players give Φ2(p1, p2) = Φ1(p2, p1) instead. Median ratio off diagonal: {_ratio(first, second):.1f}",
            expected=REFUTED,
        ),
        Verdict.statement(
            "the game is a potential game",
            printed("Theorem 4"),
            "so best responses converge",
            f"around squares of levels the players' gains differ by up to {np.abs(residual).max():.2f} "
            f"(root mean square {np.sqrt((residual**2).mean()):.3f})",
            not np.abs(residual).max() > 0.04,
            "rounding of the entries allows 0.04; improvements as they are, not clamped",
            expected=REFUTED,
        ),
        Verdict.statement(
            "privacy levels as strategic complements",
            derived("order of the levels, which would give an equilibrium without a potential"),
            "more privacy of one never makes less of the other's worth more",
            f"in {int(downward[0])} and {int(downward[1])} of 9 cells more privacy of one makes less of the other's worth more",
            not (downward > 0).all(),
            "so existence does not follow from the order of levels either",
            expected=REFUTED,
        ),
        Verdict.statement(
            "Price of Anarchy as printed",
            printed("footnote 4"),
            "footnote 4: sometimes called price of stability",
            f"{found.of_anarchy:g}, whatever the numbers; the price of stability is {found.of_stability:.4f}",
            not (bool(np.isinf(found.of_anarchy)) and 1 <= found.of_stability < np.inf),
            "(1, 1) is always an equilibrium, with welfare 0",
            expected=REFUTED,
        ),
    ]


def _ratio(first: FloatArray, second: FloatArray) -> float:
    """Return the median ratio of the larger to the smaller slope over cells off the diagonal."""
    off = ~np.eye(len(first), dtype=bool)
    sizes = np.abs(np.stack([first[off], second[off]]))
    return float(np.median(sizes.max(axis=0) / sizes.min(axis=0)))


def _draw_answers(axis: Axes, game: ContinuousGame) -> None:
    """Draw each player's best responses against the other's level; where several are best, all of them."""
    others = [Fraction(step, 200) for step in range(201)]
    for player in (0, 1):
        dots = [
            (float(level), float(other))[:: 1 if player == 0 else -1]
            for other in others
            for interval in game.best_responses(player, (other, other)).intervals
            for level in np.linspace(float(interval[0]), float(interval[1]), 21 if interval[0] < interval[1] else 1)
        ]
        points = np.array(dots)
        axis.plot(
            points[:, 0],
            points[:, 1],
            (".", "x")[player],
            color=figures.colour(player),
            markersize=(4, 3)[player],
            label=f"player {player + 1} answers",
            linestyle="none",
        )
    mark_levels(axis)
    mark_levels(axis, "y")
    axis.set(xlabel="privacy level p₁, ε of bDP", ylabel="privacy level p₂, ε of bDP", xlim=(-0.05, 1.05), ylim=(-0.05, 1.05))
