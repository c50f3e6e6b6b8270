"""Rebuilding: the sheets made from nothing, set-based, beside those that are read, while appends go on.

Each school and year is one statement.  What the log gained meanwhile is followed, and the last of it
taken in while the head of the sheets is held; then the new build is read, and the old one removed.
Readers have one unmoving view of the database, so each of them sees one build whole.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import cpu_count
from typing import Any, Final, NamedTuple

from ledger.schools.calendar import span_of_year
from ledger.store.database import Addresses, Connection, connect_as_owner
from projections.sheets.following import POSITIONS_AT_ONCE, number_codes, stand_at, take_in
from projections.sheets.reading import YEARS
from projections.statements import fetch, statements

PUPILS_MAX: Final = 20_000
"""Places of one sheet that may have no entry before one that has."""
_LOCK: Final = 0x736865657473  # "sheets": any number that nobody else takes
_SQL: Final = statements("sheets/keeping")

Progress = Callable[[int, int], None]
"""Told how many sheet books (a school's year) are made, and how many there are."""


class RebuildingError(Exception):
    """The sheets are being rebuilt by somebody else."""


class Rebuilt(NamedTuple):
    """What came of a rebuild."""

    position: int
    """Where the sheets stood when they were put in place."""
    books: int
    """Schools' years."""


class _Book(NamedTuple):
    """One school's sheets of one academic year."""

    school: int
    year: int


def rebuild(
    addresses: Addresses, codes: Sequence[str], progress: Progress = lambda *_: None
) -> Rebuilt:
    """Make all sheets anew and put them in the place of those that are read.

    `codes` are numbered first: all that the log may hold.  Raises RebuildingError while another rebuild
    is under way, and psycopg.Error; then the sheets that are read stay as they were.
    """
    with _owner(addresses) as connection:
        ((alone,),) = fetch(connection, _SQL["one_rebuild"], {"number": _LOCK})
        if not alone:
            raise RebuildingError
        _clear(connection)
        with connection.transaction():
            # No follower numbers one meanwhile.
            fetch(connection, _SQL["hold"], {})
            number_codes(connection, codes)
        ((build,),) = fetch(connection, _SQL["next_build"], {})
        ((position,),) = fetch(connection, _SQL["log_head"], {})
        books = [_Book(school, year) for year in YEARS for school in _schools(connection, year)]
        _make(addresses, books, {"build": build, "position": position}, progress)
        reached = _put_in_place(connection, build, position)
        _clear(connection)
    return Rebuilt(reached, len(books))


def _make(
    addresses: Addresses, books: Sequence[_Book], of: dict[str, Any], progress: Progress
) -> None:
    """The sheets of these books as of a position, a core each."""
    progress(0, len(books))
    workers = max(1, min(len(books), cpu_count() or 1))
    shares = [books[number::workers] for number in range(workers)]
    done = iter(range(1, len(books) + 1))

    def make(share: Sequence[_Book]) -> None:
        with _owner(addresses) as connection:
            for book in share:
                _make_book(connection, book, of)
                progress(next(done), len(books))

    with ThreadPoolExecutor(workers, thread_name_prefix="rebuild") as pool:
        list(pool.map(make, shares))


def _make_book(connection: Connection, book: _Book, of: dict[str, Any]) -> None:
    span = span_of_year(book.year)
    asked = {**of, **book._asdict(), "first": span.first, "last": span.last}
    with connection.transaction():
        connection.execute(_SQL["build_places"], asked, prepare=False)
        zeros = {"zeros": bytes(PUPILS_MAX)}
        connection.execute(_SQL["build_sheets"], asked | zeros, prepare=False)


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


def _schools(connection: Connection, year: int) -> list[int]:
    span = span_of_year(year)
    asked = {"first": span.first, "last": span.last}
    return [school for (school,) in fetch(connection, _SQL["schools"], asked)]


def _clear(connection: Connection) -> None:
    """Remove every build but the one that is read."""
    connection.execute(_SQL["clear_sheets"])
    connection.execute(_SQL["clear_places"])


@contextmanager
def _owner(addresses: Addresses) -> Iterator[Connection]:
    with connect_as_owner(addresses) as connection:
        # A school's year is sorted in memory, its marks read in one go and their places found there, which
        # the planner would not do by itself; and what is not flushed is made again.
        connection.execute(
            "SET work_mem = '256MB'; SET enable_nestloop = off; SET synchronous_commit = off"
        )
        yield connection
