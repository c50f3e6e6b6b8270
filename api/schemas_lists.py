"""Answers of the lists that the law asks for, as the OpenAPI document describes them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Answer, Instant, ListRead, Person, Position, Pupil, Read, SpanRead, Urn
from ledger.schools.calendar import Held, Session

Rules = Annotated[
    str,
    Field(description="Edition of the rules by which it was judged.", examples=["england-2026.1"]),
]
OfSchoolAge = Annotated[
    bool | None, Field(description="Null where the date of birth is not known, or was erased.")
]


class SchoolList(ListRead, SpanRead):
    """A list of one school over some days, both included."""

    school: Urn
    rules: Rules


class Mark(Answer):
    """An entry that stands, who made it and when."""

    pupil: Pupil
    date: date
    session: Session
    by: Person
    recorded_at: Instant
    position: Position


class CodeNItem(Mark):
    """An entry that stands at N."""

    due: date | None = Field(
        description="Last day to replace it; null where the school's calendar does not say."
    )
    overdue: bool | None
    overdue_since: date | None = Field(description="The day after it was due.")
    school_days_overdue: int | None = Field(
        description="School days since it was due, the day judged included."
    )


class TakerItem(Answer):
    """One person's entries that stand at N."""

    by: Person
    entries: int
    overdue: int
    earliest: date = Field(description="Day of the earliest of their sessions.")


class CodeNRead(SchoolList):
    """Entries that stand at N, or counts of them by who made them."""

    on: date = Field(description="The day on which they are judged.")
    items: list[CodeNItem | TakerItem]


class CountedSession(Answer):
    """A session that counts, with the code that stands."""

    date: date
    session: Session
    code: str


class ThresholdWindow(SpanRead):
    """Consecutive school weeks of the school's calendar."""

    counted: int
    sessions: list[CountedSession]


class ThresholdItem(Answer):
    """One pupil, and whether a penalty notice must be considered."""

    pupil: Pupil
    met: bool
    action: Literal["consider"] | None = Field(
        description="What the framework asks for where it is met: to consider, never more."
    )
    first_met: CountedSession | None = Field(description="The session that met it first.")
    window: ThresholdWindow | None = Field(
        description="The school weeks that end with that session's, and the sessions up to it."
    )
    largest: ThresholdWindow | None = Field(
        description="The window with the most sessions, the latest of several."
    )
    of_compulsory_school_age: OfSchoolAge = Field(
        description="On the day of every session of `window`, or else of `largest`. Penalty notices "
        "are for pupils of compulsory school age. Null where the date of birth is not known."
    )
    on_roll: bool
    outside_calendar: list[CountedSession] = Field(
        description="Sessions in weeks that the school's calendar does not know: not counted."
    )


class ThresholdRead(SchoolList):
    """Who has met the threshold for penalty notices."""

    items: list[ThresholdItem]


class NearnessItem(Answer):
    """How far an enrolment is from a measure of absence, in sessions."""

    reached: bool
    absences_to_reach: int = Field(
        description="Further possible sessions, all missed, until it is reached."
    )
    absences_over: int = Field(description="Absences beyond the fewest that reach it.")
    attendances_to_leave: int = Field(
        description="Further possible sessions, all attended, until it is left."
    )


class AbsenceItem(Answer):
    """One enrolment."""

    pupil: Pupil
    starting_day: date
    deleted_on: date | None
    possible: int
    absent: int
    percent: float = Field(description="Unrounded; whole numbers decide.")
    persistent: bool
    severe: bool
    to_persistent: NearnessItem
    to_severe: NearnessItem


class AbsenceRead(SchoolList):
    """Who is persistently, or severely, absent."""

    measure: Literal["persistent", "severe"]
    items: list[AbsenceItem]


class LeaveMarkItem(Mark):
    """A mark that does not say what the leave recorded says."""

    code: str
    why: Literal["another-code-than-leave", "code-without-leave"]
    leave: str | None = Field(description="The leave that the mark passes over.")


class LeaveMarksRead(SchoolList):
    """Marks that disagree with the leave recorded."""

    items: list[LeaveMarkItem]


class ClosureMarkItem(Mark):
    """A mark that stands for a session which the school does not hold."""

    code: str
    held: Held
    rule: Literal["session-not-held", "school-closed"]
    reference: str


class ClosureMarksRead(SchoolList):
    """Marks that disagree with the school's days."""

    items: list[ClosureMarkItem]


class TwiceItem(Answer):
    """One half-day with two marks that both count as possible."""

    pupil: Pupil
    date: date
    session: Session
    code: str
    other_school: str = Field(
        description="The other school's URN, or `another school` where the caller does not see it."
    )
    other_code: str | None = Field(description="Null where the caller does not see the school.")
    position: Position


class TwiceRead(SchoolList):
    """Half-days possible here and at another school."""

    items: list[TwiceItem]


class ReturnItem(SpanRead):
    """One pupil whom a return to the local authority is due about, or nearly."""

    pupil: Pupil
    kind: Literal["attendance", "sickness"]
    due: bool
    since: date | None = Field(description="The school day on which it fell due.")
    school_days: int
    has_late: bool = Field(
        description="U is among the codes: in school for part of it, so a person should look."
    )
    of_compulsory_school_age: OfSchoolAge
    on_roll: bool
    sent_on: date | None = Field(
        description="The day on which the return about it was last sent; null where none is recorded."
    )
    sent_position: Position | None = Field(description="Where in the log that was recorded.")


class ReturnsRead(SchoolList):
    """Returns that are due."""

    items: list[ReturnItem]


class SchoolAgeRead(Read):
    """A child's compulsory school age, by an admission register."""

    pupil: Pupil
    school: Urn = Field(description="The school whose admission register says so.")
    on: date
    from_: date | None = Field(alias="from")
    to: date | None
    of_compulsory_school_age: OfSchoolAge
    rules: Rules
