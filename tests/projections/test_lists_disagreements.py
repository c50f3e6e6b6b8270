"""Marks that disagree: with the leave recorded, with the school's days, with another school."""

from datetime import date

import pytest

from ledger.schools.calendar import Span
from projections.lists.closures import ClosureDisagreement, ClosureQuery, closure_disagreements
from projections.lists.leave import LeaveMark, LeaveMarksQuery, marks_against_leave
from projections.lists.two_schools import PossibleTwice, TwoSchoolsQuery, two_possible_sessions
from tests.projections.world import World

SPAN = Span(date(2025, 8, 1), date(2026, 7, 31))

# -- leave -----------------------------------------------------------------------------------------


def against_leave(world: World, position: int | None = None, **query) -> list[LeaveMark]:
    """The list."""
    with world.looking(position) as (connection, book, at):
        return marks_against_leave(connection, book, LeaveMarksQuery(**{"span": SPAN} | query), at)


def given(world: World, number: int) -> str:
    """Leave asked for and given in advance, from 17 to 21 November; its id."""
    days = {"from": "2025-11-17", "to": "2025-11-21", "asked_on": "2025-11-03"}
    leave = world.ask_leave(number, **days)
    world.decide_leave(leave, "given", decided_on="2025-11-10")
    return leave


def test_an_absence_with_another_code_than_its_leave(world: World) -> None:
    """G where leave was given disagrees; C, and a pupil who came all the same, do not."""
    leave = given(world.opened(), 0)
    marks = (("2025-11-17", "C"), ("2025-11-18", "/"), ("2025-11-19", "G"), ("2025-11-24", "G"))
    world.import_marks([(0, day, "AM", code) for day, code in marks])
    world.import_marks([(1, "2025-11-19", "AM", "G")])
    (found,) = against_leave(world)
    assert (world.pupil(0), date(2025, 11, 19), "AM", "G") == found[:4]
    assert ("another-code-than-leave", leave, "C Tutor") == (found.why, found.leave, found.by.name)


def test_a_code_that_rests_on_leave_without_any(world: World) -> None:
    """C without leave disagrees, as it did before the leave that covers it was given."""
    world.opened().import_marks([(n, "2025-11-17", "AM", "C") for n in (0, 1)])
    with world.looking() as (_, _, at):
        before = at.position
    given(world, 0)
    assert [(world.pupil(1), "code-without-leave", None)] == [
        (one.pupil, one.why, one.leave) for one in against_leave(world)
    ]
    assert [world.pupil(0), world.pupil(1)] == [one.pupil for one in against_leave(world, before)]
    assert [] == against_leave(world, pupil=world.pupil(0))


def test_leave_that_was_refused_is_none(world: World) -> None:
    """C where leave was asked for and refused disagrees; once amended to O it does not."""
    world.opened()
    world.decide_leave(world.ask_leave(0), "refused")
    world.import_marks([(0, "2025-11-20", "AM", "C")])
    assert ["code-without-leave"] == [one.why for one in against_leave(world)]
    world.amend(0, "C", "O", "2025-11-20")
    assert [] == against_leave(world)


# -- the school's days -----------------------------------------------------------------------------


def against_days(world: World, position: int | None = None) -> list[ClosureDisagreement]:
    """The list."""
    with world.looking(position) as (connection, book, at):
        return closure_disagreements(connection, book, ClosureQuery(SPAN), at)


@pytest.mark.parametrize(
    ("kind", "held"), [("planned", "planned-closure"), ("unplanned", "unplanned-closure")]
)
def test_marks_of_a_session_that_was_closed_later(world: World, kind: str, held: str) -> None:
    """A morning closed after its register was taken: its marks disagree, those of the afternoon not."""
    world.opened(pupils=2).take({0: "/", 1: "I"}, "2025-11-20")
    world.take({0: "\\"}, "2025-11-20", "PM")
    with world.looking() as (_, _, at):
        before = at.position
    world.close("2025-11-20", "2025-11-20", sessions=["AM"], kind=kind)
    assert [
        (world.pupil(n), date(2025, 11, 20), "AM", code, held, "school-closed")
        for n, code in enumerate("/I")
    ] == [one[:6] for one in against_days(world)]
    assert [] == against_days(world, before)


def test_the_code_of_the_closure_agrees(world: World) -> None:
    """Y4 for snow and # for a planned day agree; Y4 for a planned day does not."""
    world.opened(pupils=1)
    world.close("2025-11-20", "2025-11-20")
    world.close("2025-11-21", "2025-11-21", kind="planned")
    world.import_marks([(0, day, "AM", "Y4") for day in ("2025-11-20", "2025-11-21")])
    world.import_marks([(0, "2025-11-21", "PM", "#")])
    assert [(date(2025, 11, 21), "AM", "Y4")] == [one[1:4] for one in against_days(world)]


