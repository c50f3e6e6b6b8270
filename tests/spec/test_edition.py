"""The edition that every decision and figure names, tied to the tables of the law that it stands for."""

import json
import tomllib
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from ledger.law import rulebook
from ledger.law.edition import RULES


class Recorded(NamedTuple):
    """What the tables of an edition add up to, and why they last changed under its name."""

    edition: str
    digest: str
    reason: str


RECORDED = Recorded(
    "england-2026.1",
    "6ae8440b00732f75c39a4a10d25041e6acc3fb354d553534813fbb246faa77d0",
    "The edition has not been published yet: what is built into it is still being entered.",
)
"""To be brought up to date by hand: that is when somebody decides whether the edition is the same."""

WHAT_TO_DO = """
The tables in ledger/law/*.toml are not those recorded for edition {edition!r}.
- Does any decision or any figure change by it, for any day, past or to come (`attendance-ledger rules check`
  on real history says which)?  Then it is a new edition: raise RULES in ledger/law/edition.py, and record
  it here with its digest.
- Does none change (a title, a reference, a confidence, a rule of a new subject)?  Then keep RULES, and
  record the digest here with the reason why it is the same edition.
The digest is now {digest}
"""


def _digest() -> str:
    """Of what the tables say, whatever their comments and layout."""
    tables = {
        table: tomllib.loads(
            files("ledger.law").joinpath(f"{table}.toml").read_text(encoding="utf-8")
        )
        for table in rulebook.TABLES
    }
    text = json.dumps(tables, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


def test_the_edition_is_that_of_the_tables() -> None:
    """No table of the law changes under the name of an edition unless somebody has said why it may."""
    found = _digest()
    todo = WHAT_TO_DO.format(edition=RULES, digest=found)
    assert (RECORDED.edition, RECORDED.digest) == (RULES, found), todo
    assert RECORDED.reason


def test_every_table_counts() -> None:
    """The digest is made of all tables that lie beside each other, and of no others."""
    lying = {
        table.name.removesuffix(".toml")
        for table in files("ledger.law").iterdir()
        if table.name.endswith(".toml")
    }
    assert lying == set(rulebook.TABLES)
