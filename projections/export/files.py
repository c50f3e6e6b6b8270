"""The files of an export: written under another name until they are whole, hashed on the way.

The same tables give the same bytes with the same version of the format's library, which the manifest
names: nothing in a file tells when or where it was written.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, BinaryIO, Final, NamedTuple, Self

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from projections.export.datasets import Dataset

MANIFEST: Final = "manifest.json"
_HALF: Final = ".part"
_COMPRESSION: Final = "zstd"
_LEVEL: Final = 1
# By which a reader leaves out row groups; statistics of every column cost as much as the rest of writing.
_STATISTICS: Final = frozenset({"school", "date", "position", "act"})
# Positions rise, so their differences are small numbers.
_BY_DIFFERENCE: Final = frozenset({"position", "act"})


class DirectoryNotEmptyError(Exception):
    """The directory holds something already: an export has one of its own."""


class Written(NamedTuple):
    """A file of an export."""

    path: str
    """Below the directory of the export, with slashes."""
    dataset: str
    rows: int
    bytes: int
    sha256: str


@dataclass
class Output:
    """The directory of an export that is being written; what of it is there is taken away if it fails."""

    directory: Path
    files: list[Written] = field(default_factory=list)
    _made: list[Path] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def __enter__(self) -> Self:
        """Raises DirectoryNotEmptyError, or OSError where the directory cannot be made."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(self.directory.iterdir()):
            raise DirectoryNotEmptyError
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            for path in self._made:
                path.unlink(missing_ok=True)
            for folder in sorted({path.parent for path in self._made}, reverse=True):
                _remove_empty(folder, self.directory)

    @contextmanager
    def tables(self, dataset: Dataset, path: str) -> Iterator["Tables"]:
        """A file of a data set, to be filled."""
        with self._created(path) as file:
            hashed = _Hashed(file)
            tables = Tables(dataset, hashed)
            try:
                yield tables
            except BaseException:
                # The writer ends its file in any case: here it can, though nobody will read it.
                with suppress(OSError, pa.ArrowException):
                    tables.close()
                raise
            tables.close()
            written = Written(path, dataset.name, tables.rows, hashed.count, hashed.sha256)
        with self._lock:
            self.files.append(written)

    def write_manifest(self, members: dict[str, Any]) -> str:
        """Write it last; its SHA-256."""
        content = (json.dumps(members, indent=1, ensure_ascii=False) + "\n").encode()
        with self._created(MANIFEST) as file:
            file.write(content)
        return sha256(content).hexdigest()

    @contextmanager
    def _created(self, path: str) -> Iterator[BinaryIO]:
        """A file under its half name, readable by its owner alone, and under its own at the end."""
        whole = self.directory / path
        # One by one, outermost first: `parents=True` would make all but the last for everybody to see.
        for folder in reversed(whole.relative_to(self.directory).parents):
            (self.directory / folder).mkdir(exist_ok=True, mode=0o700)
        half = whole.with_name(f"{whole.name}{_HALF}")
        with self._lock:
            self._made += [half, whole]
        with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        half.rename(whole)


class Tables:
    """A Parquet file while it is written, a row group for each table."""

    def __init__(self, dataset: Dataset, file: "_Hashed") -> None:
        names = {column.name for column in dataset.columns}
        by_difference = sorted(names & _BY_DIFFERENCE)
        self._writer = ParquetWriter(
            pa.PythonFile(file, mode="w"),
            dataset.schema,
            compression=_COMPRESSION,
            compression_level=_LEVEL,
            use_dictionary=sorted(names - _BY_DIFFERENCE),
            write_statistics=sorted(names & _STATISTICS),
            column_encoding=dict.fromkeys(by_difference, "DELTA_BINARY_PACKED"),
        )
        self.rows = 0

    def add(self, table: pa.Table) -> None:
        """The rows of a table."""
        if table.num_rows:
            self._writer.write_table(table, row_group_size=table.num_rows)
            self.rows += table.num_rows

    def close(self) -> None:
        """The end of the file."""
        self._writer.close()


class _Hashed:
    """Counts and hashes what is written through it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()
        self.count = 0
        self.closed = False

    def write(self, content: Any) -> int:
        """Write on."""
        self._file.write(content)
        self._hash.update(content)
        self.count += len(content)
        return len(content)

    def flush(self) -> None:
        """Nothing waits here."""

    def tell(self) -> int:
        """How much was written."""
        return self.count

    def close(self) -> None:
        """The file itself is closed by whoever opened it."""

    @property
    def sha256(self) -> str:
        """Of what was written."""
        return self._hash.hexdigest()


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
