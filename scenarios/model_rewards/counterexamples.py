"""Small games, and games of few levels, that show what a claim about rewards in models leaves out."""

import numpy as np

from ...mechanisms import CoalitionalGame, rho_stability, shapley, strict_desirability
from ...verdicts import Verdict, printed
from .random_games import KINDS

EXAMPLE_1 = CoalitionalGame([0, 7, 5, 8])
NO_STABLE_POWER = CoalitionalGame([0, 8, 5, 9, 5, 9, 10, 10])
LEVELS = 4
FEW_LEVELS_GAMES = 300


def ties() -> Verdict:
    """Show that a difference in the last bits between two top parties moves no bound, though it would without a tolerance."""
    values = np.array([0.0, 5, 5, 8, 3, 9, 9, 9])
    off = values.copy()
    off[2] *= 1 - 1e-15
    even, odd = CoalitionalGame(values), CoalitionalGame(off)
    naive = _stability_without_tolerance(odd)
    return Verdict.statement(
        "ρ_s when two equal top parties differ in the last bits",
        printed("Section 4.1.2"),
        "C_i includes all parties of at most the same Shapley value (Section 4.1.2)",
        rho_stability(odd),
        abs(rho_stability(odd) - rho_stability(even)) < 1e-9 and naive == 0,
        f"as without the difference; comparing Shapley values bit by bit gives {naive:g}",
    )


def _stability_without_tolerance(game: CoalitionalGame) -> float:
    phi = shapley(game)
    masks = (phi <= phi[:, None]) @ (1 << np.arange(game.n))
    below = phi < phi.max()
    return float((np.log(game.values[masks[below]] / game.grand) / np.log(phi[below] / phi.max())).min()) + 0.0


def simple_schemes(rng: np.random.Generator) -> list[Verdict]:
    """Hold two rewards that overlook the others' data against F3, in games of few levels, where its premise is often met."""
    broken: dict[tuple[str, int], int] = {}
    for n in (2, 3):
        everybody = (1 << n) - 1
        single = 1 << np.arange(n)
        for _ in range(FEW_LEVELS_GAMES):
            game = CoalitionalGame(np.ceil(KINDS["monotone"](n, rng) * LEVELS))
            schemes = {"v_i": game.values[single], "v_N - v_N-i": game.grand - game.values[everybody - single]}
            for name, rewards in schemes.items():
                broken[name, n] = broken.get((name, n), 0) + (not strict_desirability(game, rewards).holds)
    return [
        Verdict.statement(
            f"games in which rewards {name} break F3",
            printed("Section 4.1.1"),
            "both schemes violate F3 (Section 4.1.1)",
            f"{broken[name, 2]} of two parties, {broken[name, 3]} of three",
            broken[name, 2] == 0 and broken[name, 3] > 0,
            f"of {FEW_LEVELS_GAMES} each; it takes three parties",
        )
        for name in ("v_i", "v_N - v_N-i")
    ]
