"""The canonical form of what a view answers: for each row one line of JSON, always the same bytes.

A line is an object in UTF-8, its keys sorted by code point, without spaces, what is not there (null)
left out.  Values are texts, whole numbers, true and false, lists and objects; days are `YYYY-MM-DD` and
instants UTC with microseconds and `Z`.  Fractions have no canonical form and are refused: whatever has
them (percentages) follows from whole numbers that are there.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, Final

from ledger.requests import instant

_write: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


class NoCanonicalFormError(TypeError):
    """A value of a kind that has no canonical form."""


def line(row: Any) -> bytes:
    """A row as its line, without the line's end.  Raises NoCanonicalFormError."""
    return _write(plain(row)).encode()


def plain(value: Any) -> Any:
    """A value as what JSON knows.  Raises NoCanonicalFormError."""
    kind = type(value)
    # Nearly every value is one of these.
    if kind is str or kind is int or kind is bool or value is None:
        return value
    known = _KINDS.get(kind)
    if known is not None:
        return known(value)
    if hasattr(value, "_asdict"):
        return _object(value._asdict())
    if is_dataclass(value):
        return _object({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, str):
        return str(value)
    raise NoCanonicalFormError(f"{kind.__name__} has no canonical form")


def _object(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in members.items() if value is not None}


def _list(values: Any) -> list[Any]:
    return [plain(value) for value in values]


_KINDS: Final[Mapping[type, Callable[[Any], Any]]] = {
    date: date.isoformat,
    datetime: instant,
    dict: _object,
    list: _list,
    tuple: _list,
}
