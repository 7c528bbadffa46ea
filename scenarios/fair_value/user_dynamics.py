"""How users may learn in a market for their data, and what becomes of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from ...agents.platform_strategies import Outlook, PlatformStrategy
from ...agents.strategies import BestResponse, FictitiousPlay, Logit, Replicator, Strategy
from ...arrays import FloatArray, IntArray
from ...models import MarketGame, OneAtRandom, RepeatedGame, Revision, Rounds, Simultaneous

PRIVATE, OPEN = 0, 1
NEAR = 0.02

Settles: TypeAlias = Literal["symmetric", "pure", "together"]


@dataclass(frozen=True)
class Dynamic:
    """One way to learn: a rule for every user, who revises, where play opens, and what is looked at.

    Parameters
    ----------
    words
        What it is, in a few words.
    rules
        Function of the number of users and a generator that returns the learning rules.
    opening
        The opening profile: nobody open, every other user open, or drawn from the rules' first policies.
    reads
        Whether the users' present ``policy``, the ``actions`` they play or the ``average`` of what they did so far is looked at.
    settles
        What these users come to under terms that stay long enough: the ``symmetric`` equilibrium, a ``pure`` one, or all sharing
        and all staying out, ``together``, as often as in the symmetric one; None where that is not known.
    random
        Whether what they do hangs on chance.
    """

    words: str
    rules: Callable[[int, np.random.Generator], Strategy | list[Strategy]]
    revision: Revision = field(default_factory=Simultaneous)
    opening: Literal["private", "alternating", "drawn"] = "drawn"
    reads: Literal["policy", "actions", "average"] = "policy"
    settles: Settles | None = None
    random: bool = True

    def initial(self, users: int) -> IntArray | None:
        """Return the opening profile, shape (users,), or None."""
        match self.opening:
            case "private":
                return np.zeros(users, dtype=np.int64)
            case "alternating":
                return np.arange(users) % 2
        return None


def _two_populations(users: int, rng: np.random.Generator) -> list[Strategy]:
    one, other = (Replicator(step=5, population="shared", start=(p, 1 - p)) for p in (0.45, 0.55))
    return [one if user < users // 2 else other for user in range(users)]


def _own_populations(users: int, rng: np.random.Generator) -> list[Strategy]:
    return [Replicator(step=5, start=(float(p), float(1 - p))) for p in rng.uniform(0.4, 0.6, users)]


DynamicName = Literal[
    "best-response",
    "best-response-together",
    "fictitious-play",
    "fictitious-play-unlike",
    "replicator-one",
    "replicator-two",
    "replicator-own",
    "logit",
]

DYNAMICS: dict[str, Dynamic] = {
    "best-response": Dynamic(
        "best response, one user at random a round",
        lambda n, rng: BestResponse(),
        OneAtRandom(),
        opening="private",
        reads="actions",
        settles="pure",
    ),
    "best-response-together": Dynamic(
        "best response, all together", lambda n, rng: BestResponse(), opening="private", random=False
    ),
    "fictitious-play": Dynamic(
        "fictitious play, alike at first",
        lambda n, rng: FictitiousPlay(),
        opening="private",
        reads="average",
        settles="together",
        random=False,
    ),
    "fictitious-play-unlike": Dynamic(
        "fictitious play, unlike at first",
        lambda n, rng: FictitiousPlay(),
        opening="alternating",
        reads="average",
        random=False,
    ),
    "replicator-one": Dynamic(
        "replicator, one population",
        lambda n, rng: Replicator(step=5, population="shared", start=(0.9, 0.1)),
        settles="symmetric",
    ),
    "replicator-two": Dynamic("replicator, two populations", _two_populations),
    "replicator-own": Dynamic("replicator, a population a user", _own_populations),
    "logit": Dynamic(
        "logit against mixes",
        lambda n, rng: Logit(rationality=100, step=0.1, against="mixes"),
        opening="private",
        settles="symmetric",
    ),
}


@dataclass(frozen=True)
class Played:
    """Users who learned: a table of their path, and where they ended.

    Parameters
    ----------
    path
        Columns round, alpha, private (mean probability of being private), private_low, private_high (over users), profit,
        exploitability.
    private
        Every user's probability of being private at the end, shape (users,).
    alpha
        The terms at the end.
    exploitability
        Of what is looked at, at the end.
    """

    path: pd.DataFrame
    private: FloatArray
    alpha: float
    exploitability: float

    @property
    def end(self) -> str:
        """Where the users ended: symmetric or asymmetric, pure or mixed; or nowhere, when they still move or can gain much."""
        tail = self.path.tail(max(2, len(self.path) // 10))
        if (tail["private"].max() - tail["private"].min()) > NEAR or self.exploitability > NEAR * len(self.private):
            return "unsettled"
        symmetric = "symmetric" if np.ptp(self.private) <= NEAR else "asymmetric"
        pure = bool((np.minimum(self.private, 1 - self.private) <= NEAR).all())
        return f"{symmetric} {'pure' if pure else 'mixed'}"

    def rounds_to_end(self) -> float:
        """Return from which round on everybody stays near where they ended; not a number if they are not settled."""
        if self.end == "unsettled":
            return float("nan")
        return max(self.rounds_to(column, float(self.path[column].iloc[-1])) for column in ("private_low", "private_high"))

    def rounds_to(self, column: str, target: float, within: float = NEAR) -> float:
        """Return from which round on a column stays near a number; not a number if it does not."""
        away = np.flatnonzero(np.abs(self.path[column] - target) > within)
        first = int(away[-1]) + 1 if len(away) else 0
        return float("nan") if first == len(self.path) else float(self.path["round"].iloc[first])


def arguments(
    game: MarketGame, dynamic: Dynamic, rounds: int, rng: np.random.Generator, platform: PlatformStrategy, period: int
) -> dict[str, Any]:
    """Return the arguments of the `RepeatedGame` in which users learn by a dynamic under a platform's terms."""
    return {
        "game": game,
        "strategies": dynamic.rules(game.n, rng),
        "revision": dynamic.revision,
        "stop": Rounds(rounds),
        "initial": dynamic.initial(game.n),
        "rng": rng,
        "platform": platform,
        "period": period,
    }


