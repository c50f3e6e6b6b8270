"""Verification: the whole log held against itself, row by row, in the order of positions.

Checked of every row: it stands at its position, without a hole or a double; its typed columns say what
its stored bytes say; it stands in the request whose act it points to; its leaf is the hash of those
bytes, of its place and of that act; the version before it is there and, for an amended entry, has the
code that it replaces; and the place on the roll that a record about a pupil left says nothing else.  Of
the acts: their instants do not run backwards.  Of the head: it is the last position.

What is found is what was changed without making every leaf concerned again.  Whoever does that too, or
changes the order of the entries within one request, is caught by a copy of the leaves or a root kept
elsewhere, not from inside the database.  That instants rise strictly from one transaction to the next
cannot be seen either, since rows do not name theirs.
"""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

from ledger.proof.verify_rows import Fault, verify_window
from ledger.store.database import Addresses, Connection, connect_as_owner

SPAN: Final = 200_000
"""Positions that one process takes at a time."""
WINDOW: Final = 20_000
"""Positions in memory at a time."""

Progress = Callable[[int, int], None]
"""Told how many positions are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The position the log was verified up to, and the first fault found, if any."""

    head: int
    fault: Fault | None


def verify(
    addresses: Addresses, *, processes: int | None = None, progress: Progress = lambda *_: None
) -> Verdict:
    """Verify the log up to its head as it stands now; it may be appended to meanwhile.

    Works in several processes, as many as there are processors unless told otherwise.  Raises
    psycopg.Error when the database cannot be read.
    """
    with _reading(addresses) as connection:
        head, fault = _head(connection)
    spans = [(first, min(first + SPAN - 1, head)) for first in range(1, head + 1, SPAN)]
    workers = min(processes or os.cpu_count() or 1, len(spans))
    done = 0
    for (first, last), found in zip(spans, _results(addresses, spans, workers), strict=True):
        if found is not None:
            # Later rows may be bad as well, but the head can only speak of what is after them.
            return Verdict(head, found)
        done += last - first + 1
        progress(done, head)
    return Verdict(head, fault)


def _results(
    addresses: Addresses, spans: list[tuple[int, int]], workers: int
) -> Iterator[Fault | None]:
    """The first fault of each span, in order."""
    if workers <= 1:
        yield from (_verify_span(addresses, first, last) for first, last in spans)
        return
    # Spawned, not forked: a fork would share this process's connections.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_ctrl_c)
    try:
        firsts, lasts = zip(*spans, strict=True)
        yield from pool.map(_verify_span, [addresses] * len(spans), firsts, lasts)
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_ctrl_c() -> None:
    """Ctrl-C reaches every process of the terminal; the one that waits for us deals with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _verify_span(addresses: Addresses, first: int, last: int) -> Fault | None:
    with _reading(addresses) as connection:
        for start in range(first, last + 1, WINDOW):
            fault = verify_window(connection, start, min(start + WINDOW - 1, last))
            if fault is not None:
                return fault
    return None


def _head(connection: Connection) -> tuple[int, Fault | None]:
    """The head of the log, and what is wrong with it."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        row = connection.execute("SELECT position, recorded_at FROM log_head").fetchone()
        if row is None:
            return 0, Fault(1, "the head of the log is gone (table log_head has no row)")
        position, recorded_at = row
        # Whatever stands outside 1..head, the nearest first.
        stray = connection.execute(
            "SELECT position FROM ("
            "(SELECT position FROM act WHERE position > %(head)s ORDER BY 1 LIMIT 1) UNION ALL "
            "(SELECT position FROM record WHERE position > %(head)s ORDER BY 1 LIMIT 1) UNION ALL "
            "(SELECT position FROM mark WHERE position > %(head)s ORDER BY 1 LIMIT 1) UNION ALL "
            "(SELECT position FROM act WHERE position < 1 ORDER BY 1 LIMIT 1) UNION ALL "
            "(SELECT position FROM record WHERE position < 1 ORDER BY 1 LIMIT 1) UNION ALL "
            "(SELECT position FROM mark WHERE position < 1 ORDER BY 1 LIMIT 1)"
            ") AS stray ORDER BY position LIMIT 1",
            {"head": position},
        ).fetchone()
        last = connection.execute("SELECT max(recorded_at) FROM act").fetchone()
        unfounded = connection.execute(
            "SELECT place.position FROM roll_place AS place LEFT JOIN record "
            "USING (position, school, pupil) WHERE record.act IS NULL ORDER BY 1 LIMIT 1"
        ).fetchone()
    if stray is not None:
        return position, Fault(
            stray[0], f"the row stands outside the log, which ends at {position}"
        )
    if unfounded is not None:
        return position, Fault(unfounded[0], "no record has left this place on the roll")
    if last is not None and last[0] is not None and last[0] != recorded_at:
        return position, Fault(position, "the head's instant is not that of the last act")
    return position, None


@contextmanager
def _reading(addresses: Addresses) -> Iterator[Connection]:
    """A connection that sees every row, whatever policies stand between the service and them."""
    with connect_as_owner(addresses) as connection:
        connection.execute("SET default_transaction_read_only = on; SET TimeZone = 'UTC'")
        yield connection
