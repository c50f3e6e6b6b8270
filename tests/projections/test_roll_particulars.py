"""The admission register as a view: every content of regulation 8 read back, and what is due."""

from datetime import date
from typing import Any

import pytest

from ledger.admissions.particulars import PERSONAL
from ledger.store.database import Addresses, connect_as_owner
from tests.projections.world import TODAY, World
from tests.spec.test_reg_08_particulars import WHOLE

TOLD = {
    name: value for name, value in WHOLE.items() if name not in ("starting_day", "date_of_birth")
}


def shown(row: Any) -> dict[str, Any]:
    """What a row shows of what was told."""
    return {name: getattr(row, name) for name in TOLD}


def test_all_that_was_entered_is_read_back(world: World) -> None:
    """Particulars sealed and plain come back as they were sent."""
    world.opened(pupils=0)
    world.enter(0, **TOLD)
    [row] = world.roll("2025-11-24")
    assert shown(row) == TOLD


@pytest.mark.parametrize("name", sorted(TOLD))
def test_all_that_was_amended_is_read_back(world: World, name: str) -> None:
    """Each particular stands from the day on from which it was amended."""
    world.opened(pupils=1)
    [before] = world.roll("2025-11-09")
    world.amend_name(0, "2025-11-10", **{name: TOLD[name]})
    [earlier], [later] = world.roll("2025-11-09"), world.roll("2025-11-10")
    assert getattr(later, name) == TOLD[name]
    if name != "starting_day_is":  # which is that of the whole period
        assert getattr(earlier, name) == getattr(before, name)


def test_what_was_erased_is_none_and_named(world: World, own_addresses: Addresses) -> None:
    """Every personal particular is gone with its key; what says nothing of the child stays."""
    world.opened(pupils=0)
    world.enter(0, **TOLD)
    with connect_as_owner(own_addresses) as connection:
        scope = f"{world.urn}/{world.pupil(0)}"
        connection.execute("DELETE FROM data_key WHERE scope = %s", (scope,))
    [row] = world.roll("2025-11-24")
    assert {getattr(row, name) for name in PERSONAL} == {None}
    assert set(row.erased) == PERSONAL - {"upn", "former_upn", "uln"}
    assert (row.starting_day_is, row.attends_there) == ("agreed", ["TUE AM", "TUE PM"])


def test_it_says_what_is_due_in_each_session_of_the_day(world: World) -> None:
    """Here, at the other school, of nobody; and nothing where no session is held or no day asked."""
    world.opened(pupils=0)
    world.enter(0, surname="A", enrolment="main", attends_there=["TUE AM", "WED PM"])
    world.enter(1, surname="B", boarder=True)
    world.enter(2, surname="C", enrolment="guest")
    world.close("2025-11-26", "2025-11-26", sessions=["PM"])
    tuesday, wednesday, sunday = (world.roll(f"2025-11-{day}") for day in (25, 26, 23))
    assert [row.due for row in tuesday] == [
        {"AM": "elsewhere", "PM": "due"},
        {"AM": "boarder", "PM": "boarder"},
        {"AM": "guest", "PM": "guest"},
    ]
    assert wednesday[0].due == {"AM": "due", "PM": None}
    assert sunday[0].due == {"AM": None, "PM": None}
    assert world.roll()[0].due is None


def test_a_pattern_changes_no_missing_list(world: World) -> None:
    """A mark of code D is due of a pupil at the other school, so its lack is shown."""
    world.opened(pupils=0)
    world.enter(0, enrolment="main", attends_there=["MON AM"])
    assert world.register().missing == [world.pupil(0)]


def test_each_period_has_its_basis(world: World) -> None:
    """A pupil who comes back has a starting day of its own kind; amending it amends the latest."""
    world.opened(pupils=0)
    world.enter(0, starting_day_is="agreed")
    world.delete(0)
    world.enter(0, starting_day="2026-01-05", starting_day_is="notified")
    world.amend_name(0, starting_day_is="first_attended")
    assert [row.starting_day_is for row in world.roll()] == ["agreed", "first_attended"]


def test_on_re_admission_the_register_begins_afresh(world: World) -> None:
    """What was amended for a day after the pupil left does not come back with the pupil."""
    world.opened(pupils=1)
    world.amend_name(0, "2026-02-02", registration_group="9D", surname="Eze")
    world.delete(0, date(2025, 12, 1))
    world.enter(0, starting_day="2026-01-05", registration_group="9A", surname="Young")
    [row] = world.roll("2026-02-03")
    assert (row.registration_group, row.surname) == ("9A", "Young")


def test_an_earlier_starting_day_takes_with_it_what_was_entered(world: World) -> None:
    """Put right to an earlier day, group and name hold from that day."""
    world.opened(pupils=1)
    assert world.roll("2025-09-01") == []
    world.amend_name(0, starting_day="2025-09-01")
    [row] = world.roll("2025-09-01")
    assert (row.starting_day, row.surname, row.registration_group) == (
        date(2025, 9, 1),
        "Okafor",
        "9B",
    )


def test_a_later_starting_day_takes_the_name_off_earlier_days(world: World) -> None:
    """Put right to a later day, no mark is missing before it."""
    world.opened(pupils=1)
    world.amend_name(0, starting_day=TODAY.isoformat())
    assert world.roll("2025-11-21") == []
    assert world.register("2025-11-21").missing == []
    assert world.roll(TODAY.isoformat())[0].registration_group == "9B"
