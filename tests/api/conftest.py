"""A real server on a port of its own, on a database of its own, and clients that speak to it."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import structlog
import uvicorn

from api import examples
from api.app import create_app
from api.callers import create_key
from api.service import Service
from api.settings import Settings
from ledger.application import AttendanceLedger
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from ledger.store.vault import KeyFile, Vault

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""When the ledger of these tests records: after the contract's first of October, before its January."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A database that nobody else writes to: its clock stands at NOW."""
    with EmbeddedPostgres.open(tmp_path_factory.mktemp("api")) as started:
        migrate(Addresses(service=started.service_url, owner=started.owner_url))
        yield started


@pytest.fixture(scope="session")
def addresses(server: EmbeddedPostgres) -> Addresses:
    """Its addresses: named here too, or those of the server that everybody shares would be at hand."""
    return Addresses(service=server.service_url, owner=server.owner_url)


@pytest.fixture(scope="session")
def service(addresses: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service built by hand."""
    folder = tmp_path_factory.mktemp("service")
    with opened(addresses, Settings(data_dir=folder), folder / "ledger.key") as made:
        yield made


@contextmanager
def opened(addresses: Addresses, settings: Settings, key_file: Path) -> Iterator[Service]:
    """A service on a database, closed again in the opposite order."""
    database = Database(addresses)
    database.open()
    vault = Vault(KeyFile.open_or_create(key_file))
    ledger = AttendanceLedger(database, vault, lambda: NOW)
    try:
        yield Service(settings, database, ledger, vault)
    finally:
        ledger.close()
        database.close()


@contextmanager
def served(service: Service) -> Iterator[str]:
    """The address of a running server."""
    started = Event()

    class _Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            started.set()

    config = uvicorn.Config(
        create_app(service), port=0, log_config=None, access_log=False, ws="none", lifespan="off"
    )
    running = _Server(config)
    thread = Thread(target=running.run, daemon=True)
    thread.start()
    assert started.wait(20)
    port = running.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        service.closing.set()
        running.should_exit = True
        thread.join(20)


@pytest.fixture(scope="session")
def address(service: Service) -> Iterator[str]:
    """The running service's address."""
    with served(service) as url:
        yield url


@pytest.fixture
def logging_restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Logging as it was before, afterwards; for tests that run a command in this process.

    No logger is put together for good meanwhile: those of services that serve other tests would go on
    writing into this test's captured output, which is closed by then.
    """
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level, configure = root.handlers[:], root.level, structlog.configure

    def unfixed(**settings: Any) -> None:
        configure(**{**settings, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", unfixed)
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    configure(**before)


@pytest.fixture
def make_second(
    addresses: Addresses, tmp_path: Path
) -> Callable[..., AbstractContextManager[tuple[Service, str]]]:
    """Runs a second service on the same database, to be broken as a test likes."""

    @contextmanager
    def make(**settings: Any) -> Iterator[tuple[Service, str]]:
        with (
            opened(addresses, Settings(data_dir=tmp_path, **settings), tmp_path / "key") as second,
            served(second) as url,
        ):
            yield second, url

    return make


_KEYS = count(1)


@dataclass
class Client:
    """Speaks to the service with one key; a write gets a key of its own unless it is given one."""

    http: httpx.Client
    keys: Iterator[str] = field(default_factory=lambda: (f"key-{n}" for n in count()))

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """GET under /v1."""
        return self.http.get(f"/v1{path}", params=parameters)

    def post(
        self, path: str, body: Any, key: str | None = None, **parameters: Any
    ) -> httpx.Response:
        """POST under /v1."""
        return self.send("POST", path, body, key, **parameters)

    def put(
        self, path: str, body: Any, key: str | None = None, **parameters: Any
    ) -> httpx.Response:
        """PUT under /v1."""
        return self.send("PUT", path, body, key, **parameters)

    def send(
        self, method: str, path: str, body: Any, key: str | None = None, **parameters: Any
    ) -> httpx.Response:
        """A write under /v1."""
        headers = {"Idempotency-Key": key or next(self.keys)}
        return self.http.request(
            method, f"/v1{path}", json=body, headers=headers, params=parameters
        )

    def send_lines(
        self, lines: list[dict[str, Any]], key: str | None = None, **parameters: Any
    ) -> httpx.Response:
        """POST /v1/attendance."""
        return self.http.post(
            "/v1/attendance",
            content="".join(json.dumps(line) + "\n" for line in lines),
            headers={
                "Idempotency-Key": key or next(self.keys),
                "Content-Type": "application/x-ndjson",
            },
            params=parameters,
        )


MakeClient = Callable[..., Client]


@pytest.fixture(scope="session")
def make_client(address: str, addresses: Addresses) -> Iterator[MakeClient]:
    """Makes a client of its own name with a key of these scopes and schools."""
    made: list[httpx.Client] = []

    def make(
        scopes: list[str] | None = None,
        schools: list[str] | None = None,
        name: str | None = None,
    ) -> Client:
        with connect_as_owner(addresses) as owner:
            key = create_key(
                owner, name or f"client {next(_KEYS)}", scopes or ["all"], schools or ["all"]
            )
        http = httpx.Client(
            base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60
        )
        made.append(http)
        return Client(http)

    yield make
    for http in made:
        http.close()


@pytest.fixture(scope="session")
def client(make_client: MakeClient) -> Client:
    """A client that may do everything at every school."""
    return make_client()


PUPILS = [f"0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e{number:02x}" for number in range(1, 31)]


@dataclass
class SchoolWorld:
    """A school with its year and thirty pupils on roll."""

    urn: str
    client: Client
    pupils: list[str]

    @property
    def path(self) -> str:
        """Where the school is."""
        return f"/schools/{self.urn}"

    def register(self, codes: dict[str, str], day: str = "2026-10-01", session: str = "AM") -> Any:
        """The body of a register."""
        return {
            "date": day,
            "session": session,
            "by": examples.TUTOR,
            "entries": [{"pupil": pupil, "code": code} for pupil, code in codes.items()],
        }

    def take(self, codes: dict[str, str], day: str = "2026-10-01", session: str = "AM") -> Any:
        """Take a register and return its receipt."""
        answer = self.client.post(f"{self.path}/attendance", self.register(codes, day, session))
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
def school(client: Client, urn: str) -> SchoolWorld:
    """A school that no other test writes to."""
    return make_school(client, urn)


@pytest.fixture(scope="session")
def read_only(client: Client) -> SchoolWorld:
    """A school for tests that only read, or whose every write is refused; one register is taken."""
    world = make_school(client, "199999")
    world.take(dict.fromkeys(PUPILS[:3], "/"))
    return world


def make_school(client: Client, urn: str, **described: Any) -> SchoolWorld:
    """A described school with its year and thirty pupils."""
    world = SchoolWorld(urn, client, PUPILS)
    body = {**examples.SCHOOL, **described}
    assert client.put(world.path, body).status_code == 201
    assert client.put(f"{world.path}/years/2026", examples.YEAR).status_code == 201
    entries = [
        {**examples.ADMISSIONS["entries"][0], "pupil": pupil, "surname": f"Pupil {number:02}"}
        for number, pupil in enumerate(PUPILS)
    ]
    answer = client.post(f"{world.path}/admissions", {"entries": entries, "by": examples.OFFICE})
    assert answer.status_code == 201, answer.text
    return world
