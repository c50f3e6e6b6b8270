"""What the rules cost a mark on the append path, without HTTP and without the database.

Measured are the functions that decide a request, on a school as the ledger has it (`tests.bench.rule_world`):
look-ups in the code table, the decisions of registers of 30 and of 30 amendments of code N, and arithmetic
in school days and weeks.  A decision makes events as well as it asks rules: making the same events alone is
measured beside it, turn by turn, and the rules are the difference.

Most codes ask nothing of the log.  What E, X, T and a pupil of two schools ask of it is served from
memory here and counted with the rules as far as the question must be put and its answer read; the query
itself is measured apart, on the database, since its cost is one of the request and not of the mark.

The service tells the plain marks of a register apart before it takes the head of the log, and decides the
others as here: telling apart has a row of its own, and comes on top of the rows of rare codes.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final, NamedTuple, cast

from rich import box
from rich.console import Console
from rich.table import Table

from api.cli.server import prepare_interpreter
from ledger.base import Recorded
from ledger.book import SchoolBook
from ledger.facts import EntryKey, Facts, PupilDay
from ledger.law.codes import code_in_force, last_counted
from ledger.registers import attendance, plain, register
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered, MarkAsked, Standing
from ledger.registers.session_rules import SessionFacts
from ledger.requests import Item
from ledger.schools.calendar import SESSIONS
from ledger.store import standing
from ledger.store.mapper import open_all
from ledger.store.wire import ask_once
from tests.bench.machine import commit, machine, versions
from tests.bench.rule_world import (
    ALONE,
    EXCLUDED_BEFORE,
    SEED,
    TWICE,
    WITH_LEAVE,
    YOUNG,
    Filled,
    Marks,
    Memory,
    amendment_of,
    chosen_sessions,
    excluded_days,
    filled,
    register_of,
)
from tests.bench.world import CLASS_SIZE, YEAR, World

GOAL_MICROSECONDS: Final = 5.0
REPEATS: Final = 7
SECONDS_MIN: Final = 0.2
"""Length of one repeat, so that the clock's grain and a switch of the processor weigh little."""


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


class Timed(NamedTuple):
    """Something to be measured, and how many marks it is about."""

    run: Callable[[], object]
    marks: int
    clock: Callable[[], float] = process_time
    """The time of this process on its processor: others that want it as well do not count."""


def measured() -> list[Cost]:
    """Every figure."""
    world = World(SEED, 1)
    (school,) = world.schools
    sessions = chosen_sessions(world)
    with (
        tempfile.TemporaryDirectory(prefix="bench-rules-") as directory,
        filled(school, Path(directory)) as found,
    ):
        queries = [_cost(what, timed, has_goal=False) for what, timed in _queries(found)]
    prepare_interpreter()  # As where they are decided for real.
    decisions = [_without_events(what, each) for what, each in _requests(found, sessions).items()]
    return [
        _cost("code look-ups", _look_ups(sessions)),
        _cost("telling plain marks apart, published mix", _telling_apart(found, sessions)),
        *(rules for rules, _, _ in decisions),
        _cost("school-day and school-week arithmetic", _school_weeks(found.book, sessions)),
        *(cost for _, whole, events in decisions[:1] + decisions[-1:] for cost in (whole, events)),
        *queries,
    ]


# -- look-ups and arithmetic ---------------------------------------------------------------------


def _look_ups(sessions: Marks) -> Timed:
    """Two look-ups a mark: whether its code is in force, and how it counts."""
    marks = [(code, day) for day, _, codes in sessions for code in codes]

    def run() -> None:
        for code, day in marks:
            code_in_force(code, day)
            last_counted(code, day)

    return Timed(run, len(marks))


def _school_weeks(book: SchoolBook, sessions: Marks) -> Timed:
    """For each mark the last day to replace an N, and the ten school weeks that end with it."""
    time = book.school_time
    days = [day for day, _, codes in sessions for _ in codes]

    def run() -> None:
        for day in days:
            time.n_due(day)
            time.school_weeks_window(day, 10)

    return Timed(run, len(days))


# -- decisions -----------------------------------------------------------------------------------


