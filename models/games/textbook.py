"""Games of the textbooks, each with equilibria that are known: to learn in, to test learning rules by, and to step through."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...components import Component, Registry
from .strategic import NormalFormGame

__all__ = [
    "GAMES",
    "BattleOfTheSexes",
    "Chicken",
    "ColonelBlotto",
    "Congestion",
    "Cournot",
    "GameSpec",
    "JordansPennies",
    "MatchingPennies",
    "Minority",
    "PrisonersDilemma",
    "PublicGoods",
    "RockPaperScissors",
    "ShapleysGame",
    "StagHunt",
    "TextbookGame",
    "TravellersDilemma",
]

MOST_PROFILES = 1_000_000
Payoff = Annotated[float, Field(ge=-1e9, le=1e9)]
Players = Annotated[int, Field(ge=2, le=12)]


class TextbookGame(Component, ABC):
    """A game that textbooks know, by its parameters.

    Examples
    --------
    >>> GAMES.build("StagHunt").game().pure_equilibria()
    [(0, 0), (1, 1)]
    """

    @abstractmethod
    def game(self) -> NormalFormGame:
        """Return the game."""

    @abstractmethod
    def equilibria(self) -> list[FloatArray]:
        """Return the Nash equilibria that are known in closed form, each as probabilities of shape (n, m)."""


GAMES: Registry[TextbookGame] = Registry("game", TextbookGame, "potluck.games")
GameSpec = Annotated[TextbookGame, GAMES.spec]


def _pure(m: int, *actions: int) -> FloatArray:
    return np.asarray(np.eye(m)[list(actions)])


def _alike(players: int, mix: Sequence[float]) -> FloatArray:
    return np.tile(np.asarray(mix, dtype=np.float64), (players, 1))


def _symmetric(rows: Sequence[Sequence[float]], actions: Sequence[str]) -> NormalFormGame:
    """Return the game of two alike players in which the first has these payoffs, by its own action and the other's."""
    table = np.asarray(rows, dtype=np.float64)
    return NormalFormGame(np.array([table, table.T]), action_names=list(actions))


def _of_profiles(players: int, actions: Sequence[str], payoffs: Callable[[IntArray], FloatArray]) -> NormalFormGame:
    """Return the game whose payoffs, (batch, n), a function of profiles, (batch, n), gives."""
    shape = (len(actions),) * players
    if len(actions) ** players > MOST_PROFILES:
        raise ValueError(f"{len(actions)} actions of {players} players make more than {MOST_PROFILES} profiles")
    profiles = np.array(list(itertools.product(range(len(actions)), repeat=players)), dtype=np.int64)
    return NormalFormGame(payoffs(profiles).T.reshape(players, *shape), action_names=list(actions))


@GAMES.register
class PrisonersDilemma(TextbookGame):
    """Two who are tempted to defect, and would both be better off if neither did.

    Parameters
    ----------
    temptation, reward, punishment, sucker
        Payoffs of defecting alone, of both cooperating, of both defecting, and of cooperating alone, in falling order.

    Examples
    --------
    >>> PrisonersDilemma().game().pure_equilibria()
    [(1, 1)]
    """

    source = "Tucker 1950; Luce and Raiffa, Games and Decisions, 1957, Section 5.4"

    temptation: Payoff = 5.0
    reward: Payoff = 3.0
    punishment: Payoff = 1.0
    sucker: Payoff = 0.0

    def model_post_init(self, context: object, /) -> None:
        """Check that it is a dilemma."""
        super().model_post_init(context)
        if not self.temptation > self.reward > self.punishment > self.sucker:
            raise ValueError("a dilemma needs temptation > reward > punishment > sucker")

    def game(self) -> NormalFormGame:
        """Return the game of two actions, cooperate and defect."""
        return _symmetric([[self.reward, self.sucker], [self.temptation, self.punishment]], ("cooperate", "defect"))

    def equilibria(self) -> list[FloatArray]:
        """Return the only one: both defect, which dominates."""
        return [_pure(2, 1, 1)]


