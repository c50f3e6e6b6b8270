"""The attendance codes: which are in force on the day of a session, and how each of them counts.

The data are in `law/codes.toml`, read once; the look-ups of this module are those of the table as it is
built in. The day asked about is always the day of the session, never the day of entry (School
Attendance (Pupil Registration) (England) Regulations 2024 reg 10; for sessions before 19 August 2024
the codes of their own day).
"""

import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from itertools import combinations
from typing import Any, Final, Literal, NamedTuple, get_args

StatisticalClass = Literal[
    "attending",
    "approved_educational_activity",
    "authorised",
    "unauthorised",
    "not_possible",
    "not_collected",
    "covid_not_attending",
]
PupilGroup = Literal["any", "compulsory_school_age", "not_compulsory_school_age"]
Detail = Literal["none", "advised", "required"]
LeaveDecision = Literal["none", "optional", "required"]

IN_FORCE: Final = "in force"
STATISTICAL_CLASSES: Final[tuple[StatisticalClass, ...]] = get_args(StatisticalClass)


class CodeTableError(ValueError):
    """The table of codes cannot be used; the message names the entry and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code as it stood from `valid_from` to `valid_to` (both inclusive; None = in force).

    `am` and `pm` say to which sessions it may be given; `before_session` whether it may be entered
    before its session's register opens. `detail_is` names the detail, if any; `leave_decision` says
    whether the code rests on leave given. `export_as` is the symbol that leaves the school. From
    `discouraged_from` on guidance asks for another code, though this one holds; `discouraged` says so.
    """

    symbol: str
    title: str
    valid_from: date
    valid_to: date | None
    table: str
    statistical_class: StatisticalClass
    in_possible: bool
    am: bool
    pm: bool
    before_session: bool
    detail: Detail
    detail_is: str
    pupil_group: PupilGroup
    leave_decision: LeaveDecision
    must_be_replaced_within_school_days: int | None
    counts_to_penalty_threshold: bool
    counts_to_ten_day_return: bool
    export_as: str
    reference: str
    confidence: str
    discouraged_from: date | None = None
    discouraged: str = ""

    def in_force_on(self, day: date) -> bool:
        """Whether a session of `day` may be given this code."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


Period = tuple[date, date, str, Code]
"""From a day to a day, both included, a symbol counts as this code."""


class CodeTable:
    """The codes of one table, asked by day."""

    __slots__ = ("_changes", "_editions", "_first", "_symbols", "codes")

    def __init__(self, codes: Sequence[Code]) -> None:
        self.codes: Final = tuple(codes)
        self._symbols = _symbols(codes)
        self._changes = _days_of_change(codes)
        # One more edition than changes: nothing is in force before the first.
        self._editions = [_edition_from(day, codes) for day in (date.min, *self._changes)]
        self._first = [
            {symbol: found[0] for symbol, found in edition.variants.items()}
            for edition in self._editions
        ]

    @property
    def symbols_by_age(self) -> frozenset[str]:
        """The symbols that were not at all times, and alike, for pupils of any age."""
        return frozenset(code.symbol for code in self.codes if code.pupil_group != "any")

    def codes_on(self, day: date) -> tuple[Code, ...]:
        """The codes in force for sessions of `day`, in the order of the table."""
        return self._edition(day).codes

    def variants(self, symbol: str, day: date) -> tuple[Code, ...]:
        """The entries of `symbol` in force on `day`, none where it is not in force.

        More than one where pupils of compulsory school age had one of their own, which comes first.
        """
        return self._edition(day).variants.get(symbol, ())

    def code_in_force(self, symbol: str, day: date) -> Code | None:
        """The first of `variants(symbol, day)`, or None."""
        # Asked for every mark: no call but the look-up itself.
        return self._first[bisect_right(self._changes, day)].get(symbol)

    def last_counted(
        self, symbol: str, day: date, pupil_group: PupilGroup = "compulsory_school_age"
    ) -> Code | None:
        """The code by which a mark of `symbol` for a session of `day` counts; None if never known.

        That is the code in force that day or, for a retired code that still arrives, the one most
        recently in force before it: H and J imported for 2025 count as they last counted. A symbol
        entered for a session before its first day counts as it first counted, because a mark that
        is kept must count somewhere (both are conventions; the law is silent).

        `pupil_group` chooses between variants: X in the school years 2020/21 and 2021/22 was "not
        attending in circumstances relating to coronavirus" (SI 2020/816, SI 2021/852) for pupils of
        compulsory school age only.
        """
        candidates = self._edition(day).counted.get(symbol)
        return _choose(candidates, pupil_group) if candidates else None

    def class_periods(
        self,
        first_day: date,
        last_day: date,
        pupil_group: PupilGroup = "compulsory_school_age",
    ) -> list[Period]:
        """How every symbol ever known counts from `first_day` to `last_day`, as `last_counted` says.

        By symbol and then by day.  The periods of a symbol neither overlap nor leave a gap: a query
        that joins marks to them by symbol and day loses none and doubles none.
        """
        changes = [change for change in self._changes if first_day < change <= last_day]
        starts = [first_day, *changes]
        ends = [*(start - timedelta(days=1) for start in changes), last_day]
        pieces: list[Period] = []
        if first_day > last_day:
            return pieces
        for symbol in self._symbols:
            for start, end in zip(starts, ends, strict=True):
                code = _choose(self._edition(start).counted[symbol], pupil_group)
                if start > first_day and pieces[-1][3] is code:
                    pieces[-1] = (pieces[-1][0], end, symbol, code)
                else:
                    pieces.append((start, end, symbol, code))
        return pieces

    def _edition(self, day: date) -> "_Edition":
        return self._editions[bisect_right(self._changes, day)]


def _choose(candidates: Sequence[Code], pupil_group: PupilGroup) -> Code:
    """The candidate for that group of pupils, else the first."""
    own = (code for code in candidates if code.pupil_group in ("any", pupil_group))
    return next(own, candidates[0])


# --- Reading the table --------------------------------------------------------------------------

_TEXT: Final = ("code", "title", "table", "reference", "confidence")
_YES_NO: Final = (
    "in_possible",
    "am",
    "pm",
    "before_session",
    "counts_to_penalty_threshold",
    "counts_to_ten_day_return",
)
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "statistical_class": STATISTICAL_CLASSES,
    "detail": get_args(Detail),
    "pupil_group": get_args(PupilGroup),
    "leave_decision": get_args(LeaveDecision),
}
_LIMIT: Final = "must_be_replaced_within_school_days"
_USUAL: Final = "unless_stated"
_ARRAY: Final = "code"
_NEVER_USUAL: Final = frozenset({"code", "valid_from", "valid_to", "reference", "confidence"})
_OPTIONAL_TEXT: Final = ("detail_is", "export_as", "discouraged")
_DATES: Final = ("valid_from", "valid_to", "discouraged_from")
_KNOWN: Final = frozenset((*_TEXT, *_YES_NO, *_CHOICES, *_OPTIONAL_TEXT, *_DATES, _LIMIT))


def read_table(text: str) -> tuple[Code, ...]:
    """The codes of a table in the form of `law/codes.toml`, in its order.

    Raises CodeTableError for an entry that lacks a reference, a confidence, a date or any other
    field, has an unknown class, or holds on the same day as another of its code and pupil group.
    """
    usual, entries = _usual_and_entries(tomllib.loads(text))
    codes = tuple(
        _read_entry(f"entry {number} ({given.get('code')!r})", usual | given)
        for number, given in enumerate(entries, start=1)
    )
    for first, second in combinations(codes, 2):
        if _overlap(first, second):
            raise CodeTableError(
                f"{first.symbol!r} has two entries for the same pupils in force on "
                f"{max(first.valid_from, second.valid_from)}"
            )
    return codes


def _usual_and_entries(table: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if strays := table.keys() - {_USUAL, _ARRAY}:
        raise CodeTableError(f"unknown table {min(strays)!r}")
    usual, entries = table.get(_USUAL, {}), table.get(_ARRAY, [])
    if not isinstance(usual, dict) or not isinstance(entries, list):
        raise CodeTableError(f"{_USUAL} is written [{_USUAL}], and each entry [[{_ARRAY}]]")
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise CodeTableError("no entry, or one that is no table")
    if said := usual.keys() & _NEVER_USUAL:
        raise CodeTableError(f"{min(said)} must be stated by every entry itself")
    return usual, entries


def _read_entry(where: str, given: dict[str, Any]) -> Code:
    fault = next(_faults(given), None)
    if fault:
        raise CodeTableError(f"{where}: {fault}")
    entry = {_LIMIT: None, "export_as": given["code"]} | given
    entry["symbol"] = entry.pop("code")
    entry["valid_to"] = None if given["valid_to"] == IN_FORCE else given["valid_to"]
    return Code(**entry)


def _faults(given: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one entry, in words."""
    for name in sorted(given.keys() - _KNOWN):
        yield f"unknown field {name}"  # a misspelt field would quietly take its usual value
    for name in _TEXT:
        if not isinstance(given.get(name), str) or not given[name].strip():
            yield f"no {name}"
    for name in _YES_NO:
        if not isinstance(given.get(name), bool):
            yield f"{name} must be true or false"
    for name, choices in _CHOICES.items():
        if given.get(name) not in choices:
            yield f"{name} must be one of {', '.join(choices)}"
    yield from _faulty_details(given)
    yield from _faulty_dates(given)


