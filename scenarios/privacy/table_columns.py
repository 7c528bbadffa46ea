"""What the tables of the scenarios on privacy hold: what a row is, and every column."""

from ..declarations import Declaration

_EPSILON = (
    "ε of one rating at that level, where averages are taken off after the noise; infinite where it is not protected, and empty "
    "where the method is none that is known"
)

PRIVACY_FIG8 = {
    "privacy-fig8": Declaration(
        "a row a method and weight",
        {
            "method": "how data is protected: `Sup` or `bDP`, or the method a file names",
            "weight": "what privacy weighs, r = C / B",
            "best_response": "the best privacy level in [0, 1]; of several the one that `tie` says",
            "epsilon": _EPSILON,
            "utility": "its utility, in units of B",
        },
    ),
}

PRIVACY_LEARNING = {
    "privacy-learning": Declaration(
        "a row a learning rule, revision protocol and pair of opening levels",
        {
            "strategy": "how everybody learns",
            "revision": "who revises when",
            "start_1": "opening level of player 1",
            "epsilon_start_1": _EPSILON + "; levels being those of bDP",
            "start_others": "opening level of all others",
            "epsilon_start_others": "likewise",
            "ending": "`equilibrium`, `no collaboration` (everybody at level 1), `cycle`, or `unsettled`: it still varies, "
            "or stands still where somebody could gain",
            "period": "after how many rounds play repeats itself in the last third of the rounds; 0 if it does not",
            "alone": "share of the last third of the rounds in which everybody is at level 1",
            "level_1": "mean level of player 1 in the last third",
            "epsilon_1": "likewise",
            "level_others": "mean level of the others in the last third",
            "epsilon_others": "likewise",
            "price_of_privacy": "mean Price of Privacy in the last third",
            "exploitability": "NashConv of the last round",
        },
    ),
    "strategies": Declaration(
        "a row a learning rule and revision protocol",
        {
            "strategy": "how everybody learns",
            "revision": "who revises when",
            "starts": "how many pairs of opening levels were played",
            "equilibrium": "share of them that ended in an equilibrium with collaboration",
            "no_collaboration": "share that ended with everybody at level 1",
            "cycle": "share that ended in a cycle",
            "unsettled": "share that did not settle in an equilibrium",
            "alone": "mean of `alone`",
            "price_of_privacy": "mean of `price_of_privacy`",
            "together_up_to": "the highest start of all alike that did not end with everybody at level 1; empty if there is none",
            "epsilon_together": _EPSILON + "; levels being those of bDP",
            "alone_from": "the lowest that did",
            "epsilon_alone": "likewise",
        },
    ),
    "rounds": Declaration(
        "a row a pair of opening levels, round and player, for the rule and protocol that are looked at closely",
        {
            "start_1": "opening level of player 1",
            "epsilon_start_1": _EPSILON + "; levels being those of bDP",
            "start_others": "opening level of all others",
            "epsilon_start_others": "likewise",
            "round": "0 is the opening",
            "player": "name of the player",
            "level": "its privacy level",
            "epsilon": _EPSILON + "; levels being those of bDP",
            "payoff": "its utility in that round",
        },
    ),
}

PRIVACY_CONTROL = {
    "privacy-control": Declaration(
        "a row an initialisation and player, means over the splits; errors are root mean squares in stars",
        {
            "initialisation": "what factors were before training",
            "player": "1 or 2, of equal size",
            "epsilon": "ε of one rating: infinite, as nothing is protected",
            "origin": "error before training",
            "theta": "error of the model trained alone",
            "theta_twice": "the same with twice the passes",
            "phi": "error of the joint model",
            "gain": "`theta` - `phi`",
            "gain_of_passes": "`theta` - `theta_twice`",
            "recovered": "`gain_of_passes` / `gain`",
            "gain_half_width": "half the 95 % interval over splits of `gain`; empty for one split",
            "gain_of_passes_half_width": "the same of `gain_of_passes`",
            "recovered_half_width": "the same of `recovered`",
        },
    ),
}

