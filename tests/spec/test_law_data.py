"""The law as dated data: every value has its dates, its reference and its confidence."""

import json
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, get_args

import pytest

from ledger.admissions import grounds
from ledger.law.codes import code_in_force, codes_on
from ledger.law.provisions import (
    AgeBegins,
    AgeEnds,
    DeletionGround,
    LeaveGround,
    Provision,
    RetentionPeriod,
    SchoolType,
    SeverityRule,
    StatuteError,
    Threshold,
    read_table,
)
from ledger.law.statute import (
    NotInForceError,
    age_ends,
    deletion_ground,
    entries,
    leave_ground,
    limit,
    severity,
    severity_rule,
    threshold,
)
from ledger.leave_of_absence import leave
from ledger.schools import school

LAST_OF_2006 = date(2024, 8, 18)
FIRST_OF_2024 = date(2024, 8, 19)
TODAY = date(2026, 11, 21)
KINDS: tuple[type[Provision], ...] = (
    Threshold,
    DeletionGround,
    LeaveGround,
    SeverityRule,
    RetentionPeriod,
    AgeBegins,
    AgeEnds,
)
BOUND_BY_REG_11 = ("maintained", "special", "pupil_referral_unit")
EXPECTED_OF = ("academy", "independent", "alternative_provision")
LEAVE_RULES = (
    "leave-not-by-authorised-person",
    "leave-not-asked-in-advance",
    "leave-given-after-it-began",
    "leave-ground-not-for-this-age",
    "leave-times-not-agreed",
    "no-part-time-agreement",
    "outside-part-time-agreement",
)
MUSTS = (
    "amendment-details-missing",
    "born-after-starting-day",
    "condition-not-met",
    "deletion-dated-back",
    "other-code-in-run",
    "code-not-in-force",
    "wrong-session-for-code",
    "session-not-begun",
    "detail-missing",
    "session-not-held",
    "school-closed",
    "boarder-carries-no-mark",
    "pupil-not-on-roll",
    "code-not-for-this-age",
    "not-dually-registered",
    "not-physically-at-approved-place",
    "activity-not-supervised",
    "trip-not-supervised-by-school-staff",
    "third-penalty-notice",
    "penalty-notice-not-for-this-age",
    "upn-check-letter-wrong",
    "uln-check-digit-wrong",
)
ENTRY = """
[[threshold]]
name = "some-days"
title = "Some days"
value = 5
unit = "days"
from = 2024-08-19
to = "in force"
reference = "SI 2024/208 reg 13(1)"
confidence = "confirmed"
"""


def text_of(table: str) -> str:
    """A table of the law as it stands in its file."""
    return files("ledger.law").joinpath(f"{table}.toml").read_text(encoding="utf-8")


def provisions() -> list[Provision]:
    """Every entry of every table, conditions of grounds included."""
    found: list[Provision] = []
    for kind in KINDS:
        for entry in read_table(kind, text_of(kind.table)):
            found += [entry, *getattr(entry, "conditions", ())]
    return found


# --- Every value ----------------------------------------------------------------------------------


def test_every_value_rests_on_a_reference_with_its_confidence() -> None:
    """No value of any table lacks a title, a reference or a confidence, or ends before it begins."""
    for entry in provisions():
        assert entry.title.strip()
        assert entry.reference.strip()
        assert entry.confidence.split(":")[0] in {
            "confirmed",
            "secondary",
            "unconfirmed",
            "convention",
        }
        assert (entry.valid_from or date.max) <= (entry.valid_to or date.max)


def test_no_table_lies_unread() -> None:
    """Each file of the law is read: the codes by their own module, the others here."""
    tables = {file.name for file in files("ledger.law").iterdir() if file.name.endswith(".toml")}
    assert tables == {"codes.toml", *(f"{kind.table}.toml" for kind in KINDS)}


