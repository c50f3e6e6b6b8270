"""The cases, and what a breach of each rule leads to, as a page of the documentation."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Final, get_args

from ledger.law.provisions import SchoolType, SeverityRule
from ledger.law.rulebook import BUILT_IN
from tests.spec.cases.table import PLAYED, Case, cases

PAGE: Final = Path(__file__).parents[3] / "docs/reference/rules.md"
BEGIN: Final = "<!-- From here on made by `python -m tests.spec.cases`; edit the table or that. -->"


def rendered(page: str) -> str:
    """The page with its cases made again; what a person wrote before them stays."""
    written, _, _ = page.partition(BEGIN)
    topics = groupby(sorted(cases(), key=lambda row: row.topic), key=lambda row: row.topic)
    parts = [
        f"### {topic.replace('_', ' ').capitalize()}\n\n{_rows(rows)}" for topic, rows in topics
    ]
    return f"{written}{BEGIN}\n\n{_RULES}{_severities()}\n\n{_CASES}" + "\n\n".join(parts) + "\n"


_RULES: Final = """\
## Rules

What a breach of each leads to, and to what the rule is due. Where types of school differ the types are named.

| Rule | In words | A breach | From | Rests on |
|---|---|---|---|---|
"""
_CASES: Final = """\
## Cases

Each is played against the running service in the tests, under its id. *Expected* is as the table of cases has it: `result` is
`recorded`, `refused` or `warning`, `class` how the mark counts, `penalty_count` the sessions that count toward the penalty-notice
threshold, `not_code` codes that would be wrong.

*Standard setting*: a maintained day school; a pupil aged 12, of compulsory school age, singly registered, on roll before the dates used;
the morning register opens 08:35 and closes 09:05, the afternoon register opens 12:25 and closes 12:55. *Reference calendar*: the terms,
half terms and staff training days of `tests/spec/cases/setting.py`, invented for the cases; 190 school days a year.

"""


_WORDS: Final = {"refuse": "refuses", "warn": "warns", "none": "does not bind"}


def _severities() -> str:
    rows = []
    for rule in BUILT_IN.statute.provisions():
        if isinstance(rule, SeverityRule):
            since = str(rule.valid_from or "not commenced")
            until = f" to {rule.valid_to}" if rule.valid_to else ""
            rests = f"{_plain(rule.reference)} ({_plain(rule.confidence)})"
            cells = (_code(rule.name), _plain(rule.title), _leads_to(rule), since + until, rests)
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _leads_to(rule: SeverityRule) -> str:
    by: dict[str, list[str]] = {}
    for kind in get_args(SchoolType):
        by.setdefault(getattr(rule, kind), []).append(kind.replace("_", " "))
    if len(by) == 1:
        return _WORDS[next(iter(by))]
    return "; ".join(f"{_WORDS[one]}: {', '.join(kinds)}" for one, kinds in sorted(by.items()))


def _title(topic: str) -> str:
    return topic.replace("_", " ").capitalize().replace("Code n", "Code N")


def _rows(rows: Iterable[Case]) -> str:
    return "\n\n".join(_row(row) for row in rows)


def _row(row: Case) -> str:
    rules = ", ".join(_code(rule) for rule in PLAYED[row.id].rules)
    return "\n".join(
        (
            f"**{row.id}**",
            "",
            f"- *Given* {_plain(row.given)}",
            f"- *When* {_plain(row.when)}",
            f"- *Then* {_plain(row.then)}",
            f"- *Expected* {', '.join(_code(one) for one in row.expected.split(';'))}",
            f"- *Rules* {rules}",
            f"- *Source* {_plain(row.source)} ({row.confidence})",
        )
    )


def _code(text: str) -> str:
    return f"`{text}`"


def _plain(text: str) -> str:
    """Words that hold no markup: a code may be a backslash, a hash or a star."""
    escaped = text
    for mark in "\\`*_#<>[]|":
        escaped = escaped.replace(mark, f"\\{mark}")
    return escaped
