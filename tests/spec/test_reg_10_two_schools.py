"""Regulation 10(3) Table 2: code D, and half-days that would be possible at two schools."""

from collections.abc import Iterator
from json import loads
from uuid import UUID

import pytest

from ledger.admissions.admission import AmendParticulars
from ledger.store.database import Database
from ledger.store.vault import Vault
from tests.ledger.world import HEAD, Clock, World, ledger_on, pupil, request, result
from tests.spec.marking import fields_of, line, outcome

RECORDED = ("recorded", [])
TWICE = ("recorded", ["two-possible-sessions"])
NAMED = {"code": "D", "detail": "Sandfield Academy"}


@pytest.fixture
def other(world: World, database: Database, vault: Vault, clock: Clock) -> Iterator[World]:
    """Another school, where the pupils of this one may be registered as well."""
    with ledger_on(database, vault, clock) as ledger:
        other = World(ledger, str(int(world.urn) + 500_000), clock)
        other.describe(type="pupil_referral_unit")
        other.set_year()
        yield other


def _registered(world: World, other: World, here: str = "main", there: str = "subsidiary") -> None:
    world.describe()
    world.set_year()
    world.enter_names(_child(world), enrolment=here)
    other.enter_names(_child(world), enrolment=there)


def _child(world: World) -> int:
    """A child of the test's own: others of the same number are on the rolls of other tests."""
    return int(world.urn)


@pytest.mark.parametrize("enrolment", ["main", "subsidiary"])
def test_d_is_for_the_dually_registered(world: World, enrolment: str) -> None:
    """AC-019: the admission register says that there is another school of registration."""
    world.opened(pupils=1)
    world.enter_names(1, enrolment=enrolment)
    assert RECORDED == outcome(world.take({1: NAMED}))


@pytest.mark.parametrize("enrolment", ["single", "guest"])
def test_d_is_refused_of_others(world: World, enrolment: str) -> None:
    """Unregistered provision is never D, nor is a guest's own school a second registration."""
    world.opened(pupils=1)
    world.enter_names(1, enrolment=enrolment)
    refused = world.take({1: NAMED})
    assert ("refused", ["not-dually-registered"]) == outcome(refused)
    assert ["code"] == fields_of(refused)


def test_the_enrolment_of_the_day_counts(world: World) -> None:
    """A pupil who became dually registered carries D from that day."""
    world.opened(pupils=1)
    world.enter_names(1)
    change = {"changes": {"enrolment": "main"}, "in_force_from": "2026-10-05", "reason": "Dual"}
    command = AmendParticulars.model_validate({**change, "by": HEAD})
    result(world.ledger.amend_particulars(world.urn, UUID(pupil(1)), command, request()))
    assert "refused" == outcome(world.take({1: NAMED}, day="2026-10-02"))[0]
    assert RECORDED == outcome(world.take({1: NAMED}, day="2026-10-05"))


def test_d_names_the_other_school(world: World) -> None:
    """The name is advised: without it the mark is recorded with a warning."""
    world.opened(pupils=1)
    world.enter_names(1, enrolment="main")
    unnamed = world.take({1: "D"})
    assert ("recorded", ["other-school-not-named"]) == outcome(unnamed)
    assert ["detail"] == fields_of(unnamed)


def test_a_half_day_possible_at_two_schools(world: World, other: World) -> None:
    """The second mark is recorded with a warning that names no school."""
    _registered(world, other)
    assert RECORDED == outcome(world.take({_child(world): "/"}))
    second = other.take({_child(world): "/"})
    assert TWICE == outcome(second)
    assert ["code"] == fields_of(second)
    (warning,) = loads(second.result().receipt)["results"][0]["warnings"]
    assert not {world.urn, "Ashfield"} & set(str(warning).replace(".", " ").split())
    (event,) = other.ledger.events.get(
        f"attendance-register/{other.urn}/{pupil(_child(world))}/2026"
    )
    assert ["two-possible-sessions"] == event.flags


@pytest.mark.parametrize("elsewhere", ["O", "I", "N", "V"])
def test_whatever_makes_it_possible(world: World, other: World, elsewhere: str) -> None:
    """An absence makes a session possible as a presence does."""
    _registered(world, other)
    result(other.take({_child(world): elsewhere}))
    assert TWICE == outcome(world.take({_child(world): "/"}))


def test_d_at_one_school_and_the_mark_at_the_other(world: World, other: World) -> None:
    """AC-019: as it should be; and another half-day is another matter."""
    _registered(world, other)
    assert RECORDED == outcome(world.take({_child(world): NAMED}))
    assert RECORDED == outcome(other.take({_child(world): "/"}))
    assert RECORDED == outcome(world.take({_child(world): "\\"}, session="PM"))


def test_an_amendment_makes_it_possible_twice(world: World, other: World) -> None:
    """From D to /, while the other school has a mark; what stands there now counts."""
    _registered(world, other)
    result(world.take({_child(world): NAMED}))
    result(other.take({_child(world): "/"}))
    assert TWICE == outcome(world.amend(_child(world), "D", "/", dry_run=True))
    result(other.amend(_child(world), "/", "Q", reason="No transport after all"))
    assert RECORDED == outcome(world.amend(_child(world), "D", "/"))


def test_pupils_of_one_school_are_not_looked_for_elsewhere(world: World, other: World) -> None:
    """Both registers say `single`: who is right, the rule does not know."""
    _registered(world, other, "single", "single")
    result(other.take({_child(world): "/"}))
    assert RECORDED == outcome(world.take({_child(world): "/"}))


def test_a_guest_is_looked_for_at_the_school_of_registration(world: World, other: World) -> None:
    """A guest's marks are possible there, not here."""
    _registered(world, other, "guest", "single")
    result(other.take({_child(world): "/"}))
    assert TWICE == outcome(world.take({_child(world): "/"}))


def test_two_schools_in_one_import(world: World, other: World) -> None:
    """The later line meets the earlier one."""
    _registered(world, other)
    lines = [
        line(_child(world), "2026-10-01", "/", school=world.urn),
        line(_child(world), "2026-10-01", "/", school=other.urn),
        line(_child(world), "2026-10-02", "/", school=other.urn),
    ]
    first, second, third = result(world.import_lines(lines))["results"]
    assert ["two-possible-sessions"] == [w["rule"] for w in second["warnings"]]
    assert "warnings" not in first
    assert "warnings" not in third


def test_of_a_name_that_is_not_on_the_roll_nothing_more_is_said(world: World) -> None:
    """D of a pupil unknown to the admission register: that is what is wrong, and nothing else."""
    world.opened(pupils=1)
    assert ("refused", ["pupil-not-on-roll"]) == outcome(world.take({5: NAMED}))


def test_an_entry_is_not_in_its_own_way(world: World, other: World) -> None:
    """The mark that stands at the school itself is no other school's, amended live or by import."""
    _registered(world, other)
    child = _child(world)
    result(world.take({child: "/"}))
    assert RECORDED == outcome(world.amend(child, "/", "I"))
    amended = line(child, "2026-10-01", "L", **{"from": "I", "reason": "Mistyped"})
    assert RECORDED == outcome(world.import_lines([amended]))
