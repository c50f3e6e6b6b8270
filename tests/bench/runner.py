"""The rebuild's rival: the library's own projection of the rival's events, as it comes.

A `ProjectionRunner` follows the rival's application from its first event and keeps the code that stands for each
session of each pupil in one table: a row and the tracking of its event in one transaction, as the library's
recorder does it.  That is less than sheets hold: no schools, no amended entries.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from time import perf_counter
from typing import Any, Final
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from tests.bench.rival import AttendanceRegister

PUPILS: Final = 50
SESSIONS: Final = 60
WAITS_SECONDS_MAX: Final = 600.0
_FIRST_DAY: Final = date(2025, 9, 1)
_ENTERED: Final = "Entered"


class Registers(Application[UUID]):
    """The rival's aggregates, without its service."""

    name = "rival"


class View(PostgresTrackingRecorder):
    """The codes that stand."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        table = SQL("{}.{}").format(Identifier(datastore.schema), Identifier("standing"))
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {} (register uuid, day text, session text, code text,"
                " PRIMARY KEY (register, day, session))"
            ).format(table)
        )
        self._put = SQL(
            "INSERT INTO {} VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (register, day, session) DO UPDATE SET code = EXCLUDED.code"
        ).format(table)

    def put(self, entry: tuple[UUID, str, str, str], tracking: Tracking) -> None:
        """Have a code stand, and track its event."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._put, entry, prepare=True)
            self._insert_tracking(cursor, tracking)


class Standing(Projection[View]):
    """Puts each entry into the view."""

    name = "standing"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Take in one event of the application."""
        if type(domain_event).__name__ == _ENTERED:
            event = domain_event
            self.view.put((event.originator_id, event.day, event.session, event.code), tracking)
        else:
            self.view.insert_tracking(tracking)


def events_per_second(environment: Mapping[str, str]) -> float:
    """Fill the rival's application, then have its view made from nothing."""
    last = _filled(environment)
    with ProjectionRunner(
        application_class=Registers,
        projection_class=Standing,
        view_class=View,
        env={**environment, "SINGLE_ROW_TRACKING": "y"},
    ) as runner:
        begun = perf_counter()
        runner.wait(last, timeout=WAITS_SECONDS_MAX)
        return last / (perf_counter() - begun)


def _filled(environment: Mapping[str, str]) -> int:
    """Registers of some pupils for some days; the number of events."""
    registers = [
        AttendanceRegister("300001", str(UUID(int=number)), _FIRST_DAY.year)
        for number in range(PUPILS)
    ]
    with Registers(env=dict(environment)) as application:
        for number in range(SESSIONS):
            for register in registers:
                register.enter(
                    day=(_FIRST_DAY + timedelta(number // 2)).isoformat(),
                    session=("AM", "PM")[number % 2],
                    code="/",
                    detail=None,
                    arrived_at=None,
                    name="A Bench",
                    position="Teacher",
                )
            recordings = application.save(*registers)
    last: int = recordings[-1].notification.id
    return last
