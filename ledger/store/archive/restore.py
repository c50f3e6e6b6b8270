"""A log made again from an archive, in a ledger that has none: the same rows, byte for byte.

Everything happens in one transaction, which holds the head of the log: a ledger has the whole archive or
nothing of it.  Rows are proven before they are filed, and read back and verified afterwards.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from ledger.proof.verify_rows import verify_window
from ledger.store.archive import filing
from ledger.store.archive.lines import LogLine
from ledger.store.archive.manifest import ArchiveError, Manifest, read_manifest
from ledger.store.archive.reading import Archive
from ledger.store.database import (
    HEAD_LOCK_SECONDS_MAX,
    Addresses,
    Connection,
    connect_as_owner,
)
from ledger.store.vault import KeyFile

BATCH: Final = 10_000
"""Rows in memory at a time."""
_KEYS_TRIED: Final = 1

Progress = Callable[[int, int], None]
"""Told how many rows are done, and how many there are."""
Item = TypeVar("Item")

# None of the tables may hold anything: what is there belongs to another log.
_FILLED: Final = (
    "SELECT EXISTS (SELECT FROM act) OR EXISTS (SELECT FROM record) OR EXISTS (SELECT FROM mark) "
    "OR EXISTS (SELECT FROM request_key) OR EXISTS (SELECT FROM data_key)"
)
_SET_HEAD: Final = (
    "UPDATE log_head SET position = %(position)s, recorded_at = coalesce("
    "(SELECT recorded_at FROM act ORDER BY position DESC LIMIT 1), recorded_at)"
)


def restore(
    addresses: Addresses,
    directory: Path,
    key_file: KeyFile | None = None,
    progress: Progress = lambda *_: None,
) -> Manifest:
    """Make the log of an archive again in an empty ledger whose schema is up to date.

    Raises ArchiveError, and then has left nothing behind: where the ledger is not empty, where a byte of
    the archive is not what it was, where it is not whole.  Raises KeyFileError where a key file is given
    that is not the one under which the archive's data keys are wrapped.
    """
    manifest = read_manifest(directory)
    archive = Archive(directory, manifest)
    if key_file is not None:
        for key in islice(archive.data_keys(), _KEYS_TRIED):
            key_file.unwrap(key.scope, key.wrapped)
    with _filling(addresses) as connection:
        _refuse_newer_schema(connection, manifest)
        for part in manifest.of_kind("log"):
            for batch in _batches(archive.log_lines(part)):
                _file(connection, batch, part.file)
                progress(batch[-1].position, manifest.head.position)
        archive.end()
        for unrecorded in _batches(archive.unrecorded()):
            filing.file_answers(
                connection, ((one.client, one.request_key, one.answer) for one in unrecorded)
            )
        for keys in _batches(archive.data_keys()):
            filing.file_data_keys(connection, ((key.scope, key.wrapped) for key in keys))
        connection.execute(_SET_HEAD, {"position": manifest.head.position})
    return manifest


def _file(connection: Connection, batch: list[LogLine], file: str) -> None:
    """Add rows to the log, then read them back and verify them."""
    filing.file_rows(connection, batch, file)
    fault = verify_window(connection, batch[0].position, batch[-1].position)
    if fault is not None:
        raise ArchiveError(fault.what, file, fault.position)


@contextmanager
def _filling(addresses: Addresses) -> Iterator[Connection]:
    """A transaction that holds the head of an empty log.  Raises ArchiveError where it is not empty."""
    with connect_as_owner(addresses) as connection:
        # A plan that was made while the tables were empty is no plan for what they come to hold.
        connection.prepare_threshold = None
        connection.execute(f"SET lock_timeout = '{HEAD_LOCK_SECONDS_MAX}s'; SET TimeZone = 'UTC'")
        with connection.transaction():
            head = connection.execute("SELECT position FROM log_head FOR UPDATE").fetchone()
            if head is None or head[0] != 0:
                raise ArchiveError(
                    "The ledger is not empty: its log ends at "
                    f"position {head[0] if head else 0}. An import makes a whole log again, and "
                    "never adds to one: name a directory or a database without a ledger."
                )
            filled = connection.execute(_FILLED).fetchone()
            if filled is None or filled[0]:
                raise ArchiveError(
                    "The ledger is not empty: its tables hold rows. An import needs a new one."
                )
            yield connection
        connection.execute("ANALYZE act, record, mark, request_key, data_key")


def _refuse_newer_schema(connection: Connection, manifest: Manifest) -> None:
    row = connection.execute("SELECT max(number) FROM schema_migration").fetchone()
    if row is not None and manifest.migration > row[0]:
        raise ArchiveError(
            "The export is of a newer version of the attendance ledger: import it with that one."
        )


def _batches(found: Iterable[Item]) -> Iterator[list[Item]]:
    items = iter(found)
    while batch := list(islice(items, BATCH)):
        yield batch
