"""An archive as it is read: every row of the log proven before it is handed on.

Each line is at its position, points to an act of the request it stands in, and has the leaf that is the
hash of what it says.  So a byte that was changed is found at its position, and nothing that follows from
it is believed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from ledger.proof.leaf import NO_ACT, leaf_of
from ledger.store import rows
from ledger.store.archive.files import read_lines
from ledger.store.archive.lines import (
    DATA_KEY,
    LOG,
    UNRECORDED,
    DataKeyLine,
    LogLine,
    UnrecordedLine,
)
from ledger.store.archive.manifest import ArchiveError, Manifest, Part

Line = TypeVar("Line")

_CHANGED = (
    "the leaf is not the hash of what stands there: the row was changed after it was recorded, or "
    "moved, or points to another act"
)


class Archive:
    """An archive in a directory, with its manifest."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest
        self._position = 0
        """The last row that was found to be sound."""
        self._leaf: bytes | None = None
        self._acts: dict[int, bytes] = {}
        """Leaves of the acts of the request under way, by position."""

    def log_lines(self, part: Part) -> Iterator[LogLine]:
        """The rows of a part; parts are read in their order.

        Raises ArchiveError with the file and the first position that is not what it was.
        """
        self._expect(part)
        try:
            for content in read_lines(self.directory, part):
                yield self._next(content, part)
        except ArchiveError as error:
            if error.position is None and self._position != part.last:
                raise ArchiveError(error.what, error.file, self._position + 1) from error
            raise
        if self._position != part.last:
            raise ArchiveError("the row is missing", part.file, self._position + 1)

    def unrecorded(self) -> Iterator[UnrecordedLine]:
        """Answers to requests of which nothing was recorded.  Raises ArchiveError."""
        for part in self.manifest.of_kind("unrecorded"):
            for number, content in enumerate(read_lines(self.directory, part), start=1):
                line = _parsed(UNRECORDED, content)
                if line is None or not line.answer.is_whole:
                    raise ArchiveError(f"line {number} was changed", part.file)
                yield line

    def data_keys(self) -> Iterator[DataKeyLine]:
        """Data keys, wrapped.  Raises ArchiveError."""
        for part in self.manifest.of_kind("data-keys"):
            for number, content in enumerate(read_lines(self.directory, part), start=1):
                line = _parsed(DATA_KEY, content)
                if line is None:
                    raise ArchiveError(f"line {number} was changed", part.file)
                yield line

    def end(self) -> None:
        """Hold what was read against the head that the manifest names.  Raises ArchiveError."""
        head = self.manifest.head
        if self._position != head.position:
            raise ArchiveError("the row is missing", position=self._position + 1)
        if self._leaf is not None and self._leaf.hex() != head.leaf:
            raise ArchiveError("the last row is not the one that the manifest names")

    def _next(self, content: bytes, part: Part) -> LogLine:
        """The next line of the log, proven."""
        line = _parsed(LOG, content)
        what = "the line cannot be read" if line is None else self._fault(line)
        if line is None or what is not None:
            raise ArchiveError(str(what), part.file, self._position + 1)
        self._position, self._leaf = line.position, line.leaf
        return line

    def _expect(self, part: Part) -> None:
        if part.first != self._position + 1:
            raise ArchiveError("the row is missing", part.file, self._position + 1)

    def _fault(self, line: LogLine) -> str | None:
        """What is wrong with the next line, in words for a person."""
        if line.position != self._position + 1:
            return "the line is not that of this position"
        if line.answer is not None and not line.answer.is_whole:
            return "the answer to the request was changed"
        act_leaf = self._act_leaf(line)
        if act_leaf is None:
            return "the row points to no act of the request that it stands in"
        place = (line.stream, line.version, line.topic)
        if line.leaf != leaf_of(act_leaf, line.salt, *place, line.state.encode()):
            return _CHANGED
        return None

    def _act_leaf(self, line: LogLine) -> bytes | None:
        """The leaf of the act under which a row was entered; no bytes of one for an act itself."""
        if line.topic != rows.ACT:
            return self._acts.get(line.act)
        if line.act != line.position:
            return None
        if line.version == 1:
            self._acts.clear()
        self._acts[line.position] = line.leaf
        return NO_ACT


def _parsed(adapter: TypeAdapter[Line], content: bytes) -> Line | None:
    try:
        return adapter.validate_json(content)
    except ValidationError:
        return None
