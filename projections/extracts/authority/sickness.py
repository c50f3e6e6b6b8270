"""`la-sickness-return`: pupils ill for fifteen school days of the school year, or believed to be going to.

Of pupils of compulsory school age.  The belief brings the return about, not the fifteenth day; once for
each continuous illness (secondary), counted over the school year (unconfirmed).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from operator import attrgetter
from typing import Final, NamedTuple

from ledger.authority_returns.returns_sent import Episode, Sent, latest_of_each
from ledger.authority_returns.sickness_beliefs import SicknessBeliefFormed
from ledger.schools.calendar import LONDON, academic_year
from projections.births import births
from projections.extracts.authority.common import (
    ALL,
    NO_LONGER,
    OF_SENDING,
    WHO,
    Told,
    changed_sessions,
    name_on,
    names,
    rows_of,
    sending,
    shown,
    who,
    within,
)
from projections.extracts.extract import Column, Extract, Question, Row, Source
from projections.extracts.school.common import places
from projections.lists.ages import always_of_age
from projections.returns import Ill, SchoolSessions, illness, looked_back
from projections.school import Book

NAME: Final = "la-sickness-return"
ILLNESS: Final = "illness"


class _Found(NamedTuple):
    episode: Episode
    sent: Sent | None
    ill: Ill | None = None


def told(source: Source, question: Question) -> Iterator[Told]:
    """The illnesses, school by school; of each school by pupil."""
    for place in places(source, question):
        found = list(_found(source, question, place.book))
        yield from shown(_written(source, place.book, found), question)


def _found(source: Source, question: Question, book: Book) -> Iterator[_Found]:
    span = question.span
    sessions = SchoolSessions(book, looked_back(span), source.at)
    due: dict[str, list[Ill]] = {}
    for one in illness(source.connection, sessions, source.at):
        # What is believed later than the days asked about is not looked at.
        if one.illness.due_since is not None and one.illness.first <= span.last:
            due.setdefault(one.pupil, []).append(one)
    for pupil in sorted({*due, *book.returns.of_pupil}):
        own = due.get(pupil, [])
        days = [(one.illness.first, one.illness.last) for one in own]
        sent, left = latest_of_each(book.returns.about(pupil, NAME), days)
        for one, (first, last), before in zip(own, days, sent, strict=True):
            if within(span, first, last):
                yield _Found(Episode(pupil, ILLNESS, first, last), before, one)
        for gone in left[-1:]:
            if within(span, gone.event.first, gone.event.last):
                yield _Found(gone.event.episode, gone)


def _written(source: Source, book: Book, found: Sequence[_Found]) -> Iterator[Told]:
    pupils = {one.episode.pupil for one in found}
    people = names(source, book, pupils)
    born = births(source.connection, source.vault, book.urn, pupils, source.at)
    today = source.at.instant.astimezone(LONDON).date()
    for one in sorted(found, key=attrgetter("episode")):
        pupil, _, first, last = one.episode
        due_since = one.ill.illness.due_since if one.ill else None
        of_age = always_of_age(born, pupil, [due_since or last])
        if of_age is False and not one.sent:
            continue
        changes = changed_sessions(source, book, one.sent, first, last)
        sent = sending(one.sent, changes, None if one.ill else NO_LONGER)
        row = (
            *who(book.urn, pupil, name_on(people.get(pupil, ()), last)),
            academic_year(first),
            *_illness(one, book),
            due_since,
            of_age,
            pupil in book.roll and book.roll[pupil].on(today),
            *sent,
        )
        yield Told(one.episode, sent[0], [row])


def _illness(one: _Found, book: Book) -> Row:
    """Number, first and last day, days of this illness and so far, and what is believed of it."""
    _, _, first, last = one.episode
    if one.ill is None:
        return (None, first, last, None, None, None, None, None, None)
    ill = one.ill.illness
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
