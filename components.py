"""Components and where they are found: typed parameters, registries, and text such as ``FairPayments(alpha=0.5)``.

Every mechanism, strategy, task, split and scenario is a `Component`: its constructor's parameters, stored unchanged,
checked when it is built. A `Registry` finds components of one kind by name or by import path, so the command line, sweeps and
the browser build them from text.
"""

import ast
import difflib
import importlib
import inspect
import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar, dataclass_transform

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from .arrays import MOST_WHOLE
from .messages import as_html, brief, clipped
from .permissions import permissions

LARGEST = 1e12
"""Numbers of a component are at most this large in size, where their range does not say otherwise; whole numbers below 2^63."""

DEEPEST = 16
LONGEST_TEXT = 1 << 20

Seed = Annotated[int, Field(ge=0, le=MOST_WHOLE)]
"""A component's own randomness as a parameter: a whole number, from which methods make their generators."""


def seed_of(rng: np.random.Generator) -> int:
    """Return the whole number that a generator was made from; one that was spawned has a number of its own.

    Nothing is drawn, so that whoever asks finds the same number, whatever was drawn before.

    Raises
    ------
    ValueError
        The generator was not made from a seed.

    Examples
    --------
    >>> seed_of(np.random.default_rng(7))
    7
    """
    source = rng.bit_generator.seed_seq
    if not isinstance(source, np.random.SeedSequence):
        raise ValueError(f"rng = {brief(rng)}: give a Generator that was made from a seed")
    if not source.spawn_key and isinstance(source.entropy, int) and source.entropy <= MOST_WHOLE:
        return int(source.entropy)
    return int(source.generate_state(1, np.uint64)[0] >> np.uint64(1))


def seeds_of(rng: np.random.Generator, count: int) -> list[int]:
    """Return so many seeds, those of generators that this one spawns: different each time.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> len({*seeds_of(rng, 3), *seeds_of(rng, 3)})
    6
    """
    return [seed_of(each) for each in rng.spawn(count)]


def one_line(error: ValidationError, owner: str) -> str:
    """Say in one line what a validation error found wrong: the owner, the parameter, the value and what is allowed."""
    parts = []
    problems = error.errors()
    for problem in problems:
        if any(other["loc"][: len(problem["loc"])] == problem["loc"] != other["loc"] for other in problems):
            continue  # an item of this list is at fault, and is named
        where = ".".join(str(step) for step in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] != "value_error":
            message = message[:1].lower() + message[1:]
        match problem["type"]:
            case "extra_forbidden":
                parts.append(f"unknown parameter {where!r}")
            case "missing":
                parts.append(f"{where} is required")
            case "value_error" if not where or where in message:
                parts.append(message)
            case _:
                parts.append(f"{where} = {brief(problem['input'])}: {message}")
    return clipped(f"{owner}: " + "; ".join(parts))


