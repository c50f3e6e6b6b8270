"""One writer: asks, asks again until it is acknowledged, and now and then tests the ledger's memory."""

import json
from collections import deque
from random import Random
from threading import Event, Thread
from typing import Final

import httpx

from tests.drills.asking import IMPATIENT_SECONDS, PATIENT_SECONDS, Asked, ask, client
from tests.drills.board import Acknowledgement, Board
from tests.drills.clerk import Clerk
from tests.drills.requests import STATUS, Request

REPLAYS: Final = 0.10
"""Share of requests before which an acknowledged one is sent again."""
WALKS_AWAY: Final = 0.15
"""Share of attempts in doubt after which the writer leaves the request to the end of the drill."""
_REMEMBERED: Final = 300
_REPLAY: Final = "Idempotent-Replay"


class Writer(Thread):
    """A thread that writes until told to stop, and then finishes what it has begun."""

    def __init__(
        self, number: int, clerk: Clerk, board: Board, seed: int, address: str, key: str
    ) -> None:
        super().__init__(name=f"writer-{number}", daemon=True)
        self._clerk = clerk
        self._board = board
        self._random = Random(f"{seed} writer {number}")
        seconds_max = IMPATIENT_SECONDS if number % 3 == 2 else PATIENT_SECONDS
        self._http = client(address, key, seconds_max)
        self._remembered: deque[Acknowledgement] = deque(maxlen=_REMEMBERED)
        self._stop_asked = Event()

    def stop(self) -> None:
        """Ask nothing new."""
        self._stop_asked.set()

    def run(self) -> None:
        """Write (called by the thread).  Whatever ends it early is a finding."""
        try:
            with self._http as http:
                while not self._stop_asked.is_set():
                    if self._remembered and self._random.random() < REPLAYS:
                        self._ask_acknowledged(http, self._random.choice(self._remembered))
                    self._ask_new(http)
        except Exception as error:  # a thread's end must not pass unseen
            self._board.find("end", f"{self.name} ended early: {error!r}")

    def _ask_new(self, http: httpx.Client) -> None:
        work = self._clerk.next()
        asked = ask(http, work.request, self._board, self._walks_away)
        found = acknowledged(work.request, asked, self._board)
        if found is not None:
            work.acknowledged()
            self._remembered.append(found)
        elif asked.answer is None:
            self._board.leave_open(work.request, asked.begun)

    def _ask_acknowledged(self, http: httpx.Client, before: Acknowledgement) -> None:
        asked = ask(http, before.request, self._board, lambda: False)
        if asked.answer is not None:
            self._board.count("replays")
            replayed(before, asked.answer, self._board)

    def _walks_away(self) -> bool:
        return self._random.random() < WALKS_AWAY


def acknowledged(request: Request, asked: Asked, board: Board) -> Acknowledgement | None:
    """Keep the acknowledgement of a request, where it is one, and hold it against what was asked."""
    answer = asked.answer
    if answer is None:
        return None
    if answer.status_code != request.status:
        board.find("answer", f"{request.key}: {answer.status_code} {answer.text[:300]}")
        return None
    try:
        found = board.acknowledge(request, answer.content, asked.begun)
        _judge_receipt(found, board)
    except (ValueError, KeyError, TypeError) as error:
        board.find("answer", f"{request.key}: no receipt ({error!r}): {answer.text[:300]}")
        return None
    was_replay = answer.headers.get(_REPLAY) == "true"
    if asked.in_doubt:
        # The first attempt had been recorded, or this one was: either way now it is known.
        board.count("in doubt", "in doubt: recorded" if was_replay else "in doubt: new")
    elif was_replay:
        board.find("replay", f"{request.key}: called a replay the first time it was asked")
    return found


def replayed(before: Acknowledgement, answer: httpx.Response, board: Board) -> None:
    """Hold the answer to an acknowledged request that was sent again against the first answer."""
    key = before.request.key
    if answer.status_code != before.request.status:
        board.find("replay", f"{key}: {answer.status_code} {answer.text[:300]}")
    elif answer.content != before.body:
        board.find("replay", f"{key}: other bytes than the first answer's")
    elif answer.headers.get(_REPLAY) != "true":
        board.find("replay", f"{key}: the first answer again, without {_REPLAY}")


def _judge_receipt(found: Acknowledgement, board: Board) -> None:
    """The receipt says of each item what must become of it, and names positions in its own span."""
    key, results = found.request.key, found.receipt["results"]
    statuses = [result["status"] for result in results]
    if statuses != [STATUS[outcome] for outcome in found.request.outcomes]:
        board.find("answer", f"{key}: other results than expected: {json.dumps(results)[:300]}")
        return
    positions = [result["position"] for result in results if result["status"] == "recorded"]
    # The act stands first, then its entries; where nothing is recorded there is neither.
    if positions != list(found.span[1:]):
        board.find("answer", f"{key}: the positions named do not fill {found.span}")
