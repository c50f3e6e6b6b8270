"""Where school, roll and marks meet: the decisions of the admission register for a whole request.

The rules themselves are in `ledger.admissions.admission` and `ledger.admissions.deletion`; here their facts are gathered.
"""

from collections.abc import Callable
from datetime import date, timedelta

from ledger.admissions import admission
from ledger.admissions.admission import AmendParticulars, EnterNames, Register
from ledger.base import Outcome
from ledger.book import SchoolBook
from ledger.facts import Facts, known_school
from ledger.requests import Item
from ledger.schools import calendar
from ledger.schools.calendar import LONDON


def enter(asked: EnterNames, urn: str, facts: Facts, mint: Callable[[], str]) -> list[Item]:
    """Enter names, in the order sent; `mint` makes the id of a pupil who has none."""
    register = register_of(known_school(urn, facts), facts)
    in_full = len(asked.entries) <= admission.WARNED_IN_FULL_MAX
    seen: set[str] = set()
    items = []
    for entry in asked.entries:
        pupil = entry.pupil or mint()
        outcome: Outcome = (
            admission.twice_in_request()
            if pupil in seen
            else admission.enter(entry, pupil, register, warned_in_full=in_full)
        )
        seen.add(pupil)
        items.append(Item(asked.by, outcome))
    return items


def amend(asked: AmendParticulars, urn: str, pupil: str, facts: Facts) -> Outcome:
    """Amend particulars.  An amended starting day is held against the marks that stand."""
    book = known_school(urn, facts)
    register = register_of(book, facts)
    marks_before = 0
    changes = asked.changes
    if pupil in book.roll and (changes.starting_day or changes.date_of_birth):
        facts.born(urn, (pupil,))  # which the book then has
        if changes.starting_day:
            marks_before = _marks_before(changes.starting_day, pupil, book, facts)
    return admission.amend(asked, pupil, register, marks_before)


def needs_marks(asked: AmendParticulars) -> bool:
    """Whether the decision rests on the marks that stand in the database."""
    return asked.changes.starting_day is not None


def register_of(book: SchoolBook, facts: Facts) -> Register:
    """The admission register of a school today."""
    today = facts.now.astimezone(LONDON).date()
    return Register(book.urn, book.roll, book.school.type_on(today), today)


def _marks_before(starting_day: date, pupil: str, book: SchoolBook, facts: Facts) -> int:
    """How many marks of the latest period on the roll stand before a day."""
    first = book.roll[pupil].periods[-1][0]
    if starting_day <= first or not book.school.years:
        return 0
    first = max(first, calendar.span_of_year(min(book.school.years)).first)
    last = min(starting_day - timedelta(days=1), calendar.span_of_year(max(book.school.years)).last)
    return len(facts.codes_of(book.urn, pupil, first, last)) if first <= last else 0
