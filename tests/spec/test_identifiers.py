"""Identifiers: unique pupil and learner numbers, numbers of schools and authorities, year groups."""

import csv
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from ledger.admissions.admission import AmendParticulars, EnterNames
from ledger.identifiers import (
    YEAR_GROUPS,
    LaCode,
    Laestab,
    Uln,
    Upn,
    Urn,
    YearGroup,
    about_uln,
    about_upn,
    check_letter,
    is_temporary,
    uln_fits,
)
from ledger.law.local_authorities import LOCAL_AUTHORITIES
from ledger.requests import Answer
from ledger.schools.school import DescribeSchool
from tests.ledger.world import HEAD, OFFICER, World, pupil, request

_VECTORS = Path(__file__).parents[1] / "data" / "upn_vectors.csv"
VECTORS = list(csv.DictReader(_VECTORS.read_text(encoding="utf-8").splitlines()))
UPN: TypeAdapter[str] = TypeAdapter(Upn)
OLD_CODES = [f"{code:03d}" for code in (*range(1, 6), *range(660, 682), *range(701, 709))]
"""Authorities' numbers that were, or that never were an authority's, and that the census takes."""


def verdict(upn: str) -> str:
    """What we say of a number, in the words of the vectors."""
    try:
        taken = UPN.validate_json(json.dumps(upn), strict=True)
    except ValidationError:
        return "bad format"
    wrong = {problem.code for problem in about_upn(taken, "upn")}
    return "bad check letter" if "upn-check-letter-wrong" in wrong else "valid"


# --- Unique pupil numbers ---------------------------------------------------------------------------


def test_the_vectors_are_all_here() -> None:
    """Thirty-two numbers, some of every verdict and kind."""
    assert 32 == len(VECTORS)
    assert {"valid", "bad check letter", "bad format"} == {row["verdict"] for row in VECTORS}
    assert {"permanent", "temporary", "-"} == {row["kind"] for row in VECTORS}


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["upn"])
def test_every_vector_has_its_verdict(row: dict[str, str]) -> None:
    """Valid, bad check letter, bad format; and which are temporary."""
    assert row["verdict"] == verdict(row["upn"])
    if row["verdict"] != "bad format":
        assert (row["kind"] == "temporary") is is_temporary(row["upn"])


def test_the_arithmetic_that_two_help_pages_got_wrong() -> None:
    """207000016049 adds up to 266, which is 13 modulo 23: P, where two pages print Q."""
    assert "P" == check_letter("207000016049")


@pytest.mark.parametrize("code", ["838", "839", "940", "941", "942", "943", *OLD_CODES])
def test_no_number_is_refused_for_its_authority(code: str) -> None:
    """Authorities that a common library refuses are good; codes that are none of today's warn."""
    body = f"{code}400019001"
    found = [problem.code for problem in about_upn(check_letter(body) + body, "upn")]
    assert ([] if code in LOCAL_AUTHORITIES else ["upn-authority-not-known"]) == found
    assert (code in OLD_CODES) is (code not in LOCAL_AUTHORITIES)


@pytest.mark.parametrize("place", range(11))
def test_two_digits_exchanged_always_change_the_letter(place: int) -> None:
    """Of unequal neighbours anywhere in the number."""
    body = "123456789012"
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    assert check_letter(body) != check_letter(swapped)


def test_case_and_spaces_are_put_right() -> None:
    """On entry; a space within the number is not."""
    assert "T37113811437P" == UPN.validate_json('"  t37113811437p "', strict=True)
    assert "bad format" == verdict("T371 13811437P")


# --- Unique learner numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uln", "fits"),
    [
        ("1000000043", True),
        ("1000000063", False),  # the nine digits leave no remainder
        ("1000000044", False),
        ("9999999999", False),
    ],
)
def test_the_last_digit_of_a_uln(uln: str, fits: bool) -> None:
    """Ten less the remainder modulo 11; none without remainder."""
    assert fits is uln_fits(uln)


def test_the_temporary_uln_is_taken_with_a_warning() -> None:
    """It does not fit its own check, and stands for a number not known yet (unconfirmed)."""
    assert ["uln-temporary"] == [problem.code for problem in about_uln("9999999999", "uln")]
    assert ["uln-check-digit-wrong"] == [problem.code for problem in about_uln("1000000063", "uln")]
    assert [] == list(about_uln("1000000043", "uln"))


