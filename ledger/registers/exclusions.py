"""How long the exclusions in a request have lasted: found out for all of its marks in two questions at most.

From the sixth school day of an exclusion there is provision, so that five school days of E may lie before
a day and no more (`law/thresholds.toml`).  The record answers for a mark whether they do, without listing
them.  Only where the request itself writes on one of those days, as an import does, are their entries
looked up, since what it has written so far is not in the record yet.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product, starmap
from typing import Final, NamedTuple

from ledger.book import SchoolBook
from ledger.facts import EntryKey, Facts, PupilDay
from ledger.law.statute import threshold
from ledger.registers.marked import Request
from ledger.schools.calendar import SESSIONS

EXCLUDED: Final = "E"
_LIMIT: Final = "exclusion-education-due-from-school-day"


class _Answered(NamedTuple):
    """What the record said of the marks of E in a request."""

    lasted: frozenset[PupilDay]
    """Those before which every day was coded E."""
    entries: Mapping[PupilDay, Sequence[EntryKey]]
    """Of those to be looked at with the request's own entries, the sessions of the days before, both
    of each day, in order.
    """
    codes: Mapping[EntryKey, str]
    """What stands among these."""


class Exclusions:
    """The exclusions of one school of which a request speaks."""

    def __init__(self, book: SchoolBook, facts: Facts, request: Request) -> None:
        self._book = book
        self._facts = facts
        self._request = request
        self._answered: _Answered | None = None

    def lasted(self, pupil: str, day: date) -> bool:
        """Whether every school day on which an exclusion may lack provision lies just before `day`.

        Each of them is coded E, and holds no other code.  No where the calendar of those days is not
        known, and for a pupil of whom the request has no E on that day.
        """
        answered = self._answered
        if answered is None:
            answered = self._answered = self._ask()
        if (pupil, day) in answered.lasted:
            return True
        if not answered.entries:
            return False
        entries = answered.entries.get((pupil, day))
        return entries is not None and self._all_excluded(entries)

    def _ask(self) -> _Answered:
        """Ask the record about every mark of E that has such days before it, all at once."""
        marks = self._request.marks()
        own_days = {mark[1] for mark in marks}
        excluded = [mark[:2] for mark in marks if mark[3] == EXCLUDED]
        before = {day: self._days_without_provision(day) for day in {day for _, day in excluded}}
        overlaps = {day for day, days in before.items() if not own_days.isdisjoint(days)}
        alone = {day: days for day, days in before.items() if days and day not in overlaps}
        all_alone = len(alone) == len(before)
        asked = excluded if all_alone else [mark for mark in excluded if mark[1] in alone]
        entries = {
            (pupil, day): tuple(starmap(EntryKey, product((pupil,), before[day], SESSIONS)))
            for pupil, day in (excluded if overlaps else ())
            if day in overlaps
        }
        keys = [key for each in entries.values() for key in each]
        urn, facts = self._book.urn, self._facts
        lasted = facts.coded_throughout(urn, EXCLUDED, asked, alone) if alone else frozenset()
        return _Answered(lasted, entries, facts.codes_at(urn, keys) if keys else {})

    def _all_excluded(self, entries: Sequence[EntryKey]) -> bool:
        """Whether each of the days of these entries is coded E and holds no other code, by now."""
        assert self._answered is not None
        # With what this request has entered so far.
        now = map(self._request.standing.get, entries)
        then = map(self._answered.codes.get, entries)
        codes = [new.code if new else old for new, old in zip(now, then, strict=True)]
        # A session without a mark says nothing.
        return all(
            (am or pm) == EXCLUDED and (pm or am) == EXCLUDED
            for am, pm in zip(codes[::2], codes[1::2], strict=True)
        )

    def _days_without_provision(self, day: date) -> Sequence[date]:
        """The school days before a day for which no provision is due; none where not all are known."""
        limit = threshold(_LIMIT, day)
        number = limit.value - 1 if limit else 0
        days = self._book.school_time.school_days_before(day, number)
        return days if len(days) == number else ()
