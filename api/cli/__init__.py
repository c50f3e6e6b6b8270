"""The command line: `attendance-ledger`."""

from api.cli.program import main

__all__ = ["main"]
