"""Kept histories: settled years beside the log are told as the log tells them, to the byte, or not at all."""

from collections.abc import Iterator
from datetime import date
from threading import Event
from typing import Any

import pytest
from psycopg import sql
from pydantic_core import to_json

from api.history_rows import rows, texts
from ledger.store.database import Addresses, Connection, Database, connect_as_owner
from ledger.store.settled_years import index_by_pupil
from projections.history import HistoryQuery, told_history, written_history
from projections.kept_histories import making
from projections.kept_histories.form import APART_MAX, FORM, Columns, packed, unpacked
from projections.kept_histories.keeper import Keeper
from projections.kept_histories.making import SchoolYear
from projections.kept_histories.rebuilding import Rebuilt, rebuild
from projections.refolding import compare_kept
from tests.projections.world import TODAY, World

YEARS = tuple(range(2020, 2026))
SETTLED = (2020, 2021, 2022, 2023)


@pytest.fixture
def owner(own_addresses: Addresses) -> Iterator[Connection]:
    """A connection of the owner; each statement its own transaction."""
    with connect_as_owner(own_addresses) as connection:
        yield connection


@pytest.fixture
def keeping(own_database: Database) -> Iterator[Connection]:
    """A connection of the service that may write."""
    with own_database.writer() as connection:
        yield connection


@pytest.fixture
def school(world: World, owner: Connection, keeping: Connection) -> World:
    """A school with six years of three pupils, the settled ones kept."""
    _enter_years(world)
    _index(owner)
    _keep(world, keeping)
    return world


def _enter_years(world: World) -> None:
    world.opened(pupils=3, years=YEARS, date_of_birth="2012-05-14")
    marks: list[tuple[int, str, str, Any]] = [
        (pupil, f"{year}-11-{day}", half, present)
        for year in YEARS
        for day in (10, 11, 12, 13)
        for half, present in (("AM", "/"), ("PM", "\\"))
        for pupil in range(3)
        if date(year, 11, day).weekday() < 5
    ]
    world.import_marks(marks)
    # Entries that say more than their code, one of them sealed, and entries that are amended.
    world.import_marks([(0, "2021-11-16", "AM", {"arrived_at": "09:20"})])
    world.import_marks([(1, "2021-11-16", "AM", {"code": "C", "detail": "Chess, 3 > 2"})])
    world.amend(0, "/", "I", "2021-11-10", reason="Was ill")
    world.amend(0, "I", "M", "2021-11-10", reason="Dentist", detail="Card seen")
    world.amend(1, "\\", "I", "2023-11-13", "PM", reason="Unwell")


def _index(owner: Connection) -> None:
    index_by_pupil(owner, TODAY)


def _keep(world: World, keeping: Connection) -> None:
    for year in SETTLED:
        making.keep(keeping, SchoolYear(int(world.urn), year))


def _both(
    world: World, pupil: str, position: int | None = None, **filters: Any
) -> tuple[list[str], int]:
    """The history as it is written with what is kept, and how many entries of it were; that of the log is the same."""
    query = HistoryQuery(pupil, **filters)
    with world.looking(position) as (connection, _, at):
        placed = written_history(connection, world.vault, query, at, world.database)
        told = told_history(connection, world.vault, query, at)
    found = list(texts(one for _, one in placed))
    assert found == list(texts(told))
    assert found == [to_json(row).decode() for row in rows(one.event for one in told)]
    assert [one.position for one in told] == [position for position, _ in placed]
    return found, sum(isinstance(one, str) for _, one in placed)


def _kept_in(world: World, number: int = 0, **filters: Any) -> int:
    return _both(world, world.pupil(number), **filters)[1]


# -- the same as from the log --------------------------------------------------------------------------


def test_histories_are_those_of_the_log(school: World) -> None:
    """Each pupil's, to the byte; plain entries of four years come as they are kept, the rest from the log."""
    # Of eight a year in 2020 none is left out; 2021, 2022 and 2023 have a Saturday or Sunday among their days.
    plain = sum(2 for y in SETTLED for d in (10, 11, 12, 13) if date(y, 11, d).weekday() < 5)
    assert [plain, plain - 1, plain] == [_kept_in(school, number) for number in range(3)]


def test_they_are_as_they_stood_at_each_position(school: World) -> None:
    """At each position that the history has; what is kept is used where the position has all of it."""
    with school.looking() as (_, _, at):
        head = at.position
    positions = {event.position for event in school.history(0)}
    counts = [
        _both(school, school.pupil(0), position)[1]
        for position in sorted({*positions, *(one - 1 for one in positions), head})
    ]
    assert counts == sorted(counts)
    assert len(set(counts)) == 5
    assert counts[0] == 0


