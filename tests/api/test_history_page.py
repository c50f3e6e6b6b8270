"""A child's history as a page and as a table: all of it, harmless, and the same on every print."""

import csv
import io
import re
import shutil
import subprocess
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import examples
from api.examples import PUPIL
from api.history_rows import COLUMNS
from api.pages.child_history import Printed, School, page
from api.routes.pupils import SCOPES
from ledger.events import BY_TOPIC
from ledger.schools.calendar import SESSIONS
from projections.asof import AsOf
from projections.history import HistoryQuery
from projections.history_events import HistoryEvent
from projections.people import By
from tests.api.conftest import MakeClient, SchoolWorld

OF_SCHOOLS = {
    *("act-recorded", "school-described", "school-year-set", "closure-made"),
    *("leave-authority-set", "code-n-rule-set", "code-n-rule-run"),
}
"""Topics that are about no child."""
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        self.struck: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.text = " ".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "col"):
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop()

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.texts.append(data)
        if self._open[-1:] == ["s"]:
            self.struck.append(data)
        if "tr" in self._open:
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


def _amend(school: SchoolWorld, **changes: Any) -> int:
    amendment = {**examples.AMENDMENTS["amendments"][0], "pupil": PUPIL, **changes}
    body = {"by": examples.OFFICER, "amendments": [amendment]}
    answer = school.client.post(f"{school.path}/attendance/amendments", body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["last"])


def _read(school: SchoolWorld, form: str = "html", **asked: Any) -> httpx.Response:
    answer = school.client.get(f"/pupils/{PUPIL}/history", school=school.urn, format=form, **asked)
    assert answer.status_code == 200, answer.text
    return answer


def test_original_and_amended_entries_stand_side_by_side(school: SchoolWorld) -> None:
    """The row of an amendment has both codes, the original struck through, and everything about it."""
    school.take({PUPIL: "N"})
    position = _amend(school, code="I", reason="Parent telephoned: unwell")
    found = Page(_read(school).text)
    (row,) = [row for row in found.rows if row[-1] == str(position)]
    session, original, amended, said, recorded, by, client, _ = row
    assert "Thu 01 Oct 2026 AM" == session
    assert ("N (amended)", "I") == (original, amended)
    assert "Reason: Parent telephoned: unwell" in said
    assert "20 Nov 2026 12:00:00 GMT" == recorded
    assert "{name}, {position}".format(**examples.OFFICER) == by
    assert client.startswith("client ")
    assert ["N", "N"] == found.struck


def test_an_amendment_of_an_amendment_leaves_both_to_be_read(school: SchoolWorld) -> None:
    """Of three codes the last stands; the two before it are struck through and told in words."""
    school.take({PUPIL: "N"})
    _amend(school, code="I")
    position = _amend(school, **{"from": "I"}, code="C", reason="Leave had been given")
    found = Page(_read(school).text)
    (row,) = [row for row in found.rows if row[-1] == str(position)]
    assert ["N (amended)", "C"] == row[1:3]
    assert "In place of: I" in row[3]
    assert ["N", "N", "I", "N"] == found.struck


def test_the_page_says_what_it_is(school: SchoolWorld) -> None:
    """Name, pupil, school, position, instant, rules, client, code key, and that it is no certificate."""
    school.take({PUPIL: "N"})
    school.client.post(f"{school.path}/leave", examples.LEAVE)
    answer = _read(school)
    body = _read(school, "json", as_of=answer.headers["Ledger-Position"]).json()
    found = Page(answer.text)
    facts = {row[0]: row[1] for row in found.rows if len(row) == 2}
    assert PUPIL == facts["Child"]
    assert f"Ashfield Lane School (URN {school.urn})" == facts["Schools"]
    assert "everything that was recorded" == facts["Period"]
    assert f"position {answer.headers['Ledger-Position']} of the log" in facts["True at"]
    assert answer.headers["Ledger-As-Of"] in facts["True at"]
    assert body["events"][0]["rules"] in facts["Rules"]
    assert f"the client {body['events'][0]['client']}" == facts["Asked for by"]
    assert "3: 1 entries, 0 amended entries, 2 others" == facts["Events listed"]
    assert "no certificate" in found.text
    assert "head teacher has signed it" in found.text
    assert ["Leave asked"] == [row[1] for row in found.rows if row[1:2] == ["Leave asked"]]
    (n,) = [row for row in found.rows if row[0] == "N" and len(row) == 6]
    assert "unauthorised" == n[2]
    assert "History of Ada Pupil 00" in found.text


