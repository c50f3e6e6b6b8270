"""`attendance-ledger keys`: the keys by which client programs are let in."""

import sys
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from api.cli.errors import CommandError
from api.cli.options import DATABASE, takes
from api.console import set_up_logging
from api.settings import Settings

program = typer.Typer(
    help="Make, list and revoke the keys of client programs. Works while the service runs, and before "
    "its first start.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
_PREFIX_CHARACTERS_MIN: Final = 8

_Name = Annotated[
    str, typer.Option("--name", help="Which program it is for: 1 to 60 letters, digits, ' ._-'.")
]
_Scopes = Annotated[
    list[str],
    typer.Option(
        "--scope",
        help="What it may do, such as attendance:write; repeat for more. 'all' is everything.",
    ),
]
_Schools = Annotated[
    list[str],
    typer.Option(
        "--school",
        help="The URN of a school it may see; repeat for more. Also la:855 (a local authority), "
        "trust:NAME, or 'all'.",
    ),
]
_Expires = Annotated[
    datetime | None,
    typer.Option("--expires-on", formats=["%Y-%m-%d"], help="Last day on which it is valid."),
]
_Prefix = Annotated[str, typer.Argument(help="The beginning of the key, as 'keys list' shows it.")]


@program.command("create")
@takes(*DATABASE)
def create(
    settings: Settings,
    *,
    name: _Name,
    scope: _Scopes,
    school: _Schools,
    expires_on: _Expires = None,
) -> None:
    """Make a key and print it, and nothing else. It is shown this once: only its digest is kept."""
    from api.callers import checked, create_key
    from api.opening import open_owner

    set_up_logging()
    # Before a database is started, or even made, for a key that cannot be.
    checked(name, scope, school)
    expires = _end_of(expires_on.date()) if expires_on else None
    with open_owner(settings) as owner:
        key = create_key(owner, name, scope, school, expires)
    print(key)


@program.command("list")
@takes(*DATABASE)
def list_keys(settings: Settings) -> None:
    """List the keys, each by its beginning: the rest is not kept."""
    from api.opening import open_existing
    from ledger.store.database import connect_as_owner

    set_up_logging()
    with open_existing(settings) as place, connect_as_owner(place.addresses) as owner:
        found = owner.execute(
            "SELECT prefix, client, scopes, schools, created_at, expires_at, revoked_at, "
            "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) "
            "FROM client_key ORDER BY created_at"
        ).fetchall()
    _show(found)


@program.command("revoke")
@takes(*DATABASE)
def revoke(settings: Settings, *, prefix: _Prefix) -> None:
    """Revoke a key: whoever has it is let in no longer, a few seconds from now."""
    from api.opening import open_existing
    from ledger.store.database import connect_as_owner

    set_up_logging()
    if len(prefix) < _PREFIX_CHARACTERS_MIN:
        raise CommandError(f"Give at least {_PREFIX_CHARACTERS_MIN} characters of the key.")
    with open_existing(settings) as place, connect_as_owner(place.addresses) as owner:
        found = owner.execute(
            "SELECT digest, client, revoked_at FROM client_key WHERE starts_with(prefix, %(asked)s) "
            "OR starts_with(%(asked)s, prefix)",
            {"asked": prefix},
        ).fetchall()
        if len(found) != 1:
            raise CommandError(
                "No key begins like this; see 'attendance-ledger keys list'."
                if not found
                else f"{len(found)} keys begin like this; give more of it."
            )
        digest, client, revoked_at = found[0]
        if revoked_at is None:
            owner.execute("UPDATE client_key SET revoked_at = now() WHERE digest = %s", (digest,))
    print(f"The key of {client} {'is revoked' if revoked_at is None else 'was revoked already'}.")


def _end_of(day: date) -> datetime:
    """The first instant after a day, in local time."""
    from ledger.schools.calendar import LONDON

    return datetime.combine(day + timedelta(days=1), time(), LONDON)


def _show(found: list[tuple[Any, ...]]) -> None:
    if not found:
        print("There are no keys.")
        return
    table = Table("Key", "Client", "Scopes", "Schools", "Made", "Expires", "State")
    for prefix, client, scopes, schools, created, expires, revoked, valid in found:
        state = "valid" if valid else "revoked" if revoked else "expired"
        table.add_row(
            f"{prefix}…",
            client,
            " ".join(scopes),
            " ".join(schools),
            f"{created:%Y-%m-%d}",
            f"{expires:%Y-%m-%d %H:%M}" if expires else "never",
            state,
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