@GAMES.register
class StagHunt(TextbookGame):
    """Two hunters: a stag takes both, a hare each can have alone.

    Parameters
    ----------
    stag, hare
        What a shared stag and a hare are worth; 0 < hare < stag.

    Examples
    --------
    >>> [mix.tolist() for mix in StagHunt(stag=4, hare=3).equilibria()][2]
    [[0.75, 0.25], [0.75, 0.25]]
    """

    source = "Rousseau, Discours sur l'inégalité, 1755; Skyrms, The Stag Hunt, 2004"

    stag: Payoff = 4.0
    hare: Payoff = 3.0

    def model_post_init(self, context: object, /) -> None:
        """Check that the stag is worth more."""
        super().model_post_init(context)
        if not 0 < self.hare < self.stag:
            raise ValueError(f"hare = {self.hare} must be above 0 and below stag = {self.stag}")

    def game(self) -> NormalFormGame:
        """Return the game of two actions, stag and hare."""
        return _symmetric([[self.stag, 0.0], [self.hare, self.hare]], ("stag", "hare"))

    def equilibria(self) -> list[FloatArray]:
        """Return both hunt the stag, both a hare, and the mix that leaves the other indifferent."""
        share = self.hare / self.stag
        return [_pure(2, 0, 0), _pure(2, 1, 1), _alike(2, (share, 1 - share))]


@GAMES.register
class Chicken(TextbookGame):
    """Two drivers towards each other: who swerves loses face, if neither does both crash.

    Parameters
    ----------
    win, crash
        What daring beside one who swerves wins, and what a crash costs, each above 0; swerving alone costs ``win``.

    Examples
    --------
    >>> Chicken(win=1, crash=10).equilibria()[2].tolist()
    [[0.9, 0.1], [0.9, 0.1]]
    """

    source = "Rapoport and Chammah, The game of chicken, 1966"

    win: Annotated[float, Field(gt=0, le=1e9)] = 1.0
    crash: Annotated[float, Field(gt=0, le=1e9)] = 10.0

    def model_post_init(self, context: object, /) -> None:
        """Check that a crash is worst."""
        super().model_post_init(context)
        if self.crash <= self.win:
            raise ValueError(f"crash = {self.crash} must be above win = {self.win}: a crash is the worst")

    def game(self) -> NormalFormGame:
        """Return the game of two actions, swerve and dare."""
        return _symmetric([[0.0, -self.win], [self.win, -self.crash]], ("swerve", "dare"))

    def equilibria(self) -> list[FloatArray]:
        """Return one swerves, the other, and the mix that dares with probability win / crash."""
        dare = self.win / self.crash
        return [_pure(2, 0, 1), _pure(2, 1, 0), _alike(2, (1 - dare, dare))]


@GAMES.register
class BattleOfTheSexes(TextbookGame):
    """Two who want to meet, each at another place.

    Parameters
    ----------
    own, other
        What meeting at one's own place and at the other's is worth; 0 < other < own.

    Examples
    --------
    >>> BattleOfTheSexes(own=3, other=1).equilibria()[2].tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """

    source = "Luce and Raiffa, Games and Decisions, 1957, Section 5.3"

    own: Payoff = 2.0
    other: Payoff = 1.0

    def model_post_init(self, context: object, /) -> None:
        """Check who prefers what."""
        super().model_post_init(context)
        if not 0 < self.other < self.own:
            raise ValueError(f"other = {self.other} must be above 0 and below own = {self.own}")

    def game(self) -> NormalFormGame:
        """Return the game of two places."""
        tables = [[[self.own, 0.0], [0.0, self.other]], [[self.other, 0.0], [0.0, self.own]]]
        return NormalFormGame(tables, action_names=["her place", "his place"])

    def equilibria(self) -> list[FloatArray]:
        """Return both meetings, and the mix in which each goes to its own place with probability own / (own + other)."""
        share = self.own / (self.own + self.other)
        return [_pure(2, 0, 0), _pure(2, 1, 1), np.array([[share, 1 - share], [1 - share, share]])]


@GAMES.register
class MatchingPennies(TextbookGame):
    """One wants to show the same side, the other another.

    Examples
    --------
    >>> MatchingPennies().game().pure_equilibria()
    []
    """

    source = "von Neumann, Zur Theorie der Gesellschaftsspiele, 1928"

    def game(self) -> NormalFormGame:
        """Return the game of two sides."""
        table = np.array([[1.0, -1.0], [-1.0, 1.0]])
        return NormalFormGame(np.array([table, -table]), action_names=["heads", "tails"])

    def equilibria(self) -> list[FloatArray]:
        """Return the only one: both toss."""
        return [_alike(2, (0.5, 0.5))]


