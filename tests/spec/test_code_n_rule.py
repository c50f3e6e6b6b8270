"""The automatic rule for code N, a school's choice: SI 2024/208 reg 10(7) to (9).

Nothing expires by itself: an instruction is recorded beforehand, somebody starts a run, and each amended
entry is made in the name of the person and position of the instruction.
"""

from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from json import loads
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from ledger.events import ActRecorded
from ledger.registers import code_n_rule
from ledger.registers.attendance import AttendanceAmended
from ledger.requests import Answer
from ledger.schools import school
from tests.ledger.world import HEAD, OFFICER, TUTOR, World, pupil, request, result
from tests.spec.conftest import Logged

MONDAY = "2026-11-09"
DUE = "2026-11-16"
AFTER = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


def set_rule(world: World, **changes: Any) -> Future[Answer]:
    """Record the instruction."""
    asked = {
        "enabled": True,
        "person": OFFICER,
        "in_force_from": "2026-09-01",
        "by": HEAD,
    } | changes
    command = code_n_rule.SetCodeNRule.model_validate(asked)
    return world.ledger.set_code_n_rule(world.urn, command, request())


def run(world: World, through: str | None = None, **options: Any) -> Future[Answer]:
    """Act on it."""
    asked = {"by": TUTOR} | ({"through": through} if through else {})
    command = code_n_rule.RunCodeNRule.model_validate(asked)
    return world.ledger.run_code_n_rule(world.urn, command, request(**options))


def opened(world: World, marks: dict[str, str] | None = None) -> World:
    """A school where pupils of these days and sessions ("2026-11-09 AM") have code N."""
    world.opened(pupils=3)
    world.clock.now = AFTER
    lines = [
        {
            "pupil": pupil(number),
            "date": place.split()[0],
            "session": place.split()[1],
            "code": code,
        }
        for place, codes in (marks or {f"{MONDAY} AM": "N"}).items()
        for number, code in enumerate(codes)
    ]
    result(world.import_lines(lines))
    return world


