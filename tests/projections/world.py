"""A school for tests of the views: it is entered through the ledger and looked at through the views."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from json import loads
from typing import Any
from uuid import UUID

from psycopg.conninfo import make_conninfo
from pydantic import TypeAdapter

from ledger.admissions import admission
from ledger.admissions.grounds import Deletion
from ledger.application import AttendanceLedger
from ledger.leave_of_absence import leave
from ledger.registers import attendance
from ledger.requests import Request
from ledger.schools import school
from ledger.store.database import Addresses, Connection, Database, connect_as_owner
from ledger.store.migrations import migrate
from ledger.store.vault import Vault
from projections.asof import AsOf, head
from projections.history import HistoryQuery, history
from projections.history_events import HistoryEvent
from projections.leave import LeaveQuery, LeaveRow
from projections.leave import leave as leave_of
from projections.log import LogPage, page
from projections.register import Register, RegisterQuery, register
from projections.roll import RollRow, roll
from projections.school import Book, load
from projections.totals import TotalsBy, TotalsQuery, TotalsRow, totals

NOW = datetime(2025, 11, 24, 10, 0, tzinfo=UTC)
"""A Monday, ten in the morning: its AM register has closed, its PM register has not opened."""
TODAY = NOW.date()

HEAD = {"name": "A Head", "position": "Headteacher"}
TUTOR = {"name": "C Tutor", "position": "Form tutor"}
OFFICER = {"name": "D Officer", "position": "Attendance officer"}

TIMES = {"AM": {"opens": "08:35", "closes": "09:05"}, "PM": {"opens": "12:25", "closes": "12:55"}}
_KEYS = count(1)

Mark = str | dict[str, Any]


class NotTakenError(Exception):
    """The ledger refused what a test asked of it."""


class Clock:
    """A clock that moves by a tick whenever it is looked at, so that it never stands still or turns."""

    TICK = timedelta(microseconds=100)

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += self.TICK
        return self.now


def another_log(addresses: Addresses, schema: str) -> Addresses:
    """A log in a schema of its own, so that time runs in it from where its tests want it to."""
    with connect_as_owner(addresses) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO ledger_append")
    options = f"-c search_path={schema}"
    own = Addresses(
        service=make_conninfo(addresses.service, options=options),
        owner=make_conninfo(addresses.owner, options=options),
    )
    migrate(own)
    return own


def terms(year: int) -> list[dict[str, Any]]:
    """Three terms of an academic year with their half terms."""
    return [
        _term("Autumn", f"{year}-09-02", f"{year}-12-19", f"{year}-10-27", f"{year}-10-31"),
        _term(
            "Spring",
            f"{year + 1}-01-05",
            f"{year + 1}-03-27",
            f"{year + 1}-02-16",
            f"{year + 1}-02-20",
        ),
        _term(
            "Summer",
            f"{year + 1}-04-13",
            f"{year + 1}-07-21",
            f"{year + 1}-05-25",
            f"{year + 1}-05-29",
        ),
    ]


def _term(name: str, first: str, last: str, off: str, back: str) -> dict[str, Any]:
    return {"name": name, "from": first, "to": last, "half_term": {"from": off, "to": back}}


class World:
    """One school, written to and looked at."""

    def __init__(
        self, ledger: AttendanceLedger, database: Database, vault: Vault, urn: str, clock: Clock
    ) -> None:
        self.ledger = ledger
        self.database = database
        self.vault = vault
        self.urn = urn
        self.clock = clock

    def pupil(self, number: int) -> str:
        """The id of the school's n-th pupil; no other school of the tests has it."""
        return str(UUID(int=(1 << 100) + (int(self.urn) << 32) + number))

    # -- entering --------------------------------------------------------------------------------

    def opened(self, pupils: int = 3, years: tuple[int, ...] = (2025,), **changes: Any) -> "World":
        """The school with its days and a roll."""
        self.describe()
        for year in years:
            self.set_year(year)
        if pupils:
            self.enter(*range(pupils), **{"starting_day": f"{years[0]}-09-02"} | changes)
        return self

    def describe(self, **changes: Any) -> dict[str, Any]:
        """Describe the school."""
        asked = {
            "name": "Ashfield Lane School",
            "laestab": "8554999",
            "local_authority": "855",
            "type": "maintained",
            "register_times": TIMES,
            "in_force_from": "2010-09-01",
            "by": HEAD,
        } | changes
        command = school.DescribeSchool.model_validate(asked)
        return _receipt(self.ledger.describe_school(self.urn, command, _request()))

    def set_year(self, year: int = 2025, **changes: Any) -> dict[str, Any]:
        """Set the terms of a year."""
        asked = {"terms": terms(year), "closures": [], "by": HEAD} | changes
        command = school.SetSchoolYear.model_validate(asked)
        return _receipt(self.ledger.set_school_year(self.urn, year, command, _request()))

    def close(self, first: str, last: str, **changes: Any) -> dict[str, Any]:
        """Close the school."""
        asked = {"from": first, "to": last, "kind": "unplanned", "reason": "Snow", "by": HEAD}
        command = school.MakeClosure.model_validate(asked | changes)
        return _receipt(self.ledger.make_closure(self.urn, command, _request()))

    def enter(self, *numbers: int, **changes: Any) -> dict[str, Any]:
        """Enter names."""
        entry = {
            "surname": "Okafor",
            "forenames": "Ada",
            "date_of_birth": "2012-05-14",
            "starting_day": "2025-09-02",
            "year_group": "9",
            "registration_group": "9B",
        } | changes
        asked = {"by": HEAD, "entries": [{**entry, "pupil": self.pupil(n)} for n in numbers]}
        command = admission.EnterNames.model_validate(asked)
        return _receipt(self.ledger.enter_names(self.urn, command, _request()))

    def amend_name(self, number: int, since: str | None = None, **changes: Any) -> dict[str, Any]:
        """Amend particulars."""
        asked = {"changes": changes, "reason": "As told", "in_force_from": since, "by": OFFICER}
        command = admission.AmendParticulars.model_validate(asked)
        pupil = UUID(self.pupil(number))
        return _receipt(self.ledger.amend_particulars(self.urn, pupil, command, _request()))

    def delete(self, number: int, day: date = TODAY) -> dict[str, Any]:
        """Delete a name: the pupil is registered at another school."""
        asked = {"ground": "A", "day": day, "evidence": {"school": "Sandfield"}, "by": OFFICER}
        command = TypeAdapter(Deletion).validate_python(asked)
        pupil = UUID(self.pupil(number))
        return _receipt(self.ledger.delete_name(self.urn, pupil, command, _request()))

    def take(
        self,
        marks: Mapping[int, Mark],
        day: str = "2025-11-24",
        session: str = "AM",
        each: bool = False,
    ) -> dict[str, Any]:
        """Enter marks: a code or an entry's fields, by pupil number."""
        entries = [{"pupil": self.pupil(n), **_fields(mark)} for n, mark in marks.items()]
        asked = {"date": day, "session": session, "by": TUTOR, "entries": entries}
        command = attendance.TakeRegister.model_validate(asked)
        return _receipt(self.ledger.take_register(self.urn, command, _request(each)))

    def amend(
        self,
        number: int,
        from_: str,
        code: str,
        day: str = "2025-11-24",
        session: str = "AM",
        **changes: Any,
    ) -> dict[str, Any]:
        """Amend one mark."""
        amendment = {
            "pupil": self.pupil(number),
            "date": day,
            "session": session,
            "from": from_,
            "code": code,
            "reason": "Parent telephoned: unwell",
        } | changes
        command = attendance.AmendRegister.model_validate(
            {"by": OFFICER, "amendments": [amendment]}
        )
        return _receipt(self.ledger.amend_register(self.urn, command, _request()))

    def import_marks(
        self, marks: list[tuple[int, str, str, Mark]], each: bool = False
    ) -> dict[str, Any]:
        """Import marks: pupil number, day, session, and a code or a line's fields."""
        lines = [
            attendance.ImportedLine.model_validate(
                {
                    "school": self.urn,
                    "date": day,
                    "session": session,
                    "pupil": self.pupil(number),
                    "by": TUTOR,
                    **_fields(mark),
                }
            )
            for number, day, session, mark in marks
        ]
        return _receipt(self.ledger.import_history(lines, _request(each)))

    def ask_leave(self, number: int, **changes: Any) -> str:
        """Ask for leave; the id of the request."""
        asked = {
            "pupil": self.pupil(number),
            "ground": "exceptional_circumstances",
            "from": "2025-12-01",
            "to": "2025-12-05",
            "asked_by": {"name": "Ngozi Okafor", "relationship": "parent"},
            "asked_on": "2025-11-20",
            "circumstances": "Funeral of a grandparent abroad",
            "by": HEAD,
        } | changes
        command = leave.AskLeave.model_validate(asked)
        receipt = _receipt(self.ledger.ask_leave(self.urn, command, _request()))
        return str(receipt["results"][0]["id"])

    def decide_leave(self, leave_id: str, decision: str, **changes: Any) -> dict[str, Any]:
        """Decide a request for leave."""
        asked = {"decision": decision, "reason": "Considered", "by": HEAD} | changes
        command = leave.DecideLeave.model_validate(asked)
        return _receipt(self.ledger.decide_leave(self.urn, UUID(leave_id), command, _request()))

    # -- looking ---------------------------------------------------------------------------------

    @contextmanager
    def looking(
        self, position: int | None = None, instant: datetime | None = None
    ) -> Iterator[tuple[Connection, Book, AsOf]]:
        """A snapshot with the school's book: as of a position, else the head, seen at an instant."""
        with self.database.reading() as connection:
            where = head(connection).position if position is None else position
            at = AsOf(where, instant or self.clock.now)
            yield connection, load(connection, self.urn, at), at

    def register(
        self,
        first: str = "2025-11-24",
        last: str | None = None,
        position: int | None = None,
        instant: datetime | None = None,
        **filters: Any,
    ) -> Register:
        """The register, details opened."""
        query = RegisterQuery(
            self.urn, date.fromisoformat(first), date.fromisoformat(last or first), **filters
        )
        with self.looking(position, instant) as (connection, book, at):
            return register(connection, book, query, at, self.vault)

    def totals(
        self,
        first: str = "2025-11-24",
        last: str | None = None,
        by: TotalsBy = "school",
        position: int | None = None,
        instant: datetime | None = None,
    ) -> dict[str | None, TotalsRow]:
        """Totals by key, in order."""
        query = TotalsQuery(
            self.urn, date.fromisoformat(first), date.fromisoformat(last or first), by
        )
        with self.looking(position, instant) as (connection, book, at):
            rows = totals(connection, book, query, at, self.vault)
        assert len(rows) == len({row.key for row in rows})
        return {row.key: row for row in rows}

    def total(self, *args: Any, **kwargs: Any) -> TotalsRow:
        """The total of the school."""
        return self.totals(*args, **kwargs)[self.urn]

    def roll(self, on: str | None = None, position: int | None = None) -> list[RollRow]:
        """The admission register."""
        with self.looking(position) as (connection, book, at):
            day = date.fromisoformat(on) if on else None
            return roll(connection, self.vault, book, at, day)

    def history(
        self, number: int, position: int | None = None, **filters: Any
    ) -> list[HistoryEvent]:
        """A pupil's history."""
        query = HistoryQuery(self.pupil(number), **filters)
        with self.looking(position) as (connection, _, at):
            return list(history(connection, self.vault, query, at))

    def leave(self, position: int | None = None, **filters: Any) -> list[LeaveRow]:
        """Requests for leave."""
        with self.looking(position) as (connection, book, at):
            return leave_of(connection, self.vault, book, at, LeaveQuery(**filters))

    def log(self, after: int, limit: int = 1000, schools: list[str] | None = None) -> LogPage:
        """A page of the log."""
        with self.looking() as (connection, _, at):
            return page(connection, after, limit, schools, at)


def _fields(mark: Mark) -> dict[str, Any]:
    return mark if isinstance(mark, dict) else {"code": mark}


def _request(each: bool = False) -> Request:
    key = f"view-{next(_KEYS)}"
    return Request("Tests of the views", key, key.encode(), each=each)


def _receipt(future: Any) -> dict[str, Any]:
    answer = future.result(timeout=30)
    if answer.status not in (200, 201):
        raise NotTakenError(answer.refused)
    return dict(loads(answer.receipt))
