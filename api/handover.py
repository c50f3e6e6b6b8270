"""The handover of answers from the writer's thread to the event loop.

The writer answers a whole batch at once.  `asyncio.wrap_future` would wake the loop for each answer, and
each wake-up is a system call and a fight over the interpreter while the writer still has the others to
give.  Here the first answer of a batch wakes the loop, and those that follow before it looks ride along.
"""

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class Handover:
    """Gives the results of other threads' futures to one event loop, many at a wake-up."""

    def __init__(self) -> None:
        self._answered: deque[asyncio.Future[None]] = deque()
        self._woken = False

    async def result(self, future: Future[T]) -> T:
        """The future's result, or its exception.  A caller who is cancelled takes the work back."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        future.add_done_callback(lambda _: self._give(loop, waiter))
        try:
            await waiter
        except asyncio.CancelledError:
            future.cancel()
            raise
        return future.result()

    def _give(self, loop: asyncio.AbstractEventLoop, waiter: "asyncio.Future[None]") -> None:
        self._answered.append(waiter)
        if not self._woken:
            self._woken = True
            loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        # Lowered first: what is given from now on wakes the loop again, and is not left lying.
        self._woken = False
        while self._answered:
            waiter = self._answered.popleft()
            if not waiter.done():
                waiter.set_result(None)
