"""Running the programs of PostgreSQL."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.store.embedded.account import Account
from ledger.store.embedded.binaries import Programs
from ledger.store.embedded.errors import BinariesMissingError
from ledger.store.embedded.patience import Patience

# Variables that would redirect PostgreSQL, and ours, which may hold secrets.
_NOT_PASSED_ON = ("PG", "LEDGER_")


@dataclass(frozen=True)
class Finished:
    """How a program ended: its exit code (0 is success), and all it said."""

    code: int
    output: str


@dataclass(frozen=True)
class Commands:
    """PostgreSQL's programs, run as `account` in `data_dir`.

    Give them paths relative to `data_dir`: pg_ctl hands its arguments to a shell, and a directory
    may have any name.
    """

    programs: Programs
    account: Account
    data_dir: Path

    def run(self, name: str, *args: str, patience: Patience, why: str) -> Finished:
        """Run a program to its end; OutOfPatienceError when that takes too long (it is then ended)."""
        # Not a pipe: a server started by pg_ctl could keep it open for ever.
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(  # noqa: S603  (the wheel's programs, our arguments)
                [str(self.programs.path(name)), *args],
                cwd=self.data_dir,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                close_fds=True,
                **_apart(),
                **self.account.process_options(),
            )
            try:
                while process.poll() is None:
                    patience.wait(why)
            except BaseException:
                process.terminate()
                process.wait()
                raise
            output.seek(0)
            return Finished(process.returncode, output.read().decode("utf-8", "replace"))

    def check(self, patience: Patience) -> None:
        """Show that the programs run on this machine and for this account.

        Raises BinariesMissingError.
        """
        self.account.let_through(self.programs.folder)
        trouble = self._trouble(patience)
        if trouble and self.account.uid is not None:
            # An installation under a strict umask is closed to all users but its own.
            for tree in self.programs.trees:
                self.account.let_through(tree.parent)
                self.account.let_read(tree)
            trouble = self._trouble(patience)
        if trouble:
            raise BinariesMissingError(trouble)

    def _trouble(self, patience: Patience) -> str:
        try:
            finished = self.run("initdb", "--version", patience=patience, why="Starting a program")
        except OSError as error:
            return str(error)
        return "" if finished.code == 0 else finished.output.strip() or f"code {finished.code}"


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(_NOT_PASSED_ON)}
    return kept | {"LC_ALL": "C"}


def _apart() -> dict[str, Any]:
    """Options that keep a program out of our terminal's reach: Ctrl-C is for us alone."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True, "umask": 0o077}
