"""What a rulebook says of a mark that was made: how it counts, and whether it would be taken today.

For comparing rulebooks over marks that stand in registers.  Judged is what the tables themselves say of a
code: whether it is in force, for which session and which pupils it is, whether it needs its detail or
leave; and of the other rules what was found when the mark was made.  The day is that of the session.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from ledger.law.codes import Code, PupilGroup, StatisticalClass
from ledger.law.provisions import SchoolType
from ledger.law.rulebook import Rulebook
from ledger.law.statute import NotInForceError, Statute
from ledger.schools.calendar import Session, monday_of

CODE_RULES: Final = (
    "code-not-in-force",
    "wrong-session-for-code",
    "detail-missing",
    "code-not-for-this-age",
    "code-discouraged",
    "code-without-leave",
    "no-part-time-agreement",
    "outside-part-time-agreement",
)
"""Rules whose breach follows from the code table."""

_NO_BREACH: Final = (None, "none")
"""The rule is not in force that day, or does not bind schools of this type."""

_PART_TIME: Final = "part_time_timetable"

Taken = Literal["recorded", "warned", "refused"]


class Made(NamedTuple):
    """A mark as it stands in a register."""

    day: date
    session: Session
    code: str
    has_detail: bool = False
    of_age: bool | None = None
    """Whether the pupil was of compulsory school age that day; None where that is not known."""
    flags: tuple[str, ...] = ()
    """Rules found broken when it was entered."""
    grounds: frozenset[str] | None = None
    """Grounds on which leave is in force for the session; None where that is not known."""
    part_time_agreed: bool = False
    """Whether part-time education was ever agreed for the pupil."""


class Judged(NamedTuple):
    """How a mark counts, and what would become of it if it were entered."""

    counts_as: StatisticalClass
    in_possible: bool
    counts_to_penalty_threshold: bool
    taken: Taken
    rules: tuple[str, ...]
    """The rules that refuse it or warn of it."""


def judge(rulebook: Rulebook, mark: Made, school_type: SchoolType) -> Judged | None:
    """The judgement of a mark at a school of this type; None for what was never a code."""
    group: PupilGroup = (
        "not_compulsory_school_age" if mark.of_age is False else "compulsory_school_age"
    )
    code = rulebook.codes.last_counted(mark.code, mark.day, group)
    if code is None:
        return None
    weights = {
        rule: severity
        for rule in (*_breaches(rulebook, code, mark), *_found(mark))
        if (severity := _severity(rulebook, rule, school_type, mark.day)) not in _NO_BREACH
    }
    taken: Taken = (
        "refused" if "refuse" in weights.values() else "warned" if weights else "recorded"
    )
    return Judged(
        code.statistical_class,
        code.in_possible,
        _counts(rulebook, mark),
        taken,
        tuple(sorted(weights)),
    )


def _breaches(rulebook: Rulebook, code: Code, mark: Made) -> list[str]:
    """Which of CODE_RULES the mark breaks."""
    if not code.in_force_on(mark.day):
        return ["code-not-in-force"]
    broken = []
    if not (code.am if mark.session == "AM" else code.pm):
        broken.append("wrong-session-for-code")
    if code.detail == "required" and not mark.has_detail:
        broken.append("detail-missing")
    # Of a pupil whose age is not known nothing is held against the mark.
    wrong = {True: "not_compulsory_school_age", False: "compulsory_school_age"}
    if mark.of_age is not None and code.pupil_group == wrong[mark.of_age]:
        broken.append("code-not-for-this-age")
    elif code.discouraged_from is not None and code.discouraged_from <= mark.day:
        broken.append("code-discouraged")
    if code.leave_decision == "required" and mark.grounds is not None:
        broken += _without_leave(rulebook.statute, mark, mark.grounds)
    return broken


def _without_leave(statute: Statute, mark: Made, grounds: frozenset[str]) -> list[str]:
    """As `ledger.registers.pupil_rules.leave_behind_the_code` has it of the law as it is built in."""
    known = [statute.leave_ground(name, mark.day) for name in grounds]
    if any(one is not None and mark.code in (one.code, *one.other_codes) for one in known):
        return []
    part_time = statute.leave_ground(_PART_TIME, mark.day)
    if part_time is None or (part_time.code, part_time.times_and_dates) != (mark.code, "must"):
        return ["code-without-leave"]
    agreed = mark.part_time_agreed
    return ["outside-part-time-agreement" if agreed else "no-part-time-agreement"]


def _found(mark: Made) -> list[str]:
    return [flag for flag in mark.flags if flag not in CODE_RULES]


def _severity(rulebook: Rulebook, rule: str, school_type: SchoolType, day: date) -> str | None:
    try:
        return rulebook.statute.severity(rule, school_type, day)
    except NotInForceError:
        return "refuse"  # as `ledger.law.findings` has it: an error of another kind than a breach of law


def threshold_first_met(
    rulebook: Rulebook, marks: Sequence[Made], school_weeks: Sequence[date]
) -> date | None:
    """The day on which one pupil's marks first met the penalty-notice threshold; None if never.

    As `ledger.intervention.penalty_notices.threshold_met` has it of the law as it is built in.
    """
    numbers = {monday: number for number, monday in enumerate(school_weeks)}
    weeks: list[int] = []
    for mark in sorted(marks):
        week = numbers.get(monday_of(mark.day))
        if week is None or not _counts(rulebook, mark):
            continue
        weeks.append(week)
        enough = rulebook.statute.threshold("penalty-notice-sessions", mark.day)
        width = rulebook.statute.threshold("penalty-notice-window-school-weeks", mark.day)
        if enough is None or width is None:
            continue
        within = len(weeks) - bisect_right(weeks, week - width.value)
        if within >= enough.value:
            return mark.day
    return None


def _counts(rulebook: Rulebook, mark: Made) -> bool:
    code = rulebook.codes.code_in_force(mark.code, mark.day)
    return code is not None and code.counts_to_penalty_threshold
