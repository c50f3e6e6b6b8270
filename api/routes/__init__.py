"""The routes: one module a resource, one function an operation."""
