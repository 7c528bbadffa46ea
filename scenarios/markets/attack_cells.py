"""The cells of the attack matrix: the best variant of every attack under every rule, computed together, in parallel, and kept."""

import contextlib
import itertools
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from ...arrays import ROUND_OFF
from ...attacks import (
    Attack,
    Candidate,
    Interval,
    Scheme,
    best_of,
    candidates,
    crews,
    settle,
)
from ...attacks.over_seeds import gains_interval, with_seeds
from ...attacks.search import refined
from ...mechanisms import Mechanism
from ...models.tasks import Task
from ...progress import track
from ...store import Store
from .cell_keys import code_of, fingerprint_of_task

SECONDS_WORTH_A_POOL = 6.0
NUMBERS = 6

Numbers: TypeAlias = tuple[float, ...]
"""Which candidate is best, gain, honest loss, whether money added up, how many candidates were tried, whether these are all, and
what the best one's parameters with intervals were refined to."""

Word: TypeAlias = Literal["proved", "refuted", "no counterexample", "not asked"]
"""What is said of a demand: of all there is within stated bounds, by one case, of what was tried, or nothing."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One rule, attack and task: the most that somebody gains by some variant of the attack, or why there is no such thing.

    Parameters
    ----------
    mechanism, attack, task
        What was played.
    best
        The variant that gains most; None where there is none.
    crew
        Who mounts it, by number from 0.
    gain
        What the attackers gain beyond their honest payoffs; nan where nothing can be mounted.
    honest_loss
        What all others lose together.
    pool
        What the honest joint model is worth to a party, on average.
    money
        Whether payments added up to what the rule promises.
    note
        How many variants were tried, or why the attack cannot be expressed.
    complete
        Whether every variant was tried that there is, by whoever may mount it.
    draws
        How often the data were drawn, and the attacker's random numbers.
    drawn
        The draw of the task on which the attack gains most.
    mean, interval
        The mean over the draws of what the best variant gains on each, and its 95 % interval (`gains_interval`).
    """

    mechanism: Mechanism
    attack: Attack
    task: Task
    best: Attack | None
    crew: tuple[int, ...]
    gain: float
    honest_loss: float
    pool: float
    money: bool
    note: str
    complete: bool = False
    draws: tuple[int, int] = (1, 1)
    drawn: Task | None = None
    mean: float = math.nan
    interval: tuple[float, float] = (math.nan, math.nan)

    @property
    def pays(self) -> bool:
        """Whether the attackers gain, beyond round-off of what there is to gain."""
        return self.gain > ROUND_OFF * (abs(self.pool) or 1.0)

    @property
    def word(self) -> Word:
        """What is said of the demand that the attack does not pay."""
        if self.best is None:
            return "not asked"
        return "refuted" if self.pays else "proved" if self.complete else "no counterexample"

    @property
    def relative_gain(self) -> float:
        """The gain in units of what the honest joint model is worth to a party."""
        return self.gain / self.pool if self.pool > 0 else math.nan

    def over_draws(self) -> str:
        """Return the mean gain with its interval, in words; nothing where everything was drawn once."""
        times = math.prod(self.draws)
        if times == 1 or math.isnan(self.mean):
            return ""
        low, high = self.interval
        where = f", on {self.drawn.short()}" if self.drawn is not None and self.drawn != self.task else ""
        return f"; mean gain {self.mean:.4g} in [{low:.4g}, {high:.4g}] over {times} draws, the largest shown{where}"

    @property
    def who(self) -> str:
        """Who mounts the attack, counted from 1."""
        names = " and ".join(str(party + 1) for party in self.crew)
        return f"part{'y' if len(self.crew) == 1 else 'ies'} {names}"


@dataclass(frozen=True, eq=False)
class Job:
    """One task and attack, for all rules that are missing: what accounts are worth together is worked out once."""

    task: Task
    attack: Attack
    mechanisms: tuple[Mechanism, ...]
    responding: bool

    def play(self) -> list[Numbers | str]:
        """Return what each rule's cell comes to, or why there is none."""
        found, reason = candidates(self.task, self.attack)
        if not found:
            return [str(reason)] * len(self.mechanisms)
        return [self._best(found, rule) for rule in self.mechanisms]

    def _best(self, found: Sequence[Candidate], rule: Mechanism, whole: bool = True) -> Numbers | str:
        try:
            honest = settle(Scheme.honest(self.task), rule)
            best = best_of(found, rule, honest, self.responding)
        except ValueError as error:
            able = [candidate for candidate in found if _settles(rule, candidate)]
            return self._best(able, rule, False) if 0 < len(able) < len(found) else f"the rule cannot settle it: {error}"
        place = every_variant(self.attack, self.task.n_parties).index((best.attack, best.attacker, best.partner))
        whole = whole and self.attack.tries_everything()
        with contextlib.suppress(ValueError):  # a rule that cannot settle what lies between is left with what it can
            best = refined(best, self.attack, self.task, rule, self.responding)
        shares = [float(getattr(best.attack, name)) for name in between(self.attack)]
        return (float(place), best.gain, best.honest_loss, float(best.money), float(len(found)), float(whole), *shares)


