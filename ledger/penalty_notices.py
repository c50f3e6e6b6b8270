"""Penalty notices: the national threshold, which notice is permitted, what is paid and until when.

Sources: the national framework of 19 August 2024 (statutory guidance; secondary), SI 2007/1867 as
amended by SI 2024/210.  The threshold is a duty to CONSIDER a notice.  Nothing here issues one or
says that an offence was committed, and no caller may take it to.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from ledger.ages import anniversary
from ledger.calendar import Session, monday_of
from ledger.codes import code_in_force
from ledger.statute import limit, threshold

Notice = Literal["first", "second", "excluded_pupil"]

_SUNDAY: Final = timedelta(days=6)


class UnauthorisedSession(NamedTuple):
    """A session and the code that stands for it."""

    day: date
    session: Session
    code: str


class Window(NamedTuple):
    """Consecutive school weeks, from a Monday to a Sunday, and the sessions in them that count."""

    first: date
    last: date
    sessions: tuple[UnauthorisedSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The threshold is met: a notice must be considered.

    `first_met` is the session that met it first and `then` the window that ended with it; `largest`
    is the window with the most sessions, the latest of several.
    """

    action: Literal["consider"] = "consider"
    first_met: UnauthorisedSession
    then: Window
    largest: Window
    outside_calendar: tuple[UnauthorisedSession, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMet:
    """The threshold is not met; `largest` is None where no session counts."""

    largest: Window | None
    outside_calendar: tuple[UnauthorisedSession, ...] = ()


def threshold_met(
    sessions: Iterable[UnauthorisedSession], school_weeks: Sequence[date]
) -> Met | NotMet:
    """Whether ten sessions that count fall within any ten consecutive school weeks.

    `sessions` are one pupil's at one school, each once, with the codes that stand; those whose code
    does not count on their day are passed over, as is every session before 19 August 2024.
    `school_weeks` are the Mondays of the school's weeks in order, without a gap in what is known
    (`SchoolTime.school_weeks`).  A session in a week that is none of them, such as one whose school
    was closed later, is not counted but handed back in `outside_calendar`.
    """
    week_numbers = {monday: number for number, monday in enumerate(school_weeks)}
    marks = sorted(mark for mark in sessions if _counts(mark))
    outside = tuple(mark for mark in marks if monday_of(mark.day) not in week_numbers)
    counted = [mark for mark in marks if monday_of(mark.day) in week_numbers]
    weeks = [week_numbers[monday_of(mark.day)] for mark in counted]

    met: tuple[UnauthorisedSession, Window] | None = None
    largest: Window | None = None
    for place, mark in enumerate(counted):
        width = limit("penalty-notice-window-school-weeks", mark.day)
        start = max(0, weeks[place] - width + 1)
        within = tuple(counted[bisect_left(weeks, start) : place + 1])
        window = Window(school_weeks[start], monday_of(mark.day) + _SUNDAY, within)
        if met is None and len(within) >= limit("penalty-notice-sessions", mark.day):
            met = (mark, window)
        if largest is None or len(within) >= len(largest.sessions):
            largest = window
    if met is None or largest is None:
        return NotMet(largest=largest, outside_calendar=outside)
    return Met(first_met=met[0], then=met[1], largest=largest, outside_calendar=outside)


def _counts(mark: UnauthorisedSession) -> bool:
    code = code_in_force(mark.code, mark.day)
    return code is not None and code.counts_to_penalty_threshold


def permitted_notice(
    earlier: Iterable[date], proposed: date
) -> Literal["first", "second", "not_permitted"]:
    """Which notice may be proposed to a parent for a child.

    `earlier` are the dates of notices to the same parent for the same child, paid, unpaid or
    prosecuted with a finding of guilt, but not withdrawn.  They count within the three years that end
    with the date of the proposed notice; those before 19 August 2024 do not (unconfirmed).
    NotInForceError for a notice proposed before that day.
    """
    most = limit("penalty-notices-max", proposed)
    years = limit("penalty-notices-period-years", proposed)
    standing = sum(
        issued <= proposed < anniversary(issued, years)
        and threshold("penalty-notices-max", issued) is not None
        for issued in earlier
    )
    if standing >= most:
        return "not_permitted"
    return "second" if standing else "first"


class Payment(NamedTuple):
    """An amount and the last day on which it is enough."""

    pounds: int
    last_day: date


class Payable(NamedTuple):
    """What discharges a notice: `early` is None where paying early brings no discount."""

    early: Payment | None
    full: Payment


def payable(notice: Notice, received: date) -> Payable:
    """What is to be paid and until when; the day of receipt is day 1 of both periods.

    For each parent and each child a notice of their own.  NotInForceError where no such notice was
    known on the day.
    """
    kind = notice.replace("_", "-")
    early = None
    if notice != "second":
        pounds = limit(f"penalty-{kind}-early-pounds", received)
        early = Payment(pounds, _last_day("penalty-paid-early-days", received))
    pounds = limit(f"penalty-{kind}-pounds", received)
    return Payable(early, Payment(pounds, _last_day("penalty-paid-days", received)))


def _last_day(period: str, received: date) -> date:
    return received + timedelta(days=limit(period, received) - 1)
