"""Legal intervention: what its subjects have in common.

The national framework asks a school to CONSIDER a penalty notice where the threshold is met, and to
offer support first (Working together to improve school attendance, chapter 6; secondary).  The ledger
decides nothing of it and starts nothing by itself: it records what people did, with its dates.

Subjects: `ledger.intervention.considerations`, `ledger.intervention.improvement` (notices to improve and attendance contracts)
and `ledger.intervention.issued_notices` (penalty notices).
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ledger.base import Command, Day, Line, Refused, refuse
from ledger.law.provisions import SchoolType
from ledger.problems import Problem
from ledger.schools.calendar import Session

GUIDANCE: Final = "Working together to improve school attendance, chapter 6: legal intervention"
SESSIONS_MAX: Final = 800

Kind = Literal[
    "penalty_notice", "notice_to_improve", "attendance_contract", "penalty_consideration"
]
ParentId = Annotated[
    str,
    StringConstraints(
        to_lower=True, pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
    ),
    Field(
        description="The client's own UUID for the parent, the same for each child and at every "
        "school: notices are counted by it.",
        examples=["0192d3f0-6c1e-7c55-9d10-2f1f0a3b8f01"],
    ),
]


def stream(kind: Kind, urn: str, pupil: str, intervention: str) -> str:
    """One intervention.  It names the pupil, under whose data key its free text is sealed."""
    return f"{kind.replace('_', '-')}/{urn}/{pupil}/{intervention}"


class Parent(Command):
    """The parent whom an intervention addresses: each parent has one of their own."""

    id: ParentId
    name: Line = Field(examples=["Ngozi Okafor"])


class NamedSession(Command):
    """One session by its date."""

    date: Day
    session: Session


@dataclass(frozen=True, slots=True)
class Place:
    """Where an intervention is recorded: at which school, under which id, of which type and day."""

    urn: str
    id: str
    school_type: SchoolType
    today: date


def not_on_roll() -> Refused:
    """An intervention is about a pupil whose name is, or was, in the school's register."""
    return refuse(
        "pupil-not-on-roll",
        "pupil",
        "The pupil's name is not in the school's admission register.",
        "SI 2024/208 reg 8",
    )


def dated_ahead(path: str) -> Refused:
    """What has not happened yet is not recorded as a fact."""
    return Refused((ahead(path),))


def ahead(path: str) -> Problem:
    """The same as a problem among others."""
    return Problem("dated-ahead", path, "The day has not come yet.", GUIDANCE)


def before_beginning() -> Refused:
    """An outcome comes on or after the day on which what it is about began."""
    message = "The day is before that of what it is about."
    return refuse("outcome-before-beginning", "on", message, GUIDANCE)


def not_found() -> Refused:
    """The id is none of this school's, or of another kind of intervention."""
    message = "No intervention of this kind with this id at this school."
    return refuse("intervention-not-found", "id", message, GUIDANCE)


def already_ended(standing: str) -> Refused:
    """What was recorded is kept, and nothing can follow it."""
    message = "An outcome is recorded already that this one cannot follow."
    problem = Problem("intervention-already-ended", "outcome", message, GUIDANCE)
    return Refused((problem,), conflict=True, shows={"standing": standing})
