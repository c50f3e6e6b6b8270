"""What returns to the local authority rest on: runs of absence and illnesses in a school's registers.

Worked out from what stands, whatever was sent (`ledger.authority_returns.returns`).  Only pupils who can be meant are looked
at closely: their whole registers are read, since a return to school between two absences is told by marks
that are no absence.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from ledger.authority_returns.returns import Belief, Illness, Run, attendance_returns, illnesses
from ledger.law.statute import threshold
from ledger.schools.calendar import Session, Span, academic_year, span_of_year
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.law import in_force_since
from projections.lists.marks import Coded, Marks, by_pupil, of_pupils, symbols, with_codes
from projections.school import Book
from projections.sessions import Begun, between, held

HeldSessions = Sequence[tuple[date, Session]]

TEN_DAYS: Final = "attendance-return-school-days"
FIFTEEN_DAYS: Final = "sickness-return-school-days"


class Absent(NamedTuple):
    """A pupil and a run of unauthorised absence that is long enough for the attendance return."""

    pupil: str
    run: Run
    due_since: date
    """The school day on which the run was long enough."""


class Ill(NamedTuple):
    """A pupil and an illness of a school year."""

    pupil: str
    year: int
    illness: Illness


class SchoolSessions:
    """The sessions of a span that the school held, and had begun by the instant of the view."""

    def __init__(self, book: Book, span: Span, at: AsOf) -> None:
        begun = Begun(book.school, at.instant)
        self.book = book
        self.span = span
        self.held = [s for s in held(book.school, span.first, span.last) if begun(*s)]
        self._of_day = Counter(day for day, _ in self.held)

    def of_pupil(self, pupil: str, within: Span) -> HeldSessions:
        """Those in the pupil's time on the roll, from a day to a day."""
        place = self.book.roll.get(pupil)
        if place is None:
            return []
        return [one for one in between(self.held, within.first, within.last) if place.on(one[0])]

    def whole_days(self, marks: Marks) -> list[date]:
        """The days that the marks fill, in order."""
        missed = Counter(day for day, _ in marks)
        return sorted(day for day, n in missed.items() if n == self._of_day[day])


def looked_back(span: Span) -> Span:
    """The days to look at for what lasts into a span: from the start of the academic year before its own.

    Of an absence that is longer the part before is not looked at.
    """
    return Span(span_of_year(academic_year(span.first) - 1).first, span.last)


def absences(connection: Connection, sessions: SchoolSessions, at: AsOf) -> Iterator[Absent]:
    """The runs that bring pupils on the attendance return, one an episode, pupil by pupil.

    All marks are read of those alone whose whole days of unauthorised absence, in a row or not, are
    enough: they show where a run ends and whether the pupil came back between two.
    """
    span, urn = sessions.span, sessions.book.urn
    codes = symbols(span, lambda code: code.counts_to_ten_day_return)
    absent = by_pupil(with_codes(connection, Coded(urn, codes, span), at))
    enough = [p for p, own in absent.items() if reaches(TEN_DAYS, sessions.whole_days(own))]
    everything = by_pupil(of_pupils(connection, urn, enough, span, at))
    known = Span(max(span.first, in_force_since(TEN_DAYS)), span.last)
    for pupil in sorted(enough):
        for run in attendance_returns(sessions.of_pupil(pupil, known), everything[pupil]):
            due = threshold(TEN_DAYS, run.last[0])
            assert due is not None  # the run was judged by it
            yield Absent(pupil, run, run.school_days[due.value - 1])


def illness(
    connection: Connection, sessions: SchoolSessions, at: AsOf, near: int = 0
) -> Iterator[Ill]:
    """The illnesses of those who have missed enough days of a school year, or lack no more than `near`.

    And of those of whom the school believed something in that year.
    """
    span, urn = sessions.span, sessions.book.urn
    codes = symbols(span, lambda code: code.export_as == "I")
    ill = by_pupil(with_codes(connection, Coded(urn, codes, span), at))
    believed = _believed(sessions.book)
    known = Span(max(span.first, in_force_since(FIFTEEN_DAYS)), span.last)
    meant: dict[str, list[int]] = {}
    for pupil in {*ill, *believed}:
        years = {academic_year(day) for day, _ in ill[pupil]} | believed.get(pupil, {}).keys()
        for year in sorted(years):
            own = {one: code for one, code in ill[pupil].items() if academic_year(one[0]) == year}
            if year in believed.get(pupil, {}) or reaches(
                FIFTEEN_DAYS, sessions.whole_days(own), near
            ):
                meant.setdefault(pupil, []).append(year)
    everything = by_pupil(of_pupils(connection, urn, meant, span, at))
    for pupil in sorted(meant):
        for year in meant[pupil]:
            within = span_of_year(year)
            own_sessions = sessions.of_pupil(
                pupil, Span(max(within.first, known.first), min(within.last, known.last))
            )
            beliefs = believed.get(pupil, {}).get(year, ())
            for one in illnesses(own_sessions, everything[pupil], beliefs):
                yield Ill(pupil, year, one)


def reaches(name: str, days: Sequence[date], near: int = 0) -> bool:
    """Whether so many days are as many as a return asks for, `near` more added."""
    found = threshold(name, days[-1]) if days else None
    return found is not None and len(days) + near >= found.value


def _believed(book: Book) -> Mapping[str, Mapping[int, Sequence[Belief]]]:
    """What the school believed, by pupil and academic year."""
    found: dict[str, defaultdict[int, list[Belief]]] = {}
    for pupil, beliefs in book.beliefs.items():
        of_year: defaultdict[int, list[Belief]] = defaultdict(list)
        for one in beliefs:
            belief = Belief(one.formed_on, one.expected_school_days)
            of_year[academic_year(one.formed_on)].append(belief)
        found[pupil] = of_year
    return found
