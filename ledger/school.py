"""The school and its days: what it is, when its registers open, which sessions it holds.

Events: `school-described`, `school-year-set`, `closure-made`.  All of them say what a day means from
a date on; none changes what an earlier day meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ledger import calendar
from ledger.base import (
    By,
    Command,
    Event,
    Line,
    Outcome,
    Recorded,
    Refused,
    TimeOfDay,
    Unchanged,
    refuse,
)
from ledger.calendar import (
    Closure,
    Held,
    RegisterSetting,
    RegisterTimes,
    SchoolYear,
    Session,
    Span,
    Term,
)

Urn = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{5}$"),
    Field(description="Unique reference number of the school: six digits.", examples=["137172"]),
]
SchoolType = Literal[
    "maintained",
    "academy",
    "special",
    "independent",
    "pupil_referral_unit",
    "alternative_provision",
]


def stream(urn: str) -> str:
    """The stream of one school."""
    return f"school/{urn}"


# -- what is asked -------------------------------------------------------------------------------


class Window(Command):
    """When a register begins to be taken and when the taking of it ends (local time)."""

    opens: TimeOfDay = Field(examples=["08:35"])
    closes: TimeOfDay = Field(examples=["09:05"])


class RegisterTimesAsked(Command):
    """The register windows of a school day."""

    AM: Window
    PM: Window


class DescribeSchool(Command):
    """What the school is from a day on.  A later description never changes an earlier day."""

    name: Line = Field(examples=["Ashfield Lane School"])
    laestab: Annotated[str, StringConstraints(pattern=r"^[0-9]{7}$")] = Field(
        description="Local authority (3 digits) and establishment (4 digits).",
        examples=["8554999"],
    )
    local_authority: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")] = Field(
        examples=["855"]
    )
    trust: Line | None = Field(default=None, description="Trust that runs the school, if any.")
    type: SchoolType
    register_times: RegisterTimesAsked
    in_force_from: date = Field(examples=["2026-09-01"])
    by: By


class SpanAsked(Command):
    """First and last day, both included."""

    from_: date = Field(alias="from")
    to: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError("`to` is before `from`")
        return self


class TermAsked(SpanAsked):
    """A term with its half-term holiday."""

    name: Line = Field(examples=["Autumn"])
    half_term: SpanAsked | None = None


class ClosureAsked(SpanAsked):
    """Days, or sessions of days, on which the school is closed."""

    sessions: Annotated[list[Session], Field(min_length=1, max_length=2)] = Field(
        default=["AM", "PM"]
    )
    kind: Literal["planned", "unplanned"]
    reason: Line = Field(examples=["Staff training"])


class SetSchoolYear(Command):
    """Terms and planned closures of one academic year."""

    terms: list[TermAsked] = Field(min_length=1, max_length=8)
    closures: list[ClosureAsked] = Field(default_factory=list, max_length=200)
    by: By


class MakeClosure(ClosureAsked):
    """A closure made later, such as snow.  It changes no mark that was already entered."""

    kind: Literal["planned", "unplanned"] = "unplanned"
    by: By


# -- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SchoolDescribed(Event):
    """The school's particulars and register times, in force from a day on."""

    topic: ClassVar[str] = "school-described"

    name: str
    laestab: str
    local_authority: str
    type: str
    register_times: dict[str, dict[str, str]]
    in_force_from: date
    trust: str | None = None


@dataclass(frozen=True, slots=True)
class SchoolYearSet(Event):
    """The terms and planned closures of one academic year."""

    topic: ClassVar[str] = "school-year-set"

    year: int
    terms: list[dict[str, Any]]
    closures: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ClosureMade(Event):
    """A closure added after the year was set."""

    topic: ClassVar[str] = "closure-made"

    first: date
    last: date
    sessions: list[Session]
    kind: Literal["planned", "unplanned"]
    reason: str


# -- what follows --------------------------------------------------------------------------------


@dataclass(slots=True)
class School:
    """A school as its events leave it."""

    urn: str
    version: int = 0
    descriptions: list[SchoolDescribed] = field(default_factory=list)
    """In the order of recording."""
    years: dict[int, SchoolYear] = field(default_factory=dict)
    closures: list[ClosureMade] = field(default_factory=list)
    times: list[RegisterSetting] = field(default_factory=list)

    def described_on(self, day: date) -> SchoolDescribed | None:
        """The description in force that day; before the first one, none."""
        begun = [d for d in self.descriptions if d.in_force_from <= day]
        # Of two descriptions from the same day the one recorded later stands: max keeps the last.
        return max(reversed(begun), key=lambda d: d.in_force_from, default=None)

    @property
    def described_last(self) -> SchoolDescribed | None:
        """The description that reaches furthest: what the school is, or is going to be."""
        return self.described_on(date.max)

    def held(self, day: date, session: Session) -> Held:
        """Whether the school holds that session, and if not, why."""
        year = self.years.get(calendar.academic_year(day))
        if year is None:
            return "none"
        if year.session_held(day, session):
            return "held"
        closure = year.closed_by(day, session)
        if closure is None:
            return "none"
        return "planned-closure" if closure.kind == "planned" else "unplanned-closure"


