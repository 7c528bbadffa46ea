"""What each party gains from its reward model beside what it could gain at most: the points of Figures 3, 5 and 6."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ...arrays import FloatArray
from ...mechanisms import CoalitionalGame, rho_individual_rationality, shapley, shapley_rewards
from ...models.tasks import GaussianRegression
from ...verdicts import REFUTED, REPRODUCED, UNDECIDED, Verdict, mean_interval, printed

COLUMNS = ["partition", "party", "rho", "ig_improvement", "ig_maximum", "mnlp_improvement", "mnlp_maximum", "phi_ratio"]
NOTABLE = 0.02
FEWEST = 3
AROUND = (0.1, 0.2)
"""What passes for "around 15 %"."""

CLOSE = 0.75
"""From which share of the largest improvement on a point passes for close to the diagonal."""

MAGNITUDES = 30.0


def reward_points(
    task: GaussianRegression, partition: int, rhos: Sequence[float], draws: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reward the parties of one partition and predict with their models.

    Parameters
    ----------
    task
        Who holds what.
    partition
        Its number, for the tables.
    rhos
        Powers ρ of the rule, each in [0, 1].
    draws
        Realisations of the noise for each party; the same standard draws at every ρ.
    rng
        Source of the noise.

    Returns
    -------
    points, partitions
        Points: a row a realisation, with the columns `COLUMNS`; none for a ρ at which some party would be worse off than alone,
        as in the paper. Partitions: a row a ρ, with ``rational`` telling whether none would.
    """
    game = CoalitionalGame(task.coalition_values())
    phi = shapley(game)
    rewards = np.array([shapley_rewards(game, rho) for rho in rhos])
    targets, sizes = task.test_rows.targets, [len(rows) for rows in task.holdings()]
    points, rational = [], np.ones(len(rhos), dtype=bool)
    for party in range(task.n_parties):
        model = task.reward_model(party)
        realised = model.realisation.realise(rewards[:, party])
        rational &= realised.rational
        standard = rng.normal(size=(draws, sum(sizes) - sizes[party]))
        reached = model.mnlp(targets, realised.eta, standard)
        own, best = float(model.own.mnlp(targets)), float(model.predict(0.0).mnlp(targets))
        for place, rho in enumerate(rhos):
            gained = float(realised.gain[place] - model.realisation.own)
            at_most = model.realisation.full - model.realisation.own
            ratio = float(phi[party] / phi.max())
            points += [
                (partition, party + 1, rho, gained, at_most, own - mnlp, own - best, ratio) for mnlp in reached[place].tolist()
            ]
    table = pd.DataFrame(points, columns=COLUMNS)
    bound = rho_individual_rationality(game)
    summary = pd.DataFrame(
        {"partition": partition, "rho": list(rhos), "rational": rational, "rho_rationality": bound, "joint_model": game.grand}
    )
    return table[table["rho"].isin(summary.loc[summary["rational"], "rho"])], summary


def shares_of_points(points: pd.DataFrame, rho: float) -> tuple[float, float, float]:
    """Return three shares of the points at one ρ; NaN where there are none to take it of.

    They are: points with a positive MNLP improvement; the same among points whose largest improvement is notable; and the mean
    share of the largest improvement in information that parties below the top get.
    """
    chosen = points[points["rho"] == rho]
    notable = chosen[chosen["mnlp_maximum"] > NOTABLE]
    below = chosen[chosen["phi_ratio"] < 1 - 1e-9]
    return (
        _mean(chosen["mnlp_improvement"] > 0),
        _mean(notable["mnlp_improvement"] > 0),
        _mean(below["ig_improvement"] / below["ig_maximum"]),
    )


def _mean(values: "pd.Series[float] | pd.Series[bool]") -> float:
    return float(values.mean()) if len(values) else float("nan")


def point_checks(points: pd.DataFrame, partitions: pd.DataFrame, rhos: Sequence[float], a_split: int = 1) -> list[Verdict]:
    """Return the checks that the scatter plots share; ``a_split`` partitions in a row share their rows and are one sample."""
    checks = []
    for rho in rhos:
        mine = points[points["rho"] == rho]
        rational = partitions.loc[partitions["rho"] == rho, "rational"]
        positive = by_split(mine["mnlp_improvement"] > 0, mine["partition"], a_split)
        note = (
            f"{len(mine)} points; {shares_of_points(points, rho)[1]:.3f} of those whose largest is above {NOTABLE:g}; "
            f"{int(rational.sum())} of {len(rational)} partitions are individually rational"
        )
        name, claim = f"MNLP improvements, ρ = {rho:g}", "usually positive"
        checks.append(usually(name, claim, positive, note))
    if len(rhos) > 1:
        high, low = max(rhos), min(rhos)
        kept = [int(partitions.loc[partitions["rho"] == rho, "rational"].sum()) for rho in (high, low)]
        both = set(points.loc[points["rho"] == high, "partition"])  # the others would compare different partitions
        alike = points[points["partition"].isin(both)]
        nearer = [shares_of_points(alike, rho)[2] for rho in (high, low)]
        few = len(partitions) < FEWEST * len(rhos)
        checks += [
            Verdict.statement(
                f"partitions kept, ρ = {high:g} and {low:g}",
                printed("Section 6.2"),
                "more as ρ decreases",
                f"{kept[0]}, {kept[1]}",
                kept[1] >= kept[0],
            ),
            _nearer(nearer, high, low).excused(few, f"no partition is kept at both in every {FEWEST}"),
        ]
    return checks


