"""The recorder: the `eventsourcing` library's door to the three tables of the log.

An append holds the one row of `log_head` from its first statement to its commit.  Positions and times
are taken from it, so they have no holes and never run backwards, and the order of positions is the
order in which readers come to see them (reliability: a sequence gives neither).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from os import urandom
from typing import Any, Final

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)

from ledger.proof.leaf import NO_ACT, SALT_BYTES, leaf_of
from ledger.requests import instant
from ledger.schools.calendar import span_of_year
from ledger.store import rows
from ledger.store.database import Connection, Database
from ledger.store.polling import PollingSubscription
from ledger.store.ready import ReadyRows
from ledger.store.wire import Wire

_TAKE_HEAD: Final = """
    BEGIN;
    SELECT position, (extract(epoch FROM recorded_at) * 1000000)::bigint FROM log_head FOR UPDATE
"""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ACT_COPY: Final = (
    "COPY act (position, recorded_at, client, request_key, number, salt, leaf, state) "
    "FROM STDIN (FORMAT binary)"
)
_RECORD_COPY: Final = (
    "COPY record (position, act, school, pupil, version, topic, stream, salt, leaf, state) "
    "FROM STDIN (FORMAT binary)"
)
_RECORD_TYPES: Final = (
    "int8",
    "int8",
    "int4",
    "uuid",
    "int4",
    "text",
    "text",
    "bytea",
    "bytea",
    "bytea",
)
_MARK_COPY: Final = (
    "COPY mark (position, act, school, day, pupil, half, revision, code, replaced, salt, leaf, "
    "state) FROM STDIN (FORMAT binary)"
)
_LOG: Final = "SELECT position, stream, version, topic, state FROM log "
_PAGE: Final = """
    AND (%(gt)s::bigint IS NULL OR version > %(gt)s)
    AND (%(lte)s::bigint IS NULL OR version <= %(lte)s)
    ORDER BY version {} LIMIT %(limit)s
