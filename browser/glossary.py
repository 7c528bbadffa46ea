"""The words of the page, each with what it means: tooltips, the page's glossary, and the documentation's."""

GLOSSARY: dict[str, str] = {
    "player": "Who chooses an action in the game.",
    "players": "How many players chose the action in this round.",
    "party": "A player of a market: holds data, may receive a model, pays or is paid.",
    "platform": "Trains the joint model, runs the market rule, and takes and pays the money.",
    "identity": "One account as the platform sees it: a party's own entry, its copies, its false names.",
    "coalition": "A set of identities, or of parties with all they entered; v(C) is the quality of the model their data gives.",
    "v(C)": "Worth of a coalition: quality of the model that the data of its members gives.",
    "action": "What a player does in a round: how much of its data it shares or how privately, how many copies it enters, "
    "which attack it mounts, or that it stays out.",
    "copies": "Identities that a party enters beside its own, with the same data.",
    "rule": "The market rule, or mechanism: who receives which model and who pays whom.",
    "reward": "Quality of the model that a party receives.",
    "payment": "Money to the platform; negative where the party is paid.",
    "worth": "What a model is worth to somebody, in money.",
    "payoff": "What a player has from a round: in a market worth of the model it holds, less the worth of training alone, less "
    "its payment, less the cost of its action.",
    "cost": "What an action costs the player, in money: of privacy, say.",
    "welfare": "What everybody together has from a round, platform included; payments cancel.",
    "revenue": "What the platform takes in, less what it pays out, in a round.",
    "profit": "Revenue, and what the joint model is worth to the platform.",
    "terms α": "The share of the joint model's worth that the platform hands out, in [0, 1].",
    "exploitability": "What all players together could gain by their best deviations, each alone (NashConv); 0 in equilibrium.",
    "could gain": "What the player's best other action would have earned it more in this round, the others staying with theirs.",
    "equilibrium": "Nobody could gain by another action while the others stay with theirs.",
    "difference": "What a branch has more than the game itself, in the same round.",
    "regret": "What the player's best fixed action would have earned it more, on average a round, so far.",
    "mixed strategy": "The probabilities with which a player intends to play its actions.",
    "strategy": "The learning rule of a player: what it intends after what it has seen.",
    "round": "One step of the repeated game: all learn from the last round, those who may revise draw an action, the rule "
    "settles. Round 0 is the opening.",
    "marginal": "What one more adds to a coalition: v(C with it) − v(C).",
    "Shapley value": "What an identity adds on average when identities arrive in random order: the mean, over the sizes of the "
    "coalition it joins, of its mean marginal.",
    "quality alone": "Quality of the model that the party's own data gives.",
    "branch": "The same game from a round on with one thing changed; up to that round both are the same.",
    "band": "Of 20 games with other random numbers: the middle half and 90 %, round by round.",
}


def meaning(word: str) -> str:
    """Return what a word of the page means, or nothing.

    Examples
    --------
    >>> meaning("welfare").startswith("What everybody together has")
    True
    """
    return GLOSSARY.get(word, "")
