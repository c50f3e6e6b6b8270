"""Measure reads: `python -m tests.bench.reads --marks N`, or `--data-dir D` of `tests.bench.generate`.

What stands in a week's sheets of the largest school is held against its register. Then:

- over HTTP, from the service as it is served: whole histories of pupils, each once before anything of them
  is in memory, and then by turns with the library's read of an aggregate of 2,400 events behind the same
  FastAPI; the register of one day as of the evening of that day, and totals by pupil over a year, of the
  largest school; totals of a year three hundred times, one school after the other;
- in one process, totals from the sheets and from the log: what the kept view is worth.

The largest school has 1,500 pupils, who are those whose histories are read.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import cycle
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from rich.console import Console

from ledger.schools.calendar import SESSIONS, Span, span_of_year
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.vault import KeyFile, Vault
from projections import asof
from projections.grid import TotalsQuery
from projections.register import RegisterQuery, register
from projections.school import load as load_book
from projections.sheets import reading
from projections.totals import totals
from tests.bench import services, stored
from tests.bench.country import LAST_YEAR, Country
from tests.bench.database import make_room
from tests.bench.figures import Bar, Report, console, table
from tests.bench.rival import AttendanceRegister
from tests.bench.runner import Registers

FULL_MARKS: Final = 100_000_000
HISTORY_P99_MS: Final = 30
HISTORY_RATIO: Final = 4
REGISTER_P99_MS: Final = 40
TOTALS_MS: Final = 250
DAY: Final = date(LAST_YEAR, 11, 20)
YEAR: Final = span_of_year(LAST_YEAR)
HISTORIES: Final = 40
"""Pupils whose histories are asked for in each round."""
SCHOOLS: Final = 300
"""Times that totals of a school's year are asked for: as often as a large authority has schools."""
RIVAL_EVENTS: Final = 2_400
"""Events of the rival's aggregate: six school years of one pupil."""
SAVED_AT_ONCE: Final = 100
FROM_THE_LOG: Final = 2
"""Times that totals are counted from the log: slowly."""


@dataclass
class Read:
    """One kind of read: milliseconds of each time it was done."""

    name: str
    milliseconds: list[float]

    @property
    def median(self) -> float:
        """The median."""
        return median(self.milliseconds)

    @property
    def p99(self) -> float:
        """The 99th percentile by nearest rank; of fewer than a hundred times the longest."""
        return sorted(self.milliseconds)[ceil(0.99 * len(self.milliseconds)) - 1]


def timed(name: str, rounds: int, do: Callable[[], Any], *, warmed: bool = True) -> Read:
    """Do something so many times, after one that is not counted where it is to be warmed."""
    [found] = by_turns(rounds, {name: do}, warmed=warmed)
    return found


def by_turns(
    rounds: int, reads: Mapping[str, Callable[[], Any]], *, warmed: bool = True
) -> list[Read]:
    """The same with several things by turns, so that they meet the same machine."""
    found = {name: Read(name, []) for name in reads}
    if warmed:
        for do in reads.values():
            do()
    for _ in range(rounds):
        for name, do in reads.items():
            begun = perf_counter()
            do()
            found[name].milliseconds.append(1000 * (perf_counter() - begun))
    return list(found.values())


def sheets_are_right(addresses: Addresses, urn: str) -> None:
    """See that what stands in a week's sheets is what stands in its register."""
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

        def history() -> None:
            get(f"/pupils/{next(histories)}/history", limit=10_000)

        found = [timed("history of a pupil, the first time", len(pupils), history, warmed=False)]
        rival = f"rival's read of {RIVAL_EVENTS:,} events"
        found += by_turns(HISTORIES * rounds, {"history of a pupil": history, rival: read_rival})
        return [
            *found,
            timed(
                "register of a day, as of its evening",
                20 * rounds,
                lambda: get(f"/schools/{school.urn}/attendance", **evening, limit=10_000),
            ),
            timed(
                "totals by pupil of a year",
                4 * rounds,
                lambda: get(f"/schools/{school.urn}/totals", **year, by="pupil"),
            ),
            timed(
                "totals of a year, one school after the other",
                SCHOOLS,
                lambda: get(f"/schools/{next(schools).urn}/totals", **year, by="school"),
            ),
        ]


@contextmanager
def _serving(data_dir: Path) -> Iterator[Callable[..., bytes]]:
    """The service as it is served: a function that asks it for something under /v1."""
    port = services.free_port()
    with services.product(port, data_dir, data_dir / "reads.log"):
        key = services.product_key(data_dir)
        with _client(port, {"Authorization": f"Bearer {key}"}) as get:
            yield get


