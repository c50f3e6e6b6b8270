"""The names that a school's admission register has ever held, by enrolment."""

from typing import Any, Final

from ledger.schools.school import SchoolDescribed
from projections.extracts.department.sessions import EnrolmentKey
from projections.extracts.extract import Source
from projections.roll import RollRow, roll
from projections.school import Book

ENROLMENT_STATUS: Final = {"single": "C", "main": "M", "subsidiary": "S", "guest": "G"}
"""Enrolment status as the Department codes it (unconfirmed; C was seen in files)."""


def names_by_enrolment(source: Source, book: Book) -> dict[EnrolmentKey, RollRow]:
    """Every enrolment with its particulars: those of the local day of the view or, where that day lies
    outside the enrolment, of its first or last.
    """
    found: dict[EnrolmentKey, RollRow] = {}
    for row in roll(source.connection, source.vault, book, source.at):
        periods = enumerate(book.roll[row.pupil].periods)
        same = (number for number, days in periods if days == (row.starting_day, row.deleted_on))
        keys = (EnrolmentKey(row.pupil, number) for number in same)
        # A name that was deleted on its starting day may have been entered again for the same day.
        found[next(key for key in keys if key not in found)] = row
    return found


def in_name_order(row: RollRow) -> tuple[Any, ...]:
    """By surname and forenames; of those whose names cannot be read, and of namesakes, by id."""
    return (row.surname or "", row.forenames or "", row.pupil, row.starting_day)


def authority_and_establishment(school: SchoolDescribed) -> tuple[str, str]:
    """The two parts of a LAESTAB: three digits and four."""
    return school.laestab[:3], school.laestab[3:]
