"""The hospitals' game by Mesa's names only: agents, groups, reporters, frames. Run: ``python examples/hospitals.py``."""

import mesa

from potluck.agents import Player
from potluck.browser.mesa_model import mesa_model
from potluck.models import RepeatedGame
from potluck.scenarios import ReplicationAttack


class Hospital(Player):
    """A hospital that knows how many patients it has."""

    @property
    def patients(self):
        return len(self.data)


def main():
    """Play, ask the agents, and look at what was collected."""
    hospitals = mesa_model(ReplicationAttack)(mechanism="FairPayments(alpha=0.5)", rng=0)
    model = RepeatedGame(
        game=hospitals.game,
        strategies=["BestResponse", "BestResponse", "Hedge", "RegretMatching"],
        stop=12,
        initial=[1, 1, 1, 1],
        rng=1,
        player_class=Hospital,
        model_reporters={"copying": lambda model: len(model.agents.select(lambda agent: (agent.action or 0) > 1))},
        agent_reporters={"patients": "patients"},
    )
    while model.running:
        model.step()
    print(f"a Mesa model: {isinstance(model, mesa.Model)}; round", model.round, "of seed", model.entropy)
    for agent in model.agents:
        print(f"{agent.name}: {agent.action_name}, payoff {agent.payoff:.3f}, learns by {agent.strategy}")
    by_learner = model.agents.select(agent_type=Player).groupby(lambda agent: agent.strategy.name())
    for learner, group in by_learner:
        print(f"{learner}: mean payoff {group.agg('payoff', lambda values: sum(values) / len(values)):.3f}")
    print(model.datacollector.get_model_vars_dataframe().tail(3).round(3).to_string())
    print(model.datacollector.get_agent_vars_dataframe().tail(4).round(3).to_string())
    print("neighbours of hospital 1:", [agent.name for agent in model.players[0].cell.neighborhood.agents])


if __name__ == "__main__":
    main()
