"""Values as a person reads them: days, instants, and the members of an event."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from api.pages.markup import Markup, element, joined, lines
from ledger.requests import instant
from ledger.schools.calendar import LONDON
from projections.history_events import HistoryEvent

GONE: Final = "erased, or sealed under a key that is not at hand: it cannot be read"
_LABELS: Final = {
    "flags": "recorded with warnings",
    "first": "from",
    "last": "to",
    "replaces": "in place of",
    "rule": "automatic rule",
    "upn": "UPN",
    "former_upn": "former UPN",
    "uln": "ULN",
}
_FIRST: Final = ("replaces", "reason", "rule")
"""What is said before anything else of an event.  A code that is struck through elsewhere, a hyphen
perhaps, can be read here."""


def named(name: str) -> str:
    """The name of a topic or a member, such as `leave-asked`, in words."""
    return _LABELS.get(name, name).replace("_", " ").replace("-", " ")


def titled(name: str) -> str:
    """The same as the beginning of a sentence."""
    words = named(name)
    return words[:1].upper() + words[1:]


def said(value: Any) -> str:
    """A value of an event as text."""
    if isinstance(value, Mapping):
        given = [f"{named(name)} {said(one)}" for name, one in value.items() if one is not None]
        return ", ".join(given) or "none"
    if isinstance(value, list | tuple):
        return "; ".join(map(said, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def told(event: HistoryEvent, beside: frozenset[str] = frozenset()) -> Markup:
    """Everything that an event says, a line for each, but what stands `beside` it already."""
    return lines(*_told(event, beside))


def _told(event: HistoryEvent, beside: frozenset[str]) -> Iterator[Markup]:
    names = [name for name, value in event.fields.items() if value is not None]
    for name in [*(n for n in _FIRST if n in names), *(n for n in names if n not in _FIRST)]:
        if name not in beside:
            yield joined(element("b", f"{titled(name)}:"), f" {said(event.fields[name])}")
    for name in event.erased:
        yield joined(element("b", f"{titled(name)}:"), f" {GONE}")


def local(moment: datetime) -> Markup:
    """An instant in local time, to the second, with the name of its offset."""
    text = f"{moment.astimezone(LONDON):%d %b %Y %H:%M:%S %Z}"
    return element("time", text, datetime=instant(moment))


def day_of(day: date) -> str:
    """A day with its weekday."""
    return f"{day:%a %d %b %Y}"
