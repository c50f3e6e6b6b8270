"""The extracts of schools: the same figures as the views, row by row."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from html import unescape
from itertools import product
from random import Random
from typing import Any

import pytest

from ledger.schools.calendar import Span
from projections.extracts.catalogue import EXTRACTS
from projections.extracts.differences import RowChange, Sources, changes
from projections.extracts.extract import Question, QuestionError, Source
from projections.extracts.options import options_of
from projections.extracts.running import Style, begin, written
from projections.extracts.statement import statement
from tests.projections.world import World

YEAR = Span(date(2025, 9, 1), date(2025, 12, 19))
ARRIVED = {"AM": "08:50", "PM": "12:40"}
EVENING = datetime(2025, 11, 24, 18, tzinfo=UTC)


@contextmanager
def _source(
    world: World, position: int | None = None, instant: datetime | None = None
) -> Iterator[Source]:
    with world.looking(position, instant) as (connection, _, at):
        yield Source(connection, world.vault, at)


def _rows(
    world: World,
    name: str,
    span: Span = YEAR,
    position: int | None = None,
    instant: datetime | None = None,
    **options: str,
) -> list[dict[str, Any]]:
    """The rows of an extract as the lines of JSON that it is written as."""
    extract = EXTRACTS[name]
    with _source(world, position, instant) as source:
        question = Question((world.urn,), span, options_of(extract, options))
        run = begin(extract, source, question)
        text = b"".join(written(run, Style("ndjson"))).decode()
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def busy(world: World) -> World:
    """Three pupils, two days with amendments, details, a late arrival, and a planned absence."""
    world.opened()
    world.take(
        {0: "/", 1: "N", 2: {"code": "B", "detail": "=Taster day, at college"}}, "2025-11-20"
    )
    world.take({0: "\\", 1: "N", 2: {"arrived_at": "12:40"}}, "2025-11-20", "PM")
    world.take({0: "L", 1: "I"}, "2025-11-21")
    world.amend(1, "N", "I", "2025-11-20")
    world.amend(1, "I", "M", "2025-11-20", reason="Dentist, not unwell")
    world.take({0: {"code": "C", "detail": "Funeral"}}, "2025-12-01")
    return world


def test_the_register_is_that_of_the_view(busy: World) -> None:
    """Every entry of the view is a row with the same members, in the same order."""
    rows = _rows(busy, "register")
    assert 9 == len(rows)
    _check_against_the_view(busy, rows)
    assert [True] == [row["planned"] for row in rows if row["date"] == "2025-12-01"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_register_is_that_of_the_view_wherever_the_log_ends(world: World, seed: int) -> None:
    """Pupils who differ from session to session, entries amended once and twice, each with something to say."""
    random, days = Random(seed), ("2025-11-19", "2025-11-20", "2025-11-21")
    world.opened(pupils=7)
    said: list[Any] = ["N", "I", {"code": "B", "detail": "At college, £5"}, "O"]
    positions = []
    for day, session in product(days, ("AM", "PM")):
        taken = {number: random.choice(said) for number in range(7) if random.random() < 0.8}
        positions.append(world.take(taken, day, session)["last"])
        for number, mark in taken.items():
            if mark == "N" and random.random() < 0.7:
                world.amend(number, "N", "B", day, session, detail=f"Taster day {number}")
                if random.random() < 0.6:
                    world.amend(number, "B", "U", day, session, arrived_at=ARRIVED[session])
    positions.append(world.take({0: {"code": "L", "arrived_at": ARRIVED["AM"]}})["last"])
    for position in (*random.sample(range(positions[0], positions[-1]), 8), positions[-1]):
        _check_against_the_view(world, _rows(world, "register", position=position), position)


def _check_against_the_view(
    world: World, rows: list[dict[str, Any]], position: int | None = None
) -> None:
    entries = world.register("2025-09-01", "2025-12-19", position=position).entries
    for row, entry in zip(rows, entries, strict=True):
        assert (world.urn, "8554999") == (row["urn"], row["laestab"])
        told = {
            "pupil": entry.pupil,
            "date": entry.date.isoformat(),
            "session": entry.session,
            "code": entry.code,
            "counts_as": entry.counts_as,
            "original": entry.original,
            "amended": entry.amended,
            "detail": entry.detail,
            "arrived_at": entry.arrived_at,
            "by_name": entry.by.name,
            "by_position": entry.by.position,
            "log_position": entry.position,
            "planned": entry.planned,
        }
        assert told.items() <= row.items()
        assert datetime.fromisoformat(row["recorded_at"]) == entry.recorded_at


def test_the_register_has_the_upn(busy: World) -> None:
    """The number of the admission register, as it was amended."""
    busy.amend_name(0, upn="H801200001001")
    numbers = {row["pupil"]: row["upn"] for row in _rows(busy, "register")}
    assert ("H801200001001", None) == (numbers[busy.pupil(0)], numbers[busy.pupil(1)])


@pytest.mark.parametrize("name", ["register", "register-history", "pupil-summary"])
def test_one_pupil_alone_can_be_asked_for(busy: World, name: str) -> None:
    """With `pupil` the rows are those of that pupil, as they are among all."""
    pupil = busy.pupil(1)
    of_all = [row for row in _rows(busy, name) if row["pupil"] == pupil]
    assert of_all
    assert of_all == _rows(busy, name, pupil=pupil.upper())


def test_code_x_counts_by_age(world: World) -> None:
    """In 2020/21 code X was an absence that is not collected for some and none for others (by age)."""
    world.opened(pupils=0, years=(2020,))
    world.enter(0, starting_day="2020-09-02", date_of_birth="2010-05-14")
    world.enter(1, starting_day="2020-09-02", date_of_birth="2016-05-14")
    world.import_marks([(number, "2020-11-02", "AM", "X") for number in (0, 1)])
    classes = [
        row["counts_as"] for row in _rows(world, "register", Span(date(2020, 9, 1), YEAR.last))
    ]
    entries = world.register("2020-11-02").entries
    assert [entry.counts_as for entry in entries] == classes
    assert 2 == len(set(classes))


def test_the_register_is_read_in_pieces(busy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few marks are in memory at a time, the rows are the same."""
    whole = _rows(busy, "register")
    history = _rows(busy, "register-history")
    for module in ("register", "register_history"):
        monkeypatch.setattr(f"projections.extracts.school.{module}.MARKS_AT_ONCE", 1)
    assert whole == _rows(busy, "register")
    assert history == _rows(busy, "register-history")


