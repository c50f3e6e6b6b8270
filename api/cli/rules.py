"""`attendance-ledger rules`: the law as the ledger has it, and what a change of it would change."""

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli.errors import CommandError
from api.cli.options import DATABASE, takes
from api.console import progress, set_up_logging
from api.settings import Settings

program = typer.Typer(
    help="The law as the ledger has it: every value with its dates, its reference and how surely it is "
    "known; and a rehearsal of changed tables over the history of a ledger.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
PLAIN_WIDTH: Final = 100
"""Columns of a table in a file or pipe, which has no width of its own."""
_SUFFIX: Final = ".toml"
_REHEARSING: Final = "Schools"

_NOTHING: Final[tuple[Any, ...]] = (None, False, "", "none", "any", "not stated", (), [])
"""Members that say that something is as usual."""

_LEADS_TO: Final = {"refuse": "refuses", "warn": "warns", "none": "does not bind"}

_DAY: Final = {"formats": ["%Y-%m-%d"]}
_On = Annotated[
    datetime | None, typer.Option("--on", help="Only values in force on this day.", **_DAY)
]
_Table = Annotated[
    str | None, typer.Option("--table", help="Only this table, such as thresholds or severity.")
]
_ShowFormat = Annotated[
    Literal["text", "json", "csv"], typer.Option("--format", help="How to write it.")
]
_CheckFormat = Annotated[
    Literal["text", "json"], typer.Option("--format", help="How to write the report.")
]
_Paths = Annotated[
    list[Path],
    typer.Argument(
        help="Changed tables (codes.toml, severity.toml, thresholds.toml, …), or directories of them. "
        "Tables that are not given stay as they are built in.",
        show_default=False,
    ),
]
_From = Annotated[
    datetime | None, typer.Option("--from", help="First day of the history to look at.", **_DAY)
]
_To = Annotated[datetime | None, typer.Option("--to", help="Last day of it.", **_DAY)]
_Schools = Annotated[
    list[str] | None,
    typer.Option("--school", help="URN of a school; repeat for more. All of them when left out."),
]
_AsOf = Annotated[
    int | None, typer.Option("--as-of", min=0, help="A position of the log; its head otherwise.")
]


@program.command("show")
def show(*, on: _On = None, table: _Table = None, form: _ShowFormat = "text") -> None:
    """Show every value of the law's tables, or those in force on a day."""
    from api.formats import Listing, as_csv
    from api.rule_rows import rule_row
    from api.schemas_rules import RuleItem
    from ledger.law import rulebook
    from ledger.law.edition import RULES

    if table is not None and table not in rulebook.TABLES:
        raise CommandError(f"There is no such table; there are {', '.join(rulebook.TABLES)}.")
    day = on.date() if on else None
    rows = [rule_row(entry) for entry in rulebook.BUILT_IN.entries(table, day)]
    if form == "csv":
        sys.stdout.buffer.write(as_csv(Listing("values", rows, tuple(RuleItem.model_fields))))
    elif form == "json":
        _print_json({"rules": RULES, "on": day, "values": rows})
    else:
        print(f"Rules {RULES}{f', in force on {day}' if day else ''}")
        for name in dict.fromkeys(row["table"] for row in rows):
            _console().print(_values(name, [row for row in rows if row["table"] == name]))


@program.command("check")
@takes(*DATABASE)
def check(  # noqa: PLR0913 -- one parameter for each option
    settings: Settings,
    *,
    paths: _Paths,
    first: _From = None,
    last: _To = None,
    school: _Schools = None,
    as_of: _AsOf = None,
    form: _CheckFormat = "text",
) -> None:
    """Rehearse changed tables over the history of a ledger: what would be otherwise, and for whom.

    First the tables are read: one that cannot be used is named with its entry and fault, and the exit
    code is 1. Then every mark that stands is judged by the rules as they are built in and by the
    changed ones. Nothing is written; pupils are named by their ids.
    """
    from api.cli.rules_report import print_report
    from ledger.law import rulebook

    set_up_logging()
    _checked_schools(school or [])
    texts = _texts(paths)
    if faults := _faults(texts):
        for fault in faults:
            print(fault)
        raise typer.Exit(1)
    days = (first.date() if first else None, last.date() if last else None)
    report = _rehearsed(settings, rulebook.read(texts), school or [], days, as_of)
    if form == "json":
        _print_json(report.as_json())
    else:
        print_report(report, _console())


def _rehearsed(
    settings: Settings,
    proposed: Any,
    urns: list[str],
    days: tuple[date | None, date | None],
    as_of: int | None,
) -> Any:
    from api.opening import open_existing, open_key_file
    from ledger.law import rulebook
    from ledger.store.database import Database
    from ledger.store.vault import Vault
    from projections import asof
    from projections.rehearsal import Rehearsal
    from projections.rehearsal_report import begin, rehearse

    with open_existing(settings) as place, progress(Console(stderr=True)) as told:
        # Without the key file no date of birth can be read; everything else is told all the same.
        known = settings.key_file_path.exists()
        vault = Vault(open_key_file(settings, place.addresses)) if known else None
        database = Database(place.addresses, heal=place.heal)
        database.open()
        try:
            with asof.reading(database, as_of) as (connection, at):
                rehearsal = Rehearsal(rulebook.BUILT_IN, proposed)
                report = begin(connection, rehearsal, urns, days, at)
                if unknown := set(urns) - set(report.schools):
                    raise CommandError(f"The ledger knows no school {min(unknown)}.")
                return rehearse(
                    connection, report, vault, lambda done, total: told(_REHEARSING, done, total)
                )
        except asof.AsOfInFutureError:
            raise CommandError("The log has not reached that position yet.") from None
        finally:
            database.close()


def _texts(paths: list[Path]) -> dict[str, str]:
    """The tables given, by name."""
    from ledger.law.rulebook import TABLES

    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(one for one in path.iterdir() if one.suffix == _SUFFIX)
        elif path.is_file():
            files.append(path)
        else:
            raise CommandError(f"There is no file or directory {path}.")
    found: dict[str, str] = {}
    for file in files:
        if file.suffix != _SUFFIX or file.stem not in TABLES:
            names = ", ".join(f"{name}{_SUFFIX}" for name in TABLES)
            raise CommandError(f"{file} is no table of the law; they are {names}.")
        if file.stem in found:
            raise CommandError(f"{file.name} was given twice.")
        found[file.stem] = _read(file)
    if not found:
        raise CommandError("No table was given: the directories hold none.")
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read as UTF-8 text.") from error


def _faults(texts: dict[str, str]) -> list[str]:
    """What is wrong with the tables, each looked at by itself."""
    from ledger.law.rulebook import RulebookError, read

    faults = []
    for table, text in texts.items():
        try:
            read({table: text})
        except RulebookError as fault:
            faults.append(str(fault))
    return faults


def _checked_schools(urns: list[str]) -> None:
    for urn in urns:
        if not (urn.isdecimal() and urn.isascii() and len(urn) == len("100000")):
            raise CommandError("A URN is six digits.")


# -- on a terminal -----------------------------------------------------------------------------------


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False)


