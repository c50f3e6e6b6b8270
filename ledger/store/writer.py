"""Group commit: one thread appends what is waiting, many requests in one transaction.

A flush to disk costs the same for one request as for a hundred, so while one batch is being flushed
the next one gathers.  An idle writer takes the first that comes.  Clients that have just been answered
come back one after the other, though: a writer that took the first of them would flush for one, and leave
all others for the flush after that.  Where a flush takes long it therefore waits for as many as it has
just answered, but for no longer than a part of the time that their flush took.
"""

from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from time import monotonic
from typing import Final, Generic, Protocol, TypeVar

BATCH_WEIGHT_MAX: Final = 3_000
"""Events in one transaction, beyond which the rest waits for the next."""
WAITING_WEIGHT_MAX: Final = 400_000
"""Events waiting in all, beyond which new requests are turned away."""
GATHERING_SHARE: Final = 0.5
"""Of the time that the last flush took, how long the next batch may gather as many requests as that had."""
GATHERING_SECONDS_MAX: Final = 0.005


class Weighed(Protocol):
    """Work of a known size."""

    @property
    def weight(self) -> int:
        """How many events it is about to append, at most."""
        ...


Work = TypeVar("Work", bound=Weighed)


class TooBusyError(Exception):
    """More work is waiting than is sound to promise; come back shortly."""


class ClosedError(Exception):
    """The ledger is being shut down and takes no more work."""


class Writer(Generic[Work]):
    """A queue and the thread that drains it, handing each batch to `perform`."""

    def __init__(
        self,
        perform: Callable[[list[Work]], None],
        name: str = "ledger-writer",
        flush_seconds: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`flush_seconds` says how long the last batch's flush took, where there is one."""
        self._perform = perform
        self._flush_seconds = flush_seconds
        self._waiting: deque[Work] = deque()
        self._weight = 0
        self._changed = Condition()
        self._wanted = 1
        """How many waiting requests the thread waits for: it is not woken for each of them."""
        self._answered = 0
        self._gather_until = 0.0
        self._closing = False
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to take work."""
        self._thread.start()

    def submit(self, work: Work) -> None:
        """Queue work.  Raises TooBusyError or ClosedError and then has not taken it."""
        with self._changed:
            if self._closing:
                raise ClosedError
            if self._waiting and self._weight + work.weight > WAITING_WEIGHT_MAX:
                raise TooBusyError
            self._waiting.append(work)
            self._weight += work.weight
            if len(self._waiting) >= self._wanted:
                self._changed.notify()

    def close(self) -> None:
        """Finish what is waiting, then end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while batch := self._take():
            self._perform(batch)
            self._answered = len(batch)
            gathering = min(GATHERING_SHARE * self._flush_seconds(), GATHERING_SECONDS_MAX)
            self._gather_until = monotonic() + gathering

    def _take(self) -> list[Work]:
        """The next batch; empty when closed and all is done."""
        with self._changed:
            self._wait(1)
            self._wait(self._answered, self._gather_until - monotonic())
            batch: list[Work] = []
            weight = 0
            while self._waiting and (
                not batch or weight + self._waiting[0].weight <= BATCH_WEIGHT_MAX
            ):
                work = self._waiting.popleft()
                batch.append(work)
                weight += work.weight
            self._weight -= weight
            return batch

    def _wait(self, wanted: int, seconds_max: float | None = None) -> None:
        """Wait until so many requests are waiting, or for so long, or for the end."""
        self._wanted = wanted
        self._changed.wait_for(lambda: len(self._waiting) >= wanted or self._closing, seconds_max)
