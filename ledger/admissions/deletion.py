"""Deletion of a name from the admission register: whether a ground of regulation 9 has arisen.

What is asked is in `ledger.admissions.grounds`, the conditions of each ground are data
(`law/deletion_grounds.toml`), and what follows from a breach is data as well (`law/severity.toml`).
Here the conditions are held against what the school states and what the registers show, on the day of
the deletion.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from ledger.admissions import admission, ages
from ledger.admissions.admission import NameDeleted, Register
from ledger.admissions.admitting import register_of
from ledger.admissions.grounds import Deletion, DeletionOnH, Evidence
from ledger.admissions.roll import OnRoll
from ledger.base import Outcome, Recorded, Refused, refuse
from ledger.book import SchoolBook
from ledger.facts import Facts, known_school
from ledger.law import findings, statute
from ledger.law.codes import last_counted
from ledger.law.provisions import Condition, DeletionGround
from ledger.leave_of_absence import leave
from ledger.problems import Problem
from ledger.schools import calendar
from ledger.schools.calendar import Session
from ledger.schools.school_time import SchoolTime

REG_9: Final = "SI 2024/208 reg 9"
_DAY: Final = timedelta(days=1)
_ATTENDING: Final = ("attending", "approved_educational_activity")
_CAME_LATE: Final = "U"

GroundOn = Callable[[str, date], DeletionGround | None]


class Case(NamedTuple):
    """A deletion that is asked, with all that it is decided on."""

    asked: Deletion
    pupil: str
    place: OnRoll
    book: SchoolBook
    register: Register
    facts: Facts

    def codes(self, first: date, last: date) -> Mapping[tuple[date, Session], str]:
        """The pupil's codes that stand, of days whose calendar is known."""
        years = self.book.school.years
        if not years:
            return {}
        first = max(first, calendar.span_of_year(min(years)).first)
        last = min(last, calendar.span_of_year(max(years)).last)
        return self.facts.codes_of(self.book.urn, self.pupil, first, last) if first <= last else {}

    @property
    def school_time(self) -> SchoolTime:
        """The school days of the school."""
        return SchoolTime.of_years(self.book.school.years.values())

    @property
    def born(self) -> date | None:
        """The date of birth; None where it was erased."""
        return self.facts.born(self.book.urn, (self.pupil,)).get(self.pupil)


def delete(
    asked: Deletion,
    urn: str,
    pupil: str,
    facts: Facts,
    ground_on: GroundOn = statute.deletion_ground,
) -> Outcome:
    """Delete a name, only on a ground of regulation 9 and never dated back.

    A later `day` takes effect then; until it comes the pupil stays on the roll and marks go on.
    """
    book = known_school(urn, facts)
    register = register_of(book, facts)
    place = register.roll.get(pupil)
    if place is None:
        return admission.not_on_roll()
    if refused := _out_of_time(asked, place, register.today):
        return refused
    ground = ground_on(asked.ground, asked.day)
    if ground is None:
        return refuse("condition-not-met", "ground", "The ground is not in force that day.", REG_9)
    case = Case(asked, pupil, place, book, register, facts)
    found = [
        *unmet_by_evidence(ground, asked.evidence, asked.day),
        *_unmet_by_registers(ground, case),
    ]
    found += _not_for_this_pupil(ground, case)
    refusing, warning = findings.weigh(found, book.school.type_on(asked.day), asked.day)
    if refusing:
        return Refused(tuple(refusing))
    event = NameDeleted(
        admission.stream(urn, pupil),
        place.version + 1,
        asked.ground,
        asked.day,
        asked.evidence.model_dump(mode="json", exclude_unset=True),
    )
    return Recorded(event, tuple(warning))


def unmet_by_evidence(ground: DeletionGround, evidence: Evidence, day: date) -> Iterator[Problem]:
    """The conditions that what the school states does not meet, for a deletion on that day."""
    for condition in ground.conditions:
        if condition.shown_by == "evidence" and (message := _wrong(condition, evidence, day)):
            yield _not_met(condition, message, f"evidence.{condition.name}")


