"""A child's history: everything, in the order of the log, original and amended entries side by side."""

from contextlib import ExitStack
from datetime import date

from ledger.registers import attendance
from ledger.requests import Request
from ledger.store.database import READERS_MAX, Addresses, connect_as_owner
from ledger.store.settled_years import index_by_pupil
from projections.history import HistoryQuery, history, told_history
from projections.history_events import PlainEntry
from projections.people import By
from tests.projections.world import TUTOR, World


def test_everything_about_the_child_is_there_in_order(world: World) -> None:
    """Admission, entry, amendment, leave asked and given, particulars and deletion, as recorded."""
    world.opened(pupils=2).take({0: "N", 1: "/"})
    world.amend(0, "N", "I")
    leave = world.ask_leave(0)
    world.decide_leave(leave, "given")
    world.amend_name(0, surname="Eze")
    world.delete(0)
    events = world.history(0)
    assert [event.type for event in events] == [
        "name-entered",
        "attendance-entered",
        "attendance-amended",
        "leave-asked",
        "leave-given",
        "particulars-amended",
        "name-deleted",
    ]
    positions = [event.position for event in events]
    assert positions == sorted(set(positions))
    assert {event.school for event in events} == {world.urn}
    assert {(event.client, event.rules[:8]) for event in events} == {
        ("Tests of the views", "england-")
    }


def test_an_amendment_stands_beside_its_original(world: World) -> None:
    """Each entry has its session, revision, code, reason, when, name and position; the first its original."""
    world.opened(pupils=1).take({0: {"arrived_at": "09:20"}})
    world.amend(0, "U", "M", reason="Dentist", detail="Appointment card seen")
    world.amend(0, "M", "I", reason="Was ill")
    entered, first, second = world.history(0)[1:]
    place = {"date": "2025-11-24", "session": "AM"}
    assert entered.fields == place | {"revision": 0, "code": "U", "arrived_at": "09:20"}
    assert first.fields == place | {
        "revision": 1,
        "original": "U",
        "replaces": "U",
        "code": "M",
        "reason": "Dentist",
        "detail": "Appointment card seen",
    }
    assert second.fields == place | {
        "revision": 2,
        "original": "U",
        "replaces": "M",
        "code": "I",
        "reason": "Was ill",
    }
    assert entered.by == By("C Tutor", "Form tutor")
    assert second.by == By("D Officer", "Attendance officer")


def test_the_history_is_seen_as_it_stood(world: World) -> None:
    """As of each position the history ends there."""
    world.opened(pupils=1).take({0: "N"})
    world.ask_leave(0)
    world.amend(0, "N", "I")
    world.delete(0)
    whole = world.history(0)
    assert len(whole) == 5
    for event in whole:
        seen = world.history(0, position=event.position)
        assert seen == [one for one in whole if one.position <= event.position]


def test_a_child_s_schools_are_all_told(world: World, another: World) -> None:
    """A child of two schools has both in one history; a caller of one school sees that one."""
    world.opened(pupils=1, enrolment="main").take({0: "D"})
    another.opened(pupils=0)
    another.pupil = world.pupil
    another.enter(0, enrolment="subsidiary")
    another.take({0: "/"})
    assert [(e.school, e.type) for e in world.history(0)] == [
        (world.urn, "name-entered"),
        (world.urn, "attendance-entered"),
        (another.urn, "name-entered"),
        (another.urn, "attendance-entered"),
    ]
    seen = world.history(0, schools=frozenset({another.urn}))
    assert [e.school for e in seen] == [another.urn] * 2
    assert world.history(0, schools=frozenset()) == []


def test_days_choose_marks_by_session_and_the_rest_by_recording(world: World) -> None:
    """Marks are chosen by the day of their session, other events by the day of recording."""
    world.opened(pupils=1)
    for day in ("2025-11-19", "2025-11-20", "2025-11-21"):
        world.take({0: "/"}, day)

    def seen(first: date | None, last: date | None) -> list[str]:
        events = world.history(0, first=first, last=last)
        return [e.fields.get("date", e.type)[-5:] for e in events]

    assert seen(date(2025, 11, 20), None) == ["tered", "11-20", "11-21"]
    assert seen(None, date(2025, 11, 20)) == ["11-19", "11-20"]
    assert seen(date(2025, 11, 24), date(2025, 11, 24)) == ["tered"]
    assert seen(date(2025, 11, 20), date(2025, 11, 20)) == ["11-20"]


def test_marks_of_a_name_never_entered_are_found_at_a_school_that_is_named(
    world: World, another: World
) -> None:
    """Marks imported for a stranger are shown where the one school is named."""
    world.opened(pupils=0).import_marks([(9, "2025-11-20", "AM", "/")])
    assert world.history(9) == []
    assert world.history(9, schools=frozenset({world.urn, another.urn})) == []
    [event] = world.history(9, schools=frozenset({world.urn}))
    assert event.fields["flags"] == ["pupil-not-on-roll"]


