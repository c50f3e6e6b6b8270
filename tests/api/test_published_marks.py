"""The demonstration's marks, people and requests add up to the Department's published figures."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from api.demo import history, leave
from api.demo.client import retry_after
from api.demo.comparison import compare
from api.demo.history import Year
from api.demo.marks import CannotBeReplayedError, Mark, make_marks
from api.demo.measures import rates_of, tolerance, totals_of
from api.demo.people import people_of, upn
from api.demo.published import (
    NoSuchRowError,
    PublishedRow,
    carried_rows,
    find_row,
    read_rows,
)
from api.demo.term_dates import TERMS, school_days, span
from ledger.admissions.ages import of_compulsory_school_age

LAST_YEAR = Path(__file__).parent.parent / "data" / "dfe_ytd_2024_25_small.csv"
ROWS = [*carried_rows(), *read_rows(LAST_YEAR)]
CODE_OF_SIDE = {"AM": "\\", "PM": "/"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Marks are made of the smallest row of each year, and with `--every-row` of all of them."""
    if "year" in metafunc.fixturenames:
        every_row = metafunc.config.getoption("--every-row")
        smallest = {row.period: row for row in reversed(ROWS)}
        rows = ROWS if every_row else [*smallest.values()]
        ids = [row.title for row in rows]
        metafunc.parametrize("year", rows, indirect=True, ids=ids, scope="module")


@pytest.fixture(scope="module")
def year(request) -> Year:
    """A row made into marks and people, once."""
    return default_year() if request.param == find_row() else Year.of(request.param)


@cache
def default_year() -> Year:
    """The row of the demonstration when no other is asked for."""
    return Year.of(find_row())


def changed(row: PublishedRow, **columns: str) -> PublishedRow:
    """The row with some columns changed."""
    return replace(row, columns={**row.columns, **columns})


# -- the published rows ----------------------------------------------------------------------------


def test_the_rows_are_whole_and_small():
    """Nine rows of 2025/26 and eight of 2024/25, of 67 columns, none suppressed or large."""
    assert Counter(row.period for row in ROWS) == {"202526": 9, "202425": 8}
    assert {len(row.columns) for row in ROWS} == {67}
    assert all(row.complete and row.count("possible_sessions") < 130_000 for row in ROWS)


def test_the_default_row_is_bracknell_forest_special():
    """Without a choice the demonstration takes the smallest row: 59,991 possible sessions."""
    row = find_row()
    assert (row.title, row.la_code) == ("Bracknell Forest, Special, 2025/26", "867")
    assert row.count("possible_sessions") == 59_991


def test_a_row_is_found_however_it_is_cased():
    """Area and phase are found in capitals or without; another area names those there are."""
    assert find_row("NEWHAM", "special") == find_row("Newham", "Special")
    with pytest.raises(NoSuchRowError, match=r"Herefordshire, County of \(Special\)"):
        find_row("Newham", "Primary")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_published_sums_follow_from_the_codes(row):
    """Present, attendance, absence, late and possible sessions are sums of the counts by code."""
    totals = totals_of(row.counts())
    assert totals == {name: row.count(name) for name in totals}
    assert len(totals) == 8


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_published_percentages_follow_from_the_codes(row):
    """All eighteen percentages come out of the counts, to the precision they were printed with."""
    rates = rates_of(totals_of(row.counts()), row.counts())
    expected = {
        name: pytest.approx(row.rate(name), rel=0, abs=tolerance(row.period, row.rate(name)))
        for name in row.columns
        if name.endswith("_perc") and name != "pa_perc"
    }
    assert len(rates) == 18
    assert rates == expected


def test_no_possible_session_has_no_percentage():
    """Where nothing was possible there is no percentage, rather than one of 0."""
    assert set(rates_of(totals_of({}), {}).values()) == {None}


@pytest.mark.parametrize(
    ("period", "published", "expected"),
    [("202526", 89.4, 1e-9), ("202425", 9.99, 1e-9), ("202425", 10.0, 5e-9)],
)
def test_only_what_was_printed_shorter_is_compared_less_closely(period, published, expected):
    """Percentages agree to 1e-9, but to 5e-9 where 2024/25 was printed with eight decimals."""
    assert tolerance(period, published) == expected


# -- marks -----------------------------------------------------------------------------------------


def test_marks_have_the_published_counts(year):
    """For every code there are exactly as many marks as sessions were published."""
    counts = Counter(mark.code for mark in year.marks)
    assert counts == {code: n for code, n in year.row.counts().items() if n}


