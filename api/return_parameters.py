"""Parameters of the reads about returns to the local authority."""

from typing import Final

from pydantic import BaseModel, Field

from api.parameters import PagedParameters
from ledger.authority_returns.returns_sent import ReturnName
from ledger.base import PupilId


class BeliefsParameters(PagedParameters):
    """A read of what a school believed of illness."""

    pupil: PupilId | None = None


class ReturnsSentParameters(PagedParameters):
    """A read of the returns that a school sent."""

    pupil: PupilId | None = None
    extract: ReturnName | None = Field(None, description="Of this return alone.")


RETURN_PARAMETERS: Final[tuple[type[BaseModel], ...]] = (BeliefsParameters, ReturnsSentParameters)