def test_the_digest_is_over_the_leaves_of_the_log(school: SchoolWorld) -> None:
    """SHA-256 over the leaves that the log itself names, in its order: anyone can work it out."""
    school.take({PUPIL: "N"})
    _amend(school, code="I")
    listed = _read(school, "json").json()["events"]
    leaves = b""
    for event in listed:
        (row,) = school.client.get("/log", after=event["position"] - 1, limit=1).json()["events"]
        leaves += bytes.fromhex(row["leaf"])
    assert sha256(leaves).hexdigest() in _read(school).text


def test_two_prints_as_of_a_position_are_the_same_to_the_byte(school: SchoolWorld) -> None:
    """Whatever was recorded in between, the same page is printed again; without `as_of` another."""
    position = school.take({PUPIL: "N"})["last"]
    then = _read(school, as_of=position)
    _amend(school, code="I")
    assert then.content == _read(school, as_of=position).content
    assert then.content != _read(school).content


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8"])
def test_a_browser_gets_the_page(school: SchoolWorld, accept: str) -> None:
    """By the header Accept, as `format=html` does; in UTF-8, of no frame, with a strict policy."""
    path = f"/v1/pupils/{PUPIL}/history?school={school.urn}"
    answer = school.client.http.get(path, headers={"Accept": accept})
    assert "text/html; charset=utf-8" == answer.headers["content-type"]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("; frame-ancestors 'none'")
    assert "unsafe" not in policy
    ((style,),) = [re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)]
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert ("no-store", "nosniff") == (
        answer.headers["Cache-Control"],
        answer.headers["X-Content-Type-Options"],
    )


