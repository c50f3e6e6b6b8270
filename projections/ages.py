"""Compulsory school age on a day (Education Act 1996 s.8), and the dates of birth it follows from."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from ledger.store.database import Connection
from ledger.store.vault import Vault, scope_of
from projections.asof import AsOf
from projections.statements import fetch, statements
from projections.stored import opened, parsed

_SQL: Final = statements("ages")
_HOLDS_BIRTH: Final = frozenset({"date_of_birth", "personal"})
_BEGINS_AT: Final = 5
_ENDS_AT: Final = 16
_FRIDAY: Final = 4
_SEPTEMBER: Final = 9


def span_of_compulsory_school_age(born: date) -> tuple[date, date]:
    """First and last day of compulsory school age.

    From the fifth birthday where that is 31 August, 31 December or 31 March, else from the next of
    those days; to the last Friday in June of the school year of the sixteenth birthday, school years
    being taken to start on 1 September (convention).
    """
    # 29 February falls between the days that matter, so the day after it serves as well.
    fifth = _birthday(born, _BEGINS_AT)
    prescribed = (
        date(fifth.year, 3, 31),
        date(fifth.year, 8, 31),
        date(fifth.year, 12, 31),
    )
    begins = min(day for day in prescribed if day >= fifth)
    sixteenth = _birthday(born, _ENDS_AT)
    year = sixteenth.year + (sixteenth.month >= _SEPTEMBER)
    end_of_june = date(year, 6, 30)
    return begins, end_of_june - timedelta(days=(end_of_june.weekday() - _FRIDAY) % 7)


def of_compulsory_school_age(born: date, day: date) -> bool:
    """Whether a child born then is of compulsory school age that day."""
    first, last = span_of_compulsory_school_age(born)
    return first <= day <= last


def births(
    connection: Connection, vault: Vault, urn: str, pupils: Collection[str], at: AsOf
) -> dict[str, date]:
    """Dates of birth as the school's admission register had them; erased ones are left out."""
    asked = {"school": int(urn), "pupils": list(pupils), "position": at.position}
    rows = fetch(connection, _SQL["births"], asked)
    keys = vault.load_keys(connection, [scope_of(stream) for _, stream, *_ in rows])
    found: dict[str, date] = {}
    for pupil, stream, version, state in rows:
        fields = parsed(state)
        # Of a name entered only the date of birth is opened; of an amendment what was amended.
        needed = {name: value for name, value in fields.items() if name in _HOLDS_BIRTH}
        plain, _ = opened(stream, version, needed, keys)
        born = plain.get("date_of_birth") or (plain.get("personal") or {}).get("date_of_birth")
        if born is not None:
            found[pupil] = date.fromisoformat(born)
    return found


def _birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)
