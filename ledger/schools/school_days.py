"""What the ledger thinks of each day of a school: which sessions are held, and if not, why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from ledger.schools import calendar
from ledger.schools.calendar import Closure, Held, SchoolYear, Session, Span
from ledger.schools.school import School

DayKind = Literal[
    "school-day", "closed", "half-term", "bank-holiday", "weekend", "holiday", "not-known"
]
"""What a day is: "closed" has lost all its sessions to closures; "not-known" lies in an academic year
whose terms have not been set."""

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """One day of a school."""

    day: date
    kind: DayKind
    held: dict[Session, Held]
    term: str | None
    """The term that the day lies in, its half-term holiday included."""
    half_term: str | None
    """The half term by its label, such as "Autumn 1"; None in a holiday."""
    bank_holiday: str | None
    """The name of the bank holiday, be the day in a term or not."""
    closures: dict[Session, str | None]
    """For each session the reason of the closure that took it away."""


def days_of(school: School, span: Span) -> Iterator[SchoolDay]:
    """Each day of a span as the school has it."""
    return (day_of(school, day) for day in span.days())


def day_of(school: School, day: date) -> SchoolDay:
    """One day as the school has it."""
    year = school.years.get(calendar.academic_year(day))
    bank_holiday = calendar.bank_holidays(day.year).get(day)
    held: dict[Session, Held] = {s: school.held(day, s) for s in calendar.SESSIONS}
    if year is None:
        nothing: dict[Session, str | None] = dict.fromkeys(calendar.SESSIONS)
        return SchoolDay(day, "not-known", held, None, None, bank_holiday, nothing)
    term = year.term_of(day)
    reasons = {s: _reason(year.closed_by(day, s)) for s in calendar.SESSIONS}
    return SchoolDay(
        day,
        _kind(year, day, bank_holiday),
        held,
        term.name if term else None,
        year.half_term_of(day),
        bank_holiday,
        reasons,
    )


def _kind(year: SchoolYear, day: date, bank_holiday: str | None) -> DayKind:
    if day in year.term_days:
        return "school-day" if year.school_days(day, day) else "closed"
    if day.weekday() >= _SATURDAY:
        return "weekend"
    if bank_holiday is not None:
        return "bank-holiday"
    return "holiday" if year.term_of(day) is None else "half-term"


def _reason(closure: Closure | None) -> str | None:
    return None if closure is None else closure.reason
