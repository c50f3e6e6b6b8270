"""A slow disk: `python -m tests.bench.flush`, 32 writers, every commit's flush 2 milliseconds late.

The server is told to wait before each flush (`commit_delay`), whoever else commits (`commit_siblings` 0), as
a disk would. Both sides append registers of 30 in turns, on the same server, in one run:

- without HTTP, 32 threads in a process for each core (`tests.bench.writers`): the ledger with all rules, leaves
  and sealing, against the library's recorder given finished stored events. This is what the bar is about;
- over HTTP, 32 connections: the service against the rival, as in `python -m tests.bench append`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from ledger.store.database import Addresses
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from tests.bench import services, stored
from tests.bench.contender import FIRST_GUESS, Contender, Workload
from tests.bench.database import make_room
from tests.bench.figures import Bar, Report, console, spread, table
from tests.bench.registers import per_session
from tests.bench.world import CLASS_SIZE, World
from tests.bench.writers import Work, Written

MICROSECONDS: Final = 2_000
WRITERS: Final = 32
SIDES: Final = {"ledger": 90_000, "recorder": 25_000}
"""Marks a second to make registers for: more than either side reaches at such a flush."""
FULL_ROUNDS: Final = 5


def slowed(server: EmbeddedPostgres, data_dir: Path, microseconds: int) -> None:
    """Have every flush wait."""
    with stored.superuser(server, data_dir) as connection:
        connection.execute(f"ALTER SYSTEM SET commit_delay = {microseconds:d}")
        connection.execute("ALTER SYSTEM SET commit_siblings = 0")
        connection.execute("SELECT pg_reload_conf()")


def written(works: list[Work]) -> list[Written]:
    """Have processes write at the same time."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.writers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in works
    ]
    try:
        for process, work in zip(processes, works, strict=True):
            _say(process, json.dumps(asdict(work)))
        for process in processes:
            if _hear(process) != "ready":
                raise stored.StoreError("a writer ended before it began")
        for process in processes:
            _say(process, "go")
        return [Written(**json.loads(_hear(process))) for process in processes]
    finally:
        for process in processes:
            process.communicate(timeout=60)


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def direct(given: argparse.Namespace, common: dict[str, Any], taken: int) -> dict[str, Any]:
    """Rounds without HTTP, the two sides in turns, after one of each that is not counted."""
    per_round = int(max(SIDES.values()) * given.seconds / CLASS_SIZE)
    sessions = 1 + per_round // per_session(World(common["seed"], common["schools"]), CLASS_SIZE)
    rates: dict[str, list[float]] = {side: [] for side in SIDES}
    processor: dict[str, list[float]] = {side: [] for side in SIDES}
    for number in range(1 + given.rounds):
        for side, expected in SIDES.items():
            limit = int(expected * given.seconds / CLASS_SIZE)
            first = taken + number * sessions
            share = {"side": side, "first_session": first, "limit": limit}
            rate, used = _round(given, {**common, **share})
            rates[side].append(rate)
            processor[side].append(used)
    ratios = [a / b for a, b in zip(rates["ledger"][1:], rates["recorder"][1:], strict=True)]
    return {
        "marks_per_second": {side: spread(found[1:]) for side, found in rates.items()},
        "microseconds_a_mark_in_the_writers": {
            side: spread(found[1:]) for side, found in processor.items()
        },
        "ratio": spread(ratios),
        "rounds": rates,
    }


def _round(given: argparse.Namespace, shared: dict[str, Any]) -> tuple[float, float]:
    """One side for one round: marks a second, and microseconds of the writers' processes a mark."""
    cores = os.cpu_count() or 1
    works = [
        Work(
            **shared,
            threads=given.writers // cores,
            seconds=given.seconds,
            process=number,
            processes=cores,
        )
        for number in range(cores)
    ]
    found = written(works)
    if any(one.ran_out for one in found):
        raise stored.StoreError("too few registers were made ready")
    marks = sum(one.marks for one in found)
    used = sum(one.processor_seconds for one in found)
    return marks / max(one.seconds for one in found), 1e6 * used / marks


def over_http(given: argparse.Namespace, product: Contender, rival: Contender) -> dict[str, Any]:
    """Rounds over HTTP, in turns, after a pair that is not counted."""
    workload = Workload("class", CLASS_SIZE, given.writers, given.seconds)
    rates: dict[str, list[float]] = {product.name: [], rival.name: []}
    for _ in range(1 + given.rounds):
        for side in (product, rival):
            outcome = side.play(workload, max(rates[side.name], default=FIRST_GUESS))
            rates[side.name].append(outcome.marks_per_second)
    ratios = [a / b for a, b in zip(rates["product"][1:], rates["rival"][1:], strict=True)]
    return {
        "marks_per_second": {side: spread(found[1:]) for side, found in rates.items()},
        "ratio": spread(ratios),
        "rounds": rates,
    }


def measured(given: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Both kinds of rounds on one server."""
    data = work / "data"
    world = World(2025, given.schools)
    with EmbeddedPostgres.open(data) as server:
        migrate(Addresses(service=server.service_url, owner=server.owner_url))
        place = make_room(server.owner_url)
        port, rival_port = services.free_port(), services.free_port()
        with (
            services.product(port, data, work / "product.log"),
            services.rival(rival_port, place, work / "rival.log"),
        ):
            product = Contender("product", port, services.product_key(data), world)
            rival = Contender("rival", rival_port, "unread", world)
            product.set_up_schools()
            product.admit_pupils()
            rival.admit_pupils()
            slowed(server, data, given.microseconds)
            http = over_http(given, product, rival)
        common = {
            "seed": world.seed,
            "schools": given.schools,
            "data_dir": str(data),
            "service_url": server.service_url,
            "owner_url": server.owner_url,
            "rival": {**place, "PERSISTENCE_MODULE": "eventsourcing.postgres"},
        }
        taken = max(product.next_session, rival.next_session)
        return {"http": http, "direct": direct(given, common, taken)}


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.flush", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="counted pairs of rounds")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round")
    parser.add_argument("--writers", type=int, default=WRITERS)
    parser.add_argument("--schools", type=int, default=16, help="schools of 1,020 pupils")
    parser.add_argument("--microseconds", type=int, default=MICROSECONDS, help="each flush is late")
    return parser.parse_args()


def main() -> int:
    """Return the exit status."""
    given, out = options(), console()
    report = Report.begin("flush", given)
    with tempfile.TemporaryDirectory(prefix="bench-flush-") as directory:
        found = measured(given, Path(directory))
    lines = [
        (
            f"{kind}: {side}",
            *(f"{one['marks_per_second'][side][part]:,.0f}" for part in ("median", "min", "max")),
            f"{one['ratio']['median']:.1f}" if not place else "",
        )
        for kind, one in found.items()
        for place, side in enumerate(one["marks_per_second"])
    ]
    table(out, ("marks/s, a flush 2 ms late", "median", "lowest", "highest", "ratio"), lines)
    full = given.rounds >= FULL_ROUNDS
    ratio = found["direct"]["ratio"]["median"]
    bar = Bar("at a 2 ms flush against the library's recorder", ratio, "x", 6, True, full)
    report.write(out, found, [bar])
    return 0


if __name__ == "__main__":
    sys.exit(main())
