"""As of: every view is the log seen from one position, and this is where positions come from.

A view takes an `AsOf` and adds `position <= at.position`; nothing else makes it a view of the past.
The instant says what had begun by then: an entry for a session that had not is a planned one.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Final

from ledger.store.database import Connection, Database
from projections.statements import statements

POLL_SECONDS: Final = 0.02
_BEFORE_ALL: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Where the head of an empty log stands; position 0 is seen then."""

_SQL: Final = statements("asof")
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_POSITION: Final = re.compile(r"\d{1,19}", re.ASCII)


class AsOfInFutureError(Exception):
    """The position has not been taken yet, or the instant has not come."""


class NotReachedError(Exception):
    """The log did not reach the position in the time that was allowed for it."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """A place in the log: the last position that counts, and the instant it is seen at (aware)."""

    position: int
    instant: datetime


def parse_as_of(text: str) -> datetime | int:
    """A log position (digits) or an instant (RFC 3339 with offset).  Raises ValueError."""
    if _POSITION.fullmatch(text):
        return int(text)
    if not _INSTANT.fullmatch(text):
        raise ValueError("neither a log position nor an instant with its offset")
    instant = datetime.fromisoformat(text.upper())
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("an instant outside the years that can be told") from error


def head(connection: Connection) -> AsOf:
    """The head of the log as this connection's snapshot has it, seen now."""
    position, recorded_at = _head(connection)
    # Never before what was recorded, even where a clock was set back.
    return AsOf(position, max(datetime.now(UTC), recorded_at))


def resolve(connection: Connection, as_of: datetime | int | None) -> AsOf:
    """The place in the log that is meant; None means the head, seen now.

    A position is seen at the instant of the act at or before it, so that its answer stays the same
    for ever.  An instant later than the last append is sound only where the snapshot was begun
    after every append then under way had ended: `reading` sees to that.

    Raises AsOfInFutureError, and ValueError for a position below zero.
    """
    if as_of is None:
        return head(connection)
    if isinstance(as_of, int):
        return _resolve_position(connection, as_of)
    _refuse_future(as_of)
    found = connection.execute(_SQL["first_act_after"], {"instant": as_of}).fetchone()
    position, _ = _head(connection)
    return AsOf(found[0] - 1 if found else position, as_of)


@contextmanager
def reading(
    database: Database, as_of: datetime | int | None = None, after: int | None = None
) -> Iterator[tuple[Connection, AsOf]]:
    """A snapshot to read from and the place in the log it is read at: the way into every view.

    `after` waits until the log has reached that position.  Raises AsOfInFutureError and
    NotReachedError.
    """
    if after is not None:
        wait_until(database, after)
    if isinstance(as_of, datetime):
        _let_appends_end(database, as_of)
    with database.reading() as connection:
        yield connection, resolve(connection, as_of)


def wait_until(database: Database, position: int, seconds_max: float = 5) -> None:
    """Wait until the log has reached a position.  Raises NotReachedError after `seconds_max`."""
    deadline = monotonic() + seconds_max
    while True:
        with database.reading() as connection:
            reached, _ = _head(connection)
        if reached >= position:
            return
        if monotonic() > deadline:
            raise NotReachedError
        sleep(POLL_SECONDS)


def _head(connection: Connection) -> tuple[int, datetime]:
    row = connection.execute(_SQL["head"]).fetchone()
    assert row is not None
    position, recorded_at = row
    return position, recorded_at


def _resolve_position(connection: Connection, position: int) -> AsOf:
    if position < 0:
        raise ValueError("a position is never below zero")
    reached, _ = _head(connection)
    if position > reached:
        raise AsOfInFutureError
    act = connection.execute(_SQL["act_at_or_before"], {"position": position}).fetchone()
    return AsOf(position, act[0] if act else _BEFORE_ALL)


def _refuse_future(instant: datetime) -> None:
    if instant > datetime.now(UTC):
        raise AsOfInFutureError


def _let_appends_end(database: Database, instant: datetime) -> None:
    """Wait until no append can still be recorded at or before this instant.

    Times of recording rise strictly, so an instant before the last of them is settled.  After it, an
    append may hold the head of the log with its time taken and not be seen yet: answering before it
    is seen would give an answer that it changes.  Locking the head for share waits for it.  Whoever
    takes the head later takes a later time.
    """
    _refuse_future(instant)
    with database.reading() as connection:
        _, recorded_at = _head(connection)
    if recorded_at < instant:
        with database.writer() as connection:
            connection.execute(_SQL["head_at_rest"])
