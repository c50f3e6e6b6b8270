"""A rehearsal of changed rules over a whole ledger, school by school: everything that would be otherwise."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from ledger.law.edition import RULES
from ledger.law.judgement import CODE_RULES, Judged
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections import rehearsal_figures, school
from projections.asof import AsOf
from projections.rehearsal import MarkChange, Rehearsal, marks, schools, years
from projections.rehearsal_figures import DeletionChange, FigureChange, ThresholdChange

LISTED_MAX: Final = 1_000
"""Marks that are named one by one; all are counted."""

Progress = Callable[[int, int], None]
"""Told how many schools are done, and how many there are."""


class Kind(NamedTuple):
    """What marks of one code would be judged to be, before and after."""

    code: str
    before: Judged
    after: Judged


@dataclass(slots=True)
class Tally:
    """The marks of one kind."""

    marks: int = 0
    pupils: set[str] = field(default_factory=set)


@dataclass
class Report:
    """Everything that would be otherwise.  Lists of pairs begin with the school's URN."""

    rehearsal: Rehearsal
    at: AsOf
    schools: list[str]
    first: date | None
    last: date | None
    kinds: dict[Kind, Tally] = field(default_factory=dict)
    listed: list[tuple[str, MarkChange]] = field(default_factory=list)
    figures: list[tuple[str, FigureChange]] = field(default_factory=list)
    thresholds: list[tuple[str, ThresholdChange]] = field(default_factory=list)
    deletions: list[tuple[str, DeletionChange]] = field(default_factory=list)

    @property
    def marks(self) -> int:
        """How many marks would be judged otherwise."""
        return sum(tally.marks for tally in self.kinds.values())

    @property
    def pupils(self) -> int:
        """Whose they are."""
        return len(set().union(*(tally.pupils for tally in self.kinds.values())))

    @property
    def not_reckoned(self) -> list[str]:
        """Changes from which no rehearsal follows."""
        return rehearsal_figures.not_reckoned(self.rehearsal)

    @property
    def only_where_flagged(self) -> list[str]:
        """Rules whose breach is seen only where it was noted when the mark was entered."""
        return sorted(self.rehearsal.rules - set(CODE_RULES))

    def add_mark(self, urn: str, change: MarkChange) -> None:
        """Count one mark, and list it while there is room."""
        tally = self.kinds.setdefault(Kind(change.code, change.before, change.after), Tally())
        tally.marks += 1
        tally.pupils.add(change.pupil)
        if len(self.listed) < LISTED_MAX:
            self.listed.append((urn, change))

    def as_json(self) -> dict[str, Any]:
        """The report as an object: ids, days and positions, and no name of anybody."""
        return {
            "rules": RULES,
            "position": self.at.position,
            "schools": self.schools,
            "from": self.first,
            "to": self.last,
            "changes": [change._asdict() for change in self.rehearsal.changes],
            "not_reckoned": self.not_reckoned,
            "only_where_flagged": self.only_where_flagged,
            "marks": self.marks,
            "pupils": self.pupils,
            "kinds": [
                {
                    **_otherwise(kind),
                    "code": kind.code,
                    "marks": tally.marks,
                    "pupils": sorted(tally.pupils),
                }
                for kind, tally in self.kinds.items()
            ],
            "listed": [{"school": urn, **_mark(change)} for urn, change in self.listed],
            "totals": [{"school": urn, **one._asdict()} for urn, one in self.figures],
            "penalty_threshold": [{"school": urn, **one._asdict()} for urn, one in self.thresholds],
            "deletions": [{"school": urn, **one._asdict()} for urn, one in self.deletions],
        }


def rehearse(
    connection: Connection, report: Report, vault: Vault | None, progress: Progress
) -> Report:
    """Fill the report, school by school."""
    for number, urn in enumerate(report.schools):
        progress(number, len(report.schools))
        _rehearse_school(connection, report, urn, vault)
    progress(len(report.schools), len(report.schools))
    return report


def begin(
    connection: Connection,
    rehearsal: Rehearsal,
    urns: Collection[str],
    days: tuple[date | None, date | None],
    at: AsOf,
) -> Report:
    """A report with nothing in it yet, about the schools asked for, or about all of them."""
    return Report(rehearsal, at, schools(connection, urns, at), *days)


def _rehearse_school(connection: Connection, report: Report, urn: str, vault: Vault | None) -> None:
    rehearsal, at = report.rehearsal, report.at
    book = school.load(connection, urn, at)
    spans = list(years(connection, urn, report.first, report.last, at))
    for span in spans:
        for change in marks(connection, book, rehearsal, span, at, vault):
            report.add_mark(urn, change)
        found = rehearsal_figures.figures(connection, book, rehearsal, span, at, vault)
        report.figures += [(urn, one) for one in found]
    met = rehearsal_figures.penalty_thresholds(connection, book, rehearsal, spans, at)
    report.thresholds += [(urn, one) for one in met]
    deleted = rehearsal_figures.deletions(book, rehearsal, report.first, report.last)
    report.deletions += [(urn, one) for one in deleted]


def _mark(change: MarkChange) -> dict[str, Any]:
    return {
        "pupil": change.pupil,
        "date": change.date,
        "session": change.session,
        "code": change.code,
        "position": change.position,
    }


def _otherwise(kind: Kind) -> dict[str, Any]:
    """The members of both judgements that differ."""
    before, after = kind.before._asdict(), kind.after._asdict()
    differing = [name for name in before if before[name] != after[name]]
    return {
        "before": {name: before[name] for name in differing},
        "after": {name: after[name] for name in differing},
    }
