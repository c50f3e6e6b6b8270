"""Why this number: the entries, missing marks or enrolments that a figure of the totals is made of.

The totals are sums over the log; here each entry that stands is sought and shown.  How many there are
is counted from them, never taken from the totals: that both are equal is what is explained.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, NamedTuple, get_args

from ledger.law.codes import Code, StatisticalClass
from ledger.schools import calendar
from ledger.schools.calendar import Session
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.editions import ABSENCE, Editions
from projections.grid import Grid, Key
from projections.parts import EntryPlace, Part
from projections.school import Book
from projections.statements import fetch, statements
from projections.totals import (
    PRESENT,
    UNABLE_TO_ATTEND,
    TotalsQuery,
    TotalsRow,
    columns,
    laid_out,
    percentages,
)

Figure = Literal[
    "possible_sessions",
    "attending",
    "present",
    "approved_educational_activity",
    "overall_absence",
    "authorised_absence",
    "unauthorised_absence",
    "late_before_close",
    "late_after_close",
    "unable_to_attend",
    "missing",
    "enrolments",
    "persistent_absence",
    "severe_absence",
]
FIGURES: Final[tuple[Figure, ...]] = get_args(Figure)
OF_ENROLMENTS: Final[frozenset[Figure]] = frozenset(FIGURES[-3:])
"""Figures that are numbers of enrolments; the others are of sessions."""
PARTS_OF_PERCENTAGES: Final[Mapping[str, Figure]] = {
    "attendance_percent": "attending",
    "overall_absence_percent": "overall_absence",
    "authorised_absence_percent": "authorised_absence",
    "unauthorised_absence_percent": "unauthorised_absence",
}
"""Of each percentage the figure that is divided, by `possible_sessions`."""

_SQL: Final = statements("explanation")
_ATTENDED: Final = frozenset({"attending", "approved_educational_activity"})
_COUNTS: Final[Mapping[Figure, Callable[[Code], bool]]] = {
    "possible_sessions": lambda code: code.in_possible,
    "attending": lambda code: code.statistical_class in _ATTENDED,
    "present": lambda code: code.symbol in PRESENT,
    "approved_educational_activity": lambda code: (
        code.statistical_class == "approved_educational_activity"
    ),
    "overall_absence": lambda code: code.statistical_class in ABSENCE,
    "authorised_absence": lambda code: code.statistical_class == "authorised",
    "unauthorised_absence": lambda code: code.statistical_class == "unauthorised",
    "late_before_close": lambda code: code.symbol == "L",
    "late_after_close": lambda code: code.symbol == "U",
    "unable_to_attend": lambda code: code.symbol in UNABLE_TO_ATTEND,
}
_MEASURES: Final[Mapping[Figure, str]] = {
    "persistent_absence": "persistent",
    "severe_absence": "severe",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One row of totals, and what in it: a figure, or the sessions that stand at one code."""

    totals: TotalsQuery
    key: Key
    figure: Figure | None = None
    code: str | None = None


class ExplainedEntry(NamedTuple):
    """An entry that counts in the figure."""

    pupil: str
    date: date
    session: Session
    code: str
    counts_as: StatisticalClass
    reference: str
    """Where the code table has the code from."""
    position: int
    """Of the event that stands."""
    amended: bool


class ExplainedMissing(NamedTuple):
    """A mark that is due and was not entered."""

    pupil: str
    date: date
    session: Session


class ExplainedEnrolment(NamedTuple):
    """An enrolment of the row; with a measure of absence what it was measured by."""

    pupil: str
    starting_day: date
    deleted_on: date | None
    possible: int | None = None
    absent: int | None = None
    comparison: str | None = None
    """The comparison in whole numbers that decides."""


Explained = ExplainedEntry | ExplainedMissing | ExplainedEnrolment


class Explanation(NamedTuple):
    """A part of the list, and how many there are in all."""

    items: list[Explained]
    total: int


