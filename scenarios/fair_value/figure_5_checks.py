"""What the paper says about Figure 5, sentence by sentence, and how the figure is drawn."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ...models.tasks import sharing_errors
from ...pictures import figures
from ...verdicts import REFUTED, Verdict, derived, printed

TYPES = ("fed_low", "fed_high", "direct_low", "direct_high", "none")
HETEROGENEOUS, MIDDLE, HOMOGENEOUS = (100.0, 1.0), (1.0, 10.0), (0.1, 100.0)
Regime = tuple[float, float]
NOBODY = np.zeros(0)
APART = "worked out apart from the program"

KNOWN: dict[Regime, tuple[float, float, float, float]] = {
    HETEROGENEOUS: (-3.2666, -2.6899, 3.6492, 5.9520),
    MIDDLE: (-0.8811, 0.5280, -0.1292, 2.4819),
    HOMOGENEOUS: (-2.8175, 2.7325, -1.8755, 6.0871),
}
"""Differences from U/N worked out independently, in the order of the types."""


def distances(found: Mapping[Regime, Mapping[str, float]]) -> list[Verdict]:
    """Hold the differences from the average in each regime against those worked out independently."""
    return [
        Verdict.number(
            f"s² = {regime[0]:g}, t² = {regime[1]:g}: distance from the known differences",
            derived(APART),
            0.0,
            max(abs(found[regime][kind] - value) for kind, value in zip(TYPES, known, strict=False)),
            5.1e-5,
            "worked out independently, to four digits",
        )
        for regime, known in KNOWN.items()
        if regime in found
    ]


def sentences(found: Mapping[Regime, Mapping[str, float]]) -> list[Verdict]:
    """Hold the sentences of Section 4.1.1 against differences by type in the three regimes; none if one is missing."""
    if not set(KNOWN) <= set(found):
        return []
    het, mid, hom = (found[regime] for regime in (HETEROGENEOUS, MIDDLE, HOMOGENEOUS))
    gap_high, gap_low = hom["direct_high"] - hom["fed_high"], hom["direct_low"] - hom["fed_low"]
    by_size = hom["direct_high"] - hom["direct_low"]
    spread = [max(each[kind] for kind in TYPES[:4]) - min(each[kind] for kind in TYPES[:4]) for each in (het, mid, hom)]
    return [
        Verdict.statement(
            "heterogeneous users",
            printed("Section 4.1.1"),
            "direct users are paid above the average, federated users below",
            shown(het),
            min(het["direct_low"], het["direct_high"]) > 0 > max(het["fed_low"], het["fed_high"]),
        ),
        Verdict.statement(
            "nearly alike users",
            printed("Section 4.1.1"),
            "users with more data are paid above the average, those with less below",
            shown(hom),
            min(hom["fed_high"], hom["direct_high"]) > 0 > max(hom["fed_low"], hom["direct_low"]),
        ),
        Verdict.statement(
            "nearly alike users, level",
            printed("Section 4.1.1"),
            "at fixed n direct users receive more than federated ones, significantly so at n = 100",
            f"{gap_high:.2f} more at n = 100, {gap_low:.2f} at n = 10",
            gap_high > gap_low > 0,
            f"the caption: level matters less than data; {gap_high:.2f} here, {by_size:.2f} between direct users of either size",
        ),
        Verdict.statement(
            "intermediate regime",
            printed("Section 4.1.1"),
            "payments are closer to the average, users with more data favoured slightly",
            "spread " + ", ".join(f"{value:.2f}" for value in spread),
            spread[1] < min(spread[0], spread[2]) and mid["fed_high"] > mid["fed_low"] and mid["direct_high"] > mid["direct_low"],
        ),
    ]


def captions(rng: np.random.Generator, draws: int = 200_000) -> Verdict:
    """Sample users to tell which of s² and t² is which: a silent user is estimated from three who share ten samples each."""
    s2, t2, n = 4.0, 1.0, 10.0
    means = rng.normal(0, np.sqrt(s2), (draws, 4))
    estimates = means[:, :3] + rng.normal(0, np.sqrt(t2 / n), (draws, 3))
    squares = (estimates.mean(axis=1) - means[:, 3]) ** 2
    text, caption = (silent_error(one, other, n) for one, other in ((s2, t2), (t2, s2)))
    error = float(squares.std() / np.sqrt(draws))
    return Verdict.statement(
        "Figure 4: s² is the variance of the users' means",
        printed("caption of Figure 4"),
        f"printed in the caption: the other way round, EMSE {caption:.4f}",
        f"corrected (as in the text): {text:.4f}; sampled {squares.mean():.4f} ± {error:.4f}",
        not (abs(squares.mean() - text) < 5 * error < abs(squares.mean() - caption)),
        "s² = 4, t² = 1, three users share 10 samples each, a fourth is estimated",
        expected=REFUTED,
    )


def silent_error(s2: float, t2: float, n: float) -> float:
    """Return the EMSE of a silent user beside three direct ones with n samples."""
    return float(sharing_errors(NOBODY, np.zeros((0, 1)), np.array([n]), np.full((1, 1), 3.0), s2, t2)[0][0])


def printed_n_bar() -> Verdict:
    """Show eq. 54's n-bar as printed beside the corrected one, for the first federated user of Figure 5's ten."""
    s2, t2 = HOMOGENEOUS
    n, federated, direct = np.array([10.0, 100.0]), np.array([[3.0], [2.0]]), np.array([[2.0], [2.0]])
    corrected = float(sharing_errors(n, federated, n, direct, s2, t2)[1][0])
    # in the order of eq. 16 the printed indices N1+1..N1+N2 are the last four of the five federated users
    pooled = t2 * (2 / 10 + 2 / 100) / 5
    spread = s2 + pooled
    precision = 5 / spread + float((direct[:, 0] / (s2 + t2 / n)).sum())
    as_printed = s2 * (4 * s2 + 5 * pooled) / (5 * spread) + (pooled / spread) ** 2 / precision
    return Verdict.statement(
        "eq. 54: n-bar runs over all federated users",
        printed("eq. 54"),
        f"printed (j = N1+1..N1+N2, j ≠ i): EMSE {as_printed:.4f}",
        f"corrected (j = N2+1..N2+N1): {corrected:.4f}",
        not (abs(corrected - 0.4477) <= 5e-5 and corrected - as_printed > 0.01),
        "a federated user with n = 10, s² = 0.1, t² = 100; as printed the error would be below the least one possible",
        expected=REFUTED,
    )


def printed_weight_condition() -> Verdict:
    """Show the left side of eq. 71 as printed, w_ii V_i, and corrected, w_i0, for a direct user of Figure 5's ten."""
    federated, direct = np.array([10.0, 10, 10, 100, 100]), np.array([100.0, 10, 10, 100])
    sides = []
    for s2, t2 in (HETEROGENEOUS, MIDDLE, HOMOGENEOUS):
        average, own = s2 + t2 * np.mean(1 / federated), s2 + t2 / direct
        ratio = float(average / len(federated) * (1 / own).sum())  # N2 V0 / (N1 V-bar)
        w_0 = (1 - s2 / own[0]) / (1 + ratio)
        w_own = (average * w_0 / len(federated) + s2) / own[0]
        sides.append((w_own * own[0] + w_0 * ratio + s2 / own[0], w_0 + w_0 * ratio + s2 / own[0]))
    as_printed, corrected = np.array(sides).T
    return Verdict.statement(
        "eq. 71: a direct user's weights satisfy it",
        printed("eq. 71"),
        f"printed (w_ii V_i): {', '.join(f'{side:.4g}' for side in as_printed)} in the three regimes",
        f"corrected (w_i0): {', '.join(f'{side:.4g}' for side in corrected)}",
        not (bool(np.allclose(corrected, 1, atol=1e-12) and np.allclose(as_printed, [101.0, 1.968, 1.175], rtol=5e-4))),
        "the right side is 1; a direct user with n = 100",
        expected=REFUTED,
    )


