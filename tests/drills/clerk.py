"""What one writer asks: registers, amendments, admissions, by its own seed and for its own classes.

No two clerks have a class in common, so each knows to the letter what its requests must come to, whatever
is killed meanwhile.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

from tests.bench.world import TERMS, World
from tests.drills.requests import RECORDED, REFUSED, UNCHANGED, Request, request

KINDS: Final = {"register": 60, "each": 14, "amendment": 14, "admission": 8, "repeat": 4}
"""How many in a hundred requests are of each kind."""

_PRESENT: Final = {"AM": "/", "PM": "\\"}
_OTHER_CODES: Final = ("I", "L", "M", "N", "O", "G")
_NO_CODE: Final = "QQ"
_SHEETS_MAX: Final = 200


class OutOfSessionsError(RuntimeError):
    """The school year has no session left; the drill needs more schools."""


class Work(NamedTuple):
    """A request, and what its clerk learns from the acknowledgement of it."""

    request: Request
    acknowledged: Callable[[], None]


@dataclass(slots=True)
class Sheet:
    """The register of one class and session as it stands: code and revision, pupil by pupil."""

    urn: str
    day: str
    session: str
    pupils: list[str]
    codes: list[str]
    revisions: list[int]


class Clerk:
    """One of `clerks` clerks, who share out the world's classes among them."""

    def __init__(self, world: World, seed: int, number: int, clerks: int) -> None:
        self._random = Random(f"{seed} clerk {number}")
        self._classes = [
            (school.urn, members)
            for index, (school, members) in enumerate(
                (school, members) for school in world.schools for members in school.classes
            )
            if index % clerks == number
        ]
        self._blank = self._blank_sheets(world)
        self._sheets: list[Sheet] = []

    def next(self) -> Work:
        """The next request.  Raises OutOfSessionsError."""
        (kind,) = self._random.choices(tuple(KINDS), tuple(KINDS.values()))
        if kind == "admission":
            return self._admission()
        if kind in {"amendment", "repeat"} and self._sheets:
            # Off the pile until it is acknowledged: nothing rests on a sheet whose state is in doubt.
            sheet = self._sheets.pop(self._random.randrange(len(self._sheets)))
            return self._amendment(sheet) if kind == "amendment" else self._repeat(sheet)
        blank = next(self._blank, None)
        if blank is None:
            raise OutOfSessionsError
        return self._each(blank) if kind == "each" else self._register(blank)

    def _register(self, sheet: Sheet) -> Work:
        """A whole class, all or nothing."""
        asked = self._ask("register", sheet, "", _entries(sheet), RECORDED * len(sheet.pupils))
        return Work(asked, lambda: self._keep(sheet))

    def _each(self, sheet: Sheet) -> Work:
        """A class in which some entries are refused, and the others must be recorded all the same."""
        entries = _entries(sheet)
        bad = self._random.sample(range(len(entries)), 3)
        entries[bad[0]]["code"] = _NO_CODE
        entries[bad[1]]["pupil"] = self._pupil()
        entries[bad[2]]["code"] = _PRESENT["PM" if sheet.session == "AM" else "AM"]
        outcomes = "".join(REFUSED if i in bad else RECORDED for i in range(len(entries)))
        asked = self._ask("each", sheet, "?mode=each", entries, outcomes)
        good = [i for i in range(len(entries)) if i not in bad]
        kept = Sheet(
            sheet.urn,
            sheet.day,
            sheet.session,
            [sheet.pupils[i] for i in good],
            [sheet.codes[i] for i in good],
            [0] * len(good),
        )
        return Work(asked, lambda: self._keep(kept))

    def _amendment(self, sheet: Sheet) -> Work:
        """Some entries of a register amended; some of them for the second or third time."""
        chosen = self._random.sample(range(len(sheet.pupils)), self._random.randint(1, 5))
        new = {i: self._other_than(sheet.codes[i]) for i in chosen}
        amendments = [
            {
                "pupil": sheet.pupils[i],
                "date": sheet.day,
                "session": sheet.session,
                "from": sheet.codes[i],
                "code": code,
                "reason": "Parent telephoned",
            }
            for i, code in new.items()
        ]
        revisions = tuple(sheet.revisions[i] + 1 for i in chosen)
        asked = request(
            "amendment",
            sheet.urn,
            "/attendance/amendments",
            {"amendments": amendments},
            RECORDED * len(chosen),
            revisions=revisions,
        )

        def acknowledged() -> None:
            for i, code in new.items():
                sheet.codes[i] = code
                sheet.revisions[i] += 1
            self._keep(sheet)

        return Work(asked, acknowledged)

    def _repeat(self, sheet: Sheet) -> Work:
        """A register that stands already, under a new key: nothing may be appended."""
        asked = self._ask("repeat", sheet, "", _entries(sheet), UNCHANGED * len(sheet.pupils))
        return Work(asked, lambda: self._keep(sheet))

    def _admission(self) -> Work:
        """New names; the ledger makes the identifier of every other one."""
        urn, _ = self._random.choice(self._classes)
        entries: list[dict[str, Any]] = []
        for number in range(self._random.randint(1, 4)):
            entry = {
                "surname": "Newcomer",
                "forenames": "Test",
                "date_of_birth": "2013-11-05",
                "starting_day": TERMS[0][1],
                "year_group": "7",
                "registration_group": "7N",
            }
            entries.append(entry if number % 2 else {**entry, "pupil": self._pupil()})
        asked = request(
            "admission", urn, "/admissions", {"entries": entries}, RECORDED * len(entries)
        )
        return Work(asked, _nothing)

    def _ask(
        self, kind: str, sheet: Sheet, query: str, entries: list[dict[str, str]], outcomes: str
    ) -> Request:
        body = {"date": sheet.day, "session": sheet.session, "entries": entries}
        return request(kind, sheet.urn, f"/attendance{query}", body, outcomes)

    def _keep(self, sheet: Sheet) -> None:
        self._sheets.append(sheet)
        if len(self._sheets) > _SHEETS_MAX:
            self._sheets.pop(0)

    def _blank_sheets(self, world: World) -> Iterator[Sheet]:
        """Every class of this clerk for one session, shuffled, before the next session begins."""
        for day, session in world.sessions:
            self._random.shuffle(self._classes)
            for urn, members in self._classes:
                codes = [self._code(session) for _ in members]
                yield Sheet(urn, day, session, list(members), codes, [0] * len(members))

    def _code(self, session: str) -> str:
        present = self._random.random() < 0.9
        return _PRESENT[session] if present else self._random.choice(_OTHER_CODES)

    def _other_than(self, code: str) -> str:
        return self._random.choice([other for other in _OTHER_CODES if other != code])

    def _pupil(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def _entries(sheet: Sheet) -> list[dict[str, str]]:
    return [
        {"pupil": pupil, "code": code}
        for pupil, code in zip(sheet.pupils, sheet.codes, strict=True)
    ]


def _nothing() -> None:
    """A request from whose acknowledgement nothing is learnt."""
