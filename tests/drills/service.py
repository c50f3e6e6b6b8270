"""The service under test as a process of its own, with its embedded database, and what can be killed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Final, NamedTuple

import httpx
import psutil

from tests.drills.requests import CLIENT

PROCESSES: Final = 2
"""Processes that serve, however many cores there are: one of them is killed now and then."""
READY_SECONDS_MAX: Final = 60.0
END_SECONDS_MAX: Final = 60.0
_SERVING: Final = "client backend"
_COMMAND: Final = str(Path(sys.executable).with_name("attendance-ledger"))


class NotOursError(RuntimeError):
    """A process is not one of this drill's own: it is left alone."""


class NotReadyError(RuntimeError):
    """The service ended, or was not ready in time; the message ends with what it logged last."""


class Service:
    """`attendance-ledger serve` on one data directory and port, with as many processes as it takes."""

    def __init__(self, data_dir: Path, port: int, log: Path) -> None:
        self.data_dir = data_dir
        self.address = f"http://127.0.0.1:{port}"
        self._port = port
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pgdata(self) -> Path:
        """Where the embedded database keeps its files."""
        return self.data_dir / "postgres"

    def start(self) -> None:
        """Start the service and return when it is ready.  Raises NotReadyError."""
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [
                    *(_COMMAND, "serve", "--port", str(self._port)),
                    *("--processes", str(PROCESSES)),
                    *self._place(),
                ],
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        until = monotonic() + READY_SECONDS_MAX
        while not self._ready():
            try:
                self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                if monotonic() < until:
                    continue
            raise NotReadyError(f"The service was not ready:\n{self.last_words()}")

    def alive(self) -> bool:
        """Whether the service process runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill the service's first process without warning; return when those that serve have gone too."""
        if self._process is not None:
            workers = self._workers()
            self._process.kill()
            self._process.wait()
            psutil.wait_procs(workers, timeout=END_SECONDS_MAX)

    def kill_one(self, random: Random) -> None:
        """Kill one of the processes that serve; the service replaces it by itself."""
        worker = random.choice(self._workers())
        worker.kill()
        psutil.wait_procs([worker], timeout=END_SECONDS_MAX)

    def stop(self) -> int | None:
        """Ask the service to end: its exit status, or None when it does not end in time."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def make_key(self) -> str:
        """Make a key for everything."""
        options = ("--name", CLIENT, "--scope", "all", "--school", "all")
        made = subprocess.run(
            [_COMMAND, "keys", "create", *options, *self._place()],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return made.stdout.strip()

    def verify(self) -> tuple[int, str]:
        """Let the ledger verify itself: exit status and what was printed."""
        done = subprocess.run(
            [_COMMAND, "verify", *self._place()],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout.strip()

    def last_words(self) -> str:
        """The end of the service's log."""
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""

    def _workers(self) -> list[psutil.Process]:
        """The processes that serve, as children of the one that watches them."""
        if self._process is None or self._process.poll() is not None:
            return []
        return psutil.Process(self._process.pid).children()

    def _place(self) -> tuple[str, str]:
        return "--data-dir", str(self.data_dir)

    def _ready(self) -> bool:
        try:
            answer = httpx.get(f"{self.address}/readyz", timeout=5, trust_env=False)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK


class Struck(NamedTuple):
    """A process of the database that was killed, and the children of the server, which end with it."""

    what: str
    children: list[psutil.Process]


def kill_postmaster(pgdata: Path) -> Struck:
    """Kill the server process of this database.  Raises NotOursError."""
    postmaster = _postmaster(pgdata)
    children = postmaster.children()
    _strike(postmaster, pgdata)
    return Struck("postmaster", children)


def kill_backend(pgdata: Path, random: Random) -> Struck:
    """Kill one child of the server process: in every other case one that serves a client.

    The server takes it as a crash: it ends all other children too and recovers from the log.  Raises
    NotOursError.
    """
    children = sorted(_postmaster(pgdata).children(), key=lambda child: child.pid)
    titles = {child: _title(child) for child in children}
    serving = [child for child, title in titles.items() if title == _SERVING]
    child = random.choice(serving if serving and random.random() < 0.5 else children)
    _strike(child, pgdata)
    return Struck(titles[child], children)


def all_ended(children: list[psutil.Process]) -> bool:
    """Wait until none of these is left; False when that takes too long.

    A child goes on until it next waits for something after the server process is gone: what it has
    begun it may still commit.
    """
    until = monotonic() + END_SECONDS_MAX
    while any(_lives(child) for child in children):
        if monotonic() > until:
            return False
        sleep(0.005)
    return True


def end_database(pgdata: Path) -> bool:
    """Whether no process of the database is left; those that are, are killed."""
    left = list(_at_work_in(pgdata))
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=END_SECONDS_MAX)
    return not left


def _title(child: psutil.Process) -> str:
    """What a child says it is: "walwriter", "io worker 2", or whom it serves, as "role ledger [local]"."""
    title = " ".join(child.cmdline()).removeprefix("postgres: ")
    return _SERVING if " ledger " in title else title.rstrip(" 0123456789")


def _postmaster(pgdata: Path) -> psutil.Process:
    return psutil.Process(int((pgdata / "postmaster.pid").read_text().splitlines()[0]))


def _strike(process: psutil.Process, pgdata: Path) -> None:
    if not _is_at_work_in(process, pgdata):
        raise NotOursError(f"Process {process.pid} is not at work in {pgdata}.")
    process.kill()


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _at_work_in(pgdata: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if _is_at_work_in(process, pgdata):
                yield process
        except psutil.Error:
            continue


def _is_at_work_in(process: psutil.Process, pgdata: Path) -> bool:
    if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
        return False
    return Path(process.cwd()) == pgdata.resolve()
