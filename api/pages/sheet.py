"""A sheet: a whole HTML document that prints, needs nothing from anywhere, and runs nothing."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from api.pages.markup import Markup, element


class Sheet(NamedTuple):
    """A document and the Content-Security-Policy that it is shown under."""

    html: bytes
    policy: str


def sheet(title: str, footing: str, *content: Markup) -> Sheet:
    """The document of this content; `footing` stands at the foot of every printed page.

    The policy lets the document's one style sheet in by its digest and nothing else: no script, no
    picture, no address.  It stands in the document as well, so that a copy saved to a disk keeps it.
    """
    style = Markup(f"{_style()}{_foot(footing)}")
    # What a digest is taken of has to be what stands between the tags, to the byte.
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="robots", content="noindex"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", style),
    )
    body = element("body", element("main", *content))
    document = f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"
    # A browser alone can keep a page out of another's frame, and only where the header says so.
    return Sheet(document.encode(), f"{policy}; frame-ancestors 'none'")


@cache
def _style() -> str:
    return files("api.pages").joinpath("sheet.css").read_text(encoding="utf-8")


def _foot(footing: str) -> str:
    """The rule for the foot of a page, its text as a CSS string: all but plain characters escaped."""
    text = "".join(
        one if one.isascii() and (one.isalnum() or one in " .,:-") else f"\\{ord(one):06x}"
        for one in footing
    )
    return f'\n@page {{ @bottom-left {{ content: "{text}"; }} }}\n'
