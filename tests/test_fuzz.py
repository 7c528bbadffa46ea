"""Bad input over every scenario's parameters, every component's and every option: one line, status 2, nothing left behind.

``POTLUCK_FUZZ=20000`` draws so many inputs from a new seed, which a failure names; `make fuzz` does.
"""

import os
import random
import typing

import numpy as np
import pytest

from potluck.__main__ import main
from potluck.agents.platform_strategies import PLATFORM_STRATEGIES
from potluck.agents.strategies import STRATEGIES
from potluck.attacks import ATTACKS
from potluck.components import Component
from potluck.data.splits import SPLITS
from potluck.mechanisms import MECHANISMS
from potluck.models import REVISIONS, TASKS, VALUATIONS
from potluck.models.games.privacy import PRIVACY_LOSSES
from potluck.scenarios import SCENARIOS, Scenario
from potluck.training.recommender.initialisation import INITIALISATIONS
from potluck.training.recommender.privacy_methods import PRIVACY_METHODS

REGISTRIES = (
    *(MECHANISMS, STRATEGIES, PLATFORM_STRATEGIES, TASKS, ATTACKS, SPLITS, REVISIONS, VALUATIONS),
    *(PRIVACY_LOSSES, PRIVACY_METHODS, INITIALISATIONS, SCENARIOS),
)
INPUTS = 1600
NEVER_A_NUMBER = (
    *("x", "1,,2", ",1", "1;2", "nan", "--", "0x", "١x", "1e", "[1", "(1", "\x1b[31m", "[/y]", "a[red]", "{}", "None()"),
    *("1 2", "1\u20282", "💥"),
)
TOO_LARGE = tuple(sign + "9" * digits for digits in (30, 100, 308, 309, 400, 5000) for sign in ("", "-"))
DEEP = ("f(" * 5000 + ")" * 5000, "(" * 200 + ")" * 200, "-" * 5000 + "1", "[" * 5000, "a-" * 5000 + "a")
NEVER_A_COMPONENT = (
    *("Nothing", "", "(", ")", "()", "1", "nan", "Pure(1,2,3,4,5,6,7,8,9)", "FreeSharing)", "FreeSharing()x", "Even()#"),
    *("Pure(self=1)", "Replicator(step=x)", "Hedge(rate=1)(2)", "FairPayments(alpha=0.5, alpha=0.5)", "Free..Sharing"),
    *("FreeSharing(*[1])", f"Pure(action={'9' * 400})", "MarketGrowth(growth=1e30)", f"MeanEstimation(users={'9' * 30})"),
    *("MatrixFactorization(passes=9999999999)", "lambda: 1", "Q(lambda)"),
)


class AcceptedError(Exception):
    """The input was no bad input: the scenario would have run."""


def kinds(annotation):
    """Return the plain classes that a parameter's annotation is made of."""
    inner = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Literal:
        return {typing.Literal}
    if not inner:
        return {annotation}
    return set().union(
        *(kinds(each) for each in inner if each is not Ellipsis and (isinstance(each, type) or typing.get_origin(each)))
    )


def bad_values(annotation, draw):
    """Return a text that no parameter of this kind can take, or that the machine cannot do."""
    known = kinds(annotation)
    if any(isinstance(kind, type) and issubclass(kind, Component) for kind in known):
        text = draw.choice(NEVER_A_COMPONENT + DEEP)
        return text or None if tuple in {typing.get_origin(each) for each in (annotation, *typing.get_args(annotation))} else text
    if known & {int, float} and str not in known:
        return draw.choice(NEVER_A_NUMBER + TOO_LARGE + DEEP)
    if known <= {bool, typing.Literal}:
        return draw.choice(("perhaps", "2", "-1", "", "True,False", "nan", "efficient!", *DEEP, *TOO_LARGE))
    return None


def of_scenarios(draw):
    cls = draw.choice(list(SCENARIOS))
    fields = cls.model_fields
    key = draw.choice([*fields, "unknown", "self", "cls", "", "seed", "model_config", "ro ws"])
    value = bad_values(fields[key].annotation, draw) if key in fields else draw.choice(("x", "1", "-1", *TOO_LARGE[1::2]))
    if value is None or (key == "seed" and value == "1"):
        return None
    return ["run", cls.name(), "--set", f"{key}={value}"]


def of_options(draw):
    name = draw.choice(
        [*SCENARIOS.names(), "replication..table", "replication table", "", "a.b", "a:b", "[red]", "/etc/passwd", "x" * 5000]
    )
    word = draw.choice(("--set", "--seed", "--out", "--nothing", "--json", "--over"))
    text = draw.choice(("", "x", "=", "=1", "-1", "1.5", "nan", "9" * 5000, "a=b=c", "\n", "💥=1", "x[/y]"))
    if word == "--out":
        return ["run", name, "--set", "nothing=1", "--out", text or "x[/y]"]
    if word == "--json":
        return ["run", name, "--json", "--set", text]
    return ["run", name, word, text] if (word, text) != ("--set", "") else ["run", name, "--set"]


