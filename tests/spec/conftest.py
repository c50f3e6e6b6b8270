"""Specifications play in the same world as the ledger's own tests."""

from tests.ledger.conftest import clock, world

__all__ = ["clock", "world"]