def test_a_child_of_two_schools(
    school: World, another: World, owner: Connection, keeping: Connection
) -> None:
    """Both schools' kept years are told in one order; a caller of one is told that one's."""
    another.opened(pupils=0, years=YEARS)
    another.pupil = school.pupil
    another.enter(0, enrolment="subsidiary", starting_day="2020-09-02", date_of_birth="2012-05-14")
    another.import_marks([(0, f"{y}-11-{d}", "AM", "/") for y in (2020, 2022) for d in (10, 18)])
    another.amend(0, "/", "I", "2020-11-18")
    # The same place as is told apart at the other.
    another.import_marks([(0, "2021-11-10", "AM", "D")])
    _keep(another, keeping)
    one = _kept_in(school, schools=frozenset({school.urn}))
    other = _kept_in(school, schools=frozenset({another.urn}))
    # One was amended.
    assert (4, one + other) == (other, _kept_in(school))


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        (None, date(2022, 7, 31), {"2020", "2021"}),
        (None, date(2022, 7, 30), {"2020"}),
        (date(2021, 8, 1), None, {"2021", "2022", "2023"}),
        (date(2021, 8, 2), None, {"2022", "2023"}),
        (date(2022, 11, 10), date(2022, 11, 11), set()),
    ],
)
def test_years_that_are_asked_for_in_part_come_from_the_log(
    school: World, first: date | None, last: date | None, years: set[str]
) -> None:
    """Kept are whole years: one of which a day is left out is read as ever."""
    query = HistoryQuery(school.pupil(2), first=first, last=last)
    with school.looking() as (connection, _, at):
        written = written_history(connection, school.vault, query, at)
    assert years == {one[9:13] for _, one in written if isinstance(one, str)}
    _both(school, school.pupil(2), first=first, last=last)


# -- after something came ------------------------------------------------------------------------------


def test_an_amended_year_is_read_from_the_log_until_it_is_kept_anew(
    school: World, keeping: Connection
) -> None:
    """Of that pupil alone; the school's year is due then, and no other; made, it is told as it is now."""
    urn = int(school.urn)
    assert [] == [one for one in making.due(keeping) if one.school == urn]
    before = [_kept_in(school, number) for number in range(3)]
    of_year = sum(2 for day in (10, 11, 12, 13) if date(2022, 11, day).weekday() < 5)
    school.amend(0, "/", "I", "2022-11-10", reason="Said so much later")
    assert [before[0] - of_year, *before[1:]] == [_kept_in(school, n) for n in range(3)]
    assert [SchoolYear(urn, 2022)] == [one for one in making.due(keeping) if one.school == urn]
    making.keep(keeping, SchoolYear(urn, 2022))
    assert [] == [one for one in making.due(keeping) if one.school == urn]
    assert [before[0] - 1, *before[1:]] == [_kept_in(school, n) for n in range(3)]


def test_a_late_entry_is_told(school: World) -> None:
    """An original entry for a settled year that was kept without it."""
    before = _kept_in(school)
    school.import_marks([(0, "2020-11-17", "AM", "/")])
    assert 0 < _kept_in(school) < before


def test_what_is_made_of_less_does_not_take_the_place_of_more(
    school: World, keeping: Connection, own_database: Database
) -> None:
    """Of two who make a year at the same time the one who saw more of the log is believed."""
    of = SchoolYear(int(school.urn), 2022)

    def amend_and_keep() -> None:
        if not amended.is_set():
            amended.set()
            school.amend(0, "/", "I", "2022-11-10")
            with own_database.writer() as other:
                making.keep(other, of)

    amended = Event()
    before = _kept_in(school)
    making.keep(keeping, of, amend_and_keep)
    assert before - 1 == _kept_in(school)


def test_a_year_that_retention_dropped_is_not_told(school: World, owner: Connection) -> None:
    """Neither detached nor dropped is it any part of the log, whatever is kept of it; and then nothing is."""
    query = HistoryQuery(school.pupil(0))
    for change in ("ALTER TABLE mark DETACH PARTITION mark_2022", "DROP TABLE mark_2022"):
        with owner.transaction(force_rollback=True), school.looking() as (_, _, at):
            owner.execute(change.encode())
            placed = written_history(owner, school.vault, query, at)
            written = list(texts(one for _, one in placed))
            assert not any('"date":"2022-' in one for one in written)
            assert any('"date":"2021-' in one for one in written)
            making.forget(owner)
            years = owner.execute("SELECT DISTINCT year FROM kept_history ORDER BY 1").fetchall()
            assert (2022,) not in years
            assert (2021,) in years


