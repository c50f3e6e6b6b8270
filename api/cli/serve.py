"""`attendance-ledger serve`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import structlog

from api.cli.options import EVERY, takes
from api.console import set_up_logging
from api.settings import Settings, unknown_variables


@takes(*EVERY)
def serve(settings: Settings) -> None:
    """Run the service in the foreground, until Ctrl-C or SIGTERM.

    Without a database of your own it starts its own one in the data directory, makes whatever is not
    there yet, and logs one line when it is ready.
    """
    from api.cli.processes import how_many

    set_up_logging(settings.log_format)
    unknown = unknown_variables(os.environ)
    if unknown:
        structlog.get_logger().warning("unknown_settings", variables=unknown)
    with _counts_shared(how_many(settings) > 1):
        from api.cli.server import run

        run(settings)


@contextmanager
def _counts_shared(several: bool) -> Iterator[None]:
    """Give several processes a directory for their counts; to be known before these are imported."""
    if not several:
        yield
        return
    with TemporaryDirectory(prefix="attendance-ledger-counts-") as directory:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        yield
