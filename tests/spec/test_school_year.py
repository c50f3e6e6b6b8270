"""School years and register times over the ledger: EA 1996 s.579; SI 1999/3181 reg 3; guidance."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from ledger.law.provisions import SchoolType
from ledger.schools import school
from ledger.schools.calendar import SESSIONS, Closure, SchoolYear, Session, Span, bank_holidays
from ledger.schools.school_rules import warnings_about_times, warnings_about_year
from tests.ledger.world import HEAD, World, request, result
from tests.spec.test_sessions import STANDARD, YEAR_2024, YEAR_2025, YEAR_2026, setting, term

TERMS_OF_2026 = [
    {
        "name": "Autumn",
        "from": "2026-09-01",
        "to": "2026-12-18",
        "half_term": {"from": "2026-10-26", "to": "2026-10-30"},
    },
    {
        "name": "Spring",
        "from": "2027-01-04",
        "to": "2027-03-25",
        "half_term": {"from": "2027-02-15", "to": "2027-02-19"},
    },
    {
        "name": "Summer",
        "from": "2027-04-12",
        "to": "2027-07-21",
        "half_term": {"from": "2027-05-31", "to": "2027-06-04"},
    },
]
TRAINING_DAYS = ("2026-09-01", "2026-11-26", "2026-11-27", "2027-01-04", "2027-04-12")


def training(*days: str, **changes: Any) -> list[dict[str, Any]]:
    """Staff training on each of these days, as it is sent."""
    usual = {"sessions": ["AM", "PM"], "kind": "planned", "reason": "Staff training"}
    return [{"from": day, "to": day, **usual, **changes} for day in days]


def closed(year: SchoolYear, day: date, *sessions: Session, kind: Any = "planned") -> SchoolYear:
    """The year with one closure more."""
    return year.with_closure(Closure(Span(day, day), frozenset(sessions), kind, "x"))


def rules(receipt: dict[str, Any]) -> list[str]:
    """The rules that a receipt's results warn by."""
    return [w["rule"] for r in receipt["results"] for w in r.get("warnings", [])]


# --- Bank holidays --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2020-05-08", "May Day"),  # moved from the Monday for VE Day
        ("2021-12-28", "Boxing Day (observed)"),  # substitute for a Sunday
        ("2022-01-03", "New Year's Day (observed)"),
        ("2022-06-02", "Spring Bank Holiday"),  # moved from May
        ("2022-06-03", "Platinum Jubilee of Elizabeth II"),
        ("2022-09-19", "State Funeral of Queen Elizabeth II"),
        ("2023-05-08", "Coronation of Charles III"),
        ("2026-12-28", "Boxing Day (observed)"),
        ("2027-03-26", "Good Friday"),
    ],
)
def test_substitute_and_proclaimed_days_are_bank_holidays(day: str, name: str) -> None:
    """Days in lieu of a weekend, and those proclaimed for one year, are known by name."""
    found = date.fromisoformat(day)
    assert name == bank_holidays(found.year)[found]


@pytest.mark.parametrize("day", ["2020-05-04", "2022-05-30", "2022-06-06", "2023-05-15"])
def test_a_moved_holiday_is_none_on_its_usual_day(day: str) -> None:
    """The day that a holiday was moved from is a school day, like any Monday after it."""
    assert date.fromisoformat(day) not in bank_holidays(int(day[:4]))


def test_scotland_s_holidays_are_not_england_s() -> None:
    """2 January and St Andrew's Day are school days if the terms say so."""
    assert not {date(2025, 1, 2), date(2026, 11, 30)} & bank_holidays(2025).keys()


# --- The sessions of a year -----------------------------------------------------------------------


@pytest.mark.parametrize("year", [YEAR_2024, YEAR_2025, YEAR_2026], ids=lambda y: str(y.year))
def test_380_sessions_are_enough_and_379_are_not(year: SchoolYear) -> None:
    """The reference years have exactly as many as are asked for; one planned closure is one short."""
    assert [] == warnings_about_year(year, "maintained", "terms")
    day = date(year.year, 12, 2)
    (warning,) = warnings_about_year(closed(year, day, "PM"), "maintained", "terms")
    assert ("too-few-sessions", "terms") == (warning.code, warning.path)
    assert "380" in warning.message
    assert "SI 1999/3181" in warning.reference


