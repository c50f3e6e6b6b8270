"""Rebuilding: all kept histories made from nothing, while appends go on and histories are read from the log."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from os import cpu_count
from threading import Lock
from typing import Final, NamedTuple

from ledger.store.database import Addresses, Connection, connect_as_owner
from projections.kept_histories import making
from projections.kept_histories.making import SchoolYear
from projections.statements import statements

Progress = Callable[[int, int], None]
"""Told how many schools' years are made, and how many there are to be made."""

_SQL: Final = statements("kept_histories/keeping")


class Rebuilt(NamedTuple):
    """What came of a rebuild."""

    years: int
    """Settled years of schools."""
    marks: int
    """Entries and amended entries that they hold."""


def rebuild(addresses: Addresses, progress: Progress = lambda *_: None) -> Rebuilt:
    """Make all kept histories anew.  Raises psycopg.Error; what is not made is read from the log."""
    with _owner(addresses) as connection:
        connection.execute(_SQL["clear"])
        years = making.held(connection)
    return _Making(addresses, years, progress).run()


class _Making:
    """Schools' years, a core each."""

    def __init__(self, addresses: Addresses, years: list[SchoolYear], progress: Progress) -> None:
        self._addresses = addresses
        self._left = deque(years)
        self._total = len(years)
        self._progress = progress
        self._lock = Lock()
        self._done = self._marks = 0

    def run(self) -> Rebuilt:
        """Make them.  Raises psycopg.Error."""
        self._progress(0, self._total)
        workers = max(1, min(self._total, cpu_count() or 1))
        with ThreadPoolExecutor(workers, thread_name_prefix="rebuild") as pool:
            work = [pool.submit(self._work) for _ in range(workers)]
            try:
                wait(work, return_when=FIRST_EXCEPTION)
            finally:
                # Where one fails, or somebody ends it, the others end with what they have under way.
                self._left.clear()
        for one in work:
            one.result()
        return Rebuilt(self._done, self._marks)

    def _work(self) -> None:
        with _owner(self._addresses) as connection:
            while one := self._next():
                marks = making.keep(connection, one)
                with self._lock:
                    self._done += 1
                    self._marks += marks
                    self._progress(self._done, self._total)

    def _next(self) -> SchoolYear | None:
        with suppress(IndexError):
            return self._left.popleft()
        return None


@contextmanager
def _owner(addresses: Addresses) -> Iterator[Connection]:
    with connect_as_owner(addresses) as connection:
        # A school's year is found by its key, however many pages the planner takes it for; what is not
        # flushed is made again.
        connection.execute(
            "SET synchronous_commit = off; SET enable_seqscan = off; SET work_mem = '64MB'"
        )
        yield connection
