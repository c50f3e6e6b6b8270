"""The all-phases Total, by the rule of its period (`periods.toml`).

In one period each rate of a Total is that of the phases weighted by their census enrolments, in another
sums are divided.  Counts of a Total are the sums of its phases in both.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from importlib.resources import files
from typing import Any, Final, Literal

from projections.extracts.statistics.geography import Level
from projections.extracts.statistics.sums import Sums

SESSIONS_OF: Final = "sessions:"
PERSISTENT: Final = "persistent"
SEVERE: Final = "severe"

Rates = Mapping[str, Fraction | None]
"""Percentages by what they are of; None where there is nothing to divide by."""


@dataclass(frozen=True, slots=True)
class Period:
    """How figures of some academic years were published."""

    first: date
    last: date
    total: Literal["weighted", "pooled"]
    total_levels: tuple[Level, ...]
    suppressed_schools: Literal["z", "number"]
    reference: str
    confidence: str


def _read() -> tuple[Period, ...]:
    text = files("projections.extracts.statistics").joinpath("periods.toml")
    return tuple(_period(one) for one in tomllib.loads(text.read_text(encoding="utf-8"))["period"])


def _period(given: dict[str, Any]) -> Period:
    return Period(
        first=given["from"],
        last=date.max if given["to"] == "in force" else given["to"],
        total=given["total"],
        total_levels=tuple(given["total_levels"]),
        suppressed_schools=given["suppressed_schools"],
        reference=given["reference"],
        confidence=given["confidence"],
    )


PERIODS: Final = _read()


def period_of(year: int) -> Period:
    """How figures of academic year `year` are published."""
    day = date(year, 8, 1)
    return next((p for p in PERIODS if p.first <= day <= p.last), PERIODS[0])


def rates_of(sums: Sums, names: Iterable[str]) -> dict[str, Fraction | None]:
    """Percentages from sums: of possible sessions, or of enrolments for `persistent` and `severe`."""
    return {name: _rate(sums, name) for name in names}


def total_rates(phases: Iterable[Sums], names: Iterable[str], period: Period) -> Rates:
    """The rates of a Total over its phases, by the period's rule."""
    phases, names = list(phases), list(names)
    if period.total == "pooled":
        return rates_of(total_of(phases), names)
    return weighted([(rates_of(one, names), one.census_enrolments) for one in phases], names)


def weighted(phases: Iterable[tuple[Rates, int]], names: Iterable[str]) -> Rates:
    """Rates of phases, each with its weight, as one: a phase without a rate has no weight."""
    phases = list(phases)
    found: dict[str, Fraction | None] = {}
    for name in names:
        having = [(rate, weight) for rates, weight in phases if (rate := rates[name]) is not None]
        weights = sum(weight for _, weight in having)
        summed = sum((rate * weight for rate, weight in having), Fraction(0))
        found[name] = summed / weights if weights else None
    return found


def total_of(phases: Iterable[Sums]) -> Sums:
    """The phases of an area together."""
    total = Sums()
    for one in phases:
        total.add(one)
    return total


def _rate(sums: Sums, name: str) -> Fraction | None:
    match name:
        case "persistent":
            part, whole = sums.persistent, sums.enrolments
        case "severe":
            part, whole = sums.severe, sums.enrolments
        case _:
            part, whole = sums.sessions[name], sums.sessions["possible"]
    return Fraction(100 * part, whole) if whole else None
