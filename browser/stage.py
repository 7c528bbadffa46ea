"""What a visitor sees of the game: the buttons, the numbers, the players, and pictures of what happened so far."""

import base64
from collections.abc import Callable

import numpy as np
import solara

from .. import pictures as game_figures
from ..pictures.game_record import GameView
from ..pictures.phase_portrait import has_portrait
from ..scenarios.from_text import to_text
from . import pictures
from .inputs import select
from .session import GameSession, State

SPEEDS = {"1 round/s": 1.0, "2 rounds/s": 2.0, "5 rounds/s": 5.0, "20 rounds/s": 20.0, "as fast as it goes": 1e9}
WHOSE = {"actions": "actions", "mixed strategies": "policy", "average play": "average"}
DOING = {
    "opening": "opening the game …",
    "stepping": "playing a round …",
    "playing": "playing …",
    "running": "running to convergence …",
}
CLICKABLE = 40
LISTED = 200


@solara.component
def Stage(session: GameSession, tick: solara.Reactive[int], reset: Callable[[], None]) -> None:  # noqa: N802
    """Show the game of a session as it stands."""
    tick.get()
    state = session.state
    chosen, choose = solara.use_state(0)
    with solara.v.Html(tag="div", class_="pl-stage"):
        with solara.v.Html(tag="div", class_="pl-head"):
            Buttons(session, state, reset)
            Numbers(state)
        Messages(state)
        view = state.view
        if view is None:
            return
        player = chosen if chosen < view.game.n else 0
        with solara.v.Html(tag="div", class_="pl-panels"):
            with solara.v.Html(tag="div", class_="pl-left"):
                Network(view, player, choose)
                PlayerCard(view, player, choose)
            with solara.v.Html(tag="div", class_="pl-right"):
                Charts(state, view)


@solara.component
def Buttons(session: GameSession, state: State, reset: Callable[[], None]) -> None:  # noqa: N802
    """Show what can be done with the game."""
    speed, set_speed = solara.use_state("2 rounds/s")
    tolerance, set_tolerance = solara.use_state("1e-6")
    whose, set_whose = solara.use_state("actions")
    ready = state.view is not None and not state.busy and not state.over
    going = state.doing in {"playing", "running"}

    def change_speed(value: str) -> None:
        set_speed(value)
        session.rounds_per_second = SPEEDS[value]

    with solara.v.Html(tag="div", class_="pl-buttons"):
        solara.Button("Step", on_click=session.step, disabled=not ready, color="primary")
        if going:
            solara.Button("Pause", on_click=session.pause, color="primary", outlined=True)
        else:
            solara.Button("Play", on_click=session.play, disabled=not ready, color="primary")
        solara.Button("Reset", on_click=reset, color="primary", outlined=True)
        with solara.v.Html(tag="div", class_="pl-speed"):
            select("speed", speed, list(SPEEDS), change_speed)
        solara.v.Html(tag="div", class_="pl-gap")
        solara.Button(
            "Run to convergence",
            on_click=lambda: session.run(tolerance, WHOSE[whose]),
            disabled=not ready,
            color="primary",
        )
        with solara.v.Html(tag="div", class_="pl-whose"):
            select("exploitability of", whose, list(WHOSE), set_whose)
        with solara.v.Html(tag="div", class_="pl-tolerance"):
            solara.v.TextField(
                label="at most", v_model=tolerance, on_v_model=set_tolerance, dense=True, outlined=True, hide_details=True
            )


@solara.component
def Numbers(state: State) -> None:  # noqa: N802
    """Show round and exploitability, always in the same place, and how far the game has come."""
    last = state.view.last if state.view else None
    of = f" of {state.most_rounds}" if state.most_rounds else ""
    shown = [
        ("round", f"{last.number}{of}" if last else "–"),
        ("exploitability", shown_number(last.exploitability) if last else "–"),
        ("welfare", shown_number(last.welfare) if last else "–"),
    ]
    if state.view is not None and state.view.has_money and last is not None:
        shown.append(("revenue", shown_number(last.revenue)))
        if np.isfinite(last.alpha):
            shown += [("terms α", shown_number(last.alpha)), ("profit", shown_number(last.profit))]
    doing = DOING.get(state.doing, "the game is over: Reset begins it anew" if state.over else "ready")
    with solara.v.Html(tag="div"):
        with solara.v.Html(tag="div", class_="pl-numbers"):
            for name, value in shown:
                with solara.v.Html(tag="div", class_=f"pl-number pl-{name.split()[0]}"):
                    solara.v.Html(tag="div", class_="pl-name", children=[name])
                    solara.v.Html(tag="div", class_="pl-value", children=[value])
            solara.v.Html(tag="div", class_="pl-doing", children=[doing])
        counted = state.most_rounds is not None and last is not None
        solara.v.ProgressLinear(
            value=100 * last.number / state.most_rounds if counted and last and state.most_rounds else 0,
            indeterminate=state.doing in {"opening", "stepping"} or (state.doing == "running" and not counted),
            height=5,
            color="primary",
        )


