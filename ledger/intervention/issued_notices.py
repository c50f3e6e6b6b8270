"""Penalty notices as they are issued by people, and what became of each.

Events: `penalty-notice-issued`, `penalty-notice-received`, `penalty-notice-paid`,
`penalty-notice-left-unpaid`, `penalty-notice-prosecuted`, `penalty-notice-withdrawn`.

Notices are issued by an officer of the local authority, a head teacher or somebody authorised, or the
police (Education Act 1996 ss.444A, 444B; SI 2007/1867), one for each parent and each child; records of
them must be kept (SI 2007/1867 regs 19 to 21).  The arithmetic is in `ledger.intervention.penalty_notices`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal, Self, get_args

from pydantic import Field, model_validator

from ledger.base import (
    By,
    Command,
    Day,
    Event,
    Line,
    Personal,
    PupilId,
    Text,
)
from ledger.intervention.interventions import SESSIONS_MAX, NamedSession, Parent
from ledger.intervention.penalty_notices import Notice, payable, penalties
from ledger.law.statute import NotInForceError

Outcome = Literal["received", "paid", "unpaid", "prosecuted", "withdrawn"]

# -- what is asked -------------------------------------------------------------------------------


class IssuedBy(Command):
    """Who issued the notice."""

    name: Line = Field(examples=["E Officer"])
    position: Line = Field(examples=["Education welfare officer"])
    authority: Line | None = Field(default=None, examples=["Leicestershire"])


class RecordPenaltyNotice(Command):
    """A penalty notice that somebody issued to one parent for one child."""

    pupil: PupilId
    parent: Parent
    issued_on: Day = Field(examples=["2026-11-03"])
    issued_by: IssuedBy
    received_on: Day | None = Field(
        default=None, description="The first day of the periods for payment, once it is known."
    )
    threshold_met_on: Day | None = Field(default=None, examples=["2026-10-16"])
    sessions: Annotated[list[NamedSession], Field(min_length=1, max_length=SESSIONS_MAX)] | None = (
        Field(default=None, description="The sessions that the notice is about.")
    )
    offence: Line | None = Field(default=None, examples=["Education Act 1996 s.444(1)"])
    excluded_pupil: bool = Field(
        default=False,
        description="For an excluded pupil found in a public place (Education and Inspections Act "
        "2006 s.105): a notice of another kind, which does not count with the others.",
    )
    by: By

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.received_on is not None and self.received_on < self.issued_on:
            raise ValueError("`received_on` is before `issued_on`")
        if self.threshold_met_on is not None and self.threshold_met_on > self.issued_on:
            raise ValueError("`threshold_met_on` is after `issued_on`")
        if any(session.date > self.issued_on for session in self.sessions or ()):
            raise ValueError("a session is after `issued_on`")
        return self


class RecordNoticeOutcome(Command):
    """What became of a penalty notice."""

    outcome: Outcome
    on: Day = Field(examples=["2026-11-20"])
    amount: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        default=None, description="Whole pounds, of a notice that was paid.", examples=[80]
    )
    guilty: bool | None = Field(
        default=None,
        description="Of a prosecution: a plea or finding of guilt, or none; left out until it is "
        "known. A notice that was prosecuted without one does not count.",
    )
    reason: Text | None = Field(default=None, examples=["Issued in error"])
    by: By

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.amount is not None and self.outcome != "paid":
            raise ValueError("`amount` belongs to a notice that was paid")
        if self.guilty is not None and self.outcome != "prosecuted":
            raise ValueError("`guilty` belongs to a notice that was prosecuted")
        return self


# -- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PenaltyNoticeIssued(Event):
    """A penalty notice, issued to one parent for one child."""

    topic: ClassVar[str] = "penalty-notice-issued"
    sealed: ClassVar[frozenset[str]] = frozenset({"parent_name", "offence"})

    notice: Notice
    parent: str
    parent_name: Personal
    issued_on: date
    issued_by: dict[str, Any]
    received_on: date | None = None
    threshold_met_on: date | None = None
    sessions: list[Any] | None = None
    offence: Personal | None = None


@dataclass(frozen=True, slots=True)
class PenaltyNoticeReceived(Event):
    """The day on which a notice was received: the first of its periods for payment."""

    topic: ClassVar[str] = "penalty-notice-received"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    on: date
    reason: Personal | None = None


@dataclass(frozen=True, slots=True)
class PenaltyNoticePaid(Event):
    """A notice, paid."""

    topic: ClassVar[str] = "penalty-notice-paid"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    on: date
    amount: int | None = None
    reason: Personal | None = None


@dataclass(frozen=True, slots=True)
class PenaltyNoticeLeftUnpaid(Event):
    """A notice, not paid in time."""

    topic: ClassVar[str] = "penalty-notice-left-unpaid"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    on: date
    reason: Personal | None = None


@dataclass(frozen=True, slots=True)
class PenaltyNoticeProsecuted(Event):
    """The offence prosecuted; `guilty` is None until the court's answer is known."""

    topic: ClassVar[str] = "penalty-notice-prosecuted"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    on: date
    guilty: bool | None = None
    reason: Personal | None = None


