"""Leave of absence: asked, given, refused, withdrawn (regulation 11).  Refusals are kept.

Events: `leave-asked`, `leave-given`, `leave-refused`, `leave-withdrawn`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from ledger.base import (
    By,
    Command,
    Event,
    Line,
    Outcome,
    Personal,
    PupilId,
    Recorded,
    Refused,
    Sealed,
    Text,
    refuse,
)
from ledger.calendar import Session
from ledger.problems import Problem

REG_11: Final = "SI 2024/208 reg 11"

LeaveGround = Literal[
    "exceptional_circumstances",
    "interview",
    "study",
    "regulated_performance",
    "part_time_timetable",
    "not_required_to_attend",
    "medical_appointment",
]


def stream(urn: str, pupil: str, leave: str) -> str:
    """One request for leave.  It names the pupil, under whose data key its free text is sealed."""
    return f"leave-of-absence/{urn}/{pupil}/{leave}"


# -- what is asked -------------------------------------------------------------------------------


class AskedBy(Command):
    """Who asked for leave."""

    name: Line = Field(examples=["Ngozi Okafor"])
    relationship: Line = Field(description="`parent`, `pupil` or another.", examples=["parent"])


class DatedSession(Command):
    """One session of a timetable."""

    date: date
    session: Session


class AskLeave(Command):
    """A request for leave of absence."""

    pupil: PupilId
    ground: LeaveGround
    from_: date = Field(alias="from", examples=["2026-11-19"])
    to: date = Field(examples=["2026-11-20"])
    sessions: (
        Annotated[list[Session], Field(min_length=1, max_length=2)]
        | Annotated[list[DatedSession], Field(min_length=1, max_length=800)]
        | None
    ) = Field(
        default=None,
        description='The sessions of each day, such as `["PM"]`, or dated pairs for a timetable; '
        "left out, both.",
        examples=[["PM"]],
    )
    asked_by: AskedBy
    asked_on: date = Field(examples=["2026-11-02"])
    circumstances: Text = Field(examples=["Licensed to perform at the Curve Theatre"])
    by: By

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError("`to` is before `from`")
        return self


class DecideLeave(Command):
    """The decision on a request.  Leave may be given for less than was asked."""

    decision: Literal["given", "refused", "withdrawn"]
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    reason: Text = Field(examples=["Licence seen"])
    by: By


# -- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeaveAsked(Event):
    """Leave of absence asked for."""

    topic: ClassVar[str] = "leave-asked"
    sealed: ClassVar[frozenset[str]] = frozenset({"asked_by", "circumstances"})

    ground: LeaveGround
    first: date
    last: date
    asked_on: date
    asked_by: dict[str, Any] | Sealed
    circumstances: Personal
    sessions: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class LeaveGiven(Event):
    """Leave given, from a day to a day."""

    topic: ClassVar[str] = "leave-given"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    first: date
    last: date
    reason: Personal


@dataclass(frozen=True, slots=True)
class LeaveRefused(Event):
    """Leave refused."""

    topic: ClassVar[str] = "leave-refused"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    reason: Personal


@dataclass(frozen=True, slots=True)
class LeaveWithdrawn(Event):
    """A request, or leave that had been given, withdrawn."""

    topic: ClassVar[str] = "leave-withdrawn"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    reason: Personal


LeaveEvent = LeaveAsked | LeaveGiven | LeaveRefused | LeaveWithdrawn

# -- what follows --------------------------------------------------------------------------------


@dataclass(slots=True)
class Leave:
    """One request as its events leave it."""

    pupil: str
    ground: LeaveGround
    first: date
    last: date
    sessions: list[Any] | None
    version: int = 1
    decision: Literal["asked", "given", "refused", "withdrawn"] = "asked"
    given: tuple[date, date] | None = None


LeaveBook = dict[str, Leave]


def apply(book: LeaveBook, pupil: str, leave: str, event: LeaveEvent) -> None:
    """Fold one event of a request's stream into the school's leave."""
    if isinstance(event, LeaveAsked):
        book[leave] = Leave(pupil, event.ground, event.first, event.last, event.sessions)
        return
    request = book[leave]
    request.version = event.originator_version
    match event:
        case LeaveGiven():
            request.decision, request.given = "given", (event.first, event.last)
        case LeaveRefused():
            request.decision = "refused"
        case LeaveWithdrawn():
            request.decision, request.given = "withdrawn", None


def ask(asked: AskLeave, urn: str, leave: str, on_roll: bool) -> Outcome:
    """Record a request for leave of a pupil whose name is on the roll."""
    if not on_roll:
        return refuse(
            "pupil-not-on-roll",
            "pupil",
            "The pupil's name is not in the school's admission register.",
            "SI 2024/208 reg 8",
        )
    event = LeaveAsked(
        stream(urn, asked.pupil, leave),
        1,
        asked.ground,
        asked.from_,
        asked.to,
        asked.asked_on,
        asked.asked_by.model_dump(),
        asked.circumstances,
        asked.model_dump(mode="json")["sessions"],
    )
    return Recorded(event, shows={"id": leave})


def decide(asked: DecideLeave, urn: str, leave: str, book: LeaveBook) -> Outcome:
    """Record the decision on a request: given or refused once, withdrawn from either open state."""
    request = book.get(leave)
    if request is None:
        return refuse(
            "leave-not-found", "id", "No request for leave with this id at this school.", REG_11
        )
    allowed = {"asked": ("given", "refused", "withdrawn"), "given": ("withdrawn",)}
    if asked.decision not in allowed.get(request.decision, ()):
        return Refused(
            (
                Problem(
                    "leave-already-decided",
                    "decision",
                    "The request has been decided, and what was decided is kept.",
                    REG_11,
                ),
            ),
            conflict=True,
            shows={"standing": request.decision},
        )
    place, version = stream(urn, request.pupil, leave), request.version + 1
    if asked.decision == "refused":
        return Recorded(LeaveRefused(place, version, asked.reason), shows={"id": leave})
    if asked.decision == "withdrawn":
        return Recorded(LeaveWithdrawn(place, version, asked.reason), shows={"id": leave})
    first, last = asked.from_ or request.first, asked.to or request.last
    if not request.first <= first <= last <= request.last:
        return refuse(
            "given-for-more-than-asked",
            "from",
            "Leave is given within the days that were asked for.",
            REG_11,
        )
    return Recorded(LeaveGiven(place, version, first, last, asked.reason), shows={"id": leave})
