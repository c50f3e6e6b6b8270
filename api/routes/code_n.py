"""The automatic rule for code N: a school's choice, acted on when somebody says so."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import examples_schools, openapi, writing
from api.bodies import Body
from api.formats import answer_object
from api.parameters import OnParameters, UrnPath
from api.problems import refuse
from api.reading import of_school
from api.routing import ContractRoute, service_of
from api.schemas_schools import CodeNRuleRead
from api.writing import Write
from ledger.registers.code_n_rule import CodeNRuleRun, CodeNRuleSet, RunCodeNRule, SetCodeNRule

router = APIRouter(
    prefix="/v1/schools/{urn}/code-n-rule",
    route_class=ContractRoute,
    tags=["Attendance register"],
)

_SET = Write("school:write", Body[SetCodeNRule](SetCodeNRule))
_RUN = Write("attendance:write", Body[RunCodeNRule](RunCodeNRule))


@router.put(
    "",
    **openapi.write(_SET, {"enabled": examples_schools.CODE_N_RULE}, received="receipt-of-rule"),
)
async def set_code_n_rule(request: Request, urn: UrnPath) -> Response:
    """Record whether code N is replaced by rule, from which day's sessions on, and in whose name.

    Nothing changes by itself: a run is asked for.  The receipt names the rule as entries will.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _SET, lambda asked, key: ledger.set_code_n_rule(urn, asked, key), urn=urn
    )


@router.get(
    "",
    **openapi.read(
        CodeNRuleRead,
        "code-n-rule",
        ["school:read"],
        problems=("school-not-found", "code-n-rule-not-found"),
    ),
)
def read_code_n_rule(
    request: Request, urn: UrnPath, asked: Annotated[OnParameters, Query()]
) -> Response:
    """The instruction for sessions of a day, every instruction recorded, and the last run."""
    with of_school(request, "school:read", urn, asked) as (found, book):
        rules = book.code_n
        on = asked.on or found.today
    standing = rules.on(on)
    if standing is None:
        raise refuse("code-n-rule-not-found", "on")
    members = {
        "school": urn,
        "on": on,
        **_instruction(standing),
        "instructions": [_instruction(each) for each in rules.instructions],
        "last_run": _run(rules.last_run) if rules.last_run else None,
    }
    return answer_object(found.at, members)


@router.post(
    "/runs",
    **openapi.write(
        _RUN,
        {"through": examples_schools.CODE_N_RUN},
        received="receipt-of-run",
        problems=("no-code-n-rule", "code-n-not-overdue", "code-n-run-of-too-many-marks"),
    ),
)
async def run_code_n_rule(request: Request, urn: UrnPath) -> Response:
    """Amend every code N that the rule covers and whose last day for being replaced has passed.

    Each amended entry is made in the name of the person recorded with the rule and names the rule; the
    run itself is recorded in the name of whoever asks for it.  What it left alone is counted by reason.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request, _RUN, lambda asked, key: ledger.run_code_n_rule(urn, asked, key), urn=urn
    )


def _instruction(event: CodeNRuleSet) -> dict[str, Any]:
    return {
        "rule": event.name,
        "enabled": event.enabled,
        "replace_with": event.replace_with,
        "person": event.person,
        "in_force_from": event.in_force_from,
    }


def _run(event: CodeNRuleRun) -> dict[str, Any]:
    return {
        "through": event.through,
        "amended": event.amended,
        "left_alone": event.left_alone,
    }