@solara.component
def Messages(state: State) -> None:  # noqa: N802
    """Show what is played, and in one line what was wrong, or how the last run ended."""
    with solara.v.Html(tag="div"):
        if state.scenario is not None:
            playing = f"{state.scenario.short()} · seed {state.seed}"
            solara.v.Html(tag="div", class_="pl-playing", attributes={"title": playing}, children=[f"Playing {playing}"])
        if state.error:
            solara.v.Html(tag="div", class_="pl-error", attributes={"role": "alert"}, children=[state.error])
        elif state.note:
            solara.v.Html(tag="div", class_="pl-note", attributes={"role": "status"}, children=[state.note])


@solara.component
def Picture(data: bytes, words: str) -> None:  # noqa: N802
    """Show a PNG over the whole width of its panel."""
    source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    solara.v.Html(tag="img", attributes={"src": source, "alt": words}, class_="pl-picture")


@solara.component
def Network(view: GameView, chosen: int, choose: Callable[[int], None]) -> None:  # noqa: N802
    """Show the players around the platform; a click on one chooses it, and hovering tells about it."""
    data = solara.use_memo(lambda: pictures.network(view, chosen), [view, chosen])
    with solara.v.Html(tag="div"):
        with solara.v.Html(tag="div", class_="pl-network"):
            Picture(data, f"players and platform in round {view.last.number}")
            if view.game.n <= CLICKABLE:
                for row, left, top in pictures.network_spots(view):
                    Spot(row, left, top, told(view, row), choose).key(f"spot {row}")
        solara.v.Html(tag="div", class_="pl-caption", children=[network_caption(view)])


def network_caption(view: GameView) -> str:
    """Return what colours, sizes and lines of the network mean, and how many of the players are drawn."""
    said = ["Colour: action", "size: payoff of the last round"]
    if game_figures.has_arrows(view):
        said.append("arrows: who pays whom")
    elif view.places.edges:
        said.append("lines: who plays with whom")
    if len(view.places.rows) < view.game.n:
        said.append(f"{len(view.places.rows)} of {view.game.n} are drawn")
    return "; ".join(said) + "."


@solara.component
def Spot(row: int, left: float, top: float, words: str, choose: Callable[[int], None]) -> None:  # noqa: N802
    """Lay a place that can be clicked over a player in the picture."""
    spot = solara.v.Html(
        tag="button",
        class_="pl-spot",
        style_=f"left: {left:.2f}%; top: {top:.2f}%",
        attributes={"title": words, "aria-label": words},
    )
    solara.v.use_event(spot, "click", lambda *_: choose(row))


def shown_number(value: float) -> str:
    """Return a number as it stands on the page; what is left of rounding is nothing.

    Examples
    --------
    >>> shown_number(1.4e-17), shown_number(0.123456)
    ('0', '0.1235')
    """
    return "0" if abs(value) < 1e-12 else f"{value:.4g}"


def told(view: GameView, row: int) -> str:
    """Return what a player did and earned, in a line."""
    game = view.game
    did = f"{game.player_names[row]}: {game.action_names[view.actions[row]]}"
    return f"{did}, payoff {shown_number(view.payoffs[row])}, regret {shown_number(view.regrets[row])}"


