"""Sessions of each enrolment over some days, by the codes that leave the school.

Local sub-codes leave as their base letter (X02 as X, I01 as I), and what was never attendance (`#`, Z)
stays.  A mark that is missing is outside possible sessions; it is never taken for a present one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, NamedTuple

from ledger.admissions.ages import of_compulsory_school_age
from ledger.law.codes import Code, PupilGroup
from ledger.schools.calendar import Span
from projections.extracts.extract import Source
from projections.grid import TotalsQuery, enrolment_of_key
from projections.lists.marks import StandingMark, of_pupils
from projections.places import Stretch
from projections.school import Book
from projections.sessions import Begun, between, held
from projections.totals import TotalsRow, totals

OF_AGE: Final[PupilGroup] = "compulsory_school_age"
NOT_OF_AGE: Final[PupilGroup] = "not_compulsory_school_age"
NOT_COLLECTED: Final = "not_collected"


class EnrolmentKey(NamedTuple):
    """A pupil, and which of the pupil's periods on the school's roll."""

    pupil: str
    number: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions of one enrolment; `possible` is attended and absent, in 2020 to 2022 X-Covid as well."""

    possible: int = 0
    attended: int = 0
    authorised: int = 0
    unauthorised: int = 0
    codes: Mapping[str, int] = field(default_factory=dict)
    """Sessions by the code that leaves the school, where there are any."""
    due: int = 0
    """Sessions held while the pupil was on the roll and marks were due, begun by the instant of the view."""
    not_due: int = 0
    """Marks that stand for days on which the pupil boarded or was a guest: counted nowhere else."""

    @property
    def absent(self) -> int:
        """Overall absence."""
        return self.authorised + self.unauthorised


def exported(source: Source, symbol: str, day: date) -> str | None:
    """The code under which a mark of that day leaves the school; None for what never does."""
    code = source.law.codes.last_counted(symbol, day)
    return None if code is None or code.statistical_class == NOT_COLLECTED else code.export_as


def sessions_of(
    source: Source, book: Book, span: Span, born: Mapping[str, date]
) -> dict[EnrolmentKey, Sessions]:
    """The sessions of every enrolment of which a session was due, or has a mark, on these days.

    `born` are dates of birth, by which code X of 2020 to 2022 counts.  Marks for days off the roll, and
    planned entries for sessions that have not begun, belong to nothing.
    """
    stretches = {
        key: found for key, found in _stretches(book, span).items() if any(one.due for one in found)
    }
    counted = _by_totals(source, book, span)
    mixed = {key: found for key, found in stretches.items() if not all(one.due for one in found)}
    counted |= _one_by_one(source, book, span, mixed, born)
    due = _due(source, book, span, stretches)
    nothing = Sessions()
    found = {key: replace(counted.get(key, nothing), due=due[key]) for key in sorted(stretches)}
    return {key: one for key, one in found.items() if one.due or one.codes}


def _by_totals(source: Source, book: Book, span: Span) -> dict[EnrolmentKey, Sessions]:
    query = TotalsQuery(book.urn, span.first, span.last, "enrolment")
    rows = totals(source.connection, book, query, source.at, source.vault, source.law)
    return {
        EnrolmentKey(*enrolment_of_key(row.key)): _of_totals(source, span, row)
        for row in rows
        if row.key is not None
    }


def _of_totals(source: Source, span: Span, row: TotalsRow) -> Sessions:
    codes: Counter[str] = Counter()
    for symbol, n in row.codes.items():
        leaves_as = exported(source, symbol, span.last)
        if leaves_as is not None:
            codes[leaves_as] += n
    return Sessions(
        row.possible_sessions,
        row.attending,
        row.authorised_absence,
        row.unauthorised_absence,
        codes,
    )


Stretches = Mapping[EnrolmentKey, list[Stretch]]


def _stretches(book: Book, span: Span) -> Stretches:
    """The stretches of every enrolment that hold a day of the span."""
    found: defaultdict[EnrolmentKey, list[Stretch]] = defaultdict(list)
    for pupil, place in book.places.items():
        for stretch in place.stretches(span.first, span.last):
            if stretch.period is not None:
                found[EnrolmentKey(pupil, stretch.period)].append(stretch)
    return found


def _due(source: Source, book: Book, span: Span, stretches: Stretches) -> dict[EnrolmentKey, int]:
    begun = Begun(book.school, source.at.instant)
    sessions = [one for one in held(book.school, span.first, span.last) if begun(*one)]
    return {
        key: sum(len(between(sessions, one.first, one.last)) for one in found if one.due)
        for key, found in stretches.items()
    }


# -- enrolments of which marks were not due throughout ---------------------------------------------------


def _one_by_one(
    source: Source, book: Book, span: Span, mixed: Stretches, born: Mapping[str, date]
) -> dict[EnrolmentKey, Sessions]:
    """Enrolments with days as a boarder or a guest, counted mark by mark: there are few."""
    pupils = {key.pupil for key in mixed}
    begun = Begun(book.school, source.at.instant)
    marks: defaultdict[str, list[StandingMark]] = defaultdict(list)
    for mark in of_pupils(source.connection, book.urn, pupils, span, source.at):
        if begun(mark.day, mark.session):
            marks[mark.pupil].append(mark)
    return {
        key: _counted(source, marks[key.pupil], found, born.get(key.pupil))
        for key, found in mixed.items()
    }


def _counted(
    source: Source, marks: Iterable[StandingMark], stretches: list[Stretch], born: date | None
) -> Sessions:
    classes: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    possible = not_due = 0
    for mark in marks:
        stretch = next((one for one in stretches if one.first <= mark.day <= one.last), None)
        code = code_of(source, mark.code, mark.day, born)
        if stretch is None or code is None or code.statistical_class == NOT_COLLECTED:
            continue
        if not stretch.due:
            not_due += 1
            continue
        codes[code.export_as] += 1
        classes[code.statistical_class] += 1
        possible += code.in_possible
    return Sessions(
        possible,
        classes["attending"] + classes["approved_educational_activity"],
        classes["authorised"],
        classes["unauthorised"],
        codes,
        not_due=not_due,
    )


def code_of(source: Source, symbol: str, day: date, born: date | None) -> Code | None:
    """The code by which a mark counts, by the age of its pupil where that is known."""
    of_age = born is None or of_compulsory_school_age(born, day)
    return source.law.codes.last_counted(symbol, day, OF_AGE if of_age else NOT_OF_AGE)
