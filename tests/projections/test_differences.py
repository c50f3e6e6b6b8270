"""What changed between two places in the log: exactly the entries that gained events, with their reasons."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from ledger.application import AttendanceLedger
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.vault import Vault
from projections import reference
from projections.asof import AsOf, head
from projections.differences import (
    Between,
    DifferencesQuery,
    EntryDifference,
    TwoBooks,
    differences,
    place_of,
)
from projections.grid import TotalsBy, TotalsQuery
from projections.parts import Part
from projections.roll_differences import RollDifferencesQuery, roll_differences
from projections.school import load
from projections.sessions import held
from projections.totals import totals
from projections.totals_differences import COUNTS, totals_differences
from tests.projections.test_plans import Watching
from tests.projections.world import OFFICER, TUTOR, Clock, World, another_log
from tests.properties.test_register_is_plain_fold import SPANS, Play, plays

ALL = Part(1_000_000)
SEED = 20_261_122


def changed(
    world: World, before: int, after: int | None = None, part: Part = ALL, **asked: Any
) -> list[EntryDifference]:
    """The entries of the school that gained events after one position, up to another or the head."""
    with world.looking(after) as (connection, book, at):
        between = Between(AsOf(before, at.instant), at)
        query = DifferencesQuery(world.urn, **asked)
        return differences(connection, book, query, between, part, world.vault)


@pytest.fixture
def school(world: World) -> World:
    """Three pupils, one of them in another group."""
    world.opened(pupils=2)
    world.enter(2, registration_group="9A", year_group="10")
    return world


def test_an_amended_entry_shows_both_codes_and_the_event_between(school: World) -> None:
    """What stood, what stands, and who amended it when, for which client, and why."""
    before = school.take({0: "N", 1: "/"})["last"]
    receipt = school.amend(0, "N", "I", detail="Influenza", reason="Mother telephoned")
    [found] = changed(school, before)
    assert (school.pupil(0), date(2025, 11, 24), "AM") == found[:3]
    assert found.before is not None
    assert ("N", "I", "Influenza") == (found.before.code, found.after.code, found.after.detail)
    assert found.after.position == receipt["last"] == before + 2
    assert found.net_change
    [one] = found.events
    assert ("attendance-amended", "N", "I") == (one.type, one.replaces, one.code)
    assert ("Mother telephoned", None) == (one.reason, one.rule)
    assert (OFFICER, "Tests of the views") == (one.by._asdict(), one.client)


def test_a_new_entry_had_nothing_before(school: World) -> None:
    """An entry first made in the window has no state before, and its event replaces nothing."""
    before = school.take({1: "/"})["last"]
    school.take({0: {"arrived_at": "09:20"}})
    [found] = changed(school, before)
    assert found.before is None
    assert ("U", "09:20") == (found.after.code, found.after.arrived_at)
    assert [("attendance-entered", None, None)] == [
        (e.type, e.replaces, e.reason) for e in found.events
    ]
    assert [TUTOR] == [e.by._asdict() for e in found.events]


def test_amended_and_amended_back_is_no_net_change(school: World) -> None:
    """An entry that stands as before is listed with what was done to it, and no net change."""
    before = school.take({0: "N"})["last"]
    school.amend(0, "N", "I", reason="Said to be ill")
    school.amend(0, "I", "N", reason="It was the brother")
    [found] = changed(school, before)
    assert not found.net_change
    assert ["Said to be ill", "It was the brother"] == [one.reason for one in found.events]
    assert found.before is not None
    assert (found.before.code, found.after.code) == ("N", "N")


def test_another_detail_is_a_net_change(school: World) -> None:
    """The same code with another detail says something else."""
    before = school.take({0: {"code": "B", "detail": "Taster day"}})["last"]
    school.amend(0, "B", "B", detail="Open day")
    [found] = changed(school, before)
    assert found.before is not None
    assert ("Taster day", "Open day") == (found.before.detail, found.after.detail)
    assert found.net_change


def test_the_window_is_open_at_its_beginning_and_closed_at_its_end(school: World) -> None:
    """What was recorded at the first position is not in it, what was recorded at the last is."""
    entered = school.take({0: "N"})["last"]
    amended = school.amend(0, "N", "I")["last"]
    assert [] == changed(school, entered, amended - 1)
    assert 1 == len(changed(school, entered, amended))
    assert [] == changed(school, amended)
    [both] = changed(school, entered - 1, amended)
    assert 2 == len(both.events)


@pytest.mark.parametrize(
    ("asked", "pupils"),
    [
        ({}, [0, 1, 2]),
        ({"registration_group": "9A"}, [2]),
        ({"year_group": "9"}, [0, 1]),
        ({"year_group": "9", "registration_group": "9A"}, []),
        ({"first": date(2025, 11, 25)}, []),
        ({"last": date(2025, 11, 23)}, []),
    ],
)
def test_less_of_the_register_may_be_asked_for(school: World, asked: Any, pupils: Any) -> None:
    """Days, groups and pupils choose among the entries that changed."""
    before = school.take(dict.fromkeys(range(3), "N"))["last"]
    for number in range(3):
        school.amend(number, "N", "I")
    assert [school.pupil(n) for n in pupils] == [
        one.pupil for one in changed(school, before, **asked)
    ]
    [one] = changed(school, before, pupil=school.pupil(1))
    assert school.pupil(1) == one.pupil


# -- many entries --------------------------------------------------------------------------------


PUPILS = 500
MARKS = 100_000


@pytest.fixture(scope="module")
def big(
    addresses: Addresses, vault: Vault, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A school with 100,000 entries: 500 pupils over the two sessions of 100 school days."""
    own = another_log(addresses, "differences")
    database = Database(own)
    database.open()
    with AttendanceLedger(database, vault, clock := Clock()) as ledger:
        world = World(ledger, database, vault, "390001", clock)
        world.opened(pupils=0, years=(2024,))
        for first in range(0, PUPILS, 100):
            world.enter(*range(first, first + 100), starting_day="2024-09-02")
        with world.looking() as (_, book, _):
            sessions = held(book.school, date(2024, 9, 2), date(2025, 7, 21))
        days = [day.isoformat() for day in sorted({day for day, _ in sessions})[:100]]
        marks = [
            (number, day, session, "N" if (number + i) % 7 == 0 else code)
            for i, day in enumerate(days)
            for session, code in (("AM", "/"), ("PM", "\\"))
            for number in range(PUPILS)
        ]
        assert len(marks) == MARKS
        for first in range(0, MARKS, 25_000):
            world.import_marks(marks[first : first + 25_000])
        world.marks = marks
        with connect_as_owner(own) as owner:
            owner.execute("ANALYZE mark")
        yield world
    database.close()


