"""What a visitor chooses with: one input a parameter, grouped; components have inputs for their own parameters below them."""

import contextlib
from collections.abc import Callable, Mapping

import solara

from ..components import Component
from ..scenarios.from_text import split_items
from .controls import COLUMNS, Control, component_text, controls_of, parameters_of, step_for

Change = Callable[[str, str], None]

GROUPS = ("Rules", "Setting", "Play", COLUMNS)

DEEPEST = 4


@solara.component
def Inputs(controls: tuple[Control, ...], texts: Mapping[str, str], change: Change) -> None:  # noqa: N802
    """Show an input for every control, under the headings of their groups."""
    with solara.v.Html(tag="div"):
        for group in GROUPS:
            members = [control for control in controls if control.group == group]
            if not members:
                continue
            solara.v.Html(tag="div", class_="pl-heading", children=[group], attributes={"role": "heading", "aria-level": "2"})
            for control in members:
                with solara.v.Html(tag="div", class_=f"pl-input pl-{control.name}", attributes={"title": control.help}):
                    Input(control, texts[control.name], change).key(control.name)


@solara.component
def Input(control: Control, text: str, change: Change, depth: int = 0) -> None:  # noqa: N802
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
            ComponentInput(control, text, set_text, depth)
        case "components" | "choices":
            ComponentsInput(control, text, set_text, depth)
        case "numbers":
            NumbersInput(control, text, set_text)
        case _:
            _field(control.label, text, set_text)


@solara.component
def ComponentInput(control: Control, text: str, set_text: Callable[[object], None], depth: int = 0) -> None:  # noqa: N802
    """Show a choice of registered names, and below it an input for every parameter of the one that is chosen."""
    registry = control.registry
    name, parameters, cls = _read(control, text)
    with solara.v.Html(tag="div"):
        select(control.label, name, _with(list(control.options), name), set_text)
        if registry is None or cls is None or not cls.model_fields:
            return
        with solara.v.Html(
            tag="div", class_="pl-parameters", attributes={"role": "group", "aria-label": f"parameters of {name}"}
        ):
            if depth >= DEEPEST:
                _field("as text", text, set_text)
                return
            for inner in controls_of(cls):

                def changed(key: str, value: str) -> None:
                    set_text(component_text(registry, name, {**parameters, key: value}))

                with solara.v.Html(tag="div", class_=f"pl-input pl-of-{inner.name}", attributes={"title": inner.help}):
                    Input(inner, parameters[inner.name], changed, depth + 1).key(f"{name} {inner.name}")


def _read(control: Control, text: str) -> tuple[str, dict[str, str], type[Component] | None]:
    """Return name, parameters and class of what a text says; what cannot be read has no parameters."""
    registry = control.registry
    try:
        if registry is not None and text.strip() != "none":
            name, parameters = parameters_of(registry, text)
            return name, parameters, registry.find(name)
    except ValueError:
        pass  # half written: the input shows the text as it stands, and Reset says what is wrong with it
    return text, {}, None


@solara.component
def ComponentsInput(control: Control, text: str, set_text: Callable[[object], None], depth: int = 0) -> None:  # noqa: N802
    """Show every component of a list with its parameters, and what could be added to it."""
    try:
        items = split_items(text)
    except ValueError:
        items = []
    one = Control(control.name, "component", "", options=control.options, registry=control.registry)

    def put(place: int, value: str | None) -> None:
        set_text(",".join([*items[:place], *([value] if value is not None else []), *items[place + 1 :]]))

    with solara.v.Html(tag="div"):
        solara.v.Html(tag="div", class_="pl-slider-label", children=[control.label])
        for place, item in enumerate(items):
            with solara.v.Html(tag="div", class_="pl-item").key(f"{place} of {len(items)}"):
                ComponentInput(
                    Control(f"{place + 1}", "component", "", options=one.options, registry=one.registry),
                    item,
                    lambda value, place=place: put(place, str(value)),
                    depth + 1,
                )
                Remove(f"remove {item}", lambda place=place: put(place, None))
        select("add", None, list(control.options), lambda name: set_text(",".join([*items, name])))


@solara.component
def Remove(words: str, remove: Callable[[], None]) -> None:  # noqa: N802
    """Show a small button that takes something away."""
    button = solara.v.Html(tag="button", class_="pl-remove", children=["×"], attributes={"aria-label": words, "title": words})
    solara.v.use_event(button, "click", lambda *_: remove())


@solara.component
def NumbersInput(control: Control, text: str, set_text: Callable[[object], None]) -> None:  # noqa: N802
    """Show a list of numbers, and a form that fills it with many like ones."""
    try:
        items = split_items(text)
    except ValueError:
        items = []
    (count, each), set_form = solara.use_state(_alike(items))

    def write(value: object) -> None:
        with contextlib.suppress(ValueError):  # half written
            set_form(_alike(split_items(str(value))))
        set_text(value)

    def fill(count: str, each: str) -> None:
        count = count or str(len(items) or "")  # as many as there are
        set_form((count, each))
        if count.strip().isdecimal() and 0 < int(count) <= 10_000 and each.strip():
            set_text(",".join([each.strip()] * int(count)))

    with solara.v.Html(tag="div"):
        _field(f"{control.label} – {len(items)} numbers" if len(items) > 6 else control.label, text, write)
        with solara.v.Html(tag="div", class_="pl-fill"):
            _field("how many", count, lambda value: fill(str(value), each))
            solara.v.Html(tag="span", children=["×"])
            _field("each", each, lambda value: fill(count, str(value)))


def _alike(items: list[str]) -> tuple[str, str]:
    """Return how many numbers there are, and each; nothing where they differ."""
    return (str(len(items)), items[0]) if len(set(items)) == 1 else ("", "")


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
    whole = control.whole
    try:
        value = float(text)
    except ValueError:
        value = control.low
    solara.v.Html(tag="div", class_="pl-slider-label", children=[f"{control.label}: {text}"])
    solara.v.Slider(
        v_model=int(value) if whole else value,
        on_v_model=lambda moved: set_text(int(moved) if whole else f"{moved:.10g}"),
        min=control.low,
        max=control.high,
        step=step_for(control, value),
        dense=True,
        hide_details=True,
        ticks=whole and control.high - control.low <= 20,
        attributes={"aria-label": control.label},
    )
