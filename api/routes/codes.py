"""The attendance codes in force on a day."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import formats, openapi
from api.formats import Listing
from api.parameters import CodesParameters
from api.reading import reading
from api.routing import ContractRoute
from api.rule_rows import code_row
from api.schemas_rules import CodeItem, CodesRead
from ledger.law import codes
from ledger.law.edition import RULES

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
    """The codes in force for sessions of a day, or all that ever were, and how each counts.

    Any key may ask.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    with reading(request, asked) as found:
        day = asked.on or found.today
    shown = codes.BUILT_IN.codes if day == "all" else codes.codes_on(day)
    listing = Listing("codes", [code_row(code) for code in shown], tuple(CodeItem.model_fields))
    return formats.answer(request, form, found.at, {"on": day, "rules": RULES}, listing)
