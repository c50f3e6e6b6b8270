"""The forms of the law's tables: what an entry of each holds, and how a table is read.

A table is a file `law/*.toml` that a lawyer can read; its entries are refused when they lack a date, a
reference or a confidence, so that no value is ever used of which nobody knows where it comes from.
"""

import tomllib
from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, Self, TypeVar

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.dataclasses import dataclass

SchoolType = Literal[
    "maintained",
    "academy",
    "special",
    "independent",
    "pupil_referral_unit",
    "alternative_provision",
]
SchoolPhase = Literal["NS", "PS", "MP", "MS", "SS", "AT", "SP", "PR"]
"""Nursery, primary, middle deemed primary, middle deemed secondary, secondary, all-through and special
school, pupil referral unit: the codes of the Department's school census of 2024."""
Severity = Literal["refuse", "warn", "none"]
"""`none`: the rule does not bind schools of the type, and nothing is said of a breach."""
PupilGroup = Literal["any", "compulsory_school_age", "not_compulsory_school_age"]
AgeGroup = Literal["compulsory_school_age", "not_compulsory_school_age"]
Force = Literal["must", "should", "not stated"]

IN_FORCE: Final = "in force"
NOT_COMMENCED: Final = "not commenced"
# A misspelt field would quietly take its usual value.
_FORM: Final = ConfigDict(extra="forbid", populate_by_name=True)


class StatuteError(ValueError):
    """A table of the law cannot be used; the message names the entry and what is wrong with it."""


# --- What the tables hold -------------------------------------------------------------------------


def _day_or(word: str) -> BeforeValidator:
    def read(given: object) -> date | None:
        if given is None or given == word:  # None when an entry is made from another
            return None
        if type(given) is not date:  # a time of day has no place here
            raise ValueError(f"must be a date or {word!r}")
        return given

    return BeforeValidator(read)


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_From = Annotated[date | None, _day_or(NOT_COMMENCED), Field(alias="from")]
_To = Annotated[date | None, _day_or(IN_FORCE), Field(alias="to")]
_Confidence = Annotated[
    str, StringConstraints(pattern=r"^(confirmed|secondary|unconfirmed|convention)(: \S.*)?$")
]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORM)
class Provision:
    """What every value has.  `valid_from` None = not commenced; `valid_to` None = no end is set."""

    table: ClassVar[str]
    array: ClassVar[str]

    name: _Text
    title: _Text
    valid_from: _From
    valid_to: _To
    reference: _Text
    confidence: _Confidence

    def in_force_on(self, day: date) -> bool:
        """Whether it is in force on `day`; both ends are inclusive."""
        begun = self.valid_from is not None and self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to and (self.valid_from is None or self.valid_to < self.valid_from):
            raise ValueError("`to` is before `from`")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORM)
class Threshold(Provision):
    """A number that the law fixes, in its unit."""

    table: ClassVar[str] = "thresholds"
    array: ClassVar[str] = "threshold"

    value: Annotated[StrictInt, Field(gt=0)]
    unit: _Text


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORM)
class Condition(Provision):
    """A condition of a ground for deletion, named as the field of the evidence that answers it.

    `shown_by` says whether the school states it or the ledger knows it; `codes`, where not empty, are
    the codes of which every session of a run must have one (reg 9(1)(i)).  Where `applies_if` names
    fields of the evidence, an answer is needed only if one of them is yes.
    """

    table: ClassVar[str] = "deletion_grounds"
    array: ClassVar[str] = "condition"

    answer: Literal["yes", "no", "given", "day passed"]
    shown_by: Literal["evidence", "registers"]
    applies: str = ""
    applies_if: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORM)
class DeletionGround(Provision):
    """A ground of SI 2024/208 reg 9, named by its letter, with its conditions."""

    table: ClassVar[str] = "deletion_grounds"
    array: ClassVar[str] = "ground"

    pupils: tuple[AgeGroup, ...]
    schools: tuple[SchoolType, ...]
    conditions: Annotated[tuple[Condition, ...], Field(alias="condition")]

    @model_validator(mode="after")
    def _one_condition_at_a_time(self) -> Self:
        _refuse_overlaps(self.conditions)
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORM)
class LeaveGround(Provision):
    """A ground for leave of absence (SI 2024/208 reg 11) and the code it is entered with."""

    table: ClassVar[str] = "leave_grounds"
    array: ClassVar[str] = "ground"

    code: _Text
    other_codes: tuple[str, ...]
    pupils: PupilGroup
    asked_in_advance: Force
    times_and_dates: Force
    end_date: Force
    reviews: Force
    who_asks: _Text


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORM)
class SeverityRule(Provision):
    """What a breach of a rule leads to at each type of school."""

    table: ClassVar[str] = "severity"
    array: ClassVar[str] = "rule"

    maintained: Severity
    academy: Severity
    special: Severity
    independent: Severity
    pupil_referral_unit: Severity
    alternative_provision: Severity


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORM)
class RetentionPeriod(Provision):
    """Years for which an entry made while this is in force is to be kept, and is kept here."""

    table: ClassVar[str] = "retention"
    array: ClassVar[str] = "period"

    required_years: Annotated[StrictInt, Field(gt=0)]
    kept_years: Annotated[StrictInt, Field(gt=0)]

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.kept_years < self.required_years:
            raise ValueError("kept for less than is required")
        return self


