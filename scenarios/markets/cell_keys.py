"""What the cells of the attack matrix depend on, as hashes that name a cell which is kept."""

import hashlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...attacks import Scheme
from ...code_digest import code_digest
from ...components import Component
from ...models.tasks import Task


def fingerprint_of_task(task: Task) -> str:
    """Return a hash of what a task's parties hold and judge by, how alike they are, and what their coalitions are worth."""
    content = hashlib.blake2b(digest_size=16)
    for rows in (*(task.holdings() or ()), *(task.validation() or ())):
        content.update(np.ascontiguousarray(rows.inputs).tobytes())
        content.update(np.ascontiguousarray(rows.targets).tobytes())
    likeness = task.similarity()
    if likeness is not None:
        content.update(likeness.tobytes())
    for game in Scheme.honest(task).market.games:
        content.update(game.values.tobytes())
    return content.hexdigest()


def code_of(*components: Component) -> str | None:
    """Return a hash of the program that cells depend on: tasks, attacks and rules, here and in the modules of components.

    None where a component's class stands in no file, or the program's own sources are not there, so that a change of them would
    go unnoticed.
    """
    files = set()
    for cls in {cls for component in components for cls in _classes(component)}:
        try:
            files.add(Path(inspect.getfile(cls)))
        except (TypeError, OSError):
            return None
    return _code(tuple(sorted(files)))


def _classes(component: Component) -> Iterator[type]:
    """Yield the classes of a component, of the components that it is made of, and of the classifiers that it trains."""
    yield from (cls for cls in type(component).__mro__ if issubclass(cls, Component))
    values = [getattr(component, name) for name in type(component).model_fields]
    for value in (*values, *(component.__pydantic_private__ or {}).values()):
        for part in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(part, Component):
                yield from _classes(part)
            elif hasattr(part, "get_params"):
                yield type(part)


def _code(further: tuple[Path, ...]) -> str | None:
    try:
        return code_digest("potluck.scenarios.markets.attack_cells", files=further)
    except ValueError:
        return None
