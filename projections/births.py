"""Dates of birth as a school's admission register had them: compulsory school age follows from them."""

from collections.abc import Collection
from datetime import date
from typing import Final

from ledger.store.database import Connection
from ledger.store.vault import Vault, scope_of
from projections.asof import AsOf
from projections.statements import fetch, statements
from projections.stored import opened, parsed

_SQL: Final = statements("births")
_HOLDS_BIRTH: Final = frozenset({"date_of_birth", "personal"})


def births(
    connection: Connection, vault: Vault, urn: str, pupils: Collection[str], at: AsOf
) -> dict[str, date]:
    """Dates of birth as the school's admission register had them; erased ones are left out."""
    asked = {"school": int(urn), "pupils": list(pupils), "position": at.position}
    rows = fetch(connection, _SQL["births"], asked)
    keys = vault.load_keys(connection, [scope_of(stream) for _, stream, *_ in rows])
    found: dict[str, date] = {}
    for pupil, stream, version, state in rows:
        fields = parsed(state)
        # Of a name entered only the date of birth is opened; of an amendment what was amended.
        needed = {name: value for name, value in fields.items() if name in _HOLDS_BIRTH}
        plain, _ = opened(stream, version, needed, keys)
        born = plain.get("date_of_birth") or (plain.get("personal") or {}).get("date_of_birth")
        if born is not None:
            found[pupil] = date.fromisoformat(born)
    return found
