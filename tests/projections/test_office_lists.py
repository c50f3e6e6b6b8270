"""Lists that offices live by: examples, and the same worked out again, plainly, from the whole log."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.application import AttendanceLedger
from ledger.law.codes import last_counted
from ledger.schools.calendar import LONDON, SESSIONS, Span
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.vault import Vault
from projections import reference
from projections.asof import AsOf, head
from projections.lists.activity import ActivityQuery, Spike, activity_spikes
from projections.lists.amended import AmendedAfter, AmendedQuery, amended_after
from projections.lists.batches import Batch, BatchesQuery, batches
from projections.lists.cut import Cut
from projections.lists.registers import RegistersQuery, RegisterTaken, registers
from projections.lists.unmarked import Unmarked, UnmarkedQuery, unmarked
from projections.school import load
from tests.projections.world import NOW, Clock, NotTakenError, World, another_log

ALL = Cut(0, 10_000)
MONDAY, NEXT, DAY = date(2025, 11, 24), date(2025, 11, 25), timedelta(days=1)
_LOGS = count(1)


class Office:
    """A school whose clock the test sets, and its lists."""

    def __init__(self, world: World) -> None:
        self.world = world

    def at(self, instant: str) -> "Office":
        """Go on to this instant (UTC)."""
        self.world.clock.now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        return self

    def registers(self, day: date = MONDAY, **where: Any) -> dict[Any, RegisterTaken]:
        """The registers by session and group."""
        with self.world.looking(**where) as (connection, book, at):
            rows = registers(connection, book, RegistersQuery(day), at)
        return {(row.session, row.registration_group): row for row in rows}

    def unmarked(self, first: date, last: date, cut: Cut = ALL, **where: Any) -> list[Unmarked]:
        """Pupils due without a mark."""
        with self.world.looking(**where) as (connection, book, at):
            return unmarked(connection, book, UnmarkedQuery(Span(first, last)), cut, at)

    def amended(self, since: int, span: Span, cut: Cut = ALL, **where: Any) -> list[AmendedAfter]:
        """Entries amended after a position."""
        with self.world.looking(**where) as (connection, book, at):
            reader = (connection, self.world.vault)
            return amended_after(reader, book, AmendedQuery(span, since), cut, at)

    def batches(self, query: BatchesQuery, cut: Cut = ALL, **where: Any) -> list[Batch]:
        """Bulk and back-dated acts."""
        with self.world.looking(**where) as (connection, book, at):
            return batches(connection, book, query, cut, at)

    def spikes(self, query: ActivityQuery, **where: Any) -> list[Spike]:
        """Sessions in which a code was used far more than is usual."""
        with self.world.looking(**where) as (connection, book, at):
            return activity_spikes(connection, book, query, at)


@pytest.fixture
def office(addresses: Addresses, vault: Vault) -> Iterator[Office]:
    """A school in a log of its own, on Thursday 20 November 2025 at eight."""
    number, clock = next(_LOGS), Clock(datetime(2025, 11, 20, 8, tzinfo=UTC))
    database = Database(another_log(addresses, f"office_{number}"))
    database.open()
    with AttendanceLedger(database, vault, clock) as ledger:
        yield Office(World(ledger, database, vault, str(190000 + number), clock))
    database.close()


# -- registers -------------------------------------------------------------------------------------


def test_the_registers_of_a_morning(office: Office) -> None:
    """Taken, partly taken and not taken, by group, with who came late; the afternoon is not due."""
    world = office.world.opened(pupils=0)
    world.enter(0, 1, registration_group="9A")
    world.enter(2, 3, registration_group="9B")
    world.enter(4, 5, registration_group=None)
    world.enter(6, registration_group="9A", enrolment="guest")
    world.take({4: {"code": "C", "detail": "Funeral"}}, "2025-11-24")
    assert {"not_due"} == {row.state for row in office.registers().values()}
    office.at("2025-11-24T08:35:00").world.take({0: "/"})
    office.at("2025-11-24T09:04:59").world.take({1: "/", 6: "/"})
    before = world.take({2: "N"})["last"]
    office.at("2025-11-24T09:05:00").world.take({3: "/"})
    found = office.registers()
    assert [(s, g) for s in SESSIONS for g in ("9A", "9B", None)] == list(found)
    taken, late, ahead = (found["AM", group] for group in ("9A", "9B", None))
    assert ("taken", 2, 2, 0, 0, 0) == (
        *(taken.state, taken.due, taken.marked, taken.missing),
        *(taken.ahead, taken.late),
    )
    assert taken.first_entry_at is not None
    assert taken.last_entry_at is not None
    assert time(8, 35) == taken.first_entry_at.astimezone(UTC).time().replace(microsecond=0)
    assert time(9, 4, 59) == taken.last_entry_at.astimezone(UTC).time().replace(microsecond=0)
    assert ("taken", 1, 0) == (late.state, late.late, late.missing)
    assert ("not_taken", 2, 1, 1, 1, None) == (
        *(ahead.state, ahead.due, ahead.marked, ahead.missing),
        *(ahead.ahead, ahead.first_entry_at),
    )
    assert {"not_due"} == {found["PM", group].state for group in ("9A", "9B", None)}
    then = office.registers(position=before, instant=datetime(2025, 11, 24, 9, 4, 59, tzinfo=UTC))
    assert ("partly_taken", 1) == (then["AM", "9B"].state, then["AM", "9B"].missing)


def test_a_register_is_not_due_before_it_opens_nor_where_no_session_is_held(office: Office) -> None:
    """Not due a second before the opening, not taken at it; never due on a closed day or a Sunday."""
    world = office.world.opened(pupils=1)
    opening = datetime(2025, 11, 24, 8, 35, tzinfo=UTC)
    states = [
        office.registers(instant=instant)["AM", "9B"].state
        for instant in (opening - timedelta(seconds=1), opening)
    ]
    assert ["not_due", "not_taken"] == states
    world.close("2025-11-24", "2025-11-24", sessions=["AM"])
    evening = datetime(2025, 11, 24, 20, tzinfo=UTC)
    closed = office.registers(instant=evening)
    assert [("not_due", "unplanned-closure", 0), ("not_taken", "held", 1)] == [
        (row.state, row.held, row.missing) for row in closed.values()
    ]
    sunday = office.registers(date(2025, 11, 23), instant=evening)
    assert {("not_due", "none")} == {(row.state, row.held) for row in sunday.values()}


def test_without_register_times_a_session_begins_with_its_day(office: Office) -> None:
    """Where no times are known entries of the day take the register, and none is said to be late."""
    world = office.world
    world.describe(in_force_from="2025-11-24")
    world.set_year(2025)
    world.enter(0)
    world.import_marks([(0, "2025-11-20", "AM", "/")])
    row = office.registers(date(2025, 11, 20))["AM", "9B"]
    assert ("taken", 0, None) == (row.state, row.ahead, row.late)


# -- unmarked --------------------------------------------------------------------------------------


def test_who_is_unmarked_and_how_long(office: Office) -> None:
    """A mark missing since Friday morning: one school day on Monday, none on its own day."""
    world = office.world.opened(pupils=2)
    office.at("2025-11-21T08:40:00").world.take({0: "/"}, "2025-11-21")
    office.at("2025-11-24T08:00:00")
    [am, *pm] = office.unmarked(date(2025, 11, 21), MONDAY)
    assert (world.pupil(1), date(2025, 11, 21), "AM", "9", "9B") == am[:5]
    assert (datetime(2025, 11, 21, 8, 35, tzinfo=UTC), 1) == (am.since, am.school_days)
    assert [world.pupil(0), world.pupil(1)] == [one.pupil for one in pm]
    friday = datetime(2025, 11, 21, 8, 36, tzinfo=UTC)
    assert [0] == [
        one.school_days for one in office.unmarked(MONDAY - 3 * DAY, NEXT, instant=friday)
    ]


# -- amended ---------------------------------------------------------------------------------------


def test_what_was_amended_after_a_census_day(office: Office) -> None:
    """N of the census day amended to I after it, with whose it is and why; what came before is not."""
    world = office.world.opened(pupils=3)
    office.at("2025-11-20T08:40:00").world.take({0: "N", 1: "N"}, "2025-11-20")
    world.amend(1, "N", "I", "2025-11-20")
    census = world.take({2: "/"}, "2025-11-20")["last"]
    office.at("2025-11-24T09:00:00").world.amend(0, "N", "O", "2025-11-20")
    last = world.amend(0, "O", "I", "2025-11-20", reason="Doctor's letter")["last"]
    world.take({0: "N"})
    world.amend(0, "N", "/")
    to_census = Span(date(2025, 9, 1), date(2025, 11, 20))
    [found] = office.amended(census, to_census)
    assert (world.pupil(0), date(2025, 11, 20), "AM", "N", "I") == found[:5]
    assert [("N", "O", "Parent telephoned: unwell"), ("O", "I", "Doctor's letter")] == [
        (one.replaces, one.code, one.reason) for one in found.changes
    ]
    assert (last, "D Officer", None) == (
        *(found.changes[-1].position, found.changes[-1].by.name),
        found.changes[-1].rule,
    )
    [then] = office.amended(census, to_census, position=last - 2)
    assert ("O", 1) == (then.code_now, len(then.changes))
    assert [] == office.amended(census, to_census, position=census)
    assert [] == office.amended(last, to_census)
    both = office.amended(census, Span(date(2025, 9, 1), MONDAY))
    # What was entered and amended since stood at nothing then.
    assert [("N", "I"), (None, "/")] == [(one.code_then, one.code_now) for one in both]
    assert [None, "N"] == [one.replaces for one in both[1].changes]


def test_an_erased_reason_is_none(world: World, own_addresses: Addresses) -> None:
    """With the year's data key destroyed an amendment is listed without its reason."""
    world.opened(pupils=1).take({0: "N"})
    world.amend(0, "N", "I")
    everything = Span(MONDAY, MONDAY)
    assert ["Parent telephoned: unwell"] == [
        one.reason for one in Office(world).amended(0, everything)[0].changes[1:]
    ]
    with connect_as_owner(own_addresses) as connection:
        connection.execute(
            "DELETE FROM data_key WHERE scope = %s", (f"{world.urn}/{world.pupil(0)}/2025",)
        )
    [found] = Office(world).amended(0, everything)
    assert [("N", None), ("I", None)] == [(one.code, one.reason) for one in found.changes]


