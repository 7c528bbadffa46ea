"""What the tables of the scenarios on fair value hold: what a row is, and every column."""

from ..declarations import Declaration

FAIR_VALUE_EXAMPLE_1 = {
    "fair-value-example-1": Declaration(
        "a row a privacy level, theorem, quantity and pair of choices",
        {
            "epsilon": "privacy level ε' of a user who shares; `inf` is no privacy",
            "theorem": "1: the platform is a party; 2: the users share everything, α = 1",
            "quantity": "`utility`, `platform`, `user_1` or `user_2`",
            "level_1": "whether user 1 shares: 0 or 1",
            "level_2": "whether user 2 shares",
            "value": "the value",
        },
    ),
}

FAIR_VALUE_FIG5A = {
    "fair-value-fig5a": Declaration(
        "a row a regime and type of user",
        {
            "s2": "variance of the users' means",
            "t2": "variance of one sample",
            "star": "`none`",
            "user_type": "`fed_low`, `fed_high`, `direct_low`, `direct_high`, or `none`: stays out",
            "level": "0 stays out, 1 federates, 2 shares directly",
            "n": "samples of such a user",
            "payment": "fair payment at α = 1; negative: a charge",
            "difference": "the payment less that of the average user, U / N",
        },
    ),
}

FAIR_VALUE_FIG5B = {
    "fair-value-fig5b": Declaration(
        "as above; of the star's own type there are two rows, the star's first",
        {
            "s2": "variance of the users' means",
            "t2": "variance of one sample",
            "star": "type of the user whose error matters more",
            "user_type": "type of the users in this row",
            "level": "0 stays out, 1 federates, 2 shares directly",
            "n": "samples of such a user",
            "payment": "fair payment at α = 1; negative: a charge",
            "difference": "the payment less U / N",
        },
    ),
    "stars": Declaration(
        "a row a star and regime",
        {
            "star": "type of the star",
            "s2": "variance of the users' means",
            "t2": "variance of one sample",
            "importance": "weight of the star; all others have 1",
            "user_type": "the star's type again",
            "level": "the star's level",
            "n": "the star's samples",
            "payment": "what the star is paid",
            "difference": "that payment less U / N",
            "utility": "U",
            "share": "the payment as a share of U; above 1 if others are charged",
        },
    ),
}

FAIR_VALUE_FIG6 = {
    "fair-value-fig6": Declaration(
        "a row a cost",
        {
            "c": "what sharing costs a user",
            "alpha": "the platform's best share α",
            "p": "probability with which each user is private",
            "users": "what both users are paid together, before their costs",
            "platform": "what the platform keeps, expected",
            "total": "expected utility",
        },
    ),
}

FAIR_VALUE_FIG7 = {
    "fair-value-fig7": Declaration(
        "a row a pair of costs and selection",
        {
            "c1": "what sharing costs user 1",
            "c2": "what sharing costs user 2",
            "alpha": "the platform's best share α",
            "payment_1": "what user 1 is paid, before its cost",
            "payment_2": "what user 2 is paid, before its cost",
            "platform": "what the platform keeps",
            "platform_share": "1 - α; empty where there is no utility",
            "selection": "which equilibrium is played: `pure`, `best` or `worst`",
        },
    ),
}

FAIR_VALUE_THEOREM3 = {
    "fair-value-theorem3": Declaration(
        "a row a number of users and a low privacy level",
        {
            "players": "number of users",
            "epsilon_low": "privacy level of a private user; 0 is staying out",
            "c_th": "threshold cost of eq. 22",
            "gamma_max": "greatest γ(p)",
            "all_open_up_to": "cost up to which everybody shares, by solving eq. 19 cost by cost",
            "nothing_from": "cost from which the platform offers nothing, likewise",
            "c_th_closed_form": "2 / (N (N + 1)); empty where private users give something",
            "gamma_max_closed_form": "(N + 2) / (3 N); likewise",
        },
    ),
}