@dataclass_transform(kw_only_default=False, field_specifiers=(Field,))
class Component(BaseModel):
    """Base of everything that can be swapped: a frozen set of typed parameters.

    Parameters are annotated class attributes, as in a pydantic model; they may be given by name or, unless they are declared with
    ``Field(kw_only=True)``, by position.

    Raises
    ------
    ValueError
        A parameter is unknown, missing, of the wrong type or out of range; the message is one line.

    Examples
    --------
    >>> from typing import Annotated
    >>> class Discount(Component):
    ...     rate: Annotated[float, Field(ge=0, le=1)] = 0.1
    >>> Discount(0.3)
    Discount(rate=0.3)
    >>> Discount(rate=2)
    Traceback (most recent call last):
        ...
    ValueError: Discount: rate = 2: input should be less than or equal to 1
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    source: ClassVar[str] = ""
    """Where the rule comes from: paper and equation, or "original"."""

    example_parameters: ClassVar[Mapping[str, Any]] = {}
    """Parameters of `example`, a small instance that is quick to use; the others are at their defaults."""

    def __init__(self, /, *args: Any, **parameters: Any) -> None:
        cls = type(self)
        names = list(cls.model_fields)
        positional = [name for name, field in cls.model_fields.items() if not field.kw_only]
        if len(args) > len(positional):
            raise TypeError(f"{cls.__name__} takes at most {len(positional)} parameters by position, {len(args)} given")
        for name, value in zip(positional, args, strict=False):
            if name in parameters:
                raise TypeError(f"{cls.__name__}: {name} is given twice")
            parameters[name] = value
        for name in parameters:
            if name not in names:
                raise ValueError(
                    f"{cls.name()}: unknown parameter {brief(name)}{suggestion(name, names) or '.'} "
                    + (f"It takes {_listed(names)}" if names else "It takes none")
                )
        try:
            super().__init__(**parameters)
        except ValidationError as error:
            raise ValueError(one_line(error, cls.name())) from None
        for name in names:
            for number in _numbers(getattr(self, name)):
                if not abs(number) <= (MOST_WHOLE if isinstance(number, int) else LARGEST):
                    raise ValueError(f"{cls.name()}: {name} = {brief(number)}: numbers are at most {LARGEST:g} in size")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(_same(getattr(self, name), getattr(other, name)) for name in type(self).model_fields)

    __hash__ = BaseModel.__hash__
    __iter__ = None  # type: ignore[assignment]  # a component is one value: nothing may take it for a list of its parameters

    def with_parameters(self, **changes: Any) -> Self:
        """Return the same component with other parameters, checked.

        Raises
        ------
        ValueError
            A parameter is unknown or a value is not allowed.
        """
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | changes)

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        return as_html(self.name(), [(name, getattr(self, name)) for name in type(self).model_fields])

    @classmethod
    def name(cls) -> str:
        """Return the name under which the component is registered: the class name."""
        return cls.__name__

    def short(self) -> str:
        """Return the name and those parameters that are not at their defaults.

        Examples
        --------
        >>> class Discount(Component):
        ...     rate: float = 0.1
        >>> Discount().short(), Discount(0.3).short()
        ('Discount', 'Discount(rate=0.3)')
        """
        fields = type(self).model_fields
        changed = [
            name for name, field in fields.items() if not _same(getattr(self, name), field.get_default(call_default_factory=True))
        ]
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in changed)
        return f"{self.name()}({inside})" if inside else self.name()

    @classmethod
    def example(cls) -> Self:
        """Return a small instance that is quick to use, as checks of all components need it: see ``example_parameters``."""
        return cls(**cls.example_parameters)

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the component's documentation."""
        return (inspect.getdoc(cls) or "").split("\n", 1)[0]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return bool(np.array_equal(one, other))
    return bool(one == other)


