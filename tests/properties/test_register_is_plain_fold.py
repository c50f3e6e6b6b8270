"""Whatever is entered, amended and admitted, the views are plain folds over the log, at every position.

A small world is played: two schools, four pupils, a few days on which rules differ, a handful of
codes.  What the ledger refuses is refused.  Then the log is read from its first position to its last,
and at each the views in SQL are held against `projections.reference`.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from ledger.application import AttendanceLedger
from ledger.store.database import Addresses, Database
from ledger.store.vault import Vault, scope_of
from projections import reference, reference_totals
from projections.asof import AsOf, head
from projections.grid import TotalsBy
from projections.log import LogRow
from projections.register import RegisterQuery, register
from projections.roll import roll
from projections.school import load
from projections.totals import TotalsQuery, totals
from tests.projections.world import Clock, NotTakenError, World, another_log

PUPILS = range(4)
BORN = ("2009-05-14", "2016-02-01", "2017-03-01", "2012-05-14")
"""Of compulsory school age throughout, from 31 March 2021, from 31 March 2022, throughout."""

DAYS = (
    "2021-03-30",
    "2021-03-31",
    "2024-07-17",
    "2024-09-11",
    "2025-10-29",
    "2025-11-21",
    "2025-11-24",
    "2025-11-25",
)
"""Code X by age on two sides of a birthday's turn, the table of 2013 and that of 2024, a day of half
term, a Friday, the Monday on which everything is entered (from ten in the morning), the day after."""

YEARS = (2020, 2023, 2024, 2025)
SPANS = (
    ("2021-03-25", "2021-04-02"),
    ("2024-07-16", "2024-09-12"),
    ("2025-10-27", "2025-11-26"),
    ("2025-11-21", "2025-11-25"),
    ("2025-11-24", "2025-11-24"),
)
INSTANTS = tuple(
    datetime(2025, 11, day, hour, 30, tzinfo=UTC) for day in (21, 24, 25) for hour in (7, 10, 12)
)

_URNS = count(300001)

schools = st.integers(0, 1)
pupils = st.sampled_from(PUPILS)
days = st.sampled_from(DAYS)
sessions = st.sampled_from(("AM", "PM"))
codes = st.sampled_from(("/", "L", "N", "I", "C", "J", "X", "D", "U", "Y"))
groups = st.sampled_from(("9A", "9B", None))

admissions = st.tuples(
    st.just("admit"),
    schools,
    pupils,
    st.fixed_dictionaries(
        {
            "starting_day": st.sampled_from(("2021-03-31", "2024-09-02", "2025-11-24")),
            "registration_group": groups,
            "year_group": st.sampled_from(("9", "10")),
        },
        optional={
            "boarder": st.booleans(),
            "enrolment": st.sampled_from(("main", "guest")),
            "attends_there": st.sampled_from((["FRI AM"], ["MON AM", "MON PM"])),
        },
    ),
)
particulars = st.tuples(
    st.just("amend_name"),
    schools,
    pupils,
    days,
    st.fixed_dictionaries(
        {"registration_group": groups},
        optional={
            "boarder": st.booleans(),
            "enrolment": st.sampled_from(("single", "guest")),
            "surname": st.sampled_from(("Eze", "Young")),
            "date_of_birth": st.sampled_from(BORN),
            "attends_there": st.sampled_from((None, ["FRI PM"])),
            "starting_day": st.sampled_from(("2021-03-25", "2024-09-11", "2025-11-21")),
        },
    ),
)
deletions = st.tuples(
    st.just("delete"), schools, pupils, st.sampled_from(("2025-11-24", "2025-11-25"))
)
closures = st.tuples(st.just("close"), schools, days, st.sampled_from((("AM",), ("AM", "PM"))))


def entries(
    on: st.SearchStrategy[str], imported: st.SearchStrategy[bool]
) -> st.SearchStrategy[Any]:
    """Marks of one session."""
    marks = st.dictionaries(pupils, codes, min_size=2)
    return st.tuples(st.just("enter"), schools, on, sessions, marks, imported)


amendments = st.tuples(
    st.just("amend"), schools, st.integers(0, 30), codes, st.sampled_from(("amended", "imported"))
)
anything = st.one_of(
    admissions,
    entries(days, st.booleans()),
    amendments,
    amendments,
    particulars,
    deletions,
    closures,
)
plays = st.tuples(
    entries(st.sampled_from(DAYS[:-1]), st.just(True)), st.lists(anything, min_size=3, max_size=9)
).map(lambda play: [play[0], *play[1]])


@pytest.fixture(scope="module")
def own_database(addresses: Addresses) -> Iterator[Database]:
    """A log of this file's own."""
    opened = Database(another_log(addresses, "plain_fold"))
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ledger(own_database: Database, vault: Vault) -> Iterator[AttendanceLedger]:
    """The door into the record, on Monday 24 November 2025."""
    with AttendanceLedger(own_database, vault, Clock()) as opened:
        yield opened


