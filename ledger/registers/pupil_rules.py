"""Rules of the attendance register that depend on the pupil: one function a rule (regulation 10).

They are asked for marks that need them and for no others: which ones a code needs is known once for all its
marks (`rules_for`).  Each says what is wrong, or None; what that leads to is weighed by the type of
the school (`ledger.law.findings`).  What a rule finds wrong is one value, made once, and what it goes by
that is the same for all pupils stands in the ruling: asked anew for every mark it would cost as much as the rule.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from ledger.admissions.ages import compulsory_school_age_from, compulsory_school_age_to
from ledger.admissions.roll import Enrolment, MarkDue
from ledger.law import statute
from ledger.law.codes import Code, PupilGroup, variants
from ledger.problems import Problem
from ledger.registers.place_rules import detail_is_read, problem_of_detail, problems_of_place
from ledger.schools.calendar import LONDON, Session

if TYPE_CHECKING:
    from ledger.registers.attendance import MarkAsked
    from ledger.registers.session_rules import Ruling

EA_8: Final = "Education Act 1996 s.8"
REG_10_N: Final = "SI 2024/208 reg 10(7) to (9)"
REG_11: Final = "SI 2024/208 reg 11"
REG_11_6: Final = "SI 2024/208 reg 11(6)"
DUAL_REGISTRATION: Final = "SI 2024/208 reg 10(3) Table 2; Devon, code D (secondary)"
POSSIBLE_ONCE: Final = "DfE, pupil absence statistics: methodology, dual registration"
EXCLUSION: Final = "Education and Inspections Act 2006 s.100 (secondary)"

_PART_TIME: Final = "part_time_timetable"
_REGISTERED_TWICE: Final = frozenset({"main", "subsidiary"})


class PupilsKnown(Protocol):
    """What is known of the pupils of one school."""

    def status_on(self, pupil: str, day: date) -> MarkDue | None:
        """Whether a mark is due of the pupil that day; None when the name is not on the roll (reg 10(1))."""
        ...

    def born(self, pupil: str) -> date | None:
        """The date of birth; None where it is not known."""
        ...

    def enrolment_on(self, pupil: str, day: date) -> Enrolment:
        """How the pupil is enrolled that day."""
        ...

    def grounds_of_leave(self, pupil: str, day: date, session: Session) -> Sequence[str]:
        """The grounds on which leave is in force for that session."""
        ...

    def has_leave(self, pupil: str) -> bool:
        """Whether leave was ever asked for: of most pupils none is in force then."""
        ...

    def part_time_agreed(self, pupil: str) -> bool:
        """Whether part-time education was ever agreed for the pupil."""
        ...

    def excluded_until(self, pupil: str, day: date) -> bool:
        """Whether the school days of an exclusion without provision lie just before the day, all E."""
        ...

    def possible_elsewhere(self, pupil: str, day: date, session: Session) -> bool:
        """Whether another school has a mark for that session that makes it possible there."""
        ...

    def n_due(self, day: date) -> date | None:
        """The last day to replace a code N of a session of that day; None where it is not known."""
        ...

    def n_overdue(self, day: date) -> bool:
        """Whether that day has passed."""
        ...


PupilRule = Callable[["MarkAsked", "Ruling", PupilsKnown], Problem | None]
"""Judges a mark: what is asked, what is ruled on its code in its session, and the pupils."""


def rules_for(symbol: str, has_detail: bool, day: date) -> tuple[PupilRule, ...]:
    """The rules that are asked for each pupil with this code; none for most codes, nor for a code
    that was not in force that day.
    """
    codes = variants(symbol, day)
    if not codes:
        return ()
    asked = (
        (code_for_this_age, any(code.pupil_group != "any" for code in codes)),
        (leave_behind_the_code, any(code.leave_decision == "required" for code in codes)),
        (at_an_approved_place, has_detail and detail_is_read(symbol)),
        (registered_at_two_schools, symbol == "D"),
        (other_school_named, symbol == "D" and not has_detail),
        (excluded_with_provision, symbol == "E"),
    )
    return tuple(rule for rule, needed in asked if needed)


def problems_of(
    asked: "MarkAsked", ruling: "Ruling", pupils: PupilsKnown, status: MarkDue | None
) -> tuple[Problem, ...]:
    """What is wrong with one mark: by the rules that its code asks for each pupil, and by those that
    depend on the pupil or on the mark itself.
    """
    found: tuple[Problem, ...] = ()
    for rule in ruling.pupil_rules:
        problem = rule(asked, ruling, pupils)
        if problem is not None:
            found += (problem,)
    if asked.place is not None or asked.supervision is not None:
        found += tuple(problems_of_place(ruling.symbol, asked.place, asked.supervision))
    # A code that rests on leave and of which nothing was found wrong is that of the leave in force.
    if (
        ruling.absent
        and (found or ruling.without_leave is None)
        and pupils.has_leave(asked.pupil)
        and (problem := no_other_leave_in_force(asked, ruling, pupils))
    ):
        found += (problem,)
    if (
        status == "shared"
        and ruling.possible
        and (problem := possible_at_one_school(asked, ruling, pupils))
    ):
        found += (problem,)
    if asked.from_ == "N":
        found += replaced_in_time(asked, ruling, pupils)
    return found


# -- age -----------------------------------------------------------------------------------------


def code_for_this_age(asked: "MarkAsked", ruling: "Ruling", pupils: PupilsKnown) -> Problem | None:
    """Codes of one age group are for pupils of it on the day of the session: X for those not of
    compulsory school age, C2 and T for those who are (reg 10 Table 3, reg 3, reg 11(6)).

    Where the date of birth is not known the rule has nothing to say.
    """
    born = pupils.born(asked.pupil)
    if born is None:
        return None
    first, last = _compulsory_school_age(born)
    return ruling.of_age if first <= ruling.day <= last else ruling.not_of_age


@lru_cache(maxsize=4096)
def _compulsory_school_age(born: date) -> tuple[date, date]:
    return compulsory_school_age_from(born), compulsory_school_age_to(born)


def about_age(symbol: str, day: date, *, of_age: bool) -> Problem | None:
    """What is wrong with the code for a pupil who is, or is not, of compulsory school age that day."""
    group: PupilGroup = "compulsory_school_age" if of_age else "not_compulsory_school_age"
    codes = variants(symbol, day)
    if not codes:
        return None
    code = next((code for code in codes if code.pupil_group in ("any", group)), None)
    if code is None:
        return _other_age(codes[0])
    if code.discouraged_from is not None and code.discouraged_from <= day:
        return Problem("code-discouraged", "code", code.discouraged, code.reference)
    return None


def _other_age(code: Code) -> Problem:
    for_whom = (
        "of compulsory school age on the day of the session, and this pupil is not"
        if code.pupil_group == "compulsory_school_age"
        else "not of compulsory school age on the day of the session, and this pupil is"
    )
    return Problem(
        "code-not-for-this-age",
        "code",
        f"This code is for pupils who are {for_whom}.",
        f"{code.reference}; {EA_8}",
    )


# -- leave (regulation 11) -----------------------------------------------------------------------


def leave_behind_the_code(
    asked: "MarkAsked", ruling: "Ruling", pupils: PupilsKnown
) -> Problem | None:
    """A code that rests on leave given has leave on its ground in force for the session; code C2 rests
    on times and dates agreed (reg 11(6)), up to their end.
    """
    pupil = asked.pupil
    if not ruling.grounds.isdisjoint(pupils.grounds_of_leave(pupil, ruling.day, ruling.session)):
        return None
    without = ruling.without_leave
    if without is _NOTHING_AGREED and pupils.part_time_agreed(pupil):
        return _NOT_AGREED_FOR_THIS
    return without


_NOTHING_AGREED: Final = Problem(
    "no-part-time-agreement",
    "code",
    "No part-time education with times and dates has been agreed for this pupil.",
    REG_11_6,
)
_NOT_AGREED_FOR_THIS: Final = Problem(
    "outside-part-time-agreement",
    "code",
    "Part-time education was agreed, but not for this session.",
    REG_11_6,
)


def without_leave(symbol: str, day: date) -> Problem | None:
    """What is wrong with a code that rests on leave where there is none; None of any other code."""
    codes = variants(symbol, day)
    if all(code.leave_decision != "required" for code in codes):
        return None
    if rests_on_an_agreement(symbol, day):
        return _NOTHING_AGREED
    return Problem(
        "code-without-leave",
        "code",
        "No leave on the ground of this code is recorded for the session.",
        f"{codes[0].reference}; {REG_11}",
    )


def grounds_of(symbol: str, day: date) -> frozenset[str]:
    """The grounds of leave that the code is entered with."""
    return statute.grounds_of_code(symbol, day)


def no_other_leave_in_force(
    asked: "MarkAsked", ruling: "Ruling", pupils: PupilsKnown
) -> Problem | None:
    """An absence for which leave is in force is entered with a code of the ground of that leave.

    Asked of such absences alone.  A pupil who came, or was elsewhere with approval, simply did not use the leave.
    """
    grounds = pupils.grounds_of_leave(asked.pupil, ruling.day, ruling.session)
    return _OTHER_LEAVE if grounds and ruling.grounds.isdisjoint(grounds) else None


_OTHER_LEAVE: Final = Problem(
    "leave-in-force",
    "code",
    "Leave is in force for this session, and this is not the code of such leave.",
    f"SI 2024/208 reg 10 Table 3; {REG_11}",
)


def rests_on_an_agreement(symbol: str, day: date) -> bool:
    """Whether the code's detail is an agreement of times and dates: C2, whose agreement is leave that
    is recorded by itself (convention).
    """
    ground = statute.leave_ground(_PART_TIME, day)
    return ground is not None and ground.code == symbol and ground.times_and_dates == "must"


# -- two schools ---------------------------------------------------------------------------------


def registered_at_two_schools(
    asked: "MarkAsked", ruling: "Ruling", pupils: PupilsKnown
) -> Problem | None:
    """D says that the pupil was due at another school of registration (secondary: Devon)."""
    if pupils.enrolment_on(asked.pupil, ruling.day) in _REGISTERED_TWICE:
        return None
    return _REGISTERED_ONCE


def other_school_named(_asked: "MarkAsked", _ruling: "Ruling", _pupils: PupilsKnown) -> Problem:
    """D names the other school; asked only of marks without a detail (convention)."""
    return _OTHER_SCHOOL_NOT_NAMED


def possible_at_one_school(
    asked: "MarkAsked", ruling: "Ruling", pupils: PupilsKnown
) -> Problem | None:
    """No half-day is a possible session at two schools; which is right is for the schools."""
    elsewhere = pupils.possible_elsewhere(asked.pupil, ruling.day, ruling.session)
    return _POSSIBLE_TWICE if elsewhere else None


_REGISTERED_ONCE: Final = Problem(
    "not-dually-registered",
    "code",
    "This code is for pupils who are registered at another school as well; the admission "
    "register says that this pupil is not.",
    DUAL_REGISTRATION,
)
_OTHER_SCHOOL_NOT_NAMED: Final = Problem(
    "other-school-not-named",
    "detail",
    "Name the other school of registration.",
    DUAL_REGISTRATION,
)
_POSSIBLE_TWICE: Final = Problem(
    "two-possible-sessions",
    "code",
    "Another school has entered a mark that makes this session possible there as well.",
    POSSIBLE_ONCE,
)


# -- place, exclusion, code N --------------------------------------------------------------------


def at_an_approved_place(
    asked: "MarkAsked", ruling: "Ruling", _pupils: PupilsKnown
) -> Problem | None:
    """The detail of an approved activity speaks of no learning online or at home (reg 10(11))."""
    return problem_of_detail(ruling.symbol, asked.place, asked.detail)


def excluded_with_provision(
    asked: "MarkAsked", ruling: "Ruling", pupils: PupilsKnown
) -> Problem | None:
    """From the sixth school day of an exclusion there is provision, and its code replaces E."""
    return _WITHOUT_PROVISION if pupils.excluded_until(asked.pupil, ruling.day) else None


def replaced_in_time(
    asked: "MarkAsked", ruling: "Ruling", pupils: PupilsKnown
) -> tuple[Problem, ...]:
    """N is replaced no later than the fifth school day after its session (reg 10(7) to (9)).

    An imported amendment is judged by the time of entry that it claims, or not at all.
    """
    if not asked.is_history:
        return _N_NOT_REPLACED_IN_TIME if pupils.n_overdue(ruling.day) else ()
    if asked.entered_at is None:
        return ()
    due = pupils.n_due(ruling.day)
    late = due is not None and asked.entered_at.astimezone(LONDON).date() > due
    return _N_NOT_REPLACED_IN_TIME if late else ()


_WITHOUT_PROVISION: Final = Problem(
    "excluded-without-provision",
    "code",
    "Alternative provision is due by this school day of the exclusion: enter the code of the "
    "provision or, of a pupil who did not come to it, of the absence.",
    EXCLUSION,
)
_N_NOT_REPLACED_IN_TIME: Final = (
    Problem(
        "code-n-not-replaced-in-time",
        "from",
        "Code N is replaced later than the last school day that is allowed after its session.",
        REG_10_N,
    ),
)
