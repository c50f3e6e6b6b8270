"""Rebuilding beside the library's projection: `python -m tests.bench.rebuild --marks N` or `--data-dir D`.

In turns, on one database server: the sheets of the whole store made from nothing, by the command
`attendance-ledger rebuild` as a process of its own; and the library's `ProjectionRunner` making its view of
events of the rival (`tests.bench.runner`). Ratios are taken pair by pair. Then once more while registers
are taken all the time, and what is proved:

- all sheets' digests at the position before are the same, whether the sheets were rebuilt there or
  rebuilt under appends and brought back to it;
- at the head afterwards they are the same, whether the sheets were rebuilt under appends and followed, or
  rebuilt from nothing.

The start of the program is not in a rebuild's time, which the command tells itself; it is shown beside it.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any, Final, NamedTuple

from rich.console import Console

from ledger.application import AttendanceLedger
from ledger.registers.attendance import TakeRegister
from ledger.store.database import Addresses, Database, connect_as_owner
from projections import asof
from projections.asof import AsOf
from projections.digests import digest, digest_of_all, schools, settled
from tests.bench import stored
from tests.bench.database import make_room
from tests.bench.figures import Bar, Report, console, spread, table
from tests.bench.registers import Register, body_of
from tests.bench.runner import events_per_second
from tests.bench.services import COMMAND

FULL_MARKS: Final = 10_000_000
RATIO: Final = 2_000
HUNDRED_MILLION_SECONDS: Final = 120
CLASS: Final = 30
AFTERWARDS: Final = 20
"""Registers taken after the rebuild under appends, which are then followed."""
_SAID: Final = re.compile(r"stand at position ([\d,]+): ([\d.]+) s")


class Rebuilt(NamedTuple):
    """One rebuild by the command."""

    position: int
    seconds: float
    seconds_with_start: float
    progress: list[str]
    """What it told of its progress."""


def rebuilt(data_dir: Path) -> Rebuilt:
    """Make the sheets from nothing.  Raises RuntimeError where the command fails."""
    command = [str(COMMAND), "rebuild", "--only", "sheets", "--data-dir", str(data_dir)]
    begun = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    taken = perf_counter() - begun
    found = _SAID.search(done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(f"the rebuild ended with {done.returncode}: {done.stderr[-2000:]}")
    position = int(found[1].replace(",", ""))
    return Rebuilt(position, float(found[2]), taken, done.stderr.splitlines())


def projected(addresses: Addresses) -> float:
    """What the library's ProjectionRunner takes in a second, in a schema that is removed again."""
    try:
        return events_per_second(make_room(addresses.owner))
    finally:
        with connect_as_owner(addresses) as connection:
            connection.execute("DROP SCHEMA IF EXISTS rival CASCADE")


def marks_in(addresses: Addresses) -> int:
    """Entries and amended entries, counted."""
    with connect_as_owner(addresses) as connection:
        row = connection.execute("SELECT count(*) FROM mark").fetchone()
    assert row is not None
    return int(row[0])


def digests(addresses: Addresses, position: int | None = None) -> tuple[int, str]:
    """The position, the head if none is given, and the digest of all schools' sheets there."""
    database = Database(addresses)
    database.open()
    try:
        with database.reading() as connection:
            head = asof.head(connection)
            at = settled(connection, AsOf(position or head.position, head.instant))
            found = [digest(connection, urn, "sheets", at) for urn in schools(connection, [], at)]
            return at.position, digest_of_all(found, at)
    finally:
        database.close()


# -- while appends go on -----------------------------------------------------------------------------


