"""Opening: from the settings to a database that is up to date, and to a service on it.

Everything opened here is closed in the opposite order, whatever happens in between: first the ledger,
whose writer finishes what it was given, then the connections, and last our own database server.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

import psycopg
import structlog
from pydantic import SecretStr

from api.console import log_wait, print_wait
from api.service import Service
from api.settings import Settings, SettingsError, variable
from ledger.application import AttendanceLedger
from ledger.store.database import Addresses, Connection, Database, connect_as_owner
from ledger.store.embedded import EmbeddedError, EmbeddedPostgres
from ledger.store.migrations import migrate
from ledger.store.vault import KeyFile, KeyFileError, Vault
from projections.kept_histories.keeper import Keeper
from projections.sheets.following import Follower

SERVER_VERSION_MIN: Final = 15
_WATCH_SECONDS: Final = 2.0

_log = structlog.get_logger(__name__)


class OpeningError(Exception):
    """The service cannot be opened; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """Where the database is, and how to bring it back when it is lost."""

    addresses: Addresses
    heal: Callable[[], None]


@contextmanager
def open_service(settings: Settings) -> Iterator[Service]:
    """A service ready for requests, on the database of the settings.

    Raises OpeningError, SettingsError, KeyFileError, MigrationError, EmbeddedError or psycopg.Error.
    """
    with ExitStack() as stack:
        place = stack.enter_context(open_database(settings, log_wait))
        migrate(place.addresses)
        vault = Vault(open_key_file(settings, place.addresses))
        database = Database(place.addresses, heal=place.heal)
        database.open()
        stack.callback(database.close)
        ledger = AttendanceLedger(database, vault)
        stack.callback(ledger.close)
        follower = Follower(database)
        stack.callback(follower.close)
        follower.start()
        keeper = Keeper(database)
        stack.callback(keeper.close)
        keeper.start()
        yield Service(settings, database, ledger, vault)


@contextmanager
def open_database(
    settings: Settings, on_wait: Callable[[str], None] = print_wait
) -> Iterator[Place]:
    """The database of the settings, its schema as it is.  Raises as `open_service` does."""
    if settings.database_url is not None:
        _needs_key_file(settings)
        service = settings.database_url
        addresses = Addresses(_secret(service), _secret(settings.owner_database_url or service))
        _try_out(addresses)
        yield Place(addresses, heal=lambda: None)
        return
    with EmbeddedPostgres.open(settings.data_dir, on_wait=on_wait) as server:

        def heal() -> None:
            # Called where an answer is being waited for, so what is wrong is told, not raised.
            try:
                if server.ensure_running():
                    _log.warning("database_restarted")
            except EmbeddedError as error:
                _log.error("database_not_restarted", error=type(error).__name__)

        def look() -> None:
            # Knocking would hold the interpreter, and every request with it, until the server answers.
            if server.lost():
                heal()

        with _watched(look):
            yield Place(Addresses(server.service_url, server.owner_url), heal)


@contextmanager
def open_existing(settings: Settings) -> Iterator[Place]:
    """The same for what only makes sense where a ledger is: never makes one by the way."""
    if settings.embedded and not (settings.data_dir / "postgres").exists():
        raise OpeningError(
            f"There is no ledger in {settings.data_dir.absolute()}. Name its directory with "
            "--data-dir or LEDGER_DATA_DIR."
        )
    with open_database(settings) as place:
        with connect_as_owner(place.addresses) as connection:
            made = connection.execute("SELECT to_regclass('log_head') IS NOT NULL").fetchone()
        if made is None or not made[0]:
            raise OpeningError(
                "The database holds no ledger yet. 'attendance-ledger migrate' sets it up, and so "
                "does 'attendance-ledger serve'."
            )
        yield place


@contextmanager
def open_owner(settings: Settings) -> Iterator[Connection]:
    """A connection of the owner to the database of the settings, its schema brought up to date."""
    with open_database(settings) as place:
        migrate(place.addresses)
        with connect_as_owner(place.addresses) as connection:
            yield connection


def open_key_file(settings: Settings, addresses: Addresses) -> KeyFile:
    """The key file, made only where nothing has been sealed under another one.

    Raises KeyFileError when it is missing or is not the one this database's keys are wrapped with.
    """
    path = settings.key_file_path
    with connect_as_owner(addresses) as connection:
        sample = connection.execute("SELECT scope, wrapped FROM data_key LIMIT 1").fetchone()
    if sample is None and not path.exists():
        return KeyFile.open_or_create(path)
    if not path.exists():
        raise KeyFileError(
            f"The key file {path} is missing, and the database holds particulars of pupils that "
            f"only it opens. Restore it from its backup, or name where it is ({variable('key_file')})."
        )
    key_file = KeyFile(path)
    if sample is not None:
        key_file.unwrap(*sample)
    return key_file


@contextmanager
def _watched(look: Callable[[], None]) -> Iterator[None]:
    """Look every other second whether the database is there: reads too need it back."""
    closing = Event()

    def watch() -> None:
        while not closing.wait(_WATCH_SECONDS):
            look()

    thread = Thread(target=watch, name="database-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # Joined before the server is stopped, or the watch would start it again.
        closing.set()
        thread.join()


def _needs_key_file(settings: Settings) -> None:
    if settings.key_file is None:
        raise SettingsError(
            f"{variable('key_file')} (--key-file) is needed with {variable('database_url')}: name a "
            "file outside the database and its backups; it is made where there is none."
        )


def _try_out(addresses: Addresses) -> None:
    try:
        with connect_as_owner(addresses) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise OpeningError(
            f"The database server cannot be reached: {str(error).strip()} Check "
            f"{variable('database_url')}, and that the server runs."
        ) from error
    if version < SERVER_VERSION_MIN:
        raise OpeningError(
            f"The database server is PostgreSQL {version}; {SERVER_VERSION_MIN} or later is needed."
        )


def _secret(url: SecretStr) -> str:
    return url.get_secret_value()