PRIVACY_AUDIT = {
    "privacy-audit": Declaration(
        "a row a way to take averages, privacy method, level, unit and number of rounds; neighbouring data have the same users, "
        "items and pairs of them with a rating",
        {
            "averages": "which ratings averages are taken over: `noisy`, `own` or `all`",
            "method": "the privacy method, with parameters that are not at their defaults",
            "p": "privacy level",
            "unit": "in the values of what neighbouring data differ: one `rating`, all of one `user`, or of one `item`",
            "rounds": "how often ratings are entered with fresh random numbers",
            "epsilon": "ε promised; infinite where there is none",
            "epsilon_at_least": "the largest lower bound on it that a test of membership gives",
            "advantage": "by how much a test's correct alarms can exceed its false ones, as a share, at most",
            "advantage_at_least": "the largest lower bound on it",
            "epsilon_printed": "the paper's ε = 1/p - 1 of one rating; empty for methods without noise and other units",
            "epsilon_old": "4 over the scale of the noise, as if averages told nothing; empty likewise",
        },
    ),
    "composition": Declaration(
        "a row a level and number of rounds in which data is entered with fresh noise",
        {
            "method": "as above",
            "p": "as above",
            "rounds": "how many",
            "epsilon_sum": "ε of one rating over all of them",
            "epsilon_accounted": "ε at δ = `rounds_delta` by the accountant; empty unless that is given",
        },
    ),
}

PRIVACY_ATTACK = {
    "privacy-attack": Declaration(
        "a row a privacy method and level, means over splits",
        {
            "method": "the privacy method, with parameters that are not at their defaults",
            "p": "privacy level",
            "epsilon": "ε promised of one rating; infinite where there is none",
            "advantage": "by how much a test's correct alarms can exceed its false ones, as a share, at most",
            "assumed": "c = 1 - p of the paper",
            "membership": "correct alarms less false ones of the attack, as a share: c as it is measured",
            "membership_half_width": "half its 95 % interval over targets",
            "reconstruction": "by how much stars are guessed better than by chance, as a share of what could be",
            "reconstruction_half_width": "half its 95 % interval over targets",
        },
    ),
    "game": Declaration(
        "a row a method, privacy loss and weight, where best responses from no protection end",
        {
            "method": "as above",
            "loss": "c: `assumed`, or measured by `membership` or `reconstruction`",
            "weight": "r = C / B of both players",
            "p_1": "privacy level of player 1",
            "epsilon_1": _EPSILON,
            "p_2": "of player 2",
            "epsilon_2": _EPSILON,
            "price_of_privacy": "Price of Privacy there",
            "settled": "whether best responses came to rest",
        },
    ),
}

PRIVACY_FIG5 = {
    "privacy-fig5": Declaration(
        "a row a ratio and player, means over the splits; errors are root mean squares in stars",
        {
            "dataset": "the ratings",
            "ratio": "users of player 1 / users of player 2",
            "player": "1 or 2",
            "theta": "error of the model trained alone",
            "phi": "error of the joint model, without privacy",
            "origin": "error before training",
            "gain": "`theta` - `phi`",
            "improvement": "`gain` / (`origin` - `theta`); of the wrong sign where training alone harms",
            "relative": "`gain` / (`origin` - `phi`)",
            "gain_half_width": "half the 95 % interval over splits of `gain`; empty for one split",
            "improvement_half_width": "half the 95 % interval over splits of `improvement`; empty for one split",
            "epsilon": "ε of one rating: infinite, as nothing is protected",
        },
    ),
    "initialisations": Declaration(
        "the same for the initialisations beside",
        {
            "initialisation": "what factors were before training",
            "dataset": "as above",
            "ratio": "as above",
            "player": "as above",
            "theta": "as above",
            "phi": "as above",
            "origin": "as above",
            "gain": "as above",
            "improvement": "as above",
            "relative": "as above",
            "gain_half_width": "as above",
            "improvement_half_width": "as above",
            "epsilon": "as above",
        },
    ),
}

