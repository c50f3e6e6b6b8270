"""Answers about legal intervention, as the OpenAPI document describes them."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from api.schemas import Answer, Instant, ListRead, Person, Position, Pupil, Urn
from ledger.intervention.interventions import Kind
from ledger.intervention.penalty_notices import Notice


class ParentRead(Answer):
    """The parent whom an intervention addresses."""

    id: str
    name: str | None = Field(description="null where it was erased.")


class PaymentRead(Answer):
    """An amount, and the last day on which it is enough."""

    pounds: int
    last_day: date | None = Field(description="null until the day of receipt is known.")


class PaymentsRead(Answer):
    """What discharges a penalty notice."""

    early: PaymentRead | None = Field(description="null where paying early brings no discount.")
    full: PaymentRead


class InterventionItem(Answer):
    """One intervention.  Members that are not of its kind are null."""

    id: str
    kind: Kind
    pupil: Pupil
    parent: ParentRead | None
    from_: date = Field(
        alias="from", description="The day on which it was issued, given, made or considered."
    )
    to: date | None = Field(description="The last day that was set.")
    notice: Notice | None = Field(description="The kind of a penalty notice.")
    issued_by: dict[str, Any] | None
    received_on: date | None
    threshold_met_on: date | None
    sessions: list[Any] | None = Field(description="The sessions that a penalty notice is about.")
    offence: str | None
    payment: PaymentsRead | None
    counts_until: date | None = Field(
        description="Last day on which a penalty notice is an earlier one to this parent for this "
        "child; null where it does not count."
    )
    terms: str | None
    decision: str | None = Field(description="What was decided when a notice was considered.")
    window: dict[str, Any] | None
    outcome: (
        Literal[
            "received",
            "paid",
            "unpaid",
            "prosecuted",
            "withdrawn",
            "sufficient",
            "insufficient",
            "ended_early",
            "ended",
        ]
        | None
    ) = Field(description="The latest.")
    outcome_on: date | None
    amount: int | None = Field(description="Pounds, where the latest outcome is a payment.")
    guilty: bool | None
    reason: str | None = Field(description="Of the latest outcome, or of the decision.")
    outcome_by: Person | None
    outcome_at: Instant | None
    recorded_at: Instant
    by: Person
    erased: list[str]
    position: Position


class InterventionsRead(ListRead):
    """Interventions."""

    school: Urn
    interventions: list[InterventionItem]
