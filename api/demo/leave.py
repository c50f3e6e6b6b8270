"""The leave behind the marks: asked for and given before it is taken, as regulation 11 has it.

One request for each run of school days that a pupil is away with one code, and for a part-time
timetable one a term; each names its sessions, so that leave is given for what was taken and no more.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from api.demo.history import Year, by
from api.demo.marks import Mark
from api.demo.people import School
from api.demo.term_dates import TERMS, school_days
from api.demo.wire import Document

ASKED_BEFORE = timedelta(days=14)
DECIDED_BEFORE = timedelta(days=7)
TIMETABLE = "C2"
# The codes that rest on leave, with its ground and why it is asked for.
GROUNDS = {
    "C": ("exceptional_circumstances", "Funeral of a grandparent"),
    "C1": ("regulated_performance", "Licensed to perform at the theatre"),
    "C2": (
        "part_time_timetable",
        "Returning after a long illness: away for these sessions, reviewed as agreed",
    ),
    "J1": ("interview", "Interview at the further education college"),
    "S": ("study", "Revision for public examinations, agreed with the parent"),
}
LICENCES = {"C1": "Licence seen, number 118"}


@dataclass(frozen=True, slots=True)
class Leave:
    """One leave: at which school it is asked for, the request and the decision."""

    school: School
    asked: Document
    decision: Document


def authority_document(school: School, first: date) -> Document:
    """PUT /v1/schools/{urn}/leave-authority: the head gives leave."""
    head = by(school.head, "Headteacher")
    return {"persons": [head], "in_force_from": first.isoformat(), "by": head}


def leaves(year: Year) -> Iterator[Leave]:
    """POST /v1/schools/{urn}/leave and its decision, for every mark that rests on leave."""
    taken: defaultdict[tuple[int, str], list[Mark]] = defaultdict(list)
    for mark in year.marks:
        if mark.code in GROUNDS:
            taken[mark.pupil, mark.code].append(mark)
    for (_, code), marks in sorted(taken.items()):
        for part in _terms(year, marks) if code == TIMETABLE else _runs(year, marks):
            yield _leave(year, part)


def _runs(year: Year, marks: list[Mark]) -> Iterator[list[Mark]]:
    """The marks in runs of school days without a gap."""
    number = {day: n for n, day in enumerate(school_days(year.row.period))}
    run = marks[:1]
    for before, mark in pairwise(marks):
        if number[mark.day] - number[before.day] > 1:
            yield run
            run = []
        run.append(mark)
    yield run


def _terms(year: Year, marks: list[Mark]) -> Iterator[list[Mark]]:
    """The marks by term."""
    for term in TERMS[year.row.period]:
        if found := [mark for mark in marks if term.first <= mark.day <= term.last]:
            yield found


def _leave(year: Year, marks: list[Mark]) -> Leave:
    pupil, first, last = year.pupil(marks[0]), marks[0].day, marks[-1].day
    code = marks[0].code
    ground, circumstances = GROUNDS[code]
    asked: Document = {
        "pupil": pupil.id,
        "ground": ground,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "sessions": [{"date": m.day.isoformat(), "session": m.session} for m in marks],
        "asked_by": {"name": pupil.parent, "relationship": "parent"},
        "asked_on": (first - ASKED_BEFORE).isoformat(),
        "circumstances": circumstances,
        "by": by("Bea Office", "Data manager"),
    }
    if code == TIMETABLE:
        asked["review_on"] = [marks[len(marks) // 2].day.isoformat()]
    decision: Document = {
        "decision": "given",
        "decided_on": (first - DECIDED_BEFORE).isoformat(),
        "reason": "As asked",
        "by": by(pupil.school.head, "Headteacher"),
    }
    if code in LICENCES:
        decision["licence"] = LICENCES[code]
    return Leave(pupil.school, asked, decision)
