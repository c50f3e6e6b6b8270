"""What a request's rules ask about pupils, found out once for all of them and only when it is asked.

Most registers need nothing but the roll.  Where a code needs more, it is asked of the record for every
mark of the request that has such a code at the same time, so that a request of thousands of marks asks
a handful of questions.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from ledger.admissions.roll import Enrolment
from ledger.book import SchoolBook
from ledger.facts import EntryKey, Facts
from ledger.law.codes import last_counted, variants
from ledger.registers.exclusions import Exclusions
from ledger.registers.marked import Request
from ledger.registers.pupil_rules import Status
from ledger.schools.calendar import LONDON, Session


class Pupils:
    """The pupils of one school, as the rules ask about them while one request is decided."""

    def __init__(self, book: SchoolBook, facts: Facts, request: Request) -> None:
        self._book = book
        self._roll = book.roll
        self._facts = facts
        self._request = request
        self._exclusions: Exclusions | None = None
        self._today: date | None = None
        self._born: Mapping[str, date] | None = None
        self._elsewhere: Mapping[EntryKey, Mapping[str, str]] | None = None
        self._n_due: dict[date, date | None] = {}

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
        if place.may_be_shared:
            return "due" if place.enrolment_on(day) == "single" else "shared"
        return "due"

    def enrolment_on(self, pupil: str, day: date) -> Enrolment:
        """How the pupil is enrolled that day; `single` where the name is not on the roll."""
        place = self._roll.get(pupil)
        return "single" if place is None else place.enrolment_on(day)

    @property
    def today(self) -> date:
        """The day on which marks are entered now, in London."""
        if self._today is None:
            self._today = self._facts.now.astimezone(LONDON).date()
        return self._today

    def born(self, pupil: str) -> date | None:
        """The date of birth; None where it is not known or was erased."""
        if self._born is None:
            wanted = {
                pupil
                for pupil, day, _, code in self._request.marks()
                if code and _depends_on_age(code, day)
            }
            self._born = self._facts.born(self._book.urn, wanted)
        return self._born.get(pupil)

    def grounds_of_leave(self, pupil: str, day: date, session: Session) -> Sequence[str]:
        """The grounds on which leave is in force for that session."""
        requests = self._book.leave.of(pupil)
        if not requests:
            return ()
        return [request.ground for request in requests if request.covers(day, session)]

    def has_leave(self, pupil: str) -> bool:
        """Whether leave was ever asked for: of most pupils none is in force then."""
        return self._book.leave.has(pupil)

    def part_time_agreed(self, pupil: str) -> bool:
        """Whether part-time education is, or once was, agreed for the pupil."""
        requests = self._book.leave.of(pupil)
        return any(r.ground == "part_time_timetable" and r.given is not None for r in requests)

    def n_due(self, day: date) -> date | None:
        """The last school day to replace a code N of that day; None where no calendar says."""
        if day not in self._n_due:
            self._n_due[day] = self._book.school_time.n_due(day)
        return self._n_due[day]

    def excluded_until(self, pupil: str, day: date) -> bool:
        """Whether every school day on which an exclusion may lack provision lies just before the day."""
        if self._exclusions is None:
            self._exclusions = Exclusions(self._book, self._facts, self._request)
        return self._exclusions.lasted(pupil, day)

    def possible_elsewhere(self, pupil: str, day: date, session: Session) -> bool:
        """Whether another school's mark makes that session possible there.

        Of marks that are being entered at the same instant the later may not see the earlier.
        """
        if self._elsewhere is None:
            keys = {
                EntryKey(pupil, day, session)
                for pupil, day, session, _ in self._request.marks()
                if self._may_be_shared(pupil)
            }
            self._elsewhere = self._facts.codes_elsewhere(self._book.urn, keys)
        key = EntryKey(pupil, day, session)
        codes = self._elsewhere.get(key, _NOWHERE)
        if self._request.elsewhere:
            codes = {**codes, **self._of_request(key)}
        # A plain loop: asked for every mark of a pupil of two schools.
        for code in codes.values():  # noqa: SIM110
            if _is_possible(code, day):
                return True
        return False

    def _of_request(self, key: EntryKey) -> dict[str, str]:
        """What the request itself has entered for that pupil and session at other schools, by URN."""
        return {
            urn: standing[key].code
            for urn, standing in self._request.elsewhere.items()
            if urn != self._book.urn and key in standing
        }

    def _may_be_shared(self, pupil: str) -> bool:
        place = self._roll.get(pupil)
        return place is not None and place.may_be_shared


_NOWHERE: Final[Mapping[str, str]] = {}


@lru_cache(maxsize=4096)
def _depends_on_age(symbol: str, day: date) -> bool:
    return any(code.pupil_group != "any" for code in variants(symbol, day))


@lru_cache(maxsize=4096)
def _is_possible(symbol: str, day: date) -> bool:
    code = last_counted(symbol, day)
    return code is not None and code.in_possible
