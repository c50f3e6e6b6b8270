"""`attendance-ledger codes`: the dated table of attendance codes, as a file of its own."""

import json
import sys
from datetime import date
from typing import Annotated, Any, Literal

import typer

program = typer.Typer(
    help="The dated table of attendance codes.", no_args_is_help=True, rich_markup_mode="rich"
)

_Format = Annotated[Literal["csv", "json"], typer.Option("--format", help="The form of the file.")]


@program.callback()
def _codes() -> None:
    """Keep `export` a command: a program with one command would be that command."""


@program.command("export")
def export(*, form: _Format = "csv") -> None:
    """Write the table of every code that ever was, from when to when, to standard output.

    docs/reference/attendance-codes.csv and .json are what this writes.
    """
    # Bytes: on Windows text would have its line ends changed.
    sys.stdout.buffer.write(exported(form))


def exported(form: Literal["csv", "json"]) -> bytes:
    """The table as a file."""
    from api.formats import Listing, as_csv
    from api.rule_rows import code_row
    from api.schemas_rules import CodeItem
    from ledger.law.codes import BUILT_IN
    from ledger.law.edition import RULES

    rows = [code_row(code) for code in BUILT_IN.codes]
    if form == "csv":
        return as_csv(Listing("codes", rows, tuple(CodeItem.model_fields)))
    shown = {"rules": RULES, "codes": rows}
    return (json.dumps(shown, indent=2, ensure_ascii=False, default=_iso) + "\n").encode()


def _iso(value: Any) -> str:
    assert isinstance(value, date)
    return value.isoformat()
