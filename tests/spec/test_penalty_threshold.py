"""Penalty notices: the national framework of 19 August 2024; SI 2007/1867 as amended by SI 2024/210."""

from datetime import date, timedelta
from itertools import product

import pytest

from ledger.intervention.penalty_notices import (
    Met,
    NotMet,
    Payable,
    Payment,
    UnauthorisedSession,
    payable,
    permitted_notice,
    threshold_met,
)
from ledger.law.statute import NotInForceError
from ledger.schools.calendar import SESSIONS, Session
from ledger.schools.school_time import SchoolTime
from tests.spec.test_sessions import YEAR_2024, YEAR_2025, YEAR_2026

WEEKS = SchoolTime.of_years([YEAR_2024, YEAR_2025, YEAR_2026]).school_weeks(date(2025, 9, 1))


def marks(
    code: str, *days: date, sessions: tuple[Session, ...] = SESSIONS
) -> list[UnauthorisedSession]:
    """The same code for sessions of the days."""
    return [UnauthorisedSession(day, session, code) for day in days for session in sessions]


def met(found: Met | NotMet) -> Met:
    """The answer, which the test knows to be that the threshold is met."""
    assert isinstance(found, Met)
    return found


def most(found: Met | NotMet) -> int:
    """The largest count in any ten school weeks."""
    return len(found.largest.sessions) if found.largest else 0


def test_ac_022_a_week_of_holiday_meets_the_threshold() -> None:
    """AC-022: ten G from 12 to 16 October 2026; met on the tenth session; consider, nothing more."""
    week = [date(2026, 10, day) for day in range(12, 17)]
    found = met(threshold_met(marks("G", *week), WEEKS))
    assert "consider" == found.action
    assert 10 == most(found)
    assert UnauthorisedSession(date(2026, 10, 16), "PM", "G") == found.first_met
    assert (date(2026, 10, 18), 10) == (found.then.last, len(found.then.sessions))
    assert isinstance(threshold_met(marks("G", *week)[:9], WEEKS), NotMet)


def test_ac_028_eleven_school_weeks_apart_is_not_within_ten() -> None:
    """AC-028: ten sessions, of which no ten school weeks hold more than nine."""
    pairs = [date(2025, 9, 16), date(2025, 9, 30), date(2025, 10, 14), date(2025, 11, 4)]
    sessions = [
        *marks("O", date(2025, 9, 4), sessions=("AM",)),
        *marks("O", *pairs),
        *marks("O", date(2025, 11, 18), sessions=("AM",)),
    ]
    found = threshold_met(sessions, WEEKS)
    assert 10 == len(sessions)
    assert isinstance(found, NotMet)
    assert 9 == most(found)


@pytest.mark.parametrize(("first", "expected"), [(date(2025, 9, 4), 9), (date(2025, 9, 8), 10)])
def test_the_tenth_school_week_is_within_and_the_eleventh_is_not(
    first: date, expected: int
) -> None:
    """To 18 November 2025 the window begins on Monday 8 September."""
    sessions = [
        *marks("O", first, sessions=("AM",)),
        *marks("O", *(date(2025, 10, day) for day in range(6, 10))),
        *marks("O", date(2025, 11, 18), sessions=("AM",)),
    ]
    assert expected == most(threshold_met(sessions, WEEKS))


def test_a_window_runs_across_the_summer() -> None:
    """Five days before the holidays and five after are within ten school weeks of two years."""
    july = [date(2026, 7, day) for day in (13, 14, 15, 16, 17)]
    september = [date(2026, 9, day) for day in (2, 3, 4, 7, 8)]
    found = met(threshold_met(marks("O", *july, *september), WEEKS))
    assert 20 == most(found)
    assert UnauthorisedSession(date(2026, 7, 17), "PM", "O") == found.first_met
    late = threshold_met(marks("O", *july[2:], *september[:2]), WEEKS)
    assert UnauthorisedSession(date(2026, 9, 3), "PM", "O") == met(late).first_met
    assert (date(2026, 5, 18), date(2026, 9, 6)) == (met(late).then.first, met(late).then.last)


def test_g_n_o_and_u_count_in_any_mix() -> None:
    """They need not be consecutive, nor of one kind."""
    week = [date(2026, 11, day) for day in range(9, 14)]
    sessions = [mark for code, day in zip("GNOUO", week, strict=True) for mark in marks(code, day)]
    assert met(threshold_met(sessions, WEEKS)).first_met.day == date(2026, 11, 13)


def test_ac_007_a_session_that_was_amended_no_longer_counts() -> None:
    """AC-007: N amended to I un-counts; the threshold is worked out again from what stands."""
    week = [date(2026, 11, day) for day in range(9, 14)]
    sessions = marks("O", *week)
    assert isinstance(threshold_met(sessions, WEEKS), Met)
    amended = [*sessions[:2], *marks("I", week[1]), *sessions[4:]]
    assert 8 == most(threshold_met(amended, WEEKS))


@pytest.mark.parametrize("code", ["/", "\\", "L", "I", "C", "H", "D", "X", "Y4", "#", "ZZ"])
def test_nothing_else_counts(code: str) -> None:
    """Attendance, authorised absence, what is not possible and what is no code never count."""
    week = [date(2026, 11, day) for day in range(9, 14)]
    found = threshold_met(marks(code, *week), WEEKS)
    assert NotMet(largest=None) == found


