"""A part of a list that is cut in the database: where it begins, and how many rows it holds."""

from typing import NamedTuple


class Cut(NamedTuple):
    """So many rows of a list at most, after so many that are passed over."""

    skip: int
    limit: int
