"""The writer's books: kept up to date with the log, and no larger than what is asked of them.

A class register asks about its own pupils and about the school.  A morning brings the registers of all
schools in any order, so that to read each school's whole roll would cost many times what the registers do.
The book of a school that is asked for by its registers alone is therefore begun in part (`SchoolBook.known`),
and whoever needs all of it has it read as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate
from struct import Struct
from typing import Final, NamedTuple

from eventsourcing.persistence import StoredEvent

from ledger.admissions.roll import OnRoll
from ledger.book import SchoolBook, Shelf
from ledger.store.mapper import read
from ledger.store.rows import day_of, pieces
from ledger.store.wire import INT4, Wire, array, array_of_integers

TRIMMED_EVERY: Final = 10_000
"""Books and pupils by which the bounds of the shelf may be passed."""

_HEAD: Final = "SELECT position FROM log_head"
_GAINED: Final = """
    SELECT r.school, r.position, r.stream, r.version, r.topic, r.state
    FROM unnest($1::integer[], $2::bigint[]) AS k (school, after)
    JOIN record AS r ON r.school = k.school AND r.position > k.after
    ORDER BY r.position
"""
_OF_SCHOOLS: Final = """
    SELECT r.school, r.position, r.stream, r.version, r.topic, r.state
    FROM unnest($1::integer[], $2::bigint[]) AS k (school, until)
    JOIN record AS r ON r.school = k.school AND r.pupil IS NULL AND r.position <= k.until
    ORDER BY r.position
"""
_OF_PUPILS: Final = """
    SELECT r.school, r.position, r.stream, r.version, r.topic, r.state
    FROM unnest($1::integer[], $2::bigint[], $3::uuid[]) AS k (school, until, pupil)
    JOIN record AS r ON r.pupil = k.pupil AND r.school = k.school AND r.position <= k.until
    ORDER BY r.position
"""
# Of each school the pupils asked about whom its log names, each beside the starting day where a record says no
# more than that the name was plainly entered; infinity beside any other record.  The pupils of all schools come
# in one list, each school's from one place in it to another: asked one by one they took twice as long.
_PLACES: Final = """
    SELECT k.school, found.places
    FROM unnest($1::integer[], $2::bigint[], $4::integer[], $5::integer[])
         AS k (school, until, first, last)
    CROSS JOIN LATERAL (
        SELECT string_agg(
            uuid_send(pupil) || date_send(coalesce(starting_day, 'infinity')), ''::bytea) AS places
        FROM roll_place
        WHERE school = k.school AND pupil = ANY(($3::uuid[])[k.first:k.last])
          AND position <= k.until
    ) AS found
"""
_SAYS_MORE: Final = 2**31 - 1
"""Infinity, as PostgreSQL sends a day."""
_FIRST_VERSION: Final = 1

_ID_BYTES: Final = 16
_EACH_PLACE: Final = Struct(f">{_ID_BYTES}si").iter_unpack


class _Unknown(NamedTuple):
    """Pupils whom a book does not know yet."""

    book: SchoolBook
    pupils: list[str]


class Books:
    """The books at hand, for one writer."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self._grown = 0
        """Books begun and pupils read since the shelf was last trimmed, which has to look at every book."""

    def open(
        self, wire: Wire, whole: AbstractSet[str], partly: Mapping[str, AbstractSet[str]]
    ) -> None:
        """Have the books of these schools at hand, some of them whole, others for these pupils at least.

        They are as the log stood when this was asked, or before; the head need not be held.
        """
        if self._grown >= TRIMMED_EVERY:
            self.shelf.trim()
            self._grown = 0
        for urn in whole:
            if not self.shelf.take(urn).is_whole:
                self.shelf.put(SchoolBook(urn))
                self._grown = TRIMMED_EVERY
        try:
            self._begin(wire, [urn for urn in partly if urn not in self.shelf])
            self._add_pupils(wire, partly)
        except BaseException:
            # A book whose reading was broken off would pass for read.
            self.shelf.discard(partly)
            raise
        self.bring_up_to_date(wire, {urn for urn in whole if not self.shelf.take(urn).position})

    def bring_up_to_date(self, wire: Wire, schools: Iterable[str]) -> None:
        """Fold what the log has gained about these schools into their books."""
        books = [self.shelf.take(urn) for urn in schools]
        if not books:
            return
        positions = array_of_integers("int8", [book.position for book in books])
        self._fold_asked(wire, _GAINED, [_numbers(books), positions])

    def _begin(self, wire: Wire, schools: Sequence[str]) -> None:
        """Begin books with what their schools' logs say of no pupil."""
        if not schools:
            return
        (row,) = wire.ask(_HEAD, [])
        head = _number(row[0])
        self._grown += len(schools)
        books = [SchoolBook(urn, head, known=set()) for urn in schools]
        for book in books:
            self.shelf.put(book)
        until = array_of_integers("int8", [head] * len(books))
        self._fold_asked(wire, _OF_SCHOOLS, [_numbers(books), until])
        for book in books:
            book.position = head

    def _add_pupils(self, wire: Wire, partly: Mapping[str, AbstractSet[str]]) -> None:
        """Read of those pupils whom a book does not know what the log says up to its position."""
        unknown: list[_Unknown] = []
        for urn, pupils in partly.items():
            book = self.shelf.take(urn)
            if book.known is not None and (new := pupils - book.known):
                unknown.append(_Unknown(book, list(new)))
                book.known |= new
                self._grown += len(new)
        if not unknown:
            return
        more = _without_plain(wire, unknown)
        if not more:
            return
        positions = [(book, book.position) for book, _ in more]
        self._fold_asked(wire, _OF_PUPILS, _asked(more))
        for book, position in positions:
            book.position = position

    def _fold_asked(self, wire: Wire, query: str, parameters: list[bytes]) -> None:
        schools: dict[bytes, SchoolBook] = {}
        for school, position, stream, version, topic, state in wire.ask(query, parameters):
            book = schools.get(school)
            if book is None:
                book = schools[school] = self.shelf.take(f"{_number(school):06d}")
            fold(book, _number(position), stream.decode(), _number(version), topic.decode(), state)