def test_everything_is_listed() -> None:
    """What is shown to people is every value, each once, and can be written as JSON."""
    listed = list(entries())
    assert len(provisions()) == len(listed)
    keys = {(entry.table, entry.name, entry.valid_from) for entry in listed}
    assert len(listed) == len(keys)
    assert json.loads(json.dumps([entry.value for entry in listed]))
    limits = {e.name: e.value for e in listed if e.table == "thresholds" and e.valid_to is None}
    assert {"value": 10, "unit": "sessions"} == limits["penalty-notice-sessions"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("from = 2024-08-19\n", "", "from: Field required"),
        ('to = "in force"\n', "", "to: Field required"),
        ('reference = "SI 2024/208 reg 13(1)"\n', "", "reference: Field required"),
        ('"SI 2024/208 reg 13(1)"', '" "', "reference: String should have at least 1"),
        ('confidence = "confirmed"\n', "", "confidence: Field required"),
        ('"confirmed"', '"rather sure"', "confidence: String should match"),
        ('"confirmed"', '"confirmed:"', "confidence: String should match"),
        ('title = "Some days"\n', "", "title: Field required"),
        ("from = 2024-08-19", 'from = "soon"', "must be a date or 'not commenced'"),
        ("from = 2024-08-19", "from = 2024-08-19T00:00:00", "must be a date or 'not commenced'"),
        ('to = "in force"', 'to = ""', "must be a date or 'in force'"),
        ('to = "in force"', "to = 2024-08-18", "`to` is before `from`"),
        ("value = 5", 'value = "5"', "value: Input should be a valid integer"),
        ("value = 5", "value = 5.0", "value: Input should be a valid integer"),
        ("value = 5", "value = 0", "value: Input should be greater than 0"),
        ("value = 5", "value = 5\nvalues = 6", "values: Unexpected keyword"),
        ("[[threshold]]", "[[treshold]]", "unknown table 'treshold'"),
        ("[[threshold]]", "[[other]]", "unknown table 'other'"),
        (ENTRY, "threshold = 5", "no entry of 'threshold'"),
        (ENTRY, "threshold = [5]", "is written \\[\\[threshold"),
        (ENTRY, f"unless_stated = 5\n{ENTRY}", "is written \\[unless_stated"),
    ],
)
def test_a_faulty_entry_is_refused(old: str, new: str, message: str) -> None:
    """A table with an entry that lacks what it needs cannot be used, and the message says why."""
    assert old in ENTRY
    with pytest.raises(StatuteError, match=message):
        read_table(Threshold, ENTRY.replace(old, new))


def test_the_message_names_the_entry() -> None:
    """Whoever edits a table is told which entry is wrong."""
    with pytest.raises(StatuteError, match=r"threshold 2 \('other-days'\): value"):
        read_table(Threshold, ENTRY + ENTRY.replace("some", "other").replace("value = 5", ""))


def test_an_empty_table_is_refused() -> None:
    """A file from which everything was lost is not a law without limits."""
    with pytest.raises(StatuteError, match="no entry"):
        read_table(Threshold, "")


@pytest.mark.parametrize("field", ["from", "to", "reference", "confidence"])
def test_dates_and_sources_are_never_taken_as_usual(field: str) -> None:
    """What is usual may be left out of an entry, but not what makes it trustworthy."""
    usual = f'[unless_stated]\n{field} = "in force"\n'
    with pytest.raises(StatuteError, match="by every entry itself"):
        read_table(Threshold, usual + ENTRY)


def test_one_name_has_one_value_on_any_day() -> None:
    """Two entries of a name may follow each other, even with a gap, but never meet."""
    ended = ENTRY.replace('"in force"', "2026-01-01")
    assert 2 == len(read_table(Threshold, ended + ENTRY.replace("2024-08-19", "2026-01-02")))
    with pytest.raises(StatuteError, match="two values in force on the same day"):
        read_table(Threshold, ended + ENTRY.replace("2024-08-19", "2026-01-01"))
    waiting = ENTRY.replace("2024-08-19", '"not commenced"')
    assert 2 == len(read_table(Threshold, ENTRY + waiting))
    with pytest.raises(StatuteError, match="two values in force on the same day"):
        read_table(Threshold, waiting + waiting)


def test_nothing_ends_that_never_began() -> None:
    """An entry that is not commenced has no end."""
    faulty = ENTRY.replace("2024-08-19", '"not commenced"').replace('"in force"', "2026-01-01")
    with pytest.raises(StatuteError, match="`to` is before `from`"):
        read_table(Threshold, faulty)


def test_nothing_is_kept_for_less_than_the_law_says() -> None:
    """A retention period may be longer than required, never shorter."""
    table = text_of("retention")
    with pytest.raises(StatuteError, match="kept for less than is required"):
        read_table(RetentionPeriod, table.replace("kept_years = 6", "kept_years = 2"))


def test_a_day_of_the_year_must_exist() -> None:
    """A day on which compulsory school age begins is one that every year has."""
    table = text_of("compulsory_school_age")
    for day in ("{ month = 2, day = 29 }", "{ month = 13, day = 1 }", "{ day = 31 }", '"Easter"'):
        with pytest.raises(StatuteError, match="days"):
            read_table(AgeBegins, table.replace("{ month = 3, day = 31 }", day))