def _print_json(shown: Any) -> None:
    print(json.dumps(shown, indent=2, ensure_ascii=False, default=_iso))


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else list(value)


def _values(name: str, rows: list[dict[str, Any]]) -> Table:
    """One table of the law: what it says and since when, and on what that rests."""
    table = Table(title=f"\n{name}", title_justify="left", title_style="bold", expand=True)
    table.add_column("Value", ratio=1, overflow="fold")
    table.add_column("In force", width=13)
    for row in rows:
        # Text and not markup: of markup a lone backslash would come out double.
        lines = (
            Text.assemble((row["name"], "bold"), "  ", row["title"]),
            Text(_said(row)),
            Text(f"{row['reference']} ({row['confidence']})", "dim"),
        )
        until = f"to {row['valid_to']}" if row["valid_to"] else ""
        table.add_row(
            Text("\n").join(line for line in lines if line),
            f"{row['valid_from'] or 'not commenced'}\n{until}".strip(),
            end_section=True,
        )
    return table


def _said(row: dict[str, Any]) -> str:
    """The value in words: of a rule the types of school by what it leads to there."""
    if row["severity"] is None:
        return _in_words(row["table"], row["value"])
    by: dict[str, list[str]] = {}
    for kind, severity in row["severity"].items():
        by.setdefault(severity, []).append(kind)
    if len(by) == 1:
        return f"{_LEADS_TO[next(iter(by))]} everywhere"
    return "; ".join(f"{_LEADS_TO[one]}: {', '.join(kinds)}" for one, kinds in by.items())


def _in_words(table: str, value: dict[str, Any]) -> str:
    if table == "thresholds":
        return f"{value['value']} {value['unit']}"
    if value.get("am") and value.get("pm"):
        value = {name: one for name, one in value.items() if name not in ("am", "pm")}
    return "; ".join(
        name if one is True else f"{name}: {_word(one)}"
        for name, one in value.items()
        if one not in _NOTHING
    )


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return "/".join(map(str, value.values()))
    if isinstance(value, list | tuple):
        parts = [_word(one) for one in value]
        return "-".join(parts) if all(isinstance(one, int) for one in value) else " ".join(parts)
    return str(value)