def between(attack: Attack) -> list[str]:
    """Return the free parameters of an attack that are refined between the values that are tried."""
    return [name for name, span in attack.free_ranges().items() if isinstance(span, Interval)]


def _settles(rule: Mechanism, candidate: Candidate) -> bool:
    try:
        settle(candidate.scheme, rule)
    except ValueError:
        return False
    return True


def every_variant(attack: Attack, parties: int) -> list[tuple[Attack, int, int | None]]:
    """Return every variant of an attack with whoever may mount it."""
    return [(variant, lead, other) for variant in attack.variants() for lead, other in crews(variant, parties)]


def attack_cells(
    tasks: Sequence[Task],
    mechanisms: Sequence[Mechanism],
    attacks: Sequence[Attack],
    responding: bool = False,
    store: Store | None = None,
    afresh: bool = False,
    task_seeds: Sequence[int] = (),
    attack_seeds: Sequence[int] = (),
) -> list[Cell]:
    """Return the cells of all tasks, attacks and rules, in this order.

    Parameters
    ----------
    tasks, mechanisms, attacks
        What to play.
    responding
        Whether honest parties respond before gains are counted, as in `respond`.
    store
        Where cells are kept, under a text that names everything they depend on, the program's own files included: a run that was
        stopped goes on where it was. None: nothing is kept.
    afresh
        Whether cells that are kept are computed anew, and replaced.
    task_seeds, attack_seeds
        Seeds of data and of attackers' random numbers, each with each; none: those that tasks and attacks have.

    Examples
    --------
    >>> from potluck.mechanisms import ShapleyDivision
    >>> from potluck.models import CoalitionValues
    >>> from potluck.attacks import Replicate
    >>> (cell,) = attack_cells([CoalitionValues([0, 0.7, 0.7, 1])], [ShapleyDivision()], [Replicate()])
    >>> round(cell.gain, 3), cell.best.copies, cell.who
    (0.178, 16, 'party 1')
    """
    drawn = [with_seeds(task, task_seeds) if task_seeds else [task] for task in tasks]
    tried = [with_seeds(attack, attack_seeds) if attack_seeds else [attack] for attack in attacks]
    every_task, every_attack = list(itertools.chain(*drawn)), list(itertools.chain(*tried))
    known = _answers(every_task, mechanisms, every_attack, _Kept(store, responding), afresh)
    pools = [float(Scheme.honest(task).market.pool.mean()) for task in every_task]
    cells = []
    task_places, attack_places = _places(drawn), _places(tried)
    for (rows, task), (m, rule), (columns, attack) in itertools.product(
        zip(task_places, tasks, strict=True), enumerate(mechanisms), zip(attack_places, attacks, strict=True)
    ):
        played = [[_cell(rule, every_attack[a], every_task[t], pools[t], known[t, a, m]) for a in columns] for t in rows]
        cells.append(_over_draws(played, task, attack))
    return cells


def _places(groups: Sequence[Sequence[object]]) -> list[range]:
    """Return where each group's members are among all."""
    ends = list(itertools.accumulate(map(len, groups), initial=0))
    return [range(*pair) for pair in itertools.pairwise(ends)]


def _answers(
    tasks: Sequence[Task], mechanisms: Sequence[Mechanism], attacks: Sequence[Attack], kept: "_Kept", afresh: bool
) -> dict[tuple[int, int, int], Numbers | str]:
    """Return what every rule's cell comes to, by numbers of task, attack and rule: kept before, or played now and kept."""
    jobs: dict[tuple[int, int], Job] = {}
    known: dict[tuple[int, int, int], Numbers | str] = {}
    for (t, task), (a, attack) in itertools.product(enumerate(tasks), enumerate(attacks)):
        found = {m: None if afresh else kept.find(task, attack, rule) for m, rule in enumerate(mechanisms)}
        known |= {(t, a, m): numbers for m, numbers in found.items() if numbers is not None}
        if missing := [mechanisms[m] for m, numbers in found.items() if numbers is None]:
            jobs[t, a] = Job(task, attack, tuple(missing), kept.responding)
    for ((t, a), job), answers in zip(jobs.items(), played(list(jobs.values())), strict=True):
        places = [(t, a, m) for m in range(len(mechanisms)) if (t, a, m) not in known]
        for place, rule, answer in zip(places, job.mechanisms, answers, strict=True):
            known[place] = answer
            kept.keep(job.task, job.attack, rule, answer)
    return known


