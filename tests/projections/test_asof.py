"""Places in the log: positions, instants, the head, and answers that never change afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import uuid4

import pytest
from psycopg import Rollback

from ledger.store.database import Connection, Database
from projections import asof
from projections.asof import AsOf, AsOfInFutureError, NotReachedError, parse_as_of
from tests.projections.world import World

TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("41", 41),
        ("2025-11-24T10:00:00Z", datetime(2025, 11, 24, 10, tzinfo=UTC)),
        ("2025-07-01T10:00:00+01:00", datetime(2025, 7, 1, 9, tzinfo=UTC)),
        ("2025-11-24t10:00:00.5z", datetime(2025, 11, 24, 10, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_a_position_or_an_instant_is_read(text, expected) -> None:
    """Digits are a position; an instant has its offset."""
    assert parse_as_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "1.5",
        "٤١",
        "yesterday",
        "2025-11-24",
        "2025-11-24T10:00:00",
        "2025-11-24 10:00:00Z",
        "2025-13-01T10:00:00Z",
        "2025-11-24T10:00:60Z",
        "0001-01-01T00:00:00+23:00",
        "12345678901234567890",
    ],
)
def test_anything_else_is_refused(text) -> None:
    """What is neither a position nor an instant with its offset is a ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        parse_as_of(text)


def test_the_head_is_the_last_position_seen_now(world: World) -> None:
    """The head is the last position of the last receipt, seen between before and after asking."""
    last = world.opened().take({0: "/"})["last"]
    before = datetime.now(UTC)
    with asof.reading(world.database) as (_, at):
        assert at.position == last
        assert before <= at.instant <= datetime.now(UTC)


def test_a_position_is_seen_at_the_instant_of_its_act(world: World) -> None:
    """A position within an act, or its last, is seen when the act was recorded; always the same."""
    receipt = world.opened().take({0: "/", 1: "/"})
    recorded_at = datetime.fromisoformat(receipt["recorded_at"])
    for position in range(receipt["first"], receipt["last"] + 1):
        with asof.reading(world.database, position) as (_, at):
            assert at == AsOf(position, recorded_at)


def test_an_instant_is_the_last_position_recorded_by_then(world: World) -> None:
    """The instant of a receipt includes all of it; the microsecond before includes none of it."""
    receipt = world.opened().take({0: "/", 1: "/"})
    world.take({2: "/"})
    recorded_at = datetime.fromisoformat(receipt["recorded_at"])
    for instant, position in (
        (recorded_at - TICK, receipt["first"] - 1),
        (recorded_at, receipt["last"]),
    ):
        with asof.reading(world.database, instant) as (_, at):
            assert at == AsOf(position, instant)


def test_an_instant_after_the_last_append_is_the_head(world: World) -> None:
    """An instant that has passed since nothing more was recorded shows all there is."""
    last = world.opened().take({0: "/"})["last"]
    with asof.reading(world.database, datetime.now(UTC)) as (_, at):
        assert at.position == last


def test_before_the_first_act_there_is_nothing(world: World) -> None:
    """Position 0, and an instant before anything was recorded, show an empty log."""
    world.opened().take({0: "/"})
    for as_of in (0, datetime(2001, 1, 1, tzinfo=UTC)):
        with asof.reading(world.database, as_of) as (_, at):
            assert at.position == 0
    assert world.register(position=0).entries == []
    assert world.roll(position=0) == []


def test_the_future_cannot_be_asked_about(world: World) -> None:
    """A position not yet taken and an instant not yet come are refused."""
    last = world.opened().take({0: "/"})["last"]
    for as_of in (last + 1, 10**30, datetime.now(UTC) + timedelta(minutes=1)):
        with pytest.raises(AsOfInFutureError), asof.reading(world.database, as_of):
            pass


def test_a_position_below_zero_is_no_position(world: World) -> None:
    """A negative position is a ValueError, not a position before the first."""
    with pytest.raises(ValueError, match="below zero"), asof.reading(world.database, -1):
        pass


def test_an_answer_waits_for_the_append_that_could_change_it(world: World) -> None:
    """An instant is not answered while an append recorded before it is under way, but after it is seen.

    The append is made to hold the head as an appending process does: it has taken its position and
    its time and has not committed.
    """
    receipt = world.opened().take({0: "/"})
    recorded_at = datetime.fromisoformat(receipt["recorded_at"]) + TICK
    with world.database.writer() as appending, ThreadPoolExecutor() as threads:
        with appending.transaction():
            position = _append_an_act(appending, recorded_at)
            asked = threads.submit(_position_at, world.database, recorded_at + TICK)
            _wait_for_a_lock(appending)
            assert not asked.done()
        assert asked.result(timeout=10) == position


def test_an_instant_before_the_last_append_waits_for_nothing(world: World) -> None:
    """Times of recording rise, so what is older than the head is answered during an append."""
    receipt = world.opened().take({0: "/"})
    instant = datetime.fromisoformat(receipt["recorded_at"])
    with world.database.writer() as appending, appending.transaction():
        _append_an_act(appending, instant + TICK)
        assert _position_at(world.database, instant) == receipt["last"]
        raise Rollback


def test_a_write_is_read_back(world: World) -> None:
    """A read after the position of one's own write shows it."""
    last = world.opened().take({0: "/"})["last"]
    with asof.reading(world.database, after=last) as (_, at):
        assert at.position >= last


def test_a_reader_waits_for_a_position_that_comes(world: World) -> None:
    """A read after a position that is taken meanwhile is answered when it is there."""
    last = world.opened().take({0: "/"})["last"]
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(_position_after, world.database, last + 2)
        world.take({1: "/"})
        assert waiting.result(timeout=10) == last + 2


def test_a_position_that_does_not_come_is_given_up(world: World) -> None:
    """After the time allowed a position that nobody took is an error."""
    last = world.opened().take({0: "/"})["last"]
    began = monotonic()
    with pytest.raises(NotReachedError):
        asof.wait_until(world.database, last + 1, seconds_max=0.1)
    assert 0.1 <= monotonic() - began < 2


def _position_at(database: Database, instant: datetime) -> int:
    with asof.reading(database, instant) as (_, at):
        return at.position


def _position_after(database: Database, position: int) -> int:
    with asof.reading(database, after=position) as (_, at):
        return at.position


def _append_an_act(connection: Connection, recorded_at: datetime) -> int:
    """Take the head and append one act, as the recorder does; nothing is committed yet."""
    (last,) = connection.execute("SELECT position FROM log_head FOR UPDATE").fetchone()
    connection.execute(
        "INSERT INTO act SELECT %s, %s, client, %s, 1, salt, leaf, state FROM act LIMIT 1",
        (last + 1, recorded_at, str(uuid4())),
    )
    connection.execute(
        "UPDATE log_head SET position = %s, recorded_at = %s", (last + 1, recorded_at)
    )
    return last + 1


def _wait_for_a_lock(holder: Connection) -> None:
    """Return when somebody waits for a lock that this connection's process holds."""
    deadline = monotonic() + 10
    while monotonic() < deadline:
        (waiting,) = holder.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted"
            " AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        ).fetchone()
        if waiting:
            return
    pytest.fail("nobody waited for the head")
