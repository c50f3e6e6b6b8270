"""The road of extracts: who may, which schools are meant, and bytes sent while they are made.

An extract may be larger than memory and take minutes.  It holds a snapshot of the database while it
runs, so only so many run at once, and a client that stops reading is let go.
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from threading import BoundedSemaphore
from typing import Any, Final, cast
from urllib.parse import urlencode

from anyio import CancelScope, fail_after, to_thread
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Send

from api import formats
from api.between import two_places
from api.callers import caller_of, need
from api.extract_parameters import (
    ExtractDiffParameters,
    ExtractParameters,
    OfSchoolsParameters,
)
from api.listing import LIST_DAYS_MAX
from api.parameters import ReadParameters
from api.problems import ProblemError, error, invalid, invalid_at, refuse, unavailable
from api.reading import Reading, checked_span, reading, seen_later
from api.routing import directory_of, service_of
from ledger.requests import instant
from ledger.schools.calendar import Span, academic_year, span_of_year
from projections import school
from projections.asof import AsOf
from projections.extracts.catalogue import EXTRACTS
from projections.extracts.differences import Sources
from projections.extracts.extract import Extract, Format, Question, QuestionError, Source
from projections.extracts.formats.cells import GUARD
from projections.extracts.head import Head
from projections.extracts.options import options_of
from projections.extracts.running import MEDIA_TYPES, Run, Style, begin, formats_of, written

RUNNING_MAX: Final = 4
"""Extracts that one process makes at once."""
PIECE_SECONDS_MAX: Final = 60
"""A client that takes nothing for so long has stopped reading."""

_RUNNING: Final = BoundedSemaphore(RUNNING_MAX)


def extract_of(request: Request, name: str) -> Extract:
    """The extract of that name, if the caller may have it.  Raises ProblemError (403, 404)."""
    extract = EXTRACTS.get(name)
    if extract is None:
        raise refuse("extract-not-found", "name")
    for scope in scopes_of(extract):
        need(caller_of(request), scope)
    return extract


def scopes_of(extract: Extract) -> tuple[Any, ...]:
    """The scopes that an extract needs, all of them."""
    return ("attendance:read", *(("admissions:read",) if extract.particulars else ()))


def style_of(request: Request, extract: Extract, asked: ExtractParameters) -> Style:
    """The format to answer in.  Raises ProblemError (406, 422)."""
    offered = formats_of(extract)
    if asked.format is not None and asked.format not in offered:
        raise invalid_at("format", "not-one-of", f"This extract comes as: {', '.join(offered)}.")
    form = formats.wanted(request, asked.format, cast("tuple[formats.Format, ...]", offered))
    return Style(cast("Format", form), asked.bom)


@contextmanager
def running(request: Request, extract: Extract, asked: ExtractParameters) -> Iterator[Run]:
    """The extract, begun on a snapshot of its own.  Raises ProblemError (403, 404, 422, 503)."""
    with one_of_few(), reading(request, _as_of(asked)) as opened:
        found = seen_later(opened, asked.seen_at)
        schools = schools_of(request, asked, found, needed=extract.of_schools)
        span = _days(asked.from_, asked.to, found)
        with told():
            options = options_of(extract, asked.model_extra or {})
            source = Source(found.connection, service_of(request).vault, found.at)
            yield begin(extract, source, Question(schools, span, options))


@contextmanager
def one_of_few() -> Iterator[None]:
    """Raises ProblemError (503) where as many are under way as may be."""
    if not _RUNNING.acquire(blocking=False):
        raise ProblemError(unavailable("too-many-extracts"))
    try:
        yield
    finally:
        _RUNNING.release()


@contextmanager
def told() -> Iterator[None]:
    """What a question gets wrong, as a problem (422)."""
    try:
        yield
    except QuestionError as wrong:
        raise invalid([error(wrong.code, wrong.option, wrong.message)]) from None


def schools_of(
    request: Request, asked: OfSchoolsParameters, found: Reading, *, needed: bool
) -> tuple[str, ...]:
    """The schools asked, in order; those alone that the caller may see.

    Raises ProblemError (404) for a school, an authority or a trust of which the caller may see none,
    and (422) where none is named and the caller has several.
    """
    caller, directory = caller_of(request), directory_of(request)
    ways = (bool(asked.school), asked.local_authority is not None, asked.trust is not None)
    if sum(ways) > 1:
        raise invalid_at("", "not-consistent", "One of school, local_authority and trust.")
    if asked.school:
        for urn in asked.school:
            if not (directory.sees(caller, urn) and _described(found, urn)):
                raise refuse("school-not-found", "school")
        return tuple(sorted(set(asked.school)))
    if any(ways):
        under = directory.under(found.at, asked.local_authority, asked.trust)
        schools = tuple(sorted(urn for urn in under if directory.sees(caller, urn)))
        if not schools:
            raise refuse("school-not-found", "trust" if asked.trust else "local_authority")
        return schools
    if not needed:
        return ()
    own = directory.schools_of(caller)
    if own is None or len(own) != 1:
        raise invalid_at("school", "missing", "Name a school, a local authority or a trust.")
    (urn,) = own
    if not _described(found, urn):
        raise refuse("school-not-found", "school")
    return (urn,)


def _described(found: Reading, urn: str) -> bool:
    return bool(school.load(found.connection, urn, found.at).school.descriptions)


@contextmanager
def comparing_runs(
    request: Request, extract: Extract, asked: ExtractDiffParameters
) -> Iterator[tuple[Sources, Question]]:
    """The extract's sources at two places of one snapshot.  Raises ProblemError (403, 404, 422, 503)."""
    with one_of_few(), two_places(request, asked) as (found, between):
        schools = schools_of(request, asked, found, needed=extract.of_schools)
        span = _days(asked.first, asked.last, found)
        with told():
            options = options_of(extract, asked.model_extra or {})
        vault = service_of(request).vault
        sources = Sources(*(Source(found.connection, vault, at) for at in between))
        yield sources, Question(schools, span, options)


