"""Where school, roll and marks meet: the decisions of the attendance register for a whole request.

The rules themselves are in `ledger.registers.attendance`; here their facts are gathered, once a session.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache, partial
from operator import attrgetter
from typing import Any, Final

from ledger.base import Outcome, Recorded
from ledger.book import SchoolBook
from ledger.facts import EntryKey, Facts, known_school
from ledger.registers import attendance
from ledger.registers.attendance import Standing
from ledger.registers.exclusions import EXCLUDED
from ledger.registers.marked import Marked, Request
from ledger.registers.pupils import Pupils
from ledger.registers.session_rules import SessionFacts
from ledger.requests import Item
from ledger.schools import calendar
from ledger.schools.calendar import LONDON, Session

_code: Final = attrgetter("code")
_place: Final = attrgetter("pupil", "date", "session")
_key: Final[Callable[[Iterable[Any]], EntryKey]] = partial(tuple.__new__, EntryKey)
"""A key of its members, by a third quicker than by their names: each amendment needs one."""
_MARK: Final = (attendance.AttendanceEntered, attendance.AttendanceAmended)


def take(asked: attendance.TakeRegister, urn: str, facts: Facts) -> list[Item]:
    """Decide the entries of one session's register, in the order sent."""
    book = known_school(urn, facts)
    session = session_facts(book, asked.date, asked.session, facts)
    pupils = Pupils(book, facts, Request.of_register(asked))
    keys = (EntryKey(entry.pupil, asked.date, asked.session) for entry in asked.entries)
    found = facts.probably_standing(urn, keys)
    by, entries, decide = asked.by, asked.entries, attendance.decide
    once = len({entry.pupil for entry in entries}) == len(entries)
    if once and not found:
        return [Item(by, decide(entry, session, pupils, None)) for entry in entries]
    standing = {key.pupil: entry for key, entry in found.items()}
    items = []
    for entry in entries:
        outcome = decide(entry, session, pupils, standing.get(entry.pupil))
        if not once and isinstance(outcome, Recorded):
            # A pupil who comes twice in one register meets the first entry.
            standing[entry.pupil] = _left_by(outcome)
        items.append(Item(by, outcome))
    return items


def amend(asked: attendance.AmendRegister, urn: str, facts: Facts) -> list[Item]:
    """Decide amendments, in the order sent: a later one sees what an earlier one leaves."""
    book = known_school(urn, facts)
    keys = list(map(_key, map(_place, asked.amendments)))
    standing = dict(facts.standing(urn, keys))
    marks = partial(_marks_of_amendments, asked.amendments)
    pupils = Pupils(book, facts, Request(marks, standing))
    sessions = _Sessions(book, facts)
    by, decide = asked.by, attendance.decide
    # What an amendment leaves is asked for by another of the same entry, and about exclusions.  Where
    # as many entries stand as are amended, each is amended once.
    often = len(standing) < len(keys) and len(set(keys)) < len(keys)
    seen = often or EXCLUDED in map(_code, asked.amendments)
    items: list[Item] = []
    session: SessionFacts | None = None
    for key, a in zip(keys, asked.amendments, strict=True):
        # Most come session by session.
        if session is None or a.date != session.day or a.session != session.session:
            session = sessions[a.date, a.session]
        outcome = decide(a, session, pupils, standing.get(key))
        if seen and isinstance(outcome, Recorded):
            standing[key] = _left_by(outcome)
        items.append(Item(by, outcome))
    return items


def import_lines(lines: list[attendance.ImportedLine], facts: Facts) -> list[Item]:
    """Decide the lines of an import, in order.  They may speak of many schools and sessions."""
    standing = _standing_for(lines, facts)
    marks = cache(partial(_marks_by_school, lines))
    schools: dict[str, tuple[_Sessions, Pupils]] = {}
    items = []
    for line in lines:
        urn = line.school
        here = standing[urn]
        if urn not in schools:
            book = known_school(urn, facts)
            request = Request(partial(_of_school, marks, urn), here, standing)
            schools[urn] = (_Sessions(book, facts), Pupils(book, facts, request))
        sessions, pupils = schools[urn]
        outcome = _amendment_without_reason(line)
        key = EntryKey(line.pupil, line.date, line.session)
        if outcome is None:
            session = sessions[line.date, line.session]
            outcome = attendance.decide(line, session, pupils, here.get(key))
            if isinstance(outcome, Recorded):
                here[key] = _left_by(outcome)
        items.append(Item(line.by, outcome))
    return items


def session_facts(book: SchoolBook, day: date, session: Session, facts: Facts) -> SessionFacts:
    """What is known of one session at one school."""
    setting = calendar.register_times_on(book.school.times, day)
    now = facts.now
    today = now.astimezone(LONDON).date()
    if setting is None:
        begun, arrival = day <= today, None
    else:
        # Of nearly all sessions the day alone says it.
        begun = day < today or (day == today and calendar.opens_at(day, session, setting) <= now)
        arrival = partial(calendar.mark_for_arrival, session, times=setting)
    school_type, held = book.school.type_on(day), book.school.held(day, session)
    return SessionFacts(book.urn, school_type, day, session, held, begun, arrival)


class _Sessions(dict[tuple[date, Session], SessionFacts]):
    """Session facts of one school in one request, each gathered when first asked for."""

    def __init__(self, book: SchoolBook, facts: Facts) -> None:
        super().__init__()
        self._book = book
        self._facts = facts

    def __missing__(self, key: tuple[date, Session]) -> SessionFacts:
        found = self[key] = session_facts(self._book, *key, self._facts)
        return found


def _marks_of_amendments(amendments: Sequence[attendance.Amendment]) -> list[Marked]:
    return [(a.pupil, a.date, a.session, a.code) for a in amendments]


def _of_school(marks: Callable[[], Mapping[str, list[Marked]]], urn: str) -> list[Marked]:
    return marks()[urn]


def _marks_by_school(lines: list[attendance.ImportedLine]) -> Mapping[str, list[Marked]]:
    """The marks of an import, by school."""
    marks: dict[str, list[Marked]] = {line.school: [] for line in lines}
    for line in lines:
        marks[line.school].append((line.pupil, line.date, line.session, line.code))
    return marks


def _standing_for(
    lines: list[attendance.ImportedLine], facts: Facts
) -> Mapping[str, dict[EntryKey, Standing]]:
    """By school, what stands where the lines want to write."""
    entries: dict[str, list[EntryKey]] = {}
    amended: dict[str, list[EntryKey]] = {}
    for line in lines:
        wanted = entries if line.from_ is None else amended
        wanted.setdefault(line.school, []).append(EntryKey(line.pupil, line.date, line.session))
    standing: dict[str, dict[EntryKey, Standing]] = {line.school: {} for line in lines}
    for urn, keys in entries.items():
        standing[urn] |= facts.probably_standing(urn, keys)
    for urn, keys in amended.items():
        standing[urn] |= facts.standing(urn, keys)
    return standing


def _left_by(outcome: Recorded) -> Standing:
    """What stands after an entry or amended entry, for later items of the same request."""
    event = outcome.event
    assert isinstance(event, _MARK)
    return Standing(event.originator_version % calendar.REVISIONS, event.code)


def _amendment_without_reason(line: attendance.ImportedLine) -> Outcome | None:
    if line.from_ is None or (line.reason is not None and line.code is not None):
        return None
    return attendance.amendment_details_missing("reason" if line.reason is None else "code")
