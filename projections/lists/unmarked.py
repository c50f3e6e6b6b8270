"""Pupils due without a mark: for whom, for which session, and how long (regulation 10(1))."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from ledger.calendar import (
    LONDON,
    SESSIONS,
    Session,
    Span,
    academic_year,
    opens_at,
    register_times_on,
)
from ledger.school import School
from ledger.school_time import SchoolTime
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.cut import Cut
from projections.places import Stretch
from projections.school import Book
from projections.sessions import Begun, held
from projections.statements import fetch, statements

_SQL: Final = statements("lists/unmarked")


@dataclass(frozen=True, slots=True)
class UnmarkedQuery:
    """Sessions of these days."""

    span: Span


class Unmarked(NamedTuple):
    """A mark that is due and has not been entered."""

    pupil: str
    day: date
    session: Session
    year_group: str | None
    registration_group: str | None
    since: datetime | None
    """When the register of the session opened; None where its times are not known."""
    school_days: int | None
    """School days since that of the session, today included; None where the calendar does not say."""


def unmarked(
    connection: Connection, book: Book, query: UnmarkedQuery, cut: Cut, at: AsOf
) -> list[Unmarked]:
    """Those of a part of the list, by session, registration group and pupil.

    The same marks as are missing in the register: sessions held and begun, pupils on the roll who
    are neither boarders nor guests.
    """
    begun = Begun(book.school, at.instant)
    sessions = [
        one for one in held(book.school, query.span.first, query.span.last) if begun(*one)
    ]
    places = _due(book, query.span)
    asked = {
        "school": int(book.urn),
        "first": query.span.first,
        "last": query.span.last,
        "position": at.position,
        "days": [day for day, _ in sessions],
        "halves": [SESSIONS.index(session) for _, session in sessions],
        "pupils": [place.pupil for place in places],
        "firsts": [place.first for place in places],
        "lasts": [place.last for place in places],
        "skip": cut.skip,
        "limit": cut.limit,
    }
    rows = fetch(connection, _SQL["unmarked"], asked)
    found = [(sessions[one - 1], places[other - 1]) for one, other in rows]
    since = _Since(book.school, at.instant.astimezone(LONDON).date())
    waited = {one: since(*one) for one, _ in found}
    return [
        Unmarked(
            place.pupil,
            day,
            session,
            place.year_group,
            place.registration_group,
            *waited[day, session],
        )
        for (day, session), place in found
    ]


def _due(book: Book, span: Span) -> Sequence[Stretch]:
    """Where marks are due in the span, by group and pupil."""
    found = [
        stretch
        for place in book.places.values()
        for stretch in place.stretches(span.first, span.last)
        if stretch.due
    ]
    return sorted(found, key=lambda one: (*_in_order(one.registration_group), one.pupil, one.first))


def _in_order(group: str | None) -> tuple[bool, str]:
    """Groups by name, none last."""
    return (group is None, group or "")


class _Since:
    """How long a mark has been due, on a day."""

    def __init__(self, school: School, today: date) -> None:
        self._school = school
        self._today = today
        self._days = sorted(SchoolTime.of_years(school.years.values()).days)

    def __call__(self, day: date, session: Session) -> tuple[datetime | None, int | None]:
        """Since when a mark for that session is due, and the school days passed since its day."""
        setting = register_times_on(self._school.times, day)
        opened = opens_at(day, session, setting) if setting else None
        years = range(academic_year(day), academic_year(self._today) + 1)
        if not self._school.years.keys() >= set(years):
            return opened, None
        return opened, bisect_right(self._days, self._today) - bisect_right(self._days, day)
