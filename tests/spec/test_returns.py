"""Returns to the local authority: SI 2024/208 reg 13."""

from collections.abc import Iterator
from datetime import date
from itertools import cycle

import pytest

from ledger.authority_returns.returns import (
    Belief,
    HeldSession,
    Illness,
    Run,
    attendance_returns,
    days_ill,
    illnesses,
    new_pupil_return_due,
    new_pupil_return_needed,
    runs,
    sickness_return_due,
)
from ledger.authority_returns.returns_sent import ReturnSent, Sent, latest_of_each
from ledger.law.statute import NotInForceError, deletion_ground, limit
from ledger.schools.calendar import Session
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


# --- Illnesses, and beliefs about them --------------------------------------------------------------

ILL_SINCE = date(2026, 11, 9)


def ill(codes: str, *beliefs: tuple[int, int]) -> list[Illness]:
    """Illnesses by the codes of sessions from 9 November 2026 on; beliefs by day of November and days."""
    formed = [Belief(date(2026, 11, day), expected) for day, expected in beliefs]
    return illnesses(HELD, absent(codes), formed)


@pytest.mark.parametrize(
    ("days", "beliefs", "since"),
    [
        (14, (), None),
        (15, (), date(2026, 12, 1)),  # the fifteenth day, two training days passed over
        (12, ((24, 2),), None),
        (12, ((24, 3),), date(2026, 11, 24)),
        (12, ((24, 10),), date(2026, 11, 24)),  # AC-035
        (12, ((24, 10), (25, 0)), None),
        (1, ((9, 14),), date(2026, 11, 9)),
        (1, ((9, 13),), None),
        (15, ((24, 10),), date(2026, 11, 24)),  # the belief comes before the fifteenth day
        (15, ((24, 1),), date(2026, 12, 1)),
    ],
)
def test_when_the_sickness_return_falls_due(
    days: int, beliefs: tuple[tuple[int, int], ...], since: date | None
) -> None:
    """By the days that were missed, or by those that were believed to be, whichever came first."""
    (found,) = ill("II" * days, *beliefs)
    assert since == found.due_since
    assert (ILL_SINCE, days, days) == (found.first, len(found.days), found.so_far)


def test_illnesses_are_parted_by_a_return_to_school() -> None:
    """By no other code: leave between two days ill parts nothing, an afternoon at school does."""
    assert [1, 2] == [one.episode for one in ill("II" + "/\\" + "II")]
    assert [2] == [len(one.days) for one in ill("II" + "MM" + "II")]
    assert [1, 1] == [len(one.days) for one in ill("II" + "I\\" + "II")]
    assert [] == ill("I\\" + "/I")


def test_illness_adds_up_over_the_school_year() -> None:
    """Ten days, back, five more: the second illness is the one of which the return is due."""
    first, second = ill("II" * 10 + "/\\" + "II" * 5)
    assert (None, 10) == (first.due_since, first.so_far)
    assert (date(2026, 12, 2), 15) == (second.due_since, second.so_far)


def test_a_belief_is_about_the_illness_that_lasts_else_the_next() -> None:
    """Formed before it, during it, or after its last day while the pupil has not come back."""
    weeks = "/\\" * 3 + "II" * 2 + "/\\" * 2
    for day, first in ((10, 10), (12, 12), (13, 12)):
        found = [one for one in ill(weeks, (day, 20)) if one.belief]
        assert [(date(2026, 11, first), 2)] == [(one.first, len(one.days)) for one in found]
    to_come = ill(weeks, (17, 20))[-1]
    assert (date(2026, 11, 17), (), date(2026, 11, 17)) == (
        to_come.first,
        to_come.days,
        to_come.due_since,
    )
    assert 1 == len(ill(weeks, (17, 0)))


# --- What was sent ----------------------------------------------------------------------------------


def sent(first: int, last: int, position: int = 1) -> Sent:
    """A return that told of an episode of November 2026."""
    stream = "local-authority-returns/137172/0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01"
    days = date(2026, 11, first), date(2026, 11, last)
    event = ReturnSent(stream, 1, "la-attendance-return", "ten-days", *days, 1, date(2026, 11, 30))
    return Sent(position, event)


@pytest.mark.parametrize(
    ("episodes", "told", "left"),
    [
        ([(2, 13)], [True], 0),
        ([(2, 20)], [True], 0),  # it went on
        ([(4, 13)], [True], 0),  # its first days were amended
        ([(14, 27)], [False], 1),
        ([], [], 1),
        ([(2, 5), (9, 27)], [True, False], 0),  # cut in two: the second was not told of as one
        ([(3, 5), (9, 27)], [True, False], 0),
    ],
)
def test_to_which_episode_a_return_belongs(
    episodes: list[tuple[int, int]], told: list[bool], left: int
) -> None:
    """To the first that shares days with it, and to one alone."""
    days = [(date(2026, 11, first), date(2026, 11, last)) for first, last in episodes]
    found, gone = latest_of_each([sent(2, 13)], days)
    assert (told, left) == ([one is not None for one in found], len(gone))


def test_the_latest_of_several_returns_stands() -> None:
    """An episode may be told of again, on purpose."""
    found, _ = latest_of_each(
        [sent(2, 13, 5), sent(2, 16, 9)], [(date(2026, 11, 2), date(2026, 11, 20))]
    )
    assert [9] == [one.position for one in found if one]
