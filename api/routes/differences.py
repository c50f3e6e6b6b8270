"""What changed between two places in the log: in the registers, and in the totals that follow."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api import formats, openapi
from api.between import Comparison, comparing, limits_of
from api.difference_parameters import (
    AdmissionsDiffParameters,
    AttendanceDiffParameters,
    TotalsDiffParameters,
)
from api.entry_pages import cursor_after, part_of
from api.explaining import link_to_differences
from api.formats import Listing
from api.limits import TOTALS_DAYS_MAX
from api.listing import plain
from api.parameters import UrnPath
from api.problems import invalid_at
from api.reading import checked_span, limit_of, page_of
from api.routing import ContractRoute, service_of
from api.schemas_differences import AdmissionsDiffRead, AttendanceDiffRead, TotalsDiffRead
from ledger.law.edition import RULES
from projections.differences import (
    FIRST_DAY,
    LAST_DAY,
    DifferencesQuery,
    EntryDifference,
    differences,
    place_of,
)
from projections.roll_differences import (
    RollDifference,
    RollDifferencesQuery,
    roll_differences,
)
from projections.totals import TotalsQuery
from projections.totals_differences import (
    COUNTS,
    PERCENTAGES,
    TotalsDifference,
    totals_differences,
)

router = APIRouter(prefix="/v1/schools/{urn}", route_class=ContractRoute, tags=["Differences"])

_STATE: Final = ("code", "position", "detail", "arrived_at", "place", "supervision")
_ATTENDANCE_COLUMNS: Final = (
    *("pupil", "date", "session", "net_change"),
    *(f"{side}.{name}" for side in ("before", "after") for name in _STATE),
    *("last.position", "last.recorded_at", "last.by.name", "last.by.position", "last.reason"),
    "events",
)
_TOTALS_COLUMNS: Final = (
    "key",
    *(f"{name}.{part}" for name in COUNTS for part in ("before", "after", "change")),
    *(f"{name}.{part}" for name in PERCENTAGES for part in ("before", "after")),
    *("codes", "events", "attendance"),
)
_ADMISSIONS_COLUMNS: Final = (
    *("pupil", "starting_day", "what", "before_position", "after_position"),
    *("fields", "events"),
)
_PROBLEMS: Final = ("school-not-found", "dates-reversed")


@router.get(
    "/attendance/diff",
    **openapi.read(
        AttendanceDiffRead,
        "attendance-diff",
        ["attendance:read"],
        problems=_PROBLEMS,
        formats=openapi.LIST_FORMATS,
    ),
)
def read_attendance_diff(
    request: Request, urn: UrnPath, asked: Annotated[AttendanceDiffParameters, Query()]
) -> Response:
    """Every entry that gained an event after `from`, up to `to`: what stood, what stands, who did what.

    An entry that was amended and amended back is listed as well; its `net_change` is false.  Details
    and reasons are opened as in the register.  In CSV the latest event has columns of its own.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit = limit_of(request, limits_of(asked))
    query = DifferencesQuery(
        urn,
        asked.first or FIRST_DAY,
        asked.last or LAST_DAY,
        asked.pupil,
        asked.year_group,
        asked.registration_group,
    )
    if query.last < query.first:
        raise invalid_at("last", "dates-reversed", "`last` is before `first`.")
    with comparing(request, "attendance:read", urn, asked) as found:
        part, vault = part_of(found.found, limit), service_of(request).vault
        connection, book = found.found.connection, found.books.after
        rows = differences(connection, book, query, found.between, part, vault)
    page = rows[:limit]
    more = cursor_after(found.found, place_of(page[-1])) if len(rows) > limit else None
    shown = [_entry(row, with_last=form == "csv") for row in page]
    head = {**_head(urn, found), "first": asked.first, "last": asked.last}
    listing = Listing("entries", shown, _ATTENDANCE_COLUMNS)
    return formats.answer(request, form, found.found.at, head, listing, more)


@router.get(
    "/totals/diff",
    **openapi.read(
        TotalsDiffRead,
        "totals-diff",
        ["attendance:read"],
        problems=(*_PROBLEMS, "span-too-long"),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_totals_diff(
    request: Request, urn: UrnPath, asked: Annotated[TotalsDiffParameters, Query()]
) -> Response:
    """The rows of totals that differ between two places in the log, with each count at both.

    A row that was not there counted nothing.  Totals are seen at the instants of the places: between
    them marks fall due and sessions begin, so that a row may differ without any event.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    if asked.last < asked.first:
        raise invalid_at("last", "dates-reversed", "`last` is before `first`.")
    checked_span(asked.first, asked.last, TOTALS_DAYS_MAX)
    query = TotalsQuery(urn, asked.first, asked.last, asked.by)
    with comparing(request, "attendance:read", urn, asked) as found:
        connection, vault = found.found.connection, service_of(request).vault
        rows = totals_differences(connection, found.books, query, found.between, vault)
    positions = found.between.before.position, found.between.after.position
    listing = Listing("rows", [_row(row, query, positions) for row in rows], _TOTALS_COLUMNS)
    head = {**_head(urn, found), "first": asked.first, "last": asked.last}
    head |= {"by": asked.by, "rules": RULES}
    return formats.answer(request, form, found.found.at, head, listing)


@router.get(
    "/admissions/diff",
    **openapi.read(
        AdmissionsDiffRead,
        "admissions-diff",
        ["admissions:read"],
        problems=_PROBLEMS,
        formats=openapi.LIST_FORMATS,
    ),
)
def read_admissions_diff(
    request: Request, urn: UrnPath, asked: Annotated[AdmissionsDiffParameters, Query()]
) -> Response:
    """The enrolments that differ between two places in the log, particular by particular.

    As the roll of a day (`on`) shows them, or every name ever entered; what was recorded about the name
    between the two places stands beside.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit = limit_of(request, limits_of(asked))
    query = RollDifferencesQuery(urn, asked.on)
    with comparing(request, "admissions:read", urn, asked) as found:
        connection, vault = found.found.connection, service_of(request).vault
        rows = roll_differences(connection, found.books, query, found.between, vault)
    page, more = page_of(rows, found.found, limit)
    listing = Listing("entries", [_name(row) for row in page], _ADMISSIONS_COLUMNS)
    head = {**_head(urn, found), "on": asked.on}
    return formats.answer(request, form, found.found.at, head, listing, more)


def _head(urn: str, found: Comparison) -> dict[str, Any]:
    return {"school": urn, **found.head}


def _entry(row: EntryDifference, *, with_last: bool) -> dict[str, Any]:
    shown: dict[str, Any] = plain(row)
    return shown | {"last": shown["events"][-1]} if with_last else shown


def _row(row: TotalsDifference, query: TotalsQuery, positions: tuple[int, int]) -> dict[str, Any]:
    return {
        "key": row.key,
        **{name: one._asdict() for name, one in row.counts.items()},
        "codes": {code: one._asdict() for code, one in row.codes.items()},
        **{name: one._asdict() for name, one in row.percentages.items()},
        "events": row.events,
        "attendance": link_to_differences(query, row.key, positions, row.days),
    }


def _name(row: RollDifference) -> dict[str, Any]:
    shown: dict[str, Any] = plain(row)
    return shown | {"fields": {name: one._asdict() for name, one in row.fields.items()}}