def star_sentences(table: pd.DataFrame, without: pd.DataFrame) -> list[Verdict]:
    """Hold the sentences of Section 4.1.2 against the table of Figure 5b, and what heterogeneous users get without a star."""
    found = {(str(rows["star"].iloc[0]), regime_of(rows)): rows for _, rows in table.groupby(["star", "s2", "t2"], sort=False)}
    checks = []
    if ("direct_high", HETEROGENEOUS) in found:
        checks += _one_takes_most(found["direct_high", HETEROGENEOUS], without)
    alike = {star: rows for (star, regime), rows in found.items() if regime == HOMOGENEOUS}
    others = {star: _not_the_star(rows, star) for star, rows in alike.items()}
    if "direct_high" in others:
        above = sorted(kind for kind, value in others["direct_high"].items() if value > 0)
        checks.append(
            Verdict.statement(
                "nearly alike users: the star is not alone",
                printed("Section 4.1.2"),
                "those who contribute more data benefit too, federated users with n = 100 among them",
                f"above the average: {', '.join(above)}",
                above == ["direct_high", "fed_high"],
            )
        )
    if len(others) > 1:
        orders = {tuple(sorted(TYPES[:4], key=value.__getitem__)) for value in others.values()}
        checks.append(
            Verdict.statement(
                "second and fourth group",
                printed("Section 4.1.2"),
                "whoever is the star, it is those with large n who benefit",
                " / ".join(" < ".join(order) for order in sorted(orders)),
                len(orders) == 1,
                "the order of the users who are not the star",
            )
        )
    low = {star: float(_star(rows, star)["difference"]) for star, rows in alike.items() if star.endswith("low")}
    if low:
        checks.append(
            Verdict.statement(
                "nearly alike users: a star with little data",
                printed("caption of Figure 5"),
                "any user can benefit from a user having a large a (caption)",
                ", ".join(f"{star} {value:+.1f}" for star, value in low.items()),
                not (all(value < 0 for value in low.values())),
                "but not the star itself, which stays below the average: who has data gains, not who matters",
                expected=REFUTED,
            )
        )
    return checks


