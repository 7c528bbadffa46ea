"""The game of measured recommenders: equilibria and the price of privacy, of any number of parties of any sizes."""

import itertools
import math
from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import ROUND_OFF, FloatArray
from ...models.games.strategic import NormalFormGame
from ...papers import PRIVACY
from ...pictures import figures
from ...training.recommender import (
    BoundedDP,
    Cell,
    Collaboration,
    PrivacyMethod,
    PrivacyMethodSpec,
    Suppression,
    alone_by_split,
    measure,
)
from ...training.recommender.sgd import Positive
from ...verdicts import Verdict, derived, mean_interval, printed
from ..scenario import SCENARIOS, Findings
from . import table_columns
from .promises import mark_levels
from .recommender import Distinct, MeasuredGame, ratio_half_width

ROUNDS = 50


@SCENARIOS.register
class PrivacyEquilibria(MeasuredGame):
    """Where best responses lead parties whose benefits are measured, split by split, with intervals of the price of privacy.

    Every party picks a privacy level or stays out; its utility is the normalised improvement of the joint model of those who take
    part, not below 0 as it keeps its own model, less r (1 - p). Best responses alternate from no protection. Table ``grid`` feeds
    the other scenarios of the game as ``table``.

    Parameters
    ----------
    sizes
        The parties' numbers of users, relative to each other: two to five, each > 0.
    methods
        Privacy methods; all parties use the same.
    weights
        r = C / B of all parties, each ≥ 0.
    levels
        Privacy levels to choose from, below 1.
    dataset, initialisation, splits, passes, rate, regularisation, factors, bound, averages, cached
        As in every scenario of the recommender.
    """

    source = PRIVACY.at("Sections 3, 6.3 and 7.1; more than two parties original")
    where = "Section 7.1, on what is measured here"
    declared_tables = table_columns.PRIVACY_EQUILIBRIA
    example_parameters = {**MeasuredGame.example_parameters, "weights": (0.1,)}

    sizes: Annotated[tuple[Positive, ...], Field(min_length=2, max_length=5)] = (1.0, 1.0)
    methods: Annotated[tuple[PrivacyMethodSpec, ...], Field(min_length=1), Distinct] = (Suppression(), BoundedDP())
    weights: Annotated[tuple[Annotated[float, Field(ge=0, le=1000)], ...], Field(min_length=1), Distinct] = (
        0.0,
        0.05,
        0.1,
        0.2,
        0.3,
        0.5,
        0.8,
    )

    def model_post_init(self, context: object, /) -> None:
        """Check that a party that takes part gives something."""
        super().model_post_init(context)
        if self.levels[-1] >= 1:
            raise ValueError(f"levels = {self.levels} must be below 1: full privacy is staying out")

    def play(self, rng: np.random.Generator) -> Findings:
        """Measure every profile, and follow best responses at every weight on every split."""
        for_data, for_splits = rng.spawn(2)
        ratings, training = self.ratings(for_data), self.training()
        parties = [
            Collaboration.divided(ratings, self.sizes, training, np.random.default_rng(int(seed)), self.averages)
            for seed in self.seeds(for_splits)
        ]
        rows, grids = [], []
        for method in self.methods:
            gains, learned = self._measured(parties, method)
            y = gains / learned
            rows += [row for split in range(self.splits) for row in self._rows(parties[split], split, method, y[split])]
            grids.append(self._grid(method, gains, learned, parties[0]))
        table = pd.DataFrame(rows)
        prices = self._prices(table, parties[0])
        tables = {
            self.name(): table.drop(columns=["kept", "whole"]),
            "prices": prices,
            "grid": pd.concat(grids, ignore_index=True),
        }
        return Findings(tables, self.held(self._checks(table, prices)), {self.name(): lambda: self._draw(prices, parties[0])})

    def _measured(self, parties: list[Collaboration], method: PrivacyMethod) -> tuple[FloatArray, FloatArray]:
        """Return gains θ - Φ and o - θ, shapes (splits, n, k + 1, ..., k + 1) and broadcastable; the last action stays out."""
        n, actions = len(self.sizes), [*self.levels, None]
        profiles = list(itertools.product(actions, repeat=n))
        cells = [Cell(split, method, profile) for split in range(self.splits) for profile in profiles]
        errors = measure(parties, cells, self.store()).reshape(self.splits, *(len(actions),) * n, n)
        theta, origin = alone_by_split(parties, self.store()), np.array([each.origin for each in parties])
        axes = (..., *[None] * n)
        return theta[axes] - np.moveaxis(errors, -1, 1), (origin - theta)[axes]

    def _rows(self, parties: Collaboration, split: int, method: PrivacyMethod, y: FloatArray) -> list[dict[str, Any]]:
        """Play one split's game at every weight; ``y`` has shape (n, k + 1, ..., k + 1)."""
        n, k = len(self.sizes), len(self.levels)
        benefit = np.maximum(y, 0.0)
        for player in range(n):
            np.moveaxis(benefit[player], player, 0)[k] = 0.0
        rows = []
        for weight in self.weights:
            paid = weight * (1 - np.array([*self.levels, 1.0]))
            payoffs = np.stack([benefit[own] - paid.reshape([-1 if axis == own else 1 for axis in range(n)]) for own in range(n)])
            game = NormalFormGame(payoffs)
            end, settled = followed(game)
            kept, whole = (float(sum(each[at] for each in benefit)) for at in (end, (0,) * n))
            for player in range(n):
                p = 1.0 if end[player] == k else self.levels[end[player]]
                rows.append(
                    {
                        "split": split + 1,
                        "method": method.short(),
                        "weight": weight,
                        "player": player + 1,
                        "p": p,
                        "epsilon": parties.guarantee(player, (method, p)).epsilon,
                        "utility": float(payoffs[(player, *end)]),
                        "price_of_privacy": 1 - kept / whole if whole > 0 else np.nan,
                        "settled": settled,
                        "equilibria": len(game.pure_equilibria()),
                        "kept": kept,
                        "whole": whole,
                    }
                )
        return rows

    def _grid(self, method: PrivacyMethod, gains: FloatArray, learned: FloatArray, parties: Collaboration) -> pd.DataFrame:
        """Return improvements by profile of levels, everybody taking part."""
        n, k = len(self.sizes), len(self.levels)
        gains = gains[(slice(None), slice(None), *[slice(0, k)] * n)]
        whole = np.broadcast_to(learned, gains.shape)
        y, half = gains.mean(axis=0) / whole.mean(axis=0), ratio_half_width(gains, whole)
        player, *own = (index.ravel() for index in np.indices(y.shape))
        levels = np.array(self.levels)
        frame = pd.DataFrame({"method": method.short(), "player": player + 1})
        promised = np.array([parties.guarantee(0, (method, p)).epsilon for p in self.levels])
        for each, index in enumerate(own, start=1):
            frame[f"p_{each}"], frame[f"epsilon_{each}"] = levels[index], promised[index]
        return frame.assign(improvement=y.ravel(), half_width=half.ravel())

    def _prices(self, table: pd.DataFrame, parties: Collaboration) -> pd.DataFrame:
        rows = []
        for (method, weight), part in table.groupby(["method", "weight"], sort=False):
            once = part[part["player"] == 1]
            whole = once["whole"].to_numpy()
            lost = whole - once["kept"].to_numpy()
            price, half = (lost.mean() / whole.mean(), ratio_half_width(lost, whole)) if whole.mean() > 0 else (np.nan, np.nan)
            reach = math.inf if len(once) == 1 else float(half)
            levels = part.groupby("split")["p"].mean()
            low_p, high_p = mean_interval(levels)
            together = part.groupby("split")["p"].agg(lambda p: (p < 1).sum() > 1).mean()
            named = next(each for each in self.methods if each.short() == method)
            epsilon = parties.guarantee(0, (named, float(levels.mean()))).epsilon
            rows.append((method, weight, price, price - reach, price + reach, levels.mean(), low_p, high_p, epsilon, together))
        return self.declared_tables["prices"].frame(rows)

    def _checks(self, table: pd.DataFrame, prices: pd.DataFrame) -> list[Verdict]:
        settled = table[table["player"] == 1]["settled"]
        checks = [
            Verdict.statement(
                "best responses come to rest",
                printed("Section 7.1"),
                "best response dynamics converge to an equilibrium",
                f"{int(settled.sum())} of {len(settled)} games",
                bool(settled.all()) or None,
                "" if settled.all() else "the others go round in circles",
            ).excused(len(set(self.sizes)) > 1 or len(self.sizes) > 2, "of unequal or more parties some may go round in circles")
        ]
        for method in dict.fromkeys(prices["method"]):
            rows = table[(table["method"] == method) & (table["player"] == 1)]
            lightest, heaviest = min(self.weights), max(self.weights)
            if lightest == heaviest:
                continue
            wide = rows.pivot(index="split", columns="weight", values="kept")
            checks.append(
                Verdict.over_seeds(
                    f"{method}: the more privacy weighs, the less is gained together",
                    derived("Definition 5"),
                    f"benefit kept at r = {heaviest:g} is below that at {lightest:g}",
                    (wide[heaviest] - wide[lightest]).to_numpy(),
                    lambda difference: difference < 0,
                )
            )
        return checks

    def _draw(self, prices: pd.DataFrame, parties: Collaboration) -> Figure:
        sizes = ":".join(f"{size:g}" for size in self.sizes)
        title = f"{len(self.sizes)} parties of sizes {sizes}, {self.dataset} ratings, 95 % over {self.splits} splits"
        figure, (price, level) = figures.new_figure(2, title=title)
        for index, (method, rows) in enumerate(prices.groupby("method", sort=False)):
            style: dict[str, Any] = {"color": figures.colour(index), "marker": figures.MARKERS[index], "capsize": 3}
            if index:  # methods that protect nothing in the end lie on one another
                style |= {"linestyle": "--", "markersize": 9, "fillstyle": "none"}
            for axis, column in ((price, "price"), (level, "level")):
                reach = np.abs(rows[[f"{column}_low", f"{column}_high"]].to_numpy().T - rows[column].to_numpy())
                spread = reach if np.isfinite(reach).all() else None
                axis.errorbar(rows["weight"], rows[column], spread, label=str(method), **style)
        noise = next((method for method in self.methods if not isinstance(method, Suppression)), self.methods[0])
        mark_levels(level, "y", lambda p: parties.guarantee(0, (noise, p)).epsilon)
        level.set_ylabel(f"mean privacy level, ε of {noise.short()}")
        price.axhline(0, color="0.6", linewidth=0.8)
        price.set(xlabel="weight of privacy, r = C / B", ylabel="Price of Privacy")
        level.set(xlabel="weight of privacy, r = C / B", ylim=(-0.05, 1.05))
        price.legend(fontsize=8, frameon=False)
        return figure


def followed(game: NormalFormGame) -> tuple[tuple[int, ...], bool]:
    """Return where alternating best responses from action 0 end, of ties the least protected, and whether they come to rest."""
    now = np.zeros(game.n, dtype=np.int64)
    for _ in range(ROUNDS):
        before = now.copy()
        for player in range(game.n):
            worth = game.deviations(now)[player]
            if worth[now[player]] < worth.max() - ROUND_OFF:
                now[player] = int(worth.argmax())
        if (now == before).all():
            return tuple(now.tolist()), True
    return tuple(now.tolist()), False
