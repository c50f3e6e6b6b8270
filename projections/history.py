"""A child's history: everything the log holds about one pupil, in its order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

from ledger.registers import attendance
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.schools import calendar
from ledger.schools.calendar import LONDON, Span
from ledger.store.database import Connection
from ledger.store.vault import Keys, Vault, scope_of
from projections.asof import AsOf
from projections.people import By, Sayings
from projections.statements import fetch, statements
from projections.stored import BARE_BYTES_MAX, is_sealed, opened, parsed

_SQL: Final = statements("history")
_SEALED: Final = b'"sealed"'
_NOTHING: Final[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Whose history, at which schools (None: all), and of which days (both included).

    Marks are chosen by the day of their session, everything else by the local day of recording.
    """

    pupil: str
    schools: frozenset[str] | None = None
    first: date | None = None
    last: date | None = None


class HistoryEvent(NamedTuple):
    """One event of the log about the child."""

    position: int
    type: str
    """Topic, such as `attendance-amended`."""
    recorded_at: datetime
    school: str
    by: By
    client: str
    rules: str
    fields: dict[str, Any]
    """The event's own fields, ready for JSON; what was erased is None.  A mark also has `date`,
    `session`, `revision` and, when amended, `original` beside the code that it `replaces`."""
    erased: tuple[str, ...]
    """Fields that were entered and cannot be read any more."""


class Leafed(NamedTuple):
    """An event with what else is stored of it."""

    event: HistoryEvent
    leaf: bytes
    """The leaf of its row, which commits to it and to the act that it was made under."""
    written_at: str
    """When it was recorded, as it is stored and written everywhere."""


def history(
    connection: Connection, vault: Vault, query: HistoryQuery, at: AsOf
) -> Iterator[HistoryEvent]:
    """Every event about the child as it stood, in log order.

    Marks are sought at the schools whose registers have held the name, and, where the query names
    one school alone, at that one in any case.
    """
    return (event for event, _, _ in leafed_history(connection, vault, query, at, leaves=False))


def leafed_history(
    connection: Connection, vault: Vault, query: HistoryQuery, at: AsOf, *, leaves: bool = True
) -> Iterator[Leafed]:
    """The same, with what else is stored; marks without their leaves where these are not asked for."""
    found = _found(connection, vault, query, at, leaves=leaves)
    # No two events have one position, by which they begin.
    return iter(sorted(chain.from_iterable(found)))


class _Record(NamedTuple):
    """An event that is no mark, as it is stored, with its act."""

    position: int
    school: int
    stream: str
    version: int
    topic: str
    state: bytes
    leaf: bytes
    client: str
    recorded_at: datetime
    said: bytes


class _Marks(NamedTuple):
    """A pupil's marks at one school as they are stored, column by column, in log order."""

    position: list[int]
    day: list[date]
    half: list[int]
    revision: list[int]
    code: list[str]
    client: list[str]
    recorded_at: list[datetime]
    said: list[bytes]
    """What is stored of each mark's act."""
    more: dict[int, dict[str, Any]]
    """By position the fields of the marks that say more than their code."""
    leaf: list[bytes]


def _found(
    connection: Connection, vault: Vault, query: HistoryQuery, at: AsOf, *, leaves: bool
) -> list[list[Leafed]]:
    """The events of each kind and school in log order; leaves of marks are empty where not asked for."""
    asked = {"pupil": query.pupil, "position": at.position}
    records = [
        record
        for record in map(_Record._make, fetch(connection, _SQL["records"], asked))
        if query.schools is None or f"{record.school:06d}" in query.schools
    ]
    one_alone = query.schools if query.schools and len(query.schools) == 1 else frozenset()
    schools = {f"{record.school:06d}" for record in records} | one_alone
    marks = {
        school: found
        for school in sorted(schools)
        if (found := _marks(connection, query, school, asked | {"leaves": leaves}))
    }
    keys = vault.load_keys(connection, _sealed_under(query.pupil, records, marks))
    said = Sayings()
    recorded = [
        _recorded(record, said, keys)
        for record in records
        if _recorded_in(record.recorded_at, query)
    ]
    marked = [
        list(_marked(found, query.pupil, school, said, keys)) for school, found in marks.items()
    ]
    return [recorded, *marked]


