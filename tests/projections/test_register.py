"""The attendance register as a view: what stands, what stood, what is planned and what is missing."""

from datetime import UTC, date, datetime

import pytest

from projections.people import By
from projections.register import RegisterQuery, register
from tests.projections.world import NOW, World

AFTERNOON = datetime(2025, 11, 24, 12, 25, tzinfo=UTC)
"""The instant at which the PM register opens."""


def test_an_entry_shows_who_made_it_and_when(world: World) -> None:
    """An entry has pupil, session, code, its class, position, instant, name and position held."""
    receipt = world.opened(pupils=1).take({0: "/"})
    [entry] = world.register().entries
    assert entry[:5] == (world.pupil(0), date(2025, 11, 24), "AM", "/", "attending")
    assert (entry.original, entry.amended, entry.planned) == ("/", False, False)
    assert (entry.by, entry.position) == (By("C Tutor", "Form tutor"), receipt["last"])
    assert entry.recorded_at == datetime.fromisoformat(receipt["recorded_at"])
    assert (entry.detail, entry.reason, entry.arrived_at, entry.entered_at) == (None,) * 4
    assert entry.flags == ()


def test_an_amended_entry_shows_its_original(world: World) -> None:
    """N amended to I and then to M stands as M by who amended it, and its original is N."""
    world.opened(pupils=1).take({0: "N"})
    world.amend(0, "N", "I")
    world.amend(0, "I", "M", reason="Dentist")
    [entry] = world.register().entries
    assert (entry.code, entry.original, entry.amended) == ("M", "N", True)
    assert (entry.by, entry.reason) == (By("D Officer", "Attendance officer"), "Dentist")


def test_the_register_of_the_school_is_that_of_its_pupils(world: World) -> None:
    """Amended entries and entries that say more, among others, are read alike for all and for each."""
    first = {0: "N", 1: {"code": "B", "detail": "Taster day"}, 2: "N", 3: {"arrived_at": "09:20"}}
    world.opened(pupils=5).take(first | {4: "/"})
    for number, old, new in ((0, "N", "I"), (2, "N", "I"), (2, "I", "M"), (3, "U", "L")):
        position = world.amend(number, old, new, reason=f"Told by {number}")["last"]
        every = world.register(position=position).entries
        of_each = [world.register(position=position, pupil=one.pupil).entries for one in every]
        assert [[one] for one in every] == of_each
    assert [("I", "N"), ("B", "B"), ("M", "N"), ("L", "U"), ("/", "/")] == [
        (one.code, one.original) for one in every
    ]
    told = ["Told by 0", None, "Told by 2", "Told by 3", None]
    assert told == [one.reason for one in every]
    assert [None, "Taster day", None, None, None] == [one.detail for one in every]


def test_the_register_is_seen_as_it_stood(world: World) -> None:
    """At each position the register is that of the day it was: not yet, N, I."""
    entered = world.opened(pupils=1).take({0: "N"})["last"]
    amended = world.amend(0, "N", "I")["last"]
    seen = [
        [entry.code for entry in world.register(position=position).entries]
        for position in (entered - 1, entered, amended - 1, amended)
    ]
    assert seen == [[], ["N"], ["N"], ["I"]]


def test_entries_stand_in_order(world: World) -> None:
    """Entries come by day, session and pupil, whatever the order of entering."""
    world.opened()
    world.take({2: "/", 0: "/"})
    world.take({1: "\\"}, "2025-11-21", "PM")
    entries = world.register("2025-11-21", "2025-11-24").entries
    assert [(e.date.day, e.session, e.pupil) for e in entries] == [
        (21, "PM", world.pupil(1)),
        (24, "AM", world.pupil(0)),
        (24, "AM", world.pupil(2)),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {0, 1, 2}),
        ({"session": "PM"}, set()),
        ({"pupil": 1}, {1}),
        ({"year_group": "9"}, {0, 1}),
        ({"registration_group": "9A"}, {0}),
        ({"year_group": "9", "registration_group": "8B"}, set()),
        ({"pupil": 2, "registration_group": "8B"}, {2}),
        ({"pupil": 2, "registration_group": "9A"}, set()),
    ],
)
def test_less_of_the_register_can_be_asked_for(world: World, filters, expected) -> None:
    """Session, pupil, year and registration group choose entries and missing pupils alike."""
    world.opened(pupils=0)
    world.enter(0, registration_group="9A")
    world.enter(1)
    world.enter(2, year_group="8", registration_group="8B")
    before = world.take({0: "/", 1: "/", 2: "/"})["first"] - 1
    if "pupil" in filters:
        filters = filters | {"pupil": world.pupil(filters["pupil"])}
    pupils = {world.pupil(number) for number in expected}
    assert {entry.pupil for entry in world.register(**filters).entries} == pupils
    assert set(world.register(position=before, **filters).missing) == pupils


