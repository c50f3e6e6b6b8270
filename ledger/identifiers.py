"""Identifiers of pupils and schools: their forms, and the letters and digits that check them.

Forms are for commands: spaces around a value and lower case are put right on entry (convention).  Checks
are rules, and what a breach of them leads to is in `law/severity.toml`: a number that fails its own check
is nobody's, while a list of authorities or year groups is never complete, so whatever it lacks is taken
with a warning.  A pupil's number may change, so none is ever the key of a stream.

Sources: Department for Education, Common Basic Data Set (UPN); Learning Records Service (ULN; secondary).
"""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from ledger.law.local_authorities import LOCAL_AUTHORITIES
from ledger.problems import Problem

UPN_REFERENCE: Final = "DfE Common Basic Data Set: unique pupil number; census rules 1500 to 1550"
ULN_REFERENCE: Final = "Learning Records Service: unique learner number (secondary)"
YEAR_GROUP_REFERENCE: Final = "DfE Common Basic Data Set: national curriculum year (unconfirmed)"
AUTHORITY_REFERENCE: Final = "DfE: local authority codes, as published for 2025/26"

_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""Without I, O and S, which are taken for 1, 0 and 5."""
_LETTER: Final = "[A-HJ-NP-RT-Za-hj-np-rt-z]"
_FIRST_WEIGHT: Final = 2
_TEMPORARY_ULN: Final = "9999999999"

Upn = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_upper=True,
        pattern=rf"^{_LETTER}[0-9]{{11}}([0-9]|{_LETTER})$",
    ),
    Field(
        description="Unique pupil number: a check letter and twelve digits, of a temporary number eleven "
        "and a letter. Neither letter is I, O or S.",
        examples=["H801200001001"],
    ),
]
Uln = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{10}$"),
    Field(
        description="Unique learner number: nine digits and a check digit.", examples=["1000000043"]
    ),
]
Urn = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[1-9][0-9]{5}$"),
    Field(description="Unique reference number of the school: six digits.", examples=["137172"]),
]
LaCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{3}$"),
    Field(description="Number of the local authority: three digits.", examples=["855"]),
]
Laestab = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{3}/?[0-9]{4}$"),
    AfterValidator(lambda text: text.replace("/", "")),
    Field(
        description="Local authority (3 digits) and establishment (4 digits), with or without a stroke "
        "between them; stored without.",
        examples=["8554999"],
    ),
]
YearGroup = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_upper=True, min_length=1, max_length=10, pattern=r"^[0-9A-Za-z]+$"
    ),
    Field(
        description="National curriculum year group: E1, E2, N1, N2, R, 1 to 14 or X. Another one is "
        "recorded with a warning.",
        examples=["9"],
    ),
]

YEAR_GROUPS: Final = frozenset({"E1", "E2", "N1", "N2", "R", "X", *map(str, range(1, 15))})
"""National curriculum year groups, N1 to 14 and those that are none (unconfirmed)."""


# -- unique pupil numbers ------------------------------------------------------------------------


def check_letter(body: str) -> str:
    """The check letter of the twelve characters that follow it, the last of them a digit or a letter.

    The sum of each character's value times its place in the whole number, from 2 to 13, modulo 23.  A
    digit is its own value, a last letter its place among the letters.  ValueError for any other text.
    """
    values = [_value(character) for character in body]
    total = sum(weight * value for weight, value in enumerate(values, start=_FIRST_WEIGHT))
    return _LETTERS[total % len(_LETTERS)]


def is_temporary(upn: str) -> bool:
    """Whether a number is one that a school gave until the permanent one is known."""
    return upn[-1:].isalpha()


def about_upn(upn: str, path: str) -> Iterator[Problem]:
    """What is wrong with a UPN that has the form of one.

    The first three digits name the authority that gave it.  Numbers live longer than authorities, and
    some were given under numbers that never were an authority's: an unknown one is no error.
    """
    if check_letter(upn[1:]) != upn[0]:
        message = "The check letter does not fit the rest of the number: a character is mistyped."
        yield Problem("upn-check-letter-wrong", path, message, UPN_REFERENCE)
    if upn[1:4] not in LOCAL_AUTHORITIES:
        message = "The first three digits are none of today's local authorities."
        yield Problem("upn-authority-not-known", path, message, UPN_REFERENCE)


def _value(character: str) -> int:
    return int(character) if character.isdecimal() else _LETTERS.index(character)


# -- unique learner numbers ----------------------------------------------------------------------


def uln_fits(uln: str) -> bool:
    """Whether the tenth digit is the one that the first nine ask for.

    Ten less the remainder modulo 11 of 10 times the first digit, 9 times the second, … 2 times the
    ninth; nine digits without remainder are no number.
    """
    weighted = sum(
        weight * int(digit) for weight, digit in zip(range(10, 1, -1), uln, strict=False)
    )
    # Without a remainder it would be ten, which no digit is.
    return int(uln[9]) == 10 - weighted % 11


def about_uln(uln: str, path: str) -> Iterator[Problem]:
    """What is wrong with a ULN that has the form of one."""
    if uln == _TEMPORARY_ULN:
        message = "This number stands for one that is not known yet (unconfirmed)."
        yield Problem("uln-temporary", path, message, ULN_REFERENCE)
    elif not uln_fits(uln):
        message = "The last digit does not fit the rest of the number: a digit is mistyped."
        yield Problem("uln-check-digit-wrong", path, message, ULN_REFERENCE)


# -- lists that are never complete ---------------------------------------------------------------


def about_year_group(year_group: str, path: str) -> Iterator[Problem]:
    """What is to be said of a year group: whether it is one of those known."""
    if year_group not in YEAR_GROUPS:
        message = "The national curriculum year groups are E1, E2, N1, N2, R, 1 to 14 and X."
        yield Problem("year-group-not-known", path, message, YEAR_GROUP_REFERENCE)


def about_authority(code: str, path: str) -> Iterator[Problem]:
    """What is to be said of a local authority's number: whether it is one of today's."""
    if code not in LOCAL_AUTHORITIES:
        message = "The number is none of today's local authorities."
        yield Problem("local-authority-not-known", path, message, AUTHORITY_REFERENCE)
