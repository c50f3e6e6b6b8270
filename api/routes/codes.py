"""The attendance codes in force on a day."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import formats, openapi
from api.formats import Listing
from api.parameters import CodesParameters
from api.reading import reading
from api.routing import ContractRoute
from api.schemas import CodeItem, CodesRead
from ledger.codes import Code, codes_on

router = APIRouter(prefix="/v1/codes", route_class=ContractRoute, tags=["Reading"])


@router.get(
    "",
    **openapi.read(
        CodesRead,
        "codes",
        [],
        formats=openapi.LIST_FORMATS,
    ),
)
def read_codes(request: Request, asked: Annotated[CodesParameters, Query()]) -> Response:
    """The codes in force for sessions of a day, and how each of them counts.  Any key may ask."""
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    with reading(request, asked) as found:
        day = asked.on or found.today
    rows = [_shown(code) for code in codes_on(day)]
    listing = Listing("codes", rows, tuple(CodeItem.model_fields))
    return formats.answer(request, form, found.at, {"on": day}, listing)


def _shown(code: Code) -> dict[str, Any]:
    return {
        "code": code.symbol,
        "title": code.title,
        "counts_as": code.statistical_class,
        "in_possible_sessions": code.in_possible,
        "sessions": [session for session, given in (("AM", code.am), ("PM", code.pm)) if given],
        "detail": code.detail,
        "valid_from": code.valid_from,
        "valid_to": code.valid_to,
        "reference": code.reference,
    }