def test_marks_far_ahead_and_long_ago_are_found(world: World) -> None:
    """The first and the last day of a school's register are looked up as all between them."""
    world.opened(pupils=1, years=(2010, 2025), date_of_birth="2005-05-14")
    world.import_marks([(0, "2010-09-06", "AM", "/")])
    world.take({0: "C"}, "2026-07-20", "PM")
    days = [e.fields["date"] for e in world.history(0) if "date" in e.fields]
    assert days == ["2010-09-06", "2026-07-20"]


def _six_years(world: World) -> None:
    world.opened(pupils=1, years=tuple(range(2020, 2026)), date_of_birth="2012-05-14")
    marks = [
        (0, f"{year}-11-{day}", half, "N" if day == 12 else present)
        for year in range(2020, 2026)
        for day in (11, 12)
        for half, present in (("AM", "/"), ("PM", "\\"))
        if date(year, 11, day).weekday() < 5
    ]
    world.import_marks(marks)
    world.amend(0, "N", "I", "2025-11-12", reason="Was ill")


def test_two_readers_tell_what_one_tells(world: World) -> None:
    """Years read by a second reader at the same time, with leaves and without, and where none is free."""
    _six_years(world)
    query = HistoryQuery(world.pupil(0))
    with world.looking() as (connection, _, at):
        for leaves in (True, False):
            one = told_history(connection, world.vault, query, at, leaves=leaves)
            two = told_history(connection, world.vault, query, at, world.database, leaves=leaves)
            assert one == two
        with ExitStack() as stack:
            for _ in range(READERS_MAX - 1):
                stack.enter_context(world.database.reading())
            assert world.database.read_beside(lambda _: "read").result() is None
            assert one == told_history(connection, world.vault, query, at, world.database)
    assert [event.type for event in world.history(0)].count("attendance-amended") == 1
    assert len(one) == 20
    assert sum(isinstance(told, PlainEntry) for told in one) > 10


def test_settled_years_are_indexed_and_tell_the_same(
    world: World, own_addresses: Addresses
) -> None:
    """Years with marks get an index by pupil from their second February on, once, and histories use it."""
    _six_years(world)
    before = world.history(0)
    with connect_as_owner(own_addresses) as connection:
        for year in range(2005, 2025):
            connection.execute(f"DROP INDEX IF EXISTS mark_{year}_pupil".encode())
        assert index_by_pupil(connection, date(2024, 1, 31))[-2:] == [2020, 2021]
        assert index_by_pupil(connection, date(2024, 2, 1)) == [2022]
        assert index_by_pupil(connection, date(2024, 2, 1)) == []
    assert world.history(0) == before


def test_what_was_erased_is_none_and_named(world: World, own_addresses: Addresses) -> None:
    """With the year's data key destroyed reason and detail are None; the codes are still told."""
    world.opened(pupils=1).take({0: "N"})
    world.amend(0, "N", "I", reason="Unwell")
    with connect_as_owner(own_addresses) as connection:
        connection.execute(
            "DELETE FROM data_key WHERE scope = %s", (f"{world.urn}/{world.pupil(0)}/2025",)
        )
    name, _, amended = world.history(0)
    assert (name.fields["surname"], name.erased) == ("Okafor", ())
    assert (amended.fields["code"], amended.fields["reason"]) == ("I", None)
    assert amended.erased == ("reason",)


def test_a_child_nobody_knows_has_no_history(world: World) -> None:
    """A pupil without any event has an empty history."""
    with world.looking() as (connection, _, at):
        assert list(history(connection, world.vault, HistoryQuery(world.pupil(5)), at)) == []


def test_each_event_comes_with_the_leaf_of_its_row(world: World) -> None:
    """The leaves beside a history are those that the log has at the same positions."""
    world.opened(pupils=1).take({0: "N"})
    world.amend(0, "N", "I")
    world.ask_leave(0)
    with world.looking() as (connection, _, at):
        query = HistoryQuery(world.pupil(0))
        found = {
            one.position: one.leaf
            for one in told_history(connection, world.vault, query, at, leaves=True)
        }
        assert list(found) == [event.position for event in world.history(0)]
        rows = connection.execute(
            "SELECT position, leaf FROM log WHERE position = ANY(%s)", (list(found),)
        ).fetchall()
    assert found == dict(rows)


def test_a_dry_run_leaves_nothing(world: World) -> None:
    """What was only tried is in no history."""
    world.opened(pupils=1)
    before = world.history(0)
    command = attendance.TakeRegister.model_validate(
        {
            "date": "2025-11-24",
            "session": "AM",
            "by": TUTOR,
            "entries": [{"pupil": world.pupil(0), "code": "/"}],
        }
    )
    asked = Request("Tests of the views", "tried", b"tried", dry_run=True)
    answer = world.ledger.take_register(world.urn, command, asked).result(timeout=30)
    assert answer.status in (200, 201)
    assert world.history(0) == before


def test_refused_leave_and_deleted_names_stay(world: World) -> None:
    """A refusal is told with its reason, a deletion with its ground, and what came before with both."""
    world.opened(pupils=1)
    world.decide_leave(world.ask_leave(0), "refused", reason="Not exceptional")
    world.delete(0)
    entered, _, refused, deleted = world.history(0)
    assert ("Okafor", "Not exceptional", "A") == (
        entered.fields["surname"],
        refused.fields["reason"],
        deleted.fields["ground"],
    )
