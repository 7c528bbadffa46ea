"""How fast Algorithm 1 is for a growing market: the column algorithm beside the O(N²) programme and the literal graph.

Run ``python benchmarks/hiding.py``. Nothing passes or fails; the figures depend on the machine, the ratios less so.
"""

import numpy as np
from _timing import median_seconds, seconds
from rich.console import Console
from rich.table import Table

from potluck.mechanisms import FreeSharing, Setting, desirable_payments, hiding_column, largest_disparity
from potluck.mechanisms.limits.hiding import hiding_column_by_scan
from potluck.models import MarketGrowth

GROWTH = -0.668


def beside_the_programme(table: Table, last: int, repeats: int) -> None:
    fast = median_seconds(lambda: hiding_column(GROWTH, last), repeats)
    plain = median_seconds(lambda: hiding_column_by_scan(GROWTH, last), 3)
    apart = np.abs(hiding_column(GROWTH, last).payments - hiding_column_by_scan(GROWTH, last).payments).max()
    table.add_row(
        f"one column, {last} types",
        f"{fast * 1e3:.2f} ms",
        f"O(N²) programme {plain * 1e3:.0f} ms",
        f"{plain / fast:.0f} times faster; {apart:.0e} apart",
    )


def beside_the_literal_algorithm(table: Table, last: int) -> None:
    types = [list(range(last + 1))] * 2

    def literal() -> object:
        setting = Setting.pooled(FreeSharing(), types, lambda amount: np.asarray(amount), MarketGrowth(GROWTH).worth)
        return desirable_payments(setting, "graph")

    slow = seconds(literal)
    fast = median_seconds(lambda: [hiding_column(GROWTH, last, others) for others in range(last + 1)], 15)
    table.add_row(
        f"all columns, types 0..{last}",
        f"{fast * 1e3:.2f} ms",
        f"the paper's graph, Bellman-Ford {slow:.2f} s",
        f"{slow / fast:.0f} times faster",
    )


def alone(table: Table, growth: float, others: int, last: int) -> None:
    ours = median_seconds(lambda: hiding_column(growth, last, others, others), 3)
    once = median_seconds(lambda: np.arange(1.0, last + 1) ** (1 + growth), 5)
    table.add_row(
        f"one column, {last:.0e} types, α = {growth:g}, {'B' if others else 'A'}",
        f"{ours:.2f} s",
        f"their powers t^(1 + α) {once * 1e3:.0f} ms",
        f"{ours / last * 1e9:.0f} ns a type, {ours / once:.0f} powers",
    )


def main() -> None:
    table = Table("what", "ours", "beside", "")
    for last, repeats in ((300, 101), (1000, 51), (3000, 21)):
        beside_the_programme(table, last, repeats)
    for last in (8, 16):
        beside_the_literal_algorithm(table, last)
    for growth in (-0.9, -0.668, -0.66):
        for others in (0, 1):
            alone(table, growth, others, 1_000_000)
    for growth, convention in ((-0.668, "A"), (-0.668, "B"), (-0.664, "A")):
        took = median_seconds(lambda growth=growth, convention=convention: largest_disparity(growth, convention), 3)
        found = largest_disparity(growth, convention).largest
        table.add_row(f"boundary at α = {growth:g}, {convention}", f"{took * 1e3:.0f} ms", "", f"D/ε = {found}")
    Console().print(table)


if __name__ == "__main__":
    main()
