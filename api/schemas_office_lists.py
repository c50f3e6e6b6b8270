"""Answers of the lists that offices live by, as the OpenAPI document describes them."""

from datetime import date
from typing import Literal

from pydantic import Field

from api.schemas import Answer, Instant, Person, Position, Pupil
from api.schemas_lists import SchoolList
from ledger.schools.calendar import Held, Session


class RegisterItem(Answer):
    """The register of one session and one registration group."""

    date: date
    session: Session
    registration_group: str | None = Field(description="Null for the pupils without one.")
    state: Literal["not_due", "not_taken", "partly_taken", "taken"]
    held: Held
    due: int = Field(description="Pupils on the roll, neither boarders nor guests.")
    marked: int
    missing: int = Field(description="Pupils due without an entry; 0 while it is not due.")
    ahead: int = Field(description="Entries recorded before the register opened, such as leave.")
    first_entry_at: Instant | None = Field(
        description="When the first entry was recorded since it opened."
    )
    last_entry_at: Instant | None
    late: int | None = Field(
        description="Entries recorded when it had closed; null where its times are not known."
    )


class RegistersRead(SchoolList):
    """The registers of a day."""

    items: list[RegisterItem]


class UnmarkedItem(Answer):
    """A mark that is due and has not been entered."""

    pupil: Pupil
    date: date
    session: Session
    year_group: str | None
    registration_group: str | None
    since: Instant | None = Field(
        description="When the register opened; null where its times are not known."
    )
    school_days: int | None = Field(
        description="School days since that of the session, today included; null where the "
        "calendar does not say."
    )


class UnmarkedRead(SchoolList):
    """Pupils due without a mark."""

    items: list[UnmarkedItem]


class ChangeItem(Answer):
    """One entry or amended entry."""

    position: Position
    recorded_at: Instant
    by: Person
    replaces: str | None = Field(description="Null for an original entry.")
    code: str
    reason: str | None = Field(description="Null for an original entry, and where it was erased.")
    rule: str | None = Field(description="The school's own rule by which it was amended, if any.")


class AmendedItem(Answer):
    """An entry that was amended after the time asked about."""

    pupil: Pupil
    date: date
    session: Session
    code_then: str | None = Field(description="Null where nothing was entered yet.")
    code_now: str
    changes: list[ChangeItem] = Field(description="All since then, in the order of recording.")


class AmendedRead(SchoolList):
    """Entries amended after a time."""

    since: int = Field(description="The log position that is meant.")
    items: list[AmendedItem]


class SessionPlace(Answer):
    """A session."""

    date: date
    session: Session


class CodeChangeItem(Answer):
    """Entries that were amended from a code to a code."""

    replaces: str | None = Field(description="Null for original entries.")
    code: str
    entries: int


class BatchItem(Answer):
    """One act: what it entered late, and all that it amended."""

    position: Position
    recorded_at: Instant
    by: Person
    client: str
    late_entries: int
    late_amendments: int
    amendments: int = Field(description="All that the act amended, late or not.")
    bulk: bool
    earliest: SessionPlace
    latest: SessionPlace
    codes: list[CodeChangeItem]


class BatchesRead(SchoolList):
    """Acts that entered late, or amended much at once."""

    days: int
    bulk: int
    items: list[BatchItem]


class SpikeItem(Answer):
    """One session in which the code was used far more than is usual."""

    date: date
    session: Session
    group_of: Literal["school", "year_group", "registration_group"]
    group: str | None = Field(description="Null for the school, and for pupils of no such group.")
    entries: int = Field(description="Entries that stand at the code.")
    possible: int
    percent: float = Field(description="Unrounded; whole numbers decide.")
    median_percent: float = Field(description="The median of these shares over the days.")


class SpikesRead(SchoolList):
    """Sessions in which a code was used far more than is usual: an indicator, and no finding."""

    code: str
    times: int
    at_least: int
    items: list[SpikeItem]
