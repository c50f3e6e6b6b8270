"""Parameters of the lists that the law asks for; of each its own model, as `api.parameters` has them."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from api.parameters import OnParameters, PagedParameters
from ledger.base import Day, PupilId
from ledger.identifiers import Urn
from ledger.registers.absence import Measure
from ledger.schools.calendar import Span

LOG_DAYS: Final = Span(date(2005, 8, 1), date(2045, 7, 31))
"""The academic years that the log is divided into."""
ListDay = Annotated[Day, Field(ge=LOG_DAYS.first, le=LOG_DAYS.last)]


class SpanParameters(PagedParameters):
    """A read of a list over some days."""

    from_: ListDay | None = Field(
        None, alias="from", description="First day of the sessions that are looked at."
    )
    to: ListDay | None = Field(None, description="Last day of them; both are included.")


class CodeNOverdueParameters(SpanParameters):
    """A read of entries that stand at N and are overdue."""

    on: ListDay | None = Field(
        None, description="Judged on this day; on the day of `as_of`, or today, when left out."
    )
    by: Literal["entry", "taker"] = Field(
        "entry", description="`taker`: counts for each person who made such entries."
    )


class CodeNParameters(CodeNOverdueParameters):
    """A read of entries that stand at N."""

    overdue: bool = Field(False, description="Those alone that are overdue.")


class PenaltyParameters(SpanParameters):
    """A read of who has met the threshold for penalty notices."""

    pupil: PupilId | None = None
    near: Annotated[int, Field(ge=1, le=10)] | None = Field(
        None, description="Those as well who have at least so many sessions in some window."
    )


class AbsenceParameters(SpanParameters):
    """A read of who is persistently or severely absent."""

    measure: Measure = Field("persistent", description="Whom the list is of.")
    near: Annotated[int, Field(ge=0, le=1000)] = Field(
        0,
        description="Those as well who would reach the measure by missing so many further possible "
        "sessions, or fewer.",
    )


class OfPupilParameters(SpanParameters):
    """A read of a list of marks, of one pupil or of all."""

    pupil: PupilId | None = None


class ReturnsParameters(SpanParameters):
    """A read of which returns are due."""

    near: Annotated[int, Field(ge=0, le=15)] = Field(
        0, description="Those as well who lack at most so many days of illness."
    )


class SchoolAgeParameters(OnParameters):
    """A read of a child's compulsory school age."""

    school: Urn | None = Field(None, description="By this school's admission register alone.")


LIST_PARAMETERS: Final[tuple[type[BaseModel], ...]] = (
    CodeNOverdueParameters,
    CodeNParameters,
    PenaltyParameters,
    AbsenceParameters,
    OfPupilParameters,
    ReturnsParameters,
    SchoolAgeParameters,
)
