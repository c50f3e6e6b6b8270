"""`python -m tests.bench`: the product against the rival, in turns, in one run.

Each round of the product is followed by a round of the rival under the same load on the same database
server; ratios are taken pair by pair, so that a change in the machine's pace meets both sides of a pair.
The first pair of each workload warms up and is not counted. Any answer that is not a 201 with a true
receipt ends the run with exit status 1.

Before that, what the rules cost a mark (`tests.bench.rules`); `python -m tests.bench rules` measures that alone, `python -m tests.bench append` all but that.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from ledger.store.embedded import EmbeddedPostgres
from tests.bench import rules, services
from tests.bench.contender import FIRST_GUESS, Contender, PromiseBrokenError, Workload
from tests.bench.copied import ROWS_AT_ONCE, Copied
from tests.bench.database import make_room, server_settings
from tests.bench.load import Outcome
from tests.bench.machine import commit, machine, versions
from tests.bench.report import Comparison, show, write
from tests.bench.world import World

CHECKOUT: Final = Path(__file__).parents[2]
REPORT: Final = CHECKOUT / "build/bench/append.json"
RULES_REPORT: Final = CHECKOUT / "build/bench/rules.json"
SEED: Final = 2025
PLAIN_WIDTH: Final = 100
"""Columns of the table in a file or pipe, which has no width of its own."""


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=["all", "rules", "append"], default="all")
    parser.add_argument("--rounds", type=int, default=5, help="counted pairs of rounds")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a round")
    parser.add_argument("--connections", type=int, default=64, help="for 30-mark requests")
    parser.add_argument("--schools", type=int, default=16, help="schools of 1,020 pupils")
    return parser.parse_args()


def workloads(given: argparse.Namespace) -> list[Workload]:
    """Return what is measured.

    Whole-school requests come from a quarter of the connections: 64 of them would be 64,000 marks under
    way, and the rival's answers to the last of them would come long after the round. One clerk alone shows
    the latency of a service that is not busy.
    """
    return [
        Workload("class", 30, given.connections, given.seconds),
        Workload("school", 1000, max(1, given.connections // 4), given.seconds),
        Workload("one clerk", 30, 1, given.seconds / 2),
    ]


@contextmanager
def contenders(
    world: World, directory: Path
) -> Iterator[tuple[Contender, Contender, Copied, dict[str, Any]]]:
    """Start both services on one database server; yield them, the bare COPY and its settings."""
    data = directory / "data"
    port, rival_port = services.free_port(), services.free_port()
    with ExitStack() as stack:
        stack.enter_context(services.product(port, data, directory / "product.log"))
        server = stack.enter_context(EmbeddedPostgres.open(data))
        place = make_room(server.owner_url)
        stack.enter_context(services.rival(rival_port, place, directory / "rival.log"))
        product = Contender("product", port, services.product_key(data), world)
        rival = Contender("rival", rival_port, "unread", world)
        yield product, rival, Copied(server.owner_url), server_settings(server.owner_url)


def compare(
    workload: Workload, rounds: int, product: Contender, rival: Contender, copied: Copied
) -> Comparison:
    """Play a warm-up pair and then the counted pairs of rounds, whole sessions against a bare COPY too."""
    played: dict[str, list[Outcome]] = {product.name: [], rival.name: []}
    rates: list[float] = []
    for _ in range(1 + rounds):
        for side in (product, rival):
            earlier = [outcome.marks_per_second for outcome in played[side.name]]
            outcome = side.play(workload, max(earlier, default=FIRST_GUESS))
            played[side.name].append(outcome)
        if workload.marks == ROWS_AT_ONCE:
            rates.append(copied.play(workload.seconds))
    return Comparison(workload, played[product.name][1:], played[rival.name][1:], rates[1:])


def measure_rules(console: Console) -> list[rules.Cost]:
    """Measure what the rules cost, print the table and write the report."""
    costs = rules.measured()
    rules.show(console, costs)
    rules.write(RULES_REPORT, costs)
    console.print(f"Written to {RULES_REPORT.relative_to(CHECKOUT)}")
    return costs


def measure(given: argparse.Namespace, console: Console, directory: Path) -> None:
    """Run everything, print the tables and write the reports."""
    costs = [] if given.part == "append" else measure_rules(console)
    if given.part == "rules":
        return
    world = World(SEED, given.schools)
    begun = datetime.now(UTC)
    with contenders(world, directory) as (product, rival, copied, settings):
        console.print(f"Admitting {1020 * given.schools:,} pupils to {given.schools} schools")
        product.set_up_schools()
        product.admit_pupils()
        rival.admit_pupils()
        comparisons = []
        for workload in workloads(given):
            console.print(f"Measuring: {workload.name}")
            comparisons.append(compare(workload, given.rounds, product, rival, copied))
    about = {
        "begun": begun.isoformat(timespec="seconds"),
        "seconds_taken": (datetime.now(UTC) - begun).total_seconds(),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
        "database": settings,
        "options": vars(given),
        "rules": rules.as_json(costs),
    }
    show(console, comparisons)
    answers = sum(comparison.answers() for comparison in comparisons)
    console.print(f"All {answers:,} counted answers were 201 with true receipts.")
    write(REPORT, comparisons, about)
    console.print(f"Written to {REPORT.relative_to(CHECKOUT)}")


def main() -> int:
    """Return the exit status: 0, or 1 when a service failed."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        try:
            measure(options(), console, Path(directory))
        except (PromiseBrokenError, services.NotStartedError) as failure:
            console.print(str(failure), markup=False, style="red")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
