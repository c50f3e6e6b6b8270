"""Particulars: what the admission register holds of a pupil (regulation 8), and what it lacks.

The list of regulation 8(2) is composite: what is carried over from SI 2006/1751 reg 5 is unconfirmed,
and so is the number of the paragraph on other schools.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import Field, SerializerFunctionWrapHandler, StringConstraints, model_serializer

from ledger import identifiers
from ledger.admissions.roll import Enrolment, HalfDay, StartingDayBasis
from ledger.base import Command, Day, Line, Text
from ledger.identifiers import Uln, Upn, Urn, YearGroup
from ledger.problems import Problem

REG_8: Final = "SI 2024/208 reg 8"
REG_8_2: Final = "SI 2024/208 reg 8(2)"
_GUIDANCE: Final = "Working together to improve school attendance: emergency contacts (secondary)"


class Parent(Command):
    """A parent known to the school (regulation 8(2))."""

    name: Line = Field(examples=["Ngozi Okafor"])
    address: Text | None = Field(default=None, examples=["1 High Street, Coalville"])
    lives_with: bool = Field(
        default=False, description="Whether the pupil normally lives with this parent."
    )
    emergency_phone: Line | None = Field(default=None, examples=["01530 000000"])
    other_phones: Annotated[list[Line], Field(max_length=10)] | None = Field(
        default=None,
        description="Further numbers to ring in an emergency; guidance asks for more than one.",
        examples=[["01530 000001"]],
    )

    @model_serializer(mode="wrap")
    def _as_said(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A parent is read back as sent by clients that know of one number alone.
        shown: dict[str, Any] = write(self)
        return shown if self.other_phones is not None else _without(shown, "other_phones")


class OtherSchool(Command):
    """Another school that the pupil attends or is going to attend."""

    name: Line = Field(examples=["Sandfield Academy"])
    urn: Urn | None = None
    from_: Day | None = Field(
        default=None,
        alias="from",
        description="The first day there, or the day on which it is expected.",
        examples=["2027-01-11"],
    )


class Move(Command):
    """Notice that the pupil is going to live elsewhere (regulation 8(3))."""

    parent: Line = Field(
        description="The parent the pupil is going to live with.", examples=["Ngozi Okafor"]
    )
    address: Text = Field(examples=["2 Mill Lane, Ashby"])
    from_: Day = Field(alias="from", description="From when.", examples=["2027-01-04"])


class Particulars(Command):
    """What the admission register holds of a pupil.  Every field may be amended later."""

    surname: Line | None = Field(default=None, examples=["Okafor"])
    forenames: Line | None = Field(default=None, examples=["Ada"])
    supplementary_names: Annotated[list[Line], Field(max_length=10)] | None = Field(
        default=None,
        description="Supplementary name information, such as a former name or one in daily use.",
        examples=[["Ada Eze"]],
    )
    sex: Annotated[str, StringConstraints(pattern=r"^[MFU]$")] | None = Field(
        default=None, examples=["F"]
    )
    date_of_birth: Day | None = Field(default=None, examples=["2012-05-14"])
    upn: Upn | None = None
    former_upn: Upn | None = Field(
        default=None,
        description="A unique pupil number that the pupil had before this register knew of one. One that "
        "this register held before an amendment is known without it.",
    )
    uln: Uln | None = None
    year_group: YearGroup | None = None
    registration_group: Line | None = Field(default=None, examples=["9B"])
    starting_day: Day | None = Field(
        default=None, description="The day from which the name is in the register."
    )
    starting_day_is: StartingDayBasis | None = Field(
        default=None,
        description="What makes it the starting day (regulation 3): agreed with the school, notified "
        "to a school under a duty to admit, or the first day attended.",
    )
    enrolment: Enrolment | None = None
    attends_there: Annotated[list[HalfDay], Field(max_length=10)] | None = Field(
        default=None,
        description="Of a dually registered pupil: the half-days of the week that are attended at the "
        "other school.  Information: it decides no mark.",
        examples=[["TUE AM", "TUE PM"]],
    )
    other_school: OtherSchool | None = Field(
        default=None, description="The other school at which the pupil is registered."
    )
    boarder: bool | None = None
    address: Text | None = Field(default=None, examples=["1 High Street, Coalville"])
    other_addresses: Annotated[list[Text], Field(max_length=10)] | None = Field(
        default=None, description="Supplementary address information."
    )
    parents: Annotated[list[Parent], Field(max_length=20)] | None = None
    move: Move | None = Field(default=None, description="Notice of a move (regulation 8(3)).")
    previous_school: Line | None = Field(
        default=None,
        description="Name of the school last attended, if any.",
        examples=["Sandfield Primary"],
    )
    previous_school_address: Text | None = Field(
        default=None, examples=["3 Church Lane, Coalville"]
    )
    future_school: OtherSchool | None = Field(
        default=None, description="A school that the pupil is going to attend."
    )


PERSONAL: Final = frozenset(
    {
        "surname",
        "forenames",
        "supplementary_names",
        "sex",
        "date_of_birth",
        "upn",
        "former_upn",
        "uln",
        "address",
        "other_addresses",
        "parents",
        "move",
        "previous_school",
        "previous_school_address",
        "other_school",
        "future_school",
    }
)
"""Particulars that are sealed; what is left says nothing of who the child is."""

NEVER_WITHOUT: Final = (
    "surname",
    "forenames",
    "date_of_birth",
    "enrolment",
    "boarder",
    "starting_day",
)
"""Particulars that a name is entered with, and that an amendment may change but not take away."""


def lacking(told: Particulars) -> Iterator[Problem]:
    """What the register is to hold of every pupil and is not told, one problem a field.

    Names are never lacking, and a previous school is recorded "if any".  The pupil's address is
    known where that of a parent the pupil lives with is.
    """
    parents = told.parents or []
    if told.sex is None:
        yield _missing("sex", "The sex of the pupil is to be recorded.")
    home = told.address or told.other_addresses or any(p.lives_with and p.address for p in parents)
    if not home:
        yield _missing("address", "The address of the pupil is to be recorded.")
    if not parents:
        yield _missing("parents", "Every parent known to the school is to be recorded.")
    for index, parent in enumerate(parents):
        if parent.address is None:
            yield _missing(
                f"parents[{index}].address", "The address of every known parent is to be recorded."
            )
        if parent.lives_with and not _phones(parent):
            yield _missing(
                f"parents[{index}].emergency_phone",
                "An emergency number is to be recorded for each parent the pupil lives with.",
            )
    if len({phone for parent in parents for phone in _phones(parent)}) == 1:
        yield Problem(
            "one-emergency-contact",
            "parents",
            "Guidance: more than one emergency contact is held where that is reasonably possible.",
            _GUIDANCE,
        )


def misnumbered(told: Particulars) -> Iterator[Problem]:
    """What is wrong with the identifiers that are told, one problem a field (`ledger.identifiers`)."""
    for name in ("upn", "former_upn"):
        if upn := getattr(told, name):
            yield from identifiers.about_upn(upn, name)
    if told.uln:
        yield from identifiers.about_uln(told.uln, "uln")
    if told.year_group:
        yield from identifiers.about_year_group(told.year_group, "year_group")


def taken_away(changes: Particulars) -> Iterator[Problem]:
    """What the register is then lacking of the particulars that an amendment changes."""
    fields = changes.model_fields_set
    for problem in lacking(changes):
        if problem.path.partition("[")[0] in fields:
            yield problem


def _phones(parent: Parent) -> list[str]:
    first = [parent.emergency_phone] if parent.emergency_phone else []
    return first + (parent.other_phones or [])


def _missing(path: str, message: str) -> Problem:
    return Problem("particular-missing", path, message, REG_8_2)


def _without(shown: dict[str, Any], name: str) -> dict[str, Any]:
    return {field: value for field, value in shown.items() if field != name}
