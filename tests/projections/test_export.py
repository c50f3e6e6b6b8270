"""The export: what its files hold is what the views say, and the same position gives the same bytes."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from ledger.schools.calendar import span_of_year
from projections.digests import settled
from projections.export.datasets import DATASETS, MARKS, What
from projections.export.export import (
    Exported,
    Order,
    SchoolNotKnownError,
    Source,
    export,
)
from projections.export.files import DirectoryNotEmptyError
from projections.export.making import Counting, UnknownCodeError, Year
from projections.sessions import Begun
from tests.projections.world import NOW, World

ALL: tuple[What, ...] = ("marks", "log", "totals", "acts")


def exported(
    world: World, directory: Path, *what: What, position: int | None = None, **options: Any
) -> Exported:
    """An export of this school, or of `schools`."""
    with world.looking(position) as (connection, _, at):
        addresses = world.database.addresses
        source = Source(addresses, connection, settled(connection, at))
        order = Order(what or ("marks",), options.pop("schools", [world.urn]))
        return export(source, directory, order, **options)


def _read(directory: Path, what: What) -> list[dict[str, Any]]:
    hive = ds.partitioning(
        pa.schema([("academic_year", pa.int16()), ("local_authority", pa.string())]), flavor="hive"
    )
    found = ds.dataset(directory / what, partitioning=hive).to_table()
    return list(found.to_pylist())


@pytest.fixture
def busy(world: World) -> World:
    """A school with amended entries, one amended twice, a planned one and one under older codes."""
    world.opened(4, years=(2020, 2025))
    world.import_marks([(0, "2021-01-12", "AM", "X"), (1, "2021-01-12", "AM", "I")])
    world.take({0: "N", 1: "/", 2: "N", 3: "L"}, "2025-11-20")
    world.take({0: "\\", 1: "I", 2: "O", 3: "\\"}, "2025-11-20", "PM")
    world.amend(0, "N", "I", "2025-11-20")
    world.amend(2, "N", "O", "2025-11-20")
    world.amend(2, "O", "M", "2025-11-20")
    world.take({0: "V", 1: {"code": "B", "detail": "College"}}, "2025-12-03")
    return world


def test_marks_are_the_register_as_it_stood(busy: World, tmp_path: Path) -> None:
    """Each row is an entry of the register view: code, class, first code, revision, position."""
    exported(busy, tmp_path / "files")
    at = NOW.replace(hour=9)  # the clock of the acts, no later than the last of them
    expected = [
        (e.pupil, e.date, e.session, e.code, e.counts_as, e.original, e.amended, e.position)
        for first, last in (("2020-08-01", "2021-07-31"), ("2025-08-01", "2026-07-31"))
        for e in busy.register(first, last, instant=at).entries
    ]
    found = [
        (
            *(row["pupil"], row["date"], row["session"], row["code"], row["counts_as"]),
            *(row["original"], row["revision"] > 0, row["position"]),
        )
        for row in _read(tmp_path / "files", "marks")
    ]
    assert 12 == len(expected)
    assert sorted(expected) == sorted(found)


def test_entries_ahead_of_their_session_are_planned(busy: World, tmp_path: Path) -> None:
    """Of the entries there are, those of 3 December are planned on 24 November, and no others."""
    exported(busy, tmp_path / "files", "marks", "totals")
    marks = {(row["date"], row["planned"]) for row in _read(tmp_path / "files", "marks")}
    totals = {(row["date"], row["planned"]) for row in _read(tmp_path / "files", "totals")}
    days = {date(2021, 1, 12), date(2025, 11, 20)}
    expected = {(day, False) for day in days} | {(date(2025, 12, 3), True)}
    assert expected == marks == totals


def test_an_old_position_is_exported_as_it_stood(busy: World, tmp_path: Path) -> None:
    """At the position before the last amendment the entry still says what it said then."""
    receipt = busy.amend(1, "I", "M", "2025-11-20", "PM")
    exported(busy, tmp_path / "then", position=receipt["first"] - 1)
    exported(busy, tmp_path / "now", position=receipt["last"])

    def code(directory: Path) -> list[str]:
        return [
            row["code"]
            for row in _read(directory, "marks")
            if (row["pupil"], row["date"], row["session"])
            == (busy.pupil(1), date(2025, 11, 20), "PM")
        ]

    assert ["I"] == code(tmp_path / "then")
    assert ["M"] == code(tmp_path / "now")


def test_the_log_holds_every_entry_and_what_it_replaces(busy: World, tmp_path: Path) -> None:
    """An entry amended twice has three rows, each with the code before it and how that counts."""
    exported(busy, tmp_path / "files", "log", "acts")
    log = _read(tmp_path / "files", "log")
    mine = [row for row in log if (row["pupil"], row["session"]) == (busy.pupil(2), "AM")]
    told = ("revision", "code", "counts_as", "replaces", "replaces_counts_as")
    assert [
        (0, "N", "unauthorised", None, None),
        (1, "O", "unauthorised", "N", "unauthorised"),
        (2, "M", "authorised", "O", "unauthorised"),
    ] == [tuple(row[name] for name in told) for row in mine]
    instants = {row["act"]: row["recorded_at"] for row in _read(tmp_path / "files", "acts")}
    assert all(instants[row["act"]] <= NOW + timedelta(minutes=1) for row in log)
    assert 15 == len(log)


def test_totals_are_those_of_the_view(busy: World, tmp_path: Path) -> None:
    """Sessions by code, planned ones left out, are what the totals view counts for the year."""
    exported(busy, tmp_path / "files", "totals")
    view = busy.total("2025-08-01", "2026-07-31")
    rows = [row for row in _read(tmp_path / "files", "totals") if row["academic_year"] == 2025]
    begun = [row for row in rows if not row["planned"]]
    codes: dict[str, int] = {}
    for row in begun:
        codes[row["code"]] = codes.get(row["code"], 0) + row["sessions"]
    assert view.codes == codes
    assert view.possible_sessions == sum(r["sessions"] for r in begun if r["in_possible_sessions"])


def test_files_stand_by_academic_year_and_authority(
    busy: World, another: World, tmp_path: Path
) -> None:
    """A school is in the files of the authority that it belonged to at the end of the year."""
    another.describe(local_authority="855")
    another.describe(local_authority="856", laestab="8564999", in_force_from="2024-09-01")
    another.set_year(2020)
    another.import_marks([(0, "2021-01-12", "AM", "/")], each=False)
    busy_and_other = [busy.urn, another.urn]
    written = exported(busy, tmp_path / "files", schools=busy_and_other)
    folders = {file.path.rpartition("/")[0]: file.rows for file in written.files}
    assert {
        "marks/academic_year=2020/local_authority=855": 3,
        "marks/academic_year=2025/local_authority=855": 10,
    } == folders
    another.set_year(2024)
    another.import_marks([(0, "2024-10-01", "AM", "/")])
    later = exported(busy, tmp_path / "later", schools=busy_and_other)
    assert "marks/academic_year=2024/local_authority=856/marks.parquet" in {
        file.path for file in later.files
    }


def test_a_school_stands_where_it_was_said_to_be_then(
    busy: World, another: World, tmp_path: Path
) -> None:
    """At an old position a later description is not known yet, nor a school described later."""
    with busy.looking() as (_, _, at):
        position = at.position
    busy.describe(local_authority="856", laestab="8564999", in_force_from="2020-09-01")
    another.describe()
    then = exported(busy, tmp_path / "then", position=position)
    now = exported(busy, tmp_path / "now")
    assert [{"855"}, {"856"}] == [
        {file.path.split("/")[2].removeprefix("local_authority=") for file in written.files}
        for written in (then, now)
    ]
    both = [busy.urn, another.urn]
    with pytest.raises(SchoolNotKnownError):
        exported(busy, tmp_path / "both", position=position, schools=both)
    assert now.rows == exported(busy, tmp_path / "both", schools=both).rows


def test_years_before_a_school_was_described(world: World, tmp_path: Path) -> None:
    """Imported marks of such years stand under the authority of the description that follows."""
    world.describe(in_force_from="2021-09-01")
    world.set_year(2020)
    world.enter(0, starting_day="2020-09-02")
    world.import_marks([(0, "2021-01-12", "AM", "/")])
    assert ["marks/academic_year=2020/local_authority=855/marks.parquet"] == [
        file.path for file in exported(world, tmp_path / "files").files
    ]


def test_it_does_not_matter_how_it_is_asked(busy: World, another: World, tmp_path: Path) -> None:
    """Schools and data sets in another order, and schools named twice, give the same bytes."""
    another.opened(1)
    another.take({0: "/"})
    a, b = busy.urn, another.urn
    first = exported(busy, tmp_path / "first", "marks", "totals", "acts", schools=[a, b])
    second = exported(busy, tmp_path / "second", "acts", "totals", "marks", schools=[b, a])
    assert first.sha256 == second.sha256
    assert sorted(first.files) == list(first.files)
    twice = exported(busy, tmp_path / "twice", schools=[a, a])
    assert exported(busy, tmp_path / "once", schools=[a]).rows == twice.rows


def test_progress_counts_school_years(busy: World, another: World, tmp_path: Path) -> None:
    """Two years of one school and one of another: a file with one of the three, and one with two."""
    another.opened(1)
    another.take({0: "/"})
    told: list[tuple[int, int]] = []
    exported(
        *(busy, tmp_path / "files"),
        schools=[busy.urn, another.urn],
        progress=lambda done, total: told.append((done, total)),
    )
    assert told in ([(1, 3), (3, 3)], [(2, 3), (3, 3)])


def test_the_same_position_gives_the_same_bytes(busy: World, tmp_path: Path) -> None:
    """Exports of one position have one manifest, whatever was recorded since and however many threads."""
    with busy.looking() as (_, _, at):
        position = at.position
    first = exported(busy, tmp_path / "first", *ALL, position=position, threads=1)
    busy.amend(1, "I", "M", "2025-11-20", "PM")
    second = exported(busy, tmp_path / "second", *ALL, position=position, threads=3)
    third = exported(busy, tmp_path / "third", *ALL)
    assert first.sha256 == second.sha256 != third.sha256


def test_acts_come_once_and_in_order(
    busy: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are looked for at a time, each act up to the position is there once."""
    exported(busy, tmp_path / "at once", "acts")
    monkeypatch.setattr("projections.export.export.ACTS_AT_ONCE", 3)
    exported(busy, tmp_path / "by threes", "acts")
    acts = [row["act"] for row in _read(tmp_path / "by threes", "acts")]
    assert [row["act"] for row in _read(tmp_path / "at once", "acts")] == acts
    assert sorted(set(acts)) == acts


