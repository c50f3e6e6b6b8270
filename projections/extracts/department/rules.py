"""The validation rules of the school census that are known to us, run over what a school is to return.

No specification of the Department's own has been seen: numbers and meanings are those of the pages and
programs named beside each rule, with their confidence.  A message says what is wrong and never with which
value: the pupil is named by id.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, Literal, NamedTuple

from ledger.identifiers import check_letter
from ledger.law.local_authorities import LOCAL_AUTHORITIES
from projections.extracts.department.census import AGES, CensusPupil, CensusReturn, Part
from projections.extracts.department.sessions import Sessions

Kind = Literal["error", "query"]
"""An error is refused; a query asks for an explanation."""

POSSIBLE_MAX: Final = 150
"""Possible sessions in a term above which somebody should look (unconfirmed)."""

_DIGITS_FROM: Final = 4
_LAST: Final = 12
_LENGTH: Final = 13
_LETTERS: Final = frozenset("ABCDEFGHJKLMNPQRTUVWXYZ")
_NUMBERED_BEFORE: Final = (
    "001-005 201-213 301-320 330-336 340-344 350-359 370-373 380-384 390-394 420-420 660-681 701-708 "
    "800-803 805-808 810-813 815-816 820-823 825-826 830-831 835-837 840-841 845-846 850-852 855-857 "
    "860-861 865-896 908-909 916-916 919-919 921-921 925-926 928-929 931-931 933-933 935-938"
)
"""Authorities, abolished and Welsh ones among them, and pseudo-authorities that a UPN may have been given
by (secondary: Arbor, census errors 1500 to 1550)."""


def _recognised() -> frozenset[str]:
    pairs = (span.split("-") for span in _NUMBERED_BEFORE.split())
    old = {f"{code:03d}" for first, last in pairs for code in range(int(first), int(last) + 1)}
    return frozenset(old | LOCAL_AUTHORITIES.keys())


RECOGNISED: Final = _recognised()
"""What characters 2 to 4 of a UPN may be."""


class Rule(NamedTuple):
    """One rule."""

    number: str
    """The Department's number, or a name beginning with `own` where it is not known to have one."""
    kind: Kind
    title: str
    reference: str
    """Where the rule was seen, with its confidence."""
    not_checked: str | None = None
    """What of the rule cannot be checked here, because the ledger does not hold it."""


class Finding(NamedTuple):
    """A rule that a return breaks, or that could not be checked."""

    rule: Rule
    outcome: Literal["raised", "not_checked"]
    message: str
    pupil: str | None = None
    starting_day: date | None = None
    part: Part | None = None


class _Fault(NamedTuple):
    """What a check finds."""

    message: str
    pupil: CensusPupil | None = None
    part: Part | None = None
    id: str | None = None


_Check = Callable[[CensusReturn], Iterator[_Fault]]


def findings(found: CensusReturn) -> Iterator[Finding]:
    """What the rules say of a return: by rule, then by pupil in the order of the return."""
    for rule, check in _CHECKS:
        for fault in check(found):
            row = fault.pupil.row if fault.pupil else None
            pupil = row.pupil if row else fault.id
            starting_day = row.starting_day if row else None
            yield Finding(rule, "raised", fault.message, pupil, starting_day, fault.part)
        if rule.not_checked:
            yield Finding(rule, "not_checked", rule.not_checked)


# -- unique pupil numbers ------------------------------------------------------------------------------


def _upn_missing(found: CensusReturn) -> Iterator[_Fault]:
    for pupil in found.pupils:
        if pupil.row.upn is None:
            yield _Fault("The pupil has no UPN.", pupil)


def _check_letter_wrong(found: CensusReturn) -> Iterator[_Fault]:
    return _about_numbers(found, "has a check letter that does not fit", _letter_fits)


def _upn_twice(found: CensusReturn) -> Iterator[_Fault]:
    times = Counter(pupil.row.upn for pupil in found.pupils if pupil.row.upn)
    ids = Counter((one.row.upn, one.row.pupil) for one in found.pupils)
    for pupil in found.pupils:
        upn = pupil.row.upn
        if upn and times[upn] > 1:
            alone = ids[upn, pupil.row.pupil] == times[upn]
            whose = "another enrolment of the same pupil" if alone else "another pupil"
            yield _Fault(f"The UPN is also that of {whose} in this return.", pupil)


