"""Returns to the local authority: SI 2024/208 reg 13."""

from collections.abc import Iterator
from datetime import date
from itertools import cycle

import pytest

from ledger.calendar import Session
from ledger.returns import (
    HeldSession,
    Run,
    attendance_returns,
    days_ill,
    new_pupil_return_due,
    new_pupil_return_needed,
    runs,
    sickness_return_due,
)
from ledger.statute import NotInForceError, deletion_ground, limit
from tests.spec.test_sessions import YEAR_2026

HELD = YEAR_2026.sessions(date(2026, 8, 1), date(2027, 7, 31))
START = HELD.index((date(2026, 11, 9), "AM"))


def absent(codes: str, since: int = START) -> dict[HeldSession, str]:
    """Marks for the sessions from Monday 9 November 2026 on, one letter a session; `-` is none."""
    marks = dict(zip(HELD[since:], codes, strict=False))
    return {session: code for session, code in marks.items() if code != "-"}


def ground_i(day: date, code: str) -> bool:
    """Whether a code belongs in the run of ground I."""
    ground = deletion_ground("I", day)
    assert ground is not None
    return any(code in condition.codes for condition in ground.conditions)


def present() -> Iterator[str]:
    """The present marks of mornings and afternoons in turn."""
    return cycle("/\\")


# --- New pupils -----------------------------------------------------------------------------------


def test_ac_034_the_new_pupil_return_is_due_on_the_fifth_calendar_day() -> None:
    """AC-034: entered on Wednesday 11 November 2026, due by the end of Monday 16 November."""
    assert date(2026, 11, 16) == new_pupil_return_due(date(2026, 11, 11))


@pytest.mark.parametrize(
    ("entered", "due"),
    [
        (date(2026, 12, 18), date(2026, 12, 23)),  # a holiday does not stop this clock
        (date(2028, 2, 26), date(2028, 3, 2)),
        (date(2016, 9, 1), date(2016, 9, 6)),
    ],
)
def test_days_are_days(entered: date, due: date) -> None:
    """Weekends and holidays count, leap days too."""
    assert due == new_pupil_return_due(entered)


def test_before_september_2016_there_was_no_such_return() -> None:
    """The duty came with the amendment of that month."""
    with pytest.raises(NotInForceError):
        new_pupil_return_due(date(2016, 8, 31))


@pytest.mark.parametrize(
    ("junior", "first_day", "asked_on", "needed"),
    [
        (False, False, None, True),
        (True, False, None, True),
        (False, True, None, True),
        (True, True, None, False),
        (True, True, date(2026, 8, 31), True),
        (True, True, date(2026, 9, 1), False),  # covers names entered after the day of the request
    ],
)
def test_who_is_left_out_of_the_new_pupil_return(
    junior: bool, first_day: bool, asked_on: date | None, needed: bool
) -> None:
    """The most junior class starting with the school year, unless the authority asked before."""
    assert needed is new_pupil_return_needed(
        date(2026, 9, 1),
        in_most_junior_class=junior,
        starts_with_school_year=first_day,
        asked_on=asked_on,
    )


# --- Ten continuous school days -------------------------------------------------------------------


@pytest.mark.parametrize(("sessions", "returns"), [(19, 0), (20, 1), (21, 1), (22, 1)])
def test_the_tenth_school_day_brings_the_return(sessions: int, returns: int) -> None:
    """Twenty sessions are ten school days, nineteen are not; more is still one return."""
    assert returns == len(attendance_returns(HELD, absent("O" * sessions)))


def test_the_run_passes_over_training_days_and_weekends() -> None:
    """From 16 November 2026 the tenth school day is 1 December: two training days lie between."""
    since = HELD.index((date(2026, 11, 16), "AM"))
    (run,) = attendance_returns(HELD, absent("O" * 20, since))
    assert date(2026, 12, 1) == run.school_days[9]
    assert ((date(2026, 11, 16), "AM"), (date(2026, 12, 1), "PM")) == (run.first, run.last)
    assert 20 == run.sessions


def test_a_day_begun_at_school_is_no_day_of_absence() -> None:
    """From an afternoon on, twenty sessions are nine whole school days and two halves."""
    marks = absent("O" * 20, START + 1)
    assert [] == attendance_returns(HELD, marks)
    (run,) = runs(HELD, marks, ground_i)
    assert (20, 9) == (run.sessions, len(run.school_days))