PRIVACY_FIG6 = {
    "privacy-fig6": Declaration(
        "a row a privacy method, ratio and level; player 2 keeps nothing private",
        {
            "method": "the privacy method, with parameters that are not at their defaults",
            "ratio": "users of player 1 / users of player 2",
            "p": "privacy level of player 1",
            "improvement": "of player 1: `gain` as a share of what training alone gains",
            "break_even": "the level from which on player 1 is better off alone, interpolated; the same in every row of a "
            "method and ratio",
            "epsilon_break_even": "ε of one rating that is promised there; infinite where there is none",
            "gain": "error of player 1 alone, less that of the joint model, in stars",
            "relative": "`gain` as a share of what the unprotected joint model gains over none",
            "gain_half_width": "half the 95 % interval over splits of `gain`; empty for one split",
            "improvement_half_width": "half the 95 % interval over splits of `improvement`; empty for one split",
            "epsilon": "ε of one rating that is promised to the player at its level; infinite where there is none",
            "advantage": "by how much the correct alarms of a test of membership can exceed its false ones",
        },
    ),
    "initialisations": Declaration(
        "the same for the initialisations beside, of one split",
        {
            "initialisation": "what factors were before training",
            "method": "as above",
            "ratio": "as above",
            "p": "as above",
            "improvement": "as above",
            "break_even": "as above",
            "epsilon_break_even": "as above",
            "gain": "as above",
            "relative": "as above",
            "gain_half_width": "as above",
            "improvement_half_width": "as above",
            "epsilon": "as above",
            "advantage": "as above",
        },
    ),
}

PRIVACY_FIG7 = {
    "privacy-fig7": Declaration(
        "a row a privacy method, player and pair of levels; scenarios of the collaborative learning game read it",
        {
            "method": "the privacy method, with parameters that are not at their defaults",
            "player": "1 or 2, of equal size",
            "p_own": "the player's privacy level",
            "p_other": "the other's",
            "improvement": "`gain` as a share of what training alone gains",
            "relative": "`gain` as a share of what the unprotected joint model gains over none",
            "gain": "error alone, less that of the joint model, in stars",
            "improvement_half_width": "half the 95 % interval over splits of `improvement`; empty for one split",
            "epsilon_own": "ε of one rating that is promised to the player at its level; infinite where there is none",
            "epsilon_other": "the same for the other",
            "advantage_own": "by how much the correct alarms of a test of membership can exceed its false ones",
        },
    ),
    "initialisations": Declaration(
        "the same for the initialisations beside, of one split",
        {
            "initialisation": "what factors were before training",
            "method": "as above",
            "player": "as above",
            "p_own": "as above",
            "p_other": "as above",
            "improvement": "as above",
            "relative": "as above",
            "gain": "as above",
            "improvement_half_width": "as above",
            "epsilon_own": "as above",
            "epsilon_other": "as above",
            "advantage_own": "as above",
        },
    ),
}

PRIVACY_FIG9 = {
    "privacy-fig9": Declaration(
        "a row a size, privacy method and player; errors of models are averaged over splits",
        {
            "size": "ratings of each player",
            "method": "the privacy method, with parameters that are not at their defaults",
            "player": "1 or 2, of equal size",
            "rmse": "root mean square over pairs of levels of the guessed improvement less the true one",
            "rmse_half_width": "half its 95 % interval, by leaving out each split; empty for one split",
            "rmse_gain": "the same of the gain, in stars",
            "rmse_corrected": "as `rmse`, of the guess with its bias taken off",
            "guess": "guessed improvement without privacy",
            "guess_corrected": "the same with its bias taken off",
            "improvement": "the true one",
            "guess_half_width": "half the 95 % interval of `guess` less `improvement`, by leaving out each split",
            "density_times_size": "what eq. 12 asks to be 100,000",
            "epsilon": "ε of one rating at the highest level that is tried; infinite where nothing is protected",
        },
    ),
}

