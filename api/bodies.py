"""Bodies: from bytes straight into the ledger's commands, and nothing that JSON leaves open let in.

Values are taken strictly: a date is never read from a number, nor a number from text.  An object that
names a member twice is refused, since parsers differ in which of the two they keep; pydantic's keeps
the last without a word.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from api.problems import ERRORS_MAX, Error, Problem, ProblemError, error, invalid, refuse
from api.validation import errors_of
from ledger.registers.attendance import LINES_MAX, AmendRegister, ImportedLine, TakeRegister

T = TypeVar("T")

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"

_BY_MEMBERS: Final = 2
_NAME_THEN_SPACE: Final = re.compile(rb'"[ \t\r\n]+:')


@dataclass(frozen=True)
class Body(Generic[T]):
    """What a body is: one command as JSON.

    `members` counts the members that the command was read from.  With it most bodies are cleared of
    repeated members by counting alone, which is far quicker than parsing them a second time.
    """

    command: Any
    members: Callable[[T], int] | None = None

    media_types = frozenset({JSON})

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self.command)

    def parse(self, body: bytes) -> T:
        """The command.  Raises ProblemError (400, 422)."""
        try:
            command = self._adapter.validate_json(body, strict=True)
        except ValidationError as refused:
            if _is_not_json(refused):
                raise refuse("json-malformed") from None
            raise invalid(errors_of(refused)) from None
        if not (self.members and _members_at_most(body, self.members(command))):
            _refuse_repeated_members(body, "")
        return command


class Lines(Body[list[ImportedLine]]):
    """A body of JSON lines, one entry or amendment a line.  Blank lines are passed over."""

    media_types = frozenset({NDJSON, "application/ndjson", "application/jsonl"})

    def __init__(self) -> None:
        super().__init__(list[ImportedLine])

    def parse(self, body: bytes) -> list[ImportedLine]:
        """The lines.  Raises ProblemError; an error's path names the line, counted from 0."""
        if body.count(b"\n") > LINES_MAX:
            raise _too_many_lines()
        texts = [line for line in body.split(b"\n") if line and not line.isspace()]
        if not texts:
            raise invalid([error("too-few", "lines", "At least one line is expected.")])
        if len(texts) > LINES_MAX:
            raise _too_many_lines()
        lines = _parsed_lines(texts)
        members = sum([len(line.model_fields_set) for line in lines]) + _BY_MEMBERS * len(lines)
        if not _members_at_most(body, members):
            for index, text in enumerate(texts):
                _refuse_repeated_members(text, f"lines[{index}]")
        return lines


def register_members(command: TakeRegister) -> int:
    """Members of a register: its own, those of `by`, those of each entry."""
    entries = sum([len(entry.model_fields_set) for entry in command.entries])
    return len(command.model_fields_set) + _BY_MEMBERS + entries


def amendments_members(command: AmendRegister) -> int:
    """Members of amendments: their own, those of `by`, those of each amendment."""
    amendments = sum([len(amendment.model_fields_set) for amendment in command.amendments])
    return len(command.model_fields_set) + _BY_MEMBERS + amendments


_LINE: Final = TypeAdapter(ImportedLine)


def _parsed_lines(texts: list[bytes]) -> list[ImportedLine]:
    parse = _LINE.validate_json
    lines: list[ImportedLine] = []
    errors: list[Error] = []
    for index, text in enumerate(texts):
        try:
            lines.append(parse(text, strict=True))
        except ValidationError as refused:
            errors += _errors_of_line(refused, f"lines[{index}]")
            if len(errors) > ERRORS_MAX:
                break
    if errors:
        raise invalid(errors)
    return lines


def _errors_of_line(refused: ValidationError, path: str) -> list[Error]:
    if _is_not_json(refused):
        return [error("json-malformed", path, "The line is not one JSON object.")]
    return errors_of(refused, path)


def _is_not_json(refused: ValidationError) -> bool:
    first = refused.errors(include_url=False, include_input=False, include_context=False)[0]
    return first["type"] == "json_invalid"


def _members_at_most(body: bytes, members: int) -> bool:
    """Whether the text of a valid body names so many members at most, told without parsing it.

    Every member is a quote and a colon, so with no space between the two anywhere, counting `":`
    never counts too few.  Text that holds the same may make it count too many: then the answer is no
    and the body is looked at closely.
    """
    return body.count(b'":') <= members and _NAME_THEN_SPACE.search(body) is None


class _RepeatedError(ValueError):
    """An object names a member twice."""


def _refuse_repeated_members(text: bytes, path: str) -> None:
    try:
        _CLOSE_LOOK.decode(text.decode())
    except _RepeatedError:
        message = "An object here names one of its members twice."
        raise ProblemError(
            Problem("duplicate-member", [error("duplicate-member", path, message)])
        ) from None


def _without_repetition(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise _RepeatedError
    return found


_CLOSE_LOOK: Final = json.JSONDecoder(object_pairs_hook=_without_repetition)


def _too_many_lines() -> ProblemError:
    return invalid([error("too-many", "lines", f"At most {LINES_MAX} lines.")])
