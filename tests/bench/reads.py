"""Measure reads and the rebuild: `python -m tests.bench.reads --marks N [--years 6] [--data-dir D]`.

A store of finished rows is loaded (`tests.bench.generate`), or the one in the directory is used. Then:

- the sheets are rebuilt, beside the library's `ProjectionRunner` (`tests.bench.runner`), and the largest
  school's sheets of a week are held against a plain fold;
- over HTTP, from the service as it is served: a pupil's whole history, by turns with the library's read of
  an aggregate of 2,400 events behind the same FastAPI; the register of one day as of the evening of that
  day, totals by pupil of the largest school over a year, totals of a year three hundred times, one school
  after the other;
- in one process, totals once from the sheets and once from the log: what the kept view is worth.

Prints a table and writes `build/bench/reads.json`. The largest school has 1,500 pupils. Measured on a
machine that does something else besides, the figures say little.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final
from uuid import UUID

import httpx
from rich.console import Console

from ledger.law.codes import BUILT_IN
from ledger.schools.calendar import SESSIONS, Span, span_of_year
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from ledger.store.vault import KeyFile, Vault
from projections import asof
from projections.grid import TotalsQuery
from projections.register import RegisterQuery, register
from projections.school import load as load_book
from projections.sheets import reading
from projections.sheets.rebuilding import rebuild
from projections.totals import totals
from tests.bench import services
from tests.bench.country import LAST_YEAR, Country
from tests.bench.database import make_room
from tests.bench.generate import NotEmptyError, load
from tests.bench.machine import commit, machine, versions
from tests.bench.rival import AttendanceRegister
from tests.bench.runner import Registers, events_per_second

REPORT: Final = Path(__file__).parents[2] / "build/bench/reads.json"
DAY: Final = date(LAST_YEAR, 11, 20)
YEAR: Final = span_of_year(LAST_YEAR)
HISTORIES: Final = 20
"""Pupils whose histories are asked for in each round."""
SCHOOLS: Final = 300
"""Times that totals of a school's year are asked for: as often as a large authority has schools."""
RIVAL_EVENTS: Final = 2_400
"""Events of the rival's aggregate: six school years of one pupil."""
FROM_THE_LOG: Final = 2
"""Times that totals are counted from the log: slowly."""


@dataclass
class Read:
    """One kind of read: milliseconds of each time it was done."""

    name: str
    milliseconds: list[float]

    @property
    def p99(self) -> float:
        """The 99th percentile; of fewer than a hundred times the longest."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def timed(name: str, rounds: int, do: Callable[[], Any]) -> Read:
    """Do something so many times, after one that is not counted."""
    [found] = by_turns(rounds, {name: do})
    return found


def by_turns(rounds: int, reads: Mapping[str, Callable[[], Any]]) -> list[Read]:
    """The same with several things by turns, so that they meet the same machine."""
    found = {name: Read(name, []) for name in reads}
    for do in reads.values():
        do()
    for _ in range(rounds):
        for name, do in reads.items():
            begun = perf_counter()
            do()
            found[name].milliseconds.append(1000 * (perf_counter() - begun))
    return list(found.values())


@contextmanager
def opened(data_dir: Path) -> Iterator[tuple[Addresses, Vault]]:
    """The store's database, its schema up to date."""
    with EmbeddedPostgres.open(data_dir) as server:
        addresses = Addresses(service=server.service_url, owner=server.owner_url)
        migrate(addresses)
        yield addresses, Vault(KeyFile.open_or_create(data_dir / "secrets" / "ledger.key"))


def loaded(given: argparse.Namespace, data_dir: Path, console: Console) -> Country:
    """Load the store where the directory holds none."""
    country = Country(given.marks, given.years)
    with opened(data_dir) as (addresses, _):
        try:
            found = load(addresses, data_dir / "secrets" / "ledger.key", country)
            console.print(f"Loaded {found.entries:,} entries in {found.seconds:.0f} s")
        except NotEmptyError:
            console.print("The store is there already")
    return country


