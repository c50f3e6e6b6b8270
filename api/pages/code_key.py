"""The key of the codes that a page uses, each as it counted on the days of its sessions."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from api.pages.markup import Markup, element, joined
from api.pages.words import named
from ledger.law.codes import Code, last_counted
from projections.history_events import HistoryEvent

_TITLES: Final = ("Code", "Meaning", "Counts as", "In force", "Reference", "How sure")


def code_key(marks: Iterable[HistoryEvent]) -> Markup:
    """A table of the codes entered, amended or replaced in these marks; nothing where there are none."""
    found = _codes(marks)
    if not found:
        return joined()
    heads = (element("th", title, scope="col") for title in _TITLES)
    rows = (_row(code) for code in found)
    return joined(
        element("h2", "Codes used"),
        element(
            "table",
            element("caption", "What each code meant on the days of its sessions"),
            element("thead", element("tr", *heads)),
            element("tbody", *rows),
        ),
    )


def _codes(marks: Iterable[HistoryEvent]) -> list[Code]:
    used = {
        (symbol, event.fields["date"])
        for event in marks
        for name in ("code", "replaces", "original")
        if (symbol := event.fields.get(name)) is not None
    }
    found = {
        code
        for symbol, day in used
        # What X meant in 2020/21 depended on the pupil's age: both meanings are told.
        for group in ("compulsory_school_age", "not_compulsory_school_age")
        if (code := last_counted(symbol, date.fromisoformat(day), group)) is not None
    }
    return sorted(found, key=lambda code: (code.symbol, code.valid_from, code.pupil_group))


def _row(code: Code) -> Markup:
    until = code.valid_to.isoformat() if code.valid_to else "now"
    group = "" if code.pupil_group == "any" else f" (pupils {named(code.pupil_group)})"
    return element(
        "tr",
        element("th", element("span", code.symbol, class_="code"), scope="row"),
        element("td", f"{code.title}{group}"),
        element("td", named(code.statistical_class)),
        element("td", f"{code.valid_from.isoformat()} to {until}"),
        element("td", code.reference),
        element("td", code.confidence),
    )
