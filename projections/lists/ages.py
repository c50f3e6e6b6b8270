"""Compulsory school age of those who stand in a list, by the dates of birth in the admission register."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, NamedTuple

from ledger.admissions.ages import (
    compulsory_school_age_from,
    compulsory_school_age_to,
    of_compulsory_school_age,
)
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.births import births
from projections.statements import fetch, statements

_SQL: Final = statements("lists/ages")


class SchoolAge(NamedTuple):
    """A child's compulsory school age, first and last day included; None where it is not known."""

    school: str
    """The school whose admission register says so."""
    first: date | None
    last: date | None
    on: bool | None
    """Whether the child is of that age on the day asked about."""


def always_of_age(born: Mapping[str, date], pupil: str, days: Collection[date]) -> bool | None:
    """Whether a pupil was of compulsory school age on each of the days; None where it is not known."""
    if pupil not in born or not days:
        return None
    first, last = compulsory_school_age_from(born[pupil]), compulsory_school_age_to(born[pupil])
    return first <= min(days) and max(days) <= last


def school_age(
    connection: Connection,
    vault: Vault,
    pupil: str,
    schools: Collection[str] | None,
    on: date,
    at: AsOf,
) -> SchoolAge | None:
    """Compulsory school age by the admission registers of some schools (None: of all).

    Of several that hold the name, the one that last said something about it and whose key was not
    destroyed.  None where no such register has ever held the name.
    """
    asked = {"pupil": pupil, "position": at.position}
    found = [f"{school:06d}" for (school,) in fetch(connection, _SQL["registers"], asked)]
    seen = [urn for urn in found if schools is None or urn in schools]
    for urn in seen:
        born = births(connection, vault, urn, [pupil], at).get(pupil)
        if born is not None:
            return SchoolAge(
                urn,
                compulsory_school_age_from(born),
                compulsory_school_age_to(born),
                of_compulsory_school_age(born, on),
            )
    return SchoolAge(seen[0], None, None, None) if seen else None
