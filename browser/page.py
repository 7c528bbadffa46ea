"""The page: choices on the left, the game on the right; every tab of a browser has a game of its own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import solara
from reacton.core import get_render_context

from ..scenarios import SCENARIOS, GameScenario
from ..scenarios.from_text import build_scenario, to_text
from ..scenarios.opening import Opening
from .address import Address, address_of
from .connection import attend
from .controls import Control, controls_of
from .glossary import GLOSSARY
from .inputs import Inputs
from .panels import PANELS, Panel, installed, of_mesa
from .panels.data import DataInBrief
from .server import first_scenario, game_scenarios
from .session import GameSession, State
from .stage import Stage
from .style import STYLE


@solara.component_vue("window.vue")
def _Window(query: str, dark: bool | None, event_key: Any, event_moved: Any, event_painted: Any) -> None:  # noqa: N802
    pass


@solara.component_vue("glossary.vue")
def _Glossary(words: dict[str, str]) -> None:  # noqa: N802
    pass


@solara.component
def GamePage(first: str | None = None, components: Sequence[Panel | Callable[[Any], Any]] = ()) -> None:  # noqa: N802
    """Show one game, with everything that can be chosen about it.

    Parameters
    ----------
    first
        Name of the scenario to begin with; default: what `first_scenario` says.
    components
        Further panels: a `Panel` each, or a component of the model as Mesa's pages take them, such as
        ``make_plot_component("exploitability")``.
    """
    search = solara.use_router().search
    asked, unread = solara.use_memo(lambda: _asked(search, first), [])
    tick = solara.use_reactive(0)
    (opened, opening, opened_seed), set_opened = solara.use_state((None, None, 0))
    (name, texts, seed), show_choice = solara.use_state((asked.scenario, defaults(asked.scenario) | asked.settings, asked.seed))
    # a click may come before what was typed is drawn: Reset goes by what was chosen, not by what is shown
    chosen = solara.use_ref((name, texts, seed))
    session = solara.use_memo(GameSession, [])
    panels = solara.use_memo(lambda: [*PANELS, *installed(), *(_panel(each) for each in components)], [])
    aside, show_aside = solara.use_state(False)
    dark, set_dark = solara.use_state(None)

    def begin():  # type: ignore[no-untyped-def]
        last: Opening | None = None

        def changed() -> None:
            nonlocal last
            state = session.state
            with drawing:  # both in one go
                if state.opening is not last:
                    last = state.opening
                    set_opened((state.scenario, state.opening, state.seed))
                tick.set(tick.peek() + 1)

        session.listen(changed)
        session.open(
            asked.scenario, defaults(asked.scenario) | asked.settings, asked.seed, asked.number, asked.changes, asked.line
        )
        if unread:
            session.complain(unread)
        attend(session)
        return session.close

    drawing = get_render_context()
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

    def moved(query: str) -> None:
        try:
            there = Address.read(query) or Address(first_scenario(first))
            settle(there.scenario, defaults(there.scenario) | there.settings, there.seed)
        except ValueError as error:
            session.complain(str(error))
            return
        session.open(*chosen.current, there.number, there.changes, there.line)

    def reset() -> None:
        session.open(*chosen.current)

    solara.Title("potluck")
    solara.Style(STYLE)
    Window(session, tick, dark, reset, moved, set_dark)
    with solara.v.Html(tag="div", class_="pl-page"):
        solara.v.Html(tag="a", class_="pl-skip", attributes={"href": "#game"}, children=["Skip to the game"])
        said = {"aria-label": "What is played"}
        with solara.v.Html(tag="aside", class_="pl-side pl-open" if aside else "pl-side", attributes=said):
            Top(aside, lambda: show_aside(not aside), bool(dark), lambda: set_dark(not dark))
            with solara.v.Html(tag="div", class_="pl-choices"):
                _scenario_select(name, choose)
                solara.v.Html(tag="div", class_="pl-summary", children=[SCENARIOS.find(name).summary()])
                Pending(waiting(opened, name, texts, opened_seed, seed))
                Inputs(acting(opened, opening, name), texts, change).key(name)
                Reading(session, tick)
                with solara.v.Html(tag="div", class_="pl-input pl-seed", attributes={"title": "Seed of all randomness."}):
                    solara.v.TextField(
                        label="seed  (≥ 0)", v_model=seed, on_v_model=seeded, dense=True, outlined=True, hide_details=True
                    )
        Stage(session, tick, reset, panels)


@solara.component
def Window(  # noqa: N802
    session: GameSession,
    tick: solara.Reactive[int],
    dark: bool | None,
    reset: Callable[[], None],
    moved: Callable[[str], None],
    painted: Callable[[bool], None],
) -> None:
    """Keep the address of the window at what is looked at, and hear its keys; alone follows every round, as the stage does."""
    tick.get()
    _Window(
        query=_query(session.state),
        dark=dark,
        event_key=lambda key: press(session, key, reset),
        event_moved=moved,
        event_painted=painted,
    )


@solara.component
def Reading(session: GameSession, tick: solara.Reactive[int]) -> None:  # noqa: N802
    """Show what is known of the data that was read."""
    tick.get()
    with solara.v.Html(tag="div"):
        if session.state.data:
            DataInBrief(session.state)


@solara.component
def Top(aside: bool, show_aside: Callable[[], None], dark: bool, turn: Callable[[], None]) -> None:  # noqa: N802
    """Show the title, and buttons for the choices on narrow windows, for a dark page, and for the glossary."""
    with solara.v.Html(tag="div", class_="pl-top"):
        solara.v.Html(tag="h1", class_="pl-title", children=["potluck"])
        with solara.v.Html(tag="div", class_="pl-tools"):
            solara.Button("Close" if aside else "Choose", on_click=show_aside, text=True, small=True, class_="pl-aside-button")
            solara.Button("Light" if dark else "Dark", on_click=turn, text=True, small=True)
            _Glossary(words=GLOSSARY)


@solara.component
def Pending(names: tuple[str, ...]) -> None:  # noqa: N802
    """Say what was changed since the game was opened."""
    words = f"Changed, waits for Reset: {', '.join(names)}" if names else "The game is played with these values."
    attributes = {"role": "status"}
    solara.v.Html(tag="div", class_="pl-pending" if names else "pl-applied", children=[words], attributes=attributes)


def press(session: GameSession, key: str, reset: Callable[[], None]) -> None:
    """Do what a key stands for: play or pause, a round on or back, the first or the last round, reset."""
    state = session.state
    if state.view is None:
        return
    match key:
        case "play":
            (session.pause if state.busy else session.play)()
        case "on":
            session.step()
        case "back":
            session.look_at(state.view.last.number - 1)
        case "first":
            session.look_at(0)
        case "last":
            session.look_at(state.latest)
        case "reset":
            reset()


def _asked(search: str | None, first: str | None) -> tuple[Address, str]:
    """Return what the address of the page asks for, or the game it begins with and what is wrong with the address."""
    wrong = ""
    try:
        there = Address.read(search or "")
        if there is not None:
            first_scenario(there.scenario)
            defaults(there.scenario)
            return there, ""
    except ValueError as error:
        wrong = f"the address is not followed: {error}"
    return Address(first_scenario(first)), wrong


def _query(state: State) -> str:
    """Return what the address says of the game that is looked at; nothing while it is being opened."""
    if state.scenario is None or state.view is None or state.doing == "opening":
        return ""
    changes = tuple(line.change for line in state.lines if line.change is not None)
    return address_of(state.scenario, state.seed, state.view.last.number, changes, state.current).query()


def _panel(component: Panel | Callable[[Any], Any]) -> Panel:
    return component if isinstance(component, Panel) else of_mesa(component)


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
    meant = _meant(name, tuple(texts.items()))
    changed = [
        key.replace("_", " ")
        for key, text in texts.items()
        if key in type(opened).model_fields and (meant or {}).get(key, text.strip()) != to_text(getattr(opened, key))
    ]
    return (*changed, "seed") if seed.strip() != str(opened_seed) else tuple(changed)


@lru_cache(64)
def _meant(name: str, texts: tuple[tuple[str, str], ...]) -> dict[str, str] | None:
    """Return parameters as the page writes them, whether ``1,1`` or ``1.0, 1``; None where they are not allowed."""
    try:
        played = build_scenario(name, dict(texts))
    except ValueError:
        return None
    return {key: to_text(getattr(played, key)) for key in type(played).model_fields}


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
