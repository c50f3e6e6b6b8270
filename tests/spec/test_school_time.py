"""School days and school weeks: EA 1996 s.579; SI 2024/208 reg 10(7) to (9)."""

from datetime import date
from itertools import pairwise

import pytest

from ledger.schools.calendar import SESSIONS, Closure, Span
from ledger.schools.school_time import SchoolTime
from tests.spec.test_sessions import YEAR_2024, YEAR_2025, YEAR_2026

TIME = SchoolTime.of_years([YEAR_2024, YEAR_2025, YEAR_2026])
LAST_DAY = date(2027, 7, 21)


def test_ac_006_n_is_due_on_the_fifth_school_day() -> None:
    """AC-006: an N of Monday 9 November 2026 is replaced by Monday 16 November."""
    assert date(2026, 11, 16) == TIME.n_due(date(2026, 11, 9))


def test_ac_012_a_training_day_is_no_school_day() -> None:
    """AC-012: Thursday 26 November 2026 counts for no clock."""
    assert not TIME.is_school_day(date(2026, 11, 26))
    assert TIME.is_school_day(date(2026, 11, 25))
    assert not TIME.is_school_day(date(2030, 11, 25))


@pytest.mark.parametrize(
    ("session_day", "due"),
    [
        (date(2026, 11, 25), date(2026, 12, 4)),  # two training days between
        (date(2026, 10, 23), date(2026, 11, 6)),  # half term between
        (date(2026, 12, 18), date(2027, 1, 11)),  # Christmas and a training day between
        (date(2025, 7, 21), date(2025, 9, 8)),  # summer between: another academic year
        (date(2026, 11, 14), date(2026, 11, 20)),  # a Saturday: the next school day is day 1
    ],
)
def test_only_school_days_count(session_day: date, due: date) -> None:
    """Weekends, training days and holidays of any length are passed over."""
    assert due == TIME.n_due(session_day)


def test_n_of_an_earlier_law_has_no_limit() -> None:
    """The limit is of sessions from 19 August 2024; the day before there was none."""
    days = SchoolTime(tuple(date(2024, 8, day) for day in range(12, 31)))
    assert days.n_due(date(2024, 8, 18)) is None
    assert date(2024, 8, 24) == days.n_due(date(2024, 8, 19))


def test_the_next_school_day_is_day_one() -> None:
    """The first school day after a Friday is Monday, and no number of days before it is asked."""
    assert date(2026, 11, 16) == TIME.nth_school_day_after(date(2026, 11, 13), 1)
    with pytest.raises(ValueError, match="from 1"):
        TIME.nth_school_day_after(date(2026, 11, 13), 0)


def test_a_closure_made_later_moves_the_due_day() -> None:
    """A day of snow is no school day, so the fifth comes a day later."""
    snow = Closure(
        Span(date(2026, 11, 12), date(2026, 11, 12)), frozenset(SESSIONS), "unplanned", "Snow"
    )
    time = SchoolTime.of_years([YEAR_2026.with_closure(snow)])
    assert date(2026, 11, 17) == time.n_due(date(2026, 11, 9))


def test_half_a_closure_leaves_a_school_day() -> None:
    """A day with one session is a school day."""
    heating = Closure(
        Span(date(2026, 11, 12), date(2026, 11, 12)), frozenset({"PM"}), "unplanned", "Heating"
    )
    time = SchoolTime.of_years([YEAR_2026.with_closure(heating)])
    assert date(2026, 11, 16) == time.n_due(date(2026, 11, 9))


def test_where_the_calendar_is_not_known_nothing_is_guessed() -> None:
    """No day is found beyond the last year known, before the first, or across a year unknown."""
    assert TIME.nth_school_day_after(LAST_DAY, 1) is None
    assert TIME.nth_school_day_after(date(2024, 7, 31), 1) is None
    assert date(2024, 9, 3) == TIME.nth_school_day_after(date(2024, 8, 1), 1)
    gap = SchoolTime.of_years([YEAR_2024, YEAR_2026])
    assert gap.nth_school_day_after(date(2025, 7, 18), 1) == date(2025, 7, 21)
    assert gap.nth_school_day_after(date(2025, 7, 18), 2) is None
    assert SchoolTime(()).nth_school_day_after(LAST_DAY, 1) is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 9), True),
        (date(2026, 11, 16), True),
        (date(2026, 11, 17), False),
        (date(2026, 11, 1), True),
    ],
)
def test_within_includes_the_last_day(day: date, expected: bool) -> None:
    """Day n itself is in time, the day after is not."""
    assert expected is TIME.within_school_days_after(date(2026, 11, 9), day, 5)


