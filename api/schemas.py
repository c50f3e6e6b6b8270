"""Answers of the contract, as the OpenAPI document describes them.

Answers are built straight from the views; these models describe them, and the tests hold the answers
against the descriptions.  Bodies that are sent are described by the ledger's own commands.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ledger.admissions.roll import Due
from ledger.law.codes import StatisticalClass
from ledger.law.provisions import SchoolPhase, SchoolType
from ledger.schools.calendar import Session

Instant = Annotated[
    str,
    Field(
        description="RFC 3339, in UTC.",
        examples=["2026-10-01T07:47:12.104311Z"],
        json_schema_extra={"format": "date-time"},
    ),
]
Urn = Annotated[str, Field(examples=["137172"])]
Pupil = Annotated[str, Field(examples=["0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01"])]
Position = Annotated[int, Field(description="A position in the log.", examples=[70])]
Percent = Annotated[
    float | None, Field(description="Unrounded; null where no session was possible.")
]


class Answer(BaseModel):
    """Answers may gain members."""

    model_config = ConfigDict(extra="allow")


class Person(Answer):
    """The person whose entry it is."""

    name: str = Field(examples=["C Tutor"])
    position: str = Field(examples=["Form tutor"])


class Read(Answer):
    """What every read names."""

    position: Position
    as_of: Instant


class ListRead(Read):
    """A page of a list."""

    next: str | None = Field(default=None, description="Cursor of the next page, if there is one.")


class Window(Answer):
    """When a register opens and closes (local time)."""

    opens: str = Field(examples=["08:35"])
    closes: str = Field(examples=["09:05"])


class RegisterTimes(Answer):
    """The registers of a school day."""

    AM: Window
    PM: Window


class Description(Answer):
    """What the school is from a day on."""

    name: str
    laestab: str
    local_authority: str
    trust: str | None
    type: SchoolType
    phase: SchoolPhase | None = Field(description="Phase, by its census code.")
    register_times: RegisterTimes
    in_force_from: date


class SchoolRead(Read, Description):
    """A school: what is in force on the day asked for, and everything that was said of it."""

    school: Urn
    descriptions: list[Description] = Field(description="All of them, in the order of recording.")


class SpanRead(Answer):
    """First and last day, both included."""

    from_: date = Field(alias="from")
    to: date


class TermRead(SpanRead):
    """A term."""

    name: str
    half_term: SpanRead | None


class ClosureRead(SpanRead):
    """A closure."""

    sessions: list[Session]
    kind: Literal["planned", "unplanned"]
    reason: str


class YearRead(Read):
    """The days of one academic year, closures made later among its closures."""

    school: Urn
    year: int
    terms: list[TermRead]
    closures: list[ClosureRead]
    sessions: int = Field(description="Sessions that the school holds in the year.")
    school_days: int = Field(description="Days with at least one of them.")
    school_weeks: int = Field(description="Weeks, Monday to Sunday, with at least one of them.")


class NameRead(Answer):
    """One name in the admission register.  What was erased is null and named in `erased`."""

    pupil: Pupil
    surname: str | None
    forenames: str | None
    supplementary_names: list[str] | None
    sex: str | None
    date_of_birth: date | None
    upn: str | None
    former_upn: str | None = Field(
        description="The number before: the one that this register held last, else one it was told of."
    )
    uln: str | None
    starting_day: date
    starting_day_is: str | None = Field(description="What makes it the starting day.")
    deleted_on: date | None = Field(description="First day no longer on the roll; may lie ahead.")
    ground: str | None = Field(description="Ground of regulation 9.")
    year_group: str | None
    registration_group: str | None
    enrolment: str
    attends_there: list[str] | None = Field(description="Half-days at the other school.")
    boarder: bool
    due: dict[Session, Due | None] | None = Field(
        description="What is due of the pupil here in each session of the day asked for; null where "
        "none is held, or no day is asked for."
    )
    address: str | None
    other_addresses: list[str] | None
    parents: list[dict[str, Any]] | None
    move: dict[str, Any] | None = Field(description="Notice of a move (regulation 8(3)).")
    previous_school: str | None
    previous_school_address: str | None
    other_school: dict[str, Any] | None
    future_school: dict[str, Any] | None
    erased: list[str]
    position: Position
    recorded_at: Instant
    by: Person


class AdmissionsRead(ListRead):
    """The admission register."""

    school: Urn
    entries: list[NameRead]


class EntryRead(Answer):
    """The entry that stands for one pupil and one session."""

    pupil: Pupil
    date: date
    session: Session
    code: str
    counts_as: StatisticalClass
    original: str = Field(description="The code first entered.")
    amended: bool
    planned: bool = Field(description="Entered ahead of its session, which has not begun.")
    recorded_at: Instant
    by: Person
    position: Position
    arrived_at: str | None
    detail: str | None
    reason: str | None = Field(description="Why the entry was amended.")
    entered_at: str | None
    flags: list[str] = Field(description="Warnings under which the mark was entered.")
    place: str | None = Field(description="Where the pupil was, if that was said.")
    supervision: str | None = Field(description="Who supervised, if that was said.")


class MissingRead(Answer):
    """A mark that is due and has not been entered."""

    pupil: Pupil
    date: date
    session: Session


class RegisterRead(ListRead):
    """The attendance register.  `missing` speaks of the days and sessions of the page."""

    school: Urn
    entries: list[EntryRead]
    missing: list[Pupil] = Field(description="Pupils due that have no entry.")
    missing_entries: list[MissingRead]


class HistoryItem(Answer):
    """One event about the child, with the event's own members beside these."""

    position: Position
    type: str = Field(examples=["attendance-amended"])
    recorded_at: Instant
    school: Urn
    by: Person
    client: str
    rules: str
    erased: list[str]


