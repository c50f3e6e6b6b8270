"""Following the log by polling, at most a second behind and never over a hole.

The library's own subscription waits for NOTIFY, which takes a lock that serialises commits across the
whole server and can be lost with its connection.
"""

from collections import deque
from collections.abc import Sequence
from threading import Event
from typing import Any, Final

from eventsourcing.persistence import Notification, Subscription

POLL_SECONDS: Final = 0.25
PAGE: Final = 1_000


class PollingSubscription(Subscription[Any]):
    """Yields events in the order of the log, waiting for the next one after the last."""

    def __init__(self, recorder: Any, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder, gt, topics)
        self._page: deque[Notification] = deque()
        self._stopped = Event()

    def stop(self) -> None:
        """End the subscription; a waiting `next` raises StopIteration."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        """The next event; waits for it."""
        while not self._page:
            if self._stopped.is_set():
                raise StopIteration
            found = self._recorder.select_notifications(
                self._last_notification_id, PAGE, topics=self._topics, inclusive_of_start=False
            )
            self._page.extend(found)
            if not found:
                self._stopped.wait(POLL_SECONDS)
        notification = self._page.popleft()
        self._last_notification_id = notification.id
        return notification
