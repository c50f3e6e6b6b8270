"""A generated country: its log is whole, its export is asked by two engines, and they agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from dask.distributed import Client, LocalCluster

from ledger.proof.verify import verify
from ledger.store.database import Addresses, Database
from ledger.store.vault import KeyFile, Vault
from projections import asof
from projections.export.datasets import DATASETS
from projections.export.export import Order, Source, export
from projections.history import HistoryQuery, history
from projections.refolding import compare
from tests.bench.country import Country
from tests.bench.generate import Loaded, NotEmptyError, load
from tests.country import by_dask, by_duckdb
from tests.country.asking import answers
from tests.projections.world import another_log

COUNTRY = Country(marks=4_000, years=2, largest=25, weeks_a_year=5)


@dataclass
class _Generated:
    addresses: Addresses
    key_file: Path
    loaded: Loaded


@pytest.fixture(scope="module")
def generated(addresses: Addresses, tmp_path_factory: pytest.TempPathFactory) -> _Generated:
    """A log of its own with a year of marks."""
    own = another_log(addresses, "country")
    key_file = tmp_path_factory.mktemp("country") / "ledger.key"
    return _Generated(own, key_file, load(own, key_file, COUNTRY, processes=1))


@pytest.fixture(scope="module")
def database(generated: _Generated) -> Iterator[Database]:
    """The service's connections to it."""
    opened = Database(generated.addresses)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def exported(
    generated: _Generated, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Its export, all data sets."""
    directory = tmp_path_factory.mktemp("country") / "files"
    with asof.reading(database) as (connection, at):
        export(Source(generated.addresses, connection, at), directory, Order(list(DATASETS)))
    return directory


def test_a_generated_log_is_whole(generated: _Generated) -> None:
    """Verification reads every row that was loaded and finds no fault."""
    verdict = verify(generated.addresses, processes=1)
    assert verdict.fault is None
    assert generated.loaded.positions == verdict.head
    assert generated.loaded.amendments > 0


def test_views_read_a_generated_log(generated: _Generated, database: Database) -> None:
    """Views of a school are what plain folds come to, and sealed reasons open with its key file."""
    school = COUNTRY.schools[-1].urn
    vault = Vault(KeyFile(generated.key_file))
    with asof.reading(database) as (connection, at):
        assert all(one.difference is None for one in compare(connection, school, at))
        told = [
            event
            for one in COUNTRY.ids[:8]
            for event in history(
                connection, vault, HistoryQuery(str(UUID(bytes=one.tobytes()))), at
            )
            if event.type == "attendance-amended"
        ]
    assert told
    assert all(event.fields["reason"] for event in told)


def test_only_an_empty_ledger_is_loaded(generated: _Generated) -> None:
    """Rows are never loaded into a log that holds any."""
    with pytest.raises(NotEmptyError):
        load(generated.addresses, generated.key_file, COUNTRY, processes=1)


# Dask calls pandas as the next pandas will not have it; that is between the two.
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")
def test_both_engines_give_the_same_answers(exported: Path) -> None:
    """DuckDB and a cluster of Dask answer each question alike, from the same files."""
    cluster = LocalCluster(n_workers=1, processes=False, dashboard_address=None, silence_logs=40)
    with cluster, Client(cluster):
        found = list(answers(exported))
    assert by_duckdb.names() == by_dask.NAMES == [one.question for one in found]
    assert [] == [one.question for one in found if not one.agree]


def test_the_log_and_the_register_tell_the_same_absence(exported: Path) -> None:
    """Absence by the log, each amendment taking away what it replaces, is that of the register."""
    with by_duckdb.opened(exported) as connection:
        effect = by_duckdb.ask(connection, "effect_of_amendments")
        areas = by_duckdb.ask(connection, "absence_by_authority")
    for year, authorised_first, unauthorised_first, authorised, unauthorised in effect:
        assert authorised == sum(row[3] for row in areas if row[0] == year)
        assert unauthorised == sum(row[4] for row in areas if row[0] == year)
        assert authorised_first + unauthorised_first == authorised + unauthorised
        assert unauthorised_first > unauthorised
    assert [2024, 2025] == [row[0] for row in effect]
