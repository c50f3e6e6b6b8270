"""The record of a child as a text that can be read out: who entered what, when, and in place of what."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.replayed import MARKS, Place, Replayed
from ledger.law.codes import last_counted
from ledger.law.edition import RULES
from ledger.requests import instant
from ledger.schools.calendar import LONDON
from projections.history_events import HistoryEvent

_OF_A_MARK: Final = frozenset({"date", "session", "revision", "original", "replaces", "code"})
_UNREADABLE: Final = "(sealed, or erased)"


def print_record(found: Replayed, console: Console) -> None:
    """The whole record of a child: heading, register, everything else, legend."""
    _print_heading(found, console)
    for place in found.places:
        console.print(Text(f"\nAttendance register of school {place.urn}\n", "bold"))
        entries = {at: marks for at, marks in found.marks.items() if at[-1] == place.urn}
        console.print(_register(entries) if entries else Text("No entries."))
        _print_missing(place, console)
    others = [event for event in found.events if event.type not in MARKS]
    if others:
        console.print(Text("\nEverything else that was recorded, in order\n", "bold"))
        console.print(_history(others))
    _print_legend(found, console)


def _print_heading(found: Replayed, console: Console) -> None:
    at = found.at
    lines = [
        f"Record of the child {found.query.pupil}",
        f"as it stood at position {at.position} of the log, {_when(at.instant)}",
        f"({instant(at.instant)}).",
    ]
    lines += [f"Only {days}." for days in _days(found.query.first, found.query.last)]
    for place in found.places:
        lines.append(f"\nSchool {place.urn}{f', {place.school}' if place.school else ''}")
        lines += [f"  {_enrolment(row)}" for row in place.enrolments]
    console.print(Text("\n".join(lines)))


def _days(first: date | None, last: date | None) -> Iterator[str]:
    if first or last:
        yield " ".join([*([f"from {first}"] if first else ()), *([f"to {last}"] if last else ())])


def _enrolment(row: Any) -> str:
    name = " ".join(part for part in (row.forenames, row.surname) if part) or _UNREADABLE
    born = row.date_of_birth or _UNREADABLE
    until = f" until the name was deleted on {row.deleted_on}" if row.deleted_on else ""
    return f"{name}, born {born}, on the roll from {row.starting_day}{until}"


def _register(marks: dict[tuple[str, str, str], list[HistoryEvent]]) -> Table:
    """Each entry on a line, each amended entry on one of its own beside the original."""
    table = Table(expand=True, pad_edge=False)
    table.add_column("Session", width=13)
    table.add_column("Original", width=8)
    table.add_column("Amended", width=7)
    table.add_column("Reason, detail and what else was entered", ratio=3, overflow="fold")
    table.add_column("Recorded", width=23)
    table.add_column("By", ratio=2, overflow="fold")
    table.add_column("Position", width=9, justify="right")
    for (day, session, _), revisions in marks.items():
        for number, event in enumerate(revisions):
            is_amended = event.fields["revision"] > 0
            cells = (
                "" if number else f"{day} {session}",
                event.fields["original"] if is_amended else event.fields["code"],
                event.fields["code"] if is_amended else "",
                _more(event),
                *_when_and_who(event),
                str(event.position),
            )
            # A rule after each day.
            is_last = session == "PM" and number == len(revisions) - 1
            table.add_row(*_plain(*cells), end_section=is_last)
    return table


def _history(events: list[HistoryEvent]) -> Table:
    table = Table(expand=True, pad_edge=False, show_lines=True)
    table.add_column("School", width=6)
    table.add_column("What", ratio=3, overflow="fold")
    table.add_column("Recorded", width=23)
    table.add_column("By", ratio=2, overflow="fold")
    table.add_column("Position", width=9, justify="right")
    for event in events:
        what = event.type.replace("-", " ").capitalize()
        cells = (
            event.school,
            f"{what}\n{_more(event)}".strip(),
            *_when_and_who(event),
            str(event.position),
        )
        table.add_row(*_plain(*cells))
    return table


def _when_and_who(event: HistoryEvent) -> tuple[str, str]:
    return _when(event.recorded_at), f"{event.by.name}, {event.by.position}"


def _more(event: HistoryEvent) -> str:
    """What an event says besides its place and codes, a line for each; the reason first."""
    said = {
        name: _said(value)
        for name, value in event.fields.items()
        if value is not None and (event.type not in MARKS or name not in _OF_A_MARK)
    }
    said |= dict.fromkeys(event.erased, _UNREADABLE)
    names = sorted(said, key=lambda name: name != "reason")
    return "\n".join(f"{_words(name)}: {said[name]}" for name in names)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        given = {name: one for name, one in value.items() if one is not None}
        return ", ".join(f"{_words(name)} {_said(one)}" for name, one in given.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(_said, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _plain(*cells: str) -> list[Text]:
    """Cells as they are: in markup a lone backslash, which is a code, would be lost."""
    return [Text(cell) for cell in cells]


def _print_missing(place: Place, console: Console) -> None:
    days: dict[date, list[str]] = {}
    for one in place.missing:
        days.setdefault(one.date, []).append(one.session)
    if days:
        said = ", ".join(f"{day} {' and '.join(sessions)}" for day, sessions in days.items())
        console.print(Text(f"\nDue and not entered: {said}"))


def _print_legend(found: Replayed, console: Console) -> None:
    """The codes that occur, by the table in force on the day of each session."""
    meant: dict[str, None] = {}
    for (day, _, _), revisions in found.marks.items():
        for event in revisions:
            code = last_counted(event.fields["code"], date.fromisoformat(day))
            if code is not None:
                meant[f"  {code.symbol:3} {code.title}"] = None
    if meant:
        console.print(Text("\n".join(["\nCodes", *sorted(meant)])))
    decided = sorted({event.rules for event in found.events})
    console.print(Text(f"\nDecided by the rules {', '.join(decided)}; shown by the rules {RULES}."))


def _when(moment: datetime) -> str:
    """Local time, with the name of its offset."""
    return f"{moment.astimezone(LONDON):%Y-%m-%d %H:%M:%S %Z}"