# --- Forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "sent", "stored"),
    [
        (Laestab, "8572000", "8572000"),
        (Laestab, "857/2000", "8572000"),
        (Laestab, " 001/0002 ", "0010002"),
        (Laestab, "8572/000", None),
        (Laestab, "857//2000", None),
        (Laestab, "857200", None),
        (LaCode, " 855", "855"),
        (LaCode, "85", None),
        (Urn, "137172 ", "137172"),
        (Urn, "037172", None),
        (Urn, "13717", None),
        (Uln, " 1000000043", "1000000043"),
        (Uln, "100000004", None),
        (YearGroup, "n1", "N1"),
        (YearGroup, " 11 ", "11"),
        (YearGroup, "15", "15"),
        (YearGroup, "", None),
        (YearGroup, "nine and a half", None),
    ],
)
def test_forms(form: Any, sent: str, stored: str | None) -> None:
    """Kept as text, leading zeros and all; put right on entry where that is plain."""
    try:
        found = TypeAdapter(form).validate_json(json.dumps(sent), strict=True)
    except ValidationError:
        found = None
    assert stored == found


def test_the_authorities_are_those_of_today() -> None:
    """153, each with three digits, a GSS code, and one of nine regions."""
    assert 153 == len(LOCAL_AUTHORITIES) == len({one.gss for one in LOCAL_AUTHORITIES.values()})
    assert 9 == len({(one.region_gss, one.region) for one in LOCAL_AUTHORITIES.values()})
    assert ("E06000058", "Bournemouth, Christchurch and Poole", "South West") == (
        LOCAL_AUTHORITIES["839"].gss,
        LOCAL_AUTHORITIES["839"].name,
        LOCAL_AUTHORITIES["839"].region,
    )
    assert 20 == len(YEAR_GROUPS)


# --- Where they enter -------------------------------------------------------------------------------


def enter(world: World, **changes: Any) -> Answer:
    """Enter a name."""
    entry = {
        "pupil": pupil(7),
        "surname": "Okafor",
        "forenames": "Ada",
        "date_of_birth": "2012-05-14",
        "starting_day": "2026-11-23",
        **changes,
    }
    command = EnterNames.model_validate({"by": HEAD, "entries": [entry]})
    return world.ledger.enter_names(world.urn, command, request()).result()


def amend(world: World, **changes: Any) -> Answer:
    """Amend particulars."""
    asked = {"changes": changes, "reason": "As told", "by": OFFICER}
    command = AmendParticulars.model_validate(asked)
    return world.ledger.amend_particulars(world.urn, UUID(pupil(7)), command, request()).result()


def warned(answer: Answer) -> set[tuple[str, str]]:
    """Code and path of what the receipt warns of, but for what the register lacks."""
    return {
        (warning["rule"], warning["path"])
        for warning in json.loads(answer.receipt)["results"][0].get("warnings", ())
        if warning["rule"] != "particular-missing"
    }


def refused(answer: Answer) -> list[tuple[str, str]]:
    """Code and path of what refuses."""
    return [(problem.code, problem.path) for _, item in answer.refused for problem in item.problems]


@pytest.mark.parametrize("upn", ["H801200001001", "Y81522352283B", " h801200001001 "])
def test_a_good_number_enters_without_a_word(world: World, upn: str) -> None:
    """The number of the contract's example, a temporary one, one in lower case."""
    world.describe()
    assert set() == warned(enter(world, upn=upn, year_group="9"))


def test_a_number_that_fails_its_check_is_refused(world: World) -> None:
    """On entry and when it is amended, the former one as well; the message does not repeat it."""
    world.describe()
    for field, wrong, code in (
        ("upn", "A801200001001", "upn-check-letter-wrong"),
        ("former_upn", "A801200001001", "upn-check-letter-wrong"),
        ("uln", "1000000063", "uln-check-digit-wrong"),
    ):
        answer = enter(world, **{field: wrong})
        assert [(code, field)] == refused(answer)
        assert wrong not in str(answer.refused)
    enter(world)
    assert [("upn-check-letter-wrong", "changes.upn")] == refused(amend(world, upn="A801200001001"))


def test_what_is_on_no_list_is_taken_with_a_warning(world: World) -> None:
    """A year group and an authority that we do not know, and the temporary learner number."""
    world.describe()
    body = "704400019001"
    numbers = {"upn": check_letter(body) + body, "uln": "9999999999", "year_group": "15"}
    said = {
        ("upn-authority-not-known", "upn"),
        ("uln-temporary", "uln"),
        ("year-group-not-known", "year_group"),
    }
    assert said == warned(enter(world, **numbers))
    assert {(code, f"changes.{path}") for code, path in said} == warned(amend(world, **numbers))


def test_a_school_of_an_unknown_authority_is_described_with_a_warning(world: World) -> None:
    """The stroke of the number goes, the number is taken."""
    asked = {
        "name": "Ashfield Lane School",
        "laestab": "704/4999",
        "local_authority": "704",
        "type": "maintained",
        "register_times": {
            "AM": {"opens": "08:35", "closes": "09:05"},
            "PM": {"opens": "12:25", "closes": "12:55"},
        },
        "in_force_from": "2026-11-23",
        "by": HEAD,
    }
    command = DescribeSchool.model_validate(asked)
    assert "7044999" == command.laestab
    answer = world.ledger.describe_school(world.urn, command, request()).result()
    assert {("local-authority-not-known", "local_authority")} == warned(answer)
