"""Arrays: names for their types, the one place where those that come from outside are checked, and what numpy does slowly."""

import math
import numbers
from typing import Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from .messages import brief

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

ROUND_OFF = 1e-9
"""Payoffs, payments and worths that differ by no more are taken for equal; larger ones relative to their size where said so."""

FEW_COLUMNS = 16
MOST_WHOLE = 2**63 - 1


@overload
def checked(
    values: Any,
    what: str,
    kind: Literal["number"] = "number",
    *,
    shape: tuple[int | None, ...] | None = None,
    low: float = -math.inf,
    high: float = math.inf,
) -> FloatArray: ...


@overload
def checked(
    values: Any,
    what: str,
    kind: Literal["whole"],
    *,
    shape: tuple[int | None, ...] | None = None,
    low: float = -math.inf,
    high: float = math.inf,
) -> IntArray: ...


@overload
def checked(values: Any, what: str, kind: Literal["truth"], *, shape: tuple[int | None, ...] | None = None) -> BoolArray: ...


def checked(
    values: Any,
    what: str,
    kind: Literal["number", "whole", "truth"] = "number",
    *,
    shape: tuple[int | None, ...] | None = None,
    low: float = -math.inf,
    high: float = math.inf,
) -> FloatArray | IntArray | BoolArray:
    """Return values from outside as an array of one kind, or say in one line what is wrong with them.

    Parameters
    ----------
    values
        Anything array-like; the answer may share its memory.
    what
        What to call them in a message, in the plural: ``"payoffs"``.
    kind
        ``number``: finite floats. ``whole``: 64-bit integers, given as integers. ``truth``: booleans, or numbers 0 and 1.
    shape
        Length of every axis, None for any length; default: any shape.
    low, high
        The least and the largest value allowed.

    Raises
    ------
    ValueError
        The shape, the kind or a value is another; complex and masked numbers, nan and infinities are refused.

    Examples
    --------
    >>> checked([1, 2.5], "sizes", low=0).tolist(), checked([[1, 0]], "who is present", "truth", shape=(None, 2)).tolist()
    ([1.0, 2.5], [[True, False]])
    >>> checked([2.7], "counts", "whole")
    Traceback (most recent call last):
        ...
    ValueError: counts are whole numbers, not [2.7]
    """
    array = kind_of(values, what, kind)
    if shape is not None and not (
        array.ndim == len(shape) and all(side in (None, length) for side, length in zip(shape, array.shape, strict=True))
    ):
        wanted = ", ".join("any" if side is None else str(side) for side in shape) + ("," if len(shape) == 1 else "")
        raise ValueError(f"{what} have shape ({wanted}), not {array.shape}: {brief(values)}")
    if array.size and kind != "truth":
        if kind == "number":
            with np.errstate(over="ignore", invalid="ignore"):
                total = float(array.sum())
            if not math.isfinite(total):
                _refuse(array, ~np.isfinite(array), f"{what} must be finite")
        if not low <= array.min() <= array.max() <= high:
            _refuse(array, (array < low) | (array > high), f"{what} must be {_between(low, high)}")
    return array


def kind_of(values: Any, what: str, kind: Literal["number", "whole", "truth"] = "number") -> NDArray[Any]:
    """Return values from outside as an array of one kind, as `checked` does, whatever their shape and size; nan is a number.

    Raises
    ------
    ValueError
        They are of another kind, masked, or too large for a float.

    Examples
    --------
    >>> kind_of([1, float("nan")], "sizes").tolist()
    [1.0, nan]
    """
    if isinstance(values, np.ma.MaskedArray):
        raise ValueError(f"{what}: a masked array is not taken; fill or drop its masked entries first")
    try:
        array = np.asarray(values)
        if array.dtype == object and array.size and all(isinstance(item, numbers.Real) for item in array.flat):
            if kind == "whole" and all(isinstance(item, numbers.Integral) for item in array.flat):
                raise ValueError(f"{what} are whole numbers below 2^63, not {brief(values)}")
            array = array.astype(np.float64)
    except OverflowError:
        raise ValueError(f"{what} must be finite; a number in {brief(values)} is too large") from None
    except (TypeError, ValueError) as error:
        if str(error).startswith(what):
            raise
        raise ValueError(f"{what} form an array of numbers, not {brief(values)}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{what} form an array of numbers, not {brief(values)}")
    return _of_kind(array, values, what, kind)


