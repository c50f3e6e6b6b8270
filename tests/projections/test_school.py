"""The book of a school as it stood."""

from projections.school import load
from tests.projections.world import World


def test_a_book_is_the_school_s_at_a_position(world: World) -> None:
    """Days, roll and leave are those recorded by then; before anything was, the book is empty."""
    world.describe()
    described = world.set_year(2025)["first"] - 1
    entered = world.enter(0)["last"]
    leave_id = world.ask_leave(0)

    def seen(position: int) -> tuple[int, list[int], list[str], list[str]]:
        with world.looking(position) as (_, book, _):
            years = list(book.school.years)
            return (
                len(book.school.descriptions),
                years,
                list(book.roll),
                [each.id for each in book.leave],
            )

    assert seen(0) == (0, [], [], [])
    assert seen(described) == (1, [], [], [])
    assert seen(entered) == (1, [2025], [world.pupil(0)], [])
    assert seen(entered + 2) == (1, [2025], [world.pupil(0)], [leave_id])


def test_a_book_is_kept_while_nothing_about_the_school_is_recorded(
    world: World, another: World
) -> None:
    """Marks and other schools leave the book at hand; an amended particular makes another one."""
    world.opened(pupils=1)
    with world.looking() as (_, before, _):
        pass
    world.take({0: "/"})
    another.opened()
    with world.looking() as (_, same, _):
        assert same is before
    world.amend_name(0, registration_group="9C")
    with world.looking() as (connection, after, at):
        assert after is not before
        assert load(connection, world.urn, at) is after
