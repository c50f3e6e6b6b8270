"""Load a ledger with so many marks of invented schools: `python -m tests.bench.generate --marks N --data-dir D`.

Schools, their years and their rolls are entered through the ledger, at the beginning of the first year;
marks are finished rows (`tests.bench.finished`), sent by binary COPY, a school week at a time in a process
for each core.  `attendance-ledger verify` accepts the whole.  Requests of marks have acts and no request
keys: nobody will ask for them again.  The directory must hold no ledger yet; one whose loading was
interrupted is of no use and has to be removed.

The schools have URNs from 300001 up; the first is the largest.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
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
from ledger.store import rows
from ledger.store.database import Addresses, Connection, Database, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from ledger.store.vault import KeyFile, Vault
from tests.bench.country import YEAR_GROUPS, Country, School, Week, terms_of
from tests.bench.finished import CLIENT, WeekRows, positions
from tests.bench.world import SCHOOL_DAY

NAMES_AT_ONCE: Final = 200
ROWS_AT_ONCE: Final = 10_000
_BY: Final = {"name": "A Bench", "position": "Data manager"}
_COPY: Final = {
    "act": "COPY act (position, recorded_at, client, request_key, number, salt, leaf, state) "
    "FROM STDIN (FORMAT binary)",
    "mark": "COPY mark (position, act, school, day, pupil, half, revision, code, replaced, salt, leaf, "
    "state) FROM STDIN (FORMAT binary)",
}

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
    with connect_as_owner(addresses) as connection, connection.transaction():
        # Held to the end: nobody appends meanwhile.
        row = connection.execute("SELECT position FROM log_head FOR UPDATE").fetchone()
        assert row is not None
        weeks, amendments, last = _laid_out(country, row[0])
        work = _Work(addresses, key_file, country)
        for done in _performed(work, weeks, processes or os.cpu_count() or 1):
            told("Marks", done * country.marks // len(weeks), country.marks)
        connection.execute(
            "UPDATE log_head SET position = %s, recorded_at = (SELECT max(recorded_at) FROM act)",
            [last],
        )
    with connect_as_owner(addresses) as connection:
        connection.execute("ANALYZE act, record, mark, request_key, data_key")
    entries = 2 * country.pupils * sum(len(week.days) for week in country.weeks)
    seconds = monotonic() - begun
    return Loaded(entries, amendments, last, len(country.schools), country.pupils, seconds)


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
    years = range(country.first_year, country.first_year + country.years)
    for year in years:
        yield ledger.set_school_year(school.urn, year, _year(year), request())
    first_day = country.weeks[0].days[0]
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
    born = date(country.first_year - 5 - year_group, 9, 1) + timedelta(number % 360)
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
    """What a process needs to make the rows of any week."""

    addresses: Addresses
    key_file: Path
    country: Country


def _laid_out(country: Country, head: int) -> tuple[list[tuple[Week, int]], int, int]:
    """Each week with its first position; how many amendments there are; the last position."""
    weeks, amendments = [], 0
    for week in country.weeks:
        weeks.append((week, head + 1))
        entered, standing = country.codes(week)
        head += positions(country, entered, standing)
        amendments += int((entered != standing).sum())
    return weeks, amendments, head


def _performed(work: _Work, weeks: list[tuple[Week, int]], processes: int) -> Iterator[int]:
    """Load the weeks; how many are done, each time one is."""
    if processes == 1:
        for done, (week, first) in enumerate(weeks, start=1):
            _load_week(work, week, first)
            yield done
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), _take, (work,)) as pool:
        waiting = [pool.submit(_load_taken, week, first) for week, first in weeks]
        for done, future in enumerate(as_completed(waiting), start=1):
            future.result()
            yield done


_taken: list[_Work] = []
"""What this process was given to work with."""


def _take(work: _Work) -> None:
    _taken.append(work)


def _load_taken(week: Week, first: int) -> None:
    _load_week(_taken[0], week, first)


def _load_week(work: _Work, week: Week, first: int) -> None:
    """One week in one transaction."""
    with connect_as_owner(work.addresses) as connection, connection.transaction():
        keys: dict[str, bytes] = {}
        for made in WeekRows(work.country, week, first).sessions():
            _send(connection, "act", [made.acts])
            _send(connection, "mark", made.marks)
            keys |= made.keys
        key_file = KeyFile(work.key_file)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO data_key (scope, wrapped) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                [(scope, key_file.wrap(scope, keys[scope])) for scope in sorted(keys)],
            )


def _send(connection: Connection, table: str, made: list[bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY[table]) as copy:
        copy.write(rows.COPY_HEADER)
        for start in range(0, len(made), ROWS_AT_ONCE):
            copy.write(b"".join(made[start : start + ROWS_AT_ONCE]))
        copy.write(rows.COPY_TRAILER)


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
    return parser.parse_args()


def main() -> int:
    """Return the exit status: 0, or 1 where the ledger is not empty."""
    given = options()
    console = Console(stderr=True, highlight=False)
    country = Country(given.marks, given.years, given.largest, given.seed)
    with EmbeddedPostgres.open(given.data_dir) as server:
        addresses = Addresses(service=server.service_url, owner=server.owner_url)
        migrate(addresses)
        key_file = given.data_dir / "secrets" / "ledger.key"
        try:
            with progress(console) as told:
                loaded = load(addresses, key_file, country, told)
        except NotEmptyError as error:
            console.print(f"{given.data_dir}: {error}.")
            return 1
    print(
        f"{loaded.entries:,} entries and {loaded.amendments:,} amended entries of {loaded.pupils:,} "
        f"pupils at {loaded.schools} schools, {loaded.positions:,} positions, in {loaded.seconds:.0f} s."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
