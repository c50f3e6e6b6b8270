"""The archive: the whole log as files, and a log made again from them."""
