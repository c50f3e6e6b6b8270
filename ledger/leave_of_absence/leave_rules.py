"""What regulation 11 says of leave, one function a rule, and which marks disagree with leave.

Grounds with what each asks are in `law/leave_grounds.toml`; what a breach leads to, by type of school,
is in `law/severity.toml` and is weighed elsewhere.  A rule is judged by the law of the first day of
leave.  Where the date of birth is not known, nothing is said of age.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple

from ledger.admissions.ages import compulsory_school_age_from, compulsory_school_age_to
from ledger.law import statute
from ledger.law.codes import code_in_force
from ledger.law.provisions import LeaveGround
from ledger.leave_of_absence.leave import Leave
from ledger.leave_of_absence.leave_extent import Extent
from ledger.problems import Problem
from ledger.schools.calendar import Session

_MUST_OR_SHOULD: Final = frozenset({"must", "should"})
_NOT_STATED: Final = "Not stated"
_EMPLOYMENT: Final = "regulated_performance"
_ABSENT: Final = frozenset({"authorised", "unauthorised"})


@dataclass(frozen=True, slots=True)
class Proposed:
    """Leave that is asked for, or about to be given."""

    ground: str
    extent: Extent
    asked_on: date
    review_on: Sequence[date]
    born: date | None

    @property
    def law(self) -> LeaveGround | None:
        """The ground as the law has it on the first day of the leave; None before it knew any."""
        return statute.leave_ground(self.ground, self.extent.begins)


class Asking(NamedTuple):
    """Who asked for leave, and who agreed to it."""

    relationships: tuple[str, ...]
    """To the pupil: of the one who asked and, where another one agreed, of that one."""


class Giving(NamedTuple):
    """How leave is given."""

    decided_on: date
    authorised: bool | None
    """Whether the one who gives it may; None where nothing is recorded of who may."""
    licence_seen: bool
    given_by: Literal["by", "decided_by"] = "by"
    """The member of the decision that names the one who gives it."""


def problems_with(leave: Proposed) -> Iterator[Problem]:
    """What is wrong with leave in itself, at whichever time it is looked at."""
    law = leave.law
    if law is None:
        return
    rules = (_not_asked_in_advance, _not_for_this_age, _times_not_agreed, _no_end, _no_review)
    yield from (problem for rule in rules if (problem := rule(law, leave)))


def problems_with_asking(leave: Proposed, asking: Asking) -> Iterator[Problem]:
    """What is wrong with a request for leave."""
    yield from problems_with(leave)
    if leave.law and (problem := _not_appropriate(leave.law, leave, asking)):
        yield problem


def problems_with_giving(leave: Proposed, giving: Giving) -> Iterator[Problem]:
    """What is wrong with giving leave.  Paths are those of the decision."""
    for found in problems_with(leave):
        in_decision = found.path in {"sessions", "to"}
        yield found if in_decision else found._replace(path="decision")
    rules = (_given_after_it_began, _not_authorised, _no_licence)
    yield from (problem for rule in rules if (problem := rule(leave, giving)))


# --- The rules ------------------------------------------------------------------------------------


def _not_asked_in_advance(law: LeaveGround, leave: Proposed) -> Problem | None:
    """Regulation 11(4), (5) and (7) on: asked for, or agreed, in advance.

    In advance of the first day of leave.  On that day itself it may be either, so nothing is said.
    """
    if law.asked_in_advance != "must" or leave.asked_on <= leave.extent.begins:
        return None
    return _problem(
        "leave-not-asked-in-advance",
        "asked_on",
        "Leave on this ground is asked for, or agreed, before it begins.",
        leave,
    )


def _not_for_this_age(law: LeaveGround, leave: Proposed) -> Problem | None:
    """Regulation 11(6)(a): of compulsory school age throughout; (7) on, unconfirmed: not of that age.

    Of leave without an end nothing can be said but on its first day.
    """
    if leave.born is None or law.pupils == "any":
        return None
    first = leave.extent.begins
    last = leave.extent.ends if leave.extent.has_end else first
    begins, ends = compulsory_school_age_from(leave.born), compulsory_school_age_to(leave.born)
    if law.pupils == "compulsory_school_age":
        fits, message = begins <= first and last <= ends, "of compulsory school age throughout it"
    else:
        fits, message = last < begins or ends < first, "not of compulsory school age"
    if fits:
        return None
    return _problem(
        "leave-ground-not-for-this-age",
        "ground",
        f"Leave on this ground is for pupils who are {message}.",
        leave,
    )


def _times_not_agreed(law: LeaveGround, leave: Proposed) -> Problem | None:
    """Regulation 11(6)(c): temporary part-time education has its times and dates agreed."""
    named = leave.extent.halves or leave.extent.dated
    if law.times_and_dates not in _MUST_OR_SHOULD or named:
        return None
    return _problem(
        "leave-times-not-agreed",
        "sessions",
        "Name the sessions of leave: times and dates of part-time education are agreed.",
        leave,
    )


def _no_end(law: LeaveGround, leave: Proposed) -> Problem | None:
    """Guidance: a part-time timetable has a proposed end."""
    if law.end_date not in _MUST_OR_SHOULD or leave.extent.has_end:
        return None
    return _problem(
        "part-time-without-end", "to", "Guidance: a part-time timetable has a proposed end.", leave
    )


def _no_review(law: LeaveGround, leave: Proposed) -> Problem | None:
    """Guidance: a part-time timetable is regularly reviewed."""
    if law.reviews not in _MUST_OR_SHOULD or leave.review_on:
        return None
    return _problem(
        "part-time-without-review",
        "review_on",
        "Guidance: a part-time timetable has days on which it is reviewed.",
        leave,
    )


def _not_appropriate(law: LeaveGround, leave: Proposed, asking: Asking) -> Problem | None:
    """Regulation 11: a parent the pupil normally lives with asks or, over compulsory school age, the
    pupil (secondary).  Whoever is no pupil is taken for such a parent: the ledger cannot tell.
    """
    if law.who_asks == _NOT_STATED or leave.born is None:
        return None
    by_pupil_alone = all(each.casefold() == "pupil" for each in asking.relationships)
    if not by_pupil_alone or leave.asked_on > compulsory_school_age_to(leave.born):
        return None
    return _problem(
        "asked-by-no-appropriate-person",
        "asked_by.relationship",
        "A pupil who is not over compulsory school age does not ask for leave; a parent does.",
        leave,
    )


def _given_after_it_began(leave: Proposed, giving: Giving) -> Problem | None:
    """There is no retrospective leave (secondary); judged by the day of the decision."""
    if giving.decided_on <= leave.extent.begins:
        return None
    return _problem(
        "leave-given-after-it-began",
        "decided_on",
        "The decision was made after the first day of leave: leave is not given for days past.",
        leave,
    )


def _not_authorised(leave: Proposed, giving: Giving) -> Problem | None:
    """Regulation 11(1): only a person authorised by the proprietor gives leave."""
    if giving.authorised is not False:
        return None
    return _problem(
        "leave-not-by-authorised-person",
        giving.given_by,
        "Name and position are not among those recorded as authorised to give leave on that day.",
        leave,
    )


def _no_licence(leave: Proposed, giving: Giving) -> Problem | None:
    """Regulation 11(2): no leave for employment but a regulated performance or employment abroad."""
    if leave.ground != _EMPLOYMENT or giving.licence_seen:
        return None
    return _problem(
        "licence-not-recorded",
        "licence",
        "Such leave rests on a licence or exemption: name the one that was seen.",
        leave,
    )


def _problem(rule: str, path: str, message: str, leave: Proposed) -> Problem:
    found = statute.severity_rule(rule, leave.extent.begins)
    # A rule not in force that day weighs nothing, whatever it rests on.
    return Problem(rule, path, message, found.reference if found else "")


# --- Marks that disagree --------------------------------------------------------------------------


Why = Literal["another-code-than-leave", "code-without-leave"]


class LeaveDisagreement(NamedTuple):
    """A mark and the leave recorded do not say the same of a session."""

    day: date
    session: Session
    code: str
    why: Why
    leave: str | None
    """The leave that the mark passes over."""


def leave_disagreements(
    codes: Mapping[tuple[date, Session], str], leaves: Sequence[Leave]
) -> list[LeaveDisagreement]:
    """Where the marks of one pupil disagree with the leave recorded for that pupil, in order.

    In both directions: an absence has another code than the leave given for it, or a code that
    rests on leave (regulation 10 Table 3) has none.  A pupil who came in spite of leave, or could not
    have come, disagrees with nothing.
    """
    found = []
    for (day, session), symbol in sorted(codes.items()):
        covering = [leave for leave in leaves if leave.covers(day, session)]
        if any(symbol in statute.codes_of_leave(leave.ground, day) for leave in covering):
            continue
        rests, absent = _read(symbol, day)
        if covering and (rests or absent):
            passed_over = covering[-1].id
            found.append(
                LeaveDisagreement(day, session, symbol, "another-code-than-leave", passed_over)
            )
        elif rests:
            found.append(LeaveDisagreement(day, session, symbol, "code-without-leave", None))
    return found


def _read(symbol: str, day: date) -> tuple[bool, bool]:
    """Whether a code rests on leave, and whether it is an absence; a retired code is neither."""
    code = code_in_force(symbol, day)
    if code is None:
        return False, False
    return code.leave_decision == "required", code.statistical_class in _ABSENT