def test_what_was_erased_is_none(school: World, owner: Connection) -> None:
    """With a kept year's data key destroyed its reasons are None, as from the log."""
    assert "Dentist" in "".join(_both(school, school.pupil(0))[0])
    scope = f"{school.urn}/{school.pupil(0)}/2021"
    owner.execute("DELETE FROM data_key WHERE scope = %s", (scope,))
    found, kept = _both(school, school.pupil(0))
    assert kept > 0
    assert "Dentist" not in "".join(found)
    assert '"erased":["reason"' in "".join(found)


# -- what is kept --------------------------------------------------------------------------------------


def test_nothing_sealed_is_kept(school: World, owner: Connection) -> None:
    """Of an entry with a detail or an amendment no more than its session."""
    kept = owner.execute(
        "SELECT year, told, octet_length(apart) FROM kept_history WHERE school = %s",
        (int(school.urn),),
    ).fetchall()
    entries = [one for year, told, _ in kept for _, one in unpacked(told, year)]
    assert len(kept) == 3 * len(SETTLED)
    late = '"revision":0,"code":"U","arrived_at":"09:20"'
    assert {'"revision":0,"code":"/"', '"revision":0,"code":"\\\\"', late} == {
        one[one.index('"revision"') : one.index(',"position"')] for one in entries
    }
    assert not any(name in one for one in entries for name in ("sealed", "reason", "detail"))
    assert 2 * 3 == sum(octets for *_, octets in kept)


def test_the_form_has_a_number() -> None:
    """Whoever changes what is kept, or what an entry is written as, gives FORM another number: this is 1."""
    instants = ("2021-11-10T09:00:00.000000Z", "2021-11-10T13:00:00.000000Z")
    columns = Columns((7, 9), (202, 203), ("/", "\\"), instants, ('","by":"Ω"}', '","by":"É"}'))
    assert FORM == 1
    positions, written = zip(*unpacked(packed(columns), 2021), strict=True)
    assert positions == (7, 9)
    assert written[0] == (
        '{"date":"2021-11-10","session":"AM","revision":0,"code":"/","position":7,'
        '"type":"attendance-entered","recorded_at":"2021-11-10T09:00:00.000000Z","by":"Ω"}'
    )
    assert written[1] == (
        '{"date":"2021-11-10","session":"PM","revision":0,"code":"\\\\","position":9,'
        '"type":"attendance-entered","recorded_at":"2021-11-10T13:00:00.000000Z","by":"É"}'
    )
    assert list(unpacked(packed(Columns((), (), (), (), ())), 2021)) == []


def test_another_form_is_not_read_and_made_anew(
    school: World, owner: Connection, keeping: Connection
) -> None:
    """What an older or newer version kept is as good as nothing."""
    urn = int(school.urn)
    for table in ("kept_history", "kept_history_year"):
        change = sql.SQL("UPDATE {} SET form = form + 1 WHERE school = %s AND year = 2020")
        owner.execute(change.format(sql.Identifier(table)), (urn,))
    before = _kept_in(school)
    assert [SchoolYear(urn, 2020)] == [one for one in making.due(keeping) if one.school == urn]
    making.keep(keeping, SchoolYear(urn, 2020))
    assert 0 < before < _kept_in(school)


def test_a_year_of_which_most_is_told_apart_is_not_kept(
    world: World, owner: Connection, keeping: Connection
) -> None:
    """To seek its entries one by one would take longer than to read the year."""
    world.opened(pupils=1, years=(2020, 2025), date_of_birth="2012-05-14")
    days = [day for day in range(1, 31) if date(2020, 11, day).weekday() < 5]
    days_of_both = [(11, day) for day in days] + [
        (10, day) for day in range(1, 24) if date(2020, 10, day).weekday() < 5
    ]
    marks: list[tuple[int, str, str, Any]] = [
        (0, f"2020-{month}-{day:02}", half, {"code": "C", "detail": "Chess"})
        for month, day in days_of_both
        for half in ("AM", "PM")
    ]
    assert len(marks) > APART_MAX
    world.import_marks([(0, "2020-12-01", "AM", "/"), *marks[:APART_MAX]])
    _index(owner)
    making.keep(keeping, SchoolYear(int(world.urn), 2020))
    assert 1 == _kept_in(world)
    world.import_marks(marks[APART_MAX : APART_MAX + 1])
    making.keep(keeping, SchoolYear(int(world.urn), 2020))
    assert 0 == _kept_in(world)


