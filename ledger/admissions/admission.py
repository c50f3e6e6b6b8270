"""The admission register: names entered, particulars amended, names deleted (regulations 8 and 9).

Events: `name-entered`, `particulars-amended`, `name-deleted`.  What the register holds of a pupil is in
`ledger.admissions.particulars`, the grounds of deletion are in `ledger.admissions.grounds`, and who may be deleted is decided in
`ledger.admissions.deletion`.  A name that was deleted stays in the log; a pupil who comes back is entered again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Final, NamedTuple

from pydantic import Field

from ledger.admissions.particulars import (
    NEVER_WITHOUT,
    PERSONAL,
    REG_8,
    Particulars,
    lacking,
    misnumbered,
    taken_away,
)
from ledger.admissions.roll import Enrolment, OnRoll, Roll
from ledger.base import (
    By,
    Command,
    Day,
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
from ledger.law import findings
from ledger.law.provisions import SchoolType
from ledger.problems import Problem

NAMES_MAX: Final = 2_000
WARNED_IN_FULL_MAX: Final = 100
"""Names in a request above which the receipt names what is lacking without saying it in words."""


def stream(urn: str, pupil: str) -> str:
    """The admission register's stream of one pupil at one school."""
    return f"admission-register/{urn}/{pupil}"


# -- what is asked -------------------------------------------------------------------------------


class NameToEnter(Particulars):
    """A name to be entered in the admission register on its starting day."""

    pupil: PupilId | None = Field(
        default=None, description="Left out, the ledger mints a UUIDv7 and answers it."
    )
    surname: Line = Field(examples=["Okafor"])
    forenames: Line = Field(examples=["Ada"])
    date_of_birth: Day = Field(examples=["2012-05-14"])
    starting_day: Day = Field(examples=["2026-09-02"])
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
    in_force_from: Day | None = Field(
        default=None,
        description="The day from which the amended particulars are true, such as the first day in "
        "another registration group; the day of recording when left out.",
    )
    by: By


# -- what happened -------------------------------------------------------------------------------


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
    starting_day_is: str | None = None
    attends_there: list[str] | None = None
    supplementary_names: list[str] | Sealed | None = None
    other_addresses: list[str] | Sealed | None = None
    move: dict[str, Any] | Sealed | None = None
    previous_school_address: Personal | None = None
    other_school: dict[str, Any] | Sealed | None = None
    future_school: dict[str, Any] | Sealed | None = None
    former_upn: Personal | None = None
    uln: Personal | None = None


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
            told = {
                "boarder": event.boarder,
                "enrolment": event.enrolment,
                "attends_there": event.attends_there,
            }
            place.enter(event.starting_day, told)
            place.born = born(event)
        case ParticularsAmended():
            place.amend(event.in_force_from, event.changes or {})
            if isinstance(event.personal, Sealed):
                place.born = None
            elif event.personal and "date_of_birth" in event.personal:
                place.born = born(event)
        case NameDeleted():
            place.delete(event.day)


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


class Register(NamedTuple):
    """The admission register of a school, as it lies open on a day."""

    urn: str
    roll: Roll
    school_type: SchoolType
    today: date


def enter(
    asked: NameToEnter, pupil: str, register: Register, *, warned_in_full: bool = True
) -> Outcome:
    """Enter a name in the admission register, from its starting day on (regulation 8(1)).

    What the register should hold and is not told is recorded with warnings; without `warned_in_full`
    these are `warned` in short: the fields by rule.
    """
    place = register.roll.get(pupil)
    if place is not None:
        _, deleted_on = place.periods[-1]
        if deleted_on is None or asked.starting_day < deleted_on:
            return Refused((_already_on_roll("pupil"),), conflict=True)
    found = [*_about_starting(asked, register), *misnumbered(asked), *lacking(asked)]
    refusing, warning = _weigh(found, asked.starting_day, register)
    if refusing:
        return Refused(tuple(refusing))
    fields = asked.model_dump(mode="json", by_alias=True, exclude={"pupil", "starting_day"})
    event = NameEntered(
        stream(register.urn, pupil),
        place.version + 1 if place else 1,
        asked.starting_day,
        **fields,
    )
    if warned_in_full or not warning:
        return Recorded(event, tuple(warning), shows={"pupil": pupil})
    return Recorded(event, shows={"pupil": pupil, "warned": _in_short(warning)})


