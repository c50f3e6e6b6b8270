"""XML, written element by element: text is escaped, and what is None is left out."""

import re
from collections.abc import Iterable
from datetime import date
from html import escape
from typing import Final

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_INDENT: Final = "  "
_NO_CHARACTER: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 takes for no character; a name that holds one is shown with a mark in its place."""


def leaf(name: str, value: str | int | date | None) -> list[str]:
    """The lines of an element that holds a value; none for None."""
    if value is None:
        return []
    text = value.isoformat() if isinstance(value, date) else _NO_CHARACTER.sub("\ufffd", str(value))
    return [f"<{name}>{escape(text, quote=False)}</{name}>"]


def branch(name: str, *content: Iterable[str]) -> list[str]:
    """The lines of an element that holds elements, indented; an empty element where there are none."""
    inner = [f"{_INDENT}{line}" for lines in content for line in lines]
    return [f"<{name}>", *inner, f"</{name}>"] if inner else [f"<{name}/>"]


def comment(*lines: str) -> list[str]:
    """The lines of a comment; two hyphens, which no comment may hold, are set apart."""
    return ["<!--", *(f"{_INDENT}{line.replace('--', '- -')}" for line in lines), "-->"]


def encoded(lines: Iterable[str], depth: int = 0) -> bytes:
    """Lines as bytes, at some depth in the document."""
    return "".join(f"{_INDENT * depth}{line}\n" for line in lines).encode()
