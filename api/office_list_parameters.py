"""Parameters of the lists that offices live by; of each its own model, as `api.parameters` has them."""

from typing import Annotated, Final

from pydantic import BaseModel, Field

from api.list_parameters import ListDay, SpanParameters
from api.parameters import PagedParameters
from ledger.base import CodeSymbol


class RegistersParameters(PagedParameters):
    """A read of which registers of a day are taken."""

    date_: ListDay | None = Field(
        None, alias="date", description="The day; that of `as_of`, or today, when left out."
    )


class UnmarkedParameters(SpanParameters):
    """A read of pupils due without a mark: of one `date`, or from a day to a day."""

    date_: ListDay | None = Field(None, alias="date", description="One day alone.")


class AmendedParameters(SpanParameters):
    """A read of what was amended after a time."""

    since: str = Field(
        max_length=64,
        description="Amended after this instant (RFC 3339) or log position.",
        examples=["2026-10-01T16:00:00Z"],
    )


class BatchesParameters(SpanParameters):
    """A read of acts that entered late, or amended much at once."""

    days: Annotated[int, Field(ge=0, le=200)] = Field(
        5, description="Late is after more than so many school days."
    )
    bulk: Annotated[int, Field(ge=0, le=100_000)] = Field(
        20, description="Bulk is more than so many amended entries in one act."
    )


class ActivityParameters(SpanParameters):
    """A read of sessions in which a code was used far more than is usual."""

    code: CodeSymbol = "B"
    times: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="More than so many times the median share."
    )
    at_least: Annotated[int, Field(ge=1, le=100_000)] = Field(
        5, description="Of at least so many pupils."
    )


OFFICE_LIST_PARAMETERS: Final[tuple[type[BaseModel], ...]] = (
    RegistersParameters,
    UnmarkedParameters,
    AmendedParameters,
    BatchesParameters,
    ActivityParameters,
)
