"""Answers about returns to the local authority, as the OpenAPI document describes them."""

from datetime import date

from pydantic import Field

from api.schemas import Answer, Instant, ListRead, Person, Position, Pupil, SpanRead, Urn
from ledger.authority_returns.returns_sent import ReturnName


class SentItem(SpanRead):
    """One episode that a return told of.  `from` and `to` are its days as they stood then."""

    extract: ReturnName
    pupil: Pupil
    why: str = Field(description="What brought the pupil on the return.")
    made_at: Position = Field(description="The position of the log that the return was made at.")
    sent_on: date
    sent_to: str | None
    recorded_at: Instant
    by: Person
    position: Position


class SentRead(ListRead):
    """Returns that were sent, episode by episode."""

    school: Urn
    returns: list[SentItem]


class BeliefItem(Answer):
    """What a school believed of a pupil's illness."""

    pupil: Pupil
    formed_on: date
    expected_school_days: int
    formed_by: Person
    grounds: str | None = Field(description="null where none were given, or they were erased.")
    erased: list[str]
    recorded_at: Instant
    by: Person
    position: Position


class BeliefsRead(ListRead):
    """What a school believed, in the order of recording."""

    school: Urn
    beliefs: list[BeliefItem]
