"""A store that is there already: its server, and the schools, pupils and days to take registers of.

Whatever filled the store (`tests.bench.generate`, `tests.bench.england`), its schools and rolls are read
from the log. Registers are taken of days that nobody has taken: the last term is prolonged to the end of
July, through the ledger, so that new marks come into the same academic year as those that are stored.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from time import sleep
from typing import Any, Final

import psycopg
from psycopg.conninfo import make_conninfo
from rich.console import Console
from uuid_utils.compat import uuid4

from ledger.application import AttendanceLedger
from ledger.law.codes import BUILT_IN
from ledger.requests import Request
from ledger.schools.school import School, SchoolYearSet, SetSchoolYear, apply, stream
from ledger.store.database import Addresses, Connection, Database, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres, cluster, passwords
from ledger.store.migrations import migrate
from ledger.store.vault import KeyFile, Vault
from projections.kept_histories import making, rebuilding
from projections.sheets.following import follow
from projections.sheets.rebuilding import rebuild
from tests.bench.codes import draw
from tests.bench.country import Country
from tests.bench.generate import filled
from tests.bench.registers import Register

CLIENT: Final = "Bench"
BY: Final = {"name": "A Bench", "position": "Data manager"}
CLASS_SIZE: Final = 30
YEAR: Final = 2025
LAST_DAY: Final = date(YEAR + 1, 7, 31)
_SCHOOLS: Final = """
    SELECT school FROM (SELECT DISTINCT school FROM record WHERE topic = 'school-described') AS one
    ORDER BY (SELECT day FROM mark WHERE mark.school = one.school AND day BETWEEN %s AND %s
              ORDER BY day DESC LIMIT 1) NULLS FIRST, school
"""
_ROLL: Final = """
    SELECT pupil::text FROM record WHERE school = %s AND topic = 'name-entered' ORDER BY position
"""
_YEARS: Final = """
    SELECT DISTINCT ON (school) school, state FROM record
    WHERE school = ANY(%s) AND topic = 'school-year-set'
    AND convert_from(state, 'UTF8')::jsonb ->> 'year' = %s
    ORDER BY school, position DESC
"""
_LATEST: Final = """
    SELECT max(found.day) FROM unnest(%s::integer[]) AS one (school)
    CROSS JOIN LATERAL (
        SELECT day FROM mark WHERE school = one.school AND day BETWEEN %s AND %s
        ORDER BY day DESC LIMIT 1
    ) AS found
"""
_BEHIND: Final = "SELECT log_head.position - sheet_head.position FROM log_head, sheet_head"
REBUILT_WHEN_BEHIND: Final = 200_000
"""Positions that the sheets may be behind; more are rebuilt rather than followed."""


_TURN_SECONDS: Final = 0.1
"""Between two looks while somebody else follows."""


class StoreError(RuntimeError):
    """The store is not fit for what was asked."""


@dataclass(frozen=True)
class Roll:
    """A school and its pupils, in the order of their classes."""

    urn: str
    pupils: tuple[str, ...]


def generated(data_dir: Path, marks: int, out: Console, **shape: int) -> None:
    """Fill a new directory with so many marks of one academic year, a fortnight of July left free."""
    country = Country(marks, **{"weeks_free": 2, **shape})
    found = filled(data_dir, country)
    out.print(f"{found.entries:,} entries generated in {found.seconds:.0f} s")


@contextmanager
def opened(data_dir: Path) -> Iterator[tuple[EmbeddedPostgres, Addresses]]:
    """The database of a store, its schema up to date, its sheets not far behind and its histories made."""
    with EmbeddedPostgres.open(data_dir) as server:
        addresses = Addresses(service=server.service_url, owner=server.owner_url)
        migrate(addresses)
        if behind(addresses) > REBUILT_WHEN_BEHIND:
            rebuild(addresses, sorted({code.symbol for code in BUILT_IN.codes}))
        with connect_as_owner(addresses) as connection:
            # Or the service would make them while it is measured.
            are_due = bool(making.due(connection))
        if are_due:
            rebuilding.rebuild(addresses)
        yield server, addresses


@contextmanager
def ledger_of(data_dir: Path, addresses: Addresses) -> Iterator[AttendanceLedger]:
    """The ledger itself, in this process, on a store."""
    database = Database(addresses)
    database.open()
    vault = Vault(KeyFile.open_or_create(data_dir / "secrets" / "ledger.key"))
    try:
        with AttendanceLedger(database, vault) as ledger:
            yield ledger
    finally:
        database.close()


def asked() -> Request:
    """A request under a key of its own."""
    key = str(uuid4())
    return Request(CLIENT, key, key.encode())


@contextmanager
def superuser(server: EmbeddedPostgres, data_dir: Path) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the superuser, for checkpoints and settings."""
    with psycopg.connect(superuser_url(server, data_dir), autocommit=True) as connection:
        yield connection


