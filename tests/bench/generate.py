"""Load a ledger with so many marks of invented schools: `python -m tests.bench.generate --marks N --data-dir D`.

Schools, their years and their rolls are entered through the ledger, at the beginning of the first year;
marks are finished rows (`tests.bench.finished`), sent by binary COPY without keys, which are built
afterwards (`tests.bench.loading`), an academic year at a time in a process for each core.
`attendance-ledger verify` accepts the whole.  Requests of marks have acts and no request keys: nobody
will ask for them again.  The directory must hold no ledger yet; one whose loading was interrupted is of
no use and has to be removed.  `country.json` in it says what it holds (`Country.noted`).

The schools have URNs from 300001 up; the first is the largest.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count, groupby
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import Any, Final
from uuid import UUID

from rich.console import Console

from api.console import progress
from ledger.admissions.admission import EnterNames
from ledger.application import AttendanceLedger
from ledger.requests import Request
from ledger.schools.school import DescribeSchool, SetSchoolYear
from ledger.store.database import Addresses, Connection, Database, connect_as_owner
from ledger.store.migrations import migrate
from ledger.store.vault import KeyFile, Vault, scope_of
from tests.bench import loading
from tests.bench.country import LAST_YEAR, YEAR_GROUPS, Country, School, Week, terms_of
from tests.bench.finished import CLIENT, Roll, WeekRows, key_of, positions
from tests.bench.world import SCHOOL_DAY

NAMES_AT_ONCE: Final = 200
TOLD_EVERY_SECONDS: Final = 1
_BY: Final = {"name": "A Bench", "position": "Data manager"}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Loaded:
    """What a ledger was loaded with."""

    entries: int
    amendments: int
    positions: int
    schools: int
    pupils: int
    seconds: float
    bytes_of_rows: int
    bytes_of_marks: int
    """Of the rows of `mark` on disk, and of these with their keys and indexes."""


class NotEmptyError(RuntimeError):
    """The ledger holds something already: rows are only ever loaded into an empty one."""


def load(
    addresses: Addresses,
    key_file: Path,
    country: Country,
    told: Progress = lambda *_: None,
    processes: int | None = None,
) -> Loaded:
    """Fill an empty ledger, whose tables are there.  Raises NotEmptyError."""
    begun = monotonic()
    with connect_as_owner(addresses) as connection:
        if _head(connection):
            raise NotEmptyError("the ledger is not empty")
    _set_up(addresses, KeyFile.open_or_create(key_file), country, told)
    with connect_as_owner(addresses) as connection, loading.without_keys(connection):
        with connection.transaction():
            # Held to the end: nobody appends meanwhile.
            row = connection.execute("SELECT position FROM log_head FOR UPDATE").fetchone()
            assert row is not None
            work = _Work(addresses, key_file, country)
            amendments, last = _performed(work, row[0], processes or os.cpu_count() or 1, told)
            connection.execute(
                "UPDATE log_head SET position = %s, "
                "recorded_at = (SELECT max(recorded_at) FROM act)",
                [last],
            )
        told("Keys", 0, 1)
    with connect_as_owner(addresses) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE) act, record, request_key, data_key")
        connection.execute("ANALYZE mark")
        on_disk = loading.bytes_of_marks(connection)
    entries = sum(2 * len(week.days) * country.pupils_of(week.year) for week in country.weeks)
    seconds = monotonic() - begun
    schools, pupils = len(country.schools), country.pupils
    return Loaded(entries, amendments, last, schools, pupils, seconds, *on_disk)


def filled(
    data_dir: Path,
    country: Country,
    told: Progress = lambda *_: None,
    processes: int | None = None,
) -> Loaded:
    """A new ledger in a directory, loaded and closed, with a note of what it holds.

    Raises NotEmptyError.
    """
    with loading.server(data_dir) as server:
        addresses = Addresses(service=server.service_url, owner=server.owner_url)
        migrate(addresses)
        found = load(addresses, data_dir / "secrets" / "ledger.key", country, told, processes)
    country.note(data_dir)
    return found


# -- schools and rolls, through the ledger -----------------------------------------------------------


class _Clock:
    """The first of August of the first year, and a little later at each look."""

    def __init__(self, year: int) -> None:
        self._now = datetime(year, 8, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(microseconds=10)
        return self._now


def _set_up(addresses: Addresses, key_file: KeyFile, country: Country, told: Progress) -> None:
    database = Database(addresses)
    database.open()
    numbers = count(1)

    def request() -> Request:
        key = f"set-up-{next(numbers)}"
        return Request(CLIENT, key, key_file.digest(key.encode()))

    try:
        with AttendanceLedger(database, Vault(key_file), _Clock(country.first_year)) as ledger:
            for done, school in enumerate(country.schools):
                told("Schools", done, len(country.schools))
                for answer in list(_asked(ledger, country, school, request)):
                    if answer.result(120).status != 201:
                        raise RuntimeError(f"a school could not be set up: {answer.result()}")
    finally:
        database.close()


def _asked(
    ledger: AttendanceLedger, country: Country, school: School, request: Callable[[], Request]
) -> Iterator[Future[Any]]:
    """A school, its years and its roll."""
    described = DescribeSchool.model_validate(_school(country, school))
    yield ledger.describe_school(school.urn, described, request())
    for year in range(school.first_year, LAST_YEAR + 1):
        yield ledger.set_school_year(school.urn, year, _year(year), request())
    first_day = next(week.days[0] for week in country.weeks if week.year == school.first_year)
    for start in range(0, school.pupils, NAMES_AT_ONCE):
        numbers = range(start, min(start + NAMES_AT_ONCE, school.pupils))
        entries = [_name(country, school, number, first_day) for number in numbers]
        names = EnterNames.model_validate({"by": _BY, "entries": entries})
        yield ledger.enter_names(school.urn, names, request())


def _school(country: Country, school: School) -> dict[str, Any]:
    return {
        "name": f"Generated School {school.urn}",
        "laestab": school.laestab,
        "local_authority": school.authority,
        "type": "academy",
        "register_times": SCHOOL_DAY,
        "in_force_from": f"{country.first_year}-08-01",
        "by": _BY,
    }


def _year(year: int) -> SetSchoolYear:
    terms = [
        {"name": name, "from": first, "to": last, "half_term": {"from": off, "to": back}}
        for name, first, (off, back), last in terms_of(year)
    ]
    return SetSchoolYear.model_validate({"terms": terms, "closures": [], "by": _BY})


def _name(country: Country, school: School, number: int, first_day: date) -> dict[str, Any]:
    group = number // 30
    year_group = 7 + group % YEAR_GROUPS
    born = date(school.first_year - 5 - year_group, 9, 1) + timedelta(number % 360)
    return {
        "pupil": str(UUID(bytes=country.ids[school.first + number].tobytes())),
        "surname": f"Pupil{number:04}",
        "forenames": "Test",
        "date_of_birth": born.isoformat(),
        "starting_day": first_day.isoformat(),
        "year_group": str(year_group),
        "registration_group": f"{year_group}{chr(ord('A') + group // YEAR_GROUPS)}",
    }


# -- marks, as finished rows -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """What a process needs to load any academic year."""

    addresses: Addresses
    key_file: Path
    country: Country


@dataclass(frozen=True)
class _Year:
    """One academic year to load: its weeks, each with its first position."""

    year: int
    weeks: tuple[tuple[Week, int], ...]


def _laid_out(
    country: Country, head: int, counted: Iterable[tuple[int, int]]
) -> tuple[list[_Year], int, int]:
    """The years, those with most marks first; how many amendments there are; the last position."""
    weeks, amendments = [], 0
    for week, (taken, amended) in zip(country.weeks, counted, strict=True):
        weeks.append((week, head + 1))
        head += taken
        amendments += amended
    by_year = groupby(weeks, key=lambda one: one[0].year)
    years = [_Year(year, tuple(of_year)) for year, of_year in by_year]
    years.sort(key=lambda one: len(one.weeks) * country.pupils_of(one.year), reverse=True)
    return years, amendments, head


def _performed(work: _Work, head: int, processes: int, told: Progress) -> tuple[int, int]:
    """Load every year, in so many processes; how many amendments there are, and the last position."""
    country, weeks = work.country, work.country.weeks
    if processes == 1:
        counted = [positions(country, week) for week in weeks]
        years, amendments, last = _laid_out(country, head, counted)
        for done, one in enumerate(years):
            told("Marks", done * country.marks // len(years), country.marks)
            _load_year(work, one, lambda _: None)
        return amendments, last
    context = get_context("spawn")
    loaded = context.Value("q", 0)
    with ProcessPoolExecutor(processes, context, _take, (work, loaded)) as pool:
        years, amendments, last = _laid_out(country, head, pool.map(_counted, weeks))
        waiting = {pool.submit(_load_taken, one) for one in years}
        while waiting:
            ended, waiting = wait(waiting, TOLD_EVERY_SECONDS, FIRST_EXCEPTION)
            told("Marks", loaded.value, country.marks)
            for future in ended:
                future.result()
    return amendments, last


_taken: list[tuple[_Work, Any]] = []
"""What this process was given to work with, and where it counts what it has loaded."""


def _take(work: _Work, loaded: Any) -> None:
    _taken.append((work, loaded))


def _counted(week: Week) -> tuple[int, int]:
    return positions(_taken[0][0].country, week)


def _load_taken(year: _Year) -> None:
    work, loaded = _taken[0]

    def count(marks: int) -> None:
        with loaded.get_lock():
            loaded.value += marks

    _load_year(work, year, count)


def _load_year(work: _Work, year: _Year, count: Callable[[int], None]) -> None:
    """One academic year in one transaction, its acts in another."""
    roll = Roll(work.country, year.year)
    told_of: set[int] = set()
    with (
        connect_as_owner(work.addresses) as connection,
        connect_as_owner(work.addresses) as another,
        connection.transaction(),
    ):
        loading.empty(connection, year.year)
        with loading.marks(connection, year.year) as send, loading.acts(another) as send_acts:
            for week, first in year.weeks:
                made = WeekRows(work.country, roll, week, first)
                for of_session in made.sessions():
                    send_acts(of_session.acts)
                    send(of_session.marks)
                    count(len(of_session.marks))
                told_of |= made.told_of
        key_file = KeyFile(work.key_file)
        scopes = (scope_of(roll.stream[number].decode()) for number in sorted(told_of))
        wrapped = ((scope, key_file.wrap(scope, key_of(scope))) for scope in scopes)
        loading.send_keys(connection, wrapped)


def _head(connection: Connection) -> int:
    row = connection.execute("SELECT position FROM log_head").fetchone()
    return row[0] if row else 0


# -- the command line --------------------------------------------------------------------------------


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.generate", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument("--marks", type=int, required=True, help="original entries, about")
    parser.add_argument("--data-dir", type=Path, required=True, help="a directory without a ledger")
    parser.add_argument("--years", type=int, default=1, help="academic years, 2025/26 the last")
    parser.add_argument("--largest", type=int, default=1500, help="pupils of the largest school")
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--history", type=int, default=0, help="years of the first school, if more")
    parser.add_argument("--together", type=int, default=3, help="schools of one authority")
    parser.add_argument("--weeks-free", type=int, default=0, help="last weeks without marks")
    return parser.parse_args()


def main() -> int:
    """Return the exit status: 0, or 1 where the ledger is not empty."""
    given = vars(options())
    data_dir = given.pop("data_dir")
    console = Console(stderr=True, highlight=False)
    try:
        with progress(console) as told:
            loaded = filled(data_dir, Country(**given), told)
    except NotEmptyError as error:
        console.print(f"{data_dir}: {error}.")
        return 1
    marks = loaded.entries + loaded.amendments
    print(
        f"{loaded.entries:,} entries and {loaded.amendments:,} amended entries of {loaded.pupils:,} "
        f"pupils at {loaded.schools} schools, {loaded.positions:,} positions, in {loaded.seconds:.0f} s; "
        f"{loaded.bytes_of_marks / marks:.0f} bytes a mark, {loaded.bytes_of_rows / marks:.0f} without keys."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
