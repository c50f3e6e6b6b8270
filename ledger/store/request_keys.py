"""Request keys: what a key was answered, kept in the transaction that appended, for ever."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ledger.requests import KEY_REUSED, Answer, Request
from ledger.store.drafts import Job
from ledger.store.rows import key_row
from ledger.store.wire import Wire, array

_WINDOW_BITS: Final = 12
_MEMORY_LEVEL: Final = 5

_KNOWN: Final = """
    SELECT k.client, k.request_key, k.digest, k.status, k.response
    FROM request_key AS k
    JOIN unnest($1::text[], $2::text[]) AS asked (client, request_key) USING (client, request_key)
"""
_KEEP: Final = (
    "COPY request_key (client, request_key, digest, status, response) FROM STDIN (FORMAT binary)"
)

Key = tuple[str, str]
"""Client and request key."""


class KnownKeys:
    """Which keys of a batch were used before.

    They are looked up before the head is taken, since whoever stores a key meets one that has come in between;
    whoever may store none, because the request may be refused, has to look again under the head.
    """

    def __init__(self, wire: Wire, jobs: list[Job]) -> None:
        self._wire = wire
        self._jobs = jobs
        self._for_certain = False
        self.found: Mapping[Key, Sequence[Any]] = {}
        """Digest, status and packed answer by key, as far as they have been looked up."""

    def look_up(self) -> None:
        """Look the keys up as they are stored now."""
        self.found = _known(self._wire, self._jobs)

    def under_the_head(self) -> Mapping[Key, Sequence[Any]]:
        """The same when nobody else can append: for certain, and asked once."""
        if not self._for_certain:
            self.look_up()
            self._for_certain = True
        return self.found


def _known(wire: Wire, jobs: list[Job]) -> dict[Key, Sequence[Any]]:
    clients = array("text", [job.request.client.encode() for job in jobs])
    keys = array("text", [job.request.key.encode() for job in jobs])
    return {
        (client.decode(), key.decode()): (digest, int.from_bytes(status, "big"), response)
        for client, key, digest, status, response in wire.ask(_KNOWN, [clients, keys])
    }


def replay(request: Request, stored: Sequence[Any], ours: bool) -> Answer:
    """The first answer again; not called a replay where only our own second look found it."""
    digest, status, response = stored
    if digest != request.digest:
        return KEY_REUSED
    return Answer(status, zlib.decompress(response), replayed=not ours)


def keep_answers(wire: Wire, kept: list[tuple[Job, Answer]]) -> None:
    """Store keys with their answers, inside the transaction that appends.

    The rows are made before anything is sent, while the server still files the marks.
    """
    wire.copy(_KEEP, [_row(job.request, answer) for job, answer in kept])


def _row(request: Request, answer: Answer) -> bytes:
    return key_row(
        request.client, request.key, request.digest, answer.status, _packed(answer.receipt)
    )


def _packed(receipt: bytes) -> bytes:
    # A small window: to set up the usual one (a quarter of a megabyte) costs a class register's receipt
    # six times what packing it does, and receipts repeat themselves within a hundred bytes.
    packer = zlib.compressobj(level=1, wbits=_WINDOW_BITS, memLevel=_MEMORY_LEVEL)
    return packer.compress(receipt) + packer.flush()