# --- Look-ups -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first_day", "before", "since"),
    [
        ("penalty-notice-sessions", FIRST_OF_2024, None, 10),
        ("penalty-notice-window-school-weeks", FIRST_OF_2024, None, 10),
        ("penalty-notices-max", FIRST_OF_2024, None, 2),
        ("penalty-notices-period-years", FIRST_OF_2024, None, 3),
        ("penalty-first-early-pounds", date(2012, 9, 1), None, 60),
        ("penalty-first-early-pounds", FIRST_OF_2024, 60, 80),
        ("penalty-first-pounds", FIRST_OF_2024, 120, 160),
        ("penalty-second-pounds", FIRST_OF_2024, None, 160),
        ("penalty-excluded-pupil-early-pounds", FIRST_OF_2024, 60, 60),
        ("penalty-excluded-pupil-pounds", FIRST_OF_2024, 120, 120),
        ("penalty-paid-early-days", date(2013, 9, 1), 28, 21),
        ("penalty-paid-days", date(2013, 9, 1), 42, 28),
        ("code-n-replaced-within-school-days", FIRST_OF_2024, None, 5),
        ("leave-not-returned-school-days", FIRST_OF_2024, None, 10),
        ("continuous-absence-school-days", FIRST_OF_2024, None, 20),
        ("attendance-return-school-days", FIRST_OF_2024, 10, 10),
        ("sickness-return-school-days", FIRST_OF_2024, None, 15),
        ("new-pupil-return-days", date(2016, 9, 1), None, 5),
        ("new-pupil-return-days", FIRST_OF_2024, 5, 5),
        ("register-open-minutes", FIRST_OF_2024, None, 30),
        ("notice-to-improve-weeks-min", FIRST_OF_2024, None, 3),
        ("notice-to-improve-weeks-max", FIRST_OF_2024, None, 6),
        ("persistent-absence-percent", date(2006, 8, 1), None, 10),
        ("severe-absence-percent", date(2006, 8, 1), None, 50),
        ("sessions-a-school-year", date(1999, 12, 23), None, 380),
        ("sessions-a-school-year", date(2011, 8, 1), 380, 378),
        ("sessions-a-school-year", date(2012, 8, 1), 378, 380),
        ("sessions-a-school-year", date(2021, 8, 1), 380, 378),
        ("sessions-a-school-year", date(2022, 8, 1), 378, 376),
        ("sessions-a-school-year", date(2023, 8, 1), 376, 380),
    ],
)
def test_a_number_changes_on_its_day(
    name: str, first_day: date, before: int | None, since: int
) -> None:
    """The day before a change the old number is in force, or none; on the day the new one."""
    earlier = threshold(name, first_day - timedelta(days=1))
    assert before == (earlier.value if earlier else None)
    assert since == limit(name, first_day)


def test_a_number_that_is_not_in_force_is_no_number() -> None:
    """Who needs a limit gets one that is in force, or an error, never a guess."""
    with pytest.raises(NotInForceError, match="penalty-notice-sessions"):
        limit("penalty-notice-sessions", LAST_OF_2006)


def test_a_misspelt_name_is_an_error() -> None:
    """A rule that is asked for by a wrong name does not quietly never apply."""
    with pytest.raises(NotInForceError):
        threshold("penalty-notice-session", TODAY)
    with pytest.raises(NotInForceError):
        severity("no-part-time-agrement", "maintained", TODAY)
    with pytest.raises(NotInForceError):
        deletion_ground("P", TODAY)
    with pytest.raises(NotInForceError):
        leave_ground("holiday", TODAY)


def test_limits_that_other_modules_hold_are_the_same() -> None:
    """The limit of code N agrees wherever it is written."""
    code = code_in_force("N", TODAY)
    assert code is not None
    within = limit("code-n-replaced-within-school-days", TODAY)
    assert within == code.must_be_replaced_within_school_days


def test_ages_before_the_first_table_are_those_of_the_first() -> None:
    """A mistyped date of birth finds an answer, not an error."""
    assert age_ends(date(1998, 8, 1)) == age_ends(date(1912, 1, 1))


# --- Grounds for deletion -------------------------------------------------------------------------