def test_k_amendments_among_100_000_entries_are_found(big: World, another: World) -> None:
    """Of 100,000 entries exactly those k that were amended are listed, each with its reason."""
    random = Random(SEED)
    with big.looking() as (_, _, at):
        before = at.position
    chosen = random.sample(range(MARKS), k := 173)
    expected = {}
    for which in chosen:
        number, day, session, code = big.marks[which]
        reason = f"Reason {random.randrange(10**9)}"
        big.amend(number, code, "I", day, session, reason=reason)
        expected[big.pupil(number), date.fromisoformat(day), session] = (code, reason)
    found = changed(big, before)
    assert k == len(expected) == len(found)
    assert expected == {
        (one.pupil, one.date, one.session): (one.before and one.before.code, one.events[-1].reason)
        for one in found
    }
    assert all(len(one.events) == 1 and one.net_change for one in found)
    assert found == sorted(found, key=place_of)
    pages, after = [], None
    while page := changed(big, before, part=Part(50, after)):
        pages += page
        after = place_of(page[-1])
    assert found == pages


def test_few_changes_are_found_by_position(big: World) -> None:
    """The marks of a narrow window are looked up by the index of positions, not read one by one."""
    with big.looking() as (connection, book, at):
        between = Between(AsOf(at.position - 20, at.instant), at)
        watching = Watching(connection)
        query = DifferencesQuery(big.urn)
        differences(watching, book, query, between, ALL, big.vault)
    # The entries that changed by position, then what they were before by their key.
    used = [scan["Index Name"] for scan in watching.scans if "2024" in scan["Relation Name"]]
    assert ["mark_2024_position_idx", "mark_2024_pkey"] == used


