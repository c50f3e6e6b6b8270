"""The formats of extracts: what is written comes back the same from other people's readers."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from hashlib import sha256
from threading import get_ident
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from openpyxl.utils.escape import unescape
from pyarrow import parquet

from ledger.law.edition import RULES
from ledger.schools.calendar import Span
from projections.extracts.ahead import ahead
from projections.extracts.columns import Keyed, Same
from projections.extracts.extract import (
    Block,
    Column,
    Document,
    Extract,
    Format,
    Kind,
    Option,
    QuestionError,
    Row,
)
from projections.extracts.formats import lines, sheets
from projections.extracts.head import Head
from projections.extracts.options import INTEGER_MAX, options_of
from projections.extracts.running import Run, Style, across, written
from projections.extracts.statement import statement

KINDS: tuple[tuple[str, Kind], ...] = (
    ("urn", "text"),
    ("upn", "text"),
    ("date", "date"),
    ("code", "code"),
    ("note", "text"),
    ("sessions", "integer"),
    ("percent", "number"),
    ("amended", "flag"),
    ("recorded_at", "instant"),
)
DAY = date(2025, 11, 24)
NOW = datetime(2025, 11, 24, 10, 0, 0, 120, tzinfo=UTC)
TRAPS = (
    *("=1+1", "+44 1530 000000", "-1", "@SUM(A1)", "\tx", "\rx", "'quoted'", 'say "so"'),
    *(
        "a,b",
        "first\nsecond",
        "first\r\nsecond",
        "back\\slash\\",
        "#no comment",
        "é – ☃",
        "  x  ",
        "%s",
    ),
)
ROWS: list[Row] = [
    *(
        ("012345", "0000000000001", DAY, code, None, 0, None, False, NOW)
        for code in ("/", "\\", "-", "#", "B", "Y1", "=", "+")
    ),
    *(("012345", "A1", DAY, "/", trap, -3, 93.12980838, True, NOW) for trap in TRAPS),
    ("012345", None, None, None, None, None, 1e-9, None, None),
]
FORMATS: tuple[Format, ...] = ("csv", "ndjson", "json", "xlsx", "parquet")


def _extract(rows: list[Row]) -> Extract:
    columns = tuple(Column(name, kind, f"About {name}.") for name, kind in KINDS)
    return Extract(
        name="traps",
        version="1.2",
        title="Traps",
        receiver="Tests",
        reference="none",
        columns=columns,
        rows=lambda _source, _question: iter(rows),
    )


def make_run(rows: list[Row]) -> Run:
    """An extract of these rows that has begun."""
    window = Span(date(2025, 9, 1), DAY)
    head = Head(_extract(rows), "1.2.70", ("100001",), window, 70, NOW, RULES)
    question: Any = type("Asked", (), {"options": {}})
    source: Any = None
    return Run(source, question, head, across(iter(rows)))


def _written(form: Format, rows: list[Row] = ROWS, *, bom: bool = False) -> bytes:
    return b"".join(written(make_run(rows), Style(form, bom)))


def test_csv_comes_back_from_a_plain_reader() -> None:
    """A reader of RFC 4180 without any settings finds every cell, codes and leading zeros untouched."""
    lines = list(csv.reader(io.StringIO(_written("csv").decode(), newline=""), strict=True))
    assert [name for name, _ in KINDS] == lines[0]
    assert [_shown(row) for row in ROWS] == lines[1:]


def _shown(row: Row) -> list[str]:
    texts = ["" if value is None else str(value) for value in row]
    texts[4] = f"'{texts[4]}" if texts[4][:1] in ("=", "+", "-", "@", "\t", "\r") else texts[4]
    texts[7] = {True: "true", False: "false", None: ""}[row[7]]
    texts[8] = "2025-11-24T10:00:00.000120Z" if row[8] else ""
    return texts


def test_csv_has_one_line_ending_and_a_mark_when_asked() -> None:
    """Lines end in CR LF; a byte-order mark stands first where it was asked for, and else nowhere."""
    plain, marked = _written("csv", ROWS[:8]), _written("csv", ROWS[:8], bom=True)
    assert 9 == plain.count(b"\r\n") == plain.count(b"\n")
    assert b"\xef\xbb\xbf" + plain == marked


def test_codes_are_not_guarded_and_texts_are() -> None:
    """The lone code - is written as it is, the same sign in free text with an apostrophe before it."""
    text = _written("csv").decode()
    assert ",-,," in text
    assert ",'-1," in text


def test_json_lines_are_the_rows() -> None:
    """Each line is a row with its columns in order, texts untouched and what is not known null."""
    lines = [json.loads(line) for line in _written("ndjson").decode().splitlines()]
    assert [[name for name, _ in KINDS]] * len(ROWS) == [list(line) for line in lines]
    assert [row[4] for row in ROWS] == [line["note"] for line in lines]
    assert [None, *ROWS[-1][1:6], 1e-9, None, None][1:] == list(lines[-1].values())[1:]
    assert ("2025-11-24", "2025-11-24T10:00:00.000120Z") == (
        lines[0]["date"],
        lines[0]["recorded_at"],
    )


def test_json_says_what_it_is_made_from() -> None:
    """The object names extract, version, position, instant, rules, schools and days, then its rows."""
    made = json.loads(_written("json"))
    assert {
        "extract": "traps",
        "version": "1.2.70",
        "position": 70,
        "as_of": "2025-11-24T10:00:00.000120Z",
        "rules": RULES,
        "schools": ["100001"],
        "from": "2025-09-01",
        "to": "2025-11-24",
    }.items() <= made.items()
    lines = _written("ndjson").decode().splitlines()
    assert [json.loads(line) for line in lines] == made["rows"]
    assert len(ROWS) == made["row_count"]


def test_xlsx_comes_back_from_openpyxl() -> None:
    """Every cell comes back: identifiers and codes as text, numbers as numbers, days as days."""
    book = openpyxl.load_workbook(io.BytesIO(_written("xlsx")))
    head, *lines = book["Rows"].iter_rows(values_only=True)
    assert tuple(name for name, _ in KINDS) == head
    for row, line in zip(ROWS, lines, strict=True):
        flag = {True: "true", False: "false", None: None}[row[7]]
        expected = [*row[:2], row[2] and datetime.combine(DAY, time.min), *row[3:7], flag]
        assert expected == [_unescaped(value) for value in line[:8]]
    assert {"s", "n", "d"} >= {cell.data_type for line in book["Rows"] for cell in line}
    assert {"s"} == {cell.data_type for cell in book["Rows"]["D"][1:-1]}
    assert ("position", "70") in list(book["About"].iter_rows(values_only=True))


def _unescaped(value: Any) -> Any:
    """Signs that XML has no place for are written _x000D_, which this reader leaves to its caller."""
    return unescape(value) if isinstance(value, str) else value


def test_a_full_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows beyond what a sheet holds are in a further sheet, with its header."""
    monkeypatch.setattr(sheets, "ROWS_MAX", 20)
    book = openpyxl.load_workbook(io.BytesIO(_written("xlsx")))
    assert ["Rows", "Rows 2", "About"] == book.sheetnames
    assert [21, len(ROWS) - 20 + 1] == [book[name].max_row for name in book.sheetnames[:2]]