def _authority_unknown(found: CensusReturn) -> Iterator[_Fault]:
    return _about_numbers(
        found, "names no authority in characters 2 to 4", lambda upn: upn[1:4] in RECOGNISED
    )


def _digits_wrong(found: CensusReturn) -> Iterator[_Fault]:
    return _about_numbers(
        found,
        "is not all digits in characters 5 to 12",
        lambda upn: upn[_DIGITS_FROM:_LAST].isdecimal() and upn.isascii(),
    )


def _last_wrong(found: CensusReturn) -> Iterator[_Fault]:
    return _about_numbers(
        found,
        "does not end in a digit or a letter other than I, O and S",
        lambda upn: upn[_LAST:].isdecimal() or upn[_LAST:] in _LETTERS,
    )


def _letter_fits(upn: str) -> bool:
    try:
        return len(upn) == _LENGTH and check_letter(upn[1:]) == upn[0]
    except ValueError:
        return False


def _about_numbers(
    found: CensusReturn, wrong: str, is_right: Callable[[str], bool]
) -> Iterator[_Fault]:
    """Both numbers of every pupil, the UPN and a former one, where there are any."""
    for pupil in found.pupils:
        for name, upn in (("UPN", pupil.row.upn), ("former UPN", pupil.row.former_upn)):
            if upn is not None and not is_right(upn):
                yield _Fault(f"The {name} {wrong}.", pupil)


# -- who is in the return ------------------------------------------------------------------------------


def _nothing_to_report(found: CensusReturn) -> Iterator[_Fault]:
    for pupil in found.pupils:
        if pupil.leaver and not any(one.codes for one in pupil.parts.values()):
            yield _Fault("The pupil has left and no mark stands in the window.", pupil)


def _out_of_scope(found: CensusReturn) -> Iterator[_Fault]:
    for pupil in found.pupils:
        if pupil.age not in AGES:
            yield _Fault("The pupil was not aged 4 to 15 on 31 August.", pupil)
        for part, sessions in pupil.parts.items():
            if sessions.not_due:
                message = (
                    "Marks stand for days on which the pupil boarded or was a guest: not sent."
                )
                yield _Fault(message, pupil, part)


def _age_unknown(found: CensusReturn) -> Iterator[_Fault]:
    for pupil in found.of_unknown_age:
        message = "The date of birth cannot be read any more: the pupil is left out of the return."
        yield _Fault(message, id=pupil)


# -- sessions ------------------------------------------------------------------------------------------


def _parts(found: CensusReturn) -> Iterator[tuple[CensusPupil, Part, Sessions]]:
    for pupil in found.pupils:
        for part, sessions in pupil.parts.items():
            yield pupil, part, sessions


def _no_possible_session(found: CensusReturn) -> Iterator[_Fault]:
    for pupil, part, sessions in _parts(found):
        if sessions.possible == 0:
            yield _Fault(f"No session was possible: {_why_none(sessions)}", pupil, part)


def _why_none(sessions: Sessions) -> str:
    match sorted(sessions.codes):
        case []:
            return "no mark stands."
        case ["D"]:
            return "every mark is D, right for a pupil due at another school throughout."
        case ["X"]:
            return "every mark is X, for a pupil not required to attend."
        case _:
            return "every mark is one that is not counted."


def _suspension(found: CensusReturn) -> Iterator[_Fault]:
    for pupil, part, sessions in _parts(found):
        if sessions.codes.get("E"):
            message = "Sessions of code E are sent: see that the suspension is recorded as well."
            yield _Fault(message, pupil, part)


def _x_wrong(part: Part) -> _Check:
    def check(found: CensusReturn) -> Iterator[_Fault]:
        for pupil in found.pupils:
            doubts, sessions = pupil.doubts.get(part), pupil.parts.get(part)
            if sessions and sessions.codes.get("X") and pupil.age not in AGES:
                yield _Fault(
                    "Code X is sent for a pupil not aged 4 to 15 on 31 August.", pupil, part
                )
            elif doubts and doubts.x_at_school_age:
                message = "Code X is sent for days on which the pupil was of compulsory school age."
                yield _Fault(message, pupil, part)

    return check


