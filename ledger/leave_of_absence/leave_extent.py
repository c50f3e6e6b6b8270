"""Which sessions a leave of absence covers: days, halves of days, or the dated sessions of a timetable."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self

from ledger.schools.calendar import Session


@dataclass(frozen=True, slots=True)
class Extent:
    """The sessions from `first` to `last`, both included, all of them or those named.

    `last` is the last day there is where no end was fixed.  `halves` restricts every day to its
    morning or its afternoon; `dated` names each session, and then nothing else is covered.
    """

    first: date
    last: date
    halves: frozenset[Session] | None = None
    dated: frozenset[tuple[date, Session]] | None = None

    @classmethod
    def of(cls, first: date, last: date | None, sessions: list[Any] | None) -> Self:
        """The extent of leave as events store it: `["PM"]`, dated pairs, or None for every session."""
        whole = cls(first, last or date.max)
        if sessions is None:
            return whole
        if isinstance(sessions[0], str):
            return replace(whole, halves=frozenset(sessions))
        return replace(whole, dated=frozenset(p for p in _pairs(sessions) if whole.on(p[0])))

    @property
    def is_empty(self) -> bool:
        """Whether no session is left."""
        return self.first > self.last or self.dated == frozenset()

    @property
    def begins(self) -> date:
        """The first day of which a session is covered; ValueError of an empty one."""
        return self.first if self.dated is None else min(day for day, _ in self.dated)

    @property
    def ends(self) -> date:
        """The last day of which a session is covered; ValueError of an empty one."""
        return self.last if self.dated is None else max(day for day, _ in self.dated)

    @property
    def has_end(self) -> bool:
        """Whether a last day was fixed: by a day, or by the last of the dated sessions."""
        return self.last < date.max or self.dated is not None

    def covers(self, day: date, session: Session) -> bool:
        """Whether that session is one of those covered."""
        if not self.first <= day <= self.last:
            return False
        if self.dated is not None:
            return (day, session) in self.dated
        return self.halves is None or session in self.halves

    def on(self, day: date) -> bool:
        """Whether a session of that day is covered."""
        if self.dated is not None:
            return (day, "AM") in self.dated or (day, "PM") in self.dated
        return self.first <= day <= self.last

    def narrowed(self, first: date, last: date, sessions: list[Any] | None) -> Self | None:
        """The part of it that is named; None where what is named goes beyond it.

        Halves of a day named for dated sessions choose among these.
        """
        if not self.first <= first <= last <= self.last:
            return None
        part = replace(self, first=first, last=last, dated=self._dated_within(first, last))
        if sessions is None:
            return part
        if not isinstance(sessions[0], str):
            pairs = frozenset(_pairs(sessions))
            covered = all(part.covers(*pair) for pair in pairs)
            return replace(part, halves=None, dated=pairs) if covered else None
        halves = frozenset(sessions)
        if part.dated is not None:
            return replace(part, dated=frozenset(p for p in part.dated if p[1] in halves))
        within = part.halves is None or halves <= part.halves
        return replace(part, halves=halves) if within else None

    def before(self, day: date) -> Self:
        """What of it lies before that day; it may be empty."""
        if day > self.last:
            return self
        last = day - timedelta(days=1)
        return replace(self, last=last, dated=self._dated_within(self.first, last))

    def stored(self) -> list[Any] | None:
        """Its sessions as events store them; `of` reads them again."""
        if self.dated is not None:
            return [{"date": day.isoformat(), "session": half} for day, half in sorted(self.dated)]
        return None if self.halves is None else sorted(self.halves)

    def _dated_within(self, first: date, last: date) -> frozenset[tuple[date, Session]] | None:
        if self.dated is None:
            return None
        return frozenset(pair for pair in self.dated if first <= pair[0] <= last)


def _pairs(sessions: list[Any]) -> Iterator[tuple[date, Session]]:
    """Dated sessions as they are stored."""
    return ((date.fromisoformat(each["date"]), each["session"]) for each in sessions)
