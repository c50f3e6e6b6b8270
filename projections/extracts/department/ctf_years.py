"""What a school tells of its pupils in a common transfer file: sessions by academic year."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.schools.calendar import Span, academic_year, span_of_year
from projections.extracts.department.names import (
    authority_and_establishment,
    in_name_order,
    names_by_enrolment,
)
from projections.extracts.department.sessions import EnrolmentKey, Sessions, sessions_of
from projections.extracts.extract import Question, QuestionError, Source
from projections.roll import RollRow
from projections.school import load

_PUPIL: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class YearTotals(NamedTuple):
    """What one school tells of one pupil's academic year, all enrolments of the year together."""

    urn: str
    authority: str
    establishment: str
    school: str
    row: RollRow
    """The particulars of the pupil's latest enrolment."""
    year: int
    """The calendar year in which the academic year begins."""
    possible: int
    authorised: int
    attended: int
    unauthorised: int


def window(question: Question) -> Span:
    """The academic years, whole, that hold a day asked for."""
    first, last = (academic_year(day) for day in (question.span.first, question.span.last))
    return Span(span_of_year(first).first, span_of_year(last).last)


def totals_of(source: Source, question: Question) -> Iterator[YearTotals]:
    """By school, pupil in name order and year; raises QuestionError for a pupil that is no id."""
    wanted = question.options.get("pupil")
    if wanted is not None and not _PUPIL.fullmatch(wanted):
        raise QuestionError("pupil", "not-a-uuid", "Pupils are named by UUIDs.")
    days = window(question)
    years = range(days.first.year, days.last.year)
    return (
        one
        for urn in question.schools
        for one in _of_school(source, urn, years)
        if wanted in (None, one.row.pupil)
    )


def _of_school(source: Source, urn: str, years: range) -> Iterator[YearTotals]:
    book = load(source.connection, urn, source.at)
    rows = names_by_enrolment(source, book)
    born = {key.pupil: row.date_of_birth for key, row in rows.items() if row.date_of_birth}
    latest = {key.pupil: rows[key] for key in sorted(rows)}
    by_year = {
        year: _by_pupil(sessions_of(source, book, span_of_year(year), born)) for year in years
    }
    for row in sorted(latest.values(), key=in_name_order):
        for year, of_year in by_year.items():
            found = of_year.get(row.pupil)
            school = book.school.described_on(span_of_year(year).last) or book.school.described_last
            if found is None or school is None:
                continue
            yield YearTotals(
                urn,
                *authority_and_establishment(school),
                school.name,
                row,
                year,
                found.possible,
                found.authorised,
                found.attended,
                found.unauthorised,
            )


def _by_pupil(found: dict[EnrolmentKey, Sessions]) -> dict[str, Sessions]:
    summed: dict[str, Sessions] = {}
    for key, one in found.items():
        before = summed.get(key.pupil, Sessions())
        summed[key.pupil] = Sessions(
            before.possible + one.possible,
            before.attended + one.attended,
            before.authorised + one.authorised,
            before.unauthorised + one.unauthorised,
        )
    return summed
