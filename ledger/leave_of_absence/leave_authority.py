"""Who may give leave: the persons whom the proprietor has authorised (regulation 11(1)).

Event: `leave-authority-set`.  A list is in force from its day until a later one replaces it.  Names of
staff are plain, as they are in every act; where only a position is named, whoever holds it may.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar, Final

from pydantic import Field

from ledger.base import By, Command, Day, Event, Line, Outcome, Recorded, Unchanged

PERSONS_MAX: Final = 100


def stream(urn: str) -> str:
    """The stream of a school's lists."""
    return f"leave-authority/{urn}"


class Authorised(Command):
    """One who may give leave: a person by name and position, or whoever holds a position."""

    name: Line | None = Field(default=None, examples=["A Head"])
    position: Line = Field(examples=["Headteacher"])


class SetLeaveAuthority(Command):
    """The persons authorised to give leave from a day on; it replaces the list before."""

    persons: Annotated[list[Authorised], Field(min_length=1, max_length=PERSONS_MAX)]
    in_force_from: Day = Field(examples=["2026-09-01"])
    by: By


@dataclass(frozen=True, slots=True)
class LeaveAuthoritySet(Event):
    """Who may give leave from a day on."""

    topic: ClassVar[str] = "leave-authority-set"

    persons: list[dict[str, str]]
    """Of each the position and, where a person is meant, the name."""
    in_force_from: date


@dataclass(slots=True)
class LeaveAuthority:
    """The lists of one school, in the order of recording."""

    lists: list[LeaveAuthoritySet] = field(default_factory=list)

    def apply(self, event: LeaveAuthoritySet) -> None:
        """Fold the next list in."""
        self.lists.append(event)

    def on(self, day: date) -> LeaveAuthoritySet | None:
        """The list in force that day; None before the first."""
        begun = (each for each in reversed(self.lists) if each.in_force_from <= day)
        # Of two from the same day the one recorded later stands: max keeps the first of equals.
        return max(begun, key=lambda each: each.in_force_from, default=None)

    def authorises(self, by: By, day: date) -> bool | None:
        """Whether that person may give leave on that day; None where no list says who may."""
        standing = self.on(day)
        return None if standing is None else any(_is(by, person) for person in standing.persons)


def set_authority(asked: SetLeaveAuthority, urn: str, standing: LeaveAuthority) -> Outcome:
    """Set who may give leave from a day on (regulation 11(1))."""
    event = LeaveAuthoritySet(
        stream(urn),
        len(standing.lists) + 1,
        [person.model_dump(exclude_none=True) for person in asked.persons],
        asked.in_force_from,
    )
    now = standing.on(asked.in_force_from)
    if now and (now.persons, now.in_force_from) == (event.persons, event.in_force_from):
        return Unchanged()
    return Recorded(event)


def _is(by: By, person: dict[str, str]) -> bool:
    same_name = "name" not in person or _folded(person["name"]) == _folded(by.name)
    return same_name and _folded(person["position"]) == _folded(by.position)


def _folded(text: str) -> str:
    """A name or position however it is cased and spaced."""
    return " ".join(text.split()).casefold()
