"""The statement of a file: what it was made from, what its columns hold, and its digests.

`rows_sha256` is over the rows as lines of JSON, whatever the format of the file: two files of the same
rows have the same.  `file_sha256` is over the bytes of the file itself.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from projections.extracts.extract import Block, Extract
from projections.extracts.formats.cells import GUARD
from projections.extracts.formats.text import json_lines
from projections.extracts.running import Run, Style, written


class Tally:
    """Counts and hashes rows on their way into a file; one of lines of JSON is hashed as a file alone."""

    def __init__(self, extract: Extract, style: Style) -> None:
        self._lines = None if style.form == "ndjson" else json_lines(extract.columns)
        self._hash = sha256()
        self.rows = 0

    def passing(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The same blocks, each counted when it is taken."""
        for block in blocks:
            if self._lines is not None:
                self._hash.update(self._lines.of(block).encode())
            self.rows += len(block[0])
            yield block

    def sha256(self, file_sha256: str) -> str:
        """Of the rows as lines of JSON, where that of the file is known."""
        return file_sha256 if self._lines is None else self._hash.hexdigest()


def tallied(run: Run, style: Style) -> tuple[Run, Tally]:
    """The same run, whose rows are counted and hashed while they are written in a style."""
    tally = Tally(run.head.extract, style)
    return run._replace(blocks=tally.passing(run.blocks)), tally


def statement(run: Run, style: Style) -> dict[str, Any]:
    """The statement of the file that the run makes in this style; the file is made, and thrown away."""
    counted, tally = tallied(run, style)
    digest, size = sha256(), 0
    for piece in written(counted, style):
        digest.update(piece)
        size += len(piece)
    return stated(counted, tally, style, (digest.hexdigest(), size))


def stated(run: Run, tally: Tally, style: Style, file: tuple[str, int]) -> dict[str, Any]:
    """The statement of a file that was written, by its SHA-256 and its length in bytes."""
    for _ in run.blocks:
        # A document that its receiver defines is not made of the rows: they are counted all the same.
        pass
    file_sha256, file_bytes = file
    return {
        **run.head.members(),
        "title": run.head.extract.title,
        "receiver": run.head.extract.receiver,
        "reference": run.head.extract.reference,
        "options": {name: _plain(value) for name, value in run.question.options.items()},
        "columns": columns_of(run.head.extract),
        "csv_text": GUARD,
        "row_count": tally.rows,
        "rows_sha256": tally.sha256(file_sha256),
        "format": style.form,
        "bom": style.bom,
        "file_bytes": file_bytes,
        "file_sha256": file_sha256,
    }


def columns_of(extract: Extract) -> Sequence[dict[str, str]]:
    """The columns in their order, described."""
    return [
        {"name": one.name, "kind": one.kind, "description": one.about} for one in extract.columns
    ]


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)
