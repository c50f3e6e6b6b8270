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

from ledger.admissions.ages import anniversary
from ledger.law.codes import code_in_force
from ledger.law.statute import limit, threshold
from ledger.schools.calendar import Session, monday_of

Notice = Literal["first", "second", "excluded_pupil", "before_framework"]
"""The kinds of notice.  `before_framework` is any notice of before 19 August 2024, when first and
later ones cost the same; `excluded_pupil` is for a pupil found in a public place."""

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
    marks = sorted(mark for mark in sessions if counts(mark))
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


def counts(mark: UnauthorisedSession) -> bool:
    """Whether the session counts: coded G, N, O or U, and not before 19 August 2024."""
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


def bars_a_later_one(issued: Iterable[date], proposed: date) -> bool:
    """Whether a notice that was issued later would be a third if one of `proposed` joined them.

    Notices are not always recorded in the order of their dates, and one dated back counts as well.
    """
    known = sorted(day for day in issued if threshold("penalty-notices-max", day) is not None)
    return any(
        permitted_notice([*known[:place], proposed], later) == "not_permitted"
        for place, later in enumerate(known)
        if later > proposed
    )


def counts_until(issued: date) -> date | None:
    """The last day on which a notice of this day counts as an earlier one; None for one that never does.

    The day before its third anniversary: on the anniversary the three years are over.
    """
    if threshold("penalty-notices-max", issued) is None:
        return None
    return anniversary(issued, limit("penalty-notices-period-years", issued)) - timedelta(days=1)


class Penalties(NamedTuple):
    """Pounds paid early, None where that brings no discount, and otherwise."""

    early: int | None
    full: int


class Payment(NamedTuple):
    """An amount and the last day on which it is enough."""

    pounds: int
    last_day: date


class Payable(NamedTuple):
    """What discharges a notice: `early` is None where paying early brings no discount."""

    early: Payment | None
    full: Payment


def penalties(notice: Notice, issued: date) -> Penalties:
    """The amounts of a notice of that day; NotInForceError where no such notice was known then."""
    # Of the years before the framework the first notice's amounts were those of any.
    kind = "first" if notice == "before_framework" else notice.replace("_", "-")
    early = None if notice == "second" else limit(f"penalty-{kind}-early-pounds", issued)
    return Penalties(early, limit(f"penalty-{kind}-pounds", issued))


def payable(notice: Notice, received: date, issued: date | None = None) -> Payable:
    """What is to be paid and until when; the day of receipt is day 1 of both periods.

    For each parent and each child a notice of their own.  Amounts and periods are those of the day
    on which it was issued, which is the day of receipt unless another is named.  NotInForceError
    where no such notice was known on the day.
    """
    day = issued or received
    amounts = penalties(notice, day)
    early = None
    if amounts.early is not None:
        last_day = _last_day(received, limit("penalty-paid-early-days", day))
        early = Payment(amounts.early, last_day)
    return Payable(
        early, Payment(amounts.full, _last_day(received, limit("penalty-paid-days", day)))
    )


def _last_day(received: date, days: int) -> date:
    return received + timedelta(days=days - 1)
