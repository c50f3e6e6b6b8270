"""A steady pace: `python -m tests.bench.steady`, 5,000 marks a second in class registers.

An open loop: each register is due at its time whatever became of those before, and its latency counts from
that time. The registers are those of the afternoon, at an England whose morning has just been taken
(`tests.bench.morning`); here after a morning of its own, which may be short. The clock of the event loop
wakes to the millisecond, so that up to one of each latency is the generator's.
"""

import sys
from typing import Any, Final

from rich.console import Console

from tests.bench.figures import Bar, Report, console, table
from tests.bench.morning import Served, options, played, served
from tests.bench.world import CLASS_SIZE

RATE: Final = 5_000.0
SECONDS: Final = 10.0
FULL_SECONDS: Final = 60.0


def measured(place: Served, rate: float, seconds: float) -> dict[str, Any]:
    """The afternoon at so many marks a second for so many seconds, or until all are taken."""
    limit = min(place.world.classes, int(rate * seconds / CLASS_SIZE))
    outcome, used = played(place, "PM", limit, rate / CLASS_SIZE)
    return {
        "asked_marks_per_second": rate,
        "marks": outcome.acknowledged,
        "seconds": outcome.elapsed,
        "marks_per_second": outcome.marks_per_second,
        "p50_ms": outcome.p50_ms,
        "p99_ms": outcome.p99_ms,
        "max_ms": outcome.max_ms,
        "errors": 0,  # `played` raises where there is one, or a mark is not in the log
        "service_processor_share": used.service_seconds / outcome.elapsed,
        "database_processor_share": used.database_seconds / outcome.elapsed,
        "generator_processor_share": outcome.generator_cpu,
    }


def shown(found: dict[str, Any], out: Console) -> None:
    """Print the table."""
    lines = [
        ("marks/s", f"{found['marks_per_second']:,.0f} for {found['seconds']:.0f} s"),
        ("p50, p99, longest", " / ".join(f"{found[f'{n}_ms']:.1f}" for n in ("p50", "p99", "max"))),
        (
            "cores in use: service, database",
            f"{found['service_processor_share']:.2f} + {found['database_processor_share']:.2f}",
        ),
    ]
    table(out, ("steady pace", ""), lines)


def bars(found: dict[str, Any]) -> list[Bar]:
    """What is asked of it."""
    full = found["seconds"] > FULL_SECONDS - 1
    return [Bar("steady: p99 of a register", found["p99_ms"], "ms", 20, at_full_size=full)]


def main() -> int:
    """Return the exit status."""
    parser = options("steady", __doc__)
    parser.add_argument("--rate", type=float, default=RATE, help="marks a second")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given, out = parser.parse_args(), console()
    report = Report.begin("steady", given)
    with served(given, out) as place:
        out.print("First the morning")
        played(place, "AM", place.world.classes)
        found = measured(place, given.rate, given.seconds)
    shown(found, out)
    report.write(out, found, bars(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