def test_sessions_lost_without_foresight_count_as_held() -> None:
    """A week of snow leaves the year long enough; as planned days it would not be."""
    lost, planned = YEAR_2026, YEAR_2026
    for day in range(7, 12):
        lost = closed(lost, date(2026, 12, day), *SESSIONS, kind="unplanned")
        planned = closed(planned, date(2026, 12, day), *SESSIONS)
    assert [] == warnings_about_year(lost, "maintained", "terms")
    assert 380 - 10 == len(lost.sessions(date(2026, 8, 1), date(2027, 7, 31)))
    assert warnings_about_year(planned, "maintained", "terms")


@pytest.mark.parametrize(("year", "fewest"), [(2021, 378), (2022, 376), (2023, 380)])
def test_years_with_a_day_proclaimed_have_fewer(year: int, fewest: int) -> None:
    """The number is that of the school year: fewer where bank holidays were added to it."""
    whole = SchoolYear(year, (term("Only", (f"{year}-09-01", f"{year + 1}-07-31")),), ())
    held = list(whole.sessions(date(year, 8, 1), date(year + 1, 7, 31)))
    for short, warned in ((0, False), (1, True)):
        until = held[fewest - 1 - short]
        cut = SchoolYear(year, (term("Only", (f"{year}-09-01", until[0].isoformat())),), ())
        if until[1] == "AM":
            cut = closed(cut, until[0], "PM")
        assert fewest - short == len(cut.sessions_planned)
        assert warned is bool(warnings_about_year(cut, "maintained", "terms"))


@pytest.mark.parametrize("school_type", get_args(SchoolType))
def test_only_schools_bound_by_the_school_year_are_warned(school_type: SchoolType) -> None:
    """Maintained schools, referral units among them, and special schools; academies follow their
    funding agreement, and independent schools nothing of the kind.
    """
    short = closed(YEAR_2026, date(2026, 12, 1), "PM")
    bound = school_type in {"maintained", "special", "pupil_referral_unit"}
    assert bound is bool(warnings_about_year(short, school_type, "terms"))


def test_a_short_year_is_recorded_with_a_warning(world: World) -> None:
    """Setting it is not refused; with its sessions complete nothing is said."""
    world.describe()
    enough = {"terms": TERMS_OF_2026, "closures": training(*TRAINING_DAYS)}
    assert [] == rules(world.set_year(2026, **enough))
    short = {"terms": TERMS_OF_2026, "closures": training(*TRAINING_DAYS, "2026-12-18")}
    receipt = world.set_year(2026, **short)
    assert ["too-few-sessions"] == rules(receipt)
    assert "recorded" == receipt["results"][0]["status"]


def test_a_closure_that_makes_the_year_short_is_warned_of(world: World) -> None:
    """Planned later it takes sessions that were to be held; unplanned it takes none that count."""
    world.describe()
    world.set_year(2026, terms=TERMS_OF_2026, closures=training(*TRAINING_DAYS))

    def close(**changes: Any) -> dict[str, Any]:
        (asked,) = training("2026-12-17", **changes)
        command = school.MakeClosure.model_validate(asked | {"by": HEAD})
        return result(world.ledger.make_closure(world.urn, command, request()))

    assert [] == rules(close(kind="unplanned", reason="Snow"))
    (more,) = training("2026-12-18")
    command = school.MakeClosure.model_validate(more | {"by": HEAD})
    planned = result(world.ledger.make_closure(world.urn, command, request()))
    assert ["too-few-sessions"] == rules(planned)


def test_the_type_is_that_of_the_year(world: World) -> None:
    """A school that becomes an academy in January is judged for the year by what it was in September."""
    world.describe()
    world.describe(type="academy", in_force_from="2027-01-01")
    assert ["too-few-sessions"] == rules(world.set_year(2026))
    assert [] == rules(world.set_year(2027))


# --- Register times -------------------------------------------------------------------------------

AT_0905 = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "arrived", "code"),
    [
        ("2026-11-09", "09:04", "L"),
        ("2026-11-09", "09:05", "U"),
        ("2026-11-10", "08:35", "/"),
        ("2026-11-10", "08:40", "/"),
        ("2026-11-10", "08:41", "L"),
        ("2026-11-10", "09:05", "L"),
        ("2026-11-10", "09:09", "L"),
        ("2026-11-10", "09:10", "U"),
    ],
)
def test_each_day_has_the_times_in_force_on_it(
    world: World, day: str, arrived: str, code: str
) -> None:
    """The minute of closing, on the day before new times and on the day of them, told beforehand or
    after: what is described later never changes what an earlier day meant.
    """
    world.opened(pupils=2)
    times = {
        "AM": {"opens": "08:40", "closes": "09:10"},
        "PM": {"opens": "12:25", "closes": "12:55"},
    }
    world.describe(in_force_from="2026-11-10", register_times=times)
    world.clock.now = AT_0905
    assert 201 == world.take({0: {"arrived_at": arrived}}, day=day).result().status
    assert 200 == world.take({0: code}, day=day).result().status


