"""The same questions asked of the same files by Dask: data frames over the processes of a cluster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa

Row = tuple[Any, ...]
Frame = dd.DataFrame

_PARTITIONING: Final = {
    "flavor": "hive",
    "schema": pa.schema([("academic_year", pa.int16()), ("local_authority", pa.string())]),
}
# Else each day is an object of Python's, at ten times the cost.
_DAYS_AS_NUMBERS: Final = {"date_as_object": False}
_SCHOOLS_AT_ONCE: Final = 20
"""A school is a row group; so many of them are one piece of work, however large their file is."""
_ABSENT: Final = ("authorised", "unauthorised")
_TEXTS: Final = frozenset({"local_authority", "school", "pupil", "code"})


def ask(exported: Path, name: str) -> list[Row]:
    """The rows of an answer, in order, worked out by the cluster that is at hand."""
    return _ASKED[name](exported)


def _read(exported: Path, dataset: str, columns: list[str]) -> Frame:
    frame = dd.read_parquet(
        exported / dataset,
        columns=columns,
        dataset={"partitioning": _PARTITIONING},
        arrow_to_pandas=_DAYS_AS_NUMBERS,
        split_row_groups=_SCHOOLS_AT_ONCE,
    )
    return frame[~frame["planned"]] if "planned" in columns else frame


def _flag(frame: Frame, column: str, *values: str) -> Any:
    """1 where a column has one of the values."""
    return frame[column].isin(values).astype("int64")


def _rows(answer: Any) -> list[Row]:
    """An answer as plain rows: its groups, which stand in the index, and its numbers."""
    found = answer.reset_index()
    plain = [[_plain(value) for value in found[column].tolist()] for column in found.columns]
    return sorted(zip(*plain, strict=True))


def _plain(value: Any) -> Any:
    return value.date() if isinstance(value, pd.Timestamp) else value


def _summed(frame: Frame, by: list[str], numbers: list[str]) -> Any:
    """Sums of columns in groups: of each piece where it is, then of these sums.

    Within a piece the groups are numbers; only those of its sums are turned into text, since each piece
    has categories of its own.
    """
    return frame.map_partitions(_of_piece, by, numbers).groupby(by)[numbers].sum()


def _of_piece(piece: pd.DataFrame, by: list[str], numbers: list[str]) -> pd.DataFrame:
    sums = piece.groupby(by, observed=True)[numbers].sum().reset_index()
    return sums.astype({one: "string" for one in by if one in _TEXTS})


# -- the questions -----------------------------------------------------------------------------------


def _absence_by_authority(exported: Path) -> list[Row]:
    columns = ["academic_year", "local_authority", "counts_as", "in_possible_sessions", "planned"]
    marks = _read(exported, "marks", columns)
    counted = marks.assign(
        possible=marks["in_possible_sessions"].astype("int64"),
        authorised=_flag(marks, "counts_as", "authorised"),
        unauthorised=_flag(marks, "counts_as", "unauthorised"),
    )
    numbers = ["possible", "authorised", "unauthorised"]
    return _rows(_summed(counted, columns[:2], numbers).compute())


def _of_pupils(exported: Path) -> Any:
    """Possible and missed sessions of each pupil at each school."""
    by = ["academic_year", "school", "pupil"]
    marks = _read(exported, "marks", [*by, "counts_as", "in_possible_sessions", "planned"])
    counted = marks.assign(
        possible=marks["in_possible_sessions"].astype("int64"),
        absent=_flag(marks, "counts_as", *_ABSENT),
    )
    return _summed(counted, by, ["possible", "absent"]).reset_index()


def _persistent_absence_by_school(exported: Path) -> list[Row]:
    pupils = _of_pupils(exported)
    pupils = pupils[pupils["possible"] > 0]
    pupils = pupils.assign(
        pupils=1,
        persistent=(100 * pupils["absent"] >= 10 * pupils["possible"]).astype("int64"),
        severe=(100 * pupils["absent"] >= 50 * pupils["possible"]).astype("int64"),
    )
    numbers = ["pupils", "persistent", "severe"]
    return _rows(pupils.groupby(["academic_year", "school"])[numbers].sum().compute())


def _absence_by_weekday(exported: Path) -> list[Row]:
    columns = ["academic_year", "date", "counts_as", "in_possible_sessions", "planned"]
    marks = _read(exported, "marks", columns)
    counted = marks.assign(
        weekday=marks["date"].dt.day_of_week,
        possible=marks["in_possible_sessions"].astype("int64"),
        absent=_flag(marks, "counts_as", *_ABSENT),
    )
    return _rows(_summed(counted, ["academic_year", "weekday"], ["possible", "absent"]).compute())


def _unauthorised_by_week(exported: Path) -> list[Row]:
    columns = ["date", "counts_as", "in_possible_sessions", "planned", "sessions"]
    totals = _read(exported, "totals", columns)
    day = totals["date"]
    counted = totals.assign(
        monday=day - dd.to_timedelta(day.dt.day_of_week, unit="D"),
        possible=totals["sessions"] * totals["in_possible_sessions"].astype("int64"),
        unauthorised=totals["sessions"] * _flag(totals, "counts_as", "unauthorised"),
    )
    return _rows(_summed(counted, ["monday"], ["possible", "unauthorised"]).compute())


def _effect_of_amendments(exported: Path) -> list[Row]:
    columns = ["academic_year", "revision", "counts_as", "replaces_counts_as"]
    log = _read(exported, "log", columns)
    first = (log["revision"] == 0).astype("int64")
    counted = log.assign(
        **{f"{one}_first": first * _flag(log, "counts_as", one) for one in _ABSENT},
        **{
            f"{one}_now": _flag(log, "counts_as", one) - _flag(log, "replaces_counts_as", one)
            for one in _ABSENT
        },
    )
    numbers = [f"{one}_{when}" for when in ("first", "now") for one in _ABSENT]
    return _rows(_summed(counted, ["academic_year"], numbers).compute())


def _days_until_n_is_amended(exported: Path) -> list[Row]:
    log = _read(exported, "log", ["date", "code", "replaces", "act"])
    log = log[log["replaces"].isin(["N"])]
    acts = dd.read_parquet(exported / "acts")
    joined = log.merge(acts, on="act")
    recorded = joined["recorded_at"].dt.tz_localize(None).dt.floor("D")
    counted = joined.assign(days=(recorded - joined["date"]).dt.days, amended=1)
    return _rows(_summed(counted, ["days", "code"], ["amended"]).compute())


_ASKED: Final[dict[str, Callable[[Path], list[Row]]]] = {
    "absence_by_authority": _absence_by_authority,
    "persistent_absence_by_school": _persistent_absence_by_school,
    "absence_by_weekday": _absence_by_weekday,
    "unauthorised_by_week": _unauthorised_by_week,
    "effect_of_amendments": _effect_of_amendments,
    "days_until_n_is_amended": _days_until_n_is_amended,
}
NAMES: Final = sorted(_ASKED)
