"""What can be taken away: tables, a figure, a link, a command, a notebook's cell, a sweep."""

from collections.abc import Callable

import solara

from ...scenarios.from_text import to_text
from .. import pictures
from ..address import address_of, commands, notebook_cell
from ..controls import parameter_notes
from .panel import Look


@solara.component_vue("copy.vue")
def _Copy(text: str, label: str) -> None:  # noqa: N802
    pass


@solara.component
def TakeAway(look: Look) -> None:  # noqa: N802
    """Offer the run so far as tables and as a figure, and the game as a link, a command, a cell and a sweep."""
    state, view = look.state, look.view
    if state is None or state.scenario is None:
        solara.Text("Downloads are made on potluck's own page.")
        return
    scenario, number = state.scenario, view.last.number
    stem = f"{scenario.name()}-seed-{state.seed}-round-{number}"
    changes = tuple(line.change for line in state.lines if line.change is not None)
    address = address_of(scenario, state.seed, number, changes, state.current)
    run, sweep = commands(scenario, state.seed)
    with solara.v.Html(tag="div", class_="pl-take"):
        solara.v.Html(tag="div", class_="pl-heading", children=["The run so far"])
        with solara.v.Html(tag="div", class_="pl-downloads"):
            _download("Rounds as CSV", f"{stem}-rounds.csv", lambda: _csv(view.rounds))
            if view.players is not None:
                _download("Players as CSV", f"{stem}-players.csv", lambda: _csv(view.players))
            title = f"{scenario.name()}, seed {state.seed}, round {number}"
            _download("Figure as PNG", f"{stem}.png", lambda: pictures.everything(view, state.field, title))
        for heading, label, text in (
            ("The same game on the command line, to its end", "command", run),
            ("The same game, round and branches in a notebook", "cell", notebook_cell(address)),
            ("A sweep over 20 seeds", "sweep", sweep),
            ("This page, for somebody with the same server: after its address and token", "link", f"/?{address.query()}"),
        ):
            solara.v.Html(tag="div", class_="pl-heading", children=[heading])
            with solara.v.Html(tag="div", class_=f"pl-copied pl-copied-{label}"):
                solara.v.Html(tag="pre", class_=f"pl-command pl-{label}", children=[text])
                _Copy(text=text, label=f"Copy the {label}")
        solara.v.Html(tag="div", class_="pl-heading", children=["Parameters of this game"])
        with solara.v.Html(tag="div", class_="pl-values"):
            notes = parameter_notes(type(scenario))
            for name in type(scenario).model_fields:
                told = {"title": notes.get(name, "")}
                solara.v.Html(tag="div", children=[name.replace("_", " ")], class_="pl-key", attributes=told)
                solara.v.Html(tag="div", children=[_shown(getattr(scenario, name))], attributes=told)


def _shown(value: object) -> str:
    return to_text(value).replace(",", ", ") or "nothing"


def _download(label: str, name: str, data: Callable[[], bytes]) -> None:
    solara.FileDownload(data, filename=name, label=label)


def _csv(table: object) -> bytes:
    text: str = table.to_csv(index=False, lineterminator="\n")  # type: ignore[attr-defined]
    return text.encode()
