"""Extracts: what the Department, local authorities and offices take away as files.

Each is a named, versioned function from schools, days and a place in the log to rows (`extract`), made
by a module of its own and listed in `catalogue`.  Nothing of an extract knows the format it leaves in.
"""
