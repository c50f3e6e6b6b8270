"""The questions asked of the files by DuckDB, in SQL, on one machine."""

from pathlib import Path
from typing import Any, Final

import duckdb

QUESTIONS: Final = Path(__file__).parent / "questions"
DATASETS: Final = ("marks", "log", "totals", "acts")
_PARTITIONS: Final = "{'academic_year': SMALLINT, 'local_authority': VARCHAR}"

Row = tuple[Any, ...]


def names() -> list[str]:
    """What can be asked."""
    return sorted(path.stem for path in QUESTIONS.glob("*.sql"))


def opened(exported: Path) -> duckdb.DuckDBPyConnection:
    """A database of nothing but views over the files."""
    connection = duckdb.connect()
    # Instants are compared with days; neither may depend on where the machine stands.
    connection.execute("SET TimeZone = 'UTC'")
    for name in DATASETS:
        connection.execute(
            f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{exported}/{name}/**/*.parquet', "
            + ("" if name == "acts" else f"hive_partitioning = true, hive_types = {_PARTITIONS}, ")
            + "union_by_name = false)"
        )
    return connection


def ask(connection: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    """The rows of an answer, in order."""
    return connection.execute((QUESTIONS / f"{name}.sql").read_text(encoding="utf-8")).fetchall()
