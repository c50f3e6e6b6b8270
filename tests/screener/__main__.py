"""`python -m tests.screener`: our statistical files before the Department's own file screener.

Published rows of two local authorities are posted to a service of its own; the statistical extracts and their
metadata are taken from it by HTTP and given to `eesyscreener`, which must be installed in R (it is the
Department's, under the GPL 3, and runs as a program of its own).  The exit status is 1 when a file fails, 2
when the screener cannot be run.
"""

import argparse
import csv
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

import httpx

from api.callers import create_key
from api.demo.published import find_row
from api.demo.run import DemoResult, run_demo
from api.settings import Settings
from ledger.store.database import Addresses, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from tests.api.conftest import opened, served

AREAS: Final = ("Bracknell Forest", "Newham")
FILES: Final = ("ees-attendance-wide", "ees-attendance-tidy", "ees-absence-termly")
DAYS_OF_TIDY: Final = timedelta(days=34)
"""Enough for every time frame, and small enough for the screener to check it in memory."""
SCREEN: Final = """
arguments <- commandArgs(TRUE)
found <- eesyscreener::screen_csv(arguments[1], arguments[2], log_dir = tempdir())
write.csv(found$results_table, arguments[3], row.names = FALSE)
"""


class Verdict(NamedTuple):
    """What the screener said of one check of one file."""

    check: str
    result: str
    message: str


@contextmanager
def service() -> Iterator[tuple[str, str]]:
    """A service with nothing in it: its address, and a key to it."""
    with tempfile.TemporaryDirectory(prefix="screener-") as name:
        folder = Path(name)
        # The server's account need not be ours.
        folder.chmod(0o755)
        with EmbeddedPostgres.open(folder / "server") as server:
            addresses = Addresses(service=server.service_url, owner=server.owner_url)
            migrate(addresses)
            settings = Settings(data_dir=folder)
            with opened(addresses, settings, folder / "ledger.key") as made, served(made) as url:
                with connect_as_owner(addresses) as owner:
                    key = create_key(owner, "screener", ["all"], ["all"])
                yield url, key


def taken(url: str, key: str, posted: list[DemoResult], folder: Path) -> Iterator[str]:
    """Write each file with its metadata; the names of the files, without what follows the point."""
    schools = [school.urn for result in posted for school in result.schools]
    first, last = posted[0].first_day, posted[0].last_day
    with httpx.Client(
        base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=300
    ) as http:
        for name in FILES:
            until = min(last, first + DAYS_OF_TIDY) if name == "ees-attendance-tidy" else last
            days = {"from": first.isoformat(), "to": until.isoformat()}
            for of, asked in (("", schools), ("-suppressed", [schools[0], *schools[2:]])):
                for part in ("", ".meta"):
                    answer = http.get(
                        f"/v1/extracts/{name}{part}",
                        params={"school": asked, "format": "csv", **days},
                    )
                    answer.raise_for_status()
                    (folder / f"{name}{of}{part}.csv").write_bytes(answer.content)
                yield f"{name}{of}"


def screened(name: str, folder: Path, command: list[str]) -> list[Verdict]:
    """What the screener says of a file.  Raises OSError or CalledProcessError where it cannot be run."""
    (folder / "screen.R").write_text(SCREEN, encoding="utf-8")
    asked = [*command, "screen.R", f"{name}.csv", f"{name}.meta.csv", f"{name}.screened.csv"]
    subprocess.run(asked, cwd=folder, check=True, capture_output=True, text=True)
    with (folder / f"{name}.screened.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Verdict(row["check"], row["result"], row["message"]) for row in csv.DictReader(lines)
        ]


def report(name: str, verdicts: list[Verdict]) -> bool:
    """Print what was said of a file, each check that it did not pass by name; whether none failed."""
    failed = [one for one in verdicts if one.result == "FAIL"]
    passed = sum(one.result == "PASS" for one in verdicts)
    print(f"{name}: {passed} of {len(verdicts)} checks passed, {len(failed)} failed")
    for one in verdicts:
        if one.result != "PASS":
            print(f"  {one.result} {one.check}: {one.message}")
    return not failed


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.screener", description=__doc__)
    parser.add_argument("--rscript", default="Rscript", help="the command that runs R's scripts")
    parser.add_argument("--folder", type=Path, help="where the files are written and kept")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="screened-"))
    with service() as (url, key):
        posted = [run_demo(url, key, find_row(area)) for area in AREAS]
        names = list(taken(url, key, posted, folder))
    try:
        found = {name: screened(name, folder, shlex.split(given.rscript)) for name in names}
    except OSError as error:
        print(f"R cannot be run: {error.strerror}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"The screener cannot be run:\n{error.stderr}", file=sys.stderr)
        return 2
    print(f"The files are in {folder}")
    verdicts = [report(name, said) for name, said in found.items()]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