def test_the_manifest_names_every_file_and_its_hash(busy: World, tmp_path: Path) -> None:
    """Its list is all there is, with rows, bytes and SHA-256; its own hash is what was answered."""
    written = exported(busy, tmp_path, *ALL)
    content = (tmp_path / "manifest.json").read_bytes()
    manifest = json.loads(content)
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert there == {"manifest.json", *(file["path"] for file in manifest["files"])}
    for file in manifest["files"]:
        stored = (tmp_path / file["path"]).read_bytes()
        assert (len(stored), sha256(stored).hexdigest()) == (file["bytes"], file["sha256"])
        assert pq.read_metadata(tmp_path / file["path"]).num_rows == file["rows"]
    assert sha256(content).hexdigest() == written.sha256
    assert {"marks", "log", "totals", "acts"} == manifest["datasets"].keys()


def test_no_particular_is_in_any_file(busy: World, tmp_path: Path) -> None:
    """Neither a pupil's name nor a reason, a detail or the name of who made an entry is in a value."""
    exported(busy, tmp_path, *ALL)
    values = {str(value) for name in ALL for row in _read(tmp_path, name) for value in row.values()}
    assert busy.pupil(1) in values
    for secret in ("Okafor", "Ada", "telephoned", "College", "Tutor", "Officer", "2012-05-14"):
        assert not [value for value in values if secret in value]


