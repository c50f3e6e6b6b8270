"""A child's history: everything the log holds about one pupil, in its order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from ledger.registers import attendance
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.schools import calendar
from ledger.schools.calendar import LONDON, Span
from ledger.store.database import Connection
from ledger.store.vault import Keys, Vault, scope_of
from projections.asof import AsOf
from projections.people import Act, By, acts
from projections.statements import fetch, statements
from projections.stored import Opened, bare, opened, parsed

_SQL: Final = statements("history")
_SEALED: Final = b'"sealed"'


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
    """An event with the leaf of its row, which commits to it and to the act that it was made under."""

    event: HistoryEvent
    leaf: bytes


def history(
    connection: Connection, vault: Vault, query: HistoryQuery, at: AsOf
) -> Iterator[HistoryEvent]:
    """Every event about the child as it stood, in log order; read while the connection is open.

    Marks are sought at the schools whose registers have held the name, and, where the query names
    one school alone, at that one in any case.
    """
    return (event for event, _ in leafed_history(connection, vault, query, at))


def leafed_history(
    connection: Connection, vault: Vault, query: HistoryQuery, at: AsOf
) -> Iterator[Leafed]:
    """The same, each event with its leaf."""
    records = _records(connection, query, at)
    one_alone = query.schools if query.schools and len(query.schools) == 1 else frozenset()
    schools = {row.school for row in records} | one_alone
    marks = [row for school in schools for row in _marks(connection, query, school, at)]
    rows = sorted([*records, *marks], key=lambda row: row.position)
    people = acts(connection, (row.act for row in rows))
    keys = vault.load_keys(connection, {scope_of(row.where[0]) for row in rows if row.where})
    for row in rows:
        act = people[row.act]
        if row.mark or _recorded_in(act, query):
            yield Leafed(_event(row, act, keys), row.leaf)


class _Row(NamedTuple):
    """One event about the child, as it is stored."""

    position: int
    act: int
    school: str
    topic: str
    fields: dict[str, Any]
    leaf: bytes
    where: tuple[str, int] | None
    """Where sealed fields stand, its stream and version; None where nothing is sealed."""
    mark: dict[str, Any] | None
    """Of a mark, what its place in the register says."""


def _records(connection: Connection, query: HistoryQuery, at: AsOf) -> list[_Row]:
    asked = {"pupil": query.pupil, "position": at.position}
    found = fetch(connection, _SQL["records"], asked)
    return [
        _Row(
            position,
            act,
            f"{school:06d}",
            topic,
            parsed(state),
            leaf,
            (stream, version) if _SEALED in state else None,
            None,
        )
        for position, act, school, stream, version, topic, state, leaf in found
        if query.schools is None or f"{school:06d}" in query.schools
    ]


def _marks(connection: Connection, query: HistoryQuery, school: str, at: AsOf) -> Iterator[_Row]:
    span = _span(connection, query, school)
    if span is None:
        return
    asked = {
        "school": int(school),
        "pupil": query.pupil,
        "first": span.first,
        "last": span.last,
        "position": at.position,
    }
    originals: dict[tuple[date, int], str] = {}
    found = fetch(connection, _SQL["marks"], asked)
    for position, act, day, half, revision, code, state, leaf in found:
        session = calendar.SESSIONS[half]
        place = {"date": day.isoformat(), "session": session, "revision": revision}
        if revision:
            # In log order an entry's original always comes before what amends it.
            place["original"] = originals[day, half]
        else:
            originals[day, half] = code
        where = None
        if _SEALED in state:
            stream = attendance.stream(school, query.pupil, calendar.academic_year(day))
            where = stream, calendar.version(day, session, revision)
        topic = AttendanceAmended.topic if revision else AttendanceEntered.topic
        # Nearly all entries are nothing but a code: those need no reading of JSON.
        fields = {"code": code} if state == bare(code) else parsed(state)
        yield _Row(position, act, school, topic, fields, leaf, where, place)


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


def _recorded_in(act: Act, query: HistoryQuery) -> bool:
    day = act.recorded_at.astimezone(LONDON).date()
    return (query.first is None or query.first <= day) and (query.last is None or day <= query.last)


def _event(row: _Row, act: Act, keys: Keys) -> HistoryEvent:
    plain = opened(*row.where, row.fields, keys) if row.where else Opened(row.fields, ())
    return HistoryEvent(
        row.position,
        row.topic,
        act.recorded_at,
        row.school,
        act.by,
        act.client,
        act.rules,
        {**row.mark, **plain.fields} if row.mark else plain.fields,
        plain.erased,
    )
