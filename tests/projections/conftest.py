"""A log of the views' own, in a schema of its own: its clock stands at an instant that they know."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from ledger.application import AttendanceLedger
from ledger.store.database import Addresses, Database
from ledger.store.vault import Vault
from tests.projections.world import Clock, World, another_log

_URNS = count(200001)


@pytest.fixture(scope="session")
def own_addresses(addresses: Addresses) -> Addresses:
    """The same database, another log."""
    return another_log(addresses, "views")


@pytest.fixture(scope="session")
def own_database(own_addresses: Addresses) -> Iterator[Database]:
    """The service's connections to it."""
    opened = Database(own_addresses)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def clock() -> Clock:
    """Monday 24 November 2025, ten in the morning and no later than a second after."""
    return Clock()


@pytest.fixture(scope="session")
def ledger(own_database: Database, vault: Vault, clock: Clock) -> Iterator[AttendanceLedger]:
    """The door into the record."""
    with AttendanceLedger(own_database, vault, clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def make_world(
    ledger: AttendanceLedger, own_database: Database, vault: Vault, clock: Clock
) -> Callable[[], World]:
    """Makes schools with nothing in them yet; no two of a run have one number."""
    return lambda: World(ledger, own_database, vault, str(next(_URNS)), clock)


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    """A school with nothing in it yet."""
    return make_world()


@pytest.fixture
def another(make_world: Callable[[], World]) -> World:
    """A second school, with nothing in it yet."""
    return make_world()
