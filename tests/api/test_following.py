"""A follower of the log misses nothing, whatever is appended meanwhile and however often it is cut off."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from random import Random
from threading import Event, Thread
from typing import Any

import httpx

from tests.api.conftest import SchoolWorld

CUTS = 200
WRITERS = 8
SECONDS_MAX = 30
FRIDAY = 5


def test_a_follower_that_is_cut_off_misses_nothing(school: SchoolWorld, make_second: Any) -> None:
    """Cut off 200 times at random while eight writers append through two services: every position once.

    It fails where the head of the log is not locked: taken out of `LedgerRecorder.appending`, a later
    append commits before an earlier one, and the follower passes over what is not there yet.
    """
    after = school.take({school.pupils[0]: "N"}, "2026-09-02")["last"]
    ending, faults = Event(), list[BaseException]()
    random = Random(2024)
    seen: list[int] = []
    with make_second() as (_, second):
        addresses = (str(school.client.http.base_url), second)
        writers = [
            Thread(
                target=_keep_appending,
                args=(school, (number, addresses[number % 2]), ending, faults),
                daemon=True,
            )
            for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        try:
            for _ in range(CUTS):
                last = seen[-1] if seen else after
                seen += _followed(school.client.http, last, random.randint(1, 20), faults)
        finally:
            ending.set()
            for writer in writers:
                writer.join(SECONDS_MAX)
    assert not any(writer.is_alive() for writer in writers)
    assert [] == faults
    assert list(range(after + 1, seen[-1] + 1)) == seen


def test_an_envelope_is_a_cloud_event(school: SchoolWorld) -> None:
    """CloudEvents 1.0: its required attributes, names in lower case, and the same event inside."""
    last = school.take({school.pupils[0]: "/"})["last"]
    plain = school.client.get("/log", after=last - 2).json()["events"]
    wrapped = school.client.get("/log", after=last - 2, envelope="cloudevents").json()["events"]
    for event, cloud in zip(plain, wrapped, strict=True):
        assert {"specversion", "id", "source", "type"} <= cloud.keys()
        assert all(name.isalnum() and name == name.lower() for name in cloud)
        assert (str(event["position"]), event["data"]) == (cloud["id"], cloud["data"])
        assert cloud["type"].endswith(event["type"])
        schema = school.client.http.get(cloud["dataschema"]).json()
        assert event["type"] == schema["title"]


def _keep_appending(
    school: SchoolWorld, writer: tuple[int, str], ending: Event, faults: list[BaseException]
) -> None:
    """Append until the end; what goes wrong is kept, since a thread's own failure is seen by nobody."""
    try:
        _append(school, *writer, ending)
    except BaseException as fault:
        faults.append(fault)


def _append(school: SchoolWorld, number: int, address: str, ending: Event) -> None:
    """Enter one mark after another, for pupils of this writer's own, over a connection of its own."""
    headers = school.client.http.headers
    with httpx.Client(base_url=address, headers=headers, timeout=SECONDS_MAX) as http:
        for pupil, (day, session) in product(school.pupils[number::WRITERS], _sessions()):
            if ending.is_set():
                return
            answer = http.post(
                f"/v1/schools/{school.urn}/attendance",
                json=school.register({pupil: "I"}, day, session),
                headers={"Idempotency-Key": f"{school.urn}-{pupil}-{day}-{session}"},
            )
            assert 201 == answer.status_code, answer.text


def _sessions() -> list[tuple[str, str]]:
    """Sessions of the autumn before its half term."""
    days = (date(2026, 9, 3) + timedelta(days=number) for number in range(50))
    held = [day.isoformat() for day in days if day.isoweekday() <= FRIDAY]
    return list(product(held, ("AM", "PM")))


def _followed(
    http: httpx.Client, after: int, number: int, faults: list[BaseException]
) -> Iterator[int]:
    """So many positions of the live stream; then the connection is dropped in the middle of it."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
    with http.stream("GET", "/v1/log", headers=headers, timeout=SECONDS_MAX) as stream:
        for line in stream.iter_lines():
            # Without its writers a stream stays open for ever, and says so from time to time.
            assert [] == faults
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))["position"]
                number -= 1
                if not number:
                    return
