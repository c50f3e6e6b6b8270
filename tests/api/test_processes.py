"""Several processes that serve one ledger: together they are one service, and none of them is missed."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run
from time import monotonic

import httpx
import pytest

from tests.api.program import COMMAND, SECONDS_MAX, Running, environment, started

CONNECTIONS = 8
SCHOOL = {
    "name": "Ashfield Lane School",
    "laestab": "8554999",
    "local_authority": "855",
    "type": "academy",
    "register_times": {
        "AM": {"opens": "08:35", "closes": "09:05"},
        "PM": {"opens": "12:25", "closes": "12:55"},
    },
    "in_force_from": "2026-09-01",
    "by": {"name": "A Head", "position": "Headteacher"},
}


class Service:
    """A service of two processes, and the address it answers at."""

    def __init__(self, process: Running, data_dir: Path) -> None:
        self.process = process
        self.address = str(process.logged("ready")["address"])
        options = ("--name", "Tests", "--scope", "all", "--school", "all", "--data-dir", data_dir)
        made = run(
            [COMMAND, "keys", "create", *map(str, options)],
            env=environment(),
            capture_output=True,
            check=True,
            text=True,
        )
        self.key = made.stdout.strip()

    def workers(self) -> set[int]:
        """The processes that serve."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return set(map(int, children.split()))

    def measures(self) -> str:
        """What /metrics says."""
        return httpx.get(f"{self.address}/metrics").text

    def describe(self, key: str) -> httpx.Response:
        """Describe a school under a request key, over a connection of its own."""
        return httpx.put(
            f"{self.address}/v1/schools/137172",
            json=SCHOOL,
            headers={"Authorization": f"Bearer {self.key}", "Idempotency-Key": f'"{key}"'},
        )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service of two processes."""
    options = ("--port", "0", "--processes", "2", "--data-dir", tmp_path)
    with started("serve", *options) as process:
        yield Service(process, tmp_path)


def test_connections_are_taken_in_turn_and_counted_together(service: Service) -> None:
    """Each process has served, and /metrics adds up what all of them counted, whichever is asked."""
    for _ in range(CONNECTIONS):
        assert 200 == httpx.get(f"{service.address}/livez").status_code
    counted = re.compile(r'^ledger_http_requests_total\{.*"/livez".*\} (\S+)$', re.MULTILINE)
    resident = re.compile(r'^process_resident_memory_bytes\{process="(\d+)"\}', re.MULTILINE)
    for _ in range(2):
        said = service.measures()
        assert [f"{CONNECTIONS}.0"] == counted.findall(said)
        assert service.workers() == set(map(int, resident.findall(said)))


def test_one_request_sent_to_both_at_once_is_recorded_once(service: Service) -> None:
    """The same key over many connections: one set of positions, and the same answer to all."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        answers = list(pool.map(service.describe, ["once"] * CONNECTIONS))
    assert {201} == {answer.status_code for answer in answers}
    assert 1 == len({answer.content for answer in answers})
    assert 1 == sum("Idempotent-Replay" not in answer.headers for answer in answers)


def test_a_process_that_is_killed_is_replaced(service: Service) -> None:
    """The other one serves meanwhile, and soon there are two again; the count is kept."""
    before = service.workers()
    killed = max(before)
    os.kill(killed, signal.SIGKILL)
    assert (1, -9) == _number_and_exit(service.process.logged("process_ended"))
    until = monotonic() + SECONDS_MAX
    while len(after := service.workers()) < len(before) or killed in after:
        assert 200 == httpx.get(f"{service.address}/readyz").status_code
        assert monotonic() < until
    assert before - {killed} < after


def test_none_is_left_when_the_watching_process_is_killed(service: Service, tmp_path: Path) -> None:
    """Port and directory are free for the next service, and what was acknowledged is there."""
    first = service.describe("before-the-end")
    assert 201 == first.status_code
    workers = service.workers()
    service.process.ended_by(signal.SIGKILL)
    until = monotonic() + SECONDS_MAX
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert monotonic() < until
    port = service.address.rpartition(":")[2]
    with started("serve", "--port", port, "--processes", "2", "--data-dir", tmp_path) as process:
        again = Service(process, tmp_path)
        replayed = again.describe("before-the-end")
        assert (first.content, "true") == (
            replayed.content,
            replayed.headers["Idempotent-Replay"],
        )
        assert 0 == process.ended_by(signal.SIGTERM)[0]


def test_sigterm_lets_every_process_finish(service: Service) -> None:
    """Exit code 0, no word of an error, and nothing listens any more."""
    workers = service.workers()
    code, errors = service.process.ended_by(signal.SIGTERM)
    assert 0 == code
    assert not [line for line in errors.splitlines() if json.loads(line)["level"] == "error"]
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    with socket.socket() as client:
        host, _, port = service.address.removeprefix("http://").partition(":")
        assert 0 != client.connect_ex((host, int(port)))


def test_what_keeps_the_first_process_from_beginning_is_told_once(tmp_path: Path) -> None:
    """In words, with exit code 2, as one process would."""
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    ended = run(
        [COMMAND, "serve", "--port", "0", "--processes", "2", "--data-dir", str(tmp_path)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert (2, 1) == (ended.returncode, ended.stderr.count("attendance-ledger: "))
    assert "Traceback" not in ended.stderr


def _number_and_exit(entry: dict[str, object]) -> tuple[object, object]:
    return entry["number"], entry["exit_code"]