FAIR_VALUE_DYNAMICS = {
    "ends": Declaration(
        "a row a market, platform and dynamic",
        {
            "users": "number of users",
            "terms": "`fixed`, or who sets the terms: `zooming`, `gradient`, `leader`",
            "dynamic": "how users learn",
            "end": "`symmetric` or `asymmetric`, `pure` or `mixed`; or `unsettled`",
            "private": "mean probability of being private at the end",
            "private_low": "the lowest among users",
            "private_high": "the highest among users",
            "private_symmetric": "that of the symmetric equilibrium under the best terms",
            "rounds_to_end": "from which round on everybody stays near its end; empty if unsettled",
            "exploitability": "what users together could gain by best deviations, at the end",
            "alpha": "the terms at the end",
            "alpha_optimal": "the best terms for the symmetric equilibrium",
            "rounds_to_optimal": "from which round on the terms stay within 0.03 of those; empty if they do not",
            "profit": "the platform's mean profit over the last tenth",
            "profit_optimal": "its profit in the symmetric equilibrium under the best terms",
        },
    ),
    "learned": Declaration(
        "a row a market, platform that knows nothing, dynamic and repeat",
        {
            "users": "number of users",
            "terms": "who sets the terms: `zooming`, `gradient`",
            "dynamic": "how users learn",
            "repeat": "number of the repeat; one where nothing hangs on chance",
            "alpha": "the terms at the end",
            "profit": "the platform's mean profit over the last three blocks",
            "settles": "what such users settle in: `symmetric`, `pure`, `together`; empty where that is not known",
            "profit_optimal": "what the best terms earn then; where it is not known, in the symmetric equilibrium",
        },
    ),
    "paths": Declaration(
        "a row a round, or the last round of a block where terms are learned",
        {
            "users": "number of users",
            "terms": "as in `ends`",
            "dynamic": "how users learn",
            "round": "0 is the opening",
            "alpha": "the terms",
            "private": "mean probability of being private",
            "private_low": "the lowest among users",
            "private_high": "the highest among users",
            "profit": "the platform's profit; its mean over the block where terms are learned",
            "exploitability": "what users together could gain",
        },
    ),
    "hysteresis": Declaration(
        "a row a step of the sweep",
        {
            "direction": "`up` or `down`",
            "alpha": "the terms",
            "private": "mean probability of being private in the last round of the step",
            "profit": "the platform's mean profit in the step",
        },
    ),
}

FAIR_VALUE_SCALE = {
    "rounds": Declaration(
        "a row a number of users and round",
        {
            "users": "number of users",
            "round": "0 is the opening, in which everybody shares",
            "alpha": "the platform's terms",
            "share": "fraction of the users who share",
            "profit": "the platform's profit",
            "welfare": "what everybody together had, platform included",
            "exploitability": "what users together could gain by best deviations",
        },
    ),
}

FAIR_VALUE_CLAIMS = {
    "estimators": Declaration(
        "a row a privacy level and number of users who share, two users",
        {
            "epsilon": "privacy level ε'",
            "sharers": "how many of the two share",
            "weight": "weight of a datum in the best estimator",
            "risk": "mean squared error by the closed form",
            "simulated": "the same, simulated",
            "low": "lower end of its interval of 99.99 %",
            "high": "upper end",
        },
    ),
    "saturation": Declaration(
        "a row a user",
        {
            "user": "number of the user",
            "asked": "privacy level that it chose",
            "given": "privacy level that the best estimator gives it; never more",
        },
    ),
    "terms": Declaration(
        "a row a cost, two users without privacy",
        {
            "c": "what sharing costs a user",
            "one_alpha": "what the platform keeps at most in a pure equilibrium, under one α",
            "alpha_of_u": "the same under an α for each utility",
        },
    ),
    "problem": Declaration(
        "a row a pair of costs, two users without privacy",
        {
            "c1": "what sharing costs the one user",
            "c2": "what it costs the other; not less",
            "fair": "what fair payments leave the platform at most (eq. 19), in any equilibrium",
            "free": "what any payments leave it at most (eq. 3), where users may stay out",
            "unrestricted": "the same where they may not; `inf` has no bound",
        },
    ),
    "menu": Declaration(
        "a row a regime, pair of costs and menu, four users with 100 samples each",
        {
            "s2": "variance of the users' means",
            "t2": "variance of one sample",
            "c1": "what federating costs a user",
            "c2": "what sharing directly costs a user",
            "menu": "levels that users may choose: 0 stays out, 1 federates, 2 shares directly",
            "alpha": "the platform's best share α",
            "federated": "how many federate then",
            "direct": "how many share directly then",
            "platform": "what the platform keeps",
        },
    ),
}
