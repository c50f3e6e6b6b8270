"""The threshold for penalty notices: who has met it, since when, and by which sessions.

National framework of 19 August 2024 (`ledger.intervention.penalty_notices`): a duty to consider, worked out again
from what stands each time it is asked for.  Nothing here issues a notice or says that an offence was
committed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from ledger.intervention import penalty_notices
from ledger.intervention.penalty_notices import Met, NotMet, UnauthorisedSession, threshold_met
from ledger.schools.calendar import LONDON, Session, Span, academic_year
from ledger.schools.school_time import SchoolTime
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.births import births
from projections.lists.ages import always_of_age
from projections.lists.law import least
from projections.lists.marks import Coded, StandingMark, symbols, with_codes
from projections.school import Book
from projections.sessions import Begun


@dataclass(frozen=True, slots=True)
class PenaltyQuery:
    """Sessions of these days; one pupil alone, or all who have met the threshold.

    `near` lists those as well who have at least so many sessions in some window.
    """

    span: Span
    pupil: str | None = None
    near: int | None = None


class Counted(NamedTuple):
    """A session that counts, and the code that stands for it."""

    day: date
    session: Session
    code: str


class Window(NamedTuple):
    """Consecutive school weeks, Monday to Sunday, and what counts in them."""

    first: date
    last: date
    counted: int
    sessions: list[Counted]


class ThresholdRow(NamedTuple):
    """One pupil at this school."""

    pupil: str
    met: bool
    action: Literal["consider"] | None
    """What the framework asks for where it is met; never anything else."""
    first_met: Counted | None
    """The session by which it was met first."""
    window: Window | None
    """The school weeks that ended with that session's week, and the sessions up to it."""
    largest: Window | None
    """The window with the most sessions, the latest of several."""
    of_compulsory_school_age: bool | None
    """On the day of every session of `window`, else of `largest`; None where it is not known.
    Penalty notices are for pupils of compulsory school age."""
    on_roll: bool
    """Whether the name is on the roll at the instant of the view."""
    outside_calendar: list[Counted]
    """Sessions in weeks that the school's calendar does not know: not counted."""


def penalty_threshold(
    connection: Connection, book: Book, query: PenaltyQuery, at: AsOf, vault: Vault
) -> list[ThresholdRow]:
    """Who has met the threshold, the latest first, then who is near it, the nearest first."""
    codes = symbols(query.span, lambda code: code.counts_to_penalty_threshold)
    pupils = None if query.pupil is None else [query.pupil]
    marks = with_codes(connection, Coded(book.urn, codes, query.span, pupils), at)
    begun = Begun(book.school, at.instant)
    sessions = _by_pupil(mark for mark in marks if begun(mark.day, mark.session))
    weeks = Weeks(book)
    # Nobody has more in a window than in all: most need not be judged.
    fewest = query.near or least("penalty-notice-sessions")
    judged = {p: weeks.judge(own) for p, own in sessions.items() if len(own) >= fewest}
    chosen = {pupil: found for pupil, found in judged.items() if _meant(found, query.near)}
    born = births(connection, vault, book.urn, chosen, at)
    today = at.instant.astimezone(LONDON).date()
    rows = [_row(pupil, found, born, book, today) for pupil, found in chosen.items()]
    return sorted(rows, key=_in_order)


class Weeks:
    """The school weeks of one school, apart where years between are not known."""

    def __init__(self, book: Book) -> None:
        self._time = SchoolTime.of_years(book.school.years.values())
        self._of_year: dict[int, tuple[date, ...]] = {}

    def judge(self, sessions: Iterable[UnauthorisedSession]) -> Met | NotMet:
        """The rule, asked for each run of years without a gap: no window spans what is not known."""
        runs: defaultdict[tuple[date, ...], list[UnauthorisedSession]] = defaultdict(list)
        for session in sessions:
            # The first week names the run; where none is known there is none.
            runs[self._around(session.day)[:1]].append(session)
        found = [threshold_met(own, self._around(own[0].day)) for own in runs.values()]
        return found[0] if len(found) == 1 else _together(found)

    def within(self, window: penalty_notices.Window) -> list[date]:
        """The Mondays of the school weeks of a window."""
        weeks = self._around(window.last)
        return [monday for monday in weeks if window.first <= monday <= window.last]

    def _around(self, day: date) -> tuple[date, ...]:
        year = academic_year(day)
        if year not in self._of_year:
            self._of_year[year] = self._time.school_weeks(day)
        return self._of_year[year]


def _together(found: Iterable[Met | NotMet]) -> Met | NotMet:
    """What several runs of years say of one pupil."""
    found = list(found)
    outside = tuple(sorted(mark for one in found for mark in one.outside_calendar))
    windows = [one.largest for one in found if one.largest]
    largest = max(windows, key=lambda w: (len(w.sessions), w.last), default=None)
    met = [one for one in found if isinstance(one, Met)]
    if not met or largest is None:
        return NotMet(largest=largest, outside_calendar=outside)
    first = min(met, key=lambda one: one.first_met)
    return Met(
        first_met=first.first_met, then=first.then, largest=largest, outside_calendar=outside
    )


def _by_pupil(marks: Iterable[StandingMark]) -> Mapping[str, list[UnauthorisedSession]]:
    found: defaultdict[str, list[UnauthorisedSession]] = defaultdict(list)
    for mark in marks:
        found[mark.pupil].append(UnauthorisedSession(mark.day, mark.session, mark.code))
    return found


def _meant(found: Met | NotMet, near: int | None) -> bool:
    if isinstance(found, Met):
        return True
    return near is not None and found.largest is not None and len(found.largest.sessions) >= near


def _row(
    pupil: str, found: Met | NotMet, born: Mapping[str, date], book: Book, today: date
) -> ThresholdRow:
    met = found if isinstance(found, Met) else None
    window = met.then if met else found.largest
    days = [session.day for session in window.sessions] if window else []
    place = book.roll.get(pupil)
    return ThresholdRow(
        pupil=pupil,
        met=met is not None,
        action=met.action if met else None,
        first_met=_counted(met.first_met) if met else None,
        window=_window(met.then) if met else None,
        largest=_window(found.largest) if found.largest else None,
        of_compulsory_school_age=always_of_age(born, pupil, days),
        on_roll=place is not None and place.on(today),
        outside_calendar=[_counted(mark) for mark in found.outside_calendar],
    )


def _window(window: penalty_notices.Window) -> Window:
    sessions = [_counted(mark) for mark in window.sessions]
    return Window(window.first, window.last, len(sessions), sessions)


def _counted(mark: UnauthorisedSession) -> Counted:
    return Counted(mark.day, mark.session, mark.code)


def _in_order(row: ThresholdRow) -> tuple[bool, int, str]:
    if row.first_met is not None:
        return (
            False,
            -2 * row.first_met.day.toordinal() - (row.first_met.session == "PM"),
            row.pupil,
        )
    return True, -(row.largest.counted if row.largest else 0), row.pupil
