"""Extracts: what is taken away as files, and the statement of each."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api import formats, openapi
from api.bodies import NDJSON
from api.extract_differences import sent_differences
from api.extract_parameters import ExtractDiffParameters, ExtractName, ExtractParameters
from api.extracting import extract_of, running, scopes_of, sent, style_of, told
from api.formats import Listing, answer_object
from api.parameters import ListParameters
from api.reading import reading
from api.routing import SchoolsRoute
from api.schemas_extracts import ExtractDiffRead, ExtractRead, ExtractsRead, StatementRead
from projections.asof import AsOf
from projections.extracts.catalogue import EXTRACTS
from projections.extracts.extract import Extract
from projections.extracts.running import FORMATS, MEDIA_TYPES, formats_of
from projections.extracts.statement import columns_of, statement

router = APIRouter(prefix="/v1/extracts", route_class=SchoolsRoute, tags=["Extracts"])

_PROBLEMS: Final = (
    *("extract-not-found", "school-not-found", "dates-reversed", "span-too-long"),
    "too-many-extracts",
)
_LIST_COLUMNS: Final = ("name", "version", "title", "receiver", "reference")


@router.get("", **openapi.read(ExtractsRead, "extracts", [], formats=openapi.LIST_FORMATS))
def list_extracts(request: Request, asked: Annotated[ListParameters, Query()]) -> Response:
    """The extracts there are: for whom, in which formats, with which columns and parameters.

    Any key may ask.  In CSV columns and parameters are left out.
    """
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    with reading(request, asked) as found:
        at = found.at
    listing = Listing("extracts", list(map(_item, EXTRACTS.values())), _LIST_COLUMNS)
    return formats.answer(request, form, at, {}, listing)


@router.get(
    "/{name}",
    **openapi.read(
        ExtractRead,
        "extract",
        ["attendance:read"],
        problems=_PROBLEMS,
        formats=[MEDIA_TYPES[form] for form in FORMATS if form != "json"],
    ),
)
def read_extract(
    request: Request, name: ExtractName, asked: Annotated[ExtractParameters, Query()]
) -> Response:
    """An extract of some schools and days, as it stood: streamed, whatever its size.

    The same position and question give the same bytes.  Options of the extract's own are further
    parameters.  The header Link (`describedby`) leads to the statement of the very file.  Extracts with
    particulars need the scope `admissions:read` as well.
    """
    return sent(request, extract_of(request, name), asked)


@router.get(
    "/{name}/statement",
    **openapi.read(
        StatementRead,
        "extract-statement",
        ["attendance:read"],
        problems=(*_PROBLEMS, "not-acceptable"),
    ),
)
def read_statement(
    request: Request, name: ExtractName, asked: Annotated[ExtractParameters, Query()]
) -> Response:
    """What an extract's file is made from, what its columns hold, how many rows, and its digests.

    Asked with the parameters of the extract itself; `format` is that of the file.  The file is made for
    it, so it takes as long.
    """
    extract = extract_of(request, name)
    style = style_of(request, extract, asked)
    with running(request, extract, asked) as run, told():
        made = statement(run, style)
        at = AsOf(run.head.position, run.head.as_of)
    return answer_object(at, made)


@router.get(
    "/{name}/diff",
    **openapi.read(
        ExtractDiffRead,
        "extract-diff",
        ["attendance:read"],
        problems=_PROBLEMS,
        formats=(NDJSON,),
    ),
)
def read_extract_diff(
    request: Request, name: ExtractName, asked: Annotated[ExtractDiffParameters, Query()]
) -> Response:
    """The rows of an extract that were added, removed or changed between two places in the log.

    `from` and `to` are those places, `first` and `last` the days of the extract.  Rows are named by the
    extract's key.  Of an extract about sessions each change has the events of its entry; a row may
    change without any, since sessions begin and particulars are amended.
    """
    extract = extract_of(request, name)
    form = formats.wanted(request, asked.format, ("json", "ndjson"))
    return sent_differences(request, extract, asked, form)


def _item(extract: Extract) -> dict[str, Any]:
    return {
        "name": extract.name,
        "version": extract.version,
        "title": extract.title,
        "receiver": extract.receiver,
        "reference": extract.reference,
        "scopes": scopes_of(extract),
        "formats": formats_of(extract),
        "key": extract.key,
        "parameters": [
            {
                "name": option.name,
                "kind": option.kind,
                "description": option.about,
                "choices": option.choices,
                "required": option.required,
            }
            for option in extract.options
        ],
        "columns": columns_of(extract),
    }
