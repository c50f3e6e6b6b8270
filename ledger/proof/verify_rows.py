"""Verification of one window of the log: so many positions, held in memory, three queries."""

import json
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from ledger import events
from ledger.admissions import admission
from ledger.admissions.admission import NameEntered
from ledger.admissions.roll import OnRoll, Roll
from ledger.base import Event
from ledger.proof.leaf import NO_ACT, leaf_of
from ledger.registers import attendance
from ledger.requests import instant
from ledger.schools.calendar import REVISIONS
from ledger.store import rows
from ledger.store.database import Connection

ENTERED: Final = attendance.AttendanceEntered.topic
AMENDED: Final = attendance.AttendanceAmended.topic

# With those before the window that belong to the request it begins in: a request begins with its
# act 1, and all that follows up to the next act 1 is of that request.
_ACTS: Final = (
    "SELECT position, recorded_at, client, request_key, number, salt, leaf, state FROM act "
    "WHERE position BETWEEN coalesce((SELECT position FROM act WHERE position < %(first)s "
    "AND number = 1 ORDER BY position DESC LIMIT 1), %(first)s) AND %(last)s ORDER BY position"
)
# Each with the position of the event before it in its stream, and with what its place on the roll says.
_RECORDS: Final = (
    "SELECT r.position, act, r.school, r.pupil, version, topic, stream, salt, leaf, state, "
    "before.position, place.position IS NOT NULL, place.starting_day "
    "FROM record AS r LEFT JOIN LATERAL ("
    "SELECT position FROM record WHERE stream = r.stream AND version = r.version - 1 LIMIT 1"
    ") AS before ON true "
    "LEFT JOIN roll_place AS place ON place.school = r.school AND place.pupil = r.pupil "
    "AND place.position = r.position "
    "WHERE r.position BETWEEN %(first)s AND %(last)s ORDER BY r.position"
)
_MARKS: Final = (
    "SELECT position, act, school, day, pupil::text, half, revision, code, replaced, salt, leaf, "
    "state FROM mark WHERE position BETWEEN %(first)s AND %(last)s ORDER BY position"
)
# Each amended entry with the revision before it.
_BEFORE: Final = (
    "SELECT m.position, m.replaced, before.position, before.code "
    "FROM mark AS m LEFT JOIN LATERAL ("
    "SELECT position, code FROM mark WHERE school = m.school AND day = m.day AND half = m.half "
    "AND pupil = m.pupil AND revision = m.revision - 1 LIMIT 1) AS before ON true "
    "WHERE m.position BETWEEN %(first)s AND %(last)s AND m.revision > 0 ORDER BY m.position"
)
_URNS: Final = range(100_000, 1_000_000)
_AUGUST: Final = 8
_STATES_KNOWN: Final = 4_096
# Any place will do to ask what a state says.
_SPECIMEN: Final = attendance.stream("100000", str(UUID(int=0)), 2000)

_LEAF: Final = (
    "the leaf is not the hash of what is stored: the row was changed after it was recorded, or moved, "
    "or points to another act"
)
_NO_ACT: Final = "the row points to no act of the request that it stands in"


class Fault(NamedTuple):
    """A position of the log and what is wrong there, in words for a person."""

    position: int
    what: str


