"""The record itself, in order, as it is stored: sealed fields stay sealed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from ledger.proof.leaf import NO_ACT
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.people import By, act_of
from projections.statements import fetch, statements

LOOKED_THROUGH_MAX: Final = 20_000
"""Positions that one page looks through for the rows of some schools."""

_SQL: Final = statements("log")


class LogRow(NamedTuple):
    """One row of the log, with all that its leaf is made of."""

    position: int
    type: str
    stream: str
    version: int
    school: str | None
    pupil: str | None
    recorded_at: datetime
    act: int
    """Position of the act under which it was entered; an act's own."""
    act_leaf: bytes
    """Leaf of that act; 32 zero bytes for an act itself."""
    by: By
    client: str
    data: str
    """The stored JSON, byte for byte."""
    salt: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class LogPage:
    """Rows in order, and the position up to which the log was looked through."""

    rows: list[LogRow]
    upto: int
    """Go on after this one.  Below the position of the view while there is more, even where `rows`
    is short."""


def page(
    connection: Connection, after: int, limit: int, schools: Collection[str] | None, at: AsOf
) -> LogPage:
    """At most `limit` rows after a position, of these schools (None: all).

    A caller of some schools gets the acts whose first entry is about one of them; every row names
    its act and who made it, so nothing is lost by that.
    """
    span = limit if schools is None else LOOKED_THROUGH_MAX
    first, last = after + 1, min(after + span, at.position)
    if first > last:
        return LogPage([], after)
    asked: dict[str, Any] = {"first": first, "last": last}
    if schools is None:
        found = fetch(connection, _SQL["of_all"], asked)
    else:
        asked |= {"schools": [int(urn) for urn in schools], "limit": limit}
        found = fetch(connection, _SQL["of_schools"], asked)
    rows = [_row(*columns) for columns in found]
    return LogPage(rows, rows[-1].position if len(rows) == limit else last)


def _row(*columns: Any) -> LogRow:
    position, topic, stream, version, school, pupil, act, state, salt, leaf, *of_act = columns
    made = act_of(*of_act)
    return LogRow(
        position,
        topic,
        stream,
        version,
        None if school is None else f"{school:06d}",
        pupil,
        made.recorded_at,
        act,
        NO_ACT if act == position else made.leaf,
        made.by,
        made.client,
        bytes(state).decode(),
        salt,
        leaf,
    )
