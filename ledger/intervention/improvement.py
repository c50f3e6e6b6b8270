"""Notices to improve and attendance contracts: support with terms, as events with their dates.

Events: `notice-to-improve-given`, `notice-to-improve-ended`, `attendance-contract-made`,
`attendance-contract-ended`.

A notice to improve is the last offer of support where the right support is not engaged with; it has an
improvement period of three to six weeks (guidance; secondary).
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from ledger.base import (
    By,
    Command,
    Day,
    Event,
    Outcome,
    Personal,
    PupilId,
    Recorded,
    Refused,
    Text,
)
from ledger.intervention import interventions
from ledger.intervention.interventions import GUIDANCE, Kind, Parent, Place
from ledger.law.findings import weigh
from ledger.law.statute import threshold
from ledger.problems import Problem

# -- what is asked -------------------------------------------------------------------------------


class _Agreed(Command):
    """What notices to improve and attendance contracts have in common."""

    pupil: PupilId
    parent: Parent
    from_: Day = Field(alias="from", examples=["2026-11-02"])
    terms: Text = Field(examples=["Support by the family worker; every morning session attended"])
    by: By


class GiveNoticeToImprove(_Agreed):
    """A notice to improve: the last offer of support, with its improvement period."""

    to: Day = Field(description="Last day of the improvement period.", examples=["2026-12-04"])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError("`to` is before `from`")
        return self


class MakeAttendanceContract(_Agreed):
    """An attendance contract between a parent and the school or the local authority."""

    to: Day | None = Field(default=None, description="Last day, where one was agreed.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to is not None and self.to < self.from_:
            raise ValueError("`to` is before `from`")
        return self


class EndNoticeToImprove(Command):
    """How the improvement period ended."""

    outcome: Literal["sufficient", "insufficient", "ended_early"]
    on: Day = Field(examples=["2026-11-20"])
    reason: Text = Field(examples=["Twenty of thirty sessions missed"])
    by: By


class EndAttendanceContract(Command):
    """The end of an attendance contract."""

    outcome: Literal["ended"] = "ended"
    on: Day = Field(examples=["2026-11-20"])
    reason: Text | None = Field(default=None, examples=["Attendance has recovered"])
    by: By


# -- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoticeToImproveGiven(Event):
    """A notice to improve, given to a parent for an improvement period."""

    topic: ClassVar[str] = "notice-to-improve-given"
    sealed: ClassVar[frozenset[str]] = frozenset({"parent_name", "terms"})

    parent: str
    parent_name: Personal
    first: date
    last: date
    terms: Personal


@dataclass(frozen=True, slots=True)
class NoticeToImproveEnded(Event):
    """An improvement period over: improvement sufficient or not, or ended early."""

    topic: ClassVar[str] = "notice-to-improve-ended"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    outcome: str
    on: date
    reason: Personal


@dataclass(frozen=True, slots=True)
class AttendanceContractMade(Event):
    """An attendance contract, made with a parent."""

    topic: ClassVar[str] = "attendance-contract-made"
    sealed: ClassVar[frozenset[str]] = frozenset({"parent_name", "terms"})

    parent: str
    parent_name: Personal
    first: date
    terms: Personal
    last: date | None = None


@dataclass(frozen=True, slots=True)
class AttendanceContractEnded(Event):
    """An attendance contract, ended."""

    topic: ClassVar[str] = "attendance-contract-ended"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    outcome: str
    on: date
    reason: Personal | None = None


Ended = NoticeToImproveEnded | AttendanceContractEnded
ImprovementEvent = NoticeToImproveGiven | AttendanceContractMade | Ended

# -- what follows --------------------------------------------------------------------------------


@dataclass(slots=True)
class Improvement:
    """A notice to improve or an attendance contract as its events leave it."""

    kind: Kind
    pupil: str
    first: date
    last: date | None
    version: int = 1
    outcome: str | None = None
    ended_on: date | None = None


ImprovementBook = dict[str, Improvement]


def apply(book: ImprovementBook, pupil: str, improvement: str, event: ImprovementEvent) -> None:
    """Fold one event of a notice's or contract's stream into the school's."""
    match event:
        case NoticeToImproveGiven():
            book[improvement] = Improvement("notice_to_improve", pupil, event.first, event.last)
        case AttendanceContractMade():
            book[improvement] = Improvement("attendance_contract", pupil, event.first, event.last)
        case NoticeToImproveEnded() | AttendanceContractEnded():
            found = book[improvement]
            found.version = event.originator_version
            found.outcome, found.ended_on = event.outcome, event.on


def give_notice_to_improve(asked: GiveNoticeToImprove, place: Place, on_roll: bool) -> Outcome:
    """Record a notice to improve; an improvement period of another length than guidance's is warned of."""
    if not on_roll:
        return interventions.not_on_roll()
    refusing, warnings = weigh(
        _period_problems(asked.from_, asked.to), place.school_type, asked.from_
    )
    if refusing:
        return Refused(tuple(refusing))
    event = NoticeToImproveGiven(
        interventions.stream("notice_to_improve", place.urn, asked.pupil, place.id),
        1,
        asked.parent.id,
        asked.parent.name,
        asked.from_,
        asked.to,
        asked.terms,
    )
    return Recorded(event, tuple(warnings), {"id": place.id})


def make_attendance_contract(asked: MakeAttendanceContract, place: Place, on_roll: bool) -> Outcome:
    """Record an attendance contract between a parent and the school or the local authority."""
    if not on_roll:
        return interventions.not_on_roll()
    event = AttendanceContractMade(
        interventions.stream("attendance_contract", place.urn, asked.pupil, place.id),
        1,
        asked.parent.id,
        asked.parent.name,
        asked.from_,
        asked.terms,
        asked.to,
    )
    return Recorded(event, shows={"id": place.id})


def end(
    asked: EndNoticeToImprove | EndAttendanceContract, place: Place, book: ImprovementBook
) -> Outcome:
    """Record how a notice to improve or an attendance contract ended; each ends once."""
    is_notice = isinstance(asked, EndNoticeToImprove)
    kind: Kind = "notice_to_improve" if is_notice else "attendance_contract"
    found = book.get(place.id)
    if found is None or found.kind != kind:
        return interventions.not_found()
    if found.outcome is not None:
        return interventions.already_ended(found.outcome)
    if asked.on > place.today:
        return interventions.dated_ahead("on")
    if asked.on < found.first:
        return interventions.before_beginning()
    where, version = interventions.stream(kind, place.urn, found.pupil, place.id), found.version + 1
    event: Ended
    if isinstance(asked, EndNoticeToImprove):
        event = NoticeToImproveEnded(where, version, asked.outcome, asked.on, asked.reason)
    else:
        event = AttendanceContractEnded(where, version, asked.outcome, asked.on, asked.reason)
    return Recorded(event, shows={"id": place.id})


def _period_problems(first: date, last: date) -> list[Problem]:
    """The improvement period is of three to six weeks, counted with both its ends (convention)."""
    days = (last - first).days + 1
    shortest = threshold("notice-to-improve-weeks-min", first)
    longest = threshold("notice-to-improve-weeks-max", first)
    if shortest is not None and days < shortest.value * 7:
        message = f"Guidance asks for an improvement period of at least {shortest.value} weeks."
        return [Problem("improvement-period-too-short", "to", message, GUIDANCE)]
    if longest is not None and days > longest.value * 7:
        message = f"Guidance asks for an improvement period of at most {longest.value} weeks."
        return [Problem("improvement-period-too-long", "to", message, GUIDANCE)]
    return []
