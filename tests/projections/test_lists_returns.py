"""Returns to the local authority that fall due: ten-day absence and illness (regulation 13)."""

from datetime import date, timedelta

import pytest

from ledger.schools.calendar import SESSIONS, Span
from projections.lists.returns_due import ReturnDue, ReturnsQuery, returns_due
from tests.projections.world import World

SPAN = Span(date(2025, 8, 1), date(2025, 11, 24))


def listed(world: World, position: int | None = None, **query) -> list[ReturnDue]:
    """The list."""
    with world.looking(position) as (connection, book, at):
        asked = ReturnsQuery(**{"span": SPAN} | query)
        return returns_due(connection, book, asked, at, world.vault)


def days(world: World, first: str, n: int) -> list[str]:
    """So many school days from a day on."""
    with world.looking() as (_, book, _):
        found = book.school.years[2025].school_days(date.fromisoformat(first), date(2026, 7, 31))
    return [day.isoformat() for day in found[:n]]


def mark(world: World, number: int, code: str, when: list[str]) -> None:
    """The same code for both sessions of some days."""
    world.import_marks([(number, day, half, code) for day in when for half in SESSIONS])


def test_ten_school_days_in_a_row_are_due(world: World) -> None:
    """Ten days of O across half term: due on the tenth, with the days of the run."""
    world.opened(pupils=2)
    run = days(world, "2025-10-20", 11)
    mark(world, 0, "O", run)
    mark(world, 1, "O", run[:9])
    (row,) = listed(world)
    assert (world.pupil(0), "attendance", True) == row[:3]
    assert (date(2025, 11, 7), date(2025, 10, 20), date(2025, 11, 10), 11) == row[3:7]
    assert (False, True, True) == (row.has_late, row.of_compulsory_school_age, row.on_roll)


def test_another_code_breaks_the_run(world: World) -> None:
    """One session of I among ten days and the run is none, as it was not before it was amended."""
    world.opened(pupils=1)
    run = days(world, "2025-11-03", 10)
    mark(world, 0, "N", run)
    with world.looking() as (_, _, at):
        before = at.position
    world.amend(0, "N", "I", run[4])
    assert [] == listed(world)
    assert [world.pupil(0)] == [row.pupil for row in listed(world, before)]


def test_a_run_with_u_is_for_a_person_to_look_at(world: World) -> None:
    """U belongs in the run and is told apart: the pupil was in school for part of it."""
    world.opened(pupils=1)
    run = days(world, "2025-11-03", 10)
    mark(world, 0, "O", run[:-1])
    world.import_marks([(0, run[-1], "AM", "U"), (0, run[-1], "PM", "O")])
    assert [True] == [row.has_late for row in listed(world)]


def test_a_day_with_one_session_is_a_whole_day(world: World) -> None:
    """A day whose afternoon was lost to a closure is missed by missing its morning."""
    world.opened(pupils=1)
    run = days(world, "2025-11-03", 10)
    world.close(run[3], run[3], sessions=["PM"])
    mark(world, 0, "O", run[:3] + run[4:])
    assert [] == listed(world)
    world.import_marks([(0, run[3], "AM", "O")])
    assert [10] == [row.school_days for row in listed(world)]


@pytest.mark.parametrize(
    ("ill", "near", "expected"), [(15, 0, True), (14, 0, None), (14, 1, False)]
)
def test_fifteen_days_of_illness_are_due(world: World, ill: int, near: int, expected) -> None:
    """Days in a row or not; a half day is none; who comes near is listed when asked for, not due."""
    world.opened(pupils=1)
    year = days(world, "2025-09-02", 40)
    mark(world, 0, "I", year[::2][:ill])
    world.import_marks([(0, year[39], "AM", "I")])
    found = listed(world, near=near)
    assert ([] if expected is None else [("sickness", expected, ill)]) == [
        (row.kind, row.due, row.school_days) for row in found
    ]
    if expected:
        assert (date.fromisoformat(year[28]), date(2025, 9, 2)) == (found[0].since, found[0].first)
    elif found:
        assert (None, date.fromisoformat(year[26])) == (found[0].since, found[0].last)


def test_each_school_year_counts_its_illness_anew(world: World) -> None:
    """Ten days in July and ten in September are no twenty."""
    world.opened(years=(2024, 2025), pupils=1)
    july = [(date(2025, 7, 1) + timedelta(days=n)).isoformat() for n in range(14)]
    mark(world, 0, "I", [day for day in july if date.fromisoformat(day).weekday() < 5])
    mark(world, 0, "I", days(world, "2025-09-02", 10))
    assert [] == listed(world, span=Span(date(2025, 1, 1), SPAN.last))


def test_only_the_time_on_the_roll_counts(world: World) -> None:
    """Marks imported for days before the starting day, or of no name at all, bring nobody on a list."""
    world.opened(pupils=0)
    world.enter(0, starting_day="2025-11-10")
    when = days(world, "2025-11-03", 10)
    mark(world, 0, "O", when)
    mark(world, 7, "O", when)
    assert [] == listed(world)


def test_it_says_whether_the_pupil_was_of_compulsory_school_age(world: World) -> None:
    """A child not yet of that age on the day is listed, and told apart."""
    world.opened(pupils=1, date_of_birth="2021-01-10")
    mark(world, 0, "O", days(world, "2025-11-03", 10))
    assert [False] == [row.of_compulsory_school_age for row in listed(world)]


def test_years_before_there_was_a_return_are_passed_over(world: World) -> None:
    """In the year before September 2006 there was no such return."""
    world.opened(pupils=1)
    assert [] == listed(world, span=Span(date(2005, 8, 1), date(2006, 7, 31)), near=15)
