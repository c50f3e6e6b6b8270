"""A pupil's history: everything that the log holds about one child."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from operator import itemgetter
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api import formats, openapi
from api.callers import Caller, Scope, caller_of, need
from api.examples_history import EXAMPLES
from api.formats import Listing, Row
from api.history_rows import COLUMNS, flat_rows, texts
from api.pages.child_history import Printed, School, page
from api.parameters import HistoryParameters, PupilPath
from api.problems import invalid_at, refuse
from api.reading import Reading, cursor, limit_of, number_at, reading
from api.routing import ContractRoute, directory_of, service_of
from api.schemas import HistoryRead
from api.service import Service
from ledger.store.vault import Vault
from projections.history import HistoryQuery, history, told_history, written_history
from projections.history_events import Placed, Told, type_of
from projections.roll import roll
from projections.school import load

router = APIRouter(prefix="/v1/pupils/{pupil}", route_class=ContractRoute, tags=["Reading"])

SCOPES: Final[dict[str, Scope]] = {
    "attendance-entered": "attendance:read",
    "attendance-amended": "attendance:read",
    "name-entered": "admissions:read",
    "particulars-amended": "admissions:read",
    "name-deleted": "admissions:read",
    "leave-asked": "leave:read",
    "leave-given": "leave:read",
    "leave-refused": "leave:read",
    "leave-withdrawn": "leave:read",
    "penalty-notice-issued": "interventions:read",
    "penalty-notice-received": "interventions:read",
    "penalty-notice-paid": "interventions:read",
    "penalty-notice-left-unpaid": "interventions:read",
    "penalty-notice-prosecuted": "interventions:read",
    "penalty-notice-withdrawn": "interventions:read",
    "notice-to-improve-given": "interventions:read",
    "notice-to-improve-ended": "interventions:read",
    "attendance-contract-made": "interventions:read",
    "attendance-contract-ended": "interventions:read",
    "penalty-considered": "interventions:read",
    "return-sent": "attendance:read",
    "sickness-belief-formed": "attendance:read",
}
"""What a client needs to be shown an event of each topic."""


def _documented() -> dict[str, Any]:
    made = openapi.read(
        HistoryRead,
        "history",
        ["attendance:read", "admissions:read", "leave:read", "interventions:read"],
        problems=("pupil-not-found", "school-not-found", "dates-reversed"),
        formats=(*openapi.LIST_FORMATS, formats.HTML),
    )
    content = made["responses"][200]["content"]
    for media_type, example in EXAMPLES.items():
        content[media_type]["example"] = example
    return made


@router.get("/history", **_documented())
def read_history(
    request: Request, pupil: PupilPath, asked: Annotated[HistoryParameters, Query()]
) -> Response:
    """Every event about the child in log order, at the schools that the caller may see.

    Marks are shown with the scope `attendance:read`, admissions with `admissions:read`, leave with
    `leave:read` and penalty notices with `interventions:read`; one of them is needed.  `from` and
    `to` choose marks by the day of their session and everything else by the day of recording.

    As `html` it is a page to print, original and amended entries side by side.  It is no certificate.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv", "html"))
    limit, caller = limit_of(request, asked), caller_of(request)
    shown = frozenset(topic for topic, scope in SCOPES.items() if caller.may(scope))
    if not shown:
        need(caller, "attendance:read")
    query = _query(request, caller, str(pupil), asked)
    service = service_of(request)
    with reading(request, asked) as found:
        every = _every(found, service, query, form)
        listed, more = _page(found, every, shown, limit)
        if not listed and not found.place:
            _must_be_known(found, service.vault, query, shown)
        if form == "html":
            schools = _schools(found, service.vault, caller, query.pupil, _told(listed))
    if form == "html":
        return _printed(request, query, found, _told(listed), schools, more)
    rows: list[Row | str] = []
    if form == "csv":
        rows += flat_rows(one.event for one in _told(listed))
    else:
        rows += texts(one for _, one in listed)
    listing = Listing("events", rows, COLUMNS)
    return formats.answer(request, form, found.at, {"pupil": str(pupil)}, listing, more)


