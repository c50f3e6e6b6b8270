"""The load generator: a process of its own that drives one service for one round.

`python -m tests.bench.load` reads a `Job` as JSON on standard input and writes an `Outcome` as JSON on
standard output. It is a closed loop: each connection sends its next request when the last was answered,
so latency is that of a service kept busy by so many connections, not of an idle one. Requests are made
before the clock starts, receipts are checked after it stopped. The clock runs from the first request sent
to the last answer received; requests under way when the time is up are waited for and counted.
"""

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from math import ceil

from tests.bench.http1 import Answer, KeptConnection
from tests.bench.registers import requests
from tests.bench.world import World

CREATED = 201


@dataclass(frozen=True)
class Job:
    """What to send, where, and for how long (seconds); `limit` bounds the requests made ready."""

    port: int
    authorization: str
    seed: int
    schools: int
    marks: int
    connections: int
    seconds: float
    first_session: int
    limit: int


@dataclass(frozen=True)
class Outcome:
    """What came back. Latencies in milliseconds; `acknowledged` counts marks in checked receipts.

    `faults` holds the number of each kind of answer or receipt that is not what the contract promises,
    and `sample` the first such body.
    """

    requests: int
    acknowledged: int
    elapsed: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    generator_cpu: float
    ran_out: bool
    faults: dict[str, int]
    sample: str

    @property
    def marks_per_second(self) -> float:
        """Acknowledged marks over the time from first request to last answer."""
        return self.acknowledged / self.elapsed


@dataclass
class _Round:
    """What the connections of one round share."""

    waiting: Iterator[bytes]
    until: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    lost: int = 0
    ran_out: bool = False


async def _drive(connection: KeptConnection, round_: _Round) -> None:
    """Send requests one after another until the time is up or none is left."""
    clock = time.perf_counter
    while (begun := clock()) < round_.until:
        request = next(round_.waiting, None)
        if request is None:
            round_.ran_out = True
            return
        try:
            answer = await connection.exchange(request)
        except ConnectionError:
            round_.lost += 1
            return
        round_.latencies.append(clock() - begun)
        round_.answers.append(answer)


async def _play(job: Job, ready: list[bytes]) -> Outcome:
    connections = [await KeptConnection.open(job.port) for _ in range(job.connections)]
    round_ = _Round(iter(ready))
    gc.collect()
    gc.disable()
    cpu = time.process_time()
    begun = time.perf_counter()
    round_.until = begun + job.seconds
    await asyncio.gather(*(_drive(connection, round_) for connection in connections))
    elapsed = time.perf_counter() - begun
    cpu = time.process_time() - cpu
    for connection in connections:
        connection.close()
    return _outcome(job, round_, elapsed, cpu / elapsed)


def _outcome(job: Job, round_: _Round, elapsed: float, cpu: float) -> Outcome:
    acknowledged, faults, sample = checked(round_.answers, job.marks)
    if round_.lost:
        faults["connection lost"] = round_.lost
    latencies = sorted(seconds * 1000 for seconds in round_.latencies)
    return Outcome(
        requests=len(round_.answers) + round_.lost,
        acknowledged=acknowledged,
        elapsed=elapsed,
        p50_ms=quantile(latencies, 0.50),
        p99_ms=quantile(latencies, 0.99),
        max_ms=quantile(latencies, 1.00),
        generator_cpu=cpu,
        ran_out=round_.ran_out,
        faults=dict(faults),
        sample=sample,
    )


def quantile(ordered: list[float], share: float) -> float:
    """Return the smallest value that so large a share does not exceed; 0 when there are none."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


def checked(answers: list[Answer], marks: int) -> tuple[int, Counter[str], str]:
    """Return the marks acknowledged, the faults by kind, and the first faulty body.

    A receipt counts when it is a 201, says `recorded` of every mark that was sent, and names log
    positions that no other receipt names.
    """
    faults: Counter[str] = Counter()
    sample = ""
    spans: list[tuple[int, int]] = []
    for answer in answers:
        fault = "" if answer.status == CREATED else f"status {answer.status}"
        if not fault:
            receipt = json.loads(answer.body)
            spans.append((receipt["first"], receipt["last"]))
            statuses = [result["status"] for result in receipt["results"]]
            complete = statuses == ["recorded"] * marks
            fault = "" if complete else "receipt without every mark recorded"
        if fault:
            faults[fault] += 1
            sample = sample or answer.body[:600].decode(errors="replace")
    faults.update(_overlaps(spans, marks))
    return marks * (len(answers) - faults.total()), faults, sample


def _overlaps(spans: list[tuple[int, int]], marks: int) -> Counter[str]:
    """Count the receipts that name too few positions, or positions that another one names."""
    faults: Counter[str] = Counter()
    end = -1
    for first, last in sorted(spans):
        if first <= end or last - first + 1 < marks:
            faults["positions too few or shared"] += 1
        end = max(end, last)
    return faults


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's, or None for the standard one where there is no uvloop (on Windows)."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def main() -> None:
    """Play the job given on standard input."""
    job = Job(**json.load(sys.stdin))
    world = World(job.seed, job.schools)
    ready = requests(world, job.marks, job.first_session, job.limit, job.authorization)
    if len(ready) < job.connections:
        sys.exit("The school year has too few sessions left for this round; use more --schools.")
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        outcome = runner.run(_play(job, ready))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
