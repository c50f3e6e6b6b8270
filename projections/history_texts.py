"""Plain entries as JSON: put together from pieces that many of them share.

What is written here is what the contract's object of such an entry says, to the byte; what writes it,
sooner or later, writes it with these pieces.
"""

from functools import lru_cache
from typing import Final

from pydantic_core import to_json

from ledger.registers.attendance import AttendanceEntered
from projections.history_events import PlainEntry
from projections.people import Said

BEFORE_INSTANT: Final = f',"type":"{AttendanceEntered.topic}","recorded_at":"'
"""What stands between the position and the instant of recording."""


@lru_cache(maxsize=8192)
def before_position(date: str, session: str, code: str) -> str:
    """What stands before the position: day, session and code."""
    return (
        f'{{"date":"{date}","session":"{session}","revision":0,"code":{to_json(code).decode()},'
        '"position":'
    )


def behind_instant(school: str, said: Said, client: str) -> str:
    """What stands behind the instant, the same for most entries."""
    by, rules = said.by._asdict(), said.rules
    told = {"school": school, "by": by, "client": client, "rules": rules, "erased": ()}
    return '",' + to_json(told).decode()[1:]


class Writer:
    """Writes entries one after the other: what follows the instant is mostly what followed the last."""

    def __init__(self) -> None:
        """Has written nothing yet."""
        self._said: Said | None = None
        self._school = self._client = self._behind = ""

    def text(self, one: PlainEntry) -> str:
        """The entry as JSON."""
        position, date, session, code, school, client, said, written_at, _ = one
        if self._said is not said or school != self._school or client != self._client:
            self._said, self._school, self._client = said, school, client
            self._behind = behind_instant(school, said, client)
        before = before_position(date, session, code)
        return f"{before}{position}{BEFORE_INSTANT}{written_at}{self._behind}"