def test_parquet_comes_back_typed() -> None:
    """Codes are a dictionary of text, identifiers text, what is not known null; values are equal."""
    table = parquet.read_table(io.BytesIO(_written("parquet")))
    assert ROWS == [tuple(row.values()) for row in table.to_pylist()]
    kinds = [table.schema.field(name).type for name in ("urn", "code", "sessions", "percent")]
    codes = pa.dictionary(pa.int32(), pa.string())
    assert [pa.string(), codes, pa.int64(), pa.float64()] == kinds
    assert b"70" == table.schema.metadata[b"ledger.position"]


@pytest.mark.parametrize("form", FORMATS)
def test_no_rows_make_a_whole_file(form: Format) -> None:
    """An extract without rows is a file that says so, not a broken one."""
    made = _written(form, [])
    counts = {
        "csv": lambda: len(made.splitlines()) - 1,
        "ndjson": lambda: len(made),
        "json": lambda: len(json.loads(made)["rows"]),
        "xlsx": lambda: openpyxl.load_workbook(io.BytesIO(made))["Rows"].max_row - 1,
        "parquet": lambda: parquet.read_table(io.BytesIO(made)).num_rows,
    }
    assert 0 == counts[form]()


@pytest.mark.parametrize("form", FORMATS)
def test_the_statement_holds_the_digests(form: Format) -> None:
    """Whatever the format, the digest of the rows is one and the same; that of the file is its own."""
    made = _written(form)
    said = statement(make_run(ROWS), Style(form))
    assert sha256(_written("ndjson")).hexdigest() == said["rows_sha256"]
    assert (sha256(made).hexdigest(), len(made)) == (said["file_sha256"], said["file_bytes"])
    assert (len(ROWS), "apostrophe-before-formula") == (said["row_count"], said["csv_text"])
    assert [name for name, _ in KINDS] == [column["name"] for column in said["columns"]]


