"""The record itself: whole, in order, page by page, and only of the schools a caller may see."""

from json import loads

from ledger.proof.leaf import NO_ACT, leaf_of
from projections.log import page as page_of
from tests.projections.world import World


def test_pages_follow_each_other_without_a_hole(world: World) -> None:
    """Pages of any size put together are every position once, in order."""
    first = world.opened().take({0: "/", 1: "N"})["first"]
    last = world.amend(1, "N", "I")["last"]
    found, after = [], first - 1
    while after < last:
        page = world.log(after, limit=2)
        found += [row.position for row in page.rows]
        after = page.upto
    assert found == list(range(first, last + 1))
    assert world.log(last).rows == []


def test_a_row_is_all_that_its_leaf_is_made_of(world: World) -> None:
    """From each row alone its leaf can be computed again, sealed fields and all."""
    first = world.opened().take({0: {"code": "B", "detail": "College"}, 1: "N"})["first"]
    world.amend(1, "N", "I")
    world.decide_leave(world.ask_leave(0), "refused")
    for row in world.log(first - 1).rows:
        stored = row.data.encode()
        assert row.leaf == leaf_of(
            row.act_leaf, row.salt, row.stream, row.version, row.type, stored
        )
        assert (row.act_leaf == NO_ACT) == (row.type == "act-recorded")


def test_a_row_says_what_it_is_and_who_made_it(world: World) -> None:
    """Rows of every kind have stream, school, pupil, act, name and client; particulars stay sealed."""
    receipt = world.opened(pupils=0).enter(0)
    world.take({0: "/"})
    _, name, act, mark = world.log(receipt["first"] - 1).rows
    assert (name.type, name.school, name.pupil) == ("name-entered", world.urn, world.pupil(0))
    assert set(loads(name.data)["surname"]) == {"sealed"}
    assert (act.type, act.school, act.pupil, act.act) == ("act-recorded", None, None, act.position)
    assert (mark.type, mark.data, mark.act) == ("attendance-entered", '{"code":"/"}', act.position)
    assert mark.stream == f"attendance-register/{world.urn}/{world.pupil(0)}/2025"
    assert (mark.by.name, mark.client, mark.recorded_at) == (
        act.by.name,
        act.client,
        act.recorded_at,
    )


def test_a_caller_of_one_school_sees_that_school_s_rows(world: World, another: World) -> None:
    """Rows of the school and the acts they were entered under are shown, and nothing of another."""
    start = world.opened(pupils=1).take({0: "/"})["first"]
    another.opened(pupils=1).take({0: "/"})
    last = world.amend(0, "/", "N")["last"]
    page = world.log(start - 1, schools=[world.urn])
    assert [row.position for row in page.rows] == [start, start + 1, last - 1, last]
    assert [row.type for row in page.rows][::2] == ["act-recorded"] * 2
    theirs = world.log(start - 1, schools=[another.urn]).rows
    assert [row.position for row in theirs] == list(range(start + 2, last - 1))
    assert page.upto == last


def test_a_short_page_of_one_school_can_be_gone_on_from(world: World, another: World) -> None:
    """A page that is full goes on after its last row, one that is not after all it looked through."""
    start = world.opened(pupils=1).take({0: "/"})["first"]
    another.opened(pupils=2)
    last = world.amend(0, "/", "N")["last"]
    found, after = [], start - 1
    while after < last:
        page = world.log(after, limit=1, schools=[world.urn])
        found += [row.position for row in page.rows]
        after = page.upto
    assert found == [start, start + 1, last - 1, last]


def test_a_caller_of_no_school_sees_nothing(world: World) -> None:
    """An empty list of schools is not the same as all of them."""
    start = world.opened(pupils=1).take({0: "/"})["first"]
    page = world.log(start - 1, schools=[])
    assert (page.rows, page.upto) == ([], start + 1)


def test_an_act_at_the_end_of_a_page_is_its_school_s(world: World, another: World) -> None:
    """An act is known by its first entry, though that stand beyond the page."""
    act = world.opened(pupils=1).take({0: "/"})["first"]
    with world.looking(position=act) as (connection, _, at):
        ours, theirs = (
            page_of(connection, act - 1, 100, [school.urn], at).rows for school in (world, another)
        )
    assert ([row.position for row in ours], theirs) == ([act], [])


def test_the_log_ends_at_the_position_of_the_view(world: World) -> None:
    """As of a position no row beyond it is shown."""
    receipt = world.opened().take({0: "/", 1: "/"})
    with world.looking(receipt["last"] - 1) as (connection, _, at):
        rows = page_of(connection, receipt["first"] - 1, 100, None, at).rows
    assert [row.position for row in rows] == [receipt["first"], receipt["first"] + 1]
