"""Bytes: how the record is kept in PostgreSQL."""
