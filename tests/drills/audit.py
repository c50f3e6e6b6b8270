"""The log held against the acknowledgements: nothing lost, doubled, altered or unasked, and no hole."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import httpx

from tests.drills.board import Acknowledgement, Finding
from tests.drills.requests import CLIENT, Row

_PAGE: Final = 1_000
_ACT: Final = f"act/{CLIENT}/"

LogRow = Mapping[str, Any]


def log_page(http: httpx.Client, after: int) -> list[LogRow]:
    """Return the next rows of the log after a position, in the order they are served.

    Raises httpx.HTTPStatusError when the answer is no success.
    """
    answer = http.get(
        "/v1/log",
        params={"after": after, "limit": _PAGE},
        headers={"Accept": "application/x-ndjson"},
    )
    answer.raise_for_status()
    return [json.loads(line) for line in answer.content.splitlines()]


def read_log(http: httpx.Client) -> Iterator[LogRow]:
    """Yield every row of the log, page by page.  Raises as `log_page`."""
    after = 0
    while rows := log_page(http, after):
        yield from rows
        after = rows[-1]["position"]


def stored(row: LogRow) -> bytes:
    """Return all that a row says, as bytes that can be digested."""
    return json.dumps(row, sort_keys=True).encode()


def recorded_keys(rows: Iterable[LogRow], keys: set[str]) -> tuple[int, dict[str, list[int]]]:
    """Return the head of the log, and for each of these request keys the positions under it."""
    head = 0
    acts: dict[int, str] = {}
    found: dict[str, list[int]] = {}
    for row in rows:
        head = row["position"]
        if row["type"] == "act-recorded" and (key := row["stream"].removeprefix(_ACT)) in keys:
            acts[head] = key
        if row["act"] in acts:
            found.setdefault(acts[row["act"]], []).append(head)
    return head, found


def audit(rows: Iterable[LogRow], acknowledgements: Sequence[Acknowledgement]) -> Iterator[Finding]:
    """Yield every way in which the log is not what was acknowledged.

    `rows` in the order they are served; every request that was recorded has to be acknowledged by now.
    """
    appended = sorted(
        (found for found in acknowledgements if found.span),
        key=lambda found: (found.span[0], found.span[-1]),
    )
    yield from _shared(appended)
    waiting = iter(appended)
    expected: dict[int, Row] = {}
    recorded_at = key = ""
    ends_at = position = 0
    seen: set[int] = set()
    for row in rows:
        yield from _in_sequence(row["position"], position)
        position = row["position"]
        while position > ends_at and (found := next(waiting, None)) is not None:
            yield from _left_over(key, expected)
            receipt = found.receipt
            expected, key = found.request.rows(receipt), found.request.key
            recorded_at, ends_at = receipt["recorded_at"], receipt["last"]
        place = (row["stream"], row["version"])
        # Hashes, since a long drill has millions of places.
        if hash(place) in seen:
            yield Finding("doubled", f"position {position}: {place} stands a second time")
        seen.add(hash(place))
        wanted = expected.pop(position, None)
        if wanted is None:
            yield Finding("unasked", f"position {position}: {place} that nobody acknowledged")
        else:
            yield from _as_asked(row, wanted, recorded_at, key)
    yield from _left_over(key, expected)
    for found in waiting:
        yield from _left_over(found.request.key, found.request.rows(found.receipt))


def in_order(acknowledgements: Iterable[Acknowledgement]) -> Iterator[Finding]:
    """Yield requests that stand in the log before one answered before they were first sent."""
    moments: list[tuple[float, int, Acknowledgement]] = []
    for found in acknowledgements:
        if found.span:
            moments += [(found.asked, 1, found), (found.answered, 0, found)]
    latest = 0
    least: dict[str, int] = {}
    for _, begins, found in sorted(moments, key=lambda moment: moment[:2]):
        if begins:
            least[found.request.key] = latest
            continue
        if found.span[0] <= least.pop(found.request.key):
            yield Finding("order", f"{found.request.key} stands before what was answered before it")
        latest = max(latest, found.span[-1])


def _shared(appended: Sequence[Acknowledgement]) -> Iterator[Finding]:
    """Two receipts never name the same position."""
    for one, other in pairwise(appended):
        if other.span[0] <= one.span[-1]:
            what = f"{one.request.key} and {other.request.key} were given the same positions"
            yield Finding("doubled", what)


def _in_sequence(position: int, before: int) -> Iterator[Finding]:
    if position > before + 1:
        yield Finding("hole", f"positions {before + 1} to {position - 1} are not in the log")
    elif position <= before:
        yield Finding("doubled", f"position {position} is served after position {before}")


def _left_over(key: str, expected: Mapping[int, Row]) -> Iterator[Finding]:
    for position, row in expected.items():
        what = f"position {position}: {row.type} {row.stream} {row.version}, acknowledged as {key}"
        yield Finding("lost", what)


def _as_asked(row: LogRow, wanted: Row, recorded_at: str, key: str) -> Iterator[Finding]:
    found = (row["type"], row["stream"], row["version"])
    fields = {name: row["data"].get(name) for name in wanted.fields}
    same_moment = datetime.fromisoformat(row["recorded_at"]) == datetime.fromisoformat(recorded_at)
    if found != wanted[:3] or fields != wanted.fields or not same_moment:
        yield Finding("altered", f"position {row['position']} is not what {key} acknowledged")
