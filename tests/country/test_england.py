"""England before its morning: the rows that are loaded are a ledger's, and every class comes once."""

from itertools import groupby
from pathlib import Path
from uuid import UUID

import pytest

from ledger.proof.verify import verify
from ledger.registers.attendance import TakeRegister
from ledger.store.database import Addresses, Database
from ledger.store.mapper import open_all
from ledger.store.recorder import LedgerRecorder
from ledger.store.vault import KeyFile, Vault
from tests.bench import england, stored
from tests.bench.england import England
from tests.bench.registers import body_of
from tests.projections.world import another_log

WORLD = England(classes=60)
"""A school of 1,500 pupils, one of 210, one of 90."""


@pytest.fixture(scope="module")
def loaded(
    addresses: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Addresses, Path]:
    """Its log, and its data directory."""
    own = another_log(addresses, "england")
    data_dir = tmp_path_factory.mktemp("england")
    england.load(own, data_dir / "secrets" / "ledger.key", WORLD, processes=1)
    return own, data_dir


def test_a_loaded_roll_is_whole(loaded: tuple[Addresses, Path]) -> None:
    """Verification reads every row that was loaded, and its head is the last position."""
    verdict = verify(loaded[0], processes=1)
    assert verdict.fault is None
    assert WORLD.places[-1].position + WORLD.places[-1].positions - 1 == verdict.head


def test_a_loaded_name_opens(loaded: tuple[Addresses, Path]) -> None:
    """The particulars of a name are sealed under its own key, which the key file opens."""
    own, data_dir = loaded
    urn, pupil = WORLD.places[0].urn, WORLD.pupil(7)
    database = Database(own)
    database.open()
    try:
        found = LedgerRecorder(database).select_events(f"admission-register/{urn}/{pupil}")
        vault = Vault(KeyFile(data_dir / "secrets" / "ledger.key"))
        with database.reading() as connection:
            [name] = open_all(found, vault, connection)
    finally:
        database.close()
    assert b"Pupil0007" not in found[0].state
    assert name.surname == "Pupil0007"


def test_the_ledger_takes_the_registers(loaded: tuple[Addresses, Path]) -> None:
    """A class register of each school is recorded, by the ledger itself."""
    own, data_dir = loaded
    coming = {one.urn: one for one in WORLD.registers("AM", 1, WORLD.classes)}
    with stored.ledger_of(data_dir, own) as ledger:
        statuses = [
            ledger.take_register(
                urn, TakeRegister.model_validate_json(body_of(one)), stored.asked()
            )
            .result(60)
            .status
            for urn, one in coming.items()
        ]
    assert [201] * len(WORLD.places) == statuses


@pytest.mark.parametrize("together", [0.0, 0.25, 1.0])
def test_every_class_comes_once(together: float) -> None:
    """Whatever the order, the registers of a session are those of all classes, each once."""
    coming = list(WORLD.registers("AM", together, WORLD.classes))
    pupils = [pupil for register in coming for pupil in register.pupils]
    assert WORLD.classes == len(coming)
    assert {str(WORLD.pupil(number)) for number in range(len(pupils))} == set(pupils)
    assert len(pupils) == len({UUID(pupil) for pupil in pupils})


def test_schools_come_one_after_the_other_or_mixed() -> None:
    """With nothing of a school together its registers come in one run; else schools come mixed."""

    def runs(together: float) -> int:
        coming = WORLD.registers("AM", together, WORLD.classes)
        return len(list(groupby(coming, key=lambda register: register.urn)))

    assert len(WORLD.places) == runs(0.0)
    assert len(WORLD.places) < runs(1.0)
