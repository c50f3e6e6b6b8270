"""Cells as text: how a column of each kind is written in CSV and in JSON."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from ledger.requests import instant
from projections.extracts.extract import Column, Kind

Cells = Callable[[Sequence[Any]], Iterable[str]]
"""A whole column as text."""

REMEMBERED_MAX: Final = 50_000
"""Values of a column kept with their text: those of pupils, days and people come again and again."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run as a formula."""
GUARD: Final = "apostrophe-before-formula"
"""What is done about it, as it is told in the header CSV-Text and in the statement of a file."""

_QUOTED: Final = (",", '"', "\r", "\n")


def guarded(text: str) -> str:
    """A free text with an apostrophe before it where a spreadsheet would run it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def quoted(text: str) -> str:
    """A text as a field of CSV (RFC 4180)."""
    if any(sign in text for sign in _QUOTED):
        return '"' + text.replace('"', '""') + '"'
    return text


def in_csv(column: Column, lead: str = "") -> Cells:
    """How a column is written in CSV: None is blank, free text is guarded, codes stand as they are.

    `lead` is written before each cell.
    """
    return _written(_CSV[column.kind], column.kind, lead, none="")


def in_json(column: Column, lead: str = "") -> Cells:
    """How a column is written in JSON; `lead` is written before each cell."""
    return _written(_JSON[column.kind], column.kind, lead, none="null")


class _Remembered(dict[Any, str]):
    """Values with their text, which is made when a value is met for the first time."""

    def __init__(self, make: Callable[[Any], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: Any) -> str:
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        made = self[value] = self._make(value)
        return made


def _written(make: Callable[[Any], str], kind: Kind, lead: str, none: str) -> Cells:
    blank = lead + none
    if kind in ("integer", "number"):
        # Hardly two are alike.
        return lambda column: [blank if value is None else lead + make(value) for value in column]
    find = _Remembered(lambda value: blank if value is None else lead + make(value)).__getitem__
    return lambda column: map(find, column)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _day(value: date) -> str:
    return value.isoformat()


def _text(value: Any) -> str:
    return json.dumps(str(value), ensure_ascii=False)


def _moment(value: datetime) -> str:
    return f'"{instant(value)}"'


_CSV: Final[dict[Kind, Callable[[Any], str]]] = {
    "text": lambda value: quoted(guarded(str(value))),
    "code": lambda value: quoted(str(value)),
    "integer": str,
    "number": repr,
    "date": _day,
    "instant": instant,
    "flag": _flag,
}
_JSON: Final[dict[Kind, Callable[[Any], str]]] = {
    "text": _text,
    "code": _text,
    "integer": str,
    "number": repr,
    "date": lambda value: f'"{value.isoformat()}"',
    "instant": _moment,
    "flag": _flag,
}
