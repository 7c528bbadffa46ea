"""What the tables of the scenarios on model rewards hold: what a row is, and every column."""

from ..declarations import Declaration

REWARDS_BOUNDS = {
    "rewards-bounds": Declaration(
        "a row a kind of game, number of parties and ρ; shares are of that many games",
        {
            "kind": "`monotone`, `coverage` or `logdet`",
            "parties": "number of parties",
            "rho": "the power ρ",
            "games": "number of random games",
            "fair": "share in which rewards satisfy F1 to F3",
            "rational": "share in which nobody is worse off than alone (R4)",
            "stable": "share in which no coalition would rather leave (Definition 3)",
            "together": "share in which all three hold",
            "welfare": "mean reward over the joint model's worth",
        },
    ),
    "bounds": Declaration(
        "a row a game",
        {
            "kind": "kind of game",
            "parties": "number of parties",
            "game": "which game, from 0",
            "rho_r": "the largest ρ at which nobody is worse off than alone; inf where nothing binds",
            "rho_s": "the largest ρ at which no coalition would rather leave; inf where nothing binds",
        },
    ),
}

REWARDS_EXAMPLE1 = {
    "rewards-example1": Declaration(
        "a row a ρ and party",
        {
            "rho": "the power ρ",
            "party": "which party, from 1",
            "alone": "what its own data is worth",
            "phi": "its Shapley value",
            "reward": "what its model is worth",
        },
    ),
    "conditions": Declaration(
        "a row a ρ and condition",
        {
            "rho": "the power ρ",
            "condition": "what is checked",
            "holds": "whether it holds",
            "slack": "room left, below 0 by as much as it is broken; inf where it asks for nothing",
            "note": "where it is kept least or broken",
        },
    ),
}

REWARDS_FIG2 = {
    "rewards-fig2": Declaration(
        "a row a ρ and party, for the first data set",
        {
            "rho": "the power ρ",
            "party": "which party, from 1",
            "phi": "its Shapley value, nats",
            "reward": "what its model should be worth, nats",
            "information_gain": "what its model is worth, nats",
            "eta": "variance of the noise on the others' targets; 0 for none, inf where only own data is used",
            "mnlp": "mean negative log probability on the test rows, mean over realisations of the noise, nats",
            "mnlp_low": "`mnlp` less 1.96 standard errors",
            "mnlp_high": "`mnlp` and 1.96 standard errors",
        },
    ),
    "data-sets": Declaration(
        "a row a data set",
        {
            "data_set": "which, from 1",
            "joint_model": "what the joint model is worth, v_N, nats",
            "phi_1": "Shapley value of the first party, nats",
            "phi_2": "Shapley value of the second party",
            "phi_3": "Shapley value of the third party",
            "top": "the party with the largest",
            "rho_rationality": "the largest ρ at which nobody is worse off than alone, ρ_r",
            "rho_stability": "the largest ρ at which no coalition would rather leave, ρ_s",
        },
    ),
}

REWARDS_FIG3 = {
    "rewards-fig3": Declaration(
        "a row a partition, party, ρ and realisation of the noise",
        {
            "partition": "which partition, from 1",
            "party": "which party, from 1",
            "rho": "the power ρ",
            "ig_improvement": "what its reward model is worth beyond its own data, r - v_i, nats",
            "ig_maximum": "what the joint model is worth beyond its own data, v_N - v_i, nats",
            "mnlp_improvement": "MNLP with its own data less that of its reward model, nats",
            "mnlp_maximum": "MNLP with its own data less that of the joint model, nats; may be negative",
            "phi_ratio": "its Shapley value over the largest",
        },
    ),
    "partitions": Declaration(
        "a row a partition and ρ",
        {
            "partition": "which partition, from 1",
            "rho": "the power ρ",
            "rational": "whether nobody is worse off than alone; only then are there points",
            "rho_rationality": "the largest ρ at which nobody is, ρ_r",
            "joint_model": "what the joint model is worth, nats",
        },
    ),
}

REWARDS_FIG5 = {
    "rewards-fig5": Declaration(
        "a row a partition, party, ρ and realisation of the noise",
        {
            "partition": "which partition, from 1",
            "party": "which party, from 1",
            "rho": "the power ρ",
            "ig_improvement": "what its reward model is worth beyond its own data, r - v_i, nats",
            "ig_maximum": "what the joint model is worth beyond its own data, v_N - v_i, nats",
            "mnlp_improvement": "MNLP with its own data less that of its reward model, nats",
            "mnlp_maximum": "MNLP with its own data less that of the joint model, nats; may be negative",
            "phi_ratio": "its Shapley value over the largest",
        },
    ),
    "partitions": Declaration(
        "a row a partition and ρ",
        {
            "partition": "which partition, from 1",
            "rho": "the power ρ",
            "rational": "whether nobody is worse off than alone; only then are there points",
            "rho_rationality": "the largest ρ at which nobody is, ρ_r",
            "joint_model": "what the joint model is worth, nats",
        },
    ),
}