def _of_kind(array: NDArray[Any], values: Any, what: str, kind: str) -> NDArray[Any]:
    if kind == "number":
        with np.errstate(over="ignore"):  # what overflows is found not to be finite
            return array.astype(np.float64, copy=False)
    if kind == "truth":
        if array.dtype.kind != "b" and not ((array == 0) | (array == 1)).all():
            raise ValueError(f"{what} are true or false, not {brief(values)}")
        return array.astype(np.bool_, copy=False)
    if array.size and (array.dtype.kind not in "iu" or (array.dtype == np.uint64 and array.max() > MOST_WHOLE)):
        raise ValueError(f"{what} are whole numbers{' below 2^63' * (array.dtype.kind == 'u')}, not {brief(values)}")
    return array.astype(np.int64, copy=False)


def _refuse(array: NDArray[Any], bad: BoolArray, message: str) -> None:
    if not bad.any():
        return  # the sum overflowed, not an entry
    where = tuple(int(index) for index in np.argwhere(bad)[0])
    entry = f"entry {where[0] if len(where) == 1 else where} is " if where else "not "
    raise ValueError(f"{message}; {entry}{array[where]}")


def _between(low: float, high: float) -> str:
    if high == math.inf:
        return f"at least {low:g}"
    return f"from {low:g} to {high:g}" if low > -math.inf else f"at most {high:g}"


def whole(value: Any, what: str, low: int = 0, high: int = MOST_WHOLE) -> int:
    """Return a whole number from outside as an int.

    Raises
    ------
    ValueError
        It is no whole number (True is none), or below ``low`` or above ``high``.

    Examples
    --------
    >>> whole(np.int64(3), "rounds", low=1)
    3
    >>> whole(2.7, "n", 1, 30)
    Traceback (most recent call last):
        ...
    ValueError: n = 2.7: it must be a whole number from 1 to 30
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral) or not low <= int(value) <= high:
        allowed = "" if low <= -MOST_WHOLE else f" from {low} to {high}" if high < MOST_WHOLE else f" from {low} on"
        raise ValueError(f"{what} = {brief(value)}: it must be a whole number{allowed}")
    return int(value)


def real(value: Any, what: str) -> numbers.Real:
    """Return a real number from outside as it is, of whatever size; nan and the infinities are numbers.

    Raises
    ------
    ValueError
        It is no real number, or a whole number too large for a float.

    Examples
    --------
    >>> real(3, "rate"), real(float("inf"), "rate")
    (3, inf)
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise ValueError(f"{what} = {brief(value)}: it must be a number")
    try:
        float(value)
    except OverflowError:
        raise ValueError(f"{what} must be finite; {brief(value)} is too large") from None
    return value


def number(value: Any, what: str, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a finite number from outside as a float.

    Raises
    ------
    ValueError
        It is no finite real number, or below ``low`` or above ``high``.

    Examples
    --------
    >>> number(1, "tolerance", low=0)
    1.0
    """
    return float(checked(value, what, shape=(), low=low, high=high))


def row_max(values: FloatArray) -> FloatArray:
    """Return the largest entry of each row, (..., m) -> (...), column by column where columns are few.

    Examples
    --------
    >>> row_max(np.array([[1.0, 3.0], [2.0, 0.0]])).tolist()
    [3.0, 2.0]
    """
    if not 0 < values.shape[-1] <= FEW_COLUMNS:
        return np.asarray(values.max(axis=-1))
    largest = values[..., 0].copy()
    for column in range(1, values.shape[-1]):
        np.maximum(largest, values[..., column], out=largest)
    return largest


def of_actions(values: NDArray[Any], actions: NDArray[Any]) -> NDArray[Any]:
    """Return each player's entry for its action, (..., k, m) and (..., k) -> (..., k).

    Examples
    --------
    >>> of_actions(np.array([[1.0, 3.0], [2.0, 0.0]]), np.array([1, 0])).tolist()
    [3.0, 2.0]
    """
    flat = values.reshape(-1, values.shape[-1])
    return np.asarray(flat[np.arange(len(flat)), actions.reshape(-1)].reshape(actions.shape))
