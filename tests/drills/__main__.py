"""`python -m tests.drills`: kill the service and its database under load, and count what was lost.

Writers keep appending over HTTP while the service, the processes that serve and those of its embedded database
are killed (SIGKILL) in turns, at moments drawn by the seed. At the end the log is read back and held
against every acknowledgement. The exit status is 1 when any promise was broken.
"""

import argparse
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

from rich.console import Console

from tests.drills.drill import Options, run
from tests.drills.report import show, write
from tests.drills.service import NotReadyError

CHECKOUT: Final = Path(__file__).parents[2]
PLAIN_WIDTH: Final = 100
"""Columns of the table in a file or pipe, which has no width of its own."""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("--kills", type=int, default=25, help="kills of each of the three kinds")
    parser.add_argument("--writers", type=int, default=6, help="clients that write at once")
    parser.add_argument("--seed", type=int, default=2025, help="what is asked and killed when")
    parser.add_argument("--json", type=Path, default=CHECKOUT / "build/drills/kill.json")
    return parser.parse_args()


def main() -> int:
    """Return the exit status: 0, or 1 when a promise was broken."""
    given = arguments()
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    begun, clock = datetime.now(UTC), monotonic()
    directory = Path(tempfile.mkdtemp(prefix="drill-"))
    try:
        drill = run(
            Options(given.kills, given.writers, given.seed),
            directory,
            lambda line: console.print(line, markup=False, highlight=False),
        )
        show(console, drill)
        write(given.json, drill, begun, monotonic() - clock)
        console.print(f"Written to {given.json}", markup=False)
        if drill.passed:
            shutil.rmtree(directory)
            return 0
    except NotReadyError as failure:
        console.print(str(failure), markup=False, style="red")
    console.print(f"Kept for examination: {directory}", markup=False, style="red")
    return 1


if __name__ == "__main__":
    sys.exit(main())
