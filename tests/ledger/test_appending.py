"""What the log promises: nothing lost, nothing doubled, no hole, no rewriting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from json import loads
from time import monotonic

import psycopg
import pytest

from ledger.store.database import Addresses, Connection, Database
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.vault import Vault
from tests.ledger.world import Clock, World, ledger_on, pupil, request, result


def _positions(database: Database) -> tuple[int, int, int]:
    with database.reading() as connection:
        row = connection.execute(
            "SELECT count(*), max(position), (SELECT position FROM log_head) FROM log"
        ).fetchone()
    assert row is not None
    return row


def test_a_receipt_names_the_positions_taken(world: World) -> None:
    """The act takes one position, each entry the next ones; the head is the last of them."""
    world.opened()
    receipt = result(world.take({0: "/", 1: "L", 2: "N"}))
    assert receipt["last"] == receipt["first"] + 3
    assert [r["position"] for r in receipt["results"]] == list(
        range(receipt["first"] + 1, receipt["last"] + 1)
    )


def test_the_same_key_is_answered_byte_for_byte(world: World) -> None:
    """A retry appends nothing and is answered as the first time, and told so."""
    world.opened()
    asked = request()
    first = world.take({0: "/"}, request=asked).result()
    again = world.take({0: "/"}, request=asked).result()
    assert (again.status, again.receipt) == (first.status, first.receipt)
    assert (False, True) == (first.replayed, again.replayed)


def test_the_same_key_with_another_request_is_refused(world: World) -> None:
    """A key stands for one request for ever."""
    world.opened()
    world.take({0: "/"}, key="one", client=world.urn, digest=b"first").result()
    answer = world.take({1: "/"}, key="one", client=world.urn, digest=b"second").result()
    assert answer.status == 422
    assert answer.refused[0][1].problems[0].code == "idempotency-key-reused"


def test_fifty_retries_in_parallel_make_one_set_of_events(world: World, database: Database) -> None:
    """However many copies of a request arrive at once, one is recorded and all are told the same."""
    world.opened()
    asked = request()
    before = _positions(database)
    with ThreadPoolExecutor(50) as pool:
        futures = list(pool.map(lambda _: world.take({0: "/", 1: "/"}, request=asked), range(50)))
    answers = {future.result().receipt for future in futures}
    assert len(answers) == 1
    assert _positions(database)[0] == before[0] + 3


def test_two_processes_and_one_entry(
    world: World, database: Database, vault: Vault, clock: Clock
) -> None:
    """Of two writers of one entry one wins; the other is told what stands."""
    world.opened(pupils=40)
    with ledger_on(database, vault, clock) as other:
        rival = World(other, world.urn, clock)
        futures = [(world.take({n: "/"}), rival.take({n: "L"})) for n in range(40)]
        for pair in futures:
            statuses = sorted(future.result().status for future in pair)
            assert statuses == [201, 409]
            (loser,) = [f.result() for f in pair if f.result().status == 409]
            (winner,) = [w for f, w in zip(pair, "/L", strict=True) if f.result().status == 201]
            assert loser.refused[0][1].shows == {"standing": winner}


@pytest.mark.parametrize("what", ["register", "amendment"])
def test_a_key_is_met_that_was_used_after_it_was_looked_up(
    world: World, database: Database, vault: Vault, clock: Clock, what: str
) -> None:
    """Two processes have one request and have both seen that its key is new before either has the head.

    The second is answered as the first, though nothing of the request would be recorded any more.
    """
    world.opened()
    asked = request()
    if what == "amendment":
        result(world.take({0: "N"}))
    with ledger_on(database, vault, clock) as other, database.writer() as holder:
        both = [world, World(other, world.urn, clock)]
        for one in both:  # each has its connection and its plans
            result(one.take({both.index(one) + 1: "/"}, day="2026-10-02"))
        with holder.transaction():
            holder.execute("SELECT FROM log_head FOR UPDATE")
            if what == "register":
                futures = [one.take({0: "/"}, request=asked) for one in both]
            else:
                futures = [one.amend(0, "N", "I", key=asked.key) for one in both]
            _wait_for_waiting(holder, len(both))
        answers = [future.result(timeout=30) for future in futures]
    assert {201} == {answer.status for answer in answers}
    assert 1 == len({answer.receipt for answer in answers})
    assert [False, True] == sorted(answer.replayed for answer in answers)


def _wait_for_waiting(holder: Connection, number: int) -> None:
    """Until so many connections wait for the head, the first for its holder and the others in line."""
    until = monotonic() + 30
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND "
        "(relation = 'log_head'::regclass OR pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
    )
    while holder.execute(waiting).fetchone() != (number,):
        assert monotonic() < until


def test_one_process_sees_at_once_what_another_recorded(
    world: World, database: Database, vault: Vault, clock: Clock
) -> None:
    """No book is stale: a name entered through one process can be marked through another."""
    world.opened(pupils=1)
    assert world.take({7: "/"}).result().status == 422
    with ledger_on(database, vault, clock) as other:
        World(other, world.urn, clock).enter_names(7)
    assert world.take({7: "/"}).result().status == 201


def test_many_writers_leave_no_hole(
    world: World, database: Database, vault: Vault, clock: Clock
) -> None:
    """Positions are 1 to the head with none left out, whatever was refused in between."""
    world.opened(pupils=30)
    with ledger_on(database, vault, clock) as other:
        rival = World(other, world.urn, clock)
        futures = []
        for day in range(1, 10):
            for n in range(30):
                writer = world if n % 2 else rival
                code = "/" if n % 5 else "???"
                futures.append(writer.take({n: code}, day=f"2026-10-{day:02d}"))
        assert {201, 422} == {future.result().status for future in futures}
    count, last, head = _positions(database)
    assert count == last == head


def test_recorded_at_never_runs_backwards(world: World) -> None:
    """A clock that is set back does not set the record back."""
    world.opened()
    first = result(world.take({0: "/"}))
    world.clock.now -= timedelta(hours=1)
    second = result(world.take({1: "/"}))
    assert second["recorded_at"] > first["recorded_at"]


def test_a_refused_item_refuses_the_request(world: World, database: Database) -> None:
    """In mode `all` nothing is appended; the refusal names the item."""
    world.opened()
    before = _positions(database)
    answer = world.take({0: "/", 1: "\\"}).result()
    assert answer.status == 422
    assert [1] == [index for index, _ in answer.refused]
    assert before == _positions(database)


def test_mode_each_records_the_good_items(world: World) -> None:
    """In mode `each` the good items are appended and the others reported in their places."""
    world.opened()
    receipt = result(world.take({0: "/", 1: "\\", 2: "L"}, each=True))
    assert ["recorded", "refused", "recorded"] == [r["status"] for r in receipt["results"]]
    assert receipt["results"][1]["problem"]["errors"][0]["code"] == "wrong-session-for-code"


def test_a_dry_run_answers_and_appends_nothing(world: World, database: Database) -> None:
    """What would be answered is answered; log and keys stay as they were."""
    world.opened()
    before = _positions(database)
    asked = request(dry_run=True)
    dry = world.take({0: "/"}, request=asked).result()
    assert (201, "recorded") == (dry.status, loads(dry.receipt)["results"][0]["status"])
    assert before == _positions(database)
    wet = world.take({0: "/"}, request=request(key=asked.key)).result()
    assert (wet.status, wet.replayed) == (201, False)


def test_one_failing_request_costs_its_batch_nothing(world: World) -> None:
    """Requests that wait together are refused or recorded each for itself."""
    world.opened(pupils=20)
    futures = [world.take({n: "/" if n % 3 else "N"}) for n in range(20)]
    again = [world.take({n: "/"}) for n in range(20)]
    assert {201} == {future.result().status for future in futures}
    assert [409 if n % 3 == 0 else 200 for n in range(20)] == [f.result().status for f in again]


def test_a_connection_that_the_server_ends_is_healed(
    world: World, server: EmbeddedPostgres
) -> None:
    """The server ends every connection; a request on the way is recorded, once."""
    world.opened()
    result(world.take({0: "/"}))
    futures = []
    for n, day in enumerate(range(1, 10)):
        futures.append(world.take({1: "/"}, day=f"2026-10-{day:02d}"))
        if n == 4:
            end_connections(server)
    statuses = [future.result(timeout=60).status for future in futures]
    assert statuses.count(201) == 7  # of nine days, two are a weekend
    assert statuses.count(422) == 2


def end_connections(server: EmbeddedPostgres) -> None:
    """End the connections of the service's role, as an administrator would."""
    with psycopg.connect(server.service_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND pid <> pg_backend_pid()"
        )


