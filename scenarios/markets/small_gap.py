"""A law for markets in which all models are nearly as good as the joint one."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...verdicts import Verdict, derived
from .copying import nets_of_copies

BEHIND = np.array([0.1, 0.2, 0.8, 1.0])
MOST_DANGEROUS = 3
LARGEST_SMALL_GAP = 0.01


def small_gap_law(parties: int, improvement: float, others: float, copies: int) -> float:
    """Return what a party with copies earns net in the normalised market where all models are nearly as good as the joint one.

    net = (n - 1)(k + 1)/(n + k) · (others' mean improvement - own improvement), up to terms of second order in the gap. Derived
    for this project from Section 4 of the market paper.

    Examples
    --------
    >>> round(small_gap_law(4, 0.001, 0.003, 1), 4)
    0.0024
    """
    return (parties - 1) * (copies + 1) / (parties + copies) * (others - improvement)


def small_gap_game(gap: float) -> FloatArray:
    """Return gains of coalitions that fall short of 1 by half as much for every member more, and not at all for everybody."""
    parties = len(BEHIND)
    inside = ((np.arange(1 << parties)[:, None] >> np.arange(parties)) & 1).astype(bool)
    size = inside.sum(axis=1)
    short = np.where(inside, BEHIND, np.inf).min(axis=1, initial=np.inf)
    gains = np.asarray(1 - gap * np.where(size == parties, 0.0, short) * 0.5 ** np.maximum(size - 1.0, 0.0))
    gains[0] = 0.0
    return gains


def small_gap_table(gaps: Iterable[float], copies: int) -> pd.DataFrame:
    """Return the law beside the market, for four parties whose models alone are ``BEHIND`` gaps worse than the joint one."""
    rows = []
    for gap in gaps:
        gains = small_gap_game(gap)
        improvement = gap * BEHIND
        for party, own in enumerate(improvement.tolist()):
            others = float(np.delete(improvement, party).mean())
            nets = [float(nets_of_copies("normalised", gains[None], party, k)[0]) for k in range(copies + 1)]
            for k, net in enumerate(nets):
                law = small_gap_law(len(BEHIND), own, others, k)
                rows.append(
                    {
                        "gap": gap,
                        "party": f"party {party + 1}",
                        "improvement": own,
                        "others_mean": others,
                        "copies": k,
                        "net": net,
                        "gain": net - nets[0],
                        "law": law,
                        "relative_error": abs(net - law) / abs(law),
                    }
                )
    return pd.DataFrame(rows)


def small_gap_checks(table: pd.DataFrame) -> list[Verdict]:
    """Hold the market against the law at the smallest gap, where that is small."""
    gap = float(table["gap"].min())
    if gap > LARGEST_SMALL_GAP:
        return []
    smallest = table[(table["gap"] == gap) & (table["copies"] <= MOST_DANGEROUS)]
    error = float(smallest["relative_error"].max())
    entered = smallest[smallest["copies"] > 0]
    return [
        Verdict.number(
            f"small-gap law: relative error at gap {gap:g}, up to {MOST_DANGEROUS} copies",
            derived("expansion in the gap"),
            0.0,
            error,
            10 * gap,
        ),
        Verdict.statement(
            "small-gap law: copies pay exactly who improves less than the others' mean",
            derived("expansion in the gap"),
            "derived: net = (n - 1)(k + 1)/(n + k) (others' mean - own improvement) + O(gap²)",
            sorted(set(entered.loc[entered["gain"] > 0, "party"])),
            bool(((entered["gain"] > 0) == (entered["improvement"] < entered["others_mean"])).all()),
        ),
    ]
