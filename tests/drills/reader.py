"""A reader that follows the log while everything is killed: no row out of turn, and none that changes."""

from hashlib import sha256
from threading import Event, Thread
from typing import Final

import httpx

from tests.drills.asking import PATIENT_SECONDS, client, judge_fault
from tests.drills.audit import LogRow, log_page, stored
from tests.drills.board import Board

_PAUSE_SECONDS: Final = 0.05
"""Between pages, so that the reader leaves the writers some processor time."""


class Reader(Thread):
    """Follows the log from its beginning until told to stop; `digest` covers rows 1 to `position`."""

    def __init__(self, board: Board, address: str, key: str) -> None:
        super().__init__(name="reader", daemon=True)
        self._board = board
        self._http = client(address, key, PATIENT_SECONDS)
        self._digest = sha256()
        self._stop_asked = Event()
        self.position = 0

    @property
    def digest(self) -> str:
        """The digest of everything read so far."""
        return self._digest.hexdigest()

    def stop(self) -> None:
        """Read no further page."""
        self._stop_asked.set()

    def run(self) -> None:
        """Read (called by the thread).  Whatever ends it early is a finding."""
        try:
            with self._http:
                while not self._stop_asked.is_set():
                    self._read_on()
                    self._stop_asked.wait(_PAUSE_SECONDS)
        except Exception as error:  # a thread's end must not pass unseen
            self._board.find("end", f"{self.name} ended early: {error!r}")

    def _read_on(self) -> None:
        """Read one page, if the service and its database are there to serve it."""
        try:
            page = log_page(self._http, self.position)
        except httpx.TransportError:
            return
        except httpx.HTTPStatusError as failed:
            self._board.count("pages refused")
            judge_fault(failed.response, "log", self._board)
            return
        self._board.count("pages served")
        for row in page:
            self._take(row)

    def _take(self, row: LogRow) -> None:
        if row["position"] != self.position + 1:
            self._board.find("hole", f"position {row['position']} read after {self.position}")
        self.position = row["position"]
        self._digest.update(stored(row))