def test_a_window_of_everything_lists_every_entry(big: World) -> None:
    """From the beginning of the log every entry is listed, page by page in the order of the register."""
    first = changed(big, 0, part=Part(1000))
    second = changed(big, 0, part=Part(1000, place_of(first[-1])))
    places = [place_of(one) for one in (*first, *second)]
    assert 2000 == len(places)
    assert all(one < other for one, other in pairwise(places))


# -- totals and roll -----------------------------------------------------------------------------


def of_totals(world: World, before: int, by: TotalsBy = "school", then: datetime | None = None):
    """The rows of totals of 17 to 24 November 2025 that differ."""
    with world.looking() as (connection, book, at):
        place = AsOf(before, then or at.instant)
        books = TwoBooks(load(connection, world.urn, place), book)
        query = TotalsQuery(world.urn, date(2025, 11, 17), date(2025, 11, 24), by)
        return totals_differences(connection, books, query, Between(place, at), world.vault)


def test_totals_differ_by_what_was_amended(school: World) -> None:
    """N amended to I takes one from unauthorised absence and gives it to authorised absence."""
    before = school.take({0: "N", 1: "/", 2: "/"}, "2025-11-17")["last"]
    school.amend(0, "N", "I", "2025-11-17")
    [row] = of_totals(school, before)
    moved = {name: tuple(one) for name, one in row.counts.items() if one.change}
    assert {"authorised_absence": (0, 1, 1), "unauthorised_absence": (1, 0, -1)} == moved
    assert {"I": (0, 1, 1), "N": (1, 0, -1)} == {c: tuple(one) for c, one in row.codes.items()}
    assert (0.0, 100 / 3) == tuple(row.percentages["authorised_absence_percent"])
    assert (school.urn, 1) == (row.key, row.events)
    [week] = of_totals(school, before, "week")
    assert ("2025-11-17", (date(2025, 11, 17), date(2025, 11, 23))) == (week.key, week.days)
    [group] = of_totals(school, before, "registration_group")
    assert ("9B", 1) == (group.key, group.events)


def test_marks_fall_due_without_any_event(school: World) -> None:
    """Between two instants at one position marks become missing; no entry gained an event."""
    position = school.take({0: "/"}, "2025-11-17")["last"]
    [row] = of_totals(school, position, then=school.clock.now - timedelta(days=4))
    assert (0, []) == (row.events, list(row.codes))
    assert ["missing"] == [name for name, one in row.counts.items() if one.change]


def of_roll(world: World, before: int, on: date | None = None):
    """The enrolments that differ."""
    with world.looking() as (connection, book, at):
        place = AsOf(before, at.instant)
        books = TwoBooks(load(connection, world.urn, place), book)
        query = RollDifferencesQuery(world.urn, on)
        return roll_differences(connection, books, query, Between(place, at), world.vault)


def test_names_added_removed_and_changed(school: World) -> None:
    """A name entered, one deleted and one whose particulars were amended are told apart."""
    before = school.take({0: "/"})["last"]
    school.enter(7, starting_day="2025-11-24")
    school.amend_name(0, "2025-11-20", surname="Eze", registration_group="9C")
    school.delete(1, date(2025, 11, 24))
    found = {one.pupil: one for one in of_roll(school, before, date(2025, 11, 24))}
    assert {school.pupil(0): "changed", school.pupil(1): "removed", school.pupil(7): "added"} == {
        pupil: one.what for pupil, one in found.items()
    }
    changed_name = found[school.pupil(0)]
    assert {"surname": ("Okafor", "Eze"), "registration_group": ("9B", "9C")} == {
        name: tuple(one) for name, one in changed_name.fields.items()
    }
    [one] = changed_name.events
    assert ("particulars-amended", "As told", date(2025, 11, 20)) == (
        one.type,
        one.reason,
        one.in_force_from,
    )
    assert one.position == changed_name.after_position
    assert changed_name.before_position is not None
    assert changed_name.before_position <= before < one.position
    deleted = {one.pupil: one for one in of_roll(school, before)}[school.pupil(1)]
    assert {"deleted_on": (None, date(2025, 11, 24)), "ground": (None, "A")} == {
        name: tuple(one) for name, one in deleted.fields.items()
    }


