"""Texts that have an order: ranges of numbers, and words of known scales."""

import re
from collections.abc import Sequence

_RANGE = re.compile(
    r"(?:(?P<below>[<≤]=?|under |up to )|(?P<above>[>≥]=?|over ))?\s*"
    r"(?P<low>\d+(?:\.\d+)?)(?:\s*(?:-|–|to)\s*\d+(?:\.\d+)?|\s*\+)?\s*(?P<unit>[a-z%]+(?:/[a-z]+)?)?"
)

_SCALES = (
    ("very low", "low", "medium", "high", "very high"),
    ("none", "mild", "moderate", "severe"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("small", "medium", "large"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("poor", "fair", "good", "very good", "excellent"),
)


def in_order(values: Sequence[str]) -> tuple[str, ...]:
    """Return values in their order, or nothing where they have none: ranges of numbers, or words of a known scale."""
    plain = {value.lower(): value for value in values}
    for scale in _SCALES:
        if len(plain) == len(values) > 2 and set(plain) <= set(scale):
            return tuple(plain[word] for word in scale if word in plain)
    ranges = [_RANGE.fullmatch(value.lower()) for value in values]
    if len(values) < 3 or not all(ranges) or all(value.replace(".", "", 1).isdigit() for value in values):
        return ()
    spans = sum(not re.fullmatch(r"[\d.]+[a-z%/]*", value.lower()) for value in values)
    units = {found["unit"] for found in ranges if found is not None and found["unit"]}
    if len(units) > 1 or (units and not spans):  # 4b and 5b are names
        return ()
    keys = [(float(found["low"]), -1 if found["below"] else 1 if found["above"] else 0) for found in ranges if found is not None]
    return (
        tuple(values[place] for place in sorted(range(len(values)), key=keys.__getitem__)) if len(set(keys)) == len(keys) else ()
    )
