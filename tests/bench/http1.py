"""The least HTTP/1.1 client that can drive a service without measuring itself.

A general client spends more processor time on a request than the service does; this one writes ready
bytes and hands the answer to a parser in C.
"""

import asyncio
from typing import NamedTuple, cast

import httptools


class Answer(NamedTuple):
    """Status and body of one response."""

    status: int
    body: bytes


class KeptConnection(asyncio.Protocol):
    """One kept-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._pieces: list[bytes] = []

    @classmethod
    async def open(cls, port: int) -> "KeptConnection":
        """Connect to a service on this machine."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    async def exchange(self, request: bytes) -> Answer:
        """Send one whole request and return its whole answer.

        Raises ConnectionError when the service closes the connection first.
        """
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by the event loop)."""
        # uvloop's transports do not derive from asyncio.Transport, so there is nothing to check.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that no answer will come (called by the event loop)."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        """Pass what came to the parser (called by the event loop)."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body (called by the parser)."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer over (called by the parser)."""
        answer = Answer(self._parser.get_status_code(), b"".join(self._pieces))
        self._pieces.clear()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)