@solara.component
def PlayerCard(view: GameView, player: int, choose: Callable[[int], None]) -> None:  # noqa: N802
    """Show one player's action, payoff, regret, money and data, its mixed strategy, and what other actions would have earned."""
    names = list(view.game.player_names)
    data = solara.use_memo(lambda: pictures.choice(view, player), [view, player])
    rows = [
        ("action", view.game.action_names[view.actions[player]]),
        ("payoff", shown_number(view.payoffs[player])),
        ("regret so far", shown_number(view.regrets[player])),
    ]
    if view.has_money:
        paid = float(view.payments[player])
        rows.append(("paid" if paid > 0 else "received", shown_number(abs(paid))))
    if view.data:
        rows.append(("data", view.data[player]))
    with solara.v.Html(tag="div", class_="pl-card"):
        if len(names) <= LISTED:
            select("player", names[player], names, lambda name: choose(names.index(name)))
        else:
            solara.v.TextField(
                label=f"player, 1 … {len(names)}",
                v_model=str(player + 1),
                on_v_model=lambda text: choose(int(text) - 1) if text.isdecimal() and 0 < int(text) <= len(names) else None,
                dense=True,
                outlined=True,
                hide_details=True,
            )
        with solara.v.Html(tag="div", class_="pl-facts"):
            for name, value in rows:
                solara.v.Html(tag="span", class_="pl-fact", children=[f"{name}: {value}"])
        Picture(data, f"mixed strategy of {names[player]}")


@solara.component
def Charts(state: State, view: GameView) -> None:  # noqa: N802
    """Show one of the pictures of what happened so far, or what can be taken away."""
    tabs = ["Over time"]
    if view.has_money:
        tabs.append("Money")
    if has_portrait(view.game):
        tabs.append("Phase portrait")
    if what := game_figures.reported(view):
        tabs.append({"copies": "Copies", "attacks": "Attacks"}.get(what, "Reports"))
    tabs.append("Take away")
    shown, show = solara.use_state("Over time")
    current = shown if shown in tabs else tabs[0]
    with solara.v.Html(tag="div"):
        with solara.v.Tabs(v_model=tabs.index(current), on_v_model=lambda index: show(tabs[index]), height=36, show_arrows=True):
            for name in tabs:
                solara.v.Tab(children=[name])
        if current == "Take away":
            TakeAway(state, view)
        else:
            Chart(state, view, current).key(current)


@solara.component
def Chart(state: State, view: GameView, name: str) -> None:  # noqa: N802
    """Draw the picture of that name."""
    drawn: dict[str, Callable[[], bytes]] = {
        "Over time": lambda: pictures.over_time(view),
        "Money": lambda: pictures.money(view),
        "Phase portrait": lambda: pictures.portrait(view, state.field),
        "Copies": lambda: pictures.reports(view),
        "Attacks": lambda: pictures.reports(view),
        "Reports": lambda: pictures.reports(view),
    }
    Picture(solara.use_memo(drawn[name], [view, name]), name)


@solara.component
def TakeAway(state: State, view: GameView) -> None:  # noqa: N802
    """Offer the run so far as tables and as a figure, and say which command plays the game with its scenario."""
    scenario = state.scenario
    if scenario is None:
        return
    stem = f"{scenario.name()}-seed-{state.seed}-round-{view.last.number}"
    with solara.v.Html(tag="div", class_="pl-take"):
        solara.v.Html(tag="div", class_="pl-heading", children=["The run so far"])
        with solara.v.Html(tag="div", class_="pl-downloads"):
            _download("Rounds as CSV", f"{stem}-rounds.csv", lambda: _csv(view.rounds))
            if view.players is not None:
                _download("Players as CSV", f"{stem}-players.csv", lambda: _csv(view.players))
            title = f"{scenario.short()}, seed {state.seed}, round {view.last.number}"
            _download("Figure as PNG", f"{stem}.png", lambda: pictures.everything(view, state.field, title))
        solara.v.Html(tag="div", class_="pl-heading", children=["The same game on the command line, to its end"])
        solara.v.Html(tag="pre", class_="pl-command", children=[state.command])
        solara.v.Html(tag="div", class_="pl-heading", children=["Parameters of this game"])
        with solara.v.Html(tag="div", class_="pl-values"):
            for name in type(scenario).model_fields:
                solara.v.Html(tag="div", children=[name.replace("_", " ")], class_="pl-key")
                solara.v.Html(tag="div", children=[_shown(getattr(scenario, name))])


def _shown(value: object) -> str:
    return to_text(value).replace(",", ", ") or "nothing"


def _download(label: str, name: str, data: Callable[[], bytes]) -> None:
    solara.FileDownload(data, filename=name, label=label)


def _csv(table: object) -> bytes:
    text: str = table.to_csv(index=False, lineterminator="\n")  # type: ignore[attr-defined]
    return text.encode()
