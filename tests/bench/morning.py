"""England's morning: `python -m tests.bench.morning --marks N`, every class register over HTTP.

So many pupils (nine million at full size) in classes of 30 at schools of 90 to 1,500 are on roll before the
clock starts (`tests.bench.england`). Then each class's register of one morning session is sent once, over
64 connections, as fast as answers come, to the service as it is served, all rules on. Schools begin at any
time; the registers of one school come within `--together` of the morning.

Counted: minutes, marks a second, latency of a register, memory of the service's processes (shared pages
once), bytes on disk a mark, and afterwards the marks in the log. With `--steady-seconds` the afternoon
follows at once at a fixed rate (`tests.bench.steady`). Load generator, service and database share the machine.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from rich.console import Console

from ledger.schools.calendar import SESSIONS
from ledger.store.database import Addresses, Connection, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from tests.bench import england, paced, services, stored
from tests.bench.england import England
from tests.bench.figures import Bar, Report, console, table
from tests.bench.load import Outcome
from tests.bench.registers import request_of
from tests.bench.usage import Used, memory_bytes, watched
from tests.bench.world import CLASS_SIZE

FULL_MARKS: Final = 9_000_000
SLOWEST: Final = 1_500
"""Marks a second below which a run is given up."""
_NOTE: Final = "england.json"
_TABLES: Final = ("mark", "act", "request_key", "data_key", "sheet", "sheet_place")
_SIZES: Final = """
    SELECT coalesce(sum(pg_table_size(one)), 0)::bigint,
           coalesce(sum(pg_indexes_size(one)), 0)::bigint
    FROM (SELECT %(table)s::regclass AS one
          UNION ALL SELECT inhrelid::regclass FROM pg_inherits
                    WHERE inhparent = %(table)s::regclass) AS every
