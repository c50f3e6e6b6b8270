"""What rules find wrong, weighed: what refuses, and what is recorded with a warning.

How much a breach weighs depends on the type of the school and the day (`law/severity.toml`): a must of
the Regulations refuses where it binds, and a should of guidance warns.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.law import statute
from ledger.law.provisions import SchoolType, Severity
from ledger.problems import Problem

_REFUSE: Final = "refuse"
_WARN: Final = "warn"


class Weighed(NamedTuple):
    """What the breaches of some rules lead to, each kind in the order in which they were found."""

    refusing: tuple[Problem, ...]
    warning: tuple[Problem, ...]


def weigh(problems: Iterable[Problem], school_type: SchoolType, day: date) -> Weighed:
    """What refuses and what warns, at a school of this type on the day that the problems are about.

    A problem whose rule is not in force on that day is no problem and is left out.  One of which the
    table of severities knows nothing refuses: it is an error of another kind than a breach of law.
    """
    return _weighed(tuple(problems), school_type, day)


# A register of thirty breaks one rule thirty times: it is weighed once.
@lru_cache(maxsize=4096)
def _weighed(problems: tuple[Problem, ...], school_type: SchoolType, day: date) -> Weighed:
    refusing: list[Problem] = []
    warning: list[Problem] = []
    for problem in problems:
        severity = severity_of(problem.code, school_type, day)
        if severity == _REFUSE:
            refusing.append(problem)
        elif severity == _WARN:
            warning.append(problem)
    return Weighed(tuple(refusing), tuple(warning))


@lru_cache(maxsize=4096)
def severity_of(rule: str, school_type: SchoolType, day: date) -> Severity | None:
    """What a breach of the rule leads to; one of which the table knows nothing refuses."""
    try:
        return statute.severity(rule, school_type, day)
    except statute.NotInForceError:
        return _REFUSE