def test_nothing_recorded_is_no_difference(school: World) -> None:
    """At one and the same place nothing differs."""
    position = school.take({0: "/"})["last"]
    assert [] == changed(school, position) == of_totals(school, position)
    assert [] == of_roll(school, position) == of_roll(school, position, date(2025, 11, 24))


# -- whatever was entered ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def played_database(addresses: Addresses) -> Iterator[Database]:
    """A log of this file's own."""
    opened = Database(another_log(addresses, "differing"))
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def played_ledger(played_database: Database, vault: Vault) -> Iterator[AttendanceLedger]:
    """The door into the record, on Monday 24 November 2025."""
    with AttendanceLedger(played_database, vault, Clock()) as opened:
        yield opened


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    play=plays,
    ends=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    span=st.sampled_from(SPANS),
    by=st.sampled_from(get_args(TotalsBy)),
)
def test_differences_are_what_a_plain_fold_finds(  # noqa: PLR0917 -- what Hypothesis draws
    played_ledger, played_database, vault, play, ends, span, by
) -> None:
    """Whatever was recorded between whichever positions, entries and totals differ as their folds do."""
    played = Play(played_ledger, played_database, vault)
    note(f"{play=}\n{ends=} {span=} {by=}")
    played.perform(play)
    first, last = map(date.fromisoformat, span)
    with played_database.reading() as connection:
        now = head(connection)
        earlier, later = sorted(max(played.opened, now.position - end) for end in ends)
        between = Between(AsOf(earlier, now.instant), AsOf(later, now.instant))
        rows = reference.whole_log(connection, now, played.start)
        for world in played.worlds:
            books = TwoBooks(*(load(connection, world.urn, at) for at in between))
            old, new = (reference.Registers(rows, world.urn, at, {}) for at in between)
            found = differences(
                connection, books.after, DifferencesQuery(world.urn), between, ALL, vault
            )
            assert _folded(old, new) == {
                (one.date, one.session, one.pupil): (
                    one.before and one.before.code,
                    one.after.code,
                    [change.position for change in one.events],
                )
                for one in found
            }
            event(f"entries: {min(len(found), 9)}")
            query = TotalsQuery(world.urn, first, last, by)
            _rows_are_those_that_differ(connection, books, query, between, vault)


def _folded(old: reference.Registers, new: reference.Registers) -> dict[Any, Any]:
    """By entry the codes that stood and stand, and the positions between, of those with any."""
    stood = {key: entry.revisions[-1].code for key, entry in old.entries.items()}
    return {
        key: (
            stood.get(key),
            entry.revisions[-1].code,
            [one.row.position for one in entry.revisions if one.row.position > old.at.position],
        )
        for key, entry in new.entries.items()
        if entry.revisions[-1].row.position > old.at.position
    }


def _rows_are_those_that_differ(
    connection: Any, books: TwoBooks, query: TotalsQuery, between: Between, vault: Vault
) -> None:
    old, new = (
        {row.key: row for row in totals(connection, book, query, at, vault)}
        for book, at in zip(books, between, strict=True)
    )
    found = totals_differences(connection, books, query, between, vault)
    nothing = dict.fromkeys(COUNTS, 0)
    differing = {
        key
        for key in {*old, *new}
        if [getattr(old.get(key), n, 0) for n in nothing]
        != [getattr(new.get(key), n, 0) for n in nothing]
        or (old[key].codes if key in old else {}) != (new[key].codes if key in new else {})
    }
    assert differing == {row.key for row in found}
    for row in found:
        for name, one in row.counts.items():
            assert one.before == getattr(old.get(row.key), name, 0)
            assert one.after == getattr(new.get(row.key), name, 0) == one.before + one.change
