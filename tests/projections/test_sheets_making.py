"""Sheets put together from pages of the log, in whatever order, are what a plain fold of their marks is."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.sheets.making import RUN_MIN, Entered, Numbers, Shelf

CODES: Final = ("/", "\\", "I", "C", "C1", "J1", "#")
NUMBERS: Final = {code: number for number, code in enumerate(CODES, start=1)}
SCHOOLS: Final = (100001, 100002)
SESSIONS: Final = 6
FIRST: Final = date(2025, 9, 8)

Key = tuple[int, date, int]
Mark = tuple[Key, int, UUID, str]
"""Sheet, revision, pupil, code."""


def _marks(random: Random) -> list[Mark]:
    """Registers of classes whose order is mostly that of other days, with amended entries."""
    found: list[Mark] = []
    for school in SCHOOLS:
        classes = [
            [UUID(int=random.getrandbits(128)) for _ in range(random.randrange(1, 4 * RUN_MIN))]
            for _ in range(random.randrange(1, 5))
        ]
        for number in range(SESSIONS):
            key = (school, FIRST + timedelta(number // 2), number % 2)
            random.shuffle(classes)
            for members in classes:
                if random.random() < 0.2:
                    random.shuffle(members)
                present = [pupil for pupil in members if random.random() > 0.1]
                for pupil in present:
                    revisions = range(1 + random.choice((0, 0, 0, 1, 2)))
                    found += [(key, n, pupil, random.choice(CODES)) for n in revisions]
    return found


def _gathered(marks: list[Mark], random: Random) -> list[list[Entered]]:
    """What the log answers of each of its pages, in an order of its own."""
    pages, rest = [], list(marks)
    while rest:
        some = random.randrange(1, 60)
        page: defaultdict[tuple[Key, int], list[tuple[UUID, str]]] = defaultdict(list)
        for key, revision, pupil, code in rest[:some]:
            page[key, revision].append((pupil, code))
        rest = rest[some:]
        rows = [
            Entered(
                *key,
                revision,
                b"".join(pupil.bytes for pupil, _ in entries),
                ",".join(code for _, code in entries),
            )
            for (key, revision), entries in page.items()
        ]
        random.shuffle(rows)
        pages.append(rows)
    random.shuffle(pages)
    return pages


def _shelved(shelf: Shelf) -> dict[tuple[Key, UUID], str]:
    """Every code that stands."""
    shelf.finish()
    pupils = {(school, place): pupil for school, pupil, place in shelf.places()}
    assert len(pupils) == len(list(shelf.places()))
    names = dict(enumerate(CODES, start=1))
    return {
        ((school, day, half), pupils[school, place]): names[number]
        for school, day, half, sheet in shelf.sheets()
        for place, number in enumerate(sheet)
        if number
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_sheets_are_the_fold_of_their_marks(seed: int) -> None:
    """Whoever follows whom, whatever page comes first: of each entry the last revision stands."""
    random = Random(seed)
    marks = _marks(random)
    expected = {
        (key, pupil): code for key, _, pupil, code in sorted(marks, key=lambda mark: mark[1])
    }
    shelf = Shelf(2025, Numbers(NUMBERS))
    for page in _gathered(marks, random):
        shelf.add(page)
    assert expected == _shelved(shelf)
    assert (len(marks), len({key[0] for key, *_ in marks})) == (shelf.marks, shelf.books)


def test_an_original_entry_may_come_after_the_amended_one() -> None:
    """Pages are not in the order of the log, and the last revision stands all the same."""
    one, other = UUID(int=1).bytes, UUID(int=2).bytes
    shelf = Shelf(2025, Numbers(NUMBERS))
    shelf.add([Entered(100001, FIRST, 0, 2, one, "C1"), Entered(100001, FIRST, 0, 1, one, "I")])
    shelf.add([Entered(100001, FIRST, 0, 0, other + one, "/,#")])
    assert {UUID(int=1): "C1", UUID(int=2): "/"} == {
        pupil: code for (_, pupil), code in _shelved(shelf).items()
    }


def test_an_amended_entry_stands_wherever_its_pupil_was_seen_first() -> None:
    """Of a pupil whom other sheets placed behind the end of this one, or whom no original entry placed."""
    one, other, third = (UUID(int=number).bytes for number in (1, 2, 3))
    shelf = Shelf(2025, Numbers(NUMBERS))
    shelf.add([Entered(100001, FIRST, 0, 0, one + other, "/,/")])
    shelf.add([Entered(100001, FIRST, 1, 0, one, "/"), Entered(100001, FIRST, 1, 1, other, "I")])
    shelf.add([Entered(100001, FIRST, 1, 1, third, "C")])
    expected = [(0, 1, "/"), (0, 2, "/"), (1, 1, "/"), (1, 2, "I"), (1, 3, "C")]
    found = _shelved(shelf).items()
    assert expected == sorted((half, pupil.int, code) for ((_, _, half), pupil), code in found)


def test_nothing_is_left_of_a_shelf_but_its_counts() -> None:
    """What is stored need not stay in memory."""
    shelf = Shelf(2025, Numbers(NUMBERS))
    shelf.add([Entered(100001, FIRST, 0, 0, UUID(int=1).bytes, "/")])
    shelf.finish()
    shelf.clear()
    assert ([], [], 1, 1) == ([*shelf.sheets()], [*shelf.places()], shelf.marks, shelf.books)


@pytest.mark.parametrize("listed", ["/", "/,I,#,\\", "C1", "/,C1,I", "C1,J1,J1", "I,C1"])
def test_codes_are_numbered(listed: str) -> None:
    """Of one character or of more."""
    assert [NUMBERS[code] for code in listed.split(",")] == list(Numbers(NUMBERS).of(listed))


@pytest.mark.parametrize("listed", ["?", "/,?", "/,C2", "é", "/,é"])
def test_a_code_without_a_number_is_not_passed_over(listed: str) -> None:
    """Or a mark would be missing from its sheet."""
    with pytest.raises(KeyError):
        Numbers(NUMBERS).of(listed)
