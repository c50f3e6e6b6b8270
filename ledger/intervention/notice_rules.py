"""Which penalty notice may be recorded, of which kind it is, and what is warned of.

Sources: Education Act 1996 ss.444 to 444B; SI 2007/1867 as amended by SI 2024/210; the national
framework of 19 August 2024 (secondary).  The third notice within three years to one parent for one
child is refused; a notice below the threshold is recorded with a warning, since one is still possible
where an offence is shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ledger.admissions.ages import compulsory_school_age_from, of_compulsory_school_age
from ledger.base import Outcome, Recorded, Refused, Unchanged
from ledger.intervention import interventions, issued_notices
from ledger.intervention.interventions import Place
from ledger.intervention.issued_notices import (
    IssuedNotice,
    NoticeBook,
    PenaltyNoticeIssued,
    RecordNoticeOutcome,
    RecordPenaltyNotice,
    payment_of,
)
from ledger.intervention.penalty_notices import (
    Met,
    Notice,
    UnauthorisedSession,
    bars_a_later_one,
    counts,
    payable,
    permitted_notice,
    threshold_met,
)
from ledger.law.findings import weigh
from ledger.law.statute import NotInForceError
from ledger.problems import Problem
from ledger.schools.calendar import Session

LIMIT: Final = "SI 2007/1867 as amended by SI 2024/210; West Northamptonshire code of conduct"
PAYMENT: Final = "SI 2007/1867 regs 4, 5 as amended by SI 2024/210"
OFFENCE: Final = "Education Act 1996 s.444(1)"
POWER: Final = "Education Act 1996 s.444A"
FRAMEWORK: Final = (
    "National framework for penalty notices: Working together to improve school attendance, "
    "chapter 6"
)

Codes = Mapping[tuple[date, Session], str]


@dataclass(frozen=True, slots=True)
class Child:
    """What is known of the child when a notice is recorded."""

    on_roll: bool
    born: date | None
    """None where it was erased: then nothing is said of the child's age."""
    notices: Sequence[IssuedNotice]
    """Those recorded at every school, to any parent."""
    codes: Codes
    """The codes that stand at this school: for the sessions of the notice where it names them, else
    for the year that ended with the day on which the threshold was met, or the notice issued."""
    school_weeks: Sequence[date]
    """Mondays of this school's weeks, without a gap."""


def issue(asked: RecordPenaltyNotice, place: Place, child: Child) -> Outcome:
    """Record a notice that somebody issued: the first, the second, or of a kind of its own."""
    if not child.on_roll:
        return interventions.not_on_roll()
    notice, is_third = _kind(asked, child)
    problems = [
        *_limit_problems(is_third),
        *_days_ahead(asked, place.today),
        *_age_problems(asked, child.born),
        *_school_problems(place),
        *_threshold_problems(asked, child),
    ]
    refusing, warnings = weigh(problems, place.school_type, asked.issued_on)
    if refusing:
        return Refused(tuple(refusing))
    sessions = asked.model_dump(mode="json")["sessions"]
    event = PenaltyNoticeIssued(
        interventions.stream("penalty_notice", place.urn, asked.pupil, place.id),
        1,
        notice,
        asked.parent.id,
        asked.parent.name,
        asked.issued_on,
        asked.issued_by.model_dump(exclude_none=True),
        asked.received_on,
        asked.threshold_met_on,
        sessions,
        asked.offence,
    )
    shown = _shown(place.id, notice, asked.issued_on, asked.received_on)
    return Recorded(event, tuple(warnings), shown)


def record_outcome(asked: RecordNoticeOutcome, place: Place, book: NoticeBook) -> Outcome:
    """Record what became of a notice.  What was recorded is kept, and not everything can follow it."""
    found = book.get(place.id)
    if found is None:
        return interventions.not_found()
    if not found.may_become(asked.outcome):
        return interventions.already_ended(str(found.outcome))
    if asked.on > place.today:
        return interventions.dated_ahead("on")
    if asked.on < found.issued_on:
        return interventions.before_beginning()
    received_on = asked.on if asked.outcome == "received" else found.received_on
    shown = _shown(place.id, found.notice, found.issued_on, received_on)
    if asked.outcome == "received" and asked.on == found.received_on:
        return Unchanged(shown)
    problems = _payment_problems(asked, found)
    refusing, warnings = weigh(problems, place.school_type, found.issued_on)
    if refusing:
        return Refused(tuple(refusing))
    where = interventions.stream("penalty_notice", place.urn, found.pupil, place.id)
    event = issued_notices.outcome_event(asked, where, found.version + 1)
    return Recorded(event, tuple(warnings), shown)


