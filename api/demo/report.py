"""What the demonstration shows a person: the comparison, and what to try next."""

import shlex

from rich.console import Console
from rich.table import Table

from api.demo.comparison import Comparison
from api.demo.run import DemoResult

SOURCE = (
    "Published figures: Department for Education, Pupil attendance in schools. Contains public "
    "sector information licensed under the Open Government Licence v3.0. The schools, the pupils "
    "and their days are invented."
)


def print_result(result: DemoResult, console: Console | None = None) -> None:
    """Every figure of the service beside the published one, and whether all agree."""
    console = console or Console()
    console.print(
        f"{result.title}: {len(result.schools)} schools, {result.pupils:,} pupils, "
        f"{result.leaves:,} leaves given, {result.entries:,} entries, {result.amendments:,} of them "
        "amended since. "
        f"{result.requests} requests, {result.replayed} of them already in the record."
    )
    # A code that nobody used and nobody counted says nothing.
    sessions = [row for row in result.rows if not row.is_rate and (row.ours or row.published)]
    console.print(_table("Sessions", sessions))
    console.print(_table("Percentages", [row for row in result.rows if row.is_rate]))
    different = sum(not row.agrees for row in result.rows)
    if result.agrees:
        console.print(f"[bold green]All {len(result.rows)} figures agree.[/]")
    else:
        console.print(f"[bold red]{different} of {len(result.rows)} figures differ.[/]")
    console.print(f"[dim]{SOURCE}[/]")


def three_curls(base_url: str, key: str, result: DemoResult) -> list[str]:
    """Three commands to try: a day's register, a school's totals, a pupil's history.

    The pupil is one whose entry was amended, and the register is the one it stands in.
    """
    example = result.example
    school = f"schools/{example.urn}"
    period = f"from={result.first_day}&to={result.last_day}"
    paths = (
        f"{school}/attendance?date={example.day}&session={example.session}",
        f"{school}/totals?{period}&by=school",
        f"pupils/{example.pupil}/history",
    )
    bearer = shlex.quote(f"Authorization: Bearer {key}")
    root = f"{base_url.rstrip('/')}/v1"
    return [f"curl -s -H {bearer} {shlex.quote(f'{root}/{path}')}" for path in paths]


def _table(title: str, rows: list[Comparison]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("Figure")
    for heading in ("This service", "Published", "Difference"):
        table.add_column(heading, justify="right")
    for row in rows:
        style = None if row.agrees else "bold red"
        table.add_row(row.name, *_cells(row), style=style)
    return table


def _cells(row: Comparison) -> tuple[str, str, str]:
    if row.ours is None or row.difference is None:
        return "none", f"{row.published:.9f}", "-"
    if row.is_rate:
        return f"{row.ours:.9f}", f"{row.published:.9f}", f"{row.difference:.1e}"
    return f"{row.ours:,.0f}", f"{row.published:,.0f}", f"{row.difference:,.0f}"
