"""Specifications play in the same world as the ledger's own tests."""

from collections.abc import Callable
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent

from ledger.store.database import Database
from ledger.store.mapper import open_all
from ledger.store.vault import Vault
from tests.ledger.conftest import clock, world

__all__ = ["clock", "world"]

Logged = Callable[[dict[str, Any]], list[Any]]


@pytest.fixture
def logged(database: Database, vault: Vault) -> Logged:
    """The events that a receipt is about, opened."""

    def read(receipt: dict[str, Any]) -> list[Any]:
        with database.reading() as connection:
            rows = connection.execute(
                "SELECT stream, version, topic, state FROM log "
                "WHERE position BETWEEN %s AND %s ORDER BY position",
                (receipt["first"], receipt["last"]),
            ).fetchall()
            return open_all([StoredEvent(*row) for row in rows], vault, connection)

    return read
