"""Leave of absence: asked for, decided, and what became of it; refusals are kept; who may give it."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api import examples, formats, openapi, writing
from api.bodies import Body
from api.examples_leave import AUTHORITY, TIMETABLE, WITHDRAWAL
from api.formats import Listing
from api.parameters import LeaveParameters, LeavePath, OnParameters, UrnPath
from api.reading import limit_of, of_school, page_of
from api.routing import ContractRoute, service_of
from api.schemas_leave import LeaveAuthorityRead, LeaveRead
from api.writing import Write
from ledger.leave_of_absence.leave import AskLeave, DecideLeave
from ledger.leave_of_absence.leave_authority import LeaveAuthoritySet, SetLeaveAuthority
from ledger.requests import instant
from projections.leave import LeaveQuery, LeaveRow
from projections.leave import leave as leave_of
from projections.people import By

router = APIRouter(prefix="/v1/schools/{urn}", route_class=ContractRoute, tags=["Leave of absence"])

_ASK = Write("leave:write", Body[AskLeave](AskLeave))
_DECIDE = Write("leave:write", Body[DecideLeave](DecideLeave))
_AUTHORISE = Write("school:write", Body[SetLeaveAuthority](SetLeaveAuthority))

_RULES: Final = (
    "leave-not-asked-in-advance",
    "leave-given-after-it-began",
    "leave-ground-not-for-this-age",
    "leave-times-not-agreed",
    "leave-not-by-authorised-person",
)
"""What refuses leave to be given where regulation 11 binds."""

_COLUMNS: Final = (
    "id",
    "pupil",
    "ground",
    "from",
    "to",
    "sessions",
    "asked_by",
    "asked_on",
    "circumstances",
    "agreed_with",
    "review_on",
    "decision",
    "given_from",
    "given_to",
    "given_sessions",
    "licence",
    "withdrawn_from",
    "reason",
    "decided_by.name",
    "decided_by.position",
    "decision_entered_by.name",
    "decision_entered_by.position",
    "decided_on",
    "decided_at",
    "recorded_at",
    "by.name",
    "by.position",
    "erased",
    "position",
)


@router.post(
    "/leave",
    **openapi.write(
        _ASK,
        {"contract": examples.LEAVE, "part-time timetable": TIMETABLE},
        received="receipt-of-leave",
        problems=(
            "pupil-not-on-roll",
            "asked-in-the-future",
            "leave-without-end",
            "leave-too-long",
            "leave-session-outside-dates",
            "review-outside-leave",
        ),
    ),
)
async def ask_leave(request: Request, urn: UrnPath) -> Response:
    """Record a request for leave of absence; the receipt names its id.

    A request may always be recorded, so that its refusal is kept as well: what would refuse giving it
    is a warning here.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _ASK, lambda asked, key: ledger.ask_leave(urn, asked, key), urn=urn
    )


@router.post(
    "/leave/{leave}/decision",
    **openapi.write(
        _DECIDE,
        {"given": examples.DECISION, "withdrawn": WITHDRAWAL},
        received="receipt-of-decision",
        problems=(
            "leave-not-found",
            "leave-already-decided",
            "given-for-more-than-asked",
            "leave-of-no-session",
            "leave-already-taken",
            "leave-withdrawn-to-its-end",
            "decided-in-the-future",
            "decided-before-asked",
            *_RULES,
        ),
    ),
)
async def decide_leave(request: Request, urn: UrnPath, leave: LeavePath) -> Response:
    """Record the decision: given, perhaps for less than was asked, refused, or withdrawn.

    Where regulation 11 binds (schools maintained by a local authority, special schools) what it forbids
    is refused; elsewhere it is recorded with a warning.  The receipt lists the marks that stand and
    disagree with what is leave now, in `disagree`.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _DECIDE, lambda asked, key: ledger.decide_leave(urn, leave, asked, key), urn=urn
    )


@router.get(
    "/leave",
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


@router.put(
    "/leave-authority",
    **openapi.write(_AUTHORISE, {"contract": AUTHORITY}),
)
async def set_leave_authority(request: Request, urn: UrnPath) -> Response:
    """Set who may give leave from a day on (regulation 11(1)).

    The list replaces the one before from its day on; leave given earlier stays as it was given.  A
    person without a name stands for whoever holds the position.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _AUTHORISE, lambda asked, key: ledger.set_leave_authority(urn, asked, key), urn=urn
    )


@router.get(
    "/leave-authority",
    **openapi.read(
        LeaveAuthorityRead,
        "leave-authority",
        ["school:read"],
        problems=("school-not-found",),
    ),
)
def read_leave_authority(
    request: Request, urn: UrnPath, asked: Annotated[OnParameters, Query()]
) -> Response:
    """Who may give leave on a day, and every list that was recorded."""
    with of_school(request, "school:read", urn, asked) as (found, book):
        on = asked.on or found.today
        standing, lists = book.leave_authority.on(on), book.leave_authority.lists
    shown = _list_of(standing) if standing else {"persons": None, "in_force_from": None}
    members = {"school": urn, "on": on, **shown, "lists": [_list_of(each) for each in lists]}
    return formats.answer_object(found.at, members)


def _list_of(event: LeaveAuthoritySet) -> dict[str, Any]:
    persons = [{"name": p.get("name"), "position": p["position"]} for p in event.persons]
    return {"persons": persons, "in_force_from": event.in_force_from}


def _person(by: By | None) -> dict[str, str] | None:
    return by._asdict() if by else None


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
        "agreed_with": row.agreed_with,
        "review_on": row.review_on,
        "decision": row.decision,
        "given_from": row.given_first,
        "given_to": row.given_last,
        "given_sessions": row.given_sessions,
        "licence": row.licence,
        "withdrawn_from": row.withdrawn_from,
        "reason": row.reason,
        "decided_by": _person(row.decided_by),
        "decision_entered_by": _person(row.decision_entered_by),
        "decided_on": row.decided_on,
        "decided_at": instant(row.decided_at) if row.decided_at else None,
        "recorded_at": instant(row.recorded_at),
        "by": row.by._asdict(),
        "erased": list(row.erased),
        "position": row.position,
    }
