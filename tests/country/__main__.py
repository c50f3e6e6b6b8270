"""`python -m tests.country`: schools of any number, their export, and the questions asked of both engines.

With `--exported` an export that is there is asked, and nothing is generated.  The exit status is 1 where
the engines differ.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from dask.distributed import Client, LocalCluster
from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.country import Country
from tests.bench.export import exporting
from tests.bench.generate import filled
from tests.bench.machine import commit, machine
from tests.country.asking import Answer, answers

CHECKOUT: Final = Path(__file__).parents[2]
REPORT: Final = CHECKOUT / "build/bench/country.json"
PLAIN_WIDTH: Final = 100


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.country", description=__doc__)
    parser.add_argument("--marks", type=int, default=1_000_000)
    parser.add_argument("--years", type=int, default=2)
    parser.add_argument("--exported", type=Path, help="an export with all four data sets")
    parser.add_argument("--work", type=Path, help="directory for the ledger and the files")
    return parser.parse_args()


@contextmanager
def prepared(given: argparse.Namespace, console: Console) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The directory of an export, and what is known of how it was made."""
    if given.exported:
        yield given.exported, {}
        return
    with tempfile.TemporaryDirectory(prefix="country-", dir=given.work) as directory:
        work = Path(directory)
        country = Country(given.marks, given.years)
        console.print(f"Generating {given.marks:,} marks at {len(country.schools)} schools")
        loaded = asdict(filled(work / "ledger", country))
        console.print("Exporting")
        exported = exporting(work / "ledger", work / "files", ["marks", "log", "totals", "acts"])
        yield work / "files", {"loaded": loaded, "exported": exported}


def ask(exported: Path) -> Iterator[Answer]:
    """The questions, Dask's on a cluster of a process for each core."""
    cluster = LocalCluster(
        n_workers=os.cpu_count() or 1, threads_per_worker=1, dashboard_address=None
    )
    with cluster, Client(cluster):
        yield from answers(exported)


def main() -> int:
    """Return the exit status: 0, or 1 where the engines differ."""
    given = options()
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    begun = datetime.now(UTC)
    with prepared(given, console) as (exported, made):
        clock = perf_counter()
        found = list(ask(exported))
        seconds = perf_counter() - clock
        size = sum(path.stat().st_size for path in exported.rglob("*.parquet"))
    show(console, found)
    console.print(f"{size:,} bytes of Parquet, every question asked twice in {seconds:.0f} s.")
    report = {
        "begun": begun.isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "options": {name: str(value) for name, value in vars(given).items()},
        **made,
        "parquet_bytes": size,
        "questions": [
            {
                "question": one.question,
                "rows": len(one.rows),
                "agree": one.agree,
                "duckdb_seconds": one.duckdb_seconds,
                "dask_seconds": one.dask_seconds,
            }
            for one in found
        ],
    }
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if all(one.agree for one in found) else 1


def show(console: Console, found: list[Answer]) -> None:
    """Print the table."""
    table = Table(box=box.SIMPLE if console.is_terminal else box.ASCII2)
    table.add_column("question")
    for heading in ("rows", "DuckDB s", "Dask s", "agree"):
        table.add_column(heading, justify="right")
    for one in found:
        times = f"{one.duckdb_seconds:.2f}", f"{one.dask_seconds:.2f}"
        table.add_row(one.question, str(len(one.rows)), *times, "yes" if one.agree else "NO")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