def _without_plain(wire: Wire, unknown: Sequence[_Unknown]) -> list[_Unknown]:
    """Put the names plainly entered into their books; the others, whose records have to be read."""
    found = dict(wire.ask(_PLACES, _asked_by_school(unknown)))
    more = []
    for book, pupils in unknown:
        days: dict[bytes, int] = {}
        for number, day in _EACH_PLACE(found[INT4(int(book.urn))] or b""):
            # Who is named by several records is not plainly entered.
            days[number] = _SAYS_MORE if number in days else day
        others = []
        for pupil, number in zip(pupils, _ids(pupils), strict=True):
            day = days.get(number, _SAYS_MORE)
            if day == _SAYS_MORE:
                others.append(pupil)
            else:
                book.roll[pupil] = OnRoll.plainly_entered(_FIRST_VERSION, day_of(day))
        if others:
            more.append(_Unknown(book, others))
    return more


def fold(
    book: SchoolBook, position: int, stream: str, version: int, topic: str, state: bytes
) -> None:
    """Fold the next row of a school into its book, where that is to know of it."""
    _, _, *rest = stream.split("/")
    book.position = position
    if rest and book.known is not None and rest[0] not in book.known:
        return
    book.apply(read(StoredEvent(stream, version, topic, state)), position)


def _asked(unknown: Sequence[_Unknown]) -> list[bytes]:
    """School, position until which its log counts, and pupil, each in a column."""
    schools, until, pupils = [], [], []
    for book, of_book in unknown:
        schools += [int(book.urn)] * len(of_book)
        until += [book.position] * len(of_book)
        pupils += of_book
    return [
        array_of_integers("int4", schools),
        array_of_integers("int8", until),
        array("uuid", _ids(pupils)),
    ]


def _asked_by_school(unknown: Sequence[_Unknown]) -> list[bytes]:
    """School and position until which its log counts; all pupils; from which to which are the school's."""
    last = list(accumulate(len(of_book) for _, of_book in unknown))
    return [
        _numbers([book for book, _ in unknown]),
        array_of_integers("int8", [book.position for book, _ in unknown]),
        array("uuid", _ids([pupil for _, of_book in unknown for pupil in of_book])),
        array_of_integers("int4", [1, *(number + 1 for number in last[:-1])]),
        array_of_integers("int4", last),
    ]


def _ids(pupils: Sequence[str]) -> list[bytes]:
    """The pupils' ids in the binary format: of all at once, since a morning asks about the whole country."""
    return pieces(bytes.fromhex("".join(pupils).replace("-", "")), _ID_BYTES)


def _numbers(books: Sequence[SchoolBook]) -> bytes:
    return array_of_integers("int4", [int(book.urn) for book in books])


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)
