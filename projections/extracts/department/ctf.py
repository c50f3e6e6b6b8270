"""`ctf-attendance`: sessions of each pupil by academic year, as rows and as a common transfer file."""

from collections.abc import Iterator
from typing import Any, Final

from projections.extracts.department.ctf_file import document, receiver_of
from projections.extracts.department.ctf_years import YearTotals, totals_of, window
from projections.extracts.extract import Column, Document, Extract, Option, Question, Row, Source
from projections.roll import RollRow

OPTIONS: Final = (
    Option("pupil", "text", "One pupil's alone, by id."),
    Option(
        "receiver",
        "text",
        "LAESTAB of the school that it is for; LLLL for its establishment is the authority itself, "
        "XXXXXXX an unknown school, MMMMMMM one outside the maintained sector (unconfirmed).",
    ),
    Option("sequence", "integer", "Which file to that receiver it is, from 1."),
)


COLUMNS: Final = (
    Column("urn", "text", "Unique reference number of the school."),
    Column("pupil", "text", "The pupil's id in the ledger."),
    Column("upn", "text", "Unique pupil number."),
    Column("surname", "text", "Surname."),
    Column("forenames", "text", "Forenames."),
    Column("date_of_birth", "date", "Date of birth."),
    Column("sex", "code", "Sex, as the admission register has it."),
    Column("year", "integer", "Calendar year in which the academic year begins."),
    Column("lea", "text", "Local authority, three digits."),
    Column("estab", "text", "Establishment, four digits."),
    Column("school_name", "text", "Name of the school."),
    Column("sessions_possible", "integer", "Possible sessions of the year, as far as they have begun."),
    Column("sessions_authorised", "integer", "Sessions of authorised absence."),
    Column("sessions_attended", "integer", "Sessions attended, approved educational activity among them."),
    Column("sessions_unauthorised", "integer", "Sessions of unauthorised absence."),
)  # fmt: skip


def rows(source: Source, question: Question) -> Iterator[Row]:
    """One row a pupil, school and academic year."""
    receiver_of(question)
    for one in totals_of(source, question):
        yield (one.urn, *_particulars(one.row), one.year, *_school(one), *_figures(one))


def _particulars(row: RollRow) -> tuple[Any, ...]:
    return (row.pupil, row.upn, row.surname, row.forenames, row.date_of_birth, row.sex)


def _school(one: YearTotals) -> tuple[str, str, str]:
    return (one.authority, one.establishment, one.school)


def _figures(one: YearTotals) -> tuple[int, int, int, int]:
    return (one.possible, one.authorised, one.attended, one.unauthorised)


CTF_ATTENDANCE: Final = Extract(
    name="ctf-attendance",
    version="1.0",
    title="Common transfer file: attendance by year",
    receiver="Next school",
    reference="Common transfer file 25: header as a program of the Department writes it, YearData as a "
    "supplier's (secondary), its place in the file unconfirmed; AttendSessions is left out",
    columns=COLUMNS,
    rows=rows,
    options=OPTIONS,
    documents=(Document("xml", document),),
    particulars=True,
    window=window,
    key=("urn", "pupil", "year"),
)
