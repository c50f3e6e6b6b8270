"""Lines of an archive as rows of the tables: their typed columns made anew, and sent by binary COPY."""

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import psycopg
from eventsourcing.persistence import StoredEvent

from ledger import events
from ledger.store import rows
from ledger.store.archive.lines import AnswerKept, LogLine
from ledger.store.archive.manifest import ArchiveError
from ledger.store.database import Connection

_ACT: Final = (
    "COPY act (position, recorded_at, client, request_key, number, salt, leaf, state) "
    "FROM STDIN (FORMAT binary)"
)
_RECORD: Final = (
    "COPY record (position, act, school, pupil, version, topic, stream, salt, leaf, state) "
    "FROM STDIN (FORMAT binary)"
)
_RECORD_TYPES: Final = ("int8", "int8", "int4", "uuid", "int4", *("text",) * 2, *("bytea",) * 3)
_MARK: Final = (
    "COPY mark (position, act, school, day, pupil, half, revision, code, replaced, salt, leaf, "
    "state) FROM STDIN (FORMAT binary)"
)
_ANSWER: Final = (
    "COPY request_key (client, request_key, digest, status, response) FROM STDIN (FORMAT binary)"
)
_ANSWER_TYPES: Final = ("text", "text", "bytea", "int2", "bytea")
_DATA_KEY: Final = "COPY data_key (scope, wrapped) FROM STDIN (FORMAT binary)"

_UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, struct.error)

Answer = tuple[str, str, AnswerKept]
"""Client, request key and what it was answered."""


def file_rows(connection: Connection, batch: Sequence[LogLine], file: str) -> None:
    """Add rows of the log, with their answers, inside the open transaction.  Raises ArchiveError."""
    packed: dict[str, list[bytes]] = {_ACT: [], _MARK: []}
    records: list[tuple[Any, ...]] = []
    answers: list[Answer] = []
    for line in batch:
        stored = StoredEvent(line.stream, line.version, line.topic, line.state.encode())
        try:
            if line.topic == rows.ACT:
                packed[_ACT].append(_act(line, stored))
                if line.answer is not None:
                    answers.append((*rows.act_columns(stored), line.answer))
            elif line.topic in rows.MARKS:
                row = rows.mark_row(line.position, line.act, stored, line.salt, line.leaf)
                packed[_MARK].append(row)
            else:
                records.append(_record(line, stored))
        except _UNREADABLE as error:
            raise ArchiveError("the row cannot be read", file, line.position) from error
    with _told(f"positions {batch[0].position} to {batch[-1].position}", file):
        for statement, made in packed.items():
            _copy_packed(connection, statement, made)
        _copy(connection, _RECORD, _RECORD_TYPES, records)
        file_answers(connection, answers)


def file_answers(connection: Connection, answers: Iterable[Answer]) -> None:
    """Add request keys with their answers."""
    columns = ((c, k, kept.digest, kept.status, kept.response) for c, k, kept in answers)
    with _told("answers to requests"):
        _copy(connection, _ANSWER, _ANSWER_TYPES, columns)


def file_data_keys(connection: Connection, keys: Iterable[tuple[str, bytes]]) -> None:
    """Add data keys as they are, wrapped."""
    with _told("data keys"):
        _copy(connection, _DATA_KEY, ("text", "bytea"), keys)


@contextmanager
def _told(what: str, file: str | None = None) -> Iterator[None]:
    """The tables' own refusals, without the values that they repeat."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise ArchiveError(f"{what}: two of them have one place", file) from error
    except (psycopg.errors.IntegrityError, psycopg.errors.DataError) as error:
        raise ArchiveError(f"{what}: one of them has no place in the log", file) from error


def _act(line: LogLine, stored: StoredEvent) -> bytes:
    recorded_at = datetime.fromisoformat(json.loads(line.state)["recorded_at"])
    return rows.act_row(line.position, recorded_at, stored, (line.salt, line.leaf))


def _record(line: LogLine, stored: StoredEvent) -> tuple[Any, ...]:
    if line.topic not in events.BY_TOPIC:
        raise ArchiveError(
            "an event of a kind that this version does not know: a newer version recorded it",
            position=line.position,
        )
    columns = rows.record_columns(stored)
    place = (line.version, line.topic, line.stream)
    return (line.position, line.act, *columns, *place, line.salt, line.leaf, stored.state)


def _copy(
    connection: Connection,
    statement: str,
    types: Sequence[str],
    made: Iterable[tuple[Any, ...]],
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in made:
            copy.write_row(row)


def _copy_packed(connection: Connection, statement: str, made: Sequence[bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows.COPY_HEADER)
        copy.write(b"".join(made))
        copy.write(rows.COPY_TRAILER)