def test_parts_make_up_the_lists(office: Office) -> None:
    """Cut row by row, each list is the one that is read whole."""
    world = office.world.opened(pupils=4)
    office.at("2025-11-24T09:30:00")
    for number, reason in enumerate(("One", "Two", "Three")):
        world.import_marks([(number, "2025-09-08", "AM", "N")])
        world.import_marks(
            [(number, "2025-09-08", "AM", {"from": "N", "code": "I", "reason": reason})]
        )
    span = Span(date(2025, 9, 1), MONDAY)
    query = BatchesQuery(span)
    for whole, parts in (
        (office.amended(0, span), [office.amended(0, span, Cut(n, 1)) for n in range(3)]),
        (office.batches(query), [office.batches(query, Cut(n, 1)) for n in range(6)]),
    ):
        assert whole == [row for part in parts for row in part]
        assert len(parts) == len(whole)


# -- bulk and back-dated ---------------------------------------------------------------------------


def test_late_is_after_so_many_school_days(office: Office) -> None:
    """Entered on the last minute of the second school day, then after it: the latter is late for 2."""
    world = office.world.opened(pupils=3)
    span = Span(date(2025, 9, 1), NEXT)
    # The second school day after Thursday 20 is Monday 24.
    office.at("2025-11-24T23:59:00").world.import_marks([(0, "2025-11-20", "AM", "/")])
    assert [] == office.batches(BatchesQuery(span, days=2))
    office.at("2025-11-25T00:00:00").world.import_marks(
        [(1, "2025-11-20", "AM", "/"), (1, "2025-11-21", "AM", "/"), (2, "2025-11-20", "PM", "N")]
    )
    [late] = office.batches(BatchesQuery(span, days=2))
    assert (2, 0, 0, False, "C Tutor", "Tests of the views") == (
        *(late.late_entries, late.late_amendments, late.amendments),
        *(late.bulk, late.by.name, late.client),
    )
    assert ((date(2025, 11, 20), "AM"), (date(2025, 11, 20), "PM")) == (late.earliest, late.latest)
    assert [(None, "/", 1), (None, "N", 1)] == list(late.codes)
    line = {"from": "N", "code": "I", "reason": "Telephoned"}
    world.import_marks([(2, "2025-11-20", "PM", line)])
    assert [(0, 1, 1)] == [one[4:7] for one in office.batches(BatchesQuery(span, days=2))[1:]]


