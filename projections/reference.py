"""The same views as plain folds over the log: slow, and obvious enough to be believed.

Nothing of the service uses this.  The tests hold the views against it at every position of the log,
and whoever doubts a figure can work it out again by reading here.  Every function takes rows of the
log (`projections.log`), in order, and looks at nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from ledger import events
from ledger.admissions.admission import NameDeleted, NameEntered, ParticularsAmended
from ledger.admissions.ages import of_compulsory_school_age
from ledger.admissions.particulars import PERSONAL
from ledger.book import SchoolBook
from ledger.law.codes import last_counted
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.schools import calendar
from ledger.schools.calendar import LONDON, SESSIONS, Session
from ledger.store.database import Connection
from ledger.store.vault import Keys
from projections.asof import AsOf
from projections.log import LogRow, page
from projections.register import MissingEntry, Register, RegisterEntry, RegisterQuery
from projections.roll import RollRow
from projections.stored import opened, parsed

_PAGE: Final = 10_000
_PLAIN: Final = ("enrolment", "year_group", "registration_group", "attends_there", "boarder")
_WEEK: Final = ("MON", "TUE", "WED", "THU", "FRI")


def whole_log(connection: Connection, at: AsOf, after: int = 0) -> list[LogRow]:
    """Every row of the log up to a position."""
    rows: list[LogRow] = []
    while after < at.position:
        found = page(connection, after, _PAGE, None, at)
        rows += found.rows
        after = found.upto
    return rows


class Revision(NamedTuple):
    """An entry or amended entry, with its row and what its event says."""

    row: LogRow
    fields: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The code that it enters."""
        return str(self.fields["code"])


class Entry(NamedTuple):
    """One pupil's mark for one session, with all its revisions."""

    pupil: str
    day: date
    session: Session
    revisions: list[Revision]


@dataclass(slots=True)
class Enrolment:
    """One pupil on the roll, from a day on."""

    pupil: str
    first: date
    deleted_on: date | None = None
    ground: str | None = None
    basis: str | None = None
    rows: list[LogRow] = field(default_factory=list)
    erased: tuple[str, ...] = ()

    def on(self, day: date) -> bool:
        """Whether the name is on the roll that day."""
        return self.first <= day and (self.deleted_on is None or day < self.deleted_on)


@dataclass(slots=True)
class Name:
    """One pupil at the school: enrolments, and every particular with the day it holds from."""

    enrolments: list[Enrolment] = field(default_factory=list)
    said: list[tuple[date, str, Any]] = field(default_factory=list)

    def enter(self, first: date, fields: Mapping[str, Any]) -> None:
        """Enter the name: whatever was said of that day and later ones before is void."""
        self.said = [one for one in self.said if one[0] < first]
        self.said += [(first, name, fields.get(name)) for name in (*PERSONAL, *_PLAIN)]

    def start_on(self, first: date) -> None:
        """Put the first day of the latest enrolment right; what was said for it moves with it back."""
        entered = self.enrolments[-1].first
        if first < entered:
            self.said = [one for one in self.said if not first <= one[0] < entered]
            self.said = [
                (first, *rest) if since == entered else (since, *rest) for since, *rest in self.said
            ]
        self.enrolments[-1].first = first

    def particular(self, name: str, day: date) -> Any:
        """What the register says of one particular on a day: what began last, then was said last."""
        begun = [
            (since, number, value)
            for number, (since, said, value) in enumerate(self.said)
            if said == name and since <= day
        ]
        return max(begun, key=lambda one: one[:2])[2] if begun else None

    def former(self, name: str, day: date) -> Any:
        """Of all that the register said of one particular on days up to one, the last that it no longer says."""
        begun = sorted(since for since, said, _ in self.said if said == name and since <= day)
        values = [self.particular(name, since) for since in begun]
        others = [one for one in values if one not in (None, self.particular(name, day))]
        return others[-1] if others else None

    def on(self, day: date) -> bool:
        """Whether the name is on the roll that day."""
        return any(enrolment.on(day) for enrolment in self.enrolments)


