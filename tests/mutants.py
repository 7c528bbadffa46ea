"""Plant faults in copies of the program, one at a time: each must turn a test or a scenario's verdict red.

python tests/mutants.py                 all of them; exit status 1 if one survives
python tests/mutants.py sgd core        those whose name holds one of the words
python tests/mutants.py --jobs 2        so many at a time
python tests/mutants.py --write FILE    puts what caught each into a table, beside what stands there of others
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

PACKAGE = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(".*", "results", "build", "dist", "docs", "benchmarks", "__pycache__", "*.egg-info")
SECONDS = 600
HEAD = """# Planted faults

`make mutants` plants these faults, one at a time, in copies of the program; each turns a test or a scenario's verdict red. Beside
each stands the first that did when all were last planted (`make mutants ARGS="--write docs/reference/planted-faults.md"`).
"""


@dataclass(frozen=True)
class Mutant:
    """A fault, and which tests are to notice it.

    Parameters
    ----------
    name
        What is wrong.
    file
        Which file of the package it is planted in.
    old, new
        The text it replaces, which stands there once, and what it puts in its place.
    tests
        Arguments of pytest; ``verdicts of NAME`` is the scenario of that name, played with its example parameters.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def arguments(self) -> list[str]:
        """The tests as pytest takes them."""
        return [_of_scenario(test) for test in self.tests]

    def planted(self, source: str) -> str:
        """Return the source with the fault.

        Raises
        ------
        ValueError
            The text does not stand there exactly once, or what comes out is no Python.
        """
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} holds its text {source.count(self.old)} times, not once: {self.old!r}")
        changed = source.replace(self.old, self.new)
        ast.parse(changed)
        return changed


def _of_scenario(test: str) -> str:
    name = test.removeprefix("verdicts of ")
    return test if name == test else f"tests/test_conformance.py::test_scenario[{name}]"