def test_bulk_is_more_than_so_many_amendments_in_one_act(office: Office) -> None:
    """Two amendments in one act are more than one, however soon; as it stood before, there is none."""
    world = office.world.opened(pupils=3)
    before = office.at("2025-11-24T08:40:00").world.take({0: "N", 1: "N", 2: "/"})["last"]
    line = {"from": "N", "code": "I", "reason": "Telephoned"}
    world.import_marks([(n, "2025-11-24", "AM", line) for n in (0, 1)])
    span = Span(MONDAY, MONDAY)
    [bulk] = office.batches(BatchesQuery(span, bulk=1))
    assert (0, 0, 2, True, (("N", "I", 2),)) == (*bulk[4:8], bulk.codes)
    assert [] == office.batches(BatchesQuery(span, bulk=2))
    assert [] == office.batches(BatchesQuery(span, bulk=1), position=before)


def test_nothing_is_late_where_the_school_s_days_are_not_known(office: Office) -> None:
    """Without terms no school day has passed; once they are set the same entry is late."""
    world = office.world
    world.describe()
    world.enter(0)
    world.import_marks([(0, "2025-10-01", "AM", "/")])
    query = BatchesQuery(Span(date(2025, 9, 1), MONDAY))
    assert [] == office.batches(query)
    world.set_year(2025)
    assert 1 == len(office.batches(query))


