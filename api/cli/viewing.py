"""Looking at a ledger from the command line: a snapshot, at the position that `--as-of` means."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from api.cli.errors import CommandError
from api.settings import Settings
from ledger.store.database import Addresses, Connection
from projections.asof import AsOf

AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="INSTANT|POSITION",
        help="As it stood then: a position of the log, or an instant such as "
        "2026-11-20T12:00:00Z. Now when left out.",
    ),
]
Schools = Annotated[
    list[str] | None,
    typer.Option("--school", help="URN of a school; repeat for more. All of them when left out."),
]
_URN_DIGITS: Final = 6


@dataclass(frozen=True)
class View:
    """A ledger as it stood."""

    addresses: Addresses
    connection: Connection
    at: AsOf

    def settled(self) -> "View":
        """The same position, seen at the instant of its last act: the clock has no part in it."""
        from projections.digests import settled

        return replace(self, at=settled(self.connection, self.at))


@contextmanager
def viewing(settings: Settings, as_of: str | None) -> Iterator[View]:
    """The ledger of the settings as it stood.  Raises CommandError, and as `open_existing` does."""
    from api.opening import open_existing
    from ledger.store.database import Database
    from projections import asof

    moment = parsed(as_of)
    with open_existing(settings) as place:
        database = Database(place.addresses, heal=place.heal)
        database.open()
        try:
            with asof.reading(database, moment) as (connection, at):
                yield View(place.addresses, connection, at)
        except asof.AsOfInFutureError:
            raise CommandError("The log has not reached that position or instant yet.") from None
        finally:
            database.close()


def parsed(as_of: str | None) -> datetime | int | None:
    """What `--as-of` means.  Raises CommandError."""
    from projections.asof import parse_as_of

    try:
        return None if as_of is None else parse_as_of(as_of)
    except ValueError:
        raise CommandError(
            "--as-of is a position of the log, or an instant with its offset such as "
            "2026-11-20T12:00:00Z."
        ) from None


def checked_schools(urns: list[str] | None) -> list[str]:
    """URNs as they were given.  Raises CommandError."""
    for urn in urns or []:
        if not (urn.isdecimal() and urn.isascii() and len(urn) == _URN_DIGITS):
            raise CommandError("A URN is six digits.")
    return urns or []


def known_schools(view: View, urns: list[str] | None) -> list[str]:
    """The schools asked for, or all there are.  Raises CommandError for one that is not there."""
    from projections.digests import schools

    asked = checked_schools(urns)
    found = schools(view.connection, asked, view.at)
    if unknown := set(asked) - set(found):
        raise CommandError(f"The ledger knew no school {min(unknown)} then.")
    return found


def key_vault(settings: Settings, addresses: Addresses) -> Any:
    """What opens particulars: the key file of the settings where there is one, else nothing."""
    from api.opening import open_key_file
    from ledger.store.vault import Vault
    from projections.digests import CLOSED

    if not settings.key_file_path.exists():
        return CLOSED
    return Vault(open_key_file(settings, addresses))
