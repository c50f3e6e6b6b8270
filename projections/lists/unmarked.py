"""Pupils due without a mark: for whom, for which session, and how long (regulation 10(1))."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from ledger.schools.calendar import (
    LONDON,
    SESSIONS,
    Session,
    Span,
    academic_year,
    opens_at,
    register_times_on,
)
from ledger.schools.school import School
from ledger.schools.school_time import SchoolTime
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.cells import Cells, Piece
from projections.lists.cut import Cut
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
    asked = {
        "school": int(book.urn),
        "first": query.span.first,
        "last": query.span.last,
        "position": at.position,
    }
    cells = Cells(book, query.span, lambda stretch: stretch.due)
    found = fetch(connection, _SQL["entered"], asked | cells.columns())
    entered = {(half_day, cell): n for half_day, cell, n in found}
    gaps = list(_gaps(book, query.span, cells, entered, at))
    chosen, passed_over = _chosen(gaps, cut)
    due = [(gap, pupil) for gap in chosen for pupil in cells.pupils[gap.cell]]
    looked_up = {
        "days": [gap.day for gap, _ in due],
        "halves": [SESSIONS.index(gap.session) for gap, _ in due],
        "pupils": [pupil for _, pupil in due],
    }
    rows = fetch(connection, _SQL["missing"], asked | looked_up) if due else []
    missing = [due[number - 1] for (number,) in rows]
    since = _Since(book.school, at.instant.astimezone(LONDON).date())
    return [
        Unmarked(
            pupil,
            gap.day,
            gap.session,
            gap.piece.year_group,
            gap.piece.registration_group,
            *since(gap.day, gap.session),
        )
        for gap, pupil in missing[passed_over : passed_over + cut.limit]
    ]


class _Gap(NamedTuple):
    """A session in which entries are missing for a cell."""

    day: date
    session: Session
    piece: Piece
    cell: int
    missing: int


def _gaps(
    book: Book, span: Span, cells: Cells, entered: Mapping[tuple[int, int], int], at: AsOf
) -> Iterator[_Gap]:
    """The gaps by session and registration group, pupils without a group last."""
    begun = Begun(book.school, at.instant)
    for day, session in held(book.school, span.first, span.last):
        if not begun(day, session):
            continue
        half_day = 2 * (day - span.first).days + SESSIONS.index(session)
        gaps = [
            _Gap(day, session, piece, cell, missing)
            for cell, pupils in enumerate(cells.pupils)
            if (missing := len(pupils) - entered.get((half_day, cell), 0))
            and (piece := cells.on(cell, day)) is not None
        ]
        yield from sorted(gaps, key=_in_order)


def _in_order(gap: _Gap) -> tuple[bool, str, int]:
    group = gap.piece.registration_group
    return group is None, group or "", gap.cell


def _chosen(gaps: Iterable[_Gap], cut: Cut) -> tuple[list[_Gap], int]:
    """The gaps that a part of the list lies in, and how much of the first of them lies before it."""
    chosen: list[_Gap] = []
    before = found = 0
    for gap in gaps:
        if not chosen and before + gap.missing <= cut.skip:
            before += gap.missing
        elif found < cut.limit:
            found += gap.missing if chosen else before + gap.missing - cut.skip
            chosen.append(gap)
    return chosen, cut.skip - before


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
