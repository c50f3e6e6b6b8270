"""Compulsory school age: on which day it begins and on which it ends (Education Act 1996 s.8)."""

from datetime import date, timedelta

import pytest

from projections.ages import of_compulsory_school_age, span_of_compulsory_school_age


@pytest.mark.parametrize(
    ("born", "begins"),
    [
        ("2021-10-10", "2026-12-31"),
        ("2021-08-31", "2026-08-31"),
        ("2021-09-01", "2026-12-31"),
        ("2021-12-31", "2026-12-31"),
        ("2022-01-01", "2027-03-31"),
        ("2022-03-31", "2027-03-31"),
        ("2022-04-01", "2027-08-31"),
        ("2020-02-29", "2025-03-31"),
    ],
)
def test_it_begins_on_the_prescribed_day_on_or_after_the_fifth_birthday(born, begins) -> None:
    """A fifth birthday on a prescribed day begins it that day, any other on the next (AC-013)."""
    assert span_of_compulsory_school_age(date.fromisoformat(born))[0] == date.fromisoformat(begins)


@pytest.mark.parametrize(
    ("born", "ends"),
    [
        ("2009-09-01", "2026-06-26"),
        ("2010-05-14", "2026-06-26"),
        ("2010-06-29", "2026-06-26"),
        ("2010-08-31", "2026-06-26"),
        ("2010-09-01", "2027-06-25"),
        ("2008-02-29", "2024-06-28"),
    ],
)
def test_it_ends_on_the_last_friday_in_june(born, ends) -> None:
    """The school year of the sixteenth birthday counts, also where that falls after the Friday."""
    last = span_of_compulsory_school_age(date.fromisoformat(born))[1]
    assert last == date.fromisoformat(ends)
    assert f"{last:%u}" == "5"
    assert (last + timedelta(days=7)).month == 7


def test_both_ends_belong_to_it() -> None:
    """On the first and the last day a child is of compulsory school age, the day outside not."""
    born = date(2010, 5, 14)
    first, last = span_of_compulsory_school_age(born)
    day = timedelta(days=1)
    seen = [of_compulsory_school_age(born, on) for on in (first - day, first, last, last + day)]
    assert seen == [False, True, True, False]
