"""`make office`: LibreOffice opens our CSV and XLSX and finds the same codes, leading zeros and no formulas.

The rows are those of `tests.projections.test_extracts_formats`, traps and all.  Each file is opened by
LibreOffice without a window and saved as XLSX, which is read back by openpyxl.  Of a CSV a spreadsheet
guesses what its columns are: it is opened once as anybody opens it, where codes must come back and nothing
may be a formula, and once with its text columns named as text, where everything must.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.utils.escape import unescape

from projections.extracts.running import Style, written
from tests.projections.test_extracts_formats import KINDS, ROWS, make_run

SECONDS_MAX: Final = 180
_COMMA, _QUOTE, _UTF_8 = 44, 34, 76
_TEXT: Final = 2
_NAMES: Final = [name for name, _ in KINDS]
_TEXTS: Final = [name for name, kind in KINDS if kind in ("text", "code")]
Sheet = list[tuple[Any, ...]]


def main() -> int:
    """Open each file; 1 where something came back another, 2 where there is no LibreOffice."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        print(
            "LibreOffice is needed: 'soffice' is not on the path. "
            "On Debian and Ubuntu: apt install libreoffice-calc",
            file=sys.stderr,
        )
        return 2
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for what, form, columns in (
            ("CSV as it is opened", "csv", ["code"]),
            ("CSV with its text columns named", "csv", _TEXTS),
            ("XLSX", "xlsx", _TEXTS),
        ):
            as_text = what.endswith("named")
            sheet = _opened(program, Path(folder), form, as_text=as_text)
            found = _differences(sheet, columns, guarded=form == "csv")
            print(f"{what}: {len(sheet) - 1} rows, {len(found)} wrong in {', '.join(columns)}")
            wrong += [f"{what}: {one}" for one in found]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


def _opened(program: str, folder: Path, form: Any, *, as_text: bool) -> Sheet:
    """The cells that LibreOffice finds in a file, each with what kind of cell it is."""
    source = folder / f"traps.{form}"
    source.write_bytes(b"".join(written(make_run(ROWS), Style(form))))
    filters = []
    if form == "csv":
        kinds = "/".join(
            f"{number}/{_TEXT if as_text and name in _TEXTS else 1}"
            for number, name in enumerate(_NAMES, start=1)
        )
        options = f"{_COMMA},{_QUOTE},{_UTF_8},1,{kinds}"
        filters = [f"--infilter=Text - txt - csv (StarCalc):{options}"]
    out = folder / "out"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [
            *(program, profile, "--headless", *filters),
            *("--convert-to", "xlsx", "--outdir", str(out), str(source)),
        ],
        check=True,
        capture_output=True,
        timeout=SECONDS_MAX,
    )
    made = out / "traps.xlsx"
    sheet = openpyxl.load_workbook(made).worksheets[0]
    found = [tuple(cell for cell in line) for line in sheet.iter_rows()]
    made.unlink()
    return found


def _differences(sheet: Sheet, columns: list[str], *, guarded: bool) -> list[str]:
    """Cells that are a formula, and those of some columns that are not what was written."""
    _head, *lines = sheet
    found = [f"{cell.coordinate} is a formula" for line in sheet for cell in line if _runs(cell)]
    if len(lines) != len(ROWS):
        return [*found, f"{len(lines)} rows instead of {len(ROWS)}"]
    for row, line in zip(ROWS, lines, strict=True):
        for name in columns:
            number = _NAMES.index(name)
            cell = line[number]
            value = unescape(cell.value) if isinstance(cell.value, str) else cell.value
            if not _same(row[number], value, guarded=guarded and name == "note"):
                found.append(f"{cell.coordinate} ({name}) is {value!r} instead of {row[number]!r}")
    return found


def _runs(cell: Any) -> bool:
    return cell.data_type == "f"


def _same(written_: Any, found: Any, *, guarded: bool) -> bool:
    """Whether a cell came back; line ends may be others, and guarded texts keep their apostrophe."""
    if guarded and isinstance(written_, str) and written_[:1] in ("=", "+", "-", "@", "\t", "\r"):
        written_ = f"'{written_}"
    return _plain(written_) == _plain(found)


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return value.replace("\r\n", "\n").replace("\r", "\n")


if __name__ == "__main__":
    sys.exit(main())
