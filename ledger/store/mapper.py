"""From an event to the bytes that are stored and hashed, and back.

The state of a row is compact JSON of the event's own fields, those that are None left out; where the
event stands (stream and version) and what it is (topic) are columns, and the leaf covers them too.
Personal fields are sealed on the way in, and opened on the way out where their key is at hand.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import cache
from typing import Any

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent

from ledger import events
from ledger.base import Event, Sealed
from ledger.registers.attendance import AttendanceEntered
from ledger.store.database import Connection
from ledger.store.vault import AnotherKeyError, Keys, Vault, place_of, scope_of

_PLACE = frozenset({"originator_id", "originator_version"})


_NAMES = {kind: tuple(f.name for f in fields(kind) if f.name not in _PLACE) for kind in events.ALL}


@cache
def _bare(code: str) -> bytes:
    """The state of an entry that is nothing but a code: nearly all of them, so written once."""
    return json.dumps({"code": code}, separators=(",", ":")).encode()


def scopes_of(batch: Iterable[Event]) -> list[str]:
    """The data keys that these events need to be stored."""
    return [scope_of(event.originator_id) for event in batch if _holds_personal(event)]


def _holds_personal(event: Event) -> bool:
    # A plain loop: asked for every mark, and a generator costs three times as much.
    for name in event.sealed:  # noqa: SIM110
        if getattr(event, name) is not None:
            return True
    return False


class LedgerMapper(Mapper[str]):
    """The `eventsourcing` mapper of the ledger.  Serves one writer at a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keys: Keys = {}

    @contextmanager
    def sealing_with(self, keys: Keys) -> Any:
        """Seal and open with these keys for a while."""
        self._keys = keys
        try:
            yield
        finally:
            self._keys = {}

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """The row's stream, version, topic and state.  Raises KeyError where a data key is missing."""
        assert isinstance(domain_event, Event)
        return stored_of(domain_event, self._keys)

    def to_domain_event(self, stored_event: StoredEvent) -> Event:
        """The event of a row; its personal fields stay Sealed where no key is at hand."""
        return read(stored_event, self._keys)


def stored_of(event: Event, keys: Keys) -> StoredEvent:
    """The row's stream, version, topic and state.  Raises KeyError where a data key is missing."""
    if type(event) is AttendanceEntered and event.is_bare:
        state = _bare(event.code)
    else:
        state = state_of(event, keys)
    return StoredEvent(event.originator_id, event.originator_version, event.topic, state)


def state_of(event: Event, keys: Keys | None = None) -> bytes:
    """The bytes of an event that are stored.  Raises KeyError where a data key is missing."""
    payload: dict[str, Any] = {}
    for name in _NAMES[type(event)]:
        value = getattr(event, name)
        if value is None:
            continue
        if name in event.sealed:
            place = place_of(event.originator_id, event.originator_version, name)
            sealed = (keys or {})[scope_of(event.originator_id)].seal(place, value)
            value = {"sealed": sealed.ciphertext}
        payload[name] = value
    return json.dumps(
        payload, ensure_ascii=False, separators=(",", ":"), default=_isoformat
    ).encode()


def read(stored: StoredEvent, keys: Keys | None = None) -> Event:
    """The event of a row, opened with these keys; fields whose key is missing stay Sealed."""
    stream, version = stored.originator_id, stored.originator_version
    assert isinstance(stream, str)
    payload = json.loads(stored.state)
    key = keys.get(scope_of(stream)) if keys else None
    if key is not None:
        for name, value in payload.items():
            if isinstance(value, dict) and "sealed" in value:
                # A field under a key that was destroyed stays sealed, though the scope has a new key.
                with suppress(AnotherKeyError):
                    payload[name] = key.unseal(
                        place_of(stream, version, name), Sealed(value["sealed"])
                    )
    return events.read(stream, version, stored.topic, payload)


def open_all(stored: Sequence[StoredEvent], vault: Vault, connection: Connection) -> list[Event]:
    """The events of rows, opened with the data keys that are still there."""
    keys = vault.load_keys(connection, (scope_of(str(row.originator_id)) for row in stored))
    return [read(row, keys) for row in stored]


def _isoformat(value: Any) -> str:
    return str(value.isoformat())
