"""Schools for tests of returns to the local authority: marks in both sessions of days, returns that are sent."""

from datetime import date, datetime
from itertools import count
from json import loads
from typing import Any

from ledger.authority_returns.returns_sent import ReturnName, SendReturn
from ledger.authority_returns.sickness_beliefs import FormSicknessBelief
from ledger.requests import Request
from ledger.schools.calendar import SESSIONS, Span
from projections.extracts.authority.returns import RETURNS, episodes
from projections.extracts.extract import Question, Source
from tests.projections.world import HEAD, OFFICER, NotTakenError, World

YEAR = Span(date(2025, 8, 1), date(2025, 11, 24))
_KEYS = count(1)

Row = dict[str, Any]


def made(
    world: World,
    name: ReturnName,
    span: Span = YEAR,
    position: int | None = None,
    instant: datetime | None = None,
    **options: Any,
) -> list[Row]:
    """A return's rows by column."""
    extract = RETURNS[name].extract
    columns = [column.name for column in extract.columns]
    with world.looking(position, instant) as (connection, _, at):
        source = Source(connection, world.vault, at)
        rows = list(extract.rows(source, Question((world.urn,), span, options)))
    return [dict(zip(columns, row, strict=True)) for row in rows]


def head(world: World) -> int:
    """The position of the log's last event."""
    with world.looking() as (_, _, at):
        return at.position


def send(
    world: World, name: ReturnName, span: Span = YEAR, pupils: list[int] | None = None, **more: Any
) -> dict[str, Any]:
    """Record that a return was sent, made at the head of the log; its receipt."""
    with world.looking() as (connection, _, at):
        source = Source(connection, world.vault, at)
        options = dict.fromkeys(more.pop("options", {}), True)
        told = episodes(name, source, Question((world.urn,), span, options))
        asked = {
            "extract": name,
            "position": at.position,
            "from": span.first.isoformat(),
            "to": span.last.isoformat(),
            "sent_on": "2025-11-24",
            "pupils": None if pupils is None else [world.pupil(n) for n in pupils],
            "by": OFFICER,
        } | more
    command = SendReturn.model_validate(asked)
    return _answered(world.ledger.send_return(world.urn, command, told, _request()))


def believe(world: World, number: int, day: str, expected: int, **more: Any) -> dict[str, Any]:
    """Record for how long a pupil is believed to be ill; the receipt."""
    asked = {
        "pupil": world.pupil(number),
        "formed_on": day,
        "expected_school_days": expected,
        "formed_by": HEAD,
        "by": OFFICER,
    } | more
    command = FormSicknessBelief.model_validate(asked)
    return _answered(world.ledger.form_sickness_belief(world.urn, command, _request()))


def school_days(world: World, first: str, n: int) -> list[str]:
    """So many school days from a day on."""
    with world.looking() as (_, book, _):
        found = book.school.years[2025].school_days(date.fromisoformat(first), date(2026, 7, 31))
    return [day.isoformat() for day in found[:n]]


def mark(world: World, number: int, code: str, days: list[str]) -> None:
    """The same code for both sessions of some days."""
    world.import_marks([(number, day, half, code) for day in days for half in SESSIONS])


def present(world: World, number: int, days: list[str]) -> None:
    """Present marks for some days."""
    halves = zip(SESSIONS, ("/", "\\"), strict=True)
    pairs = list(halves)
    world.import_marks([(number, day, half, code) for day in days for half, code in pairs])


def _request() -> Request:
    key = f"return-{next(_KEYS)}"
    return Request("Tests of returns", key, key.encode())


def _answered(future: Any) -> dict[str, Any]:
    answer = future.result(timeout=30)
    if answer.status not in (200, 201):
        raise NotTakenError(answer.refused)
    return dict(loads(answer.receipt))
