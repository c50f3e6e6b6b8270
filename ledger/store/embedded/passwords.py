"""The passwords of the embedded database: random, one file a role, never seen by anybody.

Files and not the environment or a command line, which other users of a machine can see.
"""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from ledger.store.embedded import files
from ledger.store.embedded.errors import PasswordsMissingError

_BYTES = 32
_SUPERUSER = "superuser"


@dataclass(frozen=True)
class Passwords:
    """A password for each role, of characters that need no quoting in a URL."""

    superuser: str = field(repr=False)
    owner: str = field(repr=False)
    service: str = field(repr=False)


def superuser_file(data_dir: Path) -> Path:
    """Where the password of the database's superuser is kept."""
    return data_dir / "secrets" / _SUPERUSER


def keep(data_dir: Path, *, database_exists: bool) -> Passwords:
    """The passwords in `data_dir`/secrets, made where missing.

    The superuser's is the key to a database that exists: PasswordsMissingError when it is gone.  A
    lost password of the other two roles is simply made anew, and given to the role by `roles`.
    """
    file = superuser_file(data_dir)
    if database_exists and not file.exists():
        raise PasswordsMissingError(file, "there is no such file")
    folder = files.private_folder(file.parent)
    return Passwords(
        superuser=_read_or_make(file),
        owner=_read_or_make(folder / "owner"),
        service=_read_or_make(folder / "service"),
    )


def _read_or_make(file: Path) -> str:
    if not file.exists():
        files.write(file, secrets.token_urlsafe(_BYTES) + "\n")
    # A restored backup may have come back open to others.
    file.chmod(0o600)
    return file.read_text(encoding="utf-8").strip()
