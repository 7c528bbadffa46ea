"""A game in an address: scenario, parameters, seed, round, branches; the same as a command, a notebook's cell and a sweep."""

import shlex
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlencode

from ..scenarios import SCENARIOS, GameScenario
from ..scenarios.from_text import changed_settings, command_line
from .branches import MOST_BRANCHES, Change

LONGEST = 20_000


@dataclass(frozen=True)
class Address:
    """What an address says of a game.

    Parameters
    ----------
    scenario, settings, seed
        What is opened; ``settings`` are those that are not at their defaults, as text.
    number
        The round that is looked at.
    changes, line
        The branches, and which line is looked at: 0 is the game itself.

    Examples
    --------
    >>> here = Address("hiding-dynamics", {"portions": "2"}, "3", 5, (Change(2, player=1, action=0),), 1)
    >>> here.query()
    'scenario=hiding-dynamics&seed=3&round=5&p.portions=2&branch=2~hold~1~0&line=1'
    >>> Address.read(here.query()) == here
    True
    """

    scenario: str
    settings: dict[str, str] = field(default_factory=dict)
    seed: str = "0"
    number: int = 0
    changes: tuple[Change, ...] = ()
    line: int = 0

    @classmethod
    def read(cls, query: str) -> Self | None:
        """Return what a query says; None where it names no scenario.

        Raises
        ------
        ValueError
            A round, a branch or a line cannot be read.
        """
        if len(query) > LONGEST:
            raise ValueError(f"an address of {len(query)} characters is too long")
        pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
        values = dict(pairs)
        if not values.get("scenario"):
            return None
        for name in ("round", "line"):
            if not values.get(name, "0").isdecimal() or len(values.get(name, "0")) > 9:
                raise ValueError(f"{name} = {values[name][:40]!r}: it must be a whole number from 0 on")
        changes = tuple(Change.read(value) for name, value in pairs if name == "branch")[:MOST_BRANCHES]
        settings = {name.removeprefix("p."): value for name, value in pairs if name.startswith("p.")}
        number, line = int(values.get("round", "0")), int(values.get("line", "0"))
        return cls(values["scenario"], settings, values.get("seed", "0"), number, changes, line)

    def query(self) -> str:
        """Return the query that says so."""
        pairs = [("scenario", self.scenario), ("seed", self.seed)]
        pairs += [("round", str(self.number))] if self.number else []
        pairs += [(f"p.{name}", text) for name, text in self.settings.items()]
        pairs += [("branch", change.text_form()) for change in self.changes]
        pairs += [("line", str(self.line))] if self.line else []
        return urlencode(pairs, safe="~(),=[]")


def address_of(scenario: GameScenario, seed: int, number: int, changes: tuple[Change, ...], line: int) -> Address:
    """Return the address of a game that is looked at."""
    cls = type(scenario)
    name = cls.name() if cls in SCENARIOS else f"{cls.__module__}:{cls.__qualname__}"
    return Address(name, changed_settings(scenario), str(seed), number, changes, line)


def notebook_cell(address: Address) -> str:
    """Return Python that plays the same game to the same round, with the branches.

    Examples
    --------
    >>> print(notebook_cell(Address("hiding-dynamics", {"portions": "2"}, "3", 5)))
    import numpy as np
    from potluck.scenarios.from_text import build_scenario
    <BLANKLINE>
    scenario = build_scenario('hiding-dynamics', {'portions': '2'})
    game = scenario.opening(np.random.default_rng(3)).model()
    snapshots = [game.snapshot()]
    while game.round < 5 and game.running:
        game.step()
        snapshots.append(game.snapshot())
    game.rounds()
    """
    lines = [
        "import numpy as np",
        "from potluck.scenarios.from_text import build_scenario",
        *(["from potluck.browser.branches import Change"] if address.changes else []),
        "",
        f"scenario = build_scenario({address.scenario!r}, {address.settings!r})",
        f"game = scenario.opening(np.random.default_rng({address.seed})).model()",
        "snapshots = [game.snapshot()]",
        f"while game.round < {address.number} and game.running:",
        "    game.step()",
        "    snapshots.append(game.snapshot())",
    ]
    for index, change in enumerate(address.changes, 1):
        text = change.text_form()
        lines += [
            f"branch_{index} = Change.read({text!r}).branch(game, snapshots[{change.at}], scenario, {address.seed})",
            f"while branch_{index}.round < game.round and branch_{index}.running:",
            f"    branch_{index}.step()",
        ]
    return "\n".join([*lines, "game.rounds()" if address.line == 0 else f"branch_{address.line}.rounds()"])


def commands(scenario: GameScenario, seed: int) -> tuple[str, str]:
    """Return the command that runs the game's scenario to its end, and the one that sweeps over 20 seeds of it.

    Examples
    --------
    >>> from potluck.scenarios import ReplicationAttack
    >>> print(*commands(ReplicationAttack(copies=2), 3), sep=chr(10))
    potluck run replication-attack --set copies=2 --seed 3
    potluck sweep replication-attack --set copies=2 --first-seed 3 --seeds 20 --out results/replication-attack-sweep
    """
    run = command_line(scenario, seed)
    words = shlex.split(run)[2:-2]
    out = f"results/{scenario.name()}-sweep"
    return run, shlex.join(["potluck", "sweep", *words, "--first-seed", str(seed), "--seeds", "20", "--out", out])
