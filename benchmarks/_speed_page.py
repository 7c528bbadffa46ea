"""The tables of docs/explanation/speed.md, made from the results that `dynamics.py` keeps."""

from typing import Any

BEGIN, END = "<!-- from benchmarks/results/dynamics.json -->", "<!-- end -->"
EVEN = 0.05
"""Times that differ by less are as good as equal: so much they differ from run to run."""


def with_tables(page: str, found: str) -> str:
    """Return the page with the tables put between its marks."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{found}\n\n{END}{rest.split(END)[1]}"


def tables(results: dict[str, Any]) -> str:
    """Return how potluck compares, line by line and by number of players, and where it is behind."""
    pairs = _pairs(results)
    compared = [(work, ours, f"{peer} {_time(took)}", _ratio(took / mine)) for work, peer, mine, took, ours in pairs]
    behind = [f"{work}: {peer} ({_ratio(took / mine)})" for work, peer, mine, took, _ in pairs if took < mine * (1 - EVEN)]
    held = results["bytes a player"]
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    return "\n\n".join(
        [
            f"Versions: {versions}.",
            _table(("work", "potluck", "beside it", "potluck is"), compared),
            _growth(results["growth"]),
            f"A million players take {held['payoffs'] + held['model']:.1f} bytes each: {held['payoffs']} for payoffs that differ "
            f"from player to player and {held['model']} for the model.",
            "Behind:\n\n" + "\n".join(f"- {line}" for line in behind) if behind else "Behind nowhere.",
        ]
    )


def _pairs(results: dict[str, Any]) -> list[tuple[str, str, float, float, str]]:
    """Return work, peer, potluck's seconds and the peer's, and potluck's in words."""
    took = {(line["task"], line["tool"]): line["seconds"] for line in results["seconds"]}
    found = []
    for line in results["seconds"]:
        if line["beside"]:
            mine, detail = took[line["task"], line["beside"]], line["beside"].removeprefix("potluck").removeprefix(", ")
            found.append((line["task"], line["tool"], mine, line["seconds"], f"{detail} {_time(mine)}".strip()))
    for row in results["growth"]:
        for tool, seconds in row.items():
            if tool not in ("players", "potluck") and seconds:
                work = f"a round of {row['players']:,} players"
                found.append((work, tool, row["potluck"], seconds, _time(row["potluck"])))
    return found


def _growth(rows: list[dict[str, Any]]) -> str:
    tools = [name for name in rows[0] if name != "players"]
    lines = [
        (f"{row['players']:,}", f"{1 / row['potluck']:,.0f}", *(_time(row[tool]) if row[tool] else "" for tool in tools))
        for row in rows
    ]
    return _table(("players", "rounds a second", *tools), lines)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _ratio(times: float) -> str:
    if abs(times - 1) <= EVEN:
        return "as fast"
    return f"{times:.3g} times as fast" if times > 1 else f"{1 / times:.3g} times as slow"
