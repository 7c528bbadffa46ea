"""What the tables of the scenarios on learning hold: what a row is, and every column."""

from ..declarations import Declaration

LEARN = {
    "path": Declaration(
        "a row a round and player, of the first run",
        {
            "round": "0 is the opening",
            "player": "name of the player",
            "action": "what it played, in words",
            "payoff": "what that earned",
            "regret": "what its best fixed action would have earned more, a round, so far",
        },
    ),
    "bands": Declaration(
        "a row a round that is looked at; 5 %, 50 % and 95 % quantiles over all runs",
        {
            "round": "0 is the opening; rounds lie evenly on a logarithmic scale",
            "of_average_low": "NashConv of average play so far: what all could gain by best replies to it",
            "of_average_median": "likewise",
            "of_average_high": "likewise",
            "of_play_low": "NashConv of what was played in the round",
            "of_play_median": "likewise",
            "of_play_high": "likewise",
            "regret_low": "largest average external regret of a player so far",
            "regret_median": "likewise",
            "regret_high": "likewise",
        },
    ),
    "runs": Declaration(
        "a row a run",
        {
            "run": "0 is the one whose path is shown",
            "seed": "of the run alone",
            "end": "number of the equilibrium that frequencies of the later half are within 0.05 of; -1: none of those listed",
            "distance": "largest difference of a probability to the nearest one listed; empty if none is listed",
            "time": "round from which on play stays within ε of equilibrium; empty if it does not",
            "time_of_average": "likewise of average play, among the rounds that are looked at",
            "of_average": "NashConv of average play at the end",
            "regret": "largest average external regret of a player at the end",
        },
    ),
    "ends": Declaration(
        "a row an equilibrium that is listed, and one for none of them",
        {
            "end": "number of the equilibrium, -1 for none",
            "runs": "how many runs ended there",
            "share": "share of the runs",
            "share_low": "lower end of Wilson's 95 % interval",
            "share_high": "its upper end",
        },
    ),
    "equilibria": Declaration(
        "a row an equilibrium, player and action that it plays; those of the textbook and all pure ones, at most 40",
        {
            "equilibrium": "its number, from 0",
            "player": "name of the player",
            "action": "the action, in words",
            "probability": "with which it is played",
            "payoff": "what the player expects in that equilibrium",
            "gain_left": "what the player's best deviation would gain it",
        },
    ),
}

_SHARES = {
    "end": "number of the equilibrium, in the order of the catalogue and then of pure ones; -1 for none of them",
    "runs": "how many runs ended there: frequencies of the later half within 0.05 of its probabilities",
    "share": "share of the runs",
    "share_low": "lower end of Wilson's 95 % interval",
    "share_high": "its upper end",
}

BASINS = {
    "openings": Declaration(
        "a row a rule, opening profile and end",
        {"rule": "how everybody learns", "opening": "what is played in round 0, in words", **_SHARES},
    ),
    "rules": Declaration("a row a rule and end, over all openings alike", {"rule": "how everybody learns", **_SHARES}),
    "grid": Declaration(
        "a row a pair of mixes that replicators begin from; none where players or actions are more than two",
        {
            "start_0": "probability of the second action with which the first player begins",
            "start_1": "likewise of the second player",
            "end": "number of the equilibrium that mixes are within 0.05 of after 1000 rounds; -1 for none",
        },
    ),
}

CONVERGENCE = {
    "convergence": Declaration(
        "a row a game and rule",
        {
            "game": "what is played",
            "rule": "how everybody learns",
            "share": "share of the runs whose average play is within ε of equilibrium at the end",
            "share_low": "lower end of Wilson's 95 % interval",
            "share_high": "its upper end",
            "time": "median round from which on it is, among those looked at; empty if in fewer than half of the runs",
            "of_average_low": "5 % quantile over runs of NashConv of average play at the end, per spread of payoffs",
            "of_average_median": "median, likewise",
            "of_average_high": "95 % quantile, likewise",
            "regret": "largest average external regret of a player at the end, mean over runs",
        },
    ),
}

MILLION = {
    "paths": Declaration(
        "a row a number of users and round, of the first run",
        {
            "users": "number of users",
            "round": "0 is the opening",
            "share": "share of the users that share their data",
            "limit": "the same in the limit of infinitely many users",
        },
    ),
    "gaps": Declaration(
        "a row a number of users",
        {
            "users": "number of users",
            "runs": "how many runs there were",
            "gap": "largest distance of the share to the limit over all rounds, mean over runs",
            "gap_low": "lower end of its 95 % interval",
            "gap_high": "its upper end",
            "scaled": "the gap times the square root of the number of users",
        },
    ),
}

UNKNOWN_COSTS = {
    "regret": Declaration(
        "a row a platform and round that is looked at; means over seeds",
        {
            "platform": "how the terms are set",
            "round": "how many rounds were played, from 1",
            "regret": "what the best fixed terms would have earned more so far, in expectation, mean over seeds",
            "regret_low": "lower end of its 95 % interval",
            "regret_high": "its upper end",
            "bound": "what the platform's strategy promises; empty where it promises nothing",
        },
    ),
    "platforms": Declaration(
        "a row a platform",
        {
            "platform": "how the terms are set",
            "alpha": "terms of the last round, mean over seeds",
            "alpha_best": "the best fixed terms",
            "profit": "expected profit under its terms, mean over rounds and seeds",
            "profit_best": "expected profit under the best fixed terms",
            "participation": "share of the users that share, mean over rounds and seeds",
        },
    ),
    "terms": Declaration(
        "a row a share α that could be handed out",
        {
            "alpha": "share of the worth that is handed out",
            "profit": "expected profit a round",
            "participation": "expected share of the users that share",
        },
    ),
}

