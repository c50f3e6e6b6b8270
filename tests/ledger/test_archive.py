"""The whole log as files, and a log made again from them: the same, or nothing at all."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.proof.leaf import leaf_of
from ledger.proof.verify import Verdict, verify
from ledger.requests import Answer
from ledger.store.archive import export as exporting
from ledger.store.archive import restore as restoring
from ledger.store.archive.export import export
from ledger.store.archive.manifest import FILE, ArchiveError, Manifest, read_manifest
from ledger.store.archive.restore import restore
from ledger.store.database import Addresses, Connection, Database, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from ledger.store.vault import KeyFile, KeyFileError, Vault
from ledger.store.wire import Wire
from tests.ledger.world import OFFICER, TUTOR, Clock, World, ledger_on, pupil

URN = "137172"
TABLES = ("act", "record", "mark", "request_key", "data_key", "log_head")
_NAMES = count(1)

MakeDatabase = Callable[[], Addresses]
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def make_database(server: EmbeddedPostgres) -> MakeDatabase:
    """Makes empty ledgers, each in a database of its own."""
    password = (server.pgdata.parent / "secrets" / "superuser").read_text().strip()
    superuser = re.sub(r"//[^@]*@", f"//postgres:{password}@", server.owner_url)

    def make() -> Addresses:
        name = f"archive_{next(_NAMES)}"
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER ledger_owner".encode())
        urls = (server.service_url, server.owner_url)
        addresses = Addresses(*(re.sub(r"/ledger(\?|$)", rf"/{name}\1", url) for url in urls))
        migrate(addresses)
        return addresses

    return make


@pytest.fixture(scope="module")
def source(make_database: MakeDatabase, vault: Vault) -> Addresses:
    """A small ledger with something of everything in it."""
    addresses = make_database()
    with _opened(addresses, vault) as world:
        _fill(world)
    return addresses


@contextmanager
def _opened(addresses: Addresses, vault: Vault) -> Iterator[World]:
    """The school in a ledger on a database, for the length of a block."""
    database, clock = Database(addresses), Clock()
    database.open()
    try:
        with ledger_on(database, vault, clock) as ledger:
            yield World(ledger, URN, clock)
    finally:
        database.close()


def _fill(world: World) -> None:
    world.opened(pupils=4)
    _recorded(world.take({0: "/", 1: "N", 2: {"code": "B", "detail": "Taster day"}, 3: "/"}))
    _recorded(world.amend(1, "N", "I"))
    _recorded(world.amend(1, "I", "M", reason="Seen by the dentist – «Zähne»"))
    # Two people's entries in one request: two acts.
    _recorded(
        world.import_lines(
            [
                {"date": "2026-09-07", "pupil": pupil(number), "by": by, "code": "/"}
                for number, by in ((0, TUTOR), (1, OFFICER), (2, TUTOR))
            ]
        )
    )
    _recorded(world.ask_leave(2))
    # Nothing new: its answer is kept, and nothing is recorded.
    again = world.import_lines(
        [{"date": "2026-09-07", "pupil": pupil(0), "by": TUTOR, "code": "/"}], key="unrecorded"
    )
    assert 200 == again.result(timeout=30).status


def _recorded(future: Future[Answer]) -> None:
    answer = future.result(timeout=30)
    assert 201 == answer.status, answer


@pytest.fixture
def exported(source: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its export, in several parts."""
    monkeypatch.setattr(exporting, "ROWS_MAX", 6)
    monkeypatch.setattr(exporting, "WINDOW", 4)
    monkeypatch.setattr(restoring, "BATCH", 3)
    export(source, tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture(scope="module")
def empty(make_database: MakeDatabase) -> Addresses:
    """A ledger that stays empty: whatever is refused leaves nothing behind."""
    return make_database()


def _rows(addresses: Addresses) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the log, byte for byte."""
    with connect_as_owner(addresses) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {table: _table(connection, table) for table in TABLES}


def _table(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    # Of data keys and answers only the set matters; the rest is in the order of the log.
    found = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2".encode())
    return found.fetchall()


# -- there and back --------------------------------------------------------------------------------


def test_an_import_makes_every_row_again(
    source: Addresses, exported: Path, make_database: MakeDatabase, vault: Vault
) -> None:
    """Export, import: all tables hold the same rows byte for byte, and the log is whole."""
    target = make_database()
    manifest = restore(target, exported, vault.key_file)
    assert _rows(source) == _rows(target)
    assert Verdict(manifest.head.position, None) == verify(target)
    assert len(manifest.of_kind("log")) > 3
    assert manifest.counts.keys() == {"rows", "answers", "unrecorded", "data-keys"}


def test_an_imported_ledger_goes_on(
    exported: Path, make_database: MakeDatabase, vault: Vault
) -> None:
    """A retry is answered its first answer, an amendment finds what stands, and particulars open."""
    target = make_database()
    head = restore(target, exported).head.position
    with _opened(target, vault) as world:
        line = {"date": "2026-09-07", "pupil": pupil(0), "by": TUTOR, "code": "/"}
        again = world.import_lines([line], key="unrecorded").result(timeout=30)
        assert (200, True) == (again.status, again.replayed)
        amended = world.amend(1, "M", "I").result(timeout=30)
        assert 201 == amended.status
        assert head + 1 == json.loads(amended.receipt)["first"]
    assert verify(target).fault is None


def test_two_exports_are_the_same_bytes(source: Addresses, exported: Path, tmp_path: Path) -> None:
    """Neither the time nor anything else that is not in the log is in an export."""
    export(source, tmp_path / "again")
    first, again = (
        {p.name: p.read_bytes() for p in d.iterdir()} for d in (exported, tmp_path / "again")
    )
    assert first == again
    # The time of packing has its place in the header of gzip: it stays empty.
    parts = (content for name, content in first.items() if name != FILE)
    assert {bytes(4)} == {content[4:8] for content in parts}


def test_an_export_of_an_export_is_the_same(
    exported: Path, make_database: MakeDatabase, tmp_path: Path
) -> None:
    """A ledger made from an export exports the same manifest."""
    target = make_database()
    manifest = restore(target, exported)
    assert manifest == export(target, tmp_path / "again")


def test_an_export_of_the_past_is_what_was_then(
    source: Addresses, make_database: MakeDatabase, tmp_path: Path
) -> None:
    """Up to a position: the same rows, and keys and answers of those rows alone."""
    before = _rows(source)
    asked = before["act"][2]
    upto = asked[0] - 1  # all before the names were entered
    manifest = export(source, tmp_path / "past", upto)
    target = make_database()
    restore(target, tmp_path / "past")
    after = _rows(target)
    assert [row for row in before["record"] if row[0] <= upto] == after["record"]
    assert [row for row in before["act"] if row[0] <= upto] == after["act"]
    assert [] == after["mark"] == after["data_key"]
    assert {row[3] for row in after["act"]} == {row[1] for row in after["request_key"]}
    assert upto == manifest.head.position
    assert verify(target).fault is None


def test_data_keys_of_then_are_those_of_pupils_who_were_there(
    source: Addresses, tmp_path: Path
) -> None:
    """An export of the past has the keys of pupils who had been entered by then."""
    names = export(source, tmp_path / "past", _rows(source)["act"][3][0] - 1)
    assert names.counts["data-keys"] == len(_rows(source)["data_key"])


def test_half_a_request_is_not_exported(source: Addresses, tmp_path: Path) -> None:
    """A position within a request is refused, with the positions before and at its end."""
    act = _rows(source)["act"][2][0]
    with pytest.raises(ArchiveError, match=rf"name {act - 1}, before it, or {act + 4}, its last"):
        export(source, tmp_path / "past", act + 1)
    assert not (tmp_path / "past").exists()


def test_an_export_of_nothing_is_imported(make_database: MakeDatabase, tmp_path: Path) -> None:
    """An empty ledger is exported and imported as one."""
    export(make_database(), tmp_path / "nothing")
    assert 0 == restore(make_database(), tmp_path / "nothing").head.position


def test_keys_of_clients_stay_behind(source: Addresses, exported: Path) -> None:
    """No file of an export knows the table of client keys; data keys are as wrapped as they were."""
    wrapped = {row[0]: bytes(row[1]).hex() for row in _rows(source)["data_key"]}
    lines = [json.loads(line) for line in _lines(next(exported.glob("data-keys-*")))]
    assert wrapped == {line["scope"]: line["wrapped"] for line in lines}
    assert {"log", "unrecorded", "data-keys", "manifest"} == {
        re.split(r"-\d|\.", path.name)[0] for path in exported.iterdir()
    }


# -- what is refused, and leaves nothing behind ----------------------------------------------------


def _lines(part: Path) -> list[bytes]:
    return gzip.decompress(part.read_bytes()).splitlines(keepends=True)


def _part_with(directory: Path, position: int) -> Path:
    manifest = read_manifest(directory)
    (part,) = (p for p in manifest.of_kind("log") if (p.first or 0) <= position <= (p.last or 0))
    return directory / part.file


def _rewrite(part: Path, lines: list[bytes], *, consistent: bool) -> None:
    """Put other lines in a part; `consistent` makes manifest and hashes fit, as a forger would."""
    part.write_bytes(gzip.compress(b"".join(lines), mtime=0))
    if not consistent:
        return
    manifest = json.loads((part.parent / FILE).read_bytes())
    content = part.read_bytes()
    for entry in manifest["parts"]:
        if entry["file"] == part.name:
            entry["sha256"], entry["bytes"] = sha256(content).hexdigest(), len(content)
            entry["rows"] = len(lines)
    del manifest["sha256"]
    (part.parent / FILE).write_bytes(Manifest.model_validate(manifest).bytes_written)


def _refusal(empty: Addresses, directory: Path) -> ArchiveError:
    """The error that an import ends with; the ledger is as empty as it was."""
    before = _rows(empty)
    with pytest.raises(ArchiveError) as error:
        restore(empty, directory)
    assert before == _rows(empty)
    return error.value


def _flip(text: str) -> str:
    """The same text with its last digit changed."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


CHANGES: dict[str, Change] = {
    "state": lambda row: row.update(state=row["state"][:-1] + " }"),
    "code": lambda row: row.update(state=row["state"].replace('"code":"', '"code":"L')),
    "salt": lambda row: row.update(salt=_flip(row["salt"])),
    "leaf": lambda row: row.update(leaf=_flip(row["leaf"])),
    "stream": lambda row: row.update(stream=row["stream"].replace("1371", "1372")),
    "pupil": lambda row: row.update(stream=row["stream"].replace(pupil(0), pupil(1))),
    "version": lambda row: row.update(version=row["version"] + 2),
    "topic": lambda row: row.update(topic="attendance-amended"),
    "act": lambda row: row.update(act=row["act"] - 1),
    "position": lambda row: row.update(position=row["position"] + 1),
    "member": lambda row: row.update(another=1),
}


@pytest.mark.parametrize("consistent", [False, True], ids=["careless", "forged"])
@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_row_is_refused_with_its_position(
    source: Addresses, exported: Path, empty: Addresses, what: str, consistent: bool
) -> None:
    """Whatever is changed in a row, its file and position are named, also where hashes were made to fit."""
    position = _rows(source)["mark"][0][0]
    part = _part_with(exported, position)
    lines = _lines(part)
    for number, line in enumerate(lines):
        row = json.loads(line)
        if row["position"] == position:
            CHANGES[what](row)
            lines[number] = json.dumps(row).encode() + b"\n"
    _rewrite(part, lines, consistent=consistent)
    error = _refusal(empty, exported)
    assert (part.name, position) == (error.file, error.position)
    assert f"{part.name}, position {position}: " in str(error)


@pytest.mark.parametrize("what", ["digest", "status", "response"])
def test_a_changed_answer_is_refused_with_its_position(
    source: Addresses, exported: Path, empty: Addresses, what: str
) -> None:
    """The answer to a request is under no leaf, and has a check of its own."""
    position = _rows(source)["act"][3][0]
    part = _part_with(exported, position)
    lines = _lines(part)
    for number, line in enumerate(lines):
        row = json.loads(line)
        if row["position"] == position:
            answer = row["answer"]
            answer[what] = 200 if what == "status" else _flip(answer[what])
            lines[number] = json.dumps(row).encode() + b"\n"
    _rewrite(part, lines, consistent=True)
    error = _refusal(empty, exported)
    assert (part.name, position) == (error.file, error.position)
    assert "the answer" in str(error)


def test_a_row_sealed_again_is_refused_where_others_contradict_it(
    source: Addresses, exported: Path, empty: Addresses
) -> None:
    """A forger who makes leaf and hashes fit is found when the amended entry replaces another code."""
    marks = _rows(source)["mark"]
    amended = next(row for row in marks if row[6] == 1)
    original = next(row for row in marks if row[2:6] == amended[2:6] and row[6] == 0)
    leaves = {row[0]: row[6] for row in _rows(source)["act"]}
    part = _part_with(exported, original[0])
    lines = _lines(part)
    for number, line in enumerate(lines):
        row = json.loads(line)
        if row["position"] == original[0]:
            state, salt = b'{"code":"L"}', bytes.fromhex(row["salt"])
            place = (row["stream"], row["version"], row["topic"])
            row |= {
                "state": state.decode(),
                "leaf": leaf_of(leaves[row["act"]], salt, *place, state).hex(),
            }
            lines[number] = json.dumps(row).encode() + b"\n"
    _rewrite(part, lines, consistent=True)
    error = _refusal(empty, exported)
    assert amended[0] == error.position
    assert "does not replace the code of the entry before it" in str(error)


@pytest.mark.parametrize("kind", ["log", "unrecorded", "data-keys"])
def test_a_flipped_byte_in_any_file_is_refused(exported: Path, empty: Addresses, kind: str) -> None:
    """One bit anywhere in a packed file is noticed, and the file is named."""
    part = max(exported.glob(f"{kind}-*"))
    content = bytearray(part.read_bytes())
    for at in (4, len(content) // 2, len(content) - 6):
        part.write_bytes(bytes(b ^ (i == at) for i, b in enumerate(content)))
        assert part.name == _refusal(empty, exported).file
    part.write_bytes(content)
    assert read_manifest(exported)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"position": ', b'"position": 1'), (b'"rows": ', b'"rows": 1'), (b"\n ", b"\n  ")],
    ids=["position", "rows", "blank"],
)
def test_a_changed_manifest_is_refused(
    exported: Path, empty: Addresses, old: bytes, new: bytes
) -> None:
    """The manifest has a hash of its own: no byte of it can be changed."""
    manifest = exported / FILE
    manifest.write_bytes(manifest.read_bytes().replace(old, new, 1))
    assert FILE == _refusal(empty, exported).file


def test_a_manifest_of_a_newer_version_is_refused(exported: Path, empty: Addresses) -> None:
    """It says that a newer version is needed, and not that something was changed."""
    manifest = exported / FILE
    manifest.write_bytes(manifest.read_bytes().replace(b'"version": 1', b'"version": 2'))
    assert "newer version" in str(_refusal(empty, exported))


@pytest.mark.parametrize("cut", ["manifest", "file", "bytes", "lines"])
def test_a_truncated_export_is_refused(exported: Path, empty: Addresses, cut: str) -> None:
    """Without its manifest, a file, the end of a file or the last lines it is not whole."""
    parts = sorted(exported.glob("log-*"))
    last = parts[-1]
    if cut == "manifest":
        (exported / FILE).unlink()
        assert "not finished" in str(_refusal(empty, exported))
        return
    if cut == "file":
        last.unlink()
    elif cut == "bytes":
        last.write_bytes(last.read_bytes()[:-20])
    else:
        _rewrite(last, _lines(last)[:-1], consistent=False)
    assert last.name == _refusal(empty, exported).file


def test_a_part_missing_at_the_end_is_refused_though_hashes_fit(
    exported: Path, empty: Addresses
) -> None:
    """The manifest knows at which position the log ends."""
    manifest = read_manifest(exported)
    *parts, last = manifest.of_kind("log")
    rest = [part for part in manifest.parts if part.kind != "log"]
    shorter = manifest.model_copy(update={"parts": [*parts, *rest]})
    (exported / FILE).write_bytes(shorter.bytes_written)
    assert last.first == _refusal(empty, exported).position


def test_an_export_that_fails_is_taken_away(
    source: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither parts nor a manifest are left, and no file ever had its name before it was whole."""
    seen: list[set[str]] = []

    def told(done: int, total: int) -> None:
        seen.append({path.suffix for path in tmp_path.glob("half/*")})
        if done > 8:
            raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "ROWS_MAX", 4)
    monkeypatch.setattr(exporting, "WINDOW", 4)
    with pytest.raises(KeyboardInterrupt):
        export(source, tmp_path / "half", progress=told)
    assert [{".part"}, {".gz", ".part"}, {".gz", ".part"}] == seen
    assert [] == list((tmp_path / "half").iterdir())


def test_a_directory_that_holds_anything_is_refused(source: Addresses, tmp_path: Path) -> None:
    """An export never writes beside or over what is there."""
    (tmp_path / "other").touch()
    with pytest.raises(ArchiveError, match="is not empty"):
        export(source, tmp_path)
    assert ["other"] == [path.name for path in tmp_path.iterdir()]


def test_a_ledger_that_is_not_empty_is_refused(source: Addresses, exported: Path) -> None:
    """An import adds to no log: the head's position is named."""
    head = read_manifest(exported).head.position
    with pytest.raises(ArchiveError, match=f"not empty: its log ends at position {head}"):
        restore(source, exported)
    assert verify(source).fault is None


def test_a_ledger_with_data_keys_alone_is_refused(
    exported: Path, make_database: MakeDatabase, vault: Vault
) -> None:
    """Rows of any table are somebody's, though the log be empty."""
    target = make_database()
    with connect_as_owner(target) as owner:
        wire = Wire(owner)
        vault.make_keys(wire, ["137172/somebody"])
        wire.settle()
    assert "its tables hold rows" in str(_refusal(target, exported))


def test_another_key_file_is_refused(exported: Path, empty: Addresses, tmp_path: Path) -> None:
    """A key file that opens none of the data keys is told before anything is filed."""
    another = KeyFile.open_or_create(tmp_path / "another.key")
    with pytest.raises(KeyFileError, match="is not the one"):
        restore(empty, exported, another)


def test_triggers_stay_in_force(exported: Path, make_database: MakeDatabase) -> None:
    """What was imported can be changed as little as what was recorded."""
    target = make_database()
    restore(target, exported)
    with (
        connect_as_owner(target) as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
    ):
        owner.execute("UPDATE mark SET code = 'N'")


@pytest.fixture(autouse=True)
def _no_connection_is_left(server: EmbeddedPostgres) -> Iterator[None]:
    """A refused import holds the head no longer."""
    yield
    with psycopg.connect(server.owner_url) as connection:
        left = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'archive_%' "
            "AND state = 'idle in transaction'"
        ).fetchone()
    assert (0,) == left
