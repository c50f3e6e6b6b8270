"""Waiting with an end, and with a word to whoever is watching."""

import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.03
_FIRST_WORD_SECONDS = 2.0
_NEXT_WORD_SECONDS = 5.0


class OutOfPatienceError(Exception):
    """The time to wait is used up."""


class Patience:
    """How long we wait for something, and whom we tell meanwhile."""

    def __init__(self, seconds_max: float, on_wait: Callable[[str], None] | None = None) -> None:
        self._began = time.monotonic()
        self._until = self._began + seconds_max
        self._next_word = self._began + _FIRST_WORD_SECONDS
        self._on_wait = on_wait

    def seconds_left(self) -> float:
        """Seconds until waiting ends, never less than nought."""
        return max(0.0, self._until - time.monotonic())

    def wait(self, why: str) -> None:
        """Pause a moment, now and then telling `why`; OutOfPatienceError when time is used up."""
        now = time.monotonic()
        if self._on_wait is not None and now >= self._next_word:
            self._next_word = now + _NEXT_WORD_SECONDS
            self._on_wait(f"{why} ({now - self._began:.0f} s so far)")
        if now >= self._until:
            raise OutOfPatienceError(why)
        time.sleep(min(_PAUSE_SECONDS, self._until - now))
