"""Parquet: codes as a dictionary of text, identifiers as text, instants in UTC, what is not known as null."""

from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any, Final

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from projections.extracts.extract import Block, Kind
from projections.extracts.formats.sheets import read_back
from projections.extracts.head import Head

GROUP_ROWS: Final = 131_072
"""Rows of a row group, and rows that are in memory at a time."""

_IN_MEMORY_BYTES_MAX: Final = 4 * 2**20
_TYPES: Final[dict[Kind, Any]] = {
    "text": pa.string(),
    "code": pa.dictionary(pa.int32(), pa.string()),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
    "flag": pa.bool_(),
}


def parquet(head: Head, blocks: Iterable[Block]) -> Iterator[bytes]:
    """The rows as a Parquet file; what they are made from stands in its key-value metadata."""
    schema = schema_of(head)
    with SpooledTemporaryFile(_IN_MEMORY_BYTES_MAX) as file:
        with ParquetWriter(file, schema, compression="zstd") as writer:
            for group in _groups(blocks, schema):
                writer.write_table(group)
        yield from read_back(file)


def schema_of(head: Head) -> pa.Schema:
    """The schema of an extract's file."""
    fields = [
        pa.field(column.name, _TYPES[column.kind], metadata={"about": column.about})
        for column in head.extract.columns
    ]
    said = {f"ledger.{name}": str(value) for name, value in head.members().items()}
    return pa.schema(fields, metadata=said)


def _groups(blocks: Iterable[Block], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows in groups of their size."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for block in blocks:
        arrays = [_array(column, field.type) for column, field in zip(block, schema, strict=True)]
        waiting.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        rows += len(block[0])
        if rows >= GROUP_ROWS:
            yield pa.Table.from_batches(waiting, schema)
            waiting, rows = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting, schema)


def _array(column: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(column, pa.string()).dictionary_encode()
    return pa.array(column, kind)
