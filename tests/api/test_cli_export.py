"""`attendance-ledger export` as its users meet it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from adbc_driver_manager import AdbcStatusCode

from api.cli import main
from api.cli.errors import CommandError
from api.cli.export import _What, _words
from ledger.store.database import Addresses
from projections.export.datasets import DATASETS, What
from projections.export.making import UnknownCodeError
from projections.export.reading import ReadError
from tests.api.conftest import SchoolWorld, make_school

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def school(client: object) -> SchoolWorld:
    """A school with two registers."""
    world = make_school(client, "199998")  # type: ignore[arg-type]
    world.take(dict.fromkeys(world.pupils, "/"))
    world.take(dict.fromkeys(world.pupils, "\\"), session="PM")
    return world


@pytest.fixture
def run(
    addresses: Addresses,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logging_restored: None,
) -> Run:
    """Runs the command on the tests' database."""
    settings = {
        "LEDGER_DATABASE_URL": addresses.service,
        "LEDGER_OWNER_DATABASE_URL": addresses.owner,
        "LEDGER_KEY_FILE": str(tmp_path / "key"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["attendance-ledger", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


def test_an_export_says_what_it_wrote(run: Run, school: SchoolWorld, tmp_path: Path) -> None:
    """Rows, files, position and the hash of the manifest are printed; marks alone unless told."""
    code, out, _ = run("--to", tmp_path / "files", "--school", school.urn)
    manifest = json.loads((tmp_path / "files" / "manifest.json").read_text())
    assert 0 == code
    assert f"Wrote 60 rows in 1 files as of position {manifest['position']} to" in out
    assert ["marks"] == list(manifest["datasets"])
    assert [school.urn] == manifest["schools"]
    assert 64 == len(out.split()[-1])


def test_an_export_of_the_past(run: Run, school: SchoolWorld, tmp_path: Path) -> None:
    """At the position before the second register only the first is there."""
    run("--to", tmp_path / "now", "--school", school.urn)
    now = json.loads((tmp_path / "now" / "manifest.json").read_text())["position"]
    world = make_school(school.client, "199997")
    taken = world.take(dict.fromkeys(world.pupils, "/"))
    assert now < taken["first"]
    given = ("--school", world.urn, "--as-of", str(taken["first"] - 1))
    code, out, _ = run("--to", tmp_path / "then", *given)
    assert 0 == code
    assert "Wrote 0 rows in 0 files" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--school", "999997"), "The ledger knew no school of such a number then."),
        (("--as-of", "999999999"), "has not reached that position"),
        (("--school", "12"), "A URN is six digits."),
    ],
)
def test_what_cannot_be_exported_is_said(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    """Exit code 2 and one sentence; no directory is made."""
    code, _, errors = run("--to", tmp_path / "files", *arguments)
    assert (2, True) == (code, words in errors)
    assert not (tmp_path / "files").exists()


def test_a_directory_of_somebody_else_is_refused(run: Run, tmp_path: Path) -> None:
    """Nothing is written where something is already."""
    (tmp_path / "mine").write_text("kept")
    code, _, errors = run("--to", tmp_path)
    assert (2, True) == (code, "is not empty" in errors)


def test_a_directory_that_cannot_be_made_is_said(run: Run, tmp_path: Path) -> None:
    """Below a file there can be none: its path is named, and why."""
    (tmp_path / "file").write_text("kept")
    code, _, errors = run("--to", tmp_path / "file" / "files")
    assert (2, True) == (code, "Not a directory" in errors)


def test_the_same_position_gives_the_same_hash(
    run: Run, school: SchoolWorld, tmp_path: Path
) -> None:
    """Whenever it is asked for, with however many threads, and a data set named twice is one."""
    given = ("--school", school.urn, "--what", "marks")
    _, first, _ = run("--to", tmp_path / "first", *given)
    _, second, _ = run("--to", tmp_path / "second", *given, "--what", "marks", "--threads", "1")
    assert first.split()[-1] == second.split()[-1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UnknownCodeError(), "a code that this version does not know"),
        (ReadError("gone", status_code=AdbcStatusCode.IO), "database could not be read: .*gone"),
        (OSError(28, "No space left on device", "marks.parquet.part"), "marks.parquet.part: No sp"),
        (OSError("odd"), "A file: odd"),
    ],
)
def test_what_ends_an_export_has_words(tmp_path: Path, error: Exception, words: str) -> None:
    """What is met on the way is said in a sentence, not as a traceback."""
    with pytest.raises(CommandError, match=words), _words(tmp_path):
        raise error


def test_every_data_set_can_be_asked_for() -> None:
    """The command knows the data sets of the projection, and no others."""
    assert [*DATASETS] == [one.value for one in _What] == list(get_args(What))
