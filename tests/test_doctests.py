"""Every example in a docstring does what it shows, and everything public says what it is."""

import doctest
import importlib
import inspect
import pkgutil
import warnings

import pytest

import potluck
from potluck import mechanisms, models, scenarios
from potluck.agents import strategies

MODULES = ["potluck", *(entry.name for entry in pkgutil.walk_packages(potluck.__path__, "potluck."))]
BROWSER = ("browser", ("solara", "reacton", "ipyvuetify", "ipyvue", "altair"))
EXTRAS = dict.fromkeys(["potluck.app", *(f"potluck.browser.{name}" for name in ("inputs", "page", "stage"))], BROWSER)


def load(name: str):
    try:
        with warnings.catch_warnings():
            if name in EXTRAS:
                warnings.simplefilter("ignore")  # what the libraries of an extra warn of while they are imported
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        extra, packages = EXTRAS.get(name, ("", ()))
        if error.name is None or error.name.partition(".")[0] not in packages:
            raise
        pytest.skip(f"{name} needs the extra {extra}: {error.name} is missing")


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    problems: list[str] = []
    for test in doctest.DocTestFinder().find(load(name), name):
        doctest.DocTestRunner(verbose=False).run(test, out=problems.append)
    assert not problems, "".join(problems)


def test_there_are_examples_to_run() -> None:
    with_examples = [
        name for name in MODULES if name not in EXTRAS and ">>> " in (inspect.getsource(importlib.import_module(name)))
    ]
    assert len(with_examples) > 20


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for module in (mechanisms, models, strategies, scenarios) for name in module.__all__],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_what_is_public_has_a_first_line(module, name: str) -> None:
    thing = getattr(module, name)
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return
    first = (thing.__doc__ or "").split("\n", 1)[0].strip()
    assert first, f"{name} has no docstring with a first line"
    assert first.endswith("."), f"{name}: {first!r} is not a sentence"
