"""The common transfer file (CTF), as far as attendance goes.

`AttendSessions`, the string of one character for each session, is left out on purpose: codes of two
characters (C1, C2, J1, Y1 to Y7) cannot stand in it without a rule, and no text seen gives one.  The file
says so.

Names of the header and of the pupil are those that a program of the Department's own writes (DFE-Digital
get-information-about-pupils, `XmlCtfFormatter`); those of the attendance are a supplier's (secondary), and
where it stands among what else a CTF holds is unconfirmed.  Years are named by the calendar year in which
they begin: that program's own test names February 2024 so; of `Year` in `YearData` it is unconfirmed.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from ledger.requests import instant
from ledger.schools.calendar import LONDON, Span, academic_year
from projections.extracts.department.census_xml import one_school
from projections.extracts.department.ctf_years import YearTotals, totals_of, window
from projections.extracts.department.xml import DECLARATION, branch, comment, encoded, leaf
from projections.extracts.extract import Question, QuestionError, Source
from projections.school import load

VERSION: Final = "25.0"
UNKNOWN_DESTINATION: Final = "XXXXXXX"
"""The receiver where nobody knows it (unconfirmed)."""

_RECEIVER: Final = re.compile(r"[0-9]{3}([0-9]{4}|LLLL)|XXXXXXX|MMMMMMM", re.ASCII)
_NUMBERS: Final = range(1, 1000)


def receiver_of(question: Question) -> tuple[str, int]:
    """The receiver's seven characters and the number of the file.  Raises QuestionError."""
    receiver = question.options.get("receiver", UNKNOWN_DESTINATION)
    number = question.options.get("sequence", _NUMBERS[0])
    if not _RECEIVER.fullmatch(receiver):
        message = (
            "A LAESTAB of seven digits is expected, or three digits and LLLL, XXXXXXX, MMMMMMM."
        )
        raise QuestionError("receiver", "malformed", message)
    if number not in _NUMBERS:
        raise QuestionError("sequence", "out-of-range", "This must be from 1 to 999.")
    return receiver, number


def file_name(sender: str, receiver: str, number: int) -> str:
    """The name of the file: `LLLEEEE_CTF_LLLEEEE_NNN.xml`, by LAESTABs without a stroke (secondary)."""
    return f"{sender}_CTF_{receiver}_{number:03d}.xml"


def document(source: Source, question: Question) -> Iterator[bytes]:
    """The file, pupil by pupil.  Raises QuestionError where not exactly one school is asked for."""
    receiver, number = receiver_of(question)
    [urn] = one_school(question).schools
    found = totals_of(source, question)
    days = window(question)
    book = load(source.connection, urn, source.at)
    school = book.school.described_on(days.last) or book.school.described_last
    if school is None:
        return
    name = file_name(school.laestab, receiver, number)
    yield DECLARATION.encode()
    yield encoded(comment(*_about(source, name, days)))
    yield b"<CTfile>\n"
    sender = branch(
        "SourceSchool",
        *_place(school.laestab),
        leaf("SchoolName", school.name),
        leaf("AcademicYear", academic_year(days.last)),
    )
    yield encoded(_header(source, sender, branch("DestSchool", *_place(receiver))), 1)
    yield encoded(["<CTFpupilData>"], 1)
    yield from _pupils(found)
    yield encoded(["</CTFpupilData>"], 1)
    yield b"</CTfile>\n"


def _about(source: Source, name: str, days: Span) -> Iterator[str]:
    yield f"File name: {name}"
    yield f"Sessions from {days.first} to {days.last}, as at position {source.at.position} of the log,"
    yield f"{instant(source.at.instant)}, by rules {source.rules}."
    yield "AttendSessions is left out: codes of two characters cannot stand in it, and no rule is known."


def _header(source: Source, *schools: list[str]) -> list[str]:
    # Local time to the second and without an offset, as in the files that were seen.
    made = source.at.instant.astimezone(LONDON).replace(microsecond=0, tzinfo=None).isoformat()
    return branch(
        "Header",
        leaf("DocumentName", "Common Transfer File"),
        leaf("CTFversion", VERSION),
        leaf("DateTime", made),
        leaf("DocumentQualifier", "partial"),
        leaf("DataDescriptor", "CTF"),
        leaf("SupplierID", "attendance-ledger"),
        *schools,
    )


def _place(laestab: str) -> tuple[list[str], list[str]]:
    return leaf("LEA", laestab[:3]), leaf("Estab", laestab[3:])


def _pupils(found: Iterator[YearTotals]) -> Iterator[bytes]:
    for _, years in groupby(found, key=lambda one: one.row.pupil):
        yield encoded(_pupil(list(years)), 2)


def _pupil(years: list[YearTotals]) -> list[str]:
    row = years[0].row
    return branch(
        "Pupil",
        leaf("UPN", row.upn),
        leaf("Surname", row.surname),
        leaf("Forename", row.forenames),
        leaf("DOB", row.date_of_birth),
        leaf("Sex", row.sex),
        branch("Attendance", *map(_year, years)),
    )


def _year(one: YearTotals) -> list[str]:
    return branch(
        "YearData",
        leaf("Year", one.year),
        leaf("LEA", one.authority),
        leaf("Estab", one.establishment),
        leaf("SchoolName", one.school),
        leaf("SessionsPossible", one.possible),
        leaf("SessionsAuthorised", one.authorised),
        leaf("SessionsAttended", one.attended),
        leaf("SessionsUnauthorised", one.unauthorised),
    )
