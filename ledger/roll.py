"""The roll: who is on a school's admission register on a day, and how (regulations 8 and 9).

It is what the events of the admission register (`ledger.admission`) leave behind.
"""

from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Literal, TypeVar

Enrolment = Literal["single", "main", "subsidiary", "guest"]


@dataclass(slots=True)
class OnRoll:
    """One pupil's place on one school's roll, as its events leave it."""

    version: int = 0
    periods: list[tuple[date, date | None]] = field(default_factory=list)
    """Starting day and day of deletion (the first day no longer on the roll); latest last."""
    boarding: list[tuple[date, bool]] = field(default_factory=list)
    """From which day on the pupil is, or is not, a boarder, in the order of recording; empty for a
    pupil who never was one."""
    enrolments: list[tuple[date, Enrolment]] = field(default_factory=list)
    """From which day on the pupil is enrolled how, in the order of recording."""
    born: date | None = None
    """The date of birth where it is at hand; in the log it is sealed, and is opened when needed."""

    def on(self, day: date) -> bool:
        """Whether the name is in the admission register on that day."""
        # A plain loop: asked for every mark, and a generator costs three times as much.
        for first, last in self.periods:  # noqa: SIM110
            if first <= day and (last is None or day < last):
                return True
        return False

    def boarder_on(self, day: date) -> bool:
        """Whether the pupil boards at the school on that day."""
        if not self.boarding:
            return False
        return _stands_on(self.boarding, day, False)

    def enrolment_on(self, day: date) -> Enrolment:
        """How the pupil is enrolled at the school on that day."""
        return _stands_on(self.enrolments, day, "single")


Roll = dict[str, OnRoll]
Status = TypeVar("Status")


def _stands_on(statuses: list[tuple[date, Status]], day: date, otherwise: Status) -> Status:
    """Of the statuses that had begun, the one from the latest day; recorded later, it stands."""
    begun = [status for status in statuses if status[0] <= day]
    return max(reversed(begun), key=itemgetter(0), default=(day, otherwise))[1]


def due_on(roll: Roll, pupil: str, day: date) -> Literal["due", "boarder"] | None:
    """Whether a mark is due of the pupil that day (regulation 10(1)); None when not on the roll."""
    place = roll.get(pupil)
    if place is None or not place.on(day):
        return None
    return "boarder" if place.boarder_on(day) else "due"