# -- what the school states ----------------------------------------------------------------------


def _wrong(condition: Condition, evidence: Evidence, day: date) -> str | None:
    stated = getattr(evidence, condition.name)
    match condition.answer:
        case "given":
            if stated is None:
                return f"This must be stated: {condition.title}"
            if isinstance(stated, date) and stated > day:
                return "This day lies after the day of deletion."
        case "day passed":
            if stated is None or stated >= day:
                return f"This day has not passed: {condition.title}."
        case answer:
            if stated is not (answer == "yes") and _needs_answer(condition, evidence, stated):
                return f"On this ground the answer must be {answer}: {condition.title}"
    return None


def _needs_answer(condition: Condition, evidence: Evidence, stated: bool | None) -> bool:
    """Whether the condition applies.  Where that is not stated, a wrong answer counts, silence not."""
    if not condition.applies_if:
        return True
    applies = [getattr(evidence, name) for name in condition.applies_if]
    if any(applies):
        return True
    return stated is not None and None in applies


def _not_met(condition: Condition, message: str, path: str = "ground") -> Problem:
    return Problem("condition-not-met", path, message, condition.reference)


# -- what the registers show ---------------------------------------------------------------------


def _unmet_by_registers(ground: DeletionGround, case: Case) -> Iterator[Problem]:
    for condition in ground.conditions:
        if condition.shown_by == "registers":
            yield from SHOWN_BY_REGISTERS[condition.name](condition, case)


def _boarder(condition: Condition, case: Case) -> Iterator[Problem]:
    """Grounds G and M: whether the pupil is a boarder on the day."""
    boards = case.place.boarder_on(case.asked.day)
    if boards is not (condition.answer == "yes"):
        whom = "boarders only" if condition.answer == "yes" else "pupils who are not boarders"
        yield _not_met(condition, f"This ground is for {whom}.")


def _not_returned(condition: Condition, case: Case) -> Iterator[Problem]:
    """Ground H: ten school days have passed since the leave without a return (unconfirmed)."""
    asked = case.asked
    assert isinstance(asked, DeletionOnH)
    ended = asked.evidence.leave_ended_on
    days = statute.limit("leave-not-returned-school-days", asked.day)
    last = case.school_time.nth_school_day_after(ended, days)
    if last is None or last >= case.register.today:
        yield _not_met(
            condition, f"Not {days} school days are known to have passed since the leave ended."
        )
        return
    if not any(_ends_on(request, ended) for request in case.book.leave.of(case.pupil)):
        yield Problem(
            "leave-not-recorded",
            "evidence.leave_ended_on",
            "No leave given to the pupil that ended that day is recorded.",
            f"{condition.reference}, reg 11",
        )
    held = _sessions(case.book, ended + _DAY, last)
    if any(leave.given_for(case.book.leave, case.pupil, *session) for session in held):
        yield _not_met(condition, "Leave is given to the pupil for a session after that day.")
    until = min(asked.day - _DAY, case.register.today)
    attended = sum(
        _attended(code, day) for (day, _), code in case.codes(ended + _DAY, until).items()
    )
    if attended:
        yield _not_met(condition, f"The pupil attended {attended} sessions since the leave ended.")


def _continuously_absent(condition: Condition, case: Case) -> Iterator[Problem]:
    """Ground I: every session of the twenty school days before the day has one of the codes."""
    day = case.asked.day
    days = statute.limit("continuous-absence-school-days", day)
    run = _run_before(case.book, day, days)
    if run is None or run[0][0] < case.place.periods[-1][0]:
        yield _not_met(
            condition,
            f"The pupil has not been on the roll for {days} known school days before that day.",
        )
        return
    codes = case.codes(run[0][0], day - _DAY)
    missing = sum(session not in codes for session in run)
    others = sum(codes.get(session, condition.codes[0]) not in condition.codes for session in run)
    if missing or others:
        yield Problem(
            "other-code-in-run",
            "ground",
            f"Of the {len(run)} sessions of the {days} school days before that day {others} have another "
            f"code than {', '.join(condition.codes)}, and {missing} have none.",
            condition.reference,
        )


