"""The files of an archive: written under another name until they are whole, and read with their hash.

What is written depends on what is in it alone: gzip's header holds neither time nor name.
"""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from ledger.store.archive.lines import LINE_BYTES_MAX
from ledger.store.archive.manifest import ArchiveError, Kind, Part

HALF: Final = ".part"
"""End of the name of a file that is being written."""
_LEVEL: Final = 6


class Writing:
    """The files of an archive that is being written; those of one that fails are taken away again."""

    def __init__(self, directory: Path) -> None:
        """Raises ArchiveError where the directory holds anything, OSError where it cannot be made."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(directory.iterdir()):
            raise ArchiveError(f"{directory} is not empty: an export has a directory of its own.")
        self._directory = directory
        self._written: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for path in self._written:
                path.unlink(missing_ok=True)

    def part(self, kind: Kind, number: int) -> "PartWriter":
        """A new part, to be filled and finished."""
        return PartWriter(kind, f"{kind}-{number:06d}.ndjson.gz", self)

    def whole(self, name: str, content: bytes) -> None:
        """A small file, written at once."""
        with self.create(name) as file:
            file.write(content)
            self.finish(file, name)

    def create(self, name: str) -> BinaryIO:
        """A file under its half name, readable by its owner alone: names of staff are in it."""
        path = self._directory / f"{name}{HALF}"
        self._written.append(path)
        return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")

    def finish(self, file: BinaryIO, name: str) -> None:
        """Put the file on the disk and give it its name."""
        file.flush()
        os.fsync(file.fileno())
        file.close()
        half = self._written[-1]
        self._written[-1] = half.rename(self._directory / name)
        with suppress(OSError, AttributeError):  # Windows has no such thing as an open directory
            handle = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


class PartWriter:
    """One part while it is written."""

    def __init__(self, kind: Kind, name: str, writing: Writing) -> None:
        self._kind: Kind = kind
        self._name = name
        self._writing = writing
        self._file = writing.create(name)
        self._hashed = _Hashed(self._file)
        self._packed = gzip.GzipFile("", "wb", _LEVEL, self._hashed, mtime=0)
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # After `finish` both are closed already; after a failure neither has to end well.
        for one in (self._packed, self._file):
            with suppress(OSError, ValueError):
                one.close()

    def write(self, lines: list[bytes]) -> None:
        """Add lines, without their ends."""
        self._packed.write(b"".join(line + b"\n" for line in lines))
        self.rows += len(lines)

    def finish(self, first: int | None = None, last: int | None = None) -> Part:
        """Give the part its name; its entry in the manifest."""
        self._packed.close()
        self._writing.finish(self._file, self._name)
        return Part(
            kind=self._kind,
            file=self._name,
            first=first,
            last=last,
            rows=self.rows,
            bytes=self._hashed.count,
            sha256=self._hashed.sha256,
        )


def read_lines(directory: Path, part: Part) -> Iterator[bytes]:
    """The lines of a part, in memory one at a time.

    Raises ArchiveError where it cannot be unpacked, and after its last line where its bytes are not
    those that the manifest knows.
    """
    try:
        with (directory / part.file).open("rb") as file:
            hashed = _Hashed(file)
            with gzip.GzipFile(fileobj=hashed, mode="rb") as unpacked:
                rows = 0
                while line := unpacked.readline(LINE_BYTES_MAX):
                    if not line.endswith(b"\n"):
                        raise ArchiveError("its last line is not whole", part.file)
                    rows += 1
                    yield line
    except EOFError as error:
        raise ArchiveError("it ends too early", part.file) from error
    except FileNotFoundError as error:
        raise ArchiveError("it is missing", part.file) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ArchiveError("its bytes were changed: it cannot be unpacked", part.file) from error
    if (hashed.count, hashed.sha256, rows) != (part.bytes, part.sha256, part.rows):
        raise ArchiveError("it was changed: it is not the file that the manifest knows", part.file)


class _Hashed:
    """A file whose bytes are hashed and counted on their way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()
        self.count = 0

    @property
    def sha256(self) -> str:
        """SHA-256 of what went by, in hexadecimal."""
        return self._hash.hexdigest()

    def write(self, data: Any) -> int:
        """Write, hashed."""
        self._hash.update(data)
        self.count += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Nothing is held back here."""

    def read(self, size: int) -> bytes:
        """Read, hashed."""
        data = self._file.read(size)
        self._hash.update(data)
        self.count += len(data)
        return data
