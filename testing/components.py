"""What every component must do, whatever its kind."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from annotated_types import Le, Lt
from pydantic.fields import FieldInfo

from ..components import Component, Registry
from .claims import ensure, instance


def check_component(component: Component | type[Component], registry: Registry[Any] | None = None) -> None:
    """Check what all components share: it is described and cited, is its parameters, and is one value.

    Parameters
    ----------
    component
        A class, whose example is tried beside its defaults, or an instance.
    registry
        Where it is registered; then it must be found by name and built from its text.

    Raises
    ------
    AssertionError
        Something does not hold; the message names it.

    Examples
    --------
    >>> from potluck.mechanisms import MECHANISMS, EqualSplit
    >>> check_component(EqualSplit, MECHANISMS)
    """
    each = instance(component)
    cls = type(each)
    ensure("__doc__" in vars(cls) and cls.summary().endswith("."), cls.name(), "its documentation begins with one sentence")
    ensure(cls.source.strip(), cls.name(), "`source` says where it comes from, or that it is original")
    same = each.with_parameters()
    ensure(same == each, each, "built from its own parameters it is another")
    for name in whole_without_end(cls):
        ensure(False, cls.name(), f"the whole number {name} has no upper end")
    try:
        iter(each)  # type: ignore[call-overload]
    except TypeError:
        pass  # as it should be
    else:
        raise AssertionError(f"{each}: a component is one value, not something to iterate over")
    if registry is not None:
        ensure(registry.find(cls.name()) is cls, cls.name(), "it is not registered under its name")
        for text in (str(each), each.short()):
            ensure(registry.build(text) == each, each, f"built from its text {text} it is another")


def whole_without_end(cls: type[Component]) -> list[str]:
    """Return the parameters that hold whole numbers without a largest one."""
    return [
        name
        for name, field in cls.model_fields.items()
        for kind, metadata in _parts(field.annotation, field.metadata)
        if kind is int and not any(_end(mark) < math.inf for mark in metadata)
    ]


def _parts(annotation: Any, metadata: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        for mark in marks:
            metadata = [*metadata, *(mark.metadata if isinstance(mark, FieldInfo) else [mark])]
        yield from _parts(inner, metadata)
    elif get_args(annotation):
        for inner in get_args(annotation):
            yield from _parts(inner, [])
    else:
        yield annotation, metadata


def _end(mark: Any) -> float:
    return float(mark.le) if isinstance(mark, Le) else float(mark.lt) if isinstance(mark, Lt) else math.inf  # type: ignore[arg-type]
