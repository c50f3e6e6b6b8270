"""`ees-absence-termly`: absence by area and school type, in the names of the Department's termly file.

What the Department removes before publishing is removed (absence methodology 1.5, 1.6, 5.2, 5.3.1): ages
outside 5 to 15, those of 15 in the second half of the summer term, enrolments that began in that half,
enrolments without a possible session, and schools with fewer than six enrolments.  Percentages are rounded
half up, to one decimal for the nation and to five below it; enrolments to five where areas are large.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from ledger.schools.calendar import Span, academic_year
from projections.extracts.department.windows import easter_sunday
from projections.extracts.extract import (
    Document,
    Extract,
    Option,
    Question,
    QuestionError,
    Row,
    Source,
)
from projections.extracts.statistics import layout, reading
from projections.extracts.statistics.geography import Area, areas_of
from projections.extracts.statistics.layout import Field
from projections.extracts.statistics.metadata import metadata_of
from projections.extracts.statistics.phases import PHASES, Phase
from projections.extracts.statistics.reading import Enrolment, School
from projections.extracts.statistics.rounding import half_up, to_multiple
from projections.extracts.statistics.scope import second_half_of_summer
from projections.extracts.statistics.sums import TOTAL, absent_for
from projections.extracts.statistics.suppression import Figure, Symbol, is_few
from projections.extracts.statistics.wide import time_period
from projections.totals import percentages

NAME: Final = "ees-absence-termly"
FIELDS: Final = layout.layout(NAME)
FEWEST_ENROLMENTS: Final = 6
ROUNDED_TO: Final = 5

_TYPES: Final[Mapping[str, str]] = {
    "Primary": "State-funded primary",
    "Secondary": "State-funded secondary",
    "Special": "Special",
    TOTAL: TOTAL,
}
_TERMS: Final[Mapping[str, str]] = {
    "autumn": "Autumn term",
    "spring": "Spring term",
    "autumn-and-spring": "Autumn and spring term",
    "summer": "Summer term",
    "year": "Academic year",
}
_DECIMALS: Final = {"National": 1}
_DECIMALS_BELOW: Final = 5
_PERSISTENT: Final = "persistent_"


@dataclass(slots=True)
class Absence:
    """The enrolments of one area and type that are left, and their sessions."""

    schools: int = 0
    enrolments: int = 0
    persistent: int = 0
    severe: int = 0
    sessions: Counter[str] = field(default_factory=Counter)
    of_persistent: Counter[str] = field(default_factory=Counter)
    """Sessions of the persistent absentees."""

    def add(self, other: "Absence") -> None:
        """Add what another holds."""
        self.schools += other.schools
        self.enrolments += other.enrolments
        self.persistent += other.persistent
        self.severe += other.severe
        self.sessions.update(other.sessions)
        self.of_persistent.update(other.of_persistent)


def published(source: Source, question: Question) -> Iterator[tuple[Figure, ...]]:
    """The rows as they are published, symbols in them.  Raises QuestionError."""
    window = _window(question)
    for year, span in reading.years(window):
        cells: dict[tuple[Area, Phase], Absence] = {}
        for school in reading.schools(source, question, year, span):
            left = _left(school)
            for area in areas_of(school.authority) if left else ():
                assert school.phase is not None
                cells.setdefault((area, school.phase), Absence()).add(_of_school(school, left))
        for area in sorted({area for area, _ in cells}, key=lambda area: area.order):
            phases = {phase: cells[area, phase] for phase in PHASES if (area, phase) in cells}
            for phase, absence in (*phases.items(), (TOTAL, _together(phases))):
                yield _row(area, phase, absence, _named(area, phase, year, question))


def _window(question: Question) -> Span:
    """The days asked that lie in the term asked.  Raises QuestionError."""
    term = question.options.get("term", "year")
    if term == "year":
        return question.span
    year = academic_year(question.span.first)
    if academic_year(question.span.last) != year:
        raise QuestionError("term", "out-of-range", "A term lies in one academic year.")
    easter = easter_sunday(year + 1)
    after = date.fromordinal(easter.toordinal() + 1)
    first, last = {
        "autumn": (date(year, 8, 1), date(year, 12, 31)),
        "spring": (date(year + 1, 1, 1), easter),
        "autumn-and-spring": (date(year, 8, 1), easter),
        "summer": (after, date(year + 1, 7, 31)),
    }[term]
    span = Span(max(first, question.span.first), min(last, question.span.last))
    if span.first > span.last:
        raise QuestionError("term", "out-of-range", "No day asked lies in this term.")
    return span


def _left(school: School) -> list[Enrolment]:
    """The enrolments of a school that are not removed; none where there are too few of them."""
    joined_too_late = second_half_of_summer(school.year)
    found = school.enrolments()
    if len(found) < FEWEST_ENROLMENTS:
        return []
    return [one for one in found if one.starting_day < joined_too_late]


def _of_school(school: School, left: list[Enrolment]) -> Absence:
    limits = percentages(school.span.last, school.source.law)
    absence = Absence(schools=1)
    for enrolment in left:
        absence.enrolments += 1
        absence.sessions.update(enrolment.sessions)
        absence.severe += absent_for(enrolment, limits["severe"])
        if absent_for(enrolment, limits["persistent"]):
            absence.persistent += 1
            absence.of_persistent.update(enrolment.sessions)
    return absence


def _together(phases: Mapping[Phase, Absence]) -> Absence:
    total = Absence()
    for absence in phases.values():
        total.add(absence)
    return total


def _named(area: Area, phase: str, year: int, question: Question) -> dict[str, Figure]:
    return {
        **area._asdict(),
        "time_period": time_period(year),
        "time_identifier": _TERMS[question.options.get("term", "year")],
        "education_phase": _TYPES[phase],
    }


def _row(
    area: Area, phase: str, absence: Absence, named: Mapping[str, Figure]
) -> tuple[Figure, ...]:
    rounded = area.geographic_level != "Local authority" or phase == TOTAL
    places = _DECIMALS.get(area.geographic_level, _DECIMALS_BELOW)
    return tuple(
        _figure(absence, one, rounded, places) if one.figure else named[one.column]
        for one in FIELDS
    )


def _figure(absence: Absence, one: Field, rounded: bool, places: int) -> Figure:
    counted = absence.of_persistent if one.figure.startswith(_PERSISTENT) else absence.sessions
    if counted is absence.of_persistent and is_few(absence.persistent):
        # So few children's sessions would be theirs.
        return Symbol.CONFIDENTIAL
    match one.figure.removeprefix(_PERSISTENT):
        case "sessions":
            return counted[one.of]
        case "rate":
            return _percentage(counted[one.of], counted["possible"], places)
        case "share":
            return _percentage(getattr(absence, one.of), absence.enrolments, places)
        case _ if one.of == "schools":
            return absence.schools
        case _:
            return _enrolments(getattr(absence, one.of), rounded)


def _enrolments(number: int, rounded: bool) -> Figure:
    if is_few(number):
        return Symbol.CONFIDENTIAL
    return to_multiple(number, ROUNDED_TO) if rounded else number


def _percentage(part: int, whole: int, places: int) -> Figure:
    if whole == 0:
        return Symbol.NOT_APPLICABLE
    if is_few(part) or is_few(whole):
        return Symbol.CONFIDENTIAL
    return float(half_up(Fraction(100 * part, whole), places))


def _rows(source: Source, question: Question) -> Iterator[Row]:
    return layout.rows(FIELDS, published(source, question))


def _csv(source: Source, question: Question) -> Iterator[bytes]:
    return layout.csv_lines(FIELDS, published(source, question))


ABSENCE_TERMLY: Final = Extract(
    name=NAME,
    version="1.0",
    title="Absence by area and school type, by term",
    receiver="Analysts and local authorities, in the layout of Explore education statistics",
    reference="DfE, Pupil absence in schools in England: methodology 1.5, 1.6, 1.9, 5.2, 5.3.1; names of the "
    "columns of 2018/19, those added since secondary",
    columns=layout.columns(FIELDS),
    rows=_rows,
    options=(
        Option(
            "term",
            "text",
            "Sessions of this term alone: autumn to 31 December, spring to Easter Sunday. Without it, "
            "of all the days asked.",
            tuple(_TERMS),
        ),
    ),
    formats=("json", "ndjson", "parquet", "xlsx"),
    documents=(Document("csv", _csv),),
    window=_window,
    key=("time_period", "geographic_level", "region_code", "old_la_code", "education_phase"),
)
ABSENCE_TERMLY_META: Final = metadata_of(ABSENCE_TERMLY, FIELDS, published)
