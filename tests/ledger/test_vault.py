"""The vault: what is sealed opens with its key, in its place, and not otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from ledger.base import Sealed
from ledger.store.database import Addresses, Connection
from ledger.store.mapper import read
from ledger.store.vault import DataKey, KeyFile, KeyFileError, Vault, place_of, scope_of
from ledger.store.wire import Wire

PLACE = place_of("admission-register/137172/p", 1, "surname")


@contextmanager
def _undone(addresses: Addresses) -> Iterator[Connection]:
    """A connection of the service whose work is rolled back."""
    with psycopg.connect(addresses.service) as connection:
        yield connection
        connection.rollback()


def test_what_was_sealed_opens_in_its_place() -> None:
    """Any JSON value comes back as it was."""
    key = DataKey(bytes(32))
    for value in ("Okafor", ["a", 1], {"name": "Ngözi"}, True, None):
        assert value == key.unseal(PLACE, key.seal(PLACE, value))


def test_the_same_word_is_never_sealed_the_same() -> None:
    """Equal names cannot be told from their ciphertext."""
    key = DataKey(bytes(32))
    assert key.seal(PLACE, "Okafor") != key.seal(PLACE, "Okafor")


@pytest.mark.parametrize(
    "elsewhere",
    [
        place_of("admission-register/137172/q", 1, "surname"),
        place_of("admission-register/137172/p", 2, "surname"),
        place_of("admission-register/137172/p", 1, "forenames"),
    ],
)
def test_moved_ciphertext_does_not_open(elsewhere: bytes) -> None:
    """Another pupil, another version, another field: refused."""
    key = DataKey(bytes(32))
    with pytest.raises(ValueError, match="moved"):
        key.unseal(elsewhere, key.seal(PLACE, "Okafor"))


def test_altered_ciphertext_does_not_open() -> None:
    """Every character of a sealed field counts."""
    key = DataKey(bytes(32))
    sealed = key.seal(PLACE, "Okafor").ciphertext
    for at in range(0, len(sealed) - 2, 3):
        other = "A" if sealed[at] != "A" else "B"
        with pytest.raises(ValueError, match="sealed field"):
            key.unseal(PLACE, Sealed(sealed[:at] + other + sealed[at + 1 :]))


def test_another_key_does_not_open_it() -> None:
    """A data key opens only what it sealed itself."""
    with pytest.raises(ValueError, match="not under its data key"):
        DataKey(bytes(31) + b"\x01").unseal(PLACE, DataKey(bytes(32)).seal(PLACE, "Okafor"))


def test_data_keys_are_made_once_and_found_again(addresses: Addresses, vault: Vault) -> None:
    """A scope has one data key, however often it is asked for."""
    with _undone(addresses) as connection:
        wire = Wire(connection)
        first = vault.make_keys(wire, ["1/p", "1/q", "1/p"])
        sealed = first["1/p"].seal(PLACE, "Okafor")
        again = vault.make_keys(wire, ["1/p"])
        assert again["1/p"].unseal(PLACE, sealed) == "Okafor"
        assert vault.load_keys(connection, ["1/p", "1/never"]).keys() == {"1/p"}


def test_another_key_file_opens_no_data_key(
    addresses: Addresses, vault: Vault, tmp_path: Path
) -> None:
    """Data keys are useless without the key file that wrapped them."""
    stranger = Vault(KeyFile.open_or_create(tmp_path / "other.key"))
    with _undone(addresses) as connection:
        wire = Wire(connection)
        vault.make_keys(wire, ["1/p"])
        wire.settle()
        with pytest.raises(KeyFileError, match="not the one"):
            stranger.load_keys(connection, ["1/p"])


def test_the_key_file_is_its_owners_alone_and_stays_the_same(tmp_path: Path) -> None:
    """Made once, readable by its owner; opened again, the same secrets."""
    path = tmp_path / "keys" / "ledger.key"
    made = KeyFile.open_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.digest(b"x") == KeyFile.open_or_create(path).digest(b"x")
    assert [path] == list(path.parent.iterdir())


@pytest.mark.parametrize("content", ["", "{}", '{"wrapping_key": 1, "digest_key": 2}', "[]"])
def test_a_broken_key_file_is_named(tmp_path: Path, content: str) -> None:
    """What cannot be a key file is refused, and never replaced."""
    path = tmp_path / "ledger.key"
    path.write_text(content)
    with pytest.raises(KeyFileError, match=r"ledger\.key"):
        KeyFile.open_or_create(path)
    assert content == path.read_text()


def test_scopes_follow_the_retention_clocks() -> None:
    """A register's free text goes with its academic year, particulars and leave with the pupil."""
    assert scope_of("admission-register/137172/p") == "137172/p"
    assert scope_of("leave-of-absence/137172/p/l") == "137172/p"
    assert scope_of("attendance-register/137172/p/2026") == "137172/p/2026"


def test_what_a_destroyed_key_sealed_stays_sealed() -> None:
    """A later key of the same scope opens what it sealed itself, and leaves the rest unread."""
    stream = "admission-register/137172/p"
    place = place_of(stream, 1, "reason")
    sealed = DataKey(bytes(32)).seal(place, "Moved house")
    state = b'{"reason":{"sealed":"%s"},"in_force_from":"2026-10-05"}' % sealed.ciphertext.encode()
    stored = StoredEvent(stream, 1, "particulars-amended", state)
    assert sealed == read(stored, {"137172/p": DataKey(bytes(31) + b"\x01")}).reason
    assert "Moved house" == read(stored, {"137172/p": DataKey(bytes(32))}).reason
