"""Totals of a register: sessions by code and class, rates, persistent and severe absence."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api import formats, openapi
from api.explaining import Explanations
from api.formats import Listing
from api.limits import TOTALS_DAYS_MAX
from api.parameters import TotalsParameters, UrnPath
from api.reading import checked_span, of_school
from api.routing import ContractRoute, service_of
from api.schemas import TotalsItem, TotalsRead
from ledger.law.edition import RULES
from projections.asof import AsOf
from projections.totals import TotalsQuery, TotalsRow, totals

router = APIRouter(prefix="/v1/schools/{urn}/totals", route_class=ContractRoute, tags=["Reading"])

_COLUMNS = tuple(name for name in TotalsItem.model_fields if name != "codes")
_MEMBERS: Final = tuple(field.name for field in fields(TotalsRow))
_VALUES: Final = attrgetter(*_MEMBERS)


@router.get(
    "",
    **openapi.read(
        TotalsRead,
        "totals",
        ["attendance:read"],
        problems=("school-not-found", "dates-reversed", "span-too-long"),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_totals(
    request: Request, urn: UrnPath, asked: Annotated[TotalsParameters, Query()]
) -> Response:
    """Totals of a school's register from one day to another (at most 1,100 days).

    Entries for sessions that have not begun are left out.  Percentages are 100 times a part over
    `possible_sessions`, unrounded; persistent and severe absence are judged enrolment by enrolment
    within the row.  In CSV each code has a column of its own.  `explain` leads to what a row is made of.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    checked_span(asked.from_, asked.to, TOTALS_DAYS_MAX)
    query = TotalsQuery(urn, asked.from_, asked.to, asked.by)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        rows = totals(found.connection, book, query, found.at, service_of(request).vault)
    shown = list(_shown(rows, query, found.at))
    codes = sorted({code for row in rows for code in row.codes})
    columns = (*_COLUMNS, *(f"codes.{code}" for code in codes))
    head = {"school": urn, "from": asked.from_, "to": asked.to, "by": asked.by, "rules": RULES}
    return formats.answer(request, form, found.at, head, Listing("rows", shown, columns))


def _shown(rows: Iterable[TotalsRow], query: TotalsQuery, at: AsOf) -> Iterator[dict[str, Any]]:
    links = Explanations(query, at)
    for row in rows:
        shown = dict(zip(_MEMBERS, _VALUES(row), strict=True))
        shown["explain"] = links.of(row.key)
        yield shown
