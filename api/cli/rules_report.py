"""The report of `attendance-ledger rules check`, as tables for people."""

from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ledger.law.edition import RULES
from ledger.law.rulebook import Change
from projections.rehearsal_report import LISTED_MAX, Kind, Report

ROWS_MAX: Final = 40
"""Rows of a table; the JSON report has them all."""


def print_report(report: Report, console: Console) -> None:
    """What was changed, and what would be otherwise."""
    changes = report.rehearsal.changes
    console.print(f"Rules {RULES}, with {len(changes)} entries changed.", markup=False)
    for change in changes:
        console.print(f"  {_change(change)}", markup=False)
    span = f" from {report.first}" if report.first else ""
    span += f" to {report.last}" if report.last else ""
    console.print(
        f"\nRehearsed over {_many(len(report.schools), 'school')}{span}, at position "
        f"{report.at.position}.\n{_many(report.marks, 'mark')} of {_many(report.pupils, 'pupil')} "
        "would be judged otherwise.",
        markup=False,
    )
    _print_marks(report, console)
    _print_rows(
        console,
        ("School", "Year", "Total", "Before", "After"),
        [
            (urn, f"{one.year}/{(one.year + 1) % 100:02}", one.figure, one.before, one.after)
            for urn, one in report.figures
        ],
    )
    _print_rows(
        console,
        ("School", "Pupil", "Penalty threshold met, before", "After"),
        [(urn, one.pupil, one.before or "no", one.after or "no") for urn, one in report.thresholds],
    )
    _print_rows(
        console,
        ("School", "Pupil", "Deleted on", "Ground, which asks for something else"),
        [(urn, one.pupil, one.day, one.ground) for urn, one in report.deletions],
    )
    _print_limits(report, console)


def _print_marks(report: Report, console: Console) -> None:
    _print_rows(
        console,
        ("Code", "Counts as", "If entered", "Marks", "Pupils"),
        [
            (kind.code, *_judgements(kind), tally.marks, len(tally.pupils))
            for kind, tally in report.kinds.items()
        ],
    )
    _print_rows(
        console,
        ("School", "Pupil", "Date", "Session", "Code", "Position"),
        [
            (urn, one.pupil, one.date, one.session, one.code, one.position)
            for urn, one in report.listed
        ],
    )
    if report.marks > LISTED_MAX:
        console.print(f"Named are the first {LISTED_MAX:,} marks.", markup=False)


def _print_limits(report: Report, console: Console) -> None:
    for what, names in (
        ("Nothing was reckoned from these changes", report.not_reckoned),
        (
            "Of these rules only marks flagged when they were entered are seen",
            report.only_where_flagged,
        ),
    ):
        if names:
            console.print(f"\n{what}: {', '.join(names)}.", markup=False)


def _print_rows(console: Console, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    table = Table(*head)
    for row in rows[:ROWS_MAX]:
        table.add_row(*(Text(str(cell)) for cell in row))
    console.print()
    console.print(table)
    if len(rows) > ROWS_MAX:
        console.print(f"and {len(rows) - ROWS_MAX:,} more: --format json has them", markup=False)


def _judgements(kind: Kind) -> tuple[str, str]:
    before, after = kind.before, kind.after
    counts: str = before.counts_as
    if (before.counts_as, before.in_possible) != (after.counts_as, after.in_possible):
        counts = f"{_counted(before)} → {_counted(after)}"
    return counts, _from_to(
        " ".join((before.taken, *before.rules)), " ".join((after.taken, *after.rules))
    )


def _counted(judged: Any) -> str:
    return f"{judged.counts_as}{'' if judged.in_possible else ' (not possible)'}"


def _from_to(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _change(change: Change) -> str:
    where = f"{change.table} {change.name} ({change.valid_from or 'not commenced'})"
    if change.what != "changed":
        return f"{where}: {change.what}"
    members = (f"{m} {change.before.get(m)} → {change.after.get(m)}" for m in change.after)
    return f"{where}: {', '.join(members)}"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
