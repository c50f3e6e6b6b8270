"""`ees-attendance-wide`: attendance by area and phase, in the 67 columns of the Department's year-to-date
file.

A row for each academic year of the days asked, for the nation, its regions and local authorities, for each
phase and, at the levels where the period has one, their Total.  Counts are sessions, rates unrounded.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from projections.extracts.extract import Document, Extract, Question, Row, Source
from projections.extracts.statistics import layout, reading
from projections.extracts.statistics.geography import Area
from projections.extracts.statistics.layout import Field
from projections.extracts.statistics.metadata import metadata_of
from projections.extracts.statistics.phases import Phase
from projections.extracts.statistics.pooling import (
    Period,
    Rates,
    period_of,
    rates_of,
    total_of,
    total_rates,
)
from projections.extracts.statistics.sums import TOTAL, Sums, by_area_and_phase
from projections.extracts.statistics.suppression import Figure, Symbol, is_one_schools, or_symbol

NAME: Final = "ees-attendance-wide"
FIELDS: Final = layout.layout(NAME)
RATES: Final = tuple(one.of for one in FIELDS if one.figure in ("rate", "share"))
"""What the rates of a row are of."""


class Cell(NamedTuple):
    """One row before it is written."""

    year: int
    area: Area
    phase: str
    sums: Sums
    rates: Rates


def published(source: Source, question: Question) -> Iterator[tuple[Figure, ...]]:
    """The rows as they are published, symbols in them."""
    for year, span in reading.years(question.span):
        period = period_of(year)
        schools = reading.schools(source, question, year, span)
        for area, phases in by_area_and_phase(schools, source.law).items():
            for cell in _cells(year, area, phases, period):
                yield _row(cell, period)


def _cells(year: int, area: Area, phases: Mapping[Phase, Sums], period: Period) -> Iterator[Cell]:
    """The rows of one area; a phase in which nobody had a possible session has none."""
    held = {phase: sums for phase, sums in phases.items() if sums.open_schools}
    for phase, sums in held.items():
        yield Cell(year, area, phase, sums, rates_of(sums, RATES))
    if held and area.geographic_level in period.total_levels:
        rates = total_rates(held.values(), RATES, period)
        yield Cell(year, area, TOTAL, total_of(held.values()), rates)


def _row(cell: Cell, period: Period) -> tuple[Figure, ...]:
    named: dict[str, Figure] = {
        **cell.area._asdict(),
        "time_period": time_period(cell.year),
        "time_identifier": "Academic year",
        "education_phase": cell.phase,
    }
    figures = _suppressed if is_one_schools(cell.sums.open_schools) else _figure
    return tuple(figures(cell, one, period) if one.figure else named[one.column] for one in FIELDS)


def time_period(year: int) -> str:
    """An academic year as the Department writes it: 202526 is 2025/26."""
    return f"{year}{(year + 1) % 100:02}"


def _figure(cell: Cell, one: Field, _period: Period) -> Figure:
    sums = cell.sums
    match one.figure, one.of:
        case "sessions", name:
            return sums.sessions[name]
        case "mean", "schools":
            return float(sums.mean_schools)
        case "mean", _:
            return float(sums.mean_enrolments)
        case "number", "schools":
            return sums.schools
        case "number", _:
            return sums.census_enrolments
        case _:
            return _number(or_symbol(cell.rates[one.of]))


def _suppressed(cell: Cell, one: Field, period: Period) -> Figure:
    """A figure of a row that rests on one school: only that it does is told."""
    if (one.figure, one.of) == ("mean", "schools"):
        return cell.sums.open_schools
    if (one.figure, one.of) == ("number", "schools"):
        number = period.suppressed_schools == "number"
        return cell.sums.schools if number else Symbol.NOT_APPLICABLE
    return Symbol.CONFIDENTIAL


def _number(rate: Fraction | Symbol) -> Figure:
    return float(rate) if isinstance(rate, Fraction) else rate


def _rows(source: Source, question: Question) -> Iterator[Row]:
    return layout.rows(FIELDS, published(source, question))


def _csv(source: Source, question: Question) -> Iterator[bytes]:
    return layout.csv_lines(FIELDS, published(source, question))


ATTENDANCE_WIDE: Final = Extract(
    name=NAME,
    version="1.0",
    title="Attendance by area and phase, year to date",
    receiver="The Department and analysts, in the layout of Explore education statistics",
    reference="DfE, Pupil attendance in schools: year-to-date file of 2025/26, 67 columns",
    columns=layout.columns(FIELDS),
    rows=_rows,
    formats=("json", "ndjson", "parquet", "xlsx"),
    documents=(Document("csv", _csv),),
    key=("time_period", "geographic_level", "region_code", "old_la_code", "education_phase"),
)
ATTENDANCE_WIDE_META: Final = metadata_of(ATTENDANCE_WIDE, FIELDS, published)
