"""Scenarios from text and back: what follows ``--set``, what a page's controls hold, and the command that repeats a run."""

import math
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from ..components import Component
from ..messages import brief
from .scenario import SCENARIOS, Scenario

LONGEST_NUMBER = 300
"""Digits; a longer number would read as infinity."""


def build_scenario(name: str, settings: Mapping[str, str]) -> Scenario:
    """Return the scenario of that name with parameters given as text.

    Raises
    ------
    ValueError
        The scenario or a parameter is unknown, or a value is not allowed.

    Examples
    --------
    >>> build_scenario("replication-table", {"copies": "0,1", "gain_1": "0.5"}).short()
    'replication-table(gain_1=0.5, copies=(0, 1))'
    """
    cls = SCENARIOS.find(name)
    fields = cls.model_fields
    return cls(**{key: _value(text, fields[key].annotation) if key in fields else text for key, text in settings.items()})


def settings_of(pairs: Sequence[str]) -> dict[str, str]:
    """Return what follows ``--set`` as values by parameter.

    Raises
    ------
    ValueError
        A text is not ``key=value``, or a key is given twice.
    """
    values: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise ValueError(f"--set {pair!r}: write --set key=value")
        if key.strip() in values:
            raise ValueError(f"--set {key.strip()}: given twice")
        values[key.strip()] = value.strip()
    return values


def to_text(value: Any) -> str:
    """Return a parameter's value as `build_scenario` reads it.

    Examples
    --------
    >>> to_text((1, 2.5)), to_text(None), to_text(float("inf")), to_text(True)
    ('1,2.5', 'none', 'inf', 'True')
    """
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        return ",".join(str(list(item)) if isinstance(item, list | tuple) else to_text(item) for item in value)
    if isinstance(value, Component):
        return value.short()
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return str(value)


def changed_settings(scenario: Scenario) -> dict[str, str]:
    """Return those parameters of a scenario that are not at their defaults, as text.

    Examples
    --------
    >>> changed_settings(build_scenario("replication-table", {"gain_1": "0.5"}))
    {'gain_1': '0.5'}
    """
    fields = type(scenario).model_fields
    texts = {name: to_text(getattr(scenario, name)) for name in fields}
    return {name: text for name, text in texts.items() if text != to_text(fields[name].get_default(call_default_factory=True))}


def command_line(scenario: Scenario, seed: int) -> str:
    """Return the command that runs a scenario with these parameters and this seed, quoted for a shell.

    Examples
    --------
    >>> command_line(build_scenario("replication-table", {"copies": "0,1"}), seed=3)
    'potluck run replication-table --set copies=0,1 --seed 3'
    """
    cls = type(scenario)
    words = ["potluck", "run", cls.name() if cls in SCENARIOS else f"{cls.__module__}:{cls.__qualname__}"]
    for name, text in changed_settings(scenario).items():
        words += ["--set", f"{name}={text}"]
    return shlex.join([*words, "--seed", str(seed)])


def _value(text: str, annotation: Any) -> Any:
    """Turn text into what a parameter of that type may be validated from: lists are cut at commas, ``none`` is None."""
    if len(text) > LONGEST_NUMBER and text.lstrip("+-").isdecimal():
        raise ValueError(f"{brief(text)}: a number of {len(text)} digits is too large")
    options = [annotation, *get_args(annotation)]
    if type(None) in options and text.lower() == "none":
        return None
    if any(get_origin(option) in {tuple, list} for option in options):
        return split_items(text)
    return text


def split_items(text: str) -> list[str]:
    """Cut a list at the commas that are not inside brackets; nothing at all is an empty list.

    Raises
    ------
    ValueError
        There is nothing between two commas, before the first or after the last.

    Examples
    --------
    >>> split_items("FairPayments(alpha=0.5), Clarke")
    ['FairPayments(alpha=0.5)', 'Clarke']
    """
    items, depth = [""], 0
    for letter in text.strip():
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            items.append("")
        else:
            items[-1] += letter
    if not text.strip():
        return []
    if not all(item.strip() for item in items):
        raise ValueError(f"{brief(text)}: an entry of the list is empty")
    return [item.strip() for item in items]
