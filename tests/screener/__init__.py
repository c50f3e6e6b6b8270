"""The statistical files before the Department's own file screener: `python -m tests.screener`."""
