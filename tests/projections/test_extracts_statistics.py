"""Statistical extracts beside the Department's own published figures: sums, rates, totals, rounding."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ledger.law.codes import CodeTable
from ledger.law.rulebook import BUILT_IN
from projections.extracts.catalogue import EXTRACTS
from projections.extracts.statistics import (
    frames,
    geography,
    layout,
    phases,
    pooling,
    rounding,
    scope,
    sessions,
    suppression,
    termly,
    tidy,
    wide,
)
from projections.extracts.statistics.sums import Sums

DATA = Path(__file__).parent.parent / "data"
YEARS = {2024: "dfe_ytd_2024_25_areas.csv", 2025: "dfe_ytd_2025_26_areas.csv"}
COUNTS = [one for one in wide.FIELDS if one.figure == "sessions"]
RATES = [one for one in wide.FIELDS if one.figure == "rate"]


def published(name: str) -> list[dict[str, str]]:
    """A file of published rows."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def sums_of(row: dict[str, str]) -> Sums:
    """A published row's counts and census figures, as the extract holds them."""
    return Sums(
        sessions=Counter({one.of: int(row[one.column]) for one in COUNTS}),
        schools=int(row["total_num_schools"]),
        census_enrolments=int(row["total_enrolments"]),
        mean_schools=Fraction(row["num_schools"]),
        mean_enrolments=Fraction(row["enrolments"]),
    )


def printed(year: int, figure: str) -> object:
    """A rate to the precision that it was printed with: nine digits behind the first in 2024/25."""
    number = float(figure)
    return pytest.approx(number, rel=0, abs=5e-9 if year == 2024 and number >= 10 else 1e-9)


def groups(year: int) -> list[tuple[dict[str, str], list[dict[str, str]]]]:
    """Every Total row of a year with the rows of its phases."""
    rows = [row for row in published(YEARS[year]) if row["possible_sessions"] != "c"]
    place = ("geographic_level", "region_name", "la_name")
    return [
        (
            total,
            [
                row
                for row in rows
                if [row[name] for name in place] == [total[name] for name in place]
                and row["education_phase"] != "Total"
            ],
        )
        for total in rows
        if total["education_phase"] == "Total"
    ]


# -- sums and rates --------------------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_sums_follow_from_codes_as_published(year: int) -> None:
    """Counting a published row's codes one by one gives its sums; only the authorised remainder, which no
    published code explains, is missing from ours.
    """
    for row in published(YEARS[year]):
        if row["possible_sessions"] == "c":
            continue
        ours: Counter[str] = Counter()
        codes = [(one.of, int(row[one.column])) for one in COUNTS if one.of not in sessions.NAMES]
        sessions.add(codes, date(year, 9, 10), law(), ours)
        remainder = int(row["authorised_absence"]) - ours["authorised"]
        assert remainder >= 0
        for name in ("authorised", "absence", "possible"):
            ours[name] += remainder
        assert {one.column: int(row[one.column]) for one in COUNTS} == {
            one.column: ours[one.of] for one in COUNTS
        }


@pytest.mark.parametrize("year", YEARS)
def test_every_rate_of_every_phase_follows_from_its_counts(year: int) -> None:
    """All 18 rates of all phases of the nation and the regions, to the precision they were printed with."""
    compared = 0
    for _, of_phases in groups(year):
        for row in of_phases:
            rates = pooling.rates_of(sums_of(row), [one.of for one in RATES])
            for one in RATES:
                assert printed(year, row[one.column]) == float(rates[one.of] or 0), one.column
                compared += 1
    assert {2024: 10 * 3 * 18, 2025: 11 * 3 * 18}[year] == compared


# -- totals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_totals_of_each_year_are_made_by_its_own_rule(year: int) -> None:
    """Every published Total, of the nation, each region and Camden: 18 rates by the rule of its year."""
    period = pooling.period_of(year)
    for total, of_phases in groups(year):
        rates = pooling.total_rates(map(sums_of, of_phases), [one.of for one in RATES], period)
        for one in RATES:
            assert printed(year, total[one.column]) == float(rates[one.of] or 0), one.column


