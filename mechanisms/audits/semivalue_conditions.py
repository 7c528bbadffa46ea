"""Rules that pay identities by semivalues: when copies cannot pay, and what is handed out at most, exactly and for whole classes.

Han, Wooldridge, Rogers, Ohrimenko and Tschiatschek (2022), "Replication Robust Payoff Allocation in Submodular Cooperative
Games": with k copies that add nothing, what their owner is paid weighs its mean contribution to c others by
α_c(k) = (k + 1) C(n - 1, c) w_c, where w are the semivalue's weights for n + k identities. Where marginal contributions shrink,
copies pay in no game if and only if Σ_{c ≤ p} α_c(k) ≤ Σ_{c ≤ p} α_c(0) for every p. Where more data never hurts they pay in no
game if and only if that holds term by term (derived here: games worth 1 from c + 1 members on show that it must).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Literal, TypeAlias

import numpy as np

from ...arrays import ROUND_OFF, FloatArray
from ..coalitions.game_classes import GameClass
from ..coalitions.games import CoalitionalGame
from ..rules.mechanism import Market, Mechanism
from ..values import semivalue

Chances: TypeAlias = tuple[Fraction, ...]
"""How much counts what an identity adds to c = 0 .. n - 1 others, on average over them."""

SemivalueGames: TypeAlias = Literal["monotone", "submodular", "supermodular"]
LARGEST_DENOMINATOR, PROBES = 1_000_000, 4


@dataclass(frozen=True)
class Claim:
    """What a class of games leaves of a demand, exactly.

    Parameters
    ----------
    most
        What it comes to at most among the games that decide it, in units of the joint model's worth.
    proved
        Whether no game of the class exceeds ``most``; otherwise it is only the most that was found.
    worths
        A game that attains it, 2^n values.
    parties, copies
        On how many it is about.
    """

    most: Fraction
    proved: bool
    worths: tuple[float, ...]
    parties: int
    copies: int = 0


@dataclass(frozen=True)
class SemivalueRule:
    """A rule under which every identity is paid a semivalue: its weights, for every number of identities.

    Parameters
    ----------
    chances
        For n = 1, 2, ... identities.

    Examples
    --------
    >>> from potluck.mechanisms import RobustBanzhaf, ShapleyDivision
    >>> banzhaf, plain = (probed(rule, 3, 2) for rule in (RobustBanzhaf(), ShapleyDivision()))
    >>> float(banzhaf.largest_gain("monotone").most), float(plain.largest_gain("submodular").most)
    (0.0, 0.26666666666666666)
    >>> float(banzhaf.most_handed_out("monotone").most), float(plain.most_handed_out("monotone").most)
    (1.5, 1.0)
    """

    chances: tuple[Chances, ...]
    parties: int
    copies: int

    def gained(self, n: int, k: int) -> Chances:
        """Return by how much more k copies weigh what their owner adds to c others, beside n - 1 others: α(k) - α(0)."""
        before, after = self.chances[n - 1], self.chances[n + k - 1]
        return tuple((k + 1) * comb(n - 1, c) * after[c] / comb(n + k - 1, c) - before[c] for c in range(n))

    def largest_gain(self, games: SemivalueGames) -> Claim:
        """Return what copies gain at most, of up to ``parties`` and ``copies``; 0 is proved, more is attained."""
        found = [self._gain(games, n, k) for n in range(2, self.parties + 1) for k in range(1, self.copies + 1)]
        broken = [claim for claim in found if claim.most > 0]
        return max(broken or found, key=lambda claim: (claim.most, -claim.parties))

    def _gain(self, games: SemivalueGames, n: int, k: int) -> Claim:
        part = self.gained(n, k)
        if games == "monotone":
            most, size = max((gain, c) for c, gain in enumerate(part))
            return Claim(max(most, Fraction(0)), most <= 0, _threshold(n, size), n, k)
        if games == "submodular":
            sums = [sum(part[: p + 1], Fraction(0)) / (p + 1) for p in range(n)]
            most, size = max((gain, p) for p, gain in enumerate(sums))
            return Claim(max(most, Fraction(0)), most <= 0, _capped(n, size), n, k)
        sums = [sum(part[p:], Fraction(0)) / (n - p) for p in range(n)]
        most, size = max((gain, p) for p, gain in enumerate(sums))
        return Claim(max(most, Fraction(0)), most <= 0, _late(n, size), n, k)

    def most_handed_out(self, games: SemivalueGames) -> Claim:
        """Return the largest sum of all values, over games whose joint model is worth 1.

        The sum is linear in a game and the same for all parties, so that a worst game treats them alike: then it is n times a
        weighted mean of what the joint worth is made of, size by size, and greatest at one size, or at the first, or last, few.
        """
        return max((self._handed_out(games, n) for n in range(2, self.parties + 1)), key=lambda claim: claim.most)

    def _handed_out(self, games: SemivalueGames, n: int) -> Claim:
        part = self.chances[n - 1]
        if games == "monotone":
            most, size = max((n * chance, c) for c, chance in enumerate(part))
            return Claim(most, True, _threshold(n, size), n)
        if games == "submodular":
            most, size = max((n * sum(part[: p + 1], Fraction(0)) / (p + 1), p) for p in range(n))
            return Claim(most, True, _capped(n, size), n)
        most, size = max((n * sum(part[p:], Fraction(0)) / (n - p), p) for p in range(n))
        return Claim(most, True, _late(n, size), n)


def probed(rule: Mechanism, parties: int, copies: int, seed: int = 0) -> SemivalueRule | None:
    """Return the semivalue by which a rule pays, found on games that show one weight each and tried on random ones; or None.

    Parties may pay once for their improvement, or for nothing. Weights are rounded to fractions with denominators up to 10^6.

    Parameters
    ----------
    rule
        The rule.
    parties, copies
        Most parties, and most copies, that it is asked about.
    seed
        Of the random games.

    Examples
    --------
    >>> from potluck.mechanisms import BanzhafDivision, LeaveOneOutPayments
    >>> probed(BanzhafDivision(), 3, 1) is None
    True
    >>> [[int(chance) for chance in row] for row in probed(LeaveOneOutPayments(), 2, 1).chances]
    [[1], [0, 1], [0, 0, 1]]
    """
    rng = np.random.default_rng(seed)
    for buys in (True, False):
        chances: list[Chances] = []
        for n in range(1, parties + copies + 1):
            found = _chances(rule, n, buys)
            if min(found) < -ROUND_OFF or not _tried(rule, n, found, buys, rng):
                break
            chances.append(tuple(Fraction(max(chance, 0.0)).limit_denominator(LARGEST_DENOMINATOR) for chance in found))
        else:
            known = SemivalueRule(tuple(chances), parties, copies)
            if all(_copied(rule, known, n, buys, rng) for n in range(2, parties + 1)):
                return known
    return None


def _chances(rule: Mechanism, n: int, buys: bool) -> list[float]:
    """Return what the first of n is paid on games that are worth 1 from c + 1 members on."""
    markets = [_market(np.array(_threshold(n, c))) for c in range(n)]
    return [float(_received(rule, market, buys)[0]) for market in markets]


def _received(rule: Mechanism, market: Market, buys: bool) -> FloatArray:
    return (market.improvement if buys else 0.0) - rule.settle(market).payments


def _tried(rule: Mechanism, n: int, chances: Sequence[float], buys: bool, rng: np.random.Generator) -> bool:
    weights = [max(chance, 0.0) / comb(n - 1, c) for c, chance in enumerate(chances)]
    for _ in range(PROBES):
        game = GameClass("all" if n > 1 else "monotone").draw(n, rng)
        values = semivalue(game, weights)
        if np.abs(_received(rule, _market(game.values), buys) - values).max() > ROUND_OFF:
            return False
    return True


def _copied(rule: Mechanism, known: SemivalueRule, n: int, buys: bool, rng: np.random.Generator) -> bool:
    """Say whether identities of one owner are paid as identities of several would be, for one and for most copies."""
    for k in {1, known.copies}:
        game = GameClass("monotone").draw(n, rng)
        table = game.values.reshape((2,) * n).T
        market = Market.of(np.concatenate([table, *[table.take([1], axis=0)] * k]))
        added = _mean_contributions(game)
        weights = [gain + before for gain, before in zip(known.gained(n, k), known.chances[n - 1], strict=True)]
        expected = sum(float(weight) * part for weight, part in zip(weights, added, strict=True))
        if abs(float(_received(rule, market, buys)[0]) - expected) > ROUND_OFF:
            return False
    return True


def _mean_contributions(game: CoalitionalGame) -> list[float]:
    """Return what the first party adds to c = 0 .. n - 1 others, on average over them."""
    masks = np.arange(1 << game.n)
    without = masks[(masks & 1) == 0]
    size = np.array([int(mask).bit_count() for mask in without])
    added = game.values[without | 1] - game.values[without]
    return [float(added[size == c].mean()) for c in range(game.n)]


def _market(worths: FloatArray) -> Market:
    n = len(worths).bit_length() - 1
    return Market.of(worths.reshape((2,) * n).T)


def _symmetric(by_size: Sequence[float]) -> tuple[float, ...]:
    return tuple(by_size[mask.bit_count()] for mask in range(1 << (len(by_size) - 1)))


def _threshold(n: int, size: int) -> tuple[float, ...]:
    """Return the game worth 1 from more than ``size`` members on."""
    return _symmetric([float(members > size) for members in range(n + 1)])


def _capped(n: int, size: int) -> tuple[float, ...]:
    """Return the game in which each of the first ``size + 1`` members adds as much, and further ones nothing."""
    return _symmetric([min(members, size + 1) / (size + 1) for members in range(n + 1)])


def _late(n: int, size: int) -> tuple[float, ...]:
    """Return the game in which the first ``size`` members add nothing, and each further one as much."""
    return _symmetric([max(members - size, 0) / (n - size) for members in range(n + 1)])
