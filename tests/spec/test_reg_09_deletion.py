"""Regulation 9: a name is deleted on a listed ground, with its evidence, and never dated back."""

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from ledger.admissions import deletion, grounds
from ledger.law.statute import entries
from tests.ledger.world import World, pupil
from tests.spec.deletions import MET, ask, delete, refusal, warned


def test_a_request_can_answer_every_condition() -> None:
    """Each condition that the school answers, commenced or not, is a field of its ground's evidence."""
    (kinds, *_) = get_args(grounds.Deletion)
    asked = {kind.model_fields["evidence"].annotation for kind in kinds.__args__}
    fields = {f"{kind.letter}.{name}" for kind in asked for name in kind.model_fields}
    listed = [entry for entry in entries() if entry.table == "deletion_grounds"]
    by_school = {e.name for e in listed if e.value.get("shown_by") == "evidence"}
    assert len(by_school) > 25
    assert set() == by_school - fields
    assert {f"{kind.letter}.note" for kind in asked} | {"K.died_on"} == fields - by_school


def test_the_ledger_can_answer_every_condition_that_is_its_own() -> None:
    """Each condition that the registers show has its rule, and each rule its condition."""
    listed = [entry for entry in entries() if entry.value.get("shown_by") == "registers"]
    names = {entry.name.partition(".")[2] for entry in listed}
    assert deletion.SHOWN_BY_REGISTERS.keys() == names


def test_the_words_of_the_law_describe_what_is_asked() -> None:
    """The schema of the evidence describes each field with the words of the law's table."""
    schema = TypeAdapter(grounds.Deletion).json_schema()
    described = schema["$defs"]["EducatedOtherwise"]["properties"]
    assert "word of mouth is not enough" in described["written_notice_on"]["description"]
    for kind in (name for name in schema["$defs"] if not name.startswith(("DeletionOn", "By"))):
        for shown in schema["$defs"][kind]["properties"].values():
            assert len(shown["description"]) > 10


@pytest.mark.parametrize("ground", sorted(MET.keys() - {"H", "I", "L"}))
def test_a_ground_whose_conditions_hold(world: World, ground: str) -> None:
    """The name is deleted; the event keeps ground, day and (sealed) evidence."""
    world.opened()
    assert delete(world, ground, MET[ground]).status == 201
    *_, deleted = world.ledger.events.get(f"admission-register/{world.urn}/{pupil(0)}")
    assert ground == deleted.ground


@pytest.mark.parametrize(
    ("ground", "field", "answer"),
    [
        ("A", "school_attendance_order", True),
        ("A", "mobile_child_at_main_school", True),
        ("A", "dual_registration_agreed", True),
        ("B", "no_grounds_to_believe_will_attend", False),
        ("C", "other_schools_consent", False),
        ("C", "no_grounds_to_believe_will_attend", False),
        ("C", "school_attendance_order", True),
        ("C", "mobile_child_at_main_school", True),
        ("D", "order_amended_on", "2026-11-23"),
        ("E", "order_revoked_on", "2026-11-23"),
        ("F", "school_attendance_order", True),
        ("F", "written_notice_on", "2026-11-23"),
        ("F", "educated_otherwise_after", "2026-11-22"),
        ("F", "local_authority_consent", False),
        ("F", "placed_by_local_authority_in_special_school", True),
        ("J", "sentence_of_detention", False),
        ("J", "not_expected_back", False),
        ("N", "ceased_on", "2026-11-23"),
        ("O", "process_exhausted", False),
    ],
)
def test_a_ground_whose_conditions_do_not_hold(
    world: World, ground: str, field: str, answer: Any
) -> None:
    """Deleted if, and only if, the ground arises; the refusal names the condition and its reference."""
    world.opened()
    answered = delete(world, ground, MET[ground] | {field: answer})
    assert (422, "condition-not-met") == (answered.status, refusal(answered)[0])
    (problem,) = answered.refused[0][1].problems
    wanted = "local_authority_consent" if field.startswith("placed") else field
    assert f"evidence.{wanted}" == problem.path
    assert f"reg 9(1)({ground.lower()})" in problem.reference


def test_ac_032_a_spoken_notice_is_none() -> None:
    """AC-032: ground F cannot be asked for without the date of a written notice."""
    with pytest.raises(ValidationError, match="written_notice_on"):
        ask(
            "F",
            {"educated_otherwise_after": "2026-11-20", "school_attendance_order": False},
            "2026-11-22",
        )