def _over_before_school_next_meets(condition: Condition, case: Case) -> Iterator[Problem]:
    """Ground L: compulsory school age ends before the school next meets (EA 1996 s.8)."""
    born, day = case.born, case.asked.day
    if born is None:
        return
    ends = ages.compulsory_school_age_to(born)
    if ends < day:
        return
    meets = case.school_time.nth_school_day_after(day - _DAY, 1)
    if meets is None or ends >= meets:
        yield _not_met(
            condition,
            "By the date of birth the pupil is not over compulsory school age before the school is known "
            "to meet next.",
        )


SHOWN_BY_REGISTERS: Final[Mapping[str, Callable[[Condition, Case], Iterator[Problem]]]] = {
    "boarder": _boarder,
    "not_returned": _not_returned,
    "continuously_absent": _continuously_absent,
    "over_before_school_next_meets": _over_before_school_next_meets,
}
"""The conditions that the ledger answers itself, by their names in the table."""


def _ends_on(request: leave.Leave, day: date) -> bool:
    given = request.given
    return given is not None and not given.is_empty and given.ends == day


def _attended(code: str, day: date) -> bool:
    counted = last_counted(code, day)
    came = counted is not None and counted.statistical_class in _ATTENDING
    return came or code == _CAME_LATE


def _sessions(book: SchoolBook, first: date, last: date) -> list[tuple[date, Session]]:
    years = book.school.years
    return [held for number in sorted(years) for held in years[number].sessions(first, last)]


def _run_before(book: SchoolBook, day: date, days: int) -> list[tuple[date, Session]] | None:
    """The sessions of so many school days before a day; None where not so many are known."""
    held = _sessions(book, date.min, day - _DAY)
    school_days = list(dict.fromkeys(session_day for session_day, _ in held))[-days:]
    if len(school_days) < days:
        return None
    first = school_days[0]
    between = range(calendar.academic_year(first), calendar.academic_year(day - _DAY) + 1)
    if not book.school.years.keys() >= set(between):
        return None
    return [session for session in held if session[0] >= first]


# -- whom the ground is for ----------------------------------------------------------------------


def _not_for_this_pupil(ground: DeletionGround, case: Case) -> Iterator[Problem]:
    """Regulation 9(1) is for pupils of compulsory school age that day, 9(3) for others."""
    born, day = case.born, case.asked.day
    if born is not None:
        of_age = ages.of_compulsory_school_age(born, day)
        if (
            "compulsory_school_age" if of_age else "not_compulsory_school_age"
        ) not in ground.pupils:
            yield Problem(
                "deletion-ground-not-for-this-age",
                "ground",
                "The ground is not known to be one for pupils of this age on the day of deletion.",
                f"{REG_9}(1), (3)",
            )
    if case.book.school.type_on(day) not in ground.schools:
        yield Problem(
            "deletion-ground-not-for-this-school",
            "ground",
            "The ground is not for schools of this type.",
            ground.reference,
        )


def _out_of_time(asked: Deletion, place: OnRoll, today: date) -> Refused | None:
    """The refusal of a deletion that comes twice, is dated back or before the starting day."""
    starting_day, deleted_on = place.periods[-1]
    if deleted_on is not None:
        message = "The name has been deleted from this school's admission register."
        return Refused((Problem("already-deleted", "pupil", message, REG_9),), conflict=True)
    if asked.day < today:
        return refuse(
            "deletion-dated-back",
            "day",
            "A deletion is never dated before the day on which it is recorded.",
            REG_9,
        )
    if asked.day < starting_day:
        message = "The day is before the starting day."
        return refuse("deletion-before-starting-day", "day", message, REG_9)
    return None
