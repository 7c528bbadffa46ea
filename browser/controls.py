"""Controls of a page, made from a scenario's typed parameters: the one source of names, ranges, choices and help."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo

from ..components import Component, Registry, Spec
from ..scenarios.from_text import to_text

Kind = Literal["flag", "choice", "slider", "component", "components", "text"]

WIDEST_SLIDER = 200


@dataclass(frozen=True, eq=False)
class Control:
    """One parameter as a page asks for it; what it holds is text, as after ``--set``.

    Parameters
    ----------
    name
        The parameter.
    kind
        ``flag``: yes or no. ``choice``: one of ``options``. ``slider``: a whole number from ``low`` to ``high``. ``component``: a
        registered name, one of ``options``, and its parameters. ``components``: several of these. ``text``: anything else.
    default
        The text of the default.
    help
        What the documentation says of it, units included.
    allowed
        The range, in signs such as ``0 … 6`` or ``> 0``; may be empty.
    options
        The choices, or the registered names.
    low, high
        Ends of a slider.
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
    low: int = 0
    high: int = 0
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
        if self.name in {"revision", "rounds", "period", "opening_play", "strategy", "strategies", "groups", "platform"}:
            return "Play"
        return "Rules" if self.kind in {"component", "components"} else "Setting"


@cache
def controls_of(cls: Any) -> tuple[Control, ...]:
    """Return a control for every parameter of a component, in order.

    Examples
    --------
    >>> from potluck.scenarios import ReplicationAttack
    >>> copies = next(control for control in controls_of(ReplicationAttack) if control.name == "copies")
    >>> copies.kind, copies.low, copies.high, copies.default, copies.label
    ('slider', 0, 6, '3', 'copies  (0 … 6)')
    """
    notes = parameter_notes(cls)
    return tuple(_control(name, field, notes.get(name, "")) for name, field in cls.model_fields.items())


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
    common: dict[str, Any] = {"name": name, "default": default, "help": note, "allowed": allowed}
    if base is bool:
        return Control(**common, kind="flag")
    if registry := _registry(metadata):
        options = (*(["none"] if optional else []), *registry.names())
        return Control(**common, kind="component", options=options, registry=registry)
    if get_origin(base) is tuple and (registry := _registry(_unwrapped(get_args(base)[0], ())[1])):
        return Control(**common, kind="components", options=tuple(registry.names()), registry=registry)
    if get_origin(base) is Literal:
        return Control(**common, kind="choice", options=(*(["none"] if optional else []), *map(str, get_args(base))))
    if base is int and limits is not None and limits[1] - limits[0] <= WIDEST_SLIDER:
        if optional:
            return Control(**common, kind="choice", options=("none", *(str(each) for each in range(limits[0], limits[1] + 1))))
        return Control(**common, kind="slider", low=limits[0], high=limits[1])
    return Control(**common, kind="text")


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


def _limits(metadata: tuple[Any, ...]) -> tuple[int, int] | None:
    """Return the least and the largest whole number that are allowed; None if either is open."""
    low: list[Any] = [item.ge for item in metadata if isinstance(item, Ge)]
    high: list[Any] = [item.le for item in metadata if isinstance(item, Le)]
    if not low or not high or not all(isinstance(end, int) for end in (*low, *high)):
        return None
    return int(max(low)), int(min(high))


def _range(metadata: tuple[Any, ...]) -> str:
    low = next(
        (f"≥ {item.ge:g}" if isinstance(item, Ge) else f"> {item.gt:g}" for item in metadata if isinstance(item, Ge | Gt)), ""
    )
    ends = [f"≤ {item.le:g}" if isinstance(item, Le) else f"< {item.lt:g}" for item in metadata if isinstance(item, Le | Lt)]
    high = next((end for end in ends if not end.endswith(" inf")), "")
    if low.startswith("≥ ") and high.startswith("≤ "):
        return f"{low[2:]} … {high[2:]}"
    length = [f"at least {item.min_length}" for item in metadata if isinstance(item, MinLen)]
    length += [f"at most {item.max_length}" for item in metadata if isinstance(item, MaxLen)]
    return ", ".join(part for part in (low, high, *length) if part)


def split_component(text: str) -> tuple[str, str]:
    """Return name and parameters of a component's text.

    Examples
    --------
    >>> split_component("FairPayments(alpha=0.3)"), split_component("Clarke")
    (('FairPayments', 'alpha=0.3'), ('Clarke', ''))
    """
    name, bracket, rest = text.strip().partition("(")
    inside = rest.rstrip()
    return name.strip(), inside.removesuffix(")") if bracket else ""


def join_component(name: str, inside: str) -> str:
    """Return a component's text from its name and parameters.

    Examples
    --------
    >>> join_component("Clarke", " "), join_component("FairPayments", "alpha=0.3")
    ('Clarke', 'FairPayments(alpha=0.3)')
    """
    return f"{name}({inside.strip()})" if inside.strip() else name


def takes(registry: Registry[Any], name: str) -> str:
    """Return which parameters a registered component takes, with ranges and defaults, or nothing.

    Examples
    --------
    >>> from potluck.models import REVISIONS
    >>> takes(REVISIONS, "Inertia"), takes(REVISIONS, "Simultaneous")
    ('keep=0.5 (≥ 0, < 1)', '')
    """
    try:
        cls: type[Component] = registry.find(name)
    except ValueError:
        return ""
    return ", ".join(
        f"{control.name}={control.default or '…'}" + (f" ({control.allowed})" if control.allowed else "")
        for control in controls_of(cls)
    )
