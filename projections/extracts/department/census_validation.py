"""`census-validation`: what the census would refuse or ask about, before it is sent."""

from collections.abc import Iterator
from typing import Final

from projections.extracts.department.census import OPTIONS, returns, window
from projections.extracts.department.rules import findings
from projections.extracts.extract import Column, Extract, Question, Row, Source

COLUMNS: Final = (
    Column("urn", "text", "Unique reference number of the school."),
    Column("rule", "code", "The Department's number of the rule, or a name of ours beginning with own."),
    Column("kind", "code", "error: refused; query: to be explained."),
    Column("outcome", "code", "raised, or not_checked: it rests on what the ledger does not hold."),
    Column("title", "text", "What the rule is about."),
    Column("pupil", "text", "The pupil's id in the ledger; blank where the rule is not about one."),
    Column("starting_day", "date", "Starting day of the enrolment meant."),
    Column("part", "code", "termly, or summer_half_term_2; blank where it is not about sessions."),
    Column("message", "text", "What is wrong.  It names no particular of the pupil."),
    Column("reference", "text", "Where the rule was seen, with its confidence."),
)  # fmt: skip


def rows(source: Source, question: Question) -> Iterator[Row]:
    """One row a finding; by school, rule and pupil as in census-termly."""
    for found in returns(source, question):
        for one in findings(found):
            yield (
                found.urn,
                one.rule.number,
                one.rule.kind,
                one.outcome,
                one.rule.title,
                one.pupil,
                one.starting_day,
                one.part,
                one.message,
                one.rule.reference,
            )


CENSUS_VALIDATION: Final = Extract(
    name="census-validation",
    version="1.0",
    title="School census: validation of termly attendance",
    receiver="school office, before the census is sent",
    reference="census validation rules as suppliers restate them (secondary, some unconfirmed)",
    columns=COLUMNS,
    rows=rows,
    options=OPTIONS,
    window=window,
)
