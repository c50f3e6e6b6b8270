"""The extracts there are, in the order in which they are listed."""

from collections.abc import Mapping
from typing import Final

from projections.extracts.extract import Extract

_LISTED: Final[tuple[Extract, ...]] = ()

EXTRACTS: Final[Mapping[str, Extract]] = {one.name: one for one in _LISTED}