@GAMES.register
class RockPaperScissors(TextbookGame):
    """Each of three actions beats one of the others.

    Parameters
    ----------
    win, loss
        What winning gains and losing costs, each above 0. Where winning gains less than losing costs, best responses spiral away
        from the equilibrium.

    Examples
    --------
    >>> RockPaperScissors(win=1, loss=1).game().exploitability(RockPaperScissors().equilibria()[0])
    0.0
    """

    source = "Weibull, Evolutionary Game Theory, 1995, Section 3.1"

    win: Annotated[float, Field(gt=0, le=1e9)] = 1.0
    loss: Annotated[float, Field(gt=0, le=1e9)] = 1.0

    def game(self) -> NormalFormGame:
        """Return the game of three actions."""
        rows = [[0.0, -self.loss, self.win], [self.win, 0.0, -self.loss], [-self.loss, self.win, 0.0]]
        return _symmetric(rows, ("rock", "paper", "scissors"))

    def equilibria(self) -> list[FloatArray]:
        """Return the only one: a third each."""
        return [_alike(2, (1 / 3, 1 / 3, 1 / 3))]


@GAMES.register
class ShapleysGame(TextbookGame):
    """A game in which fictitious play does not converge: it goes round for ever longer runs.

    Examples
    --------
    >>> ShapleysGame().equilibria()[0].round(3).tolist()
    [[0.333, 0.333, 0.333], [0.333, 0.333, 0.333]]
    """

    source = "Shapley, Some topics in two-person games, 1964, Section 5"

    def game(self) -> NormalFormGame:
        """Return the game of three actions: the first player wants the same one, the second the next one."""
        return NormalFormGame(np.array([np.eye(3), np.roll(np.eye(3), 1, axis=1)]))

    def equilibria(self) -> list[FloatArray]:
        """Return the only one: a third each."""
        return [_alike(2, (1 / 3, 1 / 3, 1 / 3))]


@GAMES.register
class JordansPennies(TextbookGame):
    """Three with a penny each: the first wants to match the second, the second the third, the third not the first.

    Examples
    --------
    >>> JordansPennies().game().payoffs([0, 0, 0]).tolist(), JordansPennies().game().pure_equilibria()
    ([1.0, 1.0, -1.0], [])
    """

    source = "Jordan, Three problems in learning mixed-strategy Nash equilibria, 1993"

    def game(self) -> NormalFormGame:
        """Return the game of two sides."""

        def payoffs(profiles: IntArray) -> FloatArray:
            same = profiles == np.roll(profiles, -1, axis=1)
            return np.where(same ^ (np.arange(3) == 2), 1.0, -1.0)

        return _of_profiles(3, ("heads", "tails"), payoffs)

    def equilibria(self) -> list[FloatArray]:
        """Return the only one: all toss."""
        return [_alike(3, (0.5, 0.5))]


@GAMES.register
class TravellersDilemma(TextbookGame):
    """Two claim what a lost suitcase was worth: both get the lower claim, the lower claimant a bonus that the other pays.

    Parameters
    ----------
    lowest, highest
        The claims, whole numbers from 2 on.
    bonus
        Above 1: then claiming one less than the other pays, all the way down.

    Examples
    --------
    >>> TravellersDilemma(lowest=2, highest=100, bonus=2).game().pure_equilibria()
    [(0, 0)]
    """

    source = "Basu, The traveler's dilemma, 1994"

    lowest: Annotated[int, Field(ge=2, le=10_000)] = 2
    highest: Annotated[int, Field(ge=3, le=10_000)] = 20
    bonus: Annotated[float, Field(gt=1, le=1e6)] = 2.0

    def model_post_init(self, context: object, /) -> None:
        """Check that there is something to choose."""
        super().model_post_init(context)
        if not self.lowest < self.highest < self.lowest + 1000:
            raise ValueError(f"highest = {self.highest} must be above lowest = {self.lowest}, by less than 1000")

    def game(self) -> NormalFormGame:
        """Return the game of claims."""
        claims = np.arange(self.lowest, self.highest + 1, dtype=np.float64)
        own, other = claims[:, None], claims[None, :]
        table = np.minimum(own, other) + self.bonus * np.sign(other - own)
        return _symmetric(table.tolist(), [f"{claim:g}" for claim in claims])

    def equilibria(self) -> list[FloatArray]:
        """Return the only one: both claim the least."""
        return [_pure(self.highest - self.lowest + 1, 0, 0)]