def test_u_in_a_run_is_shown_to_a_person() -> None:
    """U belongs in the run of the return, and the run says so; without it nothing is said."""
    (late,) = attendance_returns(HELD, absent("O" * 10 + "U" + "O" * 9))
    (plain,) = attendance_returns(HELD, absent("GNO" * 7))
    assert late.has_late
    assert not plain.has_late


@pytest.mark.parametrize("code", ["I", "C", "/", "D", "E", "-"])
def test_any_other_code_breaks_the_run(code: str) -> None:
    """An authorised absence, attendance, another school or a missing mark end it."""
    assert [] == attendance_returns(HELD, absent("O" * 10 + code + "O" * 9))


def test_one_return_an_episode() -> None:
    """Ill for a day and absent again is one episode; back at school and absent again are two."""
    away = "O" * 20
    assert [1] == [run.episode for run in attendance_returns(HELD, absent(away + "II" + away))]
    back = attendance_returns(HELD, absent(away + "/\\" + away))
    assert [1, 2] == [run.episode for run in back]
    elsewhere = attendance_returns(HELD, absent(away + "BB" + away))
    assert [1, 2] == [run.episode for run in elsewhere]


def test_an_episode_reaches_ten_days_whenever_it_does() -> None:
    """A short run first does not use the episode up."""
    (run,) = attendance_returns(HELD, absent("OOII" + "O" * 20))
    assert (date(2026, 11, 11), 1) == (run.first[0], run.episode)


def test_a_mark_of_a_session_that_was_not_held_is_passed_over() -> None:
    """A school closed for a day is no break in a pupil's absence, and no day of it."""
    closed = date(2026, 11, 12)
    held = [session for session in HELD if session[0] != closed]
    marks = absent("O" * 22)
    for session in ("AM", "PM"):
        marks[closed, session] = "Y4"
    (run,) = attendance_returns(held, marks)
    assert 10 == len(run.school_days)
    assert closed not in run.school_days


def test_who_is_at_school_has_no_runs() -> None:
    """A year of presence is no run, and neither is a year without marks."""
    assert [] == runs(HELD, dict(zip(HELD, present(), strict=False)), ground_i)
    assert [] == runs(HELD, {}, ground_i)


def test_ac_031_one_session_of_illness_breaks_ground_i() -> None:
    """AC-031: 39 sessions O and one I are no run of twenty school days; forty O are."""
    days = limit("continuous-absence-school-days", date(2026, 12, 11))

    def longest(codes: str) -> int:
        return max(len(run.school_days) for run in runs(HELD, absent(codes), ground_i))

    assert days == longest("O" * 40)
    assert days > longest("O" * 20 + "I" + "O" * 19)
    assert days > longest("O" * 20 + "U" + "O" * 19)


def test_a_run_is_told_whole() -> None:
    """Its ends, its sessions, its school days and its episode."""
    day = date(2026, 11, 9)
    am: Session = "AM"
    pm: Session = "PM"
    assert [
        Run(
            first=(day, am),
            last=(day, pm),
            sessions=2,
            school_days=(day,),
            has_late=False,
            episode=1,
        )
    ] == runs(HELD, absent("GN"), ground_i)


# --- Sickness -------------------------------------------------------------------------------------


def test_ac_035_the_belief_brings_the_sickness_return() -> None:
    """AC-035: twelve school days coded I and two more weeks expected: due now."""
    counted = days_ill(HELD, absent("I" * 24))
    assert 12 == counted
    assert sickness_return_due(counted, 10, date(2026, 11, 25))
    assert not sickness_return_due(counted, 0, date(2026, 11, 25))


@pytest.mark.parametrize(
    ("counted", "expected", "due"), [(14, 0, False), (15, 0, True), (14, 1, True), (0, 15, True)]
)
def test_fifteen_school_days(counted: int, expected: int, due: bool) -> None:
    """Missed, believed to be missed, or both together."""
    assert due is sickness_return_due(counted, expected, date(2026, 11, 25))


def test_days_of_illness_need_not_be_consecutive() -> None:
    """They add up over the school year; half a day is none, and other codes are none."""
    assert 3 == days_ill(HELD, absent("II" + "/\\" + "II" + "I\\" + "MM" + "II" + "I-"))


def test_sub_codes_of_illness_are_illness() -> None:
    """In spring 2021 I02 left the school as I, and counts as it."""
    day = date(2021, 5, 4)
    held: list[HeldSession] = [(day, "AM"), (day, "PM")]
    assert 1 == days_ill(held, {(day, "AM"): "I02", (day, "PM"): "I"})
    assert 0 == days_ill(held, {(day, "AM"): "X02", (day, "PM"): "I"})
