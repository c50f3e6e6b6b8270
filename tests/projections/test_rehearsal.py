"""A rehearsal of changed rules: what would be otherwise over the history that there is, and for whom."""

from collections.abc import Mapping
from datetime import date

import pytest

from ledger.intervention.penalty_notices import Met, UnauthorisedSession, threshold_met
from ledger.law.codes import BUILT_IN as CODES
from ledger.law.judgement import Made, threshold_first_met
from ledger.law.rulebook import BUILT_IN, RulebookError, read
from ledger.law.statute import built_in_text
from ledger.schools.school_time import SchoolTime
from projections.rehearsal import Rehearsal
from projections.rehearsal_report import Report, begin, rehearse
from tests.projections.world import World

U_OF_2024 = 'title = "Attended after the taking of the register ended'


def changed(table: str, *changes: tuple[str, str]) -> Mapping[str, str]:
    """A table as it is built in with some of its text changed."""
    text = built_in_text(table)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return {table: text}


def entry_changed(table: str, where: str, old: str, new: str) -> Mapping[str, str]:
    """A table with one entry changed: the first `old` after the words that are found in the entry."""
    text = built_in_text(table)
    begin_at = text.index(where)
    place = text.index(old, begin_at)
    return {table: text[:place] + new + text[place + len(old) :]}


def rehearsed(
    world: World, texts: Mapping[str, str], first: str | None = None, position: int | None = None
) -> Report:
    """The report on one school."""
    rehearsal = Rehearsal(BUILT_IN, read(texts))
    days = (date.fromisoformat(first) if first else None, None)
    with world.looking(position) as (connection, _, at):
        report = begin(connection, rehearsal, [world.urn], days, at)
        return rehearse(connection, report, world.vault, lambda *_: None)


def test_the_law_as_it_is_changes_nothing(world: World) -> None:
    """The built-in tables, given as proposed ones, differ in nothing."""
    world.opened()
    world.take({0: "U", 1: "/"})
    report = rehearsed(world, changed("codes") | changed("thresholds") | changed("severity"))
    assert ([], 0, []) == (report.rehearsal.changes, report.marks, report.figures)


def test_other_words_change_nothing(world: World) -> None:
    """A better title or reference is named as a change, and no mark is judged otherwise by it."""
    world.opened()
    world.take({0: "U"})
    report = rehearsed(world, changed("codes", (U_OF_2024, 'title = "Came after it')))
    assert [("codes", "U", "changed")] == [(*c[:2], c.what) for c in report.rehearsal.changes]
    assert (0, [], []) == (report.marks, report.figures, report.not_reckoned)


def test_a_code_that_would_count_otherwise(world: World) -> None:
    """Every mark of it is found as it stands now, with the totals it would change."""
    world.opened()
    world.take({0: "U", 1: "U", 2: "/"}, "2025-11-20")
    world.amend(1, "U", "I", "2025-11-20")
    texts = entry_changed("codes", U_OF_2024, '"unauthorised"', '"authorised"')
    report = rehearsed(world, texts)
    ((_, mark),) = report.listed
    assert (world.pupil(0), date(2025, 11, 20), "AM", "U") == mark[:4]
    assert ("unauthorised", "authorised") == (mark.before.counts_as, mark.after.counts_as)
    assert {("authorised_absence", 1, 2), ("unauthorised_absence", 1, 0)} == {
        (one.figure, one.before, one.after) for _, one in report.figures
    }
    assert (1, 1) == (report.marks, report.pupils)


def test_a_span_of_history(world: World) -> None:
    """Days before the first one asked about are not looked at."""
    world.opened()
    world.take({0: "U"}, "2025-11-19")
    world.take({0: "U"}, "2025-11-20")
    texts = entry_changed("codes", U_OF_2024, '"unauthorised"', '"authorised"')
    assert 2 == rehearsed(world, texts).marks
    assert 1 == rehearsed(world, texts, first="2025-11-20").marks
    assert 0 == rehearsed(world, texts, first="2025-11-21").marks


