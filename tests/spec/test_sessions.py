"""Sessions, closures and register times: SI 2024/208 reg 10(1), (2); EA 1996 s.579."""

from datetime import UTC, date, datetime, time

import pytest

from ledger.schools.calendar import (
    SESSIONS,
    Closure,
    RegisterSetting,
    RegisterTimes,
    SchoolYear,
    Session,
    Span,
    Term,
    academic_year,
    mark_for_arrival,
    opens_at,
    problems_with_closure,
    problems_with_times,
    problems_with_year,
    register_times_on,
    session_of_slot,
    slot,
    version,
)
from ledger.schools.school_rules import warnings_about_times

BOTH = frozenset(SESSIONS)
STANDARD = RegisterSetting(
    date(2024, 8, 1),
    RegisterTimes(time(8, 35), time(9, 5)),
    RegisterTimes(time(12, 25), time(12, 55)),
)


def span(first: str, last: str) -> Span:
    """A span by its two days."""
    return Span(date.fromisoformat(first), date.fromisoformat(last))


def term(name: str, whole: tuple[str, str], half_term: tuple[str, str] | None = None) -> Term:
    """A term by its first and last day, and those of its half-term holiday."""
    return Term(name, span(*whole), span(*half_term) if half_term else None)


def training(*days: str) -> tuple[Closure, ...]:
    """Staff training on each of the days."""
    return tuple(Closure(span(day, day), BOTH, "planned", "Staff training") for day in days)


# An invented calendar of 190 days a year, used by the acceptance cases.
YEAR_2024 = SchoolYear(
    2024,
    (
        term("Autumn", ("2024-09-02", "2024-12-20"), ("2024-10-28", "2024-11-01")),
        term("Spring", ("2025-01-06", "2025-04-04"), ("2025-02-17", "2025-02-21")),
        term("Summer", ("2025-04-22", "2025-07-22"), ("2025-05-26", "2025-05-30")),
    ),
    training("2024-09-02", "2024-11-29", "2025-01-06", "2025-04-22", "2025-07-22"),
)
YEAR_2025 = SchoolYear(
    2025,
    (
        term("Autumn", ("2025-09-01", "2025-12-18"), ("2025-10-27", "2025-10-31")),
        term("Spring", ("2026-01-05", "2026-04-02"), ("2026-02-16", "2026-02-20")),
        term("Summer", ("2026-04-20", "2026-07-22"), ("2026-05-25", "2026-05-29")),
    ),
    training("2025-09-01", "2025-11-28", "2026-01-05", "2026-04-20", "2026-07-22"),
)
YEAR_2026 = SchoolYear(
    2026,
    (
        term("Autumn", ("2026-09-01", "2026-12-18"), ("2026-10-26", "2026-10-30")),
        term("Spring", ("2027-01-04", "2027-03-25"), ("2027-02-15", "2027-02-19")),
        term("Summer", ("2027-04-12", "2027-07-21"), ("2027-05-31", "2027-06-04")),
    ),
    training("2026-09-01", "2026-11-26", "2026-11-27", "2027-01-04", "2027-04-12"),
)


def held(year: SchoolYear, day: date) -> tuple[bool, bool]:
    """Whether the morning and the afternoon of a day are held."""
    return year.session_held(day, "AM"), year.session_held(day, "PM")


def codes(problems: object) -> list[tuple[str, str]]:
    """Code and path of each problem."""
    assert isinstance(problems, list)
    return [(problem.code, problem.path) for problem in problems]


@pytest.mark.parametrize("year", [YEAR_2024, YEAR_2025, YEAR_2026], ids=lambda y: str(y.year))
def test_the_reference_years_have_190_school_days(year: SchoolYear) -> None:
    """Each year has 190 school days of two sessions, 380 sessions in all, and no fault."""
    first, last = date(year.year, 8, 1), date(year.year + 1, 7, 31)
    assert len(year.school_days(first, last)) == 190
    assert len(year.sessions(first, last)) == 380
    assert problems_with_year(year) == []


def test_staff_training_days_have_no_sessions() -> None:
    """26 and 27 November 2026 are training days: not held, and the closure says so."""
    for day in (date(2026, 11, 26), date(2026, 11, 27)):
        assert held(YEAR_2026, day) == (False, False)
        closure = YEAR_2026.closed_by(day, "AM")
        assert closure is not None
        assert closure.kind == "planned"
    assert held(YEAR_2026, date(2026, 11, 25)) == (True, True)
    assert held(YEAR_2026, date(2026, 11, 30)) == (True, True)


