"""The drill's own checks see a breach of each promise, and nothing in a log that keeps them."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.bench.world import World
from tests.drills.asking import Asked
from tests.drills.audit import audit, in_order, recorded_keys
from tests.drills.board import Acknowledgement, Board
from tests.drills.clerk import Clerk
from tests.drills.requests import RECORDED, STATUS, Request
from tests.drills.writer import acknowledged, replayed

Rows = list[dict[str, Any]]
RECORDED_AT = "2026-11-22T08:45:00.000001Z"


def receipt(request: Request, first: int) -> bytes:
    """Make the receipt of a request whose act stands at `first`."""
    results: list[dict[str, Any]] = []
    position = first
    for outcome in request.outcomes:
        result: dict[str, Any] = {"status": STATUS[outcome]}
        if outcome == RECORDED:
            position += 1
            result |= {"position": position}
            if request.kind == "admission":
                result |= {"pupil": f"pupil-{position}"}
        results.append(result)
    if position == first:
        span: dict[str, Any] = {"first": None, "last": None, "recorded_at": None}
    else:
        span = {"first": first, "last": position, "recorded_at": RECORDED_AT}
    return json.dumps({**span, "results": results}).encode()


def answered(body: bytes, status: int = 201, *, replay: bool = False) -> httpx.Response:
    """Make an answer of the service."""
    headers = {"Idempotent-Replay": "true"} if replay else {}
    return httpx.Response(status, content=body, headers=headers)


@pytest.fixture(scope="module")
def acknowledgements() -> list[Acknowledgement]:
    """Sixty requests of one clerk, of every kind, acknowledged one after another."""
    board = Board()
    clerk = Clerk(World(1, 1), seed=1, number=0, clerks=6)
    first = 1
    for moment in range(60):
        work = clerk.next()
        body = receipt(work.request, first)
        asked = Asked(answered(body, work.request.status), float(moment), in_doubt=False)
        found = acknowledged(work.request, asked, board)
        assert found is not None
        work.acknowledged()
        first += len(found.span)
    assert [] == board.findings
    assert {"register", "each", "amendment", "admission", "repeat"} == {
        found.request.kind for found in board.acknowledgements
    }
    return board.acknowledgements


@pytest.fixture
def rows(acknowledgements: list[Acknowledgement]) -> Rows:
    """The log as it must be served."""
    found = []
    for acknowledgement in acknowledgements:
        if not acknowledgement.span:
            continue
        act = acknowledgement.span[0]
        for position, row in sorted(acknowledgement.request.rows(acknowledgement.receipt).items()):
            found.append(
                {
                    "position": position,
                    "type": row.type,
                    "stream": row.stream,
                    "version": row.version,
                    "act": act,
                    "recorded_at": RECORDED_AT,
                    "data": dict(row.fields),
                }
            )
    return found


def test_a_log_that_keeps_every_promise_has_no_finding(
    rows: Rows, acknowledgements: list[Acknowledgement]
) -> None:
    """A log that holds each acknowledged row, once, at its position, passes."""
    assert [] == list(audit(rows, acknowledgements))


def cut_off_the_end(rows: Rows) -> None:
    """Lose the last row."""
    rows.pop()


def lose_one(rows: Rows) -> None:
    """Lose a row in the middle."""
    del rows[100]


def lose_an_act(rows: Rows) -> None:
    """Lose an act with all that was entered under it, and close the gap."""
    act = rows[400]["act"]
    rows[:] = [row for row in rows if row["act"] != act]
    for position, row in enumerate(rows, start=1):
        row["position"] = position


def double_one(rows: Rows) -> None:
    """Store an entry a second time."""
    rows.append({**rows[50], "position": rows[-1]["position"] + 1})


def serve_one_twice(rows: Rows) -> None:
    """Serve one row twice."""
    rows.insert(50, rows[49])


def append_unasked(rows: Rows) -> None:
    """Append what nobody was told of."""
    last = rows[-1]
    rows.append({**last, "position": last["position"] + 1, "version": last["version"] + 1})


def change_a_code(rows: Rows) -> None:
    """Store another code than the one sent."""
    mark = next(row for row in rows if row["type"] == "attendance-entered")
    mark["data"] = {"code": "Z"}


def change_the_time(rows: Rows) -> None:
    """Store another time than the receipt's."""
    rows[70]["recorded_at"] = "2026-11-22T08:45:00.000002Z"


