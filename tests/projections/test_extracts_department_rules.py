"""The validation rules of the census: of each a case that it sees, and one that it leaves alone.

What the ledger can be brought to hold is entered and looked at; what it refuses, or would never send, is put
into a return by hand, since the rule is about the return.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ledger.identifiers import check_letter
from ledger.store.database import Addresses, connect_as_owner
from projections.extracts.department.census import CensusPupil, CensusReturn, Part, return_of
from projections.extracts.department.census_validation import CENSUS_VALIDATION
from projections.extracts.department.rules import RULES, findings
from projections.extracts.department.sessions import Sessions
from projections.extracts.department.windows import CensusTerm, census
from projections.extracts.extract import Source
from tests.projections.department import AUTUMN_TERM, BORN, asked, enter, mark, opened, rows_of
from tests.projections.world import World

Raised = set[tuple[str, str | None, Part | None]]


def upn(authority: str = "801", serial: int = 1) -> str:
    """A UPN with the check letter that fits."""
    body = f"{authority}200001{serial:03d}"
    return check_letter(body) + body


def returned(world: World, term: CensusTerm = "spring", year: int = 2025) -> CensusReturn:
    """What the school returns to a census."""
    with world.looking() as (connection, _, at):
        found = return_of(Source(connection, world.vault, at), world.urn, census(term, year))
    assert found is not None
    return found


def raised(found: CensusReturn, rule: str) -> Raised:
    """Whom a rule is raised for, and for which part of the window."""
    return {
        (one.message, one.pupil, one.part)
        for one in findings(found)
        if one.rule.number == rule and one.outcome == "raised"
    }


def numbers(world: World, found: CensusReturn, rule: str) -> list[int]:
    """The pupils, by number, for whom a rule is raised."""
    known = {world.pupil(number): number for number in range(10)}
    return sorted(known[pupil] for _, pupil, _ in raised(found, rule) if pupil)


def with_pupil(found: CensusReturn, index: int = 0, /, **changes: Any) -> CensusReturn:
    """The same return with one pupil's members changed; those of the row by their own names."""
    pupils = list(found.pupils)
    of_row = {name: changes.pop(name) for name in ("upn", "former_upn") if name in changes}
    pupils[index] = replace(pupils[index], row=replace(pupils[index].row, **of_row), **changes)
    return replace(found, pupils=tuple(pupils))


@pytest.fixture
def two(world: World) -> tuple[World, CensusReturn]:
    """A school of two pupils with nothing wrong about them."""
    opened(world)
    for number in (0, 1):
        enter(world, number, upn=upn(serial=number + 1))
        mark(world, number, "/ \\ I \\")
    return world, returned(world)


def test_a_return_without_fault_breaks_no_rule(two: tuple[World, CensusReturn]) -> None:
    """Only what cannot be checked is said."""
    _, found = two
    assert [("2485", "not_checked")] == [(one.rule.number, one.outcome) for one in findings(found)]


# -- unique pupil numbers --------------------------------------------------------------------------------


def test_1500_a_pupil_without_upn(world: World) -> None:
    """Raised for the one without, not for the one with."""
    opened(world)
    enter(world, 0)
    enter(world, 1, upn=upn())
    assert [0] == numbers(world, returned(world), "1500")


def test_1510_a_check_letter_that_does_not_fit(two: tuple[World, CensusReturn]) -> None:
    """Of the UPN and of a former one; a temporary number has one as well."""
    world, found = two
    wrong = "A" + upn()[1:]
    assert wrong != upn()
    assert [0] == numbers(world, with_pupil(found, upn=wrong), "1510")
    assert [0] == numbers(world, with_pupil(found, former_upn=wrong), "1510")
    body = "80120000100A"
    assert [] == numbers(world, with_pupil(found, upn=check_letter(body) + body), "1510")


def test_1520_a_upn_of_two_records(world: World) -> None:
    """Of two pupils, and of two enrolments of one; a third pupil's own is left alone."""
    opened(world)
    enter(world, 0, upn=upn())
    enter(world, 1, upn=upn())
    enter(world, 2, upn=upn(serial=2))
    assert [0, 1] == numbers(world, returned(world), "1520")


