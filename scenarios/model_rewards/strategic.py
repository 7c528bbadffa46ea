"""Parties who choose what to report when they are rewarded with models."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import BestResponse, StrategySpec
from ...attacks import AttackGame, FabricateInputs, GarbleLabels, Replicate, Withhold
from ...components import seed_of
from ...mechanisms import MechanismSpec, ShapleyRewards, shapley
from ...models import Alternating, Preferences, RepeatedGame, Rounds
from ...models.games.strategic import changed
from ...models.revision import RevisionSpec
from ...papers import MODEL_REWARDS
from ...pictures import figures
from ...progress import track
from ...training.threads import one_thread
from ...verdicts import REFUTED, Verdict, derived, printed
from ..opening import Opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns
from .friedman_rows import PAPER_ROWS, friedman_task
from .strategic_checks import SAME, checks_of_moves
from .strategic_findings import joint_model, measured

NEAR = 0.01
COMES_TO_REST = 9
GARBLE = "garble targets"


@SCENARIOS.register
class RewardsStrategic(GameScenario):
    """Parties rewarded with models learn what to report: everything, less, the same twice, garbled targets, made-up rows.

    Three parties hold rows of the Friedman function; what data is worth is its information gain on a Gaussian process, which
    looks at inputs alone. A party's payoff is what it knows afterwards, in nats: its true rows, reported or not, and the others'
    true rows with the noise of its reward. Everybody starts honest. Beside the repeated game stand the moves of one party against
    honest others, and, under `ShapleyRewards` and with as many rows as in the paper, some that are not in the game: joining with
    one row, entering under two names, pooling rewards.

    Parameters
    ----------
    mechanism
        The market rule.
    strategy
        How every party learns.
    rows
        Rows that the parties of the repeated game hold together.
    large_rows
        Rows that they hold together where single moves are measured.
    withheld
        Shares of its rows that a party may withhold, in (0, 1).
    times
        How often a party may enter its rows.
    spread
        Standard deviation of made-up inputs, in units of each input's own.
    revision
        Who may change its report when.
    rounds
        How many rounds are played after the opening one.
    """

    source = MODEL_REWARDS.at("Sections 4.2, 4.3; false reports: original")
    paper = MODEL_REWARDS
    where = "Section 4.3, Section 5 (Friedman data set)"
    declared_tables = table_columns.REWARDS_STRATEGIC
    example_parameters = {"rows": 45, "large_rows": 45, "rounds": 2}

    mechanism: MechanismSpec = ShapleyRewards()
    strategy: StrategySpec = BestResponse()
    rows: Annotated[int, Field(ge=6, le=3000)] = 150
    large_rows: Annotated[int, Field(ge=6, le=3000)] = PAPER_ROWS
    withheld: Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(min_length=1)] = (0.25, 0.5)
    times: Annotated[int, Field(ge=2, le=16)] = 2
    spread: Annotated[float, Field(gt=0, le=100)] = 2.0
    revision: RevisionSpec = Alternating()
    rounds: Annotated[int, Field(ge=1, le=10_000)] = 9

    def play(self, rng: np.random.Generator) -> Findings:
        """Play the repeated game, then measure single moves against honest others."""
        with one_thread():
            return self._play(rng)

    def _play(self, rng: np.random.Generator) -> Findings:
        game, opening = self._begun(rng)
        model = opening.model()
        model.run_model()
        table = _single_moves(game)
        seed = seed_of(rng)
        large = measured(friedman_task(self.large_rows, seed, NEAR), seed)
        tables = {"rewards-strategic": table, "rounds": _rounds(model), "moves": large}
        checks = [*self._game_checks(model, table), *self._garbage(table), *checks_of_moves(large, self.large_rows)]
        return Findings(tables, checks, {"rewards-strategic": lambda: self._draw(model, table)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the game that these parameters choose begins."""
        return self._begun(rng)[1]

    def _begun(self, rng: np.random.Generator) -> tuple[AttackGame, Opening]:
        seed = seed_of(rng)
        task = friedman_task(self.rows, seed)
        reports = {
            **{f"withhold {share:.0%}": Withhold(share) for share in self.withheld},
            f"enter {self.times} times": Replicate(self.times - 1, "rows"),
            GARBLE: GarbleLabels(1.0, seed),
            "fabricate": FabricateInputs(1.0, self.spread, seed),
        }
        knowledge = Preferences(over_alone=False)
        game = AttackGame(task, self.mechanism, list(reports.values()), knowledge, attack_names=list(reports))
        opening = Opening(
            reads=tuple(name for name in type(self).model_fields if name != "large_rows"),
            game=game,
            strategies=self.strategy,
            revision=self.revision,
            stop=Rounds(self.rounds),
            initial=np.zeros(task.n_parties, dtype=np.int64),
            rng=seed,
        )
        return game, opening

    def _game_checks(self, model: RepeatedGame, table: pd.DataFrame) -> list[Verdict]:
        """Say whether honesty pays, and where the game ends."""
        game = model.game
        start, end = (float(game.payoffs(profile).sum()) for profile in (np.zeros(game.n, dtype=np.int64), model.actions))
        lies = ", ".join(str(game.action_names[action]) for action in model.actions)
        best = table.iloc[int(table["gain"].argmax())]
        rewards_more = isinstance(self.mechanism, ShapleyRewards) and self.mechanism.rho > 0
        ending = Verdict.statement(
            "where the repeated game ends",
            printed("Section 4"),
            "parties report their data (Section 4)",
            lies,
            bool((model.actions == 0).all()) if model.exploitability <= SAME else None,
            f"together they know {end:.2f} nats, {start:.2f} when all are honest; exploitability {model.exploitability:.3g}",
            expected=REFUTED,
        )
        if not rewards_more:
            ending = ending.left_undecided("the paper says it of another rule")
        checks = [
            ending.excused(self.rounds < COMES_TO_REST, f"it comes to rest within {COMES_TO_REST} rounds, not in {self.rounds}")
        ]
        if rewards_more:
            note = f"{best['party']}: {best['report']}; the paper assumes that data are reported as they are"
            claim = "more informative data give a better model (F4, Section 4.1.1)"
            checks.append(
                Verdict.statement(
                    "a report that is not honest pays",
                    derived("misreports are not priced"),
                    claim,
                    float(best["gain"]),
                    best["gain"] > SAME,
                    note,
                )
            )
            true, made_up = (table.loc[table["report"] == report, "phi"].to_numpy() for report in ("honest", "fabricate"))
            name, note = "Shapley values of parties who make up rows", f"instead of {true.round(2).tolist()}"
            checks.append(
                Verdict.statement(
                    name,
                    printed("F4, Section 4.1.1"),
                    "F4 (Section 4.1.1)",
                    made_up.round(2).tolist(),
                    not (bool((made_up > true).all())),
                    note,
                    expected=REFUTED,
                )
            )
        return checks

    @staticmethod
    def _garbage(table: pd.DataFrame) -> list[Verdict]:
        """Show that shuffled targets cost the others, not who enters them."""
        rows = table[table["report"] == GARBLE]
        own, others = float(rows["gain"].abs().max()), float(rows["others"].max())
        return [
            Verdict.number(
                "what shuffled targets cost who enters them",
                derived("values look at inputs alone"),
                0,
                own,
                SAME,
                "values look at inputs alone, never at targets",
            ),
            Verdict.statement(
                "what shuffled targets do to the others",
                derived("true worth of what the others hold"),
                "the value of data is its information gain (Section 3)",
                others,
                others <= SAME,
                "change of the others' mean payoff, in nats, where it is least bad",
            ),
        ]

    def _draw(self, model: RepeatedGame, table: pd.DataFrame) -> Figure:
        figure, (gains, path) = figures.new_figure(2, width=5.2, title=f"Rewards in models under {self.mechanism.short()}")
        _draw_gains(gains, table)
        history = model.history()
        for index, (party, rows) in enumerate(history.groupby("player", sort=False)):
            path.plot(
                rows["round"],
                rows["payoff"],
                color=figures.colour(index),
                marker=figures.MARKERS[index],
                markersize=4,
                label=party,
            )
        path.set(xlabel="round", ylabel="what a party knows (nats)", title="the repeated game")
        figures.whole_numbers(path, "x")
        path.legend(fontsize=8, frameon=False)
        return figure


