"""`la-deletion-return`: names deleted, or going to be, with where the pupil is and who to ring.

Due as soon as a ground is met, and no later than the deletion (secondary).  Exempt are pupils of the most
senior class whose names are deleted at or after the end of the last term (secondary: Bradford); which class
that is the school says, and nobody is exempt while it does not.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from ledger.authority_returns.returns_sent import Episode
from ledger.schools.calendar import academic_year
from projections.extracts.authority.common import (
    ALL,
    OF_SENDING,
    WHO,
    Told,
    names,
    rows_of,
    sending,
    shown,
    who,
)
from projections.extracts.authority.new_pupils import parents
from projections.extracts.authority.roll_acts import Amended, RollAct, about, deleted, enrolment
from projections.extracts.extract import Column, Extract, Option, Question, Row, Source
from projections.extracts.school.common import places
from projections.roll import RollRow
from projections.school import Book

NAME: Final = "la-deletion-return"
DELETED: Final = "name-deleted"


def told(source: Source, question: Question) -> Iterator[Told]:
    """The deletions recorded on the days asked, school by school; of each in the order of recording."""
    for place in places(source, question):
        acts = list(deleted(source, place.book))
        yield from shown(_written(source, question, place.book, acts), question)


def _written(
    source: Source, question: Question, book: Book, acts: Sequence[RollAct]
) -> Iterator[Told]:
    chosen = [act for act in acts if act.recorded_on in question.span]
    people = names(source, book, {act.pupil for act in chosen})
    amended = Amended(source, book)
    days: defaultdict[str, list[tuple[int, date]]] = defaultdict(list)
    for act in acts:
        days[act.pupil].append((act.position, date.fromisoformat(act.fields["day"])))
    for act in chosen:
        row = enrolment(people.get(act.pupil, ()), act.enrolment)
        day = date.fromisoformat(act.fields["day"])
        if row is None or _is_exempt(day, row, book, question.options):
            continue
        sent = about(book.returns.about(act.pupil, NAME), act, days)
        shows = sending(sent, amended.since(sent, act.pupil))
        episode = Episode(act.pupil, DELETED, day, day)
        yield Told(episode, shows[0], [(*_columns(book.urn, act, row), *shows)])


def _is_exempt(day: date, row: RollRow, book: Book, options: Mapping[str, Any]) -> bool:
    most_senior = options.get("most_senior")
    if most_senior is None or row.year_group != most_senior:
        return False
    years = [book.school.years.get(academic_year(day) - back) for back in (0, 1)]
    ended = [
        (term.span.last, max(other.span.last for other in year.terms))
        for year in years
        if year is not None
        for term in year.terms
        if term.span.first < day
    ]
    # `day` is the first one off the roll; the term before it has ended, and is the last of its year.
    last, last_of_year = max(ended, default=(day, day))
    return last < day and last == last_of_year


def _columns(urn: str, act: RollAct, row: RollRow) -> Row:
    evidence = act.fields.get("evidence") or {}
    future, move = row.future_school or {}, row.move or {}
    lives_with = [one for one in row.parents or () if one.get("lives_with")]
    return (
        *who(urn, act.pupil, row),
        parents(lives_with),
        future.get("name") or evidence.get("school"),
        future.get("from"),
        move.get("address"),
        move.get("from"),
        act.fields["ground"],
        date.fromisoformat(act.fields["day"]),
        act.recorded_on,
    )


LA_DELETION_RETURN: Final = Extract(
    name=NAME,
    version="1.0",
    title="Deletion return: names deleted",
    receiver="Local authority",
    reference="SI 2024/208 reg 13(4) to (6); paragraphs after 4(e) not seen; columns are a convention",
    columns=(
        *WHO,
        Column(
            "parents",
            "text",
            "Of each parent whom the pupil lives with: name, address, emergency numbers.",
        ),
        Column(
            "new_school", "text", "Name of the school that the pupil is going to attend, if known."
        ),
        Column("new_school_from", "text", "From when, if known."),
        Column("new_address", "text", "Where the pupil is going to live, if known."),
        Column("new_address_from", "text", "From when, if known."),
        Column("ground", "code", "Ground of regulation 9, by its letter."),
        Column(
            "deleted_on", "date", "The first day on which the name is no longer in the register."
        ),
        Column("recorded_on", "date", "The day on which the deletion was recorded."),
        *OF_SENDING,
    ),
    rows=lambda source, question: rows_of(told(source, question)),
    options=(
        ALL,
        Option("most_senior", "text", "The year group of the most senior class, such as 6 or 11."),
    ),
    particulars=True,
    key=("urn", "pupil", "deleted_on"),
)
