"""The law as dated data: thresholds, grounds, ages, retention, and what refuses and what warns.

The tables are in `law/*.toml`, read once; the attendance codes have a module of their own
(`ledger.codes`).  Every value says from when to when it is in force, on what it rests and how surely.
One name has one value on any day.  The look-ups take the day that the question is about: of the
session, the leave, the deletion, the notice or the entry, never the day of asking.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from importlib.resources import files
from typing import Any, Final, NamedTuple

from ledger.provisions import (
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


# --- The tables -----------------------------------------------------------------------------------


def _by_name(kind: type[P]) -> Mapping[str, tuple[P, ...]]:
    text = files("ledger.law").joinpath(f"{kind.table}.toml").read_text(encoding="utf-8")
    entries = read_table(kind, text)
    names = dict.fromkeys(entry.name for entry in entries)
    return {name: tuple(e for e in entries if e.name == name) for name in names}


_THRESHOLDS: Final = _by_name(Threshold)
_DELETION_GROUNDS: Final = _by_name(DeletionGround)
_LEAVE_GROUNDS: Final = _by_name(LeaveGround)
_SEVERITY: Final = _by_name(SeverityRule)
_RETENTION: Final = _by_name(RetentionPeriod)
_AGE_BEGINS: Final = _by_name(AgeBegins)
_AGE_ENDS: Final = _by_name(AgeEnds)


# --- Look-ups -------------------------------------------------------------------------------------


def _on(table: Mapping[str, tuple[P, ...]], name: str, day: date) -> P | None:
    if name not in table:
        raise NotInForceError(f"the law's tables know no {name!r}")
    return next((entry for entry in table[name] if entry.in_force_on(day)), None)


def threshold(name: str, day: date) -> Threshold | None:
    """The number of that name in force on `day`, None if none is.

    Raises NotInForceError for a name that the tables do not know.
    """
    return _on(_THRESHOLDS, name, day)


def limit(name: str, day: date) -> int:
    """The value of that number on `day`; NotInForceError where none is in force."""
    found = threshold(name, day)
    if found is None:
        raise NotInForceError(f"no {name!r} is in force on {day}")
    return found.value


def deletion_ground(letter: str, day: date) -> DeletionGround | None:
    """The ground for deletions of `day`, with those of its conditions that are in force that day."""
    found = _on(_DELETION_GROUNDS, letter, day)
    if found is None:
        return None
    return replace(found, conditions=tuple(c for c in found.conditions if c.in_force_on(day)))


def leave_ground(name: str, day: date) -> LeaveGround | None:
    """The ground for leave on `day`, by the name it has in requests."""
    return _on(_LEAVE_GROUNDS, name, day)


def severity(rule: str, school_type: SchoolType, day: date) -> Severity | None:
    """Whether a breach of the rule refuses or warns; None where the rule is not in force that day."""
    found = severity_rule(rule, day)
    return None if found is None else getattr(found, school_type)


def severity_rule(rule: str, day: date) -> SeverityRule | None:
    """The rule as it stands on `day`, with its reference."""
    return _on(_SEVERITY, rule, day)


def retention_period(day: date) -> RetentionPeriod:
    """For how long register entries made on `day` are kept; as the oldest known for earlier days."""
    return _at_least_the_first(_RETENTION["register-entry"], day)


def age_begins(birthday: date) -> AgeBegins:
    """When compulsory school age begins, by the law of the fifth birthday; the oldest known before."""
    return _at_least_the_first(_AGE_BEGINS["compulsory-school-age-begins"], birthday)


def age_ends(birthday: date) -> AgeEnds:
    """When compulsory school age ends, by the law of the sixteenth birthday; the oldest known before."""
    return _at_least_the_first(_AGE_ENDS["compulsory-school-age-ends"], birthday)


def _at_least_the_first(entries: Sequence[P], day: date) -> P:
    # A mistyped date of birth or an old entry must find an answer, not an error.
    return next((entry for entry in entries if entry.in_force_on(day)), entries[0])


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


def entries() -> Iterator[Entry]:
    """Every value of every table, in its order; a condition is named after its ground: `F.…`."""
    tables: tuple[Mapping[str, Sequence[Provision]], ...] = (
        _THRESHOLDS,
        _DELETION_GROUNDS,
        _LEAVE_GROUNDS,
        _SEVERITY,
        _RETENTION,
        _AGE_BEGINS,
        _AGE_ENDS,
    )
    for table in tables:
        for provisions in table.values():
            for provision in provisions:
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
