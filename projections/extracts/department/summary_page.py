"""The census summary as a page: to be read, printed and signed.  It runs nothing and fetches nothing."""

from collections import Counter
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Final

from projections.extracts.department.census import CensusReturn, Part, returns
from projections.extracts.department.rules import findings
from projections.extracts.department.summary_lines import Line, lines
from projections.extracts.extract import Question, Source
from projections.extracts.formats.pages import END, day_in_words, facts, made_from, opening
from projections.extracts.statistics.rounding import percent

_PARTS: Final[dict[Part, str]] = {
    "termly": "Termly attendance",
    "summer_half_term_2": "Second half of the summer term",
}
_DECIMALS: Final = 2
_TABLES: Final = {"13": "Attendance", "14": "Attendance, age 4", "15": "Absence by reason"}


def pages(source: Source, question: Question) -> Iterator[bytes]:
    """A document with a section, and in print a sheet, for each school.  Raises QuestionError."""
    found = returns(source, question)
    yield _head().encode()
    for one in found:
        yield _section(source, one).encode()
    yield END.encode()


def _head() -> str:
    style = files("projections.extracts.department").joinpath("summary.css").read_text("utf-8")
    return opening("School census: summary of attendance", style)


def _section(source: Source, found: CensusReturn) -> str:
    title = f"{found.school.name}: school census, {found.census.term} {found.census.year}"
    return "".join(
        (
            f"<section><h1>{escape(title)}</h1>",
            _facts(source, found),
            *_tables(source, found),
            _validation(found),
            _SIGNATURE,
            "</section>\n",
        )
    )


def _facts(source: Source, found: CensusReturn) -> str:
    days = found.census.window
    return facts(
        (
            ("School", f"{found.school.laestab[:3]}/{found.school.laestab[3:]}, URN {found.urn}"),
            ("Sessions", f"from {day_in_words(days.first)} to {day_in_words(days.last)}"),
            ("Census day", day_in_words(found.census.day)),
            *made_from(source),
        )
    )


def _tables(source: Source, found: CensusReturn) -> Iterator[str]:
    for part, of_part in groupby(lines(source, found), key=lambda line: line.part):
        yield f"<h2>{_PARTS[part]}</h2>"
        for (table, group), of in groupby(of_part, key=lambda line: (line.table, line.group)):
            yield _table(f"{_TABLES[table]} (table {table}): {group}", list(of))


def _table(caption: str, of: list[Line]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_code(line)}{escape(line.title)}</th>'
        f'<td class="number">{line.value:,}</td><td class="number">{_percent(line)}</td></tr>'
        for line in of
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr><th></th>"
        '<th scope="col" class="number">Number</th>'
        '<th scope="col" class="number">Percent of possible sessions</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _code(line: Line) -> str:
    return "" if line.code is None else f'<span class="code">{escape(line.code)}</span> '


def _percent(line: Line) -> str:
    """Two decimals, rounded half up; blank where it is no share, or of nothing."""
    return str(percent(line.value, line.possible, _DECIMALS)) if line.possible else ""


def _validation(found: CensusReturn) -> str:
    """How many of the rules are broken; whose sessions are meant is in census-validation."""
    raised = Counter(one.rule for one in findings(found) if one.outcome == "raised")
    rows = "".join(
        f'<tr><td class="code">{rule.number}</td><td>{rule.kind}</td>'
        f'<td>{escape(rule.title)}</td><td class="number">{n:,}</td></tr>'
        for rule, n in raised.items()
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Rule", "Kind", "About", "Times"))
    nothing = '<tr><td colspan="4">No rule that is known here is broken.</td></tr>'
    return (
        "<table><caption>Validation</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows or nothing}</tbody></table>"
    )


_SIGNATURE: Final = (
    '<table class="signature"><caption>Signed by the head teacher; software signs nothing</caption>'
    '<tbody><tr><th scope="row">Name</th><td></td></tr><tr><th scope="row">Signature</th><td></td></tr>'
    '<tr><th scope="row">Date</th><td></td></tr></tbody></table>'
)
