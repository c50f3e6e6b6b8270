"""The views: what people and receivers look at, computed from the record."""
