"""What each problem means: the address that is its `type`."""

from collections.abc import Iterable
from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from api import openapi
from api.problem_types import TYPES, ProblemType
from api.problems import refuse

router = APIRouter(prefix="/problems", tags=["Operating"])

# Any text leads here: one that is no code is not found, and no fault of its form.
_CODE: Final = {
    "name": "code",
    "in": "path",
    "required": True,
    "description": "The last part of a problem's `type`.",
    "schema": {"type": "string"},
    "example": "entry-has-changed",
}
_POLICY: Final = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


@router.get("", response_class=HTMLResponse, **openapi.open_to_all(also="text/plain"))
async def list_problems(request: Request) -> Response:
    """Every problem that the service answers with; HTML, or plain text where Accept asks for it."""
    return _answer(request, "Problems", TYPES.values())


@router.get(
    "/{code}",
    response_class=HTMLResponse,
    **openapi.open_to_all(["not-found"], also="text/plain", parameters=[_CODE]),
)
async def describe_problem(request: Request) -> Response:
    """What one problem means and what to do about it."""
    kind = TYPES.get(request.path_params["code"])
    if kind is None:
        raise refuse("not-found")
    return _answer(request, kind.title, [kind])


def _answer(request: Request, title: str, kinds: Iterable[ProblemType]) -> Response:
    accepted = request.headers.get("accept", "")
    if "text/html" in accepted:
        return HTMLResponse(_page(title, kinds), headers=_POLICY)
    return PlainTextResponse("\n".join(_text(kind) for kind in kinds))


def _text(kind: ProblemType) -> str:
    return f"{kind.code} ({kind.status})\n{kind.title}\n{kind.about}\nReference: {kind.reference}\n"


def _page(title: str, kinds: Iterable[ProblemType]) -> str:
    body = "\n".join(
        f'<dt id="{kind.code}"><a href="/problems/{kind.code}"><code>{kind.code}</code></a> '
        f"{escape(kind.title)}</dt>\n<dd><p>{escape(kind.about)}</p>"
        f"<p>Status {kind.status}. Reference: {escape(kind.reference)}.</p></dd>"
        for kind in kinds
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}'
        f"</title></head>\n<body>\n<h1>{escape(title)}</h1>\n<dl>\n{body}\n</dl>\n"
        '<p><a href="/problems">All problems</a></p>\n</body>\n</html>\n'
    )
