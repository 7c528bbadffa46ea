"""Controls of a page, made from a scenario's typed parameters: the one source of names, ranges, choices and help."""

import inspect
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo

from ..components import Component, Registry, Spec, parse_call
from ..data.reading import TableReading
from ..scenarios.from_text import split_items, to_text

Kind = Literal["flag", "choice", "choices", "slider", "component", "components", "numbers", "text"]

WIDEST_SLIDER = 200
WIDEST_SHARE = 10.0
"""A slider for numbers that are not whole is as wide at most: on a wider one, near numbers cannot be told apart."""

COLUMNS = "Columns of a file"

PLAY = {
    *("revision", "rounds", "period", "blocks", "opening_play"),
    *("strategy", "strategies", "groups", "dynamics", "learned", "platform"),
}
"""Parameters that say how it is played: by whom, how long, who may revise when."""


@dataclass(frozen=True, eq=False)
class Control:
    """One parameter as a page asks for it; what it holds is text, as after ``--set``.

    Parameters
    ----------
    name
        The parameter.
    kind
        ``flag``: yes or no. ``choice``: one of ``options``; ``choices``: several. ``slider``: a number from ``low`` to ``high``.
        ``component``: a registered name, one of ``options``, and its parameters; ``components``: several of these. ``numbers``: a
        list of numbers. ``text``: anything else.
    default
        The text of the default.
    help
        What the documentation says of it, units included.
    allowed
        The range, in signs such as ``0 … 6`` or ``> 0``; may be empty.
    options
        The choices, or the registered names.
    low, high, step
        Ends of a slider, and how far apart its values are.
    whole, many, optional, words
        Whether it is a whole number, is a list, may be none, and is text.
    registry
        Where components are found.
    note
        What has to be known of it in the game that is played, in a few words.
    """

    name: str
    kind: Kind
    default: str
    help: str = ""
    allowed: str = ""
    options: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    step: float = 1
    whole: bool = False
    many: bool = False
    optional: bool = False
    words: bool = False
    registry: Registry[Any] | None = None
    note: str = ""

    @property
    def label(self) -> str:
        """The name in words, with the range."""
        words = self.name.replace("_", " ")
        said = "; ".join(part for part in (self.allowed, self.note) if part)
        return f"{words}  ({said})" if said else words

    @property
    def group(self) -> str:
        """Under which heading it stands."""
        if self.name in PLAY:
            return "Play"
        if self.name in TableReading.model_fields:
            return COLUMNS
        return "Rules" if self.kind in {"component", "components"} else "Setting"


@cache
def controls_of(cls: Any) -> tuple[Control, ...]:
    """Return a control for every parameter of a component, in order, but for rows of data, which nobody types.

    Examples
    --------
    >>> from potluck.scenarios import ReplicationAttack
    >>> copies = next(control for control in controls_of(ReplicationAttack) if control.name == "copies")
    >>> copies.kind, copies.low, copies.high, copies.default, copies.label
    ('slider', 0, 6, '3', 'copies  (0 … 6)')
    """
    notes = parameter_notes(cls)
    typed = {name: field for name, field in cls.model_fields.items() if "Holding" not in str(field.annotation)}
    return tuple(_control(name, field, notes.get(name, "")) for name, field in typed.items())


def parameter_notes(cls: type[Component]) -> dict[str, str]:
    """Return what the section ``Parameters`` of a component's documentation says of each parameter.

    Examples
    --------
    >>> from potluck.models import Inertia
    >>> parameter_notes(Inertia)
    {'keep': 'Probability of not revising, in [0, 1).'}
    """
    found = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-{3,}|\Z)", inspect.getdoc(cls) or "", re.MULTILINE | re.DOTALL)
    notes: dict[str, str] = {}
    names: list[str] = []
    for line in found[1].splitlines() if found else []:
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
        elif line.strip():
            for name in names:
                notes[name] = f"{notes.get(name, '')} {line.strip()}".strip()
    return {name: note.replace("``", "") for name, note in notes.items()}


def _control(name: str, field: FieldInfo, note: str) -> Control:
    default = to_text(field.get_default(call_default_factory=True)) if not field.is_required() else ""
    base, metadata, optional = _unwrapped(field.annotation, tuple(field.metadata))
    limits = _limits(metadata)
    allowed = _range(metadata) + (" or none" if optional and _range(metadata) else "")
    common: dict[str, Any] = {"name": name, "default": default, "help": note, "allowed": allowed, "optional": optional}
    if base is bool:
        return Control(**common, kind="flag")
    if registry := _registry(metadata):
        options = (*(["none"] if optional else []), *registry.names())
        return Control(**common, kind="component", options=options, registry=registry)
    if get_origin(base) is tuple:
        item, inner, _ = _unwrapped(get_args(base)[0], ())
        if registry := _registry(inner):
            return Control(**common, kind="components", options=tuple(registry.names()), registry=registry, many=True)
        if get_origin(item) is Literal:
            return Control(**common, kind="choices", options=tuple(map(str, get_args(item))), many=True, words=True)
        kind: Kind = "numbers" if item in {int, float} and get_args(base)[1:] == (Ellipsis,) else "text"
        return Control(**common, kind=kind, many=True, words=item is str)
    if get_origin(base) is Literal:
        return Control(**common, kind="choice", options=(*(["none"] if optional else []), *map(str, get_args(base))), words=True)
    if base is int and limits is not None and limits[1] - limits[0] <= WIDEST_SLIDER:
        if optional:
            options = ("none", *(str(each) for each in range(int(limits[0]), int(limits[1]) + 1)))
            return Control(**common, kind="choice", options=options)
        return Control(**common, kind="slider", low=limits[0], high=limits[1], whole=True)
    if base is float and limits is not None and limits[1] - limits[0] <= WIDEST_SHARE and not optional:
        step = 10.0 ** math.floor(math.log10((limits[1] - limits[0]) / 50))
        low, high = limits[0] + step * _open(metadata, Gt), limits[1] - step * _open(metadata, Lt)
        return Control(**common, kind="slider", low=low, high=high, step=step)
    return Control(**common, kind="text", words=base is str)


