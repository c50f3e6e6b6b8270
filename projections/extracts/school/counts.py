"""Columns of counts and rates: the same names, and the same figures, as the totals have."""

from collections.abc import Sequence
from typing import Any, Final

from ledger.law.codes import BUILT_IN
from projections.extracts.extract import Column
from projections.totals import TotalsRow

SYMBOLS: Final = tuple(dict.fromkeys(code.symbol for code in BUILT_IN.codes))
"""Every code that ever was; one that is added in later law comes last, and is a new minor version."""

COUNTS: Final = (
    Column("possible_sessions", "integer", "Attendance and absence."),
    Column("attending", "integer", "All attendance: present and approved educational activity."),
    Column("present", "integer", "Codes / \\ and L."),
    Column("approved_educational_activity", "integer", "Attendance elsewhere."),
    Column("overall_absence", "integer", "Authorised and unauthorised."),
    Column("authorised_absence", "integer", "Authorised absence."),
    Column("unauthorised_absence", "integer", "Unauthorised absence."),
    Column("late_before_close", "integer", "Code L, which is attendance."),
    Column("late_after_close", "integer", "Code U, which is absence."),
    Column("unable_to_attend", "integer", "Codes Q and Y, outside possible sessions."),
    Column("missing", "integer", "Marks that were due and have not been entered."),
)
RATES: Final = (
    Column("attendance_percent", "number", "Of possible sessions, unrounded."),
    Column("overall_absence_percent", "number", "Of possible sessions, unrounded."),
    Column("authorised_absence_percent", "number", "Of possible sessions, unrounded."),
    Column("unauthorised_absence_percent", "number", "Of possible sessions, unrounded."),
)
CODES: Final = tuple(
    Column(f"codes_{symbol}", "integer", f"Sessions that stand at code {symbol}.")
    for symbol in SYMBOLS
)


def counted(row: TotalsRow, columns: Sequence[Column]) -> tuple[Any, ...]:
    """The counts or rates of a row of totals."""
    return tuple(getattr(row, column.name) for column in columns)


def by_code(row: TotalsRow) -> tuple[int, ...]:
    """Sessions by code; none is 0."""
    return tuple(row.codes.get(symbol, 0) for symbol in SYMBOLS)
