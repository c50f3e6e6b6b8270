"""What is answered while the database is away or the service ends: never that it failed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api import examples
from api.callers import create_key
from api.examples import PUPIL
from api.service import Service
from api.settings import Settings
from ledger.store import batch
from ledger.store.database import Addresses, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from tests.api.conftest import Client, opened, served

_BODY = {
    "date": "2026-10-01",
    "session": "AM",
    "by": examples.TUTOR,
    "entries": [{"pupil": PUPIL, "code": "/"}],
}


@contextmanager
def _running(folder: Path, server: EmbeddedPostgres) -> Iterator[tuple[Service, Client]]:
    addresses = Addresses(service=server.service_url, owner=server.owner_url)
    migrate(addresses)
    with connect_as_owner(addresses) as owner:
        key = create_key(owner, "client", ["all"], ["all"])
    headers = {"Authorization": f"Bearer {key}"}
    with (
        opened(addresses, Settings(data_dir=folder), folder / "key") as service,
        served(service) as url,
        httpx.Client(base_url=url, headers=headers, timeout=60) as http,
    ):
        yield service, Client(http)


def _asks_to_come_again(answer: httpx.Response, code: str) -> None:
    assert 503 == answer.status_code
    assert f"/problems/{code}" == answer.json()["type"]
    assert int(answer.headers["Retry-After"]) > 0


def test_a_lost_database_leaves_no_request_without_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its database the service answers 503 to reads, to new callers and to its health check; a
    write's outcome is then unknown and said to be so, and its key finds out what came of it.
    """
    monkeypatch.setattr(batch, "RECOVERY_SECONDS_MAX", 1)
    server = EmbeddedPostgres.open(tmp_path)
    with _running(tmp_path, server) as (_, client):
        path = "/schools/137172/attendance"
        assert 201 == client.put("/schools/137172", examples.SCHOOL).status_code
        assert 201 == client.put("/schools/137172/years/2026", examples.YEAR).status_code
        assert 201 == client.post("/schools/137172/admissions", examples.ADMISSIONS).status_code
        server.close()
        with capture_logs():
            _asks_to_come_again(client.post(path, _BODY, "unknown"), "outcome-unknown")
            for answer in _while_it_is_away(client):
                _asks_to_come_again(answer, "unavailable")
            assert 200 == client.http.get("/livez").status_code
            with EmbeddedPostgres.open(tmp_path):
                assert 200 == client.http.get("/readyz").status_code
                answer = client.post(path, _BODY, "unknown")
                assert 201 == answer.status_code, answer.text
                entries = client.get(path, date="2026-10-01").json()["entries"]
                assert ["/"] == [entry["code"] for entry in entries]


def _while_it_is_away(client: Client) -> list[httpx.Response]:
    """A read, the health check and somebody new, all at once: each waits for a connection first."""
    asked: list[tuple[str, dict[str, str]]] = [
        ("/v1/schools/137172", {}),
        ("/readyz", {}),
        ("/v1/codes", {"Authorization": "Bearer atl_somebody"}),
    ]
    with ThreadPoolExecutor(len(asked)) as threads:
        return list(threads.map(lambda each: client.http.get(each[0], headers=each[1]), asked))


def test_a_ledger_that_ends_takes_no_more(make_second: Any, client: Client) -> None:
    """Once the ledger is closed a write is a 503: nothing was taken, and it may be sent again."""
    with make_second() as (service, address):
        service.ledger.close()
        answer = httpx.post(
            f"{address}/v1/schools/137172/attendance",
            json=_BODY,
            headers={**dict(client.http.headers), "Idempotency-Key": "late"},
        )
        _asks_to_come_again(answer, "unavailable")


def test_a_fault_is_told_by_its_request_id_alone(make_second: Any, client: Client) -> None:
    """An unforeseen fault is a 500 that holds a request id and nothing else; the log says where it was."""
    with make_second() as (service, address), capture_logs() as logs:
        object.__setattr__(service, "vault", None)
        answer = httpx.get(
            f"{address}/v1/pupils/{PUPIL}/history", headers=dict(client.http.headers)
        )
    problem = answer.json()
    assert (500, "/problems/internal-error") == (answer.status_code, problem["type"])
    assert answer.headers["X-Request-ID"] == problem["request_id"]
    assert "NoneType" not in answer.text
    assert "Traceback" not in answer.text
    (fault,) = [line for line in logs if line["event"] == "request_failed"]
    assert problem["request_id"] == fault["request_id"]
    assert "AttributeError" == fault["error"]
    assert any("history.py" in place for place in fault["where"])