"""
_STREAM: Final = tuple(
    "SELECT stream, version, topic, state FROM log WHERE stream = %(stream)s"  # noqa: S608 -- all ours
    + _PAGE.format(way)
    for way in ("ASC", "DESC")
)
# The key of a mark begins with school and session: a pupil's register is found by probing the
# sessions of its year.
_REGISTER: Final = tuple(
    """
    SELECT stream, version, topic, state FROM (
        SELECT %(stream)s AS stream,
               ((m.day - %(first)s::date) * 2 + m.half) * 64 + m.revision AS version,
               CASE WHEN m.revision = 0 THEN 'attendance-entered' ELSE 'attendance-amended' END
                   AS topic,
               m.state
        FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS days (day)
        CROSS JOIN (VALUES (0), (1)) AS halves (half)
        JOIN mark AS m ON m.school = %(school)s AND m.day = days.day::date
            AND m.half = halves.half AND m.pupil = %(pupil)s
        WHERE m.day BETWEEN %(first)s AND %(last)s
    ) AS register WHERE true
    """  # noqa: S608 -- all ours
    + _PAGE.format(way)
    for way in ("ASC", "DESC")
)


@dataclass(slots=True)
class Append:
    """An open transaction that holds the head of the log."""

    wire: Wire
    position: int
    """The last position taken."""
    recorded_at: datetime
    """When everything in this transaction is recorded: later than all that was recorded before."""
    now: datetime
    """What the clock says.  Behind `recorded_at` only where a clock was set back."""

    @property
    def connection(self) -> Connection:
        """For what is asked while the transaction is open."""
        return self.wire.connection


@dataclass(frozen=True, slots=True)
class _Row:
    position: int
    act: int
    salt: bytes
    leaf: bytes
    stored: StoredEvent


class LedgerRecorder(ApplicationRecorder):
    """Appends to the log and reads it in its order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def appending(self, wire: Wire, clock: Callable[[], datetime]) -> Iterator[Append]:
        """Open a transaction, take the head of the log, and commit when the block ends well."""
        try:
            position, last = map(int, filter(None, wire.run(_TAKE_HEAD)))
            # The clock is read once the head is ours: whoever waited for it is recorded after all
            # that readers may have seen meanwhile.
            now = clock()
            # Strictly later than the last: "as it stood at this instant" then never splits an append,
            # nor changes its answer, even where a clock was set back.
            earliest = _EPOCH + timedelta(microseconds=last + 1)
            append = Append(wire, position, max(now, earliest), now)
            yield append
            moved = ""
            if append.position != position:
                moved = (
                    f"UPDATE log_head SET position = {append.position:d}, "  # noqa: S608 -- numbers
                    f"recorded_at = '{instant(append.recorded_at)}'"
                )
            wire.commit(moved)
        except BaseException:
            wire.roll_back()
            raise

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append events inside an open transaction: `append`, and `acts`, which gives for each event
        the index among them of its act (an act gives its own).

        `positions` gives each its position, and `ready` has the registers whose rows are made already.
        Where an entry's place is taken, the next statement of the append, or its commit, raises
        psycopg.errors.UniqueViolation: marks are still being filed when this returns.  Answers None: the
        caller gave the positions and needs no list.
        """
        append: Append = kwargs["append"]
        acts: Sequence[int] = kwargs["acts"]
        positions: Sequence[int] = kwargs["positions"]
        ready: Sequence[ReadyRows] = kwargs["ready"]
        salts = urandom(SALT_BYTES * len(stored_events))
        leaves: dict[int, bytes] = {}
        act_rows: list[_Row] = []
        record_rows: list[_Row] = []
        marks: list[int] = []
        for index, stored in enumerate(stored_events):
            if stored.topic in rows.MARKS:
                marks.append(index)
                continue
            act = acts[index]
            salt = salts[index * SALT_BYTES : (index + 1) * SALT_BYTES]
            leaf = _leaf(NO_ACT if act == index else leaves[act], salt, stored)
            row = _Row(positions[index], positions[act], salt, leaf, stored)
            if act == index:
                leaves[index] = leaf
                act_rows.append(row)
            else:
                record_rows.append(row)
        _copy_acts(append, act_rows)
        _copy_records(append.connection, record_rows)

        def packed(index: int) -> bytes:
            stored, act = stored_events[index], acts[index]
            salt = salts[index * SALT_BYTES : (index + 1) * SALT_BYTES]
            leaf = _leaf(leaves[act], salt, stored)
            return rows.mark_row(positions[index], positions[act], stored, salt, leaf)

        made = (one.made.rows(one.position, [leaves[act] for act in one.acts]) for one in ready)
        append.wire.copy(_MARK_COPY, chain(map(packed, marks), *made))
        return None

    def select_events(
        self,
        originator_id: Any,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream, in the order of their versions."""
        stream = str(originator_id)
        place = rows.register_place(stream)
        parameters: dict[str, Any] = {"stream": stream, "gt": gt, "lte": lte, "limit": limit}
        if place is None:
            query = _STREAM
        else:
            query = _REGISTER
            parameters["school"], parameters["pupil"], year = place
            span = span_of_year(year)
            parameters["first"], parameters["last"] = span.first, span.last
        with self._database.reading() as connection:
            found = connection.execute(query[desc], parameters).fetchall()
        return [StoredEvent(*row) for row in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events in the order of the log."""
        after = (start or 0) - (1 if inclusive_of_start and start else 0)
        with self._database.reading() as connection:
            found = connection.execute(
                _LOG + "WHERE position > %(after)s "
                "AND (%(stop)s::bigint IS NULL OR position <= %(stop)s) "
                "AND (%(topics)s::text[] = '{}' OR topic = ANY(%(topics)s)) "
                "ORDER BY position LIMIT %(limit)s",
                {"after": after, "stop": stop, "topics": list(topics), "limit": limit},
            ).fetchall()
        return [
            Notification(id=position, originator_id=s, originator_version=v, topic=t, state=b)
            for position, s, v, t, b in found
        ]

    def max_notification_id(self) -> int | None:
        """The head of the log; None while it is empty."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT position FROM log_head").fetchone()
        return row[0] or None if row else None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Follow the log from a position on, by polling."""
        return PollingSubscription(recorder=self, gt=gt, topics=topics)


def now_utc() -> datetime:
    """The clock of the writer."""
    return datetime.now(UTC)


def _copy_acts(append: Append, act_rows: list[_Row]) -> None:
    packed = [
        rows.act_row(row.position, append.recorded_at, row.stored, (row.salt, row.leaf))
        for row in act_rows
    ]
    append.wire.copy(_ACT_COPY, packed)


def _copy_records(connection: Connection, record_rows: list[_Row]) -> None:
    if not record_rows:
        return
    with connection.cursor() as cursor, cursor.copy(_RECORD_COPY) as copy:
        copy.set_types(_RECORD_TYPES)
        for row in record_rows:
            stored = row.stored
            school, pupil = rows.record_columns(stored)
            copy.write_row(
                (
                    row.position,
                    row.act,
                    school,
                    pupil,
                    stored.originator_version,
                    stored.topic,
                    stored.originator_id,
                    row.salt,
                    row.leaf,
                    stored.state,
                )
            )


def _leaf(act_leaf: bytes, salt: bytes, stored: StoredEvent) -> bytes:
    stream = stored.originator_id
    assert isinstance(stream, str)
    return leaf_of(act_leaf, salt, stream, stored.originator_version, stored.topic, stored.state)
