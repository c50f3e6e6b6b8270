"""Arithmetic in school days and school weeks, across half terms, terms and academic years.

A school day is a day on which the school has a session, a school week any week (Monday to Sunday) with
one (Education Act 1996 s.579; "week" is our convention): staff training days, holidays and closures
are passed over.  "Within n school days after" counts the next school day as day 1 and includes day n.
Where the school's calendar is not known so far, the answer is None and never a guess.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from ledger.law.statute import threshold
from ledger.schools.calendar import SchoolYear, academic_year, monday_of, span_of_year

CODE_N_LIMIT: Final = "code-n-replaced-within-school-days"


@dataclass(frozen=True)
class SchoolTime:
    """The school days of one school.

    `days` are those of whole academic years, in any order.  An academic year with none of them is
    one whose calendar is not known.
    """

    days: Sequence[date]

    @classmethod
    def of_years(cls, years: Iterable[SchoolYear]) -> "SchoolTime":
        """The school days of the academic years that were set, closures left out."""
        found: list[date] = []
        for year in years:
            whole = span_of_year(year.year)
            found += year.school_days(whole.first, whole.last)
        return cls(tuple(found))

    def is_school_day(self, day: date) -> bool:
        """Whether the school has a session that day."""
        place = bisect_left(self._days, day)
        return place < len(self._days) and self._days[place] == day

    def nth_school_day_after(self, day: date, n: int) -> date | None:
        """The n-th school day after `day`, the next one being the first; ValueError for n < 1."""
        if n < 1:
            raise ValueError("school days after a day are counted from 1")
        place = bisect_right(self._days, day) + n - 1
        if place >= len(self._days) or not self._known(day, self._days[place]):
            return None
        return self._days[place]

    def school_days_before(self, day: date, n: int) -> tuple[date, ...]:
        """The last n school days before `day` in order; fewer where no more are known without a gap."""
        place = bisect_left(self._days, day)
        found = self._days[max(0, place - n) : place]
        if found and not self._known(found[0], day):
            return tuple(each for each in found if self._known(each, day))
        return found

    def within_school_days_after(self, event: date, day: date, n: int) -> bool | None:
        """Whether `day` comes no later than the n-th school day after `event`."""
        last = self.nth_school_day_after(event, n)
        if last is not None:
            return day <= last
        # Not n school days are known after the event: any day of the years known to follow it is in time.
        return True if day <= event or self._known(event, day) else None

    def n_due(self, session_day: date) -> date | None:
        """The last school day to replace a code N of that day's session (reg 10(7) to (9)).

        None as well where no limit was in force on the session's day.
        """
        limit = threshold(CODE_N_LIMIT, session_day)
        return None if limit is None else self.nth_school_day_after(session_day, limit.value)

    def school_weeks(self, day: date) -> tuple[date, ...]:
        """The Mondays of the school weeks of the years known without a gap around that of `day`.

        Weeks beyond a year that is not known are left out: they would pass for neighbours.
        """
        return self._weeks.get(academic_year(day), ())

    def school_weeks_window(self, day: date, weeks: int) -> tuple[date, ...] | None:
        """The Mondays of so many consecutive school weeks, the last begun on or before `day`."""
        known = self.school_weeks(day)
        end = bisect_right(known, day)
        return known[end - weeks : end] if end >= weeks else None

    @cached_property
    def _days(self) -> tuple[date, ...]:
        return tuple(sorted(set(self.days)))

    @cached_property
    def _years(self) -> frozenset[int]:
        found, place = set(), 0
        while place < len(self._days):
            year = academic_year(self._days[place])
            found.add(year)
            place = bisect_right(self._days, span_of_year(year).last)
        return frozenset(found)

    @cached_property
    def _weeks(self) -> dict[int, tuple[date, ...]]:
        """The school weeks by year: of the years known without a gap around it."""
        weeks: dict[int, list[date]] = {}
        for day in self._days:
            weeks.setdefault(self._unbroken[academic_year(day)], []).append(monday_of(day))
        of_first = {first: tuple(dict.fromkeys(mondays)) for first, mondays in weeks.items()}
        return {year: of_first[first] for year, first in self._unbroken.items()}

    @cached_property
    def _unbroken(self) -> dict[int, int]:
        """By year that is known: the first of the years known without a gap up to it."""
        found: dict[int, int] = {}
        for year in sorted(self._years):
            found[year] = found.get(year - 1, year)
        return found

    def _known(self, first: date, last: date) -> bool:
        """Whether every year from that of the one day to that of the other is."""
        since = self._unbroken.get(academic_year(last))
        return since is not None and since <= academic_year(first)
