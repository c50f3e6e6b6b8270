"""Decisions about leave of absence: where its rules meet the school, the roll and the marks.

What regulation 11 says of leave is in `ledger.leave_of_absence.leave_rules`; here the facts for it are gathered.  The
Regulations forbid to give leave, not to ask for it: a request that breaks a rule is recorded with
a warning, since its refusal is to be kept as well, and giving it is refused where the rule binds.
"""

from datetime import date
from typing import Any

from ledger.base import Outcome, Recorded, Refused, refuse
from ledger.book import SchoolBook
from ledger.facts import Facts, known_school
from ledger.law.findings import Weighed, weigh
from ledger.leave_of_absence import leave_rules
from ledger.leave_of_absence.leave import (
    DAYS_MAX,
    GUIDANCE,
    OPEN_ENDED,
    REG_11,
    AskLeave,
    DecideLeave,
    Leave,
    LeaveAsked,
    LeaveBook,
    LeaveDecided,
    LeaveGiven,
    LeaveRefused,
    LeaveWithdrawn,
    stream,
)
from ledger.leave_of_absence.leave_extent import Extent
from ledger.leave_of_absence.leave_rules import Asking, Giving, Proposed, leave_disagreements
from ledger.problems import Problem
from ledger.schools.calendar import LONDON


def ask(asked: AskLeave, urn: str, leave: str, facts: Facts) -> Outcome:
    """Record a request for leave; what would refuse giving it is a warning."""
    book = known_school(urn, facts)
    today = facts.now.astimezone(LONDON).date()
    outcome = _ask(asked, urn, leave, asked.pupil in book.roll, today)
    if not isinstance(outcome, Recorded):
        return outcome
    assert isinstance(outcome.event, LeaveAsked)
    proposed = Proposed(
        asked.ground,
        Extent.of(asked.from_, asked.to, outcome.event.sessions),
        asked.asked_on,
        asked.review_on,
        facts.born(urn, [asked.pupil]).get(asked.pupil),
    )
    people = (asked.asked_by, asked.agreed_with)
    asking = Asking(tuple(person.relationship for person in people if person))
    found = leave_rules.problems_with_asking(proposed, asking)
    first = proposed.extent.begins
    refusing, warning = weigh(found, book.school.type_on(first), first)
    return outcome._replace(warnings=(*refusing, *warning))


def decide(asked: DecideLeave, urn: str, leave: str, facts: Facts) -> Outcome:
    """Record a decision; the receipt lists the marks that stand and disagree with what is leave now."""
    book = known_school(urn, facts)
    outcome = _decide(asked, urn, leave, book.leave, facts.now.astimezone(LONDON).date())
    if not isinstance(outcome, Recorded):
        return outcome
    before = book.leave[leave]
    assert isinstance(outcome.event, LeaveDecided)
    after = before.decided(outcome.event)
    if isinstance(outcome.event, LeaveGiven):
        refusing, warning = _weighed(asked, after, book, facts)
        if refusing:
            return Refused(refusing)
        outcome = outcome._replace(warnings=warning)
    if extent := after.given if isinstance(outcome.event, LeaveGiven) else before.given:
        shows = {**outcome.shows, **_disagreeing(after, extent, book, facts)}
        outcome = outcome._replace(shows=shows)
    return outcome


def _weighed(asked: DecideLeave, given: Leave, book: SchoolBook, facts: Facts) -> Weighed:
    """What refuses leave to be given, and what warns."""
    assert given.given is not None and given.decided_on is not None
    proposed = Proposed(
        given.ground,
        given.given,
        given.asked_on,
        given.review_on,
        facts.born(book.urn, [given.pupil]).get(given.pupil),
    )
    giving = Giving(
        given.decided_on,
        book.leave_authority.authorises(asked.decider, given.decided_on),
        asked.licence is not None,
        "decided_by" if asked.decided_by else "by",
    )
    first = given.given.begins
    found = leave_rules.problems_with_giving(proposed, giving)
    return weigh(found, book.school.type_on(first), first)


def _disagreeing(leave: Leave, extent: Extent, book: SchoolBook, facts: Facts) -> dict[str, Any]:
    """The marks of these sessions that disagree with the pupil's leave as the decision leaves it."""
    leaves = [leave if each.id == leave.id else each for each in book.leave.of(leave.pupil)]
    # As ordinals: of leave without an end the last day is the last there is.
    last = min(extent.last.toordinal(), extent.first.toordinal() + DAYS_MAX)
    standing = facts.codes_of(book.urn, leave.pupil, extent.first, date.fromordinal(last))
    codes = {place: code for place, code in standing.items() if extent.covers(*place)}
    found = leave_disagreements(codes, leaves)
    return {
        "disagreeing_marks": len(found),
        "disagree": [
            {"date": d.day.isoformat(), "session": d.session, "code": d.code, "why": d.why}
            for d in found
        ],
    }


# -- whatever the ground -------------------------------------------------------------------------


def _ask(asked: AskLeave, urn: str, leave: str, on_roll: bool, today: date) -> Outcome:
    """Record a request for leave of a pupil whose name is on the roll."""
    if not on_roll:
        return refuse(
            "pupil-not-on-roll",
            "pupil",
            "The pupil's name is not in the school's admission register.",
            "SI 2024/208 reg 8",
        )
    sent = asked.model_dump(mode="json")
    if problem := _cannot_be_asked(asked, sent["sessions"], today):
        return Refused((problem,))
    event = LeaveAsked(
        stream(urn, asked.pupil, leave),
        1,
        asked.ground,
        asked.from_,
        asked.asked_on,
        sent["asked_by"],
        asked.circumstances,
        sent["sessions"],
        sent["agreed_with"],
        asked.review_on or None,
        last=asked.to,
    )
    return Recorded(event, shows={"id": leave})


