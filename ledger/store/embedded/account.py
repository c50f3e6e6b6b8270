"""The system user PostgreSQL runs as: ourselves or, as root, an ordinary user without rights.

PostgreSQL refuses to run as root.  The ordinary user gets what it must have and no more: the
database's files are its own, and it may pass through (not read) the directories above them.
"""

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.store.embedded.errors import AccountError

_NAME = "pgserver"


@dataclass(frozen=True)
class Account:
    """A system user and group; None is whoever we are."""

    uid: int | None = None
    gid: int | None = None

    def process_options(self) -> dict[str, Any]:
        """The options that make `subprocess` run a program as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path` to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def let_through(self, folder: Path) -> None:
        """Let this user pass through `folder` and all above it (no reading of what is there)."""
        for place in (folder, *folder.parents):
            self._grant(place, stat.S_IXUSR)

    def let_read(self, tree: Path) -> None:
        """Let this user read everything under `tree`: meant for PostgreSQL's own programs only."""
        for folder, _, names in os.walk(tree):
            self._grant(Path(folder), stat.S_IRUSR | stat.S_IXUSR)
            for name in names:
                file = Path(folder, name)
                self._grant(file, stat.S_IRUSR | (file.stat().st_mode & stat.S_IXUSR))

    def _grant(self, path: Path, owners_bits: int) -> None:
        if self.uid is None:
            return
        status = path.stat()
        shift = 0 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 6
        wanted = owners_bits >> shift
        if status.st_mode & wanted != wanted:
            try:
                path.chmod(stat.S_IMODE(status.st_mode) | wanted)
            except OSError as error:
                raise AccountError(
                    f"PostgreSQL cannot run as root, and the user it runs as instead cannot be "
                    f"let through {path}: {error}. Run the attendance ledger as an ordinary user."
                ) from error


def for_database(pgdata: Path) -> Account:
    """The account that runs the database `pgdata`, which need not exist yet.

    As root: the owner of an existing database, so that files restored or made by an ordinary user
    stay that user's; for a new one the user `pgserver`, made where missing.  AccountError when it
    cannot be made.
    """
    if os.name == "nt" or os.geteuid() != 0:
        return Account()
    if pgdata.exists() and (status := pgdata.stat()).st_uid != 0:
        return Account(status.st_uid, status.st_gid)
    return _unprivileged_user()


def _unprivileged_user() -> Account:
    import pwd  # not on Windows

    try:
        entry = pwd.getpwnam(_NAME)
    except KeyError:
        _make_user()
        entry = pwd.getpwnam(_NAME)
    return Account(entry.pw_uid, entry.pw_gid)


def _make_user() -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    reason = "there is no program useradd"
    if useradd is not None:
        made = subprocess.run(  # noqa: S603  (a fixed command)
            [
                useradd,
                "--system",
                "--user-group",
                "--no-create-home",
                "--shell",
                "/bin/false",
                _NAME,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode == 0:
            return
        reason = made.stderr.strip()
    raise AccountError(
        f"PostgreSQL cannot run as root, and the system user {_NAME} for it cannot be made: "
        f"{reason}. Make that user yourself, or run the attendance ledger as an ordinary user."
    )