def test_columns_are_those_that_are_documented(busy: World, tmp_path: Path) -> None:
    """Each file has the columns of its data set, in order and of their types, dictionaries included."""
    exported(busy, tmp_path, *ALL)
    for name in ALL:
        files = list((tmp_path / name).rglob("*.parquet"))
        assert files
        for file in files:
            assert DATASETS[name].schema == pq.read_schema(file).remove_metadata()


def test_what_fails_leaves_nothing_behind(busy: World, tmp_path: Path) -> None:
    """An export that ends half way takes its files and folders away, and a filled directory is refused."""

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exported(busy, tmp_path / "files", *ALL, progress=stop)
    assert [] == list((tmp_path / "files").iterdir())
    (tmp_path / "files" / "mine").write_text("kept")
    with pytest.raises(DirectoryNotEmptyError):
        exported(busy, tmp_path / "files")
    assert ["mine"] == [path.name for path in (tmp_path / "files").iterdir()]
    with pytest.raises(SchoolNotKnownError):
        exported(busy, tmp_path / "other", schools=["999998"])
    assert not (tmp_path / "other").exists()


def test_rows_come_in_the_order_of_the_log(make_world: Callable[[], World]) -> None:
    """However the database gives its rows, the columns made of them are the same."""
    world = make_world().opened(3)
    span = span_of_year(2025)
    version = [0, 0, 1, 2, 64]
    fetched = pa.table(
        {
            "position": pa.array([10, 11, 12, 13, 14], pa.int64()),
            "version": pa.array(version, pa.int32()),
            "pupil": pa.array([b"a" * 16, b"b" * 16, b"a" * 16, b"a" * 16, b"b" * 16], pa.uuid()),
            "code": ["N", "/", "I", "M", "\\"],
            "act": pa.array([9] * 5, pa.int64()),
        }
    )
    with world.looking() as (_, book, at):
        begun = Begun(book.school, at.instant)
        made = [
            Year(book.school, span, Counting(span), begun, rows).table(MARKS)
            for rows in (fetched, fetched.take(pa.array([4, 2, 0, 3, 1])))
        ]
    assert made[0].equals(made[1])
    assert [("/", "/"), ("M", "N"), ("\\", "\\")] == [
        (row["code"], row["original"]) for row in made[0].to_pylist()
    ]
    assert pc.all(pc.less(made[0]["position"][:-1], made[0]["position"][1:])).as_py()


