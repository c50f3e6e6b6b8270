"""How a request comes to its function.

Reads take FastAPI's usual way: parameters as their models say, and a thread for the synchronous
driver.  Writes take a shorter one, since a morning's registers are what the service is for.
"""

import inspect
from asyncio import get_running_loop, sleep
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from api.callers import Caller, Callers
from api.directory import Directory
from api.metrics import Metrics
from api.problems import Error, invalid, invalid_at, refuse
from api.service import Service
from api.validation import errors_of_parameters
from projections import asof

AFTER_SECONDS_MAX: Final = 5
AFTER_AHEAD_MAX: Final = 1_000_000
"""No view is so far behind: a position further ahead is none that a receipt named."""

_POLL_SECONDS: Final = 0.02
# Waiting readers look at the head of the log by a few threads of their own.
_LOOKING: Final = CapacityLimiter(2)

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def service_of(request: Request) -> Service:
    """The service that a request came to."""
    service: Service = request.app.state.service
    return service


def directory_of(request: Request) -> Directory:
    """The service's directory of schools."""
    directory: Directory = request.app.state.directory
    return directory


def callers_of(request: Request) -> Callers:
    """Who is let in to the service."""
    callers: Callers = request.app.state.callers
    return callers


def metrics_of(request: Request) -> Metrics:
    """The service's measures."""
    metrics: Metrics = request.app.state.metrics
    return metrics


def must_see(request: Request, caller: Caller, urn: str) -> None:
    """Raises ProblemError (404) for a school that is not the caller's: as if it did not exist."""
    if not directory_of(request).sees(caller, urn):
        raise refuse("school-not-found", "urn")


class ContractRoute(APIRoute):
    """A route of the contract: a read, or a write by the shorter way."""

    def get_route_handler(self) -> _Handler:
        """The handler that the router calls."""
        if self.methods == {"GET"}:
            return _reading(super().get_route_handler())
        return _writing(self.endpoint)


class LogRoute(APIRoute):
    """A read of the log, whose `after` is a place to start from and is not waited for."""

    def get_route_handler(self) -> _Handler:
        """The handler that the router calls."""
        handle = super().get_route_handler()

        async def read(request: Request) -> Response:
            _refuse_repeated(request)
            return await handle(request)

        return read


class SchoolsRoute(APIRoute):
    """A read of several schools, whose parameter `school` may be given more than once."""

    def get_route_handler(self) -> _Handler:
        """The handler that the router calls."""
        return _reading(super().get_route_handler(), repeated="school")


def _reading(
    handle: Callable[[Request], Coroutine[Any, Any, Response]], repeated: str = ""
) -> _Handler:
    """FastAPI's way, but `after` is waited for before a thread and a connection are taken."""

    async def read(request: Request) -> Response:
        if request.scope["query_string"]:
            _refuse_repeated(request, repeated)
            await _wait_for_view(request)
        return await handle(request)

    return read


def _writing(endpoint: Callable[..., Any]) -> _Handler:
    """The request and its path parameters, checked, and nothing else.

    FastAPI's solving of dependencies costs about as much as validating and deciding a class register;
    the signature still says what the parameters are, here and in the OpenAPI document.
    """
    parameters: dict[str, TypeAdapter[Any]] = {
        name: TypeAdapter(annotation)
        for name, annotation in inspect.get_annotations(endpoint, eval_str=True).items()
        if name not in ("return", "request")
    }

    async def write(request: Request) -> Response:
        sent = request.path_params
        try:
            values = {name: a.validate_python(sent[name]) for name, a in parameters.items()}
        except ValidationError:
            raise invalid(_wrong_in_path(sent, parameters)) from None
        response: Response = await endpoint(request, **values)
        return response

    return write


def _wrong_in_path(
    sent: Mapping[str, Any], parameters: Mapping[str, TypeAdapter[Any]]
) -> list[Error]:
    found: list[Error] = []
    for name, adapter in parameters.items():
        try:
            adapter.validate_python(sent[name])
        except ValidationError as refused:
            wrong = refused.errors(include_url=False, include_input=False)
            found += errors_of_parameters([{**one, "loc": ("path", name)} for one in wrong])
    return found


def _refuse_repeated(request: Request, but: str = "") -> None:
    given = [name for name, _ in request.query_params.multi_items() if name != but]
    if len(set(given)) != len(given):
        raise invalid_at("", "repeated", "A parameter of the query is given twice.")


async def _wait_for_view(request: Request) -> None:
    """Wait until the view has reached `after`; what is no position is left to the validation."""
    after = request.query_params.get("after", "")
    if not (after.isascii() and after.isdecimal()):
        return
    position, clock = int(after[:20]), get_running_loop().time
    deadline = clock() + AFTER_SECONDS_MAX
    service = service_of(request)
    while (head := await to_thread.run_sync(_head, service, limiter=_LOOKING)) < position:
        if clock() > deadline or position - head > AFTER_AHEAD_MAX:
            raise invalid_at("after", "position-not-reached")
        await sleep(_POLL_SECONDS)


def _head(service: Service) -> int:
    with service.database.reading() as connection:
        return asof.head(connection).position
