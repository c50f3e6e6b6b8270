"""Request ids and one line of log for each request.

The line says what was asked for by its route's template and how it went; never an address as sent, a
query or a body, which may hold what is personal.
"""

import asyncio
import json
import re
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from os import urandom
from time import perf_counter
from typing import Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.console import JsonLines
from api.metrics import Metrics
from api.problems import Problem

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_REQUEST_ID_BYTES: Final = 16
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
_CLIENT_GONE: Final = 499
"""Of a client that went away before it had sent all; nobody is answered."""
_SERVER_ERROR: Final = 500
_ALWAYS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_log = structlog.get_logger("api.access")


class BrokenOffError(Exception):
    """An answer could not be finished; what went wrong is in the log, and is not told again."""


class RequestLog:
    """Gives each request its id, its answer the headers every answer has, and the log its line.

    Whatever goes wrong unforeseen ends here: the answer holds nothing but the request's id.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._lines = _Lines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, begun, status = _request_id(scope), perf_counter(), 0
        scope["request_id"] = request_id

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    *_ALWAYS,
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            status = _CLIENT_GONE
        except Exception as error:
            _tell(error, request_id)
            if status:
                raise BrokenOffError from None
            members = {"request_id": request_id}
            await Problem("internal-error", members=members).response()(scope, receive, sending)
        finally:
            self._note(scope, request_id, status, perf_counter() - begun)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.observe(method, route, status, seconds)
        caller = scope.get("caller")
        client = caller.client if caller else None
        milliseconds = round(seconds * 1000, 1)
        if status < _SERVER_ERROR and isinstance(form := _form(), JsonLines):
            what = _what(method, route, status)
            self._lines.write(form, request_id, what, milliseconds, client)
            return
        say = _log.error if status >= _SERVER_ERROR else _log.info
        say(
            "request",
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            milliseconds=milliseconds,
            client=client,
        )


class _Lines:
    """The lines of requests as JSON, each put together at once, and written once a turn of the loop.

    They are what structlog makes of the same, which takes it as long as reading a class register.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []

    def write(
        self, form: JsonLines, request_id: str, what: str, milliseconds: float, client: str | None
    ) -> None:
        """Have a line written, where lines of requests are wanted."""
        if not form.requests:
            return
        time = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush, form)
        self._waiting.append(
            f'{{"time": "{time}", "level": "info", "event": "request", "request_id": "{request_id}", '
            f'{what}"milliseconds": {milliseconds}, "client": {_quoted(client)}}}\n'
        )

    def _flush(self, form: JsonLines) -> None:
        lines = "".join(self._waiting)
        self._waiting.clear()
        form.stream.write(lines)
        form.stream.flush()


def _form() -> object:
    """What makes log lines now."""
    return structlog.get_config()["processors"][-1]


@lru_cache(maxsize=1024)
def _what(method: str, route: str, status: int) -> str:
    return f'"method": "{method}", "route": {_quoted(route)}, "status": {status}, '


@lru_cache(maxsize=1024)
def _quoted(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)


def _request_id(scope: Scope) -> str:
    """The caller's own X-Request-ID where it is a sane one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value, "ascii")
    return urandom(_REQUEST_ID_BYTES).hex()


def _tell(error: Exception, request_id: str) -> None:
    """Log a fault by where it happened: its message may repeat what was submitted."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    _log.error("request_failed", request_id=request_id, error=type(error).__name__, where=where)
