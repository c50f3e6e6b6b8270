"""A process of its own that keeps sheets: it follows, then rebuilds, and prints digests of both as JSON.

    python -m tests.projections.sheets_elsewhere SERVICE_URL OWNER_URL POSITION URN…

Digests are those of the sheets at the position, school by school.  The process has the time zone and the
hash seed of whoever starts it, and takes in only a few positions in each step.
"""

import json
import sys

from ledger.law.codes import BUILT_IN
from ledger.store.database import Addresses, Database
from projections.asof import AsOf, head
from projections.digests import digest, settled
from projections.sheets import following
from projections.sheets.rebuilding import rebuild

AT_ONCE = 11


def main(service: str, owner: str, position: int, urns: list[str]) -> None:
    """Keep the sheets, and print their digests."""
    following.POSITIONS_AT_ONCE = AT_ONCE  # type: ignore[misc]
    addresses = Addresses(service, owner)
    database = Database(addresses)
    database.open()
    try:
        _follow(database)
        followed = _digests(database, position, urns)
        rebuild(addresses, sorted({code.symbol for code in BUILT_IN.codes}))
        print(json.dumps([followed, _digests(database, position, urns)]))
    finally:
        database.close()


def _digests(database: Database, position: int, urns: list[str]) -> list[str]:
    with database.reading() as connection:
        at = settled(connection, AsOf(position, head(connection).instant))
        return [digest(connection, urn, "sheets", at).sha256 for urn in urns]


def _follow(database: Database) -> None:
    with database.writer() as connection:
        while True:
            following.follow(connection)
            found = connection.execute(
                "SELECT log_head.position - sheet_head.position FROM log_head, sheet_head"
            ).fetchone()
            # Whoever was cut off may hold the head a moment longer: no step was done then.
            if found == (0,):
                return


if __name__ == "__main__":
    main(*sys.argv[1:3], int(sys.argv[3]), sys.argv[4:])
