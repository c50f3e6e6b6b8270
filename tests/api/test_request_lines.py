"""The line of a request, put together at once, is what structlog makes of the same."""

import asyncio
import json
from io import StringIO

import pytest
import structlog

from api.console import set_up_logging
from api.logging import RequestLog
from api.metrics import Metrics
from ledger.store.database import Database

REQUEST_ID = "a-request.1"


@pytest.fixture
def log(logging_restored: None) -> StringIO:
    """Where log lines go, as JSON."""
    lines = StringIO()
    set_up_logging("json", lines)
    return lines


def _requested(database: Database, times: int, status: int = 404) -> None:
    async def app(_scope: object, _receive: object, send: object) -> None:
        assert callable(send)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask() -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "headers": [(b"x-request-id", REQUEST_ID.encode())],
        }
        for _ in range(times):
            await RequestLog(app, Metrics(database))(dict(scope), _received, _sent)  # type: ignore[arg-type]
        await asyncio.sleep(0)

    asyncio.run(ask())


async def _received() -> dict[str, str]:
    return {"type": "http.disconnect"}


async def _sent(_message: object) -> None:
    return None


def test_both_ways_write_the_same(database: Database, log: StringIO) -> None:
    """But for time and duration, to the letter; a fault of the service goes the long way."""
    _requested(database, 1)
    short = log.getvalue()
    told = json.loads(short)
    fields = {name: told[name] for name in list(told)[3:]}
    structlog.get_logger().info("request", **fields)
    long = log.getvalue().removeprefix(short)
    assert json.loads(long)["time"][:14] == told["time"][:14]
    assert long.partition('"level"')[2] == short.partition('"level"')[2]
    assert (REQUEST_ID, "GET", "unknown", 404, None) == tuple(
        told[name] for name in ("request_id", "method", "route", "status", "client")
    )


def test_each_request_has_its_line(database: Database, log: StringIO) -> None:
    """However many come in one turn of the loop, and whatever their status."""
    _requested(database, 3)
    _requested(database, 1, status=503)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [404, 404, 404, 503] == [line["status"] for line in lines]
    assert ["info"] * 3 + ["error"] == [line["level"] for line in lines]


def test_quiet_leaves_the_lines_out(database: Database, logging_restored: None) -> None:
    """All but warnings are left out, lines of requests with them."""
    lines = StringIO()
    set_up_logging("json", lines, quiet=True)
    _requested(database, 2)
    assert "" == lines.getvalue()
