"""What a visitor sees of the game: the buttons, the rounds, the numbers, the players, and panels of what happened so far."""

from collections.abc import Callable, Sequence

import numpy as np
import solara

from ..pictures.game_record import GameView
from ..pictures.network import has_arrows, size_scale
from ..pictures.words import action_words
from .glossary import meaning
from .inputs import Remove, select
from .numbers import shown_number
from .panels.choice import choice
from .panels.network import network
from .panels.panel import Look, Panel, Shown, show_chart
from .session import GameSession, State

SPEEDS = {"1 round/s": 1.0, "2 rounds/s": 2.0, "5 rounds/s": 5.0, "20 rounds/s": 20.0, "as fast as it goes": 1e9}
WHOSE = {"actions": "actions", "mixed strategies": "policy", "average play": "average"}
DOING = {
    "opening": "opening the game …",
    "stepping": "playing a round …",
    "looking": "looking …",
    "playing": "playing …",
    "running": "running to convergence …",
    "branching": "playing the branch …",
    "repeating": "playing with other random numbers …",
}
LISTED = 200


@solara.component
def Stage(session: GameSession, tick: solara.Reactive[int], reset: Callable[[], None], panels: Sequence[Panel]) -> None:  # noqa: N802
    """Show the game of a session as it stands."""
    tick.get()
    state = session.state
    chosen, choose = solara.use_state(0)
    with solara.v.Html(tag="main", class_="pl-stage", attributes={"id": "game", "aria-label": "The game"}):
        with solara.v.Html(tag="div", class_="pl-head"):
            still = state.view is not None and not state.busy
            Buttons(session, still and not state.over, state.doing in {"playing", "running", "repeating"}, reset)
            Time(session, state)
            Numbers(state)
        Messages(state)
        view = state.view
        if view is None:
            return
        Lines(session, state)
        player = chosen if chosen < view.game.n else 0
        look = Look(view, player, choose, state, session)
        with solara.v.Html(tag="div", class_="pl-panels"):
            with solara.v.Html(tag="section", class_="pl-left", attributes={"aria-label": "Players"}):
                with solara.v.Html(tag="div", class_="pl-network"):
                    drawn = solara.use_memo(lambda: network(view, player), [view, player])
                    show_chart(drawn, "Players and platform", look)
                solara.v.Html(tag="div", class_="pl-caption", children=[network_caption(view)])
                PlayerCard(look)
            with solara.v.Html(tag="section", class_="pl-right", attributes={"aria-label": "Charts"}):
                Tabs(look, panels)


@solara.component
def Buttons(session: GameSession, ready: bool, going: bool, reset: Callable[[], None]) -> None:  # noqa: N802
    """Show what can be done with the game; the same buttons are drawn once."""
    speed, set_speed = solara.use_state("2 rounds/s")
    tolerance, set_tolerance = solara.use_state("1e-6")
    whose, set_whose = solara.use_state("actions")

    def change_speed(value: str) -> None:
        set_speed(value)
        session.rounds_per_second = SPEEDS[value]

    with solara.v.Html(tag="div", class_="pl-buttons"):
        solara.Button("Step", on_click=session.step, disabled=not ready, color="primary", attributes={"title": "Right arrow"})
        if going:
            solara.Button("Pause", on_click=session.pause, color="primary", outlined=True, attributes={"title": "Space"})
        else:
            solara.Button("Play", on_click=session.play, disabled=not ready, color="primary", attributes={"title": "Space"})
        solara.Button("Reset", on_click=reset, color="primary", outlined=True, attributes={"title": "R"})
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
def Time(session: GameSession, state: State) -> None:  # noqa: N802
    """Show where in the game the page looks: a round back, a round on, and any round."""
    number = state.view.last.number if state.view else 0
    still = state.view is not None and state.doing in {"nothing", "looking"}
    with solara.v.Html(tag="div", class_="pl-time", attributes={"role": "group", "aria-label": "Rounds"}):
        solara.Button(
            "Back",
            on_click=lambda: session.look_at(number - 1),
            disabled=not still or number == 0,
            outlined=True,
            small=True,
            attributes={"title": "A round back (left arrow)"},
        )
        solara.v.Slider(
            v_model=number,
            on_v_model=session.look_at,
            min=0,
            max=max(1, state.latest, number),
            step=1,
            disabled=state.view is None or state.latest == 0,
            dense=True,
            hide_details=True,
            class_="pl-scrubber",
            attributes={"aria-label": "round that is looked at"},
        )
        where = f"round {number} of {state.latest} played" if number < state.latest else "the last round"
        solara.v.Html(tag="span", class_="pl-where", children=[where])


@solara.component
def Lines(session: GameSession, state: State) -> None:  # noqa: N802
    """Show the game and its branches, to look at one or close it."""
    if len(state.lines) < 2:
        return
    with solara.v.Html(tag="div", class_="pl-lines", attributes={"role": "group", "aria-label": "The game and its branches"}):
        for index, line in enumerate(state.lines):
            words = line.words if line.change is None else f"from round {line.change.at}: {line.words}"
            with solara.v.Html(tag="span", class_=f"pl-line pl-line-{index}").key(f"{index} {words}"):
                LineButton(words, index == state.current, lambda index=index: session.choose(index))
                if index:
                    Remove(f"close the branch {words}", lambda index=index: session.drop(index))


