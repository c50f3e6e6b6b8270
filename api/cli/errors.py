"""What a command says when it cannot be done as asked."""


class CommandError(Exception):
    """The command cannot be done as asked; the message says why and what to do."""


def expected() -> tuple[type[Exception], ...]:
    """What can go wrong without a fault of the program: its message is the whole answer."""
    # Imported when needed: --help should not wait for them.
    import psycopg

    from api.callers import CallerError
    from api.demo.client import NoAnswerError, ServiceRefusedError
    from api.demo.published import NoSuchRowError
    from api.opening import OpeningError
    from api.settings import SettingsError
    from ledger.store.embedded import EmbeddedError
    from ledger.store.migrations import MigrationError
    from ledger.store.vault import KeyFileError

    return (
        CallerError,
        CommandError,
        EmbeddedError,
        KeyFileError,
        MigrationError,
        NoAnswerError,
        NoSuchRowError,
        OpeningError,
        ServiceRefusedError,
        SettingsError,
        psycopg.Error,
    )


def message_of(error: Exception) -> str:
    """The message of an expected error."""
    # A LookupError's own text is quoted.
    return (
        str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error).strip()
    )
