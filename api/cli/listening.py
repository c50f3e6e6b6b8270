"""The socket that a service listens on, bound before anything else is begun."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from api.cli.errors import CommandError
from api.settings import Settings, flag, variable

_EVERY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- recognised, not bound


@contextmanager
def bound(settings: Settings) -> Iterator[socket.socket]:
    """A socket bound to the address of the settings; a taken port is told at once.

    Raises CommandError.
    """
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CommandError(
            f"{host} is no address of this machine ({error.strerror}). Set {flag('host')} or "
            f"{variable('host')}."
        ) from error
    with listener:
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with "
                f"{flag('port')} or {variable('port')}."
            ) from error
        yield listener


def address_of(listener: socket.socket) -> str:
    """The address as it was asked for."""
    host, port = listener.getsockname()[:2]
    return _url(host, port)


def address_here(listener: socket.socket) -> str:
    """The address under which this machine reaches the service."""
    host, port = listener.getsockname()[:2]
    return _url(_EVERY_ADDRESS.get(host, host), port)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
