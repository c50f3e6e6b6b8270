"""Regulation 11(1): only a person authorised by the proprietor gives leave."""

from typing import Any

import pytest

from ledger.leave_of_absence.leave import stream
from ledger.leave_of_absence.leave_authority import SetLeaveAuthority
from ledger.requests import Answer
from tests.ledger.world import HEAD, World, pupil, request, result
from tests.spec.leave_world import BOUND, NOT_BOUND, asked, given, opened, refused, warned

DEPUTY = {"name": "E Deputy", "position": "Deputy headteacher"}
OFFICE = {"name": "B Office", "position": "Data manager"}
NOT_ONE = {"leave-not-by-authorised-person": "by"}


def _authorise(world: World, *persons: dict[str, Any], since: str = "2026-09-01") -> dict[str, Any]:
    command = SetLeaveAuthority.model_validate(
        {"persons": list(persons), "in_force_from": since, "by": HEAD}
    )
    return result(world.ledger.set_leave_authority(world.urn, command, request()))


def _giving(world: World, by: dict[str, str], **changes: Any) -> Answer:
    return world.decide_leave(asked(world), "given", by=by, **changes).result()


@pytest.mark.parametrize("type_", BOUND)
def test_nobody_else_gives_leave(world: World, type_: str) -> None:
    """Where regulation 11 binds, leave given by another is refused; the authorised one gives it."""
    opened(world, type_)
    _authorise(world, HEAD, {"position": "Deputy headteacher"})
    assert NOT_ONE == refused(_giving(world, OFFICE))
    assert [201, 201] == [_giving(world, by).status for by in (HEAD, DEPUTY)]


def test_who_decides_counts_and_not_who_enters(world: World) -> None:
    """Leave that an authorised person gave may be entered by the office; the field named is checked."""
    opened(world)
    _authorise(world, HEAD)
    assert 201 == _giving(world, OFFICE, decided_by=HEAD).status
    assert {"leave-not-by-authorised-person": "decided_by"} == refused(
        _giving(world, HEAD, decided_by=OFFICE)
    )


@pytest.mark.parametrize("decision", ["given", "refused", "withdrawn"])
def test_who_decided_is_kept(world: World, decision: str) -> None:
    """The event names the person where it is not the one who enters it, whatever was decided."""
    opened(world)
    first, second = asked(world), asked(world)
    result(world.decide_leave(first, decision, by=OFFICE, decided_by=HEAD))
    result(world.decide_leave(second, decision, by=HEAD))
    places = [stream(world.urn, pupil(0), leave) for leave in (first, second)]
    assert [HEAD, None] == [list(world.ledger.events.get(at))[-1].decided_by for at in places]


@pytest.mark.parametrize("type_", NOT_BOUND)
def test_elsewhere_it_is_recorded_with_a_warning(world: World, type_: str) -> None:
    """Academies and independent schools are expected to follow it."""
    opened(world, type_)
    _authorise(world, HEAD)
    assert NOT_ONE == warned(given(world, asked(world), by=OFFICE))
    assert {} == warned(given(world, asked(world)))


def test_without_a_list_nothing_is_said(world: World) -> None:
    """A school that has recorded nobody is asked for nobody."""
    opened(world)
    assert {} == warned(given(world, asked(world), by=OFFICE))


@pytest.mark.parametrize(
    ("by", "status"),
    [
        ({"name": "A Head", "position": "Headteacher"}, 201),
        ({"name": "a  HEAD", "position": "headteacher "}, 201),
        ({"name": "A Head", "position": "Form tutor"}, 422),
        ({"name": "Z Head", "position": "Headteacher"}, 422),
        ({"name": "Whoever", "position": "Deputy headteacher"}, 201),
    ],
)
def test_name_and_position_are_both_meant(world: World, by: dict[str, str], status: int) -> None:
    """A named person holds the position named; without a name, whoever holds it.  Case is no matter."""
    opened(world)
    _authorise(world, HEAD, {"position": "Deputy headteacher"})
    assert status == _giving(world, by).status


@pytest.mark.parametrize(
    ("decided_on", "head", "deputy"),
    [
        ("2026-11-08", 201, 201),
        ("2026-11-09", 201, 422),
        ("2026-11-15", 201, 422),
        ("2026-11-16", 422, 201),
    ],
)
def test_the_list_in_force_on_the_day_of_the_decision_counts(
    world: World, decided_on: str, head: int, deputy: int
) -> None:
    """No list before 9 November, the head's for a week, the deputy's from the 16th on."""
    opened(world)
    _authorise(world, HEAD, since="2026-11-09")
    _authorise(world, DEPUTY, since="2026-11-16")
    answers = [_giving(world, by, decided_on=decided_on).status for by in (HEAD, DEPUTY)]
    assert [head, deputy] == answers


def test_of_two_lists_from_one_day_the_later_recorded_stands(world: World) -> None:
    """A list recorded again for the same day corrects the first."""
    opened(world)
    _authorise(world, DEPUTY)
    _authorise(world, HEAD)
    assert [201, 422] == [_giving(world, by).status for by in (HEAD, DEPUTY)]


def test_the_same_list_again_is_unchanged(world: World) -> None:
    """Sent twice it is recorded once; an older day's list is another list."""
    opened(world)
    statuses = [
        _authorise(world, HEAD, since=since)["results"][0]["status"]
        for since in ("2026-09-01", "2026-09-01", "2025-09-01", "2026-09-01")
    ]
    assert ["recorded", "unchanged", "recorded", "unchanged"] == statuses


@pytest.mark.parametrize("decision", ["refused", "withdrawn"])
def test_only_giving_needs_authority(world: World, decision: str) -> None:
    """The regulation is about giving leave; refusals and withdrawals are anybody's to record."""
    opened(world)
    _authorise(world, HEAD)
    result(world.decide_leave(asked(world), decision, by=OFFICE))


def test_before_19_august_2024_it_bound_too(world: World) -> None:
    """SI 2006/1751 reg 7(1), (5): leave of June 2024 is given by the authorised alone."""
    opened(world)
    _authorise(world, HEAD, since="2024-01-01")
    june = {"from": "2024-06-10", "to": "2024-06-11", "asked_on": "2024-06-03"}
    answer = world.decide_leave(
        asked(world, **june), "given", by=OFFICE, decided_on="2024-06-04"
    ).result()
    assert NOT_ONE == refused(answer)
