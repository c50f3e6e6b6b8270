"""Asking both engines, and holding their answers against each other."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from tests.country import by_dask, by_duckdb
from tests.country.by_duckdb import Row


class Answer(NamedTuple):
    """One question, answered twice."""

    question: str
    rows: list[Row]
    """DuckDB's."""
    dask_rows: list[Row]
    duckdb_seconds: float
    dask_seconds: float

    @property
    def agree(self) -> bool:
        """Whether both engines say the same."""
        return bool(self.rows) and self.rows == self.dask_rows


def answers(exported: Path) -> Iterator[Answer]:
    """Every question, asked of DuckDB and of the Dask cluster that is at hand."""
    with by_duckdb.opened(exported) as connection:
        for question in by_duckdb.names():
            begun = perf_counter()
            rows = by_duckdb.ask(connection, question)
            between = perf_counter()
            dask_rows = by_dask.ask(exported, question)
            seconds = between - begun, perf_counter() - between
            yield Answer(question, rows, dask_rows, *seconds)
