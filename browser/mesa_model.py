"""Any scenario's game under Mesa's conventions: a model class whose keywords are the scenario's parameters, and its inputs."""

import inspect
import secrets
from functools import cache
from typing import Any

import numpy as np

from ..models import RepeatedGame
from ..scenarios import GameScenario
from ..scenarios.from_text import build_scenario, to_text
from .controls import Control, controls_of


@cache
def mesa_model(scenario: type[GameScenario]) -> Any:
    """Return the class of a scenario's game as Mesa builds models: by keywords, the scenario's parameters and ``rng``, a seed.

    Values may be text, as Mesa's inputs give it: ``"FairPayments(alpha=0.5)"``, ``"1,1,2"``.

    Raises
    ------
    ValueError
        By the class, when a parameter is not allowed.

    Examples
    --------
    >>> from potluck.scenarios import HidingDynamics
    >>> Hiding = mesa_model(HidingDynamics)
    >>> model = Hiding(portions=4, strategy="Hedge", rng=1)
    >>> model.step()
    >>> model.agents.get("name")
    ['platform', 'player 1 (12)', 'player 2 (1)']
    """

    def begin(self: RepeatedGame, **parameters: Any) -> None:
        rng = parameters.pop("rng", None)
        seed = secrets.randbits(32) if rng is None else _seed(rng)
        texts = {name: value if isinstance(value, str) else to_text(value) for name, value in parameters.items()}
        played = build_scenario(scenario.name(), texts)
        if not isinstance(played, GameScenario):
            raise ValueError(f"{played.name()!r} is no repeated game")
        self.seed_given = seed
        RepeatedGame.__init__(self, **played.opening(np.random.default_rng(seed)).arguments())

    keyword = inspect.Parameter.KEYWORD_ONLY
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    defaults = {control.name: control.default for control in controls_of(scenario)} | {"rng": None}
    named = [inspect.Parameter(name, keyword, default=default) for name, default in defaults.items()]
    begin.__signature__ = inspect.Signature([own, *named])  # type: ignore[attr-defined]
    body = {"__init__": begin, "__doc__": scenario.__doc__, "__module__": scenario.__module__, "_revived_as": RepeatedGame}
    return type(f"{scenario.__name__}Model", (RepeatedGame,), body)


def model_params(scenario: type[GameScenario], **fixed: Any) -> dict[str, Any]:
    """Return an input for every parameter that the scenario's game reads, as Mesa's ``SolaraViz`` takes them.

    Parameters
    ----------
    scenario
        The scenario.
    fixed
        Parameters that are not to be asked for, at these values.

    Examples
    --------
    >>> from potluck.scenarios import HidingDynamics
    >>> inputs = model_params(HidingDynamics, rounds="9")
    >>> inputs["portions"], inputs["rounds"]
    ({'type': 'SliderInt', 'value': 12, 'label': 'portions  (1 … 12)', 'min': 1, 'max': 12, 'step': 1}, '9')
    """
    reads = scenario().opening(np.random.default_rng(0)).reads
    asked = {control.name: _input(control) for control in controls_of(scenario) if control.name in reads}
    return asked | fixed | {"rng": fixed.get("rng", {"type": "InputText", "value": 0, "label": "seed"})}


def _input(control: Control) -> dict[str, Any]:
    common = {"value": control.default, "label": control.label}
    match control.kind:
        case "flag":
            return {"type": "Checkbox", **common, "value": control.default == "True"}
        case "choice":
            return {"type": "Select", **common, "values": list(control.options)}
        case "component":
            return {"type": "Select", **common, "values": list(dict.fromkeys([control.default, *control.options]))}
        case "slider":
            whole = control.whole
            number = int if whole else float
            ends = {"min": number(control.low), "max": number(control.high), "step": number(control.step)}
            return {"type": "SliderInt" if whole else "SliderFloat", **common, "value": number(control.default), **ends}
    return {"type": "InputText", **common}


def _seed(rng: Any) -> int:
    text = str(rng).strip()
    if not text.isdecimal():
        raise ValueError(f"rng = {text[:60]!r}: a seed, a whole number from 0 on")
    return int(text)