def test_within_is_known_as_far_as_the_calendar_is() -> None:
    """Before five school days have passed a day is in time, though the fifth is not known yet."""
    event = date(2027, 7, 19)
    assert TIME.within_school_days_after(event, LAST_DAY, 5) is True
    assert TIME.within_school_days_after(event, date(2027, 7, 31), 5) is True
    assert TIME.within_school_days_after(event, date(2027, 8, 1), 5) is None
    assert TIME.within_school_days_after(event, event, 5) is True


def test_weeks_without_a_session_are_none() -> None:
    """Weeks go from one with a session to the next, over half terms and the summer."""
    weeks = TIME.school_weeks(date(2026, 11, 9))
    assert {0} == {monday.weekday() for monday in weeks}
    after = dict(pairwise(weeks))
    assert date(2026, 11, 2) == after[date(2026, 10, 19)]
    assert date(2025, 9, 1) == after[date(2025, 7, 21)]
    assert date(2027, 4, 12) == after[date(2027, 3, 22)]


def test_a_week_with_one_day_is_a_week() -> None:
    """The week of 21 July 2025 has one school day, 21 July, and counts in full."""
    assert [date(2025, 7, 21)] == [
        day for day in TIME.days if date(2025, 7, 21) <= day <= date(2025, 7, 27)
    ]
    assert date(2025, 7, 21) in TIME.school_weeks(date(2025, 7, 21))


def test_weeks_of_another_side_of_a_gap_are_no_neighbours() -> None:
    """With a year unknown between, each side has its own weeks, and the gap has none."""
    gap = SchoolTime.of_years([YEAR_2024, YEAR_2026])
    assert date(2025, 7, 21) == gap.school_weeks(date(2025, 5, 1))[-1]
    assert date(2026, 8, 31) == gap.school_weeks(date(2026, 11, 9))[0]
    assert () == gap.school_weeks(date(2026, 1, 5))


def test_a_window_ends_with_the_week_of_its_day() -> None:
    """Ten school weeks to 18 November 2025 begin on 8 September: half term is skipped."""
    window = TIME.school_weeks_window(date(2025, 11, 18), 10)
    assert window is not None
    assert 10 == len(window)
    assert (date(2025, 9, 8), date(2025, 11, 17)) == (window[0], window[-1])


def test_a_window_of_weeks_that_are_not_known_is_none() -> None:
    """In the ninth week known there are not ten; in a holiday the window ends before it."""
    weeks = TIME.school_weeks(date(2024, 9, 2))
    assert TIME.school_weeks_window(weeks[8], 10) is None
    assert weeks[:10] == TIME.school_weeks_window(weeks[9], 10)
    holiday = TIME.school_weeks_window(date(2025, 8, 20), 1)
    assert (date(2025, 7, 21),) == holiday


def test_the_days_before_a_day_pass_over_holidays() -> None:
    """Counted back over half term and the summer; the day itself is not among them."""
    before = TIME.school_days_before(date(2026, 11, 2), 3)
    assert (date(2026, 10, 21), date(2026, 10, 22), date(2026, 10, 23)) == before
    days = TIME.school_days_before(date(2025, 9, 1), 2)
    assert (date(2025, 7, 18), date(2025, 7, 21)) == days
    assert () == TIME.school_days_before(date(2026, 11, 2), 0)


def test_no_day_before_is_taken_from_beyond_a_year_that_is_not_known() -> None:
    """Of a year whose neighbour was not set fewer days are known than asked for."""
    time = SchoolTime.of_years([YEAR_2024, YEAR_2026])
    first, second, third = YEAR_2026.school_days(date(2026, 8, 1), date(2027, 7, 31))[:3]
    assert (first, second) == time.school_days_before(third, 5)
    assert () == time.school_days_before(date(2026, 7, 31), 5)
