"""The events of a history as rows: as the contract has them, and flat for a table."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic_core import to_json

from ledger.requests import instant
from projections.history_events import HistoryEvent, PlainEntry, Told, Written
from projections.history_texts import Writer

COLUMNS: Final = (
    *("position", "type", "recorded_at", "school", "by.name", "by.position", "client", "rules"),
    *("date", "session", "revision", "original", "replaces", "code"),
    *("reason", "detail", "arrived_at", "entered_at", "place", "supervision", "rule", "flags"),
    *("from", "to", "erased", "more"),
)
"""Columns of the CSV.  They stay as they are whatever events there are; new ones come last."""

_NAMES: Final = {"first": "from", "last": "to", "replaces": "from"}
"""Members whose names in the log are not those of the contract."""
_FLAT_NAMES: Final = {"first": "from", "last": "to"}
"""The same for a table, where a code must not stand in a column of days."""
_OF_COLUMNS: Final = frozenset(column.partition(".")[0] for column in COLUMNS)


def rows(events: Iterable[HistoryEvent]) -> Iterator[dict[str, Any]]:
    """Each event as an object of the contract."""
    return _rows(events, _NAMES)


def texts(events: Iterable[Told | Written]) -> Iterator[str]:
    """Each event as JSON, which says what its object says.

    Nearly all events of a history are entries that are nothing but a code.  They are kept as they are written,
    or written out piece by piece, in a fraction of the time that it takes to make a row of each and to write that.
    """
    writer = Writer()
    for one in events:
        if isinstance(one, str):
            yield one
        elif isinstance(one, PlainEntry):
            yield writer.text(one)
        else:
            yield from (to_json(row).decode() for row in rows([one.event]))


def flat_rows(events: Iterable[HistoryEvent]) -> Iterator[dict[str, Any]]:
    """Each event for a line of CSV: what has no column of its own stands in `more`, as JSON."""
    for row in _rows(events, _FLAT_NAMES):
        rest = {name: value for name, value in row.items() if name not in _OF_COLUMNS}
        yield {**row, "more": {n: v for n, v in sorted(rest.items()) if v is not None} or None}


def _rows(events: Iterable[HistoryEvent], names: dict[str, str]) -> Iterator[dict[str, Any]]:
    for event in events:
        row = {names.get(name, name): value for name, value in event.fields.items()}
        row["position"] = event.position
        row["type"] = event.type
        row["recorded_at"] = instant(event.recorded_at)
        row["school"] = event.school
        row["by"] = {"name": event.by.name, "position": event.by.position}
        row["client"] = event.client
        row["rules"] = event.rules
        row["erased"] = event.erased
        yield row
