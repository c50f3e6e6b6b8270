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
from projections.extracts.head import Head

END_OF_LINE: Final = "\r\n"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

Blocks = Iterable[Block]


def csv(head: Head, blocks: Blocks, *, bom: bool = False) -> Iterator[bytes]:
    """The rows as CSV."""
    columns = head.extract.columns
    cells = [in_csv(column) for column in columns]
    names = ",".join(quoted(column.name) for column in columns) + END_OF_LINE
    yield (BYTE_ORDER_MARK if bom else b"") + names.encode()
    for block in blocks:
        written = [write(column) for write, column in zip(cells, block, strict=True)]
        lines = map(",".join, zip(*written, strict=True))
        yield (END_OF_LINE.join(lines) + END_OF_LINE).encode()


def ndjson(columns: Sequence[Column], blocks: Blocks) -> Iterator[bytes]:
    """The rows as lines of JSON, each an object in the order of the columns."""
    cells = [in_json(column) for column in columns]
    members = (json.dumps(column.name).replace("%", "%%") + ":%s" for column in columns)
    line = "{" + ",".join(members) + "}\n"
    for block in blocks:
        written = [write(column) for write, column in zip(cells, block, strict=True)]
        yield "".join(map(line.__mod__, zip(*written, strict=True))).encode()


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
