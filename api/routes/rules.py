"""The law as the ledger has it: every value with its dates, its reference and its confidence."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import formats, openapi
from api.formats import Listing
from api.parameters import RulesParameters
from api.reading import reading
from api.routing import ContractRoute
from api.rule_rows import rule_row
from api.schemas_rules import RuleItem, RulesRead
from ledger.law import rulebook
from ledger.law.edition import RULES

router = APIRouter(prefix="/v1/rules", route_class=ContractRoute, tags=["Reading"])


@router.get(
    "",
    **openapi.read(
        RulesRead,
        "rules",
        [],
        formats=openapi.LIST_FORMATS,
    ),
)
def read_rules(request: Request, asked: Annotated[RulesParameters, Query()]) -> Response:
    """Every value of the law's tables, or those in force on a day.  Any key may ask.

    They belong to the edition of the rules, not to the log: as of an earlier position they are the same.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    with reading(request, asked) as found:
        rows = [rule_row(entry) for entry in rulebook.BUILT_IN.entries(asked.table, asked.on)]
    listing = Listing("values", rows, tuple(RuleItem.model_fields))
    return formats.answer(request, form, found.at, {"on": asked.on, "rules": RULES}, listing)
