"""What single moves against rewards in models are known to do."""

import itertools
from dataclasses import dataclass

import pandas as pd

from ...verdicts import REFUTED, Verdict, derived, elsewhere, printed
from .friedman_rows import NOTE, PAPER_ROWS
from .strategic_findings import COPIES, POWERS

SAME = 1e-6
ENOUGH_ROWS = 300
KNOWN = {
    ("party 2 enters its rows twice", 1.0, "Shapley value of party 2"): ((29.2, 2.5), (36.3, 3.0)),
    ("party 2 enters its rows twice", 1.0, "party 2 knows"): ((79.6, 9.0), (94.1, 3.0)),
    ("party 2 shuffles its targets", 1.0, "MNLP of the joint model"): ((1.46, 0.15), (3.57, 1.2)),
    ("party 1 withholds 50%", 1.0, "party 1 knows"): ((94.1, 3.0), (82.7, 7.0)),
    ("party 1 withholds 50%", 0.2, "party 1 knows"): ((94.1, 3.0), (91.6, 3.0)),
    ("party 2 withholds 90%", 0.2, "party 2 knows"): ((91.0, 4.0), (80.8, 4.0)),
    ("a fourth party joins with one row", 1.0, "reward of party 4"): ((4.26, 0.05), (3.2, 0.4)),
    ("a fourth party joins with one row", 0.5, "reward of party 4"): ((4.26, 0.05), (17.4, 1.0)),
    ("a fourth party joins with one row", 0.2, "reward of party 4"): ((4.26, 0.05), (48.0, 1.5)),
    ("a fourth party joins with one row", 0.1, "reward of party 4"): ((4.26, 0.05), (67.0, 2.0)),
    ("party 2 enters under two names", 1.0, "Shapley value of party 2"): ((29.2, 2.5), (35.8, 2.5)),
    ("party 2 enters under two names", 1.0, "party 2 knows"): ((79.6, 9.0), (65.6, 7.0)),
    ("parties 2 and 3 pool their rewards", 1.0, "they know, and their data is worth"): ((86.3, 3.5), (90.4, 4.5)),
}
"""Before and after, each worked out independently for one draw of 750 rows, and how far other draws may be from it.

The second number is the distance to the mean of 14 draws and three standard deviations among them.
"""

TWICE = "party 2 enters its rows twice"
SHUFFLED = "party 2 shuffles its targets"
QUARTER = "party 1 withholds 25%"
TINY = "a fourth party joins with one row"
TWO_NAMES = "party 2 enters under two names"
POOLED = "parties 2 and 3 pool their rewards"
NESTED = "the same with nested noise"


@dataclass(frozen=True)
class _Moves:
    """The table of measures, by what was done, at which power, and what was measured."""

    table: pd.DataFrame

    def pair(self, move: str, measure: str, rho: float = 1.0) -> tuple[float, float]:
        """Return the number before and after."""
        rows = self.table[(self.table["move"] == move) & (self.table["rho"] == rho) & (self.table["measure"] == measure)]
        return float(rows["before"].iloc[0]), float(rows["after"].iloc[0])

    def rise(self, move: str, measure: str, rho: float = 1.0) -> float:
        """Return by how much the number rises."""
        before, after = self.pair(move, measure, rho)
        return after - before


def checks_of_moves(table: pd.DataFrame, rows: int) -> list[Verdict]:
    """Hold single moves against what they do to this data; numbers only for as many rows as in the paper.

    Parameters
    ----------
    table
        From `measured`.
    rows
        How many rows the three parties hold together. With few rows much may come out either way, and less is checked.
    """
    moves = _Moves(table)
    checks = _known_numbers(moves) if rows == PAPER_ROWS else []
    checks.append(
        Verdict.number(
            "change of a Shapley value by shuffled targets",
            derived("values look at inputs alone"),
            0,
            moves.rise(SHUFFLED, "Shapley value of party 2"),
            SAME,
        )
    )
    if rows >= ENOUGH_ROWS:
        checks += [*_of_reports(moves), *_of_small_parties(moves), *_of_names_and_pools(moves)]
    return checks


