"""The admission register as a view: names and particulars as they stood, erased ones gone."""

from datetime import date

from ledger.store.database import Addresses, connect_as_owner
from projections.people import By
from projections.places import Membership, groups
from tests.projections.world import TODAY, World

PARENTS = [
    {
        "name": "Ngozi Okafor",
        "address": "1 High Street, Coalville",
        "lives_with": True,
        "emergency_phone": "01530 000000",
    }
]


def test_a_name_shows_all_its_particulars(world: World) -> None:
    """Every particular that was entered is opened, with the position and who entered it."""
    world.opened(pupils=0)
    receipt = world.enter(
        0,
        sex="F",
        upn="H801200001001",
        address="1 High Street, Coalville",
        parents=PARENTS,
        previous_school="Sandfield Primary",
    )
    [row] = world.roll("2025-11-24")
    assert (row.pupil, row.starting_day, row.deleted_on, row.ground) == (
        world.pupil(0),
        date(2025, 9, 2),
        None,
        None,
    )
    assert (row.surname, row.forenames, row.sex) == ("Okafor", "Ada", "F")
    assert (row.date_of_birth, row.upn) == (date(2012, 5, 14), "H801200001001")
    assert (row.address, row.previous_school) == ("1 High Street, Coalville", "Sandfield Primary")
    assert row.parents == PARENTS
    assert (row.enrolment, row.boarder) == ("single", False)
    assert (row.year_group, row.registration_group, row.erased) == ("9", "9B", ())
    assert (row.position, row.by) == (receipt["last"], By("A Head", "Headteacher"))


def test_amended_particulars_stand_from_their_day_on(world: World) -> None:
    """A new surname and class from 10 November are shown from that day, the old ones before."""
    world.opened(pupils=1)
    world.amend_name(0, "2025-11-10", surname="Eze", registration_group="9C", year_group="10")
    shown = [
        (row.surname, row.registration_group, row.year_group, row.forenames)
        for day in ("2025-11-09", "2025-11-10")
        for row in world.roll(day)
    ]
    assert shown == [("Okafor", "9B", "9", "Ada"), ("Eze", "9C", "10", "Ada")]


def test_the_roll_is_seen_as_it_stood(world: World) -> None:
    """As of a position before an amendment was recorded the particulars are the earlier ones."""
    entered = world.opened(pupils=1).take({0: "/"})["last"]
    amended = world.amend_name(0, "2025-09-02", surname="Eze")
    assert world.roll("2025-11-24", position=entered)[0].surname == "Okafor"
    [row] = world.roll("2025-11-24", position=amended["last"])
    assert (row.surname, row.position, row.by.name) == ("Eze", amended["last"], "D Officer")


def test_of_two_amendments_from_one_day_the_later_recorded_stands(world: World) -> None:
    """A correction of an amendment from the same day replaces it."""
    world.opened(pupils=1)
    world.amend_name(0, "2025-11-10", registration_group="9C")
    world.amend_name(0, "2025-11-10", registration_group="9D")
    assert world.roll("2025-11-24")[0].registration_group == "9D"


def test_an_amendment_recorded_late_for_an_earlier_day_leaves_later_ones(world: World) -> None:
    """A class from September recorded after one from November stands until November only."""
    world.opened(pupils=1)
    world.amend_name(0, "2025-11-10", registration_group="9D")
    world.amend_name(0, "2025-10-01", registration_group="9C")
    shown = [
        world.roll(day)[0].registration_group for day in ("2025-09-30", "2025-11-09", "2025-11-10")
    ]
    assert shown == ["9B", "9C", "9D"]


def test_names_are_on_the_roll_from_the_starting_day_to_deletion(world: World) -> None:
    """A name is on the roll on its starting day and no longer on the day of its deletion."""
    world.opened(pupils=0)
    world.enter(0, starting_day="2025-11-20")
    world.delete(0, date(2025, 11, 26))
    days = ["2025-11-19", "2025-11-20", "2025-11-25", "2025-11-26"]
    assert [len(world.roll(day)) for day in days] == [0, 1, 1, 0]
    [row] = world.roll("2025-11-25")
    assert (row.deleted_on, row.ground) == (date(2025, 11, 26), "A")


