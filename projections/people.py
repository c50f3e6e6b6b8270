"""Who made an entry, when and for which client: the act that each row of the log points to."""

from collections.abc import Iterable, Iterator
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
    said = said_in(state for *_, state in found)
    return {
        position: Act(by, client, rules, recorded_at, leaf)
        for (position, client, recorded_at, leaf, _), ((by, rules), _) in zip(
            found, said, strict=True
        )
    }


def act_of(client: str, recorded_at: datetime, leaf: bytes, state: bytes) -> Act:
    """An act from the columns of its row."""
    by, rules = _said(state)
    return Act(by, client, rules, recorded_at, leaf)


class Said(NamedTuple):
    """What is stored of an act but for its instant: one object for all acts that say the same."""

    by: By
    rules: str


def said_in(states: Iterable[bytes]) -> Iterator[tuple[Said, str]]:
    """What the state of each act says, and its instant as it is written everywhere.

    Of thousands of acts nearly all say the same but for their instant: that is read once.
    """
    read: dict[tuple[bytes, bytes], Said] = {}
    said, before, after, begin, end = None, b"", b"", 0, 0
    for state in states:
        if said is None or state[:begin] != before or state[end:] != after:
            # Text within a value cannot look like the name of a member: its quotes are escaped.
            begin = state.index(_WHEN) + len(_WHEN)
            end = begin + _WHEN_BYTES
            before, after = state[:begin], state[end:]
            said = read.get((before, after)) or _said(state)
            read[before, after] = said
        # To write an instant out costs ten times as much as to take it over.
        yield said, state[begin:end].decode()


def _said(state: bytes) -> Said:
    fields = parsed(state)
    return Said(By(fields["by"]["name"], fields["by"]["position"]), fields["rules"])
