"""Code N: whose reason for absence is still not established, and by when it must be (reg 10(7) to (9)).

Nothing changes by itself: an N that is overdue stays, and counts, until somebody amends it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from ledger.schools.calendar import Session, Span, academic_year
from ledger.schools.school import School
from ledger.schools.school_time import SchoolTime
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.marks import Coded, with_codes
from projections.people import By, acts
from projections.school import Book

CODE_N: Final = "N"

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CodeNQuery:
    """Sessions of these days, judged on a day."""

    span: Span
    on: date


class CodeN(NamedTuple):
    """An entry that stands at N."""

    pupil: str
    day: date
    session: Session
    by: By
    """Who made the entry that stands: who took the register, unless it was amended to N."""
    recorded_at: datetime
    position: int
    due: date | None
    """Last day to replace it; None where the school's calendar does not say."""
    overdue: bool | None
    overdue_since: date | None
    """The day after it was due."""
    school_days_overdue: int | None
    """School days since, the day judged included; None where the calendar does not say."""


class Taker(NamedTuple):
    """One person's entries that stand at N."""

    by: By
    entries: int
    overdue: int
    earliest: date
    """The day of the earliest session among them."""


def code_n(connection: Connection, book: Book, query: CodeNQuery, at: AsOf) -> list[CodeN]:
    """Every entry that stands at N, by session and pupil."""
    marks = with_codes(connection, Coded(book.urn, [CODE_N], query.span), at)
    people = acts(connection, (mark.act for mark in marks))
    dues = _dues(book.school, {mark.day for mark in marks}, query.on)
    return [
        CodeN(
            mark.pupil,
            mark.day,
            mark.session,
            people[mark.act].by,
            people[mark.act].recorded_at,
            mark.position,
            *dues[mark.day],
        )
        for mark in marks
    ]


def takers(entries: Iterable[CodeN]) -> list[Taker]:
    """The entries counted by the person who made them; those with most overdue first."""
    found: defaultdict[By, list[CodeN]] = defaultdict(list)
    for entry in entries:
        found[entry.by].append(entry)
    counted = [
        Taker(by, len(own), sum(one.overdue is True for one in own), min(one.day for one in own))
        for by, own in found.items()
    ]
    return sorted(counted, key=lambda taker: (-taker.overdue, -taker.entries, taker.by))


class _Due(NamedTuple):
    """What the day of a session says about an N, on the day judged."""

    due: date | None
    overdue: bool | None
    since: date | None
    school_days: int | None


def _dues(school: School, days: Iterable[date], on: date) -> dict[date, _Due]:
    time = SchoolTime.of_years(school.years.values())
    return {day: _due(time, school, day, on) for day in days}


def _due(time: SchoolTime, school: School, day: date, on: date) -> _Due:
    due = time.n_due(day)
    if due is None:
        return _Due(None, None, None, None)
    if on <= due:
        return _Due(due, False, None, 0)
    known = school.years.keys() >= set(range(academic_year(due), academic_year(on) + 1))
    passed = sum(due < each <= on for each in time.days) if known else None
    return _Due(due, True, due + _DAY, passed)
