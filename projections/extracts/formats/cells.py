"""Cells as text: how a column of each kind is written in CSV and in JSON."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final, NamedTuple

from ledger.requests import instant
from projections.extracts.extract import Column, Kind

REMEMBERED_MAX: Final = 50_000
"""Values of a column kept with their text: those of pupils, days and people come again and again."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run as a formula."""
GUARD: Final = "apostrophe-before-formula"
"""What is done about it, as it is told in the header CSV-Text and in the statement of a file."""

_QUOTED: Final = (",", '"', "\r", "\n")


class Cells(NamedTuple):
    """How a column is written."""

    one: Callable[[Any], str]
    """A cell of it."""
    column: Callable[[Sequence[Any]], Iterable[str]]
    """A whole column."""


def guarded(text: str) -> str:
    """A free text with an apostrophe before it where a spreadsheet would run it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def quoted(text: str) -> str:
    """A text as a field of CSV (RFC 4180)."""
    if any(sign in text for sign in _QUOTED):
        return '"' + text.replace('"', '""') + '"'
    return text


def in_csv(column: Column) -> Cells:
    """How a column is written in CSV: None is blank, free text is guarded, codes stand as they are."""
    return _written(_CSV[column.kind], column.kind, none="")


def in_json(column: Column) -> Cells:
    """How a column is written in JSON."""
    return _written(_JSON[column.kind], column.kind, none="null")


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


def _written(make: Callable[[Any], str], kind: Kind, none: str) -> Cells:
    def one(value: Any) -> str:
        return none if value is None else make(value)

    if kind == "integer":
        return Cells(one, partial(_integers, one))
    if kind == "number":
        # Hardly two are alike.
        return Cells(one, partial(map, one))
    find = _Remembered(one).__getitem__
    return Cells(find, partial(map, find))


def _integers(one: Callable[[Any], str], column: Sequence[Any]) -> Iterable[str]:
    try:
        # Hardly two are alike, and there is nothing to ask of a column of integers.
        return list(map(int.__repr__, column))
    except TypeError:
        return map(one, column)


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
