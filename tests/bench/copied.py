"""The floor under a write: binary COPY of finished rows, with no HTTP, no rule and nothing to make.

The rows are those that the product itself has just stored, as bytes ready to send; the table has the same
columns, checks, partitions and keys as `mark`, in a schema of its own on the same server.  One connection
sends 1,000 rows at a time and commits them, as a session's request is committed.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from time import perf_counter
from typing import Final

import psycopg

from ledger.store.rows import COPY_HEADER, COPY_TRAILER
from tests.bench.world import YEAR

Clock = Callable[[int], float]
"""Seconds, given the process of the server that copies."""

ROWS_AT_ONCE: Final = 1_000
ROWS_MAX: Final = 400_000
"""Rows kept ready: some 90 MB."""

_MAKE: Final = f"""
    DROP SCHEMA IF EXISTS copied CASCADE;
    CREATE SCHEMA copied;
    CREATE TABLE copied.mark (LIKE public.mark INCLUDING ALL) PARTITION BY RANGE (day);
    CREATE TABLE copied.mark_{YEAR} PARTITION OF copied.mark
        FOR VALUES FROM ('{YEAR}-08-01') TO ('{YEAR + 1}-08-01')
"""
_COLUMNS: Final = "position, act, school, day, pupil, half, revision, code, replaced"
_PROOFS: Final = {True: "salt, leaf", False: "''::bytea, ''::bytea"}
_ROWS: Final = f"""
    COPY (
        SELECT {_COLUMNS}, {{}}, state FROM public.mark ORDER BY position DESC LIMIT {ROWS_MAX}
    ) TO STDOUT (FORMAT binary)
"""
_COPY: Final = "COPY copied.mark FROM STDIN (FORMAT binary)"


class Copied:
    """Finished rows, and the table that they are copied into."""

    def __init__(self, owner_url: str, *, proofs: bool = True) -> None:
        """Without proofs, salt and leaf of each row are empty."""
        self._owner_url = owner_url
        self._rows = _ROWS.format(_PROOFS[proofs])

    def play(self, seconds: float, clock: Clock = lambda _: perf_counter()) -> float:
        """Copy for so many seconds into the empty table, or until no row is left.

        Rows a second of the clock, which may be one of the processor time of the server's process.
        """
        with psycopg.connect(self._owner_url, autocommit=True) as connection:
            connection.execute(_MAKE)
            pieces = list(_pieces(_read(connection, self._rows)))
            copied, server = 0, connection.info.backend_pid
            begun = clock(server)
            until = perf_counter() + seconds
            for rows in pieces:
                with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                    copy.write(rows)
                copied += ROWS_AT_ONCE
                if perf_counter() > until:
                    break
            taken = clock(server) - begun
            found = connection.execute("SELECT count(*) FROM copied.mark").fetchone()
            assert found == (copied,), found
            connection.execute("DROP SCHEMA copied CASCADE")
        return copied / taken


def _read(connection: psycopg.Connection, latest: str) -> Iterator[bytes]:
    """The latest rows of the log's marks as COPY takes them, in the order of their positions."""
    found: list[bytes] = []
    with connection.cursor() as cursor, cursor.copy(latest.encode()) as copy:
        found.extend(map(bytes, copy))
    # The header comes before the first row, and the trailer after the last.
    found[0] = found[0].removeprefix(COPY_HEADER)
    rows = [row for row in found if row and row != COPY_TRAILER]
    return reversed(rows)


def _pieces(rows: Iterator[bytes]) -> Iterator[bytes]:
    while len(piece := list(islice(rows, ROWS_AT_ONCE))) == ROWS_AT_ONCE:
        yield b"".join((COPY_HEADER, *piece, COPY_TRAILER))