PRIVACY_TUNING = {
    "privacy-tuning": Declaration(
        "a row a way to train, means over splits and both players, on ratings that are held out of those trained on; in stars",
        {
            "rate": "γ",
            "regularisation": "λ",
            "bound": "largest absolute value of a factor's entries",
            "passes": "ι",
            "alone": "by how much the model trained alone is better than averages, o - θ",
            "alone_half_width": "half its 95 % interval over splits; empty for one split",
            "together": "the same of the joint model, o - Φ",
            "together_half_width": "half its interval",
            "chosen": "whether it is the best alone",
        },
    ),
    "tested": Declaration(
        "a row a way to train that is compared, on the tests, which tuning did not read; in stars",
        {
            "which": "`tuned` here, the scenarios' `default`, or the paper's as `printed`",
            "rate": "γ",
            "regularisation": "λ",
            "bound": "largest absolute value of a factor's entries",
            "passes": "ι",
            "alone": "o - θ",
            "alone_half_width": "half its 95 % interval over splits; empty for one split",
            "together": "o - Φ",
            "together_half_width": "half its interval",
            "improvement": "normalised improvement (θ - Φ) / (o - θ)",
            "improvement_half_width": "half its interval",
        },
    ),
}

PRIVACY_FIG2 = {
    "privacy-fig2": Declaration(
        "a row a split and belief, where it leads",
        {
            "split": "which random division of users and ratings, from 1",
            "belief": "`true`: both know the measured Φ; `self-division`: each guesses it by dividing its own data; `corrected`: "
            "the same with the bias taken off",
            "p_1": "privacy level of player 1, its part of the equilibrium of the game that it believes in",
            "epsilon_1": _EPSILON,
            "p_2": "of player 2, likewise",
            "epsilon_2": _EPSILON,
            "guessed_1": "utility that player 1 expects in its equilibrium",
            "guessed_2": "that player 2 expects",
            "utility_1": "true utility of player 1 where both end",
            "utility_2": "of player 2",
            "regret_1": "what player 1 could gain there by its best level, truly",
            "regret_2": "what player 2 could",
            "price_of_privacy": "true Price of Privacy there; empty where sharing everything gains nothing",
            "error_1": "root mean square over pairs of levels of player 1's guessed improvement less the true one",
            "error_2": "of player 2's",
        },
    ),
    "beliefs": Declaration(
        "a row a belief, means over splits and players",
        {
            "belief": "as above",
            "guessed": "utility that players expect",
            "guessed_half_width": "half its 95 % interval over splits; empty for one split",
            "utility": "true utility where they end",
            "utility_half_width": "half its interval",
            "regret": "true regret there",
            "regret_half_width": "half its interval",
            "error": "error of the guessed improvement",
            "error_half_width": "half its interval",
            "unprotected_guess": "guessed improvement where nobody protects anything",
            "unprotected_guess_half_width": "half its interval",
        },
    ),
}

PRIVACY_TABLE3 = {
    "privacy-table3": Declaration(
        "a row a data set",
        {
            "dataset": "the ratings; `1M, printed` and `NF10, printed` are the paper's",
            "ratings": "how many are left when rare users and items are gone",
            "users": "of how many users",
            "items": "of how many items",
            "density": "`ratings` / (`users` x `items`)",
        },
    ),
}

PRIVACY_THEOREMS = {
    "privacy-theorems": Declaration(
        "a row a benefit, weight and rule for a player whose partner protects nothing",
        {
            "benefit": "the method of a table, or a formula",
            "weight": "r = C / B",
            "rule": "`corrected`, or as printed: `equation-3`, `bullets` or `corollary`",
            "p": "privacy level that the rule gives",
            "epsilon": _EPSILON + "; levels of formulas being those of bDP",
            "utility": "its utility, in units of B",
            "lost": "what the best level gives more",
        },
    ),
}

PRIVACY_PRIVATE_WEIGHTS = {
    "privacy-private-weights": Declaration(
        "a row a largest weight R",
        {
            "highest": "R; weights are drawn evenly from [0, R]",
            "mean_level": "the least mean level m that is an equilibrium",
            "epsilon_mean": _EPSILON + "; levels being those of bDP",
            "price_of_privacy": "expected benefit lost in it, as a share of that without protection",
            "largest_level": "the level of a player whose weight is R",
            "epsilon_largest": "likewise",
            "learned_from_low": "the mean level to which a population comes that starts at level 0",
            "epsilon_from_low": "likewise",
            "learned_from_high": "the same from level 0.95",
            "epsilon_from_high": "likewise",
            "known_weights_level": "mean level of pairs drawn alike who know each other's weight",
            "epsilon_known_weights": "likewise",
            "known_weights_apart": "share of such pairs that end with both at level 1",
        },
    ),
    "measured": Declaration(
        "a row a method of the measured table, largest weight R and player, by fictitious play from level 0",
        {
            "method": "the method of the table",
            "highest": "R",
            "player": "1 or 2",
            "mean_level": "its mean level over its weights",
            "epsilon_mean": _EPSILON,
            "at_level_1": "share of its weights with which it leaves",
            "benefit": "its mean benefit",
            "price_of_privacy": "share of both players' benefit without protection that is lost",
            "regret": "by how much a player gains on average by answering better",
        },
    ),
}

