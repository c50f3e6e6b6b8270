"""The census of a school as XML.

No current specification or schema of the Department's has been seen: the names are those of earlier census
files (unconfirmed), and `census-attendance.xsd` beside this module is a schema of our own.  It is the
attendance of a census and nothing else: a school's own system fills in the rest.

The ledger always holds reasons, so `SessionDetails` are sent and never bare totals (methodology 4.4.2 to
4.4.4), attendance and codes that are not counted among them, as they are from spring 2021 on (secondary).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ledger.requests import instant
from projections.extracts.department.census import CensusPupil, CensusReturn, Part, returns
from projections.extracts.department.names import ENROLMENT_STATUS, authority_and_establishment
from projections.extracts.department.rules import findings
from projections.extracts.department.sessions import Sessions
from projections.extracts.department.xml import DECLARATION, branch, comment, encoded, leaf
from projections.extracts.extract import Question, QuestionError, Source

TERMS: Final = {"autumn": "AUT", "spring": "SPR", "summer": "SUM"}
_ELEMENTS: Final[dict[Part, str]] = {
    "termly": "TermlyAttendance",
    "summer_half_term_2": "SummerHalfTerm2Attendance",
}


def document(source: Source, question: Question) -> Iterator[bytes]:
    """The document, pupil by pupil.  The rules are run first, and what they say stands at its head.

    Raises QuestionError where not exactly one school is asked for: a census is a school's.
    """
    found = next(returns(source, one_school(question)), None)
    if found is None:
        return
    yield DECLARATION.encode()
    yield encoded(comment(*_about(source, found), *_validation(found)))
    yield b"<Message>\n"
    yield encoded(_header(found), 1)
    yield encoded(["<Pupils>"], 1)
    yield from _pupils(found, leavers=False)
    yield from _pupils(found, leavers=True)
    yield encoded(["</Pupils>"], 1)
    yield b"</Message>\n"


def one_school(question: Question) -> Question:
    """The same question.  Raises QuestionError where it is not about exactly one school."""
    if len(question.schools) != 1:
        message = "This document is one school's: ask for exactly one school."
        raise QuestionError("school", "not-consistent", message)
    return question


def _about(source: Source, found: CensusReturn) -> Iterator[str]:
    days = found.census.window
    yield f"Sessions from {days.first} to {days.last}, as at position {source.at.position} of the log,"
    yield f"{instant(source.at.instant)}, by rules {source.rules}."
    yield "Element names are those of earlier census files and are not confirmed."


def _validation(found: CensusReturn) -> Iterator[str]:
    """How often each rule was broken; which pupils are meant is in the extract census-validation."""
    raised = Counter(one.rule for one in findings(found) if one.outcome == "raised")
    errors = sum(n for rule, n in raised.items() if rule.kind == "error")
    yield f"Validation: {errors} errors, {raised.total() - errors} queries; see census-validation."
    for rule, n in raised.items():
        yield f"{rule.number} ({rule.kind}): {rule.title}: {n}"


def _header(found: CensusReturn) -> list[str]:
    authority, establishment = authority_and_establishment(found.school)
    details = branch(
        "CollectionDetails",
        leaf("Term", TERMS[found.census.term]),
        leaf("Year", found.census.year),
        leaf("ReferenceDate", found.census.day),
    )
    source = branch("Source", leaf("LEA", authority), leaf("Estab", establishment))
    return branch("Header", details, source)


def _pupils(found: CensusReturn, *, leavers: bool) -> Iterator[bytes]:
    name = "NoLongerOnRoll" if leavers else "OnRoll"
    yield encoded([f"<Pupils{name}>"], 2)
    for pupil in found.pupils:
        if pupil.leaver is leavers:
            yield encoded(branch(f"Pupil{name}", *_pupil(pupil)), 3)
    yield encoded([f"</Pupils{name}>"], 2)


def _pupil(pupil: CensusPupil) -> Iterator[list[str]]:
    row = pupil.row
    yield branch(
        "PupilIdentifiers",
        leaf("UPN", row.upn),
        leaf("FormerUPN", row.former_upn),
        leaf("Surname", row.surname),
        leaf("Forename", row.forenames),
        leaf("DOB", row.date_of_birth),
        leaf("Sex", row.sex),
    )
    yield branch(
        "PupilStatus",
        leaf("EnrolStatus", ENROLMENT_STATUS[pupil.enrolment]),
        leaf("EntryDate", row.starting_day),
        leaf("LeavingDate", pupil.leaving_date),
        leaf("Boarder", "N"),
        leaf("NCyearActual", pupil.year_group),
    )
    parts = (_part(_ELEMENTS[part], found) for part, found in pupil.parts.items())
    yield branch("Attendance", *parts)


def _part(name: str, found: Sessions) -> list[str]:
    details = (
        branch("SessionDetail", leaf("AttendanceReason", code), leaf("Sessions", n))
        for code, n in sorted(found.codes.items())
    )
    return branch(
        name, leaf("SessionsPossible", found.possible), branch("SessionDetails", *details)
    )
