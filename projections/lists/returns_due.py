"""Returns to the local authority that fall due (SI 2024/208 reg 13): ten-day absence, and illness.

Both are for pupils of compulsory school age; the list says of each whether that is so, and hides
nobody.  The sickness return is due as soon as the school believes that the days will be missed; what
it believes it has to say itself, so here are those who have reached them, or come `near`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from ledger.calendar import LONDON, Session, Span, academic_year, span_of_year
from ledger.returns import Run, attendance_returns, days_ill, sickness_return_due
from ledger.statute import threshold
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.births import births
from projections.lists.ages import always_of_age
from projections.lists.law import in_force_since
from projections.lists.marks import Coded, Marks, by_pupil, of_pupils, symbols, with_codes
from projections.school import Book
from projections.sessions import Begun, between, held

HeldSessions = Sequence[tuple[date, Session]]
Kind = Literal["attendance", "sickness"]

_TEN_DAYS: Final = "attendance-return-school-days"
_FIFTEEN_DAYS: Final = "sickness-return-school-days"


@dataclass(frozen=True, slots=True)
class ReturnsQuery:
    """Sessions of these days; `near` lists those as well who lack so many days of illness."""

    span: Span
    near: int = 0


class ReturnDue(NamedTuple):
    """One pupil whom a return is due about, or nearly."""

    pupil: str
    kind: Kind
    due: bool
    since: date | None
    """The school day on which it fell due."""
    first: date
    """The first day of the absence; of illness, the first day counted."""
    last: date
    school_days: int
    has_late: bool = False
    """Whether U is among the codes: the pupil was in school for part of it, so a person should look
    (convention)."""
    of_compulsory_school_age: bool | None = None
    on_roll: bool = False
    """Whether the name is on the roll at the instant of the view."""


def returns_due(
    connection: Connection, book: Book, query: ReturnsQuery, at: AsOf, vault: Vault
) -> list[ReturnDue]:
    """Attendance returns by the day they fell due, then sickness returns, those with most days first.

    An absence may run from one academic year into the next; illness is counted in each by itself.
    """
    sessions = _Sessions(book, query.span, at)
    absence = symbols(query.span, lambda code: code.counts_to_ten_day_return)
    illness = symbols(query.span, lambda code: code.export_as == "I")
    marks = with_codes(connection, Coded(book.urn, [*absence, *illness], query.span), at)
    absent = by_pupil(mark for mark in marks if mark.code in absence)
    ill = by_pupil(mark for mark in marks if mark.code in illness)
    rows = [
        *sorted(
            _of_absence(connection, sessions, absent, at), key=lambda row: (row.since, row.pupil)
        ),
        *sorted(
            _of_illness(sessions, ill, query.near),
            key=lambda row: (-row.school_days, row.pupil, row.first),
        ),
    ]
    born = births(connection, vault, book.urn, {row.pupil for row in rows}, at)
    today = at.instant.astimezone(LONDON).date()
    return [
        row._replace(
            of_compulsory_school_age=always_of_age(born, row.pupil, [row.since or row.last]),
            on_roll=row.pupil in book.roll and book.roll[row.pupil].on(today),
        )
        for row in rows
    ]


class _Sessions:
    """The sessions of a span that the school held, and had begun by the instant of the view."""

    def __init__(self, book: Book, span: Span, at: AsOf) -> None:
        begun = Begun(book.school, at.instant)
        self.book = book
        self.span = span
        self.held = [s for s in held(book.school, span.first, span.last) if begun(*s)]
        self.of_day = Counter(day for day, _ in self.held)

    def of_pupil(self, pupil: str, within: Span) -> HeldSessions:
        """Those in the pupil's time on the roll, from a day to a day."""
        place = self.book.roll.get(pupil)
        if place is None:
            return []
        return [one for one in between(self.held, within.first, within.last) if place.on(one[0])]

    def whole_days(self, marks: Marks) -> list[date]:
        """The days that the marks fill, in order."""
        missed = Counter(day for day, _ in marks)
        return sorted(day for day, n in missed.items() if n == self.of_day[day])


def _of_absence(
    connection: Connection, sessions: _Sessions, absent: Mapping[str, Marks], at: AsOf
) -> Iterator[ReturnDue]:
    """The runs that bring a pupil on the attendance return.

    All marks are read of those alone whose whole days of unauthorised absence, in a row or not, are
    enough: they show where a run ends and whether the pupil came back between two.
    """
    span, urn = sessions.span, sessions.book.urn
    enough = [p for p, own in absent.items() if _reaches(_TEN_DAYS, sessions.whole_days(own))]
    everything = by_pupil(of_pupils(connection, urn, enough, span, at))
    known = Span(max(span.first, in_force_since(_TEN_DAYS)), span.last)
    for pupil in enough:
        for run in attendance_returns(sessions.of_pupil(pupil, known), everything[pupil]):
            yield _absence(pupil, run)


def _absence(pupil: str, run: Run) -> ReturnDue:
    due = threshold(_TEN_DAYS, run.last[0])
    assert due is not None  # the run was judged by it
    return ReturnDue(
        pupil,
        "attendance",
        due=True,
        since=run.school_days[due.value - 1],
        first=run.first[0],
        last=run.last[0],
        school_days=len(run.school_days),
        has_late=run.has_late,
    )


def _of_illness(sessions: _Sessions, ill: Mapping[str, Marks], near: int) -> Iterator[ReturnDue]:
    """Who has missed enough days of a school year by illness, or lacks no more than `near`."""
    for pupil, marks in ill.items():
        for year in sorted({academic_year(day) for day, _ in marks}):
            own = {one: code for one, code in marks.items() if academic_year(one[0]) == year}
            if _reaches(_FIFTEEN_DAYS, sessions.whole_days(own), near):
                within = span_of_year(year)
                yield from _illness(pupil, sessions.of_pupil(pupil, within), own, near)


def _illness(pupil: str, held: HeldSessions, marks: Marks, near: int) -> Iterator[ReturnDue]:
    """The sickness return of one school year, by the days that have been missed in it."""
    days = [day for day, own in groupby(held, key=itemgetter(0)) if days_ill(own, marks)]
    if not days or not sickness_return_due(len(days), near, days[-1]):
        return
    due = sickness_return_due(len(days), 0, days[-1])
    counts = (n for n in range(1, len(days) + 1) if sickness_return_due(n, 0, days[-1]))
    yield ReturnDue(
        pupil,
        "sickness",
        due=due,
        since=days[next(counts) - 1] if due else None,
        first=days[0],
        last=days[-1],
        school_days=len(days),
    )


def _reaches(name: str, days: Sequence[date], near: int = 0) -> bool:
    """Whether so many days are as many as a return asks for, `near` more added."""
    found = threshold(name, days[-1]) if days else None
    return found is not None and len(days) + near >= found.value
