"""The local authorities of England: numbers, names and regions.

The list is `law/local_authorities.csv`, with its provenance beside it; it is that of 2025/26.  It names
and warns, and refuses nothing: an authority that was abolished is in old numbers, and a new one is in new
numbers before it is in this list.
"""

import csv
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, NamedTuple


class LocalAuthority(NamedTuple):
    """One local authority, by the numbers that the Department publishes."""

    code: str
    """Three digits (`old_la_code`): the first three of a LAESTAB."""
    gss: str
    """Nine characters (`new_la_code`), such as `E09000001`."""
    name: str
    region_gss: str
    """Nine characters (`region_code`), such as `E12000007`."""
    region: str
    """One of the nine regions, such as `London`."""


def _read() -> Mapping[str, LocalAuthority]:
    text = files("ledger.law").joinpath("local_authorities.csv").read_text(encoding="utf-8")
    _, *rows = csv.reader(text.splitlines())
    return {row[0]: LocalAuthority(*row) for row in rows}


LOCAL_AUTHORITIES: Final = _read()
"""By their three digits, in ascending order."""