def test_history_has_every_revision_and_its_leaf(busy: World) -> None:
    """Original and amended entries stand one after the other, each with reason and leaf."""
    rows = [
        row
        for row in _rows(busy, "register-history")
        if (row["pupil"], row["date"], row["session"]) == (busy.pupil(1), "2025-11-20", "AM")
    ]
    assert [(0, None, "N"), (1, "N", "I"), (2, "I", "M")] == [
        (row["revision"], row["from"], row["code"]) for row in rows
    ]
    assert [None, "Parent telephoned: unwell", "Dentist, not unwell"] == [
        row["reason"] for row in rows
    ]
    logged = {row.position: row.leaf.hex() for row in busy.log(rows[0]["log_position"] - 1).rows}
    assert [logged[row["log_position"]] for row in rows] == [row["leaf_hash"] for row in rows]


def test_the_history_is_a_page_to_print(busy: World) -> None:
    """Each revision is a line with its code, reason, person and leaf; nothing runs, nothing is fetched."""
    rows = _rows(busy, "register-history")
    text = _page(busy)
    lines = re.findall(r"<tr(?: class=\"amended\")?><th.*</tr>", text)
    leaves = [line for line in lines if 'class="leaf"' in line]
    assert len(rows) == len(leaves)
    for row, line in zip(rows, leaves, strict=True):
        for name in ("pupil", "code", "reason", "detail", "by_name", "by_position", "leaf_hash"):
            assert (row[name] or "") in unescape(line)
    assert "Entries: 9. Amended entries: 2." in text
    assert not re.findall(r"<(?:script|link|img|iframe|form)|\b(?:src|href|on\w+)=", text)