def test_sessions_before_19_august_2024_do_not_count() -> None:
    """The session of the day itself does, that of the day before does not."""
    days = [date(2024, 8, 12) + timedelta(days=n) for n in range(12)]
    weeks = [date(2024, 8, 12), date(2024, 8, 19)]
    found = met(threshold_met(marks("O", *days), weeks))
    assert date(2024, 8, 19) == found.largest.sessions[0].day
    assert 10 == most(found)
    assert isinstance(threshold_met(marks("O", *days[:11]), weeks), NotMet)


def test_the_largest_window_is_found_wherever_it_lies() -> None:
    """Most sessions in any window, not in the last; when first met is told apart from it."""
    first = [date(2025, 1, day) for day in (13, 14, 15, 16, 17, 20)]
    later = [date(2026, 1, day) for day in (12, 13, 14, 15, 16)]
    found = met(threshold_met(marks("G", *later, *first), WEEKS))
    assert 12 == most(found)
    assert date(2025, 1, 20) == found.largest.sessions[-1].day
    assert date(2025, 1, 17) == found.first_met.day
    assert date(2025, 1, 26) == found.largest.last


def test_a_mark_in_a_week_the_school_did_not_hold_is_handed_back() -> None:
    """A session in half term counts to nothing and is not lost."""
    week = [date(2026, 10, day) for day in range(26, 31)]
    found = threshold_met(marks("O", *week), WEEKS)
    assert isinstance(found, NotMet)
    assert found.largest is None
    assert tuple(marks("O", *week)) == found.outside_calendar


def test_no_sessions_meet_nothing() -> None:
    """A pupil without unauthorised absence has no window."""
    assert NotMet(largest=None) == threshold_met([], WEEKS)


# --- Which notice, and how much -------------------------------------------------------------------


def test_ac_029_no_third_notice_within_three_years() -> None:
    """AC-029: notices of 15 January 2025 and 10 February 2026 bar one on 6 December 2027."""
    earlier = [date(2025, 1, 15), date(2026, 2, 10)]
    assert "not_permitted" == permitted_notice(earlier, date(2027, 12, 6))


@pytest.mark.parametrize(
    ("proposed", "expected"),
    [
        (date(2025, 1, 15), "second"),
        (date(2028, 1, 14), "second"),
        (date(2028, 1, 15), "first"),
    ],
)
def test_a_notice_counts_for_three_years(proposed: date, expected: str) -> None:
    """From its own day through the day before the third anniversary."""
    assert expected == permitted_notice([date(2025, 1, 15)], proposed)


def test_a_notice_of_29_february_counts_through_28_february() -> None:
    """Three years that begin on 29 February 2028 end with 28 February 2031."""
    assert "second" == permitted_notice([date(2028, 2, 29)], date(2031, 2, 28))
    assert "first" == permitted_notice([date(2028, 2, 29)], date(2031, 3, 1))


def test_once_the_first_has_lapsed_another_is_permitted() -> None:
    """Three years after the first, only the second counts: what is proposed is a second again."""
    earlier = [date(2025, 1, 15), date(2026, 2, 10)]
    assert "second" == permitted_notice(earlier, date(2028, 1, 15))
    assert "first" == permitted_notice(earlier, date(2029, 2, 10))


def test_notices_before_the_framework_do_not_count() -> None:
    """A notice of 18 August 2024 is outside it, one of the day after within."""
    assert "first" == permitted_notice([date(2024, 8, 18)], date(2025, 1, 6))
    assert "second" == permitted_notice([date(2024, 8, 19)], date(2025, 1, 6))
    with pytest.raises(NotInForceError):
        permitted_notice([], date(2024, 8, 18))


def test_a_later_notice_does_not_count() -> None:
    """Only notices up to the day of the proposed one are earlier ones."""
    assert "first" == permitted_notice([date(2026, 1, 6)], date(2026, 1, 5))
    assert "first" == permitted_notice([], date.max)


def test_ac_030_one_notice_for_each_parent_and_child() -> None:
    """AC-030: two parents and two children are four first notices at 80 and 160 pounds."""
    notices = [permitted_notice([], date(2026, 11, 3)) for _ in product(range(2), range(2))]
    assert ["first"] * 4 == notices
    due = payable("first", date(2026, 11, 3))
    assert due.early is not None
    assert (80, 160) == (due.early.pounds, due.full.pounds)


def test_the_day_of_receipt_is_the_first_day() -> None:
    """21 and 28 days that begin with Tuesday 3 November end on 23 and 30 November."""
    expected = Payable(Payment(80, date(2026, 11, 23)), Payment(160, date(2026, 11, 30)))
    assert expected == payable("first", date(2026, 11, 3))


def test_a_second_notice_has_no_discount() -> None:
    """160 pounds within 28 days, and nothing less for paying early."""
    assert Payable(None, Payment(160, date(2026, 11, 30))) == payable("second", date(2026, 11, 3))


def test_an_excluded_pupil_in_a_public_place_is_another_notice() -> None:
    """It stayed at 60 and 120 pounds, the day before the framework and since."""
    for received in (date(2024, 8, 18), date(2024, 8, 19), date(2026, 11, 3)):
        due = payable("excluded_pupil", received)
        assert due.early is not None
        assert (60, 120) == (due.early.pounds, due.full.pounds)


def test_amounts_are_those_of_the_day() -> None:
    """60 and 120 pounds on 18 August 2024; then there was no notice called the second."""
    due = payable("first", date(2024, 8, 18))
    assert due.early is not None
    assert (60, 120) == (due.early.pounds, due.full.pounds)
    with pytest.raises(NotInForceError):
        payable("second", date(2024, 8, 18))
