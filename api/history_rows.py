"""The events of a history as rows: as the contract has them, and flat for a table."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from pydantic_core import to_json

from ledger.registers.attendance import AttendanceEntered
from ledger.requests import instant
from projections.history_events import HistoryEvent, PlainEntry, Told
from projections.people import Said

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
_TYPE: Final = f'"type":"{AttendanceEntered.topic}"'


def rows(events: Iterable[HistoryEvent]) -> Iterator[dict[str, Any]]:
    """Each event as an object of the contract."""
    return _rows(events, _NAMES)


def texts(events: Iterable[Told]) -> Iterator[str]:
    """Each event as JSON, which says what its object says.

    Nearly all events of a history are entries that are nothing but a code.  They are written out piece by
    piece, in a fraction of the time that it takes to make a row of each and to write that.
    """
    before, of_school, by_client, after = None, "", "", ""
    for one in events:
        if isinstance(one, PlainEntry):
            position, date, session, code, school, client, said, written_at, _ = one
            # What follows the instant is mostly what followed that of the entry before.
            if before is not said or school != of_school or client != by_client:
                before, of_school, by_client = said, school, client
                after = _after_instant(school, said, client)
            yield (
                f'{{"date":"{date}","session":"{session}","revision":0,"code":{_json(code)},'
                f'"position":{position},{_TYPE},"recorded_at":"{written_at}"{after}'
            )
        else:
            yield from (to_json(row).decode() for row in rows([one.event]))


@cache
def _json(code: str) -> str:
    return to_json(code).decode()


def _after_instant(school: str, said: Said, client: str) -> str:
    by, rules = said.by._asdict(), said.rules
    told = {"school": school, "by": by, "client": client, "rules": rules, "erased": ()}
    return "," + to_json(told).decode()[1:]


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
