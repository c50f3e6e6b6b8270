"""Reading: a school's sheets as they stood at any position near the one they were followed to.

What the log gained between the two positions is put over the sheets, or taken back from them: an
amended entry names the code that it replaces, and before an original entry there was none.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from ledger.schools.calendar import Span, academic_year, span_of_year
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.statements import fetch, statements

CHANGES_MAX: Final = 20_000
"""Positions between the sheets and the place in the log beyond which the log itself is read."""
YEARS: Final = range(2005, 2045)
"""The academic years that the register has room for."""

_SQL: Final = statements("sheets/reading")


@dataclass(slots=True)
class Book:
    """A school's sheets of one academic year, or of some of its days."""

    pupils: list[str]
    """By place."""
    sheets: dict[tuple[date, int], bytes]
    """By day and half, in order: at each pupil's place the number of the code that stands, or 0."""
    _places: dict[str, int] = field(default_factory=dict)

    def put(self, day: date, half: int, pupil: str, number: int) -> None:
        """Have a code stand; number 0 takes the entry away."""
        if not self._places:
            self._places = {known: place for place, known in enumerate(self.pupils)}
        place = self._places.setdefault(pupil, len(self.pupils))
        if place == len(self.pupils):
            self.pupils.append(pupil)
        sheet = bytearray(self.sheets.get((day, half), b""))
        sheet.extend(bytes(max(0, place + 1 - len(sheet))))
        sheet[place] = number
        self.sheets[day, half] = bytes(sheet)


@dataclass(frozen=True, slots=True)
class Sheets:
    """Sheets of a school, and the codes that their numbers stand for."""

    codes: Mapping[int, str]
    books: list[Book]

    def entries(self) -> Iterator[tuple[date, int, dict[str, str]]]:
        """By day and half the code of each pupil who has an entry; sessions without any are left out."""
        for book in self.books:
            for (day, half), sheet in sorted(book.sheets.items()):
                named = zip(book.pupils, sheet, strict=False)
                codes = {pupil: self.codes[number] for pupil, number in named if number}
                if codes:
                    yield day, half, codes

    def pupils_with(self, codes: Collection[str]) -> set[str]:
        """The pupils of whom an entry with one of these codes stands."""
        wanted = bytes(number for number, code in self.codes.items() if code in codes)
        return {
            pupil
            for book in self.books
            for sheet in book.sheets.values()
            if any(number in sheet for number in wanted)
            for pupil, number in zip(book.pupils, sheet, strict=False)
            if number in wanted
        }


def read(
    connection: Connection, urn: str, days: Span, at: AsOf, changes_max: int | None = None
) -> Sheets | None:
    """The sheets of these days as they stood; None where they are too far from that position.

    `changes_max` is CHANGES_MAX where it is not given.
    """
    [(build, position)] = fetch(connection, _SQL["head"], {})
    if abs(at.position - position) > (CHANGES_MAX if changes_max is None else changes_max):
        return None
    numbers = {code: number for number, code in fetch(connection, _SQL["codes"], {})}
    asked = {"build": build, "school": int(urn), "after": position, "upto": at.position}
    books = {span: _book(connection, asked, span, days) for span in _years(days)}
    backwards = at.position < position
    if backwards:
        asked |= {"after": at.position, "upto": position}
    if at.position != position:
        changes = fetch(connection, _SQL["changes"], asked | _ends(days))
        for day, half, pupil, code, replaced in reversed(changes) if backwards else changes:
            standing = replaced if backwards else code
            number = 0 if standing is None else numbers.setdefault(standing, len(numbers) + 1)
            book = next(one for span, one in books.items() if span.first <= day <= span.last)
            book.put(day, half, pupil, number)
    return Sheets({number: code for code, number in numbers.items()}, list(books.values()))


def _book(connection: Connection, asked: Mapping[str, Any], year: Span, days: Span) -> Book:
    of_year = {**asked, "year": academic_year(year.first)}
    span = Span(max(year.first, days.first), min(year.last, days.last))
    sheets = fetch(connection, _SQL["sheets"], {**asked, **_ends(span)})
    places = fetch(connection, _SQL["places"], of_year)
    return Book([pupil for (pupil,) in places], {(day, half): codes for day, half, codes in sheets})


def _years(days: Span) -> list[Span]:
    """The academic years of some days, of those for which there are registers at all."""
    first, last = academic_year(days.first), academic_year(days.last)
    return [span_of_year(year) for year in YEARS if first <= year <= last]


def _ends(span: Span) -> dict[str, date]:
    return {"first": span.first, "last": span.last}
