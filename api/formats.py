"""Formats of what is read: JSON, JSON lines and CSV of the same rows, with the position they are true at.

CSV follows RFC 4180 in UTF-8 without a byte-order mark.  A text that a spreadsheet would run as a
formula (it begins with =, +, -, @, a tab or a carriage return) has an apostrophe put before it, and the
header CSV-Text says so; codes are written as they are, `-` and `#` among them.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from fastapi import Request, Response
from pydantic_core import to_json

from api.bodies import JSON, NDJSON
from api.problems import MEDIA_TYPE as PROBLEM
from api.problems import refuse
from ledger.requests import instant
from projections.asof import AsOf
from projections.extracts.formats.cells import GUARD, guarded

CSV: Final = "text/csv"
SSE: Final = "text/event-stream"
HTML: Final = "text/html"

Format = Literal["json", "ndjson", "csv", "sse", "html", "xlsx", "parquet", "xml"]
Row = Mapping[str, Any]

_FORMATS: Final[Mapping[str, Format]] = {
    JSON: "json",
    NDJSON: "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    CSV: "csv",
    SSE: "sse",
    HTML: "html",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.apache.parquet": "parquet",
    "application/xml": "xml",
    "text/xml": "xml",
    PROBLEM: "json",
    "application/*": "json",
    "text/*": "csv",
    "*/*": "json",
}
_CODES: Final = frozenset({"code", "original", "replaces", "key"})
"""Columns of codes: written as they are."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list to be answered: its name in the JSON object, its rows, and the columns of its CSV."""

    name: str
    rows: Sequence[Row | str]
    """A text is a row as JSON already, which is quicker where there are thousands; for CSV none is."""
    columns: Sequence[str]
    """A dot leads into an object: `by.name` is the column `by_name`."""


def wanted(request: Request, asked: str | None, offered: Sequence[Format]) -> Format:
    """The format to answer in: `?format=`, else the best of Accept.  Raises ProblemError (406)."""
    for name in offered:
        if name == asked:
            return name
    header = request.headers.get("accept")
    if asked is None and header is None:
        return offered[0]
    ranked = _ranked(header or "")
    for media_type in ranked:
        found = _FORMATS.get(media_type)
        if found in offered and found is not None:
            return found
    raise refuse("not-acceptable", "Accept")


def answer(
    request: Request,
    form: Format,
    at: AsOf,
    head: Mapping[str, Any],
    listing: Listing,
    more: str | None = None,
) -> Response:
    """The rows in a format.  `head` stands before them in JSON; `more` is the cursor of the next page."""
    headers = position_headers(at)
    if more is not None:
        headers["Link"] = link_to_next(request, cursor=more)
    if form == "ndjson":
        lines = "".join([f"{_as_json(row)}\n" for row in listing.rows])
        return Response(lines, headers=headers, media_type=NDJSON)
    if form == "csv":
        headers["CSV-Text"] = GUARD
        return Response(as_csv(listing), headers=headers, media_type=CSV)
    shown = {**head, "position": at.position, "as_of": instant(at.instant)}
    return Response(_with_rows(shown, listing, more), headers=headers, media_type=JSON)


def _with_rows(shown: Mapping[str, Any], listing: Listing, more: str | None) -> str:
    """One JSON object: what stands before the rows, the rows, and the cursor of the next page."""
    before = to_json(shown).decode()
    rows = ",".join(map(_as_json, listing.rows))
    after = "" if more is None else f',"next":"{more}"'
    return f'{before[:-1]},"{listing.name}":[{rows}]{after}}}'


def _as_json(row: Row | str) -> str:
    return row if isinstance(row, str) else to_json(row).decode()


def answer_object(at: AsOf, members: Mapping[str, Any]) -> Response:
    """One object as JSON, with the position that it is true at."""
    shown = {**members, "position": at.position, "as_of": instant(at.instant)}
    return Response(to_json(shown), headers=position_headers(at), media_type=JSON)


def link_to_next(request: Request, **place: str | int) -> str:
    """The header Link for the next page, its address whole: many clients cannot follow a relative one.

    Where a proxy in front ends TLS it says so, and the address says https.
    """
    address = request.url.remove_query_params(("after", "as_of", "cursor"))
    if request.headers.get("x-forwarded-proto") == "https":
        address = address.replace(scheme="https")
    return f'<{address.include_query_params(**place)}>; rel="next"'


def position_headers(at: AsOf) -> dict[str, str]:
    """Where in the log an answer is true, for formats that have no place of their own for it."""
    return {
        "ETag": f'"{at.position}"',
        "Ledger-Position": str(at.position),
        "Ledger-As-Of": instant(at.instant),
    }


def _ranked(header: str) -> list[str]:
    """Media types of an Accept header, the most wanted first; those of weight 0 left out."""
    weighed = []
    for part in header.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        if media_type and weight > 0:
            weighed.append((-weight, media_type))
    # Sorting is stable: of two equally wanted the one named first comes first.
    return [media_type for _, media_type in sorted(weighed, key=lambda pair: pair[0])]


def _weight(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0


def as_csv(listing: Listing) -> bytes:
    """The rows as CSV, as said above."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.replace(".", "_") for column in listing.columns])
    paths = [(column.split("."), column.rpartition(".")[2] in _CODES) for column in listing.columns]
    for row in listing.rows:
        assert not isinstance(row, str)
        writer.writerow(list(_cells(row, paths)))
    return out.getvalue().encode()


def _cells(row: Row, paths: Sequence[tuple[list[str], bool]]) -> Iterator[str]:
    for path, is_code in paths:
        value: Any = row
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        yield _cell(value, is_code=is_code)


def _cell(value: Any, *, is_code: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list | tuple):
        return to_json(value).decode()
    text = str(value)
    # A number is no text: its minus sign stays its own.
    return guarded(text) if isinstance(value, str) and not is_code else text