def step_for(control: Control, value: float) -> float:
    """Return how far apart a slider's values are so that a number is one of them: one that is not would be moved to the next.

    Examples
    --------
    >>> share = Control("share", "slider", "0.5", low=0, high=1, step=0.01)
    >>> step_for(share, 0.37), step_for(share, 0.375)
    (0.01, 0.001)
    """
    step = control.step
    while not control.whole and step > 1e-9 and abs((value - control.low) / step - round((value - control.low) / step)) > 1e-6:
        step /= 10
    return step


def _unwrapped(annotation: Any, metadata: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], bool]:
    """Return the type below annotations and ``| None``, everything that annotates it, and whether None is allowed."""
    optional = False
    while True:
        origin, inner = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation, metadata = inner[0], (*metadata, *_flat(inner[1:]))
        elif origin in {Union, UnionType} and type(None) in inner and len(inner) == 2:
            optional = True
            annotation = next(option for option in inner if option is not type(None))
        else:
            return annotation, metadata, optional


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from item.metadata
        else:
            yield item


def _registry(metadata: tuple[Any, ...]) -> Registry[Any] | None:
    for item in metadata:
        if isinstance(item, Spec):
            return item.registry
    return None


def _limits(metadata: tuple[Any, ...]) -> tuple[float, float] | None:
    """Return the least and the largest number that are allowed, or that it must be above or below; None if either is open."""
    low = [item.ge if isinstance(item, Ge) else item.gt for item in metadata if isinstance(item, Ge | Gt)]
    high = [item.le if isinstance(item, Le) else item.lt for item in metadata if isinstance(item, Le | Lt)]
    if not low or not high:
        return None
    ends = max(low), min(high)  # type: ignore[type-var]
    if not all(isinstance(end, int | float) and math.isfinite(end) for end in ends):
        return None
    return ends  # type: ignore[return-value]


def _open(metadata: tuple[Any, ...], kind: type) -> bool:
    return any(isinstance(item, kind) for item in metadata)


def _range(metadata: tuple[Any, ...]) -> str:
    least = [item for item in metadata if isinstance(item, Ge | Gt)]
    lows = [f"≥ {_end(item.ge)}" if isinstance(item, Ge) else f"> {_end(item.gt)}" for item in least]
    highs = [item for item in metadata if isinstance(item, Le | Lt)]
    ends = [f"≤ {_end(item.le)}" if isinstance(item, Le) else f"< {_end(item.lt)}" for item in highs]
    low = next(iter(lows), "")
    high = next((end for end in ends if not end.endswith((" inf", "e+18"))), "")  # which is the largest whole number there is
    if low.startswith("≥ ") and high.startswith("≤ "):
        return f"{low[2:]} … {high[2:]}"
    length = [f"at least {item.min_length}" for item in metadata if isinstance(item, MinLen)]
    length += [f"at most {item.max_length}" for item in metadata if isinstance(item, MaxLen)]
    return ", ".join(part for part in (low, high, *length) if part)


def _end(value: Any) -> str:
    """Return an end of a range; of large whole numbers, every digit."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 and value == int(value) else f"{value:g}"


def parameters_of(registry: Registry[Any], text: str) -> tuple[str, dict[str, str]]:
    """Return the name and the parameters, as text, of a component's text; those it does not name are at their defaults.

    Raises
    ------
    ValueError
        The text cannot be read, or names nothing that is registered.

    Examples
    --------
    >>> from potluck.mechanisms import MECHANISMS
    >>> parameters_of(MECHANISMS, "FairPayments(0.3)")
    ('FairPayments', {'alpha': '0.3', 'floor': 'none', 'schedule': ''})
    """
    name, positional, named = parse_call(text)
    cls: Any = registry.find(name)
    fields = list(cls.model_fields)
    given = dict(zip(fields, positional, strict=False)) | named
    controls = {control.name: control for control in controls_of(cls)}
    untyped = given.keys() - controls.keys()
    if untyped:
        raise ValueError(f"{cls.name()}: {', '.join(sorted(untyped))} cannot be chosen on a page")
    return cls.name(), {key: _shown(each, given[key]) if key in given else each.default for key, each in controls.items()}


def _shown(control: Control, value: Any) -> str:
    text = to_text(value)
    return f"[{text}]" if isinstance(value, list | tuple) and not control.many else text


def component_text(registry: Registry[Any], name: str, parameters: Mapping[str, str]) -> str:
    """Return a component's text from its name and its parameters' texts; those at their defaults are left out.

    Examples
    --------
    >>> from potluck.mechanisms import MECHANISMS
    >>> component_text(MECHANISMS, "FairPayments", {"alpha": "0.3", "floor": "none", "schedule": ""})
    'FairPayments(alpha=0.3)'
    """
    cls: Any = registry.find(name)
    controls = {control.name: control for control in controls_of(cls)}
    parts = [
        f"{key}={_argument(controls[key], text)}" for key, text in parameters.items() if text.strip() != controls[key].default
    ]
    return f"{name}({', '.join(parts)})" if parts else name


def _argument(control: Control, text: str) -> str:
    """Return a parameter's text as it stands within a component's text."""
    text = text.strip()
    if control.optional and text.lower() == "none":
        return "None"
    if control.many:
        items = split_items(text)
        return f"[{', '.join(repr(item) if control.words else item for item in items)}]"
    if control.words and control.kind == "text":
        return repr(text)
    return text
