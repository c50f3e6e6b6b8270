"""Running an extract: its head, its rows in blocks, and the bytes of a form of it."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, NamedTuple

from projections.extracts.extract import (
    Block,
    Document,
    Extract,
    Format,
    Question,
    Row,
    Source,
)
from projections.extracts.formats import text
from projections.extracts.head import Head
from projections.extracts.versions import version_of

BLOCK_ROWS: Final = 4096
"""Rows that are written at a time."""
FORMATS: Final[tuple[Format, ...]] = ("json", "ndjson", "csv", "xlsx", "parquet", "xml", "html")
MEDIA_TYPES: Final[dict[Format, str]] = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "xml": "application/xml",
    "html": "text/html",
}


class Style(NamedTuple):
    """How an extract is to be written."""

    form: Format
    bom: bool = False
    """A byte-order mark before a CSV."""


class Run(NamedTuple):
    """An extract that has begun.  Its rows are made when they are taken, so a form without any makes none."""

    source: Source
    question: Question
    head: Head
    blocks: Iterator[Block]


def formats_of(extract: Extract) -> tuple[Format, ...]:
    """Every format that the extract comes in, the usual one first."""
    return (*extract.formats, *(document.format for document in extract.documents))


def begin(extract: Extract, source: Source, question: Question) -> Run:
    """The extract, begun.  Raises QuestionError."""
    window = extract.window(question)
    at, schools = source.at, question.schools
    version = version_of(source.connection, extract, schools, window, at)
    head = Head(extract, version, schools, window, at.position, at.instant, source.rules)
    return Run(source, question, head, blocks_of(extract, source, question))


def written(run: Run, style: Style) -> Iterator[bytes]:
    """The bytes of the extract in a format that it comes in.

    Raises QuestionError: what the question gets wrong is told here, before the first byte is taken.
    """
    for document in run.head.extract.documents:
        if document.format == style.form:
            return _document(document, run)
    head, blocks = run.head, _begun(run.blocks)
    match style.form:
        case "csv":
            return text.csv(head, blocks, bom=style.bom)
        case "ndjson":
            return text.ndjson(head.extract.columns, blocks)
        case "json":
            return text.as_json(head, blocks)
        case "xlsx":
            # Those two are large libraries, which a service that is asked for neither need not load.
            from projections.extracts.formats.sheets import xlsx

            return xlsx(head, blocks)
        case _:
            from projections.extracts.formats.parquet import parquet

            return parquet(head, blocks)


def blocks_of(extract: Extract, source: Source, question: Question) -> Iterator[Block]:
    """The rows in blocks of columns."""
    if extract.blocks is not None:
        return extract.blocks(source, question)
    return across(extract.rows(source, question))


def across(rows: Iterator[Row]) -> Iterator[Block]:
    """Rows in blocks of columns."""
    while block := list(islice(rows, BLOCK_ROWS)):
        yield list(zip(*block, strict=True))


def _begun(blocks: Iterator[Block]) -> Iterator[Block]:
    first = next(blocks, None)
    return iter(()) if first is None else chain([first], blocks)


def _document(document: Document, run: Run) -> Iterator[bytes]:
    pieces = document.write(run.source, run.question)
    first = next(pieces, b"")
    return chain([first], pieces)
