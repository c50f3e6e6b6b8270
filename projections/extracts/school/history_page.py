"""The history of a register as a page, for an auditor, a tribunal or a court to read and to print.

SI 2024/208 reg 6: of an amended entry the original and the amended one, the reason, when and by whom.  Pupils
are told by UUID, as in the rows: who needs names holds them against the roll.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from importlib.resources import files
from typing import Any, Final

from ledger.requests import instant
from projections.extracts.extract import Question, Row, Source
from projections.extracts.formats.pages import END, day_in_words, facts, made_from, opening
from projections.extracts.school.common import Place, places, pupil_of

ROWS_AT_ONCE: Final = 500
"""Lines of the table that are sent together."""
_TITLE: Final = "Entries and amended entries of the attendance register"
_HEAD: Final = (
    *("Day", "Session", "Pupil", "Entry", "From", "Code", "Reason and detail", "By", "Recorded"),
    *("Position", "Leaf"),
)


def pages(
    rows: Callable[[Source, Question], Iterator[Row]],
    names: tuple[str, ...],
    source: Source,
    question: Question,
) -> Iterator[bytes]:
    """A document with a section for each school, of the rows of `register-history` and their columns.

    Raises QuestionError before its first byte.
    """
    pupil = pupil_of(question)
    style = files("projections.extracts.school").joinpath("history.css").read_text("utf-8")
    yield opening(_TITLE, style).encode()
    for place in places(source, question):
        yield _beginning(source, question, place, pupil).encode()
        told = rows(source, replace(question, schools=(place.urn,)))
        yield from _lines(dict(zip(names, row, strict=True)) for row in told)
        yield b"</section>\n"
    yield END.encode()


def _beginning(source: Source, question: Question, place: Place, pupil: str | None) -> str:
    span, school = question.span, place.book.school
    described = school.described_on(span.last) or school.described_last
    name = described.name if described else place.urn
    of_pupil = () if pupil is None else (("Pupil", pupil),)
    told = facts(
        (
            ("School", f"URN {place.urn}" + (f", {place.laestab}" if place.laestab else "")),
            *of_pupil,
            ("Sessions", f"from {day_in_words(span.first)} to {day_in_words(span.last)}"),
            *made_from(source),
        )
    )
    head = "".join(f'<th scope="col">{title}</th>' for title in _HEAD)
    return (
        f"<section><h1>{escape(name)}: {_TITLE[0].lower()}{_TITLE[1:]}</h1>{told}"
        f"<table><thead><tr>{head}</tr></thead><tbody>\n"
    )


def _lines(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """The lines of the table, its end, and how many there were."""
    entries = amended = 0
    waiting: list[str] = []
    for row in rows:
        entries += row["revision"] == 0
        amended += row["revision"] > 0
        waiting.append(_line(row))
        if len(waiting) == ROWS_AT_ONCE:
            yield "".join(waiting).encode()
            waiting = []
    waiting.append(
        f"</tbody></table>\n<p>Entries: {entries:,}. Amended entries: {amended:,}. "
        "Each leaf is that of its row in the log.</p>"
    )
    yield "".join(waiting).encode()


def _line(row: dict[str, Any]) -> str:
    cells = (
        _cell(row["session"]),
        _cell(row["pupil"], "pupil"),
        _cell(f"amended, {row['revision']}" if row["revision"] else "original"),
        _cell(row["from"], "code"),
        _cell(row["code"], "code"),
        _said(row),
        _cell(f"{row['by_name']}, {row['by_position']}"),
        _cell(instant(row["recorded_at"]).replace("T", " ")),
        _cell(f"{row['log_position']:,}", "number"),
        _cell(row["leaf_hash"], "leaf"),
    )
    of = ' class="amended"' if row["revision"] else ""
    day = f'<th scope="row">{day_in_words(row["date"])}</th>'
    return f"<tr{of}>{day}{''.join(cells)}</tr>\n"


def _said(row: dict[str, Any]) -> str:
    """Why it was amended, and all else that was said of it."""
    told = [escape(said) for said in (row["reason"], row["detail"]) if said]
    if row["rule"]:
        told.append(f"By the school's rule: {escape(row['rule'])}")
    if row["entered_at"]:
        told.append(f"Entered in another system: {escape(row['entered_at'])}")
    if row["erased"]:
        told.append('<span class="erased">Something was said here that has been erased.</span>')
    return f"<td>{'<br>'.join(told)}</td>"


def _cell(text: str | None, of: str = "") -> str:
    named = f' class="{of}"' if of else ""
    return f"<td{named}>{escape(text or '')}</td>"
