"""How rows get into a ledger's tables fast: without keys, frozen, and into the log of the server not at all.

The primary key and the index of `mark` are taken away before the rows come, and built from all of them
afterwards, as they were.  A partition that was emptied in the transaction that fills it needs no entry in
the write-ahead log where `wal_level` is minimal, and its rows may be stored frozen, as vacuuming would
leave them.  None of this is for a ledger that anybody relies on: one whose loading fails has no keys.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

from ledger.store import rows
from ledger.store.database import Connection
from ledger.store.embedded import EmbeddedPostgres

ROWS_AT_ONCE: Final = 10_000
Send = Callable[[list[bytes]], None]
"""Stores rows in the binary format of COPY."""

_ACT: Final = "act (position, recorded_at, client, request_key, number, salt, leaf, state)"
_MARK: Final = (
    "(position, act, school, day, pupil, half, revision, code, replaced, salt, leaf, state)"
)
_SETTINGS: Final = """\
# Written while a generated ledger is loaded; taken away afterwards.
wal_level = minimal
max_wal_senders = 0
autovacuum = off
"""
_KEYS: Final = (
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE conrelid = 'mark'::regclass AND contype IN ('p', 'u') ORDER BY conname"
)
_INDEXES: Final = (
    "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
    "WHERE indrelid = 'mark'::regclass AND NOT EXISTS ("
    "SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1"
)
_ALL_INDEXES: Final = (
    "SELECT tablename, indexname, indexdef FROM pg_indexes "
    "WHERE schemaname = current_schema() ORDER BY tablename, indexname"
)


@contextmanager
def server(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """The embedded server of a data directory, with settings for a load unless there are others."""
    data_dir.mkdir(parents=True, exist_ok=True)
    settings = data_dir / "postgres.conf"
    ours = not settings.exists()
    if ours:
        settings.write_text(_SETTINGS, encoding="utf-8")
        settings.chmod(0o644)
    try:
        with EmbeddedPostgres.open(data_dir) as opened:
            yield opened
    finally:
        if ours:
            settings.unlink()


@contextmanager
def without_keys(connection: Connection) -> Iterator[None]:
    """Take the primary key and the index of `mark` away, and build them again from what is there then."""
    before = connection.execute(_ALL_INDEXES).fetchall()
    keys = connection.execute(_KEYS).fetchall()
    indexes = connection.execute(_INDEXES).fetchall()
    for name, _ in keys:
        connection.execute(f"ALTER TABLE mark DROP CONSTRAINT {name}")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    connection.execute("SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 2")
    for name, definition in keys:
        connection.execute(f"ALTER TABLE mark ADD CONSTRAINT {name} {definition}")
    for _, definition in indexes:
        # ONLY would leave the partitions without it.
        connection.execute(definition.replace(" ON ONLY ", " ON ", 1))
    if connection.execute(_ALL_INDEXES).fetchall() != before:
        raise RuntimeError("the indexes are not what they were")


def empty(connection: Connection, year: int) -> None:
    """Empty the partition of an academic year, which is empty, in the transaction that will fill it."""
    connection.execute(f"ALTER TABLE mark_{year} DISABLE TRIGGER never_emptied")
    connection.execute(f"TRUNCATE mark_{year}")
    connection.execute(f"ALTER TABLE mark_{year} ENABLE TRIGGER never_emptied")


def marks(connection: Connection, year: int) -> AbstractContextManager[Send]:
    """What stores rows of `mark` in an academic year's partition, which `empty` has emptied.

    In one go: each COPY leaves the pages unused that it was given too many.
    """
    return _sending(connection, f"COPY mark_{year} {_MARK} FROM STDIN (FORMAT binary, FREEZE)")


def acts(connection: Connection) -> AbstractContextManager[Send]:
    """What stores rows of `act`."""
    return _sending(connection, f"COPY {_ACT} FROM STDIN (FORMAT binary)")


def send_keys(connection: Connection, wrapped: Iterator[tuple[str, bytes]]) -> None:
    """Store data keys, by scope."""
    with connection.cursor() as cursor, cursor.copy("COPY data_key FROM STDIN") as copy:
        for row in wrapped:
            copy.write_row(row)


def bytes_of_marks(connection: Connection) -> tuple[int, int]:
    """What the marks take on disk, rows and their keys: without and with the indexes."""
    row: Any = connection.execute(
        "SELECT sum(pg_table_size(inhrelid)), sum(pg_total_relation_size(inhrelid)) "
        "FROM pg_inherits WHERE inhparent = 'mark'::regclass"
    ).fetchone()
    return int(row[0]), int(row[1])


@contextmanager
def _sending(connection: Connection, statement: str) -> Iterator[Send]:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:

        def send(made: list[bytes]) -> None:
            for start in range(0, len(made), ROWS_AT_ONCE):
                copy.write(b"".join(made[start : start + ROWS_AT_ONCE]))

        copy.write(rows.COPY_HEADER)
        yield send
        copy.write(rows.COPY_TRAILER)