def _draw_gains(axis: Axes, table: pd.DataFrame) -> None:
    moves = list(dict.fromkeys(table["report"]))[1:]
    for index, (party, rows) in enumerate(table.groupby("party", sort=False)):
        gains = rows.set_index("report").loc[moves, "gain"]
        height = np.arange(len(moves)) + 0.15 * (index - 1)
        axis.plot(gains, height, figures.MARKERS[index], color=figures.colour(index), label=party)
    axis.axvline(0, color="0.5", linewidth=0.8)
    axis.set_yticks(range(len(moves)), moves, fontsize=9)
    axis.invert_yaxis()
    axis.set(xlabel="gain over an honest report (nats), others honest", title="one party's report")
    axis.legend(fontsize=8, frameon=False)


def _single_moves(game: AttackGame) -> pd.DataFrame:
    """Return what each report does to its party and to the others, who are honest; a row a party and report."""
    nobody = np.zeros(game.n, dtype=np.int64)
    base = game.payoffs(nobody)
    rows = []
    for party, action in track([(party, action) for party in range(game.n) for action in range(game.m)], "reports"):
        settled = game.settled(changed(nobody, party, action))
        phi = shapley(settled.market.game)
        rows.append(
            {
                "party": game.player_names[party],
                "report": game.action_names[action],
                "phi": phi[party],
                "rank": int((phi > phi[party]).sum()) + 1,
                "reward": settled.settlement.rewards[party],
                "payoff": settled.payoffs[party],
                "gain": settled.payoffs[party] - base[party],
                "others": np.delete(settled.payoffs - base, party).mean(),
                "mnlp": joint_model(settled),
            }
        )
    return pd.DataFrame(rows)


def _rounds(model: RepeatedGame) -> pd.DataFrame:
    """Return who reported what: columns round, party, report, payoff."""
    history = model.history()
    names = np.array([str(name) for name in model.game.action_names])
    return pd.DataFrame(
        {
            "round": history["round"],
            "party": history["player"],
            "report": names[history["action"].to_numpy()],
            "payoff": history["payoff"],
        }
    )
