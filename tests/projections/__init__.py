"""The views, on a real database."""
