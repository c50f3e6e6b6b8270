"""The attendance codes: SI 2024/208 reg 10 from 19 August 2024, and the sets before it."""

from datetime import date, timedelta
from importlib.resources import files

import pytest

from ledger.law.codes import (
    STATISTICAL_CLASSES,
    Code,
    CodeTableError,
    class_periods,
    code_in_force,
    codes_on,
    last_counted,
    read_table,
    variants,
)

LAST_OF_2006 = date(2024, 8, 18)
FIRST_OF_2024 = date(2024, 8, 19)
TABLE = read_table(files("ledger.law").joinpath("codes.toml").read_text(encoding="utf-8"))

# How each code counts, written out by hand from the formulas of the Department's statistics.
CLASSES_2024 = {
    "attending": "/ \\ L",
    "approved_educational_activity": "B K P V W",
    "authorised": "C C1 C2 E I J1 M R S T",
    "unauthorised": "G N O U",
    "not_possible": "D Q X Y1 Y2 Y3 Y4 Y5 Y6 Y7",
    "not_collected": "Z #",
}
CLASSES_2013 = {
    "attending": "/ \\ L",
    "approved_educational_activity": "B J P V W",
    "authorised": "C E H I M R S T",
    "unauthorised": "G N O U",
    "not_possible": "D X Y",
    "not_collected": "Z #",
}
POSSIBLE = (
    "attending",
    "approved_educational_activity",
    "authorised",
    "unauthorised",
    "covid_not_attending",
)
ENTRY = """
[[code]]
code = "Q"
title = "Lack of access arrangements"
valid_from = 2024-08-19
valid_to = "in force"
table = "3"
statistical_class = "not_possible"
in_possible = false
am = true
pm = true
before_session = true
detail = "none"
detail_is = ""
pupil_group = "any"
leave_decision = "none"
counts_to_penalty_threshold = false
counts_to_ten_day_return = false
reference = "SI 2024/208 reg 10 Table 3"
confidence = "confirmed"
"""


def by_class(day: date) -> dict[str, set[str]]:
    """The symbols in force on a day, by statistical class."""
    found: dict[str, set[str]] = {}
    for code in codes_on(day):
        found.setdefault(code.statistical_class, set()).add(code.symbol)
    return found


def in_force(symbol: str, day: date) -> Code:
    """The code in force, which the test knows to be there."""
    code = code_in_force(symbol, day)
    assert code is not None
    return code


def counted(symbol: str, day: date) -> Code:
    """The code by which a mark counts, which the test knows to be there."""
    code = last_counted(symbol, day)
    assert code is not None
    return code


def test_thirty_four_codes_are_in_force_in_autumn_2026() -> None:
    """The Regulations of 2024 and the two administrative codes make 34, in the law's own order."""
    expected = (
        "/ \\ L  K V P W B D  C1 M J1 S X C2 C  T R I E  Q Y1 Y2 Y3 Y4 Y5 Y6 Y7  G N O U  Z #"
    )
    assert [code.symbol for code in codes_on(date(2026, 10, 1))] == expected.split()


@pytest.mark.parametrize(
    ("day", "classes"),
    [
        (FIRST_OF_2024, CLASSES_2024),
        (date(2026, 10, 1), CLASSES_2024),
        (LAST_OF_2006, CLASSES_2013),
        (date(2013, 9, 1), CLASSES_2013),
        (date(2019, 3, 4), CLASSES_2013),
        (date(2023, 6, 14), CLASSES_2013),
    ],
)
def test_codes_count_as_the_formulas_say(day: date, classes: dict[str, str]) -> None:
    """On each day every code in force counts in exactly the part the statistics give it."""
    assert by_class(day) == {name: set(symbols.split()) for name, symbols in classes.items()}


