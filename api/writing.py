"""The one road of every write: from a request to the ledger's command, and from its answer to a receipt."""

import re
from collections.abc import Callable, Sized
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl

from anyio import to_thread
from fastapi import Request, Response

from api.bodies import Body, Lines
from api.callers import Scope, caller_of, need
from api.handover import Handover
from api.limits import body_of
from api.problems import Error, ProblemError, error, invalid, of_answer, refuse, unavailable
from api.routing import must_see, service_of
from ledger.requests import Answer
from ledger.requests import Request as Asked
from ledger.store.batch import OutcomeUnknownError
from ledger.store.writer import ClosedError, TooBusyError

T = TypeVar("T")

_KEY: Final = re.compile(r"[!-~]{1,255}", re.ASCII)
_QUOTED: Final = re.compile(r'"((?:[!#-\[\]-~]|\\["\\])*)"', re.ASCII)
_ESCAPED: Final = re.compile(r'\\(["\\])')
_PARSED_HERE_BYTES_MAX: Final = 1 << 18
"""A larger body is parsed in a thread, so that other requests do not wait for it."""
_RECORDED: Final = (200, 201)
_CHOICES: Final = {"mode": ("all", "each"), "dry_run": ("true", "false")}


@dataclass(frozen=True)
class Write(Generic[T]):
    """What one kind of write is: the scope it needs, its body, and the list its items stand in."""

    scope: Scope
    body: Body[T]
    items: str = ""

    def count(self, command: Any) -> int:
        """How many items a command has."""
        if not self.items:
            return 1
        return len(command if isinstance(command, Sized) else getattr(command, self.items))


async def answer(
    request: Request,
    write: Write[T],
    record: Callable[[T, Asked], Future[Answer]],
    *,
    urn: str | None = None,
    check: Callable[[T], None] | None = None,
) -> Response:
    """Let the ledger `record` what the request asks, and answer its receipt or its refusals.

    The caller must see the school `urn`; `check` raises where a command is about schools that the
    caller does not see.  Raises ProblemError.
    """
    caller = caller_of(request)
    need(caller, write.scope)
    if urn is not None and not caller.names(urn):
        await to_thread.run_sync(must_see, request, caller, urn)
    key = key_of(request)
    each, dry_run = parameters_of(request)
    body = await _received(request, write)
    command = await _parsed(write, body)
    if check is not None:
        await to_thread.run_sync(check, command)
    digest = _digest(request, body, each=each)
    handover: Handover = request.app.state.handover
    answered = await _settled(
        handover, record, command, Asked(caller.client, key, digest, each, dry_run)
    )
    if answered.status not in _RECORDED:
        return of_answer(answered, write.items, write.count(command), each).response()
    headers = {"Idempotent-Replay": "true"} if answered.replayed else None
    return Response(answered.receipt, answered.status, headers, "application/json")


def key_of(request: Request) -> str:
    """The Idempotency-Key: bare, or as a structured field's string.  Raises ProblemError (400)."""
    sent = request.headers.get("idempotency-key", "").strip()
    if not sent:
        raise refuse("idempotency-key-missing", "Idempotency-Key")
    if quoted := _QUOTED.fullmatch(sent):
        sent = _ESCAPED.sub(r"\1", quoted[1])
    elif sent.startswith('"'):
        raise refuse("idempotency-key-malformed", "Idempotency-Key")
    if not _KEY.fullmatch(sent):
        raise refuse("idempotency-key-malformed", "Idempotency-Key")
    return sent


def parameters_of(request: Request) -> tuple[bool, bool]:
    """Whether each item stands alone, and whether nothing is to be appended.

    Raises ProblemError (422) for anything else in the query.
    """
    query = request.scope["query_string"]
    if not query:
        return False, False
    sent = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    given = dict(sent)
    errors: list[Error] = []
    if len(given) != len(sent):
        errors.append(error("repeated", "", "A parameter of the query is given twice."))
    if given.keys() - _CHOICES.keys():
        errors.append(error("unknown-member", "", "The query has a parameter that is not known."))
    for name, choices in _CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            errors.append(error("not-one-of", name, f"This must be {' or '.join(choices)}."))
    if errors:
        raise invalid(errors)
    return given.get("mode") == "each", given.get("dry_run") == "true"


async def _received(request: Request, write: Write[T]) -> bytes:
    headers = request.headers
    is_plain = headers.get("content-encoding", "identity").lower() == "identity"
    if not (is_plain and _is_taken(headers.get("content-type", ""), write.body.media_types)):
        raise refuse("media-type-unsupported", "Content-Type")
    settings = service_of(request).settings
    is_import = isinstance(write.body, Lines)
    return await body_of(
        request, settings.import_bytes_max if is_import else settings.body_bytes_max
    )


@lru_cache(maxsize=64)
def _is_taken(content_type: str, media_types: frozenset[str]) -> bool:
    """Whether a body of this Content-Type is one of these, in UTF-8."""
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    return media_type.strip().lower() in media_types and charset in ("", "charset=utf-8")


async def _parsed(write: Write[T], body: bytes) -> T:
    if len(body) > _PARSED_HERE_BYTES_MAX:
        return await to_thread.run_sync(write.body.parse, body)
    return write.body.parse(body)


def _digest(request: Request, body: bytes, *, each: bool) -> bytes:
    """What stands for the whole request; `dry_run` is no part of it.

    No part but the last can hold a line break: a path that does is no path of ours.
    """
    mode = b"mode=each" if each else b"mode=all"
    line = f"{request.method}\n{request.scope['path']}\n".encode()
    return service_of(request).vault.key_file.digest(line + mode + b"\n" + body)


async def _settled(
    handover: Handover, record: Callable[[T, Asked], Future[Answer]], command: T, asked: Asked
) -> Answer:
    """The ledger's answer once it is durable."""
    try:
        return await handover.result(record(command, asked))
    except (TooBusyError, ClosedError):
        raise ProblemError(unavailable()) from None
    except OutcomeUnknownError:
        raise ProblemError(unavailable("outcome-unknown")) from None
