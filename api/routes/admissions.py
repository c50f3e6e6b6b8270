"""The admission register: names entered, particulars amended, names deleted, and the roll."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import examples, examples_admissions, formats, openapi, writing
from api.bodies import Body
from api.formats import Listing
from api.parameters import AdmissionsParameters, PupilPath, UrnPath
from api.reading import limit_of, of_school, page_of
from api.routing import ContractRoute, service_of
from api.schemas import AdmissionsRead
from api.writing import Write
from ledger.admissions.admission import AmendParticulars, EnterNames
from ledger.admissions.grounds import Deletion
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
    "supplementary_names",
    "sex",
    "date_of_birth",
    "upn",
    "starting_day",
    "starting_day_is",
    "deleted_on",
    "ground",
    "year_group",
    "registration_group",
    "enrolment",
    "attends_there",
    "boarder",
    "due.AM",
    "due.PM",
    "address",
    "other_addresses",
    "parents",
    "move",
    "previous_school",
    "previous_school_address",
    "other_school",
    "future_school",
    "erased",
    "position",
    "recorded_at",
    "by.name",
    "by.position",
    "former_upn",
    "uln",
)


@router.post(
    "",
    **openapi.write(
        _ENTER,
        {"contract": examples.ADMISSIONS, "dual-registration": examples_admissions.DUAL},
        received="receipt-of-name",
        problems=(
            "already-on-roll",
            "upn-check-letter-wrong",
            "uln-check-digit-wrong",
            "twice-in-request",
            "born-after-starting-day",
            "entered-after-starting-day",
            "particular-missing",
            "one-emergency-contact",
        ),
    ),
)
async def enter_names(request: Request, urn: UrnPath) -> Response:
    """Enter names in the admission register, each on its starting day; at most 2,000 in a request.

    What regulation 8 asks for and is not told is recorded with warnings, one a field.  Of more than 100
    names in a request the receipt has them in short, as `warned`.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _ENTER, lambda asked, key: ledger.enter_names(urn, asked, key), urn=urn
    )


@router.post(
    "/{pupil}/amendments",
    **openapi.write(
        _AMEND,
        {
            "group": examples.PARTICULARS,
            "move": examples_admissions.MOVE,
            "starting-day": examples_admissions.STARTING_DAY,
        },
        problems=(
            "name-not-found",
            "nothing-to-amend",
            "particular-required",
            "born-after-starting-day",
            "deletion-before-starting-day",
            "already-on-roll",
            "upn-check-letter-wrong",
            "uln-check-digit-wrong",
            "marks-before-starting-day",
            "particular-missing",
            "one-emergency-contact",
        ),
    ),
)
async def amend_particulars(request: Request, urn: UrnPath, pupil: PupilPath) -> Response:
    """Amend particulars in the admission register; the reason is never optional.

    A particular is amended as a whole: parents, phones and addresses are sent again with what stays.
    """
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
            "other-code-in-run",
            "deletion-ground-not-for-this-age",
            "deletion-ground-not-for-this-school",
            "leave-not-recorded",
        ),
    ),
)
async def delete_name(request: Request, urn: UrnPath, pupil: PupilPath) -> Response:
    """Delete a name from the admission register, on a ground of regulation 9 and no other.

    `evidence` holds what the ground's own conditions ask for; what the registers themselves show is
    looked up: absence (I), the return from leave (H), age (L), boarding (G, M).  A deletion is never
    dated before the day it is recorded; a later `day` takes effect then.
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
    """The admission register as it stood, and what is due of each pupil on the day asked for."""
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
