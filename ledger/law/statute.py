"""The law as dated data: thresholds, grounds, ages, retention, and what refuses and what warns.

The tables are in `law/*.toml`, read once; the attendance codes have a module of their own
(`ledger.law.codes`).  Every value says from when to when it is in force, on what it rests and how surely.
One name has one value on any day.  The look-ups take the day that the question is about: of the
session, the leave, the deletion, the notice or the entry, never the day of asking.  Those of this
module are those of the tables as they are built in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date
from importlib.resources import files
from typing import Any, Final, NamedTuple, cast

from ledger.law.provisions import (
    AgeBegins,
    AgeEnds,
    DeletionGround,
    LeaveGround,
    P,
    Provision,
    RetentionPeriod,
    SchoolType,
    Severity,
    SeverityRule,
    Threshold,
    read_table,
)


class NotInForceError(LookupError):
    """The tables know no such name, or have no value for it on the day."""


KINDS: Final[tuple[type[Provision], ...]] = (
    Threshold,
    DeletionGround,
    LeaveGround,
    SeverityRule,
    RetentionPeriod,
    AgeBegins,
    AgeEnds,
)
TABLES: Final = tuple(dict.fromkeys(kind.table for kind in KINDS))
"""The tables by name: each is the file `law/<name>.toml`."""


class Statute:
    """The tables of one edition of the law, asked by day."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """`texts` by the names of the tables.  Raises StatuteError for one that cannot be used."""
        self._tables: Final = {kind: _by_name(kind, texts[kind.table]) for kind in KINDS}

    def threshold(self, name: str, day: date) -> Threshold | None:
        """The number of that name in force on `day`, None if none is.

        Raises NotInForceError for a name that the tables do not know.
        """
        return self._on(Threshold, name, day)

    def limit(self, name: str, day: date) -> int:
        """The value of that number on `day`; NotInForceError where none is in force."""
        found = self.threshold(name, day)
        if found is None:
            raise NotInForceError(f"no {name!r} is in force on {day}")
        return found.value

    def deletion_ground(self, letter: str, day: date) -> DeletionGround | None:
        """The ground for deletions of `day`, with those of its conditions in force that day."""
        found = self._on(DeletionGround, letter, day)
        if found is None:
            return None
        return replace(found, conditions=tuple(c for c in found.conditions if c.in_force_on(day)))

    def leave_ground(self, name: str, day: date) -> LeaveGround | None:
        """The ground for leave on `day`, by the name it has in requests."""
        return self._on(LeaveGround, name, day)

    def codes_of_leave(self, ground: str, day: date) -> tuple[str, ...]:
        """The codes that leave on this ground is entered with on that day."""
        found = self.leave_ground(ground, day)
        return (found.code, *found.other_codes) if found else ()

    def grounds_of_code(self, symbol: str, day: date) -> frozenset[str]:
        """The grounds of which leave is entered with this code on that day."""
        grounds = self._of(LeaveGround)
        return frozenset(name for name in grounds if symbol in self.codes_of_leave(name, day))

    def severity(self, rule: str, school_type: SchoolType, day: date) -> Severity | None:
        """Whether a breach of the rule refuses or warns; None where it is not in force that day."""
        found = self.severity_rule(rule, day)
        return None if found is None else getattr(found, school_type)

    def severity_rule(self, rule: str, day: date) -> SeverityRule | None:
        """The rule as it stands on `day`, with its reference."""
        return self._on(SeverityRule, rule, day)

    def retention_period(self, day: date) -> RetentionPeriod:
        """For how long entries made on `day` are kept; as the oldest known for earlier days."""
        return self._at_least_the_first(RetentionPeriod, "register-entry", day)

    def age_begins(self, birthday: date) -> AgeBegins:
        """When compulsory school age begins, by the law of the fifth birthday; the oldest before."""
        return self._at_least_the_first(AgeBegins, "compulsory-school-age-begins", birthday)

    def age_ends(self, birthday: date) -> AgeEnds:
        """When compulsory school age ends, by the law of the sixteenth birthday; the oldest before."""
        return self._at_least_the_first(AgeEnds, "compulsory-school-age-ends", birthday)

    def provisions(self) -> Iterator[Provision]:
        """Every entry of every table, in its order."""
        for table in self._tables.values():
            for found in table.values():
                yield from found

    def _of(self, kind: type[P]) -> Mapping[str, tuple[P, ...]]:
        # Under its kind the table holds entries of that kind alone.
        return cast("Mapping[str, tuple[P, ...]]", self._tables[kind])

    def _on(self, kind: type[P], name: str, day: date) -> P | None:
        table = self._of(kind)
        if name not in table:
            raise NotInForceError(f"the law's tables know no {name!r}")
        # A plain loop: the number of school days for an N is asked for by each mark that may have one.
        for entry in table[name]:
            if entry.in_force_on(day):
                return entry
        return None

    def _at_least_the_first(self, kind: type[P], name: str, day: date) -> P:
        # A mistyped date of birth or an old entry must find an answer, not an error.
        entries = self._of(kind)[name]
        return next((entry for entry in entries if entry.in_force_on(day)), entries[0])


def _by_name(kind: type[P], text: str) -> Mapping[str, tuple[P, ...]]:
    entries = read_table(kind, text)
    names = dict.fromkeys(entry.name for entry in entries)
    return {name: tuple(e for e in entries if e.name == name) for name in names}


# --- The tables as they are built in --------------------------------------------------------------


def built_in_text(table: str) -> str:
    """A table of the law as it stands in its file."""
    return files("ledger.law").joinpath(f"{table}.toml").read_text(encoding="utf-8")


BUILT_IN: Final = Statute({table: built_in_text(table) for table in TABLES})
threshold: Final = BUILT_IN.threshold
limit: Final = BUILT_IN.limit
deletion_ground: Final = BUILT_IN.deletion_ground
leave_ground: Final = BUILT_IN.leave_ground
codes_of_leave: Final = BUILT_IN.codes_of_leave
grounds_of_code: Final = BUILT_IN.grounds_of_code
severity: Final = BUILT_IN.severity
severity_rule: Final = BUILT_IN.severity_rule
retention_period: Final = BUILT_IN.retention_period
age_begins: Final = BUILT_IN.age_begins
age_ends: Final = BUILT_IN.age_ends


# --- Everything, for people -----------------------------------------------------------------------


class Entry(NamedTuple):
    """One value of the law as it is shown: `value` holds what is particular to its table."""

    table: str
    name: str
    title: str
    value: Mapping[str, Any]
    valid_from: date | None
    valid_to: date | None
    reference: str
    confidence: str


def entries(statute: Statute = BUILT_IN) -> Iterator[Entry]:
    """Every value of every table, in its order; a condition is named after its ground: `F.…`."""
    for provision in statute.provisions():
        yield from _shown(provision)


_COMMON: Final = frozenset({"name", "title", "valid_from", "valid_to", "reference", "confidence"})


def _shown(provision: Provision, prefix: str = "") -> Iterator[Entry]:
    apart = {*_COMMON, "conditions"}
    yield Entry(
        provision.table,
        prefix + provision.name,
        provision.title,
        {field: value for field, value in asdict(provision).items() if field not in apart},
        provision.valid_from,
        provision.valid_to,
        provision.reference,
        provision.confidence,
    )
    if isinstance(provision, DeletionGround):
        for condition in provision.conditions:
            yield from _shown(condition, f"{provision.name}.")
