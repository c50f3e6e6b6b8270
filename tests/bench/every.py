"""Everything that is asked for, one command after the other: `make bench-full`; `make bench` the short form.

`python -m tests.bench.every` runs each benchmark at its full size as a process of its own, so that none
leaves anything in another's memory, and ends with a table of every figure beside its bar, from the
reports that this run has written. A command that fails is told and does not end the run.

Stores that several commands read are made once, where they are not named: 10 million marks, 100 million,
and England with nine million pupils. With `--work` they stay there for the next run; they take some 70 GB.
`--only` names the commands to run. `--short` takes minutes: small stores, few rounds, no store kept.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from tests.bench.figures import REPORTS, Bar, console, show_bars

TEN: Final = 10_000_000
HUNDRED: Final = 100_000_000
ENGLAND: Final = 9_000_000
_SHAPES: Final = {
    TEN: ("--weeks-free", "3"),
    # One school with six years of histories, and one authority of 240 schools.
    HUNDRED: ("--years", "2", "--history", "6", "--together", "240", "--weeks-free", "3"),
}
"""Stores by their marks, with days left free for registers."""


@dataclass(frozen=True)
class Part:
    """One command of the run."""

    name: str
    """Of its report, too."""
    module: str
    options: tuple[str, ...]


def short_parts() -> Iterator[Part]:
    """What `make bench` runs: minutes in all."""
    yield Part("append", "tests.bench", ("all", "--rounds", "5", "--seconds", "2"))
    yield Part("reads", "tests.bench.reads", ("--marks", "300000", "--rounds", "3"))
    yield Part("export", "tests.bench.export", ("--marks", "600000", "--sets", "marks"))


def full_parts(ten: Path, hundred: Path, england: Path) -> Iterator[Part]:
    """What `make bench-full` runs, the stores where they are or are to be made."""
    rounds = ("--rounds", "5", "--seconds", "3")
    yield Part("append", "tests.bench", ("all", *rounds))
    yield Part("replica", "tests.bench.replica", rounds)
    yield Part("flush", "tests.bench.flush", rounds)
    yield Part("proofs", "tests.bench.proofs", rounds)
    yield Part("beside", "tests.bench.beside", ())
    morning = ("--marks", str(ENGLAND), "--steady-seconds", "60", "--data-dir", str(england))
    yield Part("morning", "tests.bench.morning", morning)
    yield Part("wal", "tests.bench.wal", ("--data-dir", str(ten), "--rounds", "15"))
    yield Part("export", "tests.bench.export", ("--data-dir", str(ten), "--sets", "marks"))
    yield Part("rebuild", "tests.bench.rebuild", ("--data-dir", str(hundred)))
    yield Part("reads", "tests.bench.reads", ("--data-dir", str(hundred)))
    sizes = ("--small", "1000000", "--big-dir", str(hundred), "--pupils", "50000")
    yield Part("size", "tests.bench.size", (*sizes, *rounds))


def run(part: Part, out: Console) -> bool:
    """Run one command; whether it ended well."""
    out.print(f"\n== {part.name}: python -m {part.module} {' '.join(part.options)}")
    begun = time.monotonic()
    command = [sys.executable, "-m", part.module, *part.options]
    done = subprocess.run(command, check=False)
    out.print(f"== {part.name} took {time.monotonic() - begun:.0f} s", markup=False)
    return done.returncode == 0


def store(path: Path, marks: int, out: Console) -> bool:
    """Generate a store where there is none; whether it is there."""
    if (path / "postgres").exists():
        return True
    options = ("--marks", str(marks), "--data-dir", str(path), *_SHAPES[marks])
    return run(Part(path.name, "tests.bench.generate", options), out)


def bars_written_since(begun: float) -> list[Bar]:
    """The bars of every report that was written since then."""
    found: list[Bar] = []
    for path in sorted(REPORTS.glob("*.json")):
        if path.stat().st_mtime >= begun:
            report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            found += [Bar.of_json(bar) for bar in report.get("bars", [])]
    return found


def performed(parts: Sequence[Part], only: Sequence[str], out: Console) -> list[str]:
    """Run those that are wanted; the names of those that failed."""
    wanted = [part for part in parts if not only or part.name in only]
    return [part.name for part in wanted if not run(part, out)]


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.every", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small sizes, a few minutes")
    parser.add_argument("--only", nargs="+", default=[], help="names of commands")
    parser.add_argument("--work", type=Path, help="where stores are made, and stay")
    parser.add_argument("--ten", type=Path, help="a store of 10 million marks")
    parser.add_argument("--hundred", type=Path, help="a store of 100 million marks")
    parser.add_argument("--england", type=Path, help="England loaded by the morning")
    return parser.parse_args()


def in_full(given: argparse.Namespace, work: Path, out: Console) -> list[str]:
    """The full run; the names of what failed."""
    ten, hundred = given.ten or work / "ten", given.hundred or work / "hundred"
    parts = list(full_parts(ten, hundred, given.england or work / "england"))
    wanted = [part for part in parts if not given.only or part.name in given.only]
    failed = []
    for path, marks in ((ten, TEN), (hundred, HUNDRED)):
        needed = any(str(path) in part.options for part in wanted)
        if needed and not store(path, marks, out):
            failed.append(path.name)
    return failed + performed(wanted, (), out)


def main() -> int:
    """Return the exit status: 1 where a command failed; a bar that is missed is no failure."""
    given, out = options(), console()
    begun = time.time()
    if given.short:
        failed = performed(list(short_parts()), given.only, out)
    elif given.work:
        failed = in_full(given, given.work, out)
    else:
        with tempfile.TemporaryDirectory(prefix="bench-full-") as directory:
            failed = in_full(given, Path(directory), out)
    show_bars(out, bars_written_since(begun))
    if failed:
        out.print(f"Not measured, since it failed: {', '.join(failed)}", style="red")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
