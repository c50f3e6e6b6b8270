"""Returns to the local authority (SI 2024/208 reg 13), and the watch on penalty notices.

Each tells of an episode once: what was sent is left out of the next, and what has changed since is told
when it is asked for with `all`.
"""
