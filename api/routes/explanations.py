"""Why this number: what each figure of the totals is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api import formats, openapi
from api.difference_parameters import ExplainParameters
from api.entry_pages import cursor_after, part_of
from api.explaining import link_to_explanation
from api.formats import Listing
from api.limits import TOTALS_DAYS_MAX
from api.listing import plain
from api.parameters import UrnPath
from api.problems import invalid_at
from api.reading import Reading, checked_span, limit_of, of_school, page_of, seen_later
from api.routing import ContractRoute, service_of
from api.schemas_differences import ExplainRead
from ledger.law.edition import RULES
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.explanation import (
    FIGURES,
    OF_ENROLMENTS,
    PARTS_OF_PERCENTAGES,
    Asked,
    Explained,
    ExplainedEnrolment,
    ExplainedEntry,
    ExplainedMissing,
    explanation,
    headline,
    place_of,
)
from projections.grid import Key, TotalsQuery
from projections.parts import Part
from projections.school import Book
from projections.totals import TotalsRow, totals

router = APIRouter(prefix="/v1/schools/{urn}/totals", route_class=ContractRoute, tags=["Reading"])

_OF_SUMMARY: Final = ("figure", "code", "headline", "explain", "of")


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of an explanation, or a summary of the row."""

    items: Sequence[dict[str, Any]]
    columns: Sequence[str]
    total: int | None = None
    headline: int | None = None
    more: str | None = None


@router.get(
    "/explain",
    **openapi.read(
        ExplainRead,
        "explain",
        ["attendance:read"],
        problems=("school-not-found", "dates-reversed", "span-too-long"),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_explanation(
    request: Request, urn: UrnPath, asked: Annotated[ExplainParameters, Query()]
) -> Response:
    """What a figure of a row of totals is made of: entries, missing marks or enrolments, one by one.

    `headline` is the figure as the totals have it, `total` the number of what is listed on all pages,
    counted anew: they are equal.  Without a figure or a code every figure of the row is listed with its
    link.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit = limit_of(request, asked)
    checked_span(asked.from_, asked.to, TOTALS_DAYS_MAX)
    if asked.figure is not None and asked.code is not None:
        raise invalid_at("code", "not-consistent", "Give either `figure` or `code`.")
    query = TotalsQuery(urn, asked.from_, asked.to, asked.by)
    key = urn if asked.by == "school" and asked.key is None else asked.key
    with of_school(request, "attendance:read", urn, asked) as (opened, book):
        found, vault = seen_later(opened, asked.seen_at), service_of(request).vault
        row = _row(totals(found.connection, book, query, found.at, vault), key)
        one = Asked(query, key, asked.figure, asked.code)
        if one.figure is None and one.code is None:
            page = _summary(row, query, found.at)
        else:
            page = _explained(found, book, one, row, (limit, vault))
    head = {
        "school": urn,
        "from": asked.from_,
        "to": asked.to,
        "by": asked.by,
        "key": key,
        "figure": asked.figure,
        "code": asked.code,
        "rules": RULES,
        "total": page.total,
        "headline": page.headline,
    }
    listing = Listing("items", page.items, page.columns)
    return formats.answer(request, form, found.at, head, listing, page.more)


def _row(rows: Sequence[TotalsRow], key: Key) -> TotalsRow:
    """The row of that key.  Raises ProblemError (422)."""
    for row in rows:
        if row.key == key:
            return row
    raise invalid_at("key", "not-one-of", "The totals have no row of this key.")


def _explained(
    found: Reading, book: Book, asked: Asked, row: TotalsRow, bounds: tuple[int, Vault]
) -> _Page:
    limit, vault = bounds
    whole = asked.figure in OF_ENROLMENTS
    part = Part(limit) if whole else part_of(found, limit)
    made_of = explanation(found.connection, book, asked, found.at, part, vault)
    if whole:
        items, more = page_of(made_of.items, found, limit)
    else:
        items, more = made_of.items[:limit], _more(found, made_of.items, limit)
    shown = [plain(item) for item in items]
    return _Page(shown, _columns(asked), made_of.total, headline(row, asked), more)


def _more(found: Reading, items: Sequence[Explained], limit: int) -> str | None:
    place = place_of(items[limit - 1]) if len(items) > limit else None
    return None if place is None else cursor_after(found, place)


def _columns(asked: Asked) -> tuple[str, ...]:
    if asked.figure in OF_ENROLMENTS:
        return ExplainedEnrolment._fields
    return ExplainedMissing._fields if asked.figure == "missing" else ExplainedEntry._fields


def _summary(row: TotalsRow, query: TotalsQuery, at: AsOf) -> _Page:
    """Every figure of the row with its link; a percentage with the links of what is divided."""

    def link(**figure: str) -> str:
        return link_to_explanation(query, row.key, at, **figure)

    possible = link(figure="possible_sessions")
    items = [
        _figure(figure, None, headline(row, Asked(query, row.key, figure)), link(figure=figure))
        for figure in FIGURES
    ]
    items += [_figure(None, code, number, link(code=code)) for code, number in row.codes.items()]
    items += [
        _figure(name, None, getattr(row, name), link(figure=part)) | {"of": possible}
        for name, part in PARTS_OF_PERCENTAGES.items()
    ]
    return _Page(items, _OF_SUMMARY)


def _figure(
    figure: str | None, code: str | None, number: float | None, link: str
) -> dict[str, Any]:
    return {"figure": figure, "code": code, "headline": number, "explain": link, "of": None}
