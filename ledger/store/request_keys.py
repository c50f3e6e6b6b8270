"""Request keys: what a key was answered, kept in the transaction that appended, for ever."""

import zlib
from collections.abc import Sequence
from typing import Any

from ledger.requests import KEY_REUSED, Answer, Request
from ledger.store.database import Connection
from ledger.store.drafts import Job

Key = tuple[str, str]
"""Client and request key."""


def known_keys(connection: Connection, jobs: list[Job]) -> dict[Key, Sequence[Any]]:
    """Digest, status and packed answer of those jobs whose keys were used before."""
    found = connection.execute(
        "SELECT k.client, k.request_key, k.digest, k.status, k.response FROM request_key AS k "
        "JOIN unnest(%s::text[], %s::text[]) AS asked (client, request_key) "
        "USING (client, request_key)",
        ([job.request.client for job in jobs], [job.request.key for job in jobs]),
    ).fetchall()
    return {(client, key): rest for client, key, *rest in found}


def replay(request: Request, stored: Sequence[Any], ours: bool) -> Answer:
    """The first answer again; not called a replay where only our own second look found it."""
    digest, status, response = stored
    if digest != request.digest:
        return KEY_REUSED
    return Answer(status, zlib.decompress(response), replayed=not ours)


def keep_answers(connection: Connection, kept: list[tuple[Job, Answer]]) -> None:
    """Store keys with their answers, inside the transaction that appends."""
    if not kept:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY request_key (client, request_key, digest, status, response) "
            "FROM STDIN (FORMAT binary)"
        ) as copy,
    ):
        copy.set_types(("text", "text", "bytea", "int2", "bytea"))
        for job, answer in kept:
            request = job.request
            packed = zlib.compress(answer.receipt, 1)
            copy.write_row((request.client, request.key, request.digest, answer.status, packed))
