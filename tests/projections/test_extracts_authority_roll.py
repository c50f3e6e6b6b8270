"""Returns about the admission register: names entered within five days, and names deleted."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ledger.identifiers import check_letter
from ledger.schools.calendar import Span
from ledger.store.vault import scope_of
from projections import reference
from projections.roll import roll
from tests.projections.returns_world import head, made, send
from tests.projections.world import TODAY, NotTakenError, World

NEW = "la-new-pupil-return"
DELETED = "la-deletion-return"
TODAY_ALONE = Span(TODAY, TODAY)
WHOLE: dict[str, Any] = {
    "upn": "H801200001001",
    "uln": "1000000043",
    "address": "1 High Street, Coalville",
    "parents": [
        {
            "name": "Ngozi Okafor",
            "address": "1 High Street, Coalville",
            "lives_with": True,
            "emergency_phone": "01632 960001",
            "other_phones": ["01632 960002"],
        },
        {"name": "Obi Okafor", "address": "2 Mill Lane, Ashby"},
    ],
    "previous_school": "Sandfield Primary",
    "future_school": {"name": "Forest School", "from": "2026-01-05"},
    "move": {"parent": "Obi Okafor", "address": "2 Mill Lane, Ashby", "from": "2026-01-04"},
}


# --- New pupils -------------------------------------------------------------------------------------


def test_everything_the_register_holds_is_told(world: World) -> None:
    """Entered on Monday 24 November, due by the end of Saturday 29."""
    world.opened(pupils=0)
    world.enter(0, **{"starting_day": "2025-11-24"} | WHOLE)
    (row,) = made(world, NEW)
    assert (TODAY, date(2025, 11, 29), date(2025, 11, 24)) == (
        row["entered_on"],
        row["due_on"],
        row["starting_day"],
    )
    assert (WHOLE["upn"], WHOLE["uln"], "9", "single", False) == (
        row["upn"],
        row["uln"],
        row["year_group"],
        row["enrolment"],
        row["boarder"],
    )
    assert row["parents"] == (
        "Ngozi Okafor, 1 High Street, Coalville, lives with the pupil, 01632 960001, 01632 960002; "
        "Obi Okafor, 2 Mill Lane, Ashby"
    )
    assert ("Sandfield Primary", "Forest School, 2026-01-05") == (
        row["previous_school"],
        row["future_school"],
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, [0, 1]),
        ({"most_junior": "7"}, [1]),
        ({"most_junior": "8"}, [0, 1]),
        ({"most_junior": "7", "asked_on": date(2025, 11, 23)}, [0, 1]),
        ({"most_junior": "7", "asked_on": TODAY}, [1]),
    ],
)
def test_the_most_junior_class_is_left_out(
    world: World, options: dict[str, Any], told: list[int]
) -> None:
    """If it starts with the school year, unless the authority asked before the names were entered."""
    world.opened(pupils=0)
    world.enter(0, starting_day="2025-09-02", year_group="7")
    world.enter(1, starting_day="2025-09-03", year_group="7")
    found = [row["pupil"] for row in made(world, NEW, TODAY_ALONE, **options)]
    assert [world.pupil(number) for number in told] == found


def test_names_entered_on_other_days_are_not_told(world: World) -> None:
    """The days asked about are those of entering."""
    world.opened(pupils=1)
    assert [] == made(world, NEW, Span(date(2025, 9, 1), date(2025, 11, 23)))


def test_a_name_is_told_once_and_what_was_amended_since(world: World) -> None:
    """The particulars are named and not repeated; a name entered again is another episode."""
    world.opened(pupils=1, **WHOLE)
    send(world, NEW)
    assert [] == made(world, NEW)
    assert [("sent", None)] == [(r["status"], r["changes"]) for r in made(world, NEW, all=True)]
    sent_at = head(world)
    world.amend_name(0, since="2025-09-02", upn="R201100018042", surname="Eze")
    (row,) = made(world, NEW, all=True)
    assert ("changed", "surname, upn") == (
        row["status"],
        ", ".join(sorted(row["changes"].split(", "))),
    )
    assert ["sent"] == [r["status"] for r in made(world, NEW, all=True, position=sent_at)]
    world.delete(0)
    world.enter(0, starting_day="2025-11-24")
    assert [date(2025, 11, 24)] == [row["starting_day"] for row in made(world, NEW)]
    assert ["changed", "to-send"] == [r["status"] for r in made(world, NEW, all=True)]


def test_both_names_of_one_return_are_told_once(world: World) -> None:
    """Entered, deleted and entered again before the return was sent: it tells of both, and neither again."""
    world.opened(pupils=1)
    world.delete(0)
    world.enter(0, starting_day="2025-11-24")
    assert 2 == len(made(world, NEW))
    send(world, NEW)
    assert [] == made(world, NEW)
    # The starting day is put right: it is the same name still.
    world.amend_name(0, starting_day="2025-11-25")
    assert [] == made(world, NEW)
    assert ["changed", "changed"] == [row["status"] for row in made(world, NEW, all=True)]


def test_a_name_entered_after_a_return_is_none_of_its(world: World) -> None:
    """The starting day that was told has been put right: the return is of the name of its time, and no later one."""
    world.opened(pupils=1)
    send(world, NEW)
    world.amend_name(0, starting_day="2025-09-03")
    world.delete(0)
    world.enter(0, starting_day="2025-11-24")
    assert [date(2025, 11, 24)] == [row["starting_day"] for row in made(world, NEW)]
    assert ["changed", "to-send"] == [row["status"] for row in made(world, NEW, all=True)]


def test_a_name_entered_again_from_the_same_day_is_told_again(world: World) -> None:
    """Entered, told, deleted before its first day and entered again from that day: the second is told, once."""
    world.opened(pupils=0)
    world.enter(0, starting_day="2025-11-24")
    send(world, NEW)
    world.delete(0)
    world.enter(0, starting_day="2025-11-24")
    assert ["changed", "to-send"] == [row["status"] for row in made(world, NEW, all=True)]
    send(world, NEW)
    assert [] == made(world, NEW)
    assert ["changed", "sent"] == [row["status"] for row in made(world, NEW, all=True)]


def test_a_name_that_was_sent_again_is_told_with_the_latest_return(world: World) -> None:
    """Sent once more, with all that was sent before."""
    world.opened(pupils=1)
    send(world, NEW, sent_to="Rutland")
    send(world, NEW, sent_to="Leicestershire", options={"all"})
    assert ["Leicestershire"] == [row["sent_to"] for row in made(world, NEW, all=True)]


def test_a_former_number_is_kept(world: World) -> None:
    """What was put right from the first day on never was the pupil's number; what was replaced later was."""
    world.opened(pupils=2, **WHOLE)
    world.amend_name(0, since="2025-09-02", upn="R201100018042")
    world.amend_name(1, since="2025-10-01", upn="R201100018042")
    rows = {row["pupil"]: row for row in made(world, NEW)}
    assert (None, WHOLE["upn"]) == tuple(rows[world.pupil(n)]["former_upn"] for n in (0, 1))
    assert {"R201100018042"} == {row["upn"] for row in rows.values()}


