"""Leave of absence: asked for, decided, and what became of it; refusals are kept."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import examples, formats, openapi, writing
from api.bodies import Body
from api.formats import Listing
from api.parameters import LeaveParameters, LeavePath, UrnPath
from api.reading import limit_of, of_school, page_of
from api.routing import ContractRoute, service_of
from api.schemas import LeaveRead
from api.writing import Write
from ledger.leave import AskLeave, DecideLeave
from ledger.requests import instant
from projections.leave import LeaveQuery, LeaveRow
from projections.leave import leave as leave_of

router = APIRouter(
    prefix="/v1/schools/{urn}/leave", route_class=ContractRoute, tags=["Leave of absence"]
)

_ASK = Write("leave:write", Body[AskLeave](AskLeave))
_DECIDE = Write("leave:write", Body[DecideLeave](DecideLeave))

_COLUMNS = (
    "id",
    "pupil",
    "ground",
    "from",
    "to",
    "sessions",
    "asked_by",
    "asked_on",
    "circumstances",
    "decision",
    "given_from",
    "given_to",
    "reason",
    "decided_by.name",
    "decided_by.position",
    "decided_at",
    "recorded_at",
    "by.name",
    "by.position",
    "erased",
    "position",
)


@router.post(
    "",
    **openapi.write(
        _ASK,
        {"contract": examples.LEAVE},
        received="receipt-of-leave",
        problems=("pupil-not-on-roll",),
    ),
)
async def ask_leave(request: Request, urn: UrnPath) -> Response:
    """Record a request for leave of absence; the receipt names its id."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _ASK, lambda asked, key: ledger.ask_leave(urn, asked, key), urn=urn
    )


@router.post(
    "/{leave}/decision",
    **openapi.write(
        _DECIDE,
        {"given": examples.DECISION},
        received="receipt-of-leave",
        problems=("leave-not-found", "leave-already-decided", "given-for-more-than-asked"),
    ),
)
async def decide_leave(request: Request, urn: UrnPath, leave: LeavePath) -> Response:
    """Record the decision: given, perhaps for less than was asked, refused, or withdrawn."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _DECIDE, lambda asked, key: ledger.decide_leave(urn, leave, asked, key), urn=urn
    )


@router.get(
    "",
    **openapi.read(
        LeaveRead,
        "leave",
        ["leave:read"],
        problems=("school-not-found",),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_leave(
    request: Request, urn: UrnPath, asked: Annotated[LeaveParameters, Query()]
) -> Response:
    """Requests for leave as they stood, those refused and withdrawn among them."""
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit = limit_of(request, asked)
    query = LeaveQuery(asked.pupil, asked.on, asked.decision)
    with of_school(request, "leave:read", urn, asked) as (found, book):
        rows = leave_of(found.connection, service_of(request).vault, book, found.at, query)
    page, more = page_of(rows, found, limit)
    listing = Listing("leave", [_shown(row) for row in page], _COLUMNS)
    return formats.answer(request, form, found.at, {"school": urn}, listing, more)


def _shown(row: LeaveRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "pupil": row.pupil,
        "ground": row.ground,
        "from": row.first,
        "to": row.last,
        "sessions": row.sessions,
        "asked_by": row.asked_by,
        "asked_on": row.asked_on,
        "circumstances": row.circumstances,
        "decision": row.decision,
        "given_from": row.given_first,
        "given_to": row.given_last,
        "reason": row.reason,
        "decided_by": row.decided_by._asdict() if row.decided_by else None,
        "decided_at": instant(row.decided_at) if row.decided_at else None,
        "recorded_at": instant(row.recorded_at),
        "by": row.by._asdict(),
        "erased": list(row.erased),
        "position": row.position,
    }