PRIVACY_EQUILIBRIA = {
    "privacy-equilibria": Declaration(
        "a row a split, privacy method, weight and player, where best responses from no protection end",
        {
            "split": "which random division of users and ratings, from 1",
            "method": "the privacy method, with parameters that are not at their defaults",
            "weight": "what privacy weighs, r = C / B",
            "player": "from 1 on",
            "p": "its privacy level; 1 where it stays out",
            "epsilon": "ε of one rating that is promised to it; infinite where there is none",
            "utility": "its utility, normalised improvement less `weight` x (1 - `p`)",
            "price_of_privacy": "Price of Privacy; empty where sharing everything gains nothing",
            "settled": "whether best responses came to rest",
            "equilibria": "how many pure equilibria there are on the grid",
        },
    ),
    "prices": Declaration(
        "a row a method and weight, means over splits with the ends of their 95 % intervals; infinite for one split",
        {
            "method": "as above",
            "weight": "as above",
            "price": "Price of Privacy: benefits lost over those without privacy, a ratio of sums over splits",
            "price_low": "lower end, over splits",
            "price_high": "upper end",
            "level": "mean privacy level of all players",
            "level_low": "lower end",
            "level_high": "upper end",
            "epsilon": "ε of one rating that is promised at the mean level; infinite where there is none",
            "together": "share of splits in which at least two take part",
        },
    ),
    "grid": Declaration(
        "a row a method, player and profile of levels, means over splits; scenarios of the collaborative learning game read it",
        {
            "method": "as above",
            "player": "as above",
            "p_1": "privacy level of player 1",
            "epsilon_1": "ε of one rating that is promised to it",
            "p_2": "of player 2",
            "epsilon_2": "likewise",
            "p_3": "of player 3",
            "epsilon_3": "likewise",
            "p_4": "of player 4",
            "epsilon_4": "likewise",
            "p_5": "of player 5",
            "epsilon_5": "likewise",
            "improvement": "normalised improvement of the player",
            "half_width": "half its 95 % interval over splits; empty for one split",
        },
        frozenset({f"{name}_{player}" for name in ("p", "epsilon") for player in (3, 4, 5)}),
    ),
}

PRIVACY_REPEATED = {
    "privacy-repeated": Declaration(
        "a row a game, player and punishment",
        {
            "game": "`closed form`, or `Table 7, corrected` or another measured one",
            "player": "from 1 on",
            "punishment": "`Nash reversion`, to the equilibrium with collaboration, or `no collaboration`",
            "p1": "level of player 1 during the punishment",
            "epsilon_1": _EPSILON + "; levels being those of bDP",
            "p2": "level of player 2",
            "epsilon_2": "likewise",
            "p_most": "the highest level of any player",
            "epsilon_most": "likewise",
            "sharing": "the player's utility a round while nobody protects anything",
            "deviating": "its utility in the round in which it alone deviates",
            "punished": "its utility a round thereafter",
            "gain": "`deviating` less `sharing`",
            "discount": "the least discount factor that keeps it from deviating",
            "closed_form": "the same from a formula, where there is one",
        },
    ),
}

PRIVACY_TABLE4 = {
    "privacy-table4": Declaration(
        "a row a method, reading and threshold",
        {
            "method": "how data is protected: `Sup` or `bDP`, or the method a file names",
            "reading": "`raw`: improvements below 0 count as they are, at level 1 too; `clamped`: Definitions 3 and 4",
            "threshold": "`participation`, `alpha` or `beta`",
            "value": "weight ratio C / B up to which a level below 1 has a utility of at least 0, level 0 is best, or "
            "from which level 1 is",
            "p": "that level",
            "epsilon": _EPSILON,
        },
    ),
}

