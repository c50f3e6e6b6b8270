"""Regulation 11: leave of absence asked, given, refused and withdrawn, all of it kept."""

import pytest

from ledger.requests import Answer
from tests.ledger.world import World, pupil, result


def _asked(world: World) -> str:
    return str(result(world.ask_leave(0))["results"][0]["id"])


def _refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.refused[0][1].problems[0].code


@pytest.mark.parametrize(
    ("decision", "topic"),
    [("given", "leave-given"), ("refused", "leave-refused"), ("withdrawn", "leave-withdrawn")],
)
def test_each_outcome_is_an_event(world: World, decision: str, topic: str) -> None:
    """Refused and withdrawn requests are kept like those that were given."""
    world.opened()
    leave = _asked(world)
    result(world.decide_leave(leave, decision))
    events = world.ledger.events.get(f"leave-of-absence/{world.urn}/{pupil(0)}/{leave}")
    assert ["leave-asked", topic] == [event.topic for event in events]


def test_leave_may_be_given_for_less_than_was_asked(world: World) -> None:
    """Its length is for the school."""
    world.opened()
    leave = _asked(world)
    result(world.decide_leave(leave, "given", **{"from": "2026-12-01", "to": "2026-12-02"}))
    *_, given = world.ledger.events.get(f"leave-of-absence/{world.urn}/{pupil(0)}/{leave}")
    assert ("2026-12-01", "2026-12-02") == (given.first.isoformat(), given.last.isoformat())


def test_but_not_for_more(world: World) -> None:
    """What nobody asked for cannot be given on this request."""
    world.opened()
    answer = world.decide_leave(_asked(world), "given", to="2026-12-11").result()
    assert (422, "given-for-more-than-asked") == _refusal(answer)


@pytest.mark.parametrize("first", ["given", "refused"])
def test_a_request_is_decided_once(world: World, first: str) -> None:
    """A second decision is refused and told what stands."""
    world.opened()
    leave = _asked(world)
    result(world.decide_leave(leave, first))
    answer = world.decide_leave(leave, "refused" if first == "given" else "given").result()
    assert (409, "leave-already-decided") == _refusal(answer)
    assert {"standing": first} == answer.refused[0][1].shows


def test_leave_that_was_given_may_be_withdrawn(world: World) -> None:
    """Given, then withdrawn: both stay in the record."""
    world.opened()
    leave = _asked(world)
    result(world.decide_leave(leave, "given"))
    result(world.decide_leave(leave, "withdrawn"))
    answer = world.decide_leave(leave, "withdrawn").result()
    assert (409, "leave-already-decided") == _refusal(answer)


def test_only_registered_pupils_are_given_leave(world: World) -> None:
    """Leave is of a pupil whose name is in the admission register."""
    world.opened()
    assert (422, "pupil-not-on-roll") == _refusal(world.ask_leave(99).result())


def test_an_unknown_request_is_not_found(world: World) -> None:
    """A decision needs a request to decide."""
    world.opened()
    answer = world.decide_leave("0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01", "given").result()
    assert (404, "leave-not-found") == _refusal(answer)
