"""A generated country: its log is whole, its export is asked by two engines, and they agree."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from dask.distributed import Client, LocalCluster
from psycopg.errors import InsufficientPrivilege

from ledger.proof.verify import verify
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.vault import KeyFile, Vault
from projections import asof
from projections.export.datasets import DATASETS
from projections.export.export import Order, Source, export
from projections.history import HistoryQuery, history
from projections.refolding import compare
from tests.bench.country import Country
from tests.bench.generate import Loaded, NotEmptyError, filled, load
from tests.bench.packed import Alike, Field
from tests.country import by_dask, by_duckdb
from tests.country.asking import answers
from tests.projections.world import another_log

COUNTRY = Country(marks=4_000, years=2, largest=20, weeks_a_year=5, history=3, weeks_free=1)
YEARS = range(2023, 2026)
_INDEXES = (
    "SELECT tablename, indexname, indexdef, indisvalid, indisprimary, conname FROM pg_indexes "
    "JOIN pg_index ON indexrelid = indexname::regclass LEFT JOIN pg_constraint ON conindid = indexrelid "
    "WHERE schemaname = current_schema() ORDER BY tablename, indexname"
)


@dataclass
class _Generated:
    addresses: Addresses
    key_file: Path
    loaded: Loaded
    indexes_before: list[Any]


@pytest.fixture(scope="module")
def generated(addresses: Addresses, tmp_path_factory: pytest.TempPathFactory) -> _Generated:
    """A log of its own with a year of marks."""
    own = another_log(addresses, "country")
    key_file = tmp_path_factory.mktemp("country") / "ledger.key"
    with connect_as_owner(own) as connection:
        before = connection.execute(_INDEXES).fetchall()
    return _Generated(own, key_file, load(own, key_file, COUNTRY, processes=1), before)


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
    assert "all" == json.loads((directory / "manifest.json").read_bytes())["schools"]
    return directory


def test_a_generated_log_is_whole(generated: _Generated) -> None:
    """Verification reads every row that was loaded and finds no fault."""
    verdict = verify(generated.addresses, processes=1)
    assert verdict.fault is None
    assert generated.loaded.positions == verdict.head
    assert generated.loaded.amendments > 0


def test_a_generated_log_has_its_keys_and_refuses_change(generated: _Generated) -> None:
    """Indexes, keys and triggers are those of the migrations, though the rows came without them."""
    with connect_as_owner(generated.addresses) as connection:
        assert generated.indexes_before == connection.execute(_INDEXES).fetchall()
        assert ("O",) == connection.execute(
            "SELECT string_agg(DISTINCT tgenabled::text, '') FROM pg_trigger "
            "JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE relnamespace = current_schema()::regnamespace"
        ).fetchone()
        for statement in ("TRUNCATE mark_2025", "UPDATE mark SET code = 'N'"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)  # type: ignore[call-overload]


def test_a_store_has_the_shape_that_is_asked_for(generated: _Generated) -> None:
    """The first school has its longer history, the others their years, and the last week is free."""
    with connect_as_owner(generated.addresses) as connection:
        found = connection.execute(
            "SELECT school::text, extract(year FROM day - interval '7 months')::integer, "
            "count(DISTINCT pupil), count(DISTINCT day), max(day) FROM mark GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
    weeks = {year: [week.days for week in COUNTRY.weeks if week.year == year] for year in YEARS}
    assert [5, 5, 4] == [len(weeks[year]) for year in YEARS]
    assert [
        (school.urn, year, school.pupils, sum(map(len, weeks[year])), weeks[year][-1][-1])
        for school in COUNTRY.schools
        for year in YEARS
        if year >= (2023 if school is COUNTRY.schools[0] else 2024)
    ] == found
    entries = sum(2 * pupils * days for _, _, pupils, days, _ in found)
    assert entries == generated.loaded.entries
    assert 0 <= COUNTRY.marks - entries < 2 * sum(map(len, weeks[2024] + weeks[2025]))


def test_a_filled_directory_opens_as_any_other(tmp_path: Path) -> None:
    """Settings of the load are gone, what was loaded is there, and a note says of which country."""
    country = Country(marks=60, largest=3, weeks_a_year=1)
    loaded = filled(tmp_path, country, processes=1)
    assert country == Country.noted(tmp_path)
    with EmbeddedPostgres.open(tmp_path) as server, psycopg.connect(server.owner_url) as connection:
        assert ("replica",) == connection.execute("SHOW wal_level").fetchone()
        assert (loaded.entries + loaded.amendments,) == connection.execute(
            "SELECT count(*) FROM mark"
        ).fetchone()


def test_a_specimen_says_where_its_fields_are() -> None:
    """A field that stands twice in it, or not at all, could be written over in the wrong place."""
    with pytest.raises(ValueError, match="day does not stand in the specimen once"):
        Alike(b"abcabc", {"day": Field("S1", b"a")})
    with pytest.raises(ValueError, match="day does not stand in the specimen once"):
        Alike(b"abcabc", {"day": Field("S1", b"x")})
    assert [b"a1c", b"a2c"] == Alike(b"abc", {"day": Field("S1", b"b")}).made(
        2, {"day": [b"1", b"2"]}
    ).tolist()


def test_views_read_a_generated_log(generated: _Generated, database: Database) -> None:
    """Views of schools are what plain folds come to, and sealed reasons open with its key file."""
    vault = Vault(KeyFile(generated.key_file))
    with asof.reading(database) as (connection, at):
        for school in (COUNTRY.schools[0].urn, COUNTRY.schools[-1].urn):
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
    assert list(YEARS) == [row[0] for row in effect]