@pytest.mark.parametrize(
    ("breach", "kinds"),
    [
        (cut_off_the_end, {"lost"}),
        (lose_one, {"lost", "hole"}),
        (lose_an_act, {"lost", "altered"}),
        (double_one, {"doubled", "unasked"}),
        (serve_one_twice, {"doubled", "unasked"}),
        (append_unasked, {"unasked"}),
        (change_a_code, {"altered"}),
        (change_the_time, {"altered"}),
    ],
)
def test_each_breach_is_found(
    rows: Rows,
    acknowledgements: list[Acknowledgement],
    breach: Callable[[Rows], None],
    kinds: set[str],
) -> None:
    """A log that breaks one promise is found out, and under the right name."""
    breach(rows)
    assert kinds == {finding.kind for finding in audit(rows, acknowledgements)}


def test_a_position_given_twice_is_found(acknowledgements: list[Acknowledgement]) -> None:
    """Two receipts that name the same positions are found, even where the log has both entries."""
    board = Board()
    work = Clerk(World(1, 1), seed=2, number=0, clerks=6).next()
    twice = board.acknowledge(work.request, receipt(work.request, 1), 0.0)
    found = audit([], [*acknowledgements, twice])
    assert "doubled" in {finding.kind for finding in found}


def test_what_was_answered_first_stands_first(acknowledgements: list[Acknowledgement]) -> None:
    """A request sent after another's answer must stand behind it; sent before it, it need not."""
    first, second = [found for found in acknowledgements if found.span][:2]

    def at(found: Acknowledgement, asked: float, answered: float) -> Acknowledgement:
        return Acknowledgement(found.request, found.packed, found.span, asked, answered)

    assert [] == list(in_order([at(first, 1, 2), at(second, 3, 4)]))
    assert [] == list(in_order([at(first, 2, 4), at(second, 1, 3)]))
    assert ["order"] == [f.kind for f in in_order([at(first, 3, 4), at(second, 1, 2)])]


def test_what_was_recorded_under_a_key_is_found(
    rows: Rows, acknowledgements: list[Acknowledgement]
) -> None:
    """The positions under a request's key are those of its receipt; other keys have none."""
    found = next(found for found in acknowledgements if found.span)
    head, recorded = recorded_keys(rows, {found.request.key, "another"})
    assert rows[-1]["position"] == head
    assert {found.request.key: list(found.span)} == recorded


def test_an_answer_must_keep_the_contract() -> None:
    """A status, results or positions other than expected are found; so is a replay of nothing."""
    request = Clerk(World(1, 1), seed=3, number=0, clerks=6).next().request
    good = receipt(request, 5)
    wrong = json.loads(good)
    wrong["results"][0] = {"status": "unchanged"}
    gap = json.loads(good)
    gap["last"] += 1
    for kind, answer in [
        ("answer", answered(good, 200)),
        ("answer", answered(b"<html>")),
        ("answer", answered(json.dumps(wrong).encode())),
        ("answer", answered(json.dumps(gap).encode())),
        ("replay", answered(good, replay=True)),
    ]:
        board = Board()
        acknowledged(request, Asked(answer, 0.0, in_doubt=False), board)
        assert [kind] == [finding.kind for finding in board.findings], answer.content


def test_a_replay_must_be_the_first_answer_and_say_so() -> None:
    """A replay passes only with the first status, the first bytes and the header that names it."""
    request = Clerk(World(1, 1), seed=3, number=0, clerks=6).next().request
    first = receipt(request, 5)
    before = Board().acknowledge(request, first, 0.0)
    for findings, answer in [
        (0, answered(first, replay=True)),
        (1, answered(first)),
        (1, answered(receipt(request, 6), replay=True)),
        (1, answered(first, 200, replay=True)),
    ]:
        board = Board()
        replayed(before, answer, board)
        assert findings == len(board.findings)