def test_a_later_description_leaves_marks_and_days_alone(world: World) -> None:
    """An arrival decided under the old times stays what it was when new times are described."""
    world.opened(pupils=1)
    world.clock.now = AT_0905
    result(world.take({0: {"arrived_at": "09:05"}}, day="2026-11-09"))
    later = {
        "AM": {"opens": "08:35", "closes": "09:30"},
        "PM": {"opens": "12:25", "closes": "13:20"},
    }
    receipt = world.describe(in_force_from="2026-11-10", register_times=later)
    assert ["register-open-over-30-minutes"] * 2 == rules(receipt)
    assert 200 == world.take({0: "U"}, day="2026-11-09").result().status


def test_a_description_from_a_day_on_leaves_the_days_before_it(world: World) -> None:
    """Type and name follow the days too; before the first description there is none."""
    world.describe()
    world.describe(name="Ashfield Lane Academy", type="academy", in_force_from="2026-09-01")
    book = world.ledger._appender._shelf.take(world.urn).school
    days = [date(2024, 8, 31), date(2024, 9, 1), date(2026, 8, 31), date(2026, 9, 1)]
    described = [book.described_on(day) for day in days]
    assert [None, "maintained", "maintained", "academy"] == [d and d.type for d in described]
    assert date(2026, 8, 31) == book.stands_until(date(2024, 9, 1))
    assert date.max == book.stands_until(date(2026, 9, 1))


@pytest.mark.parametrize(
    ("last", "warned"),
    [(date(2024, 8, 18), False), (date(2024, 8, 19), True), (date.max, True)],
)
def test_times_are_judged_by_the_guidance_of_the_days_they_stand_for(
    last: date, warned: bool
) -> None:
    """Times that were replaced before the guidance was statutory are not held to it."""
    long = replace(STANDARD, pm=replace(STANDARD.pm, closes=STANDARD.pm.closes.replace(hour=13)))
    found = [warning.code for warning in warnings_about_times(long, "maintained", last)]
    assert (["register-open-over-30-minutes", "register-lengths-differ"] if warned else []) == found


@pytest.mark.parametrize("school_type", get_args(SchoolType))
def test_guidance_on_registers_is_for_every_school(school_type: SchoolType) -> None:
    """Thirty minutes, the same for both sessions; thirty-one warn at schools of any type."""
    am, pm = STANDARD.am, STANDARD.pm
    over = setting(
        (am.opens, am.closes.replace(minute=6)), (pm.opens, pm.closes.replace(minute=56))
    )
    assert 2 == len(warnings_about_times(over, school_type))
    assert [] == warnings_about_times(STANDARD, school_type)


# --- Days as they are sent ------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["20260901", "1788220800", "2026-9-1", "2026-09-31", "", " "])
def test_a_day_is_taken_as_it_is_written_only(day: str) -> None:
    """Digits that could be a number of seconds, and days that are none, are refused everywhere."""
    window = {"opens": "08:35", "closes": "09:05"}
    description = {
        "name": "Ashfield Lane School",
        "laestab": "8554999",
        "local_authority": "855",
        "type": "maintained",
        "register_times": {"AM": window, "PM": window},
        "in_force_from": day,
        "by": HEAD,
    }
    with pytest.raises(ValidationError):
        school.DescribeSchool.model_validate(description)
    for span in ({"from": day, "to": "2026-12-01"}, {"from": "2026-12-01", "to": day}):
        with pytest.raises(ValidationError):
            school.MakeClosure.model_validate(span | {"reason": "Snow", "by": HEAD})
        whole = {"name": "Only", "from": "2026-09-01", "to": "2026-12-18", "half_term": None}
        for terms in ([whole | span], [whole | {"half_term": span}]):
            with pytest.raises(ValidationError):
                school.SetSchoolYear.model_validate({"terms": terms, "by": HEAD})


def test_a_pupil_is_due_on_each_day_that_stands(world: World) -> None:
    """A training day that is taken back by setting the year again is a school day again."""
    world.opened(pupils=1)
    world.clock.now = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    assert 422 == world.take({0: "/"}, day="2026-11-27").result().status
    world.set_year(2026, closures=[])
    assert 201 == world.take({0: "/"}, day="2026-11-27").result().status
