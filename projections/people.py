"""Who made an entry, when and for which client: the act that each row of the log points to."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from ledger.store.database import Connection
from projections.statements import statements
from projections.stored import parsed

_SQL: Final = statements("people")
_WHEN: Final = b'"recorded_at":"'
_WHEN_BYTES: Final = len("2026-09-07T08:00:00.000000Z")


class By(NamedTuple):
    """Name and position of the person whose entry it is."""

    name: str
    position: str


class Act(NamedTuple):
    """One request by one person."""

    by: By
    client: str
    rules: str
    """Edition of the rules by which the request was decided."""
    recorded_at: datetime
    leaf: bytes


def acts(connection: Connection, positions: Iterable[int]) -> dict[int, Act]:
    """The acts at these positions."""
    wanted = set(positions)
    if not wanted:
        return {}
    # Thousands of numbers are written out in a tenth of the time that the driver takes over a list.
    asked = {"positions": f"{{{','.join(map(str, wanted))}}}"}
    found = connection.execute(_SQL["acts"], asked, binary=True).fetchall()
    said = Sayings()
    acted = {}
    for position, client, recorded_at, leaf, state in found:
        by, rules, _ = said.of(state)
        acted[position] = Act(by, client, rules, recorded_at, leaf)
    return acted


def act_of(client: str, recorded_at: datetime, leaf: bytes, state: bytes) -> Act:
    """An act from the columns of its row."""
    by, rules = _said(state)
    return Act(by, client, rules, recorded_at, leaf)


class Said(NamedTuple):
    """What is stored of an act."""

    by: By
    rules: str
    recorded_at: str
    """The instant as it is written everywhere."""


class Sayings:
    """What acts say, read once for all that say the same but for their instant."""

    def __init__(self) -> None:
        self._read: dict[tuple[bytes, bytes], tuple[By, str]] = {}

    def of(self, state: bytes) -> Said:
        """What the state of an act says."""
        # Of thousands of acts nearly all do.  Text within a value cannot look like the name of a member:
        # its quotes are escaped.
        before, _, rest = state.partition(_WHEN)
        alike = before, rest[_WHEN_BYTES:]
        found = self._read.get(alike)
        if found is None:
            found = self._read[alike] = _said(state)
        # To write an instant out costs ten times as much as to take it over.
        return Said._make((*found, rest[:_WHEN_BYTES].decode()))


def _said(state: bytes) -> tuple[By, str]:
    fields = parsed(state)
    return By(fields["by"]["name"], fields["by"]["position"]), fields["rules"]
