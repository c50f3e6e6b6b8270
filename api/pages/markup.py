"""HTML made of Python calls: what is text is escaped, whatever it holds, and only markup is markup."""

from html import escape
from typing import Final

_WITHOUT_CONTENT: Final = frozenset({"meta", "br", "col"})


class Markup(str):
    """Text that is HTML already.  Made in this package alone, never of what somebody entered."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: str | int | None) -> Markup:
    """An element: text among its content is escaped.

    An attribute of None is left out.  Python's own words are written with an underscore at the end,
    and any other underscore stands for a hyphen: `class_`, `http_equiv`.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _WITHOUT_CONTENT:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{joined(*content)}</{name}>")


def joined(*content: str) -> Markup:
    """Pieces one after the other: markup as it is, text escaped."""
    return Markup(
        "".join([piece if isinstance(piece, Markup) else escape(piece) for piece in content])
    )


def lines(*content: str) -> Markup:
    """Pieces each on a line of its own; those that are empty are left out."""
    return Markup(_BREAK.join(joined(piece) for piece in content if piece))


_BREAK: Final = element("br")
