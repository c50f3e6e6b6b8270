"""A register beside an import: `python -m tests.bench.beside`.

A steady stream of 30-mark registers is sent at a fixed rate (`tests.bench.paced`: latency counts from when
each was due), first alone, then while imports of 100,000 lines come one after the other over a connection
of their own. Registers and imports are of different schools. Service, database and both clients share the machine.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.bench import paced, services
from tests.bench.contender import Contender
from tests.bench.figures import Bar, Report, console, spread, table
from tests.bench.load import Outcome
from tests.bench.registers import Register, registers, request_of
from tests.bench.world import BY, CLASS_SIZE, World

SEED: Final = 2026
IMPORTING: Final = 8
"""Schools whose history is imported; as many others send registers."""
ANSWERED_WITHIN: Final = 300.0


@dataclass
class Imports:
    """Imports sent one after the other until it is said that it is enough."""

    port: int
    authorization: str
    lines: Iterator[bytes]
    size: int
    enough: Event = field(default_factory=Event)
    seconds: list[float] = field(default_factory=list)
    failed: str = ""

    def run(self) -> None:
        """Send."""
        with httpx.Client(timeout=ANSWERED_WITHIN) as client:
            while not self.enough.is_set():
                body = b"".join(islice(self.lines, self.size))
                begun = perf_counter()
                answer = client.post(
                    f"http://127.0.0.1:{self.port}/v1/attendance",
                    content=body,
                    headers={
                        "Authorization": self.authorization,
                        "Idempotency-Key": f'"{uuid4()}"',
                        "Content-Type": "application/x-ndjson",
                    },
                )
                if answer.status_code != httpx.codes.CREATED:
                    self.failed = f"{answer.status_code} {answer.text[:300]}"
                    return
                self.seconds.append(perf_counter() - begun)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.beside", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="pairs: alone, then beside imports")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each")
    parser.add_argument("--rate", type=float, default=50.0, help="registers a second")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--lines", type=int, default=100_000, help="of one import")
    return parser.parse_args()


def _lines(world: World) -> Iterator[bytes]:
    """Every mark of a year of the importing schools, school after school, as lines of imports."""
    by = json.dumps(BY)
    for school in world.schools[:IMPORTING]:
        for day, session in world.sessions:
            for pupil in school.pupils:
                code = "/" if session == "AM" else "\\\\"
                yield (
                    f'{{"school":"{school.urn}","date":"{day}","session":"{session}",'
                    f'"pupil":"{pupil}","code":"{code}","by":{by}}}\n'
                ).encode()


def _stream(world: World) -> Iterator[Register]:
    importing = {school.urn for school in world.schools[:IMPORTING]}
    return (each for each in registers(world, CLASS_SIZE, 0) if each.urn not in importing)


def _play(
    side: Contender, coming: Iterator[Register], given: argparse.Namespace, work: Path
) -> Outcome:
    """So many seconds of registers at the rate asked for."""
    ready = islice(coming, int(given.rate * given.seconds))
    file = work / "requests"
    paced.save(file, (request_of(each, side.authorization) for each in ready))
    plan = paced.Plan(side.port, str(file), CLASS_SIZE, given.connections, given.rate)
    return paced.play(plan, given.seconds)


def _beside(
    side: Contender,
    coming: Iterator[Register],
    lines: Iterator[bytes],
    given: argparse.Namespace,
    work: Path,
) -> tuple[Outcome, list[float]]:
    imports = Imports(side.port, side.authorization, lines, given.lines)
    thread = Thread(target=imports.run)
    thread.start()
    try:
        outcome = _play(side, coming, given, work)
    finally:
        imports.enough.set()
        thread.join()
    if imports.failed or not imports.seconds:
        raise paced.FailedError(f"an import was answered {imports.failed or 'nothing'}")
    return outcome, imports.seconds


def _row(name: str, outcomes: list[Outcome]) -> tuple[str, ...]:
    kept = _latencies(outcomes)
    return (name, *(f"{kept[which]['median']:,.1f}" for which in ("p50_ms", "p99_ms", "max_ms")))


def _latencies(outcomes: list[Outcome]) -> dict[str, Any]:
    return {
        which: spread([getattr(outcome, which) for outcome in outcomes])
        for which in ("p50_ms", "p99_ms", "max_ms")
    }


def measure(given: argparse.Namespace, work: Path) -> None:
    """Run everything, print the table and write the report."""
    out, report = console(), Report.begin("beside", given)
    world = World(SEED, 2 * IMPORTING)
    port, data = services.free_port(), work / "data"
    with services.product(port, data, work / "service.log"):
        side = Contender("product", port, services.product_key(data), world)
        side.set_up_schools()
        side.admit_pupils()
        coming, lines = _stream(world), _lines(world)
        alone, beside, imports = [], [], []
        for _ in range(given.rounds):
            alone.append(_play(side, coming, given, work))
            outcome, seconds = _beside(side, coming, lines, given, work)
            beside.append(outcome)
            imports += seconds
    rows = [_row("alone", alone), _row("beside imports", beside)]
    table(out, ("30-mark registers", "p50 ms", "p99 ms", "highest ms"), rows)
    figures = {
        "alone": _latencies(alone),
        "beside": _latencies(beside),
        "import_seconds": spread(imports),
        "imports": len(imports),
    }
    out.print(
        f"{len(imports)} imports of {given.lines:,} lines, {spread(imports)['median']:.1f} s each"
    )
    p99 = figures["beside"]["p99_ms"]["median"]
    report.write(out, figures, [Bar("a register's p99 beside an import", p99, "ms", 250.0)])


def main() -> int:
    """Return the exit status: 0, or 1 when a service failed."""
    with tempfile.TemporaryDirectory(prefix="bench-beside-") as directory:
        try:
            measure(options(), Path(directory))
        except (paced.FailedError, services.NotStartedError) as failure:
            console().print(str(failure), markup=False, style="red")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
