"""Problem documents (RFC 9457): how a refusal, of whatever kind, is answered.

No problem repeats a submitted value: messages are ours, and paths name only what the contract names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Response
from pydantic_core import to_json

from api.problem_types import CONTRACT, TYPES
from ledger.base import Refused
from ledger.requests import PROBLEMS, Answer, problem_of

MEDIA_TYPE: Final = "application/problem+json"
ERRORS_MAX: Final = 100
"""Errors listed in one problem; beyond it `errors_total` says how many there are."""
RETRY_AFTER_SECONDS: Final = 2

_ABOUT_THE_WHOLE_REQUEST: Final = frozenset({"idempotency-key-reused", "school-not-found"})

Error = dict[str, Any]


def error(code: str, path: str, message: str, reference: str = CONTRACT) -> Error:
    """One entry of a problem's `errors`."""
    return {"code": code, "path": path, "message": message, "reference": reference}


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document, not yet answered."""

    code: str
    errors: Sequence[Error] = ()
    status: int | None = None
    """Where it is not the type's usual one."""
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The members of the document."""
        kind = TYPES[self.code]
        shown: dict[str, Any] = {
            "type": PROBLEMS + kind.code,
            "title": kind.title,
            "status": self.status or kind.status,
            "detail": self.errors[0]["message"] if len(self.errors) == 1 else kind.about,
            **self.members,
            "errors": list(self.errors[:ERRORS_MAX]),
        }
        if len(self.errors) > ERRORS_MAX:
            shown["errors_total"] = len(self.errors)
        return shown

    def response(self) -> Response:
        """The answer."""
        document = self.document()
        return Response(to_json(document), document["status"], dict(self.headers), MEDIA_TYPE)


class ProblemError(Exception):
    """Raised wherever a request cannot be answered otherwise; the problem is the answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def refuse(code: str, path: str = "", message: str = "") -> ProblemError:
    """A refusal for one reason, to be raised; the message is the type's own unless given."""
    kind = TYPES[code]
    shown = error(code, path, message or kind.about, kind.reference)
    return ProblemError(Problem(code, [shown]))


def invalid(errors: Sequence[Error]) -> ProblemError:
    """The refusal of a request that is not in the form described, to be raised."""
    return ProblemError(Problem("validation-failed", errors))


def invalid_at(path: str, code: str, message: str = "") -> ProblemError:
    """The same for one value, such as a parameter."""
    return invalid([error(code, path, message or TYPES[code].about)])


def unavailable(code: str = "unavailable") -> Problem:
    """An answer that asks to come again: nothing was recorded, or the outcome is not known."""
    return Problem(code, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def of_answer(answer: Answer, items: str, count: int, each: bool) -> Problem:
    """The refusals of a write.  `items` names the list that its items stand in, if any."""
    if len(answer.refused) == 1 and _code(answer.refused[0][1]) in _ABOUT_THE_WHOLE_REQUEST:
        items = ""
    shown = [
        (index, problem_of(refused, f"{items}[{index}]" if items else ""))
        for index, refused in answer.refused
    ]
    errors = [
        each_error | ({"standing": problem["standing"]} if "standing" in problem else {})
        for _, problem in shown
        for each_error in problem["errors"]
    ]
    members: dict[str, Any] = {}
    if len(shown) == 1 and "standing" in shown[0][1]:
        members["standing"] = shown[0][1]["standing"]
    if each and items:
        members["results"] = _results(answer, count)
    return Problem(_overall(answer), errors, answer.status, members)


def _overall(answer: Answer) -> str:
    codes = {_code(refused) for _, refused in answer.refused}
    return codes.pop() if len(codes) == 1 else "request-refused"


def _code(refused: Refused) -> str:
    return refused.problems[0].code


def _results(answer: Answer, count: int) -> list[dict[str, Any]]:
    """One result per item: in mode `each` what was not refused stood already."""
    refused = dict(answer.refused)
    return [
        {"status": "refused", "problem": problem_of(refused[index])}
        if index in refused
        else {"status": "unchanged"}
        for index in range(count)
    ]