def test_groups_are_those_of_the_day(world: World) -> None:
    """A pupil who changes class on a day is in the old class's register before it, not after."""
    world.opened(pupils=1)
    world.amend_name(0, "2025-11-24", registration_group="9C")
    world.take({0: "/"}, "2025-11-21")
    world.take({0: "/"}, "2025-11-24")
    days = {
        group: [
            e.date.day
            for e in world.register("2025-11-20", "2025-11-24", registration_group=group).entries
        ]
        for group in ("9B", "9C")
    }
    assert days == {"9B": [21], "9C": [24]}


def test_a_group_changed_with_the_register_as_of_before_is_the_old_one(world: World) -> None:
    """As of a position before the change was recorded, the pupil was never in the new class."""
    world.opened(pupils=1).take({0: "/"})
    changed = world.amend_name(0, "2025-09-02", registration_group="9C")["first"]
    assert len(world.register(registration_group="9C").entries) == 1
    assert world.register(registration_group="9C", position=changed - 1).entries == []


# -- planned -------------------------------------------------------------------------------------


def test_an_entry_ahead_of_its_session_is_planned_until_the_register_opens(world: World) -> None:
    """C entered for this afternoon is planned at 12:24:59 and not from 12:25 on."""
    world.opened(pupils=1).take({0: "C"}, session="PM")
    before = datetime(2025, 11, 24, 12, 24, 59, tzinfo=UTC)
    assert [e.planned for e in world.register(instant=before).entries] == [True]
    assert [e.planned for e in world.register(instant=AFTERNOON).entries] == [False]


def test_whether_a_register_has_opened_goes_by_local_time(world: World) -> None:
    """In summer time the AM register opens at 07:35 UTC."""
    world.opened(pupils=1).take({0: "/"}, "2025-09-10")
    opening = datetime(2025, 9, 10, 7, 35, tzinfo=UTC)
    before = datetime(2025, 9, 10, 7, 34, tzinfo=UTC)
    seen = [world.register("2025-09-10", instant=at).entries[0].planned for at in (before, opening)]
    assert seen == [True, False]


# -- missing -------------------------------------------------------------------------------------


def test_pupils_due_without_an_entry_are_missing(world: World) -> None:
    """Of three pupils with one marked two are missing, and only where the register has opened."""
    world.opened().take({1: "/"})
    seen = world.register(instant=NOW)
    assert seen.missing == [world.pupil(0), world.pupil(2)]
    assert [tuple(m) for m in seen.missing_entries] == [
        (world.pupil(0), date(2025, 11, 24), "AM"),
        (world.pupil(2), date(2025, 11, 24), "AM"),
    ]
    assert len(world.register(instant=AFTERNOON).missing_entries) == 2 + 3


def test_a_planned_entry_is_not_missing(world: World) -> None:
    """A pupil whose absence is entered beforehand is not missing when the register opens."""
    world.opened(pupils=2).take({0: "C"}, session="PM")
    assert world.register(session="PM", instant=AFTERNOON).missing == [world.pupil(1)]


def test_no_mark_is_missing_of_boarders_guests_or_those_not_on_the_roll(world: World) -> None:
    """Due are day pupils of the school on the roll that day (regulation 10(1))."""
    world.opened(pupils=1)
    world.enter(1, boarder=True)
    world.enter(2, enrolment="guest")
    world.enter(3, starting_day="2025-11-25")
    world.enter(4)
    world.delete(4)
    assert world.register().missing == [world.pupil(0)]