@pytest.mark.parametrize(
    "symbol", ["C1", "C2", "J1", "K", "Q", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"]
)
def test_a_new_code_begins_on_19_august_2024(symbol: str) -> None:
    """The day before the Regulations of 2024 the code does not exist; on the day it does."""
    assert code_in_force(symbol, LAST_OF_2006) is None
    assert variants(symbol, LAST_OF_2006) == ()
    assert in_force(symbol, FIRST_OF_2024).valid_from == FIRST_OF_2024


@pytest.mark.parametrize("symbol", ["H", "J", "Y"])
def test_an_old_code_ends_on_18_august_2024(symbol: str) -> None:
    """H, J and bare Y are in force to the last day of the Regulations of 2006 and no longer."""
    assert in_force(symbol, LAST_OF_2006).valid_to == LAST_OF_2006
    assert code_in_force(symbol, FIRST_OF_2024) is None


def test_f_ends_where_the_base_set_begins() -> None:
    """F is in force to 31 August 2013, leaves the school as H, and is refused from 1 September."""
    code = in_force("F", date(2013, 8, 31))
    assert (code.statistical_class, code.export_as) == ("authorised", "H")
    assert code_in_force("F", date(2013, 9, 1)) is None
    assert code_in_force("F", date(2006, 8, 31)) is None
    assert code_in_force("H", date(2013, 9, 1)) is not None


@pytest.mark.parametrize(
    ("symbol", "day", "expected"),
    [
        ("H", date(2025, 6, 11), "authorised"),
        ("J", date(2025, 6, 11), "approved_educational_activity"),
        ("F", date(2025, 6, 11), "authorised"),
        ("Y", date(2025, 6, 11), "not_possible"),
        ("X04", date(2022, 1, 10), "covid_not_attending"),
        ("X07", date(2021, 1, 11), "covid_not_attending"),
        ("I02", date(2023, 1, 10), "authorised"),
        ("J1", date(2023, 6, 14), "authorised"),
        ("I", date(2025, 6, 11), "authorised"),
    ],
)
def test_a_mark_out_of_its_time_counts_as_it_last_counted(
    symbol: str, day: date, expected: str
) -> None:
    """A retired code that still arrives counts as it did when last in force."""
    assert counted(symbol, day).statistical_class == expected


def test_of_several_periods_the_nearest_counts() -> None:
    """Y of 2025 counts as in its last period, / of 2010 as in its first."""
    assert counted("Y", date(2025, 6, 11)).valid_from == date(2020, 8, 1)
    assert counted("/", date(2010, 6, 11)).valid_from == date(2013, 9, 1)


def test_a_symbol_never_known_counts_as_nothing() -> None:
    """What never was a code has no code in force and none to count by."""
    for symbol in ("", "-", "ZZ", "i", "Y8"):
        assert code_in_force(symbol, FIRST_OF_2024) is None
        assert last_counted(symbol, FIRST_OF_2024) is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2020, 5, 31), ["not_possible"]),
        (date(2020, 6, 1), ["not_possible", "not_possible"]),
        (date(2020, 7, 31), ["not_possible", "not_possible"]),
        (date(2020, 8, 1), ["covid_not_attending", "not_possible"]),
        (date(2021, 7, 31), ["covid_not_attending", "not_possible"]),
        (date(2021, 8, 1), ["covid_not_attending", "not_possible"]),
        (date(2022, 7, 31), ["covid_not_attending", "not_possible"]),
        (date(2022, 8, 1), ["not_possible"]),
        (FIRST_OF_2024, ["not_possible"]),
    ],
)
def test_x_has_meant_three_things(day: date, expected: list[str]) -> None:
    """X of the pandemic has a variant for compulsory school age, which stands first."""
    assert [code.statistical_class for code in variants("X", day)] == expected


def test_x_of_the_pandemic_counts_by_age() -> None:
    """X in February 2021 is possible and no absence at compulsory school age, else not possible."""
    day = date(2021, 2, 8)
    assert counted("X", day).statistical_class == "covid_not_attending"
    younger = last_counted("X", day, "not_compulsory_school_age")
    assert younger is not None
    assert younger.statistical_class == "not_possible"


@pytest.mark.parametrize(
    ("symbols", "first", "last", "base"),
    [
        ("X01 X02 X05 X06 X07", date(2021, 3, 8), date(2022, 3, 31), "X"),
        ("X03 X04", date(2021, 3, 8), date(2021, 8, 31), "X"),
        ("X08 X09", date(2021, 9, 1), date(2022, 3, 31), "X"),
        ("I01 I02", date(2021, 3, 8), date(2022, 7, 31), "I"),
    ],
)
def test_sub_codes_hold_for_their_days_and_leave_as_their_base_letter(
    symbols: str, first: date, last: date, base: str
) -> None:
    """Each coronavirus sub-code is in force on its first and last day, not on those beside them."""
    for symbol in symbols.split():
        assert code_in_force(symbol, first - timedelta(days=1)) is None
        assert in_force(symbol, first).export_as == base
        assert in_force(symbol, last).export_as == base
        assert code_in_force(symbol, last + timedelta(days=1)) is None


