"""One real PostgreSQL for the whole run, started by the tests themselves and private to them."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import pytest

from ledger.store.database import Addresses, Database
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from ledger.store.vault import KeyFile, Vault

_OWN = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Work in a directory of this run's own.

    pytest's usual one is shared by all runs of a user, and each run closes it to other users: to the
    one as whom the databases of a run started by root work, those of another run included.
    """
    if config.option.basetemp is None:
        config.option.basetemp = config.stash[_OWN] = mkdtemp(prefix="attendance-ledger-tests-")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Leave nothing behind, unless there is something to look into."""
    own = session.config.stash.get(_OWN, None)
    if own is not None and exitstatus == pytest.ExitCode.OK:
        shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The embedded server, with the schema of the ledger."""
    with EmbeddedPostgres.open(tmp_path_factory.mktemp("server")) as started:
        migrate(Addresses(service=started.service_url, owner=started.owner_url))
        yield started


@pytest.fixture(scope="session")
def addresses(server: EmbeddedPostgres) -> Addresses:
    """Where the service and the owner of the database log in."""
    return Addresses(service=server.service_url, owner=server.owner_url)


@pytest.fixture(scope="session")
def database(addresses: Addresses) -> Iterator[Database]:
    """The service's connections."""
    opened = Database(addresses)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault behind a key file of the tests' own."""
    path: Path = tmp_path_factory.mktemp("keys") / "ledger.key"
    return Vault(KeyFile.open_or_create(path))


_URNS = count(100001)


@pytest.fixture
def urn() -> str:
    """A school that no other test writes to: tests share one log."""
    return str(next(_URNS))


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the tests that can be run at any size: a little, unless asked for more."""
    parser.addoption("--every-row", action="store_true", help="replay every published row")
    parser.addoption("--histories", type=int, default=3, help="histories read as they stood")
