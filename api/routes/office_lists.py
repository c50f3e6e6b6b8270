"""Lists that offices live by: registers not taken, marks missing, amendments late, many or unusual.

They are read as the lists that the law asks for are; what is unusual is an indicator of where to look,
and says of nobody that anything is wrong.
"""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api import openapi
from api.list_parameters import LOG_DAYS
from api.listing import Page, days_so_far
from api.office_list_parameters import (
    ActivityParameters,
    AmendedParameters,
    BatchesParameters,
    RegistersParameters,
    UnmarkedParameters,
)
from api.parameters import UrnPath
from api.problems import invalid_at
from api.reading import of_school
from api.routing import ContractRoute, service_of
from api.schemas import ListRead
from api.schemas_office_lists import (
    AmendedRead,
    BatchesRead,
    RegistersRead,
    SpikesRead,
    UnmarkedRead,
)
from ledger.law.codes import last_counted
from ledger.schools.calendar import Span
from ledger.store.database import Connection
from projections import asof
from projections.lists.activity import ActivityQuery, activity_spikes
from projections.lists.amended import AmendedQuery, amended_after
from projections.lists.batches import BatchesQuery, batches
from projections.lists.registers import RegistersQuery, registers
from projections.lists.unmarked import UnmarkedQuery, unmarked

router = APIRouter(prefix="/v1", route_class=ContractRoute, tags=["Lists"])

REASONS_USUAL: Final = 1_000
"""Entries of a page of amendments, unless more are asked for: each of their reasons is unsealed."""
_LISTS: Final = "/schools/{urn}/lists"


def _documented(answer: type[ListRead], example: str) -> dict[str, Any]:
    return openapi.read(
        answer,
        example,
        ["attendance:read"],
        problems=("school-not-found", "dates-reversed", "span-too-long"),
        formats=openapi.LIST_FORMATS,
    )


@router.get(f"{_LISTS}/registers", **_documented(RegistersRead, "list-registers"))
def list_registers(
    request: Request, urn: UrnPath, asked: Annotated[RegistersParameters, Query()]
) -> Response:
    """The registers of a day, by session and registration group: taken, partly, not, and late.

    A register is not taken by entries recorded before it opened, such as leave.  The day of `as_of`,
    or today, unless `date` says otherwise.
    """
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        day = asked.date_ or found.today
        rows = registers(found.connection, book, RegistersQuery(day), found.at)
    columns = (
        *("date", "session", "registration_group", "state", "held", "due", "marked", "missing"),
        *("ahead", "first_entry_at", "last_entry_at", "late"),
    )
    return page.answer(found, Span(day, day), rows, columns)


@router.get(f"{_LISTS}/unmarked", **_documented(UnmarkedRead, "list-unmarked"))
def list_unmarked(
    request: Request, urn: UrnPath, asked: Annotated[UnmarkedParameters, Query()]
) -> Response:
    """Pupils due without a mark, by session and registration group, and how long that has been so.

    From the start of the academic year to today, unless `date`, or `from` and `to`, say otherwise.
    """
    if asked.date_ is not None and (asked.from_ is not None or asked.to is not None):
        raise invalid_at("date", "not-consistent", "Give either `date`, or `from` and `to`.")
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        day = asked.date_
        span = Span(day, day) if day else days_so_far(asked, found.today)
        rows = unmarked(found.connection, book, UnmarkedQuery(span), page.cut(found), found.at)
    columns = ("pupil", "date", "session", "year_group", "registration_group", "since")
    return page.answer_cut(found, span, rows, (*columns, "school_days"))


@router.get(f"{_LISTS}/amended-after", **_documented(AmendedRead, "list-amended-after"))
def list_amended_after(
    request: Request, urn: UrnPath, asked: Annotated[AmendedParameters, Query()]
) -> Response:
    """Entries that were amended after a recorded time: the census day, the day of a notice.

    Of each the code that stood then and the one that stands now, with every amendment since, its
    reason and whose it is.  Sessions of any day, unless `from` or `to` bound them.
    """
    page = Page.asked(request, urn, asked, REASONS_USUAL)
    since = _since(asked.since)
    span = Span(asked.from_ or LOG_DAYS.first, asked.to or LOG_DAYS.last)
    if span.last < span.first:
        raise invalid_at("to", "dates-reversed")
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        query = AmendedQuery(span, _position_of(found.connection, since))
        reader = (found.connection, service_of(request).vault)
        rows = amended_after(reader, book, query, page.cut(found), found.at)
    columns = ("pupil", "date", "session", "code_then", "code_now", "changes")
    return page.answer_cut(found, span, rows, columns, since=query.since)


def _since(text: str) -> datetime | int:
    """Raises ProblemError (422)."""
    try:
        # A plus sign that was not escaped in an address comes as a space.
        return asof.parse_as_of(text.replace(" ", "+"))
    except ValueError:
        message = "A log position or an instant with its offset is expected."
        raise invalid_at("since", "not-an-instant", message) from None


def _position_of(connection: Connection, since: datetime | int) -> int:
    """The last position recorded by then.  Raises ProblemError (422)."""
    try:
        return asof.resolve(connection, since).position
    except asof.AsOfInFutureError:
        raise invalid_at("since", "as-of-in-the-future") from None


@router.get(f"{_LISTS}/bulk-and-back-dated", **_documented(BatchesRead, "list-bulk-and-back-dated"))
def list_bulk_and_back_dated(
    request: Request, urn: UrnPath, asked: Annotated[BatchesParameters, Query()]
) -> Response:
    """Acts that entered or amended after more than `days` school days, or amended more than `bulk`.

    An indicator of where to look, and no finding: a closure entered in one act is one of them.  From
    the start of the academic year to today, unless days are given.
    """
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        span = days_so_far(asked, found.today)
        query = BatchesQuery(span, asked.days, asked.bulk)
        rows = batches(found.connection, book, query, page.cut(found), found.at)
    columns = (
        *("position", "recorded_at", "by.name", "by.position", "client"),
        *("late_entries", "late_amendments", "amendments", "bulk"),
        *("earliest.date", "earliest.session", "latest.date", "latest.session", "codes"),
    )
    return page.answer_cut(found, span, rows, columns, days=asked.days, bulk=asked.bulk)


@router.get(f"{_LISTS}/activity-spikes", **_documented(SpikesRead, "list-activity-spikes"))
def list_activity_spikes(
    request: Request, urn: UrnPath, asked: Annotated[ActivityParameters, Query()]
) -> Response:
    """Sessions in which a code's share of the possible sessions was far above its median.

    At the school, or in one of its year or registration groups.  An indicator of where to look, and no
    finding.  From the start of the academic year to today, unless days are given.
    """
    if last_counted(asked.code, LOG_DAYS.last) is None:
        raise invalid_at("code", "unknown-code")
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        span = days_so_far(asked, found.today)
        query = ActivityQuery(span, asked.code, asked.times, asked.at_least)
        rows = activity_spikes(found.connection, book, query, found.at)
    columns = (
        *("date", "session", "group_of", "group", "entries", "possible"),
        *("percent", "median_percent"),
    )
    head = {"code": asked.code, "times": asked.times, "at_least": asked.at_least}
    return page.answer(found, span, rows, columns, **head)
