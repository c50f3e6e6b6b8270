"""Who calls: a named client with scopes and the schools that it may see.

A client sends a key of ours or, where an issuer is configured, an OAuth 2 token.  Of a key only its
SHA-256 is kept: 256 random bits need no slow hash, and the database holds nothing that opens a door.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from time import monotonic
from typing import Final, Literal, get_args

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request

from api.jwt import TokenError, Tokens
from api.problems import Problem, ProblemError, error
from ledger.store.database import Connection, Database

Scope = Literal[
    "school:read",
    "school:write",
    "admissions:read",
    "admissions:write",
    "attendance:read",
    "attendance:write",
    "attendance:import",
    "leave:read",
    "leave:write",
    "interventions:read",
    "interventions:write",
    "audit:read",
]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
ALL: Final = "all"
KEY_PREFIX: Final = "atl_"
REMEMBERED_SECONDS_MAX: Final = 5
"""A key that was revoked is refused after this time at the latest."""

_REMEMBERED_MAX: Final = 10_000
_SHOWN_CHARACTERS: Final = 12
_CREDENTIALS_CHARACTERS_MAX: Final = 8_192
_CLIENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}", re.ASCII)
_SCHOOL: Final = re.compile(
    r"all|[1-9][0-9]{5}|la:[0-9]{3}|trust:[^\x00-\x1f\x7f]{1,200}", re.ASCII
)

# Look-ups never wait behind reads for a thread.
_LOOKING_UP: Final = CapacityLimiter(4)


class CallerError(ValueError):
    """A client's name, scope or school is not one that a key can be made for."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that was let in."""

    client: str
    scopes: frozenset[str]
    schools: frozenset[str]
    """URNs, `la:855`, `trust:Name`, or `all`."""

    def may(self, scope: Scope) -> bool:
        """Whether the client has the scope."""
        return scope in self.scopes or ALL in self.scopes

    def names(self, urn: str) -> bool:
        """Whether the school is the client's by its URN, or all are."""
        return urn in self.schools or ALL in self.schools

    def covers(self, local_authority: str, trust: str | None) -> bool:
        """Whether schools of this authority or this trust are the client's."""
        return f"la:{local_authority}" in self.schools or f"trust:{trust}" in self.schools


def caller_of(request: Request) -> Caller:
    """The client that sent a request under /v1."""
    caller: Caller = request.scope["caller"]
    return caller


def need(caller: Caller, scope: Scope) -> None:
    """Raises ProblemError (403) where the client does not have the scope."""
    if not caller.may(scope):
        message = f"The operation needs the scope {scope}."
        raise ProblemError(Problem("scope-missing", [error("scope-missing", "", message)]))


def create_key(
    owner: Connection,
    name: str,
    scopes: Sequence[str],
    schools: Sequence[str],
    expires: datetime | None = None,
) -> str:
    """A new key for a client, kept by its digest alone: this is the only time that it is shown.

    Raises CallerError for a name, scope or school that cannot be.
    """
    checked(name, scopes, schools)
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    owner.execute(
        "INSERT INTO client_key (digest, prefix, client, scopes, schools, expires_at) "
        "VALUES (%s, %s, %s, %s, %s, %s)",
        (_digest(key), key[:_SHOWN_CHARACTERS], name, list(scopes), list(schools), expires),
    )
    return key


def checked(name: str, scopes: Sequence[str], schools: Sequence[str]) -> Caller:
    """A caller of these.  Raises CallerError."""
    if not _CLIENT.fullmatch(name):
        raise CallerError(
            "A client's name has 1 to 60 letters, digits, spaces, dots, hyphens or underscores, "
            "and begins with a letter or digit."
        )
    if not scopes or any(scope not in {*SCOPES, ALL} for scope in scopes):
        raise CallerError(f"Scopes are: {', '.join((*SCOPES, ALL))}.")
    if not schools or not all(_SCHOOL.fullmatch(school) for school in schools):
        raise CallerError("Schools are URNs of six digits, la:<number>, trust:<name>, or all.")
    return Caller(name, frozenset(scopes), frozenset(schools))


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What was found out about credentials; None where they are not valid."""

    caller: Caller | None
    until: float


class Callers:
    """Lets clients in.  What was found out is remembered for a few seconds."""

    def __init__(self, database: Database, tokens: Tokens | None) -> None:
        self._database = database
        self._tokens = tokens
        self._remembered: dict[bytes, _Remembered] = {}

    async def identify(self, authorization: str | None) -> Caller:
        """The caller that the header Authorization names.  Raises ProblemError (401)."""
        kind, _, credentials = (authorization or "").partition(" ")
        credentials = credentials.strip()
        if kind.lower() != "bearer" or not credentials:
            raise _unauthenticated("credentials-missing", "Bearer")
        digest = _digest(credentials)
        found = self._remembered.get(digest)
        if found is None or found.until < monotonic():
            found = await to_thread.run_sync(self._find_out, credentials, limiter=_LOOKING_UP)
            self._remember(digest, found)
        if found.caller is None:
            raise _unauthenticated("credentials-refused", 'Bearer error="invalid_token"')
        return found.caller

    async def still_in(self, request: Request) -> bool:
        """Whether whoever sent a request that goes on and on would still be let in."""
        try:
            return await self.identify(request.headers.get("authorization")) is not None
        except ProblemError:
            return False

    def _find_out(self, credentials: str) -> _Remembered:
        remembered_until = monotonic() + REMEMBERED_SECONDS_MAX
        caller, expires = None, None
        if len(credentials) <= _CREDENTIALS_CHARACTERS_MAX:
            if credentials.startswith(KEY_PREFIX):
                caller, expires = self._by_key(credentials)
            elif self._tokens is not None:
                caller, expires = _by_token(self._tokens, credentials)
        if expires is not None:
            left = (expires - datetime.now(UTC)).total_seconds()
            remembered_until = min(remembered_until, monotonic() + left)
        return _Remembered(caller, remembered_until)

    def _by_key(self, key: str) -> tuple[Caller | None, datetime | None]:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT client, scopes, schools, expires_at FROM client_key WHERE digest = %s "
                "AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())",
                (_digest(key),),
            ).fetchone()
        if row is None:
            return None, None
        client, scopes, schools, expires = row
        return Caller(client, frozenset(scopes), frozenset(schools)), expires

    def _remember(self, digest: bytes, found: _Remembered) -> None:
        if len(self._remembered) >= _REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[digest] = found


def _by_token(tokens: Tokens, token: str) -> tuple[Caller | None, datetime | None]:
    try:
        claims = tokens.verified(token)
        known = [scope for scope in claims.scopes if scope in {*SCOPES, ALL}]
        caller = Caller(claims.client, frozenset(known), frozenset(claims.schools))
        if known and claims.schools:
            checked(claims.client, known, claims.schools)
        elif not _CLIENT.fullmatch(claims.client):
            return None, None
    except (TokenError, CallerError):
        return None, None
    return caller, claims.expires


def _digest(credentials: str) -> bytes:
    return sha256(credentials.encode("utf-8", "surrogateescape")).digest()


def _unauthenticated(code: str, challenge: str) -> ProblemError:
    return ProblemError(Problem(code, headers={"WWW-Authenticate": challenge}))