class Asked(NamedTuple):
    """One request, and the facts that it is decided on."""

    request: attendance.TakeRegister | attendance.AmendRegister
    facts: Memory


def _requests(found: Filled, sessions: Marks) -> dict[str, list[Asked]]:
    """The requests that are decided, by what their figure is called."""
    book, classes = found.book, found.school.classes
    in_memory = Memory(book)
    lasted = [(pupil, EXCLUDED_BEFORE) for pupil in classes[ALONE]]
    young = [each for each in sessions if each[0] < date(YEAR + 1, 4, 1)]

    twice = [EntryKey(pupil, d, s) for d, s, _ in sessions for pupil in classes[TWICE]]
    of_two_schools = Memory(book, marked_twice=twice)

    def of_class(
        number: int, code: str, marks: Marks = sessions, facts: Memory = in_memory
    ) -> list[Asked]:
        codes = [code] * CLASS_SIZE
        return [Asked(register_of(classes[number], d, s, codes), facts) for d, s, _ in marks]

    def excluded(lasted: Iterable[PupilDay]) -> list[Asked]:
        facts, codes = Memory(book, lasted=lasted), ["E"] * CLASS_SIZE
        # The day's two registers again and again: a turn as long as that of any other row.
        days = [(EXCLUDED_BEFORE, session) for session in SESSIONS] * (len(sessions) // 2)
        return [Asked(register_of(classes[ALONE], *each, codes), facts) for each in days]

    mix = [Asked(register_of(classes[ALONE], *each), in_memory) for each in sessions]
    return {
        "register of 30, published mix": mix,
        "30 of E, third day of exclusion": excluded(()),
        "30 of E, sixth day, warned": excluded(lasted),
        "30 of C, leave given": of_class(WITH_LEAVE, "C"),
        "30 of C, no leave, warned": of_class(ALONE, "C"),
        "30 of I, leave given, warned": of_class(WITH_LEAVE, "I"),
        "30 of X, below school age, warned": of_class(YOUNG, "X", young),
        "30 of T": of_class(ALONE, "T"),
        "30 of D": of_class(TWICE, "D", facts=of_two_schools),
        "30 of I, pupils of two schools": of_class(TWICE, "I", facts=of_two_schools),
        "30 amendments of N, late, warned": [_amendments(found, *each[:2]) for each in sessions],
    }


def _telling_apart(found: Filled, sessions: Marks) -> Timed:
    """What is done before the head is taken: which marks of a register no rule has more to ask about."""
    urn, members, facts = found.school.urn, found.school.classes[ALONE], Memory(found.book)
    sent = [plain.SentRegister.of(register_of(members, *each)) for each in sessions]

    def run() -> None:
        for each in sent:
            plain.told_apart(each, urn, cast("Facts", facts))

    return Timed(run, len(sent) * CLASS_SIZE)


def _amendments(found: Filled, day: date, session: Any) -> Asked:
    """N amended to I, with the limit in school days that each is held against."""
    keys = [EntryKey(pupil, day, session) for pupil in found.school.classes[ALONE]]
    return Asked(amendment_of(keys), Memory(found.book, dict.fromkeys(keys, Standing(0, "N"))))


def _keys(members: Sequence[str], days: Iterable[date]) -> list[EntryKey]:
    return [EntryKey(pupil, d, s) for d in days for s in SESSIONS for pupil in members]


def _decided(asked: Asked, urn: str) -> list[Item]:
    facts = cast("Facts", asked.facts)
    if isinstance(asked.request, attendance.TakeRegister):
        return register.take(asked.request, urn, facts)
    return register.amend(asked.request, urn, facts)


class Event(NamedTuple):
    """What an event was made of."""

    asked: MarkAsked
    symbol: str
    session: SessionFacts
    standing: Standing | None
    recorded: Recorded


def _without_events(what: str, requests: Sequence[Asked]) -> tuple[Cost, Cost, Cost]:
    """What the rules cost; the whole decision; and making its events, outcomes and items alone."""
    urn = requests[0].facts.book("").urn
    events = [event for asked in requests for event in _events(asked, urn)]

    def decide() -> None:
        for asked in requests:
            _decided(asked, urn)

    def make() -> None:
        for asked, symbol, session, stood, recorded in events:
            warnings = recorded.warnings
            event = attendance._event(asked, symbol, session, stood, warnings)
            Item(requests[0].request.by, Recorded(event, warnings))

    whole, part = _in_turns(Timed(decide, len(events)), Timed(make, len(events)))
    rules = [one - other for one, other in zip(whole, part, strict=True)]
    return (
        Cost(f"rule checks, {what}", median(rules), rules),
        Cost(f"whole decision, {what}", median(whole), whole, has_goal=False),
        Cost(f"making the events, {what}", median(part), part, has_goal=False),
    )


def _events(asked: Asked, urn: str) -> list[Event]:
    """The events of a request's decision.  Refusals are quick, so none of its marks may be refused."""
    book, facts = asked.facts.book(urn), cast("Facts", asked.facts)
    request = asked.request
    marks: Sequence[MarkAsked] = (
        request.entries if isinstance(request, attendance.TakeRegister) else request.amendments
    )
    made = []
    for mark, (_, outcome) in zip(marks, _decided(asked, urn), strict=True):
        if not isinstance(outcome, Recorded):
            raise ValueError(f"not recorded: {outcome}")  # noqa: TRY004
        assert isinstance(outcome.event, AttendanceEntered | AttendanceAmended)
        of = mark if isinstance(mark, attendance.Amendment) else request
        session = register.session_facts(book, of.date, of.session, facts)
        stood = facts.standing(urn, ()).get(EntryKey(mark.pupil, of.date, of.session))
        made.append(Event(mark, outcome.event.code, session, stood, outcome))
    return made


# -- queries -------------------------------------------------------------------------------------


def _queries(found: Filled) -> list[tuple[str, Timed]]:
    """What decisions ask of the log, put to the database: one query for all marks of a request."""
    connection, urn, members = found.connection, found.school.urn, found.school.classes[ALONE]
    days = excluded_days(found.book)

    def lasted(day: date) -> None:
        """Put the question about an exclusion of which that is the sixth day."""
        before = {day: found.book.school_time.school_days_before(day, len(days))}
        marks = [(pupil, day) for pupil in members]
        standing.coded_throughout(partial(ask_once, connection), (urn, "E"), marks, before)

    def born() -> None:
        stored = standing.admissions_of(connection, urn, members)
        open_all(stored, found.vault, connection)

    asked: dict[str, Callable[[], object]] = {
        "30 exclusions, on the sixth day": lambda: lasted(EXCLUDED_BEFORE),
        "30 exclusions, on the first": lambda: lasted(days[0]),
        "30 dates of birth, once a process": born,
        "30 sessions at other schools": lambda: standing.elsewhere(
            connection, urn, _keys(members, days[:1])[:CLASS_SIZE]
        ),
    }
    return [(f"query, {what}", Timed(run, CLASS_SIZE, perf_counter)) for what, run in asked.items()]


# -- measuring -----------------------------------------------------------------------------------


def _cost(what: str, timed: Timed, *, has_goal: bool = True) -> Cost:
    (repeats,) = _in_turns(timed)
    return Cost(what, median(repeats), repeats, has_goal)


def _in_turns(*timed: Timed) -> list[list[float]]:
    """Microseconds a mark of each repeat, for each of what is timed.

    The turns change at every round, so that a change in the machine's pace meets all of them.
    """
    rounds = [max(1, int(SECONDS_MIN / _seconds(each))) for each in timed]
    repeats: list[list[float]] = [[] for _ in timed]
    for _ in range(REPEATS):
        spent = [0.0] * len(timed)
        for turn in range(max(rounds)):
            for place, each in enumerate(timed):
                if turn < rounds[place]:
                    spent[place] += _seconds(each)
        for place, each in enumerate(timed):
            repeats[place].append(spent[place] / rounds[place] / each.marks * 1e6)
    return repeats


def _seconds(timed: Timed) -> float:
    begun = timed.clock()
    timed.run()
    return timed.clock() - begun


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
