"""The log: in pages, and followed live."""

import asyncio
import json
from collections.abc import Iterator
from hashlib import sha256
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.limits import STREAMS_MAX
from ledger.proof.leaf import leaf_of
from tests.api.conftest import Client, SchoolWorld


def test_the_log_has_no_holes(school: SchoolWorld) -> None:
    """From page to page every position follows the one before it, up to the head."""
    school.take(dict.fromkeys(school.pupils, "/"))
    positions, page = [], school.client.get("/log", limit=500)
    while True:
        positions += [event["position"] for event in page.json()["events"]]
        if "next" not in page.links:
            break
        page = school.client.http.get(page.links["next"]["url"])
    assert list(range(1, positions[-1] + 1)) == positions
    assert page.json()["after"] == positions[-1]


def test_leaves_follow_from_what_is_answered(school: SchoolWorld) -> None:
    """Stream, version, type, salt, the act's leaf and the data as written make each event's leaf."""
    receipt = school.take({school.pupils[0]: "/"})
    answer = school.client.get("/log", after=receipt["first"] - 1)
    for event in answer.json()["events"]:
        data = json.dumps(event["data"], ensure_ascii=False, separators=(",", ":"))
        leaf = leaf_of(
            bytes.fromhex(event["act_leaf"]),
            bytes.fromhex(event["salt"]),
            event["stream"],
            event["version"],
            event["type"],
            data.encode(),
        )
        assert leaf.hex() == event["leaf"]
    assert sha256().digest_size == len(leaf)


def test_lines_hold_the_same_events(school: SchoolWorld) -> None:
    """As JSON lines the log holds the same events, and the header says where to go on."""
    last = school.take({school.pupils[0]: "/"})["last"]
    shown = school.client.get("/log", after=last - 2, as_of=last)
    lines = school.client.get("/log", after=last - 2, as_of=last, format="ndjson")
    assert shown.json()["events"] == [json.loads(line) for line in lines.text.splitlines()]
    assert str(last) == lines.headers["Ledger-After"]
    assert 2 == len(shown.json()["events"])


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Events of a stream, as they come."""
    event: dict[str, Any] = {}
    for line in lines:
        if not line and event:
            yield event
            event = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


def _followed(client: Client, **headers: str) -> Any:
    accept = {"Accept": "text/event-stream", **headers}
    return client.http.stream("GET", "/v1/log", headers=accept, timeout=20)


def test_the_log_is_followed_live(school: SchoolWorld) -> None:
    """A follower that was there before is sent what is recorded later, within a second or so."""
    last = school.take({school.pupils[0]: "/"})["last"]
    following, taken = Event(), {}

    def take() -> None:
        assert following.wait(20)
        taken.update(school.take({school.pupils[1]: "/"}))

    with _followed(school.client, **{"Last-Event-ID": str(last - 1)}) as stream:
        assert "text/event-stream; charset=utf-8" == stream.headers["content-type"]
        events = _events(stream.iter_lines())
        assert str(last) == next(events)["id"]
        writer = Thread(target=take)
        writer.start()
        following.set()
        act, mark = next(events), next(events)
        writer.join()
    assert (str(last + 1), "act-recorded") == (act["id"], act["event"])
    assert (str(last + 2), "attendance-entered") == (mark["id"], mark["event"])
    assert taken["last"] == json.loads(mark["data"])["position"]


def test_a_follower_goes_on_where_it_was(school: SchoolWorld) -> None:
    """`Last-Event-ID` goes on after that event; without it the stream begins after `after`."""
    receipt = school.take(dict.fromkeys(school.pupils, "/"))
    with _followed(school.client, **{"Last-Event-ID": str(receipt["first"] + 9)}) as stream:
        events = _events(stream.iter_lines())
        seen = [int(next(events)["id"]) for _ in range(21)]
    assert list(range(receipt["first"] + 10, receipt["last"] + 1)) == seen


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 30])
def test_what_is_no_position_is_refused(client: Client, last: str) -> None:
    """A `Last-Event-ID` that is no position is a 422."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
    answer = client.http.get("/v1/log", headers=headers)
    assert 422 == answer.status_code
    assert ["Last-Event-ID"] == [error["path"] for error in answer.json()["errors"]]


def test_a_stream_ends_when_the_service_closes(school: SchoolWorld, make_second: Any) -> None:
    """A service that is asked to end ends its streams, is no longer ready, and still lives."""
    with make_second() as (service, address):
        key = school.client.http.headers["Authorization"]
        headers = {"Authorization": key, "Accept": "text/event-stream"}
        with (
            httpx.Client(base_url=address, headers=headers, timeout=20) as http,
            http.stream("GET", "/v1/log", params={"after": 10**9}) as stream,
        ):
            lines = stream.iter_lines()
            assert next(lines).startswith(":")
            assert 200 == httpx.get(f"{address}/readyz").status_code
            service.closing.set()
            assert {""} == {line for line in lines if not line.startswith(":")}
        assert 503 == httpx.get(f"{address}/readyz").status_code
        assert 200 == httpx.get(f"{address}/livez").status_code


def test_followers_have_a_limit(make_second: Any, client: Client) -> None:
    """One follower more than a process takes is asked to come again; reading in pages goes on."""
    headers = {"Authorization": client.http.headers["Authorization"]}

    async def ask(app: FastAPI, accept: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
            return await http.get("/v1/log", headers={**headers, "Accept": accept})

    with make_second() as (service, _):
        app = create_app(service)
        app.state.streams.update(range(STREAMS_MAX))
        answer = asyncio.run(ask(app, "text/event-stream"))
        assert (503, "/problems/too-many-streams") == (answer.status_code, answer.json()["type"])
        assert answer.headers["Retry-After"]
        assert 200 == asyncio.run(ask(app, "application/json")).status_code
