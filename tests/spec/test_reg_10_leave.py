"""Regulations 10 and 11: marks and the leave behind them, in both directions."""

import pytest

from tests.ledger.world import World, pupil, result
from tests.spec.marking import (
    ACADEMY,
    BOUND,
    EXPECTED,
    at,
    fields_of,
    give_leave,
    line,
    outcome,
    whole_years,
)

RECORDED = ("recorded", [])
GROUND_OF = {
    "C": "exceptional_circumstances",
    "C1": "regulated_performance",
    "J1": "interview",
    "S": "study",
}
TUESDAYS = [{"date": f"2026-11-{day}", "session": "PM"} for day in (10, 17, 24)]


@pytest.fixture
def school(world: World) -> World:
    """A maintained school on Tuesday 3 November 2026."""
    world.describe()
    whole_years(world, 2026)
    world.enter_names(0, 1)
    at(world, "2026-11-03T12:00:00+00:00")
    return world


@pytest.mark.parametrize("code", GROUND_OF)
def test_a_code_of_leave_without_leave_is_warned_of(school: World, code: str) -> None:
    """The Regulations ask that leave be given, not that it be recorded here: a warning."""
    marked = school.take({0: code}, day="2026-11-05")
    assert ("recorded", ["code-without-leave"]) == outcome(marked)
    assert ["code"] == fields_of(marked)


@pytest.mark.parametrize(("code", "ground"), GROUND_OF.items())
def test_leave_on_its_ground_is_behind_the_code(school: World, code: str, ground: str) -> None:
    """AC-020, AC-023: with the leave given nothing is said, on its days and on no other."""
    give_leave(school, 0, ground, ("2026-11-05", "2026-11-06"))
    for day in ("2026-11-05", "2026-11-06"):
        assert RECORDED == outcome(school.take({0: code}, day=day))
    for day in ("2026-11-04", "2026-11-09"):
        assert ("recorded", ["code-without-leave"]) == outcome(school.take({0: code}, day=day))


def test_leave_of_one_session_is_behind_that_session(school: World) -> None:
    """Leave for the afternoon is none for the morning."""
    give_leave(school, 0, "interview", ("2026-11-05", "2026-11-05"), ["PM"])
    day = "2026-11-05"
    assert ("recorded", ["code-without-leave"]) == outcome(school.take({0: "J1"}, day=day))
    assert RECORDED == outcome(school.take({0: "J1"}, day=day, session="PM"))


def test_leave_asked_refused_or_withdrawn_is_none(school: World) -> None:
    """Only leave that is given, and still is, is behind a code."""
    days = {"from": "2026-11-05", "to": "2026-11-05"}
    leave = str(result(school.ask_leave(0, **days))["results"][0]["id"])
    assert ("recorded", ["code-without-leave"]) == outcome(
        school.take({0: "C"}, day="2026-11-05", dry_run=True)
    )
    result(school.decide_leave(leave, "given"))
    assert RECORDED == outcome(school.take({0: "C"}, day="2026-11-05", dry_run=True))
    result(school.decide_leave(leave, "withdrawn"))
    assert ("recorded", ["code-without-leave"]) == outcome(school.take({0: "C"}, day="2026-11-05"))


def test_leave_of_another_pupil_is_none(school: World) -> None:
    """Leave is of the pupil whom it was given."""
    give_leave(school, 1, "exceptional_circumstances", ("2026-11-05", "2026-11-05"))
    assert ("recorded", ["code-without-leave"]) == outcome(school.take({0: "C"}, day="2026-11-05"))


def test_m_rests_on_no_record_of_leave(school: World) -> None:
    """For an appointment a record of leave is optional."""
    assert RECORDED == outcome(school.take({0: "M"}, day="2026-11-05"))


def test_x_rests_on_leave(school: World) -> None:
    """A pupil not of compulsory school age is agreed not to be required."""
    school.enter_names(2, date_of_birth="2022-02-01")
    assert ("recorded", ["code-without-leave"]) == outcome(school.take({2: "X"}, day="2026-11-05"))
    give_leave(school, 2, "not_required_to_attend", ("2026-11-04", "2026-12-18"), ["PM"])
    assert RECORDED == outcome(school.take({2: "X"}, day="2026-11-05", session="PM"))


# -- C2: part-time education -------------------------------------------------------------------------

C2 = {"code": "C2", "detail": "Timetable of 2 November"}


@pytest.mark.parametrize("school_type", BOUND)
def test_ac_015_c2_without_an_agreement(world: World, school_type: str) -> None:
    """AC-015: where regulation 11 binds, C2 is refused when nothing is agreed, or not that session."""
    world.describe(type=school_type)
    whole_years(world, 2026)
    world.enter_names(0)
    at(world, "2026-11-03T12:00:00+00:00")
    nothing = world.take({0: C2}, day="2026-11-18", session="PM")
    assert ("refused", ["no-part-time-agreement"]) == outcome(nothing)
    assert ["code"] == fields_of(nothing)
    give_leave(world, 0, "part_time_timetable", ("2026-11-09", "2026-11-27"), TUESDAYS)
    for day, session in (("2026-11-18", "PM"), ("2026-11-17", "AM"), ("2026-12-01", "PM")):
        assert ("refused", ["outside-part-time-agreement"]) == outcome(
            world.take({0: C2}, day=day, session=session)
        )
    for day in ("2026-11-10", "2026-11-24"):
        assert RECORDED == outcome(world.take({0: C2}, day=day, session="PM"))