@dataclass(frozen=True, slots=True)
class PenaltyNoticeWithdrawn(Event):
    """A notice, withdrawn: it counts no longer."""

    topic: ClassVar[str] = "penalty-notice-withdrawn"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    on: date
    reason: Personal | None = None


NoticeEvent = (
    PenaltyNoticeIssued
    | PenaltyNoticeReceived
    | PenaltyNoticePaid
    | PenaltyNoticeLeftUnpaid
    | PenaltyNoticeProsecuted
    | PenaltyNoticeWithdrawn
)
TOPICS: Final = (
    PenaltyNoticeIssued.topic,
    PenaltyNoticeReceived.topic,
    PenaltyNoticePaid.topic,
    PenaltyNoticeLeftUnpaid.topic,
    PenaltyNoticeProsecuted.topic,
    PenaltyNoticeWithdrawn.topic,
)

# -- what follows --------------------------------------------------------------------------------


@dataclass(slots=True)
class IssuedNotice:
    """A penalty notice as its events leave it."""

    pupil: str
    parent: str
    notice: Notice
    issued_on: date
    received_on: date | None
    version: int = 1
    outcome: Outcome | None = None
    guilty: bool | None = None

    @property
    def counts(self) -> bool:
        """Whether it is one of the parent's notices for the child when another is proposed.

        Paid, unpaid, and prosecuted with a plea or finding of guilt do; withdrawn, and prosecuted
        without one (follows), do not.  While the answer of a court is awaited it counts (convention).
        """
        acquitted = self.outcome == "prosecuted" and self.guilty is False
        return self.notice != "excluded_pupil" and self.outcome != "withdrawn" and not acquitted

    def may_become(self, outcome: Outcome) -> bool:
        """Whether an outcome can follow the latest one: nothing follows a withdrawal or a verdict."""
        if self.outcome == "prosecuted" and self.guilty is not None:
            return False
        return outcome in _AFTER[self.outcome]


_AFTER: Final[Mapping[Outcome | None, frozenset[Outcome]]] = {
    None: frozenset(get_args(Outcome)),
    # Once more: the day of receipt was another than first recorded.
    "received": frozenset(get_args(Outcome)),
    "unpaid": frozenset({"paid", "prosecuted", "withdrawn"}),
    "paid": frozenset({"withdrawn"}),
    "prosecuted": frozenset({"prosecuted", "withdrawn"}),
    "withdrawn": frozenset(),
}
NoticeBook = dict[str, IssuedNotice]


def apply(book: NoticeBook, pupil: str, notice: str, event: NoticeEvent) -> None:
    """Fold one event of a notice's stream into the notices of a school or a child."""
    if isinstance(event, PenaltyNoticeIssued):
        book[notice] = IssuedNotice(
            pupil, event.parent, event.notice, event.issued_on, event.received_on
        )
        return
    found = book[notice]
    found.version = event.originator_version
    match event:
        case PenaltyNoticeReceived():
            found.received_on, found.outcome = event.on, "received"
        case PenaltyNoticePaid():
            found.outcome = "paid"
        case PenaltyNoticeLeftUnpaid():
            found.outcome = "unpaid"
        case PenaltyNoticeProsecuted():
            found.outcome, found.guilty = "prosecuted", event.guilty
        case PenaltyNoticeWithdrawn():
            found.outcome = "withdrawn"


def notices_of(events: Iterable[Event]) -> NoticeBook:
    """A child's penalty notices at every school, folded from the record in its order."""
    book: NoticeBook = {}
    for event in events:
        assert isinstance(event, NoticeEvent)
        _, _, pupil, notice = event.originator_id.split("/")
        apply(book, pupil, notice, event)
    return book


def outcome_event(asked: RecordNoticeOutcome, place: str, version: int) -> NoticeEvent:
    """The event of what became of a notice."""
    match asked.outcome:
        case "received":
            return PenaltyNoticeReceived(place, version, asked.on, asked.reason)
        case "paid":
            return PenaltyNoticePaid(place, version, asked.on, asked.amount, asked.reason)
        case "unpaid":
            return PenaltyNoticeLeftUnpaid(place, version, asked.on, asked.reason)
        case "prosecuted":
            return PenaltyNoticeProsecuted(place, version, asked.on, asked.guilty, asked.reason)
        case "withdrawn":
            return PenaltyNoticeWithdrawn(place, version, asked.on, asked.reason)


def payment_of(
    notice: Notice, issued_on: date, received_on: date | None
) -> dict[str, dict[str, Any] | None] | None:
    """What is to be paid: pounds, and the last day once the day of receipt is known.

    None for a notice of a day of which no amounts are known.
    """
    try:
        amounts = penalties(notice, issued_on)
        due = payable(notice, received_on, issued_on) if received_on else None
    except NotInForceError:
        return None
    early_by = due.early.last_day.isoformat() if due and due.early else None
    return {
        "early": {"pounds": amounts.early, "last_day": early_by} if amounts.early else None,
        "full": {
            "pounds": amounts.full,
            "last_day": due.full.last_day.isoformat() if due else None,
        },
    }
