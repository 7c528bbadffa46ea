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
