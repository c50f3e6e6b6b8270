"""The SQL of the views: named statements in a .sql file beside each module."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from ledger.store.database import Connection

_NAME: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(view: str) -> Mapping[str, bytes]:
    """The statements of `<view>.sql` by name: each begins with a line `-- name: <name>`."""
    text = files("projections").joinpath(f"{view}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {
        name: body.strip().rstrip(";").encode()
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def fetch(
    connection: Connection,
    statement: bytes,
    parameters: Mapping[str, Any],
    *,
    binary: bool = False,
) -> list[tuple[Any, ...]]:
    """The rows of a statement, planned for its parameters each time.

    `binary` is quicker for arrays and bytes; of a few plain columns it makes no difference.

    A plan kept for any parameters knows neither the days, by which partitions are left out, nor how
    many pupils are asked for, and was seen to take minutes for what takes milliseconds.
    """
    return connection.execute(statement, parameters, prepare=False, binary=binary).fetchall()
