"""Persistent and severe absence, enrolment by enrolment: the same figures as the totals."""

from datetime import date, timedelta
from random import Random

import pytest

from ledger.registers.absence import Nearness
from ledger.schools.calendar import SESSIONS, Span
from projections import reference, reference_totals
from projections.asof import AsOf, head
from projections.grid import TotalsQuery
from projections.lists.persistent import AbsenceQuery, AbsenceRow, absentees
from projections.totals import totals
from tests.projections.world import NOW, World

FIRST, LAST = date(2025, 9, 2), date(2025, 11, 21)
SPAN = Span(FIRST, LAST)


def listed(world: World, position: int | None = None, **query) -> list[AbsenceRow]:
    """The list."""
    with world.looking(position) as (connection, book, at):
        asked = AbsenceQuery(**{"span": SPAN} | query)
        return absentees(connection, book, asked, at, world.vault)


def attend(world: World, number: int, present: int, absent: int) -> None:
    """So many sessions present, then so many absent, from the first of the year on."""
    with world.looking() as (_, book, _):
        held = book.school.years[2025].sessions(FIRST, LAST)[: present + absent]
    world.import_marks(
        [
            (number, day.isoformat(), half, ("/\\"[half == "PM"] if place < present else "I"))
            for place, (day, half) in enumerate(held)
        ]
    )


def test_exactly_ten_per_cent_is_persistent_absence(world: World) -> None:
    """9 present and 1 absent is persistent absence, 10 and 1 is not (AC-038 on a smaller scale)."""
    world.opened(pupils=2)
    attend(world, 0, 9, 1)
    attend(world, 1, 10, 1)
    (row,) = listed(world)
    assert (world.pupil(0), date(2025, 9, 2), None, 10, 1, 10.0, True, False) == row[:8]
    assert Nearness(True, 0, 0, 1) == row.to_persistent
    assert Nearness(False, 8, 0, 0) == row.to_severe


@pytest.mark.parametrize(
    ("measure", "near", "expected"),
    [
        ("persistent", 0, [3, 2, 1]),
        ("persistent", 1, [3, 2, 1]),
        ("persistent", 2, [3, 2, 1, 0]),
        ("severe", 0, [3, 2]),
        ("severe", 1, [3, 2]),
        ("severe", 16, [3, 2, 1]),
        ("severe", 1000, [3, 2, 1, 0]),
    ],
)
def test_those_near_the_measure_are_listed_when_asked_for(
    world: World, measure: str, near: int, expected: list[int]
) -> None:
    """Of 20 sessions 1, 2, 10 and 19 were missed; nearness is in further sessions missed.

    Whoever has no possible session is in no list.
    """
    world.opened(pupils=5)
    for number, absent in enumerate((1, 2, 10, 19)):
        attend(world, number, 20 - absent, absent)
    found = [row.pupil for row in listed(world, measure=measure, near=near)]
    assert [world.pupil(number) for number in expected] == found


def test_each_enrolment_is_judged_by_itself(world: World) -> None:
    """A pupil who left and came back is two enrolments, of which one is persistently absent."""
    world.opened(pupils=0)
    world.enter(0, starting_day="2025-09-02")
    world.take({0: "I"}, "2025-11-20")
    world.delete(0)
    world.enter(0, starting_day="2025-11-24")
    world.take({0: "/"}, "2025-11-24")
    rows = listed(world, span=Span(FIRST, date(2025, 11, 24)), near=1000)
    assert [
        (date(2025, 9, 2), date(2025, 11, 24), 1, 1, True),
        (date(2025, 11, 24), None, 1, 0, False),
    ] == [(*row[1:5], row.persistent) for row in rows]


def test_marks_off_the_roll_belong_to_no_enrolment(world: World) -> None:
    """An absence imported for a day before the starting day makes nobody an absentee."""
    world.opened(pupils=0)
    world.enter(0, starting_day="2025-11-24")
    world.import_marks([(0, "2025-11-20", "AM", "I"), (7, "2025-11-20", "AM", "O")])
    assert [] == listed(world, near=1000)


def test_nobody_is_before_it_was_published(world: World) -> None:
    """For days before August 2006 no measure is known, and the list is empty."""
    world.opened()
    assert [] == listed(world, span=Span(date(2005, 9, 1), date(2006, 7, 31)), near=1000)


def test_an_amendment_is_seen_from_its_position_on(world: World) -> None:
    """The list as it stood has the absence that was amended since."""
    world.opened(pupils=1).take({0: "I"}, "2025-11-20")
    with world.looking() as (_, _, at):
        position = at.position
    world.amend(0, "I", "/", "2025-11-20")
    assert [] == listed(world)
    assert [world.pupil(0)] == [row.pupil for row in listed(world, position)]


@pytest.mark.parametrize("seed", range(3))
def test_it_equals_the_totals_and_a_plain_fold_at_every_position(world: World, seed: int) -> None:
    """Possible and absent sessions, percentages and who is absent are those of the totals by pupil."""
    chance = Random(seed)
    with world.database.reading() as connection:
        start = head(connection).position
    world.opened(pupils=4)
    opened = world.delete(3, NOW.date() + timedelta(days=chance.randint(0, 2)))["last"]
    with world.looking() as (_, book, _):
        held = book.school.years[2025].sessions(date(2025, 11, 17), LAST)
    lines = [
        (
            number,
            day.isoformat(),
            half,
            {"code": chance.choice(("I", "O", "D", "L", "L")), "detail": "-"},
        )
        for number in range(4)
        for day, half in held
    ]
    for number, day, half, line in lines[:: chance.randint(2, 4)]:
        world.import_marks([(number, day, half, line)])
        amended = {"from": line["code"], "code": chance.choice("XCT"), "reason": "As told"}
        world.import_marks([(number, day, half, amended)])
    with world.database.reading() as connection:
        end = head(connection)
        rows = reference.whole_log(connection, end, start)
    for position in range(opened, end.position + 1):
        with world.looking(position) as (connection, book, at):
            found = absentees(connection, book, AbsenceQuery(SPAN, near=10**6), at, world.vault)
            query = TotalsQuery(world.urn, FIRST, LAST, "pupil")
            counted = {row.key: row for row in totals(connection, book, query, at, world.vault)}
        registers = reference.Registers(rows, world.urn, AsOf(position, at.instant), {})
        by_enrolment = TotalsQuery(world.urn, FIRST, LAST, "enrolment")
        folded = {row.key: row for row in reference_totals.totals(registers, by_enrolment)}
        possible = {key: row for key, row in counted.items() if row.possible_sessions}
        assert possible.keys() == {row.pupil for row in found}
        for row in found:
            total, fold = counted[row.pupil], folded[f"{row.pupil}/0"]
            assert (total.possible_sessions, total.overall_absence) == (row.possible, row.absent)
            assert (fold.possible_sessions, fold.overall_absence) == (row.possible, row.absent)
            assert total.overall_absence_percent == row.percent
            assert (total.persistent_absence, total.severe_absence) == (row.persistent, row.severe)


def test_sessions_are_those_of_the_span(world: World) -> None:
    """Both ends belong to it, and what lies outside does not."""
    world.opened(pupils=1)
    world.import_marks(
        [
            (0, day, half, "I")
            for day in ("2025-11-19", "2025-11-20", "2025-11-21")
            for half in SESSIONS
        ]
    )
    day = date(2025, 11, 20)
    (row,) = listed(world, span=Span(day, day))
    assert (2, 2) == (row.possible, row.absent)
