"""A pupil's history: everything that the log holds about one child."""

from dataclasses import replace
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import formats, openapi
from api.callers import Caller, Scope, caller_of, need
from api.formats import Listing
from api.parameters import HistoryParameters, PupilPath
from api.problems import invalid_at, refuse
from api.reading import Reading, cursor, limit_of, number_at, reading
from api.routing import ContractRoute, directory_of, service_of
from api.schemas import HistoryRead
from ledger.requests import instant
from ledger.store.vault import Vault
from projections.history import HistoryEvent, HistoryQuery, history

router = APIRouter(prefix="/v1/pupils/{pupil}", route_class=ContractRoute, tags=["Reading"])

_SCOPES: dict[str, Scope] = {
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
}
_NAMES = {"first": "from", "last": "to", "replaces": "from"}
"""Members whose names in the log are not those of the contract."""
_COLUMNS = (
    "position",
    "type",
    "recorded_at",
    "school",
    "by.name",
    "by.position",
    "client",
    "rules",
    "date",
    "session",
    "revision",
    "from",
    "to",
    "code",
    "original",
    "reason",
    "detail",
    "arrived_at",
    "entered_at",
    "place",
    "supervision",
    "rule",
    "flags",
    "erased",
)


@router.get(
    "/history",
    **openapi.read(
        HistoryRead,
        "history",
        ["attendance:read", "admissions:read", "leave:read", "interventions:read"],
        problems=("pupil-not-found", "school-not-found", "dates-reversed"),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_history(
    request: Request, pupil: PupilPath, asked: Annotated[HistoryParameters, Query()]
) -> Response:
    """Every event about the child in log order, at the schools that the caller may see.

    Marks are shown with the scope `attendance:read`, admissions with `admissions:read`, leave with
    `leave:read` and penalty notices with `interventions:read`; one of them is needed.  `from` and `to` choose marks by the day of their session and
    everything else by the day of recording.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit, caller = limit_of(request, asked), caller_of(request)
    shown = frozenset(topic for topic, scope in _SCOPES.items() if caller.may(scope))
    if not shown:
        need(caller, "attendance:read")
    query = _query(request, caller, str(pupil), asked)
    with reading(request, asked) as found:
        events, more = _page(found, service_of(request).vault, query, shown, limit)
    listing = Listing("events", [_shown(event) for event in events], _COLUMNS)
    return formats.answer(request, form, found.at, {"pupil": str(pupil)}, listing, more)


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
    found: Reading, vault: Vault, query: HistoryQuery, shown: frozenset[str], limit: int
) -> tuple[list[HistoryEvent], str | None]:
    """The events after the cursor's position.  Raises ProblemError (404) where there is none at all."""
    after = number_at(found.place, 0)
    events = history(found.connection, vault, query, found.at)
    later = (event for event in events if event.position > after and event.type in shown)
    page = list(islice(later, limit + 1))
    if not page and not after:
        whole = replace(query, first=None, last=None)
        if not any(e.type in shown for e in history(found.connection, vault, whole, found.at)):
            raise refuse("pupil-not-found", "pupil")
    more = cursor(found.at, page[limit - 1].position) if len(page) > limit else None
    return page[:limit], more


def _shown(event: HistoryEvent) -> dict[str, Any]:
    return {
        **{_NAMES.get(name, name): value for name, value in event.fields.items()},
        "position": event.position,
        "type": event.type,
        "recorded_at": instant(event.recorded_at),
        "school": event.school,
        "by": event.by._asdict(),
        "client": event.client,
        "rules": event.rules,
        "erased": list(event.erased),
    }
