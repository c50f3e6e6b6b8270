"""`NAME.meta`: the metadata file that goes with a statistical file, under the name that it must have.

It lists filters and indicators, not what names time and place.  A filter with a single value is left out, as
the Department's screener asks: there is nothing to choose by it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from projections.extracts.extract import Column, Extract, Question, Row, Source
from projections.extracts.statistics.layout import Field
from projections.extracts.statistics.suppression import Figure

Published = Callable[[Source, Question], Iterator[tuple[Figure, ...]]]

COLUMNS: Final = (
    Column("col_name", "text", "The column of the data file."),
    Column("col_type", "text", "Filter or Indicator."),
    Column("label", "text", "What it is called."),
    Column("indicator_grouping", "text", "Under what an indicator is listed."),
    Column("indicator_unit", "text", "The unit of an indicator, where it has one."),
    Column("indicator_dp", "integer", "Decimals with which an indicator is shown."),
    Column("filter_hint", "text", "What helps to choose by a filter."),
    Column("filter_grouping_column", "text", "The column that groups a filter's values."),
    Column("filter_default", "text", "The value of a filter that is chosen first."),
)
_DEFAULTS: Final = ("Total", "All schools", "Week", "All possible sessions", "Possible sessions")
"""Values that stand for all of a filter's, where it has one of them."""


def metadata_of(data: Extract, fields: Sequence[Field], published: Published) -> Extract:
    """The metadata of a statistical extract, an extract of the same question."""

    def rows(source: Source, question: Question) -> Iterator[Row]:
        values = _values(fields, published(source, question))
        for one in fields:
            if one.role == "indicator":
                decimals = int(one.decimals) if one.decimals else None
                yield _row(one, "Indicator", decimals, None)
            elif one.role == "filter" and len(values[one.column]) > 1:
                default = next((v for v in _DEFAULTS if v in values[one.column]), None)
                yield _row(one, "Filter", None, default)

    return Extract(
        name=f"{data.name}.meta",
        version=data.version,
        title=f"{data.title}: metadata",
        receiver=data.receiver,
        reference="DfE, Explore education statistics: data standards; eesyscreener 0.3.1",
        columns=COLUMNS,
        rows=rows,
        options=data.options,
        formats=("csv",),
        window=data.window,
        key=("col_name",),
    )


def _row(one: Field, col_type: str, decimals: int | None, default: str | None) -> Row:
    return (
        one.column,
        col_type,
        one.label,
        one.grouping or None,
        one.unit or None,
        decimals,
        None,
        one.filter_group or None,
        default,
    )


def _values(
    fields: Sequence[Field], published: Iterator[tuple[Figure, ...]]
) -> dict[str, set[Figure]]:
    filters = [(place, one.column) for place, one in enumerate(fields) if one.role == "filter"]
    found: dict[str, set[Figure]] = {column: set() for _, column in filters}
    for row in published:
        for place, column in filters:
            found[column].add(row[place])
    return found
