"""The page: choices on the left, the game on the right; every tab of a browser has a game of its own."""

from dataclasses import replace

import solara

from ..scenarios import SCENARIOS, GameScenario
from ..scenarios.from_text import to_text
from ..scenarios.opening import Opening
from .connection import attend
from .controls import Control, controls_of
from .inputs import Inputs
from .server import first_scenario, game_scenarios
from .session import GameSession
from .stage import Stage
from .style import STYLE


@solara.component
def GamePage(first: str | None = None) -> None:  # noqa: N802
    """Show one game, with everything that can be chosen about it.

    Parameters
    ----------
    first
        Name of the scenario to begin with; default: what `first_scenario` says.
    """
    begun = solara.use_memo(lambda: first_scenario(first), [])
    tick = solara.use_reactive(0)
    (opened, opening, opened_seed), set_opened = solara.use_state((None, None, 0))
    (name, texts, seed), show_choice = solara.use_state((begun, defaults(begun), "0"))
    # a click may come before what was typed is drawn: Reset goes by what was chosen, not by what is shown
    chosen = solara.use_ref((name, texts, seed))
    session = solara.use_memo(GameSession, [])

    def begin():  # type: ignore[no-untyped-def]
        def changed() -> None:
            set_opened((session.state.scenario, session.state.opening, session.state.seed))
            tick.set(tick.peek() + 1)

        session.listen(changed)
        session.open(begun, defaults(begun), "0")
        attend(session)
        return session.close

    solara.use_effect(begin, [])

    def settle(name: str, texts: dict[str, str], seed: str) -> None:
        chosen.current = (name, texts, seed)
        show_choice(chosen.current)

    def choose(value: str) -> None:
        settle(value, defaults(value), chosen.current[2])
        session.open(*chosen.current)

    def change(key: str, text: str) -> None:
        name, texts, seed = chosen.current
        settle(name, {**texts, key: text}, seed)

    def seeded(text: str) -> None:
        name, texts, _ = chosen.current
        settle(name, texts, text)

    solara.Title("potluck")
    solara.Style(STYLE)
    with solara.v.Html(tag="div", class_="pl-page"):
        with solara.v.Html(tag="div", class_="pl-side"):
            solara.v.Html(tag="div", class_="pl-title", children=["potluck"])
            _scenario_select(name, choose)
            solara.v.Html(tag="div", class_="pl-summary", children=[SCENARIOS.find(name).summary()])
            Pending(waiting(opened, name, texts, opened_seed, seed))
            Inputs(acting(opened, opening, name), texts, change).key(name)
            with solara.v.Html(tag="div", class_="pl-input pl-seed", attributes={"title": "Seed of all randomness."}):
                solara.v.TextField(
                    label="seed  (≥ 0)", v_model=seed, on_v_model=seeded, dense=True, outlined=True, hide_details=True
                )
        Stage(session, tick, lambda: session.open(*chosen.current))


@solara.component
def Pending(names: tuple[str, ...]) -> None:  # noqa: N802
    """Say what was changed since the game was opened."""
    words = f"Changed, waits for Reset: {', '.join(names)}" if names else "The game is played with these values."
    solara.v.Html(tag="div", class_="pl-pending" if names else "pl-applied", children=[words])


def defaults(name: str) -> dict[str, str]:
    """Return every parameter of a scenario with the text of its default.

    Examples
    --------
    >>> defaults("hiding-dynamics")["portions"]
    '12'
    """
    return {control.name: control.default for control in controls_of(SCENARIOS.find(name))}


def waiting(
    opened: GameScenario | None, name: str, texts: dict[str, str], opened_seed: int = 0, seed: str = "0"
) -> tuple[str, ...]:
    """Return the parameters whose texts are not those of the game that was opened, the seed's included."""
    if opened is None or type(opened) is not SCENARIOS.find(name):
        return ()
    changed = [key.replace("_", " ") for key, text in texts.items() if text.strip() != to_text(getattr(opened, key))]
    return (*changed, "seed") if seed.strip() != str(opened_seed) else tuple(changed)


def acting(opened: GameScenario | None, opening: Opening | None, name: str) -> tuple[Control, ...]:
    """Return the controls of the parameters that the game depends on; a list whose first element alone acts says so."""
    controls = controls_of(SCENARIOS.find(name))
    if opened is None or opening is None or type(opened) is not SCENARIOS.find(name):
        return controls
    return tuple(
        replace(control, note="only the first acts here") if control.name in opening.first else control
        for control in controls
        if control.name in opening.reads
    )


def _scenario_select(name: str, choose) -> None:  # type: ignore[no-untyped-def]
    known = [cls.name() for cls in game_scenarios()]
    solara.v.Select(
        label="scenario",
        v_model=name,
        items=known if name in known else [*known, name],
        on_v_model=choose,
        dense=True,
        outlined=True,
        hide_details=True,
        class_="pl-scenario",
        menu_props={"offsetY": True, "maxHeight": 400},
    )