def test_without_a_day_every_name_ever_entered_is_shown(world: World) -> None:
    """Names deleted, present and still to come are all there; one who came back is there twice."""
    world.opened(pupils=2)
    world.delete(1)
    world.enter(1, starting_day="2026-01-05", registration_group="9Z", surname="Eze")
    rows = world.roll()
    assert [(row.pupil, row.starting_day, row.deleted_on) for row in rows] == [
        (world.pupil(0), date(2025, 9, 2), None),
        (world.pupil(1), date(2025, 9, 2), TODAY),
        (world.pupil(1), date(2026, 1, 5), None),
    ]
    assert [(row.surname, row.registration_group) for row in rows[1:]] == [
        ("Okafor", "9B"),
        ("Eze", "9Z"),
    ]


def test_names_come_by_class_and_then_alphabetically(world: World) -> None:
    """Rows are ordered by registration group, surname and forenames."""
    world.opened(pupils=0)
    world.enter(0, surname="Young", registration_group="9A")
    world.enter(1, surname="Adams", registration_group="9B")
    world.enter(2, surname="Adams", forenames="Zoe", registration_group="9A")
    world.enter(3, surname="Adams", forenames="Ben", registration_group="9A")
    names = [
        (row.registration_group, row.surname, row.forenames) for row in world.roll("2025-11-24")
    ]
    assert names == [
        ("9A", "Adams", "Ben"),
        ("9A", "Adams", "Zoe"),
        ("9A", "Young", "Ada"),
        ("9B", "Adams", "Ada"),
    ]


def test_erased_particulars_are_gone_and_named(world: World, own_addresses: Addresses) -> None:
    """When a pupil's data key is destroyed the particulars are None and said to be erased."""
    world.opened(pupils=2)
    world.amend_name(0, "2025-09-02", surname="Eze", year_group="10")
    with connect_as_owner(own_addresses) as connection:
        connection.execute(
            "DELETE FROM data_key WHERE scope = %s", (f"{world.urn}/{world.pupil(0)}",)
        )
    rows = {row.pupil: row for row in world.roll("2025-11-24")}
    erased, kept = rows[world.pupil(0)], rows[world.pupil(1)]
    assert (erased.surname, erased.date_of_birth, erased.parents) == (None, None, None)
    assert erased.erased == ("date_of_birth", "forenames", "surname")
    assert (erased.year_group, erased.starting_day) == ("10", date(2025, 9, 2))
    assert (kept.surname, kept.erased) == ("Okafor", ())


def test_what_is_entered_after_an_erasure_is_readable(
    world: World, own_addresses: Addresses
) -> None:
    """A new data key opens what was entered under it, and what the destroyed one sealed stays gone."""
    world.opened(pupils=1)
    with connect_as_owner(own_addresses) as connection:
        scope = f"{world.urn}/{world.pupil(0)}"
        connection.execute("DELETE FROM data_key WHERE scope = %s", (scope,))
    world.amend_name(0, surname="Eze")
    [row] = world.roll("2025-11-24")
    assert (row.surname, row.forenames) == ("Eze", None)
    assert row.erased == ("date_of_birth", "forenames", "surname")


def test_what_is_true_since_before_the_starting_day_amends_what_was_entered(world: World) -> None:
    """A name put right since birth, and a class from the first of the month, hold from the start on."""
    world.opened(pupils=1)
    world.amend_name(0, "2012-05-14", surname="Eze")
    world.amend_name(0, "2025-09-01", registration_group="9C", boarder=True)
    [row] = world.roll("2025-09-02")
    assert (row.surname, row.registration_group, row.boarder) == ("Eze", "9C", True)


def test_groups_are_dated(world: World) -> None:
    """Each pupil's groups come with the days over which they held, on the roll alone."""
    world.opened(pupils=2)
    world.amend_name(0, "2025-11-10", registration_group="9C")
    world.amend_name(0, "2025-11-17", boarder=True)
    world.delete(0, date(2025, 12, 1))
    with world.looking() as (_, book, _):
        assert groups(book.places) == [
            Membership(world.pupil(0), date(2025, 9, 2), date(2025, 11, 9), "9", "9B"),
            Membership(world.pupil(0), date(2025, 11, 10), date(2025, 11, 30), "9", "9C"),
            Membership(world.pupil(1), date(2025, 9, 2), None, "9", "9B"),
        ]