def test_what_was_said_is_never_markup(world: World) -> None:
    """Reasons and details stand on the page as they were typed."""
    world.opened().take({0: "N"}, "2025-11-20")
    world.amend(0, "N", "I", "2025-11-20", reason='<script>alert(1)</script> & "so"')
    text = _page(world)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;so&quot;" in text
    assert "<script" not in text


def _page(world: World, **options: str) -> str:
    extract = EXTRACTS["register-history"]
    with _source(world) as source:
        question = Question((world.urn,), YEAR, options_of(extract, options))
        return b"".join(written(begin(extract, source, question), Style("html"))).decode()


def test_the_summary_is_the_total_by_enrolment(busy: World) -> None:
    """Sums, rates and codes of each enrolment are those of the totals, and add up to the school's."""
    rows = _rows(busy, "pupil-summary")
    by_pupil = busy.totals("2025-09-01", "2025-12-19", "pupil")
    for row in rows:
        total = by_pupil[row["pupil"]]
        for name in ("possible_sessions", "attending", "overall_absence", "missing", "present"):
            assert getattr(total, name) == row[name]
        assert total.attendance_percent == row["attendance_percent"]
        assert (total.persistent_absence == 1) == row["persistent_absence"]
        codes = {name[6:]: n for name, n in row.items() if name.startswith("codes_") and n}
        assert total.codes == codes
    school = busy.total("2025-09-01", "2025-12-19")
    assert school.possible_sessions == sum(row["possible_sessions"] for row in rows)
    assert ["Okafor", "9B"] == [rows[0]["surname"], rows[0]["registration_group"]]


def test_each_enrolment_has_a_row_and_strays_the_last(world: World) -> None:
    """A pupil who left and came back has two rows; marks of days off the roll stand in one at the end."""
    world.opened(pupils=1, starting_day="2025-11-20")
    world.import_marks([(0, "2025-11-05", "AM", "/")])
    world.take({0: "/"})
    rows = _rows(world, "pupil-summary")
    assert [(world.pupil(0), 1), (None, 1)] == [(row["pupil"], row["codes_/"]) for row in rows]
    assert None is rows[-1]["persistent_absence"]


def test_two_enrolments_of_one_pupil(world: World) -> None:
    """Sums are kept apart by enrolment, each beside its own first and last day."""
    world.opened(pupils=1)
    world.take({0: "/"}, "2025-11-20")
    world.delete(0)
    world.enter(0, starting_day="2025-11-25")
    rows = _rows(world, "pupil-summary")
    assert [("2025-09-02", "2025-11-23"), ("2025-11-25", None)] == [
        (row["starting_day"], row["last_day"]) for row in rows
    ]
    assert [1, 0] == [row["codes_/"] for row in rows]


@pytest.mark.parametrize("by", ["week", "half_term", "term", "day_of_week", "registration_group"])
def test_the_breakdown_counts_each_code(busy: World, by: Any) -> None:
    """Each code of each key is a row; together they are the codes of the totals."""
    rows = _rows(busy, "code-breakdown", by=by)
    totals = busy.totals("2025-09-01", "2025-12-19", by)
    assert {key: row.codes for key, row in totals.items() if row.codes} == {
        key: {row["code"]: row["sessions"] for row in rows if row["key"] == key}
        for key in {row["key"] for row in rows}
    }
    for row in rows:
        if row["possible_sessions"]:
            assert 100 * row["sessions"] / row["possible_sessions"] == row["percent"]


