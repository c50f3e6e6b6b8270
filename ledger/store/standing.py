"""What stands: the look-ups that the writer makes while it holds the head of the log."""

from collections.abc import Iterator, Sequence
from datetime import date

from eventsourcing.persistence import StoredEvent

from ledger import admission
from ledger.attendance import Standing
from ledger.calendar import SESSIONS, Session
from ledger.facts import Disagreement, EntryKey
from ledger.store.database import Connection

_FIND = """
    SELECT m.pupil::text, m.day, m.half, m.revision, m.code
    FROM unnest(%(days)s::date[], %(halves)s::smallint[], %(pupils)s::uuid[]) AS k (day, half, pupil)
    CROSS JOIN LATERAL (
        SELECT * FROM mark
        WHERE school = %(school)s AND day = k.day AND half = k.half AND pupil = k.pupil
        ORDER BY revision DESC LIMIT 1
    ) AS m
"""
_BETWEEN = """
    SELECT DISTINCT ON (day, half, pupil) pupil::text, day, half, code FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
    ORDER BY day, half, pupil, revision DESC
"""
_CODES_OF = """
    SELECT DISTINCT ON (day, half) day, half, code
    FROM generate_series(%(first)s::date, %(last)s::date, '1 day') AS d,
         (VALUES (0::smallint), (1::smallint)) AS h (half)
    JOIN mark USING (half)
    WHERE school = %(school)s AND day = d::date AND pupil = %(pupil)s
    ORDER BY day, half, revision DESC
"""
_ADMISSIONS_OF = """
    SELECT stream, version, topic, state FROM record
    WHERE stream = ANY(%s) ORDER BY stream, version
"""
_RECORDS_OF = """
    SELECT stream, version, topic, state FROM record
    WHERE pupil = %s AND topic = ANY(%s) ORDER BY position
"""
_GAINED = """
    SELECT r.school, r.position, r.stream, r.version, r.topic, r.state
    FROM unnest(%s::integer[], %s::bigint[]) AS k (school, after)
    JOIN record AS r ON r.school = k.school AND r.position > k.after
    ORDER BY r.position
"""


def find(connection: Connection, urn: str, keys: Sequence[EntryKey]) -> dict[EntryKey, Standing]:
    """The entries of a school that stand among these."""
    if not keys:
        return {}
    found = connection.execute(
        _FIND,
        {
            "school": int(urn),
            "days": [key.day for key in keys],
            "halves": [SESSIONS.index(key.session) for key in keys],
            "pupils": [key.pupil for key in keys],
        },
    ).fetchall()
    return {
        EntryKey(pupil, day, SESSIONS[half]): Standing(revision, code)
        for pupil, day, half, revision, code in found
    }


def between(connection: Connection, urn: str, first: date, last: date) -> list[Disagreement]:
    """The entries of a school that stand from one day to another."""
    found = connection.execute(
        _BETWEEN, {"school": int(urn), "first": first, "last": last}
    ).fetchall()
    return [Disagreement(pupil, day, SESSIONS[half], code) for pupil, day, half, code in found]


def codes_of(
    connection: Connection, urn: str, pupil: str, first: date, last: date
) -> dict[tuple[date, Session], str]:
    """The codes that stand for one pupil of a school from one day to another."""
    found = connection.execute(
        _CODES_OF, {"school": int(urn), "pupil": pupil, "first": first, "last": last}
    ).fetchall()
    return {(day, SESSIONS[half]): code for day, half, code in found}


def admissions_of(connection: Connection, urn: str, pupils: Sequence[str]) -> list[StoredEvent]:
    """What the admission register holds of these pupils, each one's events in their order."""
    if not pupils:
        return []
    streams = [admission.stream(urn, pupil) for pupil in pupils]
    return [StoredEvent(*row) for row in connection.execute(_ADMISSIONS_OF, (streams,)).fetchall()]


def records_of(connection: Connection, pupil: str, topics: Sequence[str]) -> list[StoredEvent]:
    """What the log holds about a child, marks excepted, in its order."""
    found = connection.execute(_RECORDS_OF, (pupil, list(topics))).fetchall()
    return [StoredEvent(*row) for row in found]


def gained(
    connection: Connection, books: Sequence[tuple[str, int]]
) -> Iterator[tuple[str, int, StoredEvent]]:
    """What the log has gained about schools, each after its own position: URN, position, event."""
    found = connection.execute(
        _GAINED, ([int(urn) for urn, _ in books], [position for _, position in books])
    ).fetchall()
    for school, position, stream, version, topic, state in found:
        yield f"{school:06d}", position, StoredEvent(stream, version, topic, state)
