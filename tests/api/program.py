"""The program as its users meet it: a process, its output, its log and its exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("attendance-ledger"))
SECONDS_MAX = 60


def environment(**variables: str) -> dict[str, str]:
    """The environment without settings of ours, and with these."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
    return clean | {"COLUMNS": "200", "NO_COLOR": "1"} | variables


class Running:
    """A command that keeps running, and what it logs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def logged(self, event: str) -> dict[str, object]:
        """The next log line of an event; only requests and waiting may be logged before it."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            entry = json.loads(line) if line.startswith("{") else {"event": line}
            if entry["event"] == event:
                return dict(entry)
            assert entry["event"] in {"request", "waiting"}, entry
        pytest.fail(f"{event} was not logged")

    def said(self, words: str) -> str:
        """What it prints, up to the line with these words."""
        assert self._process.stdout is not None
        seen = []
        for line in self._process.stdout:
            seen.append(line)
            if words in line:
                return "".join(seen)
        pytest.fail(f"{words!r} was not printed, but:\n{''.join(seen)}")

    def ended_by(self, number: int) -> tuple[int, str]:
        """The exit code after a signal, and what else was logged."""
        self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=SECONDS_MAX)
        return self._process.returncode, errors


@contextmanager
def started(*arguments: str | Path, **variables: str) -> Iterator[Running]:
    """A command that runs until the block ends."""
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Running(process)
        finally:
            process.kill() if process.poll() is None else None
