"""Write-ahead log a mark: `python -m tests.bench.wal --marks N` or `--data-dir D`.

On a store of so many marks, each time after a checkpoint, so that each page touched goes into the log
whole: one whole-school session of 1,000 marks through the ledger in this process, and the place of the log
before and after. Once more after the sheets have followed, which a service at leisure does at once. The
sessions come into the same academic year as those stored; a store is generated where none is named.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from ledger.application import AttendanceLedger
from ledger.registers.attendance import TakeRegister
from ledger.store.database import Addresses, Connection, connect_as_owner
from tests.bench import stored
from tests.bench.figures import Bar, Report, console, spread, table
from tests.bench.registers import body_of

MARKS: Final = 1_000
FULL_MARKS: Final = 10_000_000
_PLACE: Final = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"


def sessions(
    addresses: Addresses, ledger: AttendanceLedger, rounds: int
) -> Iterator[tuple[str, TakeRegister]]:
    """Whole-school sessions of the largest schools, by turns: URN and register."""
    with connect_as_owner(addresses) as connection:
        schools = list(stored.rolls(connection, MARKS))
        if not schools:
            raise stored.StoreError(f"no school has {MARKS:,} pupils")
        free = stored.free_sessions(connection, ledger, schools)
    for one in islice(stored.registers(schools, free, MARKS), rounds):
        yield one.urn, TakeRegister.model_validate_json(body_of(one))


def measured(data_dir: Path, rounds: int, out: Console) -> dict[str, Any]:
    """Bytes of log a mark of each session, by the append and with the sheets."""
    appended, with_sheets = [], []
    with (
        stored.opened(data_dir) as (server, addresses),
        stored.ledger_of(data_dir, addresses) as ledger,
        stored.superuser(server, data_dir) as connection,
    ):
        with connect_as_owner(addresses) as owner:
            marks = stored.marks_stored(owner)
        out.print(f"{marks:,} marks are stored")
        for urn, register in sessions(addresses, ledger, rounds + 1):
            stored.catch_up(addresses)
            connection.execute("CHECKPOINT")
            begun = _place(connection)
            answer = ledger.take_register(urn, register, stored.asked()).result(60)
            if answer.status != 201:
                raise stored.StoreError(f"a session was answered {answer.status}")
            appended.append((_place(connection) - begun) / MARKS)
            stored.catch_up(addresses)
            with_sheets.append((_place(connection) - begun) / MARKS)
    if len(appended) <= rounds:
        raise stored.StoreError("the store has too few free sessions; name another")
    return {
        "marks_stored": marks,
        # The first session also opens the schools' books and fills the caches.
        "append_bytes_a_mark": spread(appended[1:]),
        "with_sheets_bytes_a_mark": spread(with_sheets[1:]),
        "sessions": {"append": appended, "with_sheets": with_sheets},
    }


def _place(connection: Connection) -> int:
    """How far the write-ahead log has come, in bytes."""
    row = connection.execute(_PLACE).fetchone()
    assert row is not None
    return int(row[0])


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.wal", description=__doc__)
    parser.add_argument("--marks", type=int, default=1_000_000, help="of the store, if it is made")
    parser.add_argument("--data-dir", type=Path, help="a store that is there")
    parser.add_argument("--rounds", type=int, default=9, help="sessions")
    return parser.parse_args()


def main() -> int:
    """Return the exit status."""
    given, out = options(), console()
    report = Report.begin("wal", given)
    with tempfile.TemporaryDirectory(prefix="bench-wal-") as directory:
        data_dir = given.data_dir or Path(directory)
        if given.data_dir is None:
            stored.generated(data_dir, given.marks, out)
        found = measured(data_dir, given.rounds, out)
    lines = [
        (name, *(f"{found[key][part]:,.0f}" for part in ("median", "min", "max")))
        for name, key in (
            ("append", "append_bytes_a_mark"),
            ("append and sheets", "with_sheets_bytes_a_mark"),
        )
    ]
    table(out, ("bytes of log a mark, after a checkpoint", "median", "lowest", "highest"), lines)
    full = found["marks_stored"] >= FULL_MARKS
    value = found["append_bytes_a_mark"]["median"]
    report.write(
        out,
        found,
        [Bar("write-ahead log a mark after a checkpoint", value, "B", 450, at_full_size=full)],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