class Appending:
    """Somebody takes registers, one after the other, until it is ended or no more can be taken."""

    def __init__(self, addresses: Addresses, ledger: AttendanceLedger) -> None:
        """Prolongs the schools' last term, so that there are days without registers.

        Raises StoreError where there are none all the same.
        """
        with connect_as_owner(addresses) as connection:
            rolls = list(stored.rolls(connection, CLASS))
            free = stored.free_sessions(connection, ledger, rolls)
        registers = list(stored.registers(rolls, free, CLASS))
        if len(registers) <= 2 * AFTERWARDS:
            raise stored.StoreError("the store has too few free sessions; name another")
        self._meanwhile = iter(registers[:-AFTERWARDS])
        self._afterwards = registers[-AFTERWARDS:]
        self._ledger = ledger
        self.marks = 0
        """That were appended."""

    def afterwards(self) -> None:
        """Take the registers that were kept back."""
        for one in self._afterwards:
            self._take(one)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Take registers all the time, in a thread."""
        ended, failed = Event(), []

        def run() -> None:
            try:
                for one in self._meanwhile:
                    if ended.is_set():
                        return
                    self._take(one)
            except Exception as error:
                failed.append(error)

        thread = Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        if failed:
            raise failed[0]

    def _take(self, one: Register) -> None:
        register = TakeRegister.model_validate_json(body_of(one))
        answer = self._ledger.take_register(one.urn, register, stored.asked()).result(60)
        if answer.status != 201:
            raise stored.StoreError(f"a register was answered {answer.status}")
        self.marks += CLASS


def while_appending(data_dir: Path, addresses: Addresses, out: Console) -> dict[str, Any]:
    """A rebuild under appends, and what the digests say of it."""
    before = digests(addresses)
    with stored.ledger_of(data_dir, addresses) as ledger:
        appending = Appending(addresses, ledger)
        with appending.going_on():
            made = rebuilt(data_dir)
        meanwhile = appending.marks
        brought_back = digests(addresses, before[0])
        appending.afterwards()
        stored.catch_up(addresses)
        followed = digests(addresses)
    rebuilt(data_dir)
    anew = digests(addresses)
    if before != brought_back or followed != anew:
        raise RuntimeError("the digests of rebuilt and followed sheets are not the same")
    out.print(
        f"Rebuilt in {made.seconds:.1f} s while {meanwhile:,} marks were appended; "
        f"followed and rebuilt sheets are the same at {before[0]:,} and {anew[0]:,}"
    )
    return {
        **made._asdict(),
        "marks_appended_meanwhile": meanwhile,
        "digests": dict([before, anew]),
    }


# -- the whole ---------------------------------------------------------------------------------------


def measured(given: argparse.Namespace, data_dir: Path, out: Console) -> dict[str, Any]:
    """Rounds of both in turns, then the rebuild under appends."""
    with stored.opened(data_dir) as (_, addresses):
        marks = marks_in(addresses)
        out.print(f"{marks:,} marks are stored")
        # The first of each is not counted: what it reads is in memory afterwards.
        made, events = [rebuilt(data_dir)], [projected(addresses)]
        for _ in range(given.rounds):
            made.append(rebuilt(data_dir))
            events.append(projected(addresses))
            ratio = marks / made[-1].seconds / events[-1]
            out.print(f"{made[-1].seconds:.1f} s; {events[-1]:,.0f} events/s; {ratio:,.0f} times")
        made, events = made[1:], events[1:]
        appending = while_appending(data_dir, addresses, out)
    rates = [marks / one.seconds for one in made]
    out.print("\n".join(("The last round's progress:", *made[-1].progress)))
    return {
        "marks_stored": marks,
        "seconds": spread([one.seconds for one in made]),
        "seconds_with_start": spread([one.seconds_with_start for one in made]),
        "marks_per_second": spread(rates),
        "runner_events_per_second": spread(events),
        "ratio": spread([rate / event for rate, event in zip(rates, events, strict=True)]),
        "rounds": [one._asdict() for one in made],
        "runner_rounds": events,
        "while_appending": appending,
    }


def bars(found: dict[str, Any]) -> list[Bar]:
    """What is asked of the figures."""
    full = found["marks_stored"] >= FULL_MARKS
    hundred = 100_000_000 / found["marks_per_second"]["median"]
    return [
        Bar(
            "rebuild in marks/s, times ProjectionRunner's events/s",
            found["ratio"]["median"],
            "times",
            RATIO,
            at_least=True,
            at_full_size=full,
        ),
        Bar(
            "100 million marks at this pace",
            hundred,
            "s",
            HUNDRED_MILLION_SECONDS,
            at_full_size=found["marks_stored"] >= 10 * FULL_MARKS,
        ),
    ]


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rebuild", description=__doc__)
    parser.add_argument("--marks", type=int, default=1_000_000, help="of the store, if it is made")
    parser.add_argument("--years", type=int, default=1, help="academic years they are spread over")
    parser.add_argument("--data-dir", type=Path, help="a store that is there")
    parser.add_argument("--rounds", type=int, default=5, help="counted pairs of rounds")
    return parser.parse_args()


def main() -> int:
    """Return the exit status."""
    given, out = options(), console()
    report = Report.begin("rebuild", given)
    with tempfile.TemporaryDirectory(prefix="bench-rebuild-") as directory:
        data_dir = given.data_dir or Path(directory)
        if given.data_dir is None:
            stored.generated(data_dir, given.marks, out, years=given.years)
        found = measured(given, data_dir, out)
    lines = [
        (name, *(f"{found[key][part]:,.{digits}f}" for part in ("median", "min", "max")))
        for name, key, digits in (
            ("rebuild, s", "seconds", 1),
            ("with the start of the program, s", "seconds_with_start", 1),
            ("rebuild, marks/s", "marks_per_second", 0),
            ("ProjectionRunner, events/s", "runner_events_per_second", 0),
            ("ratio", "ratio", 0),
        )
    ]
    table(out, ("rebuilding", "median", "lowest", "highest"), lines)
    report.write(out, found, bars(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