class Registers:
    """Both registers of one school, folded from the log up to a position."""

    def __init__(self, rows: Iterable[LogRow], urn: str, at: AsOf, keys: Keys) -> None:
        self.at = at
        self.book = SchoolBook(urn)
        self.names: dict[str, Name] = {}
        self.entries: dict[tuple[date, Session, str], Entry] = {}
        for row in rows:
            if row.school == urn and row.position <= at.position:
                self._fold(row, keys)

    def _fold(self, row: LogRow, keys: Keys) -> None:
        raw = parsed(row.data.encode())
        plain = opened(row.stream, row.version, raw, keys)
        if row.type in (AttendanceEntered.topic, AttendanceAmended.topic):
            year = int(row.stream.rpartition("/")[2])
            day, session, _ = calendar.session_of_version(year, row.version)
            pupil = row.pupil or ""
            entry = self.entries.setdefault((day, session, pupil), Entry(pupil, day, session, []))
            entry.revisions.append(Revision(row, plain.fields))
            return
        event = events.read(row.stream, row.version, row.type, raw)
        self.book.apply(event, row.position)
        if isinstance(event, NameEntered | ParticularsAmended | NameDeleted):
            self._fold_name(row, event, plain.fields, plain.erased)

    def _fold_name(
        self,
        row: LogRow,
        event: NameEntered | ParticularsAmended | NameDeleted,
        fields: Mapping[str, Any],
        erased: tuple[str, ...],
    ) -> None:
        pupil = row.pupil or ""
        name = self.names.setdefault(pupil, Name())
        if isinstance(event, NameEntered):
            name.enter(event.starting_day, fields)
            name.enrolments.append(Enrolment(pupil, event.starting_day, erased=erased))
            name.enrolments[-1].basis = event.starting_day_is
        elif isinstance(event, ParticularsAmended):
            amended = {**(fields.get("changes") or {}), **(fields.get("personal") or {})}
            if "starting_day" in amended:
                name.start_on(date.fromisoformat(amended["starting_day"]))
            name.enrolments[-1].basis = amended.get("starting_day_is", name.enrolments[-1].basis)
            since = max(event.in_force_from, name.enrolments[-1].first)
            name.said += [(since, said, value) for said, value in amended.items()]
        else:
            name.enrolments[-1].deleted_on = event.day
            name.enrolments[-1].ground = event.ground
        name.enrolments[-1].rows.append(row)

    def born(self, pupil: str) -> date | None:
        """The date of birth as last recorded; None where it was erased or never known."""
        said = self.names[pupil].said if pupil in self.names else []
        born = [value for _, particular, value in said if particular == "date_of_birth" and value]
        return date.fromisoformat(born[-1]) if born else None

    def begun(self, day: date, session: Session) -> bool:
        """Whether the register of that session had opened by the instant of the view."""
        setting = calendar.register_times_on(self.book.school.times, day)
        if setting is None:
            return day <= self.at.instant.astimezone(LONDON).date()
        return calendar.opens_at(day, session, setting) <= self.at.instant

    def boarder(self, pupil: str, day: date) -> bool:
        """Whether the ledger holds the pupil to board that day."""
        return self.book.roll[pupil].boarder_on(day)

    def due(self, first: date, last: date) -> Iterator[tuple[date, Session, str]]:
        """Every mark that is due: sessions held and begun, pupils neither boarders nor guests."""
        for day in days_of(first, last):
            for session in SESSIONS:
                if self.book.school.held(day, session) == "held" and self.begun(day, session):
                    yield from ((day, session, pupil) for pupil in self._due_on(day))

    def _due_on(self, day: date) -> Iterator[str]:
        for pupil, name in self.names.items():
            guest = name.particular("enrolment", day) == "guest"
            if name.on(day) and not guest and not self.boarder(pupil, day):
                yield pupil