def _known_numbers(moves: _Moves) -> list[Verdict]:
    checks = []
    for (move, rho, measure), known in KNOWN.items():
        for when, (number, tolerance), found in zip(("before", "after"), known, moves.pair(move, measure, rho), strict=True):
            checks.append(
                Verdict.number(
                    f"{move}, ρ = {rho:g}: {measure}, {when}",
                    elsewhere("notes on the frozen data set"),
                    number,
                    found,
                    tolerance,
                    NOTE,
                )
            )
    return checks


def _of_reports(moves: _Moves) -> list[Verdict]:
    rank = moves.pair(TWICE, "rank of party 2")[1]
    broken = moves.pair(f"party 2 enters its rows {COPIES} times", "parties rewarded below their own data")[1]
    spoilt = moves.rise(SHUFFLED, "MNLP of the joint model")
    before, after = moves.pair(QUARTER, "party 1 knows")
    helped = moves.rise(QUARTER, "party 2 knows")
    return [
        Verdict.statement(
            "rank of party 2 when it enters its rows twice",
            printed("F4, Section 4.1.1"),
            "more informative data give a better model (F4, Section 4.1.1)",
            rank,
            rank != 1,
            "repeated rows count as new measurements",
            expected=REFUTED,
        ),
        Verdict.statement(
            f"parties whom {COPIES} copies by another leave below R4",
            printed("R4, Section 4.1"),
            "R4 (Section 4.1)",
            broken,
            broken != 2,
            expected=REFUTED,
        ),
        Verdict.statement(
            "shuffled targets spoil the joint model",
            printed("Section 5"),
            "IG is a surrogate of predictive accuracy (Section 5)",
            spoilt,
            not (spoilt > 0),
            "rise of its MNLP, unpunished",
            expected=REFUTED,
        ),
        Verdict.statement(
            "share of what it knows that withholding a quarter costs party 1",
            printed("Section 4"),
            "rewards are an incentive to contribute (Section 4)",
            (before - after) / before,
            not (after > 0.95 * before),
            f"party 2 then knows {helped:.1f} nats more",
            expected=REFUTED,
        ),
    ]


def _of_small_parties(moves: _Moves) -> list[Verdict]:
    rewards = [moves.pair(TINY, "reward of party 4", rho) for rho in POWERS]
    rising = all(one[1] < other[1] for one, other in itertools.pairwise(rewards))
    return [
        Verdict.statement(
            f"what one row is rewarded with at ρ = {', '.join(f'{rho:g}' for rho in POWERS)}",
            printed("Section 4.2"),
            "a smaller ρ raises the rewards of those with little (Section 4.2)",
            [round(after, 1) for _, after in rewards],
            rising and rewards[0][1] < rewards[0][0],
            f"at ρ = 1 less than its own {rewards[0][0]:.2f} nats (R4)",
        )
    ]


def _of_names_and_pools(moves: _Moves) -> list[Verdict]:
    split = moves.rise(TWO_NAMES, "party 2 knows")
    over_data = moves.rise(POOLED, "they know, and their data is worth")
    over_rewards, nested = (moves.rise(move, "they know, and the better of them") for move in (POOLED, NESTED))
    return [
        Verdict.statement(
            "what entering under two names gains party 2",
            derived("two accounts of one owner"),
            "not treated",
            split,
            split < 0,
            "nats, at ρ = 1; its Shapley values add up to more, its models to less",
        ),
        Verdict.statement(
            "what two parties who pool their rewards know beyond their own data",
            printed("Definition 3"),
            "no coalition gains by leaving (Definition 3)",
            over_data,
            not (over_data > 0 and over_rewards > 0),
            "nats; it looks at coalitions that leave, not at those that stay and share",
            expected=REFUTED,
        ),
        Verdict.statement(
            "nested noise makes pooling worth less",
            derived("pooled releases"),
            "not treated",
            f"{nested:.2f} instead of {over_rewards:.2f}",
            0 < nested < over_rewards,
            "nats over the better reward; own rows are pooled as they are, so some gain stays",
        ),
    ]