def test_a_pupil_has_one_mark_a_session_and_one_school(year):
    """No pupil has two marks for one session, or marks at two schools."""
    assert len({(m.pupil, m.day, m.session) for m in year.marks}) == len(year.marks)
    pairs = {(mark.pupil, mark.school) for mark in year.marks}
    assert len(pairs) == len({pupil for pupil, _ in pairs})


def test_each_present_mark_is_in_its_own_half_of_the_day(year):
    """A slash is never in an afternoon nor a backslash in a morning, and there is no third half."""
    assert {mark.session for mark in year.marks} == {"AM", "PM"}
    assert not [mark for mark in year.marks if mark.code == CODE_OF_SIDE[mark.session]]


def test_marks_are_on_school_days(year):
    """Marks are on weekdays in term, outside half terms and the May bank holiday."""
    first, last = span(year.row.period)
    days = {mark.day for mark in year.marks}
    assert days <= set(school_days(year.row.period))
    assert all(day.weekday() < 5 and first <= day <= last for day in days)
    assert not days & {date(2025, 5, 5), date(2026, 5, 4)}
    for term in TERMS[year.row.period]:
        assert not [day for day in days if term.half_term[0] <= day <= term.half_term[1]]


def test_a_pupil_is_marked_from_joining_to_leaving(year):
    """Between a pupil's first and last mark at most one session of the whole row is open."""
    number = {day: n for n, day in enumerate(school_days(year.row.period))}
    seen: dict[int, set[int]] = {}
    for mark in year.marks:
        seen.setdefault(mark.pupil, set()).add(number[mark.day])
    assert all(max(days) - min(days) + 1 == len(days) for days in seen.values())
    assert 0 <= 2 * sum(map(len, seen.values())) - len(year.marks) <= 1


def test_terms_have_as_many_days_as_they_say():
    """188 school days in 2024/25, and 184 in 2025/26, whose published period is shorter."""
    assert (len(school_days("202425")), len(school_days("202526"))) == (188, 184)


def test_the_same_row_makes_the_same_marks():
    """The default row's marks are these and no others: a request sent again must be the same."""
    lines = "\n".join(",".join(map(str, mark)) for mark in default_year().marks)
    assert (
        sha256(lines.encode()).hexdigest()
        == "fd9e4269d21093a4eaa460b6a462eda965d55424687f63330a0fa9eb2fcb1097"
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"possible_sessions": "c"},
        {"possible_sessions": "59992", "overall_absence": "6328", "authorised_absence": "4819"},
    ],
    ids=["suppressed", "a session without a code"],
)
def test_a_row_that_cannot_be_replayed_is_refused(columns):
    """A suppressed row, or one with more absence than its codes explain, makes no marks."""
    with pytest.raises(CannotBeReplayedError, match="Bracknell Forest, Special, 2025/26"):
        make_marks(changed(find_row(), **columns))


# -- people ----------------------------------------------------------------------------------------


def test_every_pupil_is_of_an_age_for_the_year_group(year):
    """Pupils are five to fifteen as their year starts, in step with their year group."""
    start = date(year.row.year, 8, 31)
    for pupil in year.people.pupils:
        born = pupil.date_of_birth
        age = start.year - born.year - ((born.month, born.day) > (start.month, start.day))
        assert age == int(pupil.year_group) + 4


def test_codes_of_one_age_are_of_pupils_of_that_age(year):
    """Whoever carries C2 or T is of compulsory school age on the day, in the last weeks of June too."""
    born = {pupil.number: pupil.date_of_birth for pupil in year.people.pupils}
    marks = [mark for mark in year.marks if mark.code in {"C2", "T"}]
    assert all(of_compulsory_school_age(born[mark.pupil], mark.day) for mark in marks)


def test_nobody_of_15_is_marked_in_the_second_half_of_the_summer_term(year):
    """The published figures leave those sessions out, so none of their marks may be made into one."""
    start, late = date(year.row.year, 8, 31), {"202425": date(2025, 5, 26)}
    born = {pupil.number: pupil.date_of_birth for pupil in year.people.pupils}
    from_then = late.get(year.row.period, date(2026, 5, 25))
    of_15 = {number for number, day in born.items() if day <= start.replace(year=start.year - 15)}
    marked = {mark.pupil for mark in year.marks if mark.day >= from_then}
    assert marked
    assert set() == marked & of_15


def test_pupils_are_on_the_roll_from_their_first_mark(year):
    """Every pupil starts at their school on the day of their first mark."""
    first: dict[int, tuple[date, int]] = {}
    for mark in year.marks:
        first.setdefault(mark.pupil, (mark.day, mark.school))
    assert first == {p.number: (p.starting_day, p.school.number) for p in year.people.pupils}


