"""Does size cost: `python -m tests.bench.size --small-dir S --big-dir B`, a mark at two stores.

Both stores are served at once, and class registers are sent to one and the other in turns, to as many pupils
at schools alike, on days that come after those stored and in the same academic year (`tests.bench.stored`).
Processor time is that of the service's processes and of all PostgreSQL processes in a round. Between rounds
the sheets follow the log, so that no store's following falls into the other's round. A store that is not
named is generated. A big store is left with the marks that were sent: a next run takes later days.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from ledger.store.database import Addresses, connect_as_owner
from tests.bench import paced, services, stored
from tests.bench.figures import Bar, Report, console, spread, table
from tests.bench.load import Outcome
from tests.bench.registers import Register, request_of
from tests.bench.usage import Used, watched
from tests.bench.world import CLASS_SIZE

FULL_ROUNDS: Final = 5
FULL_MARKS: Final = (1_200_000, 99_000_000)
"""The small store has at most so many, the big one at least."""
SESSIONS_A_WEEK: Final = 10
READY: Final = 80_000
"""Marks a second to make registers for."""


@dataclass
class Store:
    """One store, served."""

    name: str
    addresses: Addresses
    port: int
    authorization: str
    service: int
    postmaster: int
    marks: int
    coming: Iterator[Register]
    work: Path
    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)

    def play(self, seconds: float, connections: int) -> None:
        """One round."""
        file = self.work / f"{self.name}.requests"
        coming = islice(self.coming, int(READY * seconds) // CLASS_SIZE)
        if not paced.save(file, (request_of(one, self.authorization) for one in coming)):
            raise stored.StoreError(f"{self.name}: too few free sessions are left")
        plan = paced.Plan(self.port, str(file), CLASS_SIZE, connections, seconds=seconds)
        with watched(self.service, self.postmaster) as used:
            outcome = paced.play(plan, seconds)
        stored.catch_up(self.addresses)
        self._keep(outcome, used)

    def _keep(self, outcome: Outcome, used: Used) -> None:
        whole = used.service_seconds + used.database_seconds
        self.rates.append(outcome.marks_per_second)
        self.processor.append(1e6 * whole / outcome.acknowledged)
        self.p99s.append(outcome.p99_ms)


@contextmanager
def served(name: str, data_dir: Path, pupils: int, work: Path) -> Iterator[Store]:
    """Serve a store, registers of so many of its pupils ready to come."""
    port = services.free_port()
    with stored.opened(data_dir) as (server, addresses):
        with (
            stored.ledger_of(data_dir, addresses) as ledger,
            connect_as_owner(addresses) as connection,
        ):
            schools = stored.some_rolls(connection, pupils)
            free = stored.free_sessions(connection, ledger, schools)
            marks = stored.marks_stored(connection)
        stored.catch_up(addresses)
        coming = stored.registers(schools, free, CLASS_SIZE)
        with services.product(port, data_dir, work / f"{name}.log") as service:
            key = services.product_key(data_dir)
            place = addresses, port, f"Bearer {key}", service, server.postmaster_pid
            yield Store(name, *place, marks, coming, work)


def measured(given: argparse.Namespace, dirs: list[Path], work: Path) -> dict[str, Any]:
    """The rounds, store after store, after one of each that is not counted."""
    with ExitStack() as stack:
        small, big = (
            stack.enter_context(served(name, one, given.pupils, work))
            for name, one in zip(("small", "big"), dirs, strict=True)
        )
        for _ in range(1 + given.rounds):
            for store in (small, big):
                store.play(given.seconds, given.connections)
    ratios = {
        "time": [a / b for a, b in zip(small.rates[1:], big.rates[1:], strict=True)],
        "processor": [a / b for a, b in zip(big.processor[1:], small.processor[1:], strict=True)],
    }
    return {
        "stores": {
            store.name: {
                "marks_stored": store.marks,
                "marks_per_second": spread(store.rates[1:]),
                "processor_microseconds_a_mark": spread(store.processor[1:]),
                "p99_ms": spread(store.p99s[1:]),
                "rounds": store.rates,
            }
            for store in (small, big)
        },
        "cost_of_big_to_small": {name: spread(found) for name, found in ratios.items()},
    }


def shown(found: dict[str, Any], out: Console) -> None:
    """Print the table."""
    lines = [
        (
            f"{one['marks_stored']:,} marks stored",
            *(f"{one['marks_per_second'][part]:,.0f}" for part in ("median", "min", "max")),
            f"{one['processor_microseconds_a_mark']['median']:.1f}",
            f"{one['p99_ms']['median']:.0f}",
        )
        for one in found["stores"].values()
    ]
    table(out, ("store", "marks/s", "lowest", "highest", "processor µs a mark", "p99 ms"), lines)


def bars(given: argparse.Namespace, found: dict[str, Any]) -> list[Bar]:
    """What is asked: of the time a mark takes, and of the processor's."""
    small, big = (found["stores"][name]["marks_stored"] for name in ("small", "big"))
    sized = small <= FULL_MARKS[0] and big >= FULL_MARKS[1] and given.rounds >= FULL_ROUNDS
    return [
        Bar(
            f"a mark at the big store against the small: {name}",
            found["cost_of_big_to_small"][key]["median"],
            "x",
            1.25,
            at_full_size=sized,
        )
        for name, key in (("time", "time"), ("processor time", "processor"))
    ]


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.size", description=__doc__)
    parser.add_argument("--small", type=int, default=200_000, help="marks, if it is generated")
    parser.add_argument("--big", type=int, default=800_000, help="marks, if it is generated")
    parser.add_argument("--small-dir", type=Path, help="the small store")
    parser.add_argument("--big-dir", type=Path, help="the big store")
    parser.add_argument("--pupils", type=int, default=15_000, help="whose registers are taken")
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds of each")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round")
    parser.add_argument("--connections", type=int, default=64)
    return parser.parse_args()


def main() -> int:
    """Return the exit status."""
    given, out = options(), console()
    report = Report.begin("size", given)
    with tempfile.TemporaryDirectory(prefix="bench-size-") as directory:
        work, dirs = Path(directory), []
        for name in ("small", "big"):
            data_dir = getattr(given, f"{name}_dir") or work / name
            if not (data_dir / "postgres").exists():
                data_dir.mkdir(parents=True, exist_ok=True)
                marks = getattr(given, name)
                weeks = max(1, marks // (SESSIONS_A_WEEK * given.pupils))
                stored.generated(data_dir, marks, out, weeks_a_year=weeks, weeks_free=0)
            dirs.append(data_dir)
        found = measured(given, dirs, work)
    shown(found, out)
    report.write(out, found, bars(given, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
