"""The doors: HTTP, pages for people, and the command line."""
