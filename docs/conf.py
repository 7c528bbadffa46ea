"""How the documentation is built: ``make docs``, from the installed package, without a network."""

import importlib
import inspect
import pkgutil
import re
import warnings

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.nodes import nested_parse_with_titles

import potluck

warnings.filterwarnings("ignore", message=".*found despite early return")  # Mesa's own browser components

project = "potluck"
author = "The potluck authors"
copyright = "2026 The potluck authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "potluck"

myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_attr_annotations = False
suppress_warnings = ["ref.python"]  # a parameter named n is no reference to some attribute n
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {
    "members": True,
    "show-inheritance": True,
    "ignore-module-all": True,
    "exclude-members": "model_config",
}


def modules(below: str) -> list[str]:
    """Return the module of that name and all below it; of the root, only the modules directly in it."""
    root = importlib.import_module(below)
    walk = pkgutil.iter_modules if root is potluck else pkgutil.walk_packages
    found = [entry.name for entry in walk(root.__path__, f"{below}.") if not (root is potluck and entry.ispkg)]
    return [below, *found]


class Modules(Directive):
    """``.. modules:: potluck.models``: the reference of a package's modules, each under a heading of its own."""

    required_arguments = 1

    def run(self) -> list:
        lines: list[str] = []
        for name in modules(self.arguments[0]):
            lines += [name, "-" * len(name), "", f".. automodule:: {name}", ""]
        place = nodes.section()
        place.document = self.state.document
        nested_parse_with_titles(self.state, StringList(lines, source=""), place)
        return place.children


class Catalogue(Directive):
    """``.. catalogue:: potluck.models:TASKS``: everything in a registry, with its parameters and what it is."""

    required_arguments = 1

    def run(self) -> list:
        module, _, name = self.arguments[0].partition(":")
        registry = getattr(importlib.import_module(module), name)
        lines = [".. list-table::", "   :header-rows: 1", "", f"   * - {registry.kind}", "     - parameters", "     - what"]
        for cls in registry:
            parameters = ", ".join(f"``{field}``" for field in cls.model_fields)
            lines += [f"   * - ``{cls.name()}``", f"     - {parameters}", f"     - {escaped(cls.summary())}"]
        place = nodes.container()
        self.state.nested_parse(StringList(lines, source=""), 0, place)
        return place.children


class Words(Directive):
    """``.. words::``: the words of the page and what they mean, from the glossary that the page itself shows."""

    def run(self) -> list:
        from potluck.browser.glossary import GLOSSARY

        lines = [line for word, meaning in GLOSSARY.items() for line in (word, f"   {escaped(meaning)}", "")]
        place = nodes.container()
        self.state.nested_parse(StringList(lines, source=""), 0, place)
        return place.children


def escaped(line: str) -> str:
    """Return a line of a docstring with ``|`` and final ``_`` outside literals kept from being markup."""
    parts = re.split(r"(``.*?``|`[^`]*`)", line)
    parts[::2] = [re.sub(r"(\||(?<=\w)_(?!\w))", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def plain_signature(
    app: Sphinx, what: str, name: str, obj: object, options: object, signature: str, returns: str
) -> tuple | None:
    """Show a component's parameters with their defaults instead of the constructor's ``*args``."""
    from potluck.components import Component

    if not (inspect.isclass(obj) and issubclass(obj, Component)):
        return None
    shown = []
    for field, info in obj.model_fields.items():
        shown.append(field if info.is_required() else f"{field}={info.get_default(call_default_factory=True)!r}")
    return f"({', '.join(shown)})", None


def plain_mathematics(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Keep ``|S|`` and ``q_-i`` in docstrings from being read as markup; literals and examples stay as they are."""
    example = False
    for number, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if not example:
            lines[number] = escaped(line)


def setup(app: Sphinx) -> None:
    """Register what is above."""
    app.add_directive("modules", Modules)
    app.add_directive("catalogue", Catalogue)
    app.add_directive("words", Words)
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("autodoc-process-docstring", plain_mathematics, priority=400)  # before napoleon, at 500
