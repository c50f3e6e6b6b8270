"""Printable pages: documents that run nothing and fetch nothing, with the markup they have in common."""

from base64 import b64encode
from calendar import month_name
from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from html import escape
from typing import Final

from ledger.requests import instant
from projections.extracts.extract import Source

END: Final = "</body></html>\n"


def opening(title: str, style: str) -> str:
    """A document up to its body; its policy lets it have this style sheet and nothing else."""
    # What a digest is taken of has to be what stands between the tags, to the byte.
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>\n"
    )


def facts(told: Iterable[tuple[str, str]]) -> str:
    """A table of names and what they are."""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in told
    )
    return f"<table><tbody>{rows}</tbody></table>"


def made_from(source: Source) -> tuple[tuple[str, str], ...]:
    """What every page says of what it was made from."""
    return (
        ("As it stood", f"position {source.at.position} of the log, {instant(source.at.instant)}"),
        ("Rules", source.rules),
    )


def day_in_words(day: date) -> str:
    """A day as it is written in a sentence."""
    return f"{day.day} {month_name[day.month]} {day.year}"
