"""The options of an extract, from the text that they are asked with."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from projections.asof import parse_as_of
from projections.extracts.extract import Extract, Kind, Option, QuestionError

TEXT_MAX: Final = 200
INTEGER_MAX: Final = 2**63 - 1
"""A place in the log is never larger, and nothing else that is asked for comes near it."""
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FLAGS: Final = {"true": True, "false": False}


def options_of(extract: Extract, asked: Mapping[str, str]) -> dict[str, Any]:
    """The options asked, as values of their kinds.

    Raises QuestionError for one that the extract does not have, that is missing, or that is not of its
    kind.
    """
    known = {option.name: option for option in extract.options}
    for name in asked:
        if name not in known:
            raise QuestionError("", "unknown-member", "The extract has no parameter of that name.")
    for option in extract.options:
        if option.required and option.name not in asked:
            raise QuestionError(option.name, "missing", "This is required.")
    return {name: _value(known[name], text) for name, text in asked.items()}


def _value(option: Option, text: str) -> Any:
    if option.choices and text not in option.choices:
        choices = ", ".join(option.choices)
        raise QuestionError(option.name, "not-one-of", f"This must be one of: {choices}.")
    if len(text) > TEXT_MAX:
        raise QuestionError(option.name, "too-long", f"At most {TEXT_MAX} characters.")
    if not text.isprintable():
        raise QuestionError(option.name, "malformed", "Control characters are never taken.")
    read, code, message = _READ[option.kind]
    try:
        return read(text)
    except (ValueError, KeyError):
        raise QuestionError(option.name, code, message) from None


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text) or abs(int(text)) > INTEGER_MAX:
        raise ValueError
    return int(text)


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)


def _instant(text: str) -> Any:
    # A plus sign that was not escaped in an address comes as a space.
    moment = parse_as_of(text.replace(" ", "+"))
    if isinstance(moment, int):
        raise ValueError  # noqa: TRY004 -- text that is no instant
    return moment


_Read = tuple[Callable[[str], Any], str, str]
_READ: Final[Mapping[Kind, _Read]] = {
    "text": (str, "malformed", "Text is expected."),
    "code": (str, "malformed", "Text is expected."),
    "integer": (_integer, "wrong-type", "A whole number is expected."),
    "number": (float, "wrong-type", "A number is expected."),
    "date": (_day, "not-a-date", "A date is expected, YYYY-MM-DD."),
    "instant": (_instant, "not-an-instant", "An instant with its offset is expected (RFC 3339)."),
    "flag": (_FLAGS.__getitem__, "wrong-type", "true or false is expected."),
}
