"""What pydantic finds wrong, in the words of the contract: code, path, message, reference.

Pydantic's own messages and locations may repeat what was submitted (an unknown member's name, a tag
of a union), so neither is passed on: messages are ours, and a path is made of known names only.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from api.difference_parameters import DIFFERENCE_PARAMETERS
from api.extract_parameters import EXTRACT_PARAMETERS
from api.list_parameters import LIST_PARAMETERS
from api.office_list_parameters import OFFICE_LIST_PARAMETERS
from api.parameters import PARAMETERS
from api.problem_types import CONTRACT, REG_6, REG_8, REG_9
from api.problems import Error, error
from api.return_parameters import RETURN_PARAMETERS
from ledger.admissions.admission import AmendParticulars, EnterNames
from ledger.admissions.grounds import Deletion
from ledger.authority_returns.returns_sent import SendReturn
from ledger.authority_returns.sickness_beliefs import FormSicknessBelief
from ledger.intervention.considerations import ConsiderPenalty
from ledger.intervention.improvement import (
    EndAttendanceContract,
    EndNoticeToImprove,
    GiveNoticeToImprove,
    MakeAttendanceContract,
)
from ledger.intervention.issued_notices import RecordNoticeOutcome, RecordPenaltyNotice
from ledger.leave_of_absence.leave import REG_11, AskLeave, DecideLeave
from ledger.leave_of_absence.leave_authority import SetLeaveAuthority
from ledger.registers.attendance import AmendRegister, ImportedLine, TakeRegister
from ledger.registers.code_n_rule import RunCodeNRule, SetCodeNRule
from ledger.registers.pupil_rules import REG_10_N
from ledger.schools.school import DescribeSchool, MakeClosure, SetSchoolYear

COMMANDS: Final[tuple[Any, ...]] = (
    DescribeSchool,
    SetSchoolYear,
    MakeClosure,
    SetCodeNRule,
    RunCodeNRule,
    EnterNames,
    AmendParticulars,
    Deletion,
    TakeRegister,
    AmendRegister,
    ImportedLine,
    AskLeave,
    DecideLeave,
    SetLeaveAuthority,
    RecordPenaltyNotice,
    RecordNoticeOutcome,
    GiveNoticeToImprove,
    EndNoticeToImprove,
    MakeAttendanceContract,
    EndAttendanceContract,
    ConsiderPenalty,
    SendReturn,
    FormSicknessBelief,
)
"""Everything that a body may be."""

_REFERENCES: Final[Mapping[int | str, str]] = {
    "by": REG_6,
    "reason": REG_6,
    "amendments": REG_6,
    "replace_with": REG_10_N,
    "person": REG_10_N,
    "evidence": REG_9,
    "asked_by": REG_11,
    "asked_on": REG_11,
    "agreed_with": REG_11,
    "decision": REG_11,
    "decided_by": REG_11,
    "decided_on": REG_11,
    "circumstances": REG_11,
    "persons": REG_11,
    "enrolment": REG_8,
    "boarder": REG_8,
    "sex": REG_8,
    "surname": REG_8,
    "forenames": REG_8,
    "date_of_birth": REG_8,
    "starting_day": REG_8,
    "starting_day_is": REG_8,
    "attends_there": REG_8,
    "parents": REG_8,
    "move": "SI 2024/208 reg 8(3)",
    "other_school": REG_8,
    "future_school": REG_8,
}
"""What a field rests on, by names that mean the same wherever they stand."""

_REFERENCES_OF: Final[Mapping[str, Mapping[int | str, str]]] = {
    "AskLeave": {"pupil": REG_11, "ground": REG_11, "from": REG_11, "to": REG_11},
    "tagged-union[DeletionOn": {"day": REG_9, "ground": REG_9},
}
"""The same of names that mean something else elsewhere, by how the title of the command begins."""

_PLAIN: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("missing", "This is required."),
    "extra_forbidden": ("unknown-member", "Something here has a name that is not known."),
    "string_type": ("wrong-type", "Text is expected."),
    "int_type": ("wrong-type", "A whole number is expected."),
    "bool_type": ("wrong-type", "true or false is expected."),
    "list_type": ("wrong-type", "A list is expected."),
    "model_type": ("wrong-type", "An object is expected."),
    "model_attributes_type": ("wrong-type", "An object is expected."),
    "string_pattern_mismatch": ("malformed", "This is not in the form that is described."),
    "date_type": ("not-a-date", "A date is expected, YYYY-MM-DD."),
    "date_parsing": ("not-a-date", "A date is expected, YYYY-MM-DD."),
    "time_type": ("not-a-time", "A local time of day is expected, HH:MM."),
    "time_parsing": ("not-a-time", "A local time of day is expected, HH:MM."),
    "datetime_type": ("not-an-instant", "An instant with its offset is expected (RFC 3339)."),
    "datetime_parsing": ("not-an-instant", "An instant with its offset is expected (RFC 3339)."),
    "timezone_aware": ("not-an-instant", "An instant with its offset is expected (RFC 3339)."),
    "uuid_type": ("not-a-uuid", "A UUID is expected."),
    "uuid_parsing": ("not-a-uuid", "A UUID is expected."),
    "int_parsing": ("wrong-type", "A whole number is expected."),
    "int_parsing_size": ("out-of-range", "The number is too large."),
    "bool_parsing": ("wrong-type", "true or false is expected."),
    "union_tag_not_found": ("missing", "This is required."),
}
_COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "string_too_long": ("too-long", "At most {max_length} characters."),
    "too_short": ("too-few", "At least {min_length} item(s)."),
    "too_long": ("too-many", "At most {max_length} items."),
    "literal_error": ("not-one-of", "This must be {expected}."),
    "union_tag_invalid": ("not-one-of", "This must be one of {expected_tags}."),
    "greater_than_equal": ("out-of-range", "At least {ge}."),
    "less_than_equal": ("out-of-range", "At most {le}."),
}


def errors_of(refused: ValidationError, within: str = "") -> list[Error]:
    """The errors of a body; `within` leads to it, as `lines[7]` does."""
    found = refused.errors(include_url=False, include_input=False)
    own = (each for title, each in _REFERENCES_OF.items() if refused.title.startswith(title))
    references = {**_REFERENCES, **next(own, {})}
    return [_one(wrong, tuple(wrong["loc"]), within, _of_bodies(), references) for wrong in found]


def errors_of_parameters(found: Sequence[Mapping[str, Any]]) -> list[Error]:
    """The errors of parameters as FastAPI lists them: their path is the parameter's name."""
    known = _of_parameters()
    return [_one(wrong, tuple(wrong["loc"][1:]), "", known, _REFERENCES) for wrong in found]