def test_a_number_that_is_told_again_leaves_the_former_one(world: World) -> None:
    """Told once more from a later day, or on coming back, it is the same number still."""
    world.opened(pupils=2, **WHOLE)
    for number in (0, 1):
        world.amend_name(number, since="2025-10-01", upn="R201100018042")
    world.amend_name(0, since="2025-11-03", upn="R201100018042", surname="Eze")
    world.delete(1)
    world.enter(1, starting_day="2025-11-24", upn="R201100018042")
    assert {WHOLE["upn"]} == {row["former_upn"] for row in made(world, NEW)}


NUMBERS = tuple(check_letter(body) + body for body in (f"80120000100{n}" for n in range(3)))
DAYS = ("2025-09-01", "2025-09-02", "2025-10-01", "2025-11-03", "2025-11-24", "2026-01-05")
numbers = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from((*NUMBERS, None)) for name in ("upn", "former_upn")}
)
acts = st.one_of(
    st.tuples(st.just("amend"), st.sampled_from(DAYS), numbers.filter(bool)),
    st.tuples(st.just("amend"), st.none(), st.fixed_dictionaries({"starting_day": st.sampled_from(DAYS)})),
    st.tuples(st.just("leave"), st.sampled_from(DAYS[2:]), st.just({})),
    st.tuples(st.just("enter"), st.sampled_from(DAYS), numbers),
)  # fmt: skip


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=numbers, then=st.lists(acts, min_size=2, max_size=7))
def test_the_former_number_is_that_of_a_plain_fold(
    make_world: Callable[[], World], first: dict[str, Any], then: list[Any]
) -> None:
    """Whatever is entered, amended, deleted and entered again: on every day, and of every enrolment."""
    world = make_world()
    start = head(world)
    world.opened(pupils=1, **first)
    do = {
        "amend": lambda day, of: world.amend_name(0, since=day, **of),
        "leave": lambda day, _: world.delete(0, date.fromisoformat(day)),
        "enter": lambda day, of: world.enter(0, starting_day=day, **of),
    }
    for act, day, of in then:
        with suppress(NotTakenError):
            do[act](day, of)
    with world.looking() as (connection, book, at):
        rows = reference.whole_log(connection, at, start)
        keys = world.vault.load_keys(connection, {scope_of(row.stream) for row in rows})
        folded = reference.Registers(rows, world.urn, at, keys)
        for day in (None, *map(date.fromisoformat, DAYS)):
            shown = roll(connection, world.vault, book, at, day)
            event(f"former number: {any(row.former_upn for row in shown)}")
            assert reference.roll(folded, day) == shown