@pytest.mark.parametrize("school_type", EXPECTED)
def test_where_regulation_11_does_not_bind_it_warns(world: World, school_type: str) -> None:
    """Other schools are expected to follow it: the same marks are recorded with the warning."""
    world.describe(type=school_type)
    whole_years(world, 2026)
    world.enter_names(0)
    at(world, "2026-11-03T12:00:00+00:00")
    nothing = world.take({0: C2}, day="2026-11-18", session="PM")
    assert ("recorded", ["no-part-time-agreement"]) == outcome(nothing)
    give_leave(world, 0, "part_time_timetable", ("2026-11-09", "2026-11-27"), TUESDAYS)
    assert ("recorded", ["outside-part-time-agreement"]) == outcome(
        world.take({0: C2}, day="2026-12-01", session="PM")
    )


def test_the_type_of_the_school_is_that_of_the_day(world: World) -> None:
    """A school that became an academy is judged by what it was on the day of the session."""
    world.describe()
    world.describe(type=ACADEMY, in_force_from="2026-11-01")
    whole_years(world, 2026)
    world.enter_names(0)
    before, after = (outcome(world.take({0: C2}, day=day)) for day in ("2026-10-30", "2026-11-02"))
    assert ("refused", "recorded") == (before[0], after[0])
    assert before[1] == after[1] == ["no-part-time-agreement"]


def test_history_is_never_refused(school: World) -> None:
    """C2 in an imported register is recorded, and flagged."""
    imported = school.import_lines([line(0, "2026-10-01", "C2", detail="As agreed")])
    assert ("recorded", ["no-part-time-agreement"]) == outcome(imported)


def test_no_rule_on_leave_reaches_back(world: World) -> None:
    """To 18 August 2024 a leave code is as it came; from 19 August it is looked at."""
    world.describe(in_force_from="2023-09-01")
    world.set_year(
        2023, terms=[{"name": "All", "from": "2023-09-04", "to": "2024-07-31"}], closures=[]
    )
    world.set_year(
        2024, terms=[{"name": "All", "from": "2024-08-01", "to": "2025-07-22"}], closures=[]
    )
    world.enter_names(0, starting_day="2023-09-04")
    # 18 August 2024 is a Sunday; the Friday before and the Monday after are school days here.
    assert RECORDED == outcome(world.take({0: "C"}, day="2024-08-16"))
    assert ("recorded", ["code-without-leave"]) == outcome(world.take({0: "C"}, day="2024-08-19"))


# -- the other direction ---------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["G", "O", "N", "I", "U", "E", "R", "M"])
def test_an_absence_with_another_code_while_leave_is_in_force(school: World, code: str) -> None:
    """Leave was given for the session, and the mark says something else: a warning."""
    give_leave(school, 0, "exceptional_circumstances", ("2026-11-05", "2026-11-06"))
    at(school, "2026-11-20T12:00:00+00:00")
    marked = school.take({0: code}, day="2026-11-05")
    assert ("recorded", ["leave-in-force"]) == outcome(marked)
    assert ["code"] == fields_of(marked)
    assert RECORDED == outcome(school.take({0: code}, day="2026-11-09"))
    assert RECORDED == outcome(school.take({1: code}, day="2026-11-05"))


@pytest.mark.parametrize("entry", ["/", "L", "V", {"code": "B", "detail": "Taster day"}, "Y4"])
def test_attending_never_disagrees_with_leave(school: World, entry: str) -> None:
    """A pupil may come in spite of leave; nor is there a disagreement where nobody could come."""
    give_leave(school, 0, "exceptional_circumstances", ("2026-11-05", "2026-11-06"))
    at(school, "2026-11-20T12:00:00+00:00")
    assert RECORDED == outcome(school.take({0: entry}, day="2026-11-05"))


def test_an_amendment_is_looked_at_too(school: World) -> None:
    """From C, which agrees with the leave, to O, which does not."""
    give_leave(school, 0, "exceptional_circumstances", ("2026-11-05", "2026-11-06"))
    at(school, "2026-11-20T12:00:00+00:00")
    result(school.take({0: "C"}, day="2026-11-05"))
    assert ("recorded", ["leave-in-force"]) == outcome(school.amend(0, "C", "O", day="2026-11-05"))


def test_warnings_stay_with_the_mark(school: World) -> None:
    """The entry keeps the names of the rules under which it was made."""
    result(school.take({0: "C"}, day="2026-11-05"))
    (event,) = school.ledger.events.get(f"attendance-register/{school.urn}/{pupil(0)}/2026")
    assert ["code-without-leave"] == event.flags


def test_the_detail_of_c2_is_the_agreement(school: World) -> None:
    """With times and dates agreed the mark needs to say no more; without them it is no use to say it."""
    give_leave(school, 0, "part_time_timetable", ("2026-11-09", "2026-11-27"), TUESDAYS)
    assert RECORDED == outcome(school.take({0: "C2"}, day="2026-11-10", session="PM"))
    refused = outcome(school.take({1: "C2"}, day="2026-11-10", session="PM"))
    assert ("refused", ["no-part-time-agreement"]) == refused
