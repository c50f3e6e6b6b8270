"""The figures as a table and as JSON."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.contender import Workload
from tests.bench.figures import Bar
from tests.bench.load import Outcome

RATIOS: Final = {30: 8.0, 1_000: 10.0}
"""What is asked of the product against the rival, by the marks of a request."""
RATIO_TO_COPY: Final = 0.5
FULL_ROUNDS: Final = 5


@dataclass
class Comparison:
    """The counted rounds of one workload, in pairs: the product's n-th against the rival's n-th."""

    workload: Workload
    product: list[Outcome]
    rival: list[Outcome]
    copied: list[float] = field(default_factory=list)
    """Rows a second of a bare COPY after each pair; none where it was not asked for."""

    def ratios_to_copy(self) -> list[float]:
        """Return the product's marks a second over the rows a second of a bare COPY."""
        pairs = zip(self.product, self.copied, strict=False)
        return [ours.marks_per_second / theirs for ours, theirs in pairs]

    def ratios(self) -> list[float]:
        """Return the product's marks a second over the rival's, pair by pair."""
        pairs = zip(self.product, self.rival, strict=True)
        return [ours.marks_per_second / theirs.marks_per_second for ours, theirs in pairs]

    def answers(self) -> int:
        """Return the number of requests that both sides answered."""
        return sum(outcome.requests for outcome in self.product + self.rival)

    def as_json(self) -> dict[str, Any]:
        """Return the workload, its summaries and every round."""
        return {
            **asdict(self.workload),
            "ratio_median": median(self.ratios()),
            "ratios": self.ratios(),
            "copied_rows_per_second": self.copied,
            "ratios_to_copy": self.ratios_to_copy(),
            "product": _side_as_json(self.product),
            "rival": _side_as_json(self.rival),
        }


def _side_as_json(rounds: list[Outcome]) -> dict[str, Any]:
    rates = [outcome.marks_per_second for outcome in rounds]
    return {
        "marks_per_second": {"median": median(rates), "min": min(rates), "max": max(rates)},
        "p50_ms": median(outcome.p50_ms for outcome in rounds),
        "p99_ms": median(outcome.p99_ms for outcome in rounds),
        "rounds": [
            {"marks_per_second": outcome.marks_per_second, **asdict(outcome)} for outcome in rounds
        ],
    }


def show(console: Console, comparisons: list[Comparison]) -> None:
    """Print the table; plain characters when the output is not a terminal."""
    table = Table(box=box.SIMPLE if console.is_terminal else box.ASCII2)
    table.add_column("load")
    table.add_column("side")
    for heading in ("marks/s", "min", "max", "p50 ms", "p99 ms", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    for comparison in comparisons:
        load = f"{comparison.workload.connections} x {comparison.workload.marks:,}"
        ratios = comparison.ratios()
        middle, span = f"{median(ratios):.1f}", f"{min(ratios):.1f}-{max(ratios):.1f}"
        table.add_row(load, "product", *_cells(comparison.product), middle)
        table.add_row(
            "", "rival", *_cells(comparison.rival), span, end_section=not comparison.copied
        )
        if copied := comparison.copied:
            rates = [f"{rate:,.0f}" for rate in (median(copied), min(copied), max(copied))]
            part = f"{median(comparison.ratios_to_copy()):.2f}"
            table.add_row("", "bare COPY", *rates, "", "", part, end_section=True)
    console.print(table)
    console.print("load: connections x marks in a request; rates and latencies: medians of rounds")
    console.print(
        "bare COPY: finished rows into the same table, 1,000 a commit, one connection, no HTTP"
    )
    console.print("ratio: product to rival, median of the pairs; under it, lowest and highest")


def _cells(rounds: list[Outcome]) -> list[str]:
    summary = _side_as_json(rounds)
    rates = [f"{summary['marks_per_second'][name]:,.0f}" for name in ("median", "min", "max")]
    return [*rates, f"{summary['p50_ms']:.1f}", f"{summary['p99_ms']:.1f}"]


def bars(comparisons: list[Comparison]) -> list[Bar]:
    """What is asked of the ratios."""
    found = []
    for one in comparisons:
        full = len(one.product) >= FULL_ROUNDS
        if (least := RATIOS.get(one.workload.marks)) and one.workload.connections > 1:
            what = f"registers of {one.workload.marks:,} against the library as it comes"
            found.append(Bar(what, median(one.ratios()), "x", least, True, full))
        if one.copied:
            what = f"registers of {one.workload.marks:,} against a bare COPY"
            found.append(Bar(what, median(one.ratios_to_copy()), "x", RATIO_TO_COPY, True, full))
    return found


def write(path: Path, comparisons: list[Comparison], about: dict[str, Any]) -> None:
    """Write everything that was measured, and what it was measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        **about,
        "workloads": [comparison.as_json() for comparison in comparisons],
        "bars": [bar.as_json() for bar in bars(comparisons)],
    }
    path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
