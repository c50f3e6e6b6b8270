"""What a decision may ask of the record while it is made: the facts as they stand at the head."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

from ledger.base import Event
from ledger.book import SchoolBook
from ledger.registers.attendance import Standing
from ledger.schools.calendar import Session


class EntryKey(NamedTuple):
    """Names one entry of a school's register."""

    pupil: str
    day: date
    session: Session


PupilDay = tuple[str, date]
"""A pupil, and a day."""


class Disagreement(NamedTuple):
    """A mark that stands where a closure says otherwise."""

    pupil: str
    day: date
    session: Session
    code: str


class SchoolNotFoundError(Exception):
    """No school of this URN has been described to the ledger."""


class Facts(Protocol):
    """Facts at the head of the log.  They hold until what is decided on them is appended."""

    @property
    def now(self) -> datetime:
        """What the clock says."""
        ...

    def book(self, urn: str) -> SchoolBook:
        """The book of a school, up to date.  An undescribed school has an empty one."""
        ...

    def standing(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, Standing]:
        """The entries that stand among these, for certain."""
        ...

    def probably_standing(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, Standing]:
        """The same for original entries, where a place that is taken after all is found out by the
        key of the table, and the decision is then made again for certain.
        """
        ...

    def marks_between(self, urn: str, first: date, last: date) -> list[Disagreement]:
        """The entries that stand in a span of days."""
        ...

    def standing_with(
        self, urn: str, code: str, first: date, last: date
    ) -> Mapping[EntryKey, Standing]:
        """The entries of one code that stand in a span of days, by day, session and pupil."""
        ...

    def codes_of(
        self, urn: str, pupil: str, first: date, last: date
    ) -> Mapping[tuple[date, Session], str]:
        """The codes that stand for one pupil at one school in a span of days."""
        ...

    def codes_at(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, str]:
        """The codes that stand among these entries of a school, as far as they are appended."""
        ...

    def coded_throughout(
        self,
        urn: str,
        code: str,
        asked: Iterable[PupilDay],
        days: Mapping[date, Sequence[date]],
    ) -> frozenset[PupilDay]:
        """Of these pupils and days, those of whom each of the `days` listed for that day has an entry
        of this code at the school and none of another.  Answered in one question.
        """
        ...

    def codes_elsewhere(
        self, urn: str, keys: Iterable[EntryKey]
    ) -> Mapping[EntryKey, Mapping[str, str]]:
        """The codes that stand for the same pupils and sessions at other schools, by their URN.

        For decisions alone: which school it is, and the code, is not for the one that is answered.
        """
        ...

    def born(self, urn: str, pupils: Iterable[str]) -> Mapping[str, date]:
        """Dates of birth in the admission register, as they stand; those erased are left out."""
        ...

    def records_of(self, pupil: str, topics: Sequence[str]) -> Sequence[Event]:
        """What the log holds about a child at every school, marks excepted, in its order."""
        ...


def known_school(urn: str, facts: Facts) -> SchoolBook:
    """The book of a school that has been described.  Raises SchoolNotFoundError."""
    book = facts.book(urn)
    if not book.school.descriptions:
        raise SchoolNotFoundError
    return book
