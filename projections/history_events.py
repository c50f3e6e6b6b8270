"""What is told of a child: the events of a history."""

from datetime import datetime
from typing import Any, NamedTuple

from ledger.registers.attendance import AttendanceEntered
from projections.people import By, Said


class HistoryEvent(NamedTuple):
    """One event of the log about the child."""

    position: int
    type: str
    """Topic, such as `attendance-amended`."""
    recorded_at: datetime
    school: str
    by: By
    client: str
    rules: str
    fields: dict[str, Any]
    """The event's own fields, ready for JSON; what was erased is None.  A mark also has `date`,
    `session`, `revision` and, when amended, `original` beside the code that it `replaces`."""
    erased: tuple[str, ...]
    """Fields that were entered and cannot be read any more."""


class Leafed(NamedTuple):
    """An event with the leaf of its row, which commits to it and to the act that it was made under."""

    event: HistoryEvent
    leaf: bytes

    @property
    def position(self) -> int:
        """The event's."""
        return self.event.position

    @property
    def type(self) -> str:
        """The event's."""
        return self.event.type


class PlainEntry(NamedTuple):
    """An original entry that says nothing but its code.

    Nearly all events of a history are such, thousands of them: what is the same for many of them is shared,
    and an event is made of one where somebody asks for it.
    """

    position: int
    date: str
    session: str
    code: str
    school: str
    client: str
    said: Said
    written_at: str
    """When it was recorded, as it is written everywhere."""
    leaf: bytes

    @property
    def type(self) -> str:
        """The same for all of them."""
        return AttendanceEntered.topic

    @property
    def event(self) -> HistoryEvent:
        """The entry as an event like any other."""
        return HistoryEvent(
            self.position,
            self.type,
            datetime.fromisoformat(self.written_at),
            self.school,
            self.said.by,
            self.client,
            self.said.rules,
            {"date": self.date, "session": self.session, "revision": 0, "code": self.code},
            (),
        )


Told = Leafed | PlainEntry

Written = str
"""An original entry that holds nothing sealed, as it is written in JSON already."""

Placed = tuple[int, Told | Written]
"""The position of an event, and the event.  There are thousands, and nothing is cheaper to make or to sort."""


def type_of(event: Told | Written) -> str:
    """Its topic."""
    return AttendanceEntered.topic if isinstance(event, str) else event.type
