"""`la-attendance-return`: pupils absent for ten continuous school days, or who do not attend regularly.

Of pupils of compulsory school age, once an episode: a new one needs a return to school first (secondary).
What is not regular is for the school and its authority to agree; with `not_regular` those are told as well
who missed a tenth, or half, of their possible sessions over the days asked (convention), once a school year.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Final

from ledger.authority_returns.returns_sent import Episode, latest_of_each
from ledger.schools.calendar import Session, Span, academic_year, span_of_year
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
from projections.extracts.extract import Column, Extract, Option, Question, Row, Source
from projections.extracts.school.common import places
from projections.lists.persistent import AbsenceQuery, absentees
from projections.register import RegisterEntry, RegisterQuery, register
from projections.returns import Absent, SchoolSessions, absences, looked_back
from projections.school import Book

NAME: Final = "la-attendance-return"
TEN_DAYS: Final = "ten-days"
NOT_REGULAR: Final = "not-regular"

_HeldSession = tuple[date, Session]
_ABSENT: Final = {
    TEN_DAYS: frozenset({"unauthorised"}),
    NOT_REGULAR: frozenset({"unauthorised", "authorised"}),
}
"""How the sessions count that a return shows for each reason."""


_Absence = Found[Absent]


def told(source: Source, question: Question) -> Iterator[Told]:
    """The episodes, school by school; of each school by pupil."""
    for place in places(source, question):
        book = place.book
        found = [*_ten_days(source, question, book), *_not_regular(source, question, book)]
        yield from shown(_written(source, book, found), question)


def _ten_days(source: Source, question: Question, book: Book) -> Iterator[_Absence]:
    sessions = SchoolSessions(book, looked_back(question.span), source.at)
    runs = absences(source.connection, sessions, source.at)
    absent = {
        pupil: [(one.run.first[0], one.run.last[0], one) for one in of]
        for pupil, of in groupby(runs, key=attrgetter("pupil"))
    }
    return with_returns(book, question.span, (NAME, TEN_DAYS), absent)


def _not_regular(source: Source, question: Question, book: Book) -> Iterator[_Absence]:
    measure = question.options.get("not_regular")
    if measure is None:
        return
    span = question.span
    year = span_of_year(academic_year(span.last))
    asked = AbsenceQuery(Span(max(span.first, year.first), span.last), measure)
    found = absentees(source.connection, book, asked, source.at, source.vault)
    for pupil in sorted({row.pupil for row in found}):
        sent, _ = latest_of_each(
            book.returns.about(pupil, NAME, NOT_REGULAR), [(year.first, year.last)]
        )
        yield Found(Episode(pupil, NOT_REGULAR, asked.span.first, span.last), sent[0], True)


def _written(source: Source, book: Book, found: Sequence[_Absence]) -> Iterator[Told]:
    for one, shows in with_pupils(
        source, book, found, lambda one: [_due_since(one) or one.episode.last]
    ):
        pupil, why, _, _ = one.episode
        row = (
            *who(book.urn, pupil, shows.name),
            why,
            *_absence(one, _entries(source, book, one)),
            _due_since(one),
            one.what.run.has_late if one.what else None,
            shows.of_age,
            shows.on_roll,
            *shows.sending,
        )
        yield Told(one.episode, shows.sending[0], [row])


def _due_since(one: _Absence) -> date | None:
    return one.what.due_since if one.what else None


def _entries(source: Source, book: Book, one: _Absence) -> list[RegisterEntry]:
    """What stands on the days of an episode."""
    pupil, _, first, last = one.episode
    query = RegisterQuery(book.urn, first, last, pupil=pupil)
    entries = register(source.connection, book, query, source.at, source.vault).entries
    if one.what is None:
        return [entry for entry in entries if entry.counts_as in _ABSENT[one.episode.why]]
    start, end = one.what.run.first, one.what.run.last
    return [entry for entry in entries if start <= (entry.date, entry.session) <= end]


def _absence(one: _Absence, entries: Sequence[RegisterEntry]) -> Row:
    """Episode, first and last session, sessions and school days missed, codes, cause."""
    ends: list[_HeldSession] = [(entry.date, entry.session) for entry in entries]
    first, last = (ends[0], ends[-1]) if ends else ((None, None), (None, None))
    causes = dict.fromkeys(entry.detail for entry in entries if entry.detail)
    return (
        one.what.run.episode if one.what else None,
        *first,
        *last,
        len(entries),
        len(one.what.run.school_days) if one.what else None,
        ", ".join(f"{e.date.isoformat()} {e.session} {e.code}" for e in entries) or None,
        "; ".join(causes) or None,
    )


LA_ATTENDANCE_RETURN: Final = Extract(
    name=NAME,
    version="1.0",
    title="Attendance return: ten continuous school days, or not regular",
    receiver="Local authority",
    reference="SI 2024/208 reg 13 (secondary: forms of Norfolk, Stockport and Hertfordshire); columns are a "
    "convention",
    columns=(
        *WHO,
        Column("why", "code", "ten-days, or not-regular."),
        Column(
            "episode", "integer", "Number of the episode among those looked at; of ten days alone."
        ),
        Column("first_date", "date", "Day of the first session missed."),
        Column("first_session", "code", "AM or PM."),
        Column("last_date", "date", "Day of the last session missed."),
        Column("last_session", "code", "AM or PM."),
        Column("sessions", "integer", "Sessions missed."),
        Column("school_days", "integer", "School days missed whole; of ten days alone."),
        Column("codes", "text", "The code of each session missed."),
        Column("cause", "text", "What was entered beside the codes, where it is known."),
        Column("due_since", "date", "The tenth school day; of ten days alone."),
        Column(
            "has_late", "flag", "Whether U is among the codes: a person should look (convention)."
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
    options=(
        ALL,
        Option(
            "not_regular",
            "code",
            "Those as well who were persistently (10 per cent) or severely (50 per cent) absent over the "
            "days asked (convention).",
            choices=("persistent", "severe"),
        ),
    ),
    particulars=True,
    rests_on=looked_back,
    key=("urn", "pupil", "why", "first_date", "first_session"),
)
