"""How fast the export is: `python -m tests.bench.export`, rows a second and the memory of its process.

Each round is a process of its own that exports the same ledger into a new directory; its peak memory is
what the system says of it.  The rounds' manifests must be the same bytes.  A ledger is generated, or one
that `tests.bench.generate` made is named.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from rich.console import Console

from ledger.store.database import Addresses
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from tests.bench.country import Country
from tests.bench.figures import Bar
from tests.bench.generate import load
from tests.bench.machine import commit, machine, versions

CHECKOUT: Final = Path(__file__).parents[2]
REPORT: Final = CHECKOUT / "build/bench/export.json"
SETS: Final = {"marks": ["marks"], "all": ["marks", "log", "totals", "acts"]}
RATE: Final = 1_000_000
FULL_ROWS: Final = 9_900_000
COMMAND: Final = Path(sys.executable).with_name("attendance-ledger")
_SAID: Final = re.compile(r"Wrote ([\d,]+) rows in .* in ([\d.]+) s")


def generated(data_dir: Path, country: Country) -> dict[str, Any]:
    """A ledger in a new directory; what it was loaded with."""
    with EmbeddedPostgres.open(data_dir) as server:
        addresses = Addresses(service=server.service_url, owner=server.owner_url)
        migrate(addresses)
        return asdict(load(addresses, data_dir / "secrets" / "ledger.key", country))


def exporting(data_dir: Path, directory: Path, what: list[str]) -> dict[str, Any]:
    """One export, by the command: rows, seconds, the process's peak memory, and the manifest's hash."""
    wanted = [part for name in what for part in ("--what", name)]
    command = [str(COMMAND), "export", "--data-dir", str(data_dir), "--to", str(directory), *wanted]
    begun = perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds_in_all = perf_counter() - begun
        out.seek(0)
        said = out.read()
    found = _SAID.search(said)
    if process.returncode or found is None:
        raise RuntimeError(f"the export ended with {process.returncode}: {said}")
    rows, seconds = int(found[1].replace(",", "")), float(found[2])
    return {
        "rows": rows,
        "seconds": seconds,
        "rows_per_second": rows / seconds,
        "seconds_with_start": seconds_in_all,
        "peak_rss_bytes": used.ru_maxrss * 1024,
        "processor_seconds": used.ru_utime + used.ru_stime,
        "parquet_bytes": sum(path.stat().st_size for path in directory.rglob("*.parquet")),
        "manifest_sha256": said.split()[-1],
    }


def measured(given: argparse.Namespace, data_dir: Path, work: Path, console: Console) -> list[Any]:
    """The sets of data sets, so many times each, with the database server kept running."""
    found, rounds = [], given.rounds
    with EmbeddedPostgres.open(data_dir):
        for name in given.sets:
            what = SETS[name]
            played = []
            for number in range(rounds):
                with tempfile.TemporaryDirectory(dir=work) as directory:
                    played.append(exporting(data_dir, Path(directory) / str(number), what))
            if len({one["manifest_sha256"] for one in played}) != 1:
                raise RuntimeError(f"{name}: the same position gave different bytes")
            rates = [one["rows_per_second"] for one in played]
            peak = max(one["peak_rss_bytes"] for one in played)
            console.print(
                f"{name}: {played[0]['rows']:,} rows, {median(rates):,.0f} rows/s "
                f"({min(rates):,.0f} to {max(rates):,.0f}), at most {peak / 1e6:,.0f} MB, "
                f"{played[0]['parquet_bytes'] / played[0]['rows']:.2f} B a row"
            )
            found.append({"what": name, "rows_per_second_median": median(rates), "rounds": played})
    return found


def bars(found: list[Any]) -> list[Bar]:
    """What is asked of the export of marks."""
    return [
        Bar(
            "Parquet export",
            one["rows_per_second_median"],
            "rows/s",
            RATE,
            at_least=True,
            at_full_size=one["rounds"][0]["rows"] >= FULL_ROWS,
        )
        for one in found
        if one["what"] == "marks"
    ]


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.export", description=__doc__)
    parser.add_argument("--marks", type=int, default=10_000_000)
    parser.add_argument("--data-dir", type=Path, help="a generated ledger")
    parser.add_argument("--work", type=Path, help="directory for what is written")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    return parser.parse_args()


def main() -> int:
    """Return the exit status."""
    given = options()
    console = Console(highlight=False)
    begun = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="export-", dir=given.work) as directory:
        work = Path(directory)
        data_dir = given.data_dir or work / "ledger"
        if given.data_dir is None:
            generated(data_dir, Country(given.marks, 2))
        found = measured(given, data_dir, work, console)
    report = {
        "bars": [bar.as_json() for bar in bars(found)],
        "begun": begun.isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
        "sets": found,
    }
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
