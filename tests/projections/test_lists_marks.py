"""The marks that stand, as the lists ask for them, are those of a plain fold over the log."""

from datetime import date
from random import Random

import pytest

from ledger.law.codes import code_in_force
from ledger.schools.calendar import SESSIONS, Span
from projections import reference
from projections.asof import AsOf, head
from projections.lists import marks
from tests.projections.test_plans import Watching
from tests.projections.world import NOW, World

CODES = ("N", "O", "I", "/", "C")
DAYS = ("2025-07-21", "2025-09-03", "2025-11-20", "2025-11-24")
SPAN = Span(date(2025, 7, 1), date(2025, 11, 30))


def play(world: World, seed: int) -> None:
    """Enter and amend at random: three pupils, four mornings, each entry amended up to four times."""
    chance, standing = Random(seed), {}
    world.opened(years=(2024, 2025))
    for day in DAYS:
        for pupil in range(3):
            standing[pupil, day] = chance.choice(CODES)
    world.import_marks(
        [
            (pupil, day, "AM", {"code": code, "detail": "-"})
            for (pupil, day), code in standing.items()
        ]
    )
    for _ in range(20):
        pupil, day = chance.choice(list(standing))
        before, after = standing[pupil, day], chance.choice(CODES)
        if before != after:
            line = {"from": before, "code": after, "reason": "As told"}
            world.import_marks([(pupil, day, "AM", line)])
            standing[pupil, day] = after


@pytest.mark.parametrize("seed", range(4))
def test_what_stands_is_a_plain_fold_at_every_position(world: World, seed: int) -> None:
    """By code, by pupil and by day: the entries that stand are those that a fold leaves standing."""
    with world.database.reading() as connection:
        start = head(connection).position
    play(world, seed)
    pupils, days = [world.pupil(0), world.pupil(2)], [date.fromisoformat(DAYS[0]), date(2025, 9, 3)]
    with world.database.reading() as connection:
        end = head(connection)
        rows = reference.whole_log(connection, end, start)
        for position in range(start, end.position + 1):
            at = AsOf(position, NOW)
            stands = [
                marks.StandingMark(
                    entry.day,
                    entry.session,
                    entry.pupil,
                    entry.revisions[-1].code,
                    entry.revisions[-1].row.position,
                    entry.revisions[-1].row.act,
                )
                for _, entry in sorted(reference.Registers(rows, world.urn, at, {}).entries.items())
            ]
            for codes in (["N"], ["N", "O"], ["I", "/", "C"]):
                expected = [mark for mark in stands if mark.code in codes]
                assert expected == marks.with_codes(
                    connection, marks.Coded(world.urn, codes, SPAN), at
                )
                of_two = marks.Coded(world.urn, codes, SPAN, pupils)
                assert [mark for mark in expected if mark.pupil in pupils] == marks.with_codes(
                    connection, of_two, at
                )
            by_pupil = marks.of_pupils(connection, world.urn, pupils, SPAN, at)
            assert [mark for mark in stands if mark.pupil in pupils] == by_pupil
            by_day = marks.on_days(connection, world.urn, days, SPAN, at)
            assert [mark for mark in stands if mark.day in days] == by_day


def test_the_codes_looked_for_are_those_of_the_law_over_the_span() -> None:
    """G, N, O and U count to the threshold; all codes known are looked through, of every day."""
    assert ["G", "N", "O", "U"] == marks.symbols(SPAN, lambda c: c.counts_to_penalty_threshold)
    every = {
        code.symbol
        for day in SPAN.days()
        for symbol in "GNOUIC/LDXHJ"
        if (code := code_in_force(symbol, day)) and code.export_as == "I"
    }
    assert every <= set(marks.symbols(SPAN, lambda code: code.export_as == "I"))


def test_the_years_asked_about_are_read(world: World) -> None:
    """Marks of November 2025 are sought in the partition of 2025 and no other, pupils by their key."""
    world.opened(pupils=1)
    november = Span(date(2025, 11, 1), date(2025, 11, 30))
    with world.looking() as (connection, _, at):
        watching = Watching(connection)
        marks.with_codes(watching, marks.Coded(world.urn, ["N"], november), at)
        marks.on_days(watching, world.urn, [date(2025, 11, 8)], november, at)
        marks.of_pupils(watching, world.urn, [world.pupil(0)], november, at)
    assert {"mark_2025"} == watching.years
    assert "pupil = ANY" in watching.scans[-1]["Index Cond"]


def test_nothing_is_asked_of_the_database_for_nothing(world: World) -> None:
    """No codes, no pupils and no days have no marks."""
    with world.looking() as (connection, _, at):
        assert [] == marks.with_codes(connection, marks.Coded(world.urn, [], SPAN), at)
        assert [] == marks.with_codes(connection, marks.Coded(world.urn, ["N"], SPAN, []), at)
        assert [] == marks.of_pupils(connection, world.urn, [], SPAN, at)
        assert [] == marks.on_days(connection, world.urn, [], SPAN, at)


def test_codes_are_gathered_by_pupil() -> None:
    """Each pupil's codes by session."""
    one = marks.StandingMark(date(2025, 9, 3), SESSIONS[0], "a", "N", 1, 1)
    other = one._replace(session=SESSIONS[1], code="O")
    assert {"a": {(one.day, "AM"): "N", (one.day, "PM"): "O"}} == marks.by_pupil([one, other])