def by_split(holds: "pd.Series[bool]", partitions: "pd.Series[int]", a_split: int) -> FloatArray:
    """Return the share of points for which something holds, of every so many partitions in a row.

    Examples
    --------
    >>> by_split(pd.Series([True, True, False, True]), pd.Series([1, 2, 3, 4]), a_split=2).tolist()
    [1.0, 0.5]
    """
    return np.asarray(holds.groupby((partitions - 1) // a_split).mean(), dtype=np.float64)


def usually(name: str, claim: str, shares: FloatArray, note: str) -> Verdict:
    """Return whether something holds of most points; of one split or none it cannot be said."""
    if len(shares) < FEWEST:
        found, reason = ", ".join(f"{share:.3f}" for share in shares), f"{len(shares)} samples tell no interval; {note}"
        return Verdict(name, printed("Section 6.2"), claim, found, UNDECIDED, UNDECIDED, reason)
    return Verdict.over_seeds(name, printed("Section 6.2"), claim, shares, lambda mean: mean > 0.5, note=note)


def negative_checks(points: pd.DataFrame, rhos: Sequence[float], a_split: int) -> list[Verdict]:
    """Return whether improvements in MNLP are negative "around 15 % of the time": undecided where the interval reaches beyond.

    On a few splits it does, so that this is expected; on many another outcome is news.
    """
    checks, (least, most) = [], AROUND
    for rho in rhos:
        mine = points[points["rho"] == rho]
        shares = by_split(mine["mnlp_improvement"] <= 0, mine["partition"], a_split)
        low, high = mean_interval(shares) if len(shares) else (-math.inf, math.inf)
        inside, outside = least <= low and high <= most, high < least or low > most
        checks.append(
            Verdict(
                f"negative MNLP improvements, ρ = {rho:g}",
                printed("Section 6.2"),
                "negative around 15% of the time",
                f"{shares.mean() if len(shares) else math.nan:.3f} [{low:.3f}, {high:.3f}] over {len(shares)} splits",
                REPRODUCED if inside else REFUTED if outside else UNDECIDED,
                UNDECIDED,
                f"the interval is held against {least:.0%} to {most:.0%}; on 25 splits of the diabetes data 23 % and 20 % "
                "were negative at ρ = 1 and 0.5",
                interval=(low, high),
            )
        )
    return checks


def diagonal_check(points: pd.DataFrame, rho: float) -> Verdict:
    """Return whether most points at one ρ get nearly the largest improvement in MNLP, by partition."""
    mine = points[(points["rho"] == rho) & (points["mnlp_maximum"] > 0)]
    close = by_split(mine["mnlp_improvement"] > CLOSE * mine["mnlp_maximum"], mine["partition"], 1)
    name, note = f"points close to the diagonal, ρ = {rho:g}", f"close: above {CLOSE:.0%} of the largest improvement in MNLP"
    return usually(name, "most points are close to the diagonal identity line", close, note)


def _nearer(shares: Sequence[float], high: float, low: float) -> Verdict:
    """Return whether the others get a larger share at the lower ρ; undecided where no partition is kept at both."""
    none = bool(np.isnan(shares).any())
    outcome = UNDECIDED if none else REPRODUCED if shares[1] > shares[0] else REFUTED
    return Verdict(
        f"share of the largest improvement in information that others than the top get, ρ = {high:g} and {low:g}",
        printed("Section 6.2"),
        "points of parties with smaller φ move closer to the diagonal as ρ decreases",
        f"{shares[0]:.3f}, {shares[1]:.3f}",
        outcome,
        note="no partition is kept at both" if none else "over the partitions kept at both",
    )


def draw_points(points: pd.DataFrame, rhos: Sequence[float], title: str) -> Figure:
    """Return scatter plots of improvements against the largest possible, information above and MNLP below, a column a ρ."""
    figure = Figure(figsize=(4.4 * len(rhos) + 0.8, 7.4), layout="constrained", dpi=150)
    figure.suptitle(title, fontsize=12)
    axes = figure.subplots(2, len(rhos), squeeze=False, sharex="row", sharey="row")
    for row, (kind, words) in zip(axes, (("ig", "information gain, nats"), ("mnlp", "MNLP, nats")), strict=True):
        logarithmic, ends = _scale(points[f"{kind}_maximum"].to_numpy())
        for axis, rho in zip(row, rhos, strict=True):
            chosen = points[points["rho"] == rho]
            at_most, gained = chosen[f"{kind}_maximum"], chosen[f"{kind}_improvement"]
            axis.scatter(at_most, gained, c=chosen["phi_ratio"], s=9, cmap="cividis", vmin=0, vmax=1, linewidths=0)
            axis.plot(ends, ends, color="0.4", linewidth=0.8)
            if logarithmic:
                axis.set(xscale="log", yscale="log")
            else:
                axis.axhline(0, color="0.7", linewidth=0.8, linestyle=":")
            positive = int((gained > 0).sum())
            hidden = f", {len(gained) - positive} not shown" if logarithmic and positive < len(gained) else ""
            axis.set(
                title=f"ρ = {rho:g}: {positive} of {len(gained)} positive{hidden}",
                xlabel=f"largest improvement ({words})",
                ylabel=f"improvement ({words})",
            )
            axis.spines[["top", "right"]].set_visible(False)
            axis.tick_params(labelsize=9, labelleft=True)
            axis.title.set_fontsize(10)
    figure.colorbar(
        ScalarMappable(Normalize(0, 1), "cividis"), ax=axes, label="Shapley value over the largest, φ / φ*", shrink=0.6
    )
    return figure


def _scale(at_most: FloatArray) -> tuple[bool, list[float]]:
    """Return whether largest improvements are of several magnitudes, and the ends of the diagonal."""
    if not len(at_most):
        return False, [0.0, 1.0]
    low, high = float(at_most.min()), float(at_most.max())
    logarithmic = 0 < low < high / MAGNITUDES
    return logarithmic, [low if logarithmic else min(low, 0.0), high]
