"""Players who learn how much of their data to report, under every market rule."""

from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import BestResponse, StrategySpec
from ...arrays import ROUND_OFF, FloatArray, IntArray
from ...components import seed_of
from ...mechanisms import MECHANISMS, FreeSharing, MaximalExploitation, Mechanism, MechanismSpec
from ...models import Alternating, DataPortions, MarketGame, Preferences
from ...models.games.preferences import ValuationSpec
from ...models.games.valuations import MarketGrowth
from ...models.revision import RevisionSpec
from ...papers import MULTI_PARTY
from ...pictures import figures
from ...progress import track
from ...verdicts import REPRODUCED, UNDECIDED, Verdict, derived, printed
from ..opening import Opening
from ..played_market import PlayedMarket, honest_opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns
from .valuation_traits import ValuationTraits, valuation_traits

Curve = Literal["sigmoid", "exponential", "hyperbolic", "square-root", "linear"]


class _Played(PlayedMarket):
    """One rule's repeated game and what was hidden in it."""

    @property
    def shares(self) -> FloatArray:
        """Share of its data that each player reports in the last round, shape (n,)."""
        return self.game.task.entries[self.model.actions] / self.game.task.honest

    @property
    def lost(self) -> float:
        """Total worth when everybody reports everything and receives the joint model, less that of the last round."""
        return self.worth_of(FreeSharing(), self.honest) - self.worth_of(self.game.mechanism, self.model.actions)

    def worth_of(self, rule: Mechanism, profile: IntArray) -> float:
        """Return what the models that players hold under a rule are worth to all together."""
        game = self.game
        held = rule.settle(game.market(profile)).rewards
        return float(game.preferences.worth(held, game.task.alone).sum())

    @property
    def payments(self) -> FloatArray:
        """Return what players pay who all report everything, shape (n,)."""
        return self.game.outcome(self.honest).settlement.payments

    def temptation(self) -> FloatArray:
        """Return what each player would gain by hiding data or staying out when all others report everything, shape (n,)."""
        return self.game.gains(self.honest)