class _Stored(NamedTuple):
    """Looks like the storage library's stored event, which is known behind the store's door only."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes


_mark_columns = cast("Callable[[_Stored], rows.MarkColumns]", rows.mark_columns)
_record_columns = cast("Callable[[_Stored], rows.RecordColumns]", rows.record_columns)
_act_columns = cast("Callable[[_Stored], tuple[str, str]]", rows.act_columns)

_Row = tuple[Any, ...]


class _Act(NamedTuple):
    """What entries need of their act."""

    leaf: bytes
    end: int
    """Where the next request begins: up to there entries may point to this act."""


def verify_window(connection: Connection, first: int, last: int) -> Fault | None:
    """The first fault among the positions `first` to `last`, None when all is well."""
    span = {"first": first, "last": last}
    with connection.cursor(binary=True) as cursor:
        act_rows = cursor.execute(_ACTS, span).fetchall()
        records = cursor.execute(_RECORDS, span).fetchall()
        marks = cursor.execute(_MARKS, span).fetchall()
        amended = any(row[6] for row in marks)
        replacing = cursor.execute(_BEFORE, span).fetchall() if amended else []
    acts = _acts(act_rows)
    earlier = [row for row in act_rows if row[0] < first]
    act_rows = act_rows[len(earlier) :]
    faults = (
        _position_fault([row[0] for row in (*act_rows, *records, *marks)], first, last),
        next(_act_faults(act_rows, earlier[-1] if earlier else None), None),
        next(_faults(_record_fault, records, acts), None),
        next(_faults(_mark_fault, marks, acts), None),
        next(_replacing_faults(replacing), None),
    )
    return min(filter(None, faults), key=lambda fault: fault.position, default=None)


def _acts(act_rows: list[_Row]) -> dict[int, _Act]:
    """Acts by position."""
    begins = [*(row[0] for row in act_rows if row[4] == 1), sys.maxsize]
    return {row[0]: _Act(row[6], begins[bisect_right(begins, row[0])]) for row in act_rows}


def _position_fault(positions: list[int], first: int, last: int) -> Fault | None:
    """The first position that is missing or taken twice."""
    positions.sort()
    wanted = range(first, last + 1)
    for want, position in zip(wanted, positions, strict=False):
        if position > want:
            return Fault(want, "the row is missing")
        if position < want:
            return Fault(position, "two rows have this position")
    if len(positions) < len(wanted):
        return Fault(first + len(positions), "the row is missing")
    if len(positions) > len(wanted):
        return Fault(positions[len(wanted)], "two rows have this position")
    return None


# -- acts --------------------------------------------------------------------------------------------


def _act_faults(acts: list[_Row], before: _Row | None) -> Iterator[Fault]:
    for row in acts:
        what = _act_fault(row, before)
        if what:
            yield Fault(row[0], what)
        before = row


def _act_fault(row: _Row, before: _Row | None) -> str | None:
    _, recorded_at, client, request_key, number, salt, leaf, state = row
    stream = f"act/{client}/{request_key}"
    if leaf != leaf_of(NO_ACT, salt, stream, number, rows.ACT, state):
        return _LEAF
    if _act_columns(_Stored(stream, number, rows.ACT, state)) != (client, request_key):
        return "the columns client and request_key are not what the act's stream says"
    act = _opened(stream, number, rows.ACT, state)
    if not isinstance(act, events.ActRecorded):
        return "the state cannot be read"
    if instant(recorded_at) != act.recorded_at:
        return "the column recorded_at is not what the state says"
    return _sequel_fault(row, before)


def _sequel_fault(act: _Row, before: _Row | None) -> str | None:
    """What is wrong with an act after the one before it.

    The acts of one request, one for each person in it, stand together and are numbered from 1.
    """
    _, recorded_at, client, request_key, number, *_ = act
    earliest = None
    if before is not None:
        _, earliest, *request, last, _, _, _ = before
        if [client, request_key] == request and number == last + 1:
            return None if recorded_at == earliest else "the acts of one request have two instants"
    if number != 1:
        return f"act {number} of a request, without act {number - 1} before it"
    if earliest is not None and recorded_at < earliest:
        return "the act was recorded at an earlier instant than the one before it"
    return None


# -- records and marks -----------------------------------------------------------------------------


def _faults(
    fault_of: Callable[[_Row, dict[int, _Act]], str | None],
    entries: list[_Row],
    acts: dict[int, _Act],
) -> Iterator[Fault]:
    for row in entries:
        what = fault_of(row, acts)
        if what is not None:
            yield Fault(row[0], what)


def _record_fault(row: _Row, acts: dict[int, _Act]) -> str | None:
    position, act, school, pupil, version, topic, stream, salt, leaf, state, before, *place = row
    entered = acts.get(act)
    if entered is None or not act < position < entered.end:
        return _NO_ACT
    if leaf != leaf_of(entered.leaf, salt, stream, version, topic, state):
        return _LEAF
    if topic in rows.MARKS or topic == rows.ACT or topic not in events.BY_TOPIC:
        return "the topic is not one of a record"
    if _columns_of_record(stream, version, topic, state) != (school, pupil):
        return "the columns school and pupil are not what the stream says"
    event = _opened(stream, version, topic, state)
    if event is None:
        return "the state cannot be read"
    if pupil is not None and not _is_placed(event, *place):
        return "its place on the roll (table roll_place) is missing or says something else"
    if version != 1 and (before is None or before >= position):
        return f"version {version} of a stream, without version {version - 1} before it"
    return None


def _is_placed(event: Event, is_there: bool, starting_day: date | None) -> bool:
    """Whether a place on the roll is there and says of a name plainly entered what the event says.

    One without a starting day says nothing: whoever meets it reads the record.
    """
    if not is_there or starting_day is None:
        return is_there
    roll: Roll = {}
    if isinstance(event, NameEntered):
        admission.apply(roll, "", event)
    plain = OnRoll.plainly_entered(event.originator_version, starting_day)
    return roll == {"": plain}


def _columns_of_record(
    stream: str, version: int, topic: str, state: bytes
) -> tuple[int | None, UUID | None] | None:
    try:
        return _record_columns(_Stored(stream, version, topic, state))
    except ValueError:
        return None


def _opened(stream: str, version: int, topic: str, state: bytes) -> Event | None:
    """The event of a row, its personal fields still sealed; None when it cannot be read."""
    try:
        return events.read(stream, version, topic, json.loads(state))
    except (ValueError, AttributeError, events.UnknownTopicError):
        return None


def _mark_fault(row: _Row, acts: dict[int, _Act]) -> str | None:
    position, act, school, day, pupil, half, revision, code, replaced, salt, leaf, state = row
    entered = acts.get(act)
    if entered is None or not act < position < entered.end:
        return _NO_ACT
    # Two places could be written as one stream and version: the PM of a day and a "half 2" of the day
    # before, a school and one of seven digits.  Only one of them is meant.
    if half not in (0, 1) or not 0 <= revision < REVISIONS or school not in _URNS:
        return "the columns school, half and revision name no place in a register"
    year, first_slot = _academic_year(day)
    stream = attendance.stream(str(school), pupil, year)
    version = (first_slot + half) * REVISIONS + revision
    if leaf != leaf_of(
        entered.leaf, salt, stream, version, AMENDED if revision else ENTERED, state
    ):
        return _LEAF
    try:
        said = _codes(state)
    except (ValueError, KeyError, TypeError, AttributeError):
        return "the state cannot be read"
    if said != (code, replaced) or (replaced is None) != (revision == 0):
        return "the columns code and replaced are not what the state says"
    return None


@cache
def _academic_year(day: date) -> tuple[int, int]:
    """The academic year of a day, and the first of the day's slots in it."""
    year = day.year if day.month >= _AUGUST else day.year - 1
    return year, (day - date(year, _AUGUST, 1)).days * 2


@lru_cache(_STATES_KNOWN)
def _codes(state: bytes) -> tuple[str, str | None]:
    """The code that a mark's state enters, and the one it replaces."""
    columns = _mark_columns(_Stored(_SPECIMEN, 0, ENTERED, state))
    return columns.code, columns.replaced


def _replacing_faults(replacing: list[_Row]) -> Iterator[Fault]:
    for position, replaced, before, code in replacing:
        if before is None or before >= position:
            yield Fault(position, "an amended entry, without the entry it amends before it")
        elif code != replaced:
            yield Fault(
                position, "the amended entry does not replace the code of the entry before it"
            )
