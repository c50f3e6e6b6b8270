"""The whole log as files, up to a position: manifest, rows in the order of the log, answers, data keys.

Read in one unmoving view of the database while the service goes on, and written a window at a time.
Keys of clients stay behind, and so does the key file.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ledger.requests import instant
from ledger.store.archive.files import Writing
from ledger.store.archive.lines import (
    DATA_KEY,
    LOG,
    UNRECORDED,
    AnswerKept,
    DataKeyLine,
    LogLine,
    UnrecordedLine,
)
from ledger.store.archive.manifest import FILE, ArchiveError, Head, Kind, Manifest, Part
from ledger.store.database import Addresses, Connection, connect_as_owner

ROWS_MAX: Final = 100_000
"""Rows in one part."""
WINDOW: Final = 10_000
"""Rows in memory at a time; parts are cut at windows."""

Progress = Callable[[int, int], None]
"""Told how many rows are done, and how many there are."""

_ROWS: Final = (
    "SELECT position, act, stream, version, topic, salt, leaf, state FROM log "
    "WHERE position BETWEEN %(first)s AND %(last)s ORDER BY position"
)
_ANSWERS: Final = (
    "SELECT a.position, k.digest, k.status, k.response FROM act AS a "
    "JOIN request_key AS k USING (client, request_key) "
    "WHERE a.position BETWEEN %(first)s AND %(last)s AND a.number = 1"
)
_UNRECORDED: Final = (
    "SELECT client, request_key, digest, status, response FROM request_key AS k WHERE NOT EXISTS ("
    "SELECT FROM act WHERE client = k.client AND request_key = k.request_key AND number = 1) "
    'ORDER BY client COLLATE "C", request_key COLLATE "C"'
)
_DATA_KEYS: Final = 'SELECT scope, wrapped FROM data_key ORDER BY scope COLLATE "C"'
# Marks may have been imported of pupils who were never entered at the school.
_KNOWN_BY_THEN: Final = (
    "SELECT school || '/' || pupil FROM record "
    "WHERE pupil = ANY(%(pupils)s::uuid[]) AND position <= %(upto)s UNION "
    "SELECT school || '/' || pupil FROM mark WHERE school = ANY(%(schools)s::integer[]) "
    "AND pupil = ANY(%(pupils)s::uuid[]) AND position <= %(upto)s"
)
_HEAD: Final = (
    "SELECT (SELECT recorded_at FROM act WHERE position <= %(upto)s ORDER BY position DESC LIMIT 1), "
    "(SELECT leaf FROM log WHERE position = %(upto)s)"
)
_REQUESTS_BEGIN: Final = (
    "SELECT (SELECT max(position) FROM act WHERE position <= %(upto)s AND number = 1), "
    "(SELECT min(position) FROM act WHERE position > %(upto)s AND number = 1)"
)


def export(
    addresses: Addresses,
    directory: Path,
    upto: int | None = None,
    progress: Progress = lambda *_: None,
) -> Manifest:
    """Write the log up to a position (None: its head) into an empty directory.

    The manifest is written last: a directory without one is no export.  Raises ArchiveError where the
    directory is not empty or the position lies within a request, OSError where it cannot be written.
    """
    with _reading(addresses) as connection:
        head = _head(connection)
        position = head if upto is None else upto
        _refuse_within_request(connection, position, head)
        with Writing(directory) as writing:
            made = _Export(connection, writing, position)
            made.write_log(progress)
            if position == head:
                made.write_unrecorded()
            made.write_data_keys(everyone=position == head)
            manifest = made.manifest()
            writing.whole(FILE, manifest.bytes_written)
    return manifest


class _Export:
    """An export that is being made."""

    def __init__(self, connection: Connection, writing: Writing, upto: int) -> None:
        self._connection = connection
        self._writing = writing
        self._upto = upto
        self._parts: list[Part] = []
        self._rules: set[str] = set()
        self._answers = 0

    def manifest(self) -> Manifest:
        """What was written."""
        found = self._connection.execute(_HEAD, {"upto": self._upto}).fetchone()
        recorded_at, leaf = found or (None, None)
        migration = self._connection.execute("SELECT max(number) FROM schema_migration").fetchone()
        counts = {"rows": self._upto, "answers": self._answers}
        for part in self._parts:
            if part.kind != "log":
                counts[part.kind] = counts.get(part.kind, 0) + part.rows
        return Manifest(
            migration=migration[0] if migration else 0,
            rules=sorted(self._rules),
            head=Head(
                position=self._upto,
                recorded_at=instant(recorded_at) if recorded_at else None,
                leaf=leaf.hex() if leaf else None,
            ),
            counts=counts,
            parts=self._parts,
        )

    def write_log(self, progress: Progress) -> None:
        """The rows of the log in order, with the answers that they were given."""
        for number, first in enumerate(range(1, self._upto + 1, ROWS_MAX), start=1):
            last = min(first + ROWS_MAX - 1, self._upto)
            with self._writing.part("log", number) as part:
                for start in range(first, last + 1, WINDOW):
                    end = min(start + WINDOW - 1, last)
                    part.write(self._window(start, end))
                    progress(end, self._upto)
                self._parts.append(part.finish(first, last))

    def write_unrecorded(self) -> None:
        """Answers to requests of which nothing was recorded.  Nobody knows when they were given."""
        lines = (
            UNRECORDED.dump_json(UnrecordedLine(client, key, AnswerKept.of(*answer)))
            for client, key, *answer in self._all_of(_UNRECORDED)
        )
        self._write("unrecorded", lines)

    def write_data_keys(self, *, everyone: bool) -> None:
        """The data keys of the pupils who are in these rows, as they are stored: wrapped."""
        keys = self._all_of(_DATA_KEYS)
        lines = (
            DATA_KEY.dump_json(DataKeyLine(scope, wrapped))
            for scope, wrapped in (keys if everyone else self._of_then(keys))
        )
        self._write("data-keys", lines)

    def _write(self, kind: Kind, lines: Iterator[bytes]) -> None:
        number = 1
        while batch := _at_most(ROWS_MAX, lines):
            with self._writing.part(kind, number) as part:
                part.write(batch)
                self._parts.append(part.finish())
            number += 1

    def _window(self, first: int, last: int) -> list[bytes]:
        span = {"first": first, "last": last}
        with self._connection.cursor(binary=True) as cursor:
            answers = {
                position: AnswerKept.of(*answer)
                for position, *answer in cursor.execute(_ANSWERS, span).fetchall()
            }
            found = cursor.execute(_ROWS, span).fetchall()
        self._answers += len(answers)
        lines = []
        for expected, row in enumerate(found, start=first):
            line = _line(row, answers.get(row[0]))
            if line.position != expected:
                raise ArchiveError("the row is missing; see 'verify'", position=expected)
            if line.act == expected:
                self._rules.add(json.loads(line.state)["rules"])
            lines.append(LOG.dump_json(line, exclude_none=True))
        if len(lines) < last - first + 1:
            raise ArchiveError("the row is missing; see 'verify'", position=first + len(lines))
        return lines

    def _all_of(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, fetched a thousand at a time."""
        with self._connection.cursor(name="export", binary=True) as cursor:
            cursor.itersize = 1_000
            yield from cursor.execute(query)

    def _of_then(self, keys: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The keys of pupils who had been entered at the school by the position."""
        while batch := _at_most(1_000, keys):
            places = [scope.split("/")[:2] for scope, _ in batch]
            asked = {
                "schools": list({int(urn) for urn, _ in places}),
                "pupils": [pupil for _, pupil in places],
                "upto": self._upto,
            }
            found = self._connection.execute(_KNOWN_BY_THEN, asked).fetchall()
            known = {place for (place,) in found}
            yield from (
                key for key, place in zip(batch, places, strict=True) if "/".join(place) in known
            )


def _at_most(count: int, found: Iterator[Any]) -> list[Any]:
    return list(islice(found, count))


def _line(row: tuple[Any, ...], answer: AnswerKept | None) -> LogLine:
    position, act, stream, version, topic, salt, leaf, state = row
    try:
        text = bytes(state).decode()
    except UnicodeDecodeError as error:
        raise ArchiveError("the state is no text; see 'verify'", position=position) from error
    return LogLine(position, act, stream, version, topic, salt, leaf, text, answer)


def _head(connection: Connection) -> int:
    row = connection.execute("SELECT position FROM log_head").fetchone()
    return row[0] if row else 0


def _refuse_within_request(connection: Connection, upto: int, head: int) -> None:
    """Half a request is no record of anything, and its answer names the other half."""
    if not 0 <= upto <= head:
        raise ArchiveError(f"The log ends at position {head}.")
    row = connection.execute(_REQUESTS_BEGIN, {"upto": upto}).fetchone()
    assert row is not None
    begun, following = row
    end = head if following is None else following - 1
    if upto != end:
        raise ArchiveError(
            f"Position {upto} lies within a request: name {begun - 1}, before it, or {end}, its last."
        )


@contextmanager
def _reading(addresses: Addresses) -> Iterator[Connection]:
    """One unmoving view of every row."""
    with connect_as_owner(addresses) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection
