"""What a command says when it cannot be done as asked."""


class CommandError(Exception):
    """The command cannot be done as asked; the message says why and what to do."""
