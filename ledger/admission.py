"""The admission register: names entered, particulars amended, names deleted (regulations 8 and 9).

Events: `name-entered`, `particulars-amended`, `name-deleted`.  The grounds of deletion and what each
asks as evidence are in `ledger.grounds`.  A name that was deleted stays in the
log; a pupil who comes back is entered again.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, StringConstraints

from ledger.base import (
    By,
    Command,
    Event,
    Line,
    Outcome,
    Personal,
    PupilId,
    Recorded,
    Refused,
    Sealed,
    Text,
    refuse,
)
from ledger.grounds import Deletion
from ledger.problems import Problem
from ledger.roll import Enrolment, OnRoll, Roll

NAMES_MAX: Final = 2_000
REG_8: Final = "SI 2024/208 reg 8"
REG_9: Final = "SI 2024/208 reg 9"

YearGroup = Annotated[
    str,
    StringConstraints(pattern=r"^(E1|E2|N1|N2|R|[1-9]|1[0-4]|X)$"),
    Field(description="National curriculum year group.", examples=["9"]),
]


def stream(urn: str, pupil: str) -> str:
    """The admission register's stream of one pupil at one school."""
    return f"admission-register/{urn}/{pupil}"


# -- what is asked -------------------------------------------------------------------------------


class Parent(Command):
    """A parent known to the school (regulation 8(2))."""

    name: Line = Field(examples=["Ngozi Okafor"])
    address: Text | None = Field(default=None, examples=["1 High Street, Coalville"])
    lives_with: bool = Field(
        default=False, description="Whether the pupil normally lives with this parent."
    )
    emergency_phone: Line | None = Field(default=None, examples=["01530 000000"])


class Particulars(Command):
    """What the admission register holds of a pupil.  Every field may be amended later."""

    surname: Line | None = Field(default=None, examples=["Okafor"])
    forenames: Line | None = Field(default=None, examples=["Ada"])
    sex: Annotated[str, StringConstraints(pattern=r"^[MFU]$")] | None = Field(
        default=None, examples=["F"]
    )
    date_of_birth: date | None = Field(default=None, examples=["2012-05-14"])
    upn: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{11}[0-9A-Z]$")] | None = Field(
        default=None, description="Unique pupil number.", examples=["H801200001001"]
    )
    year_group: YearGroup | None = None
    registration_group: Line | None = Field(default=None, examples=["9B"])
    enrolment: Enrolment | None = None
    boarder: bool | None = None
    address: Text | None = None
    parents: Annotated[list[Parent], Field(max_length=20)] | None = None
    previous_school: Line | None = Field(default=None, examples=["Sandfield Primary"])


class NameToEnter(Particulars):
    """A name to be entered in the admission register on its starting day."""

    pupil: PupilId | None = Field(
        default=None, description="Left out, the ledger mints a UUIDv7 and answers it."
    )
    surname: Line = Field(examples=["Okafor"])
    forenames: Line = Field(examples=["Ada"])
    date_of_birth: date = Field(examples=["2012-05-14"])
    starting_day: date = Field(examples=["2026-09-02"])
    enrolment: Enrolment = "single"
    boarder: bool = False


class EnterNames(Command):
    """Names to be entered by one person."""

    entries: Annotated[list[NameToEnter], Field(min_length=1, max_length=NAMES_MAX)]
    by: By


class AmendParticulars(Command):
    """Particulars to be amended, and why (regulation 6)."""

    changes: Particulars
    reason: Text
    in_force_from: date | None = Field(
        default=None,
        description="The day from which the amended particulars are true, such as the first day in "
        "another registration group; the day of recording when left out.",
    )
    by: By


# -- what happened -------------------------------------------------------------------------------

PERSONAL: Final = frozenset(
    {
        "surname",
        "forenames",
        "sex",
        "date_of_birth",
        "upn",
        "address",
        "parents",
        "previous_school",
    }
)
"""Particulars that are sealed; what is left says nothing of who the child is."""


@dataclass(frozen=True, slots=True)
class NameEntered(Event):
    """A name entered in the admission register, with the particulars of regulation 8(2)."""

    topic: ClassVar[str] = "name-entered"
    sealed: ClassVar[frozenset[str]] = PERSONAL

    starting_day: date
    enrolment: Enrolment
    boarder: bool
    surname: Personal
    forenames: Personal
    date_of_birth: Personal
    year_group: str | None = None
    registration_group: str | None = None
    sex: Personal | None = None
    upn: Personal | None = None
    address: Personal | None = None
    parents: list[dict[str, Any]] | Sealed | None = None
    previous_school: Personal | None = None


@dataclass(frozen=True, slots=True)
class ParticularsAmended(Event):
    """Particulars amended: the originals stand in the events before."""

    topic: ClassVar[str] = "particulars-amended"
    sealed: ClassVar[frozenset[str]] = frozenset({"personal", "reason"})

    reason: Personal
    in_force_from: date
    changes: dict[str, Any] | None = None
    """Amended particulars that say nothing of who the child is."""
    personal: dict[str, Any] | Sealed | None = None
    """Amended personal particulars."""


@dataclass(frozen=True, slots=True)
class NameDeleted(Event):
    """A name deleted on a ground of regulation 9, from the end of a day on."""

    topic: ClassVar[str] = "name-deleted"
    sealed: ClassVar[frozenset[str]] = frozenset({"evidence"})

    ground: str
    day: date
    evidence: dict[str, Any] | Sealed


