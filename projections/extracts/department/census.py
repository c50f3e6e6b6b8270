"""What one school returns to a census of its pupils' attendance: who is in it, and their sessions.

In it are pupils aged 4 to 15 on 31 August at the start of the academic year who were on the roll for at
least one session of the window, leavers included; boarders and guests are not (DfE, Pupil absence in
schools in England: methodology, 4.4.1; leavers by SI 2013/2094 Schedule 1 Part 3).  Nursery pupils are too
young to be in it.

A school reports the sessions that were due at that school; D stands for the others.  Who boards, and how a
pupil is enrolled, is taken as on the day of the census or, of a leaver, on the last day on the roll
(convention).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypeVar, cast

from ledger.admissions.roll import Enrolment
from ledger.schools.calendar import Span
from ledger.schools.school import SchoolDescribed
from projections.extracts.department.doubts import Doubts, doubts_about
from projections.extracts.department.names import in_name_order, names_by_enrolment
from projections.extracts.department.sessions import EnrolmentKey, Sessions, sessions_of
from projections.extracts.department.windows import TERMS, Census, CensusTerm, census
from projections.extracts.extract import Option, Question, QuestionError, Source
from projections.places import in_force
from projections.roll import RollRow
from projections.school import Book, load

Found = TypeVar("Found")
Part = Literal["termly", "summer_half_term_2"]
"""The attendance of the term collected; of the summer term the second half is apart."""

AGES: Final = range(4, 16)
_YEARS: Final = range(2006, 2046)
"""The censuses whose windows lie in the academic years that the log is divided into."""

OPTIONS: Final = (
    Option("census", "text", "The term in which the census is taken.", TERMS, required=True),
    Option("year", "integer", "The calendar year in which it is taken.", required=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CensusPupil:
    """One enrolment in the return."""

    row: RollRow
    """Particulars, as they are on the local day of the view, or on the enrolment's last."""
    age: int | None
    """In years, on the day by which the census asks for ages; in a return always 4 to 15."""
    leaver: bool
    """Whether the name was deleted by the day of the census."""
    enrolment: Enrolment
    year_group: str | None
    parts: Mapping[Part, Sessions]
    """Those parts of the window in which the pupil was on the roll for a session."""
    doubts: Mapping[Part, Doubts]

    @property
    def leaving_date(self) -> date | None:
        """The last day on the roll, of a leaver."""
        deleted_on = self.row.deleted_on
        return deleted_on - timedelta(days=1) if self.leaver and deleted_on else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CensusReturn:
    """What one school returns."""

    urn: str
    school: SchoolDescribed
    """As described on the day of the census."""
    census: Census
    pupils: tuple[CensusPupil, ...]
    """By surname, forenames, id and starting day."""
    of_unknown_age: tuple[str, ...]
    """Pupils whose date of birth cannot be read any more: nobody can tell whether they belong in it."""


def census_asked(question: Question) -> Census:
    """The census that is asked for.  Raises QuestionError for a year outside those of the ledger."""
    year = question.options["year"]
    if year not in _YEARS:
        message = f"This must be from {_YEARS[0]} to {_YEARS[-1]}."
        raise QuestionError("year", "out-of-range", message)
    return census(cast("CensusTerm", question.options["census"]), year)


def window(question: Question) -> Span:
    """The days that the census asked for collects.  Raises QuestionError."""
    return census_asked(question).window


def returns(source: Source, question: Question) -> Iterator[CensusReturn]:
    """What each school asked for returns.  Raises QuestionError."""
    asked = census_asked(question)
    return (found for urn in question.schools if (found := return_of(source, urn, asked)))


def return_of(source: Source, urn: str, asked: Census) -> CensusReturn | None:
    """What a school returns; None for one that was not described."""
    book = load(source.connection, urn, source.at)
    school = book.school.described_on(asked.day) or book.school.described_last
    if school is None:
        return None
    rows = names_by_enrolment(source, book)
    born = {key.pupil: row.date_of_birth for key, row in rows.items() if row.date_of_birth}
    spans = _parts(asked)
    sessions = {part: sessions_of(source, book, span, born) for part, span in spans.items()}
    doubts = {part: doubts_about(source, book, span, born) for part, span in spans.items()}
    pupils = [
        pupil
        for key in sorted({key for found in sessions.values() for key in found})
        if (pupil := _pupil(book, rows[key], asked, _of(key, sessions), _of(key, doubts)))
    ]
    known = [one for one in pupils if one.age in AGES]
    return CensusReturn(
        urn=urn,
        school=school,
        census=asked,
        pupils=tuple(sorted(known, key=lambda one: in_name_order(one.row))),
        of_unknown_age=tuple(sorted({one.row.pupil for one in pupils if one.age is None})),
    )


def _parts(asked: Census) -> dict[Part, Span]:
    parts: dict[Part, Span] = {"termly": asked.termly}
    if asked.second_half:
        parts["summer_half_term_2"] = asked.second_half
    return parts


def _of(key: EnrolmentKey, found: Mapping[Part, Mapping[EnrolmentKey, Found]]) -> dict[Part, Found]:
    return {part: of_part[key] for part, of_part in found.items() if key in of_part}


def _pupil(
    book: Book,
    row: RollRow,
    asked: Census,
    parts: Mapping[Part, Sessions],
    doubts: Mapping[Part, Doubts],
) -> CensusPupil | None:
    """An enrolment as it is returned, of whatever age; None for a boarder or a guest."""
    place, on_roll = book.places[row.pupil], book.roll[row.pupil]
    leaver = row.deleted_on is not None and row.deleted_on <= asked.day
    # A name deleted on its starting day was never on the roll for a whole day.
    last = row.deleted_on - timedelta(days=1) if leaver and row.deleted_on else asked.day
    day = max(row.starting_day, last)
    if on_roll.boarder_on(day) or on_roll.enrolment_on(day) == "guest":
        return None
    return CensusPupil(
        row=row,
        age=age_on(asked.ages_on, row.date_of_birth),
        leaver=leaver,
        enrolment=on_roll.enrolment_on(day),
        year_group=in_force(place.year_group, day),
        parts=parts,
        doubts=doubts,
    )


def age_on(day: date, born: date | None) -> int | None:
    """In years; None where it is not known."""
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
