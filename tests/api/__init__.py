"""Tests of the doors: HTTP, pages and the command line."""
