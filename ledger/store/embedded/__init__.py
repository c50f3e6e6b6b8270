"""Our own PostgreSQL under the data directory: made, started, shared, healed and stopped by us.

    with EmbeddedPostgres.open(data_dir) as server:
        psycopg.connect(server.service_url)

Under the data directory stand `postgres/` (the database's files), `postgres.log`, `secrets/` (one
password a role), `run/` (the socket) and the lock files.  Whoever opens a directory first starts its
server, whoever comes later uses it, the last one out stops it.
"""

from ledger.store.embedded.errors import (
    AccountError,
    BinariesMissingError,
    DirectoryNotWritableError,
    EmbeddedError,
    InUseError,
    NotADatabaseError,
    NotDurableError,
    OtherVersionError,
    PasswordsMissingError,
    StartFailedError,
    StillStartingError,
    StopFailedError,
    WrongOwnerError,
)
from ledger.store.embedded.locks import exclusive_service
from ledger.store.embedded.server import EmbeddedPostgres

__all__ = [
    "AccountError",
    "BinariesMissingError",
    "DirectoryNotWritableError",
    "EmbeddedError",
    "EmbeddedPostgres",
    "InUseError",
    "NotADatabaseError",
    "NotDurableError",
    "OtherVersionError",
    "PasswordsMissingError",
    "StartFailedError",
    "StillStartingError",
    "StopFailedError",
    "WrongOwnerError",
    "exclusive_service",
]
