"""`attendance-ledger log`: the whole log as files, and a ledger made again from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated, Final

import typer
from rich.console import Console

from api.cli.errors import CommandError
from api.cli.options import DATABASE, takes
from api.cli.viewing import AsOfOption, parsed, viewing
from api.console import progress, set_up_logging
from api.settings import Settings

program = typer.Typer(
    help="Write the whole log as files, and make a ledger again from them.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
_WRITING: Final = "Writing"
_READING: Final = "Reading"

_Target = Annotated[
    Path, typer.Argument(help="A directory that is empty or not there yet.", show_default=False)
]
_Source = Annotated[Path, typer.Argument(help="The directory of an export.", show_default=False)]


@program.command("export")
@takes(*DATABASE)
def export_log(settings: Settings, *, directory: _Target, as_of: AsOfOption = None) -> None:
    """Write the log, with answers and wrapped data keys, while the service runs if it does.

    The key file is not in it and has to be kept apart from it. Keys of client programs are not in it
    either.
    """
    from ledger.store.archive.export import export

    set_up_logging()
    with viewing(settings, as_of) as view, _words(), progress(Console(stderr=True)) as told:
        began = monotonic()
        upto = None if parsed(as_of) is None else view.at.position
        manifest = export(
            view.addresses, directory, upto, lambda done, total: told(_WRITING, done, total)
        )
        said = _said(manifest.head.position, began)
    print(f"Wrote {said} to {directory}.")
    print(f"SHA-256 of its manifest, to be kept apart from it:\n{manifest.sha256}")


@program.command("import")
@takes(*DATABASE)
def import_log(settings: Settings, *, directory: _Source) -> None:
    """Make the log of an export again in a ledger that is empty, or that is not there yet.

    Every hash is computed again on the way; a byte that was changed is named with its position, and
    then nothing is left behind. Stop the service first.
    """
    from api.opening import open_database, open_key_file
    from ledger.store.archive.manifest import read_manifest
    from ledger.store.archive.restore import restore
    from ledger.store.migrations import migrate

    set_up_logging()
    with _words():
        read_manifest(directory)  # before a database is started, or even made
        with open_database(settings) as place, progress(Console(stderr=True)) as told:
            migrate(place.addresses)
            has_keys = settings.key_file_path.exists()
            began = monotonic()
            manifest = restore(
                place.addresses,
                directory,
                open_key_file(settings, place.addresses) if has_keys else None,
                lambda done, total: told(_READING, done, total),
            )
            said = _said(manifest.head.position, began)
    print(f"Made {said}. Every hash is what it was.")
    if manifest.of_kind("data-keys") and not has_keys:
        print(
            "Particulars stay sealed, and the service does not start, until the key file of the "
            f"ledger that was exported is at {settings.key_file_path}."
        )


@contextmanager
def _words() -> Iterator[None]:
    from ledger.store.archive.manifest import ArchiveError

    try:
        yield
    except ArchiveError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename or 'A file'}: {error.strerror or error}") from error


def _said(rows: int, began: float) -> str:
    seconds = monotonic() - began
    return f"{rows:,} rows, in {seconds:.1f} s ({rows / max(seconds, 0.001):,.0f} rows/s)"
