"""Plain marks: those of which no rule has more to ask than a register asks once.

Nearly every mark is plain: a code that may stand in this session at this school, of a pupil of whom a mark
is due, with nothing said besides but when the pupil arrived.  What `ledger.registers.attendance.decide` answers
for it is known before it is asked: it is recorded, without a warning.  So the plain marks of a register are
told apart once for the whole class, before the head of the log is taken, and the others are decided one
by one as ever.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from ledger.base import Recorded
from ledger.facts import Facts, known_school
from ledger.law.provisions import SchoolType
from ledger.registers.attendance import TakeRegister, decide
from ledger.registers.marked import Request
from ledger.registers.pupils import Pupils
from ledger.registers.register import session_facts
from ledger.registers.session_rules import SessionFacts
from ledger.schools.calendar import Held, Session

Says = Literal["nothing", "absent", "more"]
"""Of a code whose rules have nothing more to say or ask: whether it is of an absence, which leave in
force would have to be of; of any other `more`.
"""


class ToldApart(NamedTuple):
    """A register, its plain marks told apart."""

    session: SessionFacts
    plain: Sequence[bool]
    """For each entry whether it is plain."""


def told_apart(asked: TakeRegister, urn: str, facts: Facts) -> ToldApart | None:
    """Which entries of a register are plain; None of one that names a pupil twice.

    A plain mark stays one for as long as the school's book does not change: time can only make a
    session begin.  That no entry stands already is not looked at here.  Raises SchoolNotFoundError.
    """
    entries, day = asked.entries, asked.date
    if len({entry.pupil for entry in entries}) != len(entries):
        return None
    book = known_school(urn, facts)
    session = session_facts(book, day, asked.session, facts)
    said = {
        code: _says_of(
            code, session.school_type, (day, session.session), session.held, session.begun
        )
        for code in {entry.code for entry in entries}
    }
    pupils = Pupils(book, facts, _NOTHING_MORE)
    status_on, has_leave = pupils.status_on, pupils.has_leave
    plain = [
        (what := said[entry.code]) != "more"
        and entry.detail is None
        and entry.place is None
        and entry.supervision is None
        and status_on(entry.pupil, day) == "due"
        and not (what == "absent" and has_leave(entry.pupil))
        for entry in entries
    ]
    return ToldApart(session, plain)


def decide_others(
    asked: TakeRegister, urn: str, session: SessionFacts, others: Sequence[int], facts: Facts
) -> Mapping[int, Recorded] | None:
    """What is entered for the entries of these indexes; None where one of them is refused.

    Nothing is expected to stand, and the session is as it was when the register was told apart: what
    is refused because it had not begun is for the caller to decide again.
    """
    pupils = Pupils(known_school(urn, facts), facts, Request.of_register(asked))
    decided = {index: decide(asked.entries[index], session, pupils, None) for index in others}
    recorded = {index: one for index, one in decided.items() if isinstance(one, Recorded)}
    return recorded if len(recorded) == len(decided) else None


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
