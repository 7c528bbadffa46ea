"""What a scenario is, and what a run of one gives."""

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from importlib.metadata import version
from platform import python_version
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias

import numpy as np
import pandas as pd

from ..catalogue import homes
from ..components import Component, Registry
from ..data.reading import noted_reading
from ..papers import Paper
from ..verdicts import Verdict, counts
from .declarations import Declaration
from .drawing_style import our_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .opening import Opening

Size: TypeAlias = Literal["quick", "full"]

REPORTED_VERSIONS = ("potluck", "numpy", "scipy", "pandas", "mesa", "scikit-learn")


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of Python, of this program and of the libraries that numbers depend on; looked up once a process."""
    return {"python": python_version()} | {package: version(package) for package in REPORTED_VERSIONS}


@dataclass(frozen=True)
class Findings:
    """What a scenario found: tables, figures and verdicts, each table and figure by its file name without ending.

    A figure may be given as what draws it, which is asked only where somebody looks: not in sweeps.
    """

    tables: Mapping[str, pd.DataFrame]
    checks: list[Verdict]
    figures: Mapping[str, "Figure | Callable[[], Figure]"] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """A finished run: the scenario with its parameters, the seed, what was found, and how long it took."""

    scenario: "Scenario"
    seed: int
    findings: Findings
    seconds: float
    data: Sequence[Any] = ()
    """What is known of every data set that was read: its schema and what gives its label away."""
    random: bool = True
    """Whether anything was drawn, so that another seed may give something else."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables by name."""
        return self.findings.tables

    @cached_property
    def figures(self) -> Mapping[str, "Figure"]:
        """The figures by name, drawn when they are first asked for."""
        with our_style():
            return {name: figure() if callable(figure) else figure for name, figure in self.findings.figures.items()}

    @property
    def checks(self) -> list[Verdict]:
        """The verdicts, in order."""
        return self.findings.checks

    @property
    def passed(self) -> bool:
        """Whether every verdict is the expected one."""
        return all(check.as_expected for check in self.checks)

    def document(self) -> dict[str, Any]:
        """Return the result document: everything about the run but the tables' rows."""
        scenario = self.scenario
        return {
            "scenario": scenario.name(),
            "title": scenario.summary(),
            "citation": str(scenario.paper) if scenario.paper else "original",
            "where": scenario.where,
            "parameters": scenario.model_dump(mode="json"),
            "seed": self.seed,
            "random": self.random,
            "data": [read.document() for read in self.data],
            "versions": dict(versions()),
            "seconds": round(self.seconds, 3),
            "passed": self.passed,
            "outcomes": counts(self.checks),
            "checks": [check.row() for check in self.checks],
            "tables": [f"{name}.csv" for name in self.tables],
            "figures": [f"{name}.png" for name in self.findings.figures],
        }


class Scenario(Component, ABC):
    """A named experiment with typed parameters and a citation. Write `play`; `run` times it and packs the result.

    The name on the command line is the class name in words: ``ReplicationAttack`` is ``replication-attack``.

    Examples
    --------
    >>> from potluck.verdicts import derived
    >>> class CoinFlips(Scenario):
    ...     flips: int = 10
    ...     def play(self, rng):
    ...         heads = pd.DataFrame({"heads": rng.integers(2, size=self.flips)})
    ...         enough = Verdict.statement("all", derived("here"), "all flipped", len(heads), len(heads) == self.flips)
    ...         return Findings({"flips": heads}, [enough])
    >>> CoinFlips.name(), CoinFlips().run(seed=1).passed
    ('coin-flips', True)
    """

    paper: ClassVar[Paper | None] = None
    where: ClassVar[str] = ""
    """Figure, table or section of the paper."""
    declared_tables: ClassVar[Mapping[str, Declaration]] = {}
    """What its tables hold, by file name without ending."""
    quick_parameters: ClassVar[Mapping[str, Any]] = {}
    """Parameters of the quick size in which papers are reproduced, where the defaults take long."""
    full_parameters: ClassVar[Mapping[str, Any]] = {}
    """Parameters of the full size: as large as in the paper, or larger."""

    fresh_parameters: ClassVar[Mapping[str, Any]] = {}
    """Parameters with which nothing is read that an earlier run kept: papers are reproduced with them."""

    @abstractmethod
    def play(self, rng: np.random.Generator) -> Findings:
        """Run the experiment; all randomness comes from ``rng``."""

    @property
    def seeds_at_once(self) -> int:
        """How many seeds a sweep gives to `play_all` at most, 1 where nothing is gained by more."""
        return 1

    def play_all(self, rngs: Sequence[np.random.Generator]) -> list[Findings]:
        """Run the experiment once a generator; findings are those of `play`, one by one, to the byte.

        Override it where an `Ensemble` can play the runs, or where they share what takes long, and say `seeds_at_once`.
        """
        return [self.play(rng) for rng in rngs]

    def run(self, seed: int = 0) -> Result:
        """Return the result of a run; the same parameters and seed give the same tables, byte for byte.

        Raises
        ------
        ValueError
            The seed is negative, or the parameters do not go together.
        """
        return self.run_all([seed])[0]

    def run_all(self, seeds: Sequence[int]) -> list[Result]:
        """Return the results of runs with these seeds, which are those of `run`; each is said to take its share of the time.

        Raises
        ------
        ValueError
            A seed is negative, or the parameters do not go together.
        """
        for seed in seeds:
            if seed < 0:
                raise ValueError(f"seed = {seed}: it must be a whole number from 0 on")
        started = time.perf_counter()
        rngs = [np.random.default_rng(seed) for seed in seeds]
        before = [rng.bit_generator.state for rng in rngs]
        with noted_reading() as journal, our_style():
            findings = self.play_all(rngs) if len(rngs) > 1 else [self.play(rng) for rng in rngs]
        seconds, records = (time.perf_counter() - started) / max(1, len(seeds)), journal.records()
        drawn = [_drew(rng, state) for rng, state in zip(rngs, before, strict=True)]
        return [
            Result(self, seed, found, seconds, records, random)
            for seed, found, random in zip(seeds, findings, drawn, strict=True)
        ]

    @classmethod
    def of_size(cls, size: Size) -> Self:
        """Return the scenario in the quick or the full size, made afresh; what no size sets is at its default."""
        return cls(**{**(cls.quick_parameters if size == "quick" else cls.full_parameters), **cls.fresh_parameters})

    @classmethod
    def name(cls) -> str:
        """Return the name on the command line."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()


def _drew(rng: np.random.Generator, before: Mapping[str, Any]) -> bool:
    source: Any = rng.bit_generator.seed_seq
    return bool(rng.bit_generator.state != before or source.n_children_spawned > 0)


class GameScenario(Scenario):
    """A scenario whose heart is a repeated game, which can also be stepped through. Write `play` and `opening`."""

    @abstractmethod
    def opening(self, rng: np.random.Generator) -> "Opening":
        """Return how the game that these parameters choose begins; all randomness comes from ``rng``."""


SCENARIOS: Registry[Scenario] = Registry("scenario", Scenario, "potluck.scenarios", partial(homes, "scenarios"))