def test_1520_counts_those_who_left_with_those_who_stayed(make_world: Any) -> None:
    """The same number of a pupil on the roll and of one who left the school; who left with another is left alone."""
    world = make_world().opened(0)
    for number, serial in enumerate((1, 1, 2)):
        world.enter(number, starting_day="2025-09-02", upn=upn(serial=serial))
    for number in (1, 2):
        world.delete(number, date(2025, 11, 25))
    found = returned(world, "spring", 2026)
    assert 3 == len(found.pupils)
    assert {
        ("The UPN is also that of another pupil in this return.", world.pupil(number), None)
        for number in (0, 1)
    } == raised(found, "1520")


def test_1520_tells_another_enrolment_from_another_pupil(make_world: Any) -> None:
    """The message says whose the same number is, and not the number."""
    world = make_world().opened(1, starting_day="2025-09-02", upn=upn())
    world.delete(0, date(2025, 11, 25))
    world.enter(0, starting_day="2025-11-26", upn=upn())
    with world.looking() as (connection, _, at):
        later = replace(at, instant=at.instant.replace(month=12, day=20))
        source = Source(connection, world.vault, later)
        found = return_of(source, world.urn, census("spring", 2026))
    assert found is not None
    assert 2 == len(found.pupils)
    assert {"The UPN is also that of another enrolment of the same pupil in this return."} == {
        message for message, _, _ in raised(found, "1520")
    }


@pytest.mark.parametrize(
    ("authority", "is_raised"),
    [("801", False), ("838", False), ("909", False), ("660", False), ("001", False), ("999", True)],
)
def test_1530_an_authority_that_nobody_recognises(
    two: tuple[World, CensusReturn], authority: str, is_raised: bool
) -> None:
    """Old, new, Welsh and pseudo-authorities are recognised; 999 is none."""
    world, found = two
    changed = with_pupil(found, upn=upn(authority))
    assert is_raised == bool(numbers(world, changed, "1530"))


def test_1540_a_letter_among_the_digits(two: tuple[World, CensusReturn]) -> None:
    """Characters 5 to 12 are digits."""
    world, found = two
    assert [0] == numbers(world, with_pupil(found, upn="H8012A0001001"), "1540")
    assert [] == numbers(world, found, "1540")


@pytest.mark.parametrize(
    ("last", "is_raised"), [("O", True), ("S", True), ("A", False), ("7", False)]
)
def test_1550_a_last_character_that_none_may_be(
    two: tuple[World, CensusReturn], last: str, is_raised: bool
) -> None:
    """A digit, or a letter other than I, O and S."""
    world, found = two
    assert is_raised == bool(numbers(world, with_pupil(found, upn=f"H80120000100{last}"), "1550"))


# -- who is in it ----------------------------------------------------------------------------------------


def test_1925_a_leaver_without_anything_to_report(make_world: Any) -> None:
    """Left and no mark stands; who left with a mark, and who stayed without one, are left alone."""
    world = make_world().opened(3, starting_day="2025-09-02")
    world.import_marks([(1, "2025-09-03", "AM", "/")])
    for number in (0, 1):
        world.delete(number, date(2025, 11, 25))
    found = returned(world, "spring", 2026)
    assert 3 == len(found.pupils)
    assert [0] == numbers(world, found, "1925")


def test_2470_marks_of_days_on_which_a_pupil_boarded(world: World) -> None:
    """They are not sent, and it is said that they stand; days before and after are sent."""
    opened(world)
    for number in (0, 1):
        enter(world, number)
        mark(world, number, "/ \\", "2024-09-09")
        mark(world, number, "/ \\ X H", "2024-09-16")
    world.amend_name(0, "2024-09-16", boarder=True)
    world.amend_name(0, "2024-09-23", boarder=False)
    found = returned(world)
    assert [2, 5] == [one.parts["termly"].possible for one in found.pupils]
    assert [0] == numbers(world, found, "2470")
    # What is not sent is not doubted either.
    assert [[1], [1]] == [numbers(world, found, rule) for rule in ("2491", "2574")]


def test_2470_a_pupil_outside_the_ages(two: tuple[World, CensusReturn]) -> None:
    """Such a pupil is never sent; should one be, the rule sees it."""
    world, found = two
    assert [0] == numbers(world, with_pupil(found, age=16), "2470")
    assert [] == numbers(world, found, "2470")


