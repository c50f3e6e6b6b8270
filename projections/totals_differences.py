"""Totals at two places in the log, row by row: what they were, what they are, how many entries moved.

What had begun by each place counts at it: between two of them marks fall due, and entries made ahead
come to count, without any event.
"""

from collections import Counter
from dataclasses import fields
from datetime import date
from typing import Final, NamedTuple

from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.differences import Between, DifferencesQuery, TwoBooks, changed_entries
from projections.grid import OF_TIME, Grid, Key, TotalsQuery
from projections.totals import TotalsRow, totals

PERCENTAGES: Final = tuple(one.name for one in fields(TotalsRow) if one.name.endswith("_percent"))
COUNTS: Final = tuple(
    one.name for one in fields(TotalsRow) if one.name not in ("key", "codes", *PERCENTAGES)
)


class CountDifference(NamedTuple):
    """A count at both places; where there was no row, nothing was counted."""

    before: int
    after: int
    change: int


class PercentDifference(NamedTuple):
    """A percentage at both places; percentages are not subtracted."""

    before: float | None
    after: float | None


class TotalsDifference(NamedTuple):
    """One row that is not what it was."""

    key: Key
    counts: dict[str, CountDifference]
    codes: dict[str, CountDifference]
    """Those codes alone whose numbers differ."""
    percentages: dict[str, PercentDifference]
    events: int
    """Entries of the row that gained events; by the place of their pupils as the later place has it."""
    days: tuple[date, date]
    """The days that hold the row's entries."""


def totals_differences(
    connection: Connection, books: TwoBooks, query: TotalsQuery, between: Between, vault: Vault
) -> list[TotalsDifference]:
    """The rows of totals that differ between two places in the log."""
    old, new = (
        {row.key: row for row in totals(connection, book, query, at, vault)}
        for book, at in zip(books, between, strict=True)
    )
    grid = Grid(query, books.after.school, books.after.places, between.after)
    moved = _moved(connection, grid, between)
    # In the order of the rows that there are; rows of time whose names are gone come last.
    keys = [key for key in dict.fromkeys((*grid.keys({*old, *new}), *old)) if key in {*old, *new}]
    found = (_row(key, old.get(key), new.get(key), moved[key], grid.days_of(key)) for key in keys)
    return [row for row in found if row is not None]


def _moved(connection: Connection, grid: Grid, between: Between) -> Counter[Key]:
    """By row how many entries gained events."""
    query, found = grid.query, Counter[Key]()
    asked = DifferencesQuery(query.urn, query.first, query.last)
    by: tuple[str, ...] = ("day", "pupil")
    if query.by in OF_TIME:
        by = ("day",)
    elif query.by in ("school", "pupil"):
        by = ("pupil",) if query.by == "pupil" else ()
    for day, pupil, entries in changed_entries(connection, asked, between, *by):
        found[grid.key_of(day, pupil)] += entries
    return found


def _row(
    key: Key,
    before: TotalsRow | None,
    after: TotalsRow | None,
    events: int,
    days: tuple[date, date],
) -> TotalsDifference | None:
    counts = {name: _count(getattr(before, name, 0), getattr(after, name, 0)) for name in COUNTS}
    codes = _codes(before, after)
    if not codes and not any(one.change for one in counts.values()):
        return None
    percentages = {
        name: PercentDifference(getattr(before, name, None), getattr(after, name, None))
        for name in PERCENTAGES
    }
    return TotalsDifference(key, counts, codes, percentages, events, days)


def _codes(before: TotalsRow | None, after: TotalsRow | None) -> dict[str, CountDifference]:
    old, new = before.codes if before else {}, after.codes if after else {}
    found = {code: _count(old.get(code, 0), new.get(code, 0)) for code in sorted({*old, *new})}
    return {code: one for code, one in found.items() if one.change}


def _count(before: int, after: int) -> CountDifference:
    return CountDifference(before, after, after - before)
