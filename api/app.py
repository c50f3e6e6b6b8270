"""The application: routes, who is let in to them, and how what goes wrong is answered."""

from typing import Final

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from api import openapi
from api.callers import Callers
from api.directory import Directory
from api.handover import Handover
from api.jwt import Tokens
from api.logging import RequestLog
from api.metrics import Metrics
from api.problems import Problem, ProblemError, invalid, unavailable
from api.routes import (
    admissions,
    attendance,
    code_n,
    codes,
    differences,
    events,
    explanations,
    extracts,
    health,
    imports,
    interventions,
    leave,
    lists,
    log,
    office_lists,
    problems,
    pupils,
    returns,
    rules,
    schools,
    totals,
)
from api.service import Service
from api.short_way import ShortWay
from api.validation import errors_of_parameters

CONTRACT: Final = "/v1"
# FastAPI would send exceptions with their messages wherever the environment tells it to, and what was
# submitted with them.
_SILENT: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
_BY_STATUS: Final = {404: "not-found", 405: "method-not-allowed"}


def create_app(service: Service) -> FastAPI:
    """The application of one service."""
    app = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=_SILENT
    )
    app.state.service = service
    app.state.callers = Callers(service.database, Tokens.configured(service.settings))
    app.state.directory = Directory(service.database)
    app.state.metrics = Metrics(service.database)
    app.state.streams = set()
    app.state.handover = Handover()
    # The register of a session is asked for most: routes are tried in this order.
    for resource in (
        *(attendance, imports, admissions, leave, interventions, totals, pupils, schools),
        *(code_n, codes, rules, lists, office_lists, log),
        *(differences, explanations, extracts, returns),
    ):
        # Taken over one by one: an included router asks each of its routes twice, and costs a register
        # as much as its validation.
        app.router.routes.extend(resource.router.routes)
    app.include_router(health.router)
    if service.settings.metrics_port is None:
        app.include_router(health.metrics_router)
    app.include_router(problems.router)
    app.include_router(events.router)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _no_such_route)
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)
    # The last one added stands outermost.
    app.add_middleware(ShortWay, route=attendance.REGISTER, answers=_ANSWERS)
    app.add_middleware(Door, callers=app.state.callers)
    app.add_middleware(RequestLog, metrics=app.state.metrics)
    app.openapi = lambda: openapi.document(app, service.settings)  # type: ignore[method-assign]
    return app


class Door:
    """Lets in to the contract those alone who say who they are, before anything else is looked at."""

    def __init__(self, app: ASGIApp, callers: Callers) -> None:
        self._app = app
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its caller."""
        if scope["type"] == "http" and _is_of_contract(scope["path"]):
            try:
                scope["caller"] = await self._callers.identify(_authorization(scope))
            except ProblemError as refused:
                await refused.problem.response()(scope, receive, send)
                return
            except psycopg.OperationalError:
                await unavailable().response()(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_of_contract(path: str) -> bool:
    return path == CONTRACT or path.startswith(f"{CONTRACT}/")


def _authorization(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return str(value, "latin-1")
    return None


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.problem.response()


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return invalid(errors_of_parameters(error.errors())).problem.response()


async def _no_such_route(_request: Request, error: Exception) -> Response:
    """404 and 405 of the router."""
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code, "validation-failed")
    return Problem(code, status=error.status_code, headers=error.headers or {}).response()


async def _database_away(_request: Request, _error: Exception) -> Response:
    return unavailable().response()


_ANSWERS: Final = {
    ProblemError: _problem,
    psycopg.OperationalError: _database_away,
    psycopg.InterfaceError: _database_away,
}