def _every(
    found: Reading, service: Service, query: HistoryQuery, form: formats.Format
) -> Sequence[Placed]:
    asked = (found.connection, service.vault, query, found.at, service.database)
    if form in ("json", "ndjson"):
        return written_history(*asked)
    return [(one.position, one) for one in told_history(*asked, leaves=form == "html")]


def _told(listed: Sequence[Placed]) -> list[Told]:
    """The events of a form that is no JSON, for which none comes as it is kept."""
    return [one for _, one in listed if not isinstance(one, str)]


def _query(request: Request, caller: Caller, pupil: str, asked: HistoryParameters) -> HistoryQuery:
    if asked.from_ and asked.to and asked.to < asked.from_:
        raise invalid_at("to", "dates-reversed")
    directory = directory_of(request)
    if asked.school is None:
        schools = directory.schools_of(caller)
    elif directory.sees(caller, asked.school):
        schools = frozenset({asked.school})
    else:
        raise refuse("school-not-found", "school")
    return HistoryQuery(pupil, schools, asked.from_, asked.to)


def _page(
    found: Reading, every: Sequence[Placed], shown: frozenset[str], limit: int
) -> tuple[Sequence[Placed], str | None]:
    """The events after the cursor's position, and the cursor of the next page."""
    after = number_at(found.place, 0)
    later = every[bisect_right(every, after, key=itemgetter(0)) :]
    if not shown.issuperset(SCOPES):
        later = [one for one in later if type_of(one[1]) in shown]
    page = later[: limit + 1]
    more = cursor(found.at, page[limit - 1][0]) if len(page) > limit else None
    return page[:limit], more


def _must_be_known(
    found: Reading, vault: Vault, query: HistoryQuery, shown: frozenset[str]
) -> None:
    """Raise ProblemError (404) where there is no event on any day."""
    whole = replace(query, first=None, last=None)
    any_day = history(found.connection, vault, whole, found.at)
    if not any(event.type in shown for event in any_day):
        raise refuse("pupil-not-found", "pupil")


# -- as a page -----------------------------------------------------------------------------------------


def _schools(
    found: Reading, vault: Vault, caller: Caller, pupil: str, listed: Sequence[Told]
) -> list[School]:
    """The schools of these events, with the child's name where the caller may read it."""
    schools = []
    for urn in sorted({one.event.school for one in listed}):
        book = load(found.connection, urn, found.at)
        described = book.school.described_on(found.today) or book.school.described_last
        place = book.places.get(pupil) if caller.may("admissions:read") else None
        # The roll of one child alone: nobody else's particulars are opened.
        of_child = replace(book, places={pupil: place} if place else {})
        enrolments = roll(found.connection, vault, of_child, found.at)
        schools.append(
            School(urn=urn, name=described.name if described else None, enrolments=enrolments)
        )
    return schools


def _printed(
    request: Request,
    query: HistoryQuery,
    found: Reading,
    listed: Sequence[Told],
    schools: Sequence[School],
    more: str | None,
) -> Response:
    caller = caller_of(request)
    made = page(
        Printed(
            query=query,
            at=found.at,
            client=caller.client,
            events=[one.event for one in listed],
            digest=sha256(b"".join(one.leaf for one in listed)).hexdigest(),
            schools=schools,
            unseen=sorted({scope for scope in SCOPES.values() if not caller.may(scope)}),
            begins_after=number_at(found.place, 0),
            goes_on=more is not None,
        )
    )
    headers = formats.position_headers(found.at) | {"Content-Security-Policy": made.policy}
    if more is not None:
        headers["Link"] = formats.link_to_next(request, cursor=more)
    return Response(made.html, headers=headers, media_type=formats.HTML)
