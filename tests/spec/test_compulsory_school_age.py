"""Compulsory school age: Education Act 1996 s.8."""

from datetime import date, timedelta

import pytest

from ledger.admissions.ages import (
    anniversary,
    compulsory_school_age_from,
    compulsory_school_age_to,
    of_compulsory_school_age,
)
from ledger.law.codes import code_in_force

DAY = timedelta(days=1)


def test_ac_013_not_yet_of_compulsory_school_age() -> None:
    """AC-013: born 10 October 2021, of compulsory school age from 31 December 2026; until then X."""
    born = date(2021, 10, 10)
    assert date(2026, 12, 31) == compulsory_school_age_from(born)
    assert not of_compulsory_school_age(born, date(2026, 11, 17))


def test_ac_014_part_time_once_of_compulsory_school_age() -> None:
    """AC-014: on 12 January 2027 the same pupil's absence by agreement is C2, no longer X."""
    day = date(2027, 1, 12)
    assert of_compulsory_school_age(date(2021, 10, 10), day)
    groups = {}
    for symbol in ("C2", "X"):
        code = code_in_force(symbol, day)
        assert code is not None
        groups[symbol] = code.pupil_group
    assert {"C2": "compulsory_school_age", "X": "not_compulsory_school_age"} == groups


@pytest.mark.parametrize(
    ("born", "first_day"),
    [
        (date(2021, 8, 31), date(2026, 8, 31)),
        (date(2021, 9, 1), date(2026, 12, 31)),
        (date(2021, 12, 30), date(2026, 12, 31)),
        (date(2021, 12, 31), date(2026, 12, 31)),
        (date(2022, 1, 1), date(2027, 3, 31)),
        (date(2022, 3, 30), date(2027, 3, 31)),
        (date(2022, 3, 31), date(2027, 3, 31)),
        (date(2022, 4, 1), date(2027, 8, 31)),
        (date(2022, 8, 30), date(2027, 8, 31)),
        (date(2020, 2, 29), date(2025, 3, 31)),
    ],
)
def test_it_begins_on_the_day_set_on_or_after_the_fifth_birthday(
    born: date, first_day: date
) -> None:
    """31 March, 31 August and 31 December; a birthday on one of them is the first day itself."""
    assert first_day == compulsory_school_age_from(born)
    assert not of_compulsory_school_age(born, first_day - DAY)
    assert of_compulsory_school_age(born, first_day)


@pytest.mark.parametrize(
    ("born", "last_day"),
    [
        (date(2010, 9, 1), date(2027, 6, 25)),  # the first birthday of its school year
        (date(2011, 6, 24), date(2027, 6, 25)),
        (date(2011, 6, 25), date(2027, 6, 25)),
        (date(2011, 6, 26), date(2027, 6, 25)),
        (date(2011, 8, 31), date(2027, 6, 25)),  # the last: sixteen only two months later
        (date(2011, 9, 1), date(2028, 6, 30)),
        (date(2008, 2, 29), date(2024, 6, 28)),
        (date(2010, 8, 31), date(2026, 6, 26)),
    ],
)
def test_it_ends_with_the_last_friday_in_june(born: date, last_day: date) -> None:
    """Of the school year of the sixteenth birthday, even where the birthday comes after it."""
    assert 4 == last_day.weekday()
    assert last_day == compulsory_school_age_to(born)
    assert of_compulsory_school_age(born, last_day)
    assert not of_compulsory_school_age(born, last_day + DAY)


def test_it_can_begin_within_a_term() -> None:
    """31 March 2027 lies in the spring term of many schools: the day before is X, the day is not."""
    born = date(2022, 2, 14)
    flips = [of_compulsory_school_age(born, date(2027, 3, day)) for day in (30, 31)]
    assert [False, True] == flips


@pytest.mark.parametrize("born", [date.min, date(9995, 1, 1), date(9983, 12, 1), date.max])
def test_an_impossible_date_of_birth_has_an_answer(born: date) -> None:
    """However a date of birth was mistyped, the question is answered."""
    assert of_compulsory_school_age(born, date(2026, 11, 3)) is False


def test_the_calendar_ends_for_everybody() -> None:
    """Who would be five or sixteen after the last day of all has that day for a boundary."""
    assert date.max == compulsory_school_age_from(date.max)
    assert 9999 == compulsory_school_age_to(date(9983, 12, 1)).year


def test_anniversaries_of_29_february() -> None:
    """In a common year the day after 28 February, in a leap year the day itself."""
    assert date(2025, 3, 1) == anniversary(date(2024, 2, 29), 1)
    assert date(2028, 2, 29) == anniversary(date(2024, 2, 29), 4)
    assert date(2030, 2, 28) == anniversary(date(2024, 2, 28), 6)