class MonthDay(NamedTuple):
    """A day of any year."""

    month: int
    day: int


def _month_day(given: object) -> object:
    if not isinstance(given, dict) or given.keys() != {"month", "day"}:
        raise ValueError("must have month and day")
    if not all(type(number) is int for number in given.values()):
        raise ValueError("month and day are numbers")
    date(2001, given["month"], given["day"])  # ValueError when no common year has it
    return MonthDay(**given)


_MonthDay = Annotated[MonthDay, BeforeValidator(_month_day)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORM)
class AgeBegins(Provision):
    """When a child of a certain age begins to be of compulsory school age (EA 1996 s.8(2))."""

    table: ClassVar[str] = "compulsory_school_age"
    array: ClassVar[str] = "begins"

    age_years: StrictInt
    days: Annotated[tuple[_MonthDay, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORM)
class AgeEnds(Provision):
    """The day at whose end one ceases to be of compulsory school age (EA 1996 s.8(3)).

    The last `weekday` of `month` in the school year in which the age is attained.
    """

    table: ClassVar[str] = "compulsory_school_age"
    array: ClassVar[str] = "ends"

    age_years: StrictInt
    month: Annotated[StrictInt, Field(ge=1, le=12)]
    weekday: Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    school_year_begins: _MonthDay


# --- Reading --------------------------------------------------------------------------------------

P = TypeVar("P", bound=Provision)
_USUAL: Final = "unless_stated"
_NEVER_USUAL: Final = frozenset({"name", "from", "to", "reference", "confidence"})


def read_table(kind: type[P], text: str) -> tuple[P, ...]:
    """The entries of one kind in a table in the form of `law/*.toml`, in its order.

    Raises StatuteError for an entry that lacks its dates, reference, confidence or another field, has
    a field that is not known, or is in force on the same day as another of its name.
    """
    tables = tomllib.loads(text)
    usual: Any = tables.get(_USUAL, {})
    if not isinstance(usual, dict):
        raise StatuteError(f"{_USUAL} is written [{_USUAL}]")
    if strays := tables.keys() - {_USUAL} - _arrays_beside(kind):
        raise StatuteError(f"unknown table {min(strays)!r}")
    if said := usual.keys() & _NEVER_USUAL:
        raise StatuteError(f"{min(said)} must be stated by every entry itself")
    entries_given = tables.get(kind.array)
    if not isinstance(entries_given, list) or not entries_given:
        raise StatuteError(f"no entry of {kind.array!r}")
    if not all(isinstance(given, dict) for given in entries_given):
        raise StatuteError(f"each entry of {kind.array!r} is written [[{kind.array}]]")
    reader = TypeAdapter(kind)
    entries = tuple(
        _read_entry(reader, f"{kind.array} {number} ({given.get('name')!r})", usual | given)
        for number, given in enumerate(entries_given, start=1)
    )
    _refuse_overlaps(entries)
    return entries


def _read_entry(reader: TypeAdapter[P], where: str, given: dict[str, Any]) -> P:
    try:
        return reader.validate_python(given)
    except ValidationError as faulty:
        first = faulty.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(step) for step in first["loc"]) or "entry"
        raise StatuteError(f"{where}: {at}: {first['msg']}") from None


def _refuse_overlaps(entries: Sequence[Provision]) -> None:
    for one, other in combinations(entries, 2):
        if one.name == other.name and _meet(one, other):
            raise StatuteError(f"{one.name!r} has two values in force on the same day")


def _meet(one: Provision, other: Provision) -> bool:
    if one.valid_from is None or other.valid_from is None:
        # Uncommenced twice is twice in force once commenced.
        return one.valid_from is other.valid_from
    later = max(one.valid_from, other.valid_from)
    return one.in_force_on(later) and other.in_force_on(later)


def _arrays_beside(kind: type[Provision]) -> set[str]:
    return {other.array for other in _KINDS if other.table == kind.table}


_KINDS: Final = (
    Threshold,
    DeletionGround,
    LeaveGround,
    SeverityRule,
    RetentionPeriod,
    AgeBegins,
    AgeEnds,
)