COLUMN_OF = {
    "act": "state",
    "record": "state",
    "mark": "state",
    "mark_2026": "state",
    "request_key": "client",
    "roll_place": "pupil",
}
"""A column of each table that is only ever appended to."""


@pytest.mark.parametrize("table", sorted(COLUMN_OF))
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("who", ["service", "owner"])
def test_nobody_rewrites_the_log(
    world: World, addresses: Addresses, table: str, statement: str, who: str
) -> None:
    """UPDATE, DELETE and TRUNCATE fail, for the service's role and for the owner too."""
    world.opened()
    result(world.take({0: "/"}))
    column = COLUMN_OF[table]
    with (
        psycopg.connect(getattr(addresses, who)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.format(table, column, column))


def test_the_service_adds_no_place_to_the_roll(world: World, addresses: Addresses) -> None:
    """Places on the roll come of records: of nothing that the service says besides."""
    world.opened()
    with (
        psycopg.connect(addresses.service) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(
            "INSERT INTO roll_place SELECT school, gen_random_uuid(), 0 FROM roll_place"
        )


def test_particulars_are_sealed_in_the_log(world: World, database: Database) -> None:
    """No name, birth date, reason or detail of a pupil stands readable in a row."""
    world.opened()
    result(world.take({0: {"code": "B", "detail": "Forest school at Brook Farm"}, 1: "N"}))
    result(world.amend(1, "N", "I", reason="Parent telephoned: migraine"))
    result(world.ask_leave(2))
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT state FROM log WHERE school = %s", (int(world.urn),)
        ).fetchall()
    stored = b"".join(state for (state,) in rows)
    for word in (b"Okafor", b"2012-05-14", b"Forest", b"migraine", b"Ngozi", b"Funeral"):
        assert word not in stored


def test_the_library_reads_a_register_in_its_order(world: World) -> None:
    """`eventsourcing` finds original and amended entry of a pupil's register, by version."""
    world.opened()
    result(world.take({0: "N"}))
    result(world.amend(0, "N", "I"))
    result(world.take({0: "/"}, day="2026-09-30"))
    stream = f"attendance-register/{world.urn}/{pupil(0)}/2026"
    events = list(world.ledger.events.get(stream))
    assert ["/", "N", "I"] == [event.code for event in events]
    assert events == list(world.ledger.events.get(stream, desc=True))[::-1]


def test_the_library_follows_the_log(world: World) -> None:
    """Notifications come in the order of positions, and a subscription goes on with the next."""
    world.opened()
    receipt = result(world.take({0: "/", 1: "L"}))
    recorder = world.ledger.recorder
    page = recorder.select_notifications(receipt["first"], 10)
    assert list(range(receipt["first"], receipt["last"] + 1)) == [n.id for n in page]
    with recorder.subscribe(gt=receipt["last"]) as subscription:
        later = result(world.take({2: "/"}))
        assert later["first"] == next(subscription).id