@contextmanager
def _rival_serving(data_dir: Path) -> Iterator[Callable[[], bytes]]:
    """The rival on the same database: a function that has it read one pupil's events."""
    port, urn, pupil, first = services.free_port(), "300001", str(UUID(int=1)), date(2020, 9, 1)
    asked = {"pupil": pupil, "from": first, "to": first + timedelta(RIVAL_EVENTS)}
    with stored.opened(data_dir) as (_, addresses):
        environment = make_room(addresses.owner)
        try:
            _fill(environment, AttendanceRegister(urn, pupil, first.year), first)
            log = data_dir / "rival.log"
            with services.rival(port, environment, log), _client(port, {}) as get:
                yield lambda: get(f"/schools/{urn}/attendance", **asked)
        finally:
            with connect_as_owner(addresses) as connection:
                connection.execute("DROP SCHEMA IF EXISTS rival CASCADE")


def _fill(environment: dict[str, str], register: AttendanceRegister, first: date) -> None:
    """Enter two marks a day, and save them some at a time, as they would come."""
    with Registers(env=environment) as application:
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
            if number % SAVED_AT_ONCE == 0:
                application.save(register)
        application.save(register)


@contextmanager
def _client(port: int, headers: dict[str, str]) -> Iterator[Callable[..., bytes]]:
    """A client that does no more than read what it is answered, since its own time is in every figure."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:

        def get(path: str, **asked: Any) -> bytes:
            connection.request("GET", f"/v1{path}?{urlencode(asked)}", headers=headers)
            answered = connection.getresponse()
            body = answered.read()
            if answered.status != HTTPStatus.OK:
                raise stored.StoreError(f"a read was answered {answered.status}")
            return body

        yield get


def _pupil(country: Country, number: int) -> str:
    text = country.ids[number].tobytes().hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def bars(found: Mapping[str, Read], marks: int) -> list[Bar]:
    """What is asked of the figures."""
    full = marks >= FULL_MARKS
    history = found["history of a pupil"]
    ratio = found[f"rival's read of {RIVAL_EVENTS:,} events"].median / history.median
    day, year = found["register of a day, as of its evening"], found["totals by pupil of a year"]
    asked = [
        ("six years of a pupil as history, p99", history.p99, HISTORY_P99_MS),
        ("register of a day as it stood, 1,500 pupils, p99", day.p99, REGISTER_P99_MS),
        ("totals by pupil of a school's year", year.median, TOTALS_MS),
    ]
    return [
        Bar("history, times the library's read", ratio, "times", HISTORY_RATIO, True, full),
        *(Bar(what, value, "ms", limit, at_full_size=full) for what, value, limit in asked),
    ]


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reads", description=__doc__)
    parser.add_argument("--marks", type=int, default=10_000_000, help="of the store, if it is made")
    parser.add_argument("--years", type=int, default=6, help="academic years they are spread over")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data-dir", type=Path, help="a store that is there")
    return parser.parse_args()


def measure(given: argparse.Namespace, data_dir: Path, out: Console) -> tuple[int, list[Read]]:
    """Measure a store; its marks, and what was read."""
    country = Country.noted(data_dir)
    with stored.opened(data_dir) as (_, addresses):
        with connect_as_owner(addresses) as connection:
            marks = stored.marks_stored(connection)
        out.print(f"About {marks:,} marks are stored")
        sheets_are_right(addresses, country.schools[0].urn)
        vault = Vault(KeyFile.open_or_create(data_dir / "secrets" / "ledger.key"))
        reads = in_process(addresses, vault, country, given.rounds)
    return marks, reads + over_http(data_dir, country, given.rounds)


def main() -> int:
    """Return the exit status."""
    given, out = options(), console()
    report = Report.begin("reads", given)
    with tempfile.TemporaryDirectory(prefix="bench-reads-") as directory:
        data_dir = given.data_dir or Path(directory)
        if given.data_dir is None:
            stored.generated(data_dir, given.marks, out, years=given.years)
        marks, reads = measure(given, data_dir, out)
    lines = [
        (
            one.name,
            str(len(one.milliseconds)),
            *(f"{of:,.1f}" for of in (one.median, one.p99, max(one.milliseconds))),
        )
        for one in reads
    ]
    table(out, ("read, ms", "times", "median", "p99", "highest"), lines)
    told = [asdict(one) | {"median": one.median, "p99": one.p99} for one in reads]
    figures = {"marks_stored": marks, "reads": told}
    report.write(out, figures, bars({one.name: one for one in reads}, marks))
    return 0


if __name__ == "__main__":
    sys.exit(main())
