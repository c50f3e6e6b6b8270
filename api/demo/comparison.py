"""The service's sums beside the Department's published figures, one by one."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.demo.measures import rates_of, tolerance
from api.demo.published import PublishedRow


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure twice: a count, which must be equal, or a percentage, to within `tolerance`.

    `ours` is None where the service counted no possible session, so that there is no percentage.
    """

    name: str
    ours: float | None
    published: float
    tolerance: float = 0

    @property
    def is_rate(self) -> bool:
        """Whether it is a percentage; otherwise it is a number of sessions."""
        return self.tolerance > 0

    @property
    def difference(self) -> float | None:
        """Ours less the published figure."""
        return None if self.ours is None else self.ours - self.published

    @property
    def agrees(self) -> bool:
        """Whether the two are the same figure."""
        return self.difference is not None and abs(self.difference) <= self.tolerance


def compare(
    row: PublishedRow, totals: Mapping[str, int], codes: Mapping[str, int]
) -> tuple[Comparison, ...]:
    """Every figure of a row that follows from counts: by class, by code, percentages.

    `totals` has the names of the published columns (`measures.totals_of`). A code that was counted
    and is not in the published file is compared with 0.
    """
    published = row.counts()
    by_class = [Comparison(name, n, row.count(name)) for name, n in totals.items()]
    by_code = [
        Comparison(f"code {code}", codes.get(code, 0), published.get(code, 0))
        for code in [*published, *sorted(codes.keys() - published.keys())]
    ]
    rates = [
        Comparison(name, ours, row.rate(name), tolerance(row.period, row.rate(name)))
        for name, ours in rates_of(totals, codes).items()
    ]
    return (*by_class, *by_code, *rates)
