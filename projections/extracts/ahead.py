"""Making the next item while the one before is used.

What is fetched from the database waits for the server, and what is written waits for nobody: on two cores
the two go on at once.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar, cast

Item = TypeVar("Item")
_END: Final = object()


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each made in a thread while the one before is used; its errors come in its place.

    Whatever the items are made from is for them alone meanwhile.  When the caller stops early, the item
    under way is waited for.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, items, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, items, _END)
            yield cast("Item", item)
