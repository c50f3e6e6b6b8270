"""Persistent and severe absence, enrolment by enrolment, and who is near it.

The counts are those of the totals, a row an enrolment; the comparison is `ledger.registers.absence`'s, in whole
numbers.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ledger.law.statute import threshold
from ledger.registers.absence import (
    Measure,
    Nearness,
    is_persistent,
    is_severe,
    sessions_to_persistent,
    sessions_to_severe,
)
from ledger.schools.calendar import Span
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.grid import TotalsQuery, enrolment_of_key
from projections.school import Book
from projections.totals import totals


@dataclass(frozen=True, slots=True)
class AbsenceQuery:
    """Absence over these days, by a measure; who has reached it, and who is `near` it.

    `near` lists those as well who would reach it by missing so many further sessions, or fewer.
    """

    span: Span
    measure: Measure = "persistent"
    near: int = 0


class AbsenceRow(NamedTuple):
    """One enrolment."""

    pupil: str
    starting_day: date
    deleted_on: date | None
    possible: int
    absent: int
    percent: float
    """Unrounded; it decides nothing."""
    persistent: bool
    severe: bool
    to_persistent: Nearness
    to_severe: Nearness


def absentees(
    connection: Connection, book: Book, query: AbsenceQuery, at: AsOf, vault: Vault
) -> list[AbsenceRow]:
    """The enrolments with possible sessions that are meant, those with most absence first.

    Judged by the rule of the last day of the span; nobody is, where none was known then.
    """
    span = query.span
    if threshold(f"{query.measure}-absence-percent", span.last) is None:
        return []
    counted = totals(
        connection, book, TotalsQuery(book.urn, span.first, span.last, "enrolment"), at, vault
    )
    rows = [
        _row(book, row.key, row.overall_absence, row.possible_sessions, span.last)
        for row in counted
        if row.key is not None and row.possible_sessions
    ]
    chosen = [row for row in rows if _nearness(row, query.measure).absences_to_reach <= query.near]
    return sorted(chosen, key=lambda row: (-row.percent, row.pupil, row.starting_day))


def _row(book: Book, key: str, absent: int, possible: int, day: date) -> AbsenceRow:
    pupil, period = enrolment_of_key(key)
    starting_day, deleted_on = book.roll[pupil].periods[period]
    return AbsenceRow(
        pupil,
        starting_day,
        deleted_on,
        possible,
        absent,
        100 * absent / possible,
        is_persistent(absent, possible, day),
        is_severe(absent, possible, day),
        sessions_to_persistent(absent, possible, day),
        sessions_to_severe(absent, possible, day),
    )


def _nearness(row: AbsenceRow, measure: Measure) -> Nearness:
    return row.to_persistent if measure == "persistent" else row.to_severe