@pytest.mark.parametrize("kind", ["planned", "unplanned"])
def test_the_list_is_what_the_receipt_of_the_closure_said(world: World, kind: str) -> None:
    """The marks that a closure is answered with are those that the list has from then on."""
    world.opened(pupils=4)
    codes = ("/", "Y4", "#", "O")
    world.import_marks([(n, "2025-11-20", "AM", code) for n, code in enumerate(codes)])
    (result, *_) = world.close("2025-11-20", "2025-11-20", kind=kind)["results"]
    assert [(one["pupil"], one["code"]) for one in result["disagree"]] == [
        (one.pupil, one.code) for one in against_days(world)
    ]


def test_marks_outside_the_terms_disagree(world: World) -> None:
    """Half term and a Saturday have no session; of a year that was not set nothing is said."""
    world.opened(pupils=1)
    world.import_marks(
        [(0, day, "AM", "/") for day in ("2025-10-28", "2025-11-22", "2025-11-20", "2024-10-30")]
    )
    found = against_days(world)
    assert [(date(2025, 10, 28), "none"), (date(2025, 11, 22), "none")] == [
        (one.day, one.held) for one in found
    ]
    assert {"session-not-held"} == {one.rule for one in found}
    assert {"C Tutor"} == {one.by.name for one in found}


# -- another school --------------------------------------------------------------------------------


def twice(world: World, position: int | None = None) -> list[PossibleTwice]:
    """The list."""
    with world.looking(position) as (connection, book, at):
        return two_possible_sessions(connection, book, TwoSchoolsQuery(SPAN), at)


@pytest.fixture
def pair(world: World, another: World) -> tuple[World, World]:
    """Two schools with the same three children: two on both rolls, one on the roll of the first alone."""
    another.pupil = world.pupil
    world.opened(enrolment="main")
    another.opened(pupils=2, enrolment="subsidiary")
    return world, another


def test_two_possible_sessions_are_shown_to_both(pair: tuple[World, World]) -> None:
    """Present at the one and absent at the other in the same half-day: each names the other."""
    here, there = pair
    here.import_marks([(0, "2025-11-20", "AM", "O"), (1, "2025-11-20", "AM", "/")])
    there.import_marks([(0, "2025-11-20", "AM", "/"), (1, "2025-11-20", "PM", "\\")])
    (mine,), (theirs,) = twice(here), twice(there)
    place = (here.pupil(0), date(2025, 11, 20), "AM")
    assert (*place, "O", there.urn, "/") == mine[:6]
    assert (*place, "/", here.urn, "O") == theirs[:6]


def test_d_at_one_of_them_counts_nowhere(pair: tuple[World, World]) -> None:
    """D here and a mark there is as it should be; so it is once one of two marks is amended to D."""
    here, there = pair
    there.import_marks([(n, "2025-11-20", "AM", "/") for n in (0, 1)])
    here.import_marks([(0, "2025-11-20", "AM", {"code": "D", "detail": "-"})])
    assert [] == twice(here)
    here.import_marks([(1, "2025-11-20", "AM", "O")])
    with here.looking() as (_, _, at):
        before = at.position
    amended = {"from": "O", "code": "D", "detail": "-", "reason": "Due at the unit"}
    here.import_marks([(1, "2025-11-20", "AM", amended)])
    assert [] == twice(here)
    assert [here.pupil(1)] == [one.pupil for one in twice(here, before)]


def test_a_pupil_who_has_moved_has_no_two_sessions(pair: tuple[World, World]) -> None:
    """Where the times on the two rolls do not meet within the span, nothing is looked for."""
    here, there = pair
    there.enter(2, starting_day="2026-08-31")
    here.import_marks([(2, "2025-11-20", "AM", "/")])
    there.import_marks([(2, "2025-11-20", "AM", "/")])
    assert [] == twice(here)


def test_a_pupil_who_came_the_day_the_other_name_was_deleted_has_no_two_sessions(
    world: World, another: World
) -> None:
    """The day of deletion is the first no longer on that roll: the times on the two do not meet."""
    another.pupil = world.pupil
    world.opened(pupils=1, starting_day="2025-11-24")
    another.opened(pupils=1)
    for school in (world, another):
        school.import_marks([(0, "2025-11-20", "AM", "/")])
    assert [world.pupil(0)] == [one.pupil for one in twice(world)]
    another.delete(0, date(2025, 11, 24))
    assert [] == twice(world)
