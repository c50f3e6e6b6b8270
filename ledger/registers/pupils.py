"""What a request's rules ask about pupils, found out once for all of them and only when it is asked.

Most registers need nothing but the roll.  Where a code needs more, it is asked of the record for every
mark of the request that has such a code at the same time, so that a request of thousands of marks asks
a handful of questions.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final, cast

from ledger.admissions.roll import Enrolment, MarkDue
from ledger.book import SchoolBook
from ledger.facts import EntryKey, Facts
from ledger.law.codes import last_counted, variants
from ledger.registers.exclusions import Exclusions
from ledger.registers.marked import Request
from ledger.schools.calendar import LONDON, Session


class Pupils:
    """The pupils of one school, as the rules ask about them while one request is decided."""

    def __init__(self, book: SchoolBook, facts: Facts, request: Request) -> None:
        self._book = book
        self._roll = book.roll
        self._facts = facts
        self._request = request
        self._born: Mapping[str, date] | None = None
        self._elsewhere: Mapping[tuple[str, date, Session], Mapping[str, str]] | None = None
        self._n_due: dict[date, date | None] = {}
        self._n_overdue: dict[date, bool] = {}
        # Asked for marks: answered without a call between.
        self.excluded_until = Exclusions(book, facts, request).lasted
        self.grounds_of_leave = book.leave.grounds_for
        self.has_leave = book.leave.has

    def status_on(self, pupil: str, day: date) -> MarkDue | None:
        """`due`; `shared` when other schools may have marks of the pupil as well; `boarder`; or None
        when the name is not on the register that day (regulation 10(1)).
        """
        # Asked for every mark: nothing is called that need not be.
        place = self._roll.get(pupil)
        if place is None:
            return None
        first, end, due = place.settled
        return due if first <= day < end else place.mark_due_on(day)

    def enrolment_on(self, pupil: str, day: date) -> Enrolment:
        """How the pupil is enrolled that day; `single` where the name is not on the roll."""
        place = self._roll.get(pupil)
        return "single" if place is None else place.enrolment_on(day)

    def born(self, pupil: str) -> date | None:
        """The date of birth; None where it is not known or was erased."""
        place = self._roll.get(pupil)
        if place is not None and place.born is not None:
            return place.born
        if self._born is None:
            wanted = {
                pupil
                for pupil, day, _, code in self._request.marks()
                if code and _depends_on_age(code, day)
            }
            self._born = self._facts.born(self._book.urn, wanted)
        return self._born.get(pupil)

    def part_time_agreed(self, pupil: str) -> bool:
        """Whether part-time education is, or once was, agreed for the pupil."""
        requests = self._book.leave.of(pupil)
        return any(r.ground == "part_time_timetable" and r.given is not None for r in requests)

    def n_due(self, day: date) -> date | None:
        """The last school day to replace a code N of that day; None where no calendar says."""
        if day not in self._n_due:
            self._n_due[day] = self._book.school_time.n_due(day)
        return self._n_due[day]

    def n_overdue(self, day: date) -> bool:
        """Whether that day has passed, in London."""
        found = self._n_overdue.get(day)
        if found is None:
            due, today = self.n_due(day), self._facts.now.astimezone(LONDON).date()
            found = self._n_overdue[day] = due is not None and today > due
        return found

    def possible_elsewhere(self, pupil: str, day: date, session: Session) -> bool:
        """Whether another school's mark makes that session possible there.

        Of marks that are being entered at the same instant the later may not see the earlier.
        """
        if self._elsewhere is None:
            self._elsewhere = self._asked_elsewhere()
        codes = self._elsewhere.get((pupil, day, session), _NOWHERE)
        if self._request.elsewhere:
            codes = {**codes, **self._of_request(EntryKey(pupil, day, session))}
        # A plain loop: asked for every mark of a pupil of two schools.
        for code in codes.values():  # noqa: SIM110
            if _is_possible(code, day):
                return True
        return False

    def _asked_elsewhere(self) -> Mapping[tuple[str, date, Session], Mapping[str, str]]:
        """What other schools have entered for the request's pupils and sessions: one question."""
        roll = self._roll
        keys = [
            EntryKey(pupil, day, session)
            for pupil, day, session, _ in self._request.marks()
            if (place := roll.get(pupil)) is not None and place.may_be_shared
        ]
        found = self._facts.codes_elsewhere(self._book.urn, keys)
        # A plain tuple finds an EntryKey; to make one for each mark would cost more than to look it up.
        return cast("Mapping[tuple[str, date, Session], Mapping[str, str]]", found)

    def _of_request(self, key: EntryKey) -> dict[str, str]:
        """What the request itself has entered for that pupil and session at other schools, by URN."""
        return {
            urn: standing[key].code
            for urn, standing in self._request.elsewhere.items()
            if urn != self._book.urn and key in standing
        }


_NOWHERE: Final[Mapping[str, str]] = {}


@lru_cache(maxsize=4096)
def _depends_on_age(symbol: str, day: date) -> bool:
    return any(code.pupil_group != "any" for code in variants(symbol, day))


@lru_cache(maxsize=4096)
def _is_possible(symbol: str, day: date) -> bool:
    code = last_counted(symbol, day)
    return code is not None and code.in_possible
