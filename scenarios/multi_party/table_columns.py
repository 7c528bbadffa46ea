"""What the tables of the scenarios on multi-party learning hold: what a row is, and every column."""

from ..declarations import Declaration

MEP_FIG1 = {
    "mep-fig1": Declaration(
        "a row a number of players and rule for the absent; means over markets, and their standard errors",
        {
            "n": "number of players",
            "absent_rule": "`all`, `participants` or `threat`",
            "welfare": "total worth",
            "revenue": "total payments",
            "quality": "quality of the pooled model",
            "welfare_se": "standard error of the mean",
            "revenue_se": "likewise",
            "quality_se": "likewise",
            "welfare_shown": "mean over the picture's markets, 50 as printed",
            "revenue_shown": "likewise",
        },
    ),
    "surplus": Declaration(
        "the same rows",
        {
            "n": "number of players",
            "absent_rule": "`all`, `participants` or `threat`",
            "kept": "welfare less revenue",
            "kept_se": "its standard error",
            "external": "effect of the others' models on an absent player",
            "external_se": "its standard error",
            "above_welfare": "fraction of means over so many markets as the picture has, 50, in which revenue is above welfare",
            "in_deficit": "fraction of markets with negative revenue",
        },
    ),
}

MEP_FIG2 = {
    "mep-fig2": Declaration(
        "a row a data size of the second player; means over markets, and their standard errors",
        {
            "t2": "the second player's data size",
            "welfare": "total worth",
            "revenue": "total payments",
            "utility_1": "the first player's worth less payment",
            "utility_2": "the second player's",
            "welfare_se": "standard error of the mean",
            "revenue_se": "likewise",
            "utility_1_se": "likewise",
            "utility_2_se": "likewise",
        },
    ),
}

MEP_FIG3 = {
    "mep-fig3": Declaration(
        "a row a growth rate and convention",
        {
            "alpha": "growth rate of the market",
            "convention": "`A`: types from 0; `B`: types from 1",
            "max_disparity": "largest D/ε at which a desirable mechanism exists; empty if none failed up to `limit`",
        },
    ),
    "counterexamples": Declaration(
        "the same rows: the first profile of types at which revenue is negative",
        {
            "alpha": "growth rate of the market",
            "convention": "`A` or `B`",
            "revenue": "the largest revenue there; empty if it was never negative",
            "hides": "the larger player's data, what it would report, what a player with that would report, ...",
        },
    ),
}

MEP_CERTIFICATES = {
    "proofs": Declaration(
        "a row a promise and grid of types",
        {
            "promise": "what was asked, and of which quality curves",
            "players": "how many players",
            "largest": "the most data of each, in units",
            "cases": "combinations of types, reports and receivers of the joint model that were looked at",
            "worst": "the least whole coefficient; 0 or more proves the promise",
            "counterexample": "where it is below 0",
        },
    ),
    "hides": Declaration(
        "a row a growth rate",
        {
            "growth": "the growth rate α",
            "data": "data of the player who would have to be paid too much",
            "chain": "as whom it and its stand-ins could pretend, in order",
            "said": "what the chain proves",
        },
    ),
}
MEP_CRITICAL = {
    "mep-critical": Declaration(
        "a row a number of players",
        {
            "players": "number of players",
            "critical_alpha": "growth rate from which on a desirable mechanism exists at any size",
            "tangency_ratio": "share of its data that a player reports in the hide that decides it",
            "small_hides_alpha": "-n / (n + 1), where small hides alone would put it",
        },
    ),
    "growth-law": Declaration(
        "a row a convention and growth rate below the critical one, two players",
        {
            "convention": "`A` or `B`",
            "alpha": "growth rate",
            "max_disparity": "boundary found there",
            "kappa": "κ that this boundary alone would give",
            "fitted": "boundary by the law with the fitted κ",
        },
    ),
    "law-constants": Declaration(
        "a row a convention",
        {
            "convention": "`A` or `B`",
            "kappa": "κ fitted to all boundaries",
            "nearest": "κ of the boundary nearest to the critical rate",
            "distance": "how far that boundary's growth rate is from it",
        },
    ),
}

MEP_AUDIT = {
    "mep-audit": Declaration(
        "a row a rule and setting",
        {
            "mechanism": "the rule",
            "setting": "what players value, and how much data they have",
            "incentive_compatible": "whether reporting everything is best while the others are truthful",
            "individually_rational": "whether taking part is no loss",
            "efficient": "whether total worth is as large as it can be",
            "weakly_budget_balanced": "whether revenue is never negative: the platform never pays in",
            "slack": "the least room among the four, or the most by which one is broken",
            "counterexample": "what breaks it; empty if nothing does",
        },
    ),
    "slacks": Declaration(
        "a row a rule, setting and promise",
        {
            "mechanism": "the rule",
            "setting": "the setting",
            "promise": "one of the four, `dominant_strategy`, or the conditions `theorem_2`, `theorem_3`",
            "holds": "whether it is kept",
            "slack": "how much room is left; negative by as much as it is broken",
            "note": "the profile where it is kept least or broken most",
        },
    ),
    "markets": Declaration(
        "a row a setting, as a market",
        {
            "setting": "the setting",
            "quasi_monotone": "whether worth is a sum of one that rises with the own model and one of the others' (Definition 8)",
            "non_competitive": "whether nobody is hurt by anybody's better model (Definition 10)",
            "growing": "whether better models never make all together worth less (Assumption 4)",
            "rival_fall": "what others' better models cost somebody at most",
            "own_fall": "what the own better model costs somebody at most",
            "market_fall": "what better models cost all together at most",
        },
    ),
}

HIDING_DYNAMICS = {
    "rounds": Declaration(
        "a row a round and player, under the chosen rule",
        {
            "round": "0 is the opening, in which everybody reports everything",
            "player": "name of the player, with its data size",
            "portions": "how many portions of its data it reports",
            "share_reported": "that as a share of all it has",
            "payoff": "its payoff",
        },
    ),
    "players": Declaration(
        "a row a rule and player, after the last round",
        {
            "mechanism": "the rule",
            "player": "name of the player",
            "present": "whether it takes part",
            "share_reported": "share of its data that it reports",
            "payoff": "its payoff",
            "gain_from_hiding": "what hiding or staying out would gain it if all others reported everything",
        },
    ),
    "rules": Declaration(
        "a row a rule",
        {
            "mechanism": "the rule",
            "mean_share": "mean share of their data that players report",
            "who_hides": "numbers of the players who report less than everything",
            "best_gain_from_hiding": "the largest `gain_from_hiding`",
            "equilibrium": "whether nobody could gain by another report, up to 1e-9",
            "worth_lost": "total worth when everybody shares everything, less that of the last round",
            "revenue": "what flowed to the platform in the last round",
            "profit": "revenue and what the joint model is worth to the platform",
            "welfare": "payoffs and profit together",
            "subsidy": "what the platform paid out beyond what it took in",
        },
    ),
}
