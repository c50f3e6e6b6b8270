"""Regulation 10: what may be entered in the attendance register, for whom and when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.requests import Answer
from ledger.schools.school import MakeClosure
from tests.ledger.world import HEAD, World, pupil, request, result


def _refusal(answer: Answer) -> tuple[str, str]:
    assert answer.status == 422, answer
    problem = answer.refused[0][1].problems[0]
    assert problem.reference
    return problem.code, problem.path


@pytest.mark.parametrize(("session", "code"), [("AM", "/"), ("PM", "\\"), ("AM", "L"), ("PM", "L")])
def test_present_marks_in_their_sessions(world: World, session: str, code: str) -> None:
    r"""`/` in the morning, `\\` in the afternoon, L in both (Table 1; AC-001)."""
    world.opened()
    assert world.take({0: code}, session=session).result().status == 201


@pytest.mark.parametrize(("session", "code"), [("PM", "/"), ("AM", "\\")])
def test_present_marks_in_the_other_session(world: World, session: str, code: str) -> None:
    r"""`/` is the morning's and `\\` the afternoon's, live and in an import (AC-039)."""
    world.opened()
    assert ("wrong-session-for-code", "code") == _refusal(
        world.take({0: code}, session=session).result()
    )
    imported = world.import_lines([{"pupil": pupil(0), "session": session, "code": code}])
    assert ("wrong-session-for-code", "code") == _refusal(imported.result())


@pytest.mark.parametrize(
    ("session", "arrived_at", "code"),
    [
        ("AM", "08:20", "/"),
        ("AM", "08:35", "/"),
        ("AM", "08:36", "L"),
        ("AM", "08:50", "L"),
        ("AM", "09:04", "L"),
        ("AM", "09:05", "U"),
        ("AM", "09:20", "U"),
        ("PM", "12:25", "\\"),
        ("PM", "12:54", "L"),
        ("PM", "12:55", "U"),
    ],
)
def test_arrival_decides_the_mark(world: World, session: str, arrived_at: str, code: str) -> None:
    """The register times of that day decide between present, L and U (AC-002, AC-003)."""
    world.opened()
    result(world.take({0: {"arrived_at": arrived_at}}, session=session))
    (event,) = world.ledger.events.get(f"attendance-register/{world.urn}/{pupil(0)}/2026")
    assert (code, arrived_at) == (event.code, event.arrived_at)


def test_register_times_are_those_of_the_day(world: World) -> None:
    """A later setting never changes what an earlier day meant."""
    world.opened()
    later = {
        "AM": {"opens": "08:35", "closes": "08:45"},
        "PM": {"opens": "12:25", "closes": "12:35"},
    }
    world.describe(register_times=later, in_force_from="2026-10-05")
    for day in ("2026-10-02", "2026-10-05"):
        result(world.take({0: {"arrived_at": "08:50"}}, day=day))
    events = world.ledger.events.get(f"attendance-register/{world.urn}/{pupil(0)}/2026")
    assert ["L", "U"] == [event.code for event in events]


def test_an_entry_needs_a_code_or_an_arrival(world: World) -> None:
    """A blank is not a mark."""
    world.opened()
    assert ("code-missing", "code") == _refusal(world.take({0: {}}).result())


@pytest.mark.parametrize("code", ["B", "K", "Y7"])
def test_detail_is_required_where_the_code_asks_for_it(world: World, code: str) -> None:
    """The nature of the activity, provision or cause is recorded with the code (AC-018)."""
    world.opened()
    assert ("detail-missing", "detail") == _refusal(world.take({0: code}).result())
    given = {"code": code, "detail": "Forest school at Brook Farm"}
    assert world.take({0: given}).result().status == 201


@pytest.mark.parametrize(
    ("day", "code", "in_force"),
    [
        ("2024-07-15", "H", True),
        ("2024-09-09", "H", False),
        ("2024-07-15", "J", True),
        ("2024-09-09", "J", False),
        ("2024-07-15", "J1", False),
        ("2024-09-09", "J1", True),
        ("2024-09-09", "K", True),
        ("2024-07-15", "K", False),
        ("2026-10-01", "F", False),
    ],
)
def test_codes_are_those_in_force_on_the_session_date(
    world: World, day: str, code: str, in_force: bool
) -> None:
    """The table of the session's day counts, whenever the entry is made (AC-021)."""
    world.describe(in_force_from="2023-09-01")
    for year in (2023, 2024, 2026):
        world.set_year(
            year,
            terms=[{"name": "All", "from": f"{year}-09-02", "to": f"{year + 1}-07-19"}],
            closures=[],
        )
    world.enter_names(0, starting_day="2023-09-04")
    answer = world.take({0: {"code": code, "detail": "As agreed"}}, day=day).result()
    if in_force:
        assert answer.status == 201
    else:
        assert ("code-not-in-force", "code") == _refusal(answer)


def test_retired_codes_are_imported_and_flagged(world: World) -> None:
    """History is never refused for being what it is: recorded as received, with a warning."""
    world.opened()
    receipt = result(world.import_lines([{"pupil": pupil(0), "code": "H"}]))
    assert "code-not-in-force" == receipt["results"][0]["warnings"][0]["rule"]
    (event,) = world.ledger.events.get(f"attendance-register/{world.urn}/{pupil(0)}/2026")
    assert ("H", ["code-not-in-force"]) == (event.code, event.flags)


