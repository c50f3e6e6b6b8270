"""Marks that a census would refuse: of a code not in force on its day, or X for pupils who must attend."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ledger.admissions.ages import of_compulsory_school_age
from ledger.law.codes import CodeTable
from ledger.schools.calendar import Span
from projections.extracts.department.sessions import NOT_COLLECTED, NOT_OF_AGE, EnrolmentKey
from projections.extracts.extract import Source
from projections.lists.marks import Coded, StandingMark, with_codes
from projections.school import Book
from projections.sessions import Begun

_NOT_REQUIRED: Final = "X"


@dataclass(frozen=True, slots=True)
class Doubts:
    """What is doubtful about the marks of one enrolment."""

    not_in_force: Counter[str] = field(default_factory=Counter)
    """Sessions by the code that leaves the school, of codes that were not in force on their days."""
    x_at_school_age: int = 0
    """Sessions at X on days on which the pupil was of compulsory school age and X was not for such pupils."""


def doubts_about(
    source: Source, book: Book, span: Span, born: Mapping[str, date]
) -> dict[EnrolmentKey, Doubts]:
    """The enrolments with doubtful marks on these days; a pupil of unknown age is not doubted."""
    table = source.law.codes
    asked = Coded(book.urn, _doubtful(table, span), span)
    begun = Begun(book.school, source.at.instant)
    not_in_force: defaultdict[EnrolmentKey, Counter[str]] = defaultdict(Counter)
    x_at_school_age: Counter[EnrolmentKey] = Counter()
    for mark in with_codes(source.connection, asked, source.at):
        key = _enrolment(book, mark)
        code = table.last_counted(mark.code, mark.day)
        if key is None or code is None or not begun(mark.day, mark.session):
            continue
        if not table.variants(mark.code, mark.day):
            not_in_force[key][code.export_as] += 1
        x_at_school_age[key] += code.export_as == _NOT_REQUIRED and _must_attend(table, mark, born)
    found = {*not_in_force, *(+x_at_school_age)}
    return {key: Doubts(not_in_force[key], x_at_school_age[key]) for key in found}


def _doubtful(table: CodeTable, span: Span) -> list[str]:
    """The codes of which a mark on these days may be doubtful: of most no mark need be looked at."""
    collected = [code for code in table.codes if code.statistical_class != NOT_COLLECTED]
    return sorted(
        {
            code.symbol
            for code in collected
            if code.export_as == _NOT_REQUIRED
            or not all(table.variants(code.symbol, day) for day in span.days())
        }
    )


def _must_attend(table: CodeTable, mark: StandingMark, born: Mapping[str, date]) -> bool:
    """Whether the pupil was of compulsory school age, and the code for others alone, on that day."""
    if mark.pupil not in born or not of_compulsory_school_age(born[mark.pupil], mark.day):
        return False
    in_force = table.variants(mark.code, mark.day)
    return bool(in_force) and all(code.pupil_group == NOT_OF_AGE for code in in_force)


def _enrolment(book: Book, mark: StandingMark) -> EnrolmentKey | None:
    """The enrolment that a mark belongs to; None off the roll, and where no mark was due."""
    place = book.places.get(mark.pupil)
    stretch = place.stretches(mark.day, mark.day)[0] if place else None
    if stretch is None or stretch.period is None or not stretch.due:
        return None
    return EnrolmentKey(mark.pupil, stretch.period)
