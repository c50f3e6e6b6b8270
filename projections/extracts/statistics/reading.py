"""What one school holds of one academic year: where it belongs, its sessions by day, its enrolments."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from ledger.schools.calendar import LONDON, SESSIONS, Span, academic_year
from ledger.schools.school import SchoolDescribed
from projections.births import births
from projections.extracts.department.windows import census
from projections.extracts.extract import Question, Source
from projections.extracts.statistics import scope, sessions
from projections.extracts.statistics.phases import Phase, age_on_31_august, phase_of
from projections.grid import TotalsQuery, enrolment_of_key
from projections.places import Stretch
from projections.school import Book, load
from projections.sessions import Begun
from projections.statements import fetch, statements
from projections.totals import TotalsRow, totals

_SQL: Final = statements("extracts/statistics/reading")
_DAY: Final = timedelta(days=1)


class Enrolment(NamedTuple):
    """One enrolment with its sessions in scope, by code and by sum (`sessions.NAMES`)."""

    pupil: str
    starting_day: date
    sessions: Counter[str]


def years(span: Span) -> Iterator[tuple[int, Span]]:
    """The academic years of a span, each by the year in which it begins, with its days."""
    for year in range(academic_year(span.first), academic_year(span.last) + 1):
        first, last = date(year, 8, 1), date(year + 1, 7, 31)
        yield year, Span(max(first, span.first), min(last, span.last))


def schools(source: Source, question: Question, year: int, span: Span) -> Iterator["School"]:
    """The schools asked that are published, in order: described, and of a phase that is published."""
    for urn in question.schools:
        book = load(source.connection, urn, source.at)
        if book.school.descriptions:
            school = School(source, book, year, span)
            if school.phase is not None:
                yield school


@dataclass(frozen=True)
class School:
    """One school over days of one academic year."""

    source: Source
    book: Book
    year: int
    span: Span

    @cached_property
    def authority(self) -> str:
        """Three digits of the local authority on the last day."""
        return self._description.local_authority

    @cached_property
    def phase(self) -> Phase | None:
        """The phase under which it is published."""
        ages = (age_on_31_august(born, self.year) for born in self._born.values())
        return phase_of(self._description, (one.year_group for one in self._on_roll), ages)

    @cached_property
    def days(self) -> dict[date, Counter[str]]:
        """Sessions in scope of each day that has any entry, by code and by sum."""
        begun = self._begun
        if begun is None:
            return {}
        last, half = begun
        rows = fetch(
            self.source.connection,
            _SQL["days"],
            {
                "school": int(self.book.urn),
                "first": self.span.first,
                "last": last,
                "last_half": half,
                "position": self.source.at.position,
                "pupils": list(self._out_of_scope),
                "since": list(self._out_of_scope.values()),
            },
        )
        codes: dict[date, Counter[str]] = {}
        for day, code, replaced, number in rows:
            of_day = codes.setdefault(day, Counter())
            of_day[code] += number
            if replaced is not None:
                of_day[replaced] -= number
        return {day: self._counted(day, codes[day]) for day in sorted(codes)}

    @cached_property
    def open_days(self) -> list[date]:
        """The days on which it has a possible session, in order."""
        return [day for day, counted in self.days.items() if counted["possible"]]

    def on_roll(self, days: Collection[date]) -> dict[date, int]:
        """Enrolments in scope on the roll on each of some days of the span."""
        first = self.span.first.toordinal()
        steps = [0] * (self.span.last.toordinal() - first + 2)
        for stretch in self._on_roll:
            since = self._out_of_scope.get(stretch.pupil, date.max)
            begins = max(stretch.first, self.span.first).toordinal() - first
            ends = min(stretch.last.toordinal(), self.span.last.toordinal(), since.toordinal() - 1)
            if begins <= ends - first:
                steps[begins] += 1
                steps[ends - first + 1] -= 1
        on_roll = list(accumulate(steps))
        return {day: on_roll[day.toordinal() - first] for day in days}

    @cached_property
    def census_enrolments(self) -> int:
        """Enrolments in scope on the day of the spring census, or on the last day of a span without it."""
        day = census("spring", self.year + 1).day
        asked = day if self.span.first <= day <= self._last_seen else self._last_seen
        return self.on_roll([asked])[asked] if asked >= self.span.first else 0

    def enrolments(self) -> list[Enrolment]:
        """Every enrolment with possible sessions in scope, by pupil and number of the enrolment."""
        found: dict[str, Counter[str]] = {}
        for piece, excluded in self._pieces():
            for row in self._by_enrolment(piece):
                if row.key is not None and enrolment_of_key(row.key)[0] not in excluded:
                    codes = self.source.law.codes
                    sessions.add_row(row, piece.last, codes, found.setdefault(row.key, Counter()))
        return [
            self._enrolment(key, counted)
            for key, counted in sorted(found.items())
            if counted["possible"]
        ]

    # -- how it is found -------------------------------------------------------------------------

    @cached_property
    def _description(self) -> SchoolDescribed:
        """What the school is on the last day, or is going to be."""
        held = self.book.school
        described = held.described_on(self.span.last) or held.described_last
        assert described is not None, "schools that nobody described are left out"
        return described

    @cached_property
    def _born(self) -> dict[str, date]:
        """Dates of birth of everybody on the roll in the span; erased ones are left out."""
        source = self.source
        return births(
            source.connection, source.vault, self.book.urn, list(self.book.places), source.at
        )

    @cached_property
    def _out_of_scope(self) -> dict[str, date]:
        return scope.out_of_scope(self._born, self.book.places, self.year, self.span.last)

    @cached_property
    def _on_roll(self) -> list[Stretch]:
        first, last = self.span.first, self.span.last
        return [
            stretch
            for place in self.book.places.values()
            for stretch in place.stretches(first, last)
            if stretch.period is not None
        ]

    @cached_property
    def _begun(self) -> tuple[date, int] | None:
        """The last session of the span that has begun: its day, and 1 if it is the afternoon."""
        begun = Begun(self.book.school, self.source.at.instant)
        last = min(self.span.last, begun.today)
        for day in (last, last - _DAY):
            for half, session in ((1, SESSIONS[1]), (0, SESSIONS[0])):
                if begun(day, session):
                    return (day, half) if day >= self.span.first else None
        return None

    @property
    def _last_seen(self) -> date:
        """The last day of the span that is not in the future of the view."""
        return min(self.span.last, self.source.at.instant.astimezone(LONDON).date())

    def _counted(self, day: date, codes: Counter[str]) -> Counter[str]:
        counted: Counter[str] = Counter()
        sessions.add(codes.items(), day, self.source.law.codes, counted)
        return counted

    def _pieces(self) -> Iterator[tuple[Span, set[str]]]:
        """The span cut where pupils go out of scope, each piece with those who are by then."""
        cut = min(scope.second_half_of_summer(self.year), self.span.last + _DAY)
        for first, last in (
            (self.span.first, cut - _DAY),
            (max(cut, self.span.first), self.span.last),
        ):
            if first <= last:
                yield (
                    Span(first, last),
                    {p for p, since in self._out_of_scope.items() if since <= first},
                )

    def _by_enrolment(self, piece: Span) -> list[TotalsRow]:
        source = self.source
        query = TotalsQuery(self.book.urn, piece.first, piece.last, "enrolment")
        return totals(source.connection, self.book, query, source.at, source.vault, source.law)

    def _enrolment(self, key: str, counted: Counter[str]) -> Enrolment:
        pupil, number = enrolment_of_key(key)
        starting_day, _ = self.book.places[pupil].on_roll.periods[number]
        return Enrolment(pupil, starting_day, counted)
