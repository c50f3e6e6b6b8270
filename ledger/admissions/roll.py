"""The roll: who is on a school's admission register on a day, and how (regulations 8 and 9).

It is what the events of the admission register (`ledger.admissions.admission`) leave behind.  What is dated is
kept as a history of (day from which it holds, value) in the order of recording.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar

from ledger.schools.calendar import Session

Enrolment = Literal["single", "main", "subsidiary", "guest"]
StartingDayBasis = Literal["agreed", "notified", "first_attended"]
HalfDay = Literal[
    "MON AM", "MON PM", "TUE AM", "TUE PM", "WED AM",
    "WED PM", "THU AM", "THU PM", "FRI AM", "FRI PM",
]  # fmt: skip
Due = Literal["due", "boarder", "guest", "elsewhere"]
MarkDue = Literal["due", "shared", "boarder"]
"""Of a pupil on the roll: a mark is due; it is, and other schools may have one too; none is due."""

Status = TypeVar("Status")
History = list[tuple[date, Status]]

_NEVER: Final[tuple[date, date, MarkDue]] = (date.max, date.max, "due")
_WEEKDAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(slots=True)
class OnRoll:
    """One pupil's place on one school's roll, as its events leave it."""

    version: int = 0
    periods: list[tuple[date, date | None]] = field(default_factory=list)
    """Starting day and day of deletion (the first day no longer on the roll); latest last."""
    boarding: History[bool] = field(default_factory=list)
    """Whether the pupil is a boarder; empty for one who never was."""
    enrolments: History[Enrolment] = field(default_factory=list)
    """How the pupil is enrolled."""
    may_be_shared: bool = False
    """Whether the pupil was ever enrolled here but as `single`: of nearly all none need be asked when."""
    elsewhere: History[frozenset[str]] = field(default_factory=list)
    """Half-days of the week attended at the other school; empty for a pupil with no such pattern."""
    settled: tuple[date, date, MarkDue] = _NEVER
    """From the one day until before the other it stays so: of the latest period, from the last change on."""
    born: date | None = None
    """The date of birth where it is at hand; in the log it is sealed, and is opened when needed."""

    @classmethod
    def plainly_entered(cls, version: int, starting_day: date) -> "OnRoll":
        """What `enter` leaves of a name that was never there before, of one school and no boarder.

        Nearly every name is such, and a process reads millions in a morning: they share what they have alike.
        """
        period, enrolment, settled = _plain_from(starting_day)
        return cls(version, [period], [], [enrolment], False, [], settled)

    def enter(self, starting_day: date, told: Mapping[str, Any]) -> None:
        """The name is entered.  On re-admission the register begins afresh on the starting day."""
        self.periods.append((starting_day, None))
        self.boarding = before(self.boarding, starting_day)
        self.enrolments = before(self.enrolments, starting_day)
        self.elsewhere = before(self.elsewhere, starting_day)
        if told["boarder"] or self.boarding:
            self.boarding.append((starting_day, told["boarder"]))
        self._enrol(starting_day, told["enrolment"])
        if told["attends_there"] or self.elsewhere:
            self.elsewhere.append((starting_day, frozenset(told["attends_there"] or ())))
        self._settle()

    def amend(self, in_force_from: date, changes: Mapping[str, Any]) -> None:
        """Particulars are amended.  What is true since before the starting day holds from it on."""
        if "starting_day" in changes:
            self._start_on(date.fromisoformat(changes["starting_day"]))
        since = max(in_force_from, self.periods[-1][0])
        if "boarder" in changes:
            self.boarding.append((since, changes["boarder"]))
        if "enrolment" in changes:
            self._enrol(since, changes["enrolment"])
        if "attends_there" in changes:
            self.elsewhere.append((since, frozenset(changes["attends_there"] or ())))
        self._settle()

    def delete(self, day: date) -> None:
        """The name is deleted from a day on."""
        self.periods[-1] = (self.periods[-1][0], day)
        self._settle()

    def on(self, day: date) -> bool:
        """Whether the name is in the admission register on that day."""
        # A plain loop: asked for every mark, and a generator costs three times as much.
        for first, last in self.periods:  # noqa: SIM110
            if first <= day and (last is None or day < last):
                return True
        return False

    def mark_due_on(self, day: date) -> MarkDue | None:
        """Whether a mark is due of the pupil that day; None when the name is not on the register."""
        first, end, due = self.settled
        if first <= day < end:
            return due
        return self._mark_due(day) if self.on(day) else None

    def boarder_on(self, day: date) -> bool:
        """Whether the pupil boards at the school on that day."""
        if not self.boarding:
            return False
        return _stands_on(self.boarding, day, False)

    def enrolment_on(self, day: date) -> Enrolment:
        """How the pupil is enrolled at the school on that day."""
        return _stands_on(self.enrolments, day, "single")

    def elsewhere_on(self, day: date) -> frozenset[str]:
        """The half-days of the week that are attended at the other school, as of that day."""
        return _stands_on(self.elsewhere, day, frozenset())

    def due_at(self, day: date, session: Session) -> Due:
        """What is due of a pupil on the roll in a session of this school, by the register's word.

        A dually registered pupil is due at one school at a time (the other enters code D), and "guest"
        is one whose marks the other school keeps.  It informs and decides no mark.
        """
        if self.boarder_on(day):
            return "boarder"
        if self.enrolment_on(day) == "guest":
            return "guest"
        half_day = f"{_WEEKDAYS[day.weekday()]} {session}"
        return "elsewhere" if half_day in self.elsewhere_on(day) else "due"

    def _enrol(self, since: date, enrolment: Enrolment) -> None:
        self.enrolments.append((since, enrolment))
        self.may_be_shared = self.may_be_shared or enrolment != "single"

    def _settle(self) -> None:
        """Say what holds until the name is deleted: made ready here, since it is asked for every mark."""
        first, last = self.periods[-1]
        changed = [since for since, _ in (*self.boarding, *self.enrolments)]
        start, end = max([first, *changed]), last or date.max
        self.settled = (start, end, self._mark_due(start)) if start < end else _NEVER

    def _mark_due(self, day: date) -> MarkDue:
        if self.boarder_on(day):
            return "boarder"
        if self.may_be_shared:
            return "due" if self.enrolment_on(day) == "single" else "shared"
        return "due"

    def _start_on(self, starting_day: date) -> None:
        first, last = self.periods[-1]
        self.periods[-1] = (starting_day, last)
        self.boarding = started_on(self.boarding, first, starting_day)
        self.enrolments = started_on(self.enrolments, first, starting_day)
        self.elsewhere = started_on(self.elsewhere, first, starting_day)


@lru_cache(maxsize=4096)
def _plain_from(
    day: date,
) -> tuple[tuple[date, date | None], tuple[date, Enrolment], tuple[date, date, MarkDue]]:
    """Period, enrolment and what holds until further notice, of a name plainly entered from a day on."""
    return (day, None), (day, "single"), (day, date.max, "due") if day < date.max else _NEVER


Roll = dict[str, OnRoll]


def before(history: Iterable[tuple[date, Status]], day: date) -> History[Status]:
    """What a history says of the days before one: the rest is void when a name is entered again."""
    return [status for status in history if status[0] < day]


def started_on(
    history: Sequence[tuple[date, Status]], first: date, starting_day: date
) -> History[Status]:
    """A history whose latest period began on `first`, and is now said to begin on another day.

    What was said for the first day is said for the earlier one; a later starting day changes nothing.
    """
    if starting_day >= first:
        return list(history)
    return before(history, starting_day) + [
        (starting_day if since == first else since, status)
        for since, status in history
        if since >= first
    ]


def _stands_on(statuses: History[Status], day: date, otherwise: Status) -> Status:
    """Of the statuses that had begun, the one from the latest day; recorded later, it stands."""
    since, found = date.min, otherwise
    for begun, status in statuses:
        if since <= begun <= day:
            since, found = begun, status
    return found


def due_on(roll: Roll, pupil: str, day: date) -> Literal["due", "boarder"] | None:
    """Whether a mark is due of the pupil that day (regulation 10(1)); None when not on the roll."""
    place = roll.get(pupil)
    if place is None or not place.on(day):
        return None
    return "boarder" if place.boarder_on(day) else "due"