def test_every_session_of_a_leap_year_has_its_place(make_world: Callable[[], World]) -> None:
    """Two pupils, all sessions of 366 days, each amended: nobody's entry is taken for another's."""
    world = make_world().opened(2)
    span = span_of_year(2023)
    places = [(pupil, 64 * slot) for pupil in (b"a" * 16, b"b" * 16) for slot in range(2 * 366)]
    codes = ["N" if pupil == b"a" * 16 else "O" for pupil, _ in places]
    versions = [version for _, version in places]
    fetched = pa.table(
        {
            "position": pa.array(range(2 * len(places)), pa.int64()),
            "version": pa.array(versions + [one + 1 for one in versions], pa.int32()),
            "pupil": pa.array([pupil for pupil, _ in places] * 2, pa.uuid()),
            "code": codes + ["I"] * len(places),
        }
    )
    with world.looking() as (_, book, at):
        begun = Begun(book.school, at.instant)
        made = Year(book.school, span, Counting(span), begun, fetched).table(MARKS)
    assert ["I"] * len(places) == made["code"].to_pylist()
    assert codes == made["original"].to_pylist()


@pytest.mark.parametrize(
    ("day", "code", "counts_as", "possible"),
    [
        (date(2020, 7, 15), "X", "not_possible", False),
        (date(2020, 9, 15), "X", "covid_not_attending", True),
        (date(2025, 9, 15), "D", "not_possible", False),
        (date(2025, 9, 15), "I", "authorised", True),
    ],
)
def test_codes_count_by_the_table_of_their_day(
    day: date, code: str, counts_as: str, possible: bool
) -> None:
    """X of the phased reopening was no possible session, and from the September after it was one."""
    span = span_of_year(day.year if day.month >= 8 else day.year - 1)
    counting = Counting(span)
    numbers = counting.numbers(pa.chunked_array([[code]]))
    classes, flags = counting.counted(numbers, pa.array([(day - span.first).days], pa.int32()))
    assert ([counts_as], [possible]) == (classes.to_pylist(), flags.to_pylist())


def test_a_code_of_no_table_is_not_guessed() -> None:
    """A code that the table does not know stops the export."""
    counting = Counting(span_of_year(2025))
    with pytest.raises(UnknownCodeError):
        counting.numbers(pa.chunked_array([["/", "ZZ"]]))
