"""Regulation 10(3) and (11): where the pupil was, and who supervised."""

from typing import Any

import pytest

from ledger.registers.place_rules import HOME_PHRASES, ONLINE_PHRASES
from tests.ledger.world import World, pupil, result
from tests.spec.marking import fields_of, line, outcome

RECORDED = ("recorded", [])
NOT_THERE = ("refused", ["not-physically-at-approved-place"])


def _activity(
    code: str, detail: str = "Forest school at Brook Farm", **more: Any
) -> dict[str, Any]:
    return {"code": code, "detail": detail, **more}


@pytest.mark.parametrize("code", ["/", "L", "B", "P", "W", "V"])
def test_ac_016_at_home_is_absence(world: World, code: str) -> None:
    """AC-016: a pupil at home neither attends nor is at an approved activity, online or not."""
    world.opened()
    at_home = world.take({0: _activity(code, place="home")})
    assert NOT_THERE == outcome(at_home)
    assert ["place"] == fields_of(at_home)
    assert RECORDED == outcome(world.take({0: _activity(code, place="approved_place")}))


def test_ac_016_in_the_afternoon(world: World) -> None:
    r"""AC-016: nor is `\` for a pupil at home."""
    world.opened()
    assert NOT_THERE == outcome(world.take({0: _activity("\\", place="home")}, session="PM"))


@pytest.mark.parametrize("code", ["I", "C", "O", "Y7", "K"])
def test_an_absence_may_be_at_home(world: World, code: str) -> None:
    """An absent pupil may well be at home; whether home tuition can be K is not confirmed."""
    world.opened()
    assert "recorded" == outcome(world.take({0: _activity(code, place="home")}))[0]


@pytest.mark.parametrize("phrase", [*ONLINE_PHRASES, *HOME_PHRASES])
def test_a_detail_that_speaks_of_learning_online_or_at_home(world: World, phrase: str) -> None:
    """B whose detail says so is refused, unless the pupil is said to have been at an approved place."""
    world.opened()
    said = world.take({0: _activity("B", f"Lessons, {phrase.upper()}, with a tutor")})
    assert NOT_THERE == outcome(said)
    assert ["detail"] == fields_of(said)
    there = _activity("B", f"Lessons, {phrase}, with a tutor", place="approved_place")
    assert RECORDED == outcome(world.take({0: there}))


@pytest.mark.parametrize(
    "detail",
    [
        "Accredited online school",
        "Online",
        "Maths (online)",
        "Learning from home with a laptop",
        "Working remotely.",
    ],
)
def test_words_are_found_wherever_they_stand(world: World, detail: str) -> None:
    """At the ends, in brackets, beside punctuation."""
    world.opened()
    assert NOT_THERE == outcome(world.take({0: _activity("B", detail)}))


@pytest.mark.parametrize(
    "detail",
    [
        "Taster day at North Warwickshire College",
        "Offline navigation with the Ordnance Survey",
        "Cricket at Homefield Park",
        "Remote-controlled boats at the reservoir",
        "Home Farm, lambing",
        "Internet-safety day at the police station",
    ],
)
def test_other_words_are_not_taken_for_them(world: World, detail: str) -> None:
    """Whole words alone count."""
    world.opened()
    assert RECORDED == outcome(world.take({0: _activity("B", detail)}))


def test_provision_of_the_authority_is_not_online_either(world: World) -> None:
    """K is refused for learning online; tuition in person at home is not judged (AC-017)."""
    world.opened()
    assert NOT_THERE == outcome(world.take({0: _activity("K", "Online school, by the authority")}))
    tutor = "Tutor in person, at home, arranged under section 19"
    assert RECORDED == outcome(world.take({0: _activity("K", tutor)}))


def test_the_detail_of_an_absence_is_its_own(world: World) -> None:
    """An absence may say that the pupil learns online."""
    world.opened()
    assert RECORDED == outcome(world.take({0: _activity("I", "Learns online while unwell")}))


@pytest.mark.parametrize("code", ["B", "P", "W"])
def test_an_activity_is_supervised(world: World, code: str) -> None:
    """By anybody the school considers suitable, but by somebody."""
    world.opened()
    alone = world.take({0: _activity(code, supervision="none")})
    assert ("refused", ["activity-not-supervised"]) == outcome(alone)
    assert ["supervision"] == fields_of(alone)
    assert RECORDED == outcome(world.take({0: _activity(code, supervision="other_adult")}))


def test_a_trip_is_supervised_by_school_staff(world: World) -> None:
    """Led by others it is P, W or B, or an absence (Table 2)."""
    world.opened()
    for supervision in ("other_adult", "none"):
        led = world.take({0: {"code": "V", "supervision": supervision}})
        assert ("refused", ["trip-not-supervised-by-school-staff"]) == outcome(led)
        assert ["supervision"] == fields_of(led)
    assert RECORDED == outcome(world.take({0: {"code": "V", "supervision": "school_staff"}}))
    assert RECORDED == outcome(world.take({1: "V"}))


def test_both_are_said(world: World) -> None:
    """Every rule that is broken is named."""
    world.opened()
    both = _activity("B", place="home", supervision="none")
    assert (
        "refused",
        ["not-physically-at-approved-place", "activity-not-supervised"],
    ) == outcome(world.take({0: both}))


def test_every_type_of_school_is_bound(world: World) -> None:
    """Regulation 10 binds academies as well."""
    world.opened()
    world.describe(type="academy", in_force_from="2026-09-01")
    assert NOT_THERE == outcome(world.take({0: _activity("B", place="home")}))


def test_an_amendment_is_judged_alike(world: World) -> None:
    """Nobody becomes present at home afterwards."""
    world.opened()
    result(world.take({0: "N"}))
    lines = [line(0, "2026-10-01", "/", **{"from": "N", "reason": "Logged in", "place": "home"})]
    assert (
        "recorded",
        ["not-physically-at-approved-place"],
    ) == outcome(world.import_lines(lines))


def test_place_and_supervision_stay_with_the_entry(world: World) -> None:
    """They are kept as they were said, and left out where nothing was."""
    world.opened()
    said = _activity("B", place="approved_place", supervision="other_adult")
    result(world.take({0: said, 1: "/"}))
    (event,) = world.ledger.events.get(f"attendance-register/{world.urn}/{pupil(0)}/2026")
    assert ("approved_place", "other_adult") == (event.place, event.supervision)
    (bare,) = world.ledger.events.get(f"attendance-register/{world.urn}/{pupil(1)}/2026")
    assert bare.is_bare
    assert not event.is_bare


def test_no_rule_on_place_reaches_back(world: World) -> None:
    """To 18 August 2024 the broader code B is as it came."""
    world.describe(in_force_from="2023-09-01")
    for year, first, last in (
        (2023, "2023-09-04", "2024-07-31"),
        (2024, "2024-08-01", "2025-07-22"),
    ):
        world.set_year(year, terms=[{"name": "All", "from": first, "to": last}], closures=[])
    world.enter_names(0, starting_day="2023-09-04")
    online = _activity("B", "Online lessons", place="home")
    assert RECORDED == outcome(world.take({0: online}, day="2024-08-16"))
    assert NOT_THERE == outcome(world.take({0: online}, day="2024-08-19"))
