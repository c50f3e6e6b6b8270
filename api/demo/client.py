"""A small client of the attendance service over HTTP.

Every write carries the idempotency key it is given. A service that is busy or starting, or a
connection that breaks, is tried again with the same key: whatever happened to the first attempt,
what was asked is recorded once.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Literal, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from api.demo.wire import Document, to_json

_Model = TypeVar("_Model", bound=BaseModel)
Mode = Literal["all", "each"]

ATTEMPTS = 8
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 30.0
# Too many requests, and not available now: the two answers that ask for another attempt.
ASK_AGAIN = frozenset({429, 503})
TIMEOUT = 120.0
SHOWN_ERRORS = 5


class ItemError(BaseModel):
    """One entry of a problem's `errors`."""

    code: str = ""
    path: str = ""
    message: str = ""


class Problem(BaseModel):
    """A problem document (RFC 9457), with what is needed to tell a person."""

    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    errors: list[ItemError] = []

    def __str__(self) -> str:
        """Title, detail and the first errors, a line each."""
        heading = ". ".join(part.rstrip(".") for part in (self.title, self.detail) if part)
        lines = [f"{error.code} at {error.path}: {error.message}" for error in self.errors]
        more = len(lines) - SHOWN_ERRORS
        shown = lines[:SHOWN_ERRORS] + ([f"and {more} more"] if more > 0 else [])
        return "\n  ".join([f"{heading} ({self.type})", *shown])


class ServiceRefusedError(Exception):
    """The service answered with a problem."""

    def __init__(self, request: str, status: int, problem: Problem) -> None:
        """Keep the status and the problem document beside the message."""
        super().__init__(f"{request} was answered {status}: {problem}")
        self.status = status
        self.problem = problem


class NoAnswerError(Exception):
    """The service could not be reached, or its answer is not one the contract knows."""


class Receipt(BaseModel):
    """What a write took in the log: its first and last position, none when all was unchanged."""

    first: int | None = None
    last: int | None = None
    id: str | None = None
    """What was made, where the write makes something that has an id."""
    replayed: bool = False


class Totals(BaseModel):
    """Sessions of one key (a school, a pupil, a week), by class and by code."""

    key: str
    possible_sessions: int
    attending: int
    present: int
    approved_educational_activity: int
    overall_absence: int
    authorised_absence: int
    unauthorised_absence: int
    late_before_close: int
    late_after_close: int
    codes: dict[str, int]


class _TotalsPage(BaseModel):
    rows: list[Totals]


