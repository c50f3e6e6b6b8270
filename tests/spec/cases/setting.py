"""The vocabulary of the cases: a school spoken to over HTTP, at the time that the case sets.

Unless a case says otherwise a setting is the standard one: a maintained day school; registers open 08:35
to 09:05 and 12:25 to 12:55; a pupil aged 12 in autumn 2026, single registration, on roll since September
2024; and the reference calendar of 2024/25 to 2026/27 (invented for the cases), with years about the
pandemic before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx

from ledger.schools.calendar import LONDON

HEAD: Final = {"name": "A Head", "position": "Headteacher"}
TUTOR: Final = {"name": "C Tutor", "position": "Form tutor"}
OFFICER: Final = {"name": "D Officer", "position": "Attendance officer"}
STANDARD_TIMES: Final = {
    "AM": {"opens": "08:35", "closes": "09:05"},
    "PM": {"opens": "12:25", "closes": "12:55"},
}
BORN: Final = "2014-05-14"
ON_ROLL_SINCE: Final = "2024-09-03"

Dates = tuple[str, str]
_YEARS: Final[Mapping[int, tuple[tuple[Dates, Dates], ...]]] = {
    year: (
        ((f"{year}-09-01", f"{year}-12-18"), (f"{year}-10-26", f"{year}-10-30")),
        ((f"{year + 1}-01-04", f"{year + 1}-03-26"), (f"{year + 1}-02-15", f"{year + 1}-02-19")),
        ((f"{year + 1}-04-12", f"{year + 1}-07-21"), (f"{year + 1}-05-31", f"{year + 1}-06-04")),
    )
    for year in (2020, 2021, 2022)
} | {
    2024: (
        (("2024-09-02", "2024-12-20"), ("2024-10-28", "2024-11-01")),
        (("2025-01-06", "2025-04-04"), ("2025-02-17", "2025-02-21")),
        (("2025-04-22", "2025-07-22"), ("2025-05-26", "2025-05-30")),
    ),
    2025: (
        (("2025-09-01", "2025-12-18"), ("2025-10-27", "2025-10-31")),
        (("2026-01-05", "2026-04-02"), ("2026-02-16", "2026-02-20")),
        (("2026-04-20", "2026-07-22"), ("2026-05-25", "2026-05-29")),
    ),
    2026: (
        (("2026-09-01", "2026-12-18"), ("2026-10-26", "2026-10-30")),
        (("2027-01-04", "2027-03-25"), ("2027-02-15", "2027-02-19")),
        (("2027-04-12", "2027-07-21"), ("2027-05-31", "2027-06-04")),
    ),
}
"""Terms, each with its half term, by academic year.  Bank holidays are no sessions anyway."""
_INSET: Final[Mapping[int, tuple[str, ...]]] = {
    2024: ("2024-09-02", "2024-11-29", "2025-01-06", "2025-04-22", "2025-07-22"),
    2025: ("2025-09-01", "2025-11-28", "2026-01-05", "2026-04-20", "2026-07-22"),
    2026: ("2026-09-01", "2026-11-26", "2026-11-27", "2027-01-04", "2027-04-12"),
}
_NUMBERS: Final = count(1)


class Clock:
    """The time at which the case plays; schools are described and names entered well before it."""

    def __init__(self) -> None:
        self.now = datetime(2018, 9, 3, 12, tzinfo=LONDON)

    def __call__(self) -> datetime:
        return self.now


class Answered(NamedTuple):
    """What a write came to: `recorded`, `warning` (recorded, with one) or `refused`."""

    result: str
    reason: str | None
    """The first rule that refused or warned, by its code; each has a reference."""
    reasons: tuple[str, ...]
    shown: Mapping[str, Any]
    """The result of its first item."""


class Stands(NamedTuple):
    """The entry that stands."""

    code: str
    counts_as: str
    entry: Mapping[str, Any]


class Setting:
    """Schools in a log of the case's own."""

    def __init__(self, http: httpx.Client, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._position = 0

    # -- given -----------------------------------------------------------------------------------

    def at(self, moment: str) -> "Setting":
        """It is this moment of local time, as `2026-11-03 08:50`; noon where only a day is named."""
        local = datetime.fromisoformat(moment if " " in moment else f"{moment} 12:00")
        self._clock.now = local.replace(tzinfo=LONDON)
        return self

    @property
    def today(self) -> date:
        """The day on which the case plays."""
        return self._clock.now.date()

    def school(self, years: Sequence[int] = (2025, 2026), **described: Any) -> "School":
        """A school with its calendar."""
        school = School(self, str(130_000 + next(_NUMBERS)))
        described_as = school.describe(**described)
        assert described_as.result != "refused", described_as
        for year in years:
            school.set_year(year)
        return school

    def pupil(self, *schools: "School", **particulars: Any) -> str:
        """A pupil on the roll of these schools."""
        pupil = str(UUID(int=(1 << 100) + next(_NUMBERS)))
        for school in schools:
            entered = school.enter(pupil, **particulars)
            assert entered.result != "refused", entered
        return pupil

    # -- speaking to the service -----------------------------------------------------------------

    def write(self, method: str, path: str, body: Any, **query: Any) -> Answered:
        """Send a write and say what it came to."""
        headers = {"Idempotency-Key": f"case-{next(_NUMBERS)}"}
        if isinstance(body, list):
            headers["Content-Type"] = "application/x-ndjson"
            lines = b"\n".join(httpx.Request("POST", "x:", json=line).content for line in body)
            answer = self._http.request(method, path, content=lines, headers=headers, params=query)
        else:
            answer = self._http.request(method, path, json=body, headers=headers, params=query)
        return self._answered(answer)

    def read(self, path: str, **query: Any) -> Any:
        """What is answered as the log stands now, seen at the time of its last entry."""
        asked = {name.rstrip("_"): value for name, value in query.items()}
        answer = self._http.get(path, params={"as_of": self._position, **asked})
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def document(self) -> Any:
        """The OpenAPI document of the service."""
        return self._http.get("/openapi.json", follow_redirects=False).json()

    def _answered(self, answer: httpx.Response) -> Answered:
        said = answer.json()
        if answer.is_error:
            assert answer.status_code in (409, 422), said
            problems = list(_problems(said))
            codes = tuple(problem["code"] for problem in problems)
            return Answered("refused", codes[0] if codes else said["type"], codes, said)
        self._position = max(self._position, said["last"] or 0)
        shown = said["results"][0] if said["results"] else {}
        warnings = [one for result in said["results"] for one in result.get("warnings", ())]
        assert all(one["reference"] for one in warnings)
        rules = tuple(one["rule"] for one in warnings)
        return Answered("warning" if rules else "recorded", next(iter(rules), None), rules, shown)


class School:
    """One school, in the hands of its staff."""

    def __init__(self, setting: Setting, urn: str) -> None:
        self.setting = setting
        self.urn = urn
        self.path = f"/v1/schools/{urn}"

    # -- its days --------------------------------------------------------------------------------

    def describe(self, **changes: Any) -> Answered:
        """Describe it, as the standard school but for changes."""
        body = {
            "name": "Ashfield Lane School",
            "laestab": "8554999",
            "local_authority": "855",
            "type": "maintained",
            "register_times": STANDARD_TIMES,
            "in_force_from": "2018-09-01",
            "by": HEAD,
        }
        return self.setting.write("PUT", self.path, {**body, **changes})

    def set_year(self, year: int, **changes: Any) -> Answered:
        """Set the terms and staff training days of an academic year."""
        terms = [
            {"name": name, "from": first, "to": last, "half_term": {"from": off, "to": back}}
            for name, ((first, last), (off, back)) in zip(
                ("Autumn", "Spring", "Summer"), _YEARS[year], strict=True
            )
        ]
        closures = [
            {
                "from": day,
                "to": day,
                "sessions": ["AM", "PM"],
                "kind": "planned",
                "reason": "Staff training",
            }
            for day in _INSET.get(year, ())
        ]
        body = {"terms": terms, "closures": closures, "by": HEAD, **changes}
        return self.setting.write("PUT", f"{self.path}/years/{year}", body)

    def is_school_day(self, day: str) -> bool:
        """Whether the school has a session that day, as it answers."""
        return [day] == self.held(day, day)

    def held(self, first: str, last: str) -> list[str]:
        """The days on which the school has a session, as it answers."""
        shown = self.setting.read(f"{self.path}/days", from_=first, to=last)
        return [day["date"] for day in shown["days"] if "held" in (day["AM"], day["PM"])]

    def close(self, day: str, reason: str, **more: Any) -> Answered:
        """Close it unexpectedly for a day."""
        body = {
            "from": day,
            "to": day,
            "sessions": ["AM", "PM"],
            "kind": "unplanned",
            "reason": reason,
            "by": HEAD,
            **more,
        }
        return self.setting.write("POST", f"{self.path}/closures", body)

    # -- its admission register ------------------------------------------------------------------

    def enter(self, pupil: str, **particulars: Any) -> Answered:
        """Enter a name."""
        entry = {
            "pupil": pupil,
            "surname": "Okafor",
            "forenames": "Ada",
            "sex": "F",
            "date_of_birth": BORN,
            "starting_day": ON_ROLL_SINCE,
            "year_group": "7",
            "registration_group": "7B",
            "enrolment": "single",
            "boarder": False,
            "parents": [{"name": "Ngozi Okafor", "address": "1 High Street", "lives_with": True}],
            **particulars,
        }
        return self.setting.write(
            "POST", f"{self.path}/admissions", {"entries": [entry], "by": OFFICER}
        )

    def roll(self, on: str) -> list[str]:
        """Who is on the admission register on a day."""
        entries = self.setting.read(f"{self.path}/admissions", on=on)["entries"]
        return [entry["pupil"] for entry in entries]

    def delete(self, pupil: str, ground: str, day: str, **evidence: Any) -> Answered:
        """Propose a deletion."""
        body = {"ground": ground, "day": day, "evidence": evidence, "by": HEAD}
        return self.setting.write("POST", f"{self.path}/admissions/{pupil}/deletion", body)

    # -- its attendance register -----------------------------------------------------------------

    def mark(self, pupil: str, day: str, session: str, code: str = "", **more: Any) -> Answered:
        """Enter a mark: a code, or `arrived_at`."""
        entry = {"pupil": pupil, **({"code": code} if code else {}), **more}
        body = {"date": day, "session": session, "by": TUTOR, "entries": [entry]}
        return self.setting.write("POST", f"{self.path}/attendance", body)

    def mark_day(self, pupil: str, day: str, code: str, **more: Any) -> None:
        """Enter the same code in both sessions of a day."""
        for session in ("AM", "PM"):
            answered = self.mark(pupil, day, session, code, **more)
            assert answered.result != "refused", answered

    def amend(
        self, pupil: str, day: str, session: str, from_: str, code: str, **more: Any
    ) -> Answered:
        """Amend a mark; `reason` is left out where it is given as None."""
        amendment = {
            "pupil": pupil,
            "date": day,
            "session": session,
            "from": from_,
            "code": code,
            "reason": "Parent telephoned",
            **more,
        }
        by = amendment.pop("by", OFFICER)
        shown = {name: value for name, value in amendment.items() if value is not None}
        return self.setting.write(
            "POST", f"{self.path}/attendance/amendments", {"by": by, "amendments": [shown]}
        )

    def import_mark(self, pupil: str, day: str, session: str, code: str, **more: Any) -> Answered:
        """Import a mark from another system."""
        return self._import([(day, session, {"pupil": pupil, "code": code, **more})])

    def import_marks(self, pupil: str, marks: Sequence[tuple[str, str, str]]) -> None:
        """Import many: day, session and code."""
        lines = [(day, session, {"pupil": pupil, "code": code}) for day, session, code in marks]
        answered = self._import(lines)
        assert answered.result != "refused", answered

    def _import(self, marks: Sequence[tuple[str, str, dict[str, Any]]]) -> Answered:
        lines = [
            {"school": self.urn, "date": day, "session": session, "by": TUTOR, **mark}
            for day, session, mark in marks
        ]
        return self.setting.write("POST", "/v1/attendance", lines)

    def stands(self, pupil: str, day: str, session: str) -> Stands:
        """The entry that stands."""
        read = self.setting.read(f"{self.path}/attendance", date=day, session=session, pupil=pupil)
        (entry,) = read["entries"]
        return Stands(entry["code"], entry["counts_as"], entry)

    def missing(self, day: str, session: str) -> list[str]:
        """Of whom a mark is due and not there."""
        read = self.setting.read(f"{self.path}/attendance", date=day, session=session)
        return list(read["missing"])

    def history(self, pupil: str, kind: str = "attendance") -> list[Mapping[str, Any]]:
        """The events about the pupil's marks, in the order of recording."""
        events = self.setting.read(f"/v1/pupils/{pupil}/history", school=self.urn)["events"]
        return [event for event in events if event["type"].startswith(kind)]

    # -- leave -----------------------------------------------------------------------------------

    def give_leave(self, pupil: str, ground: str, first: str, last: str, **asked: Any) -> Answered:
        """Leave is asked for today, and given."""
        return self._leave(pupil, ground, (first, last), "given", **asked)

    def refuse_leave(
        self, pupil: str, ground: str, first: str, last: str, **asked: Any
    ) -> Answered:
        """Leave is asked for today, and refused."""
        return self._leave(pupil, ground, (first, last), "refused", **asked)

    def _leave(self, pupil: str, ground: str, days: Dates, decision: str, **asked: Any) -> Answered:
        parent = {"name": "Ngozi Okafor", "relationship": "parent"}
        body = {
            "pupil": pupil,
            "ground": ground,
            "from": days[0],
            "to": days[1],
            "asked_by": parent,
            "asked_on": self.setting.today.isoformat(),
            "circumstances": "As the parent wrote",
            "by": HEAD,
            **asked,
        }
        requested = self.setting.write("POST", f"{self.path}/leave", body)
        assert requested.result != "refused", requested
        return self.setting.write(
            "POST",
            f"{self.path}/leave/{requested.shown['id']}/decision",
            {"decision": decision, "reason": "Considered", "by": HEAD},
        )

    # -- totals and lists ------------------------------------------------------------------------

    def total(self, first: str, last: str) -> Mapping[str, Any]:
        """The totals of the school."""
        (row,) = self.setting.read(f"{self.path}/totals", from_=first, to=last)["rows"]
        return dict(row)

    def listed(self, name: str, whom: str, **asked: Any) -> Mapping[str, Any] | None:
        """What a list of the school says of the pupil; None where it is not in it."""
        items = self.setting.read(f"{self.path}/lists/{name}", **asked)["items"]
        return next((item for item in items if item["pupil"] == whom), None)

    def penalty_count(self, pupil: str) -> int:
        """The most sessions that count toward the penalty-notice threshold in any of its windows."""
        listed = self.listed("penalty-threshold", pupil, pupil=pupil, near=1)
        return 0 if listed is None else int(listed["largest"]["counted"])


def school_days(first: str, last: str) -> Iterator[str]:
    """The Mondays to Fridays from one day to another."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        if day.weekday() < 5:
            yield day.isoformat()
        day += timedelta(days=1)


def _problems(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The errors of a refusal; each names its code, where it is and what it rests on."""
    found = [*said.get("errors", ())]
    for result in said.get("results", ()):
        found += result.get("problem", {}).get("errors", ())
    for problem in found:
        assert problem["code"]
        assert problem["message"]
        yield problem
