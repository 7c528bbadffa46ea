"""Players who learn how much privacy to keep, by every rule and from many starts: who ends without collaboration?"""

import itertools
from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import STRATEGIES, BestResponse, Strategy, StrategySpec
from ...arrays import ROUND_OFF
from ...components import seed_of, seeds_of
from ...models import Alternating, RepeatedGame, Revision, Rounds, Simultaneous
from ...models.games.privacy import CollaborativeLearning, PrivacyLossSpec, SmoothBenefit, symmetric_levels
from ...models.games.privacy.benefit import Others
from ...models.games.privacy.losses import LinearLoss
from ...models.revision import RevisionSpec
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, Verdict, derived, printed
from ..opening import Opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns
from .learning_runs import Run, by_rule, draw_ends, paths
from .printed_tables import chosen
from .promises import epsilon_text, mark_levels, rating_epsilon, with_epsilons

STARTS = {"start_1": "epsilon_start_1", "start_others": "epsilon_start_others"}


@SCENARIOS.register
class PrivacyLearning(GameScenario):
    """Players learn round by round how much privacy to keep, by every learning rule and from many starts.

    The game is b_n = G (1 - p_n²) S with S the product or mean of 1 - p over the others, so that equilibria and the boundary of
    the basin of no collaboration are known; or that of a measured table. Player 1 starts at one level, all others at another.

    Parameters
    ----------
    strategy
        How everybody learns, looked at closely; every registered rule is played beside it.
    revision
        Who revises when, looked at closely; ``beside`` lists the protocols that are played beside it.
    beside
        See ``revision``.
    table
        ``closed-form``, ``canonical``, ``table-7``, or the path of a CSV file as in ``privacy-table4``, of any number of players.
    method
        Which table of a file that holds several; needed only there.
    gain, others, players
        G, how the others count, and how many players there are, for the closed form.
    weight
        r = C / B of every player.
    privacy_loss
        What protects less costs.
    steps
        Into how many steps [0, 1] is cut; the levels are the actions.
    starts
        Opening levels, taken to the nearest on the grid; every pair is played.
    rounds
        How many rounds are played after the opening one.
    """

    source = PRIVACY.at("footnote 12; as a repeated game original")
    paper = PRIVACY
    where = "Footnote 12 and Section 9 (the game repeated)"
    declared_tables = table_columns.PRIVACY_LEARNING
    example_parameters = {"starts": (0.0, 0.9), "rounds": 12, "beside": ()}

    strategy: StrategySpec = BestResponse()
    revision: RevisionSpec = Alternating()
    beside: tuple[RevisionSpec, ...] = (Simultaneous(),)
    table: str = "closed-form"
    method: str | None = None
    gain: Annotated[float, Field(gt=0, le=1000)] = 0.5
    others: Others = "product"
    players: Annotated[int, Field(ge=2, le=4)] = 2
    weight: Annotated[float, Field(ge=0, le=1000)] = 0.2
    privacy_loss: PrivacyLossSpec = LinearLoss()
    steps: Annotated[int, Field(ge=2, le=100)] = 20
    starts: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=1)] = (0.0, 0.4, 0.7, 0.75, 0.9)
    rounds: Annotated[int, Field(ge=6, le=10_000)] = 60

    def play(self, rng: np.random.Generator) -> Findings:
        """Play the same game by every rule, under every revision protocol, from every start."""
        game = self._game()
        jobs = [
            (rule, revision, pair)
            for revision in self._revisions()
            for rule in self._rules()
            for pair in itertools.product(self._actions(), self._actions())
        ]
        seeds = seeds_of(rng, len(jobs))
        runs = [self._run(game, *job, seed) for job, seed in zip(track(jobs, "games"), seeds, strict=True)]
        rows = pd.DataFrame([self._row(game, run) for run in runs])
        found = with_epsilons(rows, STARTS | {"level_1": "epsilon_1", "level_others": "epsilon_others"})
        chosen = [run for run in runs if run.rule == self.strategy.short() and run.revision == self.revision.short()]
        ends = {"together_up_to": "epsilon_together", "alone_from": "epsilon_alone"}
        findings = {
            self.name(): found,
            "strategies": with_epsilons(by_rule(found), ends),
            "rounds": with_epsilons(paths(game, chosen), STARTS | {"level": "epsilon"}),
        }
        return Findings(findings, self._checks(game, found), {self.name(): lambda: self._draw(game, chosen, found)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the game by the chosen rule begins, everybody at the first start."""
        first = self._actions()[0]
        unread = {"beside", "method"} if self.table == "closed-form" else {"beside", "gain", "others", "players"}
        reads = tuple(name for name in type(self).model_fields if name not in unread)
        begun = self._arguments(self._game(), self.strategy, self.revision, (first, first), seed_of(rng))
        return Opening(reads=reads, first=("starts",), **begun)

    def model_post_init(self, context: object, /) -> None:
        """Check that a method has a table to be read from."""
        super().model_post_init(context)
        if self.table == "closed-form" and self.method is not None:
            raise ValueError(f"method = {self.method!r}: the closed form is of no method; set table too")

    def _game(self) -> CollaborativeLearning:
        if self.table == "closed-form":
            benefit: Any = SmoothBenefit((self.gain,) * self.players, self.others)
        else:
            benefit = chosen(self.table, self.method)[1]
        names = [f"player {index + 1}" for index in range(benefit.n)]
        levels = np.arange(self.steps + 1) / self.steps
        shown = [f"p = {level:g} (ε {epsilon_text(rating_epsilon(level))})" for level in levels.tolist()]
        return CollaborativeLearning(
            benefit, self.weight, privacy_loss=self.privacy_loss, levels=levels, player_names=names, action_names=shown
        )

    def _actions(self) -> list[int]:
        return list(dict.fromkeys(round(start * self.steps) for start in self.starts))

    def _rules(self) -> list[Strategy]:
        every = [cls() for cls in STRATEGIES]
        return [self.strategy, *(rule for rule in every if rule != self.strategy)]

    def _revisions(self) -> list[Revision]:
        return [self.revision, *(protocol for protocol in self.beside if protocol != self.revision)]

    def _arguments(
        self, game: CollaborativeLearning, rule: Strategy, revision: Revision, pair: tuple[int, int], seed: int
    ) -> dict[str, Any]:
        return {
            "game": game,
            "strategies": rule,
            "revision": revision,
            "stop": Rounds(self.rounds),
            "initial": np.array([pair[0], *[pair[1]] * (game.n - 1)]),
            "rng": seed,
        }

    def _run(self, game: CollaborativeLearning, rule: Strategy, revision: Revision, pair: tuple[int, int], seed: int) -> Run:
        model = RepeatedGame(**self._arguments(game, rule, revision, pair, seed), agents=False)
        played = [model.actions]
        while model.running:
            model.step()
            played.append(model.actions)
        return Run(rule.short(), revision.short(), game.levels[played[0]], np.array(played), model.exploitability)

    def _row(self, game: CollaborativeLearning, run: Run) -> dict[str, Any]:
        levels = game.levels[run.tail].mean(axis=0)
        return {
            "strategy": run.rule,
            "revision": run.revision,
            "start_1": run.start[0],
            "start_others": run.start[-1],
            "ending": run.ending(game.m - 1),
            "period": run.period,
            "alone": float((run.tail == game.m - 1).all(axis=1).mean()),
            "level_1": levels[0],
            "level_others": levels[1:].mean(),
            "price_of_privacy": np.mean([game.price_of_privacy(profile) for profile in run.tail]),
            "exploitability": run.exploitability,
        }

    def _checks(self, game: CollaborativeLearning, found: pd.DataFrame) -> list[Verdict]:
        checks = [
            Verdict.statement(
                "no collaboration is an equilibrium",
                printed("Theorem 1"),
                "nobody gains by leaving it",
                game.exploitability(np.full(game.n, game.m - 1)),
                game.exploitability(np.full(game.n, game.m - 1)) <= ROUND_OFF,
            )
        ]
        boundary = self._boundary()
        if boundary is not None:
            checks += [*self._equilibrium(game), *self._basins(found, boundary)]
            if self.players == 2:
                checks.append(self._first_mover(game, boundary))
        return checks

    def _boundary(self) -> float | None:
        """Return the unstable level of like players, the boundary of the basin of no collaboration; None where none is known."""
        if self.table != "closed-form" or self.privacy_loss != LinearLoss() or not self.weight > 0:
            return None
        roots = symmetric_levels(self.gain, self.weight, self.players, self.others)
        return roots[1] if len(roots) == 2 else None

    def _equilibrium(self, game: CollaborativeLearning) -> list[Verdict]:
        roots = symmetric_levels(self.gain, self.weight, self.players, self.others)
        settled = game.continuous.settle()
        path = np.array(settled.path, dtype=np.float64)
        checks = [
            Verdict.number(
                "level that alternating best responses reach from no protection",
                derived("roots of the first-order condition"),
                roots[0],
                float(settled.end[0]),
                1e-9,
            ),
            Verdict.statement(
                "best responses climb from no protection to the least equilibrium",
                derived("the game is supermodular"),
                "the game is supermodular (no potential is needed)",
                f"{len(path)} profiles",
                bool((np.diff(path, axis=0) >= -1e-12).all()),
            ),
        ]
        if (self.gain, self.weight, self.players) == (0.5, 0.2, 2):
            known = 0.33167184
            price = float(game.continuous.price_of_privacy(settled.end))
            checks.append(
                Verdict.number(
                    "Price of Privacy there",
                    derived("worked out apart from the program"),
                    known,
                    price,
                    5e-9,
                    "independent value; level 0.27639320",
                )
            )
        return checks

    def _basins(self, found: pd.DataFrame, boundary: float) -> list[Verdict]:
        """Hold the ends of best responses against the unstable root; starts nearer to it than a grid step are left out."""
        checks = []
        for protocol in (Alternating(), Simultaneous()):
            rows = found[(found["strategy"] == BestResponse().short()) & (found["revision"] == protocol.short())]
            far = rows[(np.abs(rows[["start_1", "start_others"]] - boundary) > 0.5 / self.steps).all(axis=1)]
            below = far[["start_1", "start_others"]] < boundary
            equal = far[below["start_1"] == below["start_others"]]
            if equal.empty:
                continue
            alone = equal["ending"] == "no collaboration"
            checks.append(
                Verdict.statement(
                    f"basin of no collaboration, best responses, {protocol.short().lower()}",
                    derived("unstable root of the first-order condition"),
                    f"its boundary is the unstable root {boundary:.4f}",
                    f"{int(alone.sum())} of {len(equal)} starts on one side of it end alone",
                    bool((alone == ~below.loc[equal.index, "start_1"]).all()),
                )
            )
            mixed = far[below["start_1"] != below["start_others"]]
            if protocol == Simultaneous() and self.players == 2 and len(mixed):
                cycles = mixed["ending"] == "cycle"
                checks.append(
                    Verdict.statement(
                        "simultaneous best responses from the two sides of the boundary",
                        derived("Section 7.1, where players alternate, carried over to simultaneous moves"),
                        "best responses converge",
                        f"{int(cycles.sum())} of {len(mixed)} starts cycle, the players leaving in turns",
                        not cycles.all(),
                        "alternation is needed for convergence",
                        expected=REFUTED,
                    )
                )
        return checks

    def _first_mover(self, game: CollaborativeLearning, boundary: float) -> Verdict:
        high = (1 + boundary) / 2
        ends = [game.continuous.settle((0.0, high), first=first).end for first in (0, 1)]
        return Verdict.statement(
            "who moves first decides",
            derived("both orders of moves from one start"),
            "one start ends alone if player 1 moves first, and together if player 2 does",
            f"from (0, {high:.3f}): ({float(ends[0][0]):.3f}, {float(ends[0][1]):.3f}) if player 1 moves first, "
            f"({float(ends[1][0]):.3f}, {float(ends[1][1]):.3f}) if player 2 does",
            all(level == 1 for level in ends[0]) and all(level < boundary for level in ends[1]),
        )

    def _draw(self, game: CollaborativeLearning, chosen: list[Run], found: pd.DataFrame) -> Figure:
        figure, (path, ends) = figures.new_figure(
            2, width=6.2, height=4.6, title=f"{game.n} players learn how much privacy to keep"
        )
        equal = [run for run in chosen if run.start[0] == run.start[-1]]
        for index, run in enumerate(equal):
            levels = game.levels[run.played][: 1 + min(self.rounds, 24)].mean(axis=1)
            style = ("-", "--", ":", "-.")[index // len(figures.COLOURS) % 4]
            path.plot(levels, style, color=figures.colour(index), label=f"start {run.start[0]:g}", linewidth=1.6)
        path.set(title=f"{self.strategy.short()}, {self.revision.short()}", xlabel="round")
        mark_levels(path, "y")
        path.set(ylabel="mean privacy level, ε of bDP", ylim=(-0.03, 1.03))
        figures.whole_numbers(path, "x")
        path.legend(fontsize=8, frameon=False)
        draw_ends(ends, found[found["revision"] == self.revision.short()], self._boundary())
        return figure
