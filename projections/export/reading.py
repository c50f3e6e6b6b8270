"""Rows of the log as Arrow columns: ADBC's driver reads PostgreSQL's binary COPY straight into them.

Its connections are of the service's role, which may only read and append, and each is one unmoving view
that can write nothing.  They see all that stands at the position, since they are opened after it was
read and the log is never changed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import pyarrow as pa
from adbc_driver_postgresql import dbapi
from psycopg import ClientCursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.store.database import Addresses, Connection
from projections.statements import statements

ReadError: Final = dbapi.Error
"""What is raised where the database cannot be read."""
SQL: Final = statements("export/rows")
_AS_READER: Final = (
    "-c role=ledger_append -c default_transaction_read_only=on "
    "-c default_transaction_isolation=repeatable\\ read "
    # Some are read for as long as a large school's year takes; nothing of theirs stops a writer.
    "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
)


class Columns:
    """One connection that answers in columns."""

    def __init__(self, connection: dbapi.Connection, shaping: Connection) -> None:
        self._connection = connection
        # The driver copies only statements without parameters: psycopg writes them in.
        self._shaping = ClientCursor(shaping)

    def fetch(self, statement: str, parameters: Mapping[str, Any]) -> pa.Table:
        """The rows of a statement of `rows.sql`."""
        with self._connection.cursor() as cursor:
            cursor.execute(self._shaping.mogrify(SQL[statement], parameters))
            return cursor.fetch_arrow_table()


@contextmanager
def columns(addresses: Addresses, shaping: Connection) -> Iterator[Columns]:
    """A connection of its own to the same database.  `shaping` is not asked anything."""
    given = conninfo_to_dict(addresses.service).get("options") or ""
    address = make_conninfo(addresses.service, options=f"{given} {_AS_READER}".strip())
    with dbapi.connect(address) as connection:
        yield Columns(connection, shaping)
