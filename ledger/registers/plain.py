"""Plain marks: those of which no rule has more to ask than a register asks once.

Nearly every mark is plain: a code that may stand in this session at this school, of a pupil of whom a mark
is due, with nothing said besides but when the pupil arrived.  What `ledger.registers.attendance.decide` answers
for it is known before it is asked: it is recorded, without a warning.  So the plain marks of a register are
told apart once for the whole class, before the head of the log is taken, and the others are decided one
by one as ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache, partial
from typing import Final, Literal, NamedTuple, Self

from ledger.base import By, Recorded
from ledger.facts import Facts, known_school
from ledger.law.provisions import SchoolType
from ledger.registers.attendance import Entry, TakeRegister, decide
from ledger.registers.marked import Marked, Request
from ledger.registers.pupils import Pupils
from ledger.registers.register import session_facts
from ledger.registers.session_rules import SessionFacts
from ledger.schools.calendar import Held, Session

Says = Literal["nothing", "absent", "more"]
"""Of a code whose rules have nothing more to say or ask: whether it is of an absence, which leave in
force would have to be of; of any other `more`.
"""


@dataclass(frozen=True, slots=True)
class SentRegister:
    """A register as it is sent, in columns: of nearly all its entries a pupil and a code is all there is."""

    date: date
    session: Session
    by: By
    pupils: Sequence[str]
    codes: Sequence[str | None]
    more: Mapping[int, Entry]
    """By index, the entries that say more than a pupil and a code, or no code."""

    @classmethod
    def of(cls, asked: TakeRegister) -> Self:
        """The same of a command."""
        entries = asked.entries
        return cls(
            asked.date,
            asked.session,
            asked.by,
            [entry.pupil for entry in entries],
            [entry.code for entry in entries],
            {
                index: entry
                for index, entry in enumerate(entries)
                if len(entry.model_fields_set) != _BARE_MEMBERS or entry.code is None
            },
        )

    def __len__(self) -> int:
        """Number of its entries."""
        return len(self.pupils)

    def entry(self, index: int) -> Entry:
        """One entry."""
        entry = self.more.get(index)
        if entry is None:
            entry = Entry.model_construct(pupil=self.pupils[index], code=self.codes[index])
        return entry

    def command(self) -> TakeRegister:
        """The same as a command."""
        return TakeRegister.model_construct(
            date=self.date,
            session=self.session,
            by=self.by,
            entries=[self.entry(index) for index in range(len(self.pupils))],
        )


_BARE_MEMBERS: Final = 2
"""Of an entry that is nothing but a pupil and a code."""


class ToldApart(NamedTuple):
    """A register, its plain marks told apart."""

    session: SessionFacts
    plain: Sequence[bool]
    """For each entry whether it is plain."""


def told_apart(asked: SentRegister, urn: str, facts: Facts) -> ToldApart | None:
    """Which entries of a register are plain; None of one that names a pupil twice.

    A plain mark stays one for as long as the school's book does not change: time can only make a
    session begin.  That no entry stands already is not looked at here.  Raises SchoolNotFoundError.
    """
    pupils, codes, day = asked.pupils, asked.codes, asked.date
    if len(set(pupils)) != len(pupils):
        return None
    book = known_school(urn, facts)
    session = session_facts(book, day, asked.session, facts)
    about, held, begun = (day, session.session), session.held, session.begun
    said = {code: _says_of(code, session.school_type, about, held, begun) for code in set(codes)}
    known = Pupils(book, facts, _NOTHING_MORE)
    status_on, has_leave = known.status_on, known.has_leave
    plain = [
        (what := said[code]) != "more"
        and status_on(pupil, day) == "due"
        and not (what == "absent" and has_leave(pupil))
        for pupil, code in zip(pupils, codes, strict=True)
    ]
    for index, entry in asked.more.items():
        if entry.detail is not None or entry.place is not None or entry.supervision is not None:
            plain[index] = False
    return ToldApart(session, plain)


def decide_others(
    asked: SentRegister, urn: str, session: SessionFacts, others: Sequence[int], facts: Facts
) -> Mapping[int, Recorded] | None:
    """What is entered for the entries of these indexes; None where one of them is refused.

    Nothing is expected to stand, and the session is as it was when the register was told apart: what
    is refused because it had not begun is for the caller to decide again.
    """
    request = Request(cache(partial(_marks_of, asked)), {})
    pupils = Pupils(known_school(urn, facts), facts, request)
    decided = {index: decide(asked.entry(index), session, pupils, None) for index in others}
    recorded = {index: one for index, one in decided.items() if isinstance(one, Recorded)}
    return recorded if len(recorded) == len(decided) else None


def _marks_of(asked: SentRegister) -> list[Marked]:
    day, session = asked.date, asked.session
    pairs = zip(asked.pupils, asked.codes, strict=True)
    return [(pupil, day, session, code) for pupil, code in pairs]


_NOTHING_MORE: Final = Request(list, {})
"""Of plain marks only the book is asked."""


@lru_cache(maxsize=8192)
def _says_of(
    code: str | None,
    school_type: SchoolType,
    session: tuple[date, Session],
    held: Held,
    begun: bool,
) -> Says:
    """What the rules say of a code in a session: the same for every school of a type, so asked once."""
    if code is None:
        return "more"
    facts = SessionFacts("", school_type, *session, held, begun, None)
    ruling = facts.ruling(code, has_detail=False)
    if ruling.refused or ruling.refusing or ruling.warning or ruling.pupil_rules:
        return "more"
    return "absent" if ruling.absent else "nothing"
