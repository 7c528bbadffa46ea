"""Arguments of public functions and constructors, checked against what their annotations say."""

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import MOST_WHOLE, BoolArray, FloatArray, IntArray, kind_of, real, whole
from .messages import brief

Call = TypeVar("Call", bound=Callable[..., Any])
Check = Callable[[str, Any], Any]
"""A name and what was given for it to what is passed on; raises ValueError or TypeError."""


def validated(call: Call) -> Call:
    """Return a function or class that checks its arguments by their annotations before it runs.

    Whole numbers, numbers, arrays, texts, choices, functions and objects of a class are told apart; lists are passed on as arrays
    where the annotation is an array. Ranges and shapes are for the function to check, with `arrays.checked`.

    Raises
    ------
    TypeError, ValueError
        By the function, when an argument is of another kind: one line that names the argument, and what is allowed.

    Examples
    --------
    >>> @validated
    ... def double(values: FloatArray, times: int = 1) -> FloatArray:
    ...     return values * 2**times
    >>> double([1, 2], times=2).tolist()
    [4.0, 8.0]
    >>> double([1, 2], times=0.5)
    Traceback (most recent call last):
        ...
    ValueError: times = 0.5: it must be a whole number
    """
    if inspect.isclass(call):
        type.__setattr__(call, "__init__", validated(inspect.getattr_static(call, "__init__")))
        return cast(Call, call)
    names = list(inspect.signature(call).parameters)
    known: dict[str, Check] = {}

    @wraps(call)
    def asked(*arguments: Any, **named: Any) -> Any:
        if not known:
            known.update(_checks(inspect.unwrap(call), names))
        given = [known[name](name, value) for name, value in zip(names, arguments, strict=False)]
        for name, value in named.items():
            if name in known:
                named[name] = known[name](name, value)
        return call(*given, *arguments[len(given) :], **named)

    return cast(Call, asked)


def _checks(call: Callable[..., Any], names: list[str]) -> dict[str, Check]:
    """Return the check of each parameter, from its annotation."""
    hints = {name: _named(hint, call) if isinstance(hint, str) else hint for name, hint in call.__annotations__.items()}
    return {name: (_check(hints[name]) if name in hints else None) or _anything for name in names}


def _named(quoted: str, call: Callable[..., Any]) -> Any:
    """Return the class that an annotation in quotes names, without its parameters; Any where only a type checker knows it."""
    first, *rest = quoted.partition("[")[0].split(".")
    found = call.__globals__.get(first, Any)
    for name in rest:
        found = getattr(found, name, Any)
    return found


def _check(hint: Any) -> Check | None:
    """Return what checks an argument of this annotation; None where anything may come."""
    simple = SIMPLE.get(hint) if isinstance(hint, type | types.GenericAlias) or hint in (ArrayLike, Any) else None
    if simple is not None or hint is Any or isinstance(hint, TypeVar):
        return simple
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return lambda name, value: _one_of(name, value, inner)
    if origin in (typing.Union, types.UnionType):
        return _any_of(inner)
    if origin in (tuple, list, Sequence):
        return lambda name, value: _each(name, value, _check(inner[0]) if inner else None)
    if origin is Callable:
        return _function
    cls = origin or hint
    return (lambda name, value: _instance(name, value, cls)) if isinstance(cls, type) and cls is not object else None


def _any_of(hints: tuple[Any, ...]) -> Check:
    optional = type(None) in hints
    like_arrays = typing.get_args(ArrayLike)  # of a named alias, as numpy's is from Python 3.12 on, there are none
    some_array = bool(like_arrays) and set(like_arrays) <= set(hints)
    others = [hint for hint in hints if hint is not type(None) and not (some_array and hint in like_arrays)]
    others += [ArrayLike] if some_array else []
    checks = [_check(hint) for hint in others]
    classes = tuple(hint for hint in others if isinstance(hint, type) and hint not in SIMPLE)

    def check(name: str, value: Any) -> Any:
        if (value is None and optional) or None in checks or isinstance(value, classes):
            return value
        errors = []
        for each in checks:
            try:
                return each(name, value)  # type: ignore[misc]
            except (TypeError, ValueError) as error:
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        wanted = " or ".join(_word(hint) for hint in others)
        raise TypeError(f"{name} must be {wanted}, not {brief(value)}")

    return check


def _word(hint: Any) -> str:
    cls = typing.get_origin(hint) or hint
    return WORDS.get(cls, getattr(cls, "__name__", str(cls)))


def _one_of(name: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    if not any(type(value) is type(each) and value == each for each in allowed):
        raise ValueError(f"{name} = {brief(value)}: it must be one of {', '.join(map(repr, allowed))}")
    return value


def _each(name: str, value: Any, check: Check | None) -> Any:
    if isinstance(value, str | bytes | Mapping | set) or not hasattr(value, "__len__") or not hasattr(value, "__getitem__"):
        raise TypeError(f"{name} must be a sequence, not {brief(value)}")
    if check is not None:
        for each in value:
            check(f"each of {name}", each)
    return value


def _instance(name: str, value: Any, cls: type) -> Any:
    if not isinstance(value, cls):
        raise TypeError(f"{name} must be a {cls.__name__}, not {brief(value)}")
    return value


def _function(name: str, value: Any) -> Any:
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {brief(value)}")
    return value


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, not {brief(value)}")
    return bool(value)


def _anything(name: str, value: Any) -> Any:
    return value


def _number(name: str, value: Any) -> Any:
    if value != value:
        raise ValueError(f"{name} = {brief(value)}: it must be a number")
    return value if type(value) is float else real(value, name)


def _array(name: str, value: Any, kind: Literal["number", "whole", "truth"]) -> NDArray[Any]:
    array: NDArray[Any] = value if type(value) is np.ndarray and value.dtype == KINDS[kind] else kind_of(value, name, kind)
    if not array.ndim:
        raise ValueError(f"{name} must be an array, not {brief(value)}")
    return array


KINDS = {"number": np.dtype(np.float64), "whole": np.dtype(np.int64), "truth": np.dtype(np.bool_)}


def _array_like(name: str, value: Any) -> NDArray[Any]:
    """Return an array of numbers of whatever kind; whole ones stay whole, so that they may be indices."""
    array = kind_of(value, name, "number")
    given = np.asarray(value)
    return given if given.dtype.kind in "biu" else array


SIMPLE: dict[Any, Check] = {
    int: lambda name, value: whole(value, name, low=-MOST_WHOLE),
    float: _number,
    bool: _truth,
    ArrayLike: _array_like,
    FloatArray: lambda name, value: _array(name, value, "number"),
    IntArray: lambda name, value: _array(name, value, "whole"),
    BoolArray: lambda name, value: _array(name, value, "truth"),
}
WORDS: dict[Any, str] = {int: "a whole number", float: "a number", str: "a text", Sequence: "a sequence", np.ndarray: "an array"}