def amended(receipt: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Pupil number, day and session of each entry that a run amended."""
    return [
        (UUID(r["pupil"]).int & 0xFFFF, r["date"], r["session"]) for r in receipt["results"][1:]
    ]


def test_ac_006_an_overdue_n_becomes_o(world: World) -> None:
    """Given an N of Monday 9 November, when the rule runs on the 17th, then O stands in its place."""
    opened(world)
    result(set_rule(world))
    receipt = result(run(world))
    expected = {
        "pupil": pupil(0),
        "date": MONDAY,
        "session": "AM",
        "before": "N",
        "code": "O",
        "due": DUE,
        "rule": "code-n-rule/1",
    }
    assert expected.items() <= receipt["results"][1].items()
    assert 409 == world.amend(0, "N", "I", day=MONDAY).result().status
    assert 201 == world.amend(0, "O", "I", day=MONDAY).result().status


@pytest.mark.parametrize(("day", "due"), [(16, False), (17, True)])
def test_it_is_overdue_from_the_sixth_school_day(world: World, day: int, due: bool) -> None:
    """On its fifth school day an N is in time still; on the day after it is not."""
    opened(world)
    result(set_rule(world))
    world.clock.now = datetime(2026, 11, day, 9, 0, tzinfo=UTC)
    assert due == bool(amended(result(run(world))))


@pytest.mark.parametrize(("through", "due"), [("2026-11-15", False), (DUE, True)])
def test_a_run_looks_no_further_than_it_is_told(world: World, through: str, due: bool) -> None:
    """`through` names the last due day that is looked at."""
    opened(world)
    result(set_rule(world))
    world.clock.now = AFTER + timedelta(days=3)
    assert due == bool(amended(result(run(world, through))))


def test_the_entry_is_in_the_name_recorded_beforehand(world: World, logged: Logged) -> None:
    """The amended entry is the officer's, with a reason that names the rule; the run is the tutor's."""
    opened(world)
    result(set_rule(world))
    receipt = result(run(world))
    events = logged(receipt)
    acts = [event.by for event in events if isinstance(event, ActRecorded)]
    assert [TUTOR, OFFICER] == acts
    (entry,) = (event for event in events if isinstance(event, AttendanceAmended))
    assert ("N", "O", "code-n-rule/1") == (entry.replaces, entry.code, entry.rule)
    assert "Automatic rule for code N (code-n-rule/1)" in str(entry.reason)
    assert DUE in str(entry.reason)


def test_the_run_itself_is_on_record(world: World, logged: Logged) -> None:
    """Through which day, how many were amended and left alone: also where nothing was to be done."""
    opened(world)
    result(set_rule(world))
    first, second = result(run(world)), result(run(world))
    run_event, nothing = (
        next(event for event in logged(receipt) if isinstance(event, code_n_rule.CodeNRuleRun))
        for receipt in (first, second)
    )
    assert (DUE, 1, {}) == (
        run_event.through.isoformat(),
        run_event.amended,
        run_event.left_alone,
    )
    assert 0 == nothing.amended
    assert [] == amended(second)


def test_without_a_rule_recorded_beforehand_nothing_is_changed(world: World) -> None:
    """No instruction, or only one that is not enabled: refused, and the N stays."""
    opened(world)
    refused = run(world).result()
    assert (409, "no-code-n-rule") == (refused.status, refused.refused[0][1].problems[0].code)
    result(set_rule(world, enabled=False, person=None))
    assert 409 == run(world).result().status
    assert 201 == world.amend(0, "N", "I", day=MONDAY).result().status


def test_nothing_happens_by_itself(world: World) -> None:
    """A rule that is recorded and enabled changes no entry until somebody starts a run."""
    opened(world)
    result(set_rule(world))
    world.clock.now = AFTER + timedelta(days=10)
    assert 201 == world.amend(0, "N", "I", day=MONDAY).result().status


def test_a_rule_covers_the_sessions_from_its_day_on(world: World) -> None:
    """The day before is not covered, the day is; one that ends the rule ends it from its own day."""
    opened(world, {"2026-11-04 PM": "N", "2026-11-05 AM": "N", "2026-11-06 AM": "N"})
    result(set_rule(world, in_force_from="2026-11-05"))
    result(set_rule(world, in_force_from="2026-11-06", enabled=False, person=None))
    assert [(0, "2026-11-05", "AM")] == amended(result(run(world)))


def test_a_later_instruction_leaves_earlier_days_to_the_earlier_person(
    world: World, logged: Logged
) -> None:
    """Each entry is made under the instruction for its own day, in the name of that one's person."""
    opened(world, {"2026-11-05 AM": "N", "2026-11-06 AM": "N"})
    result(set_rule(world))
    result(set_rule(world, in_force_from="2026-11-06", person=HEAD))
    receipt = result(run(world))
    assert ["code-n-rule/1", "code-n-rule/2"] == [r["rule"] for r in receipt["results"][1:]]
    events = logged(receipt)
    assert [TUTOR, OFFICER, HEAD] == [e.by for e in events if isinstance(e, ActRecorded)]


def test_of_two_instructions_from_one_day_the_later_stands(world: World) -> None:
    """A corrected instruction replaces the first; the same one again changes nothing."""
    opened(world)
    result(set_rule(world))
    corrected = result(set_rule(world, person=HEAD))
    assert [{"rule": "code-n-rule/2"}] == [{"rule": r["rule"]} for r in corrected["results"]]
    again = result(set_rule(world, person=HEAD))
    assert [("unchanged", "code-n-rule/2")] == [(r["status"], r["rule"]) for r in again["results"]]
    assert ["code-n-rule/2"] == [r["rule"] for r in result(run(world))["results"][1:]]


def test_other_codes_and_amended_ones_are_no_affair_of_the_rule(world: World) -> None:
    """Only an N that stands: not an O, an N amended since, nor one entered for a later session."""
    opened(world, {f"{MONDAY} AM": "NON", f"{MONDAY} PM": "I", "2026-11-13 AM": "N"})
    result(world.amend(2, "N", "I", day=MONDAY))
    result(set_rule(world))
    assert [(0, MONDAY, "AM")] == amended(result(run(world)))


def test_an_n_that_came_back_is_amended(world: World) -> None:
    """An entry amended to something else and back to N stands as N, at its latest revision."""
    opened(world)
    result(world.amend(0, "N", "I", day=MONDAY))
    result(world.amend(0, "I", "N", day=MONDAY))
    result(set_rule(world))
    assert [(0, MONDAY, "AM")] == amended(result(run(world)))


def test_where_the_calendar_is_not_known_it_is_left_alone(world: World) -> None:
    """With no term dates for the year nobody can tell when it was due: counted, and left to people."""
    opened(world, {f"{MONDAY} AM": "N", "2026-07-20 AM": "N"})
    world.enter_names(9, starting_day="2026-07-01")
    line = {"pupil": pupil(9), "date": "2026-07-20", "code": "N"}
    world.import_lines([line], each=True).result()
    result(set_rule(world, in_force_from="2026-04-01"))
    receipt = result(run(world))
    assert [(0, MONDAY, "AM")] == amended(receipt)
    assert {"calendar-not-known": 2} == receipt["results"][0]["left_alone"]


def test_a_mark_of_a_session_not_held_is_left_alone(world: World) -> None:
    """Of a session that was closed since nobody was absent without reason: people decide."""
    opened(world)
    body = {"from": MONDAY, "to": MONDAY, "sessions": ["AM"], "reason": "Snow", "by": HEAD}
    snow = school.MakeClosure.model_validate(body)
    result(world.ledger.make_closure(world.urn, snow, request()))
    result(set_rule(world))
    receipt = result(run(world))
    assert [] == amended(receipt)
    assert {"session-not-held": 1} == receipt["results"][0]["left_alone"]


def test_a_mark_of_a_pupil_who_was_not_due_is_left_alone(world: World) -> None:
    """An imported N of a boarder is an error of another kind: counted and left to people."""
    opened(world)
    world.enter_names(7, boarder=True)
    result(world.import_lines([{"pupil": pupil(7), "date": MONDAY, "code": "N"}]))
    result(set_rule(world))
    receipt = result(run(world))
    assert [(0, MONDAY, "AM")] == amended(receipt)
    assert {"pupil-not-due": 1} == receipt["results"][0]["left_alone"]


def test_a_mark_of_a_session_with_leave_is_left_alone(world: World) -> None:
    """Where leave was given the reason is on record: the code of that leave is for people to enter."""
    opened(world, {f"{MONDAY} AM": "NN"})
    days = {"from": MONDAY, "to": MONDAY}
    world.clock.now = AFTER - timedelta(days=11)
    asked = world.ask_leave(0, **days, asked_on="2026-11-02").result()
    leave_id = loads(asked.receipt)["id"]
    assert 201 == world.decide_leave(leave_id, "given").result().status
    world.ask_leave(1, **days, asked_on="2026-11-02").result()
    world.clock.now = AFTER
    result(set_rule(world))
    receipt = result(run(world))
    assert [(1, MONDAY, "AM")] == amended(receipt)
    assert {"leave-given": 1} == receipt["results"][0]["left_alone"]


def test_before_the_limit_was_law_there_is_nothing_overdue(world: World) -> None:
    """N had no limit until 19 August 2024: an older one is neither amended nor counted."""
    world.describe(in_force_from="2023-09-01")
    world.set_year(2023)
    world.set_year(2026)
    world.enter_names(0, starting_day="2023-09-04")
    line = {"pupil": pupil(0), "date": "2023-11-14", "code": "N"}
    result(world.import_lines([line]))
    result(set_rule(world, in_force_from="2023-09-01"))
    assert {"amended": 0, "left_alone": {}}.items() <= result(run(world))["results"][0].items()


def test_a_day_that_has_not_passed_cannot_be_looked_at(world: World) -> None:
    """`through` is yesterday at the latest: what is due today is in time today."""
    opened(world)
    result(set_rule(world))
    refused = run(world, "2026-11-17").result()
    assert (422, "code-n-not-overdue") == (refused.status, refused.refused[0][1].problems[0].code)
    assert 201 == run(world, DUE).result().status


def test_a_dry_run_shows_what_would_change(world: World) -> None:
    """The same entries are named, and nothing is recorded."""
    opened(world)
    result(set_rule(world))
    tried = result(run(world, dry_run=True))
    assert [(0, MONDAY, "AM")] == amended(tried) == amended(result(run(world)))


def test_a_retry_amends_nothing_twice(world: World) -> None:
    """The same key is answered the same receipt; another key finds nothing left to do."""
    opened(world)
    result(set_rule(world))
    first = run(world, key=f"run-{world.urn}", digest=b"run").result()
    again = run(world, key=f"run-{world.urn}", digest=b"run").result()
    assert again.replayed
    assert first.receipt == again.receipt
    assert [] == amended(result(run(world)))


@pytest.mark.parametrize(
    "changes",
    [
        {"person": None},
        {"replace_with": "I"},
        {"replace_with": "N"},
        {"in_force_from": "20260901"},
        {"in_force_from": "1767225600"},
        {"person": {"name": " ", "position": "Head"}},
    ],
)
def test_a_rule_acts_in_a_name_and_knows_no_reason(changes: dict[str, Any]) -> None:
    """Enabled it names a person and position; it can enter O and nothing that claims a reason."""
    asked = {"enabled": True, "person": OFFICER, "in_force_from": "2026-09-01", "by": HEAD}
    with pytest.raises(ValidationError):
        code_n_rule.SetCodeNRule.model_validate(asked | changes)