@solara.component
def LineButton(words: str, pressed: bool, choose: Callable[[], None]) -> None:  # noqa: N802
    """Show the name of a line, which looks at it when clicked."""
    button = solara.v.Html(
        tag="button",
        class_="pl-choose pl-chosen" if pressed else "pl-choose",
        children=[words],
        attributes={"aria-pressed": str(pressed).lower()},
    )
    solara.v.use_event(button, "click", lambda *_: choose())


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
        shown += [("revenue", shown_number(last.revenue)), ("profit", shown_number(last.profit))]
        if np.isfinite(last.alpha):
            shown.append(("terms α", shown_number(last.alpha)))
    doing = DOING.get(state.doing, "the game is over: Reset begins it anew" if state.over else "ready")
    with solara.v.Html(tag="div"):
        with solara.v.Html(tag="div", class_="pl-numbers"):
            for name, value in shown:
                attributes = {"title": meaning(name)}
                with solara.v.Html(tag="div", class_=f"pl-number pl-{name.split()[0]}", attributes=attributes):
                    solara.v.Html(tag="div", class_="pl-name", children=[name])
                    solara.v.Html(tag="div", class_="pl-value", children=[value])
            solara.v.Html(tag="div", class_="pl-doing", children=[doing], attributes={"role": "status"})
        counted = state.most_rounds is not None and last is not None
        waiting = state.doing in {"opening", "stepping", "branching", "repeating"} or (state.doing == "running" and not counted)
        solara.v.ProgressLinear(
            value=100 * last.number / state.most_rounds if counted and last and state.most_rounds else 0,
            indeterminate=waiting,
            height=4,
            color="primary",
        )


@solara.component
def Messages(state: State) -> None:  # noqa: N802
    """Show what is played, and in one line what was wrong, or how the last run ended."""
    with solara.v.Html(tag="div"):
        if state.scenario is not None:
            playing = f"{state.scenario.short()} · seed {state.seed}"
            solara.v.Html(tag="div", class_="pl-playing", attributes={"title": playing}, children=[f"Playing {playing}"])
        if state.difference:
            said = [state.difference]
            solara.v.Html(tag="div", class_="pl-difference", attributes={"role": "status"}, children=said)
        if state.error:
            solara.v.Html(tag="div", class_="pl-error", attributes={"role": "alert"}, children=[state.error])
        elif state.note:
            solara.v.Html(tag="div", class_="pl-note", attributes={"role": "status"}, children=[state.note])


def network_caption(view: GameView) -> str:
    """Return what colours, sizes and lines of the network mean, and how many of the players are drawn."""
    said = [f"Colour: action; area: payoff, from a dot at 0 to {shown_number(size_scale(view))} at the largest; hollow: below 0"]
    if has_arrows(view):
        said.append("arrows: who pays whom")
    elif view.places.edges:
        said.append("lines: who plays with whom")
    if len(view.places.rows) < view.game.n:
        said.append(f"{len(view.places.rows)} of {view.game.n} are drawn")
    return "; ".join(said) + "."


@solara.component
def PlayerCard(look: Look) -> None:  # noqa: N802
    """Show one player's action, payoff, regret, money, data and learner, and what other actions would have earned."""
    view, player = look.view, look.player
    names = list(view.game.player_names) if view.game.n <= LISTED else []
    rows = [
        ("action", action_words(view.game)[view.actions[player]]),
        ("payoff", shown_number(view.payoffs[player])),
        ("regret", shown_number(view.regrets[player])),
    ]
    if view.has_money:
        paid = float(view.payments[player])
        rows.append(("paid" if paid > 0 else "received", shown_number(abs(paid))))
    if view.data:
        rows.append(("data", view.data[player]))
    rows.append(("learns by", view.learner_of(player)))
    with solara.v.Html(tag="div", class_="pl-card"):
        if names:
            select("player", names[player], names, lambda name: look.choose(names.index(name)))
        else:
            count = view.game.n
            solara.v.TextField(
                label=f"player, 1 … {count}",
                v_model=str(player + 1),
                on_v_model=lambda text: look.choose(int(text) - 1) if text.isdecimal() and 0 < int(text) <= count else None,
                dense=True,
                outlined=True,
                hide_details=True,
            )
        with solara.v.Html(tag="div", class_="pl-facts"):
            for name, value in rows:
                word = {"regret": "regret so far"}.get(name, name)
                solara.v.Html(
                    tag="span", class_="pl-fact", children=[f"{word}: {value}"], attributes={"title": meaning(_word(name))}
                )
        if len(view.learners) > 1:
            solara.v.Html(tag="div", class_="pl-caption", children=[by_learner(view)])
        drawn = solara.use_memo(lambda: choice(view, player), [view, player])
        show_chart(drawn, f"mixed strategy of {view.game.player_names[player]}", look)


def _word(name: str) -> str:
    return {"paid": "payment", "received": "payment", "learns by": "strategy", "data": "quality alone"}.get(name, name)


def by_learner(view: GameView) -> str:
    """Return the mean payoff of those who learn alike, for every learning rule."""
    means = [
        f"{name}: {shown_number(float(view.payoffs[rows].mean() if rows is not None else view.payoffs.mean()))}"
        for name, rows in view.learners
    ]
    return "Mean payoff by learner – " + "; ".join(means)


@solara.component
def Tabs(look: Look, panels: Sequence[Panel]) -> None:  # noqa: N802
    """Show one of the panels that have something to show."""
    offered = [panel for panel in panels if panel.shown(look)]
    labels = [panel.label for panel in offered]
    shown, show = solara.use_state(labels[0])
    current = offered[labels.index(shown)] if shown in labels else offered[0]
    with solara.v.Html(tag="div"):
        with solara.v.Tabs(
            v_model=labels.index(current.label), on_v_model=lambda index: show(labels[index]), height=36, show_arrows=True
        ):
            for label in labels:
                solara.v.Tab(children=[label])
        with solara.v.Html(tag="div", class_="pl-panel", attributes={"aria-label": current.label}):
            Shown(current, look).key(current.label)