def test_half_term_has_no_sessions_and_no_closure() -> None:
    """The days of a half-term holiday are not held; the days on either side are."""
    assert held(YEAR_2026, date(2026, 10, 23)) == (True, True)
    assert held(YEAR_2026, date(2026, 10, 26)) == (False, False)
    assert held(YEAR_2026, date(2026, 10, 30)) == (False, False)
    assert held(YEAR_2026, date(2026, 11, 2)) == (True, True)
    assert YEAR_2026.closed_by(date(2026, 10, 26), "AM") is None


@pytest.mark.parametrize(
    ("year", "holiday"),
    [
        (YEAR_2024, date(2025, 5, 5)),
        (YEAR_2025, date(2026, 5, 4)),
        (YEAR_2026, date(2027, 5, 3)),
    ],
)
def test_the_may_bank_holiday_has_no_sessions(year: SchoolYear, holiday: date) -> None:
    """The early May bank holiday lies inside the summer term and is not held; Tuesday is."""
    assert held(year, holiday) == (False, False)
    assert year.closed_by(holiday, "AM") is None
    assert held(year, holiday.replace(day=holiday.day + 1)) == (True, True)


def test_a_day_proclaimed_a_bank_holiday_has_no_sessions() -> None:
    """The Queen's funeral, 19 September 2022, was no school day."""
    year = SchoolYear(2022, (term("Autumn", ("2022-09-05", "2022-12-16")),), ())
    assert held(year, date(2022, 9, 19)) == (False, False)
    assert held(year, date(2022, 9, 20)) == (True, True)


def test_weekends_and_days_outside_terms_have_no_sessions() -> None:
    """Saturday, Sunday, the holidays and another year's days are not held."""
    for day in (date(2026, 9, 5), date(2026, 9, 6), date(2026, 12, 21), date(2026, 8, 31)):
        assert held(YEAR_2026, day) == (False, False)
    assert held(YEAR_2026, date(2025, 10, 1)) == (False, False)


def test_an_unplanned_closure_takes_its_sessions_away_from_a_new_value() -> None:
    """Snow in the afternoon of 12 January 2027 closes that session; the old value is unchanged."""
    day = date(2027, 1, 12)
    snow = Closure(Span(day, day), frozenset({"PM"}), "unplanned", "Snow")
    closed = YEAR_2026.with_closure(snow)
    assert held(closed, day) == (True, False)
    assert closed.closed_by(day, "PM") == snow
    assert closed.closed_by(day, "AM") is None
    assert held(YEAR_2026, day) == (True, True)
    assert len(closed.sessions(day, day)) == 1


def test_a_closure_takes_nothing_where_no_session_would_be_held() -> None:
    """A closure over a weekend closes the school days beside it and not the weekend."""
    flood = Closure(span("2027-01-15", "2027-01-18"), BOTH, "unplanned", "Flood")
    year = YEAR_2026.with_closure(flood)
    assert year.closed_by(date(2027, 1, 15), "AM") == flood
    assert year.closed_by(date(2027, 1, 16), "AM") is None
    assert year.closed_by(date(2027, 1, 18), "PM") == flood


def test_the_first_closure_declared_is_the_one_that_closed_the_day() -> None:
    """Snow on a training day leaves it a training day."""
    day = date(2026, 11, 26)
    year = YEAR_2026.with_closure(Closure(Span(day, day), BOTH, "unplanned", "Snow"))
    closure = year.closed_by(day, "AM")
    assert closure is not None
    assert closure.kind == "planned"


def test_the_six_half_terms_have_their_labels() -> None:
    """Each side of a half-term holiday is labelled; the holiday itself is not."""
    labels = {
        date(2026, 9, 1): "Autumn 1",
        date(2026, 10, 26): None,
        date(2026, 11, 2): "Autumn 2",
        date(2026, 12, 18): "Autumn 2",
        date(2026, 12, 19): None,
        date(2027, 2, 12): "Spring 1",
        date(2027, 2, 22): "Spring 2",
        date(2027, 5, 28): "Summer 1",
        date(2027, 6, 7): "Summer 2",
    }
    assert {day: YEAR_2026.half_term_of(day) for day in labels} == labels


def test_a_term_without_half_term_is_labelled_by_its_name() -> None:
    """A term in one piece has one label."""
    whole = SchoolYear(2026, (term("Only", ("2026-09-01", "2026-12-01")),), ())
    assert whole.half_term_of(date(2026, 10, 26)) == "Only"


def test_the_term_of_a_day_includes_its_half_term() -> None:
    """A day of the half-term holiday lies in its term; a day of the Christmas holiday in none."""
    found = YEAR_2026.term_of(date(2026, 10, 26))
    assert found is not None
    assert found.name == "Autumn"
    assert YEAR_2026.term_of(date(2026, 12, 25)) is None


