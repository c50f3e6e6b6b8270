"""`pupil-summary`: one row for each enrolment, with its sums, rates and one column for each code."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from projections.extracts.extract import Column, Extract, Question, Row, Source
from projections.extracts.school.common import (
    LAESTAB,
    OF_PUPIL,
    PUPIL,
    UPN,
    URN,
    Place,
    places,
    pupil_of,
)
from projections.extracts.school.counts import CODES, COUNTS, RATES, by_code, counted
from projections.grid import enrolment_of_key
from projections.roll import RollRow, roll
from projections.totals import TotalsQuery, TotalsRow, totals


def _rows(source: Source, question: Question) -> Iterator[Row]:
    for place in places(source, question):
        yield from _of_school(source, question, place)


def _of_school(source: Source, question: Question, place: Place) -> Iterator[Row]:
    span, wanted = question.span, pupil_of(question)
    query = TotalsQuery(place.urn, span.first, span.last, "enrolment")
    found = totals(source.connection, place.book, query, source.at, source.vault, source.law)
    names = _names(source, place)
    rows = [(_named(row, names), row) for row in found]
    rows = [(name, row) for name, row in rows if wanted in (None, name.pupil if name else None)]
    for name, row in sorted(rows, key=lambda pair: _order(pair[0])):
        yield (
            place.urn,
            place.laestab,
            *_particulars(name),
            *counted(row, COUNTS),
            *counted(row, RATES),
            # A row is one enrolment: it is among those absent, or it is not.
            None if name is None else row.persistent_absence > 0,
            None if name is None else row.severe_absence > 0,
            *by_code(row),
        )


_Names = dict[tuple[str, int], RollRow]


def _names(source: Source, place: Place) -> _Names:
    """The enrolments by pupil and number."""
    found: _Names = {}
    listed = roll(source.connection, source.vault, place.book, source.at)
    for row in sorted(listed, key=lambda row: (row.pupil, row.starting_day)):
        periods = place.book.places[row.pupil].on_roll.periods
        number = next(n for n, (first, _) in enumerate(periods) if (row.pupil, n) not in found)
        found[row.pupil, number] = row
    return found


def _named(row: TotalsRow, names: _Names) -> RollRow | None:
    """The enrolment that a row is of; None for marks of days off the roll."""
    return None if row.key is None else names[enrolment_of_key(row.key)]


def _particulars(name: RollRow | None) -> Row:
    if name is None:
        return (None,) * len(_PARTICULARS)
    deleted_on = name.deleted_on
    last: date | None = None if deleted_on is None else deleted_on - timedelta(days=1)
    return (
        name.pupil,
        name.upn,
        name.surname,
        name.forenames,
        name.year_group,
        name.registration_group,
        name.enrolment,
        name.starting_day,
        last,
    )


def _order(name: RollRow | None) -> tuple[bool, str, str, str, str, date]:
    """By registration group, then by name, as the roll has them; what is off the roll comes last."""
    if name is None:
        return (True, "", "", "", "", date.max)
    return (
        False,
        name.registration_group or "",
        name.surname or "",
        name.forenames or "",
        name.pupil,
        name.starting_day,
    )


_PARTICULARS: Final = (
    PUPIL._replace(
        about="The child's UUID; blank in a last row of marks for days on which the pupil was not on "
        "the roll, whoever's they are."
    ),
    UPN,
    Column("surname", "text", "Surname as it stands."),
    Column("forenames", "text", "Forenames as they stand."),
    Column("year_group", "text", "National curriculum year group as it stands."),
    Column("registration_group", "text", "Registration group as it stands."),
    Column("enrolment", "code", "single, main, subsidiary or guest."),
    Column("starting_day", "date", "First day on the roll."),
    Column("last_day", "date", "Last day on the roll; blank while the name is on it."),
)
PUPIL_SUMMARY: Final = Extract(
    name="pupil-summary",
    version="1.0",
    title="Attendance of each pupil",
    receiver="School, parents' evening, next school",
    reference="Department for Education, pupil absence methodology; columns are a convention",
    columns=(
        URN,
        LAESTAB,
        *_PARTICULARS,
        *COUNTS,
        *RATES,
        Column("persistent_absence", "flag", "Missed 10 % or more of the possible sessions."),
        Column("severe_absence", "flag", "Missed 50 % or more of them."),
        *CODES,
    ),
    rows=_rows,
    options=(OF_PUPIL,),
    formats=("csv", "json", "ndjson", "xlsx", "parquet"),
    particulars=True,
    key=("urn", "pupil", "starting_day"),
)