def _marks(
    connection: Connection, query: HistoryQuery, school: str, asked: Mapping[str, Any]
) -> _Marks | None:
    """What a school holds of the days asked for; None where that is nothing."""
    span = _span(connection, query, school)
    if span is None:
        return None
    of_school = {
        **asked,
        "school": int(school),
        "first": span.first,
        "last": span.last,
        "bare": BARE_BYTES_MAX,
    }
    [row] = fetch(connection, _SQL["marks"], of_school, binary=True)
    *columns, positions, states, leaves = row
    if columns[0] is None:
        return None
    more = {
        position: parsed(state)
        for position, state in zip(positions or (), states or (), strict=True)
    }
    return _Marks._make([*columns, more, leaves or [b""] * len(columns[0])])


def _span(connection: Connection, query: HistoryQuery, school: str) -> Span | None:
    """The days to look up at a school: those its register holds, as far as they are asked for."""
    # Planned once a connection: looking into every year there may be takes longer to plan than to do,
    # and no days are asked for by which a plan could leave years out.
    asked = {"school": int(school)}
    [(earliest, latest)] = connection.execute(_SQL["days"], asked, prepare=True).fetchall()
    if earliest is None:
        return None
    first, last = max(earliest, query.first or earliest), min(latest, query.last or latest)
    return Span(first, last) if first <= last else None


def _sealed_under(pupil: str, records: Iterable[_Record], marks: Mapping[str, _Marks]) -> set[str]:
    """The data keys that the sealed fields need."""
    scopes = {scope_of(record.stream) for record in records if _SEALED in record.state}
    for school, found in marks.items():
        sealed = {
            position
            for position, fields in found.more.items()
            if any(map(is_sealed, fields.values()))
        }
        days = {
            day
            for position, day in zip(found.position, found.day, strict=True)
            if position in sealed
        }
        years = {calendar.academic_year(day) for day in days}
        scopes |= {scope_of(attendance.stream(school, pupil, year)) for year in years}
    return scopes


def _recorded_in(recorded_at: datetime, query: HistoryQuery) -> bool:
    if query.first is None and query.last is None:
        return True
    day = recorded_at.astimezone(LONDON).date()
    return (query.first is None or query.first <= day) and (query.last is None or day <= query.last)


def _recorded(record: _Record, said: Sayings, keys: Keys) -> Leafed:
    by, rules, written_at = said.of(record.said)
    plain = opened(record.stream, record.version, parsed(record.state), keys)
    event = HistoryEvent(
        record.position,
        record.topic,
        record.recorded_at,
        f"{record.school:06d}",
        by,
        record.client,
        rules,
        *plain,
    )
    return Leafed(event, record.leaf, written_at)


def _marked(found: _Marks, pupil: str, school: str, said: Sayings, keys: Keys) -> Iterator[Leafed]:
    first = zip(found.day, found.half, found.revision, found.code, strict=True)
    originals = {(day, half): code for day, half, revision, code in first if not revision}
    stored = zip(*found[:8], found.leaf, strict=True)
    for position, day, half, revision, code, client, at, state, leaf in stored:
        session = calendar.SESSIONS[half]
        fields = {"date": _written(day), "session": session, "revision": revision}
        topic, erased = AttendanceEntered.topic, _NOTHING
        if revision:
            topic = AttendanceAmended.topic
            fields["original"] = originals[day, half]
        if position in found.more:
            stream = attendance.stream(school, pupil, calendar.academic_year(day))
            version = calendar.version(day, session, revision)
            plain, erased = opened(stream, version, found.more[position], keys)
            fields |= plain
        else:
            # Nearly all entries are nothing but a code.
            fields["code"] = code
        by, rules, written_at = said.of(state)
        told = position, topic, at, school, by, client, rules, fields, erased
        yield Leafed._make((HistoryEvent._make(told), leaf, written_at))


@lru_cache(maxsize=8192)
def _written(day: date) -> str:
    return day.isoformat()
