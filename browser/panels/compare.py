"""Branches: what if one thing were otherwise from this round on?"""

from collections.abc import Callable

import numpy as np
import solara

from ...pictures.words import action_words
from ...scenarios.from_text import to_text
from ..branches import MOST_BRANCHES, Change
from ..controls import Control, controls_of
from ..glossary import meaning
from ..inputs import Input, select
from ..session import MOST_BANDED
from .branches import COMPARED, compared
from .panel import Look, show_chart

KINDS = ("a player's action", "a parameter", "random numbers")


@solara.component
def Branches(look: Look) -> None:  # noqa: N802
    """Offer a branch from the round looked at, and show the game and its branches in the same axes."""
    state, session = look.state, look.session
    if state is None or session is None:
        solara.Text("Branches are made on potluck's own page.")
        return
    field, set_field = solara.use_state("payoff")
    fields = {f"payoff of {look.view.game.player_names[look.player]}": "payoff"} if look.view.last.payoffs is not None else {}
    fields |= {name: name for name in COMPARED if look.view.has_money or name not in ("revenue", "profit")}
    chosen = field if field in fields.values() else "exploitability"
    with solara.v.Html(tag="div", class_="pl-branches"):
        NewBranch(look)
        with solara.v.Html(tag="div", class_="pl-buttons pl-compare"):
            with solara.v.Html(tag="div", class_="pl-field"):
                shown = next(label for label, name in fields.items() if name == chosen)
                select("compare", shown, list(fields), lambda label: set_field(fields[label]))
            solara.Button(
                "Bands over 20 seeds",
                on_click=session.repeat,
                disabled=state.busy,
                outlined=True,
                attributes={"title": meaning("band")},
            )
        player = look.player if chosen == "payoff" else None
        if player is not None and look.view.game.n > MOST_BANDED and any(line.bands for line in state.lines):
            said = f"Of more than {MOST_BANDED} players bands are drawn of the other fields."
            solara.v.Html(tag="div", class_="pl-caption", children=[said])
        show_chart(compared(state.lines, look.view, chosen, player), f"Branches: {chosen}", look)


@solara.component
def NewBranch(look: Look) -> None:  # noqa: N802
    """Ask what is to be otherwise, and branch off."""
    state, session, view = look.state, look.session, look.view
    kind, set_kind = solara.use_state(KINDS[0])
    if state is None or session is None or state.scenario is None:
        return
    number = view.last.number
    full = len(state.lines) > MOST_BRANCHES
    with solara.v.Html(tag="div", class_="pl-newbranch"):
        if state.current:
            solara.v.Html(tag="p", children=["Branches leave the game itself: choose “the game” above to make another."])
            return
        if full:
            solara.v.Html(tag="p", children=[f"There are {MOST_BRANCHES} branches: close one to make another."])
            return
        solara.v.Html(tag="div", class_="pl-heading", children=[f"From round {number} on, what if …"])
        with solara.v.Html(tag="div", class_="pl-buttons"):
            with solara.v.Html(tag="div", class_="pl-kind"):
                select("change", kind, list(KINDS), set_kind)
            if kind == KINDS[0]:
                ByAction(look, lambda change: session.branch(change))
            elif kind == KINDS[1]:
                ByParameter(look, lambda change: session.branch(change)).key(state.scenario.short())
            else:
                BySeed(number, state.busy, lambda change: session.branch(change))


@solara.component
def ByAction(look: Look, branch: Callable[[Change], None]) -> None:  # noqa: N802
    """Ask which player does what, once or from then on."""
    view, player = look.view, look.player
    words = action_words(view.game)
    mine = [int(action) for action in np.flatnonzero(view.game.available[player])]
    honest = view.game.honest
    begun = honest if honest in mine else mine[0]
    action, set_action = solara.use_state(begun)
    how, set_how = solara.use_state("from then on")
    chosen = action if action in mine else begun
    names = list(view.game.player_names) if view.game.n <= 200 else []
    with solara.v.Html(tag="div", class_="pl-buttons pl-grow"):
        with solara.v.Html(tag="div", class_="pl-who"):
            if names:
                select("player", names[player], names, lambda name: look.choose(names.index(name)))
            else:
                solara.v.Html(tag="span", children=[view.game.player_names[player]])
        with solara.v.Html(tag="div", class_="pl-what"):
            named = {words[each]: each for each in mine}
            select("plays", words[chosen], list(named), lambda word: set_action(named[word]))
        with solara.v.Html(tag="div", class_="pl-how"):
            select("how long", how, ["from then on", "once"], set_how)
        busy = bool(look.state and look.state.busy)
        change = Change(view.last.number, player=player, action=chosen, once=how == "once")
        solara.Button("Branch", on_click=lambda: branch(change), disabled=busy, color="primary")


@solara.component
def ByParameter(look: Look, branch: Callable[[Change], None]) -> None:  # noqa: N802
    """Ask which parameter has which value."""
    state = look.state
    if state is None or state.scenario is None or state.opening is None:
        return
    controls: dict[str, Control] = {
        control.name.replace("_", " "): control
        for control in controls_of(type(state.scenario))
        if control.name in state.opening.reads
    }
    words, set_words = solara.use_state(next(iter(controls)))
    texts, set_texts = solara.use_state({})
    control = controls[words]
    text = texts.get(control.name, to_text(getattr(state.scenario, control.name)))
    with solara.v.Html(tag="div", class_="pl-buttons pl-grow"):
        with solara.v.Html(tag="div", class_="pl-what"):
            select("parameter", words, list(controls), set_words)
        with solara.v.Html(tag="div", class_="pl-newvalue"):
            Input(control, text, lambda name, value: set_texts({**texts, name: value})).key(control.name)
        change = Change(look.view.last.number, parameter=control.name, text=text)
        solara.Button("Branch", on_click=lambda: branch(change), disabled=state.busy, color="primary")


@solara.component
def BySeed(number: int, busy: bool, branch: Callable[[Change], None]) -> None:  # noqa: N802
    """Ask for another seed."""
    seed, set_seed = solara.use_state("1")
    with solara.v.Html(tag="div", class_="pl-buttons pl-grow"):
        with solara.v.Html(tag="div", class_="pl-tolerance"):
            solara.v.TextField(label="seed", v_model=seed, on_v_model=set_seed, dense=True, outlined=True, hide_details=True)
        whole = seed.strip()
        solara.Button(
            "Branch",
            on_click=lambda: branch(Change(number, seed=int(whole))),
            disabled=busy or not whole.isdecimal() or len(whole) > 18,
            color="primary",
        )
