"""Leave of absence: asked, given, refused, withdrawn (regulation 11).  Refusals are kept.

Events: `leave-asked`, `leave-given`, `leave-refused`, `leave-withdrawn`.  Which sessions a leave covers
is `ledger.leave_of_absence.leave_extent`; what regulation 11 says of giving it is `ledger.leave_of_absence.leave_rules`; the two meet
school, roll and marks in `ledger.leave_of_absence.leave_decisions`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from ledger.base import (
    By,
    Command,
    Day,
    Event,
    Line,
    Personal,
    PupilId,
    Sealed,
    Text,
)
from ledger.leave_of_absence.leave_extent import Extent
from ledger.schools.calendar import Session

REG_11: Final = "SI 2024/208 reg 11"
GUIDANCE: Final = "Working together to improve school attendance: part-time timetables (secondary)"

LeaveGround = Literal[
    "exceptional_circumstances",
    "interview",
    "study",
    "regulated_performance",
    "part_time_timetable",
    "not_required_to_attend",
    "medical_appointment",
]


Decision = Literal["asked", "given", "refused", "withdrawn"]
OPEN_ENDED: Final = "part_time_timetable"
"""The one ground on which no end need be fixed: that it should be is guidance."""
DAYS_MAX: Final = 1_100
"""Days from the first to the last of one request: three years."""

LeaveDay = Annotated[Day, Field(ge=date(2005, 8, 1), le=date(2045, 7, 31))]
"""A day of leave: of the academic years that the log is divided into."""


def stream(urn: str, pupil: str, leave: str) -> str:
    """One request for leave.  It names the pupil, under whose data key its free text is sealed."""
    return f"leave-of-absence/{urn}/{pupil}/{leave}"


# -- what is asked -------------------------------------------------------------------------------


class AskedBy(Command):
    """Who asked for leave, or agreed to it."""

    name: Line = Field(examples=["Ngozi Okafor"])
    relationship: Line = Field(description="`parent`, `pupil` or another.", examples=["parent"])


class DatedSession(Command):
    """One session of a timetable."""

    date: LeaveDay
    session: Session


Sessions = (
    Annotated[list[Session], Field(min_length=1, max_length=2)]
    | Annotated[list[DatedSession], Field(min_length=1, max_length=800)]
)


class AskLeave(Command):
    """A request for leave of absence."""

    pupil: PupilId
    ground: LeaveGround
    from_: LeaveDay = Field(alias="from", examples=["2026-11-19"])
    to: LeaveDay | None = Field(
        default=None,
        description="The last day.  May be left out of a part-time timetable without an end alone.",
        examples=["2026-11-20"],
    )
    sessions: Sessions | None = Field(
        default=None,
        description='The sessions of leave: of each day, such as `["PM"]`, or dated pairs; left out, '
        "both of each day.  Of a part-time timetable, the sessions that the pupil is away.",
        examples=[["PM"]],
    )
    asked_by: AskedBy
    asked_on: Day = Field(examples=["2026-11-02"])
    circumstances: Text = Field(examples=["Licensed to perform at the Curve Theatre"])
    agreed_with: AskedBy | None = Field(
        default=None,
        description="The parent with whom a part-time timetable is agreed, where another one asked.",
    )
    review_on: Annotated[list[LeaveDay], Field(max_length=100)] = Field(
        default=[], description="Days on which the leave is reviewed.", examples=[[]]
    )
    by: By

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to is not None and self.to < self.from_:
            raise ValueError("`to` is before `from`")
        return self


class DecideLeave(Command):
    """The decision on a request.  Leave may be given for less than was asked."""

    decision: Literal["given", "refused", "withdrawn"]
    from_: LeaveDay | None = Field(
        default=None,
        alias="from",
        description="First day given, where it is not the first asked for.  Of a withdrawal: the first "
        "day withdrawn, so that leave taken before stays leave; left out, all of it.  Of a refusal it "
        "says nothing.",
    )
    to: LeaveDay | None = Field(
        default=None, description="Last day given, where it is not the last asked for."
    )
    sessions: Sessions | None = Field(
        default=None,
        description='The sessions given, among those asked for: `["PM"]`, or dated pairs.',
    )
    decided_on: Day | None = Field(
        default=None,
        description="When it was decided, if that was before it is recorded; today when left out.",
        examples=["2026-11-05"],
    )
    licence: Line | None = Field(
        default=None,
        description="The licence or exemption seen for a regulated performance or employment abroad.",
        examples=["Leicester City Council 2026/118"],
    )
    reason: Text = Field(examples=["Licence seen"])
    decided_by: By | None = Field(
        default=None,
        description="Who decided, where that is not the one who enters it: leave is given by persons "
        "authorised to (regulation 11(1)), and may be entered by others.",
        examples=[{"name": "A Head", "position": "Headteacher"}],
    )
    by: By

    @property
    def decider(self) -> By:
        """Who decided: the one who is named, else the one who enters it."""
        return self.decided_by or self.by

    @model_validator(mode="after")
    def _of_leave_given(self) -> Self:
        if self.decision != "given" and (self.sessions or self.licence):
            raise ValueError("`sessions` and `licence` belong to leave that is given")
        return self


# -- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeaveAsked(Event):
    """Leave of absence asked for."""

    topic: ClassVar[str] = "leave-asked"
    sealed: ClassVar[frozenset[str]] = frozenset({"asked_by", "circumstances", "agreed_with"})

    ground: LeaveGround
    first: date
    last: date | None = field(default=None, kw_only=True)
    asked_on: date
    asked_by: dict[str, Any] | Sealed
    circumstances: Personal
    sessions: list[Any] | None = None
    agreed_with: dict[str, Any] | Sealed | None = None
    review_on: list[date] | None = None


@dataclass(frozen=True, slots=True)
class LeaveGiven(Event):
    """Leave given, from a day to a day."""

    topic: ClassVar[str] = "leave-given"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason", "licence"})

    first: date
    last: date | None = field(default=None, kw_only=True)
    reason: Personal
    sessions: list[Any] | None = None
    """The sessions given; None for those asked for."""
    decided_on: date | None = None
    licence: Personal | None = None
    decided_by: dict[str, str] | None = None
    """Name and position of who decided; None where the act's person did."""


