"""What the rules say of a code in a session, whoever the pupil (regulation 10 and its tables).

A ruling is the same for every pupil of a register, so it is made once for each code in it.  It also
names the rules that must be asked for each pupil with the code (`ledger.registers.pupil_rules`); for nearly all
codes there is none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final, NamedTuple

from ledger.base import Refused, refuse
from ledger.law.codes import Code, code_in_force, last_counted
from ledger.law.findings import Weighed, weigh
from ledger.law.provisions import SchoolType
from ledger.problems import Problem
from ledger.registers.pupil_rules import PupilRule, rests_on_an_agreement, rules_for
from ledger.schools.calendar import Held, Session, academic_year, version

REG_10: Final = "SI 2024/208 reg 10"
EA_579: Final = "Education Act 1996 s.579"


@dataclass(slots=True)
class SessionFacts:
    """What is known of one session at one school when marks for it are decided."""

    urn: str
    school_type: SchoolType
    day: date
    session: Session
    held: Held
    begun: bool
    """Whether the register of this session has opened."""
    arrival: Callable[[time], str] | None
    """The mark of a pupil who arrives at a time; None where no register times are known."""
    year: int = field(init=False)
    original: int = field(init=False)
    """Version of an original entry for this session."""
    _rulings: dict[tuple[str, bool], "Ruling"] = field(default_factory=dict)
    _weighed: dict[tuple[Problem, ...], Weighed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.year = academic_year(self.day)
        self.original = version(self.day, self.session, 0)

    def ruling(self, symbol: str, has_detail: bool) -> "Ruling":
        """What the rules say of a code in this session, whoever the pupil: asked once a code."""
        found = self._rulings.get((symbol, has_detail))
        if found is None:
            found = self._rulings[symbol, has_detail] = rule_on(symbol, has_detail, self)
        return found

    def weighed(self, problems: tuple[Problem, ...]) -> Weighed:
        """What these breaches lead to here: the same for every pupil, so weighed once."""
        found = self._weighed.get(problems)
        if found is None:
            found = self._weighed[problems] = weigh(problems, self.school_type, self.day)
        return found


class Ruling(NamedTuple):
    """What the rules say of a code in a session."""

    refused: Refused | None
    """Refused on any road."""
    refusing: tuple[Problem, ...] = ()
    """Refused when entered now; recorded with a warning when imported as history."""
    warning: tuple[Problem, ...] = ()
    """Recorded with a warning."""
    pupil_rules: tuple[PupilRule, ...] = ()
    """What is to be asked for each pupil with this code."""
    possible: bool = False
    """Whether a session with this code counts as possible."""
    absent: bool = False
    """Whether it is an absence, which leave in force would have to be of."""


def rule_on(symbol: str, has_detail: bool, facts: SessionFacts) -> Ruling:
    """What regulation 10 and its tables say of a code in a session.

    The code is looked up in the table in force on the day of the session, whenever it is entered.
    What a breach leads to is by the type of the school on that day.
    """
    code = code_in_force(symbol, facts.day)
    problems: list[Problem] = []
    if code is None:
        code = last_counted(symbol, facts.day)
        if code is None:
            return Ruling(_unknown_code())
        problems.append(_not_in_force(code))
    if not (code.am if facts.session == "AM" else code.pm):
        return Ruling(_wrong_session(code))
    if not facts.begun and not code.before_session:
        return Ruling(_session_not_begun(code))
    if (
        code.detail == "required"
        and not has_detail
        and not rests_on_an_agreement(symbol, facts.day)
    ):
        problems.append(_detail_missing(code))
    if facts.held != "held" and symbol not in CODES_WHEN_NOT_HELD[facts.held]:
        problems.append(_not_held(facts.held))
    refusing, warning = weigh(problems, facts.school_type, facts.day)
    return Ruling(
        None,
        refusing,
        warning,
        rules_for(symbol, has_detail, facts.day),
        code.in_possible,
        code.statistical_class in _ABSENT,
    )


_ABSENT: Final = frozenset({"authorised", "unauthorised"})


CODES_WHEN_NOT_HELD: Final[Mapping[Held, frozenset[str]]] = {
    "none": frozenset({"#"}),
    "planned-closure": frozenset({"#"}),
    "unplanned-closure": frozenset({"Y4", "Y", "#"}),
}
"""The codes that can stand for a session that is not held, by the reason why."""


def _unknown_code() -> Refused:
    return refuse(
        "unknown-code", "code", "This is not an attendance code.", f"{REG_10} Tables 1 to 3"
    )


def _wrong_session(code: Code) -> Refused:
    return refuse(
        "wrong-session-for-code",
        "code",
        "This code belongs to the other session of the day.",
        code.reference,
    )


def _session_not_begun(code: Code) -> Refused:
    return refuse(
        "session-not-begun",
        "code",
        "This code cannot be entered before the register of its session opens.",
        code.reference,
    )


def _not_in_force(code: Code) -> Problem:
    return Problem(
        "code-not-in-force",
        "code",
        "This code was not in force on the day of the session.",
        code.reference,
    )


def _detail_missing(code: Code) -> Problem:
    return Problem(
        "detail-missing", "detail", f"This code needs its detail: {code.detail_is}.", code.reference
    )


def _not_held(held: Held) -> Problem:
    if held == "none":
        return Problem(
            "session-not-held",
            "date",
            "The school holds no such session: it lies outside the terms that were set, in a half "
            "term, on a weekend or on a bank holiday.",
            EA_579,
        )
    return Problem(
        "school-closed",
        "date",
        "The school is closed for this session; only the code of the closure can be entered.",
        EA_579,
    )
