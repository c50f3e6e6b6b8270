"""The law as it is published: the tables of values, and the dated table of codes as a file of its own."""

import csv
import io
import json
from datetime import date
from typing import get_args

from api.cli.codes import exported
from api.parameters import LawTable
from ledger.law import rulebook
from ledger.law.codes import BUILT_IN
from tests.house import checkout

REFERENCE = checkout.ROOT / "docs/reference"


def test_the_files_in_the_documentation_are_what_the_command_writes() -> None:
    """A changed table of codes is published with the change:
    `attendance-ledger codes export --format csv > docs/reference/attendance-codes.csv`, and json.
    """
    assert exported("csv") == (REFERENCE / "attendance-codes.csv").read_bytes()
    assert exported("json") == (REFERENCE / "attendance-codes.json").read_bytes()


def test_the_csv_says_what_the_json_says() -> None:
    """Every entry of the table is in both files, in its order, with its reference and confidence."""
    rows = list(csv.DictReader(io.StringIO(exported("csv").decode(), newline=""), strict=True))
    codes = json.loads(exported("json"))["codes"]
    assert len(BUILT_IN.codes) == len(rows) == len(codes)
    for row, code in zip(rows, codes, strict=True):
        assert row.keys() == code.keys()
        assert (code["code"], code["valid_from"], code["valid_to"] or "") == (
            row["code"],
            row["valid_from"],
            row["valid_to"],
        )
        assert row["reference"]
        assert row["confidence"]
        assert str(code["in_possible_sessions"]).lower() == row["in_possible_sessions"]


def test_every_table_can_be_asked_for() -> None:
    """The tables that the interface names are those there are."""
    assert rulebook.TABLES == get_args(LawTable)


def test_every_code_is_a_value_of_the_law() -> None:
    """The codes are listed with the other values, each with its dates, reference and confidence."""
    listed = list(rulebook.BUILT_IN.entries("codes"))
    assert len(BUILT_IN.codes) == len(listed)
    assert all(entry.reference and entry.confidence and entry.valid_from for entry in listed)


def test_a_day_lists_what_is_in_force() -> None:
    """H is listed for the last day of the 2006 Regulations and not for the first of the 2024 ones."""
    for day, known in ((date(2024, 8, 18), True), (date(2024, 8, 19), False)):
        assert known == ("H" in {e.name for e in rulebook.BUILT_IN.entries("codes", day)})
    waiting = [e for e in rulebook.BUILT_IN.entries() if e.valid_from is None]
    assert waiting
    assert not {e.name for e in waiting} & {
        e.name for e in rulebook.BUILT_IN.entries("deletion_grounds", date.max)
    }
