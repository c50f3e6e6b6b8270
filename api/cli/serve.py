"""`attendance-ledger serve`."""

import os

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
    from api.cli.server import run

    set_up_logging(settings.log_format)
    unknown = unknown_variables(os.environ)
    if unknown:
        structlog.get_logger().warning("unknown_settings", variables=unknown)
    run(settings)
