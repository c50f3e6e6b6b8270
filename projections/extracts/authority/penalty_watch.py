"""`penalty-watch`: who has met the threshold for penalty notices, with the evidence for each session.

One row for each counted session of a window of ten school weeks (national framework of 19 August 2024,
secondary): its code, when and by whom it was entered, how it was amended, and the school weeks that the
window was counted in.  Where the threshold is met a notice must be considered; nothing here says that one
is to be issued.  A window is told once, and the next begins after the session by which it was met.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from ledger.authority_returns.returns_sent import Episode
from ledger.intervention.penalty_notices import Met, UnauthorisedSession
from ledger.requests import instant
from ledger.schools.calendar import Session, Span
from projections.asof import resolve
from projections.differences import Between, Change, DifferencesQuery, differences
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
from projections.extracts.school.common import DATE, SESSION, places
from projections.lists.law import in_force_since, least
from projections.lists.marks import Coded, by_pupil, symbols, with_codes
from projections.lists.penalty import Weeks
from projections.parts import Part
from projections.roll import RollRow
from projections.school import Book
from projections.sessions import Begun

NAME: Final = "penalty-watch"
THRESHOLD: Final = "threshold"
_SESSIONS: Final = "penalty-notice-sessions"
_REVISED_MAX: Final = 2_000


_Window = Found[Met]


class _Book(NamedTuple):
    """A school, with its school weeks."""

    book: Book
    weeks: Weeks


def told(source: Source, question: Question) -> Iterator[Told]:
    """The windows, school by school; of each school by pupil."""
    for place in places(source, question):
        own = _Book(place.book, Weeks(place.book))
        met = _met(source, question.span, own)
        found = with_returns(place.book, question.span, (NAME, THRESHOLD), met)
        yield from shown(_written(source, own, found), question)


def _met(source: Source, span: Span, own: _Book) -> Mapping[str, list[tuple[date, date, Met]]]:
    """By pupil the windows in which the threshold was met, none sharing a session with another.

    They are counted from the first day of the framework on, whatever days are asked about: so each is
    the same in every return.
    """
    known = _counted_from(span)
    codes = symbols(known, lambda code: code.counts_to_penalty_threshold)
    begun = Begun(own.book.school, source.at.instant)
    marks = with_codes(source.connection, Coded(own.book.urn, codes, known), source.at)
    counted = by_pupil(mark for mark in marks if begun(mark.day, mark.session))
    found = {}
    for pupil, codes_of in counted.items():
        sessions = [UnauthorisedSession(*key, code) for key, code in sorted(codes_of.items())]
        if len(sessions) >= least(_SESSIONS) and (windows := list(_windows(own.weeks, sessions))):
            found[pupil] = [(*_days(one), one) for one in windows]
    return found


def _counted_from(span: Span) -> Span:
    """The days to look at for windows that reach into a span."""
    return Span(min(in_force_since(_SESSIONS), span.first), span.last)


def _windows(weeks: Weeks, sessions: Iterable[UnauthorisedSession]) -> Iterator[Met]:
    rest = list(sessions)
    while isinstance(found := weeks.judge(rest), Met):
        yield found
        rest = [one for one in rest if one[:2] > found.first_met[:2]]


def _days(met: Met) -> tuple[date, date]:
    return met.then.sessions[0].day, met.first_met.day


def _written(source: Source, own: _Book, found: Iterator[_Window]) -> Iterator[Told]:
    for one, shows in with_pupils(source, own.book, found, _days_counted):
        rows = [
            (*start, *session, shows.of_age, *shows.sending)
            for start, session in _sessions(source, own, one, shows.name)
        ]
        yield Told(one.episode, shows.sending[0], rows)


def _days_counted(one: _Window) -> Sequence[date]:
    _, _, first, last = one.episode
    return [session.day for session in one.what.then.sessions] if one.what else [first, last]


def _sessions(
    source: Source, own: _Book, one: _Window, name: RollRow | None
) -> Iterator[tuple[Row, Row]]:
    """Of each counted session the columns of its window, and its own; of a window that is gone one row."""
    pupil, _, first, last = one.episode
    person = who(own.book.urn, pupil, name)
    if one.what is None:
        yield (*person, first, last, None, None, None, None), (None,) * 8
        return
    window = one.what.then
    start = (
        *person,
        window.first,
        window.last,
        len(window.sessions),
        one.what.first_met.day,
        one.what.first_met.session,
        ", ".join(monday.isoformat() for monday in own.weeks.within(window)),
    )
    events = _events(source, own.book, one.episode)
    for session in window.sessions:
        yield start, _session(session, events.get((session.day, session.session), ()))


def _session(session: UnauthorisedSession, events: Sequence[Change]) -> Row:
    if not events:
        return (*session, None, None, None, None, None)
    entered, *amended = events
    return (
        *session,
        entered.recorded_at,
        entered.by.name,
        entered.by.position,
        events[-1].position,
        "; ".join(map(_amendment, amended)) or None,
    )


def _amendment(change: Change) -> str:
    by = f"{change.by.name} ({change.by.position})"
    reason = f": {change.reason}" if change.reason else ""
    return f"{change.replaces} to {change.code}, {instant(change.recorded_at)}, {by}{reason}"


def _events(
    source: Source, book: Book, episode: Episode
) -> Mapping[tuple[date, Session], Sequence[Change]]:
    """By session every event of the pupil's entries on the days of an episode."""
    query = DifferencesQuery(book.urn, episode.first, episode.last, episode.pupil)
    whole = Between(resolve(source.connection, 0), source.at)
    found = differences(source.connection, book, query, whole, Part(_REVISED_MAX), source.vault)
    return {(one.date, one.session): one.events for one in found}


PENALTY_WATCH: Final = Extract(
    name=NAME,
    version="1.0",
    title="Penalty-notice watch: ten sessions in ten school weeks, with their evidence",
    receiver="School, local authority",
    reference="National framework for penalty notices, 19 August 2024 (secondary); columns are a convention",
    columns=(
        *WHO,
        Column("window_from", "date", "Monday of the first school week of the window."),
        Column("window_to", "date", "Sunday of the last."),
        Column("counted", "integer", "Sessions that count in the window."),
        Column("met_on", "date", "Day of the session by which the threshold was met."),
        Column("met_session", "code", "AM or PM."),
        Column(
            "school_weeks", "text", "The calendar used: the Monday of each school week counted."
        ),
        DATE,
        SESSION,
        Column("code", "code", "The code that stands."),
        Column("entered_at", "instant", "When the session's entry was first recorded."),
        Column("by_name", "text", "Who entered it."),
        Column("by_position", "text", "That person's position."),
        Column("log_position", "integer", "Position in the log of the entry that stands."),
        Column("amendments", "text", "Of each: codes, when, by whom and why."),
        Column(
            "of_compulsory_school_age",
            "flag",
            "On the day of every session; blank where the date of birth is not known. Those who are not "
            "are left out.",
        ),
        *OF_SENDING,
    ),
    rows=lambda source, question: rows_of(told(source, question)),
    options=(ALL,),
    particulars=True,
    rests_on=_counted_from,
    key=("urn", "pupil", "met_on", "met_session", "date", "session"),
)