@GAMES.register
class ColonelBlotto(TextbookGame):
    """Two colonels divide soldiers among battlefields: more soldiers win a field, more fields the battle.

    Parameters
    ----------
    soldiers, fields
        How many each has, and where; divisions of them in every order are the actions.

    Examples
    --------
    >>> game = ColonelBlotto(soldiers=5, fields=3).game()
    >>> game.m, bool((game.tables[0] == -game.tables[1]).all())
    (21, True)
    """

    source = "Borel, La théorie du jeu et les équations intégrales à noyau symétrique, 1921"

    soldiers: Annotated[int, Field(ge=1, le=12)] = 5
    fields: Annotated[int, Field(ge=2, le=4)] = 3

    def divisions(self) -> IntArray:
        """Return the actions: soldiers by field, shape (m, fields)."""
        every = itertools.product(range(self.soldiers + 1), repeat=self.fields)
        return np.array([each for each in every if sum(each) == self.soldiers], dtype=np.int64)

    def game(self) -> NormalFormGame:
        """Return the game: 1 for who wins more fields, -1 for the other, 0 for both where neither does."""
        divisions = self.divisions()
        table = np.sign(np.sign(divisions[:, None] - divisions[None]).sum(axis=2)).astype(np.float64)
        return _symmetric(table.tolist(), ["-".join(map(str, each)) for each in divisions.tolist()])

    def equilibria(self) -> list[FloatArray]:
        """Return none in closed form; the game is fair, since the players are alike: its value is 0."""
        return []


@GAMES.register
class Cournot(TextbookGame):
    """Firms choose how much to bring to a market whose price falls with what all bring.

    Parameters
    ----------
    players
        How many firms.
    demand, cost
        The price is demand - total, at least 0; a unit costs ``cost``, from 0 up to below ``demand``.
    quantities
        What a firm may bring: 0, 1, ..., this.

    Examples
    --------
    >>> (4, 4) in Cournot(players=2, demand=12, quantities=6).game().pure_equilibria()
    True
    """

    source = "Cournot, Recherches sur les principes mathématiques de la théorie des richesses, 1838, Chapter 7"

    players: Players = 2
    demand: Annotated[float, Field(gt=0, le=1e6)] = 12.0
    cost: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    quantities: Annotated[int, Field(ge=1, le=1000)] = 6

    def game(self) -> NormalFormGame:
        """Return the game of quantities."""

        def profits(profiles: IntArray) -> FloatArray:
            price = np.maximum(self.demand - profiles.sum(axis=1, keepdims=True), 0.0)
            return np.asarray((price - self.cost) * profiles)

        return _of_profiles(self.players, [str(quantity) for quantity in range(self.quantities + 1)], profits)

    def equilibria(self) -> list[FloatArray]:
        """Return everybody brings (demand - cost) / (n + 1), where that is one of the quantities."""
        quantity = (self.demand - self.cost) / (self.players + 1)
        if not (quantity.is_integer() and 0 <= quantity <= self.quantities):
            return []
        return [_pure(self.quantities + 1, *[int(quantity)] * self.players)]