"""
_WAL: Final = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
_MARKS: Final = "SELECT count(*) FROM mark WHERE day = %s AND half = %s"


@dataclass
class Served:
    """England, its service, and what is known of both."""

    world: England
    port: int
    authorization: str
    service: int
    """Process id."""
    postmaster: int
    addresses: Addresses
    together: float
    connections: int
    work: Path


@contextmanager
def served(given: argparse.Namespace, out: Console) -> Iterator[Served]:
    """Load England where it is not there yet, and serve it."""
    with tempfile.TemporaryDirectory(prefix="bench-morning-") as directory:
        work = Path(directory)
        data_dir = given.data_dir or work / "data"
        world = England(max(1, given.marks // CLASS_SIZE))
        _loaded(data_dir, world, out)
        # Started again, so that nothing of the loading is still to be written out: it was weeks ago.
        with EmbeddedPostgres.open(data_dir) as server:
            addresses = Addresses(service=server.service_url, owner=server.owner_url)
            port = services.free_port()
            with services.product(port, data_dir, work / "service.log") as service:
                yield Served(
                    world=world,
                    port=port,
                    authorization=f"Bearer {services.product_key(data_dir)}",
                    service=service,
                    postmaster=server.postmaster_pid,
                    addresses=addresses,
                    together=given.together,
                    connections=given.connections,
                    work=work,
                )


def _loaded(data_dir: Path, world: England, out: Console) -> None:
    note = data_dir / _NOTE
    if note.exists():
        if json.loads(note.read_text(encoding="utf-8")) != asdict(world):
            raise stored.StoreError(f"{data_dir} holds an England of another size")
        out.print(f"England of {world.classes:,} classes is there already")
        return
    with EmbeddedPostgres.open(data_dir) as server:
        addresses = Addresses(service=server.service_url, owner=server.owner_url)
        migrate(addresses)
        begun = perf_counter()
        england.load(addresses, data_dir / "secrets" / "ledger.key", world)
    note.write_text(json.dumps(asdict(world)) + "\n", encoding="utf-8")
    out.print(
        f"{len(world.places):,} schools with {world.classes * CLASS_SIZE:,} pupils loaded in "
        f"{perf_counter() - begun:.0f} s"
    )


def played(place: Served, session: str, limit: int, rate: float = 0.0) -> tuple[Outcome, Used]:
    """Send so many registers of a session: what came back, and what was used meanwhile."""
    file = place.work / f"{session}.requests"
    coming = place.world.registers(session, place.together, limit)
    number = paced.save(file, (request_of(one, place.authorization) for one in coming))
    plan = paced.Plan(place.port, str(file), CLASS_SIZE, place.connections, rate)
    with watched(place.service, place.postmaster) as used:
        outcome = paced.play(plan, number * CLASS_SIZE / SLOWEST)
    file.unlink()
    with connect_as_owner(place.addresses) as connection:
        half = SESSIONS.index(session)
        row = connection.execute(_MARKS, (england.DAY, half)).fetchone()
    if row != (number * CLASS_SIZE,):
        raise paced.FailedError(f"{number * CLASS_SIZE:,} marks were sent and {row} are in the log")
    return outcome, used


def measured(place: Served, out: Console, session: str = "AM") -> dict[str, Any]:
    """The morning, with the sizes of tables before and after it."""
    idle = memory_bytes(place.service)
    with connect_as_owner(place.addresses) as connection:
        before, wal = _sizes(connection), _number(connection, _WAL)
        out.print(f"Sending {place.world.classes:,} registers")
        outcome, used = played(place, session, place.world.classes)
        after, wal = _sizes(connection), _number(connection, _WAL) - wal
    marks = outcome.acknowledged
    return {
        "marks": marks,
        "registers": outcome.requests,
        "schools": len(place.world.places),
        "minutes": outcome.elapsed / 60,
        "marks_per_second": outcome.marks_per_second,
        "p50_ms": outcome.p50_ms,
        "p99_ms": outcome.p99_ms,
        "max_ms": outcome.max_ms,
        "errors": 0,  # `played` raises where there is one, or a mark is not in the log
        "generator_processor_share": outcome.generator_cpu,
        "service_memory_peak_bytes": used.service_memory_peak,
        "service_memory_idle_bytes": idle,
        "service_microseconds_a_mark": 1e6 * used.service_seconds / marks,
        "database_microseconds_a_mark": 1e6 * used.database_seconds / marks,
        "bytes_a_mark": {
            name: [
                (now - then) / marks for then, now in zip(before[name], after[name], strict=True)
            ]
            for name in _TABLES
        },
        "wal_bytes_a_mark": wal / marks,
    }


def _sizes(connection: Connection) -> dict[str, tuple[int, int]]:
    """Of each table without and with nothing but its indexes, its partitions included."""
    found = {}
    for name in _TABLES:
        row = connection.execute(_SIZES, {"table": name}).fetchone()
        assert row is not None
        found[name] = (row[0], row[1])
    return found


def _number(connection: Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def shown(found: dict[str, Any], out: Console) -> None:
    """Print the table."""
    rows_, keys = found["bytes_a_mark"]["mark"]
    every = sum(sum(pair) for pair in found["bytes_a_mark"].values())
    lines = [
        ("registers of 30", f"{found['registers']:,} of {found['schools']:,} schools"),
        ("marks", f"{found['marks']:,}, all of them in the log"),
        ("minutes", f"{found['minutes']:.2f}"),
        ("marks/s", f"{found['marks_per_second']:,.0f}"),
        ("p50, p99, longest", " / ".join(f"{found[f'{n}_ms']:.0f}" for n in ("p50", "p99", "max"))),
        ("service, µs a mark", f"{found['service_microseconds_a_mark']:.1f}"),
        ("database, µs a mark", f"{found['database_microseconds_a_mark']:.1f}"),
        ("service, peak MB", f"{found['service_memory_peak_bytes'] / 1e6:,.0f}"),
        ("bytes a mark: rows, keys", f"{rows_:.0f} + {keys:.0f} = {rows_ + keys:.0f}"),
        ("with acts, request keys, sheets", f"{every:.0f}"),
        ("write-ahead log, bytes a mark", f"{found['wal_bytes_a_mark']:.0f}"),
    ]
    table(out, ("England's morning", ""), lines)


def bars(found: dict[str, Any]) -> list[Bar]:
    """What issue and page ask of the morning."""
    full = found["marks"] >= FULL_MARKS
    on_disk = sum(found["bytes_a_mark"]["mark"])
    asked = [
        ("morning: time", found["minutes"], "min", 4),
        ("morning: p99 of a register", found["p99_ms"], "ms", 250),
        ("morning: memory of the service", found["service_memory_peak_bytes"] / 1e6, "MB", 400),
        ("morning: a mark with its keys on disk", on_disk, "B", 300),
    ]
    return [Bar(*one, at_full_size=full) for one in asked]


def options(name: str, about: str | None) -> argparse.ArgumentParser:
    """The options that the morning and the steady pace have in common."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.bench.{name}", description=about)
    parser.add_argument("--marks", type=int, default=90_000, help="pupils, in classes of 30")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument(
        "--together",
        type=float,
        default=0.25,
        help="share of the morning within which one school's registers come; 1 is any order",
    )
    parser.add_argument("--data-dir", type=Path, help="where that England is or is to be loaded")
    return parser


def main() -> int:
    """Return the exit status."""
    from tests.bench import steady

    parser = options("morning", __doc__)
    parser.add_argument("--steady-seconds", type=float, default=0.0, help="the afternoon at a pace")
    parser.add_argument("--rate", type=float, default=steady.RATE, help="its marks a second")
    parser.add_argument("--session", choices=SESSIONS, default="AM", help="PM where AM is taken")
    given, out = parser.parse_args(), console()
    report = Report.begin("morning", given)
    with served(given, out) as place:
        found = measured(place, out, given.session)
        shown(found, out)
        report.write(out, found, bars(found))
        if given.steady_seconds:
            report = Report.begin("steady", given)
            found = steady.measured(place, given.rate, given.steady_seconds)
            steady.shown(found, out)
            report.write(out, found, steady.bars(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