def _over_draws(played: Sequence[Sequence[Cell]], task: Task, attack: Attack) -> Cell:
    """Return the cell of a task and attack over draws of both: that of the draw with the largest gain, with mean and interval."""
    cells = list(itertools.chain(*played))
    able = [cell for cell in cells if cell.best is not None]
    if not able:
        return replace(cells[0], task=task, attack=attack)
    most = max(able, key=lambda cell: cell.gain)
    draws = len(played), len(played[0])
    gains = np.array([[cell.gain for cell in row] for row in played])
    whole = len(able) == len(cells)
    interval = gains_interval(gains) if whole else (math.nan, math.nan)
    broken = next((cell.note for cell in able if not cell.money), most.note)
    return replace(
        most,
        task=task,
        drawn=most.task,
        attack=attack,
        money=all(cell.money for cell in able),
        note=broken,
        complete=whole and all(cell.complete for cell in able),
        draws=draws,
        mean=float(gains.mean()) if whole else math.nan,
        interval=interval,
    )


class _Kept:
    """Cells on disk, under everything they depend on."""

    def __init__(self, store: Store | None, responding: bool) -> None:
        self.store = store
        self.responding = responding
        self._contents: dict[int, str] = {}

    def _key(self, task: Task, attack: Attack, rule: Mechanism) -> str | None:
        code = code_of(task, attack, rule)
        if code is None:
            return None
        if id(task) not in self._contents:
            self._contents[id(task)] = f"{task} {fingerprint_of_task(task)}"
        what = f"attack {attack} under {rule} on {self._contents[id(task)]}"
        return f"{what}, others {'respond' if self.responding else 'are honest'}, code {code}"

    def find(self, task: Task, attack: Attack, rule: Mechanism) -> Numbers | None:
        """Return a cell's numbers, if they are kept."""
        key = self._key(task, attack, rule) if self.store else None
        found = self.store.find(key) if self.store and key else None
        return None if found is None or len(found) != NUMBERS + len(between(attack)) else tuple(found.tolist())

    def keep(self, task: Task, attack: Attack, rule: Mechanism, answer: Numbers | str) -> None:
        """Keep a cell's numbers; a reason is found again as fast as it would be read."""
        key = self._key(task, attack, rule) if self.store and not isinstance(answer, str) else None
        if self.store and key:
            self.store.keep(key, np.array(answer))


def played(jobs: Sequence[Job]) -> Iterator[list[Numbers | str]]:
    """Play jobs in order, in worker processes once the rest would take longer than starting them."""
    started = time.perf_counter()
    rest = list(jobs)
    while rest:
        yield from (job.play() for job in track(rest[:1], "attacks"))
        done = len(jobs) - len(rest) + 1
        rest = rest[1:]
        if len(rest) > 1 and len(rest) * (time.perf_counter() - started) / done > SECONDS_WORTH_A_POOL:
            break
    if rest:
        import joblib

        pool = joblib.Parallel(n_jobs=os.cpu_count(), return_as="generator")
        yield from track(pool(joblib.delayed(Job.play)(job) for job in rest), "attacks", len(rest))


def _cell(rule: Mechanism, attack: Attack, task: Task, pool: float, answer: Numbers | str) -> Cell:
    if isinstance(answer, str):
        return Cell(rule, attack, task, None, (), math.nan, math.nan, pool, True, answer)
    place, gain, loss, money, tried, whole, *shares = answer
    best, lead, other = every_variant(attack, task.n_parties)[int(place)]
    best = best.with_parameters(**dict(zip(between(attack), shares, strict=True))) if shares else best
    crew = (lead,) if other is None else (lead, other)
    note = f"best of {int(tried)} tried{', which are all' if whole else ''}" + (
        "" if money else "; payments do not add up to what the rule promises"
    )
    return Cell(rule, attack, task, best, crew, gain, loss, pool, bool(money), note, bool(whole))
