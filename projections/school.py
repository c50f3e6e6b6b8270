"""A school's book as it stood: its days, its roll with dated particulars, its leave.

Sealed particulars stay sealed.  Folding the book of a large school takes longer than most questions
asked of it, so the books last used are kept, each under the leaf of its last event: leaves are salted
hashes over an append-only log, so the same leaf always has the same past.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from ledger import events
from ledger.admissions.admission import NameDeleted, NameEntered, ParticularsAmended
from ledger.base import Event
from ledger.book import SchoolBook
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.places import Place, Places
from projections.statements import statements
from projections.stored import parsed

BOOKS_MAX: Final = 128
"""Books one process keeps for its readers: 2.5 MB for 1,500 pupils, in proportion for others."""

_SQL: Final = statements("school")


@dataclass(slots=True)
class Book(SchoolBook):
    """What is known of one school at one position of the log, with dated groups of its pupils."""

    places: Places = field(default_factory=dict)

    def apply(self, event: Event, position: int) -> None:
        """Fold the next event of this school into the book."""
        SchoolBook.apply(self, event, position)
        if isinstance(event, NameEntered | ParticularsAmended | NameDeleted):
            pupil = event.originator_id.rpartition("/")[2]
            place = self.places.get(pupil)
            if place is None:
                place = self.places[pupil] = Place(pupil, self.roll[pupil])
            place.apply(event)


class _Shelf:
    """The books last used, for all readers of this process."""

    def __init__(self) -> None:
        self._books: OrderedDict[tuple[str, bytes], Book] = OrderedDict()
        self._lock = Lock()

    def find(self, key: tuple[str, bytes]) -> Book | None:
        with self._lock:
            book = self._books.get(key)
            if book is not None:
                self._books.move_to_end(key)
            return book

    def put(self, key: tuple[str, bytes], book: Book) -> None:
        with self._lock:
            self._books[key] = book
            while len(self._books) > BOOKS_MAX:
                self._books.popitem(last=False)


_SHELF: Final = _Shelf()


def load(connection: Connection, urn: str, at: AsOf) -> Book:
    """The book of a school as it stood; an empty one for a school that was not described then.

    `book.school.descriptions` is empty for such a school.  Treat what is answered as read-only.
    """
    upto = {"school": int(urn), "position": at.position}
    last = connection.execute(_SQL["last_leaf"], upto).fetchone()
    if last is None:
        return Book(urn)
    book = _SHELF.find((urn, last[0]))
    if book is None:
        book = Book(urn)
        rows = connection.execute(_SQL["records"], upto).fetchall()
        for position, stream, version, topic, state in rows:
            book.apply(events.read(stream, version, topic, parsed(state)), position)
        _SHELF.put((urn, last[0]), book)
    return book