MUTANTS = (
    # --- the gate, files -------------------------------------------------------------------------------------------------------
    Mutant(
        "a gate that asks for no Host",
        "browser/gate.py",
        "if len(hosts) != 1 or _name(host) not in NAMES:",
        "if False:",
        ("tests/test_gate.py", "-k", "anybody_else"),
    ),
    Mutant(
        "a gate that asks for no Origin",
        "browser/gate.py",
        'if origin not in {f"http://{host}", f"https://{host}"}:',
        "if False:",
        ("tests/test_gate.py", "-k", "anybody_else"),
    ),
    Mutant(
        "a gate that asks for no token",
        "browser/gate.py",
        "if hmac.compare_digest(given.encode(), self.token.encode()):",
        "if True:",
        ("tests/test_gate.py", "-k", "anybody_else"),
    ),
    Mutant(
        "an import path that is taken for a component before it is checked",
        "components.py",
        "if not (isinstance(found, type) and issubclass(found, self.base)):",
        "if False:",
        ("tests/test_gate.py::test_nothing_is_called_before_it_is_known_to_be_what_is_asked",),
    ),
    Mutant(
        "a result that is overwritten file by file",
        "destination.py",
        "    shutil.copymode(folder, draft)\n    _exchange(draft, folder)\n",
        "    _move_into(draft, folder)\n",
        ("tests/test_destination.py::test_overwriting_that_is_stopped_anywhere_leaves_one_whole_result",),
    ),
    Mutant(
        "drafts of killed runs that stay",
        "destination.py",
        "                shutil.rmtree(draft)\n            finally:",
        "                pass\n            finally:",
        ("tests/test_destination.py::test_drafts_of_the_dead_are_swept_and_those_of_the_living_stay",),
    ),
    Mutant(
        "fetched data whose content is not compared",
        "data/downloads.py",
        "if sha256(path) == entry.output_sha256:",
        "if True:",
        ("tests/test_downloads.py", "-k", "corrupt_copy or vouch"),
    ),
    # --- data ------------------------------------------------------------------------------------------------------------------
    Mutant(
        "a skewed split that gives every party the same share",
        "data/splits.py",
        "shares = self.ratio**powers",
        "shares = np.ones(parties)",
        ("tests/test_tasks.py::test_sizes_grow_by_the_ratio",),
    ),
    Mutant(
        "a test set that is held by the parties too",
        "models/tasks/supervised.py",
        "return scores(self.score, model, self._tests, self._classes) - self.guesses",
        "return scores(self.score, model, [pooled] * len(self._tests), self._classes) - self.guesses",
        ("tests/test_tasks.py::test_worth_is_the_accuracy_of_the_model",),
    ),
    Mutant(
        "averages taken off twice",
        "training/recommender/preprocessing.py",
        "by_user = _means(users, values - by_item[items], n_users, 0.0)",
        "by_user = _means(users, values, n_users, 0.0)",
        ("tests/test_recommender.py::test_averages_are_taken_off_as_appendix_d_says",),
    ),
    # --- training --------------------------------------------------------------------------------------------------------------
    Mutant(
        "gradient descent that climbs",
        "training/recommender/sgd_kernel.py",
        "error = sign * (error - product)",
        "error = -sign * (error - product)",
        ("verdicts of privacy-fig7",),
    ),
    Mutant(
        "factors without regularisation",
        "training/recommender/sgd_kernel.py",
        "(error * old_q - regularisation * old_p)",
        "(error * old_q)",
        (
            "tests/test_recommender.py::test_two_updates_worked_by_hand",
            "tests/test_recommender.py::test_the_loop_does_what_plain_python_does",
        ),
    ),
    Mutant(
        "ratings suppressed with the chance of being kept",
        "training/recommender/privacy_methods.py",
        "return draws >= check_privacy(p), values",
        "return draws < check_privacy(p), values",
        (
            "verdicts of privacy-fig6",
            "tests/test_recommender.py::test_no_privacy_changes_nothing_and_full_privacy_leaves_nothing",
        ),
    ),
    Mutant(
        "noise of half the scale",
        "training/recommender/privacy_methods.py",
        "return self.sensitivity / epsilon if epsilon > 0 else math.inf",
        "return self.sensitivity / epsilon / 2 if epsilon > 0 else math.inf",
        (
            "tests/test_privacy_accounting.py::test_no_test_of_membership_beats_the_promise",
            "tests/test_recommender.py::test_the_mean_of_a_noisy_rating_is_the_closed_form",
        ),
    ),
    Mutant(
        "a δ that forgets the sensitivity",
        "training/privacy_accounting.py",
        "-math.expm1((epsilon - ratio) / 2)",
        "-math.expm1(epsilon / 2 - ratio)",
        ("tests/test_privacy_accounting.py::test_one_release_is_the_closed_form",),
    ),
    Mutant(
        "information counted twice",
        "training/information_gain/gain.py",
        "return float(half_log_determinant(np.eye(rows) + covariance * scale[:, None] * scale))",
        "return 2 * float(half_log_determinant(np.eye(rows) + covariance * scale[:, None] * scale))",
        ("tests/test_information_gain.py::test_one_point_is_worth_the_log_of_its_signal_to_noise",),
    ),
    # --- coalitions and values -------------------------------------------------------------------------------------------------
    Mutant(
        "values of classes weighted alike whatever the size",
        "mechanisms/values/semivalues.py",
        "phi[smallest_first] = _by_class(np.ascontiguousarray(values.transpose(smallest_first)), emphasis)",
        "phi[smallest_first] = _by_class(np.ascontiguousarray(values.transpose(smallest_first)), emphasis[::-1].copy())",
        ("tests/test_values.py",),
    ),
    Mutant(
        "players of a table in reverse",
        "mechanisms/values/semivalues.py",
        "phi = phi[::-1].copy()",
        "phi = phi.copy()",
        ("tests/test_values.py",),
    ),
    Mutant(
        "a sampled stage that forgets those who stay out",
        "mechanisms/values/sampling.py",
        "outside = (worths.sum() - worths @ present) / math.comb(n - 1, s)",
        "outside = worths.sum() / math.comb(n - 1, s)",
        ("tests/test_sampling.py",),
    ),
    Mutant(
        "a least core that hears single players only",
        "mechanisms/values/cores.py",
        "if not len(more):",
        "if True:",
        ("tests/test_values.py", "-k", "core"),
    ),
    Mutant(
        "a closure along one axis",
        "mechanisms/coalitions/closure.py",
        "for axis in range(closed.ndim):",
        "for axis in range(1):",
        ("tests/test_market_paper.py::test_closure_is_the_best_part",),
    ),
    # --- rules -----------------------------------------------------------------------------------------------------------------
    Mutant(
        "Shapley payments of nothing",
        "mechanisms/rules/shapley_division.py",
        "-market.price * market.by_owner(values)",
        "-0.0 * market.by_owner(values)",
        ("verdicts of replication-attack", "tests/test_mechanisms.py::test_shapley_division_is_fair_payments_of_everything"),
    ),
    Mutant(
        "fair payments that hand out everything",
        "mechanisms/rules/fair_payments.py",
        "share = self.share(market.platform_worth) * market.price",
        "share = market.price",
        (
            "verdicts of fair-value-example-1",
            "tests/test_fair_value_games.py::test_theorem_1_as_the_rule",
            "tests/test_outcome.py",
        ),
    ),
    Mutant(
        "copies that are not counted",
        "mechanisms/rules/mechanism.py",
        "totals[self.present] = self.entries[self.present] * per_identity[self.group[self.present]]",
        "totals[self.present] = per_identity[self.group[self.present]]",
        ("verdicts of replication-table",),
    ),
    Mutant(
        "a division that ignores copies, which counts them",
        "mechanisms/rules/deduplicated_division.py",
        "if (owners == market.game.sizes).all():",
        "if True:",
        ("tests/test_market_paper.py::test_exact_copies_change_nothing_where_they_are_dropped",),
    ),
    Mutant(
        "a pot that is paid in and not out",
        "mechanisms/rules/pot_division.py",
        "return Settlement(rewards=market.joint_model(), payments=paid - received)",
        "return Settlement(rewards=market.joint_model(), payments=paid)",
        ("tests/test_conformance.py::test_mechanism[ProportionalDivision]",),
    ),
    Mutant(
        "harm that Clarke does not charge",
        "mechanisms/rules/clarke.py",
        "payments[owner] = self._others_alone(offer, owner) - (total - worth[owner])",
        "payments[owner] = 0.0",
        ("tests/test_mep.py::test_clarke_charges_who_harms",),
    ),
    Mutant(
        "maximal exploitation of nobody",
        "mechanisms/rules/maximal_exploitation.py",
        "payments[owner] = worth[owner] - outside_worth(offer, owner, self.absent, self.allocation)",
        "payments[owner] = 0.0",
        ("tests/test_mep.py::test_own_judges", "verdicts of hiding-dynamics"),
    ),
    Mutant(
        "a desirable mechanism that is blind to lower levels",
        "mechanisms/rules/desirable_mechanism.py",
        "    sees_reports = True\n",
        "    sees_reports = False\n",
        ("tests/test_levels_of_reports.py",),
    ),
    Mutant(
        "rewards that ignore the power ρ",
        "mechanisms/rules/shapley_rewards.py",
        "shares[adding] = (phi[adding] / top) ** rho",
        "shares[adding] = phi[adding] / top",
        ("verdicts of rewards-example1",),
    ),
    Mutant(
        "a robust division that drops the model from its game",
        "mechanisms/rules/market_games.py",
        "return ClassGame(game.values + excess_game(game).values)",
        "return ClassGame(game.values)",
        ("verdicts of replication-table", "tests/test_mechanisms.py::test_market_game_by_definition"),
    ),
    # --- audits and limits -----------------------------------------------------------------------------------------------------
    Mutant(
        "a sufficient condition that is never met",
        "mechanisms/audits/payment_conditions.py",
        "return min(_payment_slack(setting, player, truth, of_absence=True), _growth_slack(setting, player, truth))",
        "return -1.0",
        ("verdicts of mep-audit",),
    ),
    Mutant(
        "money that always adds up",
        "mechanisms/audits/settlements.py",
        "slack = min(revenue - low, high - revenue)",
        "slack = 0.0",
        ("tests/test_mechanisms.py", "-k", "audit"),
    ),
    Mutant(
        "individual rationality that asks for nothing",
        "mechanisms/audits/reward_conditions.py",
        'worst_player("R4 individual rationality", game, rewards, lambda r: r - alone, tolerance)',
        'worst_player("R4 individual rationality", game, rewards, lambda r: r, tolerance)',
        ("verdicts of rewards-example1",),
    ),
    Mutant(
        "a critical growth that is read at the wrong zero",
        "mechanisms/limits/growth.py",
        "return np.asarray(held + (n - 1) / n * ratio ** (1 + growth) - 1)",
        "return np.asarray(held + (n - 1) / n * ratio ** (1 + growth) - 0.99)",
        ("verdicts of mep-critical",),
    ),
    Mutant(
        "a hide that binds too late",
        "mechanisms/limits/hiding_kernel.py",
        "return own * (own + others) ** growth if own > 0 else 0.0",
        "return (own - 1) * (own + others) ** growth if own > 0 else 0.0",
        ("tests/test_hiding.py::test_boundaries",),
    ),
    # --- learners --------------------------------------------------------------------------------------------------------------
    Mutant(
        "Hedge that prefers losses",
        "agents/strategies/hedge.py",
        "best = earned.max(axis=-1)",
        "earned = -earned; best = earned.max(axis=-1)",
        ("tests/test_no_regret.py",),
    ),
    Mutant(
        "regret matching that forgets what it earned",
        "agents/strategies/regret_matching.py",
        "regrets = state.regrets + np.where(available, payoffs - earned[..., None], 0.0)",
        "regrets = state.regrets + np.where(available, payoffs, 0.0)",
        ("tests/test_no_regret.py",),
    ),
    Mutant(
        "fictitious play that believes in the last round only",
        "agents/strategies/fictitious_play.py",
        "total = total + feedback.deviations\n",
        "total = feedback.deviations * rounds\n",
        ("tests/test_learning.py", "-k", "fictitious or beliefs"),
    ),
    Mutant(
        "replicators that shrink",
        "agents/strategies/replicator.py",
        "grown = normalised(np.log(mix) + self.step * gains)",
        "grown = normalised(np.log(mix) - self.step * gains)",
        ("tests/test_dynamics.py", "-k", "replicator"),
    ),
    Mutant(
        "Exp3 without weights for what it seldom sees",
        "agents/strategies/exp3.py",
        "state.loss(feedback.payoffs) / (played + exploration)",
        "state.loss(feedback.payoffs)",
        ("tests/test_no_regret.py",),
    ),
    Mutant(
        "a leader who minimises",
        "agents/platform_strategies/stackelberg_leader.py",
        "best = int(profits.argmax())",
        "best = int(profits.argmin())",
        ("tests/test_platform.py::test_the_leader_sets_the_optimal_terms",),
    ),
    Mutant(
        "a search that zooms in on the worst terms",
        "agents/platform_strategies/zooming_search.py",
        "best, number = int(np.argmax(profits)), state.number + 1",
        "best, number = int(np.argmin(profits)), state.number + 1",
        ("tests/test_platform.py", "-k", "zooming"),
    ),
    # --- models ----------------------------------------------------------------------------------------------------------------
    Mutant(
        "data of one party only",
        "models/tasks/quality_curve.py",
        "return CURVES[self.curve](amounts.sum(axis=1) / self.scale)",
        "return CURVES[self.curve](amounts.max(axis=1) / self.scale)",
        ("tests/test_tasks.py", "-k", "pooling or curves"),
    ),
    Mutant(
        "estimates without prior",
        "models/tasks/mean_estimation.py",
        "return np.asarray((users + 2) / users * odds / (1 + odds))",
        "return np.asarray(odds / (1 + odds))",
        ("verdicts of fair-value-example-1",),
    ),
    Mutant(
        "welfare without the platform",
        "models/games/outcome.py",
        "return float(self.payoffs.sum()) + self.profit",
        "return float(self.payoffs.sum())",
        ("tests/test_outcome.py",),
    ),
    Mutant(
        "costs that are paid to the player",
        "models/games/preferences.py",
        "return self.benefits(rewards, payments, alone) - self.cost(profile)",
        "return self.benefits(rewards, payments, alone) + self.cost(profile)",
        ("tests/test_games.py", "-k", "payoff or costs"),
    ),
    Mutant(
        "rivals that do not mind",
        "models/games/valuations.py",
        "return total**self.growth * qualities if total > 0 else np.zeros_like(qualities)",
        "return qualities",
        ("verdicts of hiding-dynamics", "tests/test_levels_of_reports.py"),
    ),
    Mutant(
        "others who are counted in reverse",
        "models/games/counts.py",
        "both[:, -1] = one[:, -1] * other[:, -1]",
        "both[:, -1] = 0.0",
        ("tests/test_dynamics.py", "-k", "others"),
    ),
    Mutant(
        "roots beyond a change of sign",
        "models/games/bernstein.py",
        "if changes == 0:",
        "if changes <= 1:",
        ("tests/test_fair_value_games.py::test_known_roots", "verdicts of fair-value-fig6"),
    ),
    Mutant(
        "a threshold without its limit",
        "models/games/privacy/sharing_thresholds.py",
        "for knot in inner if knot > 0] + [start - end, start - limit])",
        "for knot in inner if knot > 0] + [start - end])",
        ("tests/test_privacy_edges.py", "-k", "alpha"),
    ),
    Mutant(
        "a trigger that never fires",
        "models/games/privacy/repeated_play.py",
        "return self.deviating - self.sharing",
        "return 0 * (self.deviating - self.sharing)",
        ("verdicts of privacy-repeated",),
    ),
    Mutant(
        "a price of anarchy by the best equilibrium",
        "models/games/privacy/price_of_privacy.py",
        "        min(of_each),\n",
        "        max(of_each),\n",
        ("tests/test_privacy_game.py", "-k", "anarchy or price"),
    ),
    Mutant(
        "exploitability of the mean gain",
        "models/course.py",
        "return np.asarray((row_max(self.deviations) - self.payoffs).sum(axis=-1))",
        "return np.asarray((row_max(self.deviations) - self.payoffs).min(axis=-1))",
        ("tests/test_ensemble.py", "-k", "compiled_round_is"),
    ),
    Mutant(
        "players who all revise whatever the protocol",
        "models/revision.py",
        "return np.asarray(np.arange(n) == np.floor(uniforms * n))",
        "return np.ones(n, dtype=bool)",
        ("tests/test_learning.py", "-k", "one_at_random"),
    ),
    # --- attacks ---------------------------------------------------------------------------------------------------------------
    Mutant(
        "copies that are never entered",
        "attacks/replication.py",
        "return (account,) * (1 + self.copies)",
        "return (account,)",
        ("tests/test_attacks.py", "-k", "names"),
    ),
    Mutant(
        "an attacker's gain that counts its first party only",
        "attacks/payoffs.py",
        "return float(np.sum(self.payoffs[members] - honest.payoffs[members]))",
        "return float(np.sum(self.payoffs[members[:1]] - honest.payoffs[members[:1]]))",
        ("tests/test_attacks.py", "-k", "merger or partners"),
    ),
    Mutant(
        "the first attack instead of the best",
        "attacks/search.py",
        "if best is None or gain > best.gain + best.round_off:",
        "if best is None:",
        ("tests/test_attacks.py", "-k", "best_attack or refining"),
    ),
    # --- verdicts --------------------------------------------------------------------------------------------------------------
    Mutant(
        "verdicts that are always as expected",
        "verdicts.py",
        "return self.outcome is self.expected",
        "return True",
        ("tests/test_verdicts.py",),
    ),
    Mutant(
        "numbers that are reproduced whatever they are",
        "verdicts.py",
        "REPRODUCED if gap <= tolerance else REFUTED",
        "REPRODUCED",
        ("tests/test_verdicts.py",),
    ),
    Mutant(
        "intervals that hold both answers and decide",
        "verdicts.py",
        "decided = math.isfinite(low) and math.isfinite(high) and low_holds == high_holds",
        "decided = True",
        ("tests/test_verdicts.py",),
    ),
    # --- what is kept ----------------------------------------------------------------------------------------------------------
    Mutant(
        "kept errors that do not know what made them",
        "training/recommender/measurement.py",
        "errors {code_digest(__name__)}",
        "errors",
        ("tests/test_code_digest.py",),
    ),
    # --- edges, verdicts -------------------------------------------------------------------------------------------------------
    Mutant(
        "best levels beside the least that are not looked for",
        "models/games/privacy/numeric_game.py",
        "found += _beside(curve, 0.0, grid[1])",
        "pass",
        ("tests/test_privacy_game.py", "-k", "closed_form"),
    ),
    Mutant(
        "utilities taken for equal by an absolute difference",
        "models/games/privacy/numeric_game.py",
        "return TIE * float(",
        "return TIE + 0 * float(",
        ("tests/test_privacy_game.py", "-k", "closed_form"),
    ),
    Mutant(
        "an ε that is half of what the noise gives",
        "training/information_gain/label_privacy.py",
        "ratio = label_range / math.sqrt(eta)",
        "ratio = label_range / math.sqrt(eta) / 2",
        ("verdicts of rewards-repeated",),
    ),
    Mutant(
        "demands that know a unit of worth",
        "mechanisms/audits/refuting.py",
        "return float(np.abs(game.values).max()) or 1.0",
        "return 1.0",
        ("tests/test_refuting.py", "-k", "unit_of_worth"),
    ),
    Mutant(
        "a reproduction that reads kept errors",
        "scenarios/privacy/recommender.py",
        'fresh_parameters: ClassVar[Mapping[str, Any]] = {"cached": False}',
        'fresh_parameters: ClassVar[Mapping[str, Any]] = {"cached": True}',
        ("tests/test_code_digest.py", "-k", "reproduc"),
    ),
    # --- checks that could not fail once ---------------------------------------------------------------------------------------
    Mutant(
        "copies that are not marked down",
        "mechanisms/rules/similarity_weighted.py",
        "received = market.total(paid) * share * np.exp(-self.decay * self._likeness(market))",
        "received = market.total(paid) * share",
        ("verdicts of replication-real",),
    ),
    Mutant(
        "shuffled targets that take their inputs along",
        "attacks/falsification.py",
        "    return Holding(rows.inputs, targets)\n",
        "    return Holding(rows.inputs[rng.permutation(len(rows))] * 1.5, targets)\n",
        ("verdicts of rewards-strategic",),
    ),
    Mutant(
        "models that know less than their reward",
        "training/information_gain/realisation.py",
        "eta[exact] = self._noise_for(target[exact] - self.own)",
        "eta[exact] = 1.5 * self._noise_for(target[exact] - self.own)",
        ("verdicts of rewards-fig2",),
    ),
    Mutant(
        "the absent who see others' own models only",
        "mechanisms/rules/maximal_exploitation.py",
        "others_hold = np.maximum(pool_without[..., :, None], own[..., None, :])",
        "others_hold = np.broadcast_to(own[..., None, :], effects.shape)",
        ("verdicts of mep-fig1", "tests/test_mep.py", "tests/test_true_accounts.py"),
    ),
    Mutant(
        "an exploitation that does not know what is lost outside",
        "mechanisms/rules/maximal_exploitation.py",
        "payments[owner] = worth[owner] - outside_worth(offer, owner, self.absent, self.allocation)",
        "payments[owner] = 0.9 * (worth[owner] - outside_worth(offer, owner, self.absent, self.allocation))",
        ("verdicts of mep-audit",),
    ),
    Mutant(
        "a threshold of costs that is not evaluated",
        "models/games/sharing_terms.py",
        "return float(max(min(gamma_0, nothing, least), 0.0))",
        "return float(max(min(gamma_0, nothing), 0.0))",
        ("verdicts of fair-value-theorem3",),
    ),
    Mutant(
        "private users who count as open, as eq. 80 prints",
        "models/games/sharing.py",
        "return expectation(self.gain, 1 - np.asarray(p, dtype=np.float64))",
        "return expectation(self.gain, np.asarray(p, dtype=np.float64))",
        ("verdicts of fair-value-theorem3",),
    ),
    Mutant(
        "players who answer secret weights by half",
        "models/games/privacy/closed_forms.py",
        "return 1.0 if openness <= ratio else ratio / openness",
        "return 1.0 if openness <= ratio else ratio / openness / 2",
        ("verdicts of privacy-private-weights",),
    ),
    Mutant(
        "a mean level that does not answer itself",
        "models/games/privacy/closed_forms.py",
        "return ((1 - math.sqrt(1 - self.highest / self.gain)) / 2, 1.0)",
        "return ((1 - math.sqrt(1 - self.highest / self.gain)) / 2.1, 1.0)",
        ("verdicts of privacy-private-weights",),
    ),
    Mutant(
        "federated users who are not pooled",
        "models/tasks/federated_mean_estimation.py",
        "precision = size / spread + weighted(direct, 1 / (s2 + own))",
        "precision = weighted(direct, 1 / (s2 + own))",
        ("verdicts of fair-value-fig5b",),
    ),
    # --- ends of ranges --------------------------------------------------------------------------------------------------------
    Mutant(
        "equilibria by an absolute difference",
        "models/games/strategic.py",
        "(np.maximum(ROUND_OFF * spread, lost) if tolerance is None else tolerance)",
        "(ROUND_OFF if tolerance is None else tolerance)",
        ("tests/test_whole_ranges.py", "-k", "unit"),
    ),
    Mutant(
        "a pot that is divided by next to nothing",
        "mechanisms/rules/replication_robust_division.py",
        "if pot > 0 and psi.min() >= 0 and (sums_to_pot or value.grand > 0):",
        "if pot > 0 and value.grand != 0:",
        ("tests/test_true_accounts.py", "-k", "fee or pole"),
    ),
    Mutant(
        "a Banzhaf value that is always normalised",
        "mechanisms/rules/banzhaf_division.py",
        "return RobustBanzhaf().settle(market)",
        "return super().settle(market)",
        ("tests/test_true_accounts.py", "-k", "Banzhaf or banzhaf"),
    ),
    Mutant(
        "a bound of nothing on what is approximate",
        "mechanisms/values/large_classes.py",
        "fixed = largest * (tails + ROUND_OFF * math.sqrt(float(sizes.sum()))) + abs(math.fsum(totals) - grand)",
        "fixed = 0 * tails",
        ("tests/test_large_classes.py",),
    ),
    Mutant(
        "copies that are searched up to five",
        "attacks/replication.py",
        'ranges: ClassVar = {"copies": tuple(range(1, 17)), "how":',
        'ranges: ClassVar = {"copies": (1, 2, 3, 5), "how":',
        ("tests/test_attack_search.py",),
    ),
    Mutant(
        "undecided that is always excused",
        "verdicts.py",
        "return self.left_undecided(reason) if few and self.outcome is UNDECIDED else self",
        "return self.left_undecided(reason) if few or self.outcome is UNDECIDED else self",
        ("tests/test_verdicts.py", "-k", "excuse"),
    ),
    Mutant(
        "users who compete whatever the valuation",
        "scenarios/multi_party/valuation_traits.py",
        "return self.rival_fall > 0",
        "return True",
        ("verdicts of hiding-dynamics", "tests/test_whole_ranges.py", "-k", "traits or hiding"),
    ),
    Mutant(
        "a leader of terms who hands out everything, as eq. 25 prints",
        "models/games/sharing_terms.py",
        "profit = np.where(possible, (1 - np.where(possible, share, 0)) * utility.worth, -np.inf)",
        "profit = np.where(possible, np.where(possible, share, 0) * utility.worth, -np.inf)",
        ("verdicts of fair-value-fig7",),
    ),
)


