"""`attendance-ledger rules` and `codes`: what is shown of the law, and the rehearsal of a change."""

import csv
import io
import json
import os
import subprocess
from pathlib import Path

import pytest

from api import examples
from api.cli.codes import exported
from api.opening import open_service
from api.settings import Settings
from ledger.admissions.admission import EnterNames
from ledger.application import AttendanceLedger
from ledger.law.edition import RULES
from ledger.law.rulebook import BUILT_IN
from ledger.law.statute import built_in_text
from ledger.registers.attendance import ImportedLine
from ledger.requests import Request
from ledger.schools.school import DescribeSchool, SetSchoolYear
from tests.api.program import COMMAND, SECONDS_MAX

URN = "137172"
PUPIL = examples.PUPIL
DAY = "2026-10-01"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command run to its end, its output in a pipe."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LEDGER_", "COLUMNS"))}
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        env=clean | {"PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS_MAX,
        check=False,
    )


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with one pupil's two marks in it."""
    folder = tmp_path_factory.mktemp("rules") / "ledger"
    with open_service(Settings(data_dir=folder)) as service:
        _fill(service.ledger)
    return folder


def _fill(ledger: AttendanceLedger) -> None:
    numbers = iter(range(100))

    def request() -> Request:
        key = f"fill-{next(numbers)}"
        return Request("Tests of the rules", key, key.encode())

    asked = [
        ledger.describe_school(URN, DescribeSchool.model_validate(examples.SCHOOL), request()),
        ledger.set_school_year(URN, 2026, SetSchoolYear.model_validate(examples.YEAR), request()),
        ledger.enter_names(URN, EnterNames.model_validate(examples.ADMISSIONS), request()),
        ledger.import_history(
            [
                ImportedLine.model_validate(
                    {
                        "school": URN,
                        "date": DAY,
                        "session": session,
                        "pupil": examples.ADMISSIONS["entries"][0]["pupil"],
                        "by": examples.TUTOR,
                        "code": code,
                    }
                )
                for session, code in (("AM", "U"), ("PM", "\\"))
            ],
            request(),
        ),
    ]
    for answer in asked:
        assert 201 == answer.result(timeout=30).status


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A directory with a table of codes in which U is authorised."""
    folder = tmp_path / "changed"
    folder.mkdir()
    text = built_in_text("codes")
    place = text.index('"unauthorised"', text.index('title = "Attended after the taking of the'))
    text = f'{text[:place]}"authorised"{text[place + len(chr(34) + "unauthorised" + chr(34)) :]}'
    (folder / "codes.toml").write_text(text, encoding="utf-8")
    return folder


# -- show ------------------------------------------------------------------------------------------


def test_the_law_is_shown_in_a_hundred_columns() -> None:
    """Every value with its reference; no line is wider than a narrow terminal's."""
    shown = run("rules", "show", "--on", DAY)
    assert 0 == shown.returncode, shown.stderr
    assert 100 == max(map(len, shown.stdout.splitlines()))
    assert shown.stdout.startswith(f"Rules {RULES}, in force on {DAY}")
    for words in ("penalty-notice-sessions", "refuses: maintained", "SI 2024/208 reg 13(1)"):
        assert words in shown.stdout


def test_the_law_is_shown_for_programs() -> None:
    """JSON and CSV hold every value."""
    everything = json.loads(run("rules", "show", "--format", "json").stdout)
    assert len(list(BUILT_IN.entries())) == len(everything["values"])
    assert RULES == everything["rules"]
    text = run("rules", "show", "--format", "csv", "--table", "severity").stdout
    rows = list(csv.DictReader(io.StringIO(text), strict=True))
    assert [entry.name for entry in BUILT_IN.entries("severity")] == [row["name"] for row in rows]


def test_an_unknown_table_is_told() -> None:
    """The tables there are are named."""
    refused = run("rules", "show", "--table", "laws")
    assert (2, "") == (refused.returncode, refused.stdout)
    assert "thresholds" in refused.stderr


def test_the_table_of_codes_is_exported() -> None:
    """Standard output is the file, byte for byte."""
    written = subprocess.run([COMMAND, "codes", "export"], capture_output=True, check=True)
    assert exported("csv") == written.stdout


# -- check -----------------------------------------------------------------------------------------


def test_a_change_is_rehearsed_over_the_history(data_dir: Path, changed: Path) -> None:
    """Marks, pupils and totals that would be otherwise are told; the ledger stays as it is."""
    told = run("rules", "check", changed, "--data-dir", data_dir)
    assert 0 == told.returncode, told.stderr
    for words in (
        "codes U (2024-08-19): statistical_class unauthorised → authorised",
        "1 mark of 1 pupil would be judged otherwise",
        "unauthorised_absence",
        PUPIL,
    ):
        assert words in told.stdout
    assert "Okafor" not in told.stdout
    report = json.loads(
        run(
            "rules", "check", changed / "codes.toml", "--data-dir", data_dir, "--format", "json"
        ).stdout
    )
    assert [{"school": URN, "pupil": PUPIL, "date": DAY, "session": "AM", "code": "U"}] == [
        {name: value for name, value in mark.items() if name != "position"}
        for mark in report["listed"]
    ]
    assert {
        ("authorised_absence", 0, 1),
        ("unauthorised_absence", 1, 0),
    } == {(one["figure"], one["before"], one["after"]) for one in report["totals"]}


def test_less_history(data_dir: Path, changed: Path) -> None:
    """From a day, of a school, as of a position."""
    options = ("rules", "check", changed, "--data-dir", data_dir, "--format", "json")
    for less in (("--from", "2026-10-02"), ("--to", "2026-09-30"), ("--as-of", "3")):
        assert 0 == json.loads(run(*options, *less).stdout)["marks"]
    assert 1 == json.loads(run(*options, "--school", URN).stdout)["marks"]
    unknown = run(*options, "--school", "100001")
    assert (2, "") == (unknown.returncode, unknown.stdout)
    assert "knows no school" in unknown.stderr


def test_faults_are_told_before_anything_is_opened(tmp_path: Path) -> None:
    """Every faulty table is named with its entry and fault, without a ledger; the exit code is 1."""
    codes = built_in_text("codes").replace('confidence = "confirmed"', "", 1)
    (tmp_path / "codes.toml").write_text(codes, encoding="utf-8")
    (tmp_path / "thresholds.toml").write_text("[[threshold]]\n", encoding="utf-8")
    told = run("rules", "check", tmp_path, "--data-dir", tmp_path / "none")
    assert 1 == told.returncode
    lines = told.stdout.splitlines()
    assert "no confidence" in lines[0]
    assert lines[0].startswith("codes: entry ")
    assert lines[1].startswith("thresholds: threshold 1 (None): ")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [("laws.toml", "is no table of the law"), ("missing", "no file or directory")],
)
def test_what_is_no_table_is_told(tmp_path: Path, name: str, words: str) -> None:
    """A file under another name, or none at all, is told in words."""
    if name.endswith(".toml"):
        (tmp_path / name).touch()
    told = run("rules", "check", tmp_path / name)
    assert (2, "") == (told.returncode, told.stdout)
    assert words in told.stderr
    assert "Traceback" not in told.stderr