def evidence_of(letter: str) -> type[grounds.Evidence]:
    """The evidence that a request to delete on this ground must show."""
    (kinds, *_) = get_args(grounds.Deletion)
    for kind in get_args(kinds):
        if get_args(kind.model_fields["ground"].annotation) == (letter,):
            evidence: type[grounds.Evidence] = kind.model_fields["evidence"].annotation
            return evidence
    raise LookupError(letter)


def test_the_grounds_are_the_fifteen_of_regulation_9() -> None:
    """From 19 August 2024 the grounds are A to O; before, this table has none."""
    for letter in "ABCDEFGHIJKLMNO":
        assert deletion_ground(letter, LAST_OF_2006) is None
        ground = deletion_ground(letter, FIRST_OF_2024)
        assert ground is not None
        assert f"9(1)({letter.lower()})" in ground.reference
        assert "compulsory_school_age" in ground.pupils


@pytest.mark.parametrize("letter", "ABCDEFGHIJKLMNO")
def test_the_conditions_are_those_that_a_request_answers(letter: str) -> None:
    """What the law asks on a ground and what a request has to show are one list."""
    ground, asked = deletion_ground(letter, TODAY), evidence_of(letter)
    assert ground is not None
    assert letter == asked.letter
    shown = {c.name: c.answer for c in ground.conditions if c.shown_by == "evidence"}
    stated = {name for name, answer in shown.items() if answer in ("given", "day passed")}
    needed = {name for name, field in asked.model_fields.items() if field.is_required()}
    assert stated <= needed <= shown.keys() <= asked.model_fields.keys()


def test_ac_032_ground_f_needs_a_written_notice_and_a_day_that_has_passed() -> None:
    """AC-032: word of mouth is not enough."""
    ground = deletion_ground("F", TODAY)
    assert ground is not None
    answers = {condition.name: condition.answer for condition in ground.conditions}
    assert "given" == answers["written_notice_on"]
    assert "day passed" == answers["educated_otherwise_after"]


def test_ac_031_every_session_of_ground_i_is_g_n_or_o() -> None:
    """AC-031: the codes of the run are in the data, and U is none of them."""
    ground = deletion_ground("I", TODAY)
    assert ground is not None
    codes = {c.name: c.codes for c in ground.conditions}
    assert ("G", "N", "O") == codes["continuously_absent"]


def test_consent_to_withdrawal_waits_for_its_day() -> None:
    """The 2026 Act's condition is listed and does not apply, whatever the day."""
    listed = {entry.name: entry for entry in entries() if entry.table == "deletion_grounds"}
    assert listed["F.consent_to_withdrawal"].valid_from is None
    for day in (date(2026, 4, 29), TODAY, date.max):
        ground = deletion_ground("F", day)
        assert ground is not None
        assert "consent_to_withdrawal" not in {condition.name for condition in ground.conditions}


def test_a_date_in_the_data_switches_consent_on() -> None:
    """Put the day of commencement in its place, and it applies from that day and not before."""
    commenced = text_of("deletion_grounds").replace('"not commenced"\nto', "2027-09-01\nto")
    table = read_table(DeletionGround, commenced)
    (ground,) = (ground for ground in table if ground.name == "F")
    (consent,) = (c for c in ground.conditions if c.name == "consent_to_withdrawal")
    assert not consent.in_force_on(date(2027, 8, 31))
    assert consent.in_force_on(date(2027, 9, 1))


# --- Grounds for leave ----------------------------------------------------------------------------


def test_leave_grounds_are_those_of_requests() -> None:
    """Every ground that a request may name is in the table, and no other."""
    in_table = {entry.name for entry in entries() if entry.table == "leave_grounds"}
    assert set(get_args(leave.LeaveGround)) == in_table


@pytest.mark.parametrize(
    ("name", "before", "since"),
    [
        ("exceptional_circumstances", "C", "C"),
        ("interview", "J", "J1"),
        ("study", "S", "S"),
        ("regulated_performance", "C", "C1"),
        ("part_time_timetable", "C", "C2"),
        ("not_required_to_attend", "X", "X"),
        ("medical_appointment", "M", "M"),
    ],
)
def test_a_leave_ground_has_the_code_of_its_day(name: str, before: str, since: str) -> None:
    """The code of leave changes with the Regulations, and is in force while its ground is."""
    assert leave_ground(name, date(2013, 8, 31)) is None
    for day, code in ((LAST_OF_2006, before), (FIRST_OF_2024, since)):
        ground = leave_ground(name, day)
        assert ground is not None
        assert code == ground.code
        assert ground.valid_from is not None
        for symbol in (ground.code, *ground.other_codes):
            for edge in (ground.valid_from, ground.valid_to or TODAY):
                assert code_in_force(symbol, edge) is not None


