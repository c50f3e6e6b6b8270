"""England before its registers are taken: schools, their year and their rolls, loaded as finished rows.

Every pupil is in a class of 30, every school of one of the sizes of `SIZES`, by turns: nine million pupils
are some 19,000 schools and 300,000 classes. Nothing here is a real child or school. The rows are what the
recorder makes of the same events, which `attendance-ledger verify` holds them against; particulars are
sealed under a key for each pupil. Only the roll is loaded: every mark comes over HTTP.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from random import Random
from struct import Struct
from typing import Any, Final, NamedTuple
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder, StoredEvent

from ledger.admissions import admission
from ledger.admissions.admission import NameEntered
from ledger.base import Event, Recorded
from ledger.events import ActRecorded
from ledger.law.codes import BUILT_IN
from ledger.law.edition import RULES
from ledger.proof.leaf import NO_ACT, SALT_BYTES, leaf_of
from ledger.requests import instant
from ledger.schools import school as schools
from ledger.store import rows
from ledger.store.database import Addresses, Connection, connect_as_owner
from ledger.store.mapper import LedgerMapper
from ledger.store.vault import DataKey, KeyFile, scope_of
from projections.sheets.rebuilding import rebuild
from tests.bench.codes import draw
from tests.bench.country import AUTHORITIES
from tests.bench.registers import Register
from tests.bench.world import BY, CLASS_SIZE, SCHOOL_DAY, YEAR, year_body

SIZES: Final = (1500, 210, 420, 210, 90, 420)
"""Pupils of a school, by turns: whole classes."""
FIRST_URN: Final = 400_001
NAMES_AT_ONCE: Final = 200
SCHOOLS_AT_ONCE: Final = 25
"""Schools that one transaction of the loader brings."""
CLIENT: Final = "Generated"
STARTING_DAY: Final = date(YEAR, 9, 8)
DAY: Final = date(YEAR, 11, 20)
"""The Thursday whose registers are taken."""
_BEGUN: Final = datetime(YEAR, 8, 1, 8, tzinfo=UTC)
_COPY: Final = {
    "act": "(position, recorded_at, client, request_key, number, salt, leaf, state)",
    "record": "(position, act, school, pupil, version, topic, stream, salt, leaf, state)",
    "data_key": "(scope, wrapped)",
}


class Place(NamedTuple):
    """One school, and which of England's pupils are its own."""

    number: int
    first: int
    pupils: int
    position: int
    """The first of its positions in the log."""

    @property
    def urn(self) -> str:
        """The school's URN."""
        return str(FIRST_URN + self.number)

    @property
    def positions(self) -> int:
        """Positions that the school and its roll take: acts, school, year, names."""
        return 4 + -(-self.pupils // NAMES_AT_ONCE) + self.pupils


@dataclass(frozen=True)
class England:
    """So many classes of 30."""

    classes: int
    seed: int = 2025

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The schools, their pupils and positions numbered through."""
        found: list[Place] = []
        first, position = 0, 1
        while first < self.classes * CLASS_SIZE:
            number = len(found)
            size = min(SIZES[number % len(SIZES)], self.classes * CLASS_SIZE - first)
            found.append(Place(number, first, size, position))
            first += size
            position += found[-1].positions
        return tuple(found)

    def pupil(self, number: int) -> UUID:
        """A pupil's UUID: the number, scattered over all UUIDs."""
        scattered = (number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128)
        return UUID(int=scattered, version=4)

    def registers(self, session: str, together: float, limit: int) -> Iterator[Register]:
        """The class registers of one session in the order in which they come.

        Schools begin at any time of the morning; `together` is the share of it within which the
        registers of one school come: 0.25 of an hour is a quarter of an hour, with 1 they come in any
        order, with 0 school after school.
        """
        random = Random(f"{self.seed} {session}")
        coming = []
        for place in self.places:
            begins = random.random() * (1 - together)
            starts = range(place.first, place.first + place.pupils, CLASS_SIZE)
            coming += [(begins + random.random() * together, place.number, one) for one in starts]
        coming.sort()
        day = DAY.isoformat()
        for _, number, start in coming[:limit]:
            pupils = tuple(str(self.pupil(start + one)) for one in range(CLASS_SIZE))
            codes = tuple(draw(random, session, CLASS_SIZE))
            yield Register(str(FIRST_URN + number), day, session, pupils, codes)


def load(
    addresses: Addresses, key_file: Path, england: England, processes: int | None = None
) -> int:
    """Fill an empty ledger, whose tables are there; the last position."""
    KeyFile.open_or_create(key_file)
    last = england.places[-1].position + england.places[-1].positions - 1
    with connect_as_owner(addresses) as connection, connection.transaction():
        # Held to the end: nobody appends meanwhile.
        row = connection.execute("SELECT position FROM log_head FOR UPDATE").fetchone()
        if row is None or row[0]:
            raise ValueError("the ledger is not empty")
        places = england.places
        work = [places[n : n + SCHOOLS_AT_ONCE] for n in range(0, len(places), SCHOOLS_AT_ONCE)]
        _perform(work, (addresses, key_file, england), processes or os.cpu_count() or 1)
        connection.execute(
            "UPDATE log_head SET position = %s, recorded_at = (SELECT max(recorded_at) FROM act)",
            [last],
        )
    with connect_as_owner(addresses) as connection:
        # As a night would leave it, so that no such work falls into what is measured.
        connection.execute("VACUUM (ANALYZE) act, record, data_key")
        connection.execute("ANALYZE mark, request_key")
    rebuild(addresses, sorted({code.symbol for code in BUILT_IN.codes}))
    return last


def _perform(work: list[tuple[Place, ...]], shared: tuple[Any, ...], processes: int) -> None:
    if processes == 1:
        for places in work:
            _load_schools(places, *shared)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for done in [pool.submit(_load_schools, places, *shared) for places in work]:
            done.result()


def _load_schools(
    places: tuple[Place, ...], addresses: Addresses, key_file: Path, england: England
) -> None:
    """Some schools in one transaction."""
    wrap = KeyFile(key_file).wrap
    made = _Rows(wrap)
    for place in places:
        _make(made, place, england)
    with connect_as_owner(addresses) as connection, connection.transaction():
        for table, packed in made.packed.items():
            _send(connection, table, packed)


def _send(connection: Connection, table: str, packed: list[bytes]) -> None:
    statement = f"COPY {table} {_COPY[table]} FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"".join((rows.COPY_HEADER, *packed, rows.COPY_TRAILER)))


# -- rows --------------------------------------------------------------------------------------------


@dataclass
class _Rows:
    """Rows of acts, records and data keys as COPY takes them."""

    wrap: Callable[[str, bytes], bytes]
    packed: dict[str, list[bytes]] = field(
        default_factory=lambda: {"act": [], "record": [], "data_key": []}
    )
    mapper: LedgerMapper = field(default_factory=lambda: LedgerMapper(JSONTranscoder()))

    def act(self, position: int) -> bytes:
        """Add an act; its leaf."""
        at, stream = _at(position), f"act/{CLIENT}/roll-{position}"
        stored = self.mapper.to_stored_event(ActRecorded(stream, 1, BY, instant(at), RULES))
        salt = os.urandom(SALT_BYTES)
        leaf = _leaf(NO_ACT, salt, stored)
        self.packed["act"].append(rows.act_row(position, at, stored, (salt, leaf)))
        return leaf

    def record(self, position: int, act: int, act_leaf: bytes, event: Event) -> None:
        """Add what was recorded under an act."""
        stored, salt = self.mapper.to_stored_event(event), os.urandom(SALT_BYTES)
        packed = _record_row(position, act, stored, (salt, _leaf(act_leaf, salt, stored)))
        self.packed["record"].append(packed)

    def name(self, position: int, act: int, act_leaf: bytes, event: NameEntered) -> None:
        """Add a name, its particulars sealed under a key of its own."""
        scope, key = scope_of(event.originator_id), os.urandom(32)
        with self.mapper.sealing_with({scope: DataKey(key)}):
            self.record(position, act, act_leaf, event)
        self.packed["data_key"].append(_fields(scope.encode(), self.wrap(scope, key)))


def _make(made: _Rows, place: Place, england: England) -> None:
    """A school, its year and its roll."""
    position = place.position
    for event in _school_events(place):
        made.record(position + 1, position, made.act(position), event)
        position += 2
    for first in range(0, place.pupils, NAMES_AT_ONCE):
        act, leaf = position, made.act(position)
        for number in range(first, min(first + NAMES_AT_ONCE, place.pupils)):
            position += 1
            pupil = str(england.pupil(place.first + number))
            made.name(position, act, leaf, _name(place, number, pupil))
        position += 1


def _school_events(place: Place) -> Iterator[Event]:
    """The school and its year, as the ledger decides them."""
    one = schools.School(place.urn)
    authority = AUTHORITIES[place.number % len(AUTHORITIES)]
    described = {
        "name": f"Generated School {place.urn}",
        "laestab": f"{authority}{2000 + place.number // len(AUTHORITIES)}",
        "local_authority": authority,
        "type": "academy",
        "register_times": SCHOOL_DAY,
        "in_force_from": f"{YEAR}-08-01",
        "by": BY,
    }
    outcome = schools.describe(schools.DescribeSchool.model_validate(described), one)
    assert isinstance(outcome, Recorded), outcome
    assert isinstance(outcome.event, schools.SchoolDescribed)
    yield outcome.event
    schools.apply(one, outcome.event)
    outcome = schools.set_year(schools.SetSchoolYear.model_validate(year_body()), YEAR, one)
    assert isinstance(outcome, Recorded), outcome
    yield outcome.event


def _name(place: Place, number: int, pupil: str) -> NameEntered:
    group = number // CLASS_SIZE
    year_group = 7 + group % 5
    born = date(YEAR - 5 - year_group, 9, 1) + timedelta(number % 360)
    return NameEntered(
        admission.stream(place.urn, pupil),
        1,
        STARTING_DAY,
        "single",
        False,
        surname=f"Pupil{number:04}",
        forenames="Test",
        date_of_birth=born.isoformat(),
        year_group=str(year_group),
        registration_group=f"{year_group}{chr(ord('A') + group // 5)}",
    )


_RECORD_START: Final = Struct(">hiqiqii").pack
_NUMBER: Final = Struct(">ii").pack
_LENGTH: Final = Struct(">i").pack
_COLUMNS: Final = Struct(">h").pack
_NULL: Final = _LENGTH(-1)


def _record_row(
    position: int, act: int, stored: StoredEvent, salt_leaf: tuple[bytes, bytes]
) -> bytes:
    """One row of `record`, its columns in the table's order."""
    school, pupil = rows.record_columns(stored)
    assert school is not None
    stream = str(stored.originator_id).encode()
    parts = (
        _RECORD_START(10, 8, position, 8, act, 4, school),
        _LENGTH(16) + pupil.bytes if pupil else _NULL,
        _NUMBER(4, stored.originator_version),
        *(
            _LENGTH(len(value)) + value
            for value in (stored.topic.encode(), stream, *salt_leaf, stored.state)
        ),
    )
    return b"".join(parts)


def _fields(*values: bytes) -> bytes:
    return _COLUMNS(len(values)) + b"".join(_LENGTH(len(value)) + value for value in values)


def _leaf(act_leaf: bytes, salt: bytes, stored: StoredEvent) -> bytes:
    stream, version = str(stored.originator_id), stored.originator_version
    return leaf_of(act_leaf, salt, stream, version, stored.topic, stored.state)


def _at(position: int) -> datetime:
    """When a position is said to be recorded: in order, at the beginning of the academic year."""
    return _BEGUN + timedelta(microseconds=10 * position)
