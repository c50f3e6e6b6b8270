"""Rebuilding: the sheets made from nothing, set-based, beside those that are read, while appends go on.

The log is read page by page in the order of the disk, so that its size and not its order decides how long
that takes: some thousands of pages a statement, which answers a row a sheet, a connection a core.  What
the log gained meanwhile is followed, and the last of it taken in while the head of the sheets is held; then
the new build is read, and the old one removed.  Readers have one unmoving view of the database, so each of
them sees one build whole.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import ceil
from os import cpu_count
from threading import Lock
from typing import Any, Final, Literal, NamedTuple

from ledger.schools.calendar import span_of_year
from ledger.store.database import Addresses, Connection, connect_as_owner
from projections.sheets.following import POSITIONS_AT_ONCE, number_codes, stand_at, take_in
from projections.sheets.making import Entered, Numbers, Shelf
from projections.sheets.reading import YEARS
from projections.statements import fetch, statements

PAGES_AT_ONCE: Final = 4_096
"""Pages of the log (8 KiB each) that one statement reads: some 200,000 marks."""
PAGES_OF_SHELF: Final = 2_000_000
"""Pages of a year whose sheets are made in one pass, which holds them in memory: some 100 million marks, two
to three bytes each.  A year with more is read once for each so many, for some of the schools each time."""
_PLACES: Final = ("int4", "int4", "int2", "uuid", "int4")
_SHEETS: Final = ("int4", "int4", "date", "int2", "bytea")
"""Types of the columns that are copied."""
_LOCK: Final = 0x736865657473  # "sheets": any number that nobody else takes
_SQL: Final = statements("sheets/keeping")

# A year is too much for a planner that has never seen one: what is read by page is read so and gathered in
# memory, and what is followed is asked for by key, as any follower asks.
_BY_PAGE: Final = (
    "SET work_mem = '256MB'; SET max_parallel_workers_per_gather = 0; SET enable_sort = off;"
    "SET enable_indexscan = off; SET enable_bitmapscan = off"
)
_BY_KEY: Final = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"

Progress = Callable[[int, int], None]
"""Told how many pages of the log are read, and how many there are to be read."""


class RebuildingError(Exception):
    """The sheets are being rebuilt by somebody else."""


class Rebuilt(NamedTuple):
    """What came of a rebuild."""

    position: int
    """Where the sheets stood when they were put in place."""
    books: int
    """Schools' years."""
    marks: int
    """Entries and amended entries that the sheets were made of, without what was followed afterwards."""


@dataclass(slots=True)
class _Pass:
    """A year's pages, read for the sheets of some schools."""

    shelf: Shelf
    schools: tuple[int, int] | None
    """From and to; None for all."""
    pages: int
    left: int
    """Pages that are not read yet."""
    lock: Lock = field(default_factory=Lock)


class _Part(NamedTuple):
    """What one statement reads."""

    of: _Pass
    first: int
    end: int


def rebuild(
    addresses: Addresses, codes: Sequence[str], progress: Progress = lambda *_: None
) -> Rebuilt:
    """Make all sheets anew and put them in the place of those that are read.

    `codes` are numbered first: all that the log may hold.  Raises RebuildingError while another rebuild
    is under way, and psycopg.Error; then the sheets that are read stay as they were.
    """
    with _owner(addresses, _BY_KEY) as connection:
        ((alone,),) = fetch(connection, _SQL["one_rebuild"], {"number": _LOCK})
        if not alone:
            raise RebuildingError
        _clear(connection, "begun")
        with connection.transaction():
            # No follower numbers one meanwhile.
            fetch(connection, _SQL["hold"], {})
            number_codes(connection, codes)
        ((number,),) = fetch(connection, _SQL["next_build"], {})
        position = _head(connection)
        with connection.transaction():
            # To have looked into the tables keeps them as they are to the end of the transaction: nothing
            # that would move rows to other pages comes in between.  The largest comes first: the last is
            # kept when there is nothing left to be read beside that.
            passes = list(_laid_out(connection))
            _Making(addresses, {"build": number, "position": position}, passes, progress).run()
        reached = _put_in_place(connection, number, position)
        _clear(connection, "others")
    shelves = [one.shelf for one in passes]
    return Rebuilt(reached, sum(one.books for one in shelves), sum(one.marks for one in shelves))


