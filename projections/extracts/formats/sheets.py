"""XLSX: identifiers and codes as text, numbers as numbers, days as days, and no formula anywhere.

The same rows make the same bytes: the workbook is dated by the place in the log, not by the clock.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from xlsxwriter import Workbook

from ledger.requests import instant
from projections.extracts.extract import Block, Column
from projections.extracts.head import Head

ROWS_MAX: Final = 1_048_575
"""Rows of a sheet below its header; those beyond it go on in a further sheet."""

_IN_MEMORY_BYTES_MAX: Final = 4 * 2**20
_READ_BYTES: Final = 2**18
_WIDTH: Final = 16
# What came before is not a day to every spreadsheet program.
_FIRST_DAY: Final = date(1900, 3, 1)
_NO_GUESSING: Final = {
    "constant_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}
_Write = Callable[[Any, int, int, Any], Any]


def xlsx(head: Head, blocks: Iterable[Block]) -> Iterator[bytes]:
    """The rows as a workbook; its last sheet says what they are made from."""
    with SpooledTemporaryFile(_IN_MEMORY_BYTES_MAX) as file:
        with Workbook(file, _NO_GUESSING) as book:
            made = head.as_of.astimezone(UTC).replace(microsecond=0, tzinfo=None)
            book.set_properties({"title": head.extract.title, "created": made})
            _fill(book, head.extract.columns, blocks)
            _describe(book, head)
        yield from read_back(file)


def read_back(file: IO[bytes]) -> Iterator[bytes]:
    """What was written to a file, piece by piece."""
    file.seek(0)
    while piece := file.read(_READ_BYTES):
        yield piece


def _fill(book: Workbook, columns: Sequence[Column], blocks: Iterable[Block]) -> None:
    writers = list(enumerate(_writers(book, columns)))
    sheets = 1
    sheet = _sheet(book, "Rows", columns)
    line = 0
    for block in blocks:
        for row in zip(*block, strict=True):
            if line == ROWS_MAX:
                sheets, line = sheets + 1, 0
                sheet = _sheet(book, f"Rows {sheets}", columns)
            line += 1
            for number, write in writers:
                value = row[number]
                if value is not None:
                    write(sheet, line, number, value)


def _sheet(book: Workbook, name: str, columns: Sequence[Column]) -> Any:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, _WIDTH)
    bold = book.add_format({"bold": True})
    for number, column in enumerate(columns):
        sheet.write_string(0, number, column.name, bold)
    return sheet


def _writers(book: Workbook, columns: Sequence[Column]) -> list[_Write]:
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})

    def write_text(sheet: Any, line: int, number: int, value: Any) -> None:
        sheet.write_string(line, number, str(value), text)

    def write_number(sheet: Any, line: int, number: int, value: Any) -> None:
        sheet.write_number(line, number, value)

    def write_day(sheet: Any, line: int, number: int, value: date) -> None:
        if value < _FIRST_DAY:
            sheet.write_string(line, number, value.isoformat(), text)
        else:
            sheet.write_datetime(line, number, value, day)

    def write_instant(sheet: Any, line: int, number: int, value: Any) -> None:
        sheet.write_string(line, number, instant(value), text)

    def write_flag(sheet: Any, line: int, number: int, value: Any) -> None:
        # LibreOffice takes a cell of true or false for the formula TRUE() or FALSE().
        sheet.write_string(line, number, "true" if value else "false", text)

    by_kind: dict[str, _Write] = {
        "text": write_text,
        "code": write_text,
        "integer": write_number,
        "number": write_number,
        "date": write_day,
        "instant": write_instant,
        "flag": write_flag,
    }
    return [by_kind[column.kind] for column in columns]


def _describe(book: Workbook, head: Head) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 1, 2 * _WIDTH)
    for line, (name, value) in enumerate(head.members().items()):
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, ", ".join(value) if isinstance(value, list) else str(value))
