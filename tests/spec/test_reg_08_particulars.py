"""Regulation 8: every content of the admission register, what is missing, and the days that count."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from ledger.admissions.admission import AmendParticulars, EnterNames, NameToEnter
from ledger.admissions.particulars import PERSONAL
from ledger.requests import Answer
from tests.ledger.world import HEAD, OFFICER, World, pupil, request, result

NAME: dict[str, Any] = {
    "surname": "Okafor",
    "forenames": "Ada",
    "date_of_birth": "2012-05-14",
    "starting_day": "2026-11-23",
}
PARENT: dict[str, Any] = {
    "name": "Ngozi Okafor",
    "address": "1 High Street, Coalville",
    "lives_with": True,
    "emergency_phone": "01530 000000",
    "other_phones": ["01530 000001"],
}
WHOLE: dict[str, Any] = NAME | {
    "supplementary_names": ["Ada Eze"],
    "sex": "F",
    "address": "1 High Street, Coalville",
    "other_addresses": ["2 Mill Lane, Ashby"],
    "parents": [PARENT],
    "previous_school": "Sandfield Primary",
    "previous_school_address": "3 Church Lane, Coalville",
    "starting_day_is": "agreed",
    "move": {"parent": "Obi Okafor", "address": "2 Mill Lane, Ashby", "from": "2027-01-04"},
    "other_school": {"name": "Forest Unit", "urn": "137173", "from": "2026-11-24"},
    "future_school": {"name": "Sandfield Academy", "urn": None, "from": "2027-09-01"},
    "enrolment": "main",
    "attends_there": ["TUE AM", "TUE PM"],
}


def enter(world: World, *entries: dict[str, Any]) -> Answer:
    """Enter names."""
    command = EnterNames.model_validate({"by": HEAD, "entries": list(entries)})
    return world.ledger.enter_names(world.urn, command, request()).result()


def amend(world: World, number: int, since: str | None = None, **changes: Any) -> Answer:
    """Amend particulars."""
    asked = {"changes": changes, "reason": "As told", "in_force_from": since, "by": OFFICER}
    command = AmendParticulars.model_validate(asked)
    return world.ledger.amend_particulars(
        world.urn, UUID(pupil(number)), command, request()
    ).result()


def warnings(answer: Answer) -> list[tuple[str, str]]:
    """Rule and path of every warning of the first item."""
    assert answer.status == 201, answer
    found = json.loads(answer.receipt)["results"][0].get("warnings", [])
    return [(warning["rule"], warning["path"]) for warning in found]


# -- what the register holds ---------------------------------------------------------------------


def test_every_content_of_regulation_8_is_entered(world: World) -> None:
    """All particulars are taken, nothing is warned of, and the personal ones are sealed."""
    world.describe()
    assert [] == warnings(enter(world, WHOLE | {"pupil": pupil(0)}))
    (entered,) = world.ledger.events.get(f"admission-register/{world.urn}/{pupil(0)}")
    for name in WHOLE.keys() & PERSONAL:
        assert type(getattr(entered, name)).__name__ == "Sealed", name
    assert ("agreed", ["TUE AM", "TUE PM"]) == (entered.starting_day_is, entered.attends_there)


@pytest.mark.parametrize("name", sorted(WHOLE.keys() - {"starting_day"}))
def test_every_content_is_amendable(world: World, name: str) -> None:
    """Whatever was entered can be amended under regulation 6, personal particulars sealed again."""
    world.describe()
    enter(world, NAME | {"pupil": pupil(0)})
    assert 201 == amend(world, 0, **{name: WHOLE[name]}).status
    *_, amended = world.ledger.events.get(f"admission-register/{world.urn}/{pupil(0)}")
    assert (name in PERSONAL) == (amended.changes is None)
    assert (name in PERSONAL) == (amended.personal is not None)


@pytest.mark.parametrize(
    ("lacking", "paths"),
    [
        ({"sex": None}, ["sex"]),
        ({"parents": None}, ["parents"]),
        ({"parents": []}, ["parents"]),
        ({"parents": None, "address": None, "other_addresses": None}, ["address", "parents"]),
        ({"address": None, "other_addresses": None}, []),  # that of the parent lived with
        (
            {"address": None, "other_addresses": None, "parents": [PARENT | {"lives_with": False}]},
            ["address"],
        ),
        ({"previous_school": None, "previous_school_address": None}, []),  # "if any"
        (
            {"parents": [PARENT, {"name": "Obi Okafor", "lives_with": True}]},
            ["parents[1].address", "parents[1].emergency_phone"],
        ),
        ({"parents": [PARENT, {"name": "Obi Okafor", "address": "Leeds"}]}, []),
        ({"parents": [PARENT | {"emergency_phone": None}]}, None),
    ],
)
def test_what_the_law_wants_and_is_not_told_is_warned_of(
    world: World, lacking: dict[str, Any], paths: list[str] | None
) -> None:
    """The name is entered, with one warning for each field that is missing and its reference."""
    world.describe()
    found = warnings(enter(world, WHOLE | lacking))
    if paths is None:  # the one number left is one of the other phones
        assert [("one-emergency-contact", "parents")] == found
    else:
        assert [("particular-missing", path) for path in paths] == found


def test_a_warning_cites_the_regulation_and_repeats_nothing(world: World) -> None:
    """Rule, field, message and reference; no name, no number."""
    world.describe()
    answer = enter(world, NAME | {"parents": [{"name": "Ngozi", "lives_with": True}]})
    text = answer.receipt.decode()
    assert "SI 2024/208 reg 8(2)" in text
    assert not {"Ngozi", "Okafor", "2012-05-14"} & set(text.replace('"', " ").split())


@pytest.mark.parametrize("school_type", ["maintained", "academy", "independent", "special"])
def test_one_emergency_contact_is_discouraged(world: World, school_type: str) -> None:
    """Guidance: more than one where reasonably possible; a warning at every type of school."""
    world.describe(type=school_type)
    one = PARENT | {"other_phones": None}
    assert [("one-emergency-contact", "parents")] == warnings(
        enter(world, WHOLE | {"parents": [one]})
    )
    two = {"name": "Obi", "address": "Leeds", "emergency_phone": "0113 000000"}
    assert [] == warnings(enter(world, WHOLE | {"parents": [one, two]}))


def test_what_an_amendment_takes_away_is_warned_of(world: World) -> None:
    """A particular that is amended to nothing is missing from then on."""
    world.describe()
    enter(world, WHOLE | {"pupil": pupil(0)})
    assert [("particular-missing", "changes.sex")] == warnings(amend(world, 0, sex=None))
    assert [("particular-missing", "changes.parents")] == warnings(amend(world, 0, parents=[]))
    assert [] == warnings(amend(world, 0, sex="F", registration_group="9C"))


def test_a_whole_school_is_entered_at_once(world: World) -> None:
    """Of 1,500 names the receipt says in short what is missing of each: the fields by rule."""
    world.describe()
    answer = enter(world, *([NAME | {"starting_day": "2026-09-02"}] * 1_500))
    assert 201 == answer.status
    results = json.loads(answer.receipt)["results"]
    missing = {"particular-missing": ["sex", "address", "parents"]}
    late = {"entered-after-starting-day": ["starting_day"]}
    assert 1_500 == len(results)
    assert all(late | missing == result["warned"] for result in results)
    assert len(answer.receipt) < 1_500 * 300


@pytest.mark.parametrize(("names", "in_full"), [(100, True), (101, False)])
def test_the_warnings_of_a_hundred_names_are_said_in_full(
    world: World, names: int, in_full: bool
) -> None:
    """A hundred names are warned of in words, a hundred and one in short."""
    world.describe()
    results = json.loads(enter(world, *([NAME] * names)).receipt)["results"]
    assert in_full == all("warnings" in result for result in results)
    assert in_full != all("warned" in result for result in results)


# -- days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starting_day", "late"),
    [("2026-11-21", True), ("2026-11-22", False), ("2026-11-23", False), ("2024-08-18", False)],
)
def test_a_name_is_due_on_its_starting_day(world: World, starting_day: str, late: bool) -> None:
    """Regulation 8(1): entered a day late it is entered all the same, with a warning."""
    world.describe()
    expected = [("entered-after-starting-day", "starting_day")] if late else []
    assert expected == warnings(enter(world, WHOLE | {"starting_day": starting_day}))


def test_the_day_of_entry_is_london_s(world: World) -> None:
    """At half past eleven in the evening UTC of a summer day it is tomorrow in London."""
    world.clock.now = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    world.describe()
    assert [("entered-after-starting-day", "starting_day")] == warnings(
        enter(world, WHOLE | {"starting_day": "2026-06-30"})
    )
    assert [] == warnings(enter(world, WHOLE | {"starting_day": "2026-07-01"}))


def test_ac_033_an_agreed_no_show_is_on_the_roll(world: World) -> None:
    """AC-033: on the roll from the agreed day, absences accrue though the pupil never appeared."""
    world.clock.now = datetime(2026, 10, 28, 12, tzinfo=UTC)
    world.describe()
    world.set_year()
    agreed = WHOLE | {"pupil": pupil(0), "starting_day": "2026-11-02"}
    assert [] == warnings(enter(world, agreed))
    world.clock.now = datetime(2026, 11, 2, 9, 10, tzinfo=UTC)
    assert 422 == world.take({0: "N"}, day="2026-10-23").result().status
    assert 201 == world.take({0: "N"}, day="2026-11-02").result().status


@pytest.mark.parametrize("basis", ["agreed", "notified", "first_attended"])
def test_a_starting_day_has_its_basis(world: World, basis: str) -> None:
    """Agreed, notified to a school under a duty to admit, or first attended (regulation 3)."""
    world.describe()
    assert [] == warnings(enter(world, WHOLE | {"starting_day_is": basis}))
    with pytest.raises(ValidationError):
        NameToEnter.model_validate(WHOLE | {"starting_day_is": "guessed"})


@pytest.mark.parametrize("field", ["date_of_birth", "starting_day"])
@pytest.mark.parametrize(
    "written", ["20120514", "2012-5-14", "2012-05-14T00:00:00", "1336953600", "2012-W20-1", ""]
)
def test_a_date_is_written_as_one(field: str, written: str) -> None:
    """Digits that pass for a number of seconds, times and week dates are no dates."""
    with pytest.raises(ValidationError):
        NameToEnter.model_validate(NAME | {field: written})


def test_nobody_is_born_after_the_starting_day(world: World) -> None:
    """Born on the starting day is strange and possible, a day later is neither."""
    world.describe()
    assert 201 == enter(world, NAME | {"date_of_birth": "2026-11-23"}).status
    answer = enter(world, NAME | {"date_of_birth": "2026-11-24"})
    problem = answer.refused[0][1].problems[0]
    assert ("born-after-starting-day", "date_of_birth") == (problem.code, problem.path)


# -- an amended starting day ---------------------------------------------------------------------


def on_roll(world: World, number: int, *days: str) -> list[bool]:
    """Whether a planned mark is taken on these days."""
    planned = {"code": "B", "detail": "College"}
    taken = [world.take({number: planned}, day=day, dry_run=True).result() for day in days]
    return [answer.status == 201 for answer in taken]


def test_a_starting_day_is_put_right(world: World) -> None:
    """Amended to an earlier or a later day, the name is in the register from that day."""
    world.describe()
    world.set_year()
    enter(world, NAME | {"pupil": pupil(0), "starting_day": "2026-11-24"})
    days = ("2026-11-23", "2026-11-24", "2026-11-25")
    assert [False, True, True] == on_roll(world, 0, *days)
    assert 201 == amend(world, 0, starting_day="2026-11-23").status
    assert [True, True, True] == on_roll(world, 0, *days)
    assert 201 == amend(world, 0, starting_day="2026-11-25").status
    assert [False, False, True] == on_roll(world, 0, *days)


@pytest.mark.parametrize(
    ("starting_day", "status", "code"),
    [
        ("2026-09-30", 201, ""),
        ("2026-10-01", 201, ""),
        ("2026-10-02", 422, "marks-before-starting-day"),
        ("2012-05-13", 422, "born-after-starting-day"),
        ("0001-01-01", 422, "born-after-starting-day"),
        ("9999-12-31", 422, "marks-before-starting-day"),
    ],
)
def test_marks_stand_on_days_on_the_roll(
    world: World, starting_day: str, status: int, code: str
) -> None:
    """No starting day is amended past a mark that stands, nor to before the birth."""
    world.opened()
    result(world.take({0: "/"}, day="2026-10-01"))
    answer = amend(world, 0, starting_day=starting_day)
    assert status == answer.status
    if code:
        problem = answer.refused[0][1].problems[0]
        assert (code, "changes.starting_day") == (problem.code, problem.path)


def test_a_date_of_birth_is_not_amended_past_the_starting_day(world: World) -> None:
    """The date of birth is held against the starting day when it is amended, too."""
    world.opened()
    answer = amend(world, 0, date_of_birth="2026-09-03")
    problem = answer.refused[0][1].problems[0]
    assert ("born-after-starting-day", "changes.date_of_birth") == (problem.code, problem.path)
    assert 201 == amend(world, 0, date_of_birth="2011-09-03").status
    with_facts = world.ledger.events.get(f"admission-register/{world.urn}/{pupil(0)}")
    assert date(2026, 11, 22) == list(with_facts)[-1].in_force_from
