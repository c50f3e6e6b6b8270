"""Marks that disagree with the leave recorded, in both directions (regulations 10 and 11).

The rule is `ledger.leave_of_absence.leave_rules.leave_disagreements`; here the marks and the leave of each pupil are
brought together.  Nothing is put right by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from ledger.leave_of_absence.leave_rules import LeaveDisagreement, leave_disagreements
from ledger.schools.calendar import Session, Span
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.marks import Coded, StandingMark, by_pupil, symbols, with_codes
from projections.people import Act, By, acts
from projections.school import Book

_ABSENT: Final = frozenset({"authorised", "unauthorised"})


@dataclass(frozen=True, slots=True)
class LeaveMarksQuery:
    """Sessions of these days, those ahead among them; of one pupil or of all."""

    span: Span
    pupil: str | None = None


class LeaveMark(NamedTuple):
    """A mark that does not say what the leave recorded says."""

    pupil: str
    day: date
    session: Session
    code: str
    why: str
    """`another-code-than-leave`, or `code-without-leave`."""
    leave: str | None
    """The leave that the mark passes over."""
    by: By
    recorded_at: datetime
    position: int


def marks_against_leave(
    connection: Connection, book: Book, query: LeaveMarksQuery, at: AsOf
) -> list[LeaveMark]:
    """The marks that disagree with the leave recorded, by session and pupil."""
    marks = {
        (mark.pupil, mark.day, mark.session): mark
        for asked in _looked_at(book, query)
        for mark in with_codes(connection, asked, at)
    }
    found = [
        (marks[pupil, one.day, one.session], one)
        for pupil, own in by_pupil(marks.values()).items()
        for one in leave_disagreements(own, book.leave.of(pupil))
    ]
    people = acts(connection, (mark.act for mark, _ in found))
    return sorted(
        (_row(mark, one, people[mark.act]) for mark, one in found),
        key=lambda row: (row.day, row.session, row.pupil),
    )


def _looked_at(book: Book, query: LeaveMarksQuery) -> Iterator[Coded]:
    """The marks of which the rule may say anything: of codes that rest on leave, whoever the pupil,
    and of absence where the pupil has leave.
    """
    resting = symbols(query.span, lambda code: code.leave_decision == "required")
    absent = symbols(query.span, lambda code: code.statistical_class in _ABSENT)
    pupils = None if query.pupil is None else {query.pupil}
    yield Coded(book.urn, resting, query.span, pupils)
    on_leave = {one.pupil for one in book.leave if one.given is not None}
    yield Coded(book.urn, absent, query.span, on_leave if pupils is None else on_leave & pupils)


def _row(mark: StandingMark, found: LeaveDisagreement, act: Act) -> LeaveMark:
    return LeaveMark(
        mark.pupil,
        mark.day,
        mark.session,
        mark.code,
        found.why,
        found.leave,
        act.by,
        act.recorded_at,
        mark.position,
    )