@dataclass(frozen=True, slots=True)
class LeaveRefused(Event):
    """Leave refused."""

    topic: ClassVar[str] = "leave-refused"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    reason: Personal
    decided_on: date | None = None
    decided_by: dict[str, str] | None = None
    """Name and position of who decided; None where the act's person did."""


@dataclass(frozen=True, slots=True)
class LeaveWithdrawn(Event):
    """A request, or leave that had been given, withdrawn."""

    topic: ClassVar[str] = "leave-withdrawn"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    reason: Personal
    first: date | None = None
    """The first day withdrawn; None for all of it."""
    decided_on: date | None = None
    decided_by: dict[str, str] | None = None
    """Name and position of who decided; None where the act's person did."""


LeaveDecided = LeaveGiven | LeaveRefused | LeaveWithdrawn
LeaveEvent = LeaveAsked | LeaveDecided

# -- what follows --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leave:
    """One request as its events leave it."""

    id: str
    pupil: str
    ground: LeaveGround
    asked: Extent
    asked_on: date
    review_on: tuple[date, ...] = ()
    version: int = 1
    decision: Decision = "asked"
    decided_on: date | None = None
    given: Extent | None = None
    """What is leave: nothing while it is asked, nor when it is refused or all of it withdrawn."""
    withdrawn_from: date | None = None

    def covers(self, day: date, session: Session) -> bool:
        """Whether leave is given for that session."""
        return self.given is not None and self.given.covers(day, session)

    def decided(self, event: LeaveDecided) -> "Leave":
        """The request as a decision leaves it."""
        version, decided_on = event.originator_version, event.decided_on
        match event:
            case LeaveGiven():
                sessions = event.sessions or self.asked.stored()
                changes: dict[str, Any] = {
                    "decision": "given",
                    "given": Extent.of(event.first, event.last, sessions),
                }
            case LeaveRefused():
                changes = {"decision": "refused"}
            case LeaveWithdrawn():
                left = self.given and event.first and self.given.before(event.first)
                changes = {
                    "decision": "withdrawn",
                    "given": None if not left or left.is_empty else left,
                    "withdrawn_from": event.first,
                }
        return replace(self, version=version, decided_on=decided_on, **changes)


class LeaveBook:
    """A school's requests for leave, by id and by pupil."""

    __slots__ = ("_by_id", "_by_pupil")

    def __init__(self) -> None:
        self._by_id: dict[str, Leave] = {}
        self._by_pupil: dict[str, tuple[Leave, ...]] = {}

    def __eq__(self, other: object) -> bool:
        """Whether the same requests stand; which changed last is of no consequence."""
        return isinstance(other, LeaveBook) and self._by_id == other._by_id

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, leave: str) -> Leave:
        """The request of this id; KeyError for an unknown one."""
        return self._by_id[leave]

    def __iter__(self) -> Iterator[Leave]:
        """Every request, in the order of asking."""
        return iter(self._by_id.values())

    def get(self, leave: str) -> Leave | None:
        """The request of this id, if there is one."""
        return self._by_id.get(leave)

    def of(self, pupil: str) -> Sequence[Leave]:
        """The requests for one pupil, the one changed last at the end."""
        return self._by_pupil.get(pupil, ())

    def has(self, pupil: str) -> bool:
        """Whether there is a request for the pupil."""
        return pupil in self._by_pupil

    def grounds_for(self, pupil: str, day: date, session: Session) -> Sequence[str]:
        """The grounds on which leave is given, and not withdrawn, for that session."""
        requests = self._by_pupil.get(pupil)
        if requests is None:
            return ()
        # Asked for marks: nothing is called that need not be.
        found = []
        for request in requests:
            given = request.given
            if given is not None and given.covers(day, session):
                found.append(request.ground)
        return found

    def put(self, request: Leave) -> None:
        """Enter a request as it now stands."""
        others = (each for each in self.of(request.pupil) if each.id != request.id)
        self._by_id[request.id] = request
        # Asked for marks, and seldom changed: made ready here.
        self._by_pupil[request.pupil] = (*others, request)


def apply(book: LeaveBook, pupil: str, leave: str, event: LeaveEvent) -> None:
    """Fold one event of a request's stream into the school's leave."""
    if isinstance(event, LeaveAsked):
        asked = Extent.of(event.first, event.last, event.sessions)
        days = tuple(event.review_on or ())
        book.put(Leave(leave, pupil, event.ground, asked, event.asked_on, days))
    else:
        book.put(book[leave].decided(event))


def given_for(book: LeaveBook, pupil: str, day: date, session: Session) -> list[Leave]:
    """The leave that is given, and not withdrawn, for that session of that pupil."""
    return [leave for leave in book.of(pupil) if leave.covers(day, session)]
