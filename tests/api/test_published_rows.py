"""A year of the Department's figures, through the running service, comes out as it was published."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from api.callers import create_key
from api.demo.published import PublishedRow, carried_rows, read_rows
from api.demo.run import run_demo
from ledger.store.database import Addresses, connect_as_owner

SESSIONS_MAX = 120_000
_EARLIER = Path(str(resources.files("tests"))) / "data/dfe_ytd_2024_25_small.csv"


def _rows() -> list[PublishedRow]:
    """Every carried row of both years under the limit, small ones first."""
    rows = [row for row in [*carried_rows(), *read_rows(_EARLIER)] if row.complete]
    return sorted(
        (row for row in rows if row.count("possible_sessions") <= SESSIONS_MAX),
        key=lambda row: row.count("possible_sessions"),
    )


def _chosen(every_row: bool) -> list[PublishedRow]:
    """All of them where asked for, else the smallest of each year."""
    rows = _rows()
    if every_row:
        return rows
    smallest = {row.period: row for row in reversed(rows)}
    return [smallest[period] for period in sorted(smallest)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each chosen row."""
    if "row" in metafunc.fixturenames:
        rows = _chosen(metafunc.config.getoption("--every-row"))
        metafunc.parametrize("row", rows, ids=[f"{row.title}, {row.period}" for row in rows])


@pytest.fixture(scope="session")
def key(addresses: Addresses) -> Iterator[str]:
    """A key for everything."""
    with connect_as_owner(addresses) as owner:
        yield create_key(owner, "published", ["all"], ["all"])


def test_totals_equal_the_published_figures(address: str, key: str, row: PublishedRow) -> None:
    """Counts by code exactly, every published rate to its printed precision."""
    result = run_demo(address, key, row)
    assert [] == [line for line in result.rows if not line.agrees]
    assert result.amendments > 0
    assert 50 == len(result.rows)