def caught_by(mutant: Mutant, home: Path) -> str:
    """Plant a fault in the copy at ``home / potluck``, run its tests, and undo it; return the test that failed, empty if none."""
    target = home / "potluck" / mutant.file
    source = target.read_text(encoding="utf-8")
    try:
        target.write_text(mutant.planted(source), encoding="utf-8")
        return _failing(mutant.arguments, home)
    finally:
        target.write_text(source, encoding="utf-8")


def _failing(arguments: Sequence[str], home: Path) -> str:
    """Return the first test that fails, empty if all pass."""
    environment = os.environ | {
        "PYTHONPATH": str(home),
        "NUMBA_CACHE_DIR": str(home / "numba"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow and not network and not browser", *arguments]
    try:
        done = subprocess.run(
            [*command, "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=no"],
            cwd=home / "potluck",
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"a test that took more than {SECONDS} s"
    if done.returncode == 0:
        return ""
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode != 1 or not failed:
        raise RuntimeError(f"pytest ended with status {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return failed[0].split(" ", 1)[1].split(" - ")[0]


def written(caught: Mapping[str, str], before: str) -> str:
    """Return a page with the faults, their files and what caught each last; what is not known is taken from the page before."""
    known = {row[1].strip(): row[3].strip() for row in (line.split("|") for line in before.splitlines()) if len(row) == 5}
    rows = [(each, f"`{caught[each.name]}`" if each.name in caught else known.get(each.name, "")) for each in MUTANTS]
    table = [f"| {each.name} | `{each.file}` | {test} |" for each, test in rows if test]
    return "\n".join([HEAD, "| fault | planted in | caught by |", "|---|---|---|", *table, ""])


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Plant the faults asked for and say what caught each."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("words", nargs="*", help="plant only faults whose name holds one of these")
    reader.add_argument("--jobs", type=int, default=1, help="how many at a time")
    reader.add_argument("--write", type=Path, metavar="FILE", help="put what caught each into a table")
    given = reader.parse_args()
    chosen = [each for each in MUTANTS if not given.words or any(word in each.name for word in given.words)]
    survived, caught = [], {}
    with tempfile.TemporaryDirectory(prefix="mutants") as folder:
        homes: Queue[Path] = Queue()
        for number in range(given.jobs):
            homes.put(Path(folder) / str(number))
            shutil.copytree(PACKAGE, Path(folder) / str(number) / "potluck", ignore=LEFT_OUT)

        def tried(mutant: Mutant) -> tuple[Mutant, str]:
            home = homes.get()
            try:
                return mutant, caught_by(mutant, home)
            except ValueError as error:
                say(f"     {error}")
                return mutant, ""
            finally:
                homes.put(home)

        with ThreadPoolExecutor(given.jobs) as pool:
            for number, (mutant, test) in enumerate(pool.map(tried, chosen), start=1):
                say(f"{number:3}  {mutant.name} ({mutant.file}): {test or 'SURVIVED'}")
                if test:
                    caught[mutant.name] = test
                else:
                    survived.append(mutant.name)
                if given.write:
                    before = given.write.read_text(encoding="utf-8") if given.write.exists() else ""
                    given.write.write_text(written(caught, before), encoding="utf-8")
    say("\n  not: ".join([f"{len(chosen) - len(survived)} of {len(chosen)} faults were noticed", *survived]))
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