def test_school_weeks_skip_weeks_without_a_session() -> None:
    """Half term is no school week; a week with one session is a whole one."""
    weeks = YEAR_2026.school_weeks(date(2026, 10, 19), date(2026, 11, 9))
    assert weeks == [date(2026, 10, 19), date(2026, 11, 2), date(2026, 11, 9)]
    short = SchoolYear(2026, (term("Autumn", ("2026-09-02", "2026-09-02")),), ())
    assert short.school_weeks(date(2026, 8, 1), date(2027, 7, 31)) == [date(2026, 8, 31)]


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        (time(8, 34), "/"),
        (time(8, 35), "/"),
        (time(8, 35, 1), "L"),
        (time(8, 36), "L"),
        (time(9, 4), "L"),
        (time(9, 4, 59), "L"),
        (time(9, 5), "U"),
        (time(9, 20), "U"),
    ],
)
def test_the_morning_register_decides_by_the_time_of_arrival(arrived: time, expected: str) -> None:
    """Present up to the opening instant, L before the closing instant, U from it on."""
    assert mark_for_arrival("AM", arrived, STANDARD) == expected


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [(time(12, 25), "\\"), (time(12, 26), "L"), (time(12, 54), "L"), (time(12, 55), "U")],
)
def test_the_afternoon_register_has_its_own_times(arrived: time, expected: str) -> None:
    """The afternoon uses its own opening and closing, and the backslash for present."""
    assert mark_for_arrival("PM", arrived, STANDARD) == expected


def test_a_later_setting_never_changes_an_earlier_day() -> None:
    """The setting of a day is the last to begin by then; of two from one day the later recorded."""
    later = RegisterSetting(
        date(2026, 11, 2),
        RegisterTimes(time(8, 45), time(9, 15)),
        RegisterTimes(time(13, 0), time(13, 30)),
    )
    corrected = RegisterSetting(date(2026, 11, 2), later.am, STANDARD.pm)
    history = [STANDARD, later]
    assert register_times_on(history, date(2026, 11, 1)) == STANDARD
    assert register_times_on(history, date(2026, 11, 2)) == later
    assert register_times_on([later, STANDARD], date(2026, 11, 2)) == later
    assert register_times_on([*history, corrected], date(2026, 11, 2)) == corrected
    assert register_times_on(history, date(2024, 7, 31)) is None


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        (date(2026, 10, 23), 7),
        (date(2026, 10, 25), 8),
        (date(2026, 10, 26), 8),
        (date(2027, 3, 26), 8),
        (date(2027, 3, 28), 7),
        (date(2027, 3, 29), 7),
    ],
)
def test_the_register_opens_by_the_clock_on_the_wall(day: date, hour: int) -> None:
    """08:35 is 07:35 UTC in summer time and 08:35 UTC outside it, on the days of change too."""
    morning, afternoon = opens_at(day, "AM", STANDARD), opens_at(day, "PM", STANDARD)
    assert morning == datetime.combine(day, time(hour, 35), tzinfo=UTC)
    assert afternoon == datetime.combine(day, time(hour + 4, 25), tzinfo=UTC)
    assert (morning.time(), afternoon.time()) == (time(8, 35), time(12, 25))


def test_the_academic_year_turns_on_1_august() -> None:
    """31 July belongs to the year before; 1 August is the first slot of the new one."""
    assert academic_year(date(2026, 7, 31)) == 2025
    assert academic_year(date(2026, 8, 1)) == 2026
    assert slot(date(2026, 8, 1), "AM") == 0
    assert slot(date(2026, 8, 1), "PM") == 1
    assert version(date(2026, 8, 2), "AM", 3) == 131


def test_a_leap_day_has_slots_of_its_own() -> None:
    """29 February 2024 stands between its neighbours, and that year has 366 days of slots."""
    leap = slot(date(2024, 2, 29), "AM")
    assert leap == slot(date(2024, 2, 28), "PM") + 1
    assert slot(date(2024, 3, 1), "AM") == leap + 2
    assert session_of_slot(2023, leap) == (date(2024, 2, 29), "AM")
    assert session_of_slot(2023, 731) == (date(2024, 7, 31), "PM")
    with pytest.raises(ValueError, match="outside"):
        session_of_slot(2024, 730)


