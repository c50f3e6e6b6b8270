"""What extracts cost: `python -m tests.bench.extracts --data-dir D`, on a ledger that `tests.bench.generate` made.

The service runs as it does for anybody; each extract is asked for over HTTP, of all schools and every day
there is, and read to its end.  Sums are counted from the sheets where `attendance-ledger rebuild` has made
them, else from the log.  What is told: rows and marks a second, bytes, processor time a mark of service,
database and client, and by how much the memory of the service grew at most while it answered, for one
school and for all of them: it must be about the same.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic, process_time
from typing import Final, NamedTuple

import httpx
import psutil

from tests.bench import services
from tests.bench.machine import machine
from tests.bench.usage import processor_seconds

LOOKS_EVERY: Final = 0.05
"""Seconds between two looks at the memory of the service."""
ASKED: Final = (
    ("register", "csv"),
    ("register", "ndjson"),
    ("register", "parquet"),
    ("register-history", "csv"),
    ("pupil-summary", "csv"),
    ("code-breakdown", "csv"),
)


DAYS: Final = {"from": "2016-08-01", "to": "2026-07-31"}


class Measured(NamedTuple):
    """One extract, read to its end."""

    name: str
    form: str
    schools: int
    rows: int | None
    marks: int
    bytes_: int
    first_byte_seconds: float
    seconds: float
    memory_bytes: int
    """Of the processes of the service, at most, above what it was before."""
    used: "Used"


class Used(NamedTuple):
    """Processor time, in seconds."""

    service: float
    database: float
    client: float


class _Place(NamedTuple):
    """The service under load."""

    http: httpx.Client
    processes: list[psutil.Process]
    postmaster: int
    """Process id of its database server."""


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.extracts", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--only", action="append", help="name of an extract; repeat for more")
    parser.add_argument("--format", help="this format alone")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    return parser.parse_args()


def main() -> None:
    """Measure, and print a line for each."""
    given = options()
    port = services.free_port()
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "service.log"
        with services.product(port, given.data_dir, log):
            key = services.product_key(given.data_dir)
            headers = {"Authorization": f"Bearer {key}"}
            address = f"http://127.0.0.1:{port}/v1"
            with httpx.Client(base_url=address, headers=headers, timeout=600) as http:
                place = _Place(http, _of_service(), _postmaster(given.data_dir))
                found = list(_measured(place, given.only, given.format))
    if given.json:
        text = json.dumps({"machine": machine(), "extracts": [one._asdict() for one in found]})
        given.json.write_text(text + "\n", encoding="utf-8")


def _measured(place: _Place, only: list[str] | None, format_: str | None) -> Iterator[Measured]:
    http = place.http
    schools, days = _all_there_is(http)
    marks = {1: _marks(http, schools[:1], days), len(schools): _marks(http, schools, days)}
    for name, form in ASKED:
        if (only and name not in only) or format_ not in (None, form):
            continue
        for some in (schools[:1], schools):
            one = _read(place, (name, form), some, days, marks[len(some)])
            print(_line(one), flush=True)
            yield one


def _all_there_is(http: httpx.Client) -> tuple[list[str], dict[str, str]]:
    """The schools of the log, and the days that a generated ledger has at most."""
    schools: set[str] = set()
    after = 0
    while True:
        page = http.get("/log", params={"after": after, "limit": 1000}).json()
        for event in page["events"]:
            if event["type"] == "school-described":
                schools.add(event["school"])
        marks = any(event["type"] == "attendance-entered" for event in page["events"])
        if marks or "next" not in page:
            break
        after = page["next"]
    return sorted(schools), DAYS


def _marks(http: httpx.Client, schools: list[str], days: dict[str, str]) -> int:
    """How many marks stand, by the breakdown of codes."""
    asked = [*(("school", urn) for urn in schools), *days.items(), ("by", "school")]
    with http.stream(
        "GET", "/extracts/code-breakdown", params=[*asked, ("format", "ndjson")]
    ) as answer:
        return sum(json.loads(line)["sessions"] for line in answer.iter_lines())


def _read(
    place: _Place,
    extract: tuple[str, str],
    schools: list[str],
    days: dict[str, str],
    marks: int,
) -> Measured:
    name, form = extract
    asked = [*(("school", urn) for urn in schools), *days.items(), ("format", form)]
    rows = size = 0
    before = _used(place)
    with _watching(place.processes) as grown:
        begun = monotonic()
        first = 0.0
        with place.http.stream("GET", f"/extracts/{name}", params=asked) as answer:
            answer.raise_for_status()
            for piece in answer.iter_raw():
                first = first or monotonic() - begun
                size += len(piece)
                rows += piece.count(b"\n")
        seconds = monotonic() - begun
    used = Used(*(after - then for after, then in zip(_used(place), before, strict=True)))
    counted = None if form == "parquet" else rows - (form == "csv")
    return Measured(name, form, len(schools), counted, marks, size, first, seconds, grown[0], used)


def _used(place: _Place) -> Used:
    """What service, database and this process have used until now."""
    service = sum(sum(process.cpu_times()[:2]) for process in place.processes)
    return Used(service, processor_seconds(place.postmaster), process_time())


@contextmanager
def _watching(processes: list[psutil.Process]) -> Iterator[list[int]]:
    """By how much the processes grew at most, together."""

    def held() -> int:
        return sum(process.memory_info().rss for process in processes)

    before, done, grown = held(), Event(), [0]

    def watch() -> None:
        while not done.wait(LOOKS_EVERY):
            grown[0] = max(grown[0], held() - before)

    thread = Thread(target=watch)
    thread.start()
    try:
        yield grown
    finally:
        done.set()
        thread.join()


def _postmaster(data_dir: Path) -> int:
    lines = (data_dir / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    return int(lines[0])


def _of_service() -> list[psutil.Process]:
    """The processes of the service, without those of its database."""
    found = psutil.Process().children(recursive=True)
    return [process for process in found if not process.name().startswith(("postgres", "pg_ctl"))]


def _line(one: Measured) -> str:
    pace = f"{one.rows / one.seconds:>9,.0f} rows/s " if one.rows is not None else " " * 17
    used = "/".join(f"{seconds / one.marks * 1e6:.2f}" for seconds in one.used)
    return (
        f"{one.name:17} {one.form:8} {one.schools:3} schools {one.marks:>11,} marks "
        f"{one.bytes_ / 2**20:>8,.0f} MiB {one.seconds:>7.1f} s {pace}"
        f"{one.marks / one.seconds:>11,.0f} marks/s  first byte {one.first_byte_seconds:.2f} s  "
        f"memory +{one.memory_bytes / 2**20:,.0f} MiB  processor {used} µs a mark"
    )


if __name__ == "__main__":
    sys.exit(main())
