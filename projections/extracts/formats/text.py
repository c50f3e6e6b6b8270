"""CSV, JSON lines and JSON.

CSV follows RFC 4180: UTF-8, a header row, lines that end in CR LF.  A backslash is an ordinary
character and no line is a comment.  A byte-order mark is written for spreadsheets that ask for one.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from projections.extracts.extract import Block, Column
from projections.extracts.formats.cells import in_csv, in_json, quoted
from projections.extracts.formats.lines import Lines
from projections.extracts.head import Head

END_OF_LINE: Final = "\r\n"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
PIECE_CHARACTERS: Final = 2**18
"""Text that is gathered before it is passed on: small blocks are not sent one by one."""

Blocks = Iterable[Block]


def csv(head: Head, blocks: Blocks, *, bom: bool = False) -> Iterator[bytes]:
    """The rows as CSV."""
    columns = head.extract.columns
    names = ",".join(quoted(column.name) for column in columns) + END_OF_LINE
    yield (BYTE_ORDER_MARK if bom else b"") + names.encode()
    leads = ["", *[","] * (len(columns) - 1)]
    lines = Lines(list(map(in_csv, columns)), leads, END_OF_LINE)
    yield from _gathered(map(lines.of, blocks))


def ndjson(columns: Sequence[Column], blocks: Blocks) -> Iterator[bytes]:
    """The rows as lines of JSON, each an object in the order of the columns."""
    yield from _gathered(map(json_lines(columns).of, blocks))


def json_lines(columns: Sequence[Column]) -> Lines:
    """How blocks are written as lines of JSON."""
    leads = [f"{',' if at else '{'}{json.dumps(one.name)}:" for at, one in enumerate(columns)]
    return Lines(list(map(in_json, columns)), leads, "}\n")


def _gathered(texts: Iterator[str]) -> Iterator[bytes]:
    """Texts in pieces of some size."""
    waiting: list[str] = []
    length = 0
    for text in texts:
        waiting.append(text)
        length += len(text)
        if length >= PIECE_CHARACTERS:
            yield "".join(waiting).encode()
            waiting, length = [], 0
    if waiting:
        yield "".join(waiting).encode()


def as_json(head: Head, blocks: Blocks) -> Iterator[bytes]:
    """The rows in one object, after what it is made from and before their number and digest."""
    yield json.dumps(head.members(), ensure_ascii=False)[:-1].encode() + b', "rows": ['
    digest, between = sha256(), b"\n"
    count = 0
    for lines in ndjson(head.extract.columns, blocks):
        digest.update(lines)
        count += lines.count(b"\n")
        # No line of JSON holds the end of one.
        yield between + lines[:-1].replace(b"\n", b",\n")
        between = b",\n"
    yield b'\n], "row_count": %d, "rows_sha256": "%s"}\n' % (count, digest.hexdigest().encode())