@GAMES.register
class PublicGoods(TextbookGame):
    """Everybody may put one unit into a pot that is multiplied and divided evenly, contributors or not.

    Parameters
    ----------
    players
        How many.
    multiplier
        What the pot is multiplied by: above 1 and below the number of players it is a dilemma of all.

    Examples
    --------
    >>> PublicGoods(players=3, multiplier=2).game().pure_equilibria()
    [(1, 1, 1)]
    """

    source = "Olson, The Logic of Collective Action, 1965; Ledyard, Public goods, 1995"

    players: Players = 4
    multiplier: Annotated[float, Field(gt=0, le=1e6)] = 2.0

    def game(self) -> NormalFormGame:
        """Return the game of two actions, give and keep."""

        def payoffs(profiles: IntArray) -> FloatArray:
            given = (profiles == 0).sum(axis=1, keepdims=True)
            return np.asarray(self.multiplier * given / self.players + (profiles == 1))

        return _of_profiles(self.players, ("give", "keep"), payoffs)

    def equilibria(self) -> list[FloatArray]:
        """Return everybody keeps where a unit brings its giver less than itself, everybody gives where more, both at equality."""
        keep, give = _pure(2, *[1] * self.players), _pure(2, *[0] * self.players)
        own = self.multiplier / self.players
        return [keep] if own < 1 else [give] if own > 1 else [give, keep]


@GAMES.register
class Congestion(TextbookGame):
    """Drivers choose a road; each costs the more the more take it: every such game has a potential, and rests in pure play.

    Parameters
    ----------
    players
        How many drivers.
    slopes
        What a driver on each road pays a driver on it, each above 0.

    Examples
    --------
    >>> sorted({tuple(sorted(profile)) for profile in Congestion(players=3, slopes=(1, 2)).game().pure_equilibria()})
    [(0, 0, 1)]
    """

    source = "Rosenthal, A class of games possessing pure-strategy Nash equilibria, 1973"

    players: Players = 3
    slopes: Annotated[tuple[Annotated[float, Field(gt=0, le=1e6)], ...], Field(min_length=2, max_length=10)] = (1.0, 2.0)

    def loads(self, profiles: IntArray) -> IntArray:
        """Return how many take each road, (batch, n) -> (batch, roads)."""
        return np.asarray((profiles[:, :, None] == np.arange(len(self.slopes))).sum(axis=1))

    def potential(self, profiles: IntArray) -> FloatArray:
        """Return the potential, (batch, n) -> (batch,): what a driver gains by changing its road, the potential gains too."""
        loads = self.loads(profiles)
        return np.asarray(-(loads * (loads + 1) / 2) @ np.array(self.slopes))

    def game(self) -> NormalFormGame:
        """Return the game of roads."""

        def payoffs(profiles: IntArray) -> FloatArray:
            prices = self.loads(profiles) * np.array(self.slopes)
            return -np.take_along_axis(prices, profiles, axis=1)

        return _of_profiles(self.players, [f"road {road + 1}" for road in range(len(self.slopes))], payoffs)

    def equilibria(self) -> list[FloatArray]:
        """Return the profile of largest potential."""
        profiles = np.array(list(itertools.product(range(len(self.slopes)), repeat=self.players)), dtype=np.int64)
        return [_pure(len(self.slopes), *profiles[int(self.potential(profiles).argmax())].tolist())]


@GAMES.register
class Minority(TextbookGame):
    """Everybody chooses one of two sides; who is on the smaller one wins.

    Parameters
    ----------
    players
        How many, an odd number, so that there is a smaller side.

    Examples
    --------
    >>> len(Minority(players=3).game().pure_equilibria())
    6
    """

    source = "Arthur, Inductive reasoning and bounded rationality, 1994; Challet and Zhang 1997"

    players: Annotated[int, Field(ge=3, le=11)] = 3

    def model_post_init(self, context: object, /) -> None:
        """Check that there is always a minority."""
        super().model_post_init(context)
        if self.players % 2 == 0:
            raise ValueError(f"players = {self.players} must be odd: an even number can be split into equal sides")

    def game(self) -> NormalFormGame:
        """Return the game of two sides: 1 for the minority, 0 for the majority."""

        def payoffs(profiles: IntArray) -> FloatArray:
            right = profiles.sum(axis=1, keepdims=True)
            return np.where((profiles == 1) == (right < self.players / 2), 1.0, 0.0)

        return _of_profiles(self.players, ("left", "right"), payoffs)

    def equilibria(self) -> list[FloatArray]:
        """Return a minority as large as can be, of those who come first, and everybody tosses."""
        fewer = self.players // 2
        return [_pure(2, *[0] * fewer, *[1] * (self.players - fewer)), _alike(self.players, (0.5, 0.5))]
