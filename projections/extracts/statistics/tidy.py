"""`ees-attendance-tidy`: attendance by day, week and year to date, one row for each reason.

Reasons are named and ordered as in the Department's data dictionary (`vocabulary.csv`): status, type,
reason.  Counts are sessions; percentages are of possible sessions, to two decimals, half up.  What is no
possible session has none (`z`).
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final, NamedTuple

from projections.extracts.extract import Document, Extract, Question, Row, Source
from projections.extracts.statistics import frames, layout, reading
from projections.extracts.statistics.frames import Frame
from projections.extracts.statistics.geography import Area, areas_of
from projections.extracts.statistics.metadata import metadata_of
from projections.extracts.statistics.phases import PHASES
from projections.extracts.statistics.pooling import (
    Period,
    Rates,
    period_of,
    rates_of,
    total_of,
    total_rates,
)
from projections.extracts.statistics.reading import School
from projections.extracts.statistics.rounding import half_up
from projections.extracts.statistics.sums import Sums
from projections.extracts.statistics.suppression import Figure, Symbol, is_one_schools

NAME: Final = "ees-attendance-tidy"
FIELDS: Final = layout.layout(NAME)
ALL_SCHOOLS: Final = "All schools"
DECIMALS: Final = 2

_MANAGEMENT: Final = "Management and legacy codes"


class Reason(NamedTuple):
    """A row of the vocabulary."""

    attendance_status: str
    attendance_type: str
    attendance_reason: str
    sessions_of: str
    """The code, or the sum (`sessions.NAMES`)."""

    @property
    def possible(self) -> bool:
        """Whether its sessions are a share of the possible ones."""
        return self.attendance_status != _MANAGEMENT


def _vocabulary() -> tuple[Reason, ...]:
    text = files("projections.extracts.statistics").joinpath("vocabulary.csv")
    _, *rows = csv.reader(text.read_text(encoding="utf-8").splitlines())
    return tuple(Reason(*row) for row in rows)


VOCABULARY: Final = _vocabulary()
_RATES: Final = tuple(reason.sessions_of for reason in VOCABULARY if reason.possible)


@dataclass(slots=True)
class _Cells:
    """The schools of an academic year by area and phase, and by frame."""

    found: defaultdict[Frame, dict[tuple[Area, str], Sums]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    to_date: dict[tuple[Area, str], Sums] = field(default_factory=dict)
    areas: set[Area] = field(default_factory=set)

    def add(self, school: School) -> None:
        """Add a school to every frame in which it had a possible session."""
        by_frame: defaultdict[Frame, Counter[str]] = defaultdict(Counter)
        to_date: Counter[str] = Counter()
        for day in school.open_days:
            counted = school.days[day]
            by_frame[frames.of_day(day)].update(counted)
            by_frame[frames.of_week(day)].update(counted)
            to_date.update(counted)
        for area in areas_of(school.authority) if to_date else ():
            assert school.phase is not None
            self.areas.add(area)
            place = (area, school.phase)
            for frame, counted in by_frame.items():
                _add(self.found[frame], place, counted, school)
            _add(self.to_date, place, to_date, school)

    def in_order(self) -> Iterator[tuple[Frame, dict[tuple[Area, str], Sums]]]:
        """Each frame with its sums."""
        ordered = sorted(self.found, key=lambda frame: frame.order)
        for frame in ordered:
            yield frame, self.found[frame]
        if ordered:
            yield frames.year_to_date(frame.reference for frame in ordered), self.to_date


def _add(
    cells: dict[tuple[Area, str], Sums],
    place: tuple[Area, str],
    counted: Counter[str],
    school: School,
) -> None:
    sums = cells.setdefault(place, Sums())
    sums.sessions.update(counted)
    sums.open_schools += 1
    sums.census_enrolments += school.census_enrolments


def published(source: Source, question: Question) -> Iterator[tuple[Figure, ...]]:
    """The rows as they are published, symbols in them."""
    for year, span in reading.years(question.span):
        period = period_of(year)
        cells = _Cells()
        for school in reading.schools(source, question, year, span):
            cells.add(school)
        areas = sorted(cells.areas, key=lambda area: area.order)
        for frame, sums in cells.in_order():
            for area in areas:
                yield from _of_area(frame, area, sums, period)


def _of_area(
    frame: Frame, area: Area, sums: Mapping[tuple[Area, str], Sums], period: Period
) -> Iterator[tuple[Figure, ...]]:
    phases = {phase: sums[area, phase] for phase in PHASES if (area, phase) in sums}
    for phase, one in phases.items():
        yield from _of_phase(frame, area, phase, _Told(one, rates_of(one, _RATES)))
    if phases and area.geographic_level in period.total_levels:
        rates = total_rates(phases.values(), _RATES, period)
        yield from _of_phase(frame, area, ALL_SCHOOLS, _Told(total_of(phases.values()), rates))


class _Told(NamedTuple):
    """What is told of an area and phase in a frame."""

    sums: Sums
    rates: Rates


def _of_phase(frame: Frame, area: Area, phase: str, told: _Told) -> Iterator[tuple[Figure, ...]]:
    named: dict[str, Figure] = {
        **area._asdict(),
        "time_period": frame.time_period,
        "time_identifier": frame.time_identifier,
        "time_frame": frame.name,
        "education_phase": phase,
    }
    for reason in VOCABULARY:
        count, percent = _figures(reason, told)
        of_reason = {
            **named,
            **reason._asdict(),
            "session_count": count,
            "session_percent": percent,
        }
        # A day is neither text nor number; it is written as it is.
        yield tuple(
            frame.reference if one.column == "reference_date" else of_reason[one.column]
            for one in FIELDS
        )


def _figures(reason: Reason, told: _Told) -> tuple[Figure, Figure]:
    if is_one_schools(told.sums.open_schools):
        return Symbol.CONFIDENTIAL, Symbol.CONFIDENTIAL
    count = told.sums.sessions[reason.sessions_of]
    rate = told.rates[reason.sessions_of] if reason.possible else None
    return count, Symbol.NOT_APPLICABLE if rate is None else float(half_up(rate, DECIMALS))


def _rows(source: Source, question: Question) -> Iterator[Row]:
    return layout.rows(FIELDS, published(source, question))


def _csv(source: Source, question: Question) -> Iterator[bytes]:
    return layout.csv_lines(FIELDS, published(source, question))


ATTENDANCE_TIDY: Final = Extract(
    name=NAME,
    version="1.0",
    title="Attendance by day and week, by reason",
    receiver="The Department and analysts, in the layout of Explore education statistics",
    reference="DfE, Pupil attendance in schools: data set of attendance by reason, and the data dictionary "
    "(columns and rounding secondary)",
    columns=layout.columns(FIELDS),
    rows=_rows,
    formats=("json", "ndjson", "parquet", "xlsx"),
    documents=(Document("csv", _csv),),
)
ATTENDANCE_TIDY_META: Final = metadata_of(ATTENDANCE_TIDY, FIELDS, published)
