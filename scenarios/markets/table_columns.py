"""What the tables of the scenarios on markets hold: what a row is, and every column."""

from ..declarations import Declaration

REPLICATION_ATTACK = {
    "rounds": Declaration(
        "a row a round and party",
        {
            "round": "0 is the opening",
            "party": "name of the party",
            "present": "whether it entered anything",
            "copies": "copies it entered beside its own entry",
            "payoff": "its payoff in that round",
        },
    ),
    "equilibrium": Declaration(
        "a row a party, after the last round",
        {
            "party": "name of the party",
            "rows": "rows of data it has",
            "quality_alone": "test accuracy of the model its own data gives",
            "present": "whether it enters anything",
            "copies": "copies it enters",
            "payoff": "its payoff",
            "gain_from_copying": "what its best number of copies would gain it if all others entered once; may be negative",
            "gain_left": "what its best deviation would gain it now; 0 for everybody in equilibrium",
            "regret": "what its best fixed action would have earned more, a round, over the whole game",
        },
    ),
    "rules": Declaration(
        "a row a market rule",
        {
            "mechanism": "the rule, with parameters that are not at their defaults",
            "mean_copies": "copies a party in the last round",
            "best_gain_from_copying": "the largest `gain_from_copying`",
            "exploitability": "the sum of everybody's `gain_left`",
            "equilibrium": "whether that is 0, up to 1e-9",
            "revenue": "what flowed to the platform, less what it paid out",
            "welfare": "what everybody together had, platform included",
        },
    ),
}

REPLICATION_TABLE = {
    "replication-table": Declaration(
        "a row a rule and number of copies",
        {
            "mechanism": "`shapley`, `normalised`, `printed`, `excess` or `similarity`",
            "k": "copies that party 1 enters",
            "net": "what party 1 receives less what it pays",
        },
    ),
    "cases": Declaration(
        "the same for markets that are known, a row a case, rule and number of copies",
        {
            "case": "the market, in words",
            "mechanism": "as above",
            "k": "copies that party 1 enters",
            "net": "what party 1 receives less what it pays",
        },
    ),
}

ATTACK_MATRIX = {
    "attack-matrix": Declaration(
        "a row a task, market rule and attack",
        {
            "mechanism": "the market rule",
            "attack": "the attack, with the parameters that were set",
            "task": "what data is worth",
            "verdict": "refuted: the attack pays; proved: no variant there is pays; no counterexample: none that was tried does; "
            "not asked: it cannot be expressed",
            "gain": "what the attackers have beyond their honest payoffs, by the best variant and whoever gains most, on the "
            "draw on which they gain most; empty where it cannot be expressed",
            "relative_gain": "the gain in units of what the honest joint model is worth to a party, on average",
            "draws": "how often data and the attacker's random numbers were drawn together",
            "mean_gain": "the mean over draws of what the best variant gains on each",
            "low": "lower end of the 95 % interval of that mean over draws of data, or of the attacker where data are not drawn",
            "high": "upper end of the interval",
            "parameters": "the best variant, and who mounts it, counted from 1",
            "honest_loss": "what all others lose together; negative where they gain",
            "note": "how many variants were tried, or why the attack cannot be expressed",
        },
    ),
}

ARMS_RACE = {
    "arms-race": Declaration(
        "a row a market rule",
        {
            "mechanism": "the market rule",
            "attackers": "how many parties attack in the last round",
            "profile": "what each party does then",
            "exploitability": "what all could gain together by changing their minds, each alone",
            "equilibrium": "whether that is nothing",
            "honest_exploitability": "the same when all are honest",
            "honest_welfare": "what parties and platform together have when all are honest",
            "welfare": "the same in the last round",
            "welfare_lost": "the difference",
        },
    ),
    "rounds": Declaration(
        "a row a round and party, under the rule that is looked at closely",
        {
            "round": "0 is the opening",
            "party": "name of the party",
            "attack": "what it does",
            "payoff": "its payoff in that round",
        },
    ),
}

