"""The writer's books: what is kept of a school in part decides as the whole would."""

from collections.abc import Callable
from datetime import date
from threading import Thread
from time import monotonic
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from pydantic import TypeAdapter

from ledger.admissions import admission
from ledger.admissions.grounds import Deletion
from ledger.admissions.roll import OnRoll
from ledger.book import SchoolBook, Shelf
from ledger.leave_of_absence.leave import LeaveBook
from ledger.store import books as books_module
from ledger.store.books import Books
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.mapper import read
from ledger.store.vault import Vault
from ledger.store.wire import Wire
from tests.ledger.world import HEAD, Clock, World, ledger_on, pupil, request, result


def _become_boarder(world: World, number: int) -> None:
    command = admission.AmendParticulars.model_validate(
        {
            "changes": {"boarder": True},
            "reason": "Boards",
            "in_force_from": "2026-09-30",
            "by": HEAD,
        }
    )
    result(world.ledger.amend_particulars(world.urn, UUID(pupil(number)), command, request()))


def _leave_and_come_back(world: World, number: int) -> None:
    deletion = TypeAdapter(Deletion).validate_python(
        {"ground": "A", "day": "2026-11-22", "evidence": {"school": "Sandfield"}, "by": HEAD}
    )
    result(world.ledger.delete_name(world.urn, UUID(pupil(number)), deletion, request()))
    world.enter_names(number, starting_day="2026-11-23")


def _book(books: Books, database: Database, urn: str, *numbers: int) -> SchoolBook:
    wire = Wire(database.writer())
    books.open(wire, set(), {urn: {pupil(number) for number in numbers}})
    books.bring_up_to_date(wire, [urn])
    wire.close()
    return books.shelf.take(urn)


def _whole(database: Database, urn: str) -> SchoolBook:
    wire, books = Wire(database.writer()), Books()
    books.open(wire, {urn}, {})
    wire.close()
    return books.shelf.take(urn)


def test_a_book_in_part_says_of_its_pupils_what_the_whole_says(
    world: World, database: Database
) -> None:
    """School, days and each pupil asked for are as in the whole book; of others it holds nothing."""
    world.opened(pupils=3)
    world.enter_names(3, boarder=True)
    world.enter_names(4, enrolment="main")
    _become_boarder(world, 1)
    whole = _whole(database, world.urn)
    part = _book(Books(), database, world.urn, 0, 1, 3, 4, 99)
    assert whole.is_whole
    assert not part.is_whole
    assert whole.school == part.school
    asked = {pupil(number) for number in (0, 1, 3, 4)}
    assert {one: whole.roll[one] for one in asked} == part.roll


def test_places_on_the_roll_say_what_plain_names_leave(world: World, database: Database) -> None:
    """Of each record about a pupil there is a place, with a starting day where that is all there is to say."""
    world.opened(pupils=3)
    world.enter_names(3, boarder=True)
    world.enter_names(4, enrolment="main", attends_there=["MON AM"])
    world.enter_names(5, starting_day_is="notified", sex="F", address="1 High Street")
    world.enter_names(6, registration_group='7 "A"')
    _become_boarder(world, 1)
    _leave_and_come_back(world, 2)
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT position, stream, version, topic, state, r.pupil::text, p.starting_day"
            " FROM record AS r LEFT JOIN roll_place AS p USING (school, pupil, position)"
            " WHERE school = %s AND r.pupil IS NOT NULL ORDER BY position",
            (int(world.urn),),
        ).fetchall()
        places = connection.execute(
            "SELECT count(*) FROM roll_place WHERE school = %s", (int(world.urn),)
        ).fetchone()
    plain = {}
    for position, *row, of, starting_day in rows:
        book = SchoolBook(world.urn)
        if starting_day is not None:
            book.apply(read(StoredEvent(*row)), position)
            assert book.roll == {of: OnRoll.plainly_entered(1, starting_day)}
            plain[of] = starting_day
    assert (len(rows),) == places
    # What is escaped is left to whoever reads the record.
    assert dict.fromkeys(map(pupil, (0, 1, 2, 5)), date(2026, 9, 2)) == plain


@pytest.mark.parametrize("day", [date(2025, 9, 1), date.min, date.max])
def test_a_name_plainly_entered_is_entered(day: date) -> None:
    """What is made at once is what `enter` makes, and is the pupil's own to be changed."""
    entered, other = OnRoll(version=1), OnRoll.plainly_entered(1, day)
    entered.enter(day, {"boarder": False, "enrolment": "single", "attends_there": None})
    assert entered == other
    other.delete(date(2026, 1, 5))
    assert entered == OnRoll.plainly_entered(1, day)


def test_a_book_in_part_grows_and_follows(world: World, database: Database) -> None:
    """Pupils who are asked for later come as of its position, and what is new of anybody comes once."""
    world.opened(pupils=3)
    books = Books()
    before = _book(books, database, world.urn, 2)
    _become_boarder(world, 2)
    _become_boarder(world, 1)
    _become_boarder(world, 0)
    world.enter_names(7, 8)
    after = _book(books, database, world.urn, 1, 7)
    assert after is _book(books, database, world.urn, 8)
    assert before is after
    whole = _whole(database, world.urn)
    assert {pupil(n): whole.roll[pupil(n)] for n in (1, 2, 7, 8)} == after.roll


