"""Who profits from copies, as a function of what it improves itself and of what the others gain."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field
from scipy.optimize import brentq

from ...arrays import ROUND_OFF, FloatArray
from ...mechanisms import ReplicationRobustDivision
from ...papers import MARKETS
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, Verdict, derived, elsewhere, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .copying import DIVISIONS, closed_form, gains_from_copies, net_of_copies
from .random_games import FAMILIES
from .small_gap import small_gap_checks, small_gap_table

KNOWN_THRESHOLDS = {0.05: 0.0287, 0.1: 0.0406, 0.2: 0.0462, 0.3: 0.0384, 0.4: 0.0223}
"""Own improvement below which copies pay in the normalised market of two parties, by the other's; joint gain 1."""

UNIFORM_TRIPLES = 0.016


@SCENARIOS.register
class ReplicationThreshold(Scenario):
    """Who profits from entering copies, as a function of its own improvement and of what the others gain.

    A copy costs what its owner improves, a_i, and draws from what the others pay. Two parties whose models are worth
    1 - d_1 and 1 - d_2 alone and 1 together are mapped exactly. Where all models are nearly as good as the joint one, a law
    for any number of parties says who profits. Random games say how often somebody does.

    Parameters
    ----------
    points
        Points an axis of the map: own improvements 0 to 0.12, the other's 0 to 0.6.
    copies
        The most copies that are tried.
    games
        Random games of each family and number of parties.
    parties
        Numbers of parties in the random games.
    gaps
        How far single parties' models are behind the joint one, at most, in the small-gap law.
    """

    source = MARKETS.at("Sections 3.1 and 4; thresholds and law derived for this project")
    paper = MARKETS
    where = "Section 3.1 (robustness to replication)"
    declared_tables = table_columns.REPLICATION_THRESHOLD
    example_parameters = {"points": 5, "games": 200, "copies": 2, "parties": (2, 3)}

    points: Annotated[int, Field(ge=3, le=401)] = 61
    copies: Annotated[int, Field(ge=1, le=10)] = 5
    games: Annotated[int, Field(ge=10, le=100_000)] = 5000
    parties: Annotated[tuple[Annotated[int, Field(ge=2, le=6)], ...], Field(min_length=1)] = (2, 3, 4)
    gaps: Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(min_length=1)] = (0.1, 0.01, 0.001)

    def play(self, rng: np.random.Generator) -> Findings:
        """Map two parties, find the thresholds, try the law, and draw random games."""
        tables = {
            "replication-threshold": self._map(),
            "thresholds": self._thresholds(),
            "small-gap": small_gap_table(self.gaps, self.copies),
            "exploitable": self._exploitable(rng),
        }
        checks = [
            *self._two_party_checks(tables["thresholds"]),
            *small_gap_checks(tables["small-gap"]),
            *self._random_checks(tables["exploitable"]),
        ]
        return Findings(tables, checks, {"replication-threshold": lambda: self._draw(tables)})

    def _map(self) -> pd.DataFrame:
        """Return what copies gain party 1 at most, over a grid of both parties' improvements, by division."""
        grid = np.meshgrid(np.linspace(0, 0.12, self.points), np.linspace(0, 0.6, self.points), indexing="ij")
        own, other = (side.ravel() for side in grid)
        games = _two_parties(own, other)
        rows = []
        for division in DIVISIONS:
            gains = gains_from_copies(division, games, 0, self.copies)
            best = gains.argmax(axis=1)
            rows.append(
                pd.DataFrame(
                    {
                        "division": division,
                        "own_improvement": own,
                        "other_improvement": other,
                        "copies": best + 1,
                        "gain": gains[np.arange(len(best)), best],
                    }
                )
            )
        return pd.concat(rows, ignore_index=True)

    def _thresholds(self) -> pd.DataFrame:
        """Return the own improvement at which the best number of copies stops to pay, in the normalised market."""
        others = sorted({*KNOWN_THRESHOLDS, *np.linspace(0.02, 0.48, 24).round(4).tolist()})
        return pd.DataFrame({"other_improvement": others, "threshold": [self._threshold(other) for other in others]})

    def _threshold(self, other: float) -> float:
        def best(own: float) -> float:
            honest = closed_form(1 - own, 1 - other, 1.0, 0)
            return float(max(closed_form(1 - own, 1 - other, 1.0, k) - honest for k in range(1, self.copies + 1)))

        return float(brentq(best, 1e-12, other, xtol=1e-13))

    def _exploitable(self, rng: np.random.Generator) -> pd.DataFrame:
        """Return how often copies pay in random games, and for whom."""
        rows = []
        for parties in track(self.parties, "numbers of parties"):
            for family, draw in FAMILIES.items():
                gains = draw(self.games, parties, rng)
                improvement = gains[:, -1:] - gains[:, 1 << np.arange(parties)]
                others = (improvement.sum(axis=1, keepdims=True) - improvement) / (parties - 1)
                for division in DIVISIONS:
                    best = np.stack(
                        [gains_from_copies(division, gains, p, self.copies).max(axis=1) for p in range(parties)], axis=1
                    )
                    pays = best > ROUND_OFF
                    rows.append(
                        {
                            "family": family,
                            "parties": parties,
                            "division": division,
                            "games": self.games,
                            "parties_who_profit": float(pays.mean()),
                            "games_where_one_profits": float(pays.any(axis=1).mean()),
                            "largest_gain": float(best.max()),
                            "profit_above_others_mean": int((pays & (improvement >= others)).sum()),
                        }
                    )
        return pd.DataFrame(rows)

    def _two_party_checks(self, thresholds: pd.DataFrame) -> list[Verdict]:
        axis = np.linspace(0.0, 0.9, 10)
        own, other = (side.ravel() for side in np.meshgrid(axis, axis, indexing="ij"))
        rule = ReplicationRobustDivision()
        apart = max(
            abs(net_of_copies(rule, game, 0, k) - closed_form(game[1], game[2], 1.0, k))
            for game in _two_parties(own, other)
            for k in (0, 1, self.copies)
        )
        at = thresholds.set_index("other_improvement")["threshold"]
        seller = gains_from_copies("normalised", np.array([[0, 1, 0.9, 1]]), 0, self.copies)[0]
        return [
            Verdict.number(
                "two parties: distance from the closed form", derived("closed form for two parties"), 0.0, apart, 1e-9
            ),
            *(
                Verdict.number(
                    f"two parties: threshold where the other improves {other:g}",
                    derived("root of the closed form for two parties"),
                    known,
                    at[other],
                    1e-4,
                )
                for other, known in KNOWN_THRESHOLDS.items()
            ),
            Verdict.statement(
                "normalised market: robust to replication",
                printed("Section 3.1, robustness to replication"),
                "a party that replicates its data does not earn more (Section 3.1; proof only in the full version)",
                round(float(seller[0]), 4),
                bool(seller[0] <= ROUND_OFF),
                "the claim fails: a party with the best model, beside one of 0.9, gains by a single copy",
                expected=REFUTED,
            ),
        ]

    def _random_checks(self, table: pd.DataFrame) -> list[Verdict]:
        normalised, excess = (table[table["division"] == division] for division in ("normalised", "excess"))
        against = int(normalised["profit_above_others_mean"].sum())
        tried = int((normalised["games"] * normalised["parties"]).sum())
        few = excess[excess["parties"] <= 3]
        plain = table[(table["division"] == "shapley") & (table["parties"] == max(self.parties))]
        checks = [
            Verdict.statement(
                "normalised market: copies never pay who improves at least as much as the others on average",
                derived("the small-gap law, conjectured beyond it"),
                "conjectured; the paper claims it without the condition",
                f"{against} of {tried}",
                against == 0,
            ),
            Verdict.statement(
                "printed market: robust to replication",
                printed("Section 3.1, robustness to replication"),
                "a party that replicates its data does not earn more (Section 3.1)",
                float(table[table["division"] == "printed"]["games_where_one_profits"].min()),
                bool((table[table["division"] == "printed"]["games_where_one_profits"] == 0).all()),
                "the claim fails for b_i = a ψ_i: the pot and the sum of the parts both grow with the copies",
                expected=REFUTED,
            ),
            Verdict.statement(
                "printed market: copies pay in almost all games",
                derived("the pot and the sum of the parts both grow with the copies"),
                "somebody profits in more than half of the games of every family",
                float(table[table["division"] == "printed"]["games_where_one_profits"].min()),
                bool((table[table["division"] == "printed"]["games_where_one_profits"] > 0.5).all()),
            ),
            Verdict.statement(
                "plain Shapley division: copies pay in many games",
                printed("Section 2"),
                "Shapley values are not robust to replication (Section 2)",
                float(plain["parties_who_profit"].min()),
                bool((plain["parties_who_profit"] > 0.3).all()),
            ),
            Verdict.statement(
                "marked down by similarity: copies never pay",
                derived("similarity marks copies down, as related work does"),
                "copies are marked down (Related work, on Agarwal et al.)",
                float(table[table["division"] == "similarity"]["largest_gain"].max()),
                bool((table[table["division"] == "similarity"]["parties_who_profit"] == 0).all()),
            ),
        ]
        if len(few):
            checks.append(
                Verdict.statement(
                    "excess market: copies never pay among at most three parties",
                    derived("where more data never hurts, the net does not grow with the copies"),
                    "copies never pay",
                    float(few["largest_gain"].max()),
                    bool((few["parties_who_profit"] == 0).all()),
                )
            )
        uniform = normalised[(normalised["family"] == "uniform") & (normalised["parties"] == 2)]
        for share in uniform["parties_who_profit"].tolist():
            spread = max(0.002, 4 * (UNIFORM_TRIPLES / self.games) ** 0.5)
            checks.append(
                Verdict.number(
                    "normalised market: uniform triples where copies pay",
                    elsewhere("notes on the markets paper, uniform monotone triples"),
                    UNIFORM_TRIPLES,
                    share,
                    spread,
                )
            )
        return checks

    def _draw(self, tables: dict[str, pd.DataFrame]) -> Figure:
        figure, (plane, lines, shares) = figures.new_figure(3, width=5.6, height=4.2, title="Who profits from entering copies?")
        table = tables["replication-threshold"]
        self._draw_plane(figure, plane, table, tables["thresholds"])
        near = table["other_improvement"].to_numpy()[np.abs(table["other_improvement"] - 0.2).argmin()]
        chosen = table[table["other_improvement"] == near]
        for index, (division, rows) in enumerate(chosen.groupby("division", sort=False)):
            style = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))[index % 5]
            tint = figures.rule_colour(str(division))
            lines.plot(rows["own_improvement"], rows["gain"], color=tint, linestyle=style, label=str(division))
        lines.axhline(0, color="0.6", linewidth=0.8)
        lines.set(
            title=f"by division, a_2 = {near:g}",
            xlabel="what the copier improves, a_1 (model quality)",
            ylabel="best gain from copies (model quality)",
        )
        lines.legend(fontsize=9, frameon=False)
        self._draw_shares(shares, tables["exploitable"])
        return figure

    @staticmethod
    def _draw_plane(figure: Figure, plane: Axes, table: pd.DataFrame, thresholds: pd.DataFrame) -> None:
        grid = table[table["division"] == "normalised"].pivot(index="own_improvement", columns="other_improvement", values="gain")
        limit = float(np.abs(grid.to_numpy()).max())
        image = plane.pcolormesh(grid.columns, grid.index, grid, cmap="PuOr_r", vmin=-limit, vmax=limit, shading="nearest")
        figure.colorbar(image, ax=plane).ax.set_title("gain", fontsize=9)
        plane.plot(thresholds["other_improvement"], thresholds["threshold"], color="black", label="below: copies pay")
        plane.set(
            title="best gain from copies, normalised market, two parties",
            xlabel="what the other improves, a_2 (model quality)",
            ylabel="what the copier improves, a_1 (model quality)",
        )
        plane.legend(fontsize=9, loc="upper left")

    def _draw_shares(self, axis: Axes, table: pd.DataFrame) -> None:
        most = max(self.parties)
        wide = table[table["parties"] == most].pivot(index="family", columns="division", values="parties_who_profit")
        wide = wide[list(DIVISIONS)]
        figures.grouped_bars(axis, wide, [figures.rule_colour(name) for name in DIVISIONS])
        axis.set(title=f"random games of {most} parties, same colours", xlabel="share of parties who profit", xlim=(0, 1.03))


def _two_parties(own: FloatArray, other: FloatArray) -> FloatArray:
    """Return the gains of two parties that improve ``own`` and ``other`` to 1, shape (batch, 4)."""
    return np.column_stack([np.zeros_like(own), 1 - own, 1 - other, np.ones_like(own)])