def test_every_entry_rests_on_a_reference_with_its_confidence() -> None:
    """No entry of the table lacks a reference, a confidence or a known class."""
    for code in TABLE:
        assert code.reference.strip()
        assert code.confidence.startswith(("confirmed", "secondary", "unconfirmed", "code "))
        assert code.statistical_class in STATISTICAL_CLASSES
        assert code.in_possible == (code.statistical_class in POSSIBLE)


def test_no_entry_stands_twice() -> None:
    """A code, its first day and its group of pupils name one entry."""
    keys = [(code.symbol, code.valid_from, code.pupil_group) for code in TABLE]
    assert len(keys) == len(set(keys)) == 76


def test_morning_and_afternoon_have_their_own_present_mark() -> None:
    """Only / is barred from the afternoon and only the backslash from the morning."""
    for day in (LAST_OF_2006, FIRST_OF_2024):
        assert [code.symbol for code in codes_on(day) if not code.pm] == ["/"]
        assert [code.symbol for code in codes_on(day) if not code.am] == ["\\"]


@pytest.mark.parametrize("day", [LAST_OF_2006, FIRST_OF_2024])
def test_what_happened_cannot_be_entered_before_its_session(day: date) -> None:
    """Presence, lateness, illness and unexplained absence are not known beforehand; the rest is."""
    not_ahead = {code.symbol for code in codes_on(day) if not code.before_session}
    assert not_ahead == set("/\\LUNOI")


def test_sub_codes_of_illness_cannot_be_entered_before_their_session() -> None:
    """I01 and I02 say that a pupil was ill, as I does; X02 says what was known."""
    day = date(2021, 5, 4)
    ahead = {symbol: in_force(symbol, day).before_session for symbol in ("I01", "I02", "X02")}
    assert ahead == {"I01": False, "I02": False, "X02": True}


def test_details_leave_and_limits_of_2024() -> None:
    """Required details, leave decisions, the limit of N and both counts are those of the law."""
    codes = codes_on(FIRST_OF_2024)
    required = {code.symbol: code.detail_is for code in codes if code.detail == "required"}
    assert required == {
        "B": "nature of the activity",
        "K": "nature of the provision",
        "C2": "part-time agreement (times and dates)",
        "Y7": "nature of the unavoidable cause",
    }
    leave = {code.symbol for code in codes if code.leave_decision == "required"}
    assert leave == {"C", "C1", "C2", "J1", "S", "X"}
    limits = {code.symbol: code.must_be_replaced_within_school_days for code in codes}
    assert {symbol: limit for symbol, limit in limits.items() if limit} == {"N": 5}
    assert {code.symbol for code in codes if code.counts_to_penalty_threshold} == set("GNOU")
    assert {code.symbol for code in codes if code.counts_to_ten_day_return} == set("GNOU")
    assert {code.symbol for code in codes if code.export_as != code.symbol} == set()


def test_no_session_before_19_august_2024_counts_to_the_national_threshold() -> None:
    """The national framework applies to absences from 19 August 2024 only."""
    assert not any(code.counts_to_penalty_threshold for code in codes_on(LAST_OF_2006))


def test_nothing_is_in_force_before_the_first_entry() -> None:
    """On the first day of all there is no code, yet a known symbol still counts as it first did."""
    assert codes_on(date.min) == ()
    assert counted("/", date.min).statistical_class == "attending"


def test_class_periods_split_x_and_join_what_did_not_change() -> None:
    """X is cut at each change of how it counts; H goes on as one piece after it was retired."""
    periods = class_periods(date(2020, 1, 1), date(2026, 10, 1))
    x = [(start, end, c.statistical_class) for start, end, symbol, c in periods if symbol == "X"]
    assert x == [
        (date(2020, 1, 1), date(2020, 5, 31), "not_possible"),
        (date(2020, 6, 1), date(2020, 7, 31), "not_possible"),
        (date(2020, 8, 1), date(2021, 7, 31), "covid_not_attending"),
        (date(2021, 8, 1), date(2022, 7, 31), "covid_not_attending"),
        (date(2022, 8, 1), date(2024, 8, 18), "not_possible"),
        (date(2024, 8, 19), date(2026, 10, 1), "not_possible"),
    ]
    h = [(start, end) for start, end, symbol, _ in periods if symbol == "H"]
    assert h == [(date(2020, 1, 1), date(2026, 10, 1))]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (LAST_OF_2006, FIRST_OF_2024),
        (FIRST_OF_2024, FIRST_OF_2024),
        (date(2012, 8, 1), date(2014, 7, 31)),
        (date(2020, 5, 30), date(2021, 9, 2)),
    ],
)
def test_class_periods_cover_every_symbol_and_day_once(first: date, last: date) -> None:
    """For each symbol and day there is one piece, and it is what last_counted says."""
    periods = class_periods(first, last)
    for symbol in {code.symbol for code in TABLE}:
        day = first
        while day <= last:
            found = [c for start, end, s, c in periods if s == symbol and start <= day <= end]
            assert found == [last_counted(symbol, day)]
            day += timedelta(days=1)


