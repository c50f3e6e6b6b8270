"""The load generator of long runs: ready requests from a file, as fast as answered or at a fixed rate.

`python -m tests.bench.paced` reads a `Plan` as JSON on standard input and writes an `Outcome`
(`tests.bench.load`) as JSON on standard output.

Without a rate it is a closed loop: each connection sends its next request when the last was answered.
With one it is an open loop: the n-th request is due n/rate seconds after the start, whatever became of
those before, and its latency counts from when it was due and not from when a connection was free to
send it (no coordinated omission). A request that is due waits for the first free connection.
"""

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from tests.bench.http1 import Answer, KeptConnection
from tests.bench.load import Outcome, checked, loop_factory, quantile

PREPARES_WITHIN: Final = 300.0
"""Seconds beyond the run itself that the generator may take to read, to finish and to check."""
_LENGTH_BYTES: Final = 4


class FailedError(RuntimeError):
    """A run gave answers that the contract does not promise; its figures would mean nothing."""


@dataclass(frozen=True)
class Plan:
    """What to send and how. `rate` is requests a second; 0 sends as fast as answers come.

    `seconds` ends a run early when it is not 0; requests under way are waited for.
    """

    port: int
    requests: str
    marks: int
    connections: int
    rate: float = 0.0
    seconds: float = 0.0


@dataclass
class _Run:
    """What the connections of one run share."""

    waiting: Iterator[tuple[int, bytes]]
    rate: float
    until: float
    begun: float = 0.0
    latencies: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    lost: int = 0
    ran_out: bool = False


def save(path: Path, requests: Iterable[bytes]) -> int:
    """Write whole requests to a file for a run; how many."""
    number = 0
    with path.open("wb") as file:
        for request in requests:
            file.write(len(request).to_bytes(_LENGTH_BYTES, "big") + request)
            number += 1
    return number


def play(plan: Plan, seconds_max: float) -> Outcome:
    """Run a plan in a process of its own, which should take so many seconds at most.

    Raises FailedError where any answer was not a 201 with a true receipt.
    """
    played = subprocess.run(
        [sys.executable, "-m", "tests.bench.paced"],
        input=json.dumps(asdict(plan)),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=seconds_max + PREPARES_WITHIN,
    )
    if played.returncode:
        raise FailedError(f"the load generator ended with {played.returncode}")
    outcome = Outcome(**json.loads(played.stdout))
    if outcome.faults:
        raise FailedError(f"{outcome.faults} of {outcome.requests}, such as\n{outcome.sample}")
    return outcome


async def _drive(connection: KeptConnection, run: _Run) -> None:
    clock = time.perf_counter
    while (now := clock()) < run.until:
        number, request = next(run.waiting, (-1, b""))
        if not request:
            run.ran_out = True
            return
        counted_from = now
        if run.rate:
            counted_from = run.begun + number / run.rate
            if counted_from > now:
                await asyncio.sleep(counted_from - now)
        try:
            answer = await connection.exchange(request)
        except ConnectionError:
            run.lost += 1
            return
        run.latencies.append(clock() - counted_from)
        run.answers.append(answer)


async def _played(plan: Plan, ready: list[bytes]) -> Outcome:
    connections = [await KeptConnection.open(plan.port) for _ in range(plan.connections)]
    gc.collect()
    gc.disable()
    cpu, begun = time.process_time(), time.perf_counter()
    until = begun + plan.seconds if plan.seconds else float("inf")
    run = _Run(enumerate(ready), plan.rate, until, begun)
    await asyncio.gather(*(_drive(connection, run) for connection in connections))
    elapsed = time.perf_counter() - begun
    cpu = time.process_time() - cpu
    for connection in connections:
        connection.close()
    acknowledged, faults, sample = checked(run.answers, plan.marks)
    if run.lost:
        faults["connection lost"] = run.lost
    latencies = sorted(seconds * 1000 for seconds in run.latencies)
    return Outcome(
        requests=len(run.answers) + run.lost,
        acknowledged=acknowledged,
        elapsed=elapsed,
        p50_ms=quantile(latencies, 0.50),
        p99_ms=quantile(latencies, 0.99),
        max_ms=quantile(latencies, 1.00),
        generator_cpu=cpu / elapsed,
        ran_out=run.ran_out,
        faults=dict(faults),
        sample=sample,
    )


def _read(path: Path) -> list[bytes]:
    found, whole = [], path.read_bytes()
    place = 0
    while place < len(whole):
        end = place + _LENGTH_BYTES + int.from_bytes(whole[place : place + _LENGTH_BYTES], "big")
        found.append(whole[place + _LENGTH_BYTES : end])
        place = end
    return found


def main() -> None:
    """Run the plan given on standard input."""
    plan = Plan(**json.load(sys.stdin))
    ready = _read(Path(plan.requests))
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        outcome = runner.run(_played(plan, ready))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
