"""Who made an entry, when and for which client: the act that each row of the log points to."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Final, NamedTuple

from ledger.store.database import Connection
from projections.statements import statements
from projections.stored import parsed

_SQL: Final = statements("people")


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
    found = connection.execute(_SQL["acts"], asked).fetchall()
    # Of thousands of acts most say the same.
    said = cache(_said)
    acted = {}
    for position, client, recorded_at, leaf, state in found:
        by, rules = said(state)
        acted[position] = Act(by, client, rules, recorded_at, leaf)
    return acted


def act_of(client: str, recorded_at: datetime, leaf: bytes, state: bytes) -> Act:
    """An act from the columns of its row."""
    by, rules = _said(state)
    return Act(by, client, rules, recorded_at, leaf)


def _said(state: bytes) -> tuple[By, str]:
    """Who acted, and by which edition of the rules it was decided."""
    fields = parsed(state)
    return By(fields["by"]["name"], fields["by"]["position"]), fields["rules"]
