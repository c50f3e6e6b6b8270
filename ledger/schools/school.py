"""The school and its days: what it is, when its registers open, which sessions it holds.

Events: `school-described`, `school-year-set`, `closure-made`.  All of them say what a day means from
a date on; none changes what an earlier day meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import Field, model_validator

from ledger.base import (
    By,
    Command,
    Day,
    Event,
    Line,
    Outcome,
    Recorded,
    Refused,
    TimeOfDay,
    Unchanged,
    refuse,
)
from ledger.identifiers import LaCode, Laestab
from ledger.law.provisions import SchoolPhase, SchoolType
from ledger.problems import Problem
from ledger.schools import calendar, school_rules
from ledger.schools.calendar import (
    Closure,
    Held,
    RegisterSetting,
    RegisterTimes,
    SchoolYear,
    Session,
    Span,
    Term,
)


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
    laestab: Laestab
    local_authority: LaCode
    trust: Line | None = Field(default=None, description="Trust that runs the school, if any.")
    type: SchoolType
    phase: SchoolPhase | None = Field(default=None, description="Phase, by its census code.")
    register_times: RegisterTimesAsked
    in_force_from: Day = Field(examples=["2026-09-01"])
    by: By


class SpanAsked(Command):
    """First and last day, both included."""

    from_: Day = Field(alias="from")
    to: Day

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
    """A closure made later, such as snow.  Unless asked to, it changes no mark already entered."""

    kind: Literal["planned", "unplanned"] = "unplanned"
    enter_marks: bool = Field(
        default=False,
        description="Enter the code of the closure for every pupil due, in the same act: where none "
        "stands as an entry, where another code does as an amended entry.  Marks that say the pupil "
        "was there stay, and are listed.",
    )
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
    phase: str | None = None


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

    def stands_until(self, first: date) -> date:
        """The last day on which a description in force from that day stands; for now, if it is open."""
        later = (d.in_force_from for d in self.descriptions if d.in_force_from > first)
        following = min(later, default=None)
        return date.max if following is None else following - timedelta(days=1)

    def type_on(self, day: date) -> SchoolType:
        """What type of school it is that day; before the first description, what it is to be."""
        described = self.described_on(day) or self.described_last
        return cast("SchoolType", described.type) if described else "maintained"

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
            school.years[event.year] = calendar.shared(_with_made_later(year, school))
        case ClosureMade():
            school.closures.append(event)
            closure = _closure_made(event)
            year_number = calendar.academic_year(event.first)
            if year_number in school.years:
                closed = school.years[year_number].with_closure(closure)
                school.years[year_number] = calendar.shared(closed)


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
        asked.phase,
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
    last = school.stands_until(asked.in_force_from)
    warnings = (
        *school_rules.warnings_about_authority(asked.local_authority, asked.type, last),
        *school_rules.warnings_about_times(setting, asked.type, last),
    )
    return Recorded(event, warnings)


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
    whole = _with_made_later(proposed, school)
    if school.years.get(year) == whole:
        return Unchanged()
    return Recorded(event, _warnings(whole, school, "terms"))


def closure_of(asked: MakeClosure) -> Closure:
    """The closure that is asked for."""
    return Closure(Span(asked.from_, asked.to), frozenset(asked.sessions), asked.kind, asked.reason)


def close(asked: MakeClosure, school: School) -> Outcome:
    """Close the school for some sessions.  What becomes of their marks: `ledger.registers.closing`."""
    closure = closure_of(asked)
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
    warnings = _warnings(year.with_closure(closure), school, "from")
    event = ClosureMade(
        stream(school.urn),
        school.version + 1,
        asked.from_,
        asked.to,
        sorted(set(asked.sessions)),
        asked.kind,
        asked.reason,
    )
    return Recorded(event, warnings if asked.kind == "planned" else ())


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


def _with_made_later(year: SchoolYear, school: School) -> SchoolYear:
    """The year with the closures made after it was first set: setting its terms again keeps them.

    Those among the year's own are not doubled: a year may be sent back as it was read.
    """
    of_year = (c for c in school.closures if calendar.academic_year(c.first) == year.year)
    made = (c for c in map(_closure_made, of_year) if c not in year.closures)
    return replace(year, closures=(*year.closures, *made))


def _warnings(year: SchoolYear, school: School, path: str) -> tuple[Problem, ...]:
    """What is to be said of a year that is set, or that loses sessions."""
    first = min((term.span.first for term in year.terms), default=date.max)
    return tuple(school_rules.warnings_about_year(year, school.type_on(first), path))


def _closure_made(event: ClosureMade) -> Closure:
    return Closure(
        Span(event.first, event.last), frozenset(event.sessions), event.kind, event.reason
    )