FINGERPRINT = {
    "fingerprint": Declaration(
        "a row a rule, number of liars and size of the lie",
        {
            "rule": "the market rule",
            "liars": "share of the parties that lie",
            "size": "how large the lie is: identities beside the own one, or the share of the own data that is hidden",
            "gain": "what a liar gains by its lie, the others staying as they are, mean over liars",
            "harm": "what an honest party loses against everybody's honesty, mean over the honest; empty where there is none",
            "revenue": "what flows to the platform",
            "welfare_lost": "welfare less than under everybody's honesty",
        },
    ),
}

NETWORK_CONTAGION = {
    "spread": Declaration(
        "a row a graph, market rule and round",
        {
            "graph": "who is whose neighbour",
            "mechanism": "the market rule between neighbours",
            "round": "0 is the opening, in which one attacks",
            "share": "share of players who attack, mean over runs",
            "share_low": "lower end of its 95 % interval over runs",
            "share_high": "its upper end",
        },
    ),
    "ends": Declaration(
        "a row a graph and market rule",
        {
            "graph": "as above",
            "mechanism": "as above",
            "players": "how many there are",
            "neighbours": "mean number of neighbours",
            "runs": "how many runs, each with an attacker and, where it is random, a graph of its own",
            "share": "share of players who attack in the last round, mean over runs",
            "share_low": "lower end of its 95 % interval",
            "share_high": "its upper end",
            "everybody": "share of runs in which everybody attacks in the end",
            "died_out": "share of runs in which nobody does",
            "welfare_lost": "share of what all had when all were honest that is lost in the last round, mean over runs",
        },
    ),
    "payoffs": Declaration(
        "a row a market rule and pair of actions, in the market of two neighbours",
        {
            "mechanism": "the market rule",
            "own": "what a player does",
            "other": "what its neighbour does",
            "payoff": "what the player has from that",
        },
    ),
    "federations": Declaration(
        "a row a graph, when players choose whether to train with their neighbours, by best replies",
        {
            "graph": "as above",
            "share_before": "share of players who share when all began by sharing",
            "share": "the same when one leaves for good, mean over runs with another leaver",
            "share_low": "lower end of its 95 % interval",
            "share_high": "its upper end",
        },
    ),
}

FINITE_POPULATION = {
    "fixation": Declaration(
        "a row a mutant and resident action and strength of selection",
        {
            "mutant": "the action that one player has",
            "resident": "the action that all others have",
            "intensity": "strength of selection",
            "probability": "chance that all come to play the mutant's, in closed form",
            "simulated": "share of populations in which they did",
            "low": "lower end of its 95 % interval",
            "high": "its upper end",
        },
    ),
    "long-run": Declaration(
        "a row an action",
        {
            "action": "the action, in words",
            "share": "mean share of players who play it in the long run, from the chain",
            "simulated": "the same over the later half of the runs",
            "low": "lower end of its 95 % interval over runs",
            "high": "its upper end",
            "rare_mutation": "share of time as mutations become rare",
            "stable": "whether playing it alone is evolutionarily stable without mutation",
        },
    ),
    "states": Declaration(
        "a row a state of the population",
        {
            "state": "how many play each action, in the order of actions",
            "share": "share of rounds in it in the long run",
        },
    ),
    "paths": Declaration(
        "a row a number of players, time and action",
        {
            "population": "number of players",
            "time": "in revisions a player",
            "action": "the action, in words",
            "fluid": "its share in a population without end",
            "mean": "its share, mean over runs",
            "low": "5 % quantile over runs",
            "high": "95 % quantile over runs",
        },
    ),
    "game": Declaration(
        "a row a time and action of the one game that can be stepped through",
        {
            "time": "in revisions a player",
            "action": "the action, in words",
            "share": "share of players who play it",
        },
    ),
    "gaps": Declaration(
        "a row a number of players",
        {
            "population": "number of players",
            "gap": "largest distance from the fluid path, mean over runs",
            "low": "lower end of its 95 % interval",
            "high": "its upper end",
            "scaled": "the gap times the square root of the number of players",
        },
    ),
}

TOURNAMENT = {
    "matrix": Declaration(
        "a row a pair of rules; payoffs are counted from 0, the least of an arena, to 1, its most",
        {
            "rule": "the learning rule",
            "other": "the rule that it meets",
            "payoff": "what the rule earns a round, mean over arenas, seats and seeds",
            "low": "lower end of its 95 % interval over seeds",
            "high": "its upper end",
        },
    ),
    "arenas": Declaration(
        "a row an arena and pair of rules",
        {
            "arena": "the game or market",
            "rule": "as above",
            "other": "as above",
            "payoff": "what the rule earns a round, mean over seats and seeds",
            "low": "lower end of its 95 % interval over seeds",
            "high": "its upper end",
        },
    ),
    "ranks": Declaration(
        "a row a rule",
        {
            "rule": "the learning rule",
            "mean_payoff": "what it earns a round against all rules alike",
            "mean_low": "lower end of its 95 % interval over seeds",
            "mean_high": "its upper end",
            "rank_mass": "its share in α-rank",
            "mass_low": "5 % quantile of that when seeds are drawn anew with replacement",
            "mass_high": "95 % quantile",
            "replicator": "its share in the end of the replicator's path from even shares",
        },
    ),
    "replicator": Declaration(
        "a row a time and rule",
        {
            "time": "in units of 1 / payoff",
            "rule": "as above",
            "share": "its share of the population",
        },
    ),
}
