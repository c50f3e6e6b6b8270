"""What a row holds: its stored JSON, with sealed fields opened where their key is at hand."""

import json
from functools import cache
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from ledger.base import Sealed
from ledger.law.codes import BUILT_IN
from ledger.store.vault import Keys, place_of, scope_of


class Opened(NamedTuple):
    """The fields of an event; those that cannot be read any more are None and named in `erased`."""

    fields: dict[str, Any]
    erased: tuple[str, ...]


def is_sealed(value: Any) -> bool:
    """Whether a stored field is ciphertext."""
    return isinstance(value, dict) and "sealed" in value


def opened(stream: str, version: int, fields: dict[str, Any], keys: Keys) -> Opened:
    """The fields of a row's JSON opened with these keys, in a new dictionary.

    A field is unreadable when its key was destroyed, also where a later entry about the pupil has
    made a new one.  One that was tampered with is unreadable too; it is for proofs to tell, and no
    reason to withhold the rest of a register.
    """
    sealed = [name for name, value in fields.items() if is_sealed(value)]
    if not sealed:
        return Opened(fields, ())
    key = keys.get(scope_of(stream))
    plain, erased = dict(fields), []
    for name in sealed:
        place, cipher = place_of(stream, version, name), Sealed(fields[name]["sealed"])
        try:
            plain[name] = key.unseal(place, cipher) if key else None
        except ValueError:
            plain[name] = None
        if plain[name] is None:
            erased.append(name)
    return Opened(plain, tuple(erased))


def parsed(state: bytes) -> dict[str, Any]:
    """The JSON object that a row stores."""
    # Several times as fast as the standard library's, and a history is thousands of these.
    fields: dict[str, Any] = from_json(state)
    return fields


@cache
def bare(code: str) -> bytes:
    """The stored JSON of an entry that is nothing but a code: nearly all of them."""
    return json.dumps({"code": code}, separators=(",", ":")).encode()


BARE_BYTES_MAX: Final = max(len(bare(code.symbol)) for code in BUILT_IN.codes)
"""What an entry is stored as that is nothing but a code is never longer, and what says more always is."""
