"""The documentation hangs together: links lead somewhere, pages can be found, records count up."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import checkout

_DOCS = checkout.ROOT / "docs"
_RECORDS = _DOCS / "decisions"
_FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def _pages() -> tuple[Path, ...]:
    return checkout.files(".md")


@pytest.mark.parametrize("page", _pages(), ids=checkout.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link of a page to a file of the checkout, or to a heading in one, has its target."""
    assert [] == [target for target in _links(page) if not _leads_somewhere(page, target)]


def test_every_page_can_be_found() -> None:
    """From docs/index.md, by links alone, a reader comes to every page of the documentation."""
    found: set[Path] = set()
    waiting = [_DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in found or page.suffix != ".md" or not page.is_file():
            continue
        found.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in _links(page)]
    assert [] == [checkout.name(p) for p in _pages() if p.is_relative_to(_DOCS) and p not in found]


def test_decisions_are_numbered_without_gaps() -> None:
    """The decision records are 0001, 0002 and so on: none is missing, none came twice."""
    numbers = [int(record.name[:4]) for record in _records()]
    assert list(range(1, len(numbers) + 1)) == numbers


def test_every_decision_is_in_the_index() -> None:
    """docs/decisions/README.md links each record, in order, under the record's own title."""
    expected = [f"[{_title(record)}]({record.name})" for record in _records()]
    index = (_RECORDS / "README.md").read_text(encoding="utf-8")
    assert expected == re.findall(r"\[\d{4} [^\]]+\]\(\d{4}-[^)]+\)", index)


@pytest.mark.parametrize("heading", ["Context", "Decision", "Why", "Cost"])
def test_every_decision_says_what_a_reader_asks(heading: str) -> None:
    """Each record has the template's headings: context, decision, why, and what it costs."""
    silent = [
        record.name
        for record in [*_records(), _RECORDS / "template.md"]
        if f"\n## {heading}\n" not in record.read_text(encoding="utf-8")
    ]
    assert [] == silent


def _records() -> list[Path]:
    return sorted(_RECORDS.glob("[0-9][0-9][0-9][0-9]-*.md"))


def _title(record: Path) -> str:
    first = record.read_text(encoding="utf-8").splitlines()[0]
    return first.removeprefix("# ")


def _links(page: Path) -> Iterator[str]:
    """Links to files of the checkout; code is not text, and other places are not ours to check."""
    text = _CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))
    for match in _LINK.finditer(text):
        target = match.group(1) or match.group(2)
        if not re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            yield target


def _leads_somewhere(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    if anchor and file.suffix == ".md":
        return file.is_file() and anchor in _anchors(file)
    return file.exists()


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, made as forges make them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    anchors: set[str] = set()
    for heading in _HEADING.findall(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        repeated = sum(1 for a in anchors if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", a))
        anchors.add(f"{slug}-{repeated}" if repeated else slug)
    return anchors
