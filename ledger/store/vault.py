"""The vault: personal particulars sealed field by field under a data key per pupil.

A data key belongs to a scope: `137172/<pupil>` for a pupil's particulars at a school,
`137172/<pupil>/2026` for the free text of that academic year's register.  Data keys are kept in the
table `data_key`, wrapped under the key file, which lives outside the database and its backups.
Destroying a data key (or the key file) makes every copy of what it sealed unreadable; leaves commit
to the ciphertext, so proofs survive.

A sealed field is base64 of: format (1 byte, 0x01), key check (8), nonce (12), AES-256-GCM ciphertext
with tag.  The key check is the start of SHA-256 over the key: AES-GCM alone does not commit to its
key.  Associated data is stream, version and field name: ciphertext moved elsewhere does not open.
"""

import hmac
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.base import Sealed
from ledger.store.rows import data_key_row
from ledger.store.wire import Ask, Wire, array, ask_once

_FORMAT = b"\x01"
_NONCE_BYTES = 12
_CHECK_BYTES = 8
_WRAPPED = "SELECT scope, wrapped FROM data_key WHERE scope = ANY($1::text[])"
_STORE = "COPY data_key (scope, wrapped) FROM STDIN (FORMAT binary)"


class KeyFileError(Exception):
    """The key file is missing, unreadable or not one of ours."""


