"""The rival's place in the product's own PostgreSQL server, and the settings both work under."""

from typing import Any, Final, cast

import psycopg

SETTINGS: Final = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "commit_delay",
    "shared_buffers",
    "max_wal_size",
    "autovacuum",
)


def make_room(owner_url: str) -> dict[str, str]:
    """Make the schema `rival` and return the environment that leads the library's recorder there.

    A schema and not a database, since the role that owns the ledger may not make databases; the log,
    the disk and the memory they share are those of the server either way.
    """
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA rival")
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_HOST": connection.info.host,
            "POSTGRES_PORT": str(connection.info.port),
            "POSTGRES_DBNAME": connection.info.dbname,
            "POSTGRES_USER": connection.info.user,
            "POSTGRES_PASSWORD": connection.info.password,
            "POSTGRES_SCHEMA": "rival",
        }


def server_settings(owner_url: str) -> dict[str, Any]:
    """Return the settings that decide what a commit costs, and any that a role or database changes."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        values = {name: _shown(connection, name) for name in SETTINGS}
        changed = connection.execute(
            "SELECT coalesce(setrole::regrole::text, ''), coalesce(datname, ''), setconfig"
            " FROM pg_db_role_setting LEFT JOIN pg_database AS d ON d.oid = setdatabase"
        ).fetchall()
    return {**values, "changed_by_role_or_database": changed}


def _shown(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return cast("tuple[str]", row)[0]