def test_as_of_a_position(world: World) -> None:
    """What was recorded later is not there, and what was amended later stands as it stood."""
    world.opened()
    last = world.take({0: "U"}, "2025-11-20")["last"]
    world.amend(0, "U", "I", "2025-11-20")
    texts = entry_changed("codes", U_OF_2024, '"unauthorised"', '"authorised"')
    assert 0 == rehearsed(world, texts, position=last - 1).marks
    assert 1 == rehearsed(world, texts, position=last).marks
    assert 0 == rehearsed(world, texts).marks


def test_a_code_that_would_be_refused_and_one_that_would_not(world: World) -> None:
    """A detail that would be needed refuses the marks without one; H let back in is taken again,
    with the warning that no leave stands behind it.
    """
    world.opened()
    world.take({0: "W", 1: {"code": "W", "detail": "Bakery"}}, "2025-11-20")
    world.import_marks([(2, "2025-11-20", "AM", "H")])
    needed = '"approved_educational_activity"\nin_possible = true\ndetail = "required"\ndetail_is = "where"'
    texts = entry_changed(
        "codes",
        'title = "Work experience (approved educational activity)"',
        '"approved_educational_activity"\nin_possible = true',
        needed,
    )
    report = rehearsed(world, texts)
    ((_, mark),) = report.listed
    assert (world.pupil(0), "recorded", "refused") == (
        mark.pupil,
        mark.before.taken,
        mark.after.taken,
    )
    assert ("detail-missing",) == mark.after.rules
    again = entry_changed("codes", 'code = "H"', "valid_to = 2024-08-18", 'valid_to = "in force"')
    ((_, mark),) = rehearsed(world, again).listed
    assert ("H", "refused", "warned") == (mark.code, mark.before.taken, mark.after.taken)


def test_a_rule_that_would_weigh_otherwise(world: World) -> None:
    """A refusal that becomes a warning is seen on the marks that break the rule."""
    world.opened()
    world.import_marks([(0, "2025-11-20", "AM", "H"), (1, "2025-11-20", "AM", "/")])
    texts = entry_changed(
        "severity", 'name = "code-not-in-force"', "from = ", 'maintained = "warn"\nfrom = '
    )
    ((_, mark),) = rehearsed(world, texts).listed
    assert ("H", "refused", "warned") == (mark.code, mark.before.taken, mark.after.taken)


def test_the_age_decides_where_the_code_is_for_one(world: World) -> None:
    """Pupils not of compulsory school age alone are touched by a change of their own X."""
    world.opened(pupils=1)
    world.enter(7, date_of_birth="2021-10-10", year_group="N2")
    world.import_marks([(0, "2025-11-20", "PM", "X"), (7, "2025-11-20", "PM", "X")])
    texts = entry_changed(
        "codes",
        'title = "Pupil not of compulsory school age, not required to attend"\nvalid_from = 2024',
        'pupil_group = "not_compulsory_school_age"',
        'pupil_group = "compulsory_school_age"',
    )
    found = {mark.pupil: mark for _, mark in rehearsed(world, texts).listed}
    rule = "code-not-for-this-age"
    older, younger = found[world.pupil(0)], found[world.pupil(7)]
    assert (True, False) == (rule in older.before.rules, rule in older.after.rules)
    assert (False, True) == (rule in younger.before.rules, rule in younger.after.rules)
    assert ("refused", "refused") == (older.before.taken, younger.after.taken)


def test_a_code_that_would_rest_on_no_leave(world: World) -> None:
    """Marks without leave would no longer be warned of; one with leave given is as it was."""
    world.opened()
    leave = world.ask_leave(
        0, **{"from": "2025-11-25", "to": "2025-11-25", "asked_on": "2025-11-20"}
    )
    world.decide_leave(leave, "given")
    world.take({0: "C", 1: "C"}, "2025-11-25")
    texts = entry_changed(
        "codes",
        'title = "Leave: exceptional circumstances"',
        'leave_decision = "required"',
        'leave_decision = "optional"',
    )
    ((_, mark),) = rehearsed(world, texts).listed
    assert (world.pupil(1), "warned", "recorded") == (
        mark.pupil,
        mark.before.taken,
        mark.after.taken,
    )
    assert ("code-without-leave",) == mark.before.rules


