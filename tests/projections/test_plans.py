"""How the database goes about it: no year but those asked about is read, and entries by their key."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from ledger.facts import EntryKey
from ledger.store import standing
from ledger.store.database import Addresses, connect_as_owner
from ledger.store.settled_years import index_by_pupil
from ledger.store.wire import ask_once
from projections.history import HistoryQuery, history
from projections.register import RegisterQuery, register
from projections.totals import TotalsQuery, totals
from tests.projections.world import World


class Watching:
    """A connection that looks at the plan of each statement before it passes it on."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.scans: list[dict[str, Any]] = []
        # The tables of a test are so small that reading all of them would be quickest.
        connection.execute("SET LOCAL enable_seqscan = off")
        connection.execute("SET LOCAL enable_bitmapscan = off")

    def execute(self, statement: bytes | str, parameters: Any = None, **options: Any) -> Any:
        """Run the statement, its scans of marks noted."""
        text = statement if isinstance(statement, bytes) else statement.encode()
        asked = b"EXPLAIN (FORMAT JSON) " + text
        ((plan,),) = self._connection.execute(asked, parameters, **options).fetchall()
        self._note(plan)
        return self._connection.execute(statement, parameters, **options)

    def ask(self, query: str, parameters: Sequence[bytes]) -> list[list[Any]]:
        """The same of what is asked in the binary format."""
        ((plan,),) = ask_once(self._connection, f"EXPLAIN (FORMAT JSON) {query}", parameters)
        self._note(json.loads(plan))
        return ask_once(self._connection, query, parameters)

    def _note(self, plan: list[dict[str, Any]]) -> None:
        nodes = _nodes(plan[0]["Plan"])
        self.scans += [n for n in nodes if n.get("Relation Name", "").startswith("mark_")]

    @property
    def pgconn(self) -> Any:
        """For what is asked of other tables in the binary format."""
        return self._connection.pgconn

    @property
    def years(self) -> set[str]:
        """The partitions that were read."""
        return {scan["Relation Name"] for scan in self.scans}


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


@pytest.fixture
def school(world: World) -> World:
    """A school with marks in two years."""
    world.opened(years=(2024, 2025))
    world.import_marks([(0, "2025-06-10", "AM", "/"), (0, "2025-11-20", "AM", "/")])
    return world


@pytest.mark.parametrize("filters", [{}, {"pupil": 0}, {"registration_group": "9B"}])
def test_the_register_reads_the_years_asked_about(school: World, filters) -> None:
    """A register of November 2025 reads the partition of 2025 and no other, by its key."""
    if "pupil" in filters:
        filters = {"pupil": school.pupil(filters["pupil"])}
    with school.looking() as (connection, book, at):
        watching = Watching(connection)
        asked = RegisterQuery(school.urn, date(2025, 11, 1), date(2025, 11, 30), **filters)
        assert len(register(watching, book, asked, at).entries) == 1
    assert watching.years == {"mark_2025"}
    [scan] = watching.scans
    assert scan["Index Name"] == "mark_2025_pkey"
    assert ("pupil = ANY" in scan["Index Cond"]) == bool(filters)


@pytest.mark.parametrize("by", ["school", "pupil", "week"])
def test_totals_read_the_years_asked_about(school: World, by) -> None:
    """Totals from June to November read two partitions once each, those of November one."""
    for first, years in (
        (date(2025, 6, 1), ["mark_2024", "mark_2025"]),
        (date(2025, 11, 1), ["mark_2025"]),
    ):
        with school.looking() as (connection, book, at):
            watching = Watching(connection)
            totals(watching, book, TotalsQuery(school.urn, first, date(2025, 11, 30), by), at)
        assert sorted(scan["Relation Name"] for scan in watching.scans) == years


def test_a_child_s_marks_are_found_by_key_and_pupil(school: World) -> None:
    """A history has the server skip in the key to the child's entries: the pupil is part of the condition."""
    with school.looking() as (connection, _, at):
        watching = Watching(connection)
        list(
            history(
                watching, school.vault, HistoryQuery(school.pupil(0), first=date(2025, 8, 1)), at
            )
        )
    found = [scan for scan in watching.scans if "pupil = " in scan.get("Index Cond", "")]
    assert [scan["Index Name"] for scan in found] == ["mark_2025_pkey"]
    assert all(name in found[0]["Index Cond"] for name in ("school = ", "day >= ", "day <= "))


def test_a_child_s_marks_of_a_settled_year_are_one_scan(
    world: World, own_addresses: Addresses
) -> None:
    """A history reads them by the index by pupil."""
    world.opened(years=(2019, 2025)).import_marks([(0, "2019-11-20", "AM", "/")])
    with connect_as_owner(own_addresses) as connection:
        index_by_pupil(connection, date(2025, 11, 24))
    with world.looking() as (connection, _, at):
        watching = Watching(connection)
        query = HistoryQuery(world.pupil(0), last=date(2020, 7, 31))
        assert len(list(history(watching, world.vault, query, at))) == 1
    [found] = [scan for scan in watching.scans if "pupil = " in scan.get("Index Cond", "")]
    assert found["Index Name"] == "mark_2019_pupil"


def test_what_the_writer_looks_up_is_in_the_years_asked_about(school: World) -> None:
    """All writers wait for whoever holds the head, so no look-up readies the plans of forty years.

    A range over them is planned for all of them; only a span that is named as one is not.
    """
    day, pupil, urn = date(2025, 11, 21), school.pupil(0), school.urn
    key, week = EntryKey(pupil, day, "AM"), (date(2025, 11, 17), day)
    with school.looking() as (connection, _, _):
        watching: Any = Watching(connection)
        standing.find(watching, urn, [key])
        standing.elsewhere(watching, urn, [key])
        standing.coded_throughout(watching.ask, (urn, "E"), [(pupil, day)], {day: [week[0]]})
        standing.between(watching, urn, *week)
        standing.with_code(watching, urn, "/", week)
        standing.codes_of(watching, urn, pupil, *week)
    assert watching.years == {"mark_2025"}
    assert len(watching.scans) >= 6


def test_no_plan_is_kept_that_knows_no_days(school: World) -> None:
    """However often a view of marks is asked for, it is planned for its own days and pupils.

    But for the question which days there are, which names none.
    """
    november = date(2025, 11, 1), date(2025, 11, 2)
    with school.looking() as (connection, book, at):
        for _ in range(10):
            register(connection, book, RegisterQuery(school.urn, *november), at)
            totals(connection, book, TotalsQuery(school.urn, *november), at)
            list(history(connection, school.vault, HistoryQuery(school.pupil(0)), at))
        kept = connection.execute(
            "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%FROM mark%'"
            " AND statement NOT LIKE '%SELECT min(day), max(day) FROM mark WHERE school = %'"
        ).fetchall()
    assert kept == []
