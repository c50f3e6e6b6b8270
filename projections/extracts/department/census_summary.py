"""`census-summary`: the three attendance tables that the head teacher signs, as rows and as a page."""

from collections.abc import Iterator
from typing import Final

from projections.extracts.department.census import OPTIONS, returns, window
from projections.extracts.department.summary_lines import lines
from projections.extracts.department.summary_page import pages
from projections.extracts.extract import Column, Document, Extract, Question, Row, Source

COLUMNS: Final = (
    Column("urn", "text", "Unique reference number of the school."),
    Column("school", "text", "Name of the school."),
    Column("part", "code", "termly, or summer_half_term_2."),
    Column("table", "code", "Number of the table in the report of spring 2022: 13, 14 or 15."),
    Column("group", "text", "Whose sessions it tells, by age on 31 August."),
    Column("item", "code", "enrolments, possible, authorised, unauthorised, absence or reason."),
    Column("code", "code", "Of a reason its code; blank otherwise."),
    Column("title", "text", "The item, or the code, in words."),
    Column("value", "integer", "Enrolments or sessions."),
    Column("percent", "number", "Of the possible sessions of the group, unrounded."),
)


def rows(source: Source, question: Question) -> Iterator[Row]:
    """One row a line of a table; by school and part, in the order of the page."""
    for found in returns(source, question):
        for line in lines(source, found):
            *told, _ = line
            yield (found.urn, found.school.name, *told, line.percent)


CENSUS_SUMMARY: Final = Extract(
    name="census-summary",
    version="1.0",
    title="School census: summary of attendance",
    receiver="Head teacher, who signs it",
    reference="School census 2021 to 2022, spring summary report, tables 13 to 15 (their subjects alone "
    "were seen; lines are a convention)",
    columns=COLUMNS,
    rows=rows,
    options=OPTIONS,
    documents=(Document("html", pages),),
    window=window,
    key=("urn", "part", "table", "group", "item", "code"),
)
