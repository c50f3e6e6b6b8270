"""Writers without HTTP: a process of threads that append class registers as fast as they are durable.

`python -m tests.bench.writers` reads a `Work` as JSON on standard input. It makes its requests, says
`ready` on a line of its own, waits for a line, lets every thread append one register after another, and
writes the marks and the seconds as JSON. Python is set as the service has it. Two sides:

- `ledger`: the ledger itself, a register parsed already but decided, hashed and sealed as ever;
- `recorder`: the `eventsourcing` library's PostgreSQL recorder, given finished stored events: no
  aggregate, no decision and no JSON is left to do, which is kinder to the library than any use of it.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter, process_time
from typing import Any

import psycopg
from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment

from api.cli.server import prepare_interpreter
from api.register_body import RegisterBody
from ledger.registers.plain import SentRegister
from ledger.store.database import Addresses
from tests.bench import stored
from tests.bench.registers import Register, body_of, registers
from tests.bench.rival import AttendanceRegister, Registers
from tests.bench.world import CLASS_SIZE, World

Append = Callable[[Any], None]


@dataclass(frozen=True)
class Work:
    """What a process does: its share is every `processes`-th register, from the `process`-th on."""

    side: str
    threads: int
    seconds: float
    process: int
    processes: int
    first_session: int
    limit: int
    seed: int
    schools: int
    data_dir: str
    service_url: str
    owner_url: str
    rival: dict[str, str]


@dataclass(frozen=True)
class Written:
    """What a process has appended."""

    marks: int
    seconds: float
    processor_seconds: float
    ran_out: bool


def _shares(work: Work) -> list[Register]:
    world = World(work.seed, work.schools)
    coming = islice(registers(world, CLASS_SIZE, work.first_session), work.limit)
    return list(islice(coming, work.process, None, work.processes))


def _by_threads(work: Work, ready: Sequence[Any], append: Append) -> Written:
    """Have every thread append its share until the time is up."""
    barrier = Barrier(work.threads + 1)
    marks = [0] * work.threads
    ran_out = [False] * work.threads
    until = [0.0]

    def write(number: int) -> None:
        mine = iter(ready[number :: work.threads])
        barrier.wait()
        while perf_counter() < until[0]:
            one = next(mine, None)
            if one is None:
                ran_out[number] = True
                return
            append(one)
            marks[number] += CLASS_SIZE

    threads = [Thread(target=write, args=(number,)) for number in range(work.threads)]
    for thread in threads:
        thread.start()
    prepare_interpreter()
    print("ready", flush=True)
    sys.stdin.readline()
    begun, cpu = perf_counter(), process_time()
    until[0] = begun + work.seconds
    barrier.wait()
    for thread in threads:
        thread.join()
    return Written(sum(marks), perf_counter() - begun, process_time() - cpu, any(ran_out))


def _ledger(work: Work) -> Written:
    addresses = Addresses(service=work.service_url, owner=work.owner_url)
    parse = RegisterBody().parse
    ready = [(one.urn, parse(body_of(one)), stored.asked()) for one in _shares(work)]
    with stored.ledger_of(Path(work.data_dir), addresses) as ledger:
        # A service in use has the books of its schools open.
        for urn, register, request in {one[0]: one for one in ready}.values():
            ledger.take_register(urn, register, replace(request, dry_run=True)).result(60)

        def append(one: tuple[str, SentRegister, Any]) -> None:
            status = ledger.take_register(*one).result(60).status
            if status != 201:
                raise stored.StoreError(f"a register was answered {status}")

        return _by_threads(work, ready, append)


def _recorder(work: Work) -> Written:
    environment = Environment(
        Registers.name,
        {
            **work.rival,
            # One connection a thread: with the usual pool the threads would wait for each other there too.
            "POSTGRES_POOL_SIZE": str(work.threads),
            "POSTGRES_MAX_OVERFLOW": "4",
        },
    )
    ready = [_finished(one, number) for one, number in _numbered(work)]
    factory: InfrastructureFactory[Any] = InfrastructureFactory.construct(environment)
    with psycopg.connect(work.owner_url) as one_by_one:
        # Two that make its tables at once would trip over each other.
        one_by_one.execute("SELECT pg_advisory_lock(1)")
        recorder = factory.application_recorder()
    try:
        return _by_threads(work, ready, recorder.insert_events)
    finally:
        factory.close()


def _numbered(work: Work) -> list[tuple[Register, int]]:
    sessions = {one: number for number, one in enumerate(World(work.seed, 0).sessions, start=1)}
    return [(one, sessions[one.day, one.session]) for one in _shares(work)]


def _finished(register: Register, session: int) -> list[StoredEvent]:
    """What the rival's aggregates would hand to the recorder: a stream a pupil, a version a session."""
    year = int(register.day[:4]) - (register.day[5:7] < "08")
    topic = f"{AttendanceRegister.__module__}:AttendanceRegister.Entered"
    states = {code: _state(register, code) for code in set(register.codes)}
    return [
        StoredEvent(
            AttendanceRegister.create_id(register.urn, pupil, year), session, topic, states[code]
        )
        for pupil, code in zip(register.pupils, register.codes, strict=True)
    ]


def _state(register: Register, code: str) -> bytes:
    """The state of an event as the library's transcoder writes it."""
    at = {"_type_": "datetime_iso", "_data_": datetime.now(UTC).isoformat()}
    said = {
        "timestamp": at,
        "day": register.day,
        "session": register.session,
        "code": code,
        "detail": None,
        "arrived_at": None,
        "name": "C Tutor",
        "position": "Form tutor",
    }
    return json.dumps(said, separators=(",", ":")).encode()


def main() -> None:
    """Do the work given on standard input."""
    work = Work(**json.loads(sys.stdin.readline()))
    written = _ledger(work) if work.side == "ledger" else _recorder(work)
    print(json.dumps(asdict(written)), flush=True)


if __name__ == "__main__":
    main()