def test_codes_that_rest_on_leave_have_a_ground() -> None:
    """Every code that needs a decision to give leave is the code of one ground, for its pupils."""
    names = get_args(leave.LeaveGround)
    given = {g.code: g.pupils for name in names if (g := leave_ground(name, TODAY))}
    needing = {c.symbol: c.pupil_group for c in codes_on(TODAY) if c.leave_decision == "required"}
    assert {**needing, "M": "any"} == given


def test_what_leave_needs_beforehand() -> None:
    """Asked or agreed in advance: exceptional circumstances, interview, study; times: part time."""
    found = {name: leave_ground(name, TODAY) for name in get_args(leave.LeaveGround)}
    advance = {name for name, g in found.items() if g and g.asked_in_advance == "must"}
    assert {"exceptional_circumstances", "interview", "study"} == advance
    times = {name for name, g in found.items() if g and g.times_and_dates == "must"}
    assert {"part_time_timetable"} == times
    part_time = found["part_time_timetable"]
    assert part_time is not None
    assert ("should", "should") == (part_time.end_date, part_time.reviews)


# --- What refuses and what warns --------------------------------------------------------------------


def test_types_of_school_are_those_that_schools_have() -> None:
    """Severity knows every type of school that can be described, and no other."""
    assert get_args(school.SchoolType) == get_args(SchoolType)


@pytest.mark.parametrize("rule", LEAVE_RULES)
def test_leave_binds_by_type_of_school(rule: str) -> None:
    """Regulation 11 refuses at maintained and special schools and warns elsewhere."""
    for school_type in BOUND_BY_REG_11:
        assert "refuse" == severity(rule, school_type, FIRST_OF_2024)
    for school_type in EXPECTED_OF:
        assert "warn" == severity(rule, school_type, FIRST_OF_2024)


@pytest.mark.parametrize("rule", MUSTS)
def test_regulations_6_to_10_bind_every_school(rule: str) -> None:
    """The musts of the registers refuse whatever the type of school."""
    for school_type in get_args(SchoolType):
        assert "refuse" == severity(rule, school_type, FIRST_OF_2024)


def test_the_rest_warns_everywhere() -> None:
    """What guidance discourages, or what we are not sure of, is recorded with a warning."""
    rules = {entry.name: entry.value for entry in entries() if entry.table == "severity"}
    others = {name: value for name, value in rules.items() if name not in LEAVE_RULES + MUSTS}
    assert others
    # The one that does not bind every type of school is about the school year.
    assert "none" in others.pop("too-few-sessions").values()
    assert {"warn"} == {severity for value in others.values() for severity in value.values()}


def test_ac_005_a_register_open_over_30_minutes_warns() -> None:
    """AC-005: never accepted silently, and the warning cites guidance."""
    rule = severity_rule("register-open-over-30-minutes", TODAY)
    assert rule is not None
    assert "warn" == rule.maintained
    assert "Working together" in rule.reference


def test_ac_015_part_time_without_agreement_is_refused() -> None:
    """AC-015: at a maintained school; an academy is warned."""
    assert "refuse" == severity("no-part-time-agreement", "maintained", date(2026, 11, 18))
    assert "warn" == severity("no-part-time-agreement", "academy", date(2026, 11, 18))


@pytest.mark.parametrize(
    ("rule", "first_day"),
    [
        ("leave-not-asked-in-advance", date(2013, 9, 1)),
        ("no-part-time-agreement", FIRST_OF_2024),
        ("leave-not-by-authorised-person", date(2006, 9, 1)),
    ],
)
def test_a_rule_says_nothing_before_its_day(rule: str, first_day: date) -> None:
    """The day before a rule comes into force there is none; on the day there is."""
    assert severity(rule, "maintained", first_day - timedelta(days=1)) is None
    assert "refuse" == severity(rule, "maintained", first_day)


def test_a_rule_cites_the_regulations_of_its_day() -> None:
    """Leave of summer 2024 is judged by the Regulations of 2006, leave of autumn by those of 2024."""
    references = []
    for day in (LAST_OF_2006, FIRST_OF_2024):
        rule: Any = severity_rule("leave-not-asked-in-advance", day)
        references.append(rule.reference)
    assert "SI 2006/1751" in references[0]
    assert "SI 2024/208" in references[1]
