"""A request of the drill, and the rows of the log that its receipt must stand for."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import uuid4

from tests.bench.world import YEAR

CLIENT: Final = "drill"
BY: Final = {"name": "A Drill", "position": "Data manager"}

RECORDED: Final = "+"
UNCHANGED: Final = "="
REFUSED: Final = "-"
STATUS: Final = {RECORDED: "recorded", UNCHANGED: "unchanged", REFUSED: "refused"}

_FIRST_DAY: Final = date(YEAR, 8, 1)


class Row(NamedTuple):
    """What a row of the log must say, as far as whoever asked for it can know."""

    type: str
    stream: str
    version: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """One write.  It is kept to the end of the drill, so its body is kept compressed.

    `outcomes` holds one sign an item: what each must come to.  `revisions` holds the revision that each
    amended entry must get.
    """

    kind: str
    urn: str
    method: str
    path: str
    packed: bytes
    outcomes: str
    revisions: tuple[int, ...]
    key: str

    @property
    def body(self) -> bytes:
        """The body, the same bytes each time it is sent."""
        return zlib.decompress(self.packed)

    @property
    def status(self) -> int:
        """The status that an acknowledgement must have: 201 when anything is recorded, else 200."""
        return 201 if RECORDED in self.outcomes else 200

    def rows(self, receipt: Mapping[str, Any]) -> dict[int, Row]:
        """Return the rows that the receipt stands for, by position; the first is the act's own."""
        asked = json.loads(self.body)
        found = {receipt["first"]: Row("act-recorded", f"act/{CLIENT}/{self.key}", 1, {})}
        for index, (outcome, result) in enumerate(
            zip(self.outcomes, receipt["results"], strict=True)
        ):
            if outcome == RECORDED:
                found[result["position"]] = self._row(asked, index, result)
        return found

    def _row(self, asked: Mapping[str, Any], index: int, result: Mapping[str, Any]) -> Row:
        match self.kind:
            case "school":
                return Row("school-described", f"school/{self.urn}", 1, {})
            case "year":
                return Row("school-year-set", f"school/{self.urn}", 2, {})
            case "admission":
                stream = f"admission-register/{self.urn}/{result['pupil']}"
                return Row("name-entered", stream, 1, {})
            case "amendment":
                amended = asked["amendments"][index]
                codes = {"code": amended["code"], "replaces": amended["from"]}
                return self._mark("attendance-amended", amended, self.revisions[index], codes)
        entry = {**asked["entries"][index], "date": asked["date"], "session": asked["session"]}
        return self._mark("attendance-entered", entry, 0, {"code": entry["code"]})

    def _mark(
        self, type_: str, mark: Mapping[str, str], revision: int, fields: Mapping[str, str]
    ) -> Row:
        stream = f"attendance-register/{self.urn}/{mark['pupil']}/{YEAR}"
        days = (date.fromisoformat(mark["date"]) - _FIRST_DAY).days
        slot = days * 2 + ("AM", "PM").index(mark["session"])
        return Row(type_, stream, slot * 64 + revision, fields)


def request(
    kind: str,
    urn: str,
    path: str,
    body: Mapping[str, Any],
    outcomes: str,
    *,
    revisions: tuple[int, ...] = (),
) -> Request:
    """Make a request about a school, with a key of its own."""
    method = "PUT" if kind in {"school", "year"} else "POST"
    packed = zlib.compress(json.dumps({**body, "by": BY}).encode(), 1)
    place = f"/v1/schools/{urn}{path}"
    return Request(kind, urn, method, place, packed, outcomes, revisions, f"{kind}-{uuid4()}")
