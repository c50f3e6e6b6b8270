"""What the machine has to give: memory (as a container sees it), cores, disk."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_CGROUPS = Path("/sys/fs/cgroup")
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (looked at, not written)


@dataclass(frozen=True)
class Machine:
    """Sizes are in bytes; `shared_memory` is None where the system has no /dev/shm to run out of."""

    memory: int
    cores: int
    disk_free: int
    shared_memory: int | None


def look(data_dir: Path) -> Machine:
    """The machine we run on, and the disk `data_dir` is on."""
    memory = min([psutil.virtual_memory().total, *_container_limits()])
    return Machine(
        memory=memory,
        cores=os.cpu_count() or 1,
        disk_free=shutil.disk_usage(data_dir).free,
        shared_memory=shutil.disk_usage(_SHARED_MEMORY).total if _SHARED_MEMORY.is_dir() else None,
    )


def _container_limits() -> Iterator[int]:
    """Memory limits set on our control group or any above it (Linux; both of its versions)."""
    try:
        groups = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in groups:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            yield from _limits(_CGROUPS, path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _limits(_CGROUPS / "memory", path, "memory.limit_in_bytes")


def _limits(root: Path, path: str, name: str) -> Iterator[int]:
    group = root / path.lstrip("/")
    # Inside a container the path may be the host's and not exist: the root is then our group.
    for place in (group, *group.parents):
        try:
            text = (place / name).read_text(encoding="ascii").strip()
        except OSError:
            text = ""
        if text.isdigit():  # without a limit it says "max"
            yield int(text)
        if place == root:
            return
