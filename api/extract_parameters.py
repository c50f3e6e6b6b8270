"""Parameters of extracts.  What an extract's own options are, the list of extracts says."""

from typing import Annotated, Final, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from api.list_parameters import ListDay
from api.parameters import ReadParameters
from ledger.identifiers import LaCode, Urn
from projections.extracts.catalogue import EXTRACTS

SCHOOLS_MAX: Final = 200
"""Schools that are named one by one; an authority or a trust may have more."""

ExtractName = Annotated[
    str,
    Path(
        max_length=60,
        description="Name of the extract; `GET /v1/extracts` lists them.",
        examples=["register"],
        json_schema_extra={"enum": list(EXTRACTS)},
    ),
]
ExtractFormat = Literal["json", "ndjson", "csv", "xlsx", "parquet", "xml", "html"]
_Schools = Annotated[
    list[Urn],
    Field(
        max_length=SCHOOLS_MAX,
        description="URN of a school; repeat for more. The caller's own where it has one alone.",
    ),
]
_Trust = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class OfSchoolsParameters(BaseModel):
    """Which schools are meant.  Any other parameter must be one of the extract's own options."""

    school: _Schools = []
    local_authority: LaCode | None = Field(
        None, description="Instead: the caller's schools under this local authority."
    )
    trust: _Trust | None = Field(None, description="Instead: the caller's schools of this trust.")
    format: ExtractFormat | None = Field(
        None, description="The format, instead of by the header Accept."
    )


class ExtractParameters(ReadParameters, OfSchoolsParameters):
    """A read of an extract."""

    model_config = ConfigDict(extra="allow")

    from_: ListDay | None = Field(
        None, alias="from", description="First day; that of the academic year when left out."
    )
    to: ListDay | None = Field(
        None, description="Last day, included; the day of `as_of`, or today, when left out."
    )
    bom: bool = Field(
        False, description="A byte-order mark before a CSV, for spreadsheets that need one."
    )
    seen_at: str | None = Field(
        None,
        max_length=64,
        description="The instant by which it is judged what had begun, where that is later than "
        "the position's own: an extract of now is seen now. Links carry it.",
    )


class ExtractDiffParameters(OfSchoolsParameters):
    """A read of what changed in an extract between two places in the log."""

    model_config = ConfigDict(extra="allow")

    from_: str = Field(
        alias="from",
        max_length=64,
        description="What changed after this instant (RFC 3339) or log position.",
        examples=["2026-10-01T12:00:00Z"],
    )
    to: str | None = Field(
        None,
        max_length=64,
        description="Up to this instant or log position, included; now, when left out.",
    )
    first: ListDay | None = Field(None, description="First day of the extract.")
    last: ListDay | None = Field(None, description="Last day of it, included.")
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = Field(
        None, description="Wait, at most 5 seconds, until the view has reached this position."
    )
    format: Literal["json", "ndjson"] | None = Field(
        None, description="The format, instead of by the header Accept."
    )


EXTRACT_PARAMETERS: Final[tuple[type[BaseModel], ...]] = (ExtractParameters, ExtractDiffParameters)
