"""The answer to what changed in an extract: streamed, since it may be as long as the extract."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain, islice
from typing import Any, Final

from fastapi import Request, Response
from pydantic_core import to_json

from api.extract_parameters import ExtractDiffParameters
from api.extracting import Sent, closing, comparing_runs, told
from api.formats import Format, position_headers
from api.listing import plain
from ledger.requests import instant
from projections.asof import AsOf
from projections.extracts.differences import RowChange, Sources, changes
from projections.extracts.extract import Extract, Question
from projections.extracts.running import MEDIA_TYPES
from projections.extracts.versions import version_of

_WHAT: Final = ("added", "removed", "changed")


def sent_differences(
    request: Request, extract: Extract, asked: ExtractDiffParameters, form: Format
) -> Response:
    """The changes as a stream.  Raises ProblemError (403, 404, 422, 503) before it begins."""
    with ExitStack() as stack:
        sources, question = stack.enter_context(comparing_runs(request, extract, asked))
        found = changes(extract, sources, question)
        with told():
            head = head_of(extract, sources, question)
            # What the question gets wrong is told before the first change.
            first = list(islice(found, 1))
        rows = chain(first, found)
        pieces = in_json(head, rows) if form == "json" else in_lines(rows)
        headers = position_headers(sources.after.at)
        media_type = MEDIA_TYPES["json" if form == "json" else "ndjson"]
        return Sent(closing(pieces, stack.pop_all()), headers, media_type)


def head_of(extract: Extract, sources: Sources, question: Question) -> dict[str, Any]:
    """What is said before the changes.  Raises QuestionError."""
    window = extract.window(question)
    versions = [
        version_of(source.connection, extract, question.schools, window, source.at)
        for source in sources
    ]
    before, after = (_place(source.at) for source in sources)
    return {
        "extract": extract.name,
        **after,
        "rules": sources.after.rules,
        "schools": question.schools,
        "first": window.first,
        "last": window.last,
        "from": before,
        "to": after,
        "before": versions[0],
        "after": versions[1],
    }


def in_json(head: dict[str, Any], rows: Iterator[RowChange]) -> Iterator[bytes]:
    """One object: its head, the changes, and how many there are of each kind."""
    yield to_json(head)[:-1] + b',"changes":['
    counted: Counter[str] = Counter()
    between = b"\n"
    for row in rows:
        counted[row.what] += 1
        yield between + to_json(shown(row))
        between = b",\n"
    counts = json.dumps({what: counted[what] for what in _WHAT})
    yield b"\n]," + counts[1:].encode() + b"\n"


def in_lines(rows: Iterator[RowChange]) -> Iterator[bytes]:
    """A line for each change."""
    for row in rows:
        yield to_json(shown(row)) + b"\n"


def shown(row: RowChange) -> dict[str, Any]:
    """A change, ready for JSON."""
    return {**row._asdict(), "events": plain(row.events)}


def _place(at: AsOf) -> dict[str, Any]:
    return {"position": at.position, "as_of": instant(at.instant)}
