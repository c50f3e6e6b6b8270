"""Decisions to consider: what a school decided when a penalty notice had to be considered.

Event: `penalty-considered`.

Where the national threshold is met a penalty notice must be considered, and nothing more: no decision
follows from the marks, and nothing follows from a decision by itself.  It stays in the record whatever
becomes of the marks that it rested on: an N that turns out to be an I takes no decision back.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ledger.base import (
    By,
    CodeSymbol,
    Command,
    Day,
    Event,
    Outcome,
    Personal,
    PupilId,
    Recorded,
    Text,
)
from ledger.intervention import interventions
from ledger.intervention.interventions import SESSIONS_MAX, NamedSession, Place


class ConsideredSession(NamedSession):
    """A session that was looked at, with the code that stood for it then."""

    code: CodeSymbol | None = None


class ConsideredWindow(Command):
    """The school weeks that were looked at, and what counted in them."""

    from_: Day = Field(alias="from", examples=["2026-10-12"])
    to: Day = Field(examples=["2026-10-18"])
    count: Annotated[int, Field(ge=0, le=SESSIONS_MAX)] | None = None
    sessions: Annotated[list[ConsideredSession], Field(max_length=SESSIONS_MAX)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError("`to` is before `from`")
        return self


class ConsiderPenalty(Command):
    """A decision whether to intervene, as the national threshold asks for."""

    pupil: PupilId
    considered_on: Day = Field(examples=["2026-11-03"])
    decision: Literal["no_action", "support_first", "notice_to_improve", "penalty_notice", "other"]
    window: ConsideredWindow | None = None
    reason: Text = Field(examples=["First absence of the year; support offered"])
    by: By


@dataclass(frozen=True, slots=True)
class PenaltyConsidered(Event):
    """A penalty notice considered, and what was decided."""

    topic: ClassVar[str] = "penalty-considered"
    sealed: ClassVar[frozenset[str]] = frozenset({"reason"})

    considered_on: date
    decision: str
    reason: Personal
    window: dict[str, Any] | None = None


def consider_penalty(asked: ConsiderPenalty, place: Place, on_roll: bool) -> Outcome:
    """Record a decision.  None follows from it by itself, a penalty notice least of all."""
    if not on_roll:
        return interventions.not_on_roll()
    if asked.considered_on > place.today:
        return interventions.dated_ahead("considered_on")
    window = asked.window
    event = PenaltyConsidered(
        interventions.stream("penalty_consideration", place.urn, asked.pupil, place.id),
        1,
        asked.considered_on,
        asked.decision,
        asked.reason,
        window.model_dump(mode="json", by_alias=True, exclude_none=True) if window else None,
    )
    return Recorded(event, shows={"id": place.id})