def _numbers(value: Any) -> Iterator[int | float]:
    """Return the finite numbers in a parameter's value."""
    if isinstance(value, tuple | list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        yield value


def _listed(names: list[str], longest: int = 150) -> str:
    """Return names with commas, as many as a message holds."""
    text = ", ".join(names)
    if len(text) <= longest:
        return text
    shown = text[:longest].rpartition(", ")[0]
    return f"{shown} and {len(names) - shown.count(', ') - 1} more"


def suggestion(name: str, known: list[str] | tuple[str, ...]) -> str:
    """Return ``", did you mean 'x'?"`` for the known name nearest to ``name``, or an empty string."""
    by_plain = {_plain(entry): entry for entry in known}
    near = difflib.get_close_matches(_plain(name), by_plain, n=1, cutoff=0.5)
    return f", did you mean {by_plain[near[0]]!r}?" if near else ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


C = TypeVar("C", bound=Component)


class Registry(Generic[C]):
    """The components of one kind, found by name or by import path.

    Parameters
    ----------
    kind
        What the components are, in the singular, for messages: ``"mechanism"``.
    base
        The class every component of this kind derives from.
    group
        The group of entry points under which installed packages add components of this kind, such as ``potluck.mechanisms``.
    homes
        Where classes of this kind stand that are imported when they are first asked for: modules by the classes' names. Default:
        whatever is imported.

    Examples
    --------
    >>> class Shape(Component):
    ...     pass
    >>> shapes = Registry("shape", Shape)
    >>> @shapes.register
    ... class Circle(Shape):
    ...     radius: float = 1.0
    >>> shapes.build("Circle(radius=2)")
    Circle(radius=2.0)
    >>> shapes.build("Circl")
    Traceback (most recent call last):
        ...
    ValueError: unknown shape 'Circl', did you mean 'Circle'? Known: Circle; or an import path such as package.module:Name
    """

    def __init__(self, kind: str, base: type[C], group: str = "", homes: Callable[[], Mapping[str, str]] | None = None) -> None:
        self.kind = kind
        self.base = base
        self.group = group
        self._classes: dict[str, type[C]] = {}
        self._homes = homes
        self._installed = not group

    @property
    def spec(self) -> "Spec":
        """What makes a parameter of this kind: ``Annotated[Shape, shapes.spec]`` takes an instance, a class or text."""
        return Spec(self)

    def _known(self) -> dict[str, type[C]]:
        """Return the classes by plain name, those that installed packages add and those not yet imported included."""
        if self._homes is not None:
            homes, self._homes = self._homes(), None
            for module in sorted(set(homes.values())):
                importlib.import_module(module)
        if not self._installed:
            self._installed = True
            for entry in entry_points(group=self.group):
                try:
                    cls = entry.load()
                    if not (isinstance(cls, type) and issubclass(cls, self.base)):
                        raise TypeError(f"it is not a subclass of {self.base.__name__}")
                    self.register(cls)
                except Exception as error:  # another package's module may raise anything, and must not stop the rest
                    reason = clipped(
                        f"{self.kind} {entry.value} of an installed package is left out: {type(error).__name__}: {error}"
                    )
                    warnings.warn(clipped(reason), stacklevel=3)
        return self._classes

    def register(self, cls: type[C]) -> type[C]:
        """Add a class under its name (a class decorator).

        Raises
        ------
        ValueError
            Another class has that name.
        """
        name = _plain(cls.name())
        known = self._classes.get(name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"a {self.kind} named {cls.name()} is registered already, by {known.__module__}")
        self._classes[name] = cls
        return cls

    def __contains__(self, cls: object) -> bool:
        return cls in self._classes.values() or (not self._installed and cls in self._known().values())

    def names(self) -> list[str]:
        """Return the registered names in alphabetical order."""
        return [cls.name() for cls in self]

    def __iter__(self) -> Iterator[type[C]]:
        return iter(sorted(self._known().values(), key=lambda cls: cls.name()))

    def find(self, name: str) -> type[C]:
        """Return the class of that name, or at that import path (``package.module:Name`` or ``package.module.Name``).

        Case, hyphens and underscores do not matter in a registered name.

        Raises
        ------
        ValueError
            There is no such class, or it is not of this kind.
        """
        if self._homes is not None and _plain(name) not in self._classes:
            places = {_plain(each): module for each, module in self._homes().items()}
            if _plain(name) in places:
                importlib.import_module(places[_plain(name)])
        known = self._classes if _plain(name) in self._classes or ":" in name else self._known()
        if _plain(name) in known:
            return known[_plain(name)]
        if ":" in name or "." in name:
            found = self._imported(name)
            if inspect.isabstract(found):
                raise ValueError(f"{brief(name)} is a base class, not a {self.kind}: name one of {_listed(self.names())}")
            return found
        other = "; or an import path such as package.module:Name" if permissions().imports else ""
        raise ValueError(
            f"unknown {self.kind} {brief(name)}{suggestion(name, self.names()) or '.'} Known: {_listed(self.names())}{other}"
        )

    def _imported(self, path: str) -> type[C]:
        try:
            found = import_object(path)
        except ImportError as error:
            raise ValueError(clipped(f"cannot import {self.kind} {brief(path)}: {error}")) from error
        if not (isinstance(found, type) and issubclass(found, self.base)):
            raise ValueError(f"{brief(path)} is not a {self.kind}: it must be a subclass of {self.base.__name__}")
        return found

    def build(self, spec: str | C | type[C]) -> C:
        """Return a component from an instance, a class, or text such as ``"Name"`` or ``"Name(key=value)"``.

        Raises
        ------
        ValueError
            The text cannot be read, the name is unknown, or a parameter is wrong.
        """
        if isinstance(spec, self.base):
            return spec
        if isinstance(spec, type) and issubclass(spec, self.base):
            return spec()
        if not isinstance(spec, str):
            raise ValueError(f"{self.kind} = {brief(spec)}: give a name, such as {self.names()[0]!r}, or a {self.base.__name__}")
        name, positional, named = parse_call(spec)
        cls = self.find(name)
        try:
            return cls(*positional, **named)
        except TypeError as error:
            raise ValueError(clipped(f"{self.kind} {brief(spec)}: {error}")) from error
        except ValueError:
            raise
        except BaseException as error:
            if cls in self:
                raise
            # somebody else's class may raise anything, SystemExit too
            raise ValueError(clipped(f"{self.kind} {brief(spec)}: {type(error).__name__}: {error}")) from error


class Spec:
    """How a parameter that is a component of a registry is read, from an instance, a class or text, and written, as text."""

    def __init__(self, registry: Registry[Any]) -> None:
        self.registry = registry

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        as_text = core_schema.plain_serializer_function_ser_schema(str)
        return core_schema.no_info_before_validator_function(self.registry.build, handler(source), serialization=as_text)


def import_object(path: str) -> Any:
    """Return what stands at ``package.module:Name`` or ``package.module.Name``; modules beside the user are found too.

    Raises
    ------
    ImportError
        There is no such module or name, importing it failed, or import paths may not be followed here.
    """
    if not permissions().imports:
        raise ImportError("import paths are not followed here: start with --allow-imports, or give a registered name")
    module_name, _, attribute = path.replace(":", ".").rpartition(".")
    if os.getcwd() not in sys.path:
        # a console script does not look for modules where the user stands; `python -m` does
        sys.path.insert(0, os.getcwd())
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except BaseException as error:  # the module is the user's, and may raise anything, SystemExit too
        raise ImportError(f"{type(error).__name__}: {error}") from error


def parse_call(spec: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Read ``"Name"`` or ``"Name(1, key=2)"`` into the name, the arguments by position and those by keyword.

    Raises
    ------
    ValueError
        The arguments are not plain numbers, texts, lists or bare words.

    Examples
    --------
    >>> parse_call("LabelSkew(0.1, smallest=5)")
    ('LabelSkew', [0.1], {'smallest': 5})
    """
    name, bracket, rest = spec.strip().partition("(")
    if not bracket:
        return name.strip(), [], {}
    try:
        call = f"f({rest}"
        tree = _parsed(call).body
        if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.end_col_offset == len(call.encode())):
            raise SyntaxError
        names = [word.arg for word in tree.keywords]
        if None in names or len(set(names)) < len(names):
            raise SyntaxError
        positional = [_literal(node) for node in tree.args]
        return name.strip(), positional, {str(word.arg): _literal(word.value) for word in tree.keywords}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(
            f"cannot read {brief(spec)}: write Name(key=value, ...), each key once, with numbers, texts or lists"
        ) from None


def _parsed(call: str) -> ast.Expression:
    depth = deepest = 0
    for letter in call:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
    if deepest > DEEPEST or len(call) > LONGEST_TEXT:
        raise SyntaxError
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what looks like Python and is not is refused anyway
        return ast.parse(call, mode="eval")


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Name):
        # `inf` and bare words, as a person types them in a shell
        return math.inf if node.id == "inf" else node.id
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Name):
        return -math.inf if node.operand.id == "inf" else ast.literal_eval(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Name):
        return f"{_literal(node.left)}-{node.right.id}"  # a word with a hyphen, such as breast-cancer
    if isinstance(node, ast.Call):
        return ast.unparse(node)  # a component inside a component is built from its own text
    if isinstance(node, ast.List | ast.Tuple):
        items = [_literal(item) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    return ast.literal_eval(node)