def amend(
    asked: AmendParticulars, pupil: str, register: Register, marks_before: int = 0
) -> Outcome:
    """Amend particulars; the reason is never optional (regulation 6).

    `marks_before` are the marks that would stand before an amended starting day.
    """
    place = register.roll.get(pupil)
    if place is None:
        return not_on_roll()
    changes = asked.changes.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if not changes:
        return refuse("nothing-to-amend", "changes", "Name at least one particular.", REG_8)
    if gone := [name for name in NEVER_WITHOUT if changes.get(name, name) is None]:
        return Refused(tuple(map(_never_without, gone)))
    if problem := _about_amended_days(asked.changes, place, marks_before):
        return Refused((problem,), conflict=problem.code == "already-on-roll")
    wrong = [*misnumbered(asked.changes), *taken_away(asked.changes)]
    found = [problem._replace(path=f"changes.{problem.path}") for problem in wrong]
    refusing, warning = _weigh(found, register.today, register)
    if refusing:
        return Refused(tuple(refusing))
    event = ParticularsAmended(
        stream(register.urn, pupil),
        place.version + 1,
        asked.reason,
        asked.in_force_from or register.today,
        {k: v for k, v in changes.items() if k not in PERSONAL} or None,
        {k: v for k, v in changes.items() if k in PERSONAL} or None,
    )
    return Recorded(event, tuple(warning))


def twice_in_request() -> Refused:
    """The refusal of a name that the same request enters already."""
    return refuse("twice-in-request", "pupil", "The request enters this pupil twice.", REG_8)


def not_on_roll() -> Refused:
    """The refusal of an act on a name that this school's register does not hold."""
    return refuse(
        "name-not-found",
        "pupil",
        "The pupil's name is not in the school's admission register.",
        REG_8,
    )


# -- what is wrong -------------------------------------------------------------------------------


def _weigh(
    found: Iterable[Problem], starting_day: date, register: Register
) -> tuple[list[Problem], list[Problem]]:
    """What refuses and what warns: the starting-day rule is that of its day, the rest of today."""
    refusing: list[Problem] = []
    warning: list[Problem] = []
    for problem in found:
        day = starting_day if problem.code == "entered-after-starting-day" else register.today
        refused, warned = findings.weigh((problem,), register.school_type, day)
        refusing += refused
        warning += warned
    return refusing, warning


def _about_starting(asked: NameToEnter, register: Register) -> Iterable[Problem]:
    """The starting-day rule: the name is entered by its first session (regulation 8(1))."""
    if asked.date_of_birth > asked.starting_day:
        yield _born_after()
    if register.today > asked.starting_day:
        yield Problem(
            "entered-after-starting-day",
            "starting_day",
            "The name is entered after its starting day; it is due before the first session of that day.",
            "SI 2024/208 reg 8(1)",
        )


def _about_amended_days(changes: Particulars, place: OnRoll, marks_before: int) -> Problem | None:
    """What is wrong with an amended starting day or date of birth, if anything."""
    if changes.starting_day is None and changes.date_of_birth is None:
        return None
    first, deleted_on = place.periods[-1]
    deleted_before = place.periods[-2][1] if len(place.periods) > 1 else None
    day, born_on = changes.starting_day or first, changes.date_of_birth or place.born
    if born_on is not None and day < born_on:
        amended = "starting_day" if changes.date_of_birth is None else "date_of_birth"
        return _born_after()._replace(path=f"changes.{amended}")
    if deleted_on is not None and deleted_on < day:
        return Problem(
            "deletion-before-starting-day",
            "changes.starting_day",
            "The name is deleted before that day.",
            REG_8,
        )
    if deleted_before is not None and day < deleted_before:
        return _already_on_roll("changes.starting_day")
    if marks_before:
        return Problem(
            "marks-before-starting-day",
            "changes.starting_day",
            f"{marks_before} marks of the pupil stand before that day.",
            REG_8,
        )
    return None


def _born_after() -> Problem:
    return Problem(
        "born-after-starting-day",
        "date_of_birth",
        "The date of birth is after the starting day.",
        REG_8,
    )


def _already_on_roll(path: str) -> Problem:
    return Problem(
        "already-on-roll",
        path,
        "The pupil's name is in this school's admission register already.",
        REG_8,
    )


def _never_without(name: str) -> Problem:
    return Problem(
        "particular-required",
        f"changes.{name}",
        "This particular may be amended, but the register is never without it.",
        REG_8,
    )


def _in_short(warnings: Iterable[Problem]) -> Mapping[str, list[str]]:
    """The fields that rules warn of, by rule."""
    short: dict[str, list[str]] = {}
    for warning in warnings:
        short.setdefault(warning.code, []).append(warning.path)
    return short
