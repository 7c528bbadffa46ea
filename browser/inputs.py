"""What a visitor chooses with: one input a parameter, grouped, and what has not been applied yet."""

from collections.abc import Callable, Mapping

import solara

from ..scenarios.from_text import split_items
from .controls import Control, join_component, split_component, takes

Change = Callable[[str, str], None]

GROUPS = ("Rules", "Setting", "Play")


@solara.component
def Inputs(controls: tuple[Control, ...], texts: Mapping[str, str], change: Change) -> None:  # noqa: N802
    """Show an input for every control, under the headings of their groups."""
    with solara.v.Html(tag="div"):
        for group in GROUPS:
            members = [control for control in controls if control.group == group]
            if not members:
                continue
            solara.v.Html(tag="div", class_="pl-heading", children=[group])
            for control in members:
                with solara.v.Html(tag="div", class_=f"pl-input pl-{control.name}", attributes={"title": control.help}):
                    Input(control, texts[control.name], change).key(control.name)


@solara.component
def Input(control: Control, text: str, change: Change) -> None:  # noqa: N802
    """Show the input for one control."""

    def set_text(value: object) -> None:
        change(control.name, str(value))

    match control.kind:
        case "flag":
            solara.v.Checkbox(
                label=control.label,
                v_model=text.lower() in {"true", "1", "yes"},
                on_v_model=set_text,
                dense=True,
                hide_details=True,
                class_="mt-0 pt-0",
            )
        case "choice":
            select(control.label, text, list(control.options), set_text)
        case "slider":
            with solara.v.Html(tag="div"):
                _slider(control, text, set_text)
        case "component":
            ComponentInput(control, text, set_text)
        case "components":
            ComponentsInput(control, text, set_text)
        case _:
            _field(control.label, text, set_text)


@solara.component
def ComponentInput(control: Control, text: str, set_text: Callable[[object], None]) -> None:  # noqa: N802
    """Show a choice of registered names, and a field for the parameters of the one that is chosen."""
    name, inside = split_component(text)
    parameters = takes(control.registry, name) if control.registry and name != "none" else ""
    with solara.v.Html(tag="div"):
        select(control.label, name, _with(list(control.options), name), set_text)
        if parameters or inside:
            with solara.v.Html(tag="div", class_="pl-parameters", attributes={"title": parameters}):
                _field("its parameters", inside, lambda value: set_text(join_component(name, str(value))), parameters)


@solara.component
def ComponentsInput(control: Control, text: str, set_text: Callable[[object], None]) -> None:  # noqa: N802
    """Show a list of components as text, and a choice of what to add to it."""

    def add(value: object) -> None:
        set_text(",".join([*split_items(text), str(value)]))

    with solara.v.Html(tag="div"):
        _field(control.label, text, set_text)
        with solara.v.Html(tag="div", class_="pl-parameters"):
            select("add to the list", None, list(control.options), add)


def _with(options: list[str], value: str) -> list[str]:
    return options if value in options else [*options, value]


def select(label: str, value: str | None, options: list[str], choose: Callable[[str], None]) -> None:
    """Draw a list to choose from."""
    solara.v.Select(
        label=label,
        v_model=value,
        items=options,
        on_v_model=choose,
        dense=True,
        outlined=True,
        hide_details=True,
        menu_props={"offsetY": True, "maxHeight": 360},
    )


def _field(label: str, value: str, enter: Callable[[object], None], placeholder: str = "") -> None:
    solara.v.TextField(
        label=label,
        v_model=value,
        on_v_model=lambda given: enter("" if given is None else given),
        dense=True,
        outlined=True,
        hide_details=True,
        placeholder=placeholder,
    )


def _slider(control: Control, text: str, set_text: Callable[[object], None]) -> None:
    solara.v.Html(tag="div", class_="pl-slider-label", children=[f"{control.label}: {text}"])
    solara.v.Slider(
        v_model=int(text) if text.lstrip("-").isdigit() else control.low,
        on_v_model=set_text,
        min=control.low,
        max=control.high,
        step=1,
        dense=True,
        hide_details=True,
        ticks=control.high - control.low <= 20,
    )