REWARDS_FIG6 = {
    "rewards-fig6": Declaration(
        "a row a way to find the Shapley values and how many coalitions it may ask for, means over samples",
        {
            "method": "`exact`, `permutations` (mean of what parties add in random orders) or `stratified` (coalitions of "
            "every size)",
            "evaluations": "coalitions asked for",
            "error_mean": "mean error of a value, relative to the mean value",
            "error_max": "largest error of a value, relative to the mean value",
            "wrong_top": "share of samples in which another party has the largest value",
            "wrong_order": "share of samples that order the parties wrongly",
            "reward_error": "largest error of a reward at ρ = 1, nats",
        },
    ),
    "points": Declaration(
        "a row a partition, party, ρ and realisation of the noise",
        {
            "partition": "which partition, from 1",
            "party": "which party, from 1",
            "rho": "the power ρ",
            "ig_improvement": "what its reward model is worth beyond its own data, r - v_i, nats",
            "ig_maximum": "what the joint model is worth beyond its own data, v_N - v_i, nats",
            "mnlp_improvement": "MNLP with its own data less that of its reward model, nats",
            "mnlp_maximum": "MNLP with its own data less that of the joint model, nats; may be negative",
            "phi_ratio": "its Shapley value over the largest",
        },
    ),
    "partitions": Declaration(
        "a row a partition and ρ",
        {
            "partition": "which partition, from 1",
            "rho": "the power ρ",
            "rational": "whether nobody is worse off than alone; only then are there points",
            "rho_rationality": "the largest ρ at which nobody is, ρ_r",
            "joint_model": "what the joint model is worth, nats",
        },
    ),
}

REWARDS_REPEATED = {
    "rewards-repeated": Declaration(
        "a row a party, kind of noise and number of releases",
        {
            "party": "which party, from 1; parties whose reward is made by noise",
            "noise": "`fresh`, drawn anew for every release, or `nested`",
            "releases": "number of rounds so far",
            "eta": "variance of the noise of one release",
            "eta_left": "variance that is left after all of them",
            "worth": "what the party knows, nats",
            "mnlp": "mean negative log probability on the test rows, of noise that was drawn, nats",
            "epsilon": "ε of the differential privacy of the others' targets after all of them",
        },
    ),
    "terms": Declaration(
        "a row a party and round of a collaboration whose power changes",
        {
            "party": "which party, from 1",
            "round": "which round, from 1",
            "rho": "the power ρ in that round",
            "reward": "what that round's release alone makes known, nats",
            "fresh": "what all releases so far make known with fresh noise, nats",
            "nested": "the same with nested noise",
        },
    ),
    "privacy": Declaration(
        "a row a party and terms",
        {
            "party": "which party, from 1",
            "terms": "a power ρ, an ε that is kept, or own data alone",
            "eta": "variance of the noise",
            "epsilon": "ε of one release",
            "worth": "what the party knows, nats",
        },
    ),
}

REWARDS_STRATEGIC = {
    "rewards-strategic": Declaration(
        "a row a party and report, while the others are honest",
        {
            "party": "who reports",
            "report": "what it does",
            "phi": "its Shapley value in the platform's eyes, nats",
            "rank": "its rank by that, from 1",
            "reward": "what its model is worth in the platform's eyes, nats",
            "payoff": "what it truly knows afterwards, nats, less what it pays",
            "gain": "payoff less that of an honest report",
            "others": "mean change of the others' payoffs",
            "mnlp": "mean negative log probability of the joint model on the test rows, nats",
        },
    ),
    "rounds": Declaration(
        "a row a round and party of the repeated game",
        {
            "round": "which round; 0 is the opening one",
            "party": "who",
            "report": "what it reported",
            "payoff": "what it had from that, nats",
        },
    ),
    "moves": Declaration(
        "a row a move and measure, with `large_rows` rows",
        {
            "move": "what is done, by whom",
            "rho": "the power ρ of the rewards",
            "measure": "what is measured",
            "before": "with everybody honest",
            "after": "after the move",
        },
    ),
}