def test_a_leap_day_in_term_is_a_school_day() -> None:
    """Thursday 29 February 2024 has both its sessions."""
    spring = term("Spring", ("2024-01-08", "2024-03-22"))
    assert held(SchoolYear(2023, (spring,), ()), date(2024, 2, 29)) == (True, True)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([term("A", ("2026-09-01", "2026-08-31"))], ("term-dates-reversed", "terms[0]")),
        ([term("A", ("2026-07-31", "2026-12-01"))], ("term-outside-academic-year", "terms[0]")),
        ([term("A", ("2026-09-01", "2027-08-01"))], ("term-outside-academic-year", "terms[0]")),
        (
            [term("A", ("2026-09-01", "2026-12-01"), ("2026-12-01", "2026-12-02"))],
            ("half-term-outside-term", "terms[0].half_term"),
        ),
        (
            [term("A", ("2026-09-01", "2026-12-01"), ("2026-10-30", "2026-10-26"))],
            ("half-term-dates-reversed", "terms[0].half_term"),
        ),
        (
            [term("A", ("2026-09-01", "2026-12-01")), term("B", ("2026-12-01", "2027-03-01"))],
            ("terms-out-of-order", "terms[1].from"),
        ),
        (
            [term("A", ("2026-09-01", "2026-12-01")), term("A", ("2027-01-04", "2027-03-01"))],
            ("term-name-repeated", "terms[1].name"),
        ),
    ],
)
def test_a_year_that_cannot_be_used_is_found_fault_with(
    terms: list[Term], expected: tuple[str, str]
) -> None:
    """Terms stand in order inside the academic year, each with its half term inside it."""
    found = problems_with_year(SchoolYear(2026, tuple(terms), ()))
    assert codes(found) == [expected]
    assert all(problem.message and problem.reference for problem in found)


def test_a_closure_that_cannot_be_used_is_found_fault_with() -> None:
    """A closure lies inside the academic year, the right way round, and names its sessions."""
    outside = Closure(span("2026-07-31", "2026-08-01"), BOTH, "planned", "x")
    turned = Closure(span("2026-10-02", "2026-10-01"), BOTH, "planned", "x")
    empty = Closure(span("2026-10-02", "2026-10-02"), frozenset(), "unplanned", "x")
    year = SchoolYear(2026, YEAR_2026.terms, (outside, turned, empty))
    assert codes(problems_with_year(year)) == [
        ("closure-outside-academic-year", "closures[0]"),
        ("closure-dates-reversed", "closures[1]"),
        ("closure-of-no-session", "closures[2].sessions"),
    ]
    assert codes(problems_with_closure(empty, 2026)) == [("closure-of-no-session", "sessions")]
    assert problems_with_closure(YEAR_2026.closures[0], 2026) == []


def setting(am: tuple[time, time], pm: tuple[time, time]) -> RegisterSetting:
    """Register times from 1 September 2026."""
    return RegisterSetting(date(2026, 9, 1), RegisterTimes(*am), RegisterTimes(*pm))


@pytest.mark.parametrize("closes", [time(8, 34), time(8, 35)])
def test_a_register_closes_after_it_opens(closes: time) -> None:
    """A register that is never open cannot be taken."""
    found = problems_with_times(setting((time(8, 35), closes), (time(12, 25), time(12, 55))))
    assert codes(found) == [("register-closes-before-it-opens", "register_times.AM")]


def test_the_standard_times_are_neither_refused_nor_warned_of() -> None:
    """Thirty minutes, the same for both sessions, is what guidance asks."""
    assert problems_with_times(STANDARD) == []
    assert warnings_about_times(STANDARD, "maintained") == []


def test_a_register_open_longer_than_guidance_is_warned_of_and_not_refused() -> None:
    """Forty-five minutes for both registers gives a warning each, with the guidance cited."""
    long = setting((time(8, 35), time(9, 20)), (time(12, 25), time(13, 10)))
    assert problems_with_times(long) == []
    found = warnings_about_times(long, "maintained")
    assert codes(found) == [
        ("register-open-over-30-minutes", "register_times.AM"),
        ("register-open-over-30-minutes", "register_times.PM"),
    ]
    assert all("Working together" in warning.reference for warning in found)


def test_registers_of_unequal_length_are_warned_of() -> None:
    """Twenty minutes in the morning and thirty in the afternoon gives one warning."""
    unequal = setting((time(8, 35), time(8, 55)), (time(12, 25), time(12, 55)))
    assert codes(warnings_about_times(unequal, "maintained")) == [
        ("register-lengths-differ", "register_times")
    ]


def test_sessions_are_listed_in_order_within_the_days_asked_for() -> None:
    """From a Friday to a Monday there are four sessions, mornings first."""
    expected: list[tuple[date, Session]] = [
        (date(2026, 10, 2), "AM"),
        (date(2026, 10, 2), "PM"),
        (date(2026, 10, 5), "AM"),
        (date(2026, 10, 5), "PM"),
    ]
    assert YEAR_2026.sessions(date(2026, 10, 2), date(2026, 10, 5)) == expected
    assert YEAR_2026.sessions(date(2026, 10, 5), date(2026, 10, 2)) == []
