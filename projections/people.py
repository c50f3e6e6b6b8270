"""Who made an entry, when and for which client: the act that each row of the log points to."""

from collections.abc import Iterable
from datetime import datetime
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
    wanted = list(set(positions))
    found = connection.execute(_SQL["acts"], {"positions": wanted}).fetchall() if wanted else ()
    return {
        position: act_of(client, recorded_at, leaf, state)
        for position, client, recorded_at, leaf, state in found
    }


def act_of(client: str, recorded_at: datetime, leaf: bytes, state: bytes) -> Act:
    """An act from the columns of its row."""
    fields = parsed(state)
    by = By(fields["by"]["name"], fields["by"]["position"])
    return Act(by, client, fields["rules"], recorded_at, leaf)
