"""`la-sickness-return`: pupils ill for fifteen school days of the school year, or believed to be going to.

Of pupils of compulsory school age.  The belief brings the return about, not the fifteenth day; once for
each continuous illness (secondary), counted over the school year (unconfirmed).
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from ledger.authority_returns.sickness_beliefs import SicknessBeliefFormed
from ledger.schools.calendar import Span, academic_year
from projections.extracts.authority.common import (
    ALL,
    OF_SENDING,
    WHO,
    Found,
    Told,
    rows_of,
    shown,
    who,
    with_pupils,
    with_returns,
)
from projections.extracts.extract import Column, Extract, Question, Row, Source
from projections.extracts.school.common import places
from projections.returns import Ill, SchoolSessions, illness, looked_back
from projections.school import Book

NAME: Final = "la-sickness-return"
ILLNESS: Final = "illness"


_Illness = Found[Ill]


def told(source: Source, question: Question) -> Iterator[Told]:
    """The illnesses, school by school; of each school by pupil."""
    for place in places(source, question):
        found = _found(source, question.span, place.book)
        yield from shown(_written(source, place.book, found), question)


def _found(source: Source, span: Span, book: Book) -> Iterator[_Illness]:
    sessions = SchoolSessions(book, looked_back(span), source.at)
    due: dict[str, list[tuple[date, date, Ill]]] = {}
    for one in illness(source.connection, sessions, source.at):
        ill = one.illness
        # What is believed later than the days asked about is not looked at.
        if ill.due_since is not None and ill.first <= span.last:
            due.setdefault(one.pupil, []).append((ill.first, ill.last, one))
    return with_returns(book, span, (NAME, ILLNESS), due)


def _written(source: Source, book: Book, found: Iterator[_Illness]) -> Iterator[Told]:
    for one, shows in with_pupils(
        source, book, found, lambda one: [_due_since(one) or one.episode.last]
    ):
        pupil, _, first, _ = one.episode
        row = (
            *who(book.urn, pupil, shows.name),
            academic_year(first),
            *_columns(one, book),
            _due_since(one),
            shows.of_age,
            shows.on_roll,
            *shows.sending,
        )
        yield Told(one.episode, shows.sending[0], [row])


def _due_since(one: _Illness) -> date | None:
    return one.what.illness.due_since if one.what else None


def _columns(one: _Illness, book: Book) -> Row:
    """Number, first and last day, days of this illness and so far, and what is believed of it."""
    _, _, first, last = one.episode
    if one.what is None:
        return (None, first, last, None, None, None, None, None, None)
    ill = one.what.illness
    known = (ill.episode, first, last, len(ill.days), ill.so_far)
    if ill.belief is None:
        return (*known, None, None, None, None)
    formed_by = _recorded(book, one.episode.pupil, ill.belief.formed_on).formed_by
    return (
        *known,
        ill.belief.expected,
        ill.belief.formed_on,
        formed_by["name"],
        formed_by["position"],
    )


def _recorded(book: Book, pupil: str, day: date) -> SicknessBeliefFormed:
    """The record of a belief formed on a day: of several the one recorded last, which is the one in force."""
    return [one for one in book.beliefs[pupil] if one.formed_on == day][-1]


LA_SICKNESS_RETURN: Final = Extract(
    name=NAME,
    version="1.0",
    title="Sickness return: fifteen school days of illness, missed or believed to be",
    receiver="Local authority",
    reference="SI 2024/208 reg 13 (secondary: Hertfordshire); columns are a convention, the address "
    "among them unconfirmed",
    columns=(
        *WHO,
        Column("academic_year", "integer", "The calendar year in which the school year starts."),
        Column("episode", "integer", "Number of the continuous illness in the school year."),
        Column(
            "first_date", "date", "Its first day, or the day of the belief where that is earlier."
        ),
        Column("last_date", "date", "Its last day so far."),
        Column("school_days", "integer", "School days coded I in this illness."),
        Column("school_days_this_year", "integer", "School days coded I so far this school year."),
        Column(
            "expected_days", "integer", "School days believed to be missed after `believed_on`."
        ),
        Column("believed_on", "date", "The day on which the belief was formed."),
        Column("believed_by_name", "text", "By whom."),
        Column("believed_by_position", "text", "That person's position."),
        Column(
            "due_since",
            "date",
            "The day of the belief, or the fifteenth day, whichever came first.",
        ),
        Column(
            "of_compulsory_school_age",
            "flag",
            "On the day on which it fell due; blank where the date of birth is not known. Those who are "
            "not are left out.",
        ),
        Column("on_roll", "flag", "Whether the name is on the roll at the instant of the extract."),
        *OF_SENDING,
    ),
    rows=lambda source, question: rows_of(told(source, question)),
    options=(ALL,),
    particulars=True,
    rests_on=looked_back,
    key=("urn", "pupil", "first_date"),
)
