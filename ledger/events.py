"""The complete list of events, each under its stable topic.

A topic is written into every row and its leaf for ever: it is a name of its own, never a module path,
and it is never reused.  `tests/house` holds this list against the classes that exist.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final

from eventsourcing.utils import register_topic
from pydantic import TypeAdapter, ValidationError

from ledger.admissions import admission
from ledger.authority_returns import returns_sent, sickness_beliefs
from ledger.base import Event, Sealed
from ledger.intervention import considerations, improvement, issued_notices
from ledger.leave_of_absence import leave, leave_authority
from ledger.registers import attendance, code_n_rule
from ledger.schools import school


@dataclass(frozen=True, slots=True)
class ActRecorded(Event):
    """One request by one person: every entry points to the act under which it was made."""

    topic: ClassVar[str] = "act-recorded"

    by: dict[str, str]
    recorded_at: str
    rules: str


ALL: Final[tuple[type[Event], ...]] = (
    ActRecorded,
    school.SchoolDescribed,
    school.SchoolYearSet,
    school.ClosureMade,
    admission.NameEntered,
    admission.ParticularsAmended,
    admission.NameDeleted,
    attendance.AttendanceEntered,
    attendance.AttendanceAmended,
    leave.LeaveAsked,
    leave.LeaveGiven,
    leave.LeaveRefused,
    leave.LeaveWithdrawn,
    leave_authority.LeaveAuthoritySet,
    code_n_rule.CodeNRuleSet,
    code_n_rule.CodeNRuleRun,
    issued_notices.PenaltyNoticeIssued,
    issued_notices.PenaltyNoticeReceived,
    issued_notices.PenaltyNoticePaid,
    issued_notices.PenaltyNoticeLeftUnpaid,
    issued_notices.PenaltyNoticeProsecuted,
    issued_notices.PenaltyNoticeWithdrawn,
    improvement.NoticeToImproveGiven,
    improvement.NoticeToImproveEnded,
    improvement.AttendanceContractMade,
    improvement.AttendanceContractEnded,
    considerations.PenaltyConsidered,
    returns_sent.ReturnSent,
    sickness_beliefs.SicknessBeliefFormed,
)
BY_TOPIC: Final = {event.topic: event for event in ALL}

for _event in ALL:
    register_topic(_event.topic, _event)


class UnknownTopicError(Exception):
    """The log holds an event that this version of the ledger does not know: it must not guess."""


class UnknownMemberError(Exception):
    """The log holds an event with a member that this version does not know: it must not leave it out."""


@cache
def _reader(topic: str) -> TypeAdapter[Event]:
    try:
        return TypeAdapter(BY_TOPIC[topic])
    except KeyError:
        raise UnknownTopicError(
            f"The log holds events of topic {topic!r}, which this version does not know. "
            "It was written by a newer version; run that one."
        ) from None


def read(stream: str, version: int, topic: str, payload: dict[str, Any]) -> Event:
    """The event that a row holds.  Raises UnknownTopicError or UnknownMemberError."""
    values = {
        name: Sealed(value["sealed"]) if isinstance(value, dict) and "sealed" in value else value
        for name, value in payload.items()
    }
    place = {"originator_id": stream, "originator_version": version}
    try:
        return _reader(topic).validate_python({**place, **values})
    except ValidationError as error:
        if not any(fault["type"] == "unexpected_keyword_argument" for fault in error.errors()):
            raise
        raise UnknownMemberError(
            f"An event of topic {topic!r} has a member that this version does not know. It was written "
            "by a newer version; run that one."
        ) from None