def _decide(asked: DecideLeave, urn: str, leave: str, book: LeaveBook, today: date) -> Outcome:
    """Record the decision on a request: given or refused once, withdrawn from either open state."""
    request = book.get(leave)
    if request is None:
        return refuse(
            "leave-not-found", "id", "No request for leave with this id at this school.", REG_11
        )
    allowed = {"asked": ("given", "refused", "withdrawn"), "given": ("withdrawn",)}
    if asked.decision not in allowed.get(request.decision, ()):
        return _already_decided(request)
    if problem := _cannot_be_decided_then(asked, request, today):
        return Refused((problem,))
    place, version = stream(urn, request.pupil, leave), request.version + 1
    decided_on = asked.decided_on or today
    decided_by = asked.decided_by.model_dump() if asked.decided_by else None
    event: LeaveDecided
    if asked.decision == "refused":
        event = LeaveRefused(place, version, asked.reason, decided_on, decided_by)
    elif asked.decision == "withdrawn":
        if request.given and (problem := _cannot_be_withdrawn(asked, request.given)):
            return Refused((problem,))
        first = asked.from_
        event = LeaveWithdrawn(place, version, asked.reason, first, decided_on, decided_by)
    else:
        part = _part_given(asked, request.asked)
        if isinstance(part, Refused):
            return part
        event = LeaveGiven(
            place,
            version,
            part.first,
            asked.reason,
            part.stored() if asked.sessions else None,
            decided_on,
            asked.licence,
            decided_by,
            last=part.last if part.last < date.max else None,
        )
    return Recorded(event, shows={"id": leave})


def _cannot_be_asked(asked: AskLeave, sessions: list[Any] | None, today: date) -> Problem | None:
    """What is wrong with a request whatever its ground may be; None when nothing is."""
    if asked.asked_on > today:
        return Problem(
            "asked-in-the-future",
            "asked_on",
            "Leave is recorded when it has been asked for.",
            REG_11,
        )
    if asked.to is None and asked.ground != OPEN_ENDED:
        return Problem("leave-without-end", "to", "Leave on this ground has a last day.", REG_11)
    whole = Extent(asked.from_, asked.to or date.max)
    if asked.to and (asked.to - asked.from_).days >= DAYS_MAX:
        return Problem(
            "leave-too-long",
            "to",
            f"A request is for at most {DAYS_MAX:,} days; ask again for those after.",
            "limit of the ledger",
        )
    if whole.narrowed(whole.first, whole.last, sessions) is None:
        return Problem(
            "leave-session-outside-dates",
            "sessions",
            "A session of the timetable lies before the first day of the leave or after its last.",
            REG_11,
        )
    if any(not whole.on(day) for day in asked.review_on):
        return Problem(
            "review-outside-leave",
            "review_on",
            "Leave is reviewed between its first and its last day.",
            GUIDANCE,
        )
    return None


def _cannot_be_decided_then(asked: DecideLeave, request: Leave, today: date) -> Problem | None:
    """What is wrong with the claimed day of a decision; None when nothing is."""
    if asked.decided_on is None:
        return None
    if asked.decided_on > today:
        return Problem(
            "decided-in-the-future",
            "decided_on",
            "A decision is recorded when it has been made.",
            REG_11,
        )
    if asked.decided_on < (request.decided_on or request.asked_on):
        return Problem(
            "decided-before-asked",
            "decided_on",
            "A decision is not made before it is asked for, nor before the one that it withdraws.",
            REG_11,
        )
    return None


def _part_given(asked: DecideLeave, whole: Extent) -> Extent | Refused:
    """What is given of that which was asked for."""
    sessions = asked.model_dump(mode="json")["sessions"]
    part = whole.narrowed(asked.from_ or whole.first, asked.to or whole.last, sessions)
    if part is None:
        return refuse(
            "given-for-more-than-asked",
            "sessions" if asked.sessions else "from",
            "Leave is given within the days and sessions that were asked for.",
            REG_11,
        )
    if part.is_empty:
        return refuse(
            "leave-of-no-session",
            "sessions" if asked.sessions else "from",
            "No session that was asked for lies within what is given.",
            REG_11,
        )
    return part


def _already_decided(request: Leave) -> Refused:
    return Refused(
        (
            Problem(
                "leave-already-decided",
                "decision",
                "The request has been decided, and what was decided is kept.",
                REG_11,
            ),
        ),
        conflict=True,
        shows={"standing": request.decision},
    )


def _cannot_be_withdrawn(asked: DecideLeave, given: Extent) -> Problem | None:
    """What is wrong with the days of a withdrawal; None when nothing is."""
    if asked.from_ and asked.from_ > given.last:
        return Problem(
            "leave-already-taken",
            "from",
            "All of the leave lies before this day: nothing is left to withdraw.",
            REG_11,
        )
    if asked.to and asked.to < given.last:
        return Problem(
            "leave-withdrawn-to-its-end",
            "to",
            "Leave is withdrawn to its end; for the days after, ask again.",
            REG_11,
        )
    return None