@pytest.mark.parametrize(
    ("year", "rate", "other_rule"),
    [(2024, "93.12980838", "93.120255794"), (2025, "93.1167518649325", "93.130772410")],
)
def test_the_national_rate_tells_the_two_rules_apart(year: int, rate: str, other_rule: str) -> None:
    """The published national attendance rate is that of the year's own rule; by the other it would be
    another.
    """
    [national] = [found for total, found in groups(year) if total["geographic_level"] == "National"]
    found = [
        pooling.total_rates(map(sums_of, national), ["attendance"], period)["attendance"] or 0
        for period in (pooling.period_of(year), pooling.period_of(2024 + (year == 2024)))
    ]
    assert printed(year, rate) == float(found[0])
    assert pytest.approx(float(other_rule), rel=0, abs=1e-8) == float(found[1])


def test_persistent_absence_of_2024_is_weighted_as_well() -> None:
    """The published rates of the phases, weighted by census enrolment, give the published Totals."""
    for total, of_phases in groups(2024):
        weighed = [
            ({"persistent": Fraction(row["pa_perc"])}, int(row["total_enrolments"]))
            for row in of_phases
        ]
        found = pooling.weighted(weighed, ["persistent"])["persistent"]
        assert printed(2024, total["pa_perc"]) == float(found or 0)


@pytest.mark.parametrize("year", YEARS)
def test_counts_of_a_total_are_sums_of_its_phases(year: int) -> None:
    """In both years, daily means and census figures included."""
    for total, of_phases in groups(year):
        ours, theirs = pooling.total_of(map(sums_of, of_phases)), sums_of(total)
        assert theirs.sessions == ours.sessions
        assert (theirs.schools, theirs.census_enrolments) == (ours.schools, ours.census_enrolments)
        # The means were printed with ten digits in 2024/25.
        assert float(theirs.mean_schools) == pytest.approx(float(ours.mean_schools), rel=1e-9)
        assert float(theirs.mean_enrolments) == pytest.approx(float(ours.mean_enrolments), rel=1e-9)


def test_a_phase_without_a_rate_has_no_weight() -> None:
    """Nothing possible gives no rate, not one of 0, and does not pull a Total down."""
    some = Sums(sessions=Counter(possible=200, absence=10), census_enrolments=5)
    none = Sums(census_enrolments=1000)
    period = pooling.period_of(2024)
    assert {"absence": Fraction(5)} == pooling.total_rates([some, none], ["absence"], period)
    assert {"absence": None} == pooling.total_rates([none], ["absence"], period)


def test_periods_follow_on_each_other_and_say_where_from() -> None:
    """Every academic year from 2005 on has one rule, with its reference and how sure it is."""
    assert ["weighted", "weighted", "pooled"] == [one.total for one in pooling.PERIODS]
    for before, after in zip(pooling.PERIODS, pooling.PERIODS[1:], strict=False):
        assert 1 == (after.first - before.last).days
    assert all(one.reference and one.confidence for one in pooling.PERIODS)
    found = {year: pooling.period_of(year).total for year in (1999, 2023, 2024, 2025, 2040)}
    assert {
        1999: "weighted",
        2023: "weighted",
        2024: "weighted",
        2025: "pooled",
        2040: "pooled",
    } == found


# -- layouts ---------------------------------------------------------------------------------------


def test_the_wide_file_has_the_published_columns_in_their_order() -> None:
    """All 67, of both years."""
    for name in YEARS.values():
        assert list(published(name)[0]) == [one.column for one in wide.FIELDS]
    assert 67 == len(wide.FIELDS)


def test_every_code_with_a_column_has_the_column_of_its_name() -> None:
    """`reason_c2_...` counts C2: names and codes were not mixed up."""
    of_code = {one.column: one.of for one in COUNTS if one.of not in sessions.NAMES}
    assert 24 == len(of_code)
    for column, code in of_code.items():
        named = {"reason_present_am": "/", "reason_present_pm": "\\"}
        assert named.get(column, column.split("_")[1].upper()) == code


def test_the_termly_file_has_the_names_that_were_published() -> None:
    """Every column of figures of the file of 2018/19 is there, in its order."""
    figures = [
        name for name in published("dfe_termly_absence_small.csv")[0] if name.startswith(_FIGURES)
    ]
    ours = [one.column for one in termly.FIELDS if one.column in figures]
    assert figures == ours


_FIGURES = ("num_schools", "enrolments", "sess_")


