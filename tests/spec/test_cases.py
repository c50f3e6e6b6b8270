"""Every acceptance case, by id, played by HTTP against the running service on a log of its own."""

from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg.sql import SQL, Identifier

from api.callers import create_key
from api.service import Service
from api.settings import Settings
from ledger.application import AttendanceLedger
from ledger.law.rulebook import BUILT_IN, TABLES
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.vault import Vault
from tests.api.conftest import served
from tests.projections.world import another_log
from tests.spec.cases import closures, earlier, leave, penalties, provision, register, roll
from tests.spec.cases.page import PAGE, rendered
from tests.spec.cases.setting import Clock, Setting
from tests.spec.cases.table import PLAYED, Case, cases, unmet

MODULES = (register, closures, provision, leave, earlier, penalties, roll)
"""The modules whose functions play the cases."""
ROWS = cases()
_LOGS = count(1)


@pytest.fixture
def setting(addresses: Addresses, vault: Vault, tmp_path: Path) -> Iterator[Setting]:
    """A service on a log of its own, whose clock the case sets."""
    schema = f"case_{next(_LOGS)}"
    own = another_log(addresses, schema)
    clock = Clock()
    database = Database(own)
    database.open()
    ledger = AttendanceLedger(database, vault, clock)
    try:
        with connect_as_owner(own) as owner:
            key = create_key(owner, "Cases", ["all"], ["all"])
        service = Service(Settings(data_dir=tmp_path), database, ledger, vault)
        with (
            served(service) as address,
            httpx.Client(
                base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60
            ) as http,
        ):
            yield Setting(http, clock)
    finally:
        ledger.close()
        database.close()
        # Some hundred tables a log: the server would be long in ending with all of them.
        with connect_as_owner(addresses) as owner:
            owner.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_case(row: Case, setting: Setting) -> None:
    """What the row expects is what was seen; where a rule refused or warned, it is the one it names."""
    played = PLAYED[row.id]
    observed = played.play(setting)
    assert [] == unmet(row, observed)
    names = {rule.rpartition(" ")[2] for rule in played.rules}
    reasons = {value for key, value in observed.items() if key.rpartition(".")[2] == "reason"}
    # What is not there at all is missed before any rule is asked.
    assert reasons - {"missing"} <= names


def test_every_case_is_played() -> None:
    """Each row has its function, and each function its row."""
    assert {row.id for row in ROWS} == PLAYED.keys()
    assert len(ROWS) == len({row.id for row in ROWS})
    own = {played.play.__module__ for played in PLAYED.values()}
    assert {module.__name__ for module in MODULES} == own


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_the_rules_of_a_case_exist(row: Case) -> None:
    """A rule that a case names is an entry of the law's tables or a function of ours."""
    rules = PLAYED[row.id].rules
    assert rules
    for rule in rules:
        table, _, name = rule.partition(": ")
        if name:
            assert table in TABLES
            assert name in {entry.name for entry in BUILT_IN.entries(table)}, rule
        else:
            assert _found(rule) is not None


def _found(name: str) -> Any:
    """What a dotted name stands for."""
    parts = name.split(".")
    found: Any = import_module(".".join(parts[:2]))
    for part in parts[2:]:
        found = getattr(found, part)
    return found


def test_the_page_is_up_to_date() -> None:
    """`python -m tests.spec.cases` renders the cases into docs/reference/rules.md."""
    assert rendered(PAGE.read_text(encoding="utf-8")) == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("expected", "observed", "wrong"),
    [
        ("am.code=/;class=attending", {"am.code": "/", "class": "attending"}, 0),
        ("am.code=/", {"am.code": "L"}, 1),
        ("am.code=/", {}, 1),
        ("result=refused|warning;reason=too_long", {"result": "warning", "reason": "x"}, 0),
        ("result=refused;reason=too_long", {"result": "refused", "reason": ""}, 1),
        ("code=C;not_code=Y1,Y2", {"code": "C"}, 0),
        ("code=C;not_code=Y1,C", {"code": "C"}, 1),
        ("result=refused;not_code=B,\\", {"result": "refused", "not_code": "B,\\,K"}, 0),
        ("result=refused;not_code=B,\\", {"result": "refused", "not_code": "B"}, 1),
        ("result=refused;not_code=B", {"result": "refused"}, 1),
    ],
)
def test_an_expectation_that_is_not_met_is_seen(
    expected: str, observed: dict[str, str], wrong: int
) -> None:
    """The comparison can fail, key by key."""
    row = Case("AC-000", "", "", "", "", expected, "", "")
    assert wrong == len(unmet(row, observed))