def _faulty_details(given: Mapping[str, Any]) -> Iterator[str]:
    for name in _OPTIONAL_TEXT:
        if not isinstance(given.get(name, ""), str):
            yield f"{name} must be text"
    if (given.get("detail") == "none") != (given.get("detail_is") == ""):
        yield "detail and detail_is must be given together"
    if _LIMIT in given and (type(given[_LIMIT]) is not int or given[_LIMIT] < 1):
        yield f"{_LIMIT} must be a number of days"


def _faulty_dates(given: Mapping[str, Any]) -> Iterator[str]:
    if type(given.get("valid_from")) is not date:  # a time of day has no place here
        yield "valid_from must be a date"
    elif given.get("valid_to") != IN_FORCE:
        if type(given.get("valid_to")) is not date:
            yield f"valid_to must be a date or {IN_FORCE!r}"
        elif given["valid_to"] < given["valid_from"]:
            yield "valid_to is before valid_from"
    if (type(given.get("discouraged_from")) is date) != bool(given.get("discouraged")):
        yield "discouraged_from must be a date, and discouraged must say what is asked for instead"


def _overlap(first: Code, second: Code) -> bool:
    groups = {first.pupil_group, second.pupil_group}
    return (
        first.symbol == second.symbol
        and (len(groups) == 1 or "any" in groups)
        and first.valid_from <= (second.valid_to or date.max)
        and second.valid_from <= (first.valid_to or date.max)
    )


