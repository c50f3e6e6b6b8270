"""The short way of a class register: from the door straight to its function.

The frameworks' layers between the two (exceptions, exit stacks, the search through a hundred routes) do
nothing for the one request that comes in masses, and cost it as much as reading its body.  The route itself
is as FastAPI made it, so the two ways cannot differ in what they match, check and answer.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_POST: Final = "POST"

Answers = Callable[[Request, Exception], Awaitable[Response]]


class ShortWay:
    """Hands requests for one route to it, and all others to the application."""

    def __init__(
        self, app: ASGIApp, route: APIRoute, answers: Mapping[type[Exception], Answers]
    ) -> None:
        """`answers` are how the application answers what goes wrong, by the kind of error."""
        self._app = app
        self._route = route
        self._match = route.path_regex.match
        self._handle = route.get_route_handler()
        self._answers = answers
        self._answered = tuple(answers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        if scope["type"] != "http" or scope["method"] != _POST or scope.get("root_path"):
            await self._app(scope, receive, send)
            return
        found = self._match(scope["path"])
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["path_params"] = self._route, found.groupdict()
        request = Request(scope, receive, send)
        try:
            response = await self._handle(request)
        except self._answered as error:
            answer = next(a for kind, a in self._answers.items() if isinstance(error, kind))
            response = await answer(request, error)
        await response(scope, receive, send)
