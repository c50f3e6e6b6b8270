"""Imports made ready beside the writer: decided and stored as any other, never on stale facts."""

from datetime import date, timedelta
from json import loads
from operator import itemgetter
from typing import Any

import pytest

from ledger.proof.verify_rows import verify_window
from ledger.registers import attendance, register
from ledger.requests import Request
from ledger.schools import school
from ledger.store import import_desk
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.drafts import Job
from ledger.store.ready_import import ReadyImport, make_ready
from ledger.store.vault import Vault
from tests.ledger.world import HEAD, OFFICER, TUTOR, Clock, World, pupil, request, result

PUPILS = 60
DAYS = [f"2026-10-{day:02d}" for day in (5, 6, 7, 8, 9)]


def lines(days: list[str]) -> list[dict[str, Any]]:
    """Some 600 lines: entries by two people, with and without a detail, some amended at once."""
    sent: list[dict[str, Any]] = []
    for day in days:
        for number in range(PUPILS):
            where: dict[str, Any] = {"date": day, "pupil": pupil(number)}
            code = "NIE/C"[number % 5]
            by = TUTOR if number % 2 else HEAD
            sent.append({**where, "code": code, "by": by, "session": "AM"})
            sent.append({**where, "code": "B", "detail": "At college", "session": "PM"})
            if code == "N":
                change = {"from": "N", "code": "I", "reason": "Unwell", "by": OFFICER}
                sent.append({**where, **change, "session": "AM"})
    return sent


def shown(receipt: dict[str, Any]) -> list[Any]:
    """The results of a receipt, positions counted from its first."""
    return [
        {**each, "position": each["position"] - receipt["first"]} if "position" in each else each
        for each in receipt["results"]
    ]


def stored(database: Database, receipt: dict[str, Any], first: str) -> list[Any]:
    """The rows of a receipt, positions counted from its first and days from the first of its days."""
    with database.reading() as connection:
        return connection.execute(
            "SELECT position - %(a)s, act - %(a)s, day - %(day)s::date, half, pupil, revision, code,"
            " replaced, CASE WHEN code = 'B' OR replaced IS NOT NULL THEN length(state)"
            " ELSE get_byte(sha256(state), 0) END FROM mark"
            " WHERE position BETWEEN %(a)s AND %(b)s ORDER BY position",
            {"a": receipt["first"], "b": receipt["last"], "day": first},
        ).fetchall()


@pytest.mark.parametrize("each", [False, True], ids=["all", "each"])
def test_an_import_made_ready_is_what_the_writer_would_decide(
    world: World,
    database: Database,
    addresses: Addresses,
    monkeypatch: pytest.MonkeyPatch,
    each: bool,
) -> None:
    """Two ways to one answer, to the same rows, and to leaves that verify."""
    world.opened(pupils=PUPILS)
    other = [(date.fromisoformat(day) + timedelta(7)).isoformat() for day in DAYS]
    wrong = [{"pupil": pupil(999), "code": "??", "date": "2026-10-05"}] if each else []
    ready = result(world.import_lines(lines(DAYS) + wrong, each=each))
    monkeypatch.setattr(import_desk, "LINES_MIN", 1 << 30)
    usual = result(world.import_lines(lines(other) + wrong, each=each))
    assert shown(usual) == shown(ready)
    assert stored(database, usual, other[0]) == stored(database, ready, DAYS[0])
    with connect_as_owner(addresses) as owner:
        for receipt in usual, ready:
            assert verify_window(owner, receipt["first"], receipt["last"]) is None


def test_lines_in_any_order_are_filed_in_that_of_their_key(
    world: World, database: Database, vault: Vault, clock: Clock
) -> None:
    """Sent pupil by pupil, to be stored session by session; positions follow the lines."""
    world.opened(pupils=PUPILS)
    _, ready = prepared(world, database, vault, clock, DAYS)
    assert ready.places == sorted(ready.places)
    line_of = dict(zip(ready.places, lines(DAYS), strict=True))
    filed = [line_of[mark.place] for mark in ready.marks]
    assert filed == sorted(filed, key=itemgetter("date", "session", "pupil"))
    assert filed != lines(DAYS)


def test_an_import_that_is_refused_records_nothing(world: World, database: Database) -> None:
    """One wrong line refuses all, and says which; asked again as a trial, it is still told."""
    world.opened(pupils=PUPILS)
    before = world.ledger.recorder.max_notification_id()
    sent = [*lines(DAYS), {"pupil": pupil(0), "code": "??"}]
    for dry_run in (False, True):
        answer = world.import_lines(sent, dry_run=dry_run).result()
        assert (422, len(sent) - 1) == (answer.status, answer.refused[0][0])
    trial = world.import_lines(lines(DAYS), dry_run=True).result()
    assert (201, before) == (trial.status, world.ledger.recorder.max_notification_id())


def test_a_repeated_import_is_answered_byte_for_byte(world: World) -> None:
    """The key is looked up under the head, whatever was decided before."""
    world.opened(pupils=PUPILS)
    asked = [attendance.ImportedLine.model_validate(_line(world, one)) for one in lines(DAYS)]
    key = request()
    first = world.ledger.import_history(asked, key).result()
    again = world.ledger.import_history(asked, key).result()
    assert (first.status, first.receipt, True) == (again.status, again.receipt, again.replayed)


def prepared(
    world: World, database: Database, vault: Vault, clock: Clock, days: list[str]
) -> tuple[Job, ReadyImport]:
    """An import made ready, and not yet handed to the writer."""
    asked = [attendance.ImportedLine.model_validate(_line(world, one)) for one in lines(days)]
    schools = frozenset({world.urn})
    job = Job(request(), schools, lambda facts: register.import_lines(asked, facts), len(asked))
    job.ahead = make_ready(database, vault, clock(), (job.request, schools, job.decide))
    return job, job.ahead


def _line(world: World, line: dict[str, Any]) -> dict[str, Any]:
    return {"school": world.urn, "date": "2026-10-01", "session": "AM", "by": TUTOR} | line


def test_what_is_entered_meanwhile_is_met(
    world: World, database: Database, vault: Vault, clock: Clock
) -> None:
    """A mark of another day does not matter to it; one that it would write is a conflict, as ever."""
    world.opened(pupils=PUPILS)
    job, ready = prepared(world, database, vault, clock, DAYS)
    result(world.take({0: "/"}, "2026-10-12"))
    with database.reading() as connection:
        assert ready.still_true(connection)
    result(world.take({0: "/"}, DAYS[0]))
    with database.reading() as connection:
        assert not ready.still_true(connection)
    before = world.ledger.recorder.max_notification_id()
    world.ledger._writer.submit(job)
    answer = job.future.result()
    assert (409, before) == (answer.status, world.ledger.recorder.max_notification_id())


def test_what_the_school_records_meanwhile_is_seen(
    world: World, database: Database, vault: Vault, clock: Clock
) -> None:
    """A closure between decision and append: the import is decided anew, and its marks are flagged."""
    world.opened(pupils=PUPILS)
    job, _ = prepared(world, database, vault, clock, DAYS)
    closure = school.MakeClosure.model_validate(
        {"from": DAYS[0], "to": DAYS[0], "sessions": ["AM", "PM"], "reason": "Snow", "by": HEAD}
    )
    result(world.ledger.make_closure(world.urn, closure, Request("tests", "closure", b"x")))
    world.ledger._writer.submit(job)
    answer = job.future.result()
    assert 201 == answer.status
    warned = [w["rule"] for w in loads(answer.receipt)["results"][0]["warnings"]]
    assert "school-closed" in warned