def days_of(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def register(registers: Registers, query: RegisterQuery) -> Register:
    """The attendance register."""
    chosen = [
        entry
        for key, entry in sorted(registers.entries.items())
        if _chosen(registers, query, entry.pupil, entry.day, entry.session)
    ]
    missing = sorted(
        MissingEntry(pupil, day, session)
        for day, session, pupil in registers.due(query.first, query.last)
        if (day, session, pupil) not in registers.entries
        and _chosen(registers, query, pupil, day, session)
    )
    missing.sort(key=lambda one: (one.date, one.session, one.pupil))
    pupils = list(dict.fromkeys(one.pupil for one in missing))
    return Register([_shown(registers, entry) for entry in chosen], pupils, missing)


def _chosen(
    registers: Registers, query: RegisterQuery, pupil: str, day: date, session: Session
) -> bool:
    name = registers.names.get(pupil)
    on_roll = name is not None and name.on(day)

    def in_group(kind: str, asked: str | None) -> bool:
        if asked is None:
            return True
        return name is not None and on_roll and name.particular(kind, day) == asked

    return (
        query.first <= day <= query.last
        and query.session in (None, session)
        and query.pupil in (None, pupil)
        and in_group("year_group", query.year_group)
        and in_group("registration_group", query.registration_group)
    )


def _shown(registers: Registers, entry: Entry) -> RegisterEntry:
    original, standing = entry.revisions[0], entry.revisions[-1]
    return RegisterEntry(
        pupil=entry.pupil,
        date=entry.day,
        session=entry.session,
        code=standing.code,
        counts_as=counts(standing.code, entry.day, registers.born(entry.pupil))[0],
        original=original.code,
        amended=len(entry.revisions) > 1,
        planned=not registers.begun(entry.day, entry.session),
        recorded_at=standing.row.recorded_at,
        by=standing.row.by,
        position=standing.row.position,
        arrived_at=standing.fields.get("arrived_at"),
        entered_at=standing.fields.get("entered_at"),
        flags=tuple(standing.fields.get("flags", ())),
        place=standing.fields.get("place"),
        supervision=standing.fields.get("supervision"),
        detail=standing.fields.get("detail"),
        reason=standing.fields.get("reason"),
    )


def counts(code: str, day: date, born: date | None) -> tuple[Any, bool]:
    """How a mark counts, and whether its session was possible."""
    if born is None or of_compulsory_school_age(born, day):
        rule = last_counted(code, day, "compulsory_school_age")
    else:
        rule = last_counted(code, day, "not_compulsory_school_age")
    assert rule is not None
    return rule.statistical_class, rule.in_possible


def roll(registers: Registers, on: date | None) -> list[RollRow]:
    """The admission register."""
    today = registers.at.instant.astimezone(LONDON).date()
    found = []
    for name in registers.names.values():
        for enrolment in name.enrolments:
            if on is not None and not enrolment.on(on):
                continue
            last = enrolment.deleted_on - timedelta(days=1) if enrolment.deleted_on else date.max
            day = on or max(enrolment.first, min(today, last))
            found.append(_name_on(registers, name, enrolment, day, on))
    return sorted(
        found,
        key=lambda row: (
            row.registration_group or "",
            row.surname or "",
            row.forenames or "",
            row.pupil,
            row.starting_day,
        ),
    )


def _due(registers: Registers, name: Name, on: date, session: Session) -> str | None:
    if registers.book.school.held(on, session) != "held":
        return None
    if name.particular("boarder", on):
        return "boarder"
    if name.particular("enrolment", on) == "guest":
        return "guest"
    there = name.particular("attends_there", on) or []
    return "elsewhere" if f"{_WEEK[on.weekday()]} {session}" in there else "due"


def _name_on(
    registers: Registers, name: Name, enrolment: Enrolment, day: date, on: date | None
) -> RollRow:
    said = {particular: name.particular(particular, day) for particular in PERSONAL}
    said["former_upn"] = name.former("upn", day) or said["former_upn"]
    born = said["date_of_birth"]
    due: dict[Session, Any] | None = None
    if on is not None:
        due = {session: _due(registers, name, on, session) for session in SESSIONS}
    return RollRow(
        pupil=enrolment.pupil,
        starting_day=enrolment.first,
        starting_day_is=enrolment.basis,
        deleted_on=enrolment.deleted_on,
        ground=enrolment.ground,
        enrolment=name.particular("enrolment", day),
        attends_there=name.particular("attends_there", day),
        boarder=registers.boarder(enrolment.pupil, day),
        year_group=name.particular("year_group", day),
        registration_group=name.particular("registration_group", day),
        **said | {"date_of_birth": date.fromisoformat(born) if born else None},
        due=due,
        erased=tuple(sorted(enrolment.erased)),
        position=enrolment.rows[-1].position,
        recorded_at=enrolment.rows[-1].recorded_at,
        by=enrolment.rows[-1].by,
    )
