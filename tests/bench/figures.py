"""Figures of a command: what was measured, on what, beside which bars; as a table and as JSON.

Each command writes `build/bench/<name>.json`: when, machine, versions, commit, options, `figures` as the
command describes them, and `bars`, the figures that something is asked of.
"""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.machine import commit, machine, versions

REPORTS: Final = Path(__file__).parents[2] / "build/bench"
PLAIN_WIDTH: Final = 110
"""Columns of a table in a file or pipe, which has no width of its own."""


@dataclass(frozen=True)
class Bar:
    """A figure and what is asked of it."""

    what: str
    value: float
    unit: str
    limit: float
    at_least: bool = False
    at_full_size: bool = True
    """Whether the figure is of the size that the bar speaks of."""

    @property
    def met(self) -> bool:
        """Whether the figure is as good as asked."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def as_json(self) -> dict[str, Any]:
        """The bar as it stands in a report."""
        return {**asdict(self), "met": self.met}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Bar":
        """A bar from a report."""
        return cls(**{name: told[name] for name in told if name != "met"})


def console() -> Console:
    """Where a command prints."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def spread(values: Sequence[float]) -> dict[str, float]:
    """The median of repeats with the lowest and the highest."""
    return {"median": median(values), "min": min(values), "max": max(values)}


def table(out: Console, headings: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Print a table; plain characters when the output is not a terminal."""
    shown = Table(box=box.SIMPLE if out.is_terminal else box.ASCII2)
    for number, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if number else "left")
    for line in lines:
        shown.add_row(*line)
    out.print(shown)


def show_bars(out: Console, bars: Iterable[Bar]) -> None:
    """Print figures beside what is asked of them."""
    lines = [
        (
            bar.what,
            f"{bar.value:,.4g} {bar.unit}",
            f"{'at least' if bar.at_least else 'at most'} {bar.limit:,g}",
            ("met" if bar.met else "MISSED") + ("" if bar.at_full_size else ", at small size"),
        )
        for bar in bars
    ]
    table(out, ("what", "figure", "asked", "so"), lines)


@dataclass
class Report:
    """What one command found."""

    name: str
    options: argparse.Namespace
    begun: datetime

    @classmethod
    def begin(cls, name: str, options: argparse.Namespace) -> "Report":
        """Begin now."""
        return cls(name, options, datetime.now(UTC))

    def write(
        self, out: Console, figures: Mapping[str, Any], bars: Sequence[Bar], name: str = ""
    ) -> None:
        """Write the report, print the bars, and say where it is."""
        path = REPORTS / f"{name or self.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = {
            "begun": self.begun.isoformat(timespec="seconds"),
            "seconds_taken": (datetime.now(UTC) - self.begun).total_seconds(),
            "commit": commit(),
            "machine": machine(),
            "versions": versions(),
            "options": {
                key: value if isinstance(value, int | float | bool) else str(value)
                for key, value in vars(self.options).items()
                if value is not None
            },
            "figures": figures,
            "bars": [bar.as_json() for bar in bars],
        }
        path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
        show_bars(out, bars)
        out.print(f"Written to {path.relative_to(REPORTS.parents[1])}")
