"""`attendance-ledger extract`: an extract as a file, with its statement beside it."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.console import Console

from api.cli.errors import CommandError
from api.cli.options import DATABASE, takes
from api.cli.viewing import AsOfOption, Schools, View, key_vault, known_schools, parsed, viewing
from api.console import Progress, progress, set_up_logging
from api.settings import Settings

if TYPE_CHECKING:
    from projections.extracts.extract import Block, Extract, Question
    from projections.extracts.running import Run, Style

_Authority = Annotated[
    str | None,
    typer.Option("--local-authority", metavar="CODE", help="Instead: the schools under it."),
]
_Trust = Annotated[str | None, typer.Option("--trust", help="Instead: the schools of this trust.")]
_Name = Annotated[str | None, typer.Argument(help="Name of the extract; --list lists them.")]
_From = Annotated[
    datetime | None,
    typer.Option(
        "--from",
        formats=["%Y-%m-%d"],
        metavar="DAY",
        help="First day; that of the academic year when left out.",
    ),
]
_To = Annotated[
    datetime | None,
    typer.Option(
        "--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last day; that of --as-of when left out."
    ),
]
_Form = Annotated[
    str | None, typer.Option("--format", help="Format; the extract's usual one when left out.")
]
_Options = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="An option of the extract's own; repeat."),
]
_ToFile = Annotated[
    Path | None,
    typer.Option(
        "--to-file",
        metavar="DIRECTORY",
        help="Write NAME.FORMAT and its statement NAME.FORMAT.meta.json there, not to standard output.",
    ),
]
_Bom = Annotated[
    bool, typer.Option("--bom", help="A byte-order mark before a CSV, for spreadsheets.")
]
_Since = Annotated[
    str | None,
    typer.Option(
        "--changed-since",
        metavar="INSTANT|POSITION",
        help="Instead: the rows that changed since then, a line of JSON for each.",
    ),
]
_List = Annotated[bool, typer.Option("--list", help="List the extracts, and stop.")]
_Asked = tuple[date | None, date | None, dict[str, str]]


class _Which(NamedTuple):
    """Which schools are meant: at most one of the three is said, and none means all."""

    urns: list[str] | None
    authority: str | None
    trust: str | None


@takes(*DATABASE)
def extract(  # noqa: PLR0913 -- one parameter for each option
    settings: Settings,
    name: _Name = None,
    *,
    school: Schools = None,
    local_authority: _Authority = None,
    trust: _Trust = None,
    first: _From = None,
    last: _To = None,
    as_of: AsOfOption = None,
    form: _Form = None,
    option: _Options = None,
    bom: _Bom = False,
    to_file: _ToFile = None,
    changed_since: _Since = None,
    list_: _List = False,
) -> None:
    """Write an extract: a register, sums, or what the Department or an authority asks for.

    The same position and question give the same bytes, on every machine.
    """
    if list_:
        _print_list()
        return
    set_up_logging()
    chosen = _extract(name)
    days = (first.date() if first else None, last.date() if last else None)
    style = _style(chosen, form, bom=bom)
    with viewing(settings, as_of) as view, progress(Console(stderr=True)) as told:
        schools = _schools(chosen, view, _Which(school, local_authority, trust))
        question = _question(chosen, view, schools, (*days, _options(option)))
        with _told():
            if changed_since is not None:
                _write_changes(chosen, settings, view, question, changed_since)
                return
            run = _watched(_begun(chosen, settings, view, question), told)
            if to_file is None:
                _write_out(run, style)
            else:
                _write_files(run, style, to_file)


def _print_list() -> None:
    from projections.extracts.catalogue import EXTRACTS
    from projections.extracts.running import formats_of

    for one in EXTRACTS.values():
        print(f"{one.name:24}  {one.title}; {', '.join(formats_of(one))}")
        for own in one.options:
            choices = f" One of: {', '.join(own.choices)}." if own.choices else ""
            print(f"    --option {own.name}=…  {own.about}{choices}")


def _extract(name: str | None) -> "Extract":
    from projections.extracts.catalogue import EXTRACTS

    if name is None or name not in EXTRACTS:
        raise CommandError("Name an extract: 'attendance-ledger extract --list' lists them.")
    return EXTRACTS[name]


def _style(chosen: "Extract", form: str | None, *, bom: bool) -> "Style":
    from projections.extracts.running import Style, formats_of

    offered = formats_of(chosen)
    if form is not None and form not in offered:
        raise CommandError(f"This extract comes as: {', '.join(offered)}.")
    return Style(form or offered[0], bom)


def _options(given: list[str] | None) -> dict[str, str]:
    pairs = [one.partition("=") for one in given or []]
    if any(not equals for _, equals, _ in pairs):
        raise CommandError("--option is NAME=VALUE.")
    return {name: value for name, _, value in pairs}


def _schools(chosen: "Extract", view: View, which: _Which) -> tuple[str, ...]:
    """The schools that are meant, in order.  Raises CommandError."""
    from api.directory import Directory
    from ledger.store.database import Database

    urns, authority, trust = which
    if (authority or trust) is None:
        meant = known_schools(view, urns) if urns or chosen.of_schools else []
        return tuple(sorted(meant))
    if urns or (authority and trust):
        raise CommandError("One of --school, --local-authority and --trust.")
    database = Database(view.addresses)
    database.open()
    try:
        under = Directory(database).under(view.at, authority, trust)
    finally:
        database.close()
    if not under:
        raise CommandError("The ledger knew no school there then.")
    return tuple(sorted(under))


def _question(chosen: "Extract", view: View, schools: tuple[str, ...], asked: _Asked) -> "Question":
    """Raises CommandError."""
    from ledger.schools.calendar import LONDON, Span, academic_year, span_of_year
    from projections.extracts.extract import Question
    from projections.extracts.options import options_of

    first, last, options = asked
    today = view.at.instant.astimezone(LONDON).date()
    last = last or max(today, first or today)
    first = first or span_of_year(academic_year(last)).first
    if last < first:
        raise CommandError("--to is before --from.")
    with _told():
        return Question(schools, Span(first, last), options_of(chosen, options))


def _begun(chosen: "Extract", settings: Settings, view: View, question: "Question") -> "Run":
    """Raises QuestionError."""
    from projections.extracts.extract import Source
    from projections.extracts.running import begin

    source = Source(view.connection, key_vault(settings, view.addresses), view.at)
    return begin(chosen, source, question)


@contextmanager
def _told() -> Iterator[None]:
    """What a question gets wrong, as an error of the command."""
    from projections.extracts.extract import QuestionError

    try:
        yield
    except QuestionError as wrong:
        said = f"--option {wrong.option}: {wrong.message}" if wrong.option else wrong.message
        raise CommandError(said) from None


def _watched(run: "Run", told: Progress) -> "Run":
    """The same run, which tells how far it has come where its rows say so."""
    names = [column.name for column in run.head.extract.columns]
    schools, window = run.head.schools, run.head.window
    days = (window.last - window.first).days + 1
    if "urn" not in names or not schools:
        return run
    urn = names.index("urn")
    day = names.index("date") if "date" in names else None

    def come(block: "Block") -> int:
        row = [column[-1] for column in block]
        done = schools.index(row[urn]) * days if row[urn] in schools else 0
        return done + ((row[day] - window.first).days if day is not None and row[day] else 0)

    def watched() -> Iterator["Block"]:
        for block in run.blocks:
            told("Days of schools", come(block), days * len(schools))
            yield block

    return run._replace(blocks=watched())


def _write_out(run: "Run", style: "Style") -> None:
    from projections.extracts.running import written

    for piece in written(run, style):
        sys.stdout.buffer.write(piece)


def _write_files(run: "Run", style: "Style", folder: Path) -> None:
    """The file and its statement, each written aside first: none is ever half there."""
    from projections.extracts.running import written
    from projections.extracts.statement import stated, tallied

    counted, tally = tallied(run, style)
    path = folder / f"{run.head.extract.name}.{style.form}"
    digest, size = sha256(), 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with draft.open("wb") as file:
            for piece in written(counted, style):
                digest.update(piece)
                size += file.write(piece)
        draft.replace(path)
        said = stated(counted, tally, style, (digest.hexdigest(), size))
        text = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
        beside = path.with_name(f"{path.name}.meta.json")
        beside.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    print(f"{path}: {tally.rows:,} rows, position {run.head.position}, version {run.head.version}")


def _write_changes(
    chosen: "Extract", settings: Settings, view: View, question: "Question", since: str
) -> None:
    """Raises CommandError and QuestionError."""
    from api.extract_differences import in_lines
    from projections.asof import AsOfInFutureError, resolve
    from projections.extracts.differences import Sources, changes
    from projections.extracts.extract import Source

    vault = key_vault(settings, view.addresses)
    try:
        before = resolve(view.connection, parsed(since))
    except AsOfInFutureError:
        raise CommandError("The log has not reached that position or instant yet.") from None
    if before.position > view.at.position:
        raise CommandError("--changed-since is after --as-of.")
    sources = Sources(*(Source(view.connection, vault, at) for at in (before, view.at)))
    for line in in_lines(changes(chosen, sources, question)):
        sys.stdout.buffer.write(line)
