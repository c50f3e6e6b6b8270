"""The admission register: names entered, particulars amended, names deleted, and the roll."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import examples, formats, openapi, writing
from api.bodies import Body
from api.formats import Listing
from api.parameters import AdmissionsParameters, PupilPath, UrnPath
from api.reading import limit_of, of_school, page_of
from api.routing import ContractRoute, service_of
from api.schemas import AdmissionsRead
from api.writing import Write
from ledger.admission import AmendParticulars, EnterNames
from ledger.grounds import Deletion
from ledger.requests import instant
from projections.roll import RollRow, roll

router = APIRouter(
    prefix="/v1/schools/{urn}/admissions", route_class=ContractRoute, tags=["Admission register"]
)

_ENTER = Write("admissions:write", Body[EnterNames](EnterNames), "entries")
_AMEND = Write("admissions:write", Body[AmendParticulars](AmendParticulars))
_DELETE = Write("admissions:write", Body[Any](Deletion))

_COLUMNS = (
    "pupil",
    "surname",
    "forenames",
    "sex",
    "date_of_birth",
    "upn",
    "starting_day",
    "deleted_on",
    "ground",
    "year_group",
    "registration_group",
    "enrolment",
    "boarder",
    "address",
    "parents",
    "previous_school",
    "erased",
    "position",
    "recorded_at",
    "by.name",
    "by.position",
)


@router.post(
    "",
    **openapi.write(
        _ENTER,
        {"contract": examples.ADMISSIONS},
        received="receipt-of-name",
        problems=("already-on-roll", "twice-in-request", "born-after-starting-day"),
    ),
)
async def enter_names(request: Request, urn: UrnPath) -> Response:
    """Enter names in the admission register, each on its starting day; at most 2,000 in a request."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _ENTER, lambda asked, key: ledger.enter_names(urn, asked, key), urn=urn
    )


@router.post(
    "/{pupil}/amendments",
    **openapi.write(
        _AMEND,
        {"group": examples.PARTICULARS},
        problems=("name-not-found", "nothing-to-amend", "particular-required"),
    ),
)
async def amend_particulars(request: Request, urn: UrnPath, pupil: PupilPath) -> Response:
    """Amend particulars in the admission register; the reason is never optional."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request,
        _AMEND,
        lambda asked, key: ledger.amend_particulars(urn, pupil, asked, key),
        urn=urn,
    )


@router.post(
    "/{pupil}/deletion",
    **openapi.write(
        _DELETE,
        examples.deletions(),
        problems=(
            "name-not-found",
            "already-deleted",
            "deletion-dated-back",
            "deletion-before-starting-day",
            "condition-not-met",
        ),
    ),
)
async def delete_name(request: Request, urn: UrnPath, pupil: PupilPath) -> Response:
    """Delete a name from the admission register, on a ground of regulation 9 and no other.

    `evidence` holds what the ground's own conditions ask for.  A deletion is never dated before the day
    it is recorded; a later `day` takes effect then.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _DELETE, lambda asked, key: ledger.delete_name(urn, pupil, asked, key), urn=urn
    )


@router.get(
    "",
    **openapi.read(
        AdmissionsRead,
        "admissions",
        ["admissions:read"],
        problems=("school-not-found",),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_admissions(
    request: Request, urn: UrnPath, asked: Annotated[AdmissionsParameters, Query()]
) -> Response:
    """The admission register as it stood."""
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit = limit_of(request, asked)
    with of_school(request, "admissions:read", urn, asked) as (found, book):
        rows = roll(found.connection, service_of(request).vault, book, found.at, asked.on)
    page, more = page_of(rows, found, limit)
    listing = Listing("entries", [_shown(row) for row in page], _COLUMNS)
    return formats.answer(request, form, found.at, {"school": urn}, listing, more)


def _shown(row: RollRow) -> dict[str, Any]:
    return {
        **asdict(row),
        "recorded_at": instant(row.recorded_at),
        "by": row.by._asdict(),
    }