def test_a_lower_penalty_threshold_is_met_by_more(world: World) -> None:
    """Two sessions instead of ten: who meets it, and since when; nothing else is otherwise."""
    world.opened()
    world.take({0: "O", 1: "O", 2: "/"}, "2025-11-19")
    world.take({0: "G", 1: "/", 2: "/"}, "2025-11-20")
    texts = entry_changed(
        "thresholds", 'name = "penalty-notice-sessions"', "value = 10", "value = 2"
    )
    report = rehearsed(world, texts)
    assert [(world.urn, (world.pupil(0), None, date(2025, 11, 20)))] == report.thresholds
    assert (0, []) == (report.marks, report.figures)


def test_another_percentage_makes_others_persistently_absent(world: World) -> None:
    """Persistent absence is counted by the proposed percentage."""
    world.opened()
    for day in ("2025-11-17", "2025-11-18", "2025-11-19", "2025-11-20"):
        world.take({0: "I" if day == "2025-11-17" else "/", 1: "/"}, day)
    texts = entry_changed(
        "thresholds", 'name = "persistent-absence-percent"', "value = 10", "value = 26"
    )
    ((_, figure),) = rehearsed(world, texts).figures
    assert ("persistent_absence", 1, 0) == figure[1:]


def test_a_ground_that_would_ask_for_more(world: World) -> None:
    """Deletions on the ground, made while the change would have been in force, are named."""
    world.opened()
    world.delete(0)
    texts = entry_changed(
        "deletion_grounds",
        'name = "mobile_child_at_main_school"',
        'answer = "no"',
        'answer = "yes"',
    )
    ((_, deletion),) = rehearsed(world, texts).deletions
    assert (world.pupil(0), "A") == (deletion.pupil, deletion.ground)


def test_what_cannot_be_reckoned_is_said(world: World) -> None:
    """A change from which no figure follows here is named as such, not passed over."""
    world.opened()
    texts = entry_changed(
        "retention",
        'title = "Entry in the admission or attendance register"',
        "kept_years = 6",
        "kept_years = 7",
    )
    assert ["retention: register-entry"] == rehearsed(world, texts).not_reckoned


def test_the_report_names_no_one(world: World) -> None:
    """The JSON of the report holds ids and positions; no name, detail or reason of anybody."""
    world.opened()
    world.take({0: {"code": "B", "detail": "Secret hideout"}}, "2025-11-20")
    texts = entry_changed(
        "codes",
        'title = "Any other approved educational activity"',
        '"approved_educational_activity"',
        '"authorised"',
    )
    report = rehearsed(world, texts)
    assert 1 == report.marks
    text = repr(report.as_json())
    assert world.pupil(0) in text
    for said in ("Secret", "Okafor", "Ada", "C Tutor"):
        assert said not in text


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"codes": "[["}, "^codes: "),
        (entry_changed("codes", U_OF_2024, "reference = ", "sources = "), "unknown field sources"),
        (
            entry_changed("thresholds", "[[threshold]]", 'confidence = "secondary', 'sure = "'),
            r"thresholds: threshold 1 \('code-n-replaced-within-school-days'\): confidence",
        ),
        (
            changed("severity", ('name = "detail-missing"', 'name = "detail-is-missing"')),
            "'detail-missing' is gone",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_named(texts: Mapping[str, str], message: str) -> None:
    """The message says table, entry and fault."""
    with pytest.raises(RulebookError, match=message):
        read(texts)


def test_the_threshold_is_that_of_the_penalty_notices() -> None:
    """By the law as it is built in, both ways to reckon the threshold come to one day."""
    days = [day for day in date_range(date(2025, 9, 1), date(2026, 3, 31)) if day.weekday() < 5]
    weeks = SchoolTime(tuple(days)).school_weeks(days[0])
    for step in (3, 4, 5, 6):
        marks = [Made(day, "AM", "OGUN/"[n % 5]) for n, day in enumerate(days[::step])]
        met = threshold_met([UnauthorisedSession(*mark[:3]) for mark in marks], weeks)
        expected = met.first_met.day if isinstance(met, Met) else None
        assert expected == threshold_first_met(BUILT_IN, marks, weeks)
    assert CODES is BUILT_IN.codes


def date_range(first: date, last: date) -> list[date]:
    """The days from one to another, both included."""
    return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
