"""Closures of a whole school: the sessions that are lost, and in the same act the marks of them.

A closure changes no mark by itself: it says which marks disagree with it.  Asked to enter the marks, it
gives every pupil due the code of the closure, as an entry where none stands and as an amended entry
where another code does.  Nothing that stood before is lost: each amended entry names it.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, Final

from ledger.base import Outcome, Recorded, Refused, Unchanged, refuse
from ledger.book import SchoolBook
from ledger.facts import EntryKey, Facts, known_school
from ledger.law.codes import code_in_force, last_counted
from ledger.registers import attendance
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered, Standing
from ledger.registers.session_rules import CODES_WHEN_NOT_HELD
from ledger.requests import Item
from ledger.schools import calendar, school

MARKS_MAX: Final = 40_000
"""Marks that one closure enters at most: two weeks of a school of 2,000."""
DISAGREEMENTS_SHOWN_MAX: Final = 5_000
_PUPILS_USUALLY_AT_MOST: Final = 1_000
_THERE: Final = frozenset({"attending", "approved_educational_activity"})
_THERE_BUT_COUNTED_OTHERWISE: Final = frozenset({"U", "D"})
"""In school after the register was closed; due at the other school of registration."""


def weight_of(asked: school.MakeClosure) -> int:
    """About how many events a closure appends: how much room it takes in the queue."""
    if not asked.enter_marks:
        return 1
    sessions = ((asked.to - asked.from_).days + 1) * len(asked.sessions)
    return 1 + min(sessions * _PUPILS_USUALLY_AT_MOST, MARKS_MAX)


def close(asked: school.MakeClosure, urn: str, facts: Facts) -> list[Item]:
    """Make a closure and, where that is asked, the marks of it; say which marks disagree with it.

    The closure's own result comes first, then one for each pupil and session: what stood before, and
    the code that stands now.  A closure that stands already can be sent again to enter its marks.
    """
    book = known_school(urn, facts)
    outcome = school.close(asked, book.school)
    if isinstance(outcome, Refused) or (isinstance(outcome, Unchanged) and not asked.enter_marks):
        return [Item(asked.by, outcome)]
    keys = list(islice(_due(asked, book), MARKS_MAX + 1)) if asked.enter_marks else []
    if len(keys) > MARKS_MAX:
        return [Item(asked.by, _too_many_marks())]
    standing = facts.standing(urn, keys)
    to_enter = [key for key in keys if not _stays(key, standing.get(key))]
    shows = _disagreements(asked, urn, facts, frozenset(to_enter))
    first = Unchanged(shows) if isinstance(outcome, Unchanged) else outcome._replace(shows=shows)
    marks = (_mark(asked, urn, key, standing.get(key)) for key in to_enter)
    return [Item(asked.by, first), *(Item(asked.by, mark) for mark in marks)]


def code_of(kind: str, day: date) -> str:
    """The code of a session that a closure took away: `#` planned; unplanned `Y4`, before it `Y`."""
    if kind == "planned":
        return "#"
    return "Y" if code_in_force("Y4", day) is None else "Y4"


def _due(asked: school.MakeClosure, book: SchoolBook) -> Iterator[EntryKey]:
    """Whose marks the closure decides: of each session it takes away, the pupils due in it.

    A boarder has no marks, a guest's are kept by the other school, and who is due there is not due
    here.
    """
    closure = school.closure_of(asked)
    year = book.school.years[calendar.academic_year(asked.from_)].with_closure(closure)
    for day, session in year.taken_by(closure):
        for pupil, place in book.roll.items():
            if place.on(day) and place.due_at(day, session) == "due":
                yield EntryKey(pupil, day, session)


def _stays(key: EntryKey, standing: Standing | None) -> bool:
    """Whether a mark says that the pupil was there, here or where the school had sent the pupil."""
    if standing is None:
        return False
    code = last_counted(standing.code, key.day)
    return standing.code in _THERE_BUT_COUNTED_OTHERWISE or (
        code is not None and code.statistical_class in _THERE
    )


def _mark(asked: school.MakeClosure, urn: str, key: EntryKey, standing: Standing | None) -> Outcome:
    """The mark of one pupil and session that the closure took away."""
    code = code_of(asked.kind, key.day)
    shows = {
        "pupil": key.pupil,
        "date": key.day.isoformat(),
        "session": key.session,
        "before": standing.code if standing else None,
        "code": code,
    }
    place = attendance.stream(urn, key.pupil, calendar.academic_year(key.day))
    detail = asked.reason if code == "Y" else None  # Y is the one code of closures that needs it
    original = calendar.version(key.day, key.session, 0)
    if standing is None:
        return Recorded(AttendanceEntered(place, original, code, detail), shows=shows)
    if standing.code == code:
        return Unchanged(shows)
    if standing.revision >= attendance.REVISIONS_MAX:
        return _amended_too_often()
    version = original + standing.revision + 1
    return Recorded(
        AttendanceAmended(place, version, standing.code, code, asked.reason, detail), shows=shows
    )


def _disagreements(
    asked: school.MakeClosure, urn: str, facts: Facts, entered: frozenset[EntryKey]
) -> dict[str, Any]:
    """The marks that stand, and will stand, though the closure says otherwise."""
    fitting = CODES_WHEN_NOT_HELD[
        "planned-closure" if asked.kind == "planned" else "unplanned-closure"
    ]
    disagree = [
        {"pupil": pupil, "date": day.isoformat(), "session": session, "code": code}
        for pupil, day, session, code in facts.marks_between(urn, asked.from_, asked.to)
        if session in asked.sessions
        and code not in fitting
        and EntryKey(pupil, day, session) not in entered
    ]
    return {"disagreeing_marks": len(disagree), "disagree": disagree[:DISAGREEMENTS_SHOWN_MAX]}


def _too_many_marks() -> Refused:
    return refuse(
        "closure-of-too-many-marks",
        "to",
        f"One request enters at most {MARKS_MAX} marks; send the closure in several, split by days.",
        "limit of the ledger",
    )


def _amended_too_often() -> Refused:
    return refuse(
        "amended-too-often",
        "enter_marks",
        f"An entry can be amended {attendance.REVISIONS_MAX} times.",
        "limit of the ledger",
    )