def _code_wrong(part: Part) -> _Check:
    def check(found: CensusReturn) -> Iterator[_Fault]:
        for pupil in found.pupils:
            doubts = pupil.doubts.get(part)
            for code in sorted(doubts.not_in_force) if doubts and part in pupil.parts else ():
                message = f"Code {code} is sent for days on which it was not in force."
                yield _Fault(message, pupil, part)

    return check


def _more_absent_than_possible(found: CensusReturn) -> Iterator[_Fault]:
    for pupil, part, sessions in _parts(found):
        if sessions.absent > sessions.possible:
            yield _Fault("More sessions were missed than were possible.", pupil, part)


def _too_many_possible(found: CensusReturn) -> Iterator[_Fault]:
    for pupil in found.pupils:
        if sum(sessions.possible for sessions in pupil.parts.values()) > POSSIBLE_MAX:
            yield _Fault(f"More than {POSSIBLE_MAX} sessions were possible in the term.", pupil)


# -- the table -----------------------------------------------------------------------------------------

_ARBOR_UPN: Final = "Arbor, UPN errors 1500 to 1550 (secondary)"
_ARBOR_X: Final = "Arbor, errors 2491 and 2492 (secondary; current wording unconfirmed)"
_BROMCOM: Final = "Bromcom, school census errors 2572 to 2574 (secondary)"
_METH: Final = "DfE, Pupil absence in schools in England: methodology, 5.2, 5.3.1"
_NO_SUSPENSIONS: Final = "The ledger holds no suspensions: that a suspension has its sessions of code E cannot be checked here."

_CHECKS: Final[tuple[tuple[Rule, _Check], ...]] = (
    (Rule("1500", "error", "UPN missing", _ARBOR_UPN), _upn_missing),
    (Rule("1510", "error", "UPN with a wrong check letter", _ARBOR_UPN), _check_letter_wrong),
    (Rule("1520", "error", "UPN of more than one record", _ARBOR_UPN), _upn_twice),
    (Rule("1530", "error", "UPN of no recognised authority", _ARBOR_UPN), _authority_unknown),
    (Rule("1540", "error", "UPN with a letter among its digits", _ARBOR_UPN), _digits_wrong),
    (Rule("1550", "error", "UPN with a wrong last character", f"{_ARBOR_UPN}; wording unconfirmed"), _last_wrong),
    (Rule("1925", "error", "Leaver without anything to report", "a supplier's census export leaves such leavers out (secondary); wording unconfirmed"), _nothing_to_report),
    (Rule("2470", "error", "Attendance of a pupil outside the ages, or of a boarder", "a supplier's census export (secondary; wording before 2021)"), _out_of_scope),
    (Rule("2485", "query", "Suspension without E, or E without suspension", "Connect Up, spring census 2020 (secondary)", _NO_SUSPENSIONS), _suspension),
    (Rule("2491", "error", "X for a pupil who must attend", _ARBOR_X), _x_wrong("termly")),
    (Rule("2492", "error", "X for a pupil who must attend, second half of the summer term", f"{_ARBOR_X}; that this is the second of the two parts is unconfirmed"), _x_wrong("summer_half_term_2")),
    (Rule("2502Q", "query", "No possible session", "ScholarPack, query 2502Q (secondary)"), _no_possible_session),
    (Rule("2572", "error", "Code not valid, second half of the summer term", _BROMCOM), _code_wrong("summer_half_term_2")),
    (Rule("2574", "error", "Sessions without a valid reason", _BROMCOM), _code_wrong("termly")),
    (Rule("own-absence", "error", "More absence than possible sessions", _METH), _more_absent_than_possible),
    (Rule("own-age", "query", "Age not known", "convention"), _age_unknown),
    (Rule("own-possible", "query", "Many possible sessions", "unconfirmed"), _too_many_possible),
)  # fmt: skip
RULES: Final = tuple(rule for rule, _ in _CHECKS)
"""Every rule, in the order in which they are run."""
