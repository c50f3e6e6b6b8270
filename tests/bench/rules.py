"""What the rules cost a mark on the append path, without HTTP and without the database.

Measured are the functions that decide a request, on a school as the ledger has it (a book read back from
a ledger of its own): look-ups in the code table, the decision of a register of 30 in the published mix of
codes, that of 30 amendments of code N, and arithmetic in school days and weeks.  A decision makes events
as well as it asks rules: making the same events alone is measured beside it, and the rules are the
difference.  What stands in the log is taken to be nothing, so that no query is in the figures: queries
are part of the append, which `python -m tests.bench` measures as a whole.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any, Final, cast

from rich import box
from rich.console import Console
from rich.table import Table

from api.opening import open_service
from api.settings import Settings
from ledger import attendance, register
from ledger.admission import EnterNames
from ledger.application import AttendanceLedger
from ledger.attendance import AmendRegister, Standing, TakeRegister
from ledger.base import Recorded
from ledger.book import SchoolBook
from ledger.calendar import Session
from ledger.codes import code_in_force, last_counted
from ledger.facts import EntryKey, Facts
from ledger.requests import Item, Request
from ledger.school import DescribeSchool, SetSchoolYear
from ledger.school_time import SchoolTime
from projections import asof
from projections.school import load
from tests.bench.codes import ARRIVALS, DETAILS, draw
from tests.bench.machine import commit, machine, versions
from tests.bench.world import (
    BY,
    CLASS_SIZE,
    YEAR,
    School,
    World,
    admission_entries,
    school_body,
    year_body,
)

GOAL_MICROSECONDS: Final = 5.0
REPEATS: Final = 7
SECONDS_MIN: Final = 0.2
"""Length of one repeat, so that the clock's grain and a switch of the processor weigh little."""
SEED: Final = 2026
SESSIONS: Final = 60
"""Registers of the mix: the published shares need more marks than one class has."""
NOW: Final = datetime(YEAR + 1, 8, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cost:
    """What one mark costs: the median of the repeats, and all of them."""

    what: str
    microseconds: float
    repeats: list[float]
    has_goal: bool = True

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        return self.microseconds < GOAL_MICROSECONDS if self.has_goal else None


class NothingStands:
    """The facts of a log in which no mark stands, for one school."""

    def __init__(self, book: SchoolBook, standing: Mapping[EntryKey, Standing]) -> None:
        self.now = NOW
        self._book = book
        self._standing = standing

    def book(self, _urn: str) -> SchoolBook:
        """The school's book."""
        return self._book

    def standing(self, _urn: str, _keys: Iterable[EntryKey]) -> Mapping[EntryKey, Standing]:
        """The entries to be amended."""
        return self._standing

    def probably_standing(self, _urn: str, _keys: object) -> Mapping[EntryKey, Standing]:
        """None of the entries to be made."""
        return {}

    def codes_elsewhere(self, _urn: str, _keys: object) -> Mapping[EntryKey, Mapping[str, str]]:
        """None at other schools."""
        return {}

    def codes_at(self, _urn: str, _keys: object) -> Mapping[EntryKey, str]:
        """None on earlier days."""
        return {}

    def born(self, _urn: str, pupils: Iterable[str]) -> Mapping[str, date]:
        """Every pupil was born on one day."""
        return dict.fromkeys(pupils, date(YEAR - 12, 5, 14))


def measured() -> list[Cost]:
    """Every figure."""
    world = World(SEED, 1)
    (school,) = world.schools
    sessions = _sessions(world)
    with tempfile.TemporaryDirectory(prefix="bench-rules-") as directory:
        book = _book(school, Path(directory))
    register_of_30 = _cost("decision, register of 30", *_registers(book, school, sessions))
    amendments = _cost("decision, 30 amendments of N", *_amendments(book, school, sessions))
    events = _cost("making the event", *_events(book, school, sessions))
    return [
        _cost("code look-ups", *_look_ups(sessions)),
        _without("rule checks, register of 30", register_of_30, events),
        _without("rule checks, 30 amendments of N", amendments, events),
        _cost("school-day and school-week arithmetic", *_school_weeks(book, sessions)),
        *(replace(cost, has_goal=False) for cost in (register_of_30, amendments, events)),
    ]


Marks = list[tuple[date, Session, list[str]]]
"""Day, session and the codes of a class."""


def _sessions(world: World) -> Marks:
    random = Random(SEED)
    chosen = sorted(random.sample(world.sessions, SESSIONS))
    return [
        (date.fromisoformat(day), cast("Session", half), draw(random, half, CLASS_SIZE))
        for day, half in chosen
    ]


# -- what is measured ----------------------------------------------------------------------------


def _look_ups(sessions: Marks) -> tuple[Callable[[], object], int]:
    """Two look-ups a mark: whether its code is in force, and how it counts."""
    marks = [(code, day) for day, _, codes in sessions for code in codes]

    def run() -> None:
        for code, day in marks:
            code_in_force(code, day)
            last_counted(code, day)

    return run, len(marks)


def _registers(
    book: SchoolBook, school: School, sessions: Marks
) -> tuple[Callable[[], object], int]:
    """Everything between a parsed register and its events."""
    facts = cast("Facts", NothingStands(book, {}))
    asked = [_register(school, *session) for session in sessions]

    def run() -> None:
        for one in asked:
            register.take(one, school.urn, facts)

    items = [item for one in asked for item in register.take(one, school.urn, facts)]
    _must_be_recorded(items)
    return run, len(items)


def _events(book: SchoolBook, school: School, sessions: Marks) -> tuple[Callable[[], object], int]:
    """What a decision makes of a mark besides asking rules: its event, its outcome and its item."""
    facts = cast("Facts", NothingStands(book, {}))
    asked = [
        (one, register.session_facts(book, one.date, one.session, facts))
        for one in (_register(school, *session) for session in sessions)
    ]

    def run() -> None:
        for one, session in asked:
            for entry in one.entries:
                event = attendance._event(entry, entry.code or "", session, None, ())
                Item(one.by, Recorded(event, ()))

    return run, sum(len(one.entries) for one, _ in asked)


def _amendments(
    book: SchoolBook, school: School, sessions: Marks
) -> tuple[Callable[[], object], int]:
    """The same for N amended to I, with the limit in school days that each is held against."""
    asked = []
    for day, half, _ in sessions:
        keys = [EntryKey(pupil, day, half) for pupil in school.classes[0]]
        standing = dict.fromkeys(keys, Standing(0, "N"))
        facts = cast("Facts", NothingStands(book, standing))
        asked.append((_amendment(keys), facts))

    def run() -> None:
        for one, facts in asked:
            register.amend(one, school.urn, facts)

    items = [item for one, facts in asked for item in register.amend(one, school.urn, facts)]
    _must_be_recorded(items)
    return run, len(items)


def _school_weeks(book: SchoolBook, sessions: Marks) -> tuple[Callable[[], object], int]:
    """For each mark the last day to replace an N, and the ten school weeks that end with it."""
    time = SchoolTime.of_years(book.school.years.values())
    days = [day for day, _, codes in sessions for _ in codes]

    def run() -> None:
        for day in days:
            time.n_due(day)
            time.school_weeks_window(day, 10)

    return run, len(days)


def _cost(what: str, run: Callable[[], object], marks: int) -> Cost:
    run()
    begun = perf_counter()
    run()
    rounds = max(1, int(SECONDS_MIN / (perf_counter() - begun)))
    repeats = []
    for _ in range(REPEATS):
        begun = perf_counter()
        for _ in range(rounds):
            run()
        repeats.append((perf_counter() - begun) / rounds / marks * 1e6)
    return Cost(what, median(repeats), repeats)


def _without(what: str, whole: Cost, part: Cost) -> Cost:
    """What is left of a cost without a part of it."""
    repeats = [repeat - part.microseconds for repeat in whole.repeats]
    return Cost(what, median(repeats), repeats)


# -- what it is measured on ----------------------------------------------------------------------


def _book(school: School, directory: Path) -> SchoolBook:
    """The school's book as a ledger has it, after its days and one class were entered."""
    with open_service(Settings(data_dir=directory)) as service:
        _fill(service.ledger, school)
        with asof.reading(service.database) as (connection, at):
            return load(connection, school.urn, at)


def _fill(ledger: AttendanceLedger, school: School) -> None:
    described = DescribeSchool.model_validate(school_body(school))
    year = SetSchoolYear.model_validate(year_body())
    entries = admission_entries(school)[:CLASS_SIZE]
    names = EnterNames.model_validate({"entries": entries, "by": BY})
    keys = iter(range(100))

    def request() -> Request:
        key = f"bench-{next(keys)}"
        return Request("Bench of the rules", key, key.encode())

    for asked in (
        ledger.describe_school(school.urn, described, request()),
        ledger.set_school_year(school.urn, YEAR, year, request()),
        ledger.set_school_year(school.urn, YEAR + 1, _next_year(), request()),
        ledger.enter_names(school.urn, names, request()),
    ):
        answer = asked.result(timeout=60)
        if answer.status != 201:
            raise RuntimeError(f"the school could not be entered: {answer.refused}")


def _next_year() -> SetSchoolYear:
    terms = [{"name": "All", "from": f"{YEAR + 1}-09-07", "to": f"{YEAR + 2}-07-16"}]
    return SetSchoolYear.model_validate({"terms": terms, "closures": [], "by": BY})


def _register(school: School, day: date, session: Session, codes: Sequence[str]) -> TakeRegister:
    entries = [
        {"pupil": pupil, "code": code, **_more(session, code)}
        for pupil, code in zip(school.classes[0], codes, strict=True)
    ]
    return TakeRegister.model_validate(
        {"date": day, "session": session, "by": BY, "entries": entries}
    )


def _more(session: str, code: str) -> dict[str, str]:
    """The detail or the time that the registers of the append benchmark carry as well."""
    found = {}
    if code in DETAILS:
        found["detail"] = DETAILS[code]
    if (session, code) in ARRIVALS:
        found["arrived_at"] = ARRIVALS[session, code]
    return found


def _amendment(keys: Iterable[EntryKey]) -> AmendRegister:
    amendments = [
        {
            "pupil": key.pupil,
            "date": key.day,
            "session": key.session,
            "from": "N",
            "code": "I",
            "reason": "Parent telephoned: unwell",
        }
        for key in keys
    ]
    return AmendRegister.model_validate({"by": BY, "amendments": amendments})


def _must_be_recorded(items: Iterable[Any]) -> None:
    """Refusals are quick; a figure made of them would mean nothing."""
    for item in items:
        if type(item.outcome).__name__ != "Recorded":
            raise RuntimeError(f"not recorded: {item.outcome}")


# -- the report ----------------------------------------------------------------------------------


_MET: Final = {True: "yes", False: "no", None: ""}


def show(console: Console, costs: Sequence[Cost]) -> None:
    """Print the table; plain characters when the output is not a terminal."""
    table = Table(box=box.SIMPLE if console.is_terminal else box.ASCII2)
    table.add_column("rules")
    for heading in ("µs a mark", "min", "max", f"under {GOAL_MICROSECONDS:.0f}"):
        table.add_column(heading, justify="right")
    for cost in costs:
        figures = (cost.microseconds, min(cost.repeats), max(cost.repeats))
        table.add_row(cost.what, *(f"{one:.2f}" for one in figures), _MET[cost.is_met])
    console.print(table)
    console.print(f"medians of {REPEATS} repeats; one processor, no HTTP, no database")


def as_json(costs: Sequence[Cost]) -> dict[str, Any]:
    """The figures."""
    return {
        "goal_microseconds": GOAL_MICROSECONDS,
        "costs": [{**asdict(cost), "is_met": cost.is_met} for cost in costs],
    }


def write(path: Path, costs: Sequence[Cost]) -> None:
    """Write the figures, and what they were measured on."""
    about = {"commit": commit(), "machine": machine(), "versions": versions()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**about, **as_json(costs)}, indent=2) + "\n", encoding="utf-8")