# -- spikes ----------------------------------------------------------------------------------------


def test_a_spike_is_more_than_so_many_times_the_median(office: Office) -> None:
    """B of one of six pupils each morning, of four on the last: more than three times, not four."""
    world = office.world.opened(pupils=0)
    world.enter(0, 1, 2, 3, registration_group="9A")
    world.enter(4, 5, registration_group="9B", year_group="10")
    days = ["2025-11-17", "2025-11-18", "2025-11-19", "2025-11-20"]
    visits = {"code": "B", "detail": "Taster day"}
    office.at("2025-11-20T08:40:00")
    for day in days:
        of_b = 4 if day == days[-1] else 1
        world.import_marks([(n, day, "AM", visits if n < of_b else "/") for n in range(6)])
    span = Span(date(2025, 9, 1), date(2025, 11, 20))
    found = office.spikes(ActivityQuery(span, at_least=4))
    assert [
        ("school", None, 4, 6),
        ("year_group", "9", 4, 4),
        ("registration_group", "9A", 4, 4),
    ] == [one[2:6] for one in found]
    assert (date(2025, 11, 20), "AM", 400 / 6, 100 / 6) == (*found[0][:2], *found[0][6:])
    assert [] == office.spikes(ActivityQuery(span, times=4, at_least=4))
    assert [] == office.spikes(ActivityQuery(span, at_least=5))
    amended = {"from": "B", "code": "/", "reason": "Was in school"}
    last = world.import_marks([(0, "2025-11-20", "AM", amended)])["last"]
    assert [] == office.spikes(ActivityQuery(span, at_least=4))
    assert found == office.spikes(ActivityQuery(span, at_least=4), position=last - 1)


def test_a_code_that_is_no_possible_session_is_held_against_those_that_are(world: World) -> None:
    """D where nothing was possible has no share; beside possible sessions it has one."""
    world.opened(pupils=3)
    world.import_marks([(n, "2025-11-20", "AM", "D") for n in range(3)])
    query = ActivityQuery(Span(date(2025, 9, 1), MONDAY), "D", at_least=1)
    assert [] == Office(world).spikes(query)
    world.import_marks(
        [(0, "2025-11-19", half, mark) for half, mark in zip(SESSIONS, "/\\", strict=True)]
    )
    world.import_marks([(n, "2025-11-21", "AM", mark) for n, mark in enumerate("DD/")])
    found = [one for one in Office(world).spikes(query) if one.group_of == "school"]
    assert [(date(2025, 11, 21), 2, 1, 200.0, 0.0)] == [(one.day, *one[4:]) for one in found]


# -- the same, worked out again --------------------------------------------------------------------

DAYS = ("2025-11-10", "2025-11-14", "2025-11-20", "2025-11-21", "2025-11-22", "2025-11-24")
"""School days, a Saturday, and the Monday on which everything is entered at ten."""
SPAN = Span(date(2025, 11, 10), date(2025, 11, 24))
PUPILS = range(8)
"""The last of them is never entered in the admission register."""

marks = st.tuples(
    st.sampled_from(PUPILS),
    st.sampled_from(DAYS),
    st.sampled_from(("AM", "PM")),
    st.sampled_from("BBB/NCQ"),
)
acts = st.lists(
    st.one_of(
        st.lists(marks, min_size=5, max_size=30, unique_by=lambda mark: mark[:3]),
        st.lists(st.tuples(st.integers(0, 60), st.sampled_from("BNIQ")), min_size=1, max_size=6),
    ),
    min_size=2,
    max_size=6,
)


