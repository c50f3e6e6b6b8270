"""The figures of a drill as a table and as JSON."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.machine import commit, machine, versions
from tests.drills.drill import VICTIMS, Drill, Kill

FINDINGS_SHOWN_MAX: Final = 20
NOT_TESTED: Final = (
    "kill -9 ends processes and keeps the operating system's page cache: what this drill shows holds for "
    "crashed processes, not for a loss of power or of the disk."
)
_KILLS: Final = {
    "service": "kills of the whole service",
    "database": "kills of the database",
    "process": "kills of one process that serves",
}
_BROKEN: Final = {
    "lost": "acknowledged and not in the log",
    "doubled": "in the log or acknowledged twice",
    "hole": "holes in the positions",
    "altered": "other than acknowledged",
    "unasked": "in the log and never acknowledged",
    "order": "not in the order of answers",
    "answer": "answers against the contract",
    "replay": "replays other than the first answer",
    "recovery": "kills without recovery",
    "end": "other failures",
}


def figures(drill: Drill) -> dict[str, Any]:
    """Return everything that was counted."""
    board = drill.board
    counts = board.counts
    requests = Counter(found.request.kind for found in board.acknowledgements)
    broken = Counter(finding.kind for finding in board.findings)
    return {
        "kills": {
            victim: _kills([kill for kill in drill.kills if kill.victim == victim])
            for victim in VICTIMS
        },
        "requests_acknowledged": len(board.acknowledgements),
        "requests_by_kind": dict(sorted(requests.items())),
        "marks_acknowledged": sum(
            found.request.outcomes.count("+")
            for found in board.acknowledgements
            if found.request.kind in {"register", "each", "amendment"}
        ),
        "log_rows": drill.log_rows,
        "retries": counts["retries"],
        "retries_by_cause": {
            name.removeprefix("retries: "): number
            for name, number in sorted(counts.items())
            if name.startswith("retries: ")
        },
        "replays_compared": counts["replays"],
        "pages_read_meanwhile": counts["pages served"],
        "pages_refused_meanwhile": counts["pages refused"],
        "in_doubt": {
            "resolved": counts["in doubt"],
            "had_been_recorded": counts["in doubt: recorded"],
            "left_to_the_end": len(board.open),
            "left_and_recorded": counts["open: recorded"],
        },
        "findings": {name: broken[name] for name in _BROKEN},
    }


def _kills(kills: list[Kill]) -> dict[str, Any]:
    seconds = sorted(k.recovery_seconds for k in kills if k.recovery_seconds is not None)
    return {
        "number": len(kills),
        "targets": dict(Counter(kill.target for kill in kills)),
        "recovery_seconds_p50": _quantile(seconds, 0.5),
        "recovery_seconds_max": _quantile(seconds, 1.0),
    }


def _quantile(ordered: list[float], share: float) -> float | None:
    return round(ordered[max(0, ceil(share * len(ordered)) - 1)], 3) if ordered else None


def show(console: Console, drill: Drill) -> None:
    """Print the figures, the findings and what was not tested."""
    found = figures(drill)
    table = Table("", "", box=box.ROUNDED if console.is_terminal else box.ASCII2, show_header=False)
    table.columns[1].justify = "right"
    for victim, kills in found["kills"].items():
        table.add_row(_KILLS[victim], f"{kills['number']:,}")
        table.add_row("  recovery p50 / max", _seconds(kills))
    table.add_section()
    table.add_row("requests acknowledged", f"{found['requests_acknowledged']:,}")
    table.add_row("marks acknowledged", f"{found['marks_acknowledged']:,}")
    table.add_row("rows of the log read back", f"{found['log_rows']:,}")
    table.add_row("attempts asked again", f"{found['retries']:,}")
    table.add_row("replays compared byte for byte", f"{found['replays_compared']:,}")
    table.add_row("pages of the log read meanwhile", f"{found['pages_read_meanwhile']:,}")
    doubt = found["in_doubt"]
    table.add_row("requests in doubt, resolved", f"{doubt['resolved']:,}")
    table.add_row("  of these already recorded", f"{doubt['had_been_recorded']:,}")
    table.add_section()
    for name, number in found["findings"].items():
        table.add_row(_BROKEN[name], f"{number:,}", style="red" if number else None)
    console.print(table)
    for finding in drill.board.findings[:FINDINGS_SHOWN_MAX]:
        console.print(f"{finding.kind}: {finding.what}", markup=False, style="red")
    if drill.verified:
        console.print(f"verify: {drill.verified}", markup=False)
    console.print(NOT_TESTED)


def _seconds(kills: Mapping[str, Any]) -> str:
    if kills["recovery_seconds_p50"] is None:
        return "none"
    return f"{kills['recovery_seconds_p50']:.2f} s / {kills['recovery_seconds_max']:.2f} s"


def write(path: Path, drill: Drill, begun: datetime, seconds_taken: float) -> None:
    """Write the figures, the kills and findings one by one, and what they were found on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "begun": begun.isoformat(timespec="seconds"),
        "seconds_taken": round(seconds_taken, 1),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
        "options": vars(drill.options),
        "not_tested": NOT_TESTED,
        "passed": drill.passed,
        "figures": figures(drill),
        "verify": drill.verified,
        "kills": [kill._asdict() for kill in drill.kills],
        "findings": [finding._asdict() for finding in drill.board.findings],
    }
    path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