# --- The table between one change and the next ----------------------------------------------------


class _Edition(NamedTuple):
    """What holds from one day of change to the day before the next."""

    codes: tuple[Code, ...]
    variants: Mapping[str, tuple[Code, ...]]
    counted: Mapping[str, tuple[Code, ...]]


def _days_of_change(codes: Sequence[Code]) -> list[date]:
    begun = {code.valid_from for code in codes}
    ended = {code.valid_to + timedelta(days=1) for code in codes if code.valid_to}
    return sorted(begun | ended)


def _edition_from(day: date, codes: Sequence[Code]) -> _Edition:
    standing = tuple(code for code in codes if code.in_force_on(day))
    by_symbol = {
        symbol: tuple(sorted((c for c in standing if c.symbol == symbol), key=_group_order))
        for symbol in dict.fromkeys(code.symbol for code in standing)
    }
    return _Edition(
        codes=standing,
        variants=by_symbol,
        counted={s: by_symbol.get(s) or _nearest(s, day, codes) for s in _symbols(codes)},
    )


def _nearest(symbol: str, day: date, codes: Sequence[Code]) -> tuple[Code, ...]:
    """The entries most recently in force before `day`, else the first ones to come after it."""
    known = sorted((code for code in codes if code.symbol == symbol), key=_group_order)
    last_days = [code.valid_to for code in known if code.valid_to and code.valid_to < day]
    if last_days:
        return tuple(code for code in known if code.valid_to == max(last_days))
    first_day = min(code.valid_from for code in known)
    return tuple(code for code in known if code.valid_from == first_day)


def _group_order(code: Code) -> bool:
    return code.pupil_group != "compulsory_school_age"


def _symbols(codes: Sequence[Code]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.symbol for code in codes))


# --- The table as it is built in ------------------------------------------------------------------

BUILT_IN: Final = CodeTable(
    read_table(files("ledger.law").joinpath("codes.toml").read_text(encoding="utf-8"))
)
codes_on: Final = BUILT_IN.codes_on
variants: Final = BUILT_IN.variants
code_in_force: Final = BUILT_IN.code_in_force
last_counted: Final = BUILT_IN.last_counted
class_periods: Final = BUILT_IN.class_periods
