"""`la-new-pupil-return`: names entered, with everything that the admission register holds of them.

Due by the end of the fifth day after the name was entered (regulation 13(1)).  Exempt are pupils placed in
the most junior class who start with the school year, unless the authority asked for them; which class that
is the school says, and nobody is exempt while it does not.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from ledger.authority_returns.returns import new_pupil_return_due, new_pupil_return_needed
from ledger.authority_returns.returns_sent import Episode
from ledger.law.statute import threshold
from ledger.schools.calendar import academic_year
from projections.extracts.authority.common import (
    ALL,
    OF_SENDING,
    WHO,
    Told,
    joined,
    listed,
    names,
    rows_of,
    sending,
    shown,
    who,
)
from projections.extracts.authority.roll_acts import Amended, RollAct, about, enrolment, entered
from projections.extracts.extract import Column, Extract, Option, Question, Row, Source
from projections.extracts.school.common import places
from projections.roll import RollRow
from projections.school import Book

NAME: Final = "la-new-pupil-return"
ENTERED: Final = "name-entered"
_LIMIT: Final = "new-pupil-return-days"


def told(source: Source, question: Question) -> Iterator[Told]:
    """The names, school by school; of each school in the order of entering."""
    for place in places(source, question):
        acts = list(entered(source, place.book))
        yield from shown(_written(source, question, place.book, acts), question)


def _written(
    source: Source, question: Question, book: Book, acts: Sequence[RollAct]
) -> Iterator[Told]:
    # Before there was a time limit there was no such return.
    chosen = [
        act
        for act in acts
        if act.recorded_on in question.span and threshold(_LIMIT, act.recorded_on) is not None
    ]
    people = names(source, book, {act.pupil for act in chosen})
    amended = Amended(source, book)
    days: defaultdict[str, list[tuple[int, date]]] = defaultdict(list)
    for act in acts:
        if row := enrolment(people.get(act.pupil, ()), act.enrolment):
            days[act.pupil].append((act.position, row.starting_day))
    for act in chosen:
        row = enrolment(people.get(act.pupil, ()), act.enrolment)
        if row is None or _is_exempt(act, row, book, question.options):
            continue
        sent = about(book.returns.about(act.pupil, NAME), act, days)
        shows = sending(sent, amended.since(sent, act.pupil))
        episode = Episode(act.pupil, ENTERED, row.starting_day, row.starting_day)
        yield Told(episode, shows[0], [(*_columns(book.urn, act, row), *shows)])


def _is_exempt(act: RollAct, row: RollRow, book: Book, options: Mapping[str, Any]) -> bool:
    most_junior = options.get("most_junior")
    return not new_pupil_return_needed(
        act.recorded_on,
        in_most_junior_class=most_junior is not None and row.year_group == most_junior,
        starts_with_school_year=row.starting_day == _first_day(book, row.starting_day),
        asked_on=options.get("asked_on"),
    )


def _first_day(book: Book, day: date) -> date | None:
    """The first day of the first term of a day's academic year; None where its terms are not known."""
    year = book.school.years.get(academic_year(day))
    return min((term.span.first for term in year.terms), default=None) if year else None


def _columns(urn: str, act: RollAct, row: RollRow) -> Row:
    return (
        *who(urn, act.pupil, row),
        act.recorded_on,
        new_pupil_return_due(act.recorded_on),
        row.starting_day,
        row.starting_day_is,
        listed(row.supplementary_names),
        row.sex,
        row.date_of_birth,
        row.former_upn,
        row.uln,
        row.year_group,
        row.registration_group,
        row.enrolment,
        row.boarder,
        listed(row.attends_there),
        _school(row.other_school),
        listed(row.other_addresses),
        parents(row.parents),
        joined(*(row.move or {}).values()),
        row.previous_school,
        row.previous_school_address,
        _school(row.future_school),
    )


def parents(found: Sequence[Mapping[str, Any]] | None) -> str | None:
    """Parents in one cell: of each name, address, whether the pupil lives there, and numbers to ring."""
    return listed([_parent(one) for one in found or ()])


def _parent(parent: Mapping[str, Any]) -> str:
    phones = [parent.get("emergency_phone"), *(parent.get("other_phones") or ())]
    lives_with = "lives with the pupil" if parent.get("lives_with") else None
    return joined(parent["name"], parent.get("address"), lives_with, *phones) or ""


def _school(school: Mapping[str, Any] | None) -> str | None:
    found = school or {}
    return joined(found.get("name"), found.get("urn"), found.get("from"))


LA_NEW_PUPIL_RETURN: Final = Extract(
    name=NAME,
    version="1.0",
    title="New-pupil return: names entered, within five days",
    receiver="Local authority",
    reference="SI 2024/208 reg 13(1) to (3); columns are a convention",
    columns=(
        *WHO,
        Column("entered_on", "date", "The day on which the name was entered."),
        Column("due_on", "date", "The last day for the return."),
        Column("starting_day", "date", "The day from which the name is in the register."),
        Column("starting_day_is", "code", "What makes it the starting day."),
        Column(
            "supplementary_names", "text", "Former names or names in use, several apart by `;`."
        ),
        Column("sex", "code", "M, F or U."),
        Column("date_of_birth", "date", "Blank where it was erased."),
        Column("former_upn", "text", "The unique pupil number before, if any."),
        Column("uln", "text", "Unique learner number, if any."),
        Column("year_group", "text", "National curriculum year group."),
        Column("registration_group", "text", "Registration group."),
        Column("enrolment", "code", "single, main, subsidiary or guest."),
        Column("boarder", "flag", "Whether the pupil boards at the school."),
        Column("attends_there", "text", "Half-days at the other school."),
        Column("other_school", "text", "The other school of registration: name, URN, from when."),
        Column("other_addresses", "text", "Supplementary addresses, several apart by `;`."),
        Column(
            "parents",
            "text",
            "Of each name, address, whether the pupil lives with them, and numbers to ring.",
        ),
        Column("move", "text", "Notice of a move: with whom, where to, from when."),
        Column("previous_school", "text", "The school last attended, if any."),
        Column("previous_school_address", "text", "Its address."),
        Column("future_school", "text", "A school that the pupil is going to attend."),
        *OF_SENDING,
    ),
    rows=lambda source, question: rows_of(told(source, question)),
    options=(
        ALL,
        Option("most_junior", "text", "The year group of the most junior class, such as R or 7."),
        Option("asked_on", "date", "The day on which the authority asked for that class as well."),
    ),
    particulars=True,
    key=("urn", "pupil", "starting_day"),
)