def test_the_day_of_the_notice_must_have_passed(world: World) -> None:
    """Education otherwise after a day: on that day itself the ground has not arisen."""
    world.opened()
    notice = MET["F"] | {"educated_otherwise_after": "2026-11-23"}
    assert ("condition-not-met", "evidence.educated_otherwise_after") == refusal(
        delete(world, "F", notice, day="2026-11-23")
    )
    assert delete(world, "F", notice, day="2026-11-24").status == 201


@pytest.mark.parametrize(
    "stated",
    [
        {"placed_by_local_authority_in_special_school": False, "local_authority_consent": False},
        {"placed_by_local_authority_in_special_school": True, "local_authority_consent": True},
        {"placed_by_local_authority_for_special_educational_needs": True, "child_protection": True},
    ],
)
def test_consent_is_asked_of_those_who_need_it(world: World, stated: dict[str, bool]) -> None:
    """Today consent is a condition for pupils placed in a special school alone; the Act's is not yet."""
    world.opened()
    assert delete(world, "F", MET["F"] | stated).status == 201


@pytest.mark.parametrize(
    ("boarder", "ground", "status"),
    [(True, "M", 201), (False, "M", 422), (True, "G", 422), (False, "G", 201)],
)
def test_grounds_for_boarders_and_for_others(
    world: World, boarder: bool, ground: str, status: int
) -> None:
    """Unpaid boarding fees are a boarder's ground, moving away is not."""
    world.opened()
    world.enter_names(9, boarder=boarder)
    evidence = {"M": {"fees_unpaid_at_end_of_term": "2026-10-23"}, "G": MET["G"]}[ground]
    answer = delete(world, ground, evidence, number=9)
    assert status == answer.status
    if status == 422:
        assert ("condition-not-met", "ground") == refusal(answer)


def test_a_deletion_is_never_dated_back(world: World) -> None:
    """Yesterday is refused; today and a later day are not, and marks go on until then."""
    world.opened()
    assert ("deletion-dated-back", "day") == refusal(delete(world, "A", MET["A"], day="2026-11-21"))
    assert delete(world, "A", MET["A"], day="2026-11-25").status == 201
    planned = {"code": "B", "detail": "College"}
    assert world.take({0: planned}, day="2026-11-24").result().status == 201
    assert world.take({0: planned}, day="2026-11-25").result().status == 422


def test_a_name_is_not_deleted_before_it_starts(world: World) -> None:
    """A pupil who is to start later can be deleted from the starting day on, and not before."""
    world.opened()
    world.enter_names(7, starting_day="2027-01-04")
    assert ("deletion-before-starting-day", "day") == refusal(
        delete(world, "A", MET["A"], number=7)
    )
    assert delete(world, "A", MET["A"], day="2027-01-04", number=7).status == 201


def test_a_name_is_deleted_once(world: World) -> None:
    """A name that was deleted stays deleted; the pupil may be entered again from that day."""
    world.opened()
    assert delete(world, "A", MET["A"], day="2026-11-25").status == 201
    assert ("already-deleted", "pupil") == refusal(delete(world, "A", MET["A"], day="2026-11-25"))
    receipt = world.enter_names(0, starting_day="2026-12-01")
    assert "recorded" == receipt["results"][0]["status"]
    planned = {"code": "B", "detail": "College"}
    assert world.take({0: planned}, day="2026-11-30").result().status == 422
    assert world.take({0: planned}, day="2026-12-01").result().status == 201


def test_a_name_that_is_not_there_cannot_be_deleted(world: World) -> None:
    """The register holds no such name."""
    world.opened()
    answer = delete(world, "A", MET["A"], number=88)
    assert (404, "name-not-found") == (answer.status, refusal(answer)[0])


@pytest.mark.parametrize(
    ("school_type", "ground", "warnings"),
    [
        ("maintained", "N", ["deletion-ground-not-for-this-school"]),
        ("academy", "N", ["deletion-ground-not-for-this-school"]),
        ("independent", "N", []),
        ("special", "N", []),
        ("independent", "M", ["deletion-ground-not-for-this-school"]),
        ("academy", "M", []),
    ],
)
def test_grounds_for_some_schools(
    world: World, school_type: str, ground: str, warnings: list[str]
) -> None:
    """Which schools M and N are for is secondary: a warning says so, and the name is deleted."""
    world.describe(type=school_type)
    world.set_year()
    world.enter_names(0, boarder=ground == "M")
    evidence = MET.get(ground, {"fees_unpaid_at_end_of_term": "2026-10-23"})
    assert warnings == warned(delete(world, ground, evidence))
