"""What the server of the browser app is told: which scenario to begin with, and to ask nothing of other machines."""

import os

from ..scenarios import SCENARIOS, GameScenario, ReplicationAttack

FIRST_SCENARIO = "POTLUCK_FIRST_SCENARIO"
"""Environment variable with the name of the scenario that a page begins with."""

QUIET = {"SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False", "SOLARA_KERNEL_CULL_TIMEOUT": "10m", "SOLARA_KERNEL_MAX_PER_SESSION": "0"}
"""Environment in which solara reports to nobody and forgets a tab that was lost ten minutes ago."""


def game_scenarios() -> list[type[GameScenario]]:
    """Return the registered scenarios that can be stepped through, in alphabetical order."""
    return [cls for cls in SCENARIOS if issubclass(cls, GameScenario)]


def first_scenario(name: str | None = None) -> str:
    """Return the scenario that a page begins with: ``name``, or what the environment says, or the replication attack.

    Raises
    ------
    ValueError
        There is no such scenario, or it has no game that can be stepped through.

    Examples
    --------
    >>> first_scenario("hiding-dynamics")
    'hiding-dynamics'
    """
    chosen = name or os.environ.get(FIRST_SCENARIO) or ReplicationAttack.name()
    cls = SCENARIOS.find(chosen)
    if not issubclass(cls, GameScenario):
        known = ", ".join(each.name() for each in game_scenarios())
        raise ValueError(f"{cls.name()!r} is no repeated game that can be stepped through; these are: {known}")
    return chosen if ":" in chosen or "." in chosen else cls.name()