# --- Deletions --------------------------------------------------------------------------------------


def test_a_deletion_is_told_with_where_the_pupil_is(world: World) -> None:
    """Parents whom the pupil lives with, the new school and address, ground and day."""
    world.opened(pupils=1, **WHOLE)
    assert [] == made(world, DELETED)
    world.delete(0)
    (row,) = made(world, DELETED)
    assert "lives with the pupil, 01632 960001" in row["parents"]
    assert "Obi" not in row["parents"]
    assert ("Forest School", "2026-01-05", "2 Mill Lane, Ashby", "2026-01-04") == tuple(
        row[name] for name in ("new_school", "new_school_from", "new_address", "new_address_from")
    )
    assert ("A", TODAY, TODAY) == (row["ground"], row["deleted_on"], row["recorded_on"])


def test_the_school_of_the_evidence_is_told_where_no_other_is_known(world: World) -> None:
    """On ground A the evidence names the other school."""
    world.opened(pupils=1)
    world.delete(0)
    assert ["Sandfield"] == [row["new_school"] for row in made(world, DELETED)]


@pytest.mark.parametrize(
    ("day", "options", "told"),
    [
        (date(2026, 7, 21), {"most_senior": "9"}, 1),  # off the roll on the last day of term
        (date(2026, 7, 22), {"most_senior": "9"}, 0),
        (date(2026, 8, 31), {"most_senior": "9"}, 0),
        (date(2026, 7, 22), {"most_senior": "11"}, 1),
        (date(2026, 7, 22), {}, 1),
        (date(2026, 3, 28), {"most_senior": "9"}, 1),  # after a term that is not the last
    ],
)
def test_the_most_senior_class_is_left_out_at_the_end(
    world: World, day: date, options: dict[str, Any], told: int
) -> None:
    """Deleted when the last term has ended, and told for every other day."""
    world.opened(pupils=1)
    world.delete(0, day)
    assert told == len(made(world, DELETED, TODAY_ALONE, **options))


def test_who_leaves_during_a_term_is_told_of_the_most_senior_class_as_well(world: World) -> None:
    """The last term that ended was that of the year before, and is not the one that matters."""
    world.opened(pupils=1, years=(2024, 2025))
    world.delete(0)
    assert 1 == len(made(world, DELETED, TODAY_ALONE, most_senior="9"))


def test_a_deletion_is_told_once(world: World) -> None:
    """And not again."""
    world.opened(pupils=2)
    world.delete(0)
    send(world, DELETED)
    world.delete(1)
    assert [world.pupil(1)] == [row["pupil"] for row in made(world, DELETED)]
    assert ["sent", "to-send"] == [row["status"] for row in made(world, DELETED, all=True)]
