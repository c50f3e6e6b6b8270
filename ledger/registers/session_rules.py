"""What the rules say of a code in a session, whoever the pupil (regulation 10 and its tables).

A ruling is the same for every pupil, and at every school of a type that holds the session or does not, so it
is made once for all of them.  It also names the rules that must be asked for each pupil with the code
(`ledger.registers.pupil_rules`), and what they answer with; for nearly all codes there is none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.base import Refused, refuse
from ledger.law.codes import Code, code_in_force, last_counted
from ledger.law.findings import Weighed, weigh
from ledger.law.provisions import SchoolType
from ledger.problems import Problem
from ledger.registers.pupil_rules import (
    PupilRule,
    about_age,
    grounds_of,
    rests_on_an_agreement,
    rules_for,
    without_leave,
)
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
    bare: "Rulings" = field(init=False)
    """What the rules say here of each code entered without a detail, whoever the pupil."""
    detailed: "Rulings" = field(init=False)
    """The same of codes with one."""
    weighed: "Weighings" = field(init=False)
    """What breaches that depend on the pupil lead to."""

    def __post_init__(self) -> None:
        self.year = academic_year(self.day)
        self.original = version(self.day, self.session, 0)
        occasion = Occasion(self.school_type, self.day, self.session, self.held, self.begun)
        self.bare, self.detailed, self.weighed = _known_of(occasion)

    def ruling(self, symbol: str, has_detail: bool) -> "Ruling":
        """What the rules say of a code in this session, whoever the pupil."""
        return (self.detailed if has_detail else self.bare)[symbol]


class Occasion(NamedTuple):
    """A session as far as the rules about a code ask of it."""

    school_type: SchoolType
    day: date
    session: Session
    held: Held
    begun: bool


class Rulings(dict[str, "Ruling"]):
    """The rulings on an occasion by code, of marks with a detail or of those without: made when asked for."""

    def __init__(self, occasion: Occasion, *, has_detail: bool) -> None:
        super().__init__()
        self._occasion = occasion
        self._has_detail = has_detail

    def __missing__(self, symbol: str) -> "Ruling":
        ruling = rule_on(symbol, self._has_detail, self._occasion)
        # What is no code is not kept: there is no end to the texts that could be sent.
        if ruling is not _UNKNOWN:
            self[symbol] = ruling
        return ruling


class Weighings(dict[tuple[Problem, ...], Weighed]):
    """What breaches lead to on an occasion: each set of them weighed when it is first met."""

    def __init__(self, occasion: Occasion) -> None:
        super().__init__()
        self._occasion = occasion

    def __missing__(self, problems: tuple[Problem, ...]) -> Weighed:
        found = self[problems] = weigh(problems, self._occasion.school_type, self._occasion.day)
        return found


# On one day thousands of schools of a type hold the same session.
@lru_cache(maxsize=4096)
def _known_of(occasion: Occasion) -> tuple[Rulings, Rulings, Weighings]:
    bare, detailed = (Rulings(occasion, has_detail=has_detail) for has_detail in (False, True))
    return bare, detailed, Weighings(occasion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the rules say of a code in a session, and what those that depend on the pupil go by."""

    symbol: str
    day: date
    session: Session
    refused: Refused | None = None
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
    grounds: frozenset[str] = frozenset()
    """The grounds of leave that the code is entered with."""
    without_leave: Problem | None = None
    """What is wrong where there is no such leave, of a code that rests on leave."""
    of_age: Problem | None = None
    """What is wrong with the code for a pupil of compulsory school age."""
    not_of_age: Problem | None = None
    """What is wrong with it for any other pupil."""


def rule_on(symbol: str, has_detail: bool, facts: Occasion) -> Ruling:
    """What regulation 10 and its tables say of a code in a session.

    The code is looked up in the table in force on the day of the session, whenever it is entered.
    What a breach leads to is by the type of the school on that day.
    """
    code = code_in_force(symbol, facts.day)
    problems: list[Problem] = []
    if code is None:
        code = last_counted(symbol, facts.day)
        if code is None:
            return _UNKNOWN
        problems.append(_not_in_force(code))
    if not (code.am if facts.session == "AM" else code.pm):
        return _refused(_wrong_session(code), symbol, facts)
    if not facts.begun and not code.before_session:
        return _refused(_session_not_begun(code), symbol, facts)
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
        symbol=symbol,
        day=facts.day,
        session=facts.session,
        refusing=refusing,
        warning=warning,
        pupil_rules=rules_for(symbol, has_detail, facts.day),
        possible=code.in_possible,
        absent=code.statistical_class in _ABSENT,
        grounds=grounds_of(symbol, facts.day),
        without_leave=without_leave(symbol, facts.day),
        of_age=about_age(symbol, facts.day, of_age=True),
        not_of_age=about_age(symbol, facts.day, of_age=False),
    )


def _refused(refused: Refused, symbol: str, facts: Occasion) -> Ruling:
    return Ruling(symbol=symbol, day=facts.day, session=facts.session, refused=refused)


_ABSENT: Final = frozenset({"authorised", "unauthorised"})


CODES_WHEN_NOT_HELD: Final[Mapping[Held, frozenset[str]]] = {
    "none": frozenset({"#"}),
    "planned-closure": frozenset({"#"}),
    "unplanned-closure": frozenset({"Y4", "Y", "#"}),
}
"""The codes that can stand for a session that is not held, by the reason why."""


_UNKNOWN: Final = Ruling(
    symbol="",
    day=date.min,
    session="AM",
    refused=refuse(
        "unknown-code", "code", "This is not an attendance code.", f"{REG_10} Tables 1 to 3"
    ),
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
