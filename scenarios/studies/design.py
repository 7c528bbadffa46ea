"""Which cells a sweep has: every combination of values, or points spread evenly over ranges."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from ...components import Component, one_line, suggestion
from ..from_text import build_scenario, split_items, to_text
from ..scenario import Scenario

Design = Literal["grid", "latin", "sobol"]
MOST_CELLS = 1_000_000


@dataclass(frozen=True)
class Variation:
    """One parameter that a sweep varies.

    Parameters
    ----------
    key
        The parameter's name; ``mechanism.alpha`` for a parameter of a component.
    values
        Its values as text.
    low, high
        The ends of a range that a design draws from; then there are no values.
    """

    key: str
    values: tuple[str, ...] = ()
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Cell:
    """One setting of the varied parameters, as text, and the scenario that it gives."""

    settings: Mapping[str, str]
    scenario: Scenario


def parse_variation(text: str) -> Variation:
    """Read ``key=a,b,c``, ``key=low:high:count`` (evenly spaced, both ends included) or ``key=low:high``, a range to draw from.

    Raises
    ------
    ValueError
        The text says none of these.

    Examples
    --------
    >>> parse_variation("mechanism.alpha=0:1:5").values
    ('0', '0.25', '0.5', '0.75', '1')
    >>> parse_variation("mechanism=FairPayments(alpha=0.2), EqualSplit").values
    ('FairPayments(alpha=0.2)', 'EqualSplit')
    """
    key, equals, rest = text.partition("=")
    if not equals or not key.strip() or not rest.strip():
        raise ValueError(f"--over {text!r}: write key=a,b,c or key=low:high:count")
    numbers = rest.split(":")
    if len(numbers) in {2, 3}:
        try:
            low, high = float(numbers[0]), float(numbers[1])
            count = int(numbers[2]) if len(numbers) == 3 else 0
        except ValueError:
            pass  # no range, but texts that hold a colon, such as import paths: read below
        else:
            if not (
                math.isfinite(low) and math.isfinite(high) and low < high and (len(numbers) == 2 or 2 <= count <= MOST_CELLS)
            ):
                raise ValueError(f"--over {text!r}: a range is low:high or low:high:count with low < high and a count from 2 on")
            if not count:
                return Variation(key.strip(), low=low, high=high)
            return Variation(key.strip(), tuple(f"{value:.12g}" for value in np.linspace(low, high, count)))
    values = tuple(split_items(rest))
    if len(set(values)) < len(values):
        raise ValueError(f"--over {text!r}: a value is given twice")
    return Variation(key.strip(), values)


def cells_of(
    scenario: str | Scenario | type[Scenario],
    over: Sequence[Variation],
    settings: Mapping[str, str] | None = None,
    design: Design = "grid",
    points: int = 64,
) -> list[Cell]:
    """Return the cells of a sweep, each with its scenario, all of them valid.

    Parameters
    ----------
    scenario
        A scenario, its class, or its name.
    over
        What is varied. Parameters of components are set after the components themselves.
    settings
        Parameters that all cells share, as text; only with a name.
    design
        ``grid``: every combination of values. ``latin``, ``sobol``: that many ``points`` of a Latin hypercube, or of a scrambled
        Sobol sequence, over ranges and lists; the same points every time.
    points
        How many cells a design other than the grid has, ≥ 2.

    Raises
    ------
    ValueError
        A parameter is unknown, a value is not allowed, or the design does not fit.

    Examples
    --------
    >>> over = [parse_variation("gain_1=0.5,0.6"), parse_variation("gain_2=0.3:0.4:2")]
    >>> [dict(cell.settings) for cell in cells_of("replication-table", over)][:2]
    [{'gain_1': '0.5', 'gain_2': '0.3'}, {'gain_1': '0.5', 'gain_2': '0.4'}]
    """
    base = build_scenario(scenario, settings or {}) if isinstance(scenario, str) else scenario
    base = base() if isinstance(base, type) else base
    if len({each.key for each in over}) < len(over):
        raise ValueError("--over: a parameter is varied twice")
    for each in over:
        _known(base, each.key)
    rows = _grid(over) if design == "grid" else _spread(base, over, design, points)
    return [Cell(row, varied(base, row)) for row in rows]


def varied(base: Scenario, settings: Mapping[str, str]) -> Scenario:
    """Return a scenario with some parameters set from text, those of components last.

    Raises
    ------
    ValueError
        A parameter is unknown or a value is not allowed.
    """
    own = {key: text for key, text in settings.items() if "." not in key}
    values = {name: getattr(base, name) for name in type(base).model_fields}
    if own:
        fresh = build_scenario(_place(type(base)), own)
        values |= {name: getattr(fresh, name) for name in own}
    for key, text in settings.items():
        if "." in key:
            name, *inside = key.split(".")
            values[name] = _inside(values[name], inside, text, key)
    return type(base)(**values)


def _inside(component: Any, path: Sequence[str], text: str, key: str) -> Any:
    if not path:
        return None if text.lower() == "none" else text
    if not isinstance(component, Component):
        raise ValueError(f"{key}: {component!r} has no parameters")
    fields = type(component).model_fields
    if path[0] not in fields:
        raise ValueError(
            f"{key}: {component.name()} has no parameter {path[0]!r}{suggestion(path[0], list(fields))}. "
            f"It takes {', '.join(fields) or 'none'}"
        )
    values = {name: getattr(component, name) for name in fields}
    values[path[0]] = _inside(values[path[0]], path[1:], text, key)
    try:
        return type(component)(**values)
    except ValidationError as error:
        raise ValueError(one_line(error, key)) from None


def _place(cls: type[Scenario]) -> str:
    from ..scenario import SCENARIOS

    return cls.name() if cls in SCENARIOS else f"{cls.__module__}:{cls.__qualname__}"


def _known(base: Scenario, key: str) -> None:
    fields = list(type(base).model_fields)
    name = key.partition(".")[0]
    if name not in fields:
        raise ValueError(
            f"--over {key}: {base.name()} has no parameter {name!r}{suggestion(name, fields)}. It takes {', '.join(fields)}"
        )


def _grid(over: Sequence[Variation]) -> list[dict[str, str]]:
    for each in over:
        if not each.values:
            raise ValueError(f"--over {each.key}: a grid needs values: key=a,b,c or key=low:high:count; ranges are for --design")
    if math.prod(len(each.values) for each in over) > MOST_CELLS:
        raise ValueError(f"a sweep has at most {MOST_CELLS:,} cells")
    return [
        dict(zip((each.key for each in over), values, strict=True))
        for values in itertools.product(*(each.values for each in over))
    ]


def _spread(base: Scenario, over: Sequence[Variation], design: Design, points: int) -> list[dict[str, str]]:
    from scipy.stats import qmc

    if not over or not 2 <= points <= MOST_CELLS:
        raise ValueError(f"--design {design}: give at least one --over, and from 2 to {MOST_CELLS:,} points")
    rng = np.random.default_rng(0)
    if design == "latin":
        units = qmc.LatinHypercube(len(over), seed=rng).random(points)
    else:
        units = qmc.Sobol(len(over), seed=rng).random_base2(math.ceil(math.log2(points)))[:points]
    return [{each.key: value_at(base, each, float(unit)) for each, unit in zip(over, row, strict=True)} for row in units]


def value_at(base: Scenario, variation: Variation, unit: float) -> str:
    """Return the value, as text, that lies at a share ``unit`` in [0, 1) of a variation; whole where the parameter is."""
    if variation.values:
        return variation.values[int(unit * len(variation.values))]
    value: Any = base
    for name in variation.key.split("."):
        value = getattr(value, name, None)
    if isinstance(value, int) and not isinstance(value, bool):
        low, high = math.ceil(variation.low), math.floor(variation.high)
        return str(min(high, low + int(unit * (high - low + 1))))
    return to_text(variation.low + unit * (variation.high - variation.low))
