"""The world in which the ledger's own tests play."""

from collections.abc import Iterator

import pytest

from ledger.store.database import Database
from ledger.store.vault import Vault
from tests.ledger.world import Clock, World, ledger_on


@pytest.fixture
def clock() -> Clock:
    """Sunday 22 November 2026, noon, until the test sets it."""
    return Clock()


@pytest.fixture
def world(database: Database, vault: Vault, urn: str, clock: Clock) -> Iterator[World]:
    """A school with nothing in it yet."""
    with ledger_on(database, vault, clock) as ledger:
        yield World(ledger, urn, clock)