class KeyFile:
    """The two secrets kept outside the database: one wraps data keys, one digests requests."""

    def __init__(self, path: Path) -> None:
        try:
            content = json.loads(path.read_text())
            self._wrapping = AESGCM(b64decode(content["wrapping_key"]))
            self._digest_key = b64decode(content["digest_key"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KeyFileError(
                f"The key file {path} cannot be read as a key file of the attendance ledger. "
                "Without it the particulars of pupils cannot be read: restore it from its backup."
            ) from error

    @classmethod
    def open_or_create(cls, path: Path) -> "KeyFile":
        """The key file at `path`; a new one, readable by its owner alone, where there is none.

        Raises KeyFileError when a file is there and cannot be read, or none can be written.
        """
        if path.exists():
            return cls(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Written aside and linked into place: two processes starting at once agree on one key
            # file, and a crash never leaves half of one.
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w") as file:
                secrets = {"wrapping_key": os.urandom(32), "digest_key": os.urandom(32)}
                json.dump({k: b64encode(v).decode() for k, v in secrets.items()}, file)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        except OSError as error:
            raise KeyFileError(
                f"The key file {path} cannot be written: {error.strerror}."
            ) from error
        return cls(path)

    def digest(self, content: bytes) -> bytes:
        """A digest of a request that nobody without the key file can search by trying requests."""
        return hmac.digest(self._digest_key, content, "sha256")

    def wrap(self, scope: str, key: bytes) -> bytes:
        """A data key as it is stored."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, key, scope.encode())

    def unwrap(self, scope: str, wrapped: bytes) -> bytes:
        """The data key again.  Raises KeyFileError when another key file wrapped it."""
        try:
            return self._wrapping.decrypt(
                wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], scope.encode()
            )
        except InvalidTag as error:
            raise KeyFileError(
                "The key file is not the one that this database's data keys were wrapped with."
            ) from error


class AnotherKeyError(ValueError):
    """The field was sealed under a data key that is no more: it cannot be read, and was not altered."""


class DataKey:
    """One pupil's key, ready for use."""

    __slots__ = ("_aead", "_check")

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._check = sha256(b"data-key-check" + key).digest()[:_CHECK_BYTES]

    def seal(self, place: bytes, value: Any) -> Sealed:
        """Encrypt one field (any JSON value) for its place."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        cipher = self._aead.encrypt(nonce, plain, place)
        return Sealed(b64encode(_FORMAT + self._check + nonce + cipher).decode())

    def unseal(self, place: bytes, sealed: Sealed) -> Any:
        """The field again.

        Raises AnotherKeyError when another key sealed it, ValueError when it was altered or moved.
        """
        raw = b64decode(sealed.ciphertext)
        body = 1 + _CHECK_BYTES
        if raw[:1] != _FORMAT or raw[1:body] != self._check:
            raise AnotherKeyError("a sealed field is not under its data key")
        nonce, cipher = raw[body : body + _NONCE_BYTES], raw[body + _NONCE_BYTES :]
        try:
            return json.loads(self._aead.decrypt(nonce, cipher, place))
        except InvalidTag as error:
            raise ValueError("a sealed field was altered or moved from its place") from error


Keys = dict[str, DataKey]
"""Data keys by scope.  Fetched for one piece of work and not kept: a destroyed key is gone at once."""


@dataclass(slots=True)
class DataKeys:
    """Data keys for what is to be appended, and what the table of keys has to hold of them."""

    keys: Keys = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    """Those that were there, as they are wrapped."""
    fresh: dict[str, bytes] = field(default_factory=dict)
    """Those that are to be stored with the first thing they seal."""


class Vault:
    """The data keys in the database, behind the key file."""

    def __init__(self, key_file: KeyFile) -> None:
        self.key_file = key_file

    def load_keys(self, connection: psycopg.Connection[Any], scopes: Iterable[str]) -> Keys:
        """Those data keys of these scopes that exist."""
        rows = _wrapped(partial(ask_once, connection), list(dict.fromkeys(scopes)))
        return {
            scope: DataKey(self.key_file.unwrap(scope, wrapped)) for scope, wrapped in rows.items()
        }

    def make_keys(self, wire: Wire, scopes: Iterable[str]) -> Keys:
        """The data keys of all these scopes, making those that are not there yet.

        Called inside the transaction that appends, so that a key and the first thing it seals are
        stored together or not at all.
        """
        wanted = list(dict.fromkeys(scopes))
        found = self._keys(wanted, _wrapped(wire.ask, wanted))
        self.store(wire, found.fresh)
        return found.keys

    def prepare_keys(self, connection: psycopg.Connection[Any], scopes: Iterable[str]) -> DataKeys:
        """Data keys for what is appended later: those that are there, and new ones, not yet stored."""
        wanted = list(dict.fromkeys(scopes))
        return self._keys(wanted, _wrapped(partial(ask_once, connection), wanted))

    def _keys(self, wanted: Iterable[str], stored: dict[str, bytes]) -> DataKeys:
        found = DataKeys(stored=stored)
        for scope, wrapped in stored.items():
            found.keys[scope] = DataKey(self.key_file.unwrap(scope, wrapped))
        for scope in wanted:
            if scope not in stored:
                key = AESGCM.generate_key(256)
                found.keys[scope], found.fresh[scope] = DataKey(key), self.key_file.wrap(scope, key)
        return found

    def still_there(self, wire: Wire, keys: DataKeys) -> bool:
        """Whether none of the keys that were there was destroyed since."""
        return _wrapped(wire.ask, list(keys.stored)) == keys.stored

    def store(self, wire: Wire, fresh: Mapping[str, bytes]) -> None:
        """Store new keys.  Where a scope has one by now, the next statement raises UniqueViolation."""
        wire.copy(_STORE, [data_key_row(scope, wrapped) for scope, wrapped in fresh.items()])


def _wrapped(ask: Ask, scopes: list[str]) -> dict[str, bytes]:
    if not scopes:
        return {}
    found = ask(_WRAPPED, [array("text", [scope.encode() for scope in scopes])])
    return {scope.decode(): wrapped for scope, wrapped in found}


def place_of(stream: str, version: int, name: str) -> bytes:
    """Associated data of a sealed field: where it stands."""
    return f"{stream}\n{version}\n{name}".encode()


_ONE_OF_SEVERAL = frozenset(
    {
        "leave-of-absence",
        "penalty-notice",
        "notice-to-improve",
        "attendance-contract",
        "penalty-consideration",
    }
)
"""Kinds of streams of which a pupil may have several at a school, each with an id of its own."""


def scope_of(stream: str) -> str:
    """The data key of a stream: that of the pupil at the school, or of the pupil's register year.

    `admission-register/137172/<pupil>` → `137172/<pupil>`;
    `leave-of-absence/137172/<pupil>/<leave>` → `137172/<pupil>`;
    `attendance-register/137172/<pupil>/2026` → `137172/<pupil>/2026`.
    """
    kind, _, rest = stream.partition("/")
    if kind in _ONE_OF_SEVERAL:
        return rest.rpartition("/")[0]
    return rest
