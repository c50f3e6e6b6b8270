"""Keeping: settled years are made, and made again where an entry of them was amended, while a service runs.

Nothing waits for it: a year that is not kept is read from the log.  So it is done when the log is at leisure,
a school's year at a time, and looked for once a day.
"""

from contextlib import suppress
from threading import Event, Thread
from time import monotonic
from typing import Final

import psycopg

from ledger.store.database import Connection, Database
from projections.kept_histories import making
from projections.sheets.following import LEISURE_MAX
from projections.statements import fetch, statements

LOOK_SECONDS: Final = 24 * 3600.0
"""Between two looks what is to be made."""
PACE_SECONDS: Final = 1.0
"""Over which the pace of the log is taken, before each school's year."""
_AGAIN_SECONDS: Final = 60.0
"""After the database was lost, or while another process is at it."""
_PAUSE_SECONDS: Final = 0.005
"""After each child: requests have their turn as well."""
_KEEPER: Final = 0x6B656570  # "keep": any number that nobody else takes

_SQL: Final = statements("kept_histories/keeping")


class _ClosingError(Exception):
    """The keeper is to end."""


class Keeper:
    """A thread that makes kept histories while a service runs, in one process of all that serve."""

    def __init__(self, database: Database) -> None:
        """Makes them over a connection of its own."""
        self._database = database
        self._closing = Event()
        self._thread = Thread(target=self._run, name="keeper", daemon=True)
        self._connection: Connection | None = None

    def start(self) -> None:
        """Begin to keep."""
        self._thread.start()

    def close(self) -> None:
        """End at once: what is half made is made another time."""
        self._closing.set()
        connection = self._connection
        if connection is not None:
            with suppress(psycopg.Error):
                connection.cancel_safe()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            wait = _AGAIN_SECONDS
            # A database that was lost comes back; what is not kept is read from the log.
            with suppress(psycopg.Error, _ClosingError), self._database.writer() as connection:
                self._connection = connection
                if self.keep(connection):
                    wait = LOOK_SECONDS
            self._connection = None
            self._closing.wait(wait)

    def keep(self, connection: Connection) -> bool:
        """Make what is due; False where another process is at it, whose lock goes with its connection."""
        if fetch(connection, _SQL["alone"], {"number": _KEEPER}) != [(True,)]:
            return False
        making.forget(connection)
        for one in making.due(connection):
            self._wait_for_leisure(connection)
            making.keep(connection, one, self._breathe)
        return True

    def _wait_for_leisure(self, connection: Connection) -> None:
        pace = LEISURE_MAX + 1.0
        while pace > LEISURE_MAX:
            before, began = _head(connection), monotonic()
            self._breathe(PACE_SECONDS)
            pace = (_head(connection) - before) / (monotonic() - began)

    def _breathe(self, seconds: float = _PAUSE_SECONDS) -> None:
        if self._closing.wait(seconds):
            raise _ClosingError


def _head(connection: Connection) -> int:
    [(position,)] = fetch(connection, _SQL["head"], {})
    return int(position)
