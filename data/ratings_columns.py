"""Which columns of a file hold users, items and ratings, and on which scale the ratings are: recognised, or as they are named."""

import re
from collections.abc import Callable, Sequence

from pydantic import Field

from ..arrays import FloatArray
from ..components import Component
from .reading import column_named
from .schema import listed
from .text_files import shown
from .text_table import TextTable

ROLES = ("user", "item", "rating")

SCALES = ((0, 1), (-1, 1), (1, 5), (0.5, 5), (0, 5), (1, 10), (0, 10), (-10, 10), (1, 100), (0, 100))
"""Scales that are recognised: the first that holds all ratings of a file."""

_WORDS = {
    "user": "user|customer|reviewer|member|person|author|rater|u",
    "item": "item|movie|film|book|isbn|asin|product|anime|track|song|artist|joke|business|restaurant|recipe|game|show|i",
    "rating": "(?:user|book|movie|item|anime)?(?:rating|score|stars?|vote)s?|overall|r",
}
# of columns that are called after a role the one with an id counts, then one with a number, then one with a name
_ENDINGS = ("(?:ids?)?", "(?:no|nr|num|number|key|code|index|idx)", "names?")
_BLOCK = re.compile(r"[^\s,;:]+:")


class RatingsReading(Component):
    """What the columns of the user's own ratings are; parameters that everything shares that reads such a file.

    Parameters
    ----------
    user, item, rating
        The columns that hold them; ``column 2`` is the second where there is no header. Default: those that are called so.
    scale
        The lowest and the highest rating that may be given. Default: the smallest usual scale that holds all ratings.

    Raises
    ------
    ValueError
        The scale's ends are not two finite numbers that increase.

    Examples
    --------
    >>> RatingsReading(user="who", scale=(-10, 10)).asked_for
    ('user', 'scale')
    """

    user: str | None = Field(default=None, kw_only=True)
    item: str | None = Field(default=None, kw_only=True)
    rating: str | None = Field(default=None, kw_only=True)
    scale: tuple[float, float] | None = Field(default=None, kw_only=True)

    def model_post_init(self, context: object, /) -> None:
        """Check the scale."""
        super().model_post_init(context)
        if self.scale is not None and not self.scale[0] < self.scale[1]:
            raise ValueError(f"scale = {self.scale}: give the lowest rating and a higher one")

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The parameters that are given."""
        return tuple(name for name in RatingsReading.model_fields if getattr(self, name) is not None)

    def ratings_reading(self) -> "RatingsReading":
        """Return these parameters alone, to be passed on."""
        return RatingsReading(**{name: getattr(self, name) for name in RatingsReading.model_fields})

    @property
    def _named(self) -> dict[str, str]:
        return {role: name for role in ROLES if (name := getattr(self, role)) is not None}

    def is_header(self, record: Sequence[str]) -> bool:
        """Say whether a record names columns: one is named or called after a role, or none is a number."""
        wanted = {name.strip().lower() for name in self._named.values()}
        if any(cell.strip().lower() in wanted for cell in record) or any(_candidates(record, role) for role in ROLES):
            return True
        return not any(re.fullmatch(r"[-+]?[\d.,]+", cell.strip()) for cell in record)

    def columns(self, table: TextTable) -> dict[str, str]:
        """Return the column of each role.

        Raises
        ------
        ValueError
            There is none, or it may be one of several.
        """
        names = list(map(str, table.frame.columns))
        found = {role: column_named(name, names, role, table.name) for role, name in self._named.items()}
        if not table.manners.header:
            left = [name for name in names if name not in found.values()]
            if len(names) < len(ROLES):
                raise ValueError(f"{table.name}: there are {len(names)} columns; user, item and rating are needed")
            return found | dict(zip([role for role in ROLES if role not in found], left, strict=False))
        for role in ROLES:
            if role in found:
                continue
            called = [name for name in _candidates(names, role) if name not in found.values()]
            if len(called) > 1:
                raise ValueError(f"{table.name}: the {role} may be in {listed(list(map(repr, called)))}: set {role}=NAME")
            if called:
                found[role] = called[0]
        missing = [role for role in ROLES if role not in found]
        if missing:
            raise ValueError(
                f"{table.name}: there is no column for {' and '.join(missing)}; the header is {shown(', '.join(names), 100)}: "
                f"set {missing[0]}=NAME"
            )
        if len(set(found.values())) < len(ROLES):
            raise ValueError(f"{table.name}: user, item and rating must be three columns, not {listed(list(found.values()))}")
        return found

    def find_scale(self, values: FloatArray, whose: str) -> tuple[tuple[float, float], str]:
        """Return the scale that ratings are on, and why, an empty text where it was named or is the usual 1 to 5.

        Raises
        ------
        ValueError
            No usual scale holds them.

        Examples
        --------
        >>> import numpy as np
        >>> RatingsReading().find_scale(np.array([7.0, 10.0]), "mine.csv")
        ((1.0, 10.0), 'the smallest usual one that holds 7 to 10; set scale=LOW,HIGH for another')
        """
        if self.scale is not None:
            return self.scale, ""
        least, most = float(values.min()), float(values.max())
        for low, high in SCALES:
            if low <= least and most <= high:
                why = f"the smallest usual one that holds {least:g} to {most:g}; set scale=LOW,HIGH for another"
                return (float(low), float(high)), "" if (low, high) == (1, 5) else why
        known = ", ".join(f"{low:g} to {high:g}" for low, high in SCALES)
        raise ValueError(f"{whose}: ratings from {least:g} to {most:g} are on no usual scale ({known}): set scale=LOW,HIGH")


def id_columns(asked: RatingsReading) -> Callable[[Sequence[str]], list[str]]:
    """Return which of a file's columns may hold users and items, and are kept as texts."""

    def chosen(names: Sequence[str]) -> list[str]:
        wanted = {name.strip().lower() for name in (asked.user, asked.item) if name}
        called = [*_candidates(names, "user"), *_candidates(names, "item")]
        headless = all(re.fullmatch(r"column \d+", name) for name in names)
        return [name for name in names if headless or name in called or name.strip().lower() in wanted]

    return chosen


def without_blocks(text: str) -> tuple[str, int]:
    r"""Return a table of item and record for blocks below lines ``ITEM:``, as Netflix has them, and how many there are.

    Any other text is returned as it is, with 0.

    Examples
    --------
    >>> without_blocks("8:\n1488844,3,2005-09-06\n9:\n822109,5,2005-05-13\n")
    ('item,user,rating,date\n8,1488844,3,2005-09-06\n9,822109,5,2005-05-13\n', 2)
    """
    if not _BLOCK.fullmatch(text.lstrip()[:100].partition("\n")[0].strip()):
        return text, 0
    lines, item, blocks = [], "", 0
    for line in text.splitlines():
        if line.endswith(":"):
            item, blocks = line.strip()[:-1], blocks + 1
        elif line.strip():
            lines.append(f"{item},{line}")
    width = lines[0].count(",") if lines else 0
    header = ",".join(["item", "user", "rating", "date", *map(str, range(width))][: width + 1])
    return "\n".join([header, *lines, ""]), blocks


def _candidates(names: Sequence[str], role: str) -> list[str]:
    """Return the columns that are called after a role, those with an id before those with a name."""
    plain = {name: re.sub(r":\w+$|[\s_\".-]", "", name.lower()) for name in names}
    for ending in _ENDINGS:
        found = [name for name, word in plain.items() if re.fullmatch(f"(?:{_WORDS[role]}){ending}", word)]
        if found:
            return found
    return []
