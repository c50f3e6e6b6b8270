"""Sheets: followed, rebuilt and read at any position, they are what a plain fold over the log says."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from threading import Event, Thread
from time import monotonic
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ledger.application import AttendanceLedger
from ledger.law.codes import BUILT_IN
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.vault import Vault
from projections.asof import AsOf, head
from projections.digests import digest, settled
from projections.grid import TotalsBy, TotalsQuery
from projections.refolding import compare
from projections.school import load
from projections.sheets import following, reading, rebuilding
from projections.sheets.following import Follower, follow
from projections.sheets.rebuilding import RebuildingError, Rebuilt, rebuild
from projections.totals import totals
from tests.projections.world import Clock, World, another_log
from tests.properties.test_register_is_plain_fold import SPANS, Play, plays

SYMBOLS = sorted({code.symbol for code in BUILT_IN.codes})
_URNS = count(400001)


@pytest.fixture(scope="module")
def own_addresses(addresses: Addresses) -> Addresses:
    """A log of this file's own."""
    return another_log(addresses, "sheets")


@pytest.fixture(scope="module")
def own_database(own_addresses: Addresses) -> Iterator[Database]:
    """The service's connections to it."""
    opened = Database(own_addresses)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ledger(own_database: Database, vault: Vault) -> Iterator[AttendanceLedger]:
    """The door into it, on Monday 24 November 2025."""
    with AttendanceLedger(own_database, vault, Clock()) as opened:
        yield opened


@pytest.fixture
def school(ledger: AttendanceLedger, own_database: Database, vault: Vault) -> World:
    """A school with entries and amended entries in two years, followed."""
    world = World(ledger, own_database, vault, str(next(_URNS)), Clock())
    world.opened(pupils=4, years=(2024, 2025))
    world.import_marks([(0, "2025-06-10", "AM", "/"), (1, "2025-06-10", "AM", "I")])
    world.take({0: "/", 1: "N", 2: "I"})
    world.amend(1, "N", "I")
    caught_up(own_database)
    return world


def caught_up(database: Database) -> None:
    """Follow to the head of the log."""
    with database.writer() as connection:
        while stands_at(database) < _head(database):
            follow(connection)


def stands_at(database: Database) -> int:
    """The position of the sheets."""
    with database.reading() as connection:
        [(position,)] = connection.execute("SELECT position FROM sheet_head").fetchall()
        return int(position)


def _head(database: Database) -> int:
    with database.reading() as connection:
        return head(connection).position


def _sheets(world: World, position: int | None = None) -> str:
    """The digest of the school's sheets."""
    with world.looking(position) as (connection, _, at):
        return digest(connection, world.urn, "sheets", settled(connection, at)).sha256


def _fold(world: World) -> str:
    """The digest of the plain fold of the school's sheets."""
    with world.looking() as (connection, _, at):
        [found] = [
            one
            for one in compare(connection, world.urn, settled(connection, at))
            if one.fold.view == "sheets"
        ]
        return found.fold.sha256


# -- whatever is entered ---------------------------------------------------------------------------