class Play:
    """Two schools and what was entered in them."""

    def __init__(self, ledger: AttendanceLedger, database: Database, vault: Vault) -> None:
        with database.reading() as connection:
            self.start = head(connection).position
        urns = [str(next(_URNS)) for _ in range(2)]
        self.worlds = [World(ledger, database, vault, urn, Clock()) for urn in urns]
        for world in self.worlds:
            # A child is the same child at both schools.
            world.pupil = self.worlds[0].pupil
            world.opened(pupils=0, years=YEARS)
            # Two names are there already, so that what follows has something to happen to.
            self.admit(world, 0, {"starting_day": "2021-03-29"})
            self.admit(world, 1, {"starting_day": "2021-03-29", "registration_group": "9A"})
        with database.reading() as connection:
            self.opened = head(connection).position
        self.originals: dict[tuple[str, str, str, str], str] = {}
        """School, pupil, day, session: the code first entered."""
        self.standing: dict[tuple[str, str, str, str], str] = {}

    def perform(self, play: list[tuple[Any, ...]]) -> None:
        """Ask the ledger for everything; what it refuses is left out."""
        for kind, school, *rest in play:
            with suppress(NotTakenError):
                getattr(self, kind)(self.worlds[school], *rest)

    def admit(self, world: World, pupil: int, entry: dict[str, Any]) -> None:
        """Enter a name."""
        world.enter(pupil, date_of_birth=BORN[pupil], **entry)

    def amend_name(self, world: World, pupil: int, since: str, changes: dict[str, Any]) -> None:
        """Amend particulars."""
        world.amend_name(pupil, since, **changes)

    def delete(self, world: World, pupil: int, day: str) -> None:
        """Delete a name."""
        world.delete(pupil, date.fromisoformat(day))

    def close(self, world: World, day: str, closed: tuple[str, ...]) -> None:
        """Close the school."""
        world.close(day, day, sessions=list(closed))

    def enter(
        self, world: World, day: str, session: str, marks: dict[int, str], imported: bool
    ) -> None:
        """Enter marks, as a register or as history."""
        fitting = {n: "\\" if (c, session) == ("/", "PM") else c for n, c in marks.items()}
        if imported:
            detailed = {n: {"code": c, "detail": "As noted"} for n, c in fitting.items()}
            lines = [(number, day, session, line) for number, line in detailed.items()]
            receipt = world.import_marks(lines, each=True)
        else:
            receipt = world.take(fitting, day, session, each=True)
        for (number, code), result in zip(fitting.items(), receipt["results"], strict=True):
            if result["status"] == "recorded":
                place = (world.urn, world.pupil(number), day, session)
                assert place not in self.originals
                self.originals[place] = self.standing[place] = code

    def amend(self, world: World, which: int, code: str, way: str) -> None:
        """Amend one of the entries that stand."""
        places = [place for place in self.standing if place[0] == world.urn]
        if not places:
            return
        place = places[which % len(places)]
        _, pupil, day, session = place
        number = next(n for n in PUPILS if world.pupil(n) == pupil)
        code = "\\" if (code, session) == ("/", "PM") else code
        if way == "imported":
            line = {"from": self.standing[place], "code": code, "reason": "As imported"}
            world.import_marks([(number, day, session, line)])
        else:
            world.amend(number, self.standing[place], code, day, session)
        self.standing[place] = code


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    play=plays,
    span=st.sampled_from(SPANS),
    by=st.sampled_from(get_args(TotalsBy)),
    instant=st.sampled_from(INSTANTS),
    filters=st.fixed_dictionaries(
        {},
        optional={
            "session": sessions,
            "pupil": pupils,
            "registration_group": st.sampled_from(("9A", "9B")),
        },
    ),
)
def test_views_are_plain_folds_at_every_position(  # noqa: PLR0917 -- what Hypothesis draws
    ledger, own_database, vault, play, span, by, instant, filters
) -> None:
    """Register, roll and totals equal their plain folds, and every original is kept."""
    played = Play(ledger, own_database, vault)
    note(f"{play=}\n{span=} {by=} {instant=} {filters=}")
    played.perform(play)
    event(f"entries: {len(played.originals)}")
    if "pupil" in filters:
        filters = filters | {"pupil": played.worlds[0].pupil(filters["pupil"])}
    first, last = map(date.fromisoformat, span)
    with own_database.reading() as connection:
        rows = reference.whole_log(connection, head(connection), played.start)
        keys = vault.load_keys(connection, {scope_of(row.stream) for row in rows})
        for world in played.worlds:
            asked = RegisterQuery(world.urn, first, last, **filters)
            counted = TotalsQuery(world.urn, first, last, by)
            for position in range(played.opened, rows[-1].position + 1):
                at = AsOf(position, instant)
                book = load(connection, world.urn, at)
                expected = reference.Registers(rows, world.urn, at, keys)
                assert register(connection, book, asked, at, vault) == reference.register(
                    expected, asked
                )
                assert totals(connection, book, counted, at, vault) == reference_totals.totals(
                    expected, counted
                )
                assert roll(connection, vault, book, at, last) == reference.roll(expected, last)
            for rows_of in get_args(TotalsBy):
                counted = TotalsQuery(world.urn, first, last, rows_of)
                assert totals(connection, book, counted, at, vault) == reference_totals.totals(
                    expected, counted
                )
            _originals_are_kept(connection, played, world, rows, at)


def _originals_are_kept(
    connection: Any, played: Play, world: World, rows: list[LogRow], at: AsOf
) -> None:
    """Every code first entered is an entry's original for ever; what stands is what was amended to."""
    whole = RegisterQuery(world.urn, date(2021, 1, 1), date(2025, 12, 31))
    shown = register(connection, load(connection, world.urn, at), whole, at).entries
    by_place = {(world.urn, e.pupil, e.date.isoformat(), e.session): e for e in shown}
    here = {place: code for place, code in played.originals.items() if place[0] == world.urn}
    assert {place: entry.original for place, entry in by_place.items()} == here
    assert {place: entry.code for place, entry in by_place.items()} == {
        place: played.standing[place] for place in here
    }
    entered = [r for r in rows if r.type == "attendance-entered" and r.school == world.urn]
    assert len(entered) == len(here)
