"""Mesa's own page on the hospitals' game: ``solara run examples/hospitals_page.py``."""

import solara
from mesa.visualization import SolaraViz, make_plot_component, make_space_component
from mesa.visualization.components import AgentPortrayalStyle

from potluck.browser.mesa_model import mesa_model, model_params
from potluck.scenarios import ReplicationAttack

Hospitals = mesa_model(ReplicationAttack)


def portrayal(agent):
    """Draw the platform as a grey square, a hospital the redder the more it copies, the larger the more it earns."""
    if agent.name == "platform":
        return AgentPortrayalStyle(color="#555555", size=120, marker="s")
    red = min(255, 60 + 50 * agent.action)
    return AgentPortrayalStyle(color=f"#{red:02x}4060", size=40 + 400 * max(agent.payoff, 0.0))


@solara.component
def Page():
    """A model a tab."""
    model = solara.use_memo(lambda: Hospitals(rng=0), [])
    SolaraViz(
        model,
        components=[make_plot_component("exploitability"), make_plot_component("welfare"), make_space_component(portrayal)],
        model_params=model_params(ReplicationAttack),
        name="Hospitals who copy",
    )
