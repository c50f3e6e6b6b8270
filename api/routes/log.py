"""The record itself, in order: in pages, or followed live."""

import json
import re
from asyncio import get_running_loop, sleep
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from api import formats, openapi
from api.bodies import NDJSON
from api.callers import caller_of, need
from api.formats import SSE, Listing
from api.limits import LOG_ITEMS, STREAMS_MAX
from api.parameters import LogParameters, ReadParameters
from api.problems import ProblemError, invalid_at, unavailable
from api.reading import reading
from api.routing import LogRoute, callers_of, directory_of, service_of
from api.schemas import LogRead
from ledger.requests import instant
from projections.asof import AsOf
from projections.log import LogPage, LogRow, page

router = APIRouter(prefix="/v1/log", route_class=LogRoute, tags=["Reading"])

POLL_SECONDS: Final = 0.25
HEARTBEAT_SECONDS: Final = 10
"""A comment is sent after so much silence, so that a lost connection is noticed on either side."""

_POSITION: Final = re.compile(r"[0-9]{1,18}")
_STREAMED_AT_ONCE: Final = 500
# Followers read the log by a few threads of their own.
_FOLLOWING: Final = CapacityLimiter(4)


@router.get(
    "",
    **openapi.read(
        LogRead,
        "log",
        ["audit:read"],
        problems=("too-many-streams",),
        formats=(NDJSON, SSE),
    ),
)
async def read_log(request: Request, asked: Annotated[LogParameters, Query()]) -> Response:
    """The log in its order, after a position: what each leaf is made of, sealed members sealed.

    `text/event-stream` follows it live; each event's `id` is its position, and `Last-Event-ID` goes on
    after it.  `envelope=cloudevents` puts each event in an envelope of CloudEvents 1.0.  A client of some schools is shown their events and the acts under which they were made.
    """
    caller = caller_of(request)
    need(caller, "audit:read")
    form = formats.wanted(request, asked.format, ("json", "ndjson", "sse"))
    if form == "sse":
        return _stream(request, asked)
    most = service_of(request).settings.page_items_max
    limit = min(LOG_ITEMS, most) if asked.limit is None else asked.limit
    if limit > most:
        raise invalid_at("limit", "out-of-range", f"At most {most}.")
    at, found = await to_thread.run_sync(_read, request, asked, asked.after, limit)
    more = found.upto < at.position
    head = {"after": found.upto, **({"next": found.upto} if more else {})}
    listing = Listing("events", list(map(_ENVELOPES[asked.envelope], found.rows)), ())
    answered = formats.answer(request, form, at, head, listing)
    answered.headers["Ledger-After"] = str(found.upto)
    if more:
        answered.headers["Link"] = formats.link_to_next(request, after=found.upto)
    return answered


def _read(request: Request, asked: LogParameters, after: int, limit: int) -> tuple[AsOf, LogPage]:
    schools = directory_of(request).schools_of(caller_of(request))
    with reading(request, ReadParameters(as_of=asked.as_of)) as found:
        return found.at, page(found.connection, after, limit, schools, found.at)


def _stream(request: Request, asked: LogParameters) -> Response:
    """Follow the log from where the client was."""
    after = asked.after
    if last := request.headers.get("last-event-id"):
        if not _POSITION.fullmatch(last):
            raise invalid_at("Last-Event-ID", "malformed")
        after = int(last)
    streams = request.app.state.streams
    if len(streams) >= STREAMS_MAX:
        raise ProblemError(unavailable("too-many-streams"))
    return StreamingResponse(
        _counted(request, streams, _followed(request, asked, after)),
        media_type=SSE,
        # Proxies that gather an answer before they pass it on would hold back what is live.
        headers={"X-Accel-Buffering": "no"},
    )


async def _counted(
    request: Request, streams: set[int], events: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    streams.add(id(request))
    try:
        async for event in events:
            yield event
    finally:
        streams.discard(id(request))


async def _followed(request: Request, asked: LogParameters, after: int) -> AsyncIterator[bytes]:
    """Events as they come, until the service closes or the caller is no longer let in."""
    clock, closing = get_running_loop().time, service_of(request).closing
    envelope = _ENVELOPES[asked.envelope]
    said_at = clock()
    yield b": the log follows\n\n"
    while not closing.is_set() and await callers_of(request).still_in(request):
        _, found = await to_thread.run_sync(
            _read, request, asked, after, _STREAMED_AT_ONCE, limiter=_FOLLOWING
        )
        if found.rows:
            yield b"".join(_event(row, envelope) for row in found.rows)
            said_at = clock()
        elif clock() - said_at > HEARTBEAT_SECONDS:
            yield b": still here\n\n"
            said_at = clock()
        if found.upto > after:
            after = found.upto
        else:
            await sleep(POLL_SECONDS)


def _event(row: LogRow, envelope: "_Envelope") -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        row.position,
        row.type.encode(),
        to_json(envelope(row)),
    )


def _shown(row: LogRow) -> dict[str, Any]:
    return {
        "position": row.position,
        "type": row.type,
        "stream": row.stream,
        "version": row.version,
        "school": row.school,
        "pupil": row.pupil,
        "recorded_at": instant(row.recorded_at),
        "act": row.act,
        "by": row.by._asdict(),
        "client": row.client,
        "data": json.loads(row.data),
        "salt": row.salt.hex(),
        "leaf": row.leaf.hex(),
        "act_leaf": row.act_leaf.hex(),
    }


def _cloud_event(row: LogRow) -> dict[str, Any]:
    """CloudEvents 1.0, for those who feed the log to a broker: what is ours goes in extensions."""
    school = f"/v1/schools/{row.school}" if row.school else "/v1/log"
    event = {
        "specversion": "1.0",
        # Unique within its source, as CloudEvents asks, since it is unique in the whole log.
        "id": str(row.position),
        "source": school,
        "type": f"{_TYPE}.{row.type}",
        "subject": row.stream,
        "time": instant(row.recorded_at),
        "datacontenttype": "application/json",
        "dataschema": f"/events/{row.type}",
        "data": json.loads(row.data),
        "sequence": f"{row.position:018d}",
        "position": row.position,
        "streamversion": row.version,
        "act": row.act,
        "client": row.client,
        "salt": row.salt.hex(),
        "leaf": row.leaf.hex(),
        "actleaf": row.act_leaf.hex(),
    }
    return event if row.pupil is None else {**event, "pupil": row.pupil}


_TYPE: Final = "attendance-ledger.v1"
_Envelope = Callable[[LogRow], dict[str, Any]]
_ENVELOPES: Final[dict[str, _Envelope]] = {"plain": _shown, "cloudevents": _cloud_event}