def _laid_out(connection: Connection) -> Iterator[_Pass]:
    """The passes in which all sheets are made, those of the largest year first."""
    numbers = Numbers(dict(fetch(connection, _SQL["codes"], {})))
    for year, pages in fetch(connection, _SQL["pages"], {"years": list(YEARS)}):
        span = span_of_year(year)
        asked = {"first": span.first, "last": span.last}
        schools = [school for (school,) in fetch(connection, _SQL["schools"], asked)]
        if not schools:
            continue  # What was rolled back leaves pages.
        together = ceil(len(schools) / ceil(pages / PAGES_OF_SHELF))
        for start in range(0, len(schools), together):
            some = schools[start : start + together]
            bounds = None if some == schools else (some[0], some[-1])
            yield _Pass(Shelf(year, numbers), bounds, pages, pages)


class _Making:
    """The sheets of a build as of a position, a core each."""

    def __init__(
        self,
        addresses: Addresses,
        of: Mapping[str, int],
        passes: Sequence[_Pass],
        progress: Progress,
    ) -> None:
        self._addresses = addresses
        self._of = of
        self._parts = deque(
            _Part(one, first, min(first + PAGES_AT_ONCE, one.pages))
            for one in passes
            for first in range(0, one.pages, PAGES_AT_ONCE)
        )
        self._progress = progress
        self._lock = Lock()
        self._done = 0
        self._total = sum(one.pages for one in passes)

    def run(self) -> None:
        """Make them.  Raises psycopg.Error."""
        self._progress(0, self._total)
        workers = max(1, min(len(self._parts), cpu_count() or 1))
        with ThreadPoolExecutor(workers, thread_name_prefix="rebuild") as pool:
            work = [pool.submit(self._work) for _ in range(workers)]
            try:
                wait(work, return_when=FIRST_EXCEPTION)
            finally:
                # Where one fails, or somebody ends it, the others end with what they have under way.
                self._parts.clear()
        for one in work:
            one.result()

    def _work(self) -> None:
        with _owner(self._addresses, _BY_PAGE) as connection:
            while part := self._next():
                found = self._read(connection, part)
                one = part.of
                with one.lock:
                    one.shelf.add(found)
                    one.left -= part.end - part.first
                    is_whole = not one.left
                if is_whole:
                    self._keep(connection, one.shelf)
                self._tell(part.end - part.first)

    def _next(self) -> _Part | None:
        with suppress(IndexError):
            return self._parts.popleft()
        return None

    def _read(self, connection: Connection, part: _Part) -> Iterator[Entered]:
        span = span_of_year(part.of.shelf.year)
        first_school, last_school = part.of.schools or (0, 0)
        asked = {
            **self._of,
            "first": span.first,
            "last": span.last,
            "all_schools": part.of.schools is None,
            "first_school": first_school,
            "last_school": last_school,
            "begin": f"({part.first},0)",
            "end": f"({part.end},0)",
        }
        # Ids as they are, and not as text.
        found = connection.execute(_SQL["entered"], asked, prepare=False, binary=True).fetchall()
        return map(Entered._make, found)

    def _keep(self, connection: Connection, shelf: Shelf) -> None:
        shelf.finish()
        build, year = self._of["build"], shelf.year
        places = ((build, school, year, pupil, place) for school, pupil, place in shelf.places())
        sheets = ((build, *sheet) for sheet in shelf.sheets())
        with connection.transaction():
            _copy(connection, "copy_places", _PLACES, places)
            _copy(connection, "copy_sheets", _SHEETS, sheets)
        shelf.clear()

    def _tell(self, pages: int) -> None:
        with self._lock:
            self._done += pages
            self._progress(self._done, self._total)


def _copy(
    connection: Connection, name: str, types: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    with connection.cursor() as cursor, cursor.copy(_SQL[name]) as copying:
        copying.set_types(types)
        for row in rows:
            copying.write_row(row)


def _put_in_place(connection: Connection, build: int, position: int) -> int:
    """Follow the log up to its head, then have the new build read; the position it stands at."""
    while (head := _head(connection)) - position > POSITIONS_AT_ONCE:
        with connection.transaction():
            take_in(connection, build, position, position + POSITIONS_AT_ONCE)
        position += POSITIONS_AT_ONCE
    with connection.transaction():
        fetch(connection, _SQL["hold"], {})
        head = _head(connection)
        take_in(connection, build, position, head)
        stand_at(connection, build, head)
    return head


def _head(connection: Connection) -> int:
    ((head,),) = fetch(connection, _SQL["log_head"], {})
    return int(head)


def _clear(connection: Connection, which: Literal["begun", "others"]) -> None:
    """Remove the builds that were begun and never read, or all but the one that is read."""
    connection.execute(_SQL[f"clear_sheets_{which}"])
    connection.execute(_SQL[f"clear_places_{which}"])


@contextmanager
def _owner(addresses: Addresses, settings: str) -> Iterator[Connection]:
    with connect_as_owner(addresses) as connection:
        # What is not flushed is made again.
        connection.execute(f"SET synchronous_commit = off; {settings}")
        yield connection
