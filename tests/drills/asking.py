"""Asking until there is an answer: the same request, the same bytes, the same key."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final

import httpx

from tests.drills.board import Board
from tests.drills.requests import Request

ANSWER_SECONDS_MAX: Final = 120.0
"""How long a request may go without an acknowledgement, attempts and all."""
PATIENT_SECONDS: Final = 60.0
IMPATIENT_SECONDS: Final = 1.0
"""A client that stops listening sooner than a database recovers, and asks again meanwhile."""

_PAUSE_SECONDS: Final = 0.02
"""Between attempts, so that clients leave a service that starts some processor time."""


@dataclass(slots=True)
class Asked:
    """How a request fared: its answer, if there was one, and whether any attempt is in doubt."""

    answer: httpx.Response | None
    begun: float
    in_doubt: bool


def client(address: str, key: str, seconds_max: float) -> httpx.Client:
    """A connection to the service that waits so long for an answer."""
    return httpx.Client(
        base_url=address,
        headers={"Authorization": f"Bearer {key}"},
        timeout=httpx.Timeout(seconds_max, connect=5),
        trust_env=False,
    )


def ask(http: httpx.Client, request: Request, board: Board, gives_up: Callable[[], bool]) -> Asked:
    """Ask until an answer comes that is neither a 503 nor another fault of the service.

    `gives_up` is called whenever an attempt is left in doubt; the asking ends there when it says so.
    """
    begun = monotonic()
    asked = Asked(None, begun, in_doubt=False)
    body = request.body
    while monotonic() < begun + ANSWER_SECONDS_MAX:
        try:
            answer = http.request(
                request.method,
                request.path,
                content=body,
                headers={"Content-Type": "application/json", "Idempotency-Key": request.key},
            )
        except (httpx.ConnectError, httpx.ConnectTimeout):
            # Nothing was sent, so nothing is in doubt.
            sleep(_PAUSE_SECONDS)
            continue
        except httpx.TransportError as error:
            board.count("retries", f"retries: {type(error).__name__}")
        else:
            if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                asked.answer = answer
                return asked
            board.count("retries", f"retries: {answer.status_code}")
            judge_fault(answer, request.key, board)
        asked.in_doubt = True
        if gives_up():
            return asked
        sleep(_PAUSE_SECONDS)
    board.find("answer", f"{request.key}: no acknowledgement in {ANSWER_SECONDS_MAX:.0f} s")
    return asked


def judge_fault(answer: httpx.Response, asked: str, board: Board) -> None:
    """Only a 503 that says when to come back is fair while something is down."""
    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
        board.find("answer", f"{asked}: {answer.status_code} {answer.text[:300]}")
    elif "Retry-After" not in answer.headers:
        board.find("answer", f"{asked}: 503 without Retry-After")