def _one(
    wrong: Mapping[str, Any],
    loc: tuple[int | str, ...],
    within: str,
    known: frozenset[str],
    references: Mapping[int | str, str],
) -> Error:
    kind, context = str(wrong["type"]), wrong.get("ctx", {})
    if kind.startswith("union_tag"):
        loc = (*loc, "ground")
    names = [step for step in loc if isinstance(step, int) or step in known]
    path = _path(names, within)
    code, message = _said(kind, context)
    found = (references[name] for name in reversed(names) if name in references)
    return error(code, path, message, next(found, CONTRACT))


def _said(kind: str, context: Mapping[str, Any]) -> tuple[str, str]:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _COUNTED:
        code, message = _COUNTED[kind]
        return code, message.format_map(context)
    if kind == "string_too_short":
        return "blank", "This must not be blank."
    if kind == "value_error":
        # Raised by validators of our own, whose messages hold no value.
        return "not-consistent", f"{context['error']}."
    if kind.startswith(("date_", "time_", "datetime_")):
        return _PLAIN[f"{kind.split('_', maxsplit=1)[0]}_type"]
    return "malformed", "This is not in the form that is described."


def _path(names: Sequence[int | str], within: str) -> str:
    path = within
    for name in names:
        if isinstance(name, int):
            path += f"[{name}]"
        else:
            path += f".{name}" if path else name
    return path


@cache
def _of_bodies() -> frozenset[str]:
    """Every name that a body may have, from the commands' own schemas."""
    return frozenset(name for command in COMMANDS for name in _names(_schema(command)))


@cache
def _of_parameters() -> frozenset[str]:
    return frozenset({"urn", "year", "pupil", "leave", "intervention"}) | frozenset(
        name
        for model in (
            *PARAMETERS,
            *LIST_PARAMETERS,
            *OFFICE_LIST_PARAMETERS,
            *DIFFERENCE_PARAMETERS,
            *EXTRACT_PARAMETERS,
            *RETURN_PARAMETERS,
        )
        for name in _names(_schema(model))
    )


def _schema(command: Any) -> Any:
    return TypeAdapter(command).json_schema()


def _names(schema: Any) -> Iterable[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from _names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _names(inner)
