"""A small world for tests of the ledger: a school, its year, its roll, and requests with fresh keys."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from json import loads
from typing import Any
from uuid import UUID

from ledger.admissions import admission
from ledger.application import AttendanceLedger
from ledger.leave_of_absence import leave
from ledger.registers import attendance
from ledger.requests import Answer, Request
from ledger.schools import school
from ledger.store.database import Database
from ledger.store.vault import Vault

HEAD = {"name": "A Head", "position": "Headteacher"}
TUTOR = {"name": "C Tutor", "position": "Form tutor"}
OFFICER = {"name": "D Officer", "position": "Attendance officer"}

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_KEYS = count(1)


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def request(client: str = "tests", key: str | None = None, **options: Any) -> Request:
    """A request under a key of its own; its digest stands for what is asked."""
    name = key or f"key-{next(_KEYS)}"
    return Request(client, name, options.pop("digest", name.encode()), **options)


def pupil(number: int) -> str:
    """The id of the world's n-th pupil."""
    return str(UUID(int=(1 << 100) + number))


def result(future: Future[Answer]) -> dict[str, Any]:
    """The receipt of an answer that must be one."""
    answer = future.result(timeout=30)
    assert answer.status in (200, 201), answer
    return dict(loads(answer.receipt))


class World:
    """One school in the hands of one ledger."""

    def __init__(self, ledger: AttendanceLedger, urn: str, clock: Clock) -> None:
        self.ledger = ledger
        self.urn = urn
        self.clock = clock

    def describe(self, **changes: Any) -> dict[str, Any]:
        """Describe the school."""
        asked = {
            "name": "Ashfield Lane School",
            "laestab": "8554999",
            "local_authority": "855",
            "type": "maintained",
            "register_times": {
                "AM": {"opens": "08:35", "closes": "09:05"},
                "PM": {"opens": "12:25", "closes": "12:55"},
            },
            "in_force_from": "2024-09-01",
            "by": HEAD,
        } | changes
        command = school.DescribeSchool.model_validate(asked)
        return result(self.ledger.describe_school(self.urn, command, request()))

    def set_year(self, year: int = 2026, **changes: Any) -> dict[str, Any]:
        """Set the autumn term of a year."""
        asked = {
            "terms": [
                {
                    "name": "Autumn",
                    "from": f"{year}-09-02",
                    "to": f"{year}-12-18",
                    "half_term": {"from": f"{year}-10-26", "to": f"{year}-10-30"},
                }
            ],
            "closures": [
                {
                    "from": f"{year}-11-27",
                    "to": f"{year}-11-27",
                    "sessions": ["AM", "PM"],
                    "kind": "planned",
                    "reason": "Staff training",
                }
            ],
            "by": HEAD,
        } | changes
        command = school.SetSchoolYear.model_validate(asked)
        return result(self.ledger.set_school_year(self.urn, year, command, request()))

    def enter_names(self, *numbers: int, **changes: Any) -> dict[str, Any]:
        """Enter pupils of these numbers."""
        entry = {
            "surname": "Okafor",
            "forenames": "Ada",
            "date_of_birth": "2012-05-14",
            "starting_day": "2026-09-02",
            "year_group": "9",
            "registration_group": "9B",
        } | changes
        command = admission.EnterNames.model_validate(
            {"by": HEAD, "entries": [{**entry, "pupil": pupil(number)} for number in numbers]}
        )
        return result(self.ledger.enter_names(self.urn, command, request()))

    def opened(self, pupils: int = 3) -> "World":
        """The school with its year and a roll."""
        self.describe()
        self.set_year()
        self.enter_names(*range(pupils))
        return self

    def take(
        self,
        marks: dict[int, str | dict[str, Any]],
        day: str = "2026-10-01",
        session: str = "AM",
        **options: Any,
    ) -> Future[Answer]:
        """Enter marks: a code, or an entry's fields, by pupil number."""
        entries = [
            {"pupil": pupil(number), **(mark if isinstance(mark, dict) else {"code": mark})}
            for number, mark in marks.items()
        ]
        command = attendance.TakeRegister.model_validate(
            {"date": day, "session": session, "by": TUTOR, "entries": entries}
        )
        asked = options.pop("request", None) or request(**options)
        return self.ledger.take_register(self.urn, command, asked)

    def amend(
        self,
        number: int,
        from_: str,
        code: str,
        day: str = "2026-10-01",
        session: str = "AM",
        reason: str = "Parent telephoned: unwell",
        **options: Any,
    ) -> Future[Answer]:
        """Amend one mark."""
        command = attendance.AmendRegister.model_validate(
            {
                "by": OFFICER,
                "amendments": [
                    {
                        "pupil": pupil(number),
                        "date": day,
                        "session": session,
                        "from": from_,
                        "code": code,
                        "reason": reason,
                    }
                ],
            }
        )
        return self.ledger.amend_register(self.urn, command, request(**options))

    def import_lines(self, lines: list[dict[str, Any]], **options: Any) -> Future[Answer]:
        """Import lines; school, session and person are filled in where a line leaves them out."""
        usual = {"school": self.urn, "date": "2026-10-01", "session": "AM", "by": TUTOR}
        asked = [attendance.ImportedLine.model_validate(usual | line) for line in lines]
        return self.ledger.import_history(asked, request(**options))

    def ask_leave(self, number: int, **changes: Any) -> Future[Answer]:
        """Ask for leave of absence."""
        asked = {
            "pupil": pupil(number),
            "ground": "exceptional_circumstances",
            "from": "2026-11-30",
            "to": "2026-12-04",
            "asked_by": {"name": "Ngozi Okafor", "relationship": "parent"},
            "asked_on": "2026-11-02",
            "circumstances": "Funeral of a grandparent abroad",
            "by": HEAD,
        } | changes
        return self.ledger.ask_leave(self.urn, leave.AskLeave.model_validate(asked), request())

    def decide_leave(self, leave_id: str, decision: str, **changes: Any) -> Future[Answer]:
        """Decide a request for leave."""
        asked = {"decision": decision, "reason": "Considered", "by": HEAD} | changes
        command = leave.DecideLeave.model_validate(asked)
        return self.ledger.decide_leave(self.urn, UUID(leave_id), command, request())


@contextmanager
def ledger_on(database: Database, vault: Vault, clock: Clock) -> Iterator[AttendanceLedger]:
    """A ledger of the test's own, as a process would open it."""
    with AttendanceLedger(database, vault, clock) as ledger:
        yield ledger