def rebuilt(addresses: Addresses, country: Country) -> dict[str, Any]:
    """Rebuild the sheets, hold the largest school's against the log, and let the rival project."""
    codes = sorted({code.symbol for code in BUILT_IN.codes})
    begun = perf_counter()
    made = rebuild(addresses, codes)
    seconds = perf_counter() - begun
    with connect_as_owner(addresses) as connection:
        row = connection.execute("SELECT count(*) FROM mark").fetchone()
    assert row is not None
    _sheets_are_right(addresses, country.schools[0].urn)
    try:
        projected = events_per_second(make_room(addresses.owner))
    finally:
        with connect_as_owner(addresses) as connection:
            connection.execute("DROP SCHEMA IF EXISTS rival CASCADE")
    return {
        "seconds": seconds,
        "marks": row[0],
        "marks_per_second": row[0] / seconds,
        "books": made.books,
        "runner_events_per_second": projected,
        "ratio": row[0] / seconds / projected,
    }


def _sheets_are_right(addresses: Addresses, urn: str) -> None:
    """What stands in a week's sheets is what stands in its register."""
    days = Span(DAY, DAY + timedelta(6))
    database = Database(addresses)
    database.open()
    try:
        with database.reading() as connection:
            at = asof.head(connection)
            book = load_book(connection, urn, at)
            entries = register(
                connection, book, RegisterQuery(urn, days.first, days.last), at
            ).entries
            sheets = reading.read(connection, urn, days, at)
    finally:
        database.close()
    assert sheets is not None
    stand = {
        (day, SESSIONS[half], pupil): code
        for day, half, codes in sheets.entries()
        for pupil, code in codes.items()
    }
    assert stand == {(one.date, one.session, one.pupil): one.code for one in entries}


def in_process(addresses: Addresses, vault: Vault, country: Country, rounds: int) -> list[Read]:
    """Totals of the largest school over a year, from the sheets and from the log."""
    urn = country.schools[0].urn
    database = Database(addresses)
    database.open()
    found = []
    usual = reading.CHANGES_MAX
    try:
        with database.reading() as connection:
            at = asof.head(connection)
            book = load_book(connection, urn, at)
            for by in ("pupil", "school", "week"):
                query = TotalsQuery(urn, YEAR.first, YEAR.last, by)
                answers = []

                def ask(query: TotalsQuery = query, answers: list[Any] = answers) -> None:
                    answers.append(totals(connection, book, query, at, vault))

                for source, changes_max, times in (
                    ("sheets", usual, rounds),
                    ("log", -1, FROM_THE_LOG),
                ):
                    reading.CHANGES_MAX = changes_max  # type: ignore[misc]
                    found.append(timed(f"totals by {by} from the {source}", times, ask))
                assert all(answer == answers[0] for answer in answers)
    finally:
        reading.CHANGES_MAX = usual  # type: ignore[misc]
        database.close()
    return found


def over_http(data_dir: Path, country: Country, rounds: int) -> list[Read]:
    """The same kinds of read as a client meets them, one after the other."""
    school, year = country.schools[0], {"from": YEAR.first, "to": YEAR.last}
    pupils = [_pupil(country, number) for number in range(min(HISTORIES, school.pupils))]
    evening = {"date": DAY, "as_of": f"{DAY}T20:00:00Z"}
    histories, schools = cycle(pupils), cycle(country.schools)
    with _serving(data_dir) as get, _rival_serving(data_dir) as read_rival:
        found = by_turns(
            HISTORIES * rounds,
            {
                "history of a pupil": lambda: get(
                    f"/pupils/{next(histories)}/history", limit=10_000
                ),
                f"rival's read of {RIVAL_EVENTS:,} events": read_rival,
            },
        )
        found += [
            timed(
                "register of a day, as of its evening",
                20 * rounds,
                lambda: get(f"/schools/{school.urn}/attendance", **evening, limit=10_000),
            ),
            timed(
                "totals by pupil of a year",
                rounds,
                lambda: get(f"/schools/{school.urn}/totals", **year, by="pupil"),
            ),
            timed(
                "totals of a year, one school after the other",
                SCHOOLS,
                lambda: get(f"/schools/{next(schools).urn}/totals", **year, by="school"),
            ),
        ]
    return found