def test_whoever_needs_the_whole_book_gets_it(
    world: World, database: Database, vault: Vault, clock: Clock
) -> None:
    """A pupil whom a book in part does not know is on the roll for whoever may ask about anybody."""
    world.opened(pupils=2)
    with ledger_on(database, vault, clock) as other:
        away = World(other, world.urn, clock)
        assert 201 == away.take({0: "/"}).result().status
        _become_boarder(away, 1)
        refused = away.take({1: "/"}).result().refused
        assert "boarder-carries-no-mark" == refused[0][1].problems[0].code


def test_a_register_by_another_process_sees_its_pupils(
    world: World, database: Database, vault: Vault, clock: Clock
) -> None:
    """A process that knows of the school nothing but its registers refuses whom the roll refuses."""
    world.opened(pupils=2)
    with ledger_on(database, vault, clock) as other:
        away = World(other, world.urn, clock)
        assert 201 == away.take({0: "/"}).result().status
        assert "pupil-not-on-roll" == away.take({5: "/"}).result().refused[0][1].problems[0].code
        world.enter_names(5)
        _become_boarder(world, 0)
        assert 201 == away.take({5: "/"}).result().status
        refused = away.take({0: "\\"}, session="PM").result().refused
        assert "boarder-carries-no-mark" == refused[0][1].problems[0].code


@pytest.mark.parametrize("begun", [False, True], ids=["a new book", "a book with other pupils"])
def test_a_book_whose_reading_was_broken_off_is_read_again(
    world: World, database: Database, addresses: Addresses, begun: bool
) -> None:
    """A connection lost between the head and the record leaves no book that passes for read."""
    world.opened(pupils=2)
    whole = _whole(database, world.urn)
    books = Books()
    if begun:
        _book(books, database, world.urn, 0)
    with connect_as_owner(addresses) as owner, owner.transaction():
        owner.execute("LOCK TABLE record IN ACCESS EXCLUSIVE MODE")
        _cut_off(
            lambda: _book(books, database, world.urn, 1), addresses.service, owner.info.backend_pid
        )
    part = _book(books, database, world.urn, 1)
    assert whole.school == part.school
    assert whole.roll[pupil(1)] == part.roll[pupil(1)]


def _cut_off(read: Callable[[], object], service: str, holder: int) -> None:
    """Have a reading end by the loss of its connection, once it waits for a lock of that process."""
    lost: list[psycopg.OperationalError] = []

    def reading() -> None:
        try:
            read()
        except psycopg.OperationalError as error:
            lost.append(error)

    thread = Thread(target=reading)
    thread.start()
    ended, deadline = None, monotonic() + 10
    with psycopg.connect(service, autocommit=True) as connection:
        while ended is None and monotonic() < deadline:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))",
                (holder,),
            ).fetchone()
    thread.join(10)
    assert (True,) == ended
    assert 1 == len(lost)


def test_books_and_their_pupils_are_bounded() -> None:
    """The least recently used are put away by their number; by that of their pupils they forget these."""
    shelf = Shelf(books_max=3, pupils_max=10)
    for urn in ("100001", "100002", "100003", "100004"):
        shelf.put(SchoolBook(urn, known={f"{urn} {n}" for n in range(4)}))
    shelf.trim()
    assert "100001" not in shelf
    assert [0, 4, 4] == [shelf.take(urn).pupils for urn in ("100002", "100003", "100004")]
    shelf.take("100003")
    shelf.put(SchoolBook("100005", known={str(n) for n in range(4)}))
    shelf.trim()
    assert "100002" not in shelf
    assert [4, 0, 4] == [shelf.take(urn).pupils for urn in ("100003", "100004", "100005")]


def test_the_shelf_is_trimmed_when_it_has_grown(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for every batch, but once so many books and pupils were read since the last time."""
    world.opened(pupils=3)
    monkeypatch.setattr(books_module, "TRIMMED_EVERY", 4)
    books = Books()
    books.shelf = Shelf(pupils_max=2)
    assert _book(books, database, world.urn, 0, 1, 2).pupils == 3
    assert _book(books, database, world.urn, 0).pupils == 1
    assert _book(books, database, world.urn, 0, 1, 2).pupils == 3


def test_a_book_that_forgot_its_pupils_reads_them_again(world: World, database: Database) -> None:
    """What is kept of the school and what is read of the pupils is as in a book begun anew, whole ones too."""
    world.opened(pupils=3)
    world.enter_names(3, boarder=True)
    _become_boarder(world, 1)
    world.ask_leave(0)
    everyone = {pupil(number) for number in range(4)}
    for kept in (_whole(database, world.urn), _book(Books(), database, world.urn, 0, 1, 2, 3)):
        books = Books()
        books.shelf.put(kept.without_pupils())
        assert books.shelf.take(world.urn).pupils == 0
        again = _book(books, database, world.urn, 0, 1, 2, 3)
        assert again == _book(Books(), database, world.urn, 0, 1, 2, 3)
        assert again.known == everyone
        assert (again.roll, again.leave) == (kept.roll, kept.leave)
        assert again.leave != LeaveBook()


def test_schools_that_keep_one_calendar_share_it(
    world: World, database: Database, clock: Clock
) -> None:
    """Its days are worked out once for all of them; a school whose closures are its own has its own."""
    other = World(world.ledger, f"8{world.urn[1:]}", clock)
    world.opened()
    other.opened()
    assert (
        _whole(database, world.urn).school.years[2026]
        is (_whole(database, other.urn).school.years[2026])
    )
    other.set_year(closures=[])
    assert (
        _whole(database, world.urn).school.years[2026]
        is not (_whole(database, other.urn).school.years[2026])
    )
