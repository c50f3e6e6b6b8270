"""A school's book: everything but marks that decisions about the school need, folded from its log.

The writer keeps the books of schools it has lately written for.  Before it decides anything it reads,
under the head lock, what the log has gained since: a book is therefore never stale, whichever process
wrote last.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from ledger.admissions import admission
from ledger.admissions.roll import Roll
from ledger.authority_returns import sickness_beliefs
from ledger.authority_returns.returns_sent import ReturnSent, SentReturns
from ledger.authority_returns.sickness_beliefs import SicknessBeliefFormed, SicknessBeliefs
from ledger.base import Event
from ledger.intervention import improvement, issued_notices
from ledger.intervention.improvement import ImprovementBook
from ledger.intervention.issued_notices import NoticeBook
from ledger.leave_of_absence import leave
from ledger.leave_of_absence.leave import LeaveBook
from ledger.leave_of_absence.leave_authority import LeaveAuthority, LeaveAuthoritySet
from ledger.registers import code_n_rule
from ledger.registers.code_n_rule import CodeNRules
from ledger.schools import school
from ledger.schools.calendar import SchoolYear
from ledger.schools.school import School
from ledger.schools.school_time import SchoolTime

BOOKS_MAX: Final = 5_000
"""Schools whose books one process keeps, at some 3.5 kilobytes each without their pupils."""
PUPILS_MAX: Final = 30_000
"""Pupils in all of them, at about half a kilobyte each."""


@dataclass(slots=True)
class SchoolBook:
    """What is known of one school at one position of the log."""

    urn: str
    position: int = 0
    known: set[str] | None = None
    """Of a book that is kept in part, the pupils whose records are in it, with those who have none."""
    school: School = field(init=False)
    roll: Roll = field(default_factory=dict)
    leave: LeaveBook = field(default_factory=LeaveBook)
    code_n: CodeNRules = field(default_factory=CodeNRules)
    leave_authority: LeaveAuthority = field(default_factory=LeaveAuthority)
    notices: NoticeBook = field(default_factory=dict)
    improvements: ImprovementBook = field(default_factory=dict)
    returns: SentReturns = field(default_factory=SentReturns)
    beliefs: SicknessBeliefs = field(default_factory=dict)
    _years: tuple[SchoolYear, ...] = field(default=(), init=False, repr=False, compare=False)
    _school_time: SchoolTime = field(default=SchoolTime(()), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.school = School(self.urn)

    @property
    def is_whole(self) -> bool:
        """Whether it holds what the log says of every pupil."""
        return self.known is None

    @property
    def pupils(self) -> int:
        """How many pupils it has to keep."""
        return len(self.roll if self.known is None else self.known)

    @property
    def school_time(self) -> SchoolTime:
        """The school days of the years that were set: made when asked for, and anew when one is set."""
        years = tuple(self.school.years.values())
        if years != self._years:
            self._years, self._school_time = years, SchoolTime.of_years(years)
        return self._school_time

    def without_pupils(self) -> "SchoolBook":
        """A book in part that knows of the school what this one does, and of no pupil anything."""
        book = SchoolBook(self.urn, self.position, known=set())
        book.school, book.code_n = self.school, self.code_n
        book.leave_authority = self.leave_authority
        return book

    def apply(self, event: Event, position: int) -> None:
        """Fold the next event of this school into the book."""
        _, _, *rest = event.originator_id.split("/")
        match event:
            case school.SchoolDescribed() | school.SchoolYearSet() | school.ClosureMade():
                school.apply(self.school, event)
            case admission.NameEntered() | admission.ParticularsAmended() | admission.NameDeleted():
                admission.apply(self.roll, rest[0], event)
            case (
                leave.LeaveAsked()
                | leave.LeaveGiven()
                | leave.LeaveRefused()
                | leave.LeaveWithdrawn()
            ):
                leave.apply(self.leave, rest[0], rest[1], event)
            case LeaveAuthoritySet():
                self.leave_authority.apply(event)
            case ReturnSent():
                self.returns.apply(event, position)
            case SicknessBeliefFormed():
                sickness_beliefs.apply(self.beliefs, event)
            case code_n_rule.CodeNRuleSet() | code_n_rule.CodeNRuleRun():
                code_n_rule.apply(self.code_n, event)
            case _ if isinstance(event, issued_notices.NoticeEvent):
                issued_notices.apply(self.notices, rest[0], rest[1], event)
            case _ if isinstance(event, improvement.ImprovementEvent):
                improvement.apply(self.improvements, rest[0], rest[1], event)
        self.position = position


class Shelf:
    """The books at hand."""

    def __init__(self, books_max: int = BOOKS_MAX, pupils_max: int = PUPILS_MAX) -> None:
        self._books: OrderedDict[str, SchoolBook] = OrderedDict()
        self._books_max = books_max
        self._pupils_max = pupils_max

    def __contains__(self, urn: str) -> bool:
        """Whether the book of a school is at hand."""
        return urn in self._books

    def take(self, urn: str) -> SchoolBook:
        """The book of a school, an empty one where none is at hand."""
        book = self._books.get(urn)
        if book is None:
            book = self._books[urn] = SchoolBook(urn)
        else:
            self._books.move_to_end(urn)
        return book

    def put(self, book: SchoolBook) -> None:
        """Have this book of its school at hand."""
        self._books[book.urn] = book
        self._books.move_to_end(book.urn)

    def trim(self) -> None:
        """Put away the least recently used books where there are too many, or forget their pupils.

        For whoever needs none at the moment: a batch may need more than are kept.  What is known of a
        school costs thirty times what a pupil does to read, with two queries of its own, and seven to keep.
        """
        while len(self._books) > self._books_max:
            self._books.popitem(last=False)
        pupils = sum([book.pupils for book in self._books.values()])
        if pupils <= self._pupils_max:
            return
        for urn, book in list(self._books.items()):
            pupils -= book.pupils
            if book.pupils:
                self._books[urn] = book.without_pupils()
            if pupils <= self._pupils_max:
                break

    def discard(self, urns: Iterable[str]) -> None:
        """Forget books that say other than the log: folded ahead of what then failed, or read by halves."""
        for urn in urns:
            self._books.pop(urn, None)
