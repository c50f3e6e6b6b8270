"""The attendance register: entries, amended entries, and the register as it stood."""

from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api import examples, formats, openapi, writing
from api.bodies import Body, amendments_members
from api.formats import Listing
from api.limits import ATTENDANCE_DAYS_MAX
from api.parameters import RegisterParameters, UrnPath
from api.problems import error, invalid
from api.reading import Reading, checked_span, cursor, day_at, limit_of, number_at, of_school
from api.register_body import RegisterBody
from api.register_rows import rows, texts
from api.routing import ContractRoute, service_of
from api.schemas import RegisterRead
from api.writing import Write
from ledger.registers.attendance import AmendRegister
from ledger.store.vault import Vault
from projections.register import MissingEntry, RegisterQuery, Told, told
from projections.school import Book

router = APIRouter(
    prefix="/v1/schools/{urn}/attendance", route_class=ContractRoute, tags=["Attendance register"]
)

_TAKE = Write("attendance:write", RegisterBody(), "entries")
_AMEND = Write("attendance:write", Body(AmendRegister, amendments_members), "amendments")

_RULES = (
    "unknown-code",
    "code-not-in-force",
    "wrong-session-for-code",
    "detail-missing",
    "session-not-begun",
    "session-not-held",
    "school-closed",
    "register-times-not-known",
    "pupil-not-on-roll",
    "boarder-carries-no-mark",
    "code-not-for-this-age",
    "no-part-time-agreement",
    "outside-part-time-agreement",
    "not-dually-registered",
    "not-physically-at-approved-place",
    "activity-not-supervised",
    "trip-not-supervised-by-school-staff",
)
_COLUMNS = (
    "pupil",
    "date",
    "session",
    "code",
    "counts_as",
    "original",
    "amended",
    "planned",
    "recorded_at",
    "by.name",
    "by.position",
    "position",
    "arrived_at",
    "detail",
    "reason",
    "entered_at",
    "flags",
    "place",
    "supervision",
)


@router.post(
    "",
    **openapi.write(
        _TAKE,
        {"contract": examples.REGISTER},
        received="receipt-of-register",
        problems=("code-missing", "entry-exists", *_RULES),
    ),
)
async def take_register(request: Request, urn: UrnPath) -> Response:
    """Take the register of one session, for a class or the whole school; at most 5,000 entries.

    `arrived_at` without a `code` lets the register times of that day decide.  An entry that stands with
    the same code is `unchanged`; with another it is refused: changing it is an amendment.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _TAKE, lambda asked, key: ledger.take_register(urn, asked, key), urn=urn
    )


@router.post(
    "/amendments",
    **openapi.write(
        _AMEND,
        {"contract": examples.AMENDMENTS},
        problems=("entry-has-changed", "entry-not-found", "amended-too-often", *_RULES),
    ),
)
async def amend_register(request: Request, urn: UrnPath) -> Response:
    """Amend entries, from the code that stands to another, each with its reason; at most 5,000."""
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _AMEND, lambda asked, key: ledger.amend_register(urn, asked, key), urn=urn
    )


@router.get(
    "",
    **openapi.read(
        RegisterRead,
        "register",
        ["attendance:read"],
        problems=("school-not-found", "dates-reversed", "span-too-long"),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_register(
    request: Request, urn: UrnPath, asked: Annotated[RegisterParameters, Query()]
) -> Response:
    """The register as it stood: of one `date`, or from one day to another (at most 400 days).

    Missing marks are those of the days and sessions that the page speaks of.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit = limit_of(request, asked)
    first, last = _span(asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        page = _page(found, book, service_of(request).vault, asked, (first, last, limit))
    made = rows(page.entries) if form == "csv" else texts(page.entries)
    listing = Listing("entries", list(made), _COLUMNS)
    head = {
        "school": urn,
        "missing": list(dict.fromkeys(entry.pupil for entry in page.missing)),
        "missing_entries": [entry._asdict() for entry in page.missing],
    }
    answered = formats.answer(request, form, found.at, head, listing, page.more)
    answered.headers["Ledger-Missing"] = str(len(page.missing))
    return answered


class _Page:
    """Entries up to a limit, the marks missing beside them, and the cursor of the next page."""

    def __init__(self) -> None:
        self.entries: list[Told] = []
        self.missing: list[MissingEntry] = []
        self.more: str | None = None


def _span(asked: RegisterParameters) -> tuple[date, date]:
    """The days asked for.  Raises ProblemError (422)."""
    if asked.date_ is not None:
        if asked.from_ is not None or asked.to is not None:
            message = "Give either `date`, or `from` and `to`."
            raise invalid([error("not-consistent", "date", message)])
        return asked.date_, asked.date_
    missing = [name for name, day in (("from", asked.from_), ("to", asked.to)) if day is None]
    if missing:
        message = "Give `date`, or `from` and `to`."
        raise invalid([error("missing", name, message) for name in missing])
    assert asked.from_ is not None and asked.to is not None
    checked_span(asked.from_, asked.to, ATTENDANCE_DAYS_MAX)
    return asked.from_, asked.to


def _page(
    found: Reading,
    book: Book,
    vault: Vault,
    asked: RegisterParameters,
    span: tuple[date, date, int],
) -> _Page:
    """Read as many days at a time as a page may need, until it is full."""
    first, last, limit = span
    day, skip = day_at(found.place, 0, first), number_at(found.place, 1)
    names = 1 if asked.pupil is not None else max(1, len(book.roll))
    step = timedelta(days=max(1, limit // (2 * names)) - 1)
    page = _Page()
    while day <= last and page.more is None:
        until = last if last - day <= step else day + step
        query = RegisterQuery(
            book.urn, day, until, asked.session, asked.pupil, asked.year_group,
            asked.registration_group,
        )  # fmt: skip
        entries, missing = told(found.connection, book, query, found.at, vault)
        _fill(page, entries, missing, (skip, limit), found)
        if until == last:
            break
        day, skip = until + timedelta(days=1), 0
    return page


def _fill(
    page: _Page,
    entries: list[Told],
    missing: list[MissingEntry],
    bounds: tuple[int, int],
    found: Reading,
) -> None:
    """Add what fits.  A session whose entries are cut in two is spoken of on the page that ends it."""
    skip, limit = bounds
    rest = entries[skip:]
    fits = rest[: limit - len(page.entries)]
    page.entries += fits
    if len(fits) == len(rest):
        page.missing += missing
        return
    cut = rest[len(fits)]
    before = sum(entry.date == cut.date for entry in entries[: skip + len(fits)])
    page.missing += [m for m in missing if m.date < cut.date]
    page.more = cursor(found.at, cut.date.isoformat(), before)


REGISTER: Final = next(
    route
    for route in router.routes
    if isinstance(route, ContractRoute) and route.endpoint is take_register
)
"""The route that is asked for most, by far."""