def _kind(asked: RecordPenaltyNotice, child: Child) -> tuple[Notice, bool]:
    """The kind of the notice, and whether it, or one issued later, would be a third."""
    if asked.excluded_pupil:
        return "excluded_pupil", False
    issued = [
        notice.issued_on
        for notice in child.notices
        if notice.parent == asked.parent.id and notice.counts
    ]
    try:
        permitted = permitted_notice(issued, asked.issued_on)
    except NotInForceError:
        return "before_framework", False
    if permitted == "not_permitted":
        return "second", True
    return permitted, bars_a_later_one(issued, asked.issued_on)


def _shown(
    notice_id: str, notice: Notice, issued_on: date, received_on: date | None
) -> dict[str, Any]:
    """What the receipt says of a notice: its kind, and what is to be paid until when."""
    payment = payment_of(notice, issued_on, received_on)
    return {"id": notice_id, "kind": notice, "payment": payment}


def _limit_problems(is_third: bool) -> Iterator[Problem]:
    if is_third:
        yield Problem(
            "third-penalty-notice",
            "issued_on",
            "Two notices to this parent for this child count within three years: no third is "
            "permitted, other action is to be considered.",
            LIMIT,
        )


def _days_ahead(asked: RecordPenaltyNotice, today: date) -> Iterator[Problem]:
    if asked.issued_on > today:
        yield interventions.ahead("issued_on")
    if asked.received_on is not None and asked.received_on > today:
        yield interventions.ahead("received_on")


def _age_problems(asked: RecordPenaltyNotice, born: date | None) -> Iterator[Problem]:
    """The offence is that a child of compulsory school age does not attend: on the sessions' days."""
    if born is None:
        return
    days = {f"sessions[{n}].date": named.date for n, named in enumerate(asked.sessions or ())}
    if not days and asked.threshold_met_on is not None:
        days = {"threshold_met_on": asked.threshold_met_on}
    not_of_age = [path for path, day in days.items() if not of_compulsory_school_age(born, day)]
    if not days and asked.issued_on < compulsory_school_age_from(born):
        not_of_age = ["issued_on"]
    for path in not_of_age:
        message = "The child was not of compulsory school age on this day."
        yield Problem("penalty-notice-not-for-this-age", path, message, OFFENCE)


def _school_problems(place: Place) -> Iterator[Problem]:
    if place.school_type == "independent":
        yield Problem(
            "penalty-notice-not-for-this-school",
            "urn",
            "Penalty notices are believed not to be for pupils of independent schools.",
            POWER,
        )


def _threshold_problems(asked: RecordPenaltyNotice, child: Child) -> Iterator[Problem]:
    """What the register shows of the sessions, or of the year before the notice."""
    if asked.excluded_pupil:
        return
    marks = [UnauthorisedSession(*session, code) for session, code in child.codes.items()]
    for number, named in enumerate(asked.sessions or ()):
        code = child.codes.get((named.date, named.session), "")
        if not counts(UnauthorisedSession(named.date, named.session, code)):
            message = "No code that counts toward the threshold stands for this session."
            path = f"sessions[{number}]"
            yield Problem("session-not-unauthorised", path, message, FRAMEWORK)
    if not isinstance(threshold_met(marks, child.school_weeks), Met):
        message = (
            "The register does not show ten sessions that count within ten school weeks. A notice "
            "is possible where an offence is shown all the same."
        )
        yield Problem("threshold-not-met", _path_of_threshold(asked), message, FRAMEWORK)


def _path_of_threshold(asked: RecordPenaltyNotice) -> str:
    if asked.sessions:
        return "sessions"
    return "threshold_met_on" if asked.threshold_met_on else "issued_on"


def _payment_problems(asked: RecordNoticeOutcome, found: IssuedNotice) -> list[Problem]:
    """A payment that comes later, or is less, than what discharges the notice."""
    if asked.outcome != "paid" or found.received_on is None:
        return []
    try:
        due = payable(found.notice, found.received_on, found.issued_on)
    except NotInForceError:
        return []
    early = due.early is not None and asked.on <= due.early.last_day
    enough = due.early.pounds if due.early is not None and early else due.full.pounds
    if asked.on > due.full.last_day:
        message = "The last day of payment was before this day."
        return [Problem("payment-not-in-time", "on", message, PAYMENT)]
    if asked.amount is not None and asked.amount < enough:
        message = f"On this day {enough} pounds discharge the notice."
        return [Problem("payment-not-enough", "amount", message, PAYMENT)]
    return []
