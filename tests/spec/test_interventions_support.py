"""Notices to improve, attendance contracts, and decisions to consider, as recorded events."""

import json
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from ledger.intervention.interventions import Kind, stream
from ledger.store.database import Database
from ledger.store.vault import scope_of
from tests.ledger.world import World, pupil, result
from tests.spec.interventions_world import (
    WEEK,
    absent,
    consider,
    contract,
    end_contract,
    end_improvement,
    improve,
    notice,
    outcome,
    refused,
    shown,
    until,
    warned,
)


@pytest.fixture
def school(world: World) -> World:
    """A school with its roll, at the end of 2026."""
    world.opened()
    until(world, 2026)
    return world


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("2026-11-21", [("improvement-period-too-short", "to")]),
        ("2026-11-22", []),
        ("2026-12-13", []),
        ("2026-12-14", [("improvement-period-too-long", "to")]),
    ],
)
def test_an_improvement_period_is_of_three_to_six_weeks(
    school: World, last: str, expected: list[tuple[str, str]]
) -> None:
    """From Monday 2 November: 21 days and 42 are within guidance, 20 and 43 are warned of."""
    assert expected == warned(improve(school, "2026-11-02", last))


def test_before_guidance_named_a_period_none_is_warned_of(school: World) -> None:
    """A notice to improve of the day before 19 August 2024 may be of any length."""
    assert [] == warned(improve(school, "2024-08-18", "2024-08-19"))
    assert [("improvement-period-too-short", "to")] == warned(
        improve(school, "2024-08-19", "2024-08-20")
    )


@pytest.mark.parametrize("became", ["sufficient", "insufficient", "ended_early"])
def test_a_notice_to_improve_ends_once(school: World, became: str) -> None:
    """Sufficient, insufficient or ended early: the second outcome is refused, told what stands."""
    notice_id = shown(improve(school, "2026-11-02", "2026-12-04"))["id"]
    result(end_improvement(school, notice_id, became, "2026-12-01"))
    answer = end_improvement(school, notice_id, "sufficient", "2026-12-02").result(30)
    ((_, refusal),) = answer.refused
    assert (409, {"standing": became}) == (answer.status, refusal.shows)
    stream = f"notice-to-improve/{school.urn}/{pupil(0)}/{notice_id}"
    topics = [event.topic for event in school.ledger.events.get(stream)]
    assert ["notice-to-improve-given", "notice-to-improve-ended"] == topics


def test_a_contract_needs_no_end_and_ends_once(school: World) -> None:
    """Made for as long as it takes, then ended on a day."""
    contract_id = shown(contract(school, "2026-09-21"))["id"]
    answer = end_contract(school, contract_id, "2026-09-20")
    assert (422, [("outcome-before-beginning", "on")]) == refused(answer)
    answer = end_contract(school, contract_id, "2027-01-01")
    assert (422, [("dated-ahead", "on")]) == refused(answer)
    result(end_contract(school, contract_id, "2026-09-21"))
    assert 409 == end_contract(school, contract_id, "2026-11-13").result(30).status


def test_each_kind_has_outcomes_of_its_own(school: World) -> None:
    """The id of one kind is not found as another."""
    improvement_id = shown(improve(school, "2026-11-02", "2026-12-04"))["id"]
    contract_id = shown(contract(school, "2026-09-21"))["id"]
    considered_id = shown(consider(school, "2026-10-19", "no_action"))["id"]
    missing = (404, [("intervention-not-found", "id")])
    assert missing == refused(end_contract(school, improvement_id, "2026-11-13"))
    assert missing == refused(end_improvement(school, contract_id, "sufficient", "2026-11-13"))
    assert missing == refused(outcome(school, improvement_id, "paid", "2026-11-13"))
    assert missing == refused(end_contract(school, considered_id, "2026-11-13"))


def test_spans_run_forwards(school: World) -> None:
    """A period, a contract and a window never end before they begin."""
    with pytest.raises(ValidationError):
        improve(school, "2026-11-02", "2026-11-01")
    with pytest.raises(ValidationError):
        contract(school, "2026-11-02", to="2026-11-01")
    window = {"from": "2026-11-02", "to": "2026-11-01"}
    with pytest.raises(ValidationError):
        consider(school, "2026-11-02", "no_action", window=window)


@pytest.mark.parametrize(
    "intervene",
    [
        lambda world, **who: improve(world, "2026-11-02", "2026-12-04", **who),
        lambda world, **who: contract(world, "2026-11-02", **who),
        lambda world, **who: consider(world, "2026-11-02", "no_action", **who),
    ],
)
def test_only_pupils_of_the_school(school: World, intervene: Any) -> None:
    """Each is about a pupil whose name is, or was, in the school's admission register."""
    expected = (422, [("pupil-not-on-roll", "pupil")])
    assert expected == refused(intervene(school, pupil=pupil(99)))


def test_a_decision_to_consider_starts_nothing(school: World) -> None:
    """Even the decision for a penalty notice records itself alone."""
    receipt = result(consider(school, "2026-10-19", "penalty_notice"))
    assert receipt["last"] == receipt["first"] + 1
    assert (422, [("dated-ahead", "considered_on")]) == refused(
        consider(school, "2027-01-01", "no_action")
    )


def test_ac_022_a_decision_stays_when_the_marks_change(school: World) -> None:
    """AC-022, AC-007: considered on ten sessions; when one becomes an I, the decision still stands."""
    absent(school, WEEK, "N")
    sessions = [{"date": d, "session": s, "code": "N"} for d in WEEK for s in ("AM", "PM")]
    window = {"from": "2026-10-12", "to": "2026-10-18", "count": 10, "sessions": sessions}
    considered_id = shown(consider(school, "2026-10-19", "support_first", window=window))["id"]
    result(school.amend(0, "N", "I", WEEK[0], "AM"))
    stream = f"penalty-consideration/{school.urn}/{pupil(0)}/{considered_id}"
    (kept,) = school.ledger.events.get(stream)
    assert ("support_first", window) == (kept.decision, kept.window)
    assert [("threshold-not-met", "issued_on")] == warned(notice(school, "2026-11-03"))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_what_is_sealed_is_under_the_pupils_key(kind: Kind) -> None:
    """With the pupil's particulars at the school it is erased, whichever intervention it is of."""
    place = stream(kind, "137172", pupil(0), pupil(1))
    assert f"137172/{pupil(0)}" == scope_of(place)


def test_names_terms_and_reasons_are_sealed(school: World, database: Database) -> None:
    """What is personal is stored as ciphertext under the pupil's key; ids, days and kinds are not."""
    contract_id = shown(contract(school, "2026-09-21", terms="Canary"))["id"]
    notice_id = shown(notice(school, "2026-11-03", offence="Canary"))["id"]
    result(outcome(school, notice_id, "withdrawn", "2026-11-04", reason="Canary"))
    result(consider(school, "2026-10-19", "other", reason="Canary"))
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT topic, state FROM record WHERE school = %s AND stream NOT LIKE 'school/%%' "
            "AND stream NOT LIKE 'admission-register/%%'",
            (int(school.urn),),
        ).fetchall()
    stored = {topic: json.loads(bytes(state)) for topic, state in rows}
    assert 4 == len(stored)
    assert "Canary" not in str(stored)
    assert "Ngozi" not in str(stored)
    assert {"sealed"} == set(stored["attendance-contract-made"]["terms"])
    assert "2026-09-21" == stored["attendance-contract-made"]["first"]
    assert contract_id != notice_id