def play(world: World, played: list[list[Any]]) -> None:
    """A school of seven: two groups, none, a joiner, a guest, one who changes group; and a stranger."""
    world.opened(pupils=0)
    world.enter(0, 1, registration_group="9A")
    world.enter(2, 3, registration_group="9B")
    world.enter(4, registration_group=None, year_group="10")
    world.enter(5, starting_day="2025-11-14", registration_group="9A")
    world.enter(6, enrolment="guest")
    world.amend_name(3, "2025-11-20", registration_group="9A")
    standing: dict[tuple[int, str, str], str] = {}
    for act in played:
        lines: dict[tuple[int, str, str], Any] = {}
        for asked in act:
            if len(asked) == 4:
                place, code = asked[:3], asked[3]
                code = "\\" if (code, place[2]) == ("/", "PM") else code
                if place not in standing:
                    lines[place] = {"code": code, "detail": "As noted"}
            elif standing:
                place = sorted(standing)[asked[0] % len(standing)]
                if place not in lines and standing[place] != asked[1]:
                    reason = {"from": standing[place], "reason": "As told"}
                    lines[place] = {"code": asked[1], "detail": "As noted", **reason}
        if lines:
            standing |= enter(world, lines)


def enter(world: World, lines: dict[tuple[int, str, str], Any]) -> dict[tuple[int, str, str], str]:
    """Import lines in one act; the codes of those that the ledger took."""
    asked = [(*place, line) for place, line in lines.items()]
    try:
        results = world.import_marks(asked, each=True)["results"]
    except NotTakenError:
        return {}
    return {
        place: line["code"]
        for (place, line), result in zip(lines.items(), results, strict=True)
        if result["status"] == "recorded"
    }


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(played=acts, days=st.integers(0, 6), bulk=st.integers(0, 3))
def test_the_lists_are_plain_folds_at_every_position(
    make_world: Callable[[], World], played: list[list[Any]], days: int, bulk: int
) -> None:
    """Whatever is entered and amended, each list is what a plain look through the log finds."""
    world = make_world()
    with world.database.reading() as connection:
        start = head(connection).position
    play(world, played)
    with world.database.reading() as connection:
        end = head(connection)
        rows = reference.whole_log(connection, end, start)
        for position in range(start + 4, end.position + 1, 3):
            at = AsOf(position, NOW)
            plain = Plain(reference.Registers(rows, world.urn, at, {}))
            book = load(connection, world.urn, at)
            for day in (date(2025, 11, 14), date(2025, 11, 21)):
                found = registers(connection, book, RegistersQuery(day), at)
                assert plain.registers(day) == [
                    (one.session, one.registration_group, one.due, one.marked, one.missing)
                    for one in found
                ]
            missing = unmarked(connection, book, UnmarkedQuery(SPAN), ALL, at)
            assert plain.unmarked() == sorted(
                (one.day, one.session, _last(one.registration_group), one.pupil) for one in missing
            )
            assert missing == [
                one
                for skip in range(0, len(missing) + 7, 7)
                for one in unmarked(connection, book, UnmarkedQuery(SPAN), Cut(skip, 7), at)
            ]
            since = (start + position) // 2
            amended = amended_after(
                (connection, world.vault), book, AmendedQuery(SPAN, since), ALL, at
            )
            assert plain.amended(since) == [
                (one.day, one.session, one.pupil, one.code_then, one.code_now, len(one.changes))
                for one in amended
            ]
            query = BatchesQuery(SPAN, days, bulk)
            assert plain.batches(query) == [
                (*one[:1], *one[4:10], {change[:2]: change[2] for change in one.codes})
                for one in batches(connection, book, query, ALL, at)
            ]
            usual = ActivityQuery(SPAN, "B", 1, 1)
            assert plain.spikes(usual) == {
                one[:6] for one in activity_spikes(connection, book, usual, at)
            }


def _last(group: str | None) -> tuple[bool, str]:
    return group is None, group or ""


