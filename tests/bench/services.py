"""Starting and stopping the two services as processes of their own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final

import httpx

STARTS_WITHIN: Final = 180.0
"""Seconds a service may take until it says that it is ready."""
ENDS_WITHIN: Final = 30.0
"""Seconds a service may take to end when it is asked to."""

COMMAND: Final = Path(sys.executable).with_name("attendance-ledger")


class NotStartedError(RuntimeError):
    """A service ended, or was not ready in time; the message ends with what it logged last."""


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def product(port: int, data_dir: Path, log: Path) -> Iterator[int]:
    """Run the service on its own embedded database, with its default settings; its process id."""
    command = [str(COMMAND), "serve", "--port", str(port), "--data-dir", str(data_dir)]
    with _running(command, {}, port, log) as process:
        yield process.pid


def product_key(data_dir: Path) -> str:
    """Make a key for everything and return it."""
    options = ["--name", "bench", "--scope", "all", "--school", "all", "--data-dir", str(data_dir)]
    made = subprocess.run(
        [str(COMMAND), "keys", "create", *options], check=True, stdout=subprocess.PIPE, text=True
    )
    return made.stdout.strip()


@contextmanager
def rival(port: int, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """Run the rival: one uvicorn worker with uvloop and httptools where there are any."""
    app = ["--factory", "tests.bench.rival:create_app", "--port", str(port), "--no-access-log"]
    with _running([sys.executable, "-m", "uvicorn", *app], environment, port, log):
        yield


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], port: int, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_ready(process, port, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when `/readyz` answers 200; raise NotStartedError when the process ends or takes too long."""
    until = monotonic() + STARTS_WITHIN
    while not _ready(port):
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            if monotonic() < until:
                continue
        tail = log.read_text(errors="replace")[-2000:]
        raise NotStartedError(f"{process.args!r} was not ready:\n{tail}")


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