def test_nobody_shares_a_number():
    """Over all rows of a year no two schools share a URN or LAESTAB, no two pupils an id or UPN."""
    day = school_days("202526")[0]
    marks = [Mark(day, "AM", 1 + number % 4, number, "/") for number in range(1, 401)]
    people = [people_of(row, marks) for row in carried_rows()]
    schools = [school for part in people for school in part.schools]
    pupils = [pupil for part in people for pupil in part.pupils]
    for numbers in (
        [school.urn for school in schools],
        [school.laestab for school in schools],
        [pupil.id for pupil in pupils],
        [pupil.upn for pupil in pupils],
    ):
        assert len(set(numbers)) == len(numbers)
    assert all(900_001 <= int(school.urn) <= 999_999 for school in schools)
    assert all(school.laestab[3:5] == "99" for school in schools)


def test_unique_pupil_numbers_have_their_check_letter():
    """207000016049 weighs 266, which is 13 modulo 23: the letter is P."""
    assert upn("207000016049") == "P207000016049"


def test_more_schools_than_there_are_numbers_for_are_refused():
    """A row of more than 25 schools has no people: their numbers would be somebody's."""
    with pytest.raises(ValueError, match="so many schools"):
        Year.of(changed(find_row(), num_schools="26"))


def test_a_school_of_a_thousand_is_refused():
    """A school of more than 999 pupils has no people: unique pupil numbers do not reach further."""
    with pytest.raises(ValueError, match="of this size"):
        Year.of(changed(find_row(), num_schools="1", enrolments="1000"))


# -- requests --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sent() -> Year:
    """The smallest row: what is sent is made in one way for all."""
    return default_year()


@pytest.fixture(scope="module")
def requests(sent) -> list[bytes]:
    """The bodies of the row's imports."""
    return list(history.import_requests(sent))


@pytest.fixture(scope="module")
def lines(requests) -> list[dict[str, str]]:
    """The lines of the row's imports, read back."""
    return [json.loads(line) for line in b"".join(requests).splitlines()]


def amended(year: Year) -> list[dict[str, str]]:
    """A row's amendments, over all its schools."""
    return [
        item
        for school in year.people.schools
        for request in history.amendments(year, school)
        for item in request["amendments"]
    ]


def test_what_is_imported_and_amended_ends_as_published(sent, lines):
    """Imported entries, once the amendments have replaced their N, have the published counts."""
    standing = {(e["pupil"], e["date"], e["session"]): e["code"] for e in lines}
    assert len(standing) == sent.row.count("possible_sessions")
    for item in amended(sent):
        session = (item["pupil"], item["date"], item["session"])
        assert standing[session] == item["from"] == "N"
        standing[session] = item["code"]
    assert Counter(standing.values()) == {c: n for c, n in sent.row.counts().items() if n}


def test_two_hundred_entries_are_amended_each_with_a_reason(sent):
    """200 sessions were first not established and are amended, for a reason, to I, O or U."""
    items = amended(sent)
    assert len(items) == 200
    assert all(item["reason"] for item in items)
    assert {item["code"] for item in items} <= {"I", "O", "U"}


def test_entries_carry_what_their_code_needs(lines):
    """B and K say what the activity was, C2 that it was agreed; every entry says who made it, and when,
    in local time.
    """
    for entry in lines:
        assert ("detail" in entry) == (entry["code"] in {"B", "K", "C2"})
        assert entry["by"]["name"]
        assert entry["by"]["position"]
        assert entry["entered_at"].startswith(entry["date"])
        assert entry["entered_at"].endswith(("+00:00", "+01:00"))


def test_every_mark_that_rests_on_leave_has_it(sent, lines):
    """The sessions of all requests for leave are the sessions of C, C1, C2, J1 and S, each once."""
    asked = [
        (each.asked["pupil"], session["date"], session["session"], each.asked["ground"])
        for each in leave.leaves(sent)
        for session in each.asked["sessions"]
    ]
    resting = {
        (entry["pupil"], entry["date"], entry["session"], leave.GROUNDS[entry["code"]][0])
        for entry in lines
        if entry["code"] in leave.GROUNDS
    }
    assert len(asked) == len(resting) > 700
    assert set(asked) == resting


def test_leave_is_asked_and_given_before_it_is_taken(sent):
    """Asked for a fortnight before and given a week before its first session, by the head, who may."""
    heads = {school.urn: school.head for school in sent.people.schools}
    for each in leave.leaves(sent):
        first = min(session["date"] for session in each.asked["sessions"])
        last = max(session["date"] for session in each.asked["sessions"])
        assert (first, last) == (each.asked["from"], each.asked["to"])
        assert each.asked["asked_on"] < each.decision["decided_on"] < first
        assert heads[each.school.urn] == each.decision["by"]["name"]
        since = leave.authority_document(each.school, date(sent.row.year, 9, 1))["in_force_from"]
        assert since <= each.decision["decided_on"]
        assert ("review_on" in each.asked) == (each.asked["ground"] == "part_time_timetable")
        assert ("licence" in each.decision) == (each.asked["ground"] == "regulated_performance")


