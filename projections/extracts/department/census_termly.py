"""`census-termly`: each pupil's sessions by code, as the school census collects them.

The flat form is what analysts of authorities open: the columns of the census files of 2021/22 as they were,
then the codes of 2024, then ours.  In those files blank stood for none; here it is 0, and blank is what
does not apply or is not held.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from projections.extracts.department.census import (
    OPTIONS,
    CensusPupil,
    CensusReturn,
    returns,
    window,
)
from projections.extracts.department.census_xml import document
from projections.extracts.department.names import ENROLMENT_STATUS, authority_and_establishment
from projections.extracts.department.sessions import Sessions
from projections.extracts.extract import Column, Document, Extract, Question, Row, Source

CODES_OF_2021: Final = tuple("/\\BJLPVWCEHIMRSTGNOUDXY")
CODES_OF_2024: Final = ("K", "C1", "C2", "J1", "Q", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7")
CODES: Final = (*CODES_OF_2021, *CODES_OF_2024)
"""The codes that leave a school, in the order of the columns."""
SECOND_HALF: Final = "SummerHalfTerm2"
SECOND_HALF_CODE: Final = "SH2_"
"""What the name of a code's column begins with for the second half of the summer term."""

_LAYOUT: Final = "DSSGxUK/s22_buckinghamshire, example files of 2021/22 (layout; secondary)"
_NOT_HELD: Final = "Not held by the ledger: always blank."


def _code(name: str, code: str, of: str = "") -> Column:
    return Column(name, "integer", f"Sessions at code {code}{of}.")


_IN_SECOND_HALF: Final = ", in the second half of the summer term"

COLUMNS: Final = (
    Column("Estab", "text", "Establishment number, four digits."),
    Column("UPN", "text", "Unique pupil number."),
    Column("Surname", "text", "Surname."),
    Column("Forename", "text", "Forenames."),
    Column("DoB", "date", "Date of birth."),
    Column("EnrolStatus", "code", "C single, M main, S subsidiary (unconfirmed)."),
    Column("EntryDate", "date", "Starting day of the enrolment."),
    Column("NCyearActual", "code", "Year group on the day of the census, of a leaver on the last day."),
    Column("TermlySessionsPossible", "integer", "Possible sessions of the term, the second half of the summer term left out."),
    *(_code(code, code) for code in CODES),
    Column("TermlySessionsAuthorised", "integer", "Sessions of authorised absence."),
    Column("TermlySessionsUnauthorised", "integer", "Sessions of unauthorised absence."),
    Column(f"{SECOND_HALF}SessionsPossible", "integer", "Possible sessions of the second half of the summer term; blank in other censuses."),
    *(_code(f"{SECOND_HALF_CODE}{code}", code, _IN_SECOND_HALF) for code in CODES),
    Column(f"{SECOND_HALF}SessionsAuthorised", "integer", "Sessions of authorised absence in it."),
    Column(f"{SECOND_HALF}SessionsUnauthorised", "integer", "Sessions of unauthorised absence in it."),
    Column("Sex", "code", "Sex, as the admission register has it."),
    Column("FormerUPN", "text", "A unique pupil number that the pupil had before."),
    Column("FormerSurname", "text", _NOT_HELD),
    Column("PartTime", "flag", _NOT_HELD),
    Column("LeavingDate", "date", "Last day on the roll, of a pupil who left by the day of the census."),
    Column("OnRoll", "flag", "Whether the name is on the roll on the day of the census."),
    Column("Age", "integer", "Age in years on 31 August at the start of the academic year."),
    Column("LEA", "text", "Local authority, three digits."),
    Column("urn", "text", "Unique reference number of the school."),
    Column("pupil", "text", "The pupil's id in the ledger."),
)  # fmt: skip


def rows(source: Source, question: Question) -> Iterator[Row]:
    """One row an enrolment; by school, surname and forenames."""
    for found in returns(source, question):
        for pupil in found.pupils:
            yield _row(found, pupil)


def _row(found: CensusReturn, pupil: CensusPupil) -> Row:
    row, parts = pupil.row, pupil.parts
    authority, establishment = authority_and_establishment(found.school)
    return (
        establishment,
        row.upn,
        row.surname,
        row.forenames,
        row.date_of_birth,
        ENROLMENT_STATUS[pupil.enrolment],
        row.starting_day,
        pupil.year_group,
        *_sessions(parts.get("termly", _NONE)),
        *_sessions(parts.get("summer_half_term_2", _NONE if found.census.second_half else None)),
        row.sex,
        row.former_upn,
        None,
        None,
        pupil.leaving_date,
        not pupil.leaver,
        pupil.age,
        authority,
        found.urn,
        row.pupil,
    )


_NONE: Final = Sessions()


def _sessions(found: Sessions | None) -> tuple[Any, ...]:
    """Possible sessions, those of each code, authorised and unauthorised absence."""
    if found is None:
        return (None,) * (len(CODES) + 3)
    codes: Mapping[str, int] = found.codes
    return (
        found.possible,
        *(codes.get(code, 0) for code in CODES),
        found.authorised,
        found.unauthorised,
    )


CENSUS_TERMLY: Final = Extract(
    name="census-termly",
    version="1.0",
    title="School census: termly attendance",
    receiver="Department for Education (COLLECT), local authority",
    reference="DfE, Pupil absence in schools in England: methodology, 4.4 and Table 6; flat form: "
    f"{_LAYOUT}; XML: element names of earlier census files (unconfirmed)",
    columns=COLUMNS,
    rows=rows,
    options=OPTIONS,
    documents=(Document("xml", document),),
    particulars=True,
    window=window,
    key=("urn", "pupil", "EntryDate"),
)