def play(
    game: MarketGame,
    dynamic: Dynamic,
    rounds: int,
    rng: np.random.Generator,
    platform: PlatformStrategy,
    period: int = 10,
    outlook: Outlook | None = None,
    every: int = 1,
) -> Played:
    """Let users learn in a market under a platform's terms; note every so many rounds, the last of each, with the mean profit."""
    model = RepeatedGame(**arguments(game, dynamic, rounds, rng, platform, period), outlook=outlook, agents=False)
    rows, profits = [], [model.profit]
    if every == 1:
        rows.append(_row(model, dynamic, profits))
    while model.running:
        model.step()
        profits.append(model.profit)
        if (model.round + 1) % every == 0:
            rows.append(_row(model, dynamic, profits[-every:]))
    path = pd.DataFrame(rows)
    return Played(path, _private(model, dynamic), model.alpha, float(path["exploitability"].iloc[-1]))


def _private(model: RepeatedGame, dynamic: Dynamic) -> FloatArray:
    if dynamic.reads == "actions":
        return np.asarray(model.actions == PRIVATE, dtype=np.float64)
    return np.asarray((model.policy if dynamic.reads == "policy" else model.average_policy)[:, PRIVATE])


def _row(model: RepeatedGame, dynamic: Dynamic, profits: list[float]) -> dict[str, float]:
    private = _private(model, dynamic)
    return {
        "round": model.round,
        "alpha": model.alpha,
        "private": float(private.mean()),
        "private_low": float(private.min()),
        "private_high": float(private.max()),
        "profit": float(np.mean(profits)),
        "exploitability": model.exploitability_of(dynamic.reads),
    }