def test_missing_registers_are_those_of_the_list(busy: World) -> None:
    """A register that nobody took and one that lacks a pupil are listed; one that is whole is not."""
    span = Span(date(2025, 11, 20), date(2025, 11, 24))
    rows = _rows(busy, "missing-registers", span, instant=EVENING)
    assert [
        ("2025-11-21", "AM", "partly_taken", 1),
        ("2025-11-21", "PM", "not_taken", 3),
        ("2025-11-24", "AM", "not_taken", 3),
        ("2025-11-24", "PM", "not_taken", 3),
    ] == [(row["date"], row["session"], row["state"], row["missing"]) for row in rows]


def test_all_codes_are_there(world: World) -> None:
    """Every code that ever was is a row, with its dates."""
    rows = _rows(world, "codes")
    assert {"/", "\\", "#", "-"} - {"-"} <= {row["code"] for row in rows}
    (j,) = [row for row in rows if row["code"] == "J1"]
    assert ("2024-08-19", "authorised", True) == (
        j["valid_from"],
        j["counts_as"],
        j["in_possible_sessions"],
    )


@pytest.mark.parametrize(
    "name", [name for name in EXTRACTS if name in ("register", "pupil-summary")]
)
def test_an_extract_is_as_it_stood(world: World, name: str) -> None:
    """At an earlier position an extract is what it was when the log ended there."""
    world.opened()
    world.take({0: "N", 1: "/"}, "2025-11-20")
    with world.looking() as (_, _, at):
        then, before = at, _rows(world, name)
    world.amend(0, "N", "I", "2025-11-20")
    world.amend_name(1, surname="Eze")
    assert before != _rows(world, name)
    assert before == _rows(world, name, position=then.position, instant=then.instant)


def test_the_version_rises_with_what_rows_rest_on(world: World, another: World) -> None:
    """A mark of the window or a word about the school is a new patch; others' marks and days are not."""
    world.opened()
    another.opened()
    first = _version(world)
    another.take({0: "/"})
    world.take({0: "/"})
    assert first != _version(world)
    later = Span(date(2025, 9, 1), date(2025, 11, 21))
    assert first == _version(world, later)
    receipt = world.amend_name(0, surname="Eze")
    assert f"1.0.{receipt['last']}" == _version(world, later)


def _version(world: World, span: Span = YEAR) -> str:
    with _source(world) as source:
        return begin(EXTRACTS["register"], source, Question((world.urn,), span)).head.version


