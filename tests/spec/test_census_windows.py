"""The windows of the school census, against the dates that were published or worked out by hand."""

from datetime import date, timedelta

import pytest

from ledger.schools.calendar import Span, bank_holidays
from projections.extracts.department.windows import (
    TERMS,
    CensusTerm,
    census,
    easter_sunday,
    spring_bank_holiday,
)

# Academic year, then the last day of the spring term, the last of the first half of the summer term and the
# first of its second half: the worked dates of Table 6 of the Department's methodology.
WORKED = [
    (2024, "2025-04-20", "2025-05-25", "2025-05-26"),
    (2025, "2026-04-05", "2026-05-24", "2026-05-25"),
    (2026, "2027-03-28", "2027-05-30", "2027-05-31"),
    (2027, "2028-04-16", "2028-05-28", "2028-05-29"),
]


def _span(first: str, last: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(("year", "easter", "half", "second"), WORKED)
def test_the_windows_are_those_worked_out(year: int, easter: str, half: str, second: str) -> None:
    """Autumn from 1 August, spring to Easter Sunday, summer from Easter Monday and cut at the holiday."""
    monday = (date.fromisoformat(easter) + timedelta(days=1)).isoformat()
    assert _span(f"{year}-08-01", f"{year}-12-31") == census("spring", year + 1).termly
    assert _span(f"{year + 1}-01-01", easter) == census("summer", year + 1).termly
    assert _span(monday, half) == census("autumn", year + 1).termly
    assert _span(second, f"{year + 1}-07-31") == census("autumn", year + 1).second_half


@pytest.mark.parametrize(
    ("term", "year", "first", "last"),
    [
        ("spring", 2021, "2020-08-01", "2020-12-31"),
        ("summer", 2021, "2021-01-01", "2021-04-04"),
    ],
)
def test_two_windows_that_suppliers_published(
    term: CensusTerm, year: int, first: str, last: str
) -> None:
    """Spring and summer 2021 took the days that suppliers told their schools."""
    assert _span(first, last) == census(term, year).termly


@pytest.mark.parametrize("year", range(2006, 2046))
def test_the_windows_of_an_academic_year_leave_no_day_out_and_take_none_twice(year: int) -> None:
    """One after the other they are 1 August to 31 July, in years with a moved holiday as well."""
    autumn = census("autumn", year + 1)
    assert autumn.second_half is not None
    spans = [
        census("spring", year + 1).termly,
        census("summer", year + 1).termly,
        autumn.termly,
        autumn.second_half,
    ]
    days = [day for span in spans for day in span.days()]
    assert list(_span(f"{year}-08-01", f"{year + 1}-07-31").days()) == days


@pytest.mark.parametrize("term", TERMS)
def test_ages_are_those_of_31_august_before_the_sessions(term: CensusTerm) -> None:
    """All three censuses of the sessions of 2024/25 ask for ages on 31 August 2024."""
    assert date(2024, 8, 31) == census(term, 2025).ages_on


@pytest.mark.parametrize("year", range(1900, 2100))
def test_easter_is_the_day_before_easter_monday(year: int) -> None:
    """Two ways to one day: arithmetic, and the list of bank holidays."""
    [monday] = [day for day, name in bank_holidays(year).items() if name == "Easter Monday"]
    assert monday - timedelta(days=1) == easter_sunday(year)


@pytest.mark.parametrize(
    ("year", "holiday"), [(2012, "2012-05-28"), (2022, "2022-05-30"), (2027, "2027-05-31")]
)
def test_a_moved_spring_bank_holiday_moves_no_window(year: int, holiday: str) -> None:
    """The last Monday in May counts, though the holidays of 2012 and 2022 were in June (convention)."""
    assert date.fromisoformat(holiday) == spring_bank_holiday(year)
    names = bank_holidays(year)
    assert (year == 2027) == ("Spring Bank Holiday" in names.get(date.fromisoformat(holiday), ""))


@pytest.mark.parametrize(
    ("term", "year", "day"),
    [
        ("autumn", 2020, "2020-10-01"),
        ("autumn", 2023, "2023-10-05"),
        ("spring", 2024, "2024-01-18"),
        ("summer", 2024, "2024-05-16"),
        ("autumn", 2024, "2024-10-03"),
        ("spring", 2025, "2025-01-16"),
        ("summer", 2025, "2025-05-15"),
        ("autumn", 2025, "2025-10-02"),
        ("spring", 2026, "2026-01-15"),
        ("summer", 2026, "2026-05-21"),
    ],
)
def test_the_day_of_each_census_is_the_one_that_councils_published(
    term: CensusTerm, year: int, day: str
) -> None:
    """The first Thursday in October, the third in January and in May (secondary)."""
    assert date.fromisoformat(day) == census(term, year).day
