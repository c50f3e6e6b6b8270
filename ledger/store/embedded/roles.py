"""The roles and the database inside a fresh server, and mending what an interrupted start left.

The owner makes the tables (and the roles that migrations need); the service only logs in, and gets
from migrations what it may do.  Neither is a superuser.
"""

import hmac
from base64 import b64decode
from hashlib import pbkdf2_hmac, sha256

import psycopg
from psycopg import sql

from ledger.store.embedded.passwords import Passwords

DATABASE = "ledger"
OWNER = "ledger_owner"
SERVICE = "ledger_service"

_RIGHTS = {
    OWNER: sql.SQL("LOGIN NOSUPERUSER CREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS"),
    SERVICE: sql.SQL("LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS"),
}
_PROMISES = ("fsync", "full_page_writes", "synchronous_commit")


def ensure(superuser_url: str, passwords: Passwords) -> list[str]:
    """Make the roles and the database where missing, and give the roles their passwords.

    Returns the settings that should be on for an entry to be safe on disk, but are off.  Raises
    psycopg.OperationalError when the superuser cannot log in.
    """
    with psycopg.connect(superuser_url, autocommit=True, connect_timeout=10) as connection:
        _ensure_role(connection, OWNER, passwords.owner)
        _ensure_role(connection, SERVICE, passwords.service)
        _ensure_database(connection)
        rows = connection.execute(
            "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'",
            [list(_PROMISES)],
        )
        return [name for (name,) in rows]


def is_passing(error: psycopg.Error) -> bool:
    """Whether the server could not be reached or was just stopping: trying again may help."""
    by_operator = (error.sqlstate or "").startswith("57P")
    return isinstance(error, psycopg.OperationalError) and (error.sqlstate is None or by_operator)


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    found = connection.execute(
        "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role]
    ).fetchone()
    if found is not None and found[0] is not None and fits(password, found[0]):
        return
    verb = sql.SQL("CREATE" if found is None else "ALTER")
    # What is sent is what the server stores: the password itself is in no statement.
    stored = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(
        sql.SQL("{} ROLE {} {} PASSWORD {}").format(
            verb, sql.Identifier(role), _RIGHTS[role], sql.Literal(stored)
        )
    )


def _ensure_database(connection: psycopg.Connection) -> None:
    database, owner, service = (sql.Identifier(n) for n in (DATABASE, OWNER, SERVICE))
    query = "SELECT datacl IS NULL FROM pg_database WHERE datname = %s"
    found = connection.execute(query, [DATABASE]).fetchone()
    if found is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
    if found is None or found[0]:  # made, but not yet closed to the public
        with connection.transaction():
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, service)
            )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))


def fits(password: str, stored: str) -> bool:
    """Whether `password` is the one behind `stored`, a SCRAM-SHA-256 verifier (RFC 5803)."""
    try:
        mechanism, salted, keys = stored.split("$")
        iterations, salt = salted.split(":")
        stored_key = b64decode(keys.split(":")[0])
        hashed = pbkdf2_hmac("sha256", password.encode(), b64decode(salt), int(iterations))
    except ValueError:
        return False
    client_key = hmac.digest(hashed, b"Client Key", "sha256")
    same = hmac.compare_digest(sha256(client_key).digest(), stored_key)
    return same and mechanism == "SCRAM-SHA-256"
