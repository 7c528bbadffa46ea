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
from ..agents.platform_strategies import Outlook, PlatformStrategy
from ..agents.strategies import Feedback, Strategy
from ..arrays import BoolArray, FloatArray, IntArray, row_max
from ..progress import track
from .games.strategic import StrategicGame
from .revision import Revision, Simultaneous
from .stopping import Rounds, Stopping
from .terms import Terms


@dataclass(frozen=True)
class _Cohort:
    strategy: Strategy
    rows: IntArray | slice


class RepeatedGame(mesa.Model):  # type: ignore[misc]
    """A strategic game played round after round by players who learn.

    Round 0 is the opening profile. A step is one round: everyone learns from the last one, those whom the revision protocol
    picks draw a new action from their policy, all play. A platform with a strategy of its own sets the market rule's terms anew
    after every ``period`` rounds; who plays learns of new terms in the first round under them.

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
    platform
        How the platform sets the parameter ``alpha`` of the game's market rule; default: the rule stays as it is.
    period
        Rounds between changes of terms, ≥ 1; round 0 is the first of the first block.
    outlook
        What the platform knows before play; default: only that terms lie between 0 and 1.
    agents
        Whether every player is a Mesa agent whose data is collected each round. Without them there is no `history`, and a game
        of a million players takes a fraction of a second a round.

    Attributes
    ----------
    actions, payoffs, policy, regrets
        Last round's action indices (n,), payoffs (n,), action probabilities (n, m), and average external regrets so far (n,).
    datacollector
        Model fields exploitability (NashConv of the actions), welfare, revenue, and alpha and profit where the platform has a
        strategy; Player fields action, payoff, regret.

    Raises
    ------
    ValueError
        There are not as many strategies as players, the opening profile is none of the game's, or its rule has no terms to set.

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
        platform: PlatformStrategy | None = None,
        period: int = 10,
        outlook: Outlook | None = None,
        agents: bool = True,
    ) -> None:
        self.entropy = secrets.randbits(32) if rng is None else rng
        super().__init__(rng=self.entropy)
        self.terms = Terms(platform, period, game, outlook or Outlook(), self.rng) if platform else None
        self.game = self.terms.applied(game) if self.terms else game
        self.revision = revision or Simultaneous()
        self.stop = stop or Rounds()
        self.round = 0
        self._cohorts = self._assign(strategies)
        self._counts: FloatArray = np.zeros((game.n, game.m))
        self._hindsight: FloatArray = np.zeros((game.n, game.m))
        self._earned: FloatArray = np.zeros(game.n)
        self._calm: dict[tuple[str, float], tuple[int, int]] = {}
        self._against: tuple[FloatArray, FloatArray] | None = None
        self.policy: FloatArray = self._policies()
        if initial is None:
            self.actions: IntArray = self._draw(np.ones(game.n, dtype=bool), np.zeros(game.n, dtype=np.int64))
        else:
            self.actions = game.check_profile(initial)
            self.policy = np.eye(game.m)[self.actions]
        self.payoffs: FloatArray
        self._play()
        self.platform = Platform(self) if game.mechanism else None
        self.players = [Player(self, row) for row in range(game.n)] if agents else []
        fields = ["exploitability", "welfare", "revenue", *(["alpha", "profit"] if self.terms else [])]
        self.datacollector = mesa.DataCollector(
            model_reporters={field: field for field in fields},
            agenttype_reporters={Player: {"action": "action", "payoff": "payoff", "regret": "regret"}} if agents else {},
        )
        self.datacollector.collect(self)

    def _assign(self, strategies: Strategy | Sequence[Strategy]) -> list[_Cohort]:
        if isinstance(strategies, Strategy):
            return [_Cohort(strategies.begun(self.game.available), slice(None))]
        chosen = list(strategies)
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
        height = self.rng.random(self.game.n) * ladder[:, -1]
        drawn = np.zeros(self.game.n, dtype=np.int64)
        for rung in ladder.T[:-1]:
            drawn += height >= rung
        return np.where(revise, drawn, current)

    def _play(self) -> None:
        outcome = self.game.outcome(self.actions) if self.terms else None
        if self.terms and outcome:
            self.terms.observe(outcome, float(self.game.takes_part(self.actions).mean()))
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
                    lambda policy, rows=rows: self._expected(policy)[rows],  # type: ignore[misc]
                    self.policy,
                )
            else:
                feedback = Feedback(self.actions[rows], self.payoffs[rows])
            cohort.strategy.learn(feedback)

    def _expected(self, policy: FloatArray) -> FloatArray:
        """Return expected payoffs against mixed play; those against the last policies are worked out once for all cohorts."""
        if policy is not self.policy:
            return self.game.mixed_deviations(policy)
        if self._against is None or self._against[0] is not policy:
            self._against = (policy, self.game.mixed_deviations(policy))
        return self._against[1]

    def step(self) -> None:
        """Play one round."""
        self.round += 1
        self._teach()
        if self.terms and self.round % self.terms.period == 0:
            self.terms.renew()
            self.game, self._against = self.terms.applied(self.game), None
        revise = self.revision.revisers(self.round, self.game.n, self.rng)
        self.policy = self._policies()
        keeping = np.flatnonzero(~revise)
        self.policy[keeping] = 0.0
        self.policy[keeping, self.actions[keeping]] = 1.0
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
    def deviations(self) -> FloatArray:
        """What each player would have had from each of its actions in the last round, shape (n, m); -inf if not available."""
        return self._deviations

    @property
    def exploitability(self) -> float:
        """NashConv of the last actions: what all players together could gain by best deviations."""
        return float((row_max(self._deviations) - self.payoffs).sum())

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
    def alpha(self) -> float:
        """The terms of the last round, in [0, 1]; not a number where the platform has no strategy."""
        return self.terms.alpha if self.terms else float("nan")

    @property
    def profit(self) -> float:
        """What the platform had from the last round; 0 where there is none."""
        return self.game.profit(self.actions)

    @property
    def average_policy(self) -> FloatArray:
        """How often each player has played each action so far, shape (n, m)."""
        return self._counts / (self.round + 1)

    def exploitability_of(self, play: Literal["actions", "policy", "average"]) -> float:
        """Return the exploitability of the last actions, of the policy they came from, or of average play so far."""
        if play == "actions":
            return self.exploitability
        if play == "average":
            return self.game.exploitability(self.average_policy)
        expected = self._expected(self.policy)
        earned = np.where(self.policy > 0, expected, 0.0) * self.policy
        return float((expected.max(axis=1) - earned.sum(axis=1)).sum())

    def calm_rounds(self, play: Literal["actions", "policy", "average"], tolerance: float) -> int:
        """Return for how many rounds in a row exploitability has been within the tolerance, counted since first asked."""
        seen, calm = self._calm.get((play, tolerance), (-1, 0))
        if seen != self.round:
            calm = calm + 1 if self.exploitability_of(play) <= tolerance else 0
            self._calm[play, tolerance] = (self.round, calm)
        return calm

    def history(self) -> pd.DataFrame:
        """Return everything the players did: columns round, player, action, payoff, regret; a row a player and round.

        Raises
        ------
        ValueError
            The game is played without agents, so that nothing was collected.
        """
        if not self.players:
            raise ValueError("a game played with agents=False keeps no history of its players")
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
        """Return the game round by round: columns round, exploitability, welfare, revenue; alpha and profit if terms are set."""
        table: pd.DataFrame = self.datacollector.get_model_vars_dataframe()
        return table.rename_axis("round").reset_index()