def _as_of(asked: ExtractParameters) -> ReadParameters:
    return ReadParameters(as_of=asked.as_of)


def _days(first: date | None, last: date | None, found: Reading) -> Span:
    """The days asked for; left out, the academic year so far."""
    today = found.today
    end = last or max(today, first or today)
    begin = first or min(span_of_year(academic_year(end)).first, end)
    checked_span(begin, end, LIST_DAYS_MAX)
    return Span(begin, end)


# -- answering ---------------------------------------------------------------------------------------


def sent(request: Request, extract: Extract, asked: ExtractParameters) -> Response:
    """The extract as a stream.  Raises ProblemError (403, 404, 406, 422, 503) before it begins."""
    style = style_of(request, extract, asked)
    with ExitStack() as stack:
        run = stack.enter_context(running(request, extract, asked))
        with told():
            pieces = written(run, style)
        headers = headers_of(request, run.head, style)
        return Sent(closing(pieces, stack.pop_all()), headers, MEDIA_TYPES[style.form])


def headers_of(request: Request, head: Head, style: Style) -> dict[str, str]:
    """What the answer says of itself outside its body, where its statement is among it."""
    last = head.schools[0] if len(head.schools) == 1 else f"{len(head.schools)}-schools"
    parts = [head.extract.name, *([last] if head.schools else [])]
    parts += [head.window.first.isoformat(), head.window.last.isoformat()]
    headers = {
        **formats.position_headers(AsOf(head.position, head.as_of)),
        "Ledger-Rules": head.rules,
        "Extract-Version": head.version,
        "Extract-Window": f"{head.window.first.isoformat()}/{head.window.last.isoformat()}",
        "Link": f'<{_statement_of(request, head, style)}>; rel="describedby"',
        "Content-Disposition": f'attachment; filename="{"_".join(parts)}.{style.form}"',
    }
    return headers | ({"CSV-Text": GUARD} if style.form == "csv" else {})


def _statement_of(request: Request, head: Head, style: Style) -> str:
    """Where the statement of this very file is: at the same position, seen at the same instant."""
    given = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("as_of", "seen_at", "after", "format")
    ]
    place = [
        ("as_of", str(head.position)),
        ("seen_at", instant(head.as_of)),
        ("format", style.form),
    ]
    return f"/v1/extracts/{head.extract.name}/statement?{urlencode([*given, *place])}"


def closing(pieces: Iterator[bytes], stack: ExitStack) -> Generator[bytes, None, None]:
    """The same bytes; what they are read from is closed after them."""
    with stack:
        yield from pieces


class Sent(StreamingResponse):
    """A stream that is closed when it ends, whichever way it ends, and does not wait for ever."""

    def __init__(
        self, pieces: Generator[bytes, None, None], headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(pieces, headers=headers, media_type=media_type)
        self._pieces = pieces

    async def stream_response(self, send: Send) -> None:
        """Send piece by piece."""

        async def patient(message: Any) -> None:
            with fail_after(PIECE_SECONDS_MAX):
                await send(message)

        try:
            await super().stream_response(patient)
        except TimeoutError:
            raise ClientDisconnect from None
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._pieces.close)
