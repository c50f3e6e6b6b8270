"""Answers about leave of absence (regulation 11)."""

from datetime import date
from typing import Any

from pydantic import Field

from api.schemas import Answer, Instant, ListRead, Person, Position, Pupil, Read, Urn
from ledger.leave_of_absence.leave import Decision, LeaveGround


class LeaveItem(Answer):
    """One request for leave."""

    id: str
    pupil: Pupil
    ground: LeaveGround
    from_: date = Field(alias="from")
    to: date | None = Field(description="null where no end was fixed.")
    sessions: list[Any] | None = Field(description="null for both sessions of each day.")
    asked_by: dict[str, Any] | None
    asked_on: date
    circumstances: str | None
    agreed_with: dict[str, Any] | None
    review_on: list[date]
    decision: Decision
    given_from: date | None = Field(
        description="What is leave: of leave withdrawn from a day on, the part before that day."
    )
    given_to: date | None
    given_sessions: list[Any] | None
    licence: str | None
    withdrawn_from: date | None
    reason: str | None
    decided_by: Person | None = Field(description="Who decided.")
    decision_entered_by: Person | None = Field(
        description="Who entered the decision: another than decided where one was named for it."
    )
    decided_on: date | None = Field(description="The day of the decision, as claimed.")
    decided_at: Instant | None = Field(description="When the decision was recorded.")
    recorded_at: Instant
    by: Person
    erased: list[str]
    position: Position


class LeaveRead(ListRead):
    """Requests for leave."""

    school: Urn
    leave: list[LeaveItem]


class AuthorisedRead(Answer):
    """One who may give leave; without a name, whoever holds the position."""

    name: str | None
    position: str


class AuthorityList(Answer):
    """Who may give leave from a day on."""

    persons: list[AuthorisedRead]
    in_force_from: date


class LeaveAuthorityRead(Read):
    """Who may give leave on the day asked for, and every list that was recorded."""

    school: Urn
    on: date
    persons: list[AuthorisedRead] | None = Field(
        description="null where no list is in force that day: then nothing is said of who may."
    )
    in_force_from: date | None
    lists: list[AuthorityList] = Field(description="In the order of recording.")