def superuser_url(server: EmbeddedPostgres, data_dir: Path) -> str:
    """Where the superuser logs in."""
    password = passwords.superuser_file(data_dir).read_text(encoding="utf-8").strip()
    return make_conninfo(server.owner_url, user=cluster.SUPERUSER, password=password)


def behind(addresses: Addresses) -> int:
    """How many positions the sheets are behind the log."""
    with connect_as_owner(addresses) as connection:
        row = connection.execute(_BEHIND).fetchone()
    assert row is not None
    return int(row[0])


def catch_up(addresses: Addresses) -> None:
    """Have the sheets follow the log to its head, here and now.

    A service that runs on the store follows as well; whoever comes first does it.
    """
    with connect_as_owner(addresses) as connection:
        while left := behind(addresses):
            follow(connection)
            if behind(addresses) >= left:
                sleep(_TURN_SECONDS)


def marks_stored(connection: Connection) -> int:
    """How many marks the store holds, by the planner's estimate where there are many."""
    row = connection.execute(
        "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class"
        " WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'mark'::regclass)"
    ).fetchone()
    return int(row[0]) if row else 0


def rolls(connection: Connection, least: int = 1) -> Iterator[Roll]:
    """Schools with so many pupils at least, those first that have the most days left in the year."""
    urns = connection.execute(_SCHOOLS, (date(YEAR, 8, 1), LAST_DAY)).fetchall()
    for (urn,) in urns:
        pupils = tuple(pupil for (pupil,) in connection.execute(_ROLL, (urn,)))
        if len(pupils) >= least:
            yield Roll(str(urn), pupils)


def some_rolls(connection: Connection, pupils: int) -> list[Roll]:
    """Schools until they have so many pupils together. Raises StoreError where there are too few."""
    chosen: list[Roll] = []
    found = 0
    for roll in rolls(connection, CLASS_SIZE):
        chosen.append(roll)
        found += len(roll.pupils)
        if found >= pupils:
            return chosen
    raise StoreError(f"the store has {found:,} pupils and not the {pupils:,} that are needed")


def free_sessions(
    connection: Connection, ledger: AttendanceLedger, schools: Sequence[Roll]
) -> list[tuple[str, str]]:
    """Sessions after the last day of which any of these schools has a mark: day, session."""
    urns = [int(school.urn) for school in schools]
    years = dict(connection.execute(_YEARS, (urns, str(YEAR))).fetchall())
    if len(years) < len(urns):
        raise StoreError(f"not all schools have an academic year {YEAR}")
    _prolong(ledger, years)
    row = connection.execute(_LATEST, (urns, date(YEAR, 8, 1), LAST_DAY)).fetchone()
    latest = row[0] if row and row[0] else date(YEAR, 12, 31)
    one = School(schools[0].urn)
    apply(one, SchoolYearSet(stream(one.urn), 1, YEAR, **_prolonged(years[urns[0]])))
    held = one.years[YEAR].sessions(latest + timedelta(1), LAST_DAY)
    return [(day.isoformat(), session) for day, session in held]


def _prolonged(state: bytes) -> dict[str, Any]:
    """Terms and closures of a year as it was set, the last term to the last day of July."""
    year = json.loads(state)
    year["terms"][-1]["to"] = LAST_DAY.isoformat()
    return {"terms": year["terms"], "closures": year["closures"]}


def _prolong(ledger: AttendanceLedger, years: dict[int, bytes]) -> None:
    """Let the last term of each school end on the last day of July."""
    waiting = []
    for urn, state in years.items():
        told = SetSchoolYear.model_validate({**_prolonged(state), "by": BY})
        waiting.append(ledger.set_school_year(str(urn), YEAR, told, asked()))
    for answer in waiting:
        if answer.result(120).status not in (200, 201):
            raise StoreError("a school's last term could not be prolonged")


def registers(
    schools: Sequence[Roll], sessions: Sequence[tuple[str, str]], marks: int, seed: int = 2025
) -> Iterator[Register]:
    """Registers of exactly `marks` pupils, session by session, those of each session shuffled."""
    for day, session in sessions:
        random = Random(f"{seed} {day} {session}")
        groups = [
            (school.urn, school.pupils[start : start + marks])
            for school in schools
            for start in range(0, len(school.pupils) - marks + 1, marks)
        ]
        random.shuffle(groups)
        for urn, pupils in groups:
            codes = (_of_any_age(code, session) for code in draw(random, session, marks))
            yield Register(urn, day, session, pupils, tuple(codes))


def _of_any_age(code: str, session: str) -> str:
    """Code T is for compulsory school age, which the eldest are past after the end of June."""
    return {"AM": "/", "PM": "\\"}[session] if code == "T" else code