class Plain:
    """The lists, worked out the slow way."""

    def __init__(self, folded: reference.Registers) -> None:
        self.folded = folded
        self.school_days = [
            day
            for day in reference.days_of(date(2025, 8, 1), date(2026, 7, 31))
            if any(folded.book.school.held(day, session) == "held" for session in SESSIONS)
        ]

    def group(self, pupil: str, day: date, kind: str = "registration_group") -> Any:
        """A pupil's group on a day."""
        return self.folded.names[pupil].particular(kind, day)

    def registers(self, day: date) -> list[tuple[Any, ...]]:
        """Session, group, due, marked and missing."""
        due: defaultdict[Any, list[bool]] = defaultdict(list)
        for on, session, pupil in self.folded.due(day, day):
            entered = (on, session, pupil) in self.folded.entries
            due[session, _last(self.group(pupil, on))].append(entered)
        return [
            (session, None if none else name, len(own), sum(own), len(own) - sum(own))
            for (session, (none, name)), own in sorted(due.items())
        ]

    def unmarked(self) -> list[tuple[Any, ...]]:
        """Day, session, group and pupil."""
        return sorted(
            (day, session, _last(self.group(pupil, day)), pupil)
            for day, session, pupil in self.folded.due(SPAN.first, SPAN.last)
            if (day, session, pupil) not in self.folded.entries
        )

    def amended(self, since: int) -> list[tuple[Any, ...]]:
        """Place, code then, code now and the number of changes."""
        found = []
        for (day, session, pupil), entry in sorted(self.folded.entries.items()):
            then = [one for one in entry.revisions if one.row.position <= since]
            after = [one for one in entry.revisions if one.row.position > since]
            if any(one is not entry.revisions[0] for one in after):
                was = then[-1].code if then else None
                found.append((day, session, pupil, was, after[-1].code, len(after)))
        return found

    def batches(self, query: BatchesQuery) -> list[tuple[Any, ...]]:
        """Acts with their counts."""
        acts: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for (day, session, _), entry in self.folded.entries.items():
            before = None
            for one in entry.revisions:
                recorded = one.row.recorded_at.astimezone(LONDON).date()
                passed = sum(day < each < recorded for each in self.school_days)
                late = passed >= query.days and recorded > day and self._late(day, recorded, query)
                acts[one.row.act].append(((day, session), before, one.code, late))
                before = one.code
        found = []
        for act, changes in sorted(acts.items()):
            late = [change for change in changes if change[3]]
            amended = [change for change in changes if change[1] is not None]
            if not late and len(amended) <= query.bulk:
                continue
            counted = [c for c in changes if c[3] or c[1] is not None]
            found.append(
                (
                    *(act, sum(c[1] is None for c in late), sum(c[1] is not None for c in late)),
                    *(len(amended), len(amended) > query.bulk),
                    *(min(c[0] for c in counted), max(c[0] for c in counted)),
                    dict(Counter((c[1], c[2]) for c in counted)),
                )
            )
        return found

    def _late(self, day: date, recorded: date, query: BatchesQuery) -> bool:
        """Whether the n-th school day after a day had passed; for n = 0 the day itself."""
        after = [each for each in self.school_days if each > day][: query.days]
        return recorded > (after[-1] if query.days else day)

    def spikes(self, query: ActivityQuery) -> set[tuple[Any, ...]]:
        """Session, group, entries at the code and possible ones."""
        counts: defaultdict[Any, Counter[Any]] = defaultdict(Counter)
        school = self.folded.book.school
        for (day, session, pupil), entry in self.folded.entries.items():
            code = last_counted(entry.revisions[-1].code, day)
            assert code is not None
            if school.held(day, session) == "held" and self.folded.begun(day, session):
                groups: list[tuple[str, Any]] = [("school", None)]
                if pupil in self.folded.names and self.folded.names[pupil].on(day):
                    kinds = ("year_group", "registration_group")
                    groups += [(kind, self.group(pupil, day, kind)) for kind in kinds]
                for group in groups:
                    counts[group][day, session, "possible"] += code.in_possible
                    counts[group][day, session, "at"] += code.symbol == query.code
        found = set()
        for group, counted in counts.items():
            shares = {
                (day, session): (counted[day, session, "at"], possible)
                for (day, session, what), possible in counted.items()
                if what == "possible" and possible
            }
            ordered = sorted(Fraction(*one) for one in shares.values())
            if not ordered:
                continue
            middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
            found |= {
                (*place, *group, *one)
                for place, one in shares.items()
                if one[0] >= query.at_least and Fraction(*one) > query.times * middle
            }
        return found