def test_the_vocabulary_is_that_of_the_data_dictionary() -> None:
    """Each reason with its type, and each type with its status; but for the three sums of reasons of the
    absence statistics every reason of the dictionary is there.
    """
    parent = {
        (row["col_name"], row["filter_item"]): row["filter_item_parent"]
        for row in published("dfe_attendance_dictionary.csv")
    }
    for reason in tidy.VOCABULARY:
        of_type = ("attendance_reason", reason.attendance_reason)
        of_status = ("attendance_type", reason.attendance_type)
        assert reason.attendance_type == parent[of_type]
        assert reason.attendance_status == parent[of_status]
    known = {item for column, item in parent if column == "attendance_reason"}
    left_out = known - {reason.attendance_reason for reason in tidy.VOCABULARY}
    assert {
        f"Total {of} reason sessions" for of in ("authorised", "unauthorised", "overall")
    } == left_out


@pytest.mark.parametrize("fields", [wide.FIELDS, termly.FIELDS])
def test_every_figure_is_of_something_that_is_counted(fields: tuple[layout.Field, ...]) -> None:
    """A misspelt code or sum would be 0 for ever."""
    known = {code.symbol for code in law().codes} | sessions.NAMES
    known |= {"schools", "enrolments", "persistent", "severe"}
    assert set() == {one.of for one in fields if one.figure} - known
    assert set() == {reason.sessions_of for reason in tidy.VOCABULARY} - known


def test_labels_name_one_column_each() -> None:
    """Filters and indicators, by their labels."""
    for fields in (wide.FIELDS, tidy.FIELDS, termly.FIELDS):
        labels = [one.label for one in fields if one.role in ("filter", "indicator")]
        assert len(labels) == len(set(labels))


def test_each_statistical_extract_has_its_metadata() -> None:
    """Listed beside it, under the name that the file must have."""
    for name in ("ees-attendance-wide", "ees-attendance-tidy", "ees-absence-termly"):
        assert ("csv",) == EXTRACTS[f"{name}.meta"].formats
        assert "status" == EXTRACTS[name].columns[-1].name


# -- rounding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "places", "expected"),
    [
        (1, 8, 1, "12.5"),
        (1, 16, 1, "6.3"),  # 6.25: to even it would be 6.2
        (1, 80, 1, "1.3"),  # 1.25
        (201, 200_000, 4, "0.1005"),
        (201, 200_000, 3, "0.101"),  # 0.1005, which in binary lies below it
        (1, 3, 5, "33.33333"),
        (2, 3, 0, "67"),
        (1, 200, 0, "1"),  # 0.5
        (0, 7, 2, "0.00"),
        (7, 7, 1, "100.0"),
    ],
)
def test_ties_go_up(part: int, whole: int, places: int, expected: str) -> None:
    """100 part / whole, half up, exactly; with the decimals asked for."""
    assert Decimal(expected) == rounding.percent(part, whole, places)
    assert expected == str(rounding.percent(part, whole, places))


def test_the_formula_on_whole_numbers_is_the_same() -> None:
    """(2 x 100 a x 10^d + b) // 2b, with the point put in its place."""
    for part in range(60):
        for whole in range(1, 60):
            for places in (0, 1, 2, 5):
                digits = (2 * part * 100 * 10**places + whole) // (2 * whole)
                assert Decimal(digits).scaleb(-places) == rounding.percent(part, whole, places)


def test_no_whole_has_no_percentage() -> None:
    """Not one of 0."""
    assert rounding.percent(0, 0, 2) is None


def test_enrolments_are_rounded_to_five() -> None:
    """The nearest five."""
    found = {number: rounding.to_multiple(number, 5) for number in (0, 3, 7, 8, 12, 13, 98)}
    assert {0: 0, 3: 5, 7: 5, 8: 10, 12: 10, 13: 15, 98: 100} == found
    assert 10 == rounding.to_multiple(5, 10)


def test_published_percentages_are_rounded_half_up() -> None:
    """Of the termly file: one decimal for the nation, five below it, worked out from its counts."""
    compared = 0
    for row in published("dfe_termly_absence_small.csv"):
        places = 1 if row["geographic_level"] == "National" else 5
        for column in row:
            part = column.replace("_percent", "")
            if "_percent" not in column or not row[column].replace(".", "").isdigit():
                continue
            whole = "enrolments" if part.startswith("enrolments") else "sess_possible"
            whole += "_pa_10_exact" if "sess" in part and "_pa_" in part else ""
            ours = rounding.percent(int(row[part]), int(row[whole]), places)
            assert Decimal(row[column]) == ours, (row["time_period"], column)
            compared += 1
    assert compared > 150


