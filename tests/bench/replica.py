"""With a replica: `python -m tests.bench.replica`, appends with and without a synchronous standby.

A standby is made of the running server (`pg_basebackup`, which the embedded distribution has) and follows it
by streaming, on the same machine. Rounds of class registers over HTTP in turns:

- `alone`: the standby is stopped;
- `asynchronous`: it streams, and nobody waits for it: what a second server costs the shared machine;
- `synchronous`: a commit is answered once the standby has flushed it too (`synchronous_standby_names`).
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from ledger.store.embedded import EmbeddedPostgres, account, binaries
from ledger.store.embedded.commands import Commands
from ledger.store.embedded.patience import Patience
from tests.bench import services, stored
from tests.bench.contender import FIRST_GUESS, Contender, Workload
from tests.bench.figures import Bar, Report, console, spread, table
from tests.bench.world import World

FOLDER: Final = "standby"
LOG: Final = "standby.log"
NAME: Final = "standby"
PORT: Final = 5433
STATES: Final = ("alone", "asynchronous", "synchronous")
FULL_ROUNDS: Final = 5
CATCHES_UP_WITHIN: Final = 120.0
"""Seconds that a standby may take to come as far as the server."""
_STREAMS: Final = """
    SELECT count(*) FROM pg_stat_replication
    WHERE state = 'streaming' AND replay_lsn >= pg_current_wal_lsn() - 1000000::numeric
"""


@dataclass
class Standby:
    """A second server that follows the first."""

    server: EmbeddedPostgres
    data_dir: Path
    commands: Commands
    running: bool = False

    @classmethod
    def made(cls, server: EmbeddedPostgres, data_dir: Path) -> "Standby":
        """Make it of a running server."""
        who = account.for_database(server.pgdata)
        made = cls(server, data_dir, Commands(binaries.find(), who, data_dir))
        folder = data_dir / FOLDER
        folder.mkdir(mode=0o700)
        who.own(folder)
        log = data_dir / LOG
        log.touch(mode=0o600)
        who.own(log)
        url = stored.superuser_url(server, data_dir).replace("dbname=ledger", "dbname=postgres")
        source = f"{url} application_name={NAME}"
        slot = ("--create-slot", f"--slot={NAME}")
        made.run(
            "pg_basebackup", "-D", FOLDER, "-d", source, "-X", "stream", "-R", "-c", "fast", *slot
        )
        return made

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs. Raises StoreError where it fails."""
        done = self.commands.run(program, *arguments, patience=Patience(600), why=program)
        if done.code:
            raise stored.StoreError(f"{program}: {done.output[-600:]}")

    def start(self) -> None:
        """Have it follow, and wait until it has come as far as the server."""
        if self.running:
            return
        # Another door, and little memory: it answers nobody.
        told = f"-c port={PORT} -c shared_buffers=256MB"
        self.run("pg_ctl", "start", "-D", FOLDER, "-l", LOG, "-w", "-o", told)
        self.running = True
        until = monotonic() + CATCHES_UP_WITHIN
        while not self._streams():
            if monotonic() > until:
                raise stored.StoreError("the standby does not catch up")
            sleep(0.1)

    def stop(self) -> None:
        """Have it follow no more; the server keeps the log for it."""
        if self.running:
            self.run("pg_ctl", "stop", "-D", FOLDER, "-m", "fast", "-w")
            self.running = False

    def put(self, state: str) -> None:
        """Bring the pair into a state."""
        if state == "alone":
            self._wait_for("")
            self.stop()
            return
        self.start()
        self._wait_for(NAME if state == "synchronous" else "")

    def _wait_for(self, names: str) -> None:
        with stored.superuser(self.server, self.data_dir) as connection:
            connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
            connection.execute("SELECT pg_reload_conf()")
        until = monotonic() + CATCHES_UP_WITHIN
        while names and not self._is_synchronous():
            if monotonic() > until:
                raise stored.StoreError("the standby does not become synchronous")
            sleep(0.1)

    def _streams(self) -> bool:
        return bool(self._asked(_STREAMS))

    def _is_synchronous(self) -> bool:
        return bool(
            self._asked("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
        )

    def _asked(self, query: str) -> Any:
        with stored.superuser(self.server, self.data_dir) as connection:
            row = connection.execute(query).fetchone()
        return row[0] if row else None


@contextmanager
def standby(server: EmbeddedPostgres, data_dir: Path) -> Iterator[Standby]:
    """A standby for the length of a block; in the end nobody waits for it any more."""
    made = Standby.made(server, data_dir)
    try:
        yield made
    finally:
        made.put("alone")


def measured(given: argparse.Namespace, work: Path) -> dict[str, Any]:
    """The rounds, state after state, after one of each that is not counted."""
    data = work / "data"
    port = services.free_port()
    workload = Workload("class", 30, given.connections, given.seconds)
    rates: dict[str, list[float]] = {state: [] for state in STATES}
    latencies: dict[str, list[float]] = {state: [] for state in STATES}
    with (
        services.product(port, data, work / "service.log"),
        EmbeddedPostgres.open(data) as server,
    ):
        world = World(2025, given.schools)
        product = Contender("product", port, services.product_key(data), world)
        product.set_up_schools()
        product.admit_pupils()
        with standby(server, data) as follower:
            for _ in range(1 + given.rounds):
                for state in STATES:
                    follower.put(state)
                    outcome = product.play(workload, max(rates[state], default=FIRST_GUESS))
                    rates[state].append(outcome.marks_per_second)
                    latencies[state].append(outcome.p99_ms)
    counted = {state: found[1:] for state, found in rates.items()}
    ratios = {
        state: [a / b for a, b in zip(counted[state], counted["alone"], strict=True)]
        for state in STATES[1:]
    }
    return {
        "marks_per_second": {state: spread(found) for state, found in counted.items()},
        "p99_ms": {state: spread(found[1:]) for state, found in latencies.items()},
        "ratio_to_alone": {state: spread(found) for state, found in ratios.items()},
        "rounds": rates,
    }


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.replica", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds of each state")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--schools", type=int, default=16, help="schools of 1,020 pupils")
    return parser.parse_args()


def main() -> int:
    """Return the exit status."""
    given, out = options(), console()
    report = Report.begin("replica", given)
    with tempfile.TemporaryDirectory(prefix="bench-replica-") as directory:
        found = measured(given, Path(directory))
    ratios = {"alone": {"median": 1.0}, **found["ratio_to_alone"]}
    lines = [
        (
            state,
            *(
                f"{found['marks_per_second'][state][part]:,.0f}"
                for part in ("median", "min", "max")
            ),
            f"{found['p99_ms'][state]['median']:.0f}",
            f"{ratios[state]['median']:.2f}",
        )
        for state in STATES
    ]
    table(out, ("standby", "marks/s", "lowest", "highest", "p99 ms", "to alone"), lines)
    ratio = found["ratio_to_alone"]["synchronous"]["median"]
    full = given.rounds >= FULL_ROUNDS
    bar = Bar("with a synchronous replica against without", ratio, "x", 0.75, True, full)
    report.write(out, found, [bar])
    return 0


if __name__ == "__main__":
    sys.exit(main())
