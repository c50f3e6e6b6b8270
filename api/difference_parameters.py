"""Parameters of what compares two places in the log, and of what explains a figure."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.list_parameters import ListDay
from api.parameters import PagedParameters
from ledger.base import Day, PupilId
from projections.explanation import Figure
from projections.totals import TotalsBy

_Limit = Annotated[int, Field(ge=1)]


class BetweenParameters(BaseModel):
    """A read of what changed between two places in the log: recorded after `from`, up to `to`."""

    model_config = ConfigDict(extra="forbid")

    from_: str = Field(
        alias="from",
        max_length=64,
        description="What was recorded after this instant (RFC 3339) or log position.",
        examples=["2026-10-01T12:00:00Z"],
    )
    to: str | None = Field(
        None,
        max_length=64,
        description="Up to this instant or log position, included; now, when left out.",
    )
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = Field(
        None, description="Wait, at most 5 seconds, until the view has reached this position."
    )
    format: Literal["json", "ndjson", "csv"] | None = Field(
        None, description="The format, instead of by the header Accept."
    )


class PagedBetweenParameters(BetweenParameters):
    """The same of a list that may be long."""

    limit: _Limit | None = Field(
        None, description="Most items of a page; as many as a page may hold when left out."
    )
    cursor: str | None = Field(
        None,
        max_length=400,
        description='Of the next page: as `Link: rel="next"` and `next` gave it.',
    )


class AttendanceDiffParameters(PagedBetweenParameters):
    """A read of what changed in the attendance register."""

    first: ListDay | None = Field(None, description="First day of the sessions looked at.")
    last: ListDay | None = Field(None, description="Last day of them; both are included.")
    pupil: PupilId | None = None
    year_group: str | None = Field(None, max_length=8)
    registration_group: str | None = Field(None, max_length=200)


class TotalsDiffParameters(BetweenParameters):
    """A read of what changed in totals."""

    first: Day = Field(description="First day counted.")
    last: Day = Field(description="Last day counted.")
    by: TotalsBy = "school"


class AdmissionsDiffParameters(PagedBetweenParameters):
    """A read of what changed in the admission register."""

    on: Day | None = Field(
        None, description="Names on the roll on this day; every name ever entered when left out."
    )


class ExplainParameters(PagedParameters):
    """A read of what a figure of the totals is made of."""

    from_: Day = Field(alias="from", description="First day counted.")
    to: Day = Field(description="Last day counted.")
    by: TotalsBy = "school"
    key: str | None = Field(
        None,
        max_length=300,
        description="The row, as the totals name it; left out, the row whose key is null, or with "
        "`by=school` the school's.",
    )
    figure: Figure | None = Field(
        None,
        description="The figure; a summary of all of them when neither it nor a code is given.",
    )
    code: str | None = Field(
        None, max_length=8, description="Instead of a figure: the sessions that stand at this code."
    )
    seen_at: str | None = Field(
        None,
        max_length=64,
        description="The instant by which it is judged what had begun, where that is later than "
        "the position's own: totals of now are seen now. Links carry it.",
    )


DIFFERENCE_PARAMETERS: Final[tuple[type[BaseModel], ...]] = (
    AttendanceDiffParameters,
    TotalsDiffParameters,
    AdmissionsDiffParameters,
    ExplainParameters,
)