REPLICATION_CERTIFICATES = {
    "replication-certificates": Declaration(
        "a row a division, number of parties and number of copies; the joint model is worth 1",
        {
            "division": "`normalised`, `excess` or `printed`",
            "parties": "how many there are",
            "copies": "of one party's data, beside its own entry",
            "games": "the class of games",
            "least_improvement": "what everybody improves at least",
            "above_others": "whether the attacker improves at least as much as the others do on average",
            "found": "what copies gain on `game`; at its most where it equals `proved`",
            "proved": "what copies gain on no game of the class, by a certificate that was checked",
            "boxes": "boxes of the certificate",
            "game": "worths of coalitions ∅, 1, 2, 12, 3, ..., the attacker being party 1",
        },
    ),
    "small-gaps": Declaration(
        "a row a number of parties and gap: the worst game found for one copy under the normalised division",
        {
            "parties": "n, the attacker among them",
            "gap": "what everybody improves at most; the joint model is worth 1",
            "improvement": "what the attacker improves on that game",
            "others_mean": "what the others improve on average",
            "gain": "what the copy gains under the rule itself",
            "law": "what the small-gap law says that it gains",
            "game": "what the coalitions ∅, 1, 2, 12, 3, ... are worth, the attacker being party 1",
        },
    ),
}

REPLICATION_THRESHOLD = {
    "replication-threshold": Declaration(
        "a row a division and pair of improvements of two parties whose joint model is worth 1",
        {
            "division": "`normalised`, `printed`, `excess`, `shapley` or `similarity`",
            "own_improvement": "what the joint model improves on party 1's own",
            "other_improvement": "what it improves on party 2's",
            "copies": "the number of copies, at least 1, that is best for party 1",
            "gain": "what these add to its net payment; may be negative",
        },
    ),
    "thresholds": Declaration(
        "a row an improvement of party 2, in the normalised market",
        {
            "other_improvement": "what the joint model improves on party 2's",
            "threshold": "party 1's improvement below which copies pay it",
        },
    ),
    "small-gap": Declaration(
        "a row a gap, party and number of copies, in the normalised market of four parties",
        {
            "gap": "how far the worst single party's model is behind the joint one",
            "party": "name of the party",
            "improvement": "what the joint model improves on its own",
            "others_mean": "mean improvement of the others",
            "copies": "copies it enters",
            "net": "its net payment",
            "gain": "what the copies add to it",
            "law": "its net payment by the small-gap law",
            "relative_error": "distance of the two over the law's",
        },
    ),
    "exploitable": Declaration(
        "a row a family of random games, number of parties and division",
        {
            "family": "how the gains are drawn",
            "parties": "number of parties",
            "division": "as above",
            "games": "number of games",
            "parties_who_profit": "share of parties, over all games, whom some number of copies pays",
            "games_where_one_profits": "share of games with such a party",
            "largest_gain": "the most that copies add",
            "profit_above_others_mean": "number of such parties that improve at least as much as the others on average",
        },
    ),
}

REPLICATION_REAL = {
    "replication-real": Declaration(
        "a row a split, classifier, closure and division",
        {
            "dataset": "the data set",
            "split": "how rows come to parties",
            "classifier": "the classifier",
            "seed": "number of the split, from 0",
            "closed": "whether models are trained on the best subset of the data entered",
            "division": "`shapley`, `normalised`, `printed`, `excess` or `similarity`",
            "parties": "number of parties",
            "parties_who_profit": "number of parties whom some number of copies pays while all others enter once",
            "profit_above_others_mean": "number of these that improve at least as much as the others on average",
            "largest_gain": "the most that copies add to a party's payoff; may be negative",
        },
    ),
    "summary": Declaration(
        "the same over splits",
        {
            "dataset": "as above",
            "split": "as above",
            "classifier": "as above",
            "closed": "as above",
            "division": "as above",
            "splits": "number of splits",
            "splits_where_one_profits": "share of splits where copies pay somebody",
            "parties_who_profit": "share of parties whom they pay",
            "largest_gain": "the most that they add",
        },
    ),
    "assumptions": Declaration(
        "a row a split and classifier",
        {
            "dataset": "as above",
            "split": "as above",
            "classifier": "as above",
            "seed": "as above",
            "monotonicity_failures": "share of pairs of a coalition and a further party whose data makes the model worse",
            "supermodularity_failures": "share of coalitions and two further parties where one adds less once the other is there",
            "harmed_parties": "number of parties for whom the model of all data is worse than their own",
            "change_by_doubling": "how much the joint model's accuracy changes when everybody's rows are entered twice",
        },
    ),
}

