"""Schools added up: by area and phase, and phases to their Total."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from ledger.law.rulebook import Rulebook
from projections.extracts.statistics.geography import Area, areas_of
from projections.extracts.statistics.phases import PHASES, Phase
from projections.extracts.statistics.reading import Enrolment, School
from projections.totals import percentages

TOTAL: Final = "Total"


@dataclass(slots=True)
class Sums:
    """What the schools of one area and phase hold together; phases add up to their Total."""

    sessions: Counter[str] = field(default_factory=Counter)
    """By code and by sum (`sessions.NAMES`)."""
    schools: int = 0
    """Schools of the area and phase, those without any entry included."""
    open_schools: int = 0
    """Those with a possible session."""
    census_enrolments: int = 0
    enrolments: int = 0
    """Enrolments with a possible session."""
    persistent: int = 0
    severe: int = 0
    mean_schools: Fraction = Fraction(0)
    """Schools open on a day, on average over the days on which one of them was."""
    mean_enrolments: Fraction = Fraction(0)
    """Enrolments on the roll of the schools open on a day, on average over the same days."""

    def add(self, other: "Sums") -> None:
        """Add what others hold: a Total's means are the sums of its phases' means, as published."""
        self.sessions.update(other.sessions)
        self.schools += other.schools
        self.open_schools += other.open_schools
        self.census_enrolments += other.census_enrolments
        self.enrolments += other.enrolments
        self.persistent += other.persistent
        self.severe += other.severe
        self.mean_schools += other.mean_schools
        self.mean_enrolments += other.mean_enrolments


@dataclass(slots=True)
class _Gathered:
    """The schools of one area and phase while they are read: their days are not means yet."""

    sums: Sums = field(default_factory=Sums)
    schools_on: Counter[date] = field(default_factory=Counter)
    enrolments_on: Counter[date] = field(default_factory=Counter)

    def finished(self) -> Sums:
        days = len(self.schools_on)
        if days:
            self.sums.mean_schools = Fraction(self.schools_on.total(), days)
            self.sums.mean_enrolments = Fraction(self.enrolments_on.total(), days)
        return self.sums


Cells = dict[Area, dict[Phase, Sums]]


def by_area_and_phase(schools: Iterable[School], law: Rulebook) -> Cells:
    """The schools by area, in the order of published files, and phase; areas without any are not there.

    Memory goes with the number of areas and days, not with that of schools or marks.
    """
    found: dict[tuple[Area, Phase], _Gathered] = {}
    for school in schools:
        one = _of_school(school, law)
        on_roll = school.on_roll(school.open_days)
        for area in areas_of(school.authority):
            assert school.phase is not None
            cell = found.setdefault((area, school.phase), _Gathered())
            cell.sums.add(one)
            cell.schools_on.update(on_roll.keys())
            cell.enrolments_on.update(on_roll)
    areas = sorted({area for area, _ in found}, key=lambda area: area.order)
    return {
        area: {p: found[area, p].finished() for p in PHASES if (area, p) in found} for area in areas
    }


def _of_school(school: School, law: Rulebook) -> Sums:
    sums = Sums(schools=1, open_schools=bool(school.open_days))
    for counted in school.days.values():
        sums.sessions.update(counted)
    sums.census_enrolments = school.census_enrolments
    limits = percentages(school.span.last, law)
    for enrolment in school.enrolments():
        sums.enrolments += 1
        sums.persistent += absent_for(enrolment, limits["persistent"])
        sums.severe += absent_for(enrolment, limits["severe"])
    return sums


def absent_for(enrolment: Enrolment, percent: int) -> bool:
    """Whether an enrolment missed at least so many per cent of its own possible sessions."""
    counted = enrolment.sessions
    return 100 * counted["absence"] >= percent * counted["possible"] > 0
