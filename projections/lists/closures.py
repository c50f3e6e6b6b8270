"""Marks that stand where the school holds no session: they disagree with its days (EA 1996 s.579).

A closure changes no mark already entered, and terms may be set anew after marks were made; this says
which marks stand though nothing but the code of a closure could be entered there now.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from ledger.problems import Problem
from ledger.registers.session_rules import SessionFacts
from ledger.schools.calendar import Held, Session, Span, academic_year
from ledger.schools.school import School
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.marks import StandingMark, on_days
from projections.people import By, acts
from projections.school import Book

_RULES: Final = frozenset({"session-not-held", "school-closed"})


@dataclass(frozen=True, slots=True)
class ClosureQuery:
    """Sessions of these days."""

    span: Span


class ClosureDisagreement(NamedTuple):
    """A mark that stands for a session which the school does not hold."""

    pupil: str
    day: date
    session: Session
    code: str
    held: Held
    """Whether a closure took the session away, planned or not, or the terms have none."""
    rule: str
    """The rule by which the mark could not be entered now."""
    reference: str
    by: By
    recorded_at: datetime
    position: int


def closure_disagreements(
    connection: Connection, book: Book, query: ClosureQuery, at: AsOf
) -> list[ClosureDisagreement]:
    """The marks that disagree with the school's days, by session and pupil.

    Days of academic years that have not been set are passed over: nothing is known about them.
    """
    sessions = _Sessions(book.school)
    days = [day for day in query.span.days() if sessions.may_disagree(day)]
    marks = on_days(connection, book.urn, days, query.span, at)
    found = [(mark, problem) for mark in marks if (problem := sessions.problem(mark))]
    people = acts(connection, (mark.act for mark, _ in found))
    return [
        ClosureDisagreement(
            mark.pupil,
            mark.day,
            mark.session,
            mark.code,
            book.school.held(mark.day, mark.session),
            problem.code,
            problem.reference,
            people[mark.act].by,
            people[mark.act].recorded_at,
            mark.position,
        )
        for mark, problem in found
    ]


class _Sessions:
    """What the rules of a session say of the marks that stand for it, each session gathered once."""

    def __init__(self, school: School) -> None:
        self._school = school
        self._known: dict[tuple[date, Session], SessionFacts] = {}

    def may_disagree(self, day: date) -> bool:
        """Whether a session of that day is known not to be held."""
        year = self._school.years.get(academic_year(day))
        return year is not None and not (
            year.session_held(day, "AM") and year.session_held(day, "PM")
        )

    def problem(self, mark: StandingMark) -> Problem | None:
        """Why the mark could not be entered now, as far as the school's days are the reason."""
        key = (mark.day, mark.session)
        facts = self._known.get(key)
        if facts is None:
            facts = self._known[key] = SessionFacts(
                self._school.urn,
                self._school.type_on(mark.day),
                *key,
                self._school.held(*key),
                # Whether it has begun and what arrivals mean is nothing to a mark that stands.
                begun=True,
                arrival=None,
            )
        ruling = facts.ruling(mark.code, has_detail=True)
        problems = (*ruling.refusing, *ruling.warning)
        return next((problem for problem in problems if problem.code in _RULES), None)
