"""The table of acceptance cases, and how a row's expectation is read and met.

Expectations are `key=value` joined by `;`.  A key may carry a scope and a dot (`am.code`).  Several values
are joined by `,`, alternatives by `|`.  `reason` is descriptive and need not match literally; `not_code`
lists codes that would be wrong.
"""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tests.spec.cases.setting import Setting

FILE: Final = Path(__file__).with_name("cases.csv")

Observed = Mapping[str, str]
"""What was seen, under the keys of the row's expectation."""
Play = Callable[["Setting"], Observed]


class Case(NamedTuple):
    """One row of the table."""

    id: str
    topic: str
    given: str
    when: str
    then: str
    expected: str
    source: str
    confidence: str


class Played(NamedTuple):
    """The function that plays a row, and the rules of ours that it exercises."""

    play: Play
    rules: tuple[str, ...]


PLAYED: Final[dict[str, Played]] = {}
"""The functions by the ids of their rows."""


def case(number: str, *rules: str) -> Callable[[Play], Play]:
    """Make a function the one that plays this row.

    `rules` name what it exercises: entries of the law's tables as `table: name`, or functions of
    ours by their dotted names.
    """

    def registered(play: Play) -> Play:
        assert number not in PLAYED, number
        PLAYED[number] = Played(play, rules)
        return play

    return registered


def cases() -> list[Case]:
    """The rows of the table, in its order."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, strict=True)
        next(rows)
        return [Case(*row) for row in rows]


def unmet(row: Case, observed: Observed) -> list[str]:
    """What of the row's expectation was not seen; empty when it is met."""
    expected = dict(pair.split("=", 1) for pair in row.expected.split(";"))
    wrong = [
        f"{key}: expected {value}, saw {observed.get(key)}"
        for key, value in expected.items()
        if key != "not_code" and not _is_met(key, value, observed.get(key))
    ]
    if "not_code" in expected:
        wrong += _wrong_codes(expected["not_code"].split(","), observed)
    return wrong


def _is_met(key: str, expected: str, seen: str | None) -> bool:
    if seen is None:
        return False
    if key.rpartition(".")[2] == "reason":
        return bool(seen)
    return seen in expected.split("|")


def _wrong_codes(wrong: list[str], observed: Observed) -> list[str]:
    """Of the codes that would be wrong those that were taken, or that stand."""
    refused = observed.get("not_code", "")
    if refused:
        return [f"{code}: was not refused" for code in wrong if code not in refused.split(",")]
    stand = [value for key, value in observed.items() if key.rpartition(".")[2] == "code"]
    return [f"{code}: stands" for code in wrong if code in stand] + ([] if stand else ["no code"])