def test_followed_half_way_all_reads_are_those_of_the_log(
    ledger: AttendanceLedger,
    own_database: Database,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """With the sheets in the middle of the log, totals and digests at every position are right.

    So many worlds are played as `--histories` says.
    """

    @settings(
        max_examples=request.config.getoption("--histories"),
        deadline=None,
        # A world is written anew for each attempt to make a failure shorter: the first one must do.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(play=plays)
    def played(play: list[Any]) -> None:
        begun = Play(ledger, own_database, vault)
        _reads_are_those_of_the_log(begun, play, own_database, vault, monkeypatch)

    played()


def _reads_are_those_of_the_log(
    played: Play,
    play: list[Any],
    own_database: Database,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played.perform(play[: len(play) // 2])
    caught_up(own_database)
    played.perform(play[len(play) // 2 :])
    last = _head(own_database)
    for position in range(played.opened, last + 1):
        with own_database.reading() as connection:
            at = settled(connection, AsOf(position, Clock().now))
            for world in played.worlds:
                _same_with_and_without(connection, vault, world.urn, at, monkeypatch)
    with own_database.reading() as connection:
        for position in {(played.opened + last) // 2, last}:
            at = settled(connection, AsOf(position, Clock().now))
            for world in played.worlds:
                differ = [found.difference for found in compare(connection, world.urn, at)]
                assert [None] * 4 == differ


def _same_with_and_without(
    connection: Any, vault: Vault, urn: str, at: AsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = load(connection, urn, at)
    kinds = get_args(TotalsBy)
    # Each way to make rows and each span in turn.
    by = kinds[at.position % len(kinds)]
    first, last = SPANS[(at.position + at.position // len(kinds)) % len(SPANS)]
    query = TotalsQuery(urn, _day(first), _day(last), by)
    with_sheets = totals(connection, book, query, at, vault)
    with monkeypatch.context() as patched:
        patched.setattr(reading, "CHANGES_MAX", -1)
        assert with_sheets == totals(connection, book, query, at, vault), (by, at)


def _day(text: str) -> date:
    return date.fromisoformat(text)


# -- reading ---------------------------------------------------------------------------------------


def test_totals_are_read_from_the_sheets(school: World, own_addresses: Addresses) -> None:
    """A sheet that says otherwise changes the total, and a rebuild puts it right."""
    assert {"/": 1, "I": 2} == school.total().codes
    _spoil(own_addresses, school.urn)
    assert {"/": 1, "I": 2} != school.total().codes
    rebuild(own_addresses, SYMBOLS)
    assert {"/": 1, "I": 2} == school.total().codes


def test_too_many_entries_from_the_sheets_the_log_is_read(
    school: World, own_addresses: Addresses, own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond so many entries of the school a spoiled sheet changes nothing, up to them it does."""
    school.take({3: "/"})
    _spoil(own_addresses, school.urn)
    monkeypatch.setattr(reading, "CHANGES_MAX", 0)
    assert {"/": 2, "I": 2} == school.total().codes
    monkeypatch.setattr(reading, "CHANGES_MAX", 1)
    assert {"/": 2, "I": 2} != school.total().codes
    caught_up(own_database)
    rebuild(own_addresses, SYMBOLS)


def test_entries_of_other_schools_and_days_do_not_count(
    school: World,
    ledger: AttendanceLedger,
    own_database: Database,
    own_addresses: Addresses,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However much the log gained beside what is asked for, the sheets are read."""
    school.take({0: "/", 1: "/"}, day="2025-11-21")
    caught_up(own_database)
    other = World(ledger, own_database, vault, str(next(_URNS)), Clock())
    other.opened(pupils=4)
    other.take({0: "/", 1: "/", 2: "/", 3: "/"})
    school.take({0: "/", 1: "/"}, day="2025-11-20")
    _spoil(own_addresses, school.urn)
    monkeypatch.setattr(reading, "CHANGES_MAX", 0)
    spoiled = school.total(first="2025-11-21").codes
    monkeypatch.setattr(reading, "CHANGES_MAX", -1)
    assert spoiled != school.total(first="2025-11-21").codes
    caught_up(own_database)
    rebuild(own_addresses, SYMBOLS)


def test_a_spoiled_sheet_is_found(school: World, own_addresses: Addresses) -> None:
    """Held against the plain fold, the sheets differ, and the first line is named."""
    _spoil(own_addresses, school.urn)
    with school.looking() as (connection, _, at):
        found = {c.fold.view: c for c in compare(connection, school.urn, settled(connection, at))}
    assert found["sheets"].difference is not None
    assert found["register"].difference is None
    rebuild(own_addresses, SYMBOLS)
    assert _fold(school) == _sheets(school)


def _spoil(addresses: Addresses, urn: str) -> None:
    """Put another code in a byte of each sheet."""
    with connect_as_owner(addresses) as connection:
        connection.execute(
            "UPDATE sheet SET codes = set_byte(codes, 0, get_byte(codes, 0) %% 40 + 1)"
            " WHERE school = %s",
            (int(urn),),
        )


# -- following -------------------------------------------------------------------------------------


def test_one_follows_and_the_others_pass_by(school: World, own_database: Database) -> None:
    """While one holds the head of the sheets, another does nothing and does not wait."""
    school.take({0: "\\"}, day="2025-11-21", session="PM")
    before = stands_at(own_database)
    with own_database.writer() as holder, own_database.writer() as other:
        with holder.transaction():
            holder.execute("SELECT FROM sheet_head FOR UPDATE")
            assert 0 == follow(other)
            assert before == stands_at(own_database)
        follow(other)
    assert before < stands_at(own_database)


def test_a_step_takes_in_so_many_positions(
    school: World, own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how many are left; each step's sheets are those of its position."""
    start, expected = _head(own_database), []
    for pupil in range(4):
        school.take({pupil: "/"}, day="2025-11-20")
        expected.append((_head(own_database), _sheets(school)))
    monkeypatch.setattr(following, "POSITIONS_AT_ONCE", 2)
    with own_database.writer() as connection:
        for steps_left, (position, sha256) in zip((3, 2, 1, 0), expected, strict=True):
            assert 2 * steps_left == follow(connection)
            assert position == stands_at(own_database) == start + 2 * (4 - steps_left)
            assert sha256 == _sheets(school, position)


def test_a_service_follows_by_itself(school: World, own_database: Database) -> None:
    """Soon after an append the sheets have it, without anybody asking."""
    follower = Follower(own_database)
    follower.start()
    try:
        school.take({0: "/"}, day="2025-11-19")
        _wait_until(lambda: stands_at(own_database) == _head(own_database))
    finally:
        follower.close()
    assert _fold(school) == _sheets(school)


def test_one_process_follows_of_all_that_serve(
    school: World, own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second follower stands by, and takes over when the first is gone."""
    monkeypatch.setattr(following, "STAND_BY_SECONDS", 0.05)
    first, second = Follower(own_database), Follower(own_database)
    try:
        first.start()
        _wait_until(lambda: _follower(own_database) is not None)
        holder = _follower(own_database)
        second.start()
        first.close()
        _wait_until(lambda: _follower(own_database) not in {None, holder})
        school.take({0: "/"}, day="2025-11-18")
        _wait_until(lambda: stands_at(own_database) == _head(own_database))
    finally:
        first.close()
        second.close()
    _wait_until(lambda: _follower(own_database) is None)


def _follower(database: Database) -> int | None:
    """The server's process for the one who follows."""
    with database.reading() as connection:
        [(follows,)] = connection.execute(
            "SELECT min(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
            " AND objid = 'sheet_head'::regclass",
            (following._FOLLOWER,),
        ).fetchall()
        return follows if follows is None else int(follows)


@pytest.mark.parametrize(
    ("lag", "pace", "due"),
    [
        (1, 0, True),
        (10_000_000, 2_000, True),
        (12_000_000, 2_001, False),
        (12_000_001, 2_001, True),
        (12_000_001, 19_999, True),
        (20_000_000, 20_000, False),
        (20_000_000, float("inf"), False),
    ],
)
def test_registers_go_before_sheets(lag: int, pace: float, due: bool) -> None:
    """A log that gains fast is followed only from far behind, and only by steps that can keep up."""
    assert due is following.is_due(lag, pace)


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline, waited = monotonic() + 30, Event()
    while not is_so():
        assert monotonic() < deadline
        waited.wait(0.05)


# -- rebuilding ------------------------------------------------------------------------------------


def test_rebuilt_while_appends_go_on(
    school: World, own_addresses: Addresses, own_database: Database
) -> None:
    """Appends under way are in the new build; the old one is gone, and following goes on from it."""
    days = iter([f"2025-11-{day:02}" for day in (3, 4, 5, 6, 7, 10, 11, 12, 13, 14)])
    ended = Event()

    def append() -> None:
        for day in days:
            school.take({0: "/", 1: "I", 3: "L"}, day=day)
        ended.set()

    appending = Thread(target=append)
    appending.start()
    made: list[Rebuilt] = []
    while not made or not ended.is_set():
        made.append(rebuild(own_addresses, SYMBOLS))
        assert made[-1].position <= stands_at(own_database)
    appending.join()
    caught_up(own_database)
    assert _fold(school) == _sheets(school)
    with connect_as_owner(own_addresses) as connection:
        builds = connection.execute(
            "SELECT build FROM sheet UNION SELECT build FROM sheet_place"
            " UNION SELECT build FROM sheet_head"
        ).fetchall()
    assert 1 == len(builds)


def test_progress_is_told(
    school: World, own_addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From none to all of the pages of the log, page by page."""
    monkeypatch.setattr(rebuilding, "PAGES_AT_ONCE", 1)
    told: list[tuple[int, int]] = []
    made = rebuild(own_addresses, SYMBOLS, lambda *done: told.append(done))
    with connect_as_owner(own_addresses) as connection:
        [(marks, pages)] = connection.execute(
            "SELECT (SELECT count(*) FROM mark),"
            " sum(pg_relation_size(inhrelid)) / current_setting('block_size')::integer"
            " FROM pg_inherits WHERE inhparent = 'mark'::regclass"
        ).fetchall()
    assert marks == made.marks
    assert [(n, pages) for n in range(int(pages) + 1)] == told


@pytest.mark.parametrize(("at_once", "of_shelf"), [(1, 2_000_000), (1, 1), (3, 2)])
def test_pages_and_schools_may_be_read_in_any_portions(
    school: World,
    own_addresses: Addresses,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    of_shelf: int,
) -> None:
    """However many pages a statement reads, and for however many schools a year is read at a time."""
    october = [f"2025-10-{day:02}" for day in (6, 7, 8, 9, 10, 13, 14, 15, 16, 17)]
    for day in october:
        school.take({0: "/", 1: "N", 2: "/", 3: "/"}, day=day)
        school.take({0: "\\", 3: "\\", 2: "\\"}, day=day, session="PM")
        school.amend(1, "N", "I", day=day)
    monkeypatch.setattr(rebuilding, "PAGES_AT_ONCE", at_once)
    monkeypatch.setattr(rebuilding, "PAGES_OF_SHELF", of_shelf)
    made = rebuild(own_addresses, SYMBOLS)
    with connect_as_owner(own_addresses) as connection:
        found = connection.execute(
            "SELECT count(*), count(DISTINCT"
            " (school, extract(year FROM day - interval '7 months'))) FROM mark"
        ).fetchone()
    assert (made.marks, made.books) == found
    assert _fold(school) == _sheets(school)


def test_a_year_of_which_nothing_was_committed_has_no_sheets(
    school: World, own_addresses: Addresses
) -> None:
    """An append that failed leaves pages behind it, and no school."""
    school.take({0: "/"}, day="2025-10-06")
    with connect_as_owner(own_addresses) as connection:
        with connection.transaction(force_rollback=True):
            connection.execute(
                "INSERT INTO mark SELECT position, act, school, day - 3650, pupil, half, revision,"
                " code, replaced, salt, leaf, state FROM mark"
            )
        [(left,)] = connection.execute("SELECT pg_relation_size('mark_2015')").fetchall()
    assert left > 0
    rebuild(own_addresses, SYMBOLS)
    assert _fold(school) == _sheets(school)


def test_two_rebuilds_do_not_meet(school: World, own_addresses: Addresses) -> None:
    """The second says so, and changes nothing."""
    before = _sheets(school)
    with connect_as_owner(own_addresses) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (rebuilding._LOCK,))
        with pytest.raises(RebuildingError):
            rebuild(own_addresses, SYMBOLS)
    assert before == _sheets(school)


def test_what_an_interrupted_rebuild_left_is_removed(
    school: World, own_addresses: Addresses, make_leftovers: Callable[[], None]
) -> None:
    """Rows of a build that was never read harm nothing, and the next rebuild removes them."""
    before = _sheets(school)
    make_leftovers()
    assert before == _sheets(school)
    rebuild(own_addresses, SYMBOLS)
    assert before == _sheets(school)
    with connect_as_owner(own_addresses) as connection:
        left = connection.execute(
            "SELECT count(*) FROM sheet WHERE build <> (SELECT build FROM sheet_head)"
        ).fetchone()
    assert (0,) == left


def test_what_was_begun_and_never_read_goes_first(
    school: World, own_addresses: Addresses, make_leftovers: Callable[[], None]
) -> None:
    """However often a rebuild is cut off, no more than one build lies beside that which is read."""
    make_leftovers()
    seen: list[list[tuple[int]]] = []

    def look(done: int, pages: int) -> None:
        if not done:
            with connect_as_owner(own_addresses) as connection:
                builds = "SELECT DISTINCT build FROM sheet UNION SELECT build FROM sheet_place"
                others = f"({builds}) EXCEPT SELECT build FROM sheet_head"
                seen.append(connection.execute(others.encode()).fetchall())

    rebuild(own_addresses, SYMBOLS, look)
    assert [[]] == seen


@pytest.fixture
def make_leftovers(own_addresses: Addresses) -> Callable[[], None]:
    """Leaves half a build behind."""

    def make() -> None:
        with connect_as_owner(own_addresses) as connection:
            connection.execute(
                "INSERT INTO sheet SELECT build + 7, school, day, half, '\\x01' FROM sheet LIMIT 3"
            )
            connection.execute(
                "INSERT INTO sheet_place SELECT build + 7, school, year, pupil, place"
                " FROM sheet_place LIMIT 3"
            )

    return make
