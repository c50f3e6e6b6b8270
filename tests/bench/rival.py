"""The `eventsourcing` library as it comes, behind the same request.

FastAPI on uvicorn; one `Aggregate` with decorated `@event` methods for each pupil, school and academic
year; the library's JSON transcoder and PostgreSQL recorder with their default settings; one
`save(*aggregates)` a request; a plain `def` endpoint in the thread pool, since the recorder is synchronous.

It is read kindly. Aggregates are opened before the clock starts and stay in memory, so none is ever loaded
while it runs. It checks that a pupil is on roll and that no entry stands for the session, and nothing else:
no key, no scope, no request key, no calendar, no table of codes, no proof. A lock for each school keeps the
aggregates in memory true when two requests for one school overlap.
"""

from datetime import date, datetime, time
from threading import Lock
from typing import Annotated, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event
from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, Field

StandingEntry = tuple[str, str | None, str | None, str, str]
"""Code, detail, time of arrival, and name and position of the person whose entry it is."""


class AttendanceRegister(Aggregate):
    """One pupil's attendance register at one school in one academic year."""

    @event("Opened")
    def __init__(self, school: str, pupil: str, year: int) -> None:
        self.school = school
        self.pupil = pupil
        self.year = year
        self.entries: dict[tuple[str, str], StandingEntry] = {}

    @property
    def key(self) -> tuple[str, str, int]:
        """School, pupil and academic year."""
        return self.school, self.pupil, self.year

    @staticmethod
    def create_id(school: str, pupil: str, year: int) -> UUID:
        """Return the id that this pupil's register has, so that it is found without a look-up."""
        return uuid5(NAMESPACE_URL, f"/attendance-registers/{school}/{pupil}/{year}")

    @event("Entered")
    def enter(
        self,
        *,
        day: str,
        session: str,
        code: str,
        detail: str | None,
        arrived_at: str | None,
        name: str,
        position: str,
    ) -> None:
        """Enter a code for one session; `name` and `position` are of the person whose entry it is."""
        self.entries[day, session] = code, detail, arrived_at, name, position


class Person(BaseModel):
    """The person whose entry it is."""

    name: str = Field(min_length=1)
    position: str = Field(min_length=1)


class Entry(BaseModel):
    """One pupil's entry in the request."""

    pupil: UUID
    code: str = Field(min_length=1, max_length=2)
    detail: str | None = None
    arrived_at: time | None = None


class Session(BaseModel):
    """The body of `POST /v1/schools/{urn}/attendance`."""

    date: date
    session: Literal["AM", "PM"]
    by: Person
    entries: list[Entry] = Field(min_length=1, max_length=5000)


class Admitted(BaseModel):
    """What the rival reads of one entry of `POST /v1/schools/{urn}/admissions`."""

    pupil: UUID
    starting_day: date


class Admissions(BaseModel):
    """The body of `POST /v1/schools/{urn}/admissions`."""

    entries: list[Admitted]


class Result(BaseModel):
    """What became of one item."""

    status: Literal["recorded"] = "recorded"


class Receipt(BaseModel):
    """The answer to a write."""

    first: int
    last: int
    recorded_at: datetime
    results: list[Result]


class Registers(Application[UUID]):
    """The registers of every school, held in memory once opened."""

    name = "rival"

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[tuple[str, str, int], AttendanceRegister] = {}
        self._locks: dict[str, Lock] = {}

    def open(self, school: str, body: Admissions) -> Receipt:
        """Open a register for the academic year of each pupil's starting day."""
        opened = [
            AttendanceRegister(school, str(entry.pupil), academic_year(entry.starting_day))
            for entry in body.entries
        ]
        self._locks.setdefault(school, Lock())
        return self._append(opened)

    def take(self, school: str, body: Session) -> Receipt:
        """Enter one session for some pupils, all of them or none."""
        if school not in self._locks:
            raise HTTPException(404)
        day, year = body.date.isoformat(), academic_year(body.date)
        with self._locks[school]:
            registers = [self._register(school, str(entry.pupil), year) for entry in body.entries]
            if any((day, body.session) in register.entries for register in registers):
                raise HTTPException(409)
            for register, entry in zip(registers, body.entries, strict=True):
                arrived = entry.arrived_at.isoformat("minutes") if entry.arrived_at else None
                register.enter(
                    day=day,
                    session=body.session,
                    code=entry.code,
                    detail=entry.detail,
                    arrived_at=arrived,
                    name=body.by.name,
                    position=body.by.position,
                )
            return self._append(registers)

    def stored(self, school: str, pupil: UUID, day: date) -> AttendanceRegister:
        """Return a register as the database has it, loaded afresh."""
        key = AttendanceRegister.create_id(school, str(pupil), academic_year(day))
        return self.repository.get(key)

    def _register(self, school: str, pupil: str, year: int) -> AttendanceRegister:
        held = self._held.get((school, pupil, year))
        if held is not None:
            return held
        try:
            return self.repository.get(AttendanceRegister.create_id(school, pupil, year))
        except AggregateNotFoundError:
            raise HTTPException(404) from None

    def _append(self, registers: list[AttendanceRegister]) -> Receipt:
        try:
            recordings = self.save(*registers)
        except Exception:
            # What is in memory now holds entries that the database has not: load it again next time.
            for register in registers:
                self._held.pop(register.key, None)
            raise
        self._held.update((register.key, register) for register in registers)
        return Receipt(
            first=recordings[0].notification.id,
            last=recordings[-1].notification.id,
            recorded_at=registers[-1].modified_on,
            results=[Result() for _ in registers],
        )


def academic_year(day: date) -> int:
    """Return the calendar year in which the academic year of a day starts, on 1 August."""
    return day.year if day.month >= 8 else day.year - 1


def create_app() -> FastAPI:
    """Return the rival's service; the library reads its settings from the environment."""
    api = FastAPI()
    registers = Registers()

    @api.get("/readyz")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    @api.post("/v1/schools/{urn}/admissions", status_code=201)
    def admit(urn: str, body: Admissions) -> Receipt:
        return registers.open(urn, body)

    @api.post("/v1/schools/{urn}/attendance", status_code=201)
    def take(urn: str, body: Session) -> Receipt:
        return registers.take(urn, body)

    @api.get("/v1/schools/{urn}/attendance")
    def read(
        urn: str,
        pupil: UUID,
        first: Annotated[date, Query(alias="from")],
        last: Annotated[date, Query(alias="to")],
    ) -> dict[str, list[dict[str, str]]]:
        stands = registers.stored(urn, pupil, first).entries.items()
        entries = [
            {"pupil": str(pupil), "date": day, "session": session, "code": code}
            for (day, session), (code, *_) in stands
            if first.isoformat() <= day <= last.isoformat()
        ]
        return {"entries": entries}

    return api
