"""The road for imports and whole histories: entries and amendments of many schools, a line each."""

from fastapi import APIRouter, Request, Response

from api import examples, openapi, writing
from api.bodies import Lines
from api.callers import caller_of
from api.problems import Problem, ProblemError, error
from api.routing import ContractRoute, directory_of, service_of
from api.writing import Write
from ledger.registers.attendance import ImportedLine

router = APIRouter(prefix="/v1", route_class=ContractRoute, tags=["Attendance register"])

_IMPORT = Write("attendance:import", Lines(), "lines")


@router.post(
    "/attendance",
    **openapi.write(
        _IMPORT,
        {"entry": examples.LINES[0], "amendment": examples.LINES[1]},
        received="receipt-of-register",
        problems=(
            "entry-exists",
            "entry-has-changed",
            "entry-not-found",
            "code-missing",
            "unknown-code",
            "wrong-session-for-code",
            "session-not-begun",
            "amendment-details-missing",
            "amended-too-often",
        ),
    ),
)
async def import_history(request: Request) -> Response:
    """Enter marks kept in another system: one entry or amendment a line, at most 100,000 lines.

    History is not refused for being what it is: what a mark entered now would be refused for is
    recorded and flagged.  An error's path names its line, counted from 0, blank lines passed over.
    """
    ledger, directory, caller = (
        service_of(request).ledger,
        directory_of(request),
        caller_of(request),
    )

    def check(lines: list[ImportedLine]) -> None:
        first_of = {line.school: index for index, line in reversed(list(enumerate(lines)))}
        unseen = [
            index
            for urn, index in first_of.items()
            if not (directory.sees(caller, urn) and directory.known(urn))
        ]
        if unseen:
            message = "No such school, or none of the caller's."
            errors = [
                error("school-not-found", f"lines[{index}].school", message)
                for index in sorted(unseen)
            ]
            raise ProblemError(Problem("school-not-found", errors))

    return await writing.answer(request, _IMPORT, ledger.import_history, check=check)
