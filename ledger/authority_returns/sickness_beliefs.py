"""Beliefs that a pupil will be ill for long: what brings a sickness return about (SI 2024/208 reg 13).

Event: `sickness-belief-formed`.

The return is due as soon as the school has reasonable grounds to believe that a pupil will miss fifteen
school days by illness, not when the fifteenth has passed (secondary).  What a school believes only it can
say: so it is recorded, with the day on which it came to believe it, whose belief it is, and on what grounds.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Final

from pydantic import Field

from ledger.admissions.roll import Roll
from ledger.base import (
    By,
    Command,
    Day,
    Event,
    Outcome,
    Personal,
    PupilId,
    Recorded,
    Text,
    Unchanged,
    refuse,
)

REG_13: Final = "SI 2024/208 reg 13"
DAYS_MAX: Final = 400


def stream(urn: str, pupil: str) -> str:
    """What one school believed of one pupil's illness."""
    return f"sickness-belief/{urn}/{pupil}"


class FormSicknessBelief(Command):
    """How many school days a pupil is expected to miss by illness, from a day on.

    A later belief replaces the one before; none expected any more is 0.
    """

    pupil: PupilId
    formed_on: Day = Field(examples=["2026-11-18"])
    expected_school_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = Field(
        description="School days of illness still expected after that day, those before it apart.",
        examples=[10],
    )
    formed_by: By | None = Field(
        default=None,
        description="Whose belief it is; that of the person who records it when left out.",
    )
    grounds: Text | None = Field(
        default=None, description="On what it rests.", examples=["Letter of the hospital"]
    )
    by: By


@dataclass(frozen=True, slots=True)
class SicknessBeliefFormed(Event):
    """A school came to believe that a pupil will miss so many more school days by illness."""

    topic: ClassVar[str] = "sickness-belief-formed"
    sealed: ClassVar[frozenset[str]] = frozenset({"grounds"})

    formed_on: date
    expected_school_days: int
    formed_by: dict[str, str]
    grounds: Personal | None = None


SicknessBeliefs = dict[str, list[SicknessBeliefFormed]]
"""What a school believed, by pupil, in the order of recording."""


def apply(beliefs: SicknessBeliefs, event: SicknessBeliefFormed) -> None:
    """Fold the next event in."""
    beliefs.setdefault(event.originator_id.rpartition("/")[2], []).append(event)


def form(
    asked: FormSicknessBelief, urn: str, roll: Roll, beliefs: SicknessBeliefs, today: date
) -> Outcome:
    """Record a belief.  It is about a pupil whose name is, or was, in the school's register."""
    if asked.pupil not in roll:
        message = "The pupil's name is not in the school's admission register."
        return refuse("pupil-not-on-roll", "pupil", message, "SI 2024/208 reg 8")
    if asked.formed_on > today:
        return refuse("dated-ahead", "formed_on", "The day has not come yet.", REG_13)
    earlier = beliefs.get(asked.pupil, [])
    event = SicknessBeliefFormed(
        stream(urn, asked.pupil),
        len(earlier) + 1,
        asked.formed_on,
        asked.expected_school_days,
        (asked.formed_by or asked.by).model_dump(),
        asked.grounds,
    )
    # Grounds are sealed in the log: with them it cannot be told whether all is as before.
    if asked.grounds is None and earlier and _says(earlier[-1]) == _says(event):
        return Unchanged()
    return Recorded(event)


def _says(event: SicknessBeliefFormed) -> tuple[object, ...]:
    return (event.formed_on, event.expected_school_days, event.formed_by)
