"""How long the exclusions in a request have lasted: found out for all of its marks in two questions at most.

From the sixth school day of an exclusion there is provision, so that five school days of E may lie before
a day and no more (`law/thresholds.toml`).  Of most exclusions the first of those days has no E, and the
others need not be asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import product, starmap
from typing import Final, NamedTuple

from ledger.book import SchoolBook
from ledger.facts import EntryKey, Facts
from ledger.law.statute import threshold
from ledger.registers.marked import Request
from ledger.schools.calendar import SESSIONS

_EXCLUDED: Final = "E"
_LIMIT: Final = "exclusion-education-due-from-school-day"

Mark = tuple[str, date]
"""A pupil, and the day of a mark of E."""


class Asked(NamedTuple):
    """What the record was asked about some marks, and what it answered."""

    entries: Mapping[Mark, Sequence[EntryKey]]
    """For each mark the sessions of the days before it, both of each day, in order."""
    codes: Mapping[EntryKey, str]


class Exclusions:
    """The exclusions of one school of which a request speaks."""

    def __init__(self, book: SchoolBook, facts: Facts, request: Request) -> None:
        self._book = book
        self._facts = facts
        self._request = request
        self._days_before: dict[date, Sequence[date]] = {}
        self._first: Asked | None = None
        self._others: Asked | None = None

    def lasted(self, pupil: str, day: date) -> bool:
        """Whether every school day on which an exclusion may lack provision lies just before `day`.

        Each of them is coded E, and holds no other code.  No where the calendar of those days is not
        known, and for a pupil of whom the request has no E on that day.
        """
        mark = pupil, day
        if self._first is None:
            marks = {
                (key.pupil, key.day) for key, code in self._request.marks() if code == _EXCLUDED
            }
            self._first = self._ask(marks, slice(1))
        if not self._is_excluded(mark, self._first):
            return False
        if self._others is None:
            self._others = self._ask(self._may_have_lasted(self._first), slice(1, None))
        return self._is_excluded(mark, self._others)

    def _ask(self, marks: Iterable[Mark], which: slice) -> Asked:
        """Look up some of the days before each mark, of the marks that have such days."""
        entries = {
            (pupil, day): tuple(starmap(EntryKey, product((pupil,), days[which], SESSIONS)))
            for pupil, day in marks
            if (days := self._days_without_provision(day))
        }
        asked = [entry for each in entries.values() for entry in each]
        return Asked(entries, self._facts.codes_at(self._book.urn, asked))

    def _may_have_lasted(self, first: Asked) -> list[Mark]:
        """Of whom the first day is coded E, or may come to be by other marks of the same request."""
        lasting = [mark for mark in first.entries if self._is_excluded(mark, first)]
        if len(lasting) == len(first.entries):
            return lasting
        own = {mark.key for mark in self._request.marks()}
        return lasting + [m for m, entries in first.entries.items() if not own.isdisjoint(entries)]

    def _is_excluded(self, mark: Mark, asked: Asked) -> bool:
        """Whether each of the days asked about before a mark is coded E and holds no other code."""
        entries = asked.entries.get(mark)
        if entries is None:
            return False
        codes = list(map(asked.codes.get, entries))
        if standing := self._request.standing:
            # With what this request has entered so far.
            now = map(standing.get, entries)
            codes = [new.code if new else old for new, old in zip(now, codes, strict=True)]
        coded = codes.count(_EXCLUDED)
        if not coded or coded == len(codes):
            return coded == len(codes)
        # A session without a mark says nothing.
        return all(
            (am or pm) == _EXCLUDED and (pm or am) == _EXCLUDED
            for am, pm in zip(codes[::2], codes[1::2], strict=True)
        )

    def _days_without_provision(self, day: date) -> Sequence[date]:
        """The school days before a day for which no provision is due; none where not all are known."""
        found = self._days_before.get(day)
        if found is None:
            limit = threshold(_LIMIT, day)
            number = limit.value - 1 if limit else 0
            days = self._book.school_time.school_days_before(day, number)
            found = self._days_before[day] = days if len(days) == number else ()
        return found