def of_components(draw):
    """Bad parameters of components, by the audit of a rule and by the scenarios that take them."""
    registry = draw.choice([each for each in REGISTRIES if each is not SCENARIOS])
    cls = draw.choice(list(registry))
    field = draw.choice([*cls.model_fields, "unknown", "self"])
    value = bad_values(cls.model_fields[field].annotation, draw) if field in cls.model_fields else "1"
    return None if value is None else (registry, f"{cls.name()}({field}={value})")


@pytest.fixture
def seen(tmp_path, monkeypatch, capsys):
    """Run the command line in an empty folder, where no scenario gets to play; return its status, and what it said."""

    def play(self, rng):
        raise AcceptedError

    for cls in SCENARIOS:
        monkeypatch.setattr(cls, "play", play)
    monkeypatch.setattr(Scenario, "play", play)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POTLUCK_DEBUG", raising=False)

    def run(arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        return left.value.code, capsys.readouterr()

    return run


def draws():
    asked = int(os.environ.get("POTLUCK_FUZZ", "0"))
    seed = random.SystemRandom().randrange(2**32) if asked else 1
    return random.Random(seed), asked or INPUTS, seed


def test_bad_command_lines(seen, tmp_path):
    draw, count, seed = draws()
    tried, wrong = 0, []
    while tried < count:
        arguments = draw.choice((of_scenarios, of_scenarios, of_options))(draw)
        if arguments is None:
            continue
        tried += 1
        status, said = seen(arguments)
        lines = said.err.splitlines()
        if not (status == 2 and not said.out and len(lines) == 1 and len(lines[0]) <= 300 + len("potluck: ")):
            wrong.append(([each[:80] for each in arguments], status, said.err[:300]))
        if left := list(tmp_path.iterdir()):
            wrong.append((arguments, "left behind", left))
    assert not wrong, f"seed {seed}: {len(wrong)} of {tried}: {wrong[:10]}"


def test_bad_components():
    draw, count, seed = draws()
    tried, wrong = 0, []
    while tried < count:
        drawn = of_components(draw)
        if drawn is None:
            continue
        tried += 1
        registry, text = drawn
        try:
            component = registry.build(text)
        except ValueError as error:
            if "\n" in str(error) or len(str(error)) > 300:
                wrong.append((text[:80], str(error)[:400]))
        except Exception as error:
            wrong.append((text[:80], repr(error)[:300]))
        else:
            wrong.append((text[:80], "built", str(component)[:80]))
    assert not wrong, f"seed {seed}: {len(wrong)} of {tried}: {wrong[:10]}"


NO_TEXTS = {
    **{"unknown": "nothing-like-this", "an address": "http://127.0.0.1:9/x.csv", "a bucket": "s3://bucket/x.csv"},
    **{"a command": "os:system('touch made')", "a folder": ".", "a pipe": "pipe", "no table": "noise", "long": "a" * 5000},
    **{"markup": "[/red]", "emoji": "💥", "lines": "a\nb", "no name": "\x00", "deep": "f(" * 500 + ")" * 500},
}


def texts():
    """Every parameter of a scenario or task that is a text: a data set, a column, a classifier, a table."""
    for registry in (SCENARIOS, TASKS):
        for cls in registry:
            for key, field in cls.model_fields.items():
                if str in kinds(field.annotation):
                    yield pytest.param(registry, cls, key, id=f"{cls.name()}-{key}")


def everybody(task):
    return task.value(np.ones((1, task.n_parties), dtype=np.int64))


@pytest.mark.parametrize(("registry", "cls", "key"), list(texts()))
def test_bad_texts(registry, cls, key, tmp_path, monkeypatch, capsys):
    """Nothing is called, opened elsewhere or waited for: what is no name is refused in one line."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 20)
    for what, text in NO_TEXTS.items():
        if registry is SCENARIOS:
            with pytest.raises(SystemExit) as left:
                main(["run", cls.name(), "--set", f"{key}={text}"])
            said = capsys.readouterr()
            assert (left.value.code, said.out) == (2, ""), (what, left.value.code, said.err[:300])
            message = said.err.removesuffix("\n").removeprefix("potluck: ")
        else:
            with pytest.raises((ValueError, OSError, ModuleNotFoundError)) as refusal:
                everybody(registry.build(f"{cls.name()}({key}={text!r})"))
            message = str(refusal.value)
        assert "\n" not in message, what
        assert len(message) <= 300, (what, message)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["noise", "pipe"], what
