"""Mesa's own page on a plain Mesa model: users who learn whether to share, as on the page it is held against."""

import os

import mesa
import numpy as np
import solara
from mesa.discrete_space import CellAgent, OrthogonalMooreGrid
from mesa.visualization import SolaraViz, make_plot_component, make_space_component
from mesa.visualization.components import AgentPortrayalStyle

USERS = int(os.environ.get("PLAYERS", "30"))
NOISE, COST = 24.0, 0.01


class User(CellAgent):
    """Somebody who shares where that paid more last round."""

    def __init__(self, model, cell):
        super().__init__(model)
        self.cell = cell
        self.shares = True
        self.payoff = 0.0

    def step(self):
        if self.model.random.random() < 0.5:
            self.shares = self.model.reward > COST
        self.payoff = self.model.reward - COST if self.shares else 0.0


class Users(mesa.Model):
    """As many users, on a grid; all who share are paid alike."""

    def __init__(self, users=USERS, rng=None):
        super().__init__(rng=rng)
        side = int(np.ceil(users**0.5))
        self.grid = OrthogonalMooreGrid((side, side), capacity=1, random=self.random)
        User.create_agents(self, users, list(self.grid.all_cells.cells)[:users])
        self.reward = 0.0
        self.datacollector = mesa.DataCollector(
            model_reporters={"welfare": lambda model: sum(agent.payoff for agent in model.agents)},
            agent_reporters={"payoff": "payoff"},
        )
        self.datacollector.collect(self)

    def step(self):
        sharing = sum(agent.shares for agent in self.agents)
        self.reward = 0.5 / (sharing + NOISE)
        self.agents.do("step")
        self.datacollector.collect(self)


def portrayal(agent):
    return AgentPortrayalStyle(color="#44AA99" if agent.shares else "#B3BAC2", size=20)


@solara.component
def Page():  # noqa: N802
    model = solara.use_memo(lambda: Users(rng=0), [])
    SolaraViz(model, components=[make_space_component(portrayal), make_plot_component("welfare")], name="Users")