MARKET_AXIOMS = {
    "market-axioms": Declaration(
        "a row a rule and property",
        {
            "mechanism": "the rule, with parameters that are not at their defaults",
            "axiom": "the property",
            "of_paper": "whether the paper asks for it",
            "says": "what it asks",
            "games": "number of games in which it asks something",
            "fails_in": "number of these in which it fails",
            "slack": "how far it is kept in the worst game; negative by as much as it is broken",
            "holds": "whether it never fails",
            "counterexample": "the worst game with its gains G by coalition, bit i of the place = party i; empty if it holds",
        },
    ),
}

MULTI_TASK_MARKET = {
    "multi-task-market": Declaration(
        "a row a division, training and party, in an honest round",
        {
            "tasks": "the division of what parties pay for their own tasks",
            "trained_on": "whether models are trained on `all` data or on the `best` subset for each party",
            "party": "name of the party",
            "rows": "rows of data it has",
            "quality_alone": "accuracy of its own model on its own validation rows",
            "quality": "accuracy of the model it receives on them",
            "fee": "what it pays on entering, A",
            "improvement": "the part of it that is kept, a",
            "share": "what its data is paid, b",
            "payoff": "what it is paid in the end, A - a + b",
            "net": "what it gains in money, b - a",
        },
    ),
    "divisions": Declaration(
        "a row a division",
        {
            "tasks": "the division",
            "imbalance": "what the platform keeps of an honest round",
            "best_gain_from_copying": "what the best number of copies would gain a party at most if all others entered once",
            "parties_who_profit": "number of parties that gain",
            "mean_copies": "copies a party in the last round of the repeated game",
            "exploitability": "what best deviations would gain all parties together then",
            "welfare": "what everybody together has from that round",
        },
    ),
    "misreports": Declaration(
        "a row a division, party and report",
        {
            "tasks": "the division",
            "party": "name of the party",
            "report": "the validation rows it reports instead of its own",
            "reported_alone": "accuracy of its own model on them",
            "reported_model": "accuracy of the joint model on them",
            "gain": "what it gains in money; the model it receives is the same",
        },
    ),
    "rounds": Declaration(
        "a row a round and party, of the game under `mechanism`",
        {
            "round": "0 is the opening",
            "party": "name of the party",
            "present": "whether it entered anything",
            "copies": "copies it entered beside its own entry",
            "payoff": "its payoff in that round",
        },
    ),
}

DESIGN_CURVE = {
    "design-curve": Declaration(
        "a row a number of parties and level; the joint model is worth 1",
        {
            "parties": "most parties",
            "unearned": "the most that data which adds nothing may be given",
            "gain": "what copies gain at most under the division found, on every game",
            "bound": "what they gain somewhere under every division of the family",
            "rounds": "how often the weights were chosen anew",
            "rule": "the division",
        },
    ),
    "known-rules": Declaration(
        "a row a known rule and number of parties",
        {
            "rule": "the rule",
            "parties": "how many there are",
            "unearned": "the most found that it gives to data which adds nothing",
            "gain": "the most found that copies gain",
            "imbalance": "the most found that its payments miss 0 by",
        },
    ),
}