def test_class_periods_of_no_days_are_none() -> None:
    """A range that ends before it begins has no pieces."""
    assert class_periods(FIRST_OF_2024, LAST_OF_2006) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('reference = "SI 2024/208 reg 10 Table 3"', "", "no reference"),
        ('reference = "SI 2024/208 reg 10 Table 3"', 'reference = " "', "no reference"),
        ('confidence = "confirmed"', "", "no confidence"),
        ("valid_from = 2024-08-19", "", "valid_from must be a date"),
        ('valid_to = "in force"', "", "valid_to must be a date"),
        ('valid_to = "in force"', 'valid_to = ""', "valid_to must be a date"),
        ('valid_to = "in force"', "valid_to = 2024-08-18", "before valid_from"),
        ('"not_possible"', '"nearly_possible"', "statistical_class must be one of"),
        ('detail = "none"', 'detail = "required"', "detail and detail_is"),
        ("in_possible = false", 'in_possible = "no"', "in_possible must be true or false"),
        ("am = true", "am = true\nmorning = true", "unknown field morning"),
    ],
)
def test_a_faulty_entry_is_refused(old: str, new: str, message: str) -> None:
    """A table with an entry that lacks what it needs cannot be used, and the message says why."""
    assert old in ENTRY
    with pytest.raises(CodeTableError, match=message):
        read_table(ENTRY.replace(old, new))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no entry"),
        ('code = "/"', "each entry"),
        ("code = [1]", "no entry, or one that is no table"),
        ("unless_stated = 1\n" + ENTRY, "unless_stated"),
        ('[unless_stated]\nreference = "SI 2024/208"\n' + ENTRY, "by every entry itself"),
        ('[unless_stated]\nconfidence = "confirmed"\n' + ENTRY, "by every entry itself"),
        (ENTRY.replace("[[code]]", "[[codes]]"), "unknown table 'codes'"),
        (ENTRY.replace("2024-08-19", "2024-08-19T00:00:00"), "valid_from must be a date"),
        (ENTRY + "export_as = 1\n", "export_as must be text"),
        (ENTRY + "must_be_replaced_within_school_days = 0\n", "a number of days"),
    ],
)
def test_a_table_of_another_form_is_refused(text: str, message: str) -> None:
    """What is no table of codes is told in words; sources are never taken as usual."""
    with pytest.raises(CodeTableError, match=message):
        read_table(text)


def test_the_message_names_the_entry() -> None:
    """Whoever edits the table is told which entry is wrong."""
    with pytest.raises(CodeTableError, match=r"entry 2 \('Q'\)"):
        read_table(ENTRY + ENTRY.replace("pm = true", ""))


@pytest.mark.parametrize("group", ["any", "compulsory_school_age"])
def test_two_entries_for_the_same_pupils_and_day_are_refused(group: str) -> None:
    """Periods of one code overlap only where the groups of pupils have nobody in common."""
    other = ENTRY.replace('"any"', f'"{group}"').replace("2024-08-19", "2026-01-01")
    with pytest.raises(CodeTableError, match="2026-01-01"):
        read_table(ENTRY + other)


def test_one_entry_may_follow_another_or_stand_beside_it_for_other_pupils() -> None:
    """A period may begin the day after the last, and two groups may have one code each."""
    ended = ENTRY.replace('"in force"', "2026-01-01")
    following = ENTRY.replace("2024-08-19", "2026-01-02")
    assert len(read_table(ended + following)) == 2
    older = ENTRY.replace('"any"', '"not_compulsory_school_age"')
    younger = ENTRY.replace('"any"', '"compulsory_school_age"')
    assert len(read_table(older + younger)) == 2