class LedgerClient:
    """Writes and reads of the demonstration, each one request.

    Every method raises ServiceRefusedError for an answer with a problem and NoAnswerError when no usable
    answer came.
    """

    def __init__(
        self, base_url: str, key: str, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Speak to the service at `base_url` (without /v1) with one of its keys."""
        self._pause = pause
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/v1",
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=TIMEOUT,
            # Straight to the service: a proxy set for the web would be asked for 127.0.0.1 too.
            trust_env=False,
            verify=ssl.create_default_context(),
        )

    def __enter__(self) -> Self:
        """Open for a `with` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def put_school(self, urn: str, document: Document, request_key: str) -> Receipt:
        """PUT /v1/schools/{urn}."""
        return self._write("PUT", f"/schools/{urn}", document, request_key)

    def put_year(self, urn: str, year: int, document: Document, request_key: str) -> Receipt:
        """PUT /v1/schools/{urn}/years/{year}."""
        return self._write("PUT", f"/schools/{urn}/years/{year}", document, request_key)

    def authorise_leave(self, urn: str, document: Document, request_key: str) -> Receipt:
        """PUT /v1/schools/{urn}/leave-authority."""
        return self._write("PUT", f"/schools/{urn}/leave-authority", document, request_key)

    def ask_leave(self, urn: str, document: Document, request_key: str) -> Receipt:
        """POST /v1/schools/{urn}/leave; the receipt names its id."""
        return self._write("POST", f"/schools/{urn}/leave", document, request_key)

    def decide_leave(self, urn: str, leave: str, document: Document, request_key: str) -> Receipt:
        """POST /v1/schools/{urn}/leave/{leave}/decision."""
        path = f"/schools/{urn}/leave/{leave}/decision"
        return self._write("POST", path, document, request_key)

    def admit(self, urn: str, document: Document, request_key: str) -> Receipt:
        """POST /v1/schools/{urn}/admissions."""
        return self._write("POST", f"/schools/{urn}/admissions", document, request_key)

    def amend(self, urn: str, document: Document, request_key: str) -> Receipt:
        """POST /v1/schools/{urn}/attendance/amendments."""
        return self._write("POST", f"/schools/{urn}/attendance/amendments", document, request_key)

    def import_entries(self, lines: bytes, request_key: str, mode: Mode = "all") -> Receipt:
        """POST /v1/attendance: NDJSON, an entry a line."""
        headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": request_key}
        return _receipt(
            self._send("POST", "/attendance", params={"mode": mode}, content=lines, headers=headers)
        )

    def totals(
        self, urn: str, first: date, last: date, *, by: str = "school", after: int | None = None
    ) -> list[Totals]:
        """GET /v1/schools/{urn}/totals, once the view has reached the position `after`."""
        params = {"from": first.isoformat(), "to": last.isoformat(), "by": by}
        if after is not None:
            params["after"] = str(after)
        answer = self._send("GET", f"/schools/{urn}/totals", params=params)
        return _parsed(_TotalsPage, answer).rows

    def _write(self, method: str, path: str, document: Document, request_key: str) -> Receipt:
        headers = {"Content-Type": "application/json", "Idempotency-Key": request_key}
        content = to_json(document)
        return _receipt(self._send(method, path, content=content, headers=headers))

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        request = self._http.build_request(
            method, path, params=params, content=content, headers=headers
        )
        for attempt in range(1, ATTEMPTS + 1):
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1))
            try:
                answer = self._http.send(request)
            except (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError) as lost:
                if attempt == ATTEMPTS:
                    raise NoAnswerError(
                        f"{method} {request.url}: {str(lost) or type(lost).__name__}"
                    ) from lost
            except httpx.HTTPError as broken:
                raise NoAnswerError(f"{method} {request.url}: {broken}") from broken
            else:
                if answer.status_code not in ASK_AGAIN or attempt == ATTEMPTS:
                    return _accepted(answer)
                pause = retry_after(answer.headers.get("Retry-After", ""), pause)
            self._pause(pause)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises


def retry_after(header: str, otherwise: float) -> float:
    """Seconds to wait before asking again, at most 30.

    The header holds seconds or an HTTP date; `otherwise` stands for one that is missing or that
    nobody can read.
    """
    if header.strip().isdecimal():
        return min(LONGEST_PAUSE, float(header))
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return otherwise
    # An HTTP date is always in UTC; one without a zone is read so too.
    left = when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)
    return min(LONGEST_PAUSE, max(0.0, left.total_seconds()))


def _accepted(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    request = f"{answer.request.method} {answer.request.url}"
    try:
        problem = Problem.model_validate_json(answer.content)
    except ValidationError:
        problem = Problem(title=answer.reason_phrase, detail="The answer is no problem document")
    raise ServiceRefusedError(request, answer.status_code, problem)


def _parsed(model: type[_Model], answer: httpx.Response) -> _Model:
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as unknown:
        request = f"{answer.request.method} {answer.request.url}"
        raise NoAnswerError(
            f"{request}: not the answer the contract states. {unknown}"
        ) from unknown


def _receipt(answer: httpx.Response) -> Receipt:
    receipt = _parsed(Receipt, answer)
    receipt.replayed = answer.headers.get("Idempotent-Replay") == "true"
    return receipt