def test_blocks_are_made_one_after_the_other() -> None:
    """No row is asked for long before those before it are written."""
    asked = 0

    def rows() -> Iterator[Row]:
        nonlocal asked
        for _ in range(20_000):
            asked += 1
            yield ROWS[0]

    run = make_run([])._replace(blocks=across(rows()))
    pieces = written(run, Style("csv"))
    next(pieces)
    next(pieces)
    assert asked < 10_000


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("shape", range(4))
def test_columns_that_say_little_are_written_like_any_other(form: Format, shape: int) -> None:
    """One value in all rows, and values told by keys that columns share, make the very same file."""
    rows = len(TRAPS)
    keys = [at % 5 for at in range(rows)]
    notes: dict[int, Any] = {0: "a,b", 1: "=1", 2: None, 3: 'say "so"', 4: "x"}
    numbers = dict(enumerate([3, None, 0, -7, 12]))
    flags, at = dict(enumerate([True, False, None, True, False])), dict.fromkeys(range(5), NOW)
    codes = ["/"] * rows
    shapes: list[Block] = [
        (
            *(Same("012345", rows), list(TRAPS), Same(DAY, rows), codes, Keyed(keys, notes)),
            *(Keyed(keys, numbers), Same(None, rows), Keyed(keys, flags), Keyed(keys, at)),
        ),
        (
            *(Keyed(keys, notes), Same(None, rows), Same(DAY, rows), Keyed(codes, {"/": "-"})),
            *(Keyed(keys, notes), Keyed(list(keys), numbers), Same(0.5, rows)),
            *(Keyed(keys, flags), Same(NOW, rows)),
        ),
        tuple(Same(value, rows) for value in ROWS[9]),
        tuple(Keyed(keys, dict.fromkeys(range(5), value)) for value in ROWS[9]),
    ]
    block = shapes[shape]
    plain = [list(column) for column in block]
    assert [rows] * len(block) == [len(column) for column in plain]
    made = [
        b"".join(written(make_run([])._replace(blocks=iter([one, one])), Style(form)))
        for one in (block, plain)
    ]
    assert made[0] == made[1]
    assert plain == [[column[row] for row in range(rows)] for column in block]
    assert [column[3:7] for column in plain] == [list(column[3:7]) for column in block]


@pytest.mark.parametrize("kept", [64, 1])
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_text_is_used_again_where_it_is_the_same(
    form: Format, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of the same tables and keys that differ in what is beside them are each written as they are."""
    monkeypatch.setattr(lines, "TABLES_MAX", kept)
    names: dict[int, Any] = {0: "a,b", 1: "=1", 2: None}
    signs, flags = {0: "/", 1: "-", 2: "L"}, {0: True, 1: False, 2: None}
    some, others = [0, 1, 2, 1], [2, 2, 0, 1]

    def block(keys: list[int], day: date, note: str | None, percent: float) -> Block:
        rows = len(keys)
        return (
            *(Keyed(keys, names), Keyed(keys, names), Same(day, rows), Keyed(list(keys), signs)),
            *(Same(note, rows), [1, None, -3, 4], Same(percent, rows), Keyed(keys, flags)),
            Same(NOW, rows),
        )

    asked = (
        *((some, DAY, None, 0.5), (some, date(2025, 11, 25), None, 0.5), (others, DAY, None, 0.5)),
        *((others, DAY, "x", 0.5), (some, DAY, "x", 1.5), (some, DAY, None, 0.5)),
    )
    blocks = [block(*one) for one in asked]
    plain = [[list(column) for column in one] for one in blocks]
    made = [
        b"".join(written(make_run([])._replace(blocks=iter(of)), Style(form)))
        for of in (blocks, plain)
    ]
    assert made[0] == made[1]


def test_a_document_makes_no_rows() -> None:
    """A form that its receiver defines is made alone; the rows are for its statement."""

    def rows() -> Iterator[Row]:
        raise AssertionError
        yield

    run = make_run([])
    page = Document("html", lambda _source, _question: iter([b"page"]))
    extract = replace(run.head.extract, documents=(page,))
    run = run._replace(head=run.head._replace(extract=extract), blocks=across(rows()))
    assert b"page" == b"".join(written(run, Style("html")))
    with pytest.raises(AssertionError):
        written(run, Style("csv"))


def test_what_is_made_ahead_comes_in_order_with_its_errors() -> None:
    """Items are made in another thread, one after the other, and what goes wrong is raised in its place."""
    threads = set()

    def items() -> Iterator[int]:
        for number in range(3):
            threads.add(get_ident())
            yield number
        raise QuestionError("", "late", "Late.")

    made = ahead(items())
    assert [0, 1, 2] == [next(made) for _ in range(3)]
    with pytest.raises(QuestionError):
        next(made)
    assert (1, False) == (len(threads), get_ident() in threads)


def test_who_stops_early_leaves_nothing_running() -> None:
    """The item under way is finished before the caller goes on, and none is begun after it."""
    begun, ended = [], []

    def items() -> Iterator[int]:
        for number in range(100):
            begun.append(number)
            yield number
            ended.append(number)

    made = ahead(items())
    next(made)
    made.close()
    assert ([0, 1], [0]) == (begun, ended)


def test_a_place_in_the_log_is_an_integer_of_any_size_it_may_have() -> None:
    """Whole numbers are read up to the largest position, and refused beyond."""
    extract = replace(_extract([]), options=(Option("place", "integer", "A place."),))
    for number in (0, -1, 1_000_000_000, INTEGER_MAX):
        assert {"place": number} == options_of(extract, {"place": str(number)})
    for text in (str(INTEGER_MAX + 1), "9" * 30, "1.0", "", "1e3", "٣"):
        with pytest.raises(QuestionError):
            options_of(extract, {"place": text})
