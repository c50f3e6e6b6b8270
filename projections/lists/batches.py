"""Bulk and back-dated entries: acts that entered or amended long after the session, or much at once.

An indicator of where to look, and no finding: a closure in one act, a corrected import and a school
that changes its system all look like this.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from ledger.schools.calendar import LONDON, SESSIONS, Session, Span
from ledger.schools.school import School
from ledger.schools.school_time import SchoolTime
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.cut import Cut
from projections.people import Act, By, acts
from projections.school import Book
from projections.statements import fetch, statements

_SQL: Final = statements("lists/batches")
_NEVER: Final = 2**63 - 1
"""No act has so high a position."""


@dataclass(frozen=True, slots=True)
class BatchesQuery:
    """Sessions of these days; late is after more than `days` school days, bulk more than `bulk`."""

    span: Span
    days: int = 5
    bulk: int = 20


class SessionPlace(NamedTuple):
    """A session."""

    day: date
    session: Session


class CodeChange(NamedTuple):
    """Entries that were amended from a code to a code; `replaces` None: entered."""

    replaces: str | None
    code: str
    entries: int


class Batch(NamedTuple):
    """One act.  What it entered late and all that it amended is counted, and nothing else."""

    position: int
    recorded_at: datetime
    by: By
    client: str
    late_entries: int
    """Original entries recorded after more than so many school days."""
    late_amendments: int
    """Amended entries recorded so late."""
    amendments: int
    """All entries that the act amended."""
    bulk: bool
    """Whether these are more than the number asked about."""
    earliest: SessionPlace
    latest: SessionPlace
    codes: tuple[CodeChange, ...]


def batches(
    connection: Connection, book: Book, query: BatchesQuery, cut: Cut, at: AsOf
) -> list[Batch]:
    """Of the acts that were late for a session of the span, or amended much of it, a part, in order."""
    span = query.span
    asked = {
        "school": int(book.urn),
        "first": span.first,
        "last": span.last,
        "position": at.position,
        "first_late": _first_late(connection, book.school, query),
        "bulk": query.bulk,
        "skip": cut.skip,
        "limit": cut.limit,
    }
    rows = fetch(connection, _SQL["batches"], asked)
    people = acts(connection, (act for act, *_ in rows))
    return [_batch(people[row[0]], row, query) for row in rows]


def _batch(act: Act, row: tuple[Any, ...], query: BatchesQuery) -> Batch:
    position, late_entries, late_amendments, amendments, earliest, latest, *codes = row
    return Batch(
        position,
        act.recorded_at,
        act.by,
        act.client,
        int(late_entries),
        int(late_amendments),
        int(amendments),
        amendments > query.bulk,
        _session(query.span, earliest),
        _session(query.span, latest),
        tuple(CodeChange(*one) for one in zip(*codes, strict=True)),
    )


def _session(span: Span, number: int) -> SessionPlace:
    """The n-th half-day of a span, from 0."""
    return SessionPlace(span.first + timedelta(days=number // 2), SESSIONS[number % 2])


def _first_late(connection: Connection, school: School, query: BatchesQuery) -> list[int]:
    """For each day of the span the position from which on an act is late for its sessions.

    School days of years that were not set are not known and not counted: what is late without them
    is late with them.  Where too few are known after a day, nothing is late for it.
    """
    days = sorted(SchoolTime.of_years(school.years.values()).days)
    lasts = [_last_in_time(days, day, query.days) for day in query.span.days()]
    found = dict(_first_after(connection, {last for last in lasts if last is not None}))
    return [_NEVER if last is None else found[last] for last in lasts]


def _last_in_time(days: list[date], day: date, n: int) -> date | None:
    """The n-th school day after a day; the day itself for n = 0."""
    place = bisect_right(days, day) + n - 1
    if not n:
        return day
    return days[place] if place < len(days) else None


def _first_after(connection: Connection, lasts: Iterable[date]) -> Iterable[tuple[date, int]]:
    """For each day the first act recorded after it."""
    ordered = sorted(lasts)
    overs = [
        datetime.combine(last + timedelta(days=1), time.min, tzinfo=LONDON) for last in ordered
    ]
    rows = fetch(connection, _SQL["in_time"], {"overs": overs})
    return ((last, first or _NEVER) for last, (first,) in zip(ordered, rows, strict=True))