def test_own_age_a_pupil_whose_date_of_birth_is_gone(
    world: World, own_addresses: Addresses
) -> None:
    """Nobody can tell whether the pupil belongs in the return: left out, and told."""
    opened(world)
    enter(world, 0)
    enter(world, 1)
    with connect_as_owner(own_addresses) as owner:
        scope = f"{world.urn}/{world.pupil(0)}"
        owner.execute("DELETE FROM data_key WHERE scope = %s", (scope,))
    found = returned(world)
    assert [world.pupil(1)] == [one.row.pupil for one in found.pupils]
    assert [0] == numbers(world, found, "own-age")


# -- sessions --------------------------------------------------------------------------------------------


def test_2485_sessions_of_a_suspension(world: World) -> None:
    """Raised for who has E; that a suspension lacks it cannot be checked, and is said to be so."""
    opened(world)
    for number, marks in enumerate(("/ \\ E E", "/ \\ I I")):
        enter(world, number)
        mark(world, number, marks)
    found = returned(world)
    assert [0] == numbers(world, found, "2485")
    assert [None] == [one.pupil for one in findings(found) if one.outcome == "not_checked"]


@pytest.mark.parametrize(
    ("rule", "term", "day"),
    [("2491", "spring", "2024-09-09"), ("2492", "autumn", "2025-06-02")],
)
def test_2491_and_2492_x_for_a_pupil_who_must_attend(
    world: World, rule: str, term: CensusTerm, day: str
) -> None:
    """Raised for a pupil of compulsory school age on the day, not for one who is five in August 2025."""
    opened(world)
    for number, born in enumerate((BORN[12], "2020-08-31", BORN[12])):
        enter(world, number, date_of_birth=born)
        mark(world, number, "/ \\ X \\" if number < 2 else "/ \\ I \\", day)
    found = returned(world, term)
    assert [0] == numbers(world, found, rule)
    other = {"2491": "2492", "2492": "2491"}[rule]
    assert [] == numbers(world, found, other)


def test_2491_looks_at_the_age_of_the_day(world: World) -> None:
    """Of compulsory school age from 31 March on: X before that day is right, on it it is not."""
    opened(world)
    for number, day in enumerate(("2025-03-28", "2025-03-31")):
        enter(world, number, date_of_birth="2020-02-01")
        world.import_marks([(number, day, "AM", "X"), (number, day, "PM", "\\")])
    assert [1] == numbers(world, returned(world, "summer"), "2491")


def test_2491_by_the_wording_of_the_covid_years(two: tuple[World, CensusReturn]) -> None:
    """X of a pupil not aged 4 to 15 on 31 August; such a pupil is never sent."""
    world, found = two
    sessions = {"termly": Sessions(possible=0, codes={"X": 2}, due=2)}
    assert [0] == numbers(world, with_pupil(found, age=16, parts=sessions), "2491")
    assert [] == numbers(world, with_pupil(found, age=15, parts=sessions), "2491")


def test_2491_leaves_x_of_2020_alone(world: World) -> None:
    """In 2020/21 X was for pupils of compulsory school age too (SI 2020/816)."""
    world.describe()
    world.set_year(2020)
    world.enter(0, starting_day="2020-09-02")
    world.import_marks([(0, "2020-11-02", "AM", "X"), (0, "2020-11-02", "PM", "\\")])
    assert [] == numbers(world, returned(world, "spring", 2021), "2491")


@pytest.mark.parametrize(
    ("marks", "why"),
    [
        ("", "no mark stands."),
        (
            "D D",
            "every mark is D, right for a pupil due at another school throughout.",
        ),
        ("X X", "every mark is X, for a pupil not required to attend."),
        ("X D Y2", "every mark is one that is not counted."),
        ("X D /", None),
    ],
)
def test_2502q_no_possible_session(world: World, marks: str, why: str | None) -> None:
    """A query with what may explain it; one possible session is enough."""
    enter(opened(world), 0, 4)
    if marks:
        mark(world, 0, marks)
    message = f"No session was possible: {why}"
    expected = {(message, world.pupil(0), "termly")} if why else set()
    assert expected == raised(returned(world), "2502Q")


@pytest.mark.parametrize(
    ("rule", "term", "day"),
    [("2574", "spring", "2024-09-09"), ("2572", "autumn", "2025-06-02")],
)
def test_2572_and_2574_a_code_that_was_not_in_force(
    world: World, rule: str, term: CensusTerm, day: str
) -> None:
    """H ended on 18 August 2024: imported for later days it is sent as it stands, and told."""
    opened(world)
    for number, marks in enumerate(("/ \\ H H", "/ \\ C C")):
        enter(world, number)
        mark(world, number, marks, day)
    found = returned(world, term)
    assert [0] == numbers(world, found, rule)
    assert [] == numbers(world, found, {"2574": "2572", "2572": "2574"}[rule])
    part: Part = "termly" if rule == "2574" else "summer_half_term_2"
    assert {"H": 2} == {c: n for c, n in found.pupils[0].parts[part].codes.items() if c == "H"}


