"""Settled years: their marks get an index by pupil, so that a child's history is a few short scans.

While a year goes on its marks are found by school and session, as registers come in: an index by pupil would
have every class register change thirty of its pages.  To a year that is long over nothing comes but an
amendment now and then; its index is built at once, in order, and holds each pupil's marks in one list of
seven bytes a mark.
"""

from datetime import date
from typing import Final

from psycopg import sql

from ledger.store.database import Connection

_FEBRUARY: Final = 2
_YEARS: Final = """
    SELECT substring(relname FROM 6)::integer AS year
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'mark'::regclass AND to_regclass(relname || '_pupil') IS NULL
    ORDER BY year
"""

_INDEXED: Final = """
    SELECT substring(relname FROM 6)::integer AS year
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'mark'::regclass AND to_regclass(relname || '_pupil') IS NOT NULL
    ORDER BY year
"""


def is_settled(year: int, today: date) -> bool:
    """Whether an academic year is so long over that hardly anything is amended: from the second February."""
    return today >= date(year + 2, _FEBRUARY, 1)


def index_by_pupil(connection: Connection, today: date) -> list[int]:
    """Index the settled years that hold marks; those indexed now.

    Takes some 0.9 s for each million marks, and holds up whoever appends to that very year meanwhile.
    """
    found = connection.execute(_YEARS).fetchall()
    return [year for (year,) in found if is_settled(year, today) and _indexed(connection, year)]


def indexed_by_pupil(connection: Connection) -> list[int]:
    """The settled years that are indexed: the log holds marks of them."""
    return [year for (year,) in connection.execute(_INDEXED).fetchall()]


def _indexed(connection: Connection, year: int) -> bool:
    names = {
        "marks": sql.Identifier(f"mark_{year}"),
        "index": sql.Identifier(f"mark_{year}_pupil"),
    }
    held = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {marks})").format(**names))
    if held.fetchone() != (True,):
        return False
    connection.execute(sql.SQL("CREATE INDEX {index} ON {marks} (school, pupil)").format(**names))
    return True
