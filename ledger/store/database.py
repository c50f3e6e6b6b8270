"""Connections to PostgreSQL: the service's, which may only select and insert, and the owner's."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import psycopg
from psycopg import IsolationLevel
from psycopg_pool import ConnectionPool, PoolTimeout

Connection = psycopg.Connection[Any]

CONNECT_SECONDS_MAX: Final = 5
HEAD_LOCK_SECONDS_MAX: Final = 20
WRITE_STATEMENT_SECONDS_MAX: Final = 120
READ_STATEMENT_SECONDS_MAX: Final = 60
IDLE_IN_TRANSACTION_SECONDS_MAX: Final = 20
READERS_MAX: Final = 12
READER_WAIT_SECONDS_MAX: Final = 5
SECOND_READER_WAIT_SECONDS_MAX: Final = 0.01
"""No longer than a second reader may save: without one the first does all."""
RECONNECT_SECONDS_MAX: Final = 1

# The writer asks by keys alone, and keeps its plans.  One made while a table was small would read the
# whole of it for every batch of a morning.
_PROBES_ONLY: Final = (
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;"
    "SET max_parallel_workers_per_gather = 0"
)
_SERVICE_ROLE: Final = "ledger_append"

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Addresses:
    """Where the database is: for the service, and for its owner, who alone may change the schema.

    With a server of one's own both may be the same; the service then gives up its rights by
    `SET ROLE` on each connection.
    """

    service: str
    owner: str


def connect_as_owner(addresses: Addresses) -> Connection:
    """A connection that may change the schema; each statement its own transaction."""
    return psycopg.connect(addresses.owner, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)


class Database:
    """The service's connections: one for the writer, a pool for readers."""

    def __init__(self, addresses: Addresses, heal: Callable[[], None] = lambda: None) -> None:
        """`heal` is called while a lost server is waited for; it may start an embedded one again."""
        self.addresses = addresses
        self.heal = heal
        self._readers = ConnectionPool(
            addresses.service,
            kwargs={"autocommit": True, "connect_timeout": CONNECT_SECONDS_MAX},
            configure=_as_reader,
            check=ConnectionPool.check_connection,
            min_size=1,
            max_size=READERS_MAX,
            timeout=READER_WAIT_SECONDS_MAX,
            # Else the pool waits ever longer between attempts, and readers stay out long after a server
            # that was lost is back.
            reconnect_timeout=RECONNECT_SECONDS_MAX,
            open=False,
        )
        self._second = ThreadPoolExecutor(READERS_MAX, thread_name_prefix="second-reader")

    def open(self) -> None:
        """Start the pool of readers."""
        self._readers.open()

    def close(self) -> None:
        """Close every reader's connection."""
        self._second.shutdown()
        self._readers.close()

    def writer(self) -> Connection:
        """A new connection for appending."""
        connection = psycopg.connect(
            self.addresses.service, connect_timeout=CONNECT_SECONDS_MAX, autocommit=True
        )
        _give_up_rights(connection)
        connection.execute(
            f"SET lock_timeout = '{HEAD_LOCK_SECONDS_MAX}s';"
            f"SET statement_timeout = '{WRITE_STATEMENT_SECONDS_MAX}s';"
            f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_SECONDS_MAX}s';"
            f"{_PROBES_ONLY}"
        )
        return connection

    @contextmanager
    def reading(self, wait_seconds_max: float = READER_WAIT_SECONDS_MAX) -> Iterator[Connection]:
        """One connection with one unmoving view of the database, for the length of a read."""
        with self._readers.connection(wait_seconds_max) as connection, connection.transaction():
            yield connection

    def read_beside(self, read: Callable[[Connection], _Read]) -> "Future[_Read | None]":
        """Have a second reader read something at the same time; None where no connection is free for it.

        Its view is another, and later than one that was begun before: of the log up to a position that was
        seen there, which never changes, it shows the same.
        """
        return self._second.submit(self._read_second, read)

    def _read_second(self, read: Callable[[Connection], _Read]) -> _Read | None:
        try:
            with self.reading(SECOND_READER_WAIT_SECONDS_MAX) as connection:
                return read(connection)
        except PoolTimeout:
            return None


def _as_reader(connection: Connection) -> None:
    _give_up_rights(connection)
    connection.execute(f"SET statement_timeout = '{READ_STATEMENT_SECONDS_MAX}s'")
    # One view of the database for each transaction, said as it begins.
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True


def _give_up_rights(connection: Connection) -> None:
    # A server of one's own may write dates as its country does; the driver reads ISO.
    connection.execute(f"SET ROLE {_SERVICE_ROLE}; SET DateStyle = 'ISO, YMD'")
