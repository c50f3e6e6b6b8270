"""Returns to the local authority: that they were sent, and what makes one due before its days have passed."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api import examples_returns as examples
from api import formats, openapi, writing
from api.bodies import Body
from api.formats import Listing
from api.listing import LIST_DAYS_MAX, plain
from api.parameters import UrnPath
from api.problems import invalid_at, refuse
from api.reading import Reading, checked_span, limit_of, of_school, page_of, seen_later
from api.return_parameters import BeliefsParameters, ReturnsSentParameters
from api.routing import ContractRoute, service_of
from api.schemas_returns import BeliefsRead, SentRead
from api.writing import Write
from ledger.authority_returns.returns_sent import Episode, SendReturn
from ledger.authority_returns.sickness_beliefs import FormSicknessBelief
from ledger.schools.calendar import Span
from projections import asof, school
from projections.extracts.authority.returns import RETURNS, episodes
from projections.extracts.extract import Question, QuestionError, Source
from projections.extracts.options import options_of
from projections.returns_sent import ReturnsSentQuery, returns_sent, sickness_beliefs

router = APIRouter(
    prefix="/v1/schools/{urn}", route_class=ContractRoute, tags=["Returns to the authority"]
)

_SEND: Final = Write("attendance:write", Body[SendReturn](SendReturn))
_BELIEF: Final = Write("attendance:write", Body[FormSicknessBelief](FormSicknessBelief))
_MADE: Final = ("recorded_at", "by.name", "by.position", "position")
_SENT_COLUMNS: Final = (
    *("extract", "pupil", "why", "from", "to", "made_at", "sent_on", "sent_to"),
    *_MADE,
)
_BELIEF_COLUMNS: Final = (
    *("pupil", "formed_on", "expected_school_days", "formed_by.name", "formed_by.position"),
    *("grounds", "erased", *_MADE),
)


@router.post(
    "/returns",
    **openapi.write(
        _SEND,
        {"attendance": examples.RETURN, "one pupil": examples.RETURN_OF_ONE},
        received="receipt-of-return",
        problems=(
            *("return-empty", "pupil-not-in-return", "dated-ahead", "as-of-in-the-future"),
            *("span-too-long", "not-consistent"),
        ),
    ),
)
async def send_return(request: Request, urn: UrnPath) -> Response:
    """Record that a return was sent to the local authority.  The ledger itself sends nothing.

    The return is named as it was asked for (extract, position, days, options): it is made once more at
    that position, and each episode that it told of is remembered as sent.  The next return leaves those
    out; with `all` it tells what has changed since.  The receipt has one result for each episode.
    """
    ledger = service_of(request).ledger
    found: list[Episode] = []

    def make(asked: SendReturn) -> None:
        found.extend(_episodes(request, urn, asked))

    return await writing.answer(
        request,
        _SEND,
        lambda asked, key: ledger.send_return(urn, asked, found, key),
        urn=urn,
        check=make,
    )


def _episodes(request: Request, urn: str, asked: SendReturn) -> list[Episode]:
    """Of whom the return told.  Raises ProblemError (404, 422)."""
    checked_span(asked.from_, asked.to, LIST_DAYS_MAX)
    service = service_of(request)
    try:
        with asof.reading(service.database, asked.position) as (connection, at):
            found = seen_later(Reading(connection, at, []), asked.seen_at)
            if not school.load(connection, urn, found.at).school.descriptions:
                raise refuse("school-not-found", "urn")
            options = options_of(RETURNS[asked.extract].extract, asked.options)
            question = Question((urn,), Span(asked.from_, asked.to), options)
            source = Source(connection, service.vault, found.at)
            return episodes(asked.extract, source, question)
    except asof.AsOfInFutureError:
        raise invalid_at("position", "as-of-in-the-future") from None
    except QuestionError as wrong:
        path = f"options.{wrong.option}" if wrong.option else "options"
        raise invalid_at(path, wrong.code, wrong.message) from None


@router.get(
    "/returns",
    **openapi.read(
        SentRead,
        "returns-sent",
        ["attendance:read"],
        problems=("school-not-found",),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_returns(
    request: Request, urn: UrnPath, asked: Annotated[ReturnsSentParameters, Query()]
) -> Response:
    """The returns that were sent, episode by episode, in the order of recording."""
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit = limit_of(request, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, _):
        query = ReturnsSentQuery(urn, asked.pupil, asked.extract)
        rows = returns_sent(found.connection, query, found.at)
    page, more = page_of(rows, found, limit)
    listing = Listing("returns", list(map(plain, page)), _SENT_COLUMNS)
    return formats.answer(request, form, found.at, {"school": urn}, listing, more)


@router.post(
    "/sickness-beliefs",
    **openapi.write(
        _BELIEF, {"letter": examples.BELIEF}, problems=("pupil-not-on-roll", "dated-ahead")
    ),
)
async def form_sickness_belief(request: Request, urn: UrnPath) -> Response:
    """Record for how many school days a pupil is believed to be ill, since when, by whom and why.

    The sickness return is due as soon as fifteen school days of illness are believed to be missed in the
    school year, those that were missed already among them (regulation 13; secondary).
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request,
        _BELIEF,
        lambda asked, key: ledger.form_sickness_belief(urn, asked, key),
        urn=urn,
    )


@router.get(
    "/sickness-beliefs",
    **openapi.read(
        BeliefsRead,
        "sickness-beliefs",
        ["attendance:read"],
        problems=("school-not-found",),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_sickness_beliefs(
    request: Request, urn: UrnPath, asked: Annotated[BeliefsParameters, Query()]
) -> Response:
    """What the school believed of the illness of its pupils, in the order of recording."""
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    limit = limit_of(request, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, _):
        query = ReturnsSentQuery(urn, asked.pupil)
        vault = service_of(request).vault
        rows = sickness_beliefs(found.connection, vault, query, found.at)
    page, more = page_of(rows, found, limit)
    listing = Listing("beliefs", list(map(plain, page)), _BELIEF_COLUMNS)
    return formats.answer(request, form, found.at, {"school": urn}, listing, more)