# -- making --------------------------------------------------------------------------------------------


def test_a_rebuild_makes_all_of_them(
    school: World, own_addresses: Addresses, owner: Connection
) -> None:
    """Whatever had gone astray; it tells how far it is."""
    before = _kept_in(school)
    owner.execute("UPDATE kept_history SET told = '', marks = marks + 1 WHERE year = 2021")
    told: list[tuple[int, int]] = []
    made = rebuild(own_addresses, lambda *done: told.append(done))
    years = len(making.held(owner))
    assert Rebuilt(years, made.marks) == made
    assert [(done, years) for done in range(years + 1)] == told
    [(marks,)] = owner.execute(
        "SELECT count(*) FROM mark WHERE day < '2024-08-01' AND day >= '2020-08-01'"
    ).fetchall()
    assert marks <= made.marks
    assert before == _kept_in(school)


def test_a_keeper_makes_what_is_due(
    world: World, owner: Connection, own_database: Database
) -> None:
    """After it has seen that the log is at leisure, while a service runs; and it can be closed at any time."""
    _enter_years(world)
    _index(owner)
    keeper = Keeper(own_database)
    keeper.start()
    try:
        made = "SELECT count(*) = 4 FROM kept_history_year WHERE school = %s"
        _wait_until(owner, made, int(world.urn))
    finally:
        keeper.close()
    assert _kept_in(world) > 20


def test_one_keeper_is_enough(world: World, owner: Connection, own_database: Database) -> None:
    """While one process keeps, as long as its connection lasts, another passes by."""
    _enter_years(world)
    _index(owner)
    keeper = Keeper(own_database)
    with own_database.writer() as first, own_database.writer() as second:
        assert keeper.keep(first)
        made = _kept_in(world)
        world.amend(2, "/", "I", "2021-11-10")
        assert not keeper.keep(second)
        assert making.due(first)
        assert keeper.keep(first)
        assert not making.due(first)
    assert made > 0


def test_a_keeper_that_was_not_started_can_be_closed(own_database: Database) -> None:
    """As when the service fails to open."""
    Keeper(own_database).close()


def _wait_until(connection: Connection, asked: str, *parameters: Any) -> None:
    for _ in range(600):
        if connection.execute(asked.encode(), parameters).fetchone() == (True,):
            return
        connection.execute("SELECT pg_sleep(0.05)")
    raise AssertionError(asked)


# -- held against the log ------------------------------------------------------------------------------


def test_what_is_kept_is_held_against_the_log(school: World, owner: Connection) -> None:
    """As made it is what the log says; with one entry changed the first line that differs is named."""
    with school.looking() as (connection, _, at):
        [found] = compare_kept(connection, school.urn, at)
    assert found.difference is None
    assert found.view == found.fold
    assert (school.urn, "kept") == found.view[:2]
    assert found.view.lines > 60
    columns = Columns((5,), (202,), ("N",), ("2021-11-10T09:00:00.000000Z",), ('"}',))
    owner.execute(
        "UPDATE kept_history SET told = %s WHERE school = %s AND pupil = %s AND year = 2022",
        (packed(columns), int(school.urn), school.pupil(1)),
    )
    with school.looking() as (connection, _, at):
        [found] = compare_kept(connection, school.urn, at)
    assert found.difference is not None
    assert '"position":5' in (found.difference.view or "")
    assert '"date":"2022-11-10"' in (found.difference.fold or "")


def test_a_place_that_is_not_told_apart_is_missed(school: World, owner: Connection) -> None:
    """Kept without what the log has to tell, the year differs."""
    owner.execute("UPDATE kept_history SET apart = '' WHERE school = %s", (int(school.urn),))
    with school.looking() as (connection, _, at):
        [found] = compare_kept(connection, school.urn, at)
    assert found.difference is not None
    assert '"apart":true' in (found.difference.fold or "")


def test_nothing_is_compared_where_nothing_is_kept(world: World) -> None:
    """A school without settled years has no such view."""
    world.opened(pupils=1).take({0: "/"})
    with world.looking() as (connection, _, at):
        assert [] == list(compare_kept(connection, world.urn, at))
