"""Extracts for the Department for Education: daily sharing, the school census, the common transfer file."""
