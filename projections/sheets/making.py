"""Making: the sheets of an academic year, put together in memory from the log, read page by page.

The log answers a row for each sheet and revision that some of its pages hold: the pupils, one behind the
other, and their codes in the same order.  Registers name a class in the same order day after day, so a
class is recognised as a whole and its codes are laid in as they came, without a look at each.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple
from uuid import UUID

_ID: Final = 16
"""Bytes of a pupil's id."""
RUN_MIN: Final = 4
"""Pupils who follow each other and are worth being recognised."""


class Entered(NamedTuple):
    """What some pages of the log hold for one sheet, of one revision."""

    school: int
    day: date
    half: int
    revision: int
    pupils: bytes
    """Their ids, 16 bytes each."""
    listed: str
    """Codes in the same order, with commas between them."""


class Numbers:
    """The numbers that stand for codes."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        """`numbers` from 1 to 255, by code."""
        self._numbers = dict(numbers)
        short = {code: n for code, n in numbers.items() if len(code) == 1 and code.isascii()}
        self._short = bytes(short.get(chr(byte), 0) for byte in range(256))

    def of(self, listed: str) -> bytes:
        """The number of each code, a byte each.  Raises KeyError for a code that has none."""
        text = listed.encode()
        if 2 * text[1::2].count(b",") == len(text) - 1:
            # Every other character is a comma, so that each code is one character.
            found = text[::2].translate(self._short)
            if 0 not in found:
                return found
        return bytes(self._numbers[code] for code in listed.split(","))


class _Places(dict[bytes, int]):
    """By pupil: whoever is asked about for the first time gets the next place."""

    def __missing__(self, pupil: bytes) -> int:
        place = self[pupil] = len(self)
        return place


class _Book:
    """The pupils of a school and year, and which of them follow each other in registers."""

    def __init__(self) -> None:
        self.places = _Places()
        self._ids = b""
        """In the order of places."""
        self._runs: dict[int, int] = {}
        """By place: how many pupils followed each other from there when last looked at, if not few."""

    def enter(self, sheet: bytearray, pupils: bytes, codes: bytes) -> None:
        """Have codes stand for these pupils in a sheet."""
        at = 0
        while at < len(codes):
            place = self.places[pupils[_ID * at : _ID * (at + 1)]]
            upto = min(at + self._runs.get(place, 0), len(codes))
            if at == upto or not self._ids.startswith(pupils[_ID * at : _ID * upto], _ID * place):
                self._enter_each(sheet, pupils[_ID * at :], codes[at:])
                return
            if len(sheet) < place:
                sheet.extend(bytes(place - len(sheet)))
            sheet[place : place + upto - at] = codes[at:upto]
            at = upto

    def amend(self, sheet: bytearray, pupils: bytes, codes: bytes) -> None:
        """The same of a few pupils who are in no order: nobody is looked for who follows another."""
        for at, code in enumerate(codes):
            place = self.places[pupils[_ID * at : _ID * (at + 1)]]
            if place >= len(sheet):
                sheet.extend(bytes(place + 1 - len(sheet)))
            sheet[place] = code

    def _enter_each(self, sheet: bytearray, pupils: bytes, codes: bytes) -> None:
        """The same, each pupil looked up, and who follows whom looked at."""
        ids = [pupils[at : at + _ID] for at in range(0, len(pupils), _ID)]
        places = list(map(self.places.__getitem__, ids))
        if len(self._ids) < _ID * len(self.places):
            self._ids = b"".join(self.places)
        if len(sheet) < len(self.places):
            sheet.extend(bytes(len(self.places) - len(sheet)))
        for place, code in zip(places, codes, strict=True):
            sheet[place] = code
        breaks = [at for at, (one, other) in enumerate(pairwise(places), 1) if other != one + 1]
        for first, last in pairwise([0, *breaks, len(places)]):
            if last - first >= RUN_MIN:
                self._runs[places[first]] = last - first


class Shelf:
    """The sheets of an academic year, of some schools."""

    def __init__(self, year: int, numbers: Numbers) -> None:
        """Nothing stands on it."""
        self.year = year
        self.marks = 0
        """Entries and amended entries."""
        self.books = 0
        """Schools, once it is finished."""
        self._numbers = numbers
        self._books: dict[int, _Book] = {}
        self._sheets: dict[tuple[int, date, int], bytearray] = {}
        self._amended: list[Entered] = []

    def add(self, found: Iterable[Entered]) -> None:
        """Put in what some pages hold, in any order of pages."""
        for one in found:
            if one.revision:
                # Pages are not in the order of the log: an original entry may come yet.
                self._amended.append(one)
            else:
                self._put(one, _Book.enter)

    def finish(self) -> None:
        """Have amended entries stand: nothing is added afterwards."""
        for one in sorted(self._amended, key=attrgetter("revision")):
            self._put(one, _Book.amend)
        self.books = len(self._books)

    def clear(self) -> None:
        """Take everything off again; how much there was is still known."""
        self._books.clear()
        self._sheets.clear()
        self._amended.clear()

    def places(self) -> Iterator[tuple[int, UUID, int]]:
        """School, pupil and place."""
        for school, book in self._books.items():
            for pupil, place in book.places.items():
                yield school, UUID(bytes=pupil), place

    def sheets(self) -> Iterator[tuple[int, date, int, bytearray]]:
        """School, day, half, and the codes that stand."""
        for key, sheet in self._sheets.items():
            yield *key, sheet

    def _put(self, one: Entered, put: Callable[[_Book, bytearray, bytes, bytes], None]) -> None:
        book = self._books.setdefault(one.school, _Book())
        sheet = self._sheets.setdefault((one.school, one.day, one.half), bytearray())
        codes = self._numbers.of(one.listed)
        self.marks += len(codes)
        put(book, sheet, one.pupils, codes)
