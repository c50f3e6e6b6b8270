"""`attendance-ledger replay`: the record of one child as it stood, for whoever has to be shown it."""

import json
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal
from uuid import UUID

import typer
from rich.console import Console

from api.cli.errors import CommandError
from api.cli.options import DATABASE, takes
from api.cli.viewing import AsOfOption, checked_schools, key_vault, viewing
from api.console import set_up_logging
from api.settings import Settings

if TYPE_CHECKING:
    from api.replayed import Replayed
    from projections.history import HistoryQuery

PLAIN_WIDTH: Final = 132
"""Columns of a text in a file or pipe: a sheet of paper on its side."""

_DAY: Final = {"formats": ["%Y-%m-%d"]}
_Pupil = Annotated[UUID, typer.Option("--pupil", help="The child's UUID.", show_default=False)]
_School = Annotated[
    str | None, typer.Option("--school", help="URN of the one school to look at; otherwise all.")
]
_From = Annotated[
    datetime | None,
    typer.Option(
        "--from",
        help="First day: of sessions for marks, of recording for everything else.",
        **_DAY,
    ),
]
_To = Annotated[datetime | None, typer.Option("--to", help="Last day, likewise.", **_DAY)]
_Format = Annotated[
    Literal["text", "json", "ndjson", "csv"],
    typer.Option("--format", help="How to write it; csv has the history alone."),
]


@takes(*DATABASE)
def replay(  # noqa: PLR0913 -- one parameter for each option
    settings: Settings,
    *,
    pupil: _Pupil,
    as_of: AsOfOption = None,
    school: _School = None,
    first: _From = None,
    last: _To = None,
    form: _Format = "text",
) -> None:
    """Show a child's history and register as they stood, original and amended entries side by side.

    Particulars and reasons are opened with the key file where it is at hand, and shown as sealed
    otherwise. What is printed holds a child's particulars: treat it as such.
    """
    from api.replayed import replayed
    from projections.history import HistoryQuery

    set_up_logging()
    checked_schools([school] if school else None)
    query = HistoryQuery(
        str(pupil), frozenset({school}) if school else None, _day(first), _day(last)
    )
    if query.first and query.last and query.last < query.first:
        raise CommandError("--to is before --from.")
    with viewing(settings, as_of) as view:
        vault = key_vault(settings, view.addresses)
        found = replayed(view.connection, vault, query, view.at)
    if not found.events:
        raise CommandError(_nothing(query, view.at.position))
    _write(found, form)


def _write(found: "Replayed", form: str) -> None:
    from api.cli.replay_text import print_record
    from api.formats import as_csv
    from api.replayed import as_lines, as_listing, as_object, json_text

    if form == "csv":
        sys.stdout.buffer.write(as_csv(as_listing(found)))
    elif form == "json":
        print(json.dumps(as_object(found), indent=2, ensure_ascii=False, default=json_text))
    elif form == "ndjson":
        for row in as_lines(found):
            print(json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=json_text))
    else:
        width = None if sys.stdout.isatty() else PLAIN_WIDTH
        print_record(found, Console(width=width, highlight=False))


def _nothing(query: "HistoryQuery", position: int) -> str:
    within = " in those days" if query.first or query.last else ""
    where = " at that school" if query.schools else ""
    return f"The log says nothing of this child{where}{within}, up to position {position}."


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