class HistoryRead(ListRead):
    """Everything about the child, in log order."""

    pupil: Pupil
    events: list[HistoryItem]


class TotalsItem(Answer):
    """One row of totals.  Counts are of sessions; enrolments and absentees of enrolments."""

    key: str | None
    enrolments: int
    possible_sessions: int
    attending: int
    present: int
    approved_educational_activity: int
    overall_absence: int
    authorised_absence: int
    unauthorised_absence: int
    late_before_close: int
    late_after_close: int
    unable_to_attend: int
    missing: int
    codes: dict[str, int]
    attendance_percent: Percent
    overall_absence_percent: Percent
    authorised_absence_percent: Percent
    unauthorised_absence_percent: Percent
    persistent_absence: int
    severe_absence: int
    explain: str = Field(description="Link to what the row's figures are made of.")


class TotalsRead(Read):
    """Totals of a register."""

    school: Urn
    from_: date = Field(alias="from")
    to: date
    by: str
    rules: str = Field(
        description="Edition of the rules by which it was counted.", examples=["england-2026.1"]
    )
    rows: list[TotalsItem]


class LogItem(Answer):
    """One event as it is stored; sealed members stay sealed."""

    position: Position
    type: str
    stream: str
    version: int
    school: Urn | None
    pupil: Pupil | None
    recorded_at: Instant
    act: Position
    by: Person
    client: str
    data: dict[str, Any] = Field(
        description="The stored JSON, written as compactly as it is stored."
    )
    salt: str
    leaf: str
    act_leaf: str


class CloudEvent(Answer):
    """One event in an envelope of CloudEvents 1.0; what is particular to the log stands in extensions."""

    specversion: Literal["1.0"]
    id: str = Field(description="The position.")
    source: str
    type: str
    subject: str = Field(description="The stream.")
    time: Instant
    datacontenttype: Literal["application/json"]
    dataschema: str
    data: dict[str, Any]
    sequence: str = Field(description="The position with leading zeros: sorts as text.")
    position: Position
    streamversion: int
    act: Position
    client: str
    salt: str
    leaf: str
    actleaf: str
    pupil: Pupil | None = None


class LogRead(Read):
    """A page of the record itself."""

    events: list[LogItem] | list[CloudEvent]
    after: int = Field(description="Go on after this position.")
    next: int | None = Field(default=None, description="The same, where there is more.")


class Health(Answer):
    """Whether the service lives, or is ready."""

    status: Literal["alive", "ready"]
