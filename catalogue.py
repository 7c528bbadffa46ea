"""What is registered, read from the sources without importing them, so that listing is fast."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from inspect import cleandoc
from pathlib import Path
from typing import Any

from . import papers

PACKAGE = Path(__file__).parent
KINDS = {
    "scenarios": ("SCENARIOS", "scenarios"),
    "mechanisms": ("MECHANISMS", "mechanisms"),
    "strategies": ("STRATEGIES", "agents"),
    "tasks": ("TASKS", "models"),
    "attacks": ("ATTACKS", "attacks"),
    "games": ("GAMES", "models"),
}
"""By kind: the name of its registry and the room its members stand in."""
HOMES = {"strategies": "agents.strategies"}
"""Where a registry is imported from, if not from the room itself."""

_CLASS = re.compile(r"^(?:@.*\n)*class .*\n(?:(?:[ )].*)?\n)*", re.MULTILINE)
_METHOD = re.compile(r"^    (?:def |@|async )", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """A registered class: its name, the first line of its documentation, what it cites, and whether it can be stepped through."""

    name: str
    what: str
    paper: str = "original"
    where: str = ""
    steps: bool = False


def registered(kind: str) -> list[Entry]:
    """Return what is registered of a kind, by name.

    Raises
    ------
    ValueError
        There is no such kind.

    Examples
    --------
    >>> [entry.name for entry in registered("mechanisms")][:2]
    ['BalancedDivision', 'BanzhafDivision']
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
    classes = _classes(KINDS[kind][1])
    nodes = {name: node for name, (node, _) in classes.items()}
    ours = [_entry(nodes[name], nodes, kind) for name in _own(kind)]
    return sorted([*ours, *_installed(kind, {entry.name for entry in ours})], key=lambda entry: entry.name)


@cache
def homes(kind: str) -> dict[str, str]:
    """Return the module of every class of a kind that stands in this program, by the class's name.

    Examples
    --------
    >>> homes("scenarios")["ReplicationAttack"]
    'potluck.scenarios.markets.replication_attack'
    """
    classes = _classes(KINDS[kind][1])
    parts = {name: classes[name][1].relative_to(PACKAGE).with_suffix("").parts for name in _own(kind)}
    return {name: ".".join((__package__, *path)) for name, path in parts.items()}


def _own(kind: str) -> list[str]:
    """Return the names of the classes of a kind that stand in this program."""
    registry, room = KINDS[kind]
    found = {name: node.decorator_list for name, (node, _) in _classes(room).items()}
    return [name for name, decorators in found.items() if any(_is_register(each, registry) for each in decorators)]


def _installed(kind: str, known: set[str]) -> list[Entry]:
    """Return what installed packages add to a kind; only where some do are components imported."""
    if not entry_points(group=f"potluck.{kind}"):
        return []
    registry, room = KINDS[kind]
    added = getattr(import_module(f"potluck.{HOMES.get(kind, room)}"), registry)
    return [_described(cls) for cls in added if cls.name() not in known]


def _described(cls: Any) -> Entry:
    paper = getattr(cls, "paper", None)
    key = paper.key if paper else "original"
    return Entry(cls.name(), cls.summary(), key, getattr(cls, "where", ""), hasattr(cls, "opening"))


@cache
def _classes(room: str) -> dict[str, tuple[ast.ClassDef, Path]]:
    """Return the classes of a room by name, each with the file it stands in."""
    classes: dict[str, tuple[ast.ClassDef, Path]] = {}
    for path in (PACKAGE / room).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "\nclass " in text:
            heads = "\n".join(_heads(text))
            classes |= {node.name: (node, path) for node in ast.parse(heads).body if isinstance(node, ast.ClassDef)}
    return classes


def _heads(text: str) -> Iterator[str]:
    """Yield what is needed of classes: all but methods, unless they have a ``name`` of their own; parsing takes long.

    Records that nobody registers are left out.
    """
    for found in _CLASS.finditer(text):
        block = found[0]
        if block.startswith("@dataclass") and ".register" not in block:
            continue
        yield block if "    def name(" in block else _METHOD.split(block, maxsplit=1)[0]


def _is_register(node: ast.expr, registry: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "register"
        and isinstance(node.value, ast.Name)
        and node.value.id == registry
    )


def _entry(node: ast.ClassDef, classes: dict[str, ast.ClassDef], kind: str) -> Entry:
    what = cleandoc(ast.get_docstring(node) or "").split("\n", 1)[0]
    if kind != "scenarios":
        return Entry(node.name, what)
    line = list(_line(node, classes))
    paper, where = _value(line, "paper"), _value(line, "where")
    key = getattr(papers, paper.id).key if isinstance(paper, ast.Name) else "original"
    place = where.value if isinstance(where, ast.Constant) and isinstance(where.value, str) else ""
    name = _own_name(node) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", node.name).lower()
    return Entry(name, what, key, place, any(each.name == "GameScenario" for each in line))


def _line(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """Yield a class and the classes of the room that it derives from, nearest first."""
    yield node
    for base in node.bases:
        name = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(name, ast.Name) and name.id in classes:
            yield from _line(classes[name.id], classes)


def _own_name(node: ast.ClassDef) -> str | None:
    """Return the text that a class's own method ``name`` returns."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == "name" and isinstance(each.body[-1], ast.Return):
            value = each.body[-1].value
            return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
    return None


def _value(line: list[ast.ClassDef], name: str) -> ast.expr | None:
    for node in line:
        for each in node.body:
            if not isinstance(each, ast.Assign | ast.AnnAssign):
                continue
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return each.value
    return None