def test_a_pupil_who_becomes_a_boarder_is_due_until_then(world: World) -> None:
    """A day pupil who boards from a day on is missing before it and not after."""
    world.opened(pupils=1)
    world.amend_name(0, "2025-11-21", boarder=True)
    missing = world.register("2025-11-20", "2025-11-24").missing_entries
    assert [(m.date.day, m.session) for m in missing] == [(20, "AM"), (20, "PM")]


def test_no_mark_is_missing_where_no_session_is_held(world: World) -> None:
    """On a closed day, a weekend and in half term nothing is missing."""
    world.opened(pupils=1)
    world.close("2025-11-21", "2025-11-21", sessions=["PM"])
    seen = world.register("2025-11-21", "2025-11-23").missing_entries
    assert [(m.date.day, m.session) for m in seen] == [(21, "AM")]
    assert world.register("2025-10-27", "2025-10-31").missing == []


def test_a_closure_made_later_leaves_the_past_as_it_was_seen(world: World) -> None:
    """As of a position before the closure was made its sessions were missing marks."""
    made = world.opened(pupils=1).close("2025-11-20", "2025-11-20")["first"]
    assert world.register("2025-11-20").missing == []
    assert len(world.register("2025-11-20", position=made - 1).missing_entries) == 2


# -- what an entry may hold besides ---------------------------------------------------------------


def test_details_are_opened_with_the_vault_and_closed_without(world: World) -> None:
    """The nature of an activity is readable with its key, and stays closed without a vault."""
    world.opened(pupils=1).take({0: {"code": "B", "detail": "Taster day at the college"}})
    assert world.register().entries[0].detail == "Taster day at the college"
    query = RegisterQuery(world.urn, date(2025, 11, 24), date(2025, 11, 24))
    with world.looking() as (connection, book, at):
        assert register(connection, book, query, at).entries[0].detail is None


def test_arrival_decides_the_code_and_is_kept(world: World) -> None:
    """A pupil who arrives at 09:20 is entered U with the time of arrival."""
    world.opened(pupils=1).take({0: {"arrived_at": "09:20"}})
    [entry] = world.register().entries
    assert (entry.code, entry.counts_as, entry.arrived_at) == ("U", "unauthorised", "09:20")


def test_imported_history_keeps_its_claims_and_flags(world: World) -> None:
    """A retired code imported for today's rules counts as it last did, flagged, with its own time."""
    world.opened(pupils=1)
    line = {"code": "H", "entered_at": "2025-11-03T08:50:00+00:00"}
    world.import_marks([(0, "2025-11-03", "AM", line)])
    [entry] = world.register("2025-11-03").entries
    assert (entry.code, entry.counts_as) == ("H", "authorised")
    assert entry.entered_at == "2025-11-03T08:50:00+00:00"
    assert entry.flags == ("code-not-in-force",)


def test_a_mark_off_the_roll_is_in_the_register_all_the_same(world: World) -> None:
    """What was imported for a day before the starting day is shown, for the school and the pupil."""
    world.opened(pupils=1).import_marks([(0, "2025-09-01", "AM", "/")])
    for filters in ({}, {"pupil": world.pupil(0)}):
        [entry] = world.register("2025-08-31", "2025-09-01", **filters).entries
        assert entry.flags == ("session-not-held", "pupil-not-on-roll")


@pytest.mark.parametrize(
    ("born", "day", "expected"),
    [
        ("2008-05-14", "2021-02-08", "covid_not_attending"),
        ("2017-02-01", "2021-02-08", "not_possible"),
        ("2016-02-01", "2021-03-30", "not_possible"),
        ("2016-02-01", "2021-03-31", "covid_not_attending"),
        ("2004-09-01", "2021-06-25", "covid_not_attending"),
        ("2004-08-31", "2021-02-08", "not_possible"),
        ("2017-02-01", "2020-06-08", "not_possible"),
        ("2008-05-14", "2023-02-08", "not_possible"),
    ],
)
def test_code_x_counts_by_age_in_the_covid_years(world: World, born, day, expected) -> None:
    """X of 2020 to 2022 was a possible session for pupils of compulsory school age alone."""
    world.opened(pupils=1, years=(2019, 2020, 2022), date_of_birth=born)
    world.import_marks([(0, day, "AM", "X")])
    assert world.register(day).entries[0].counts_as == expected
