"""Sessions, school years and register times: when a register is due, and which session is meant.

Values only: nothing here reads a clock or a database. A session is a local date with "AM" or "PM"
and is never derived from an instant. Source: School Attendance (Pupil Registration) (England)
Regulations 2024 reg 10(1) and Education Act 1996 s.579 (school day); the academic year of 1 August
to 31 July is that of the Department's census windows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

import holidays

from ledger.problems import Problem

Session = Literal["AM", "PM"]
Held = Literal["held", "planned-closure", "unplanned-closure", "none"]
"""Whether a school holds a session, and if not, whether a closure took it away."""

SESSIONS: Final[tuple[Session, Session]] = ("AM", "PM")
LONDON: Final = ZoneInfo("Europe/London")
REVISIONS: Final = 64

_AUGUST: Final = 8
_SATURDAY: Final = 5
_REG_10: Final = "SI 2024/208 reg 10(1), (2)"
_SCHOOL_YEAR: Final = "EA 1996 s.579; SI 1999/3181; DfE census windows 1 August to 31 July"


# --- Where an entry stands in the register --------------------------------------------------------


def academic_year(day: date) -> int:
    """The calendar year in which the academic year of `day` (1 August to 31 July) starts."""
    return day.year if day.month >= _AUGUST else day.year - 1


def slot(day: date, session: Session) -> int:
    """The place of a session in its academic year: 0 is 1 August AM, 1 is 1 August PM."""
    return (day.toordinal() - _first_ordinal(academic_year(day))) * 2 + (session == "PM")


def session_of_slot(year: int, place: int) -> tuple[date, Session]:
    """The inverse of `slot` in academic year `year`. ValueError for a slot outside the year."""
    ordinal = _first_ordinal(year) + place // 2
    if not _first_ordinal(year) <= ordinal < _first_ordinal(year + 1):
        raise ValueError("slot outside the academic year")
    return date.fromordinal(ordinal), SESSIONS[place % 2]


def version(day: date, session: Session, revision: int) -> int:
    """The version of an entry in its register: revision 0 is the original entry, 63 the last.

    ValueError for a revision outside 0 to 63.
    """
    if not 0 <= revision < REVISIONS:
        raise ValueError("revision outside 0 to 63")
    return slot(day, session) * REVISIONS + revision


def session_of_version(year: int, number: int) -> tuple[date, Session, int]:
    """The day, session and revision of a version in academic year `year`; inverse of `version`."""
    place, revision = divmod(number, REVISIONS)
    return *session_of_slot(year, place), revision


def monday_of(day: date) -> date:
    """The Monday that names the week of `day` (Monday to Sunday)."""
    return day - timedelta(days=day.weekday())


@lru_cache(maxsize=256)
def _first_ordinal(year: int) -> int:
    return date(year, _AUGUST, 1).toordinal()


@lru_cache(maxsize=256)
def bank_holidays(year: int) -> Mapping[date, str]:
    """The bank holidays of England in a calendar year by name: substitute days, and proclaimed ones."""
    return dict(holidays.country_holidays("GB", subdiv="ENG", years=year))


# --- The school year ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both inclusive."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def holds(self, other: "Span") -> bool:
        """Whether the whole of `other` lies within this span."""
        return self.first <= other.first and other.last <= self.last

    def days(self) -> Iterator[date]:
        """Every day of the span in order."""
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            yield date.fromordinal(ordinal)


def span_of_year(year: int) -> Span:
    """The days of the academic year that starts in `year`; ValueError outside 1 to 9998."""
    return Span(date(year, _AUGUST, 1), date(year + 1, 7, 31))


@dataclass(frozen=True, slots=True)
class Term:
    """A term, with the half-term holiday that divides it, if any."""

    name: str
    span: Span
    half_term: Span | None


@dataclass(frozen=True, slots=True)
class Closure:
    """Sessions not held although the term dates alone would have had them.

    "planned" is a staff training day or the like (code #); "unplanned" an unexpected closure of the
    whole site (code Y4).
    """

    span: Span
    sessions: frozenset[Session]
    kind: Literal["planned", "unplanned"]
    reason: str


@dataclass(frozen=True)
class SchoolYear:
    """The terms and closures of one school in the academic year that starts in `year`.

    A session is held Monday to Friday inside a term, outside its half term, the bank holidays of
    England and every closure. Days outside the academic year are never held.
    """

    year: int
    terms: tuple[Term, ...]
    closures: tuple[Closure, ...]

    def session_held(self, day: date, session: Session) -> bool:
        """Whether the school has that session."""
        return (day, session) in self._held

    def sessions(self, first: date, last: date) -> list[tuple[date, Session]]:
        """The sessions held from `first` to `last`, both inclusive, in order."""
        ordered = self._ordered
        start, end = bisect_left(ordered, (first, "AM")), bisect_right(ordered, (last, "PM"))
        return list(ordered[start:end])

    def school_days(self, first: date, last: date) -> list[date]:
        """The days from `first` to `last` with at least one session, in order (s.579)."""
        days = self._school_days
        return list(days[bisect_left(days, first) : bisect_right(days, last)])

    @cached_property
    def _school_days(self) -> tuple[date, ...]:
        # Asked for limits all the time: a year is walked through once.
        return tuple(dict.fromkeys(day for day, _ in self.sessions(date.min, date.max)))

    def school_weeks(self, first: date, last: date) -> list[date]:
        """The Mondays of the weeks with at least one session from `first` to `last`, in order."""
        return list(dict.fromkeys(monday_of(day) for day, _ in self.sessions(first, last)))

    def closed_by(self, day: date, session: Session) -> Closure | None:
        """The closure that took the session away: the first declared; None if none did."""
        if day not in self.term_days:
            return None
        covering = (c for c in self.closures if day in c.span and session in c.sessions)
        return next(covering, None)

    def taken_by(self, closure: Closure) -> list[tuple[date, Session]]:
        """The sessions that this closure, and none declared before it, took away; in order."""
        days = (day for day in closure.span.days() if day in self.term_days)
        return [
            (day, session)
            for day in days
            for session in SESSIONS
            if self.closed_by(day, session) == closure
        ]

    def with_closure(self, closure: Closure) -> "SchoolYear":
        """The same year with one closure more."""
        return replace(self, closures=(*self.closures, closure))

    def term_of(self, day: date) -> Term | None:
        """The term that `day` lies in, its half-term holiday included."""
        return next((term for term in self.terms if day in term.span), None)

    def half_term_of(self, day: date) -> str | None:
        """The label of the half term, such as "Autumn 1"; None in a holiday.

        A term that no half-term holiday divides is labelled by its name alone.
        """
        term = self.term_of(day)
        if term is None or term.half_term is None:
            return term.name if term else None
        if day in term.half_term:
            return None
        return f"{term.name} {1 if day < term.half_term.first else 2}"

    @cached_property
    def term_days(self) -> frozenset[date]:
        """The days with sessions but for closures."""
        # Clipped to the academic year, so that no term however wrong costs more than a year.
        days = [day for day in span_of_year(self.year).days() if day.weekday() < _SATURDAY]
        off = {*bank_holidays(self.year), *bank_holidays(self.year + 1)}
        return frozenset(day for day in days if day not in off and self._in_term_time(day))

    def _in_term_time(self, day: date) -> bool:
        term = self.term_of(day)
        return term is not None and not (term.half_term and day in term.half_term)

    @cached_property
    def sessions_planned(self) -> tuple[tuple[date, Session], ...]:
        """The sessions held, and those lost to unplanned closures, in order."""
        return tuple(
            (day, session)
            for day, session, closure in self._in_term
            if closure is None or closure.kind == "unplanned"
        )

    @cached_property
    def _ordered(self) -> tuple[tuple[date, Session], ...]:
        return tuple((day, session) for day, session, closure in self._in_term if closure is None)

    @property
    def _in_term(self) -> tuple[tuple[date, Session, Closure | None], ...]:
        """The sessions there would be but for closures, each with the one that took it away."""
        return tuple(
            (day, session, self.closed_by(day, session))
            for day in sorted(self.term_days)
            for session in SESSIONS
        )

    @cached_property
    def _held(self) -> frozenset[tuple[date, Session]]:
        return frozenset(self._ordered)


@lru_cache(maxsize=1024)
def shared(year: SchoolYear) -> SchoolYear:
    """One object for all years that are alike.

    Most schools of an authority keep its calendar, and what follows from it day by day is worked out, and
    kept, once.
    """
    return year


# --- Register times -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegisterTimes:
    """The register of one session is open from `opens` until just before `closes` (local time)."""

    opens: time
    closes: time

    @property
    def minutes(self) -> float:
        """How long the register stays open."""
        return (_on_any_day(self.closes) - _on_any_day(self.opens)).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class RegisterSetting:
    """A school's register times from a day on, until a later setting replaces them."""

    in_force_from: date
    am: RegisterTimes
    pm: RegisterTimes

    def of(self, session: Session) -> RegisterTimes:
        """The times of that session's register."""
        return self.am if session == "AM" else self.pm


def register_times_on(history: Sequence[RegisterSetting], day: date) -> RegisterSetting | None:
    """The setting in force on `day`, None before the first.

    `history` stands in the order of recording: of two settings from the same day the later stands.
    A setting from a later day never changes what an earlier day meant.
    """
    standing: RegisterSetting | None = None
    for setting in history:
        begun = setting.in_force_from <= day
        if begun and (standing is None or setting.in_force_from >= standing.in_force_from):
            standing = setting
    return standing


def opens_at(day: date, session: Session, times: RegisterSetting) -> datetime:
    """The instant at which that session's register opens, aware in Europe/London."""
    return datetime.combine(day, times.of(session).opens, tzinfo=LONDON)


def mark_for_arrival(session: Session, arrived_at: time, times: RegisterSetting) -> str:
    """The code for a pupil who arrives at `arrived_at` (local time) when no other code applies.

    Presence is judged when the register begins to be taken, so arrival at that instant is present
    (reg 10(2) Table 1). The register is open for [opens, closes): L before the closing instant, U
    at or after it (the side on which the instant itself falls is our convention).
    """
    register = times.of(session)
    if arrived_at <= register.opens:
        return "/" if session == "AM" else "\\"
    return "L" if arrived_at < register.closes else "U"


def _on_any_day(at: time) -> datetime:
    return datetime.combine(date.min, at)


# --- What is wrong with a year, a closure or a setting --------------------------------------------


def problems_with_year(school_year: SchoolYear) -> list[Problem]:
    """What makes a school year impossible to use; empty when nothing does.

    Paths are those of the submitted year: `terms[0]`, `terms[0].half_term`, `closures[0]`.
    """
    academic, found = span_of_year(school_year.year), []
    for index, term in enumerate(school_year.terms):
        found += _problems_with_term(term, f"terms[{index}]", academic)
        earlier = school_year.terms[:index]
        if any(term.span.first <= other.span.last for other in earlier):
            message = "A term must begin after every term listed before it has ended."
            found.append(_year_problem("terms-out-of-order", f"terms[{index}].from", message))
        if any(term.name == other.name for other in earlier):
            message = "Two terms of a year cannot have the same name."
            found.append(_year_problem("term-name-repeated", f"terms[{index}].name", message))
    for index, closure in enumerate(school_year.closures):
        found += problems_with_closure(closure, school_year.year, f"closures[{index}]")
    return found


def problems_with_closure(closure: Closure, year: int, path: str = "") -> list[Problem]:
    """What makes a closure in academic year `year` impossible to use; `path` leads to it."""
    found = _problems_with_span(closure.span, path, span_of_year(year), "closure", "academic-year")
    if not closure.sessions:
        at = f"{path}.sessions".lstrip(".")
        found.append(_year_problem("closure-of-no-session", at, "Name the sessions not held."))
    return found


def problems_with_times(setting: RegisterSetting) -> list[Problem]:
    """What makes register times impossible to use; empty when nothing does."""
    return [
        Problem(
            "register-closes-before-it-opens",
            f"register_times.{session}",
            "A register must close after it opens.",
            _REG_10,
        )
        for session in SESSIONS
        if setting.of(session).opens >= setting.of(session).closes
    ]


def _problems_with_term(term: Term, path: str, academic: Span) -> list[Problem]:
    found = _problems_with_span(term.span, path, academic, "term", "academic-year")
    if term.half_term:
        half_term_path = f"{path}.half_term"
        found += _problems_with_span(term.half_term, half_term_path, term.span, "half-term", "term")
    return found


def _problems_with_span(
    span: Span, path: str, within: Span, what: str, whole: str
) -> list[Problem]:
    words, whole_words = what.replace("-", " "), whole.replace("-", " ")
    if span.first > span.last:
        message = f"The first day of the {words} must not be after its last day."
        return [_year_problem(f"{what}-dates-reversed", path, message)]
    if not within.holds(span):
        message = f"The {words} must lie within the {whole_words}."
        return [_year_problem(f"{what}-outside-{whole}", path, message)]
    return []


def _year_problem(code: str, path: str, message: str) -> Problem:
    return Problem(code, path, message, _SCHOOL_YEAR)
