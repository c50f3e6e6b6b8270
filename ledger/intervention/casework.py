"""Where school, roll, register and notices meet: the facts for decisions on legal intervention.

The rules themselves are in `ledger.intervention.notice_rules`, `ledger.intervention.improvement` and `ledger.intervention.considerations`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, cast

from ledger.base import Outcome
from ledger.book import SchoolBook
from ledger.facts import EntryKey, Facts, known_school
from ledger.intervention import considerations, improvement, notice_rules
from ledger.intervention.considerations import ConsiderPenalty
from ledger.intervention.improvement import (
    EndAttendanceContract,
    EndNoticeToImprove,
    GiveNoticeToImprove,
    MakeAttendanceContract,
)
from ledger.intervention.interventions import Place
from ledger.intervention.issued_notices import (
    TOPICS,
    RecordNoticeOutcome,
    RecordPenaltyNotice,
    notices_of,
)
from ledger.intervention.notice_rules import Child, Codes
from ledger.law.provisions import SchoolType
from ledger.law.statute import threshold
from ledger.schools.calendar import LONDON, academic_year
from ledger.schools.school_time import SchoolTime

_YEAR: Final = timedelta(days=365)


Beginning = RecordPenaltyNotice | GiveNoticeToImprove | MakeAttendanceContract | ConsiderPenalty
Ending = RecordNoticeOutcome | EndNoticeToImprove | EndAttendanceContract


def begin(asked: Beginning, urn: str, intervention: str, facts: Facts) -> Outcome:
    """Decide the record of an intervention.

    A penalty notice rests on those that every school has recorded for the child, and these are looked
    up in the record itself: to be queued alone.
    """
    book = known_school(urn, facts)
    on_roll = asked.pupil in book.roll
    match asked:
        case RecordPenaltyNotice():
            place = _place(book, intervention, asked.issued_on, facts)
            return notice_rules.issue(asked, place, _child(asked, book, facts))
        case GiveNoticeToImprove():
            place = _place(book, intervention, asked.from_, facts)
            return improvement.give_notice_to_improve(asked, place, on_roll)
        case MakeAttendanceContract():
            place = _place(book, intervention, asked.from_, facts)
            return improvement.make_attendance_contract(asked, place, on_roll)
        case ConsiderPenalty():
            place = _place(book, intervention, asked.considered_on, facts)
            return considerations.consider_penalty(asked, place, on_roll)


def end(asked: Ending, urn: str, intervention: str, facts: Facts) -> Outcome:
    """Decide what became of an intervention."""
    book = known_school(urn, facts)
    place = _place(book, intervention, asked.on, facts)
    if isinstance(asked, RecordNoticeOutcome):
        return notice_rules.record_outcome(asked, place, book.notices)
    return improvement.end(asked, place, book.improvements)


def _place(book: SchoolBook, intervention: str, day: date, facts: Facts) -> Place:
    description = book.school.described_on(day) or book.school.described_last
    assert description is not None
    today = facts.now.astimezone(LONDON).date()
    return Place(book.urn, intervention, cast("SchoolType", description.type), today)


def _child(asked: RecordPenaltyNotice, book: SchoolBook, facts: Facts) -> Child:
    if asked.pupil not in book.roll:
        return Child(False, None, (), {}, ())
    codes = _codes(asked, book.urn, facts)
    return Child(
        True,
        facts.born(book.urn, [asked.pupil]).get(asked.pupil),
        tuple(notices_of(facts.records_of(asked.pupil, TOPICS)).values()),
        codes,
        _school_weeks(book, [day for day, _ in codes]),
    )


def _codes(asked: RecordPenaltyNotice, urn: str, facts: Facts) -> Codes:
    """The codes of the sessions that are named, else of the year up to the day that is."""
    if asked.sessions:
        keys = [EntryKey(asked.pupil, named.date, named.session) for named in asked.sessions]
        found = facts.standing(urn, keys)
        return {(key.day, key.session): standing.code for key, standing in found.items()}
    last = asked.threshold_met_on or asked.issued_on
    if threshold("penalty-notice-sessions", last) is None:
        return {}
    return facts.codes_of(urn, asked.pupil, last - _YEAR, last)


def _school_weeks(book: SchoolBook, days: Sequence[date]) -> Sequence[date]:
    """The school's weeks around the marks, whose years are known where a mark could be entered."""
    if not days:
        return ()
    wanted = range(academic_year(min(days)), academic_year(max(days)) + 1)
    years = [year for number, year in book.school.years.items() if number in wanted]
    return SchoolTime.of_years(years).school_weeks(max(days))