def test_nothing_that_was_entered_becomes_markup(school: SchoolWorld) -> None:
    """Tags in a name, a reason or a position are text; the page has no script, link or picture."""
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
    change = {"changes": {"surname": evil}, "reason": evil, "by": examples.OFFICE}
    path = f"{school.path}/admissions/{PUPIL}/amendments"
    assert 201 == school.client.post(path, change).status_code
    school.take({PUPIL: "N"})
    _amend(school, code="I", reason=evil)
    found = Page(_read(school).text)
    assert found.text.count(evil) >= 4
    known = {*("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "table")}
    known |= {*("caption", "colgroup", "col", "thead", "tbody", "tr", "th", "td")}
    known |= {*("b", "br", "s", "span", "time")}
    assert set() == {name for name, _ in found.elements} - known
    named = {attribute for _, attributes in found.elements for attribute in attributes}
    assert set() == named & {"src", "href", "style", "onerror", "onload"}


def test_tables_can_be_listened_to(school: SchoolWorld) -> None:
    """The page names its language, each table has a caption and each heading what it is a heading of."""
    school.take({PUPIL: "N"})
    found = Page(_read(school).text)
    assert [{"lang": "en"}] == found.all("html")
    assert 1 == len(found.all("h1"))
    assert len(found.all("table")) == len(found.all("caption")) == 5
    assert {"col", "row"} == {str(heading.get("scope")) for heading in found.all("th")}
    assert [] == [row for row in found.rows if not row[0]]


def test_a_client_is_shown_what_its_scopes_cover(
    school: SchoolWorld, make_client: MakeClient
) -> None:
    """Without `admissions:read` the page names no child, and it says what is left out."""
    school.take({PUPIL: "N"})
    reader = make_client(scopes=["attendance:read"], schools=[school.urn])
    found = Page(reader.get(f"/pupils/{PUPIL}/history", format="html").text)
    assert "History of a child" in found.text
    assert "Pupil 00" not in found.text
    facts = {row[0]: row[1] for row in found.rows if len(row) == 2}
    assert "admissions:read, interventions:read, leave:read" in facts["Not shown"]


def test_a_part_says_that_it_is_one(school: SchoolWorld) -> None:
    """A page of the list that others follow or come before says so, and Link leads to the next."""
    school.take({PUPIL: "N"})
    first = _read(school, limit=1)
    assert "NOT THE WHOLE: more follow after position" in first.text
    second = school.client.http.get(first.links["next"]["url"])
    assert "NOT THE WHOLE: only those after position" in second.text
    assert "NOT THE WHOLE" not in _read(school).text


def test_every_topic_about_a_child_has_its_scope() -> None:
    """No event about a child is left out of histories for want of a scope."""
    assert set(BY_TOPIC) - OF_SCHOOLS == set(SCOPES)


def test_the_table_loses_nothing(school: SchoolWorld) -> None:
    """Each event is a line of the same columns; all that it says is in one of them."""
    school.take({PUPIL: "N"})
    _amend(school, code="I")
    school.client.post(f"{school.path}/leave", examples.LEAVE)
    events = _read(school, "json").json()["events"]
    answer = _read(school, "csv")
    lines = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
    assert [column.replace(".", "_") for column in COLUMNS] == list(lines[0])
    assert [event["type"] for event in events] == [line["type"] for line in lines]
    for event, line in zip(events, lines, strict=True):
        whole = "\n".join(line.values())
        assert [] == [text for text in _texts(event) if text not in whole]
    assert ("N", "") == (lines[2]["replaces"], lines[2]["from"])


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("begins", ["=", "+", "-", "@"])
def test_a_reason_is_no_formula(school: SchoolWorld, begins: str) -> None:
    """A reason that a spreadsheet would run has an apostrophe before it; a code stays as it is."""
    school.take({PUPIL: "N"})
    _amend(school, code="/", reason=f"{begins}1+1")
    answer = _read(school, "csv")
    *_, line = csv.DictReader(io.StringIO(answer.text, newline=""), strict=True)
    assert (f"'{begins}1+1", "/", "N") == (line["reason"], line["code"], line["replaces"])


# -- long ones -----------------------------------------------------------------------------------------


def _long(events: int = 2_400) -> Printed:
    """A history of six years, one amended entry in ten."""
    made: list[HistoryEvent] = []
    start = datetime(2020, 9, 1, 8, 50, tzinfo=UTC)
    places = ((start + timedelta(days=n), s) for n in range(2_200) for s in SESSIONS)
    weekdays = (place for place in places if place[0].weekday() < 5)
    for number, (moment, session) in enumerate(islice(weekdays, events)):
        place = {"date": moment.date().isoformat(), "session": session}
        fields = {**place, "revision": 0, "code": "N" if number % 10 == 0 else "/"}
        made.append(_event(len(made), "attendance-entered", moment, fields))
        if number % 10 == 0:
            reason = f"Parent telephoned, call {number}: unwell, and was seen by the doctor"
            codes = {"original": "N", "replaces": "N", "code": "I", "reason": reason}
            fields = {**place, "revision": 1, **codes}
            made.append(_event(len(made), "attendance-amended", moment, fields))
    made = made[:events]
    at = AsOf(made[-1].position, made[-1].recorded_at)
    query = HistoryQuery(PUPIL, frozenset({"137172"}))
    school = School(urn="137172", name="Ashfield Lane School", enrolments=[])
    return Printed(
        query=query,
        at=at,
        client="Court office",
        events=made,
        digest=sha256(b"").hexdigest(),
        schools=[school],
        unseen=[],
        begins_after=0,
        goes_on=False,
    )


def _event(number: int, topic: str, moment: datetime, fields: dict[str, Any]) -> HistoryEvent:
    by = By("D Officer", "Attendance officer")
    position = 1_000_000 + 37 * number
    return HistoryEvent(
        position, topic, moment, "137172", by, "Ashfield office", "england-2026.1", fields, ()
    )


def test_a_long_history_has_a_row_an_event() -> None:
    """2,400 events are 2,400 rows of the page, and its head."""
    made = page(_long())
    assert 2_400 == len([row for row in Page(made.html.decode()).rows if len(row) == 8]) - 1


def test_what_cannot_be_read_is_said() -> None:
    """An erased reason is named and said to be unreadable, not left out."""
    printed = _long(2)
    event = printed.events[1]
    fields = {**event.fields, "reason": None}
    found = page(
        Printed(
            **{name: getattr(printed, name) for name in Printed.__slots__ if name != "events"},
            events=[printed.events[0], event._replace(fields=fields, erased=("reason",))],
        )
    )
    assert "Reason:</b> erased" in found.html.decode()


@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine: docs/reference/history.md")
def test_a_long_history_prints(tmp_path: Path) -> None:
    """A browser prints 2,400 events on sheets that are numbered, none left out and none wasted."""
    printed, sheet, pdf = _long(), tmp_path / "history.html", tmp_path / "history.pdf"
    sheet.write_bytes(page(printed).html)
    shown = Page(_browse(tmp_path, "--dump-dom", sheet))
    for event in (printed.events[0], printed.events[-1]):
        assert [row[-1] for row in shown.rows].count(str(event.position)) == 1
    _browse(tmp_path, f"--print-to-pdf={pdf}", sheet)
    sheets = len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))
    assert 50 <= sheets <= 150
    if reader := shutil.which("pdftotext"):
        text = subprocess.run(
            [reader, "-layout", pdf, "-"], check=True, capture_output=True, text=True, timeout=60
        ).stdout
        assert [f"Page {n} of {sheets}" for n in range(1, sheets + 1)] == re.findall(
            r"Page \d+ of \d+", text
        )
        assert (
            sheets - text.count("Original") <= 2
        )  # headings on every sheet, but that of the codes
        assert set() == {str(e.position) for e in printed.events} - set(text.split())


def _browse(folder: Path, what: str, sheet: Path) -> str:
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    quiet += ["--no-pdf-header-footer"]
    profile = f"--user-data-dir={folder / 'profile'}"
    run = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", *quiet, profile, what, sheet.as_uri()],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return run.stdout