@SCENARIOS.register
class HidingDynamics(GameScenario):
    """Competitors learn how much of their data to report, under one rule and beside it all others.

    Every player cuts its data in equal portions and, each time it may revise, chooses how many to report, or stays out. Who
    hides data keeps the model of all of it. What a rule does not see can arm a rival less: hiding weakens the pooled model,
    which everybody uses. Everybody starts with all its data reported.

    Parameters
    ----------
    mechanism
        The market rule that is looked at closely; all registered rules are played beside it.
    strategy
        How every player learns.
    valuation
        What the models that all hold are worth to each player; default: a market that grows slowly.
    sizes
        How much data each player has.
    portions
        Into how many portions each cuts it, 1..12.
    curve
        Quality by amount of data, as in ``QualityCurve``.
    revision
        Who may change its report when.
    rounds
        How many rounds are played after the opening one.
    """

    source = MULTI_PARTY.at("Sections 2 and 6.2, played over and over")
    paper = MULTI_PARTY
    where = "Section 6.2 (as a repeated game)"
    declared_tables = table_columns.HIDING_DYNAMICS
    example_parameters = {"portions": 4, "rounds": 4}

    mechanism: MechanismSpec = FreeSharing()
    strategy: StrategySpec = BestResponse()
    valuation: ValuationSpec = MarketGrowth(-0.8)
    sizes: Annotated[tuple[Annotated[float, Field(gt=0, lt=1e6)], ...], Field(min_length=2, max_length=4)] = (12.0, 1.0)
    portions: Annotated[int, Field(ge=1, le=12)] = 12
    curve: Curve = "linear"
    revision: RevisionSpec = Alternating()
    rounds: Annotated[int, Field(ge=1, le=10_000)] = 20

    def play(self, rng: np.random.Generator) -> Findings:
        """Play the same repeated game under every rule."""
        seed = seed_of(rng)
        runs = [_Played.of(self._arguments(rule, seed)) for rule in track(self._rules(), "rules")]
        tables = {"rounds": reports_by_round(runs[0]), "players": self._players(runs), "rules": self._compare(runs)}
        return Findings(tables, self._claims(runs), {"hiding-dynamics": lambda: self._draw(runs)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the game under the chosen rule begins."""
        reads = ("mechanism", "strategy", "valuation", "sizes", "portions", "curve", "revision", "rounds")
        return Opening(reads=reads, **self._arguments(self.mechanism, seed_of(rng)))

    def _rules(self) -> list[Mechanism]:
        rules: list[Mechanism] = [self.mechanism]
        for rule in (cls() for cls in MECHANISMS):
            if rule not in rules:
                rules.append(rule)
        return rules

    def _arguments(self, rule: Mechanism, seed: int) -> dict[str, Any]:
        task = DataPortions(sizes=self.sizes, copies=self.portions - 1, curve=self.curve)
        names = [f"player {index + 1} ({size:g})" for index, size in enumerate(self.sizes)]
        game = MarketGame(task, rule, Preferences(self.valuation), player_names=names)
        return honest_opening(game, self.strategy, self.revision, self.rounds, seed)

    def _players(self, runs: list[_Played]) -> pd.DataFrame:
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "mechanism": run.label,
                        "player": run.game.player_names,
                        "present": run.shares > 0,
                        "share_reported": run.shares,
                        "payoff": run.model.payoffs,
                        "gain_from_hiding": run.temptation(),
                    }
                )
                for run in runs
            ],
            ignore_index=True,
        )

    def _compare(self, runs: list[_Played]) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {
                    "mechanism": run.label,
                    "mean_share": run.shares.mean(),
                    "who_hides": " ".join(str(index + 1) for index in np.flatnonzero(run.shares < 1)),
                    "best_gain_from_hiding": run.temptation().max(),
                    "equilibrium": run.model.exploitability <= ROUND_OFF,
                    "worth_lost": run.lost,
                    "revenue": run.model.revenue,
                    "profit": run.model.profit,
                    "welfare": run.model.welfare,
                    "subsidy": max(0.0, -run.model.revenue),
                }
                for run in runs
            ]
        )

    def _claims(self, runs: list[_Played]) -> list[Verdict]:
        by_label = {run.label: run for run in runs}
        desirable, free = by_label["DesirableMechanism"], by_label["FreeSharing"]
        responds = isinstance(self.strategy, BestResponse)  # others may hide whether it pays or not
        checks = [
            Verdict.statement(
                "revenue-optimal payments: hiding does not pay",
                printed("Theorem 5"),
                "Algorithm 1's payments are truthful and individually rational (Theorem 5)",
                float(desirable.temptation().max()),
                bool(desirable.temptation().max() <= ROUND_OFF and (not responds or (desirable.shares == 1).all())),
            )
        ]
        tempted, traits = float(free.temptation().max()), self._traits(runs[0].game)
        checks.append(
            Verdict.statement(
                "free sharing: what hiding or staying out would gain",
                printed("Theorem 4"),
                "a desirable mechanism that charges nothing exists in a non-competitive market (Theorem 4)",
                tempted,
                None if traits.competitive else tempted <= ROUND_OFF,
                f"players compete, so the theorem does not apply: others' better models cost up to {traits.rival_fall:.4g}"
                if traits.competitive
                else "nobody competes",
                expected=UNDECIDED if traits.competitive else REPRODUCED,
            )
        )
        gains = by_label[MaximalExploitation().short()].temptation()
        given_up = by_label[MaximalExploitation().short()].payments - desirable.payments
        checks += [
            Verdict.statement(
                "maximal exploitation payments: what hiding or staying out would gain",
                printed("Theorem 1"),
                "payments are truthful for quasi-monotone valuations (Theorem 1)",
                float(gains.max()),
                bool(gains.max() <= ROUND_OFF) if traits.quasi_monotone else None,
                "this valuation is quasi-monotone"
                if traits.quasi_monotone
                else f"not quasi-monotone: own and others' models are coupled by up to {traits.coupling:.4g}, and worth "
                f"falls by up to {traits.own_fall:.4g} as the own model gets better",
                expected=REPRODUCED if traits.quasi_monotone else UNDECIDED,
            ),
            Verdict.statement(
                "truth costs the platform at least what hiding would gain",
                derived("payments that are truthful leave each player its gain from hiding"),
                "maximal exploitation payments less revenue-optimal ones are at least the gain from hiding, player by player",
                ", ".join(f"{less:.4f} for {gain:.4f}" for less, gain in zip(given_up, gains, strict=True)),
                bool((given_up >= gains - ROUND_OFF).all()),
                f"in all {given_up.sum():.4f}",
            ),
        ]
        return checks

    def _traits(self, game: MarketGame) -> ValuationTraits:
        """Measure the valuation between nobody's model and everybody's."""
        everything = float(game.task.worths(np.full((1, game.n), game.honest))[0])
        worth = self.valuation.worth
        return valuation_traits(worth, np.zeros(game.n), np.full(game.n, everything), np.random.default_rng(0))

    def _draw(self, runs: list[_Played]) -> Figure:
        chosen = runs[0]
        title = f"Who hides data? {len(self.sizes)} players, {self.valuation.short()}"
        figure, (path, spread, loss) = figures.new_figure(3, title=title)
        table = reports_by_round(chosen)
        for index, (player, rows) in enumerate(table.groupby("player", sort=False)):
            tint = figures.colour(index)
            path.step(rows["round"], rows["share_reported"] + 0.006 * index, where="post", color=tint, label=player)
        path.set(title=f"under {chosen.label}", xlabel="round", ylabel="share of own data reported", ylim=(-0.04, 1.06))
        figures.whole_numbers(path, "x")
        path.legend(fontsize=8, frameon=False)
        places = np.arange(len(runs))
        height = 0.8 / len(self.sizes)
        for player in range(len(self.sizes)):
            at = places + height * (player - (len(self.sizes) - 1) / 2)
            spread.barh(at, [run.shares[player] for run in runs], height=0.9 * height, color=figures.colour(player))
        spread.set_yticks(places, [run.label.replace("(", "\n(") for run in runs], fontsize=8)
        spread.set(title="where it settles", xlabel="share reported in the last round", xlim=(0, 1))
        loss.barh(places, [run.lost for run in runs], color="0.55")
        loss.axvline(0, color="0.3", linewidth=0.8)
        loss.set_yticks(places, ["" for _ in runs])
        loss.set(title="what is lost", xlabel="total worth less than under full sharing")
        for axis in (spread, loss):
            axis.set_ylim(len(runs) - 0.5, -0.5)
        return figure


def reports_by_round(run: PlayedMarket) -> pd.DataFrame:
    """Return who reported how much: columns round, player, portions, share_reported, payoff; a row a round and player."""
    history, task = run.model.history(), run.game.task
    portions = task.entries[history["action"]]
    return pd.DataFrame(
        {
            "round": history["round"],
            "player": history["player"],
            "portions": portions,
            "share_reported": portions / task.honest,
            "payoff": history["payoff"],
        }
    )
