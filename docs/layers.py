"""Draw which room imports which, as the code does; run as ``python docs/layers.py`` to make the picture anew."""

import tomllib
from collections import Counter
from pathlib import Path

import grimp
import numpy as np
from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
GROUND = "ground"
UP = "#d55e00"


def floors() -> list[list[str]]:
    """Return the rooms from the top floor down, as the contract of import-linter has them; the lowest modules are one floor."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    found = [
        [part.strip().strip("()").removeprefix("potluck.") for part in line.replace(":", "|").split("|")]
        for line in contracts[0]["layers"]
    ]
    return [found[0], *(floor for floor in found[1:] if (ROOT / floor[0]).is_dir()), [GROUND]]


def imports() -> Counter[tuple[str, str]]:
    """Count the imports between rooms, importing room first; those that only a type checker follows are left out."""
    graph = grimp.build_graph("potluck", exclude_type_checking_imports=True)
    rows = floors()
    rooms = {name for floor in rows for name in floor}

    def room(module: str) -> str | None:
        name = module.partition(".")[2].partition(".")[0]
        if name in rooms:
            return name
        if name.endswith(("_command", "_commands")):
            return rows[0][0]
        return GROUND if (ROOT / f"{name}.py").is_file() else None

    counts: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            pair = room(module), room(other)
            if pair[0] and pair[1] and pair[0] != pair[1]:
                counts[pair[0], pair[1]] += 1
    return counts


def draw() -> Figure:
    """Return the drawing: a floor a row, an arrow a pair of rooms, as thick as there are imports; those that go up in red."""
    rows = floors()
    height = {name: len(rows) - number for number, floor in enumerate(rows) for name in floor}
    figure = Figure(figsize=(9, 8), dpi=130, layout="constrained")
    axis = figure.subplots()
    for floor in rows:
        label = ", ".join(floor) if floor != [GROUND] else "ground: arrays, components, papers, store, verdicts, ..."
        axis.text(0, height[floor[0]], label, ha="right", va="center", fontsize=11)
    down = sorted({(height[one], height[other]) for one, other in imports()}, key=lambda pair: pair[0] - pair[1])
    sizes = Counter[tuple[int, int]]()
    for (one, other), count in imports().items():
        sizes[height[one], height[other]] += count
    for start, end in down:
        if start == end:
            continue
        reach = 0.35 * abs(start - end)
        places = np.linspace(0, np.pi, 40)
        side = 1 if start > end else -1
        x = 0.15 + (reach * np.sin(places) if side > 0 else -reach * np.sin(places))
        y = (start + end) / 2 + (start - end) / 2 * np.cos(places)
        colour = "0.35" if side > 0 else UP
        axis.plot(x, y, color=colour, linewidth=0.5 + 0.6 * np.log(sizes[start, end]), alpha=0.55)
        axis.plot(x[-1], end, marker="<" if side > 0 else ">", color=colour, markersize=5)
    ups = sum(count for (one, other), count in imports().items() if height[one] < height[other])
    axis.set_title(f"Which room imports which: {ups or 'no'} arrows go up", fontsize=12)
    axis.set_xlim(-4.2, 0.5 + 0.35 * len(rows))
    axis.axis("off")
    return figure


def main() -> None:
    """Write the picture."""
    draw().savefig(ROOT / "docs" / "images" / "layers.png")


if __name__ == "__main__":
    main()
