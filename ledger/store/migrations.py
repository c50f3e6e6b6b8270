"""Migrations: numbered files of plain SQL, each run once, under a lock that all processes share.

A file that was applied is never edited: its digest is kept and compared.
"""

from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from typing import Final, NamedTuple

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ledger.schools.calendar import LONDON
from ledger.store.database import Addresses, Connection, connect_as_owner
from ledger.store.settled_years import index_by_pupil

_LOCK: Final = 0x617474656E64  # "attend": any number that nobody else takes


class MigrationError(Exception):
    """The schema cannot be brought up to date; the message says why and what to do."""


class Migration(NamedTuple):
    """One file of the schema."""

    number: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        """Digest by which a later edit is noticed."""
        return sha256(self.text.encode()).hexdigest()


def all_migrations() -> list[Migration]:
    """The files of the schema in order."""
    folder = files("ledger.store").joinpath("schema")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [
        Migration(
            int(name.split("_")[0]), name.removesuffix(".sql"), folder.joinpath(name).read_text()
        )
        for name in names
    ]


def migrate(addresses: Addresses) -> list[str]:
    """Apply what has not been applied, and index the settled years; the migrations applied now.

    Raises MigrationError when an applied file was edited, or the database is newer than this code.
    """
    with connect_as_owner(addresses) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            applied = _applied(connection)
            wanted = all_migrations()
            _compare(applied, wanted)
            new = [m for m in wanted if m.number not in applied]
            for migration in new:
                _apply(connection, migration)
            _let_service_in(connection, addresses)
            index_by_pupil(connection, datetime.now(LONDON).date())
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
    return [migration.name for migration in new]


def _applied(connection: Connection) -> dict[int, tuple[str, str]]:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migration ("
        " number integer PRIMARY KEY, name text NOT NULL, digest text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = connection.execute("SELECT number, name, digest FROM schema_migration").fetchall()
    return {number: (name, digest) for number, name, digest in rows}


def _compare(applied: dict[int, tuple[str, str]], wanted: list[Migration]) -> None:
    known = {migration.number: migration for migration in wanted}
    for number, (name, digest) in sorted(applied.items()):
        if number not in known:
            raise MigrationError(
                f"The database has migration {name}, which this version does not know. "
                "It belongs to a newer version of the attendance ledger: run that one."
            )
        if known[number].digest != digest:
            raise MigrationError(
                f"Migration {name} differs from the one that was applied to this database. "
                "An applied migration is never edited: restore the file, add a new one."
            )


def _apply(connection: Connection, migration: Migration) -> None:
    with connection.transaction():
        connection.execute(migration.text.encode())
        connection.execute(
            "INSERT INTO schema_migration (number, name, digest) VALUES (%s, %s, %s)",
            (migration.number, migration.name, migration.digest),
        )


def _let_service_in(connection: Connection, addresses: Addresses) -> None:
    """Make the service's login a member of the role that may only select and insert."""
    service = conninfo_to_dict(addresses.service).get("user") or connection.info.user
    member = connection.execute(
        "SELECT pg_has_role(%s, 'ledger_append', 'MEMBER') AND "
        "(SELECT rolsuper FROM pg_roles WHERE rolname = %s) IS NOT NULL",
        (service, service),
    ).fetchone()
    if member is None or not member[0]:
        connection.execute(
            sql.SQL("GRANT ledger_append TO {}").format(sql.Identifier(str(service)))
        )
