"""What a person at the console sees: log lines, and how far long work has come.

Everything goes to standard error; standard output is for what was asked for.

Log lines hold fields from a list and nothing else, and of an exception its kind and its way through
the code, never its message: messages of databases and parsers repeat what was sent, and that would
put children's names into logs.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final, Literal, TextIO

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from structlog.typing import EventDict, WrappedLogger

FIELDS: Final = frozenset(
    {
        # of every line
        *("time", "level", "event", "exception", "at"),
        # of the service
        *(
            "address",
            "processes",
            "number",
            "exit_code",
            "metrics",
            "version",
            "database",
            "data_dir",
            "wait",
            "variables",
            "logger",
        ),
        # of the record and its database
        *("error", "sqlstate", "jobs", "last", "position", "constraint"),
        # of requests
        *("request_id", "client", "method", "route", "status", "milliseconds", "where"),
    }
)
"""The fields that a log line may have.  None of them can hold a pupil's particulars."""

FRAMES_MAX: Final = 20
_PLAIN_SECONDS: Final = 5.0
_FIRST_PLAIN_SECONDS: Final = 2.0
# Of other packages only these two say something worth reading, and nothing of what clients sent.
_SPEAK_FOR_THEMSELVES: Final = ("uvicorn", "psycopg.pool")

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


def set_up_logging(
    log_format: Literal["auto", "json", "console"] = "auto",
    stream: TextIO | None = None,
    *,
    quiet: bool = False,
) -> None:
    """Send log lines, our own and those of other packages, to `stream` (standard error).

    `auto` is for reading on a terminal and JSON everywhere else; `quiet` leaves out all but warnings.
    """
    stream = stream or sys.stderr
    terminal = stream.isatty()
    console = log_format == "console" or (log_format == "auto" and terminal)
    renderer: Any = JsonLines(stream, requests=not quiet)
    if console:
        colours = terminal and "NO_COLOR" not in os.environ
        renderer = structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="time")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _say_where,
            _keep_to_the_list,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if quiet else logging.INFO
        ),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        # A logger is put together once, not for each of a morning's lines.
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_HandOver()], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)


class JsonLines(structlog.processors.JSONRenderer):
    """Log lines as JSON, and where they go: for the one who writes the line of every request in a piece."""

    def __init__(self, stream: TextIO, *, requests: bool) -> None:
        super().__init__(ensure_ascii=False)
        self.stream = stream
        self.requests = requests
        """Whether lines of requests are wanted."""


class _HandOver(logging.Handler):
    """Hands other packages' log records to ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line for a record."""
        structlog.get_logger().log(
            record.levelno, _harmless(record), logger=record.name, exc_info=record.exc_info
        )


def _harmless(record: logging.LogRecord) -> str:
    """The first line of a record, filled in only where nothing of what clients sent can be in it."""
    text = record.getMessage()
    if record.name == "py.warnings":
        # File, line and category of the warning, without its message.
        text = ": ".join(text.split(": ", 2)[:2])
    elif not record.name.startswith(_SPEAK_FOR_THEMSELVES):
        text = str(record.msg)
    return text.strip().partition("\n")[0]


def _say_where(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put the kind and the way of an exception in place of its text."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = " from ".join(type(e).__name__ for e in _causes(error))
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _keep_to_the_list(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    first = {name: event[name] for name in ("time", "level", "event") if name in event}
    return first | {name: value for name, value in event.items() if name in FIELDS}


# -- progress ----------------------------------------------------------------------------------------


@contextmanager
def progress(console: Console) -> Iterator[Progress]:
    """Bars on a terminal, otherwise a plain line now and then for what takes longer."""
    if not console.is_terminal:
        yield _plain_lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, TimeRemainingColumn(), console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


def _plain_lines(console: Console) -> Progress:
    next_line = monotonic() + _FIRST_PLAIN_SECONDS

    def show(what: str, done: int, total: int) -> None:
        nonlocal next_line
        if monotonic() >= next_line:
            next_line = monotonic() + _PLAIN_SECONDS
            console.print(f"{what}: {done:,} of {total:,}", highlight=False)

    return show


def log_wait(what: str) -> None:
    """Tell what is being waited for as a log line: for the service."""
    structlog.get_logger().info("waiting", wait=what)


def print_wait(what: str) -> None:
    """Tell what is being waited for as a plain line: for commands."""
    print(what, file=sys.stderr, flush=True)  # noqa: T201 -- this is the console
