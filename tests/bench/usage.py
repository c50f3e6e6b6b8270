"""What processes use: processor time, and memory with shared pages counted once.

Memory is the proportional set size of `/proc/<pid>/smaps_rollup`: a page that n processes map counts an
n-th for each, so that the sum over a service's forked processes counts what they share once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final

import psutil

LOOKS_EVERY: Final = 0.5
"""Seconds between two looks at the memory."""


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def processor_seconds(pid: int) -> float:
    """What a process and those below it have used, those that ended counted with whoever waited for them."""
    found = 0.0
    for process in tree(pid):
        try:
            found += sum(process.cpu_times()[:4])  # user, system, and both of ended children
        except psutil.NoSuchProcess:
            continue
    return found


def memory_bytes(pid: int) -> int:
    """The proportional set sizes of a process and those below it, summed; 0 where nobody tells."""
    return sum(_proportional(process.pid) for process in tree(pid))


def _proportional(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


@dataclass
class Used:
    """What service and database used over a while."""

    service_seconds: float = 0.0
    database_seconds: float = 0.0
    service_memory_peak: int = 0


@contextmanager
def watched(service: int, postmaster: int) -> Iterator[Used]:
    """Watch both for the length of a block; the figures are there when it has ended."""
    used = Used(service_memory_peak=memory_bytes(service))
    ended = Event()

    def look() -> None:
        while not ended.wait(LOOKS_EVERY):
            used.service_memory_peak = max(used.service_memory_peak, memory_bytes(service))

    thread = Thread(target=look, daemon=True)
    before = processor_seconds(service), processor_seconds(postmaster)
    thread.start()
    try:
        yield used
    finally:
        ended.set()
        thread.join()
        used.service_seconds = processor_seconds(service) - before[0]
        used.database_seconds = processor_seconds(postmaster) - before[1]
        used.service_memory_peak = max(used.service_memory_peak, memory_bytes(service))
