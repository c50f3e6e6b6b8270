"""`attendance-ledger demo`: a published year, entered through the front door and added up again."""

import json
import shlex
import signal
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from api.cli.errors import CommandError
from api.cli.options import takes
from api.console import progress, set_up_logging
from api.settings import Settings
from ledger.store.database import Connection

DATA_DIR: Final = Path(".attendance-ledger", "demo")
"""Where a demonstration of its own keeps its data: invented children never come into a real ledger."""
CLIENT: Final = "Demonstration"
"""One name for every run: the service knows the requests of an earlier run by it."""
_CHARACTERS_SHOWN: Final = 480
_ENDS: Final = 2
_SECONDS_TO_ANSWER: Final = 60
_SECONDS_TO_END: Final = 5

_Url = Annotated[
    str | None,
    typer.Option("--url", help="Address of a running service, as http://127.0.0.1:8080."),
]
_Key = Annotated[
    str | None, typer.Option("--key", help="A key of that service; asked for when left out.")
]
_Serve = Annotated[
    bool,
    typer.Option("--serve", help="Start a service for it, which keeps running until Ctrl-C."),
]
_Area = Annotated[str | None, typer.Option("--la", help="Local authority, by name.")]
_Phase = Annotated[str | None, typer.Option("--phase", help="Primary, Secondary or Special.")]


@takes("data_dir", "host", "port", "log_format")
def demo(
    settings: Settings,
    *,
    url: _Url = None,
    key: _Key = None,
    serve: _Serve = False,
    la: _Area = None,
    phase: _Phase = None,
) -> None:
    """Enter a year of published attendance figures mark by mark, and compare the totals.

    The figures are the Department for Education's, the schools and children are invented. With
    --serve everything happens on this machine, in a data directory of its own.
    """
    # A line for each request would run through the progress bars.
    set_up_logging(settings.log_format, quiet=True)
    _row(la, phase)  # an area that is not carried is told at once
    if serve == (url is not None):
        raise CommandError("Give either --serve, or --url of a running service.")
    if url is not None:
        key = key or typer.prompt("Key", hide_input=True, err=True)
        raise typer.Exit(0 if _show(url, key, la, phase) else 1)
    _serve(_on_its_own(settings), la, phase)


def _on_its_own(settings: Settings) -> Settings:
    """The settings of a service for the demonstration: on the embedded database, come what may."""
    chosen: dict[str, Any] = {"database_url": None, "owner_database_url": None, "key_file": None}
    # The demonstration is begun, and ended, by the process that serves.
    chosen["processes"] = 1
    if "data_dir" not in settings.model_fields_set:
        chosen["data_dir"] = DATA_DIR
    return settings.model_copy(update=chosen)


def _serve(settings: Settings, la: str | None, phase: str | None) -> None:
    from api.callers import ALL, create_key
    from api.cli.server import run
    from api.service import Service
    from ledger.store.database import connect_as_owner

    keys: list[str] = []
    started: list[Any] = []

    def prepare(service: Service) -> None:
        with connect_as_owner(service.database.addresses) as owner:
            _refuse_real_ledger(owner, settings.data_dir)
            keys.append(create_key(owner, CLIENT, [ALL], [ALL]))

    def begin(address: str) -> None:
        print(f"The service is ready at {address}.", flush=True)
        # A process of its own: making up a year is hard work, and the service answers meanwhile.
        process = get_context("spawn").Process(
            target=_beside, args=(settings.data_dir, address, keys[0], la, phase), daemon=True
        )
        process.start()
        started.append(process)

    try:
        run(settings, prepare, begin)
    finally:
        for process in started:
            process.terminate()
            process.join(_SECONDS_TO_END)


def _refuse_real_ledger(owner: Connection, data_dir: Path) -> None:
    row = owner.execute(
        "SELECT position > 0 AND NOT EXISTS (SELECT FROM act WHERE client = %s) FROM log_head",
        (CLIENT,),
    ).fetchone()
    if row is not None and row[0]:
        raise CommandError(
            f"{data_dir} holds a ledger that is no demonstration: invented children have no place in "
            "it. Name another directory with --data-dir."
        )


def _beside(data_dir: Path, url: str, key: str, la: str | None, phase: str | None) -> None:
    """The demonstration, in its process beside the service."""
    # Ctrl-C is for the service, which ends this process when it has closed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _show(url, key, la, phase)
    except Exception as error:
        print(f"The demonstration failed: {error}", file=sys.stderr)
    print(
        f"\nThe service keeps running at {url}, its data in {data_dir}. Ctrl-C ends it.", flush=True
    )


def _show(url: str, key: str, la: str | None, phase: str | None) -> bool:
    """Run the demonstration and print what came of it; whether every figure agrees."""
    from api.demo.report import print_result, three_curls
    from api.demo.run import run_demo

    with progress(Console(stderr=True)) as told:
        result = run_demo(url, key, _row(la, phase), progress=told)
    console = Console()
    print_result(result, console)
    for command in three_curls(url, key, result):
        console.print(f"\n$ {command}", soft_wrap=True, highlight=False, markup=False)
        console.print(_answer(command), soft_wrap=True, highlight=False, markup=False)
    return result.agrees


def _row(la: str | None, phase: str | None) -> Any:
    from api.demo.published import DEFAULT_AREA, DEFAULT_PHASE, find_row

    return find_row(la or DEFAULT_AREA, phase or DEFAULT_PHASE)


def _answer(command: str) -> str:
    """What the service answers to a printed command, shortened for reading."""
    import httpx

    *_, header, url = shlex.split(command)
    name, _, value = header.partition(": ")
    answer = httpx.get(url, headers={name: value}, trust_env=False, timeout=_SECONDS_TO_ANSWER)
    members = [f'  "{member}": {_shown(part)}' for member, part in answer.json().items()]
    return "{\n" + ",\n".join(members) + "\n}"


def _shown(value: Any) -> str:
    """A member of an answer; of a list its first and its last item."""
    if not isinstance(value, list) or not value:
        return _cut(value)
    items = [_cut(value[0])]
    if len(value) > _ENDS:
        items.append(f"… {len(value) - _ENDS:,} more …")
    if len(value) > 1:
        items.append(_cut(value[-1]))
    return "[\n" + ",\n".join(f"    {item}" for item in items) + "\n  ]"


def _cut(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _CHARACTERS_SHOWN else f"{text[:_CHARACTERS_SHOWN]} …"
