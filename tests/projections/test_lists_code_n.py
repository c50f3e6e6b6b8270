"""Entries that stand at N: by when they are to be replaced, and since when they are overdue."""

from datetime import date

import pytest

from ledger.schools.calendar import Span
from projections.lists.code_n import CodeN, CodeNQuery, code_n, takers
from projections.people import By
from tests.projections.world import TODAY, World

SPAN = Span(date(2024, 8, 19), date(2025, 11, 30))
TUTOR = By("C Tutor", "Form tutor")


def listed(world: World, position: int | None = None, on: date = TODAY) -> list[CodeN]:
    """The list, judged on a day."""
    with world.looking(position) as (connection, book, at):
        return code_n(connection, book, CodeNQuery(SPAN, on), at)


def judged(entry: CodeN) -> tuple[date | None, bool | None, date | None, int | None]:
    """What is said of one entry."""
    return entry.due, entry.overdue, entry.overdue_since, entry.school_days_overdue


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 11, 17), (date(2025, 11, 17), False, None, 0)),
        (date(2025, 11, 18), (date(2025, 11, 17), True, date(2025, 11, 18), 1)),
        (date(2025, 11, 23), (date(2025, 11, 17), True, date(2025, 11, 18), 4)),
        (date(2025, 12, 19), (date(2025, 11, 17), True, date(2025, 11, 18), 24)),
        (date(2026, 8, 1), (date(2025, 11, 17), True, date(2025, 11, 18), None)),
    ],
)
def test_the_fifth_school_day_is_in_time(world: World, on: date, expected) -> None:
    """N of Monday 10 November is due on Monday 17; it is overdue from the day after, by school days,
    as far as the calendar says.
    """
    world.opened().take({0: "N"}, "2025-11-10")
    (entry,) = listed(world, on=on)
    assert expected == judged(entry)
    assert (world.pupil(0), date(2025, 11, 10), "AM", TUTOR) == (
        entry.pupil,
        entry.day,
        entry.session,
        entry.by,
    )


def test_holidays_and_closures_are_no_school_days(world: World) -> None:
    """Half term and a day closed for snow put the last day off."""
    world.opened().take({0: "N"}, "2025-10-21")
    assert date(2025, 11, 4) == listed(world)[0].due
    world.close("2025-11-04", "2025-11-04")
    assert (date(2025, 11, 5), True, date(2025, 11, 6), 13) == judged(listed(world)[0])


def test_a_calendar_that_does_not_reach_so_far_says_nothing(world: World) -> None:
    """N in the last week of a year whose next is not set has no last day, and is not overdue."""
    world.opened(years=(2024,))
    world.import_marks([(0, "2025-07-18", "AM", "N")])
    assert (None, None, None, None) == judged(listed(world)[0])


def test_a_code_n_before_the_rule_has_no_last_day(world: World) -> None:
    """N of June 2024 stands under the older Regulations, which set no limit."""
    world.opened(years=(2023,))
    world.import_marks([(0, "2024-06-10", "AM", "N")])
    with world.looking() as (connection, book, at):
        span = Span(date(2024, 6, 1), date(2024, 6, 30))
        (entry,) = code_n(connection, book, CodeNQuery(span, TODAY), at)
    assert (None, None, None, None) == judged(entry)


def test_what_was_amended_stands_no_more(world: World) -> None:
    """N amended to I is listed as it stood before, and no more after; one amended to N stands."""
    position = world.opened().take({0: "N", 1: "I"}, "2025-11-10")["last"]
    world.amend(0, "N", "I", "2025-11-10")
    world.amend(1, "I", "N", "2025-11-10", reason="Entered for the wrong pupil")
    assert [world.pupil(0)] == [entry.pupil for entry in listed(world, position)]
    (entry,) = listed(world)
    assert (world.pupil(1), By("D Officer", "Attendance officer")) == (entry.pupil, entry.by)


def test_entries_are_counted_by_who_made_them(world: World) -> None:
    """Who has most overdue stands first, with all entries and the day of the earliest."""
    world.opened().take({0: "N", 1: "N"}, "2025-11-10")
    world.take({2: "N"}, "2025-11-24")
    world.take({2: "I"}, "2025-11-20")
    world.amend(2, "I", "N", "2025-11-20")
    assert [
        (TUTOR, 3, 2, date(2025, 11, 10)),
        (By("D Officer", "Attendance officer"), 1, 0, date(2025, 11, 20)),
    ] == takers(listed(world))