def test_2574_leaves_a_code_alone_that_was_in_force_on_its_day(world: World) -> None:
    """H of the summer term of 2024, and C1 from 19 August 2024 on."""
    world.describe()
    world.set_year(2023)
    world.enter(0, starting_day="2023-09-04")
    world.import_marks([(0, "2024-05-20", "AM", "H"), (0, "2024-05-20", "PM", "\\")])
    assert [] == numbers(world, returned(world, "autumn", 2024), "2574")


def test_2491_leaves_a_session_alone_that_has_not_begun(make_world: Any) -> None:
    """What is planned is not sent; this morning's mark is."""
    world = make_world().opened(2, starting_day="2025-09-02", date_of_birth="2021-08-31")
    world.import_marks([(0, "2025-11-25", "AM", "X"), (1, "2025-11-24", "AM", "X")])
    for number in (0, 1):
        world.amend_name(number, date_of_birth=BORN[12])
    assert [1] == numbers(world, returned(world, "spring", 2026), "2491")


def _sessions(**of: int) -> Callable[[CensusPupil], dict[str, Sessions]]:
    return lambda pupil: {"termly": replace(pupil.parts["termly"], **of)}


def test_own_absence_more_missed_than_possible(two: tuple[World, CensusReturn]) -> None:
    """Possible sessions are attended and absent, so no return of ours has it; the rule would see it."""
    world, found = two
    pupil = found.pupils[0]
    for absent, expected in ((4, []), (5, [0])):
        changed = with_pupil(found, parts=_sessions(authorised=absent)(pupil))
        assert expected == numbers(world, changed, "own-absence")


def test_own_possible_more_sessions_than_a_term_has(two: tuple[World, CensusReturn]) -> None:
    """Above 150 in a term, both halves of the summer term together."""
    world, found = two
    for halves, expected in (((150, 0), []), ((150, 1), [0]), ((151, 0), [0])):
        parts = dict(
            zip(("termly", "summer_half_term_2"), (Sessions(n) for n in halves), strict=True)
        )
        assert expected == numbers(world, with_pupil(found, parts=parts), "own-possible")


# -- the extract -----------------------------------------------------------------------------------------


def test_the_extract_lists_findings_with_number_kind_pupil_and_message(world: World) -> None:
    """One row a finding; what is not checked is a row too."""
    enter(opened(world), 0)
    rows = rows_of(world, CENSUS_VALIDATION, asked(world, **AUTUMN_TERM))
    assert [
        ("1500", "error", "raised", world.pupil(0), None),
        ("2485", "query", "not_checked", None, None),
        ("2502Q", "query", "raised", world.pupil(0), "termly"),
    ] == [(row["rule"], row["kind"], row["outcome"], row["pupil"], row["part"]) for row in rows]


def test_no_message_names_a_particular(world: World, own_addresses: Addresses) -> None:
    """Neither name, nor number, nor date of birth: messages may be sent by post."""
    opened(world)
    told = {"surname": "Zwiebel", "forenames": "Quirin", "upn": upn("999")}
    for number in (0, 1):
        enter(world, number, **told)
        mark(world, number, "E X H")
    rows = rows_of(world, CENSUS_VALIDATION, asked(world, **AUTUMN_TERM))
    assert {"1520", "1530", "2485", "2491", "2574"} <= {row["rule"] for row in rows}
    for text in _texts(rows):
        assert not any(secret in text for secret in (*told.values(), BORN[12]))


def test_every_rule_says_where_it_was_seen() -> None:
    """Numbers are unique, and no rule stands without its reference."""
    assert len(RULES) == len({rule.number for rule in RULES})
    assert all(rule.reference and rule.title for rule in RULES)


def test_every_rule_has_its_case() -> None:
    """A rule added to the table without a case of its own is seen here."""
    cases = "\n".join(name for name in globals() if name.startswith("test_"))
    assert [] == [
        rule.number for rule in RULES if rule.number.lower().replace("-", "_") not in cases
    ]


def _texts(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield from (
            value for name, value in row.items() if isinstance(value, str) and name != "pupil"
        )
