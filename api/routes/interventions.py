"""Legal intervention: penalty notices, notices to improve, attendance contracts, decisions to consider."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api import examples_interventions as examples
from api import formats, openapi, writing
from api.bodies import Body
from api.formats import Listing
from api.parameters import InterventionPath, InterventionsParameters, UrnPath
from api.reading import limit_of, of_school, page_of
from api.routing import ContractRoute, service_of
from api.schemas_interventions import InterventionsRead
from api.writing import Write
from ledger.intervention.considerations import ConsiderPenalty
from ledger.intervention.improvement import (
    EndAttendanceContract,
    EndNoticeToImprove,
    GiveNoticeToImprove,
    MakeAttendanceContract,
)
from ledger.intervention.issued_notices import RecordNoticeOutcome, RecordPenaltyNotice
from ledger.requests import instant
from projections.interventions import InterventionRow, InterventionsQuery
from projections.interventions import interventions as interventions_of

router = APIRouter(
    prefix="/v1/schools/{urn}", route_class=ContractRoute, tags=["Legal intervention"]
)

_SCOPE: Final = "interventions:write"
_PENALTY_NOTICE = Write(_SCOPE, Body[RecordPenaltyNotice](RecordPenaltyNotice))
_NOTICE_OUTCOME = Write(_SCOPE, Body[RecordNoticeOutcome](RecordNoticeOutcome))
_NOTICE_TO_IMPROVE = Write(_SCOPE, Body[GiveNoticeToImprove](GiveNoticeToImprove))
_IMPROVEMENT_OUTCOME = Write(_SCOPE, Body[EndNoticeToImprove](EndNoticeToImprove))
_CONTRACT = Write(_SCOPE, Body[MakeAttendanceContract](MakeAttendanceContract))
_CONTRACT_OUTCOME = Write(_SCOPE, Body[EndAttendanceContract](EndAttendanceContract))
_CONSIDERATION = Write(_SCOPE, Body[ConsiderPenalty](ConsiderPenalty))
_OUTCOME_PROBLEMS = (
    "intervention-not-found",
    "intervention-already-ended",
    "dated-ahead",
    "outcome-before-beginning",
)

_COLUMNS = (
    "id",
    "kind",
    "pupil",
    "parent.id",
    "parent.name",
    "from",
    "to",
    "notice",
    "issued_by.name",
    "issued_by.position",
    "issued_by.authority",
    "received_on",
    "threshold_met_on",
    "sessions",
    "offence",
    "payment.early.pounds",
    "payment.early.last_day",
    "payment.full.pounds",
    "payment.full.last_day",
    "counts_until",
    "terms",
    "decision",
    "window",
    "outcome",
    "outcome_on",
    "amount",
    "guilty",
    "reason",
    "outcome_by.name",
    "outcome_by.position",
    "outcome_at",
    "recorded_at",
    "by.name",
    "by.position",
    "erased",
    "position",
)


@router.post(
    "/penalty-notices",
    **openapi.write(
        _PENALTY_NOTICE,
        {"first": examples.PENALTY_NOTICE},
        received="receipt-of-penalty-notice",
        problems=(
            "pupil-not-on-roll",
            "third-penalty-notice",
            "penalty-notice-not-for-this-age",
            "dated-ahead",
        ),
    ),
)
async def record_penalty_notice(request: Request, urn: UrnPath) -> Response:
    """Record a penalty notice that somebody issued to one parent for one child.

    The receipt names its id, its kind by the rules (`first`, `second`), and what is to be paid until
    when.  Earlier notices count that any school has recorded for the child with the same parent's id;
    a third within three years is refused.  The threshold is a duty to consider: below it a notice is
    recorded with a warning, and the ledger never issues one.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _PENALTY_NOTICE, lambda asked, key: ledger.intervene(urn, asked, key), urn=urn
    )


@router.post(
    "/penalty-notices/{intervention}/outcome",
    **openapi.write(
        _NOTICE_OUTCOME,
        {"paid": examples.NOTICE_OUTCOME},
        received="receipt-of-penalty-notice",
        problems=_OUTCOME_PROBLEMS,
    ),
)
async def record_notice_outcome(
    request: Request, urn: UrnPath, intervention: InterventionPath
) -> Response:
    """Record what became of a penalty notice: received, paid, unpaid, prosecuted or withdrawn."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request,
        _NOTICE_OUTCOME,
        lambda asked, key: ledger.record_outcome(urn, intervention, asked, key),
        urn=urn,
    )


@router.post(
    "/notices-to-improve",
    **openapi.write(
        _NOTICE_TO_IMPROVE,
        {"contract": examples.NOTICE_TO_IMPROVE},
        received="receipt-of-intervention",
        problems=("pupil-not-on-roll",),
    ),
)
async def give_notice_to_improve(request: Request, urn: UrnPath) -> Response:
    """Record a notice to improve; a period of other than three to six weeks is warned of."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _NOTICE_TO_IMPROVE, lambda asked, key: ledger.intervene(urn, asked, key), urn=urn
    )


