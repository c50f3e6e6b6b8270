"""Entries as JSON: put together from pieces that many of them share.

What is written here is, to the byte, what the contract's object says of an original entry that holds nothing
sealed; what writes such an entry, sooner or later, writes it with these pieces.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic_core import to_json

from ledger.registers.attendance import AttendanceEntered
from ledger.requests import instant
from projections.history_events import HistoryEvent, PlainEntry
from projections.people import Said

BEFORE_INSTANT: Final = f',"type":"{AttendanceEntered.topic}","recorded_at":"'
"""What stands between the position and the instant of recording."""

_OF_THE_MARK: Final = frozenset({"date", "session", "revision"})


@lru_cache(maxsize=8192)
def before_position(date: str, session: str, code: str) -> str:
    """What stands before the position: day, session and code."""
    return saying(date, session, {"code": code})


def saying(date: str, session: str, fields: Mapping[str, Any]) -> str:
    """The same of an original entry with these fields, as they are stored."""
    members = to_json(fields).decode()[1:-1]
    return f'{{"date":"{date}","session":"{session}","revision":0,{members},"position":'


def behind_instant(school: str, said: Said, client: str) -> str:
    """What stands behind the instant, the same for most entries."""
    by, rules = said.by._asdict(), said.rules
    told = {"school": school, "by": by, "client": client, "rules": rules, "erased": ()}
    return '",' + to_json(told).decode()[1:]


def original(event: HistoryEvent) -> str:
    """An original entry of which nothing is sealed, as JSON."""
    fields = {name: value for name, value in event.fields.items() if name not in _OF_THE_MARK}
    before = saying(event.fields["date"], event.fields["session"], fields)
    behind = behind_instant(event.school, Said(event.by, event.rules), event.client)
    return f"{before}{event.position}{BEFORE_INSTANT}{instant(event.recorded_at)}{behind}"


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