@contextmanager
def _serving(data_dir: Path) -> Iterator[Callable[..., httpx.Response]]:
    """The service as it is served: a function that asks it for something under /v1."""
    port = services.free_port()
    with services.product(port, data_dir, data_dir / "reads.log"):
        key = services.product_key(data_dir)
        with _client(port, {"Authorization": f"Bearer {key}"}) as client:
            yield lambda path, **asked: client.get(path, params=asked).raise_for_status()


@contextmanager
def _rival_serving(data_dir: Path) -> Iterator[Callable[[], httpx.Response]]:
    """The rival on the same database: a function that has it read one pupil's events."""
    port, urn, pupil, first = services.free_port(), "300001", str(UUID(int=1)), date(2020, 9, 1)
    asked = {"pupil": pupil, "from": first, "to": first + timedelta(RIVAL_EVENTS)}
    with opened(data_dir) as (addresses, _):
        environment = make_room(addresses.owner)
        try:
            register = AttendanceRegister(urn, pupil, first.year)
            for number in range(RIVAL_EVENTS - 1):
                day = (first + timedelta(number // 2)).isoformat()
                register.enter(
                    day=day,
                    session=SESSIONS[number % 2],
                    code="/",
                    detail=None,
                    arrived_at=None,
                    name="C Tutor",
                    position="Form tutor",
                )
            with Registers(env=environment) as application:
                application.save(register)
            log = data_dir / "rival.log"
            with services.rival(port, environment, log), _client(port, {}) as client:
                path = f"/schools/{urn}/attendance"
                yield lambda: client.get(path, params=asked).raise_for_status()
        finally:
            with connect_as_owner(addresses) as connection:
                connection.execute("DROP SCHEMA IF EXISTS rival CASCADE")


def _client(port: int, headers: Mapping[str, str]) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}/v1", headers=headers, timeout=120)


def _pupil(country: Country, number: int) -> str:
    text = country.ids[number].tobytes().hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reads", description=__doc__)
    parser.add_argument("--marks", type=int, default=10_000_000, help="original entries, about")
    parser.add_argument("--years", type=int, default=6, help="academic years they are spread over")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data-dir", type=Path, help="where the store is or is to be made")
    return parser.parse_args()


def measure(given: argparse.Namespace, data_dir: Path, console: Console) -> None:
    """Load, measure, print and write."""
    country = loaded(given, data_dir, console)
    with opened(data_dir) as (addresses, vault):
        made = rebuilt(addresses, country)
        reads = in_process(addresses, vault, country, given.rounds)
    reads += over_http(data_dir, country, given.rounds)
    console.print(
        f"Sheets of {made['marks']:,} marks rebuilt in {made['seconds']:.1f} s, "
        f"{made['marks_per_second']:,.0f} a second; ProjectionRunner "
        f"{made['runner_events_per_second']:,.0f} events a second: {made['ratio']:.0f} times"
    )
    for one in reads:
        console.print(
            f"{one.name:46} median {median(one.milliseconds):7.1f}   p99 {one.p99:7.1f}   "
            f"highest {max(one.milliseconds):7.1f} ms   of {len(one.milliseconds)}"
        )
    console.print(f"The {SCHOOLS} schools together took {sum(reads[-1].milliseconds) / 1000:.1f} s")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    shown = {
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
        "options": {name: str(value) for name, value in vars(given).items()},
        "rebuild": made,
        "reads": [
            asdict(one) | {"median": median(one.milliseconds), "p99": one.p99} for one in reads
        ],
    }
    REPORT.write_text(json.dumps(shown, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Return the exit status."""
    given, console = options(), Console(highlight=False)
    if given.data_dir is not None:
        measure(given, given.data_dir, console)
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-reads-") as directory:
        measure(given, Path(directory), console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
