"""The export's files: whose they are, how they are laid out, and what becomes of half of one."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from projections.export.datasets import LOG, MARKS
from projections.export.files import Output
from projections.export.reading import SQL, columns
from tests.projections.test_export import exported
from tests.projections.world import World


@pytest.fixture
def files(world: World, another: World, tmp_path: Path) -> Path:
    """The register of two schools, and its log."""
    for one in (world, another):
        one.opened(2)
        one.take({0: "/", 1: "N"})
        one.amend(1, "N", "I")
    exported(world, tmp_path / "new" / "files", "marks", "log", schools=[world.urn, another.urn])
    return tmp_path / "new" / "files"


def test_files_are_for_their_owner_alone(files: Path) -> None:
    """Nobody else may read a file or look into a folder, the directory itself included."""
    found = [files, *files.rglob("*")]
    assert {0o600} == {path.stat().st_mode & 0o777 for path in found if path.is_file()}
    assert {0o700} == {path.stat().st_mode & 0o777 for path in found if path.is_dir()}


def test_each_school_is_a_row_group_that_readers_can_leave_out(files: Path) -> None:
    """Of school, date and position the smallest and largest value stand with each row group."""
    for name, rows, told in (("marks", 2, {"position"}), ("log", 3, {"position", "act"})):
        (path,) = (files / name).rglob("*.parquet")
        found = pq.read_metadata(path)
        assert [rows, rows] == [found.row_group(n).num_rows for n in range(found.num_row_groups)]
        of_first = [found.row_group(0).column(n) for n in range(found.num_columns)]
        bounded = {one.path_in_schema for one in of_first if one.statistics is not None}
        assert {"school", "date"} | told == bounded
        assert {"ZSTD"} == {one.compression for one in of_first}
        assert told == {
            one.path_in_schema for one in of_first if "DELTA_BINARY_PACKED" in one.encodings
        }


def test_half_a_file_is_taken_away(tmp_path: Path) -> None:
    """What fails in the middle of a file leaves neither the file nor its half, nor their folders."""

    def fail() -> None:
        with Output(tmp_path) as output:
            with output.tables(LOG, "log/log.parquet"):
                pass
            with output.tables(MARKS, "marks/academic_year=2025/marks.parquet") as tables:
                tables.add(
                    pa.table([pa.nulls(3, one.type) for one in MARKS.schema], schema=MARKS.schema)
                )
                there = {path.name for path in tmp_path.rglob("*") if path.is_file()}
                assert {"log.parquet", "marks.parquet.part"} == there
                raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    assert [] == list(tmp_path.iterdir())


def test_years_are_found_by_probes(world: World) -> None:
    """Nothing but the first mark of a school and year is looked for: as a join it would read them all."""
    world.opened(1)
    with world.looking() as (connection, _, at):
        asked = {"school": int(world.urn), "position": at.position}
        plan = connection.execute(b"EXPLAIN " + SQL["years"], asked).fetchall()
    told = "\n".join(line for (line,) in plan)
    assert "Limit" in told
    assert "Semi Join" not in told


def test_columns_are_read_as_the_service_may(world: World) -> None:
    """The connections of an export have the service's rights, write nothing, and have no time limit."""
    world.opened(1)
    with (
        world.looking() as (connection, _, _),
        columns(world.database.addresses, connection) as opened,
        opened._connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT current_user::text, current_setting('transaction_read_only'), "
            "current_setting('transaction_isolation'), current_setting('statement_timeout')"
        )
        assert ("ledger_append", "on", "repeatable read", "0") == cursor.fetchone()
