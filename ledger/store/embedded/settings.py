"""The settings of the embedded PostgreSQL, worked out anew at each start from the machine found."""

import re
from dataclasses import dataclass

from ledger.store.embedded.machine import Machine

# Relative to the file that holds it, so that a data directory can be moved.
USERS_FILE = "../postgres.conf"

_MB = 1 << 20
_GB = 1 << 30
_CONNECTIONS_MAX = 60
# Below this, parallel queries could fail for want of room in /dev/shm (containers often have 64 MB).
_SHARED_MEMORY_MIN = 512 * _MB


@dataclass(frozen=True)
class Listen:
    """Where the server listens: a socket in a directory or, where there are none, a local port."""

    port: int
    socket_dir: str | None


def render(machine: Machine, listen: Listen, *, lz4: bool, users_file: bool) -> str:
    """The text of our settings file; with `users_file`, the user's own settings come last."""
    settings = _memory(machine) | _write_ahead_log(machine, lz4=lz4) | _planning(machine)
    settings |= _doors(listen) | _DURABILITY | _LOG | _PLACE
    if machine.shared_memory is not None and machine.shared_memory < _SHARED_MEMORY_MIN:
        settings["dynamic_shared_memory_type"] = "sysv"
    lines = [f"{name} = {_quote(value)}" for name, value in settings.items()]
    return "\n".join(
        [
            "# Written by the attendance ledger at each start: changes made here are lost.",
            "# Put your own settings into postgres.conf in the data directory; they come last.",
            *lines,
            *([f"include = '{USERS_FILE}'"] if users_file else []),
            "",
        ]
    )


def port_in(text: str) -> int:
    """The port in a settings file rendered before; 0 where there is none."""
    found = re.search(r"^port = '(\d+)'$", text, re.MULTILINE)
    return int(found.group(1)) if found else 0


_DURABILITY = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}

# The log is read by technicians, so it holds no personal data: no statement, no parameter, no detail
# of a failing row.  ERROR is left out too, since messages such as "invalid input syntax" repeat what
# was sent; the client gets them.  What the server says of itself (LOG, FATAL, PANIC) is kept.
_LOG = {
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
}

_PLACE = {"lc_messages": "C", "timezone": "UTC", "max_connections": str(_CONNECTIONS_MAX)}


def _memory(machine: Machine) -> dict[str, str]:
    memory = machine.memory
    shared = _between(32 * _MB, memory // 4, 8 * _GB)
    return {
        "shared_buffers": _size(shared),
        "effective_cache_size": _size(max(64 * _MB, memory * 3 // 5)),
        # Every connection may use this several times over.
        "work_mem": _size(_between(4 * _MB, memory // (_CONNECTIONS_MAX * 8), 64 * _MB)),
        "maintenance_work_mem": _size(_between(32 * _MB, memory // 16, _GB)),
        "wal_buffers": _size(_between(4 * _MB, shared // 32, 64 * _MB)),
        "huge_pages": "try",
    }


def _write_ahead_log(machine: Machine, *, lz4: bool) -> dict[str, str]:
    # All schools enter their registers within the hour.  With less room the server writes every page of it
    # that was touched, and then logs each whole that is touched again, several times in one morning.
    most = _between(256 * _MB, machine.disk_free // 4, 8 * _GB)
    return {
        "max_wal_size": _size(most),
        # Segments that were needed once are kept, to be written over: whoever commits at the end of the
        # last one waits for a new one to be made, some 50 to 100 ms.
        "min_wal_size": _size(most),
        # What a large import logs is mostly on disk by the time that it commits, and holds the head.
        "wal_writer_delay": "10ms",
        "wal_writer_flush_after": "4MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "wal_compression": "lz4" if lz4 else "off",
    }


def _planning(machine: Machine) -> dict[str, str]:
    return {
        "random_page_cost": "1.1",
        "jit": "off",
        "max_parallel_workers": str(machine.cores),
        "max_parallel_workers_per_gather": str(_between(0, machine.cores // 2, 4)),
    }


def _doors(listen: Listen) -> dict[str, str]:
    folder = listen.socket_dir
    return {
        "listen_addresses": "" if folder is not None else "127.0.0.1",
        "port": str(listen.port),
        # A list of names: the double quotes keep a comma or a blank within one of them.
        "unix_socket_directories": "" if folder is None else f'"{folder}"',
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
    }


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))


def _size(octets: int) -> str:
    return f"{octets // _MB}MB"


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
