"""Answers that compare two places in the log, or explain a figure, as the OpenAPI document has them."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas import Answer, Instant, ListRead, Person, Position, Pupil, Read, Urn
from api.schemas_lists import Rules
from ledger.law.codes import StatisticalClass
from ledger.schools.calendar import Session

EventType = Annotated[str, Field(examples=["attendance-amended"])]


class PlaceRead(Answer):
    """A place in the log."""

    position: Position
    as_of: Instant


class BetweenRead(Answer):
    """What was compared; `position` and `as_of` of the answer are those of `to`."""

    school: Urn
    from_: PlaceRead = Field(alias="from")
    to: PlaceRead


class EventRead(Answer):
    """An event, who made it and when."""

    position: Position
    type: EventType
    recorded_at: Instant
    by: Person
    client: str
    rules: str = Field(description="Edition of the rules by which it was decided.")
    reason: str | None


class StateRead(Answer):
    """What stood of an entry."""

    code: str
    position: Position
    detail: str | None
    arrived_at: str | None
    place: str | None
    supervision: str | None


class MarkEventRead(EventRead):
    """An event of an entry."""

    code: str
    replaces: str | None = Field(
        description="The code that it replaced; null of an original entry."
    )
    rule: str | None = Field(description="The school's own rule that amended it, if one did.")


class EntryDifferenceRead(Answer):
    """An entry that gained events."""

    pupil: Pupil
    date: date
    session: Session
    before: StateRead | None = Field(description="Null where nothing stood.")
    after: StateRead
    net_change: bool = Field(
        description="False where the same stands as before, though it was amended in between."
    )
    events: list[MarkEventRead] = Field(description="All that was recorded of it in between.")


class AttendanceDiffRead(ListRead, BetweenRead):
    """What changed in an attendance register."""

    first: date | None
    last: date | None
    entries: list[EntryDifferenceRead]


class CountDifferenceRead(Answer):
    """A count at both places."""

    before: int
    after: int
    change: int


class PercentDifferenceRead(Answer):
    """A percentage at both places, unrounded; null where no session was possible."""

    before: float | None
    after: float | None


class TotalsDifferenceRead(Answer):
    """A row of totals that differs."""

    key: str | None
    enrolments: CountDifferenceRead
    possible_sessions: CountDifferenceRead
    attending: CountDifferenceRead
    present: CountDifferenceRead
    approved_educational_activity: CountDifferenceRead
    overall_absence: CountDifferenceRead
    authorised_absence: CountDifferenceRead
    unauthorised_absence: CountDifferenceRead
    late_before_close: CountDifferenceRead
    late_after_close: CountDifferenceRead
    unable_to_attend: CountDifferenceRead
    missing: CountDifferenceRead
    codes: dict[str, CountDifferenceRead] = Field(description="The codes whose numbers differ.")
    attendance_percent: PercentDifferenceRead
    overall_absence_percent: PercentDifferenceRead
    authorised_absence_percent: PercentDifferenceRead
    unauthorised_absence_percent: PercentDifferenceRead
    persistent_absence: CountDifferenceRead
    severe_absence: CountDifferenceRead
    events: int = Field(description="Entries of the row that gained events.")
    attendance: str = Field(description="Link to these entries.")


class TotalsDiffRead(Read, BetweenRead):
    """What changed in totals."""

    first: date
    last: date
    by: str
    rules: Rules
    rows: list[TotalsDifferenceRead]


class ParticularDifferenceRead(Answer):
    """A particular at both places; what was erased is null."""

    before: Any
    after: Any


class NameEventRead(EventRead):
    """An event about a name."""

    in_force_from: date | None


class NameDifferenceRead(Answer):
    """An enrolment that differs."""

    pupil: Pupil
    starting_day: date
    what: Literal["added", "removed", "changed"]
    before_position: int | None = Field(
        description="The latest event about the enrolment, as each place has it."
    )
    after_position: int | None
    fields: dict[str, ParticularDifferenceRead]
    events: list[NameEventRead] = Field(description="All that was recorded about the name between.")


class AdmissionsDiffRead(ListRead, BetweenRead):
    """What changed in an admission register."""

    on: date | None
    entries: list[NameDifferenceRead]


class ExplainedEntryRead(Answer):
    """An entry that counts in the figure."""

    pupil: Pupil
    date: date
    session: Session
    code: str
    counts_as: StatisticalClass
    reference: str = Field(description="Where the code table has the code from.")
    position: Position
    amended: bool


class ExplainedMissingRead(Answer):
    """A mark that is due and was not entered."""

    pupil: Pupil
    date: date
    session: Session


class ExplainedEnrolmentRead(Answer):
    """An enrolment of the row; with a measure of absence what it was measured by."""

    pupil: Pupil
    starting_day: date
    deleted_on: date | None
    possible: int | None
    absent: int | None
    comparison: str | None = Field(
        description="The comparison in whole numbers that decides.",
        examples=["100 × 10 = 1000 ≥ 10 × 100 = 1000"],
    )


class ExplainedFigureRead(Answer):
    """A figure of the row, with the link to what it is made of."""

    figure: str | None = Field(description="Null of a code.")
    code: str | None
    headline: float | None
    explain: str
    of: str | None = Field(description="Of a percentage the link to what it is a part of.")


class ExplainRead(ListRead):
    """What a figure is made of, or every figure of the row."""

    school: Urn
    from_: date = Field(alias="from")
    to: date
    by: str
    key: str | None
    figure: str | None
    code: str | None
    rules: Rules
    total: int | None = Field(
        description="How many there are on all pages, counted anew; null of a summary."
    )
    headline: int | None = Field(description="The figure as the totals have it: equal to `total`.")
    items: list[
        ExplainedEntryRead | ExplainedEnrolmentRead | ExplainedFigureRead | ExplainedMissingRead
    ]
