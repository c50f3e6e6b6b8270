"""What a request's rules ask about pupils, found out once for all of them and only when it is asked.

Most registers need nothing but the roll.  Where a code needs more, it is asked of the record for every
mark of the request that has such a code at the same time, so that a request of thousands of marks asks
a handful of questions.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from ledger import leave
from ledger.attendance import Standing
from ledger.book import SchoolBook
from ledger.calendar import LONDON, SESSIONS, Session, academic_year, span_of_year
from ledger.codes import last_counted, variants
from ledger.facts import EntryKey, Facts
from ledger.pupil_rules import Status
from ledger.roll import Enrolment
from ledger.school_time import SchoolTime
from ledger.statute import threshold

_EXCLUDED: Final = "E"
_EXCLUSION_LIMIT: Final = "exclusion-education-due-from-school-day"


class Marked(NamedTuple):
    """A mark of the request, as far as it is known before it is decided."""

    key: EntryKey
    code: str | None


class Request(NamedTuple):
    """The marks of a request that are of one school, and what stands where they want to write."""

    marks: Callable[[], Iterable[Marked]]
    standing: Mapping[EntryKey, Standing]
    """What stands at this school, with what earlier items of the request have left."""
    elsewhere: Mapping[str, Mapping[EntryKey, Standing]] = {}
    """The same of all schools that the request speaks of, by URN."""


class Pupils:
    """The pupils of one school, as the rules ask about them while one request is decided."""

    def __init__(self, book: SchoolBook, facts: Facts, request: Request) -> None:
        self._book = book
        self._roll = book.roll
        self._facts = facts
        self._request = request
        self._born: Mapping[str, date] | None = None
        self._excluded: Mapping[EntryKey, str] | None = None
        self._elsewhere: Mapping[EntryKey, Mapping[str, str]] | None = None
        self._n_due: dict[date, date | None] = {}
        self._school_times: dict[int, SchoolTime] = {}
        self._days_before: dict[tuple[date, int], tuple[date, ...]] = {}

    def status_on(self, pupil: str, day: date) -> Status | None:
        """`due`; `shared` when other schools may have marks of the pupil as well; `boarder`; or None
        when the name is not on the register that day (regulation 10(1)).
        """
        # Asked for every mark: nothing is called that need not be.
        place = self._roll.get(pupil)
        if place is None or not place.on(day):
            return None
        if place.boarding and place.boarder_on(day):
            return "boarder"
        for _, enrolment in place.enrolments:
            if enrolment != "single":
                return "due" if place.enrolment_on(day) == "single" else "shared"
        return "due"

    def enrolment_on(self, pupil: str, day: date) -> Enrolment:
        """How the pupil is enrolled that day; `single` where the name is not on the roll."""
        place = self._roll.get(pupil)
        return "single" if place is None else place.enrolment_on(day)

    @property
    def today(self) -> date:
        """The day on which marks are entered now, in London."""
        return self._facts.now.astimezone(LONDON).date()

    def born(self, pupil: str) -> date | None:
        """The date of birth; None where it is not known or was erased."""
        if self._born is None:
            wanted = {m.key.pupil for m in self._request.marks() if _is_for_an_age(m)}
            self._born = self._facts.born(self._book.urn, wanted)
        return self._born.get(pupil)

    def grounds_of_leave(self, pupil: str, day: date, session: Session) -> Sequence[str]:
        """The grounds on which leave is in force for that session."""
        given = leave.given_for(self._book.leave, pupil, day, session)
        return [each.ground for each in given]

    def has_leave(self, pupil: str) -> bool:
        """Whether leave was ever asked for: of most pupils none is in force then."""
        return bool(self._book.leave.of(pupil))

    def part_time_agreed(self, pupil: str) -> bool:
        """Whether part-time education is, or once was, agreed for the pupil."""
        requests = self._book.leave.of(pupil)
        return any(r.ground == "part_time_timetable" and r.given is not None for r in requests)

    def n_due(self, day: date) -> date | None:
        """The last school day to replace a code N of that day; None where no calendar says."""
        if day not in self._n_due:
            self._n_due[day] = self._school_time(academic_year(day)).n_due(day)
        return self._n_due[day]

    def _school_time(self, year: int) -> SchoolTime:
        """The school days of an academic year and the next, as far as they were set."""
        if year not in self._school_times:
            years = self._book.school.years
            known = [years[number] for number in (year, year + 1) if number in years]
            self._school_times[year] = SchoolTime.of_years(known)
        return self._school_times[year]

    def excluded_before(self, pupil: str, day: date, school_days: int) -> bool:
        """Whether so many school days just before the day are coded E, and hold no other code.

        No where the calendar of those days is not known.
        """
        if self._excluded is None:
            self._excluded = self._facts.codes_at(self._book.urn, self._days_of_exclusions())
        days = self._school_days_before(day, school_days)
        return len(days) == school_days and all(
            {self._code_at(EntryKey(pupil, d, s)) for s in SESSIONS} - {None} == {_EXCLUDED}
            for d in days
        )

    def possible_elsewhere(self, pupil: str, day: date, session: Session) -> bool:
        """Whether another school's mark makes that session possible there.

        Of marks that are being entered at the same instant the later may not see the earlier.
        """
        if self._elsewhere is None:
            keys = {m.key for m in self._request.marks() if self._may_be_shared(m.key.pupil)}
            self._elsewhere = self._facts.codes_elsewhere(self._book.urn, keys)
        key = EntryKey(pupil, day, session)
        codes = dict(self._elsewhere.get(key, {}))
        for urn, standing in self._request.elsewhere.items():
            if urn != self._book.urn and key in standing:
                codes[urn] = standing[key].code
        return any(_is_possible(code, day) for code in codes.values())

    def _code_at(self, key: EntryKey) -> str | None:
        """The code that stands, with what this request has entered so far."""
        entered = self._request.standing.get(key)
        if entered is not None:
            return entered.code
        return self._excluded.get(key) if self._excluded else None

    def _days_of_exclusions(self) -> set[EntryKey]:
        """The entries on which it depends how long the exclusions in the request have lasted."""
        return {
            EntryKey(key.pupil, day, session)
            for key, code in self._request.marks()
            if code == _EXCLUDED and (limit := threshold(_EXCLUSION_LIMIT, key.day))
            for day in self._school_days_before(key.day, limit.value - 1)
            for session in SESSIONS
        }

    def _school_days_before(self, day: date, number: int) -> tuple[date, ...]:
        """The last school days before a day, fewer where no more are known."""
        found = self._days_before.get((day, number))
        if found is None:
            years, year = self._book.school.years, academic_year(day)
            span = span_of_year(year - 1).first, date.fromordinal(day.toordinal() - 1)
            known = [years[y] for y in (year, year - 1) if y in years and year in years]
            days = sorted(d for each in known for d in each.school_days(*span))
            found = self._days_before[day, number] = tuple(days[-number:])
        return found

    def _may_be_shared(self, pupil: str) -> bool:
        place = self._roll.get(pupil)
        return place is not None and any(how != "single" for _, how in place.enrolments)


def _is_for_an_age(mark: Marked) -> bool:
    return mark.code is not None and _depends_on_age(mark.code, mark.key.day)


@lru_cache(maxsize=4096)
def _depends_on_age(symbol: str, day: date) -> bool:
    return any(code.pupil_group != "any" for code in variants(symbol, day))


def _is_possible(symbol: str, day: date) -> bool:
    code = last_counted(symbol, day)
    return code is not None and code.in_possible