def regime_of(rows: pd.DataFrame) -> Regime:
    """Return s² and t² of rows that share them."""
    return float(rows["s2"].iloc[0]), float(rows["t2"].iloc[0])


def _one_takes_most(rows: pd.DataFrame, without: pd.DataFrame) -> list[Verdict]:
    star = _star(rows, "direct_high")
    average = float(star["payment"] - star["difference"])
    share = float(star["payment"]) / (average * 10)
    before = without.set_index("user_type")["payment"]
    beside = rows.drop(index=star.name)
    paid = zip(beside["user_type"], beside["payment"], strict=True)
    ratios = {kind: now / float(before[kind]) for kind, now in paid if kind != "none"}
    return [
        Verdict.number("heterogeneous users: payment of the star", derived(APART), 953.67, float(star["payment"]), 0.005),
        Verdict.statement(
            "heterogeneous users: the star takes most",
            printed("Section 4.1.2"),
            "the star receives most of the benefit",
            f"{star['payment']:.2f} of {average * 10:.2f} ({share:.0%})",
            share > 0.5,
        ),
        Verdict.statement(
            "heterogeneous users: the others beside the star",
            printed("Section 4.1.2"),
            "the others do not benefit",
            "paid " + ", ".join(f"{kind} {ratio:.2f}" for kind, ratio in ratios.items()) + " times as much",
            max(ratios.values()) <= 1,
            "they stay below the average, which the star raises, but are paid more than without it",
            expected=REFUTED,
        ),
    ]


def _star(rows: pd.DataFrame, star: str) -> pd.Series:
    return rows[rows["user_type"] == star].iloc[0]


def _not_the_star(rows: pd.DataFrame, star: str) -> dict[str, float]:
    rest = rows.drop(index=_star(rows, star).name)
    return {kind: value for kind, value in zip(rest["user_type"], rest["difference"], strict=True) if kind != "none"}


def shown(differences: Mapping[str, float]) -> str:
    """Return differences from the average as text, the silent user left out."""
    return ", ".join(f"{kind} {differences[kind]:+.2f}" for kind in TYPES[:4])


def draw_groups(axis: Axes, groups: list[pd.DataFrame], labels: list[str]) -> None:
    """Draw a group of bars a regime, a bar a type that shares; the star has a bar of its own, marked ★."""
    for place, rows in enumerate(groups):
        rows = rows[rows["user_type"] != "none"].reset_index(drop=True)
        width = 0.8 / len(rows)
        for index, (kind, star, height) in enumerate(zip(rows["user_type"], rows["star"], rows["difference"], strict=True)):
            colour = figures.colour(TYPES.index(kind))
            first = kind == star and kind not in rows["user_type"][:index].tolist()
            left = place - 0.4 + (index + 0.5) * width
            label = kind.replace("_", ", n ") if place == 0 and not first else None
            axis.bar(left, height, width * 0.9, color=colour, label=label, hatch="//" if first else None, edgecolor="white")
            if first:
                axis.annotate("★", (left, max(height, 0)), ha="center", va="bottom", fontsize=11)
    axis.axhline(0, color="0.4", linewidth=0.8)
    axis.set_xticks(range(len(groups)), labels, fontsize=9)
    axis.set_ylabel("payment less U/N")
    axis.legend(fontsize=8, frameon=False)