def apply(school: School, event: SchoolDescribed | SchoolYearSet | ClosureMade) -> None:
    """Fold one event of the school's stream into it."""
    school.version = event.originator_version
    match event:
        case SchoolDescribed():
            school.descriptions.append(event)
            school.times.append(_setting(event.in_force_from, event.register_times))
        case SchoolYearSet():
            year = SchoolYear(event.year, tuple(map(_term, event.terms)), _closures(event.closures))
            made_later = _made_later(school, event.year)
            school.years[event.year] = replace(year, closures=(*year.closures, *made_later))
        case ClosureMade():
            school.closures.append(event)
            closure = _closure_made(event)
            year_number = calendar.academic_year(event.first)
            if year_number in school.years:
                school.years[year_number] = school.years[year_number].with_closure(closure)


def describe(asked: DescribeSchool, school: School) -> Outcome:
    """Describe the school from a day on.

    Register times that cannot be are refused; times that guidance discourages are recorded with a
    warning (Working together to improve school attendance: at most 30 minutes, alike in both
    sessions).
    """
    event = SchoolDescribed(
        stream(school.urn),
        school.version + 1,
        asked.name,
        asked.laestab,
        asked.local_authority,
        asked.type,
        {
            session: {"opens": f"{window.opens:%H:%M}", "closes": f"{window.closes:%H:%M}"}
            for session, window in (
                ("AM", asked.register_times.AM),
                ("PM", asked.register_times.PM),
            )
        },
        asked.in_force_from,
        asked.trust,
    )
    setting = _setting(event.in_force_from, event.register_times)
    if problems := calendar.problems_with_times(setting):
        return Refused(tuple(problems))
    if asked.laestab[:3] != asked.local_authority:
        return refuse(
            "laestab-of-another-authority",
            "laestab",
            "The first three digits of the LAESTAB are the local authority's.",
            "DfE: Get Information about Schools, establishment number",
        )
    standing = school.described_on(asked.in_force_from)
    if standing is not None and replace(standing, originator_version=school.version + 1) == event:
        return Unchanged()
    return Recorded(event, tuple(calendar.warnings_about_times(setting)))


def set_year(asked: SetSchoolYear, year: int, school: School) -> Outcome:
    """Set the terms and planned closures of an academic year (Education Act 1996 s.579)."""
    event = SchoolYearSet(
        stream(school.urn),
        school.version + 1,
        year,
        [term.model_dump(mode="json", by_alias=True) for term in asked.terms],
        [closure.model_dump(mode="json", by_alias=True) for closure in asked.closures],
    )
    proposed = SchoolYear(year, tuple(map(_term, event.terms)), _closures(event.closures))
    if problems := calendar.problems_with_year(proposed):
        return Refused(tuple(problems))
    standing = school.years.get(year)
    made_later = _made_later(school, year)
    if standing == replace(proposed, closures=(*proposed.closures, *made_later)):
        return Unchanged()
    return Recorded(event)


def close(asked: MakeClosure, school: School) -> Outcome:
    """Close the school for some sessions.  Marks already entered stay as they are."""
    closure = Closure(
        Span(asked.from_, asked.to), frozenset(asked.sessions), asked.kind, asked.reason
    )
    year = school.years.get(calendar.academic_year(asked.from_))
    if year is None:
        return refuse(
            "school-year-not-set",
            "from",
            "The terms of this academic year have not been set for the school.",
            "Education Act 1996 s.579",
        )
    if problems := calendar.problems_with_closure(closure, year.year):
        return Refused(tuple(problems))
    if closure in year.closures:
        return Unchanged()
    return Recorded(
        ClosureMade(
            stream(school.urn),
            school.version + 1,
            asked.from_,
            asked.to,
            sorted(set(asked.sessions)),
            asked.kind,
            asked.reason,
        )
    )


# -- from what is stored to what is computed with ------------------------------------------------


def _setting(in_force_from: date, windows: dict[str, dict[str, str]]) -> RegisterSetting:
    am, pm = (
        RegisterTimes(
            time.fromisoformat(windows[session]["opens"]),
            time.fromisoformat(windows[session]["closes"]),
        )
        for session in calendar.SESSIONS
    )
    return RegisterSetting(in_force_from, am, pm)


def _span(stored: Mapping[str, Any]) -> Span:
    return Span(date.fromisoformat(stored["from"]), date.fromisoformat(stored["to"]))


def _term(stored: Mapping[str, Any]) -> Term:
    half_term = stored["half_term"]
    return Term(stored["name"], _span(stored), _span(half_term) if half_term else None)


def _closures(stored: Sequence[Mapping[str, Any]]) -> tuple[Closure, ...]:
    return tuple(
        Closure(_span(c), frozenset(c["sessions"]), c["kind"], c["reason"]) for c in stored
    )


def _made_later(school: School, year: int) -> tuple[Closure, ...]:
    """Closures made after the year was first set; setting its terms again keeps them."""
    made = (c for c in school.closures if calendar.academic_year(c.first) == year)
    return tuple(map(_closure_made, made))


def _closure_made(event: ClosureMade) -> Closure:
    return Closure(
        Span(event.first, event.last), frozenset(event.sessions), event.kind, event.reason
    )