# -- what follows --------------------------------------------------------------------------------


def apply(roll: Roll, pupil: str, event: NameEntered | ParticularsAmended | NameDeleted) -> None:
    """Fold one event of a pupil's admission stream into the roll."""
    place = roll.setdefault(pupil, OnRoll())
    place.version = event.originator_version
    match event:
        case NameEntered():
            place.periods.append((event.starting_day, None))
            if event.boarder or place.boarding:
                place.boarding.append((event.starting_day, event.boarder))
            place.enrolments.append((event.starting_day, event.enrolment))
            place.born = born(event)
        case ParticularsAmended():
            changes = event.changes or {}
            if "boarder" in changes:
                place.boarding.append((event.in_force_from, changes["boarder"]))
            if "enrolment" in changes:
                place.enrolments.append((event.in_force_from, changes["enrolment"]))
            if isinstance(event.personal, Sealed):
                place.born = None
            elif event.personal and "date_of_birth" in event.personal:
                place.born = born(event)
        case NameDeleted():
            first, _ = place.periods[-1]
            place.periods[-1] = (first, event.day)


def born(event: Event) -> date | None:
    """The date of birth that an event of the admission register gives; None where it gives none, or
    where it is sealed.
    """
    match event:
        case NameEntered(date_of_birth=str(text)):
            return date.fromisoformat(text)
        case ParticularsAmended(personal={"date_of_birth": str(text)}):
            return date.fromisoformat(text)
    return None


def enter(asked: NameToEnter, urn: str, pupil: str, roll: Roll) -> Outcome:
    """Enter a name in the admission register, from its starting day on (regulation 8(1))."""
    place = roll.get(pupil)
    if place is not None:
        _, deleted_on = place.periods[-1]
        if deleted_on is None or asked.starting_day < deleted_on:
            return Refused(
                (
                    Problem(
                        "already-on-roll",
                        "pupil",
                        "The pupil's name is in this school's admission register already.",
                        REG_8,
                    ),
                ),
                conflict=True,
            )
    if asked.date_of_birth > asked.starting_day:
        return refuse(
            "born-after-starting-day",
            "date_of_birth",
            "The date of birth is after the starting day.",
            REG_8,
        )
    fields = asked.model_dump(mode="json", exclude={"pupil", "starting_day"})
    event = NameEntered(
        stream(urn, pupil),
        place.version + 1 if place else 1,
        asked.starting_day,
        **fields,
    )
    return Recorded(event, shows={"pupil": pupil})


def amend(asked: AmendParticulars, urn: str, pupil: str, roll: Roll, today: date) -> Outcome:
    """Amend particulars; the reason is never optional (regulation 6)."""
    place = roll.get(pupil)
    if place is None:
        return not_on_roll()
    changes = asked.changes.model_dump(mode="json", exclude_unset=True)
    if not changes:
        return refuse("nothing-to-amend", "changes", "Name at least one particular.", REG_8)
    if taken_away := [name for name in _NEVER_WITHOUT if changes.get(name, name) is None]:
        return Refused(tuple(map(_never_without, taken_away)))
    event = ParticularsAmended(
        stream(urn, pupil),
        place.version + 1,
        asked.reason,
        asked.in_force_from or today,
        {k: v for k, v in changes.items() if k not in PERSONAL} or None,
        {k: v for k, v in changes.items() if k in PERSONAL} or None,
    )
    return Recorded(event)


def delete(asked: Deletion, urn: str, pupil: str, roll: Roll, today: date) -> Outcome:
    """Delete a name, only on a ground of regulation 9 and never dated back.

    A later `day` takes effect then; until it comes the pupil stays on the roll and marks go on.
    """
    place = roll.get(pupil)
    if place is None:
        return not_on_roll()
    starting_day, deleted_on = place.periods[-1]
    if deleted_on is not None:
        return Refused(
            (
                Problem(
                    "already-deleted",
                    "pupil",
                    "The name has been deleted from this school's admission register.",
                    REG_9,
                ),
            ),
            conflict=True,
        )
    if asked.day < today:
        return refuse(
            "deletion-dated-back",
            "day",
            "A deletion is never dated before the day on which it is recorded.",
            REG_9,
        )
    if asked.day < starting_day:
        return refuse(
            "deletion-before-starting-day", "day", "The day is before the starting day.", REG_9
        )
    if problems := asked.evidence.problems(asked.day, place.boarder_on(asked.day)):
        return Refused(tuple(problems))
    return Recorded(
        NameDeleted(
            stream(urn, pupil),
            place.version + 1,
            asked.ground,
            asked.day,
            asked.evidence.model_dump(mode="json", exclude_unset=True),
        )
    )


def twice_in_request() -> Refused:
    """The refusal of a name that the same request enters already."""
    return refuse("twice-in-request", "pupil", "The request enters this pupil twice.", REG_8)


_NEVER_WITHOUT: Final = ("surname", "forenames", "date_of_birth", "enrolment", "boarder")
"""Particulars that a name is entered with, and that an amendment may change but not take away."""


def _never_without(name: str) -> Problem:
    return Problem(
        "particular-required",
        f"changes.{name}",
        "This particular may be amended, but the register is never without it.",
        REG_8,
    )


def not_on_roll() -> Refused:
    """The refusal of an act on a name that this school's register does not hold."""
    return refuse(
        "name-not-found",
        "pupil",
        "The pupil's name is not in the school's admission register.",
        REG_8,
    )