def explanation(
    connection: Connection,
    book: Book,
    asked: Asked,
    at: AsOf,
    part: Part,
    vault: Vault | None = None,
) -> Explanation:
    """What a figure is made of, by day, session and pupil, enrolments by pupil.

    The row must be one of the totals; a list of enrolments comes whole.
    """
    grid, editions = laid_out(connection, book, asked.totals, at, vault)
    chosen = columns(grid, editions) | _row(grid, asked) | part.columns(asked.totals.first)
    if asked.figure == "missing":
        return _missing(fetch(connection, _SQL["missing"], chosen))
    if asked.figure == "enrolments":
        found = [_enrolment(book, *one) for one in grid.enrolled(asked.key)]
        return Explanation([*found], len(found))
    if asked.figure and (measure := _MEASURES.get(asked.figure)):
        percent = percentages(asked.totals.last)[measure]
        rows = fetch(connection, _SQL["absent"], chosen | {"percent": percent})
        return Explanation([_absent(book, percent, row) for row in rows], len(rows))
    chosen |= _wanted(editions, asked)
    return _entries(editions, fetch(connection, _SQL["entries"], chosen))


def headline(row: TotalsRow, asked: Asked) -> int:
    """The figure as the row of totals has it."""
    if asked.figure is None:
        return row.codes.get(asked.code or "", 0)
    number: int = getattr(row, asked.figure)
    return number


def _row(grid: Grid, asked: Asked) -> dict[str, Any]:
    """The line of the statements that the key stands for: its number, or a pupil's own."""
    of_pupil = asked.totals.by == "pupil"
    numbered = not of_pupil and asked.totals.by != "school" and asked.key is not None
    return {
        "line": grid.lines.index(asked.key) if numbered else None,
        "who": asked.key if of_pupil else None,
    }


def _wanted(editions: Editions, asked: Asked) -> dict[str, Any]:
    """The readings of codes that count in the figure, by their numbers, and their symbols."""

    def counts(code: Code) -> bool:
        if asked.figure is None:
            return code.symbol == asked.code
        return _COUNTS[asked.figure](code)

    numbered = enumerate(editions.readings, start=1)
    wanted = [(number, one.code.symbol) for number, one in numbered if counts(one.code)]
    return {
        "wanted": [number for number, _ in wanted],
        "wanted_symbols": sorted({symbol for _, symbol in wanted}),
    }


def _entries(editions: Editions, rows: list[tuple[Any, ...]]) -> Explanation:
    found: list[Explained] = []
    for _, day, half, pupil, number, position, amended in rows:
        if day is None:
            break
        code = editions.readings[number - 1].code
        found.append(
            ExplainedEntry(
                pupil,
                day,
                calendar.SESSIONS[half],
                code.symbol,
                code.statistical_class,
                code.reference,
                position,
                amended,
            )
        )
    return Explanation(found, rows[0][0])


def _missing(rows: list[tuple[Any, ...]]) -> Explanation:
    found: list[Explained] = [
        ExplainedMissing(pupil, day, calendar.SESSIONS[half])
        for _, day, half, pupil in rows
        if day is not None
    ]
    return Explanation(found, rows[0][0])


def _enrolment(book: Book, pupil: str, number: int) -> ExplainedEnrolment:
    return ExplainedEnrolment(pupil, *book.roll[pupil].periods[number])


def _absent(book: Book, percent: int, row: tuple[Any, ...]) -> ExplainedEnrolment:
    pupil, number, possible, absent = row
    comparison = f"100 × {absent} = {100 * absent} ≥ {percent} × {possible} = {percent * possible}"
    return _enrolment(book, pupil, number)._replace(
        possible=possible, absent=absent, comparison=comparison
    )


def place_of(item: Explained) -> EntryPlace | None:
    """Where in its list an entry or a missing mark stands; enrolments have no such place."""
    if isinstance(item, ExplainedEnrolment):
        return None
    return EntryPlace(item.date, calendar.SESSIONS.index(item.session), item.pupil)
