"""`attendance-ledger migrate` and `attendance-ledger verify`: what is done to the record as a whole."""

from time import monotonic
from typing import Final

import typer
from rich.console import Console

from api.cli.options import DATABASE, takes
from api.console import progress, set_up_logging
from api.settings import Settings

_VERIFYING: Final = "Verifying"


@takes(*DATABASE)
def migrate(settings: Settings) -> None:
    """Bring the database's tables up to date; 'serve' does the same when it starts."""
    from api.opening import open_database
    from ledger.store.migrations import migrate as apply

    set_up_logging()
    with open_database(settings) as place:
        applied = apply(place.addresses)
    for name in applied:
        print(f"Applied {name}")
    if not applied:
        print("The database is up to date.")


@takes(*DATABASE)
def verify(settings: Settings) -> None:
    """Prove that the record is whole: every position, every column, every leaf.

    Reads all of it, also while the service runs. Names the first bad position and exits with code 1
    when there is one.
    """
    from api.opening import open_existing
    from ledger.proof.verify import verify as verify_log

    set_up_logging()
    console = Console(stderr=True)
    with open_existing(settings) as place, progress(console) as told:
        began = monotonic()
        verdict = verify_log(
            place.addresses, progress=lambda done, total: told(_VERIFYING, done, total)
        )
        seconds = monotonic() - began
    if verdict.fault is not None:
        print(f"Position {verdict.fault.position}: {verdict.fault.what}.")
        print("The record was changed behind the ledger's back. Keep this database as it is.")
        raise typer.Exit(1)
    print(
        f"All is well: {verdict.head:,} rows up to position {verdict.head}, "
        f"in {seconds:.1f} s ({verdict.head / max(seconds, 0.001):,.0f} rows/s)."
    )
