"""The statements of every append, sent without the driver's layers.

psycopg's cursors spend some 40 microseconds of the interpreter on each statement, and an append has eight
of them while all other processes wait for the head.  These few are sent through the same connection by
psycopg's own door to libpq (`psycopg.pq`), in the binary format; everything else goes through cursors.
"""

import selectors
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from struct import Struct, pack
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from ledger.store.database import Connection
from ledger.store.rows import COPY_HEADER, COPY_TRAILER, pieces

COPIED_AT_ONCE: Final = 120
"""Rows in one piece of a COPY."""

INT4: Final = Struct(">i").pack
"""A number, or that of a day, as a parameter in the binary format."""

_BINARY: Final = 1
_OIDS: Final = {"date": 1082, "int4": 23, "int8": 20, "text": 25, "uuid": 2950}
_SIZES: Final = {"date": 4, "int4": 4, "int8": 8, "uuid": 16}
_LETTERS: Final = {"date": "i", "int4": "i", "int8": "q"}
_ARRAY: Final = Struct(">iiIii").pack
_FINE: Final = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.COPY_IN})

Ask = Callable[[str, Sequence[bytes]], list[list[Any]]]
"""Asks a query whose parameters ($1 …) are in the binary format, and answers its rows as their values are."""


class Wire:
    """One connection's statements.  Used by the thread that has the connection, and no other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._prepared: dict[str, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._libpq.socket, selectors.EVENT_READ)
        self._filing = False
        """Whether the end of a COPY has not been answered yet."""
        self.commit_seconds = 0.0
        """How long the last commit took, which is mostly its flush."""

    @property
    def connection(self) -> Connection:
        """For whatever is asked through cursors.  Raises as `settle` does."""
        self.settle()
        return self._connection

    @property
    def closed(self) -> bool:
        """Whether the connection is closed, on either side as far as is known here."""
        return self._connection.closed

    def close(self) -> None:
        """Close the connection."""
        self._selector.close()
        self._connection.close()

    def run(self, statements: str) -> Sequence[bytes | None]:
        """Run statements without parameters; the first row of the last, its values as text."""
        self.settle()
        result = self._checked(self._libpq.exec_(statements.encode()))
        if not result.ntuples:
            return ()
        return [result.get_value(0, column) for column in range(result.nfields)]

    def commit(self, statements: str = "") -> None:
        """Run the last statements of a transaction and commit it."""
        self.settle()
        begun = monotonic()
        result = self._checked(self._libpq.exec_(f"{statements}; COMMIT".encode()))
        self.commit_seconds = monotonic() - begun
        if result.command_status != b"COMMIT":
            raise psycopg.DatabaseError("a transaction that had failed was committed")

    def roll_back(self) -> None:
        """End a transaction that failed, where there still is a connection to end it on."""
        self._filing = False  # libpq itself waits for what is unanswered, and drops it
        with suppress(psycopg.Error):
            self._libpq.exec_(b"ROLLBACK")

    def ask(self, query: str, parameters: Sequence[bytes]) -> list[list[Any]]:
        """The rows of a query, planned once: an `Ask`."""
        self.settle()
        name = self._prepared.get(query)
        if name is None:
            name = b"ledger_%d" % len(self._prepared)
            self._checked(self._libpq.prepare(name, query.encode()))
            self._prepared[query] = name
        formats = [_BINARY] * len(parameters)
        result = self._checked(
            self._libpq.exec_prepared(name, parameters, formats, result_format=_BINARY)
        )
        return _rows(result)

    def copy(self, statement: str, packed: Iterable[bytes]) -> None:
        """Send rows in the binary format of COPY, piece by piece as they are made.

        The server files one piece while the next is being made, on another core, and the last while we go
        on: what it says of them is raised by the next statement, or by `settle`.
        """
        pieces = iter(packed)
        piece = list(islice(pieces, COPIED_AT_ONCE))
        if not piece:
            return
        self.settle()
        libpq = self._libpq
        self._checked(libpq.exec_(statement.encode()))
        try:
            libpq.put_copy_data(COPY_HEADER)
            while piece:
                libpq.put_copy_data(b"".join(piece))
                piece = list(islice(pieces, COPIED_AT_ONCE))
            libpq.put_copy_data(COPY_TRAILER)
        except BaseException:
            libpq.put_copy_end(b"given up")
            self._results()
            raise
        libpq.put_copy_end()
        self._filing = True

    def settle(self) -> None:
        """Wait until the rows sent last are filed.  Raises what the server has against them."""
        if not self._filing:
            return
        self._filing = False
        for result in self._results():
            self._checked(result)

    def _results(self) -> list[PGresult]:
        """What the server answers to the end of a COPY.

        Waited for here and not in libpq, whose wait would keep the interpreter from other threads.
        """
        libpq = self._libpq
        results: list[PGresult] = []
        while True:
            while libpq.flush():
                self._wait(selectors.EVENT_READ | selectors.EVENT_WRITE)
                libpq.consume_input()
            while libpq.is_busy():
                self._wait(selectors.EVENT_READ)
                libpq.consume_input()
            result = libpq.get_result()
            if result is None:
                return results
            results.append(result)

    def _wait(self, events: int) -> None:
        if events != selectors.EVENT_READ:
            self._selector.modify(self._libpq.socket, events)
        self._selector.select()
        if events != selectors.EVENT_READ:
            self._selector.modify(self._libpq.socket, selectors.EVENT_READ)

    def _checked(self, result: PGresult) -> PGresult:
        return _checked(self._libpq, result)


def ask_once(connection: Connection, query: str, parameters: Sequence[bytes]) -> list[list[Any]]:
    """The same of a connection that has no wire and keeps no plan: an `Ask`, given its connection."""
    libpq = connection.pgconn
    formats = [_BINARY] * len(parameters)
    result = libpq.exec_params(
        query.encode(), parameters, param_formats=formats, result_format=_BINARY
    )
    return _rows(_checked(libpq, result))


def _checked(libpq: PGconn, result: PGresult) -> PGresult:
    """The result, or the error that it is."""
    if result.status in _FINE:
        return result
    if libpq.status != ConnStatus.OK:
        raise psycopg.OperationalError("the connection to the database is lost")
    raise psycopg.errors.error_from_result(result)


def _rows(result: PGresult) -> list[list[Any]]:
    columns = range(result.nfields)
    return [[result.get_value(row, c) for c in columns] for row in range(result.ntuples)]


def array(kind: str, values: Sequence[bytes]) -> bytes:
    """A parameter that is an array of one of these kinds, of values in the binary format."""
    size = _SIZES.get(kind)
    if size is None:
        packed = b"".join([INT4(len(value)) + value for value in values])
    else:
        length = INT4(size)
        packed = length.join((b"", *values))
    return _ARRAY(1, 0, _OIDS[kind], len(values), 1) + packed


def array_of_integers(kind: str, values: Sequence[int]) -> bytes:
    """The same of numbers; of a `date` that of its day (`ledger.store.rows.day_number`)."""
    size = _SIZES[kind]
    packed = pack(f">{len(values)}{_LETTERS[kind]}", *values)
    return array(kind, pieces(packed, size))
