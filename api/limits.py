"""Limits of what may be sent, kept before anything is parsed.

Body sizes and the page size are settings; items in a request are limited by the commands themselves.
"""

from typing import Final

from starlette.requests import Request

from api.problems import refuse

ATTENDANCE_DAYS_MAX: Final = 400
"""Days of a register in one request: a school year and the holidays after it."""
DAYS_MAX: Final = 1_100
"""Days of a school in one request: three years."""
TOTALS_DAYS_MAX: Final = 1_100
"""Days of totals in one request: three years."""
LOG_ITEMS: Final = 1_000
"""Events in a page of the log, where no limit is given."""
STREAMS_MAX: Final = 100
"""Clients that one process lets follow the log live."""


async def body_of(request: Request, bytes_max: int) -> bytes:
    """The body, never more of it than may be.

    Raises ProblemError (413): by the header Content-Length before anything is read, and where there
    is none or it lies, as soon as too many bytes have come.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated[:20]) > bytes_max:
        raise _too_large(bytes_max)
    first, rest = b"", bytearray()
    async for chunk in request.stream():
        if not first:
            first = chunk
            continue
        rest += chunk
        if len(first) + len(rest) > bytes_max:
            raise _too_large(bytes_max)
    if len(first) > bytes_max:
        raise _too_large(bytes_max)
    # Nearly every body comes in one piece, which is then not copied.
    return first + bytes(rest) if rest else first


def _too_large(bytes_max: int) -> Exception:
    return refuse("body-too-large", "", f"At most {bytes_max} bytes are taken here.")