# -- suppression -----------------------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_a_row_of_one_school_is_suppressed_as_published(year: int) -> None:
    """The published rows of the City of London, and of Bracknell Forest's only special school."""
    suppressed = [row for row in published(YEARS[year]) if row["possible_sessions"] == "c"]
    assert suppressed
    for row in suppressed:
        cell = wide.Cell(
            year,
            _area(row["old_la_code"]),
            row["education_phase"],
            Sums(schools=1, open_schools=1),
            {},
        )
        ours = wide._row(cell, pooling.period_of(year))
        assert list(row.values()) == [str(figure) for figure in ours]


def _area(authority: str) -> geography.Area:
    *_, local = geography.areas_of(authority)
    return local


def test_symbols_stand_in_the_status_for_readers_of_numbers() -> None:
    """A symbol is None in the row; the status names its columns, and is blank where there is none."""
    confidential, none = suppression.Symbol.CONFIDENTIAL, suppression.Symbol.NOT_APPLICABLE
    fields = wide.FIELDS[-3:]
    rows = [(confidential, none, "x y"), (1.5, confidential, ""), (1.5, 2, "")]
    names = [one.column for one in fields]
    assert [
        (None, None, "x y", f"c: {names[0]}; z: {names[1]}"),
        (1.5, None, "", f"c: {names[1]}"),
        (1.5, 2, "", None),
    ] == list(layout.rows(fields, rows))
    written = b"".join(layout.csv_lines(fields, rows)).decode()
    assert [",".join(names), "c,z,x y", "1.5,c,", "1.5,2,", ""] == written.split("\r\n")


# -- areas, phases, scope, frames ------------------------------------------------------------------


def test_areas_are_named_as_published() -> None:
    """The nation, London and Camden by the columns of their published rows."""
    rows = published(YEARS[2025])
    for area in geography.areas_of("202"):
        named = area._asdict()
        assert any(named.items() <= row.items() for row in rows), area


def test_an_unknown_authority_is_not_available() -> None:
    """It is in no region, and its name is `x`."""
    national, local = geography.areas_of("001")
    assert "National" == national.geographic_level
    assert ("x", "x", "001") == (local.region_name, local.la_name, local.old_la_code)


def test_ages_are_those_on_31_august() -> None:
    """Whoever turns five on 31 August is five; the day after is a year too late."""
    born = {"a": date(2020, 8, 31), "b": date(2020, 9, 1), "c": date(2009, 9, 1)}
    assert [5, 4, 15] == [phases.age_on_31_august(day, 2025) for day in born.values()]


def test_scope_is_5_to_15_and_15_until_the_second_half_of_summer() -> None:
    """Each with the day from which their sessions are left out; on 25 May 2026 the second half begins."""
    born = {
        "four": date(2020, 9, 1),
        "five": date(2020, 8, 31),
        "fourteen": date(2010, 9, 1),
        "fifteen": date(2010, 8, 31),
        "sixteen": date(2009, 8, 31),
    }
    expected = {"four": date.min, "fifteen": date(2026, 5, 25), "sixteen": date.min}
    assert expected == scope.out_of_scope(born, {}, 2025, date(2026, 7, 31))


def test_a_week_is_numbered_as_published() -> None:
    """Monday 8 September 2025 is of week 37 of 2025; a week around the New Year is of one year."""
    day = frames.of_day(date(2025, 9, 8))
    assert ("2025", "Week 37", "Monday") == (day.time_period, day.time_identifier, day.name)
    week = frames.of_week(date(2026, 1, 2))
    assert ("2026", "Week 1", "Week") == (week.time_period, week.time_identifier, week.name)
    assert date(2025, 12, 29) == week.reference
    year = frames.year_to_date([date(2025, 9, 8), date(2025, 9, 18)])
    assert ("Week 38", "Year to date", date(2025, 9, 15)) == (
        year.time_identifier,
        year.name,
        year.reference,
    )


def law() -> CodeTable:
    """The code table."""
    return BUILT_IN.codes