def test_the_version_is_found_far_back_too(
    world: World, another: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last mark is found however much was recorded elsewhere since."""
    world.opened()
    expected = f"1.0.{world.take({0: '/'})['last']}"
    another.opened(pupils=8)
    monkeypatch.setattr("projections.extracts.versions._STRETCHES", (1, 2))
    assert expected == _version(world)


def _changes(world: World, name: str, before: int, after: int, **options: str) -> list[RowChange]:
    extract = EXTRACTS[name]
    with _source(world, before) as earlier, _source(world, after) as later:
        sources = Sources(earlier._replace(connection=later.connection), later)
        question = Question((world.urn,), YEAR, options_of(extract, options))
        return list(changes(extract, sources, question))


def test_a_difference_names_rows_and_events(world: World) -> None:
    """Rows added and changed between two places are told with what stood, what stands, and who did it."""
    before = world.opened().take({0: "N"}, "2025-11-20")["last"]
    world.take({1: "/"}, "2025-11-20")
    after = world.amend(0, "N", "I", "2025-11-20")["last"]
    changed, added = _changes(world, "register", before, after)
    assert ("changed", "N", "I") == (changed.what, changed.before["code"], changed.after["code"])
    assert ["attendance-amended"] == [event.type for event in changed.events]
    assert ("added", None, "/") == (added.what, added.before, added.after["code"])
    assert {"urn", "pupil", "date", "session"} == set(added.key)
    assert [] == _changes(world, "register", after, after)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_difference_lists_exactly_what_was_amended(world: World, seed: int) -> None:
    """Of many marks some are amended at random: just those are told, each with the events that did it."""
    random, days = Random(seed), ("2025-11-19", "2025-11-20", "2025-11-21")
    world.opened(pupils=6)
    marks = list(product(range(6), days, ("AM", "PM")))
    for day, session in product(days, ("AM", "PM")):
        world.take(dict.fromkeys(range(6), "N"), day, session)
    before = world.amend(0, "N", "O", days[0])["last"]
    stands = dict.fromkeys(marks, "N") | {(0, days[0], "AM"): "O"}
    amended: dict[tuple[str, str, str], list[str]] = {}
    after = before
    for mark in random.choices(marks, k=random.randint(1, 9)):
        pupil, day, session = mark
        code = random.choice([one for one in "IGO" if one != stands[mark]])
        after = world.amend(pupil, stands[mark], code, day, session)["last"]
        stands[mark] = code
        amended.setdefault((world.pupil(pupil), day, session), []).append(code)
    world.take({0: "/"}, "2025-11-24")

    found = {
        (one.key["pupil"], one.key["date"], one.key["session"]): one
        for one in _changes(world, "register", before, after)
    }
    assert amended.keys() == found.keys()
    for key, codes in amended.items():
        assert ("changed", codes[-1]) == (found[key].what, found[key].after["code"])
        assert codes == [event.code for event in found[key].events]
    told = _changes(world, "register-history", before, after)
    assert Counter("added" for codes in amended.values() for _ in codes) == Counter(
        one.what for one in told
    )


def test_a_difference_names_rows_that_are_gone(world: World) -> None:
    """A register that was missing and has been taken since is no row any more."""
    before = world.opened(pupils=1).take({0: "/"}, "2025-11-20")["last"]
    after = world.take({0: "/"}, "2025-11-21")["last"]
    gone = _changes(world, "missing-registers", before, after)
    assert [("removed", "2025-11-21", "AM")] == [
        (one.what, one.key["date"], one.key["session"]) for one in gone
    ]


def test_a_school_that_was_not_there_has_all_its_rows_added(world: World) -> None:
    """Before a school was described it had no rows."""
    after = world.opened(pupils=1).take({0: "/"})["last"]
    found = Counter(change.what for change in _changes(world, "register", 0, after))
    assert {"added": 1} == found


def test_wrong_questions_are_refused_before_the_first_row(world: World) -> None:
    """An option that there is not, one of another kind, and one that is none of the choices."""
    world.opened()
    for name, options, code in (
        ("register", {"group": "9B"}, "unknown-member"),
        ("register", {"pupil": "nobody"}, "not-a-uuid"),
        ("register", {"pupil": "no\x00body"}, "malformed"),
        ("code-breakdown", {"by": "moon"}, "not-one-of"),
        ("code-breakdown", {"by": "x" * 300}, "not-one-of"),
        ("register", {"pupil": "x" * 300}, "too-long"),
    ):
        with pytest.raises(QuestionError) as refused:
            _rows(world, name, **options)
        assert code == refused.value.code
        assert all(value not in refused.value.message for value in options.values())


def test_the_same_question_makes_the_same_bytes(busy: World) -> None:
    """At one place in the log a file is the same whenever it is made, in every format."""
    with _source(busy) as source:
        question = Question((busy.urn,), YEAR)
        for form in EXTRACTS["register"].formats:
            made = [
                sha256(
                    b"".join(written(begin(EXTRACTS["register"], source, question), Style(form)))
                )
                for _ in range(2)
            ]
            assert 1 == len({one.hexdigest() for one in made})
        said = statement(begin(EXTRACTS["register"], source, question), Style("csv"))
    assert (9, [busy.urn]) == (said["row_count"], said["schools"])
