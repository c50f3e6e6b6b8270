"""Parameters: those in paths, and of each read its own model; anything else in a query is refused."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from ledger.base import Day, PupilId
from ledger.identifiers import Urn
from ledger.intervention.interventions import Kind
from ledger.leave_of_absence.leave import Decision
from ledger.schools.calendar import Session
from projections.totals import TotalsBy

UrnPath = Annotated[
    str,
    Path(
        pattern=r"^[1-9][0-9]{5}$",
        description="Unique reference number of the school: six digits.",
        examples=["137172"],
    ),
]
PupilPath = Annotated[
    UUID,
    Path(
        description="The client's own UUID for the child, the same at every school.",
        examples=["0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01"],
    ),
]
LeavePath = Annotated[
    UUID,
    Path(
        description="The id that the receipt of the request for leave named.",
        examples=["0192d3f0-6c1e-7c55-9d10-2f1f0a3b8eaa"],
    ),
]
InterventionPath = Annotated[
    UUID,
    Path(
        description="The id that the receipt of the intervention named.",
        examples=["0192d3f0-6c1e-7c55-9d10-2f1f0a3b8eab"],
    ),
]
YearPath = Annotated[
    int,
    Path(
        ge=2005,
        le=2044,
        description="The calendar year in which the academic year starts: 2026 for 2026/27.",
        examples=[2026],
    ),
]
_Position = Annotated[int, Field(ge=0, le=2**63 - 1)]
_Format = Literal["json", "ndjson", "csv"]
LawTable = Literal[
    "codes",
    "thresholds",
    "deletion_grounds",
    "leave_grounds",
    "severity",
    "retention",
    "compulsory_school_age",
]


class ReadParameters(BaseModel):
    """What every read takes."""

    model_config = ConfigDict(extra="forbid")

    as_of: str | None = Field(
        None,
        max_length=64,
        description="Answer as the ledger stood at this instant (RFC 3339) or log position.",
        examples=["2026-10-01T12:00:00Z"],
    )
    after: _Position | None = Field(
        None, description="Wait, at most 5 seconds, until the view has reached this position."
    )


class ListParameters(ReadParameters):
    """What every read of a list takes."""

    format: _Format | None = Field(None, description="The format, instead of by the header Accept.")


class PagedParameters(ListParameters):
    """What every read of a list that may be long takes."""

    limit: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Most items of a page; as many as a page may hold when left out."
    )
    cursor: str | None = Field(
        None,
        max_length=400,
        description='Of the next page: as `Link: rel="next"` and `next` gave it.',
    )


class OnParameters(ReadParameters):
    """A read of what is in force on a day."""

    on: Day | None = Field(None, description="The day; today when left out.")


class DaysParameters(ListParameters):
    """A read of what the days of a school are."""

    from_: Day = Field(alias="from")
    to: Day


class CodesParameters(ListParameters):
    """A read of the codes."""

    on: Day | Literal["all"] | None = Field(
        None,
        description="The day; today when left out. `all` for every code that ever was, dated.",
    )


class RulesParameters(ListParameters):
    """A read of the law's values."""

    on: Day | None = Field(
        None, description="Values in force on this day; every value ever when left out."
    )
    table: LawTable | None = Field(None, description="Values of this table alone.")


class AdmissionsParameters(PagedParameters):
    """A read of the admission register."""

    on: Day | None = Field(
        None, description="Names on the roll on this day; every name ever entered when left out."
    )


class RegisterParameters(PagedParameters):
    """A read of the attendance register: one `date`, or `from` and `to`."""

    date_: Day | None = Field(None, alias="date")
    session: Session | None = None
    from_: Day | None = Field(None, alias="from")
    to: Day | None = None
    pupil: PupilId | None = None
    year_group: str | None = Field(None, max_length=8)
    registration_group: str | None = Field(None, max_length=200)


class LeaveParameters(PagedParameters):
    """A read of requests for leave."""

    pupil: PupilId | None = None
    on: Day | None = Field(None, description="For this day.")
    decision: Decision | None = None


class InterventionsParameters(PagedParameters):
    """A read of interventions."""

    pupil: PupilId | None = None
    kind: Kind | None = None
    on: Day | None = Field(
        None,
        description="In effect on this day; a penalty notice while it counts as an earlier one.",
    )


class HistoryParameters(PagedParameters):
    """A read of a pupil's history."""

    # One format more than other lists have.
    format: Literal["json", "ndjson", "csv", "html"] | None = Field(  # type: ignore[assignment]
        None, description="The format, instead of by the header Accept; `html` is a page to print."
    )
    school: Urn | None = None
    from_: Day | None = Field(None, alias="from")
    to: Day | None = None


class TotalsParameters(ListParameters):
    """A read of totals."""

    from_: Day = Field(alias="from")
    to: Day
    by: TotalsBy = "school"


class LogParameters(BaseModel):
    """A read of the log."""

    model_config = ConfigDict(extra="forbid")

    as_of: str | None = Field(
        None,
        max_length=64,
        description="Answer as the ledger stood at this instant (RFC 3339) or log position.",
    )
    after: _Position = Field(0, description="Events after this position.")
    limit: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Most events of a page; 1,000 when left out."
    )
    format: Literal["json", "ndjson"] | None = Field(
        None, description="The format, instead of by the header Accept."
    )
    envelope: Literal["plain", "cloudevents"] = Field(
        "plain", description="`cloudevents` puts each event in an envelope of CloudEvents 1.0."
    )


PARAMETERS: Final[tuple[type[BaseModel], ...]] = (
    OnParameters,
    DaysParameters,
    CodesParameters,
    RulesParameters,
    AdmissionsParameters,
    RegisterParameters,
    LeaveParameters,
    InterventionsParameters,
    HistoryParameters,
    TotalsParameters,
    LogParameters,
)