@router.post(
    "/notices-to-improve/{intervention}/outcome",
    **openapi.write(
        _IMPROVEMENT_OUTCOME,
        {"insufficient": examples.IMPROVEMENT_OUTCOME},
        received="receipt-of-intervention",
        problems=_OUTCOME_PROBLEMS,
    ),
)
async def end_notice_to_improve(
    request: Request, urn: UrnPath, intervention: InterventionPath
) -> Response:
    """Record how a notice to improve ended."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request,
        _IMPROVEMENT_OUTCOME,
        lambda asked, key: ledger.record_outcome(urn, intervention, asked, key),
        urn=urn,
    )


@router.post(
    "/attendance-contracts",
    **openapi.write(
        _CONTRACT,
        {"contract": examples.ATTENDANCE_CONTRACT},
        received="receipt-of-intervention",
        problems=("pupil-not-on-roll",),
    ),
)
async def make_attendance_contract(request: Request, urn: UrnPath) -> Response:
    """Record an attendance contract between a parent and the school or the local authority."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _CONTRACT, lambda asked, key: ledger.intervene(urn, asked, key), urn=urn
    )


@router.post(
    "/attendance-contracts/{intervention}/outcome",
    **openapi.write(
        _CONTRACT_OUTCOME,
        {"ended": examples.CONTRACT_OUTCOME},
        received="receipt-of-intervention",
        problems=_OUTCOME_PROBLEMS,
    ),
)
async def end_attendance_contract(
    request: Request, urn: UrnPath, intervention: InterventionPath
) -> Response:
    """Record the end of an attendance contract."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request,
        _CONTRACT_OUTCOME,
        lambda asked, key: ledger.record_outcome(urn, intervention, asked, key),
        urn=urn,
    )


@router.post(
    "/penalty-considerations",
    **openapi.write(
        _CONSIDERATION,
        {"contract": examples.CONSIDERATION},
        received="receipt-of-intervention",
        problems=("pupil-not-on-roll", "dated-ahead"),
    ),
)
async def consider_penalty(request: Request, urn: UrnPath) -> Response:
    """Record what was decided when a penalty notice was considered.  Nothing follows by itself.

    The decision stays, whatever becomes of the marks that it rested on.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _CONSIDERATION, lambda asked, key: ledger.intervene(urn, asked, key), urn=urn
    )


@router.get(
    "/interventions",
    **openapi.read(
        InterventionsRead,
        "interventions",
        ["interventions:read"],
        problems=("school-not-found",),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_interventions(
    request: Request, urn: UrnPath, asked: Annotated[InterventionsParameters, Query()]
) -> Response:
    """Interventions as they stood, in the order of recording, those withdrawn and ended among them."""
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit = limit_of(request, asked)
    query = InterventionsQuery(asked.pupil, asked.kind, asked.on)
    with of_school(request, "interventions:read", urn, asked) as (found, book):
        vault = service_of(request).vault
        rows = interventions_of(found.connection, vault, book, found.at, query)
    page, more = page_of(rows, found, limit)
    listing = Listing("interventions", [_shown(row) for row in page], _COLUMNS)
    return formats.answer(request, form, found.at, {"school": urn}, listing, more)


def _shown(row: InterventionRow) -> dict[str, Any]:
    said, outcome, notice = row.fields, row.outcome_fields, row.notice
    parent = {"id": said["parent"], "name": said["parent_name"]} if "parent" in said else None
    return {
        "id": row.id,
        "kind": row.kind,
        "pupil": row.pupil,
        "parent": parent,
        "from": row.first,
        "to": said.get("last"),
        "notice": said.get("notice"),
        "issued_by": said.get("issued_by"),
        "received_on": notice.get("received_on"),
        "threshold_met_on": said.get("threshold_met_on"),
        "sessions": said.get("sessions"),
        "offence": said.get("offence"),
        "payment": notice.get("payment"),
        "counts_until": notice.get("counts_until"),
        "terms": said.get("terms"),
        "decision": said.get("decision"),
        "window": said.get("window"),
        "outcome": row.outcome,
        "outcome_on": outcome.get("on"),
        "amount": outcome.get("amount"),
        "guilty": notice.get("guilty"),
        "reason": outcome.get("reason", said.get("reason")),
        "outcome_by": row.outcome_by._asdict() if row.outcome_by else None,
        "outcome_at": instant(row.outcome_at) if row.outcome_at else None,
        "recorded_at": instant(row.recorded_at),
        "by": row.by._asdict(),
        "erased": list(row.erased),
        "position": row.position,
    }
