"""The repeated game: a Mesa model whose only loop is choose, play, observe, learn."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import mesa
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..agents import Platform, Player
from ..agents.strategies import Feedback, Strategy
from ..arrays import BoolArray, FloatArray, IntArray
from ..progress import track
from .games import StrategicGame
from .market import MarketGame
from .revision import Revision, Simultaneous
from .stopping import Rounds, Stopping


@dataclass(frozen=True)
class _Cohort:
    strategy: Strategy
    rows: IntArray


class RepeatedGame(mesa.Model):  # type: ignore[misc]
    """A strategic game played round after round by players who learn.

    Round 0 is the opening profile. A step is one round: everyone learns from the last one, those whom the revision protocol
    picks draw a new action from their policy, all play.

    Parameters
    ----------
    game
        What is played in every round.
    strategies
        One learning rule for everybody, or one a player; players that share an instance form a cohort. The instances are not
        changed: the game plays copies with fresh state.
    revision
        Who revises when; default: everybody, simultaneously.
    stop
        When the game is over (``running`` turns False); default ``Rounds(100)``.
    initial
        The opening profile, shape (n,); default: drawn from the strategies' first policies.
    rng
        A seed or a numpy Generator; with None a seed is drawn and kept in ``entropy``.

    Attributes
    ----------
    actions, payoffs, policy, regrets
        Last round's action indices (n,), payoffs (n,), action probabilities (n, m), and average external regrets so far (n,).
    datacollector
        Model fields exploitability (NashConv of the actions), welfare, revenue; Player fields action, payoff, regret.

    Raises
    ------
    ValueError
        There are not as many strategies as players, or the opening profile is none of the game's.

    Examples
    --------
    >>> from potluck.agents.strategies import BestResponse
    >>> from potluck.models import Converged, NormalFormGame, Rounds
    >>> dilemma = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
    >>> model = RepeatedGame(game=dilemma, strategies=BestResponse(), stop=Rounds(9) | Converged(), initial=[0, 0], rng=1)
    >>> model.run_model()
    >>> model.round, model.actions.tolist(), model.exploitability
    (1, [1, 1], 0.0)
    """

    def __init__(
        self,
        *,
        game: StrategicGame,
        strategies: Strategy | Sequence[Strategy],
        revision: Revision | None = None,
        stop: Stopping | None = None,
        initial: ArrayLike | None = None,
        rng: int | np.random.Generator | None = None,
    ) -> None:
        self.entropy = secrets.randbits(32) if rng is None else rng
        super().__init__(rng=self.entropy)
        self.game = game
        self.revision = revision or Simultaneous()
        self.stop = stop or Rounds()
        self.round = 0
        self._cohorts = self._assign(strategies)
        self._counts: FloatArray = np.zeros((game.n, game.m))
        self._hindsight: FloatArray = np.zeros((game.n, game.m))
        self._earned: FloatArray = np.zeros(game.n)
        self._calm: dict[tuple[str, float], tuple[int, int]] = {}
        self.policy: FloatArray = self._policies()
        if initial is None:
            self.actions: IntArray = self._draw(np.ones(game.n, dtype=bool), np.zeros(game.n, dtype=np.int64))
        else:
            self.actions = game.check_profile(initial)
            self.policy = np.eye(game.m)[self.actions]
        self.payoffs: FloatArray
        self._play()
        self.platform = Platform(self) if isinstance(game, MarketGame) else None
        self.players = [Player(self, row) for row in range(game.n)]
        self.datacollector = mesa.DataCollector(
            model_reporters={"exploitability": "exploitability", "welfare": "welfare", "revenue": "revenue"},
            agenttype_reporters={Player: {"action": "action", "payoff": "payoff", "regret": "regret"}},
        )
        self.datacollector.collect(self)

    def _assign(self, strategies: Strategy | Sequence[Strategy]) -> list[_Cohort]:
        chosen = [strategies] * self.game.n if isinstance(strategies, Strategy) else list(strategies)
        if len(chosen) != self.game.n:
            raise ValueError(f"{self.game.n} players need one strategy for all or {self.game.n} strategies, not {len(chosen)}")
        rows: dict[int, list[int]] = {}
        for row, strategy in enumerate(chosen):
            if not isinstance(strategy, Strategy):
                raise TypeError(f"player {row} needs a Strategy, not {strategy!r}")
            rows.setdefault(id(strategy), []).append(row)
        return [
            _Cohort(chosen[members[0]].begun(self.game.available, np.array(members)), np.array(members))
            for members in rows.values()
        ]

    def _policies(self) -> FloatArray:
        policy = np.zeros((self.game.n, self.game.m))
        for cohort in self._cohorts:
            policy[cohort.rows] = cohort.strategy.policy()
        return policy

    def _draw(self, revise: BoolArray, current: IntArray) -> IntArray:
        """Draw an action for everyone who revises; one uniform number a player and round, whoever revises."""
        ladder = np.cumsum(self.policy, axis=1)
        drawn = (self.rng.random(self.game.n)[:, None] * ladder[:, -1:] >= ladder).sum(axis=1)
        return np.where(revise, np.minimum(drawn, self.game.m - 1), current)

    def _play(self) -> None:
        self._deviations = self.game.deviations(self.actions)
        rows = np.arange(self.game.n)
        self.payoffs = self._deviations[rows, self.actions]
        self._counts[rows, self.actions] += 1
        self._hindsight += self._deviations
        self._earned += self.payoffs

    def _teach(self) -> None:
        for cohort in self._cohorts:
            rows = cohort.rows
            if cohort.strategy.full_information:
                feedback = Feedback(
                    self.actions[rows],
                    self.payoffs[rows],
                    self.actions,
                    self._deviations[rows],
                    lambda policy, rows=rows: self.game.mixed_deviations(policy)[rows],  # type: ignore[misc]
                )
            else:
                feedback = Feedback(self.actions[rows], self.payoffs[rows])
            cohort.strategy.learn(feedback)

    def step(self) -> None:
        """Play one round."""
        self.round += 1
        self._teach()
        revise = self.revision.revisers(self.round, self.game.n, self.rng)
        self.policy = np.where(revise[:, None], self._policies(), np.eye(self.game.m)[self.actions])
        self.actions = self._draw(revise, self.actions)
        self._play()
        self.datacollector.collect(self)
        if self.stop.reached(self):
            self.running = False

    def run_model(self) -> None:
        """Play until the stopping rule ends the game."""
        for _ in track(self._remaining(), "rounds", self.stop.rounds if isinstance(self.stop, Rounds) else None):
            pass

    def _remaining(self) -> Iterator[int]:
        while self.running:
            self.step()
            yield self.round

    @property
    def exploitability(self) -> float:
        """NashConv of the last actions: what all players together could gain by best deviations."""
        return float((self._deviations.max(axis=1) - self.payoffs).sum())

    @property
    def regrets(self) -> FloatArray:
        """What each player's best fixed action would have earned more, on average a round, so far, shape (n,)."""
        return np.asarray((self._hindsight.max(axis=1) - self._earned) / (self.round + 1))

    @property
    def welfare(self) -> float:
        """What everybody together had from the last round."""
        return self.game.welfare(self.actions)

    @property
    def revenue(self) -> float:
        """What flowed to the platform in the last round."""
        return self.game.revenue(self.actions)

    @property
    def average_policy(self) -> FloatArray:
        """How often each player has played each action so far, shape (n, m)."""
        return self._counts / (self.round + 1)

    def exploitability_of(self, play: Literal["actions", "policy", "average"]) -> float:
        """Return the exploitability of the last actions, of the policy they came from, or of average play so far."""
        if play == "actions":
            return self.exploitability
        return self.game.exploitability(self.policy if play == "policy" else self.average_policy)

    def calm_rounds(self, play: Literal["actions", "policy", "average"], tolerance: float) -> int:
        """Return for how many rounds in a row exploitability has been within the tolerance, counted since first asked."""
        seen, calm = self._calm.get((play, tolerance), (-1, 0))
        if seen != self.round:
            calm = calm + 1 if self.exploitability_of(play) <= tolerance else 0
            self._calm[play, tolerance] = (self.round, calm)
        return calm

    def history(self) -> pd.DataFrame:
        """Return everything the players did: columns round, player, action, payoff, regret; a row a player and round."""
        table = self.datacollector.get_agenttype_vars_dataframe(Player).reset_index()
        names = {player.unique_id: player.name for player in self.players}
        return pd.DataFrame(
            {
                "round": table["Step"].astype(int),  # Mesa 3.5 counts steps by the clock, in floats
                "player": table["AgentID"].map(names),
                "action": table["action"],
                "payoff": table["payoff"],
                "regret": table["regret"],
            }
        )

    def rounds(self) -> pd.DataFrame:
        """Return the game round by round: columns round, exploitability, welfare, revenue."""
        table: pd.DataFrame = self.datacollector.get_model_vars_dataframe()
        return table.rename_axis("round").reset_index()
