"""The browser app: step through the replication attack. Reads state, decides nothing.

Run with ``potluck serve``, or ``solara run app.py``.
"""

from typing import Any

import numpy as np
import solara
from mesa.visualization import Slider, SolaraViz
from mesa.visualization.utils import update_counter

from potluck.agents.strategies import STRATEGIES
from potluck.mechanisms import MECHANISMS
from potluck.models import REVISIONS, RepeatedGame
from potluck.models.tasks import SPLITS
from potluck.scenarios import ReplicationAttack, figures
from potluck.scenarios.markets.replication_attack import draw_copies

DEFAULTS = ReplicationAttack()


class HospitalGame(RepeatedGame):
    """The repeated game of `ReplicationAttack`, built from what the page's controls hold."""

    def __init__(
        self,
        *,
        mechanism: str = DEFAULTS.mechanism.name(),
        strategy: str = DEFAULTS.strategy.name(),
        revision: str = DEFAULTS.revision.name(),
        dataset: str = DEFAULTS.dataset,
        split: str = DEFAULTS.split.name(),
        parties: int = 4,
        copies: int = DEFAULTS.copies,
        rounds: int = DEFAULTS.rounds,
        seed_number: int = 0,
        rng: Any = None,
    ) -> None:
        settings: dict[str, Any] = {
            "mechanism": mechanism,
            "strategy": strategy,
            "revision": revision,
            "dataset": dataset,
            "split": split,
            "parties": parties,
            "copies": copies,
            "rounds": rounds,
        }
        scenario = ReplicationAttack(**settings)
        rules = f"{scenario.mechanism.short()} · {scenario.strategy.short()}"
        self.chosen = f"{rules} · {dataset}, {parties} parties · seed {seed_number}"
        words = [f"--set {name}={value}" for name, value in settings.items()]
        self.command = f"potluck run replication-attack --seed {seed_number} {' '.join(words)}"
        super().__init__(**scenario.opening(np.random.default_rng(seed_number)))


def _select(label: str, value: str, values: list[str]) -> dict[str, Any]:
    return {"type": "Select", "label": label, "value": value, "values": values}


CONTROLS: dict[str, Any] = {
    "mechanism": _select("Market rule", DEFAULTS.mechanism.name(), MECHANISMS.names()),
    "strategy": _select("Learning rule", DEFAULTS.strategy.name(), STRATEGIES.names()),
    "revision": _select("Who revises", DEFAULTS.revision.name(), REVISIONS.names()),
    "dataset": _select("Data", DEFAULTS.dataset, ["breast-cancer", "wine", "digits"]),
    "split": _select("Split", DEFAULTS.split.name(), [name for name in SPLITS.names() if name != "BySite"]),
    "parties": Slider("Parties", 4, 2, 6, 1),
    "copies": Slider("Copies allowed", DEFAULTS.copies, 1, 4, 1),
    "rounds": Slider("Rounds", DEFAULTS.rounds, 5, 100, 5),
    "seed_number": Slider("Seed", 0, 0, 100, 1),
}


@solara.component
def Status(model: HospitalGame) -> None:  # noqa: N802
    """Say what is played, in which round, and how far it is from an equilibrium."""
    update_counter.get()
    solara.Text(model.chosen)
    solara.Text(f"round {model.round} · exploitability {model.exploitability:.4g} · revenue {model.revenue:.4g}")
    solara.Text(f"the same on the command line: {model.command}")


@solara.component
def Copies(model: HospitalGame) -> None:  # noqa: N802
    """Draw the copies that every party entered so far."""
    update_counter.get()
    figure, (axis,) = figures.new_figure(width=6.4)
    draw_copies(axis, model)
    solara.FigureMatplotlib(figure)


@solara.component
def Exploitability(model: HospitalGame) -> None:  # noqa: N802
    """Draw how far from an equilibrium each round was."""
    update_counter.get()
    figure, (axis,) = figures.new_figure(width=6.4)
    rounds = model.rounds()
    axis.plot(rounds["round"], rounds["exploitability"], color=figures.colour(0))
    axis.set(xlabel="round", ylabel="exploitability (NashConv)")
    figures.whole_numbers(axis, "x")
    solara.FigureMatplotlib(figure)


@solara.component
def Payoffs(model: HospitalGame) -> None:  # noqa: N802
    """Draw every party's payoff, round by round."""
    update_counter.get()
    figure, (axis,) = figures.new_figure(width=6.4)
    for index, (party, rows) in enumerate(model.history().groupby("player", sort=False)):
        axis.plot(rows["round"], rows["payoff"], color=figures.colour(index), label=str(party))
    axis.set(xlabel="round", ylabel="payoff (units of model quality)")
    axis.legend(fontsize=8, frameon=False)
    figures.whole_numbers(axis, "x")
    solara.FigureMatplotlib(figure)


@solara.component
def Page() -> None:  # noqa: N802
    """One game a browser tab, with Mesa's controls beside it."""
    model = solara.use_memo(HospitalGame, [])
    components = [(Status, 0), (Copies, 0), (Exploitability, 0), (Payoffs, 0)]
    SolaraViz(model, components=components, model_params=CONTROLS, name="potluck: replication attack")