_ENDS = {
    "r1": "player 1's weight ratio C / B",
    "r2": "player 2's",
    "p1": "privacy level at which player 1 ends; empty where best responses cycle",
    "epsilon_1": _EPSILON,
    "p2": "the same of player 2",
    "epsilon_2": "likewise",
    "price_of_privacy": "Price of Privacy there, 0 to 1",
}

PRIVACY_TABLE5 = {
    "privacy-table5": Declaration("a row a pair of weights", _ENDS),
    "plain": Declaration("the same without the entry test", _ENDS),
    "starts": Declaration(
        "a row an opening level, without the entry test",
        {
            "start": "opening level of both",
            "epsilon": _EPSILON + "; levels being those of bDP",
            "ending_alone": "pairs of weights from which both end at level 1",
            "cells": "pairs of weights that were tried",
        },
    ),
}

PRIVACY_TABLE7 = {
    "privacy-table7": Declaration(
        "a row a reading and tie rule, where best responses from no protection end",
        {
            "reading": "`printed`, `swapped` labels, or `corrected`: swapped, and 0.14 for a 0.12",
            "tie": "which of several best responses is played",
            "p1": "player 1's privacy level",
            "epsilon_1": _EPSILON + "; levels are those of bDP",
            "p2": "player 2's",
            "epsilon_2": "likewise",
            "utility_1": "player 1's utility",
            "utility_2": "player 2's",
            "price_of_privacy": "Price of Privacy",
        },
    ),
    "equilibria": Declaration(
        "a row a pure equilibrium, `approximated` being what the players believe",
        {
            "reading": "as above, or `approximated`",
            "p1": "player 1's privacy level",
            "epsilon_1": _EPSILON + "; levels are those of bDP",
            "p2": "player 2's",
            "epsilon_2": "likewise",
            "utility_1": "player 1's utility",
            "utility_2": "player 2's",
            "price_of_privacy": "Price of Privacy",
            "price_exact": "the same as a fraction",
            "joined_p1": "all profiles between this one and (`joined_p1`, `joined_p2`) are equilibria, too; itself where it "
            "is isolated",
            "epsilon_joined_1": "likewise",
            "joined_p2": "see there",
            "epsilon_joined_2": "likewise",
        },
    ),
}

PRIVACY_MECHANISMS = {
    "privacy-mechanisms": Declaration(
        "a row a split, market rule and weight of privacy, where play from full sharing ends",
        {
            "split": "which random division of users and ratings, from 1",
            "mechanism": "the rule, with parameters that are not at their defaults",
            "weight": "what privacy weighs, C / B",
            "p_1": "privacy level of the first party; empty if it stays out",
            "epsilon_1": _EPSILON,
            "p_2": "privacy level of the second party",
            "epsilon_2": "likewise",
            "improvement": "by how much the models that both hold beat their own, together, in units of what such a model is "
            "worth on average",
            "improvement_full": "the same if both shared without privacy",
            "price_of_privacy": "1 - `improvement` / `improvement_full`; empty where full sharing improves nothing",
            "paid_by_platform": "what the platform pays out, in the same units",
            "settled": "whether nobody changed its action in the last three rounds",
            "equilibria": "how many pure equilibria the game has",
        },
    ),
    "rules": Declaration(
        "a row a market rule, over splits and weights. Prices are of improvements summed over them, so that "
        "a split in which there is little to gain counts for little",
        {
            "mechanism": "the rule",
            "price_of_privacy": "share lost of the rule's own improvement at full sharing",
            "lost_of_best": "share lost of the best improvement that any of the rules has at full sharing",
            "lost_of_best_low": "lower end of its 95 % interval over splits; infinite for one split",
            "lost_of_best_high": "upper end",
            "both_take_part": "share of games in which both take part in the end",
            "paid_by_platform": "what the platform pays out",
        },
    ),
}
