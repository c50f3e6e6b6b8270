"""`attendance-ledger export`: the register as Parquet files, for questions over the whole country."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Annotated, Final

import typer
from rich.console import Console

from api.cli.errors import CommandError
from api.cli.options import DATABASE, takes
from api.cli.viewing import AsOfOption, Schools, checked_schools, viewing
from api.console import progress, set_up_logging
from api.settings import Settings

_SCHOOL_YEARS: Final = "School years"


class _What(StrEnum):
    """The data sets; a test holds them against those of the projection."""

    MARKS = "marks"
    LOG = "log"
    TOTALS = "totals"
    ACTS = "acts"


_Target = Annotated[
    Path,
    typer.Option("--to", help="A directory that is empty or not there yet.", show_default=False),
]
_Wanted = Annotated[
    list[_What] | None,
    typer.Option(
        "--what",
        help="marks: the register as it stood. log: every entry and amended entry. totals: sessions "
        "by school, day and code. acts: when each request was recorded. Repeat for more; marks when "
        "left out.",
    ),
]
_Threads = Annotated[
    int | None,
    typer.Option(
        min=1, max=16, help="Files under way at a time; as many as there are cores when left out."
    ),
]


@takes(*DATABASE)
def export(
    settings: Settings,
    *,
    to: _Target,
    what: _Wanted = None,
    as_of: AsOfOption = None,
    school: Schools = None,
    threads: _Threads = None,
) -> None:
    """Write the register as Parquet files by academic year and local authority.

    At one position of the log, while the service runs if it does; the same position gives the same
    bytes. Pupils are their UUIDs: no name, date of birth, reason or detail is in the files.
    """
    from projections.export.export import Order, Source
    from projections.export.export import export as write

    set_up_logging()
    order = Order(
        what=[one.value for one in dict.fromkeys(what or [_What.MARKS])],
        schools=checked_schools(school),
    )
    with viewing(settings, as_of) as looked, _words(to), progress(Console(stderr=True)) as told:
        view = looked.settled()
        began = monotonic()
        written = write(
            Source(view.addresses, view.connection, view.at),
            to,
            order,
            lambda done, total: told(_SCHOOL_YEARS, done, total),
            threads or os.cpu_count() or 1,
        )
        seconds = monotonic() - began
    print(
        f"Wrote {written.rows:,} rows in {len(written.files)} files as of position "
        f"{written.position} to {to}, in {seconds:.1f} s "
        f"({written.rows / max(seconds, 0.001):,.0f} rows/s)."
    )
    print(f"SHA-256 of its manifest:\n{written.sha256}")


@contextmanager
def _words(directory: Path) -> Iterator[None]:
    from projections.export.export import SchoolNotKnownError
    from projections.export.files import DirectoryNotEmptyError
    from projections.export.making import UnknownCodeError
    from projections.export.reading import ReadError

    try:
        yield
    except DirectoryNotEmptyError as error:
        raise CommandError(
            f"{directory} is not empty: an export has a directory of its own."
        ) from error
    except SchoolNotKnownError as error:
        raise CommandError("The ledger knew no school of such a number then.") from error
    except UnknownCodeError as error:
        raise CommandError(
            "The log holds a code that this version does not know: run the newer one that wrote it."
        ) from error
    except ReadError as error:
        raise CommandError(f"The database could not be read: {error}") from error
    except OSError as error:
        raise CommandError(f"{error.filename or 'A file'}: {error.strerror or error}") from error