@pytest.mark.parametrize("code", ["?", "ZZ", "A"])
def test_what_never_was_a_code_is_refused_on_every_road(world: World, code: str) -> None:
    """A symbol that no table ever held cannot be counted, imported or not."""
    world.opened()
    assert ("unknown-code", "code") == _refusal(world.take({0: code}).result())
    imported = world.import_lines([{"pupil": pupil(0), "code": code}])
    assert ("unknown-code", "code") == _refusal(imported.result())


def test_only_registered_pupils_carry_marks(world: World) -> None:
    """A name that is not in the admission register has no attendance register (reg 10(1))."""
    world.opened(pupils=1)
    assert ("pupil-not-on-roll", "pupil") == _refusal(world.take({5: "/"}).result())


def test_the_roll_of_the_day_counts(world: World) -> None:
    """From the starting day on, and not before (AC-033)."""
    world.opened(pupils=1)
    world.enter_names(1, starting_day="2026-11-02")
    assert ("pupil-not-on-roll", "pupil") == _refusal(
        world.take({1: "N"}, day="2026-10-23").result()
    )
    assert world.take({1: "N"}, day="2026-11-02").result().status == 201


def test_boarders_carry_no_marks(world: World) -> None:
    """A boarder is on the admission register and has no attendance marks (AC-037)."""
    world.opened(pupils=1)
    world.enter_names(1, boarder=True)
    assert ("boarder-carries-no-mark", "pupil") == _refusal(world.take({1: "/"}).result())


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-10-03", "session-not-held"),
        ("2026-10-28", "session-not-held"),
        ("2026-08-20", "session-not-held"),
        ("2027-03-02", "session-not-held"),
        ("2026-11-27", "school-closed"),
    ],
)
def test_marks_are_of_sessions_that_are_held(world: World, day: str, code: str) -> None:
    """No session on a weekend, in a half term, outside the terms set, or on an INSET day."""
    world.opened(pupils=1)
    world.enter_names(1, starting_day="2026-08-01")
    world.clock.now = datetime(2027, 4, 1, tzinfo=UTC)
    assert (code, "date") == _refusal(world.take({1: "/"}, day=day).result())


def test_closures_have_their_codes(world: World) -> None:
    """# on a planned closure (AC-012), Y4 on an unexpected one (AC-008)."""
    world.opened()
    world.clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert world.take({0: "#"}, day="2026-11-27").result().status == 201
    snow = MakeClosure.model_validate(
        {"from": "2026-11-25", "to": "2026-11-25", "reason": "Snow", "by": HEAD}
    )
    result(world.take({1: "/"}, day="2026-11-25"))
    receipt = result(world.ledger.make_closure(world.urn, snow, request()))
    assert [{"pupil": pupil(1), "date": "2026-11-25", "session": "AM", "code": "/"}] == receipt[
        "results"
    ][0]["disagree"]
    assert world.take({0: "Y4"}, day="2026-11-25").result().status == 201
    assert ("school-closed", "date") == _refusal(world.take({2: "/"}, day="2026-11-25").result())


@pytest.mark.parametrize("code", ["/", "L", "U", "N", "O", "I"])
def test_what_happened_cannot_be_entered_beforehand(world: World, code: str) -> None:
    """Not before the register of that session opens: 08:35 in London."""
    world.opened()
    # 08:34 and 08:35 on 30 September, when London is an hour ahead of UTC.
    world.clock.now = datetime(2026, 9, 30, 7, 34, 59, tzinfo=UTC)
    assert ("session-not-begun", "code") == _refusal(
        world.take({0: code}, day="2026-09-30").result()
    )
    world.clock.now = datetime(2026, 9, 30, 7, 35, tzinfo=UTC)
    assert world.take({0: code}, day="2026-09-30").result().status == 201


@pytest.mark.parametrize(
    "entry",
    [
        {"code": "C"},
        {"code": "M"},
        {"code": "V"},
        {"code": "W"},
        {"code": "E"},
        {"code": "D", "detail": "Sandfield Academy"},
        {"code": "X"},
        {"code": "B", "detail": "College"},
    ],
)
def test_what_is_known_may_be_entered_beforehand(world: World, entry: dict[str, Any]) -> None:
    """Leave given, a planned activity and the like may be entered ahead of the session."""
    world.opened(pupils=1)
    enrolment = "main" if entry["code"] == "D" else "single"
    born = "2022-05-14" if entry["code"] == "X" else "2012-05-14"
    world.enter_names(1, enrolment=enrolment, date_of_birth=born)
    assert world.take({1: entry}, day="2026-12-10").result().status == 201


def test_an_import_is_no_way_round_the_future(world: World) -> None:
    """What has not happened yet is no history: the rules of a live entry hold."""
    world.opened()
    answer = world.import_lines([{"pupil": pupil(0), "code": "B", "date": "2026-12-10"}])
    assert ("detail-missing", "detail") == _refusal(answer.result())


def test_a_pupil_twice_in_one_register(world: World) -> None:
    """The second entry meets the first."""
    world.opened()
    lines = [{"pupil": pupil(0), "code": "/"}, {"pupil": pupil(0), "code": "L"}]
    answer = world.import_lines(lines).result()
    assert (409, "entry-exists") == (answer.status, answer.refused[0][1].problems[0].code)
