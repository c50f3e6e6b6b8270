"""What stands: the look-ups that the writer makes while it holds the head of the log.

Each names the span of its days beside them: without it PostgreSQL readies a plan for every academic year that
there can be, forty of them, which takes ten times as long as to read the one or two that are asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from eventsourcing.persistence import StoredEvent

from ledger.admissions import admission
from ledger.facts import Disagreement, EntryKey, PupilDay
from ledger.registers.attendance import Standing
from ledger.schools.calendar import SESSIONS, Session
from ledger.store import rows
from ledger.store.database import Connection
from ledger.store.wire import INT4, Ask, array, array_of_integers

_A = TypeVar("_A")
_B = TypeVar("_B")

_FIND = """
    SELECT m.pupil::text, m.day, m.half, m.revision, m.code
    FROM unnest(%(days)s::date[], %(halves)s::smallint[], %(pupils)s::uuid[]) AS k (day, half, pupil)
    CROSS JOIN LATERAL (
        SELECT * FROM mark
        WHERE school = %(school)s AND day = k.day AND half = k.half AND pupil = k.pupil
        AND day BETWEEN %(first)s AND %(last)s
        ORDER BY revision DESC LIMIT 1
    ) AS m
"""
_ELSEWHERE = """
    SELECT m.pupil::text, m.day, m.half, m.school, m.code
    FROM unnest(%(days)s::date[], %(halves)s::smallint[], %(pupils)s::uuid[]) AS k (day, half, pupil)
    CROSS JOIN LATERAL (
        SELECT DISTINCT school FROM record
        WHERE pupil = k.pupil AND topic = 'name-entered' AND school <> %(school)s
    ) AS r
    CROSS JOIN LATERAL (
        SELECT * FROM mark
        WHERE school = r.school AND day = k.day AND half = k.half AND pupil = k.pupil
        AND day BETWEEN %(first)s AND %(last)s
        ORDER BY revision DESC LIMIT 1
    ) AS m
"""
# The days of a pupil are looked at until one fails: of most exclusions the first of them does.
_CODED_THROUGHOUT = """
    SELECT k.number
    FROM unnest($3::uuid[], $4::date[]) WITH ORDINALITY AS k (pupil, day, number)
    WHERE NOT EXISTS (
        SELECT FROM unnest($5::date[], $6::date[]) AS d (of_day, day)
        WHERE d.of_day = k.day AND coalesce((
            SELECT bool_or(m.code <> $2::text)
            FROM (VALUES (0::smallint), (1::smallint)) AS h (half)
            CROSS JOIN LATERAL (
                SELECT code FROM mark
                WHERE school = $1::integer AND day = d.day AND half = h.half AND pupil = k.pupil
                AND day BETWEEN $7::date AND $8::date
                ORDER BY revision DESC LIMIT 1
            ) AS m
        ), true)
    )
"""
_BETWEEN = """
    SELECT DISTINCT ON (day, half, pupil) pupil::text, day, half, code FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
    ORDER BY day, half, pupil, revision DESC
"""
_WITH_CODE = """
    SELECT pupil::text, day, half, revision, code FROM mark AS m
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND code = %(code)s
    AND NOT EXISTS (
        SELECT FROM mark AS later
        WHERE later.school = m.school AND later.day = m.day AND later.half = m.half
        AND later.pupil = m.pupil AND later.revision > m.revision
        AND later.day BETWEEN %(first)s AND %(last)s
    )
    ORDER BY day, half, pupil
"""
_CODES_OF = """
    SELECT DISTINCT ON (day, half) day, half, code
    FROM generate_series(%(first)s::date, %(last)s::date, '1 day') AS d,
         (VALUES (0::smallint), (1::smallint)) AS h (half)
    JOIN mark USING (half)
    WHERE school = %(school)s AND day = d::date AND pupil = %(pupil)s
    AND day BETWEEN %(first)s AND %(last)s
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


def find(connection: Connection, urn: str, keys: Sequence[EntryKey]) -> dict[EntryKey, Standing]:
    """The entries of a school that stand among these."""
    if not keys:
        return {}
    found = connection.execute(_FIND, _asked(urn, keys)).fetchall()
    return {
        EntryKey(pupil, day, SESSIONS[half]): Standing(revision, code)
        for pupil, day, half, revision, code in found
    }


def coded_throughout(
    ask: Ask,
    of: tuple[str, str],
    asked: Iterable[PupilDay],
    days: Mapping[date, Sequence[date]],
) -> frozenset[PupilDay]:
    """Those of whom each of the days listed for their day has an entry of this school and code, and
    none of another code.
    """
    pupils = list(asked)
    listed = [(of_day, day) for of_day, each in days.items() for day in each]
    if not listed:
        return frozenset(pupils)
    ids, asked_days = _columns(pupils)
    of_days, numbers = (list(map(rows.day_number, each)) for each in _columns(listed))
    parameters = [
        INT4(int(of[0])),
        of[1].encode(),
        array("uuid", [bytes.fromhex(pupil.replace("-", "")) for pupil in ids]),
        array_of_integers("date", list(map(rows.day_number, asked_days))),
        array_of_integers("date", of_days),
        array_of_integers("date", numbers),
        INT4(min(numbers)),
        INT4(max(numbers)),
    ]
    found = ask(_CODED_THROUGHOUT, parameters)
    return frozenset(pupils[int.from_bytes(number, "big") - 1] for (number,) in found)


def _columns(pairs: Sequence[tuple[_A, _B]]) -> tuple[list[_A], list[_B]]:
    return [first for first, _ in pairs], [second for _, second in pairs]


def elsewhere(
    connection: Connection, urn: str, keys: Sequence[EntryKey]
) -> dict[EntryKey, dict[str, str]]:
    """The codes that stand for these at other schools that have had the name, by their URN."""
    if not keys:
        return {}
    codes: dict[EntryKey, dict[str, str]] = {}
    for pupil, day, half, school, code in connection.execute(_ELSEWHERE, _asked(urn, keys)):
        codes.setdefault(EntryKey(pupil, day, SESSIONS[half]), {})[f"{school:06d}"] = code
    return codes


def _asked(urn: str, keys: Sequence[EntryKey]) -> dict[str, Any]:
    """Entries of a school as the look-ups take them."""
    days = [key.day for key in keys]
    return {
        "school": int(urn),
        "days": days,
        "halves": [SESSIONS.index(key.session) for key in keys],
        "pupils": [key.pupil for key in keys],
        **_span(days),
    }


def _span(days: Sequence[date]) -> dict[str, date | None]:
    """The first and the last of these days."""
    return {"first": min(days, default=None), "last": max(days, default=None)}


def between(connection: Connection, urn: str, first: date, last: date) -> list[Disagreement]:
    """The entries of a school that stand from one day to another."""
    found = connection.execute(
        _BETWEEN, {"school": int(urn), "first": first, "last": last}
    ).fetchall()
    return [Disagreement(pupil, day, SESSIONS[half], code) for pupil, day, half, code in found]


def with_code(
    connection: Connection, urn: str, code: str, days: tuple[date, date]
) -> dict[EntryKey, Standing]:
    """The entries of one code that stand at a school from one day to another, both included."""
    asked = {"school": int(urn), "code": code, "first": days[0], "last": days[1]}
    return {
        EntryKey(pupil, day, SESSIONS[half]): Standing(revision, symbol)
        for pupil, day, half, revision, symbol in connection.execute(_WITH_CODE, asked).fetchall()
    }


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