def test_leave_is_asked_for_by_runs_of_days(sent):
    """No request but a timetable's has a school day between its days on which the pupil was there."""
    number = {day.isoformat(): n for n, day in enumerate(school_days(sent.row.period))}
    for each in leave.leaves(sent):
        days = sorted({number[session["date"]] for session in each.asked["sessions"]})
        if each.asked["ground"] != "part_time_timetable":
            assert list(range(days[0], days[-1] + 1)) == days


def test_requests_keep_their_limits(requests):
    """No request has more than 10,000 lines, or more than 100 names or amendments."""
    year = default_year()
    sizes = [request.count(b"\n") for request in requests]
    assert sizes == [10_000] * 5 + [9_991]
    names = [
        len(request["entries"])
        for school in year.people.schools
        for request in history.admissions(year, school)
    ]
    assert sum(names) == len(year.people.pupils) == 170
    assert max(names) <= 100
    amendments = [
        len(request["amendments"])
        for school in year.people.schools
        for request in history.amendments(year, school)
    ]
    assert sum(amendments) == 200
    assert max(amendments) <= 100


def test_requests_are_the_same_each_time(requests):
    """Made again, every body is the same bytes: the service then knows its idempotency key."""
    again = Year.of(find_row())
    assert again.people == default_year().people
    assert amended(again) == amended(default_year())
    assert list(leave.leaves(again)) == list(leave.leaves(default_year()))
    assert next(history.import_requests(again)) == requests[0]


def test_idempotency_keys_name_the_row_and_the_request():
    """A key says whose year it is, which kind of request, and which of them."""
    assert default_year().key("attendance", 3) == "demo-202526-867-special-attendance-3"


def test_a_school_is_described_as_the_contract_says():
    """A special school has register times of half an hour, terms, and somebody who says so."""
    year = default_year()
    school = year.people.schools[0]
    document = history.school_document(school, year.row)
    assert (document["type"], document["local_authority"]) == ("special", "867")
    assert document["laestab"].startswith("867")
    assert document["register_times"]["AM"] == {"opens": "08:45", "closes": "09:15"}
    terms = history.year_document(school, year.row)["terms"]
    assert [(term["from"], term["to"]) for term in terms] == [
        ("2025-09-08", "2025-12-19"),
        ("2026-01-05", "2026-03-27"),
        ("2026-04-13", "2026-07-10"),
    ]
    assert terms[2]["half_term"] == {"from": "2026-05-25", "to": "2026-05-29"}


def test_a_late_entry_was_made_after_the_register_closed():
    """Entries were made as the register closed, a U twenty minutes later, in British time."""
    assert history.entered_at(date(2026, 1, 5), "AM", "/") == "2026-01-05T09:15:00+00:00"
    assert history.entered_at(date(2026, 7, 6), "PM", "U") == "2026-07-06T13:35:00+01:00"


# -- comparison ------------------------------------------------------------------------------------


def test_the_published_counts_agree_with_themselves(year):
    """Eight sums, 24 codes and 18 percentages: all 50 figures of a row agree with its counts."""
    counts = year.row.counts()
    rows = compare(year.row, totals_of(counts), counts)
    assert len(rows) == 50
    assert all(row.agrees for row in rows)


@pytest.mark.parametrize(
    ("code", "by"), [("I", 1), ("/", -1), ("X", 1)], ids=["one more", "one less", "another code"]
)
def test_one_session_more_or_less_does_not_agree(code, by):
    """One session off, or one with a code that was never published, is found and named."""
    row = find_row()
    codes = row.counts() | {code: row.counts().get(code, 0) + by}
    different = {
        c.name: c.difference for c in compare(row, totals_of(codes), codes) if not c.agrees
    }
    assert different[f"code {code}"] == by


def test_nothing_counted_does_not_agree():
    """A service that counted nothing has no percentages, which is not agreement."""
    rows = compare(find_row(), totals_of({}), {})
    assert {row.ours for row in rows if row.is_rate} == {None}
    assert not any(row.agrees for row in rows if row.is_rate)


# -- asking again ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("99", 30.0),
        ("", 0.7),
        ("soon", 0.7),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", 0.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 30.0),
    ],
)
def test_the_service_says_how_long_to_wait(header, seconds):
    """Retry-After is seconds or a date, obeyed up to half a minute; otherwise our own pause."""
    assert retry_after(header, 0.7) == seconds
