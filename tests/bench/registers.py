"""The requests of one round as ready bytes, made before its clock starts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Final
from uuid import uuid4

from tests.bench.codes import ARRIVALS, DETAILS, draw
from tests.bench.world import World

TAKEN_BY: Final = '"by":{"name":"C Tutor","position":"Form tutor"}'


@dataclass(frozen=True)
class Register:
    """One request to come: a session, some pupils of one school, and a code for each."""

    urn: str
    day: str
    session: str
    pupils: tuple[str, ...]
    codes: tuple[str, ...]


def per_session(world: World, marks: int) -> int:
    """Return how many requests of so many marks one session of the world gives."""
    return sum(len(school.pupils) // marks for school in world.schools)


def registers(world: World, marks: int, first_session: int) -> Iterator[Register]:
    """Yield registers of exactly `marks` pupils from a session onwards, until the year ends.

    The order is a school morning's: every group of every school for one session, shuffled, before the
    next session begins. No pupil and session comes twice, so no two requests ever contend.
    """
    for number in range(first_session, len(world.sessions)):
        day, session = world.sessions[number]
        random = Random(f"{world.seed} {day} {session}")
        groups = [
            (school.urn, tuple(school.pupils[start : start + marks]))
            for school in world.schools
            for start in range(0, len(school.pupils) - marks + 1, marks)
        ]
        random.shuffle(groups)
        for urn, pupils in groups:
            yield Register(urn, day, session, pupils, tuple(draw(random, session, marks)))


def requests(
    world: World, marks: int, first_session: int, limit: int, authorization: str
) -> list[bytes]:
    """Return up to `limit` whole HTTP requests, header and body, each with its own request key."""
    chosen = islice(registers(world, marks, first_session), limit)
    return [request_of(register, authorization) for register in chosen]


def request_of(register: Register, authorization: str) -> bytes:
    """Return the whole HTTP request of one register, with a request key of its own."""
    body = body_of(register)
    head = (
        f"POST /v1/schools/{register.urn}/attendance HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        f"Authorization: {authorization}\r\n"
        f'Idempotency-Key: "{uuid4()}"\r\n'
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def body_of(register: Register) -> bytes:
    """Return the body of one register's request."""
    ends = {code: _end_of_entry(register.session, code) for code in set(register.codes)}
    entries = ",".join(
        f'{{"pupil":"{pupil}",{ends[code]}'
        for pupil, code in zip(register.pupils, register.codes, strict=True)
    )
    start = f'{{"date":"{register.day}","session":"{register.session}",{TAKEN_BY},"entries":['
    return f"{start}{entries}]}}".encode()


def _end_of_entry(session: str, code: str) -> str:
    symbol = code.replace("\\", "\\\\")
    detail = f',"detail":"{DETAILS[code]}"' if code in DETAILS else ""
    arrived = ARRIVALS.get((session, code))
    return f'"code":"{symbol}"{detail}' + (f',"arrived_at":"{arrived}"}}' if arrived else "}")
