"""How a check says what is wrong."""

from typing import TypeVar

from ..components import Component

C = TypeVar("C", bound=Component)


def ensure(holds: object, component: object, message: str) -> None:
    """Raise an AssertionError that names the component unless something holds."""
    if not holds:
        raise AssertionError(f"{component}: {message}")


def instance(component: C | type[C]) -> C:
    """Return the component, or the example of a class."""
    return component.example() if isinstance(component, type) else component
