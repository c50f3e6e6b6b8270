"""Returns to the local authority that were sent, and beliefs of long illness, as they were recorded."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from ledger.authority_returns.returns_sent import ReturnSent
from ledger.authority_returns.sickness_beliefs import SicknessBeliefFormed
from ledger.store.database import Connection
from ledger.store.vault import Vault, scope_of
from projections.asof import AsOf
from projections.people import By, acts
from projections.statements import fetch, statements
from projections.stored import opened, parsed

_SQL: Final = statements("returns_sent")


@dataclass(frozen=True, slots=True)
class ReturnsSentQuery:
    """Of which school, and optionally of which pupil or return."""

    urn: str
    pupil: str | None = None
    extract: str | None = None


class SentRow(NamedTuple):
    """One episode that a return told of."""

    extract: str
    pupil: str
    why: str
    first: date
    last: date
    """Its days as they stood when the return was made."""
    made_at: int
    sent_on: date
    sent_to: str | None
    recorded_at: datetime
    by: By
    position: int


class BeliefRow(NamedTuple):
    """What a school believed of a pupil's illness."""

    pupil: str
    formed_on: date
    expected_school_days: int
    formed_by: By
    grounds: str | None
    erased: tuple[str, ...]
    """Fields that were entered and cannot be read any more."""
    recorded_at: datetime
    by: By
    position: int


def returns_sent(connection: Connection, query: ReturnsSentQuery, at: AsOf) -> list[SentRow]:
    """What was sent, in the order of recording."""
    rows = _recorded(connection, query, ReturnSent.topic, at)
    made = acts(connection, (row.act for row in rows))
    found = []
    for row in rows:
        said, act = parsed(row.state), made[row.act]
        if query.extract in (None, said["extract"]):
            found.append(
                SentRow(
                    said["extract"],
                    row.pupil,
                    said["why"],
                    date.fromisoformat(said["first"]),
                    date.fromisoformat(said["last"]),
                    said["made_at"],
                    date.fromisoformat(said["sent_on"]),
                    said.get("sent_to"),
                    act.recorded_at,
                    act.by,
                    row.position,
                )
            )
    return found


def sickness_beliefs(
    connection: Connection, vault: Vault, query: ReturnsSentQuery, at: AsOf
) -> list[BeliefRow]:
    """What a school believed, in the order of recording."""
    rows = _recorded(connection, query, SicknessBeliefFormed.topic, at)
    keys = vault.load_keys(connection, {scope_of(row.stream) for row in rows})
    made = acts(connection, (row.act for row in rows))
    found = []
    for row in rows:
        said, erased = opened(row.stream, row.version, parsed(row.state), keys)
        found.append(
            BeliefRow(
                row.pupil,
                date.fromisoformat(said["formed_on"]),
                said["expected_school_days"],
                By(**said["formed_by"]),
                said.get("grounds"),
                erased,
                made[row.act].recorded_at,
                made[row.act].by,
                row.position,
            )
        )
    return found


class _Row(NamedTuple):
    """An event as it is stored."""

    position: int
    act: int
    pupil: str
    stream: str
    version: int
    state: bytes


def _recorded(connection: Connection, query: ReturnsSentQuery, topic: str, at: AsOf) -> list[_Row]:
    asked: dict[str, Any] = {
        "school": int(query.urn),
        "position": at.position,
        "topic": topic,
        "pupil": query.pupil,
    }
    return list(map(_Row._make, fetch(connection, _SQL["of_school"], asked)))
