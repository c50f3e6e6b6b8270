"""Kept histories: the settled years of each child as they are told, beside the log."""
